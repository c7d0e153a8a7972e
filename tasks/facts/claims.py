"""Claims: who said a thing, to whom and when.

Quotes, times and mentions are found apart; here the rows of one point at those of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts.mentions import Mentions
from tasks.grammar.spans import Index, numbered

#: Characters between the words of saying and the time or the agency that belongs to them, at most.
_REACH = 45
_AGENCY_REACH = 12
#: Farther than a document is long, and behind all documents.
_FAR, _NEVER = 1 << 40, 1 << 62
_PRONOUNS = ["he", "she", "they", "it", "we", "i", "you", "who", "which", "that"]


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
    actors = named.rows.select("document", "entity_id", "kind", "char_start", "char_end", "text").filter(pl.col("kind") == "actor")
    parts = ("start", "end", "text", "role", "name")
    sources = pl.concat(
        [quotes.select("document", "doc_id", **{f"source_{part}": f"{who}_{part}" for part in parts}) for who in ("source", "via")]
    ).drop_nulls("source_start")
    place, row = np.unique(_place(sources["document"], sources["source_start"]), return_index=True)
    known = _identified(sources[row], actors, named.actors)
    source = np.searchsorted(place, _place(quotes["document"], quotes["source_start"].fill_null(0)))
    of_source = pl.col("source_actor_id", "source_org_actor_id", "is_unnamed")
    rows = quotes.hstack(known.select(of_source.gather(numbered(source, quotes["source_start"].is_not_null().to_numpy()))))
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
    which = inside.select(person=is_person & called, body=~is_person)
    person, body = (_first(inside["source"], which[name], sources.height) for name in ("person", "body"))
    rows = sources.with_columns(
        inside["entity_id"].gather(person).alias("person"),
        inside["parent_actor_id"].gather(person).alias("parent"),
        inside["entity_id"].gather(body).alias("body"),
        inside["text"].gather(body).alias("body_text"),
        pl.format("{}:u:{}-{}", "doc_id", "source_start", "source_end").alias("unnamed"),
    )
    pronoun = pl.col("source_text").str.to_lowercase().is_in(_PRONOUNS)
    bare = pl.col("source_role").is_null() & pl.col("source_text").str.replace(r"(?i)^(?:the|a|an)\s+", "").str.starts_with(
        pl.col("body_text")
    )
    actor = pl.coalesce("person", pl.when(bare).then("body"), pl.when(~pronoun).then("unnamed"))
    rows = rows.with_columns(actor.alias("source_actor_id"))
    return rows.select(
        "document", "source_start", "source_text", "source_role", "source_actor_id",
        pl.when(pl.col("source_actor_id") != pl.col("body")).then(pl.coalesce("body", "parent")).alias("source_org_actor_id"),
        (pl.col("source_actor_id") == pl.col("unnamed")).fill_null(False).alias("is_unnamed"),
    )  # fmt: skip


def _first(group: pl.Series, holds: pl.Series, groups: int) -> pl.Series:
    """For each of the groups, its first row for which ``holds`` is true; null where none is."""
    row = holds.arg_true().to_numpy()[::-1]
    first = np.full(groups, -1)
    first[group.to_numpy()[row]] = row
    return numbered(first, first >= 0)


def _place(document: pl.Series, start: pl.Series) -> Index:
    """Numbers in the order of document (or sentence) and character."""
    place: Index = document.cast(pl.Int64).to_numpy() * _FAR + start.to_numpy()
    return place


def _contained(inner: pl.DataFrame, outer: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of ``inner`` that stand within one of ``outer`` (``<name>_start``, ``<name>_end``, no overlaps), with its row as ``name``."""
    start, end = (_place(outer["document"], outer[f"{name}_{side}"]) for side in ("start", "end"))
    first, last = (_place(inner["document"], inner[f"char_{side}"]) for side in ("start", "end"))
    row = np.searchsorted(start, first, side="right") - 1
    inside = np.flatnonzero(last <= np.append(end, -1)[row])
    return inner[inside].with_columns(pl.Series(name, row[inside]))


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
    row = rows.select((pl.col("via_start").is_not_null() | pl.col("via_name").is_not_null()).arg_true())["via_start"]
    passing = rows.select(pl.col("document", "via_start", "via_name").gather(row))
    speakers = rows.filter(pl.col("document").is_in(passing["document"].implode())).drop_nulls(["source_name", "source_actor_id"])
    speakers = speakers.unique(["document", "source_name"], keep="first", maintain_order=True)
    speakers = speakers.select("document", pl.col("source_name").alias("via_name"), pl.col("source_actor_id").alias("by_name"))
    found = passing.join(stated, on=["document", "via_start"], how="left", maintain_order="left").join(
        speakers, on=["document", "via_name"], how="left", maintain_order="left"
    )
    ids = found.select(pl.coalesce("via_actor_id", "by_name"))["via_actor_id"]
    return pl.Series("via_actor_id", [None], dtype=pl.String).new_from_index(0, rows.height).scatter(row, ids)


def _relays(rows: pl.DataFrame, actors: pl.DataFrame, about: pl.DataFrame) -> list[pl.Series]:
    """``relay_actor_id``, ``relay_name``: the agency or paper that stands right behind the words of saying, as in "told AFP"."""
    press = about.filter(pl.col("kind").is_in(["news_agency", "media"])).select(
        pl.col("actor_id").alias("relay_actor_id"), pl.col("name").alias("relay_name")
    )
    told = actors.select("document", "char_start", pl.col("entity_id").alias("relay_actor_id")).join(press, on="relay_actor_id")
    place = _place(told["document"], told["char_start"])
    order = np.argsort(place, kind="stable")
    cue = _place(rows["document"], rows["cue_end"].fill_null(_FAR // 2))
    behind = np.searchsorted(place[order], cue)
    near = np.append(place[order], _NEVER)[behind] - cue <= _AGENCY_REACH
    row = numbered(np.append(order, -1)[behind], near)
    return told.select(pl.col("relay_actor_id", "relay_name").gather(row)).get_columns()


def _said_times(rows: pl.DataFrame, times: pl.DataFrame) -> pl.Series:
    """``said_time_id``: the time nearest to the words of saying, in their sentence and outside of what is said."""
    dated = times.select("sentence", "char_start", "char_end", "timex_type", "time_id").filter(pl.col("timex_type").is_in(["DATE", "TIME"]))
    start, end = (np.append(_place(dated["sentence"], dated[f"char_{side}"]), _NEVER) for side in ("start", "end"))
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    first, last = (_place(rows["sentence"], rows[f"char_{side}"]) for side in ("start", "end"))
    cue_first, cue_last = (_place(rows["sentence"], rows[f"cue_{side}"].fill_null(_FAR // 2)) for side in ("start", "end"))
    before, behind = np.searchsorted(start, cue_first, side="right") - 1, np.searchsorted(start, cue_last)
    outside = [(end[time] <= first) | (start[time] >= last) for time in (before, behind)]
    gap = np.where(
        outside[0] & (before >= 0) & (cue_first - start[before] <= _REACH) & (cue_first >= end[before]), cue_first - end[before], _FAR
    )
    gap_behind = np.where(outside[1] & (start[behind] - cue_last <= _REACH), start[behind] - cue_last, _FAR)
    nearest = order[np.where(gap_behind < gap, behind, before)]
    return dated["time_id"].gather(numbered(nearest, np.minimum(gap, gap_behind) < _FAR)).alias("said_time_id")
