"""Claims: who said a thing, to whom and when.

Quotes, times and mentions are found apart; here the rows of one point at those of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts.mentions import Mentions

#: Characters between the words of saying and the time or the agency that belongs to them, at most.
_REACH = 45
_AGENCY_REACH = 12


@dataclass(frozen=True)
class Said:
    """``quotes`` with the actors behind them, and the rows of the table of actors for those that have no name."""

    quotes: pl.DataFrame
    unnamed: pl.DataFrame


def said(quotes: pl.DataFrame, named: Mentions, times: pl.DataFrame) -> Said:
    """Quotes with ``source_actor_id``, ``source_org_actor_id``, ``via_actor_id``, ``relay_actor_id``, ``relay_name``, ``said_time_id``.

    ``quotes``: as published, with ``document``, ``doc_id``. A source that names a person is that person, one that is an organisation's name that
    organisation; any other is an actor of its own without a name, who belongs to the organisation that the source names.
    """
    actors = named.rows.filter(pl.col("kind") == "actor")
    parts = ("start", "end", "text", "role", "name")
    sources = (
        pl.concat(
            [quotes.select("document", "doc_id", **{f"source_{part}": f"{who}_{part}" for part in parts}) for who in ("source", "via")]
        )
        .drop_nulls("source_start")
        .unique(["document", "source_start"], keep="first", maintain_order=True)
        .sort("document", "source_start")
    )
    known = _identified(sources, actors, named.actors)
    rows = quotes.join(
        known.drop("doc_id", "source_end", "source_text", "source_role"), on=["document", "source_start"], how="left", maintain_order="left"
    )
    rows = rows.with_columns(_passed_on("source_actor_id"), _passed_on("source_org_actor_id"))
    rows = rows.with_columns(_passing_on(rows, known), *_relays(rows, actors, named.actors), _said_times(rows, times))
    rows = rows.with_columns(*_names(rows, named.actors))
    unnamed = known.filter(pl.col("is_unnamed")).select(
        pl.col("source_actor_id").alias("actor_id"),
        pl.col("source_text").alias("name"),
        pl.lit("unnamed").alias("kind"),
        pl.col("source_org_actor_id").alias("parent_actor_id"),
        pl.col("source_role").alias("role"),
        pl.lit(None, pl.String).alias("country_iso3"),
        pl.lit("document").alias("scope"),
    )
    return Said(rows.drop("is_unnamed"), unnamed)


def _identified(sources: pl.DataFrame, actors: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """Sources with ``source_actor_id``, ``source_org_actor_id``, ``is_unnamed``."""
    inside = _contained(actors, sources, "source")
    inside = inside.with_columns(sources["source_name"].gather(inside["source"])).join(
        about.select(pl.col("actor_id").alias("entity_id"), pl.col("kind").alias("actor_kind"), "parent_actor_id"),
        on="entity_id",
        how="left",
        maintain_order="left",
    )
    is_person = pl.col("actor_kind") == "person"
    # “A guard of Ana Ruiz” is not she.
    called = pl.col("source_name").str.contains(pl.col("text"), literal=True) | pl.col("text").str.contains(
        pl.col("source_name"), literal=True
    )
    people = (
        inside.filter(is_person & called)
        .unique("source", keep="first", maintain_order=True)
        .select("source", pl.col("entity_id").alias("person"), pl.col("parent_actor_id").alias("parent"))
    )
    bodies = inside.filter(~is_person).unique("source", keep="first", maintain_order=True)
    bodies = bodies.select(
        "source", pl.col("entity_id").alias("body"), pl.col("text").alias("body_text"), pl.col("char_start").alias("body_start")
    )
    rows = sources.with_row_index("source").with_columns(pl.col("source").cast(pl.Int64))
    rows = rows.join(people, on="source", how="left", maintain_order="left").join(bodies, on="source", how="left", maintain_order="left")
    pronoun = pl.col("source_text").str.to_lowercase().is_in(["he", "she", "they", "it", "we", "i", "you", "who", "which", "that"])
    bare = pl.col("source_role").is_null() & pl.col("source_text").str.replace(r"(?i)^(?:the|a|an)\s+", "").str.starts_with(
        pl.col("body_text")
    )
    unnamed = pl.format("{}:u:{}-{}", "doc_id", "source_start", "source_end")
    actor = pl.coalesce("person", pl.when(bare).then("body"), pl.when(~pronoun).then(unnamed))
    return rows.select(
        "document", "doc_id", "source_start", "source_end", "source_text", "source_role",
        actor.alias("source_actor_id"),
        pl.when(actor != pl.col("body")).then(pl.coalesce("body", "parent")).alias("source_org_actor_id"),
        (actor == unnamed).fill_null(False).alias("is_unnamed"),
    )  # fmt: skip


def _contained(inner: pl.DataFrame, outer: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of ``inner`` that stand within one of ``outer`` (``<name>_start``, ``<name>_end``, no overlaps), with its row as ``name``."""
    far = np.int64(1) << 40
    start, end = (outer["document"].cast(pl.Int64).to_numpy() * far + outer[f"{name}_{side}"].to_numpy() for side in ("start", "end"))
    first, last = (inner["document"].cast(pl.Int64).to_numpy() * far + inner[f"char_{side}"].to_numpy() for side in ("start", "end"))
    row = np.searchsorted(start, first, side="right") - 1
    inside = (row >= 0) & (last <= np.append(end, 0)[row])
    return inner.with_columns(pl.Series(name, row)).filter(pl.Series(inside))


