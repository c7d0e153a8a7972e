"""Time expressions: matches of the rules → calendar fields, one row a match.

What the words of a match say is columns (``year``, ``month``, ``day``, ``weekday``, ``count``, ``unit`` …), whichever rule it comes from.
A field is read from the units of the groups that may hold it, by the kinds that the lexicons of time give their words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from tasks.facts.times.rules import RULES
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, alike_runs, gathered, ranges, row_of

#: Every time expression has one of these.
_TRIGGER = "number|dotted_date|number:dated|calendar|holiday|decade|time_word:reference|time_word:the_reference|time_word:frequency"


_NAMES = pl.Series([rule.name for rule in RULES], dtype=pl.String)
#: Kinds of words that no lexicon lists: 21st, 1990s.
_ORDINAL, _DECADE = "ordinal_digits", "decade_digits"
_DATE = ("date", "context", "day")
#: Field → kinds of words and the groups in which one of them says it (none: any group), the earlier before the later.
_NAMED: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = {
    "month": (("month", ()), ("month_short", ())),
    "ordinal_day": ((_ORDINAL, ("day",)), ("ordinal", ("day",))),
    "ordinal_date": ((_ORDINAL, ("date", "context")), ("ordinal", ("date", "context"))),
    "weekday": (("weekday", _DATE), ("weekday_short", _DATE), ("weekday_plural", _DATE)),
    "season": (("season", _DATE),),
    "holiday": (("holiday", _DATE),),
    "deictic": (("deictic", _DATE), ("deictic_night", _DATE)),
    "night": (("deictic_night", _DATE),),
    "decade": (("decade", _DATE), (_DECADE, ("date",))),
    "part": (("day_part", ("part", "date")), ("part_plural", ("part",))),
    "clock_word": (("clock", ("clock",)),),
    "meridiem": (("meridiem", ("clock",)), ("meridiem", ("context",))),
    "zone": (("zone", ("zone",)),),
    "relation": (("relation", ("relation", "date")), ("relation_other", ("relation", "date")), ("latest", ("relation",))),
    "other": (("relation_other", ("relation", "date")),),
    "year_relation": (("relation", ("year_relation",)), ("relation_other", ("year_relation",))),
    "ordinal": ((_ORDINAL, ("ordinal",)), ("ordinal", ("ordinal",))),
    "couple": (("couple", ("count",)),),
    "count_ordinal": ((_ORDINAL, ("count",)), ("ordinal", ("count",))),
    "unit": (("time_unit", ("unit", "year_relation")),),
    "second_unit": (("time_unit", ("second_unit",)),),
    "edge": (("edge", ("mod",)),),
    "bound": (("bound", ("bound",)),),
    "frequency": (("frequency", ("frequency",)),),
    "reference": (("reference", ("reference",)), ("the_reference", ("reference",))),
}
_KINDS = tuple(dict.fromkeys(kind for either in _NAMED.values() for kind, _ in either))
#: Fields that are whole numbers.
INTEGERS = ("month", "ordinal_day", "ordinal_date", "weekday", "deictic", "decade", "relation", "year_relation", "ordinal", "count_ordinal")


@cached
def _words() -> pl.DataFrame:
    """``key`` → ``kind`` (its place in ``_KINDS``), ``value`` of all words of time; a word may have several kinds."""
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
    known = every.filter(pl.col("kind").is_in(_KINDS))
    return known.with_columns(pl.col("kind").replace_strict({kind: i for i, kind in enumerate(_KINDS)}), pl.col("value").fill_null(""))


def matches(reading: Reading, level: Level, numbers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All matches, also those that overlap: ``rule``, ``first``, ``last`` of the expression, ``said``; and the fields of each ``said``.

    The news says "on Monday" over and over: matches of one rule whose units and words are the same say the same, and are read once.
    """
    found = level.where(_TRIGGER).find(RULES)
    first = found["first"].to_numpy()
    size = found["last"].to_numpy() - first + 1
    match, token = ranges(first, size)
    unit, word = level.unit(pl.Series(token)), reading.tokens["word"].to_numpy()[token].astype(np.int64)
    code = (word * level.classes + level.cls[unit]) * 2 + (level.first[unit] == token)
    said, example = alike_runs(code * len(RULES) + found["rule"].to_numpy()[match], size)
    some = found[example]
    groups = _groups(some)
    unless = [group for group in groups if group.startswith("unless")]
    inside = [group for group in groups if group not in (*unless, "context")]
    told = some.select(
        pl.all_horizontal(pl.col(f"{group}_first").is_null() for group in unless).alias("holds"),
        (pl.min_horizontal(f"{group}_first" for group in inside) - pl.col("first")).alias("ahead"),
        (pl.max_horizontal(f"{group}_last" for group in inside) - pl.col("first")).alias("reach"),
    )
    holds, ahead, reach = (told[name].to_numpy()[said] for name in told.columns)
    rows = pl.DataFrame({"rule": found["rule"], "first": first + ahead, "last": first + reach, "said": said})
    return rows.filter(pl.Series(holds)), _fields(reading, level, numbers, some)


