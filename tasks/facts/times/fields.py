"""Time expressions: matches of the rules → calendar fields, one row a match.

What the words of a match say is columns (``year``, ``month``, ``day``, ``weekday``, ``count``, ``unit`` …), whichever rule it comes from.
A field is read from the units of the groups that may hold it, by the kinds that the lexicons of time give their words.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from tasks.facts.times.rules import RULES
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading

#: Every time expression has one of these.
_TRIGGER = "number|dotted_date|number:dated|calendar|holiday|decade|time_word:reference|time_word:the_reference|time_word:frequency"


def matches(level: Level) -> pl.DataFrame:
    """All matches, also those that overlap: ``rule``, ``first``, ``last`` of the expression, and of each group."""
    found = level.where(_TRIGGER).find(RULES)
    groups = [column.removesuffix("_first") for column in found.columns if column.endswith("_first")]
    unless = [group for group in groups if group.startswith("unless")]
    inside = [group for group in groups if group not in (*unless, "context")]
    return (
        found.filter(pl.all_horizontal(pl.col(f"{group}_first").is_null() for group in unless))
        .drop(f"{group}_{end}" for group in unless for end in ("first", "last"))
        .with_columns(
            pl.min_horizontal(f"{group}_first" for group in inside).alias("first"),
            pl.max_horizontal(f"{group}_last" for group in inside).alias("last"),
        )
    )


@cache
def _words() -> pl.DataFrame:
    """``key`` → ``kind``, ``value`` of all words of time; a word may have several kinds."""
    calendar, words = (table(name).rename({"word": "key"}) for name in ("calendar", "time_words"))
    zones = table("time_zones").select(
        pl.col("zone").alias("key"), pl.lit("zone").alias("kind"), pl.col("offset").fill_null("").alias("value")
    )
    holidays = table("holidays").select(
        pl.col("name").str.to_lowercase().alias("key"), pl.lit("holiday").alias("kind"), pl.col("holiday").alias("value")
    )
    numbers = table("number_words").select(pl.col("word").alias("key"), "kind", "value")
    ordinals = numbers.filter(pl.col("kind") == "ordinal")
    tens = numbers.filter(pl.col("kind") == "ten").select(pl.col("key").alias("ten"), pl.col("value").cast(pl.Int64).alias("tens"))
    small = ordinals.filter(pl.col("value").cast(pl.Int64) < 10)
    compound = small.join(tens, how="cross").select(
        pl.format("{} - {}", "ten", "key").alias("key"),
        "kind",
        (pl.col("value").cast(pl.Int64) + pl.col("tens")).cast(pl.String).alias("value"),
    )
    every: pl.DataFrame = pl.concat([calendar, words, zones, holidays, ordinals, compound])
    return every.with_columns(pl.col("value").fill_null(""))


def fields(reading: Reading, level: Level, numbers: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The calendar fields of each match: one row a match."""
    units = _units(reading, level, numbers, found)

    def named(kind: str, *groups: str, last: bool = False) -> pl.Expr:
        value = pl.col("value").filter((pl.col("kind") == kind) & (pl.col("group").is_in(groups) if groups else pl.lit(True)))
        return value.last() if last else value.first()

    def number(*groups: str, year: bool = False) -> pl.Expr:
        is_year = pl.col("key").str.contains(r"^[0-9]{4}$")
        return pl.col("number").filter(pl.col("group").is_in(groups) & (is_year if year else ~is_year)).drop_nulls().last().cast(pl.Int64)

    def ordinal(*groups: str) -> pl.Expr:
        in_digits = pl.col("key").str.extract(r"^([0-9]+)(?:st|nd|rd|th)$")
        of_group = pl.col("group").is_in(groups)
        return pl.coalesce(in_digits.filter(of_group).drop_nulls().first(), named("ordinal", *groups)).cast(pl.Int64)

    date = ("date", "context", "day")
    read = units.group_by("row").agg(
        pl.coalesce(number("date", "context", year=True), _spoken()).alias("year"),
        pl.coalesce(named("month"), named("month_short")).cast(pl.Int64).alias("month"),
        pl.coalesce(number("day"), ordinal("day"), number("date", "context"), ordinal("date", "context")).alias("day"),
        pl.coalesce(named("weekday", *date), named("weekday_short", *date), named("weekday_plural", *date)).cast(pl.Int64).alias("weekday"),
        named("season", *date).alias("season"),
        named("holiday", *date).alias("holiday"),
        pl.coalesce(named("deictic", *date), named("deictic_night", *date)).cast(pl.Int64).alias("deictic"),
        named("deictic_night", *date).is_not_null().alias("is_night"),
        pl.coalesce(
            named("decade", *date),
            pl.col("key").filter(pl.col("group") == "date").str.extract(r"^((?:[0-9]{2})?[0-9]0)s$").drop_nulls().first(),
        )
        .cast(pl.Int64)
        .alias("decade"),
        (pl.col("key").filter(pl.col("group") == "date").str.join("").str.contains(r"^['’‘]?[0-9]{2}s$|^\D+$")).alias("is_short"),
        pl.coalesce(named("day_part", "part", "date"), named("part_plural", "part")).alias("part"),
        named("clock", "clock").alias("clock_word"),
        pl.coalesce(named("meridiem", "clock"), named("meridiem", "context")).alias("meridiem"),
        pl.col("number").filter(pl.col("group") == "clock").first().cast(pl.Int64).alias("clock_number"),
        pl.col("number").filter(pl.col("group") == "second_year").first().cast(pl.Int64).alias("second_year"),
        pl.col("number").filter(pl.col("group") == "second_count").first().cast(pl.Int64).alias("second_count"),
        named("time_unit", "second_unit").alias("second_unit"),
        named("zone", "zone").alias("zone"),
        pl.coalesce(named("relation", "relation", "date"), named("relation_other", "relation", "date"), named("latest", "relation"))
        .cast(pl.Int64)
        .alias("relation"),
        named("relation_other", "relation", "date").is_not_null().alias("is_other"),
        pl.col("key").filter(pl.col("group") == "relation").str.contains(r"\bpast$").any().fill_null(False).alias("is_past_span"),
        pl.coalesce(named("relation", "year_relation"), named("relation_other", "year_relation")).cast(pl.Int64).alias("year_relation"),
        ordinal("ordinal").alias("ordinal"),
        pl.col("number").filter(pl.col("group") == "count").drop_nulls().last().alias("count"),
        pl.col("number").filter(pl.col("group") == "low").drop_nulls().last().alias("low"),
        named("couple", "count").cast(pl.Float64).alias("couple"),
        pl.col("key").filter(pl.col("group") == "count").str.join(" ").alias("count_word"),
        ordinal("count").alias("count_ordinal"),
        named("time_unit", "unit", "year_relation").alias("unit"),
        pl.col("key").filter(pl.col("group") == "unit").first().alias("unit_word"),
        named("edge", "mod").alias("edge"),
        pl.col("key").filter(pl.col("group") == "mod").last().alias("edge_word"),
        named("bound", "bound").alias("bound"),
        pl.col("key").filter(pl.col("group") == "after").first().alias("after"),
        pl.col("key").filter(pl.col("group") == "shift").first().alias("shift"),
        named("frequency", "frequency").alias("frequency"),
        pl.coalesce(named("reference", "reference"), named("the_reference", "reference")).alias("reference"),
        *((pl.col("group") == group).any().alias(f"has_{group}") for group in ("half", "alternate", "part", "clock", "det", "fiscal")),
    )
    rows = pl.DataFrame({"row": pl.int_range(found.height, dtype=pl.UInt32, eager=True)})
    clock = reading.spans(*_group(found, "clock"))["text"].alias("clock_text")
    stamp = reading.spans(*_group(found, "stamp"))["text"].alias("stamp")
    return pl.concat(
        [rows.join(read, on="row", how="left", maintain_order="left").drop("row"), pl.DataFrame([clock, stamp])], how="horizontal"
    )


