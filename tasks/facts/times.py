"""Times: which runs of words are dates, times of day or durations, so that no number in them is taken for a figure."""

from __future__ import annotations

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule
from tasks.grammar.spans import resolve

_YEAR = "{year & number:digits}"
_DAY = "(?:{number:digits & day}|{ordinal_digits|number:ordinal})"
_MONTH = "{calendar:month & capital}"
_UNIT = "{calendar:time_unit}"
_NUMBER = "{number & !number:ordinal & !number:fraction}"

RULES = (
    Rule("date", f"(?:{{calendar:weekday}}{{comma}}?)?{_MONTH}{_DAY}(?:{{comma}}?{_YEAR})?|{_DAY}{{=of}}?{_MONTH}{{comma}}?{_YEAR}?|{_MONTH}{{comma}}?{_YEAR}"),
    Rule("numeric_date", "{number:digits}(?:{slash & !spaced}{number:digits & !spaced}){2}|{year}{hyphen & !spaced}{number:digits & !spaced}{hyphen & !spaced}{number:digits & !spaced}"),
    Rule("years", f"{_YEAR}(?:{{hyphen|dash|slash}}{{number:digits & !spaced}})|{{=between|=from}}{_YEAR}{{=and|=to}}{_YEAR}|{{decade}}"),
    Rule("time_of_day", "{number:digits}(?:{colon & !spaced}{number:digits & !spaced})?{calendar:day_part & !capital}{calendar:day_part}?|{number:digits}{colon & !spaced}{number:digits & !spaced}(?:{colon & !spaced}{number:digits & !spaced})?|{number:words}{calendar:day_part & !capital}"),
    Rule("age", f"{_NUMBER}{{hyphen}}?{_UNIT}{{hyphen}}?{{=old}}|(?:{{=aged|=age}}){_NUMBER}"),
    Rule("duration", f"{_NUMBER}(?:{{hyphen}}|{{ADJ}})?{_UNIT}|{_NUMBER}{{=to|=or|hyphen|dash}}{_NUMBER}{{hyphen}}?{_UNIT}|{{number:fraction}}{{=a|=an|=of}}*{_UNIT}"),
    Rule("ordinal_unit", f"{{number:ordinal}}{_UNIT}|{{number:ordinal}}{{hyphen}}?{{=century}}"),
    Rule("day", "(?:{=last|=this|=next|=every|=early|=late}|{ADJ})?{calendar:weekday & capital}(?:{calendar:day_part}|{calendar:time_unit & !plural})?"),
    Rule("year", _YEAR),
)  # fmt: skip
#: A bare year is none where it counts what follows: "2000 people".
_COUNTS = Rule("counts", f"(?P<number>{_YEAR})(?P<noun>{{counted & plural & !calendar}})")


def times(level: Level) -> pl.DataFrame:
    """The times of a level of numbers: ``first``, ``last`` (tokens)."""
    found = level.where("number|calendar").find(RULES)
    counts = level.where("year").find([_COUNTS]).select(pl.col("number_first").alias("first"), pl.col("number_last").alias("last"))
    return resolve(found.join(counts, on=["first", "last"], how="anti"), "rule").select("first", "last")
