"""Mentions: all names of a reading with what they mean, and the actors and places that they mean."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tasks.facts.links import linked
from tasks.facts.names import names
from tasks.facts.places import described, nationalities, resolve
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading


@dataclass(frozen=True)
class Mentions:
    """Rows of the tables of mentions, actors, places and aliases, and ``level``, in which each name is one unit.

    ``rows`` have ``first``, ``last`` (tokens), ``document`` and ``options`` (places that an unresolved name may mean, joined by spaces).
    """

    rows: pl.DataFrame
    actors: pl.DataFrame
    places: pl.DataFrame
    aliases: pl.DataFrame
    level: Level


def mentions(reading: Reading) -> Mentions:
    """Find the names of a reading and link them."""
    found, level = names(reading)
    people = linked(reading, level, found)
    where = _places(reading, found.filter(pl.col("sort") == "place"))
    columns = ["first", "last", "document", "entity_id", "rule_id", "mention_type", "kind", "options"]
    both = [
        people.mentions.with_columns(kind=pl.lit("actor"), options=pl.lit(None, pl.String)),
        where.with_columns(mention_type=pl.lit("name"), kind=pl.lit("place")),
    ]
    rows = pl.concat([part.select(*columns, "char_start", "char_end", "text") for part in both]).sort("first", maintain_order=True)
    sentence = reading.tokens["sentence"].gather(rows["first"])
    placed = where.filter(pl.col("entity_id").is_not_null())
    return Mentions(
        rows.select(*columns, sentence, "char_start", "char_end", "text"),
        people.actors,
        _table(placed),
        pl.concat([people.aliases, _aliases(placed)]),
        level,
    )


def _places(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """Names of places with ``entity_id``: the gazetteer's, or the document's own for a site or area whose name says what it is."""
    doc_id = reading.passages["doc_id"].gather(reading.tokens["passage"].gather(found["first"]))
    named = found.select("first", "last", "rule_id", "document", doc_id, "char_start", "char_end", "text")
    states = found.select("document", pl.col("actor_id").str.to_uppercase().alias("country_iso3")).drop_nulls()
    countries = pl.concat(
        [nationalities(reading), states.group_by("document", "country_iso3").agg(pl.len().cast(pl.Float64).alias("weight"))],
        how="vertical_relaxed",
    )
    meant = pl.concat([named, resolve(reading, named.select("first", "last", "document"), countries)], how="horizontal")
    return meant.with_columns(_own(meant)).with_columns(pl.coalesce("place_id", "own_id").alias("entity_id"))


def _own(meant: pl.DataFrame) -> list[pl.Series]:
    """``own_id``, ``own_kind`` of places that no gazetteer knows, where a noun in the name tells what they are: "Jamarat Bridge"."""
    text = pl.when(pl.col("place_id").is_null() & pl.col("options").is_null()).then("text")
    last, first = text.str.extract(r"(\w+)$").str.to_lowercase(), text.str.extract(r"^(\w+) of ").str.to_lowercase()
    noun, kinds = table("place_nouns")["noun"], table("place_nouns")["kind"]
    kind = pl.coalesce(word.replace_strict(noun, kinds, default=None) for word in (first, last))
    where = pl.format("{}:l:{}-{}", "doc_id", "char_start", "char_end").first().over("document", pl.col("text").str.to_lowercase())
    own = meant.select(pl.when(kind.is_not_null()).then(where).alias("own_id"), kind.alias("own_kind"))
    return list(own.iter_columns())


def _table(placed: pl.DataFrame) -> pl.DataFrame:
    """The table of places: what is named, and of the gazetteer all that it lies in."""
    local = placed.filter(pl.col("own_id").is_not_null()).unique("own_id", keep="first", maintain_order=True)
    nowhere = [pl.lit(None, dtype).alias(name) for name, dtype in (("country_iso3", pl.String), ("lat", pl.Float64), ("lon", pl.Float64))]
    own = local.select(
        pl.col("own_id").alias("place_id"), pl.col("text").alias("name"), pl.col("own_kind").alias("kind"), *nowhere,
        pl.lit("unknown").alias("geo_precision"),
        pl.lit(None, pl.String).alias("parent_place_id"),
        pl.lit(None, pl.String).alias("coordinate_source"),
    )  # fmt: skip
    return pl.concat([described(placed["place_id"]), own])


def _aliases(placed: pl.DataFrame) -> pl.DataFrame:
    form = pl.when(pl.col("text").str.contains(r"^[\p{Lu}.]{2,}$")).then(pl.lit("acronym")).otherwise(pl.lit("name"))
    return placed.select(pl.lit("place").alias("kind"), "entity_id", pl.col("text").alias("alias"), form.alias("alias_type")).unique(
        ["entity_id", "alias"], keep="first", maintain_order=True
    )