def _spoken() -> pl.Expr:
    """A year as it is read aloud: nineteen ninety-six, the year two thousand."""
    number = pl.col("number").filter(pl.col("group") == "spoken")
    hundreds, rest = number.first(), number.last()
    pair = pl.when(hundreds.is_between(15, 20) & rest.is_between(10, 99)).then(hundreds * 100 + rest)
    return pl.when(number.len() > 1).then(pair).when(hundreds.is_between(1000, 2100)).then(hundreds).cast(pl.Int64)


def _group(found: pl.DataFrame, name: str) -> tuple[pl.Series, pl.Series]:
    return found[f"{name}_first"], found[f"{name}_last"]


def _units(reading: Reading, level: Level, numbers: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One row a unit of a group (several, where its word has several kinds): ``row``, ``group``, ``key``, ``number``, ``kind``, ``value``."""
    groups = [c.removesuffix("_first") for c in found.columns if c.endswith("_first")]
    parts = pl.concat(
        [
            found.lazy().with_row_index("row").select("row", pl.lit(group).alias("group"), pl.col(f"{group}_first").alias("from"), pl.col(f"{group}_last").alias("to"))
            for group in groups
        ]
    ).drop_nulls("from").collect()  # fmt: skip
    begin = level.first.searchsorted(parts["from"].to_numpy())
    end = level.last.searchsorted(parts["to"].to_numpy())
    unit = parts.select("row", "group", pl.int_ranges(pl.Series(begin), pl.Series(end) + 1).alias("unit")).explode("unit")
    first, last = pl.Series(level.first[unit["unit"].to_numpy()]), pl.Series(level.last[unit["unit"].to_numpy()])
    return (
        unit.select("row", "group", first.alias("first"), reading.keys(first, last).alias("key"))
        .join(numbers.select("first", pl.col("value").alias("number")), on="first", how="left", maintain_order="left")
        .join(_words(), on="key", how="left", maintain_order="left")
        .drop("first")
    )