def _passed_on(name: str) -> pl.Expr:
    """The id for pronouns and unsaid sources too: that of the last stated source of the document that is called the same."""
    called = ["document", "source_name", "source_role"]
    stated = pl.when(pl.col("source_basis") == "stated").then(name)
    known = stated.forward_fill().over(called)
    has_name = pl.col("source_name").is_not_null() | pl.col("source_role").is_not_null()
    return pl.coalesce(stated, pl.when(pl.col("source_basis").is_in(["pronoun", "inherited"]) & has_name).then(known)).alias(name)


def _names(rows: pl.DataFrame, about: pl.DataFrame) -> list[pl.Series]:
    """``source_name``, ``via_name``: the actors' names; of one without, what the source calls a person, else the words."""
    ids = pl.concat([rows["source_actor_id"], rows["via_actor_id"]]).alias("actor_id").to_frame()
    names = ids.join(about.select("actor_id", "name").unique("actor_id"), on="actor_id", how="left", maintain_order="left")["name"]
    words = pl.when(pl.col("is_unnamed") & ~pl.col("is_person").fill_null(False)).then("source_text")
    found = rows.with_columns(names.head(rows.height).alias("source"), names.tail(rows.height).alias("via")).select(
        pl.coalesce("source", words, "source_name", pl.when("is_unnamed").then("source_text")).alias("source_name"),
        pl.coalesce("via", "via_name").alias("via_name"),
    )
    return found.get_columns()


def _passing_on(rows: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """``via_actor_id``: who passes on what the source said; of a pronoun, the last speaker of that name."""
    stated = known.select("document", pl.col("source_start").alias("via_start"), pl.col("source_actor_id").alias("via_actor_id"))
    speakers = rows.drop_nulls(["source_name", "source_actor_id"]).unique(["document", "source_name"], keep="first", maintain_order=True)
    speakers = speakers.select("document", pl.col("source_name").alias("via_name"), pl.col("source_actor_id").alias("by_name"))
    found = (
        rows.select("document", "via_start", "via_name")
        .join(stated, on=["document", "via_start"], how="left", maintain_order="left")
        .join(speakers, on=["document", "via_name"], how="left", maintain_order="left")
    )
    return found.select(pl.coalesce("via_actor_id", "by_name").alias("via_actor_id"))["via_actor_id"]


def _relays(rows: pl.DataFrame, actors: pl.DataFrame, about: pl.DataFrame) -> list[pl.Series]:
    """``relay_actor_id``, ``relay_name``: the agency or paper that stands right behind the words of saying, as in "told AFP"."""
    press = about.filter(pl.col("kind").is_in(["news_agency", "media"])).select(
        pl.col("actor_id").alias("entity_id"), pl.col("name").alias("relay_name")
    )
    told = (
        actors.join(press, on="entity_id")
        .select(
            "document",
            pl.col("char_start").alias("cue_end"),
            pl.col("char_start").alias("told_at"),
            pl.col("entity_id").alias("relay_actor_id"),
            "relay_name",
        )
        .sort("cue_end")
    )
    cues = rows.select("document", "cue_end").with_row_index("row").drop_nulls().sort("cue_end")
    near = cues.join_asof(told, on="cue_end", by="document", strategy="forward", tolerance=_AGENCY_REACH, check_sortedness=False)
    placed = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")).join(
        near.select("row", "relay_actor_id", "relay_name"), on="row", how="left", maintain_order="left"
    )
    return [placed["relay_actor_id"], placed["relay_name"]]


def _said_times(rows: pl.DataFrame, times: pl.DataFrame) -> pl.Series:
    """``said_time_id``: the time nearest to the words of saying, in their sentence and outside of what is said."""
    cues = rows.select("document", "sentence", "char_start", "char_end", "cue_start", "cue_end").with_row_index("row").drop_nulls()
    dated = (
        times.filter(pl.col("timex_type").is_in(["DATE", "TIME"]))
        .select("document", "sentence", pl.col("char_start").alias("t_start"), pl.col("char_end").alias("t_end"), "time_id")
        .sort("t_start")
    )
    behind = cues.sort("cue_end").join_asof(
        dated,
        left_on="cue_end",
        right_on="t_start",
        by=["document", "sentence"],
        strategy="forward",
        tolerance=_REACH,
        check_sortedness=False,
    )
    before = cues.sort("cue_start").join_asof(
        dated,
        left_on="cue_start",
        right_on="t_start",
        by=["document", "sentence"],
        strategy="backward",
        tolerance=_REACH,
        check_sortedness=False,
    )
    both = pl.concat(
        [
            behind.with_columns((pl.col("t_start") - pl.col("cue_end")).alias("by")),
            before.with_columns((pl.col("cue_start") - pl.col("t_end")).alias("by")),
        ]
    )
    outside = (pl.col("t_end") <= pl.col("char_start")) | (pl.col("t_start") >= pl.col("char_end"))
    nearest = (
        both.filter(pl.col("time_id").is_not_null() & outside & (pl.col("by") >= 0))
        .sort("row", "by")
        .unique("row", keep="first", maintain_order=True)
    )
    return rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")).join(
        nearest.select("row", pl.col("time_id").alias("said_time_id")), on="row", how="left", maintain_order="left"
    )["said_time_id"]
