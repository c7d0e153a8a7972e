"""Quotation marks: which open, which close, and what stands between them."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve

_END = "(?P<end>{comma|stop|ellipsis|dash})"
_INNER = "{!opens_double & !closes_double}|{opens_double}{!opens_double & !closes_double}*{closes_double}"

#: A pair of marks with what stands between; nothing pairs across passages. A single mark that closes behind punctuation is preferred,
#: since one without may be a possessive: ‘the boys’ books are here,’ she said. A quotation that goes on in the next passage has no
#: closing mark in its own.
MARKS = (
    Rule("double", f"{{opens_double}}(?P<body>(?:{_INNER})*?){_END}?(?P<close>{{closes_double}})"),
    Rule("plain_double", f"{{plain_double & spaced}}(?P<body>{{!plain_double}}+?){_END}?(?P<close>{{plain_double & !spaced}})"),
    Rule("single_closed", f"{{opens_single}}(?P<body>{{!opens_single}}*?){_END}(?P<close>{{closes_single & !spaced}})"),
    Rule("single", "{opens_single}(?P<body>{!opens_single & !closes_single}*)(?P<close>{closes_single & !spaced})"),
    Rule("plain_single_closed", f"{{plain_single & spaced}}(?P<body>{{!plain_single}}+?){_END}(?P<close>{{plain_single & !spaced}})"),
    Rule("plain_single", "{plain_single & spaced}(?P<body>{!plain_single}+?)(?P<close>{plain_single & !spaced})"),
    Rule("low_high", f"{{low_mark}}(?P<body>{{!low_mark & !closes_low}}*?){_END}?(?P<close>{{closes_low}})"),
    Rule("continued", f"{{opens_double}}(?P<body>{{!opens_double & !closes_double}}+?){_END}$"),
    Rule("plain_continued", f"{{plain_double & spaced}}(?P<body>{{!plain_double}}+?){_END}$"),
)  # fmt: skip
_ANY_MARK = "opens_double|opens_single|plain_double|plain_single|low_mark"
_MARK = f"{_ANY_MARK}|closes_double|closes_single|closes_low"
#: Units before and behind a mark that tell where it ends what stands before it, and where what stands behind begins.
_BEFORE, _BEHIND = 2, 1
_OPENING = ["“", "„", "«", "‘", "‹", '"', "'", "''", "``"]
_SHORT, _LONG = 3, 5


def marks(reading: Reading, level: Level) -> pl.DataFrame:
    """The quotations of a reading, nested ones left out: spans, ``rule`` and groups of ``MARKS``, and what holds of each.

    ``closed``: punctuation before the closing mark; ``opening``: at the beginning of a sentence; ``introduced``: behind a comma or colon;
    ``stopped``: with a full stop before the closing mark; ``clausal``: with a verb in it; ``long``: of some words.
    """
    found = resolve(_beside_marks(level.grouped(reading.passage_starts)).find(MARKS), "rule")
    found = found.filter(pl.col("close_first").is_not_null() | _goes_on(reading, found))
    sentence, key = reading.tokens["sentence"], reading.words["key"]
    before = (found["first"] - 1).clip(0)
    clausal = pl.Series(level.between("VERB|AUX", level.unit(found["first"]), level.unit(found["last"])))
    return found.with_columns(
        pl.col("end_first").is_not_null().alias("closed"),
        ((found["first"] == 0) | (sentence.gather(before) != sentence.gather(found["first"]))).alias("opening"),
        key.gather(reading.tokens["word"].gather(before)).is_in([",", ":"]).alias("introduced"),
        (key.gather(reading.tokens["word"].gather(found["end_first"])) == ".").fill_null(False).alias("stopped"),
        (clausal & (pl.col("last") - pl.col("first") > _SHORT)).alias("clausal"),
        (pl.col("last") - pl.col("first") >= _LONG).alias("long"),
    )


def _beside_marks(level: Level) -> Level:
    """The groups with a mark that may open, with only the units that stand beside marks or at the end: what lies between tells nothing."""
    unit = np.flatnonzero(level.holds(_MARK))
    level = level.around_units(unit[level.holds(_ANY_MARK, unit)])
    beside = np.zeros(len(level.first) + _BEHIND + 1, np.bool_)
    for step in range(-_BEFORE, _BEHIND + 1):
        beside[np.maximum(unit + step, 0)] = True
        beside[np.maximum(level.end + min(step, -1), 0)] = True
    return level.only(beside[: len(level.first)])


def _goes_on(reading: Reading, found: pl.DataFrame) -> pl.Series:
    """Whether the passage behind each quotation begins with an opening mark."""
    end = reading.tokens.height - 1
    behind = (found["last"] + 1).clip(upper_bound=end)
    key = reading.words["key"].gather(reading.tokens["word"].gather(behind))
    of_next, of_own = (reading.passages["document"].gather(reading.tokens["passage"].gather(t)) for t in (behind, found["first"]))
    return key.is_in(_OPENING) & (found["last"] < end) & (of_next == of_own)