def _fields(reading: Reading, level: Level, numbers: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What the words of each match say, a row a match: ``rule``, values, numbers, words, and ``text`` of a clock time or stamp."""
    units = _units(reading, level, numbers, found)
    row, group, kind = (units[name].to_numpy() for name in ("row", "group", "kind"))
    number, key = units["number"], units["key"]
    of_group = {name: group == i for i, name in enumerate(_groups(found))}
    of_kind = {name: kind == i for i, name in enumerate(_KINDS)}
    is_number = number.is_not_null().to_numpy()
    is_year = key.str.contains(r"^[0-9]{4}$").fill_null(False).to_numpy()
    is_past = key.str.contains(r"\bpast$").fill_null(False).to_numpy()

    def within(*groups: str) -> Mask:
        mask: Mask = np.logical_or.reduce([of_group[name] for name in groups or of_group])
        return mask

    def first(*masks: Mask, last: bool = False) -> Index:
        """For each match its first unit in the earliest mask that has any; what would be one behind the last stands for none."""
        place = np.full(found.height, units.height, np.int64)
        for mask in reversed(masks):
            # Of several values for one place NumPy keeps the last.
            at = np.flatnonzero(mask)[:: 1 if last else -1]
            place[row[at]] = at
        return place

    values = {name: first(*(of_kind[kind] & within(*groups) for kind, groups in either)) for name, either in _NAMED.items()}
    words = {name: first(of_group[group]) for name, group in (("unit_word", "unit"), ("after", "after"), ("shift", "shift"))}
    words |= {
        f"{name}_{'last' if last else 'first'}": first(of_group[name], last=last) for name in ("count", "date") for last in (False, True)
    }
    words["edge_word"] = first(of_group["mod"], last=True)
    counts = {name: first(of_group[name]) for name in ("second_year", "second_count", "spoken")}
    counts["clock_number"] = first(of_group["clock"])
    counts |= {name: first(is_number & of_group[name], last=True) for name in ("count", "low")}
    counts["spoken_last"] = first(of_group["spoken"], last=True)
    dates = within("date", "context")
    counts["year"] = first(is_number & is_year & dates, last=True)
    counts["day"] = first(is_number & ~is_year & of_group["day"], last=True)
    counts["date_day"] = first(is_number & ~is_year & dates, last=True)
    several = {f"several_{name}s": words[f"{name}_first"] != words[f"{name}_last"] for name in ("count", "date")}
    several["is_pair"] = counts["spoken"] != counts["spoken_last"]
    has = {f"has_{name}": of_group[name] for name in ("half", "alternate", "part", "clock", "det", "fiscal")}
    has["is_past_span"] = of_group["relation"] & is_past
    stamped = found.select(pl.coalesce("clock_first", "stamp_first").alias("first"), pl.coalesce("clock_last", "stamp_last").alias("last"))
    return pl.DataFrame(
        [
            *gathered(units["value"], values).values(),
            *gathered(key, words).values(),
            *gathered(number, counts).values(),
            *(pl.Series(name, mask) for name, mask in several.items()),
            *(pl.Series(name, np.bincount(row[mask], minlength=found.height) > 0) for name, mask in has.items()),
            reading.spans(*stamped)["text"],
            _NAMES.gather(found["rule"]).alias("rule"),
        ]
    )


def _groups(found: pl.DataFrame) -> list[str]:
    return [column.removesuffix("_first") for column in found.columns if column.endswith("_first")]


def _units(reading: Reading, level: Level, numbers: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One row a unit of a group (several, where its word has several kinds): ``row``, ``group``, ``key``, ``number``, ``kind``, ``value``.

    ``group`` and ``kind`` are numbers.
    """
    edges = [found.select(pl.col(f"{group}_{end}").fill_null(-1) for group in _groups(found)).to_numpy().T for end in ("first", "last")]
    group, row = np.nonzero(edges[0] >= 0)
    begin, end = level.first.searchsorted(edges[0][group, row]), level.last.searchsorted(edges[1][group, row])
    part, unit = ranges(begin, end - begin + 1)
    first, last = pl.Series(level.first[unit]), pl.Series(level.last[unit])
    key, number = reading.keys(first, last).alias("key"), numbers["value"].gather(row_of(first, numbers["first"])).alias("number")
    rows = pl.DataFrame([pl.Series("row", row[part]), pl.Series("group", group[part]), key, number])
    # What no lexicon can list.
    digits = {
        _ORDINAL: pl.col("key").str.extract(r"^([0-9]+)(?:st|nd|rd|th)$"),
        _DECADE: pl.col("key").str.extract(r"^((?:[0-9]{2})?[0-9]0)s$"),
    }
    kinds = (pl.when(value.is_not_null()).then(pl.lit(_KINDS.index(kind))) for kind, value in digits.items())
    return rows.join(_words(), on="key", how="left", maintain_order="left").with_columns(
        pl.coalesce("kind", *kinds, -1), pl.coalesce("value", *digits.values())
    )
