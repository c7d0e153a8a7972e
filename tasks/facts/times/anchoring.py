"""Time expressions: values that the words alone leave open → calendar dates, by an anchor.

An anchor is the publication date, or the last time mentioned where the phrase asks for it ("two days later", "the following month").
Without one, nothing is anchored.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import polars as pl

from tasks.facts.times.tense import tenses
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, alike

_LENGTHS = {
    "day": "1d", "weekend": "2d", "week": "7d", "month": "1mo", "quarter": "3mo", "season": "3mo", "half": "6mo", "year": "1y", "decade": "10y", "century": "100y",
}  # fmt: skip
_STEPS = _LENGTHS | {"weekend": "7d"}
#: Calendar periods; a day in one of another grain stands for itself.
_PERIODS = {"week": "1w", "weekend": "1w", "month": "1mo", "quarter": "3mo", "year": "1y", "decade": "10y"}
#: First months of the seasons of the northern year, as meteorologists count them.
_SEASONS = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
#: Days within which a day of the year is taken for the one next to the base, whatever the tense.
_NEAR = 120
_PRECISION = {"day": "day", "weekend": "week", "week": "week", "month": "month"} | dict.fromkeys(
    ("quarter", "season", "half", "year", "decade", "century"), "year"
)
_UNIT_PRECISION = {"D": "day", "H": "day", "M": "month", "S": "day", "W": "week", "WE": "week"}
_RANKS = {"day": 0, "weekend": 1, "week": 1, "month": 2, "quarter": 3, "season": 3, "half": 3, "year": 4, "decade": 5, "century": 6}
#: A time counts from the last one that is no coarser than its limit.
_LIMITS = (0, 1, 2, 4, 6)
_CARRIED = ("start", "grain", "is_absolute")
#: The greatest offsets that still lead to a year of four digits.
_FARTHEST = {"day": 99_999, "weekend": 9_999, "week": 9_999, "month": 9_999, "quarter": 3_999, "year": 1_499, "decade": 149, "century": 14}
_OTHER_RULES = ("clock", "clock_part", "the_unit")


def anchored(reading: Reading, level: Level, rows: pl.DataFrame, published: pl.Series) -> pl.DataFrame:
    """Expressions (as :func:`tasks.facts.times.values.expressions` gives them) → the columns of the table of times.

    ``published``: the date of each document, null where it is not known.
    """
    rows = rows.with_columns(published.gather(rows["document"]).alias("published"), tenses(reading, level, rows).alias("tense"))
    # Equal words of one day and tense mean the same: each case is reckoned once.
    case, example = alike(rows.select("said", "published", "tense"))
    firm = rows[example].with_columns(
        _asks_for_other().alias("is_other_asked"),
        _is_absolute().alias("is_absolute"),
        pl.col("published").alias("base"),
        pl.lit(None, pl.String).alias("base_grain"),
        pl.lit(False).alias("has_other"),
    )
    firm = _started(firm)
    asked = firm["is_other_asked"].to_numpy()[case]
    own, loose = _from_others(rows["document"].to_numpy(), firm, case, np.flatnonzero(asked))
    case[asked] = own + firm.height
    return _table(reading, rows, pl.concat([firm, loose], how="diagonal"), case)


@cache
def _asks_for_other() -> pl.Expr:
    """Does the phrase count from the last time mentioned?"""
    shifted = (pl.col("kind") == "offset") & pl.col("shift").is_in(["earlier", "later"])
    bare = pl.col("rule").is_in(_OTHER_RULES) & ((pl.col("rule") != "clock_part") | (pl.col("grain") == "day"))
    return (shifted | _is_comparison() | (pl.col("is_other") & (pl.col("kind") == "point")) | bare).fill_null(False)


@cache
def _is_comparison() -> pl.Expr:
    """A year ago: after the figures of a quarter, the same quarter of the year before."""
    return (pl.col("kind") == "offset") & (pl.col("shift") == "ago") & (pl.col("unit") == "P1Y") & (pl.coalesce("amount", pl.lit(1.0)) == 1)


@cache
def _is_absolute() -> pl.Expr:
    is_named = pl.col("grain").is_in(["decade", "century"]) & (pl.col("decade").is_not_null() | pl.col("ordinal").is_not_null())
    return ((pl.col("kind") == "point") & (pl.col("year").is_not_null() | is_named)).fill_null(False)


def _from_others(document: Index, firm: pl.DataFrame, case: Index, asked: Index) -> tuple[Index, pl.DataFrame]:
    """The cases of the rows ``asked``, that count from the last time mentioned before them, and for each of those rows its case.

    ``document``, ``case``: of all rows; ``firm``: the cases without what was mentioned before.
    """
    row = np.arange(len(case))
    rank = firm["grain"].replace_strict(_RANKS, default=len(_RANKS)).to_numpy()
    is_firm = firm.select(pl.col("start").is_not_null() & (pl.col("kind") == "point") & ~pl.col("is_other_asked")).to_series().to_numpy()
    # "That day" needs a day before it, "the following month" a day, week or month.
    last = [np.maximum.accumulate(np.where((is_firm & (rank <= limit))[case], row, -1)) for limit in _LIMITS]
    other = np.stack([*last, np.full(len(case), -1)])[np.searchsorted(_LIMITS, rank[case[asked]]), asked]
    is_here = (other >= 0) & (document[other] == document[asked])
    mentioned = firm.select(pl.col(_CARRIED).name.prefix("other_"))[pl.Series(case[other])]
    rows = pl.concat([firm[case[asked]].drop("start"), mentioned], how="horizontal")
    rows = rows.with_columns(pl.when(pl.Series(is_here)).then(pl.col(mentioned.columns)))
    rows = rows.with_columns((pl.col("other_start").is_not_null() & _fits_other()).alias("has_other"))
    own, example = alike(rows.select("said", "published", "tense", "has_other", *mentioned.columns))
    loose = rows[example].with_columns(
        pl.when("has_other")
        .then("other_start")
        .when(pl.col("rule").is_in(_OTHER_RULES) | _is_comparison())
        .then("published")
        .alias("base"),
        pl.when("has_other").then("other_grain").alias("base_grain"),
    )
    return own, _started(loose)


@cache
def _fits_other() -> pl.Expr:
    """Is the last time mentioned the one meant? For "the quarter" it must be a quarter."""
    is_bare = pl.col("rule") == "the_unit"
    return (
        pl.when(_is_comparison())
        .then(pl.col("other_grain") == "quarter")
        .when(is_bare)
        .then((pl.col("other_grain") == pl.col("grain")) & (pl.col("grain") != "year"))
        .otherwise(True)
    )


def _truncated(day: pl.Expr, grain: pl.Expr) -> pl.Expr:
    """The first day of the period of that grain in which ``day`` lies."""
    # Polars counts centuries from 1970.
    century = pl.date(day.dt.year() // 100 * 100, 1, 1)
    return pl.when(grain == "century").then(century).otherwise(day.dt.truncate(grain.replace_strict(_PERIODS, default="1d")))


def _moved(day: pl.Expr, count: pl.Expr, step: pl.Expr) -> pl.Expr:
    """``day`` moved by ``count`` (Int64) times ``step`` ("1mo")."""
    size = step.str.strip_chars_end("dmoy").cast(pl.Int64, strict=False)
    return day.dt.offset_by(pl.format("{}{}", count * size, step.str.strip_chars_start("0123456789")).fill_null("0d"))


def _started(cases: pl.DataFrame) -> pl.DataFrame:
    """With ``start``, the first day of a point or offset, by ``base``; null where it cannot be known."""
    for step in _steps():
        cases = cases.with_columns(step)
    return cases


@cache
def _steps() -> Sequence[Sequence[pl.Expr]]:
    """What is reckoned, step by step: an expression that is used in several others would be planned anew in each."""
    grain, base, is_offset = pl.col("grain"), pl.col("base"), pl.col("kind") == "offset"
    # 12-25, or the name of a movable one.
    holiday = [part.cast(pl.Int64, strict=False) for part in (pl.col("holiday").str.head(2), pl.col("holiday").str.tail(2))]
    month = (
        pl.when(grain == "season")
        .then(pl.col("season").replace_strict(_SEASONS, default=None))
        .when(grain == "quarter")
        .then(pl.col("ordinal") * 3 - 2)
        .when(grain == "half")
        .then(pl.col("ordinal") * 6 - 5)
        .otherwise(pl.coalesce("month", holiday[0]))
    )
    of_base = [
        pl.coalesce("year", base.dt.year() + pl.col("year_relation")).cast(pl.Int64).alias("of_year"),
        month.cast(pl.Int64).alias("of_month"),
        pl.when(grain == "day").then(pl.coalesce("day", holiday[1])).otherwise(1).cast(pl.Int64).alias("of_day"),
        base.dt.year().cast(pl.Int64).alias("base_year"),
        _truncated(base, grain).alias("now"),
        _count().alias("count"),
        grain.replace_strict(_STEPS, default="1d").alias("step"),
    ]
    now = pl.when(grain.is_in(["day", "month", "quarter"])).then("now").otherwise(base.dt.month_start())
    near = [
        (_in_year(pl.col("base_year")) - now).dt.total_days().alias("days"),
        pl.when(is_offset).then(base).otherwise(_of_base()).alias("from"),
    ]
    count = pl.when(is_offset).then(pl.col("count").fill_null(0)).otherwise(pl.col("relation").fill_null(0))
    far = [
        pl.coalesce("of_year", pl.col("base_year") + _nearest()).alias("in_year"),
        _moved(pl.col("from"), count, pl.col("step")).alias("moved"),
    ]
    away = pl.when(is_offset & pl.col("count").is_not_null()).then("moved")
    dated = [
        _in_year(pl.col("in_year")).alias("dated"),
        pl.when(_is_bounded()).then(away).otherwise(_truncated(away, _offset_grain())).alias("away"),
        _weekday().alias("on_weekday"),
    ]
    start = pl.when(pl.col("kind") == "point").then(_point()).otherwise("away")
    return of_base, near, far, dated, [start.alias("start")]


@cached
def _movable() -> pl.DataFrame:
    """Movable holidays by name and year: ``easter 2019``."""
    return table("holiday_dates").select(
        pl.format("{} {}", "holiday", pl.col("date").str.head(4)).alias("holiday"), pl.col("date").str.to_date().alias("date")
    )


def _in_year(year: pl.Expr) -> pl.Expr:
    """The month and day, or the holiday, in that year."""
    movable = pl.format("{} {}", "holiday", year).replace_strict(_movable()["holiday"], _movable()["date"], default=None)
    # Null where there is no such day (30 February).
    return pl.coalesce(pl.format("{}-{}-{}", year, "of_month", "of_day").str.to_date("%Y-%m-%d", strict=False), movable)


def _of_base() -> pl.Expr:
    """The first day of the period in which the base lies; of the weekend, its Saturday."""
    # "Over the weekend" in a report of the past is the last one.
    saturday = pl.col("now") + pl.duration(days=5)
    is_over = (pl.col("rule") == "the_unit") & (pl.col("tense") <= 0) & (saturday > pl.col("base"))
    weekend = pl.when(is_over).then(saturday - pl.duration(days=7)).otherwise(saturday)
    return pl.when(pl.col("grain") == "weekend").then(weekend).otherwise("now")


def _point() -> pl.Expr:
    """The first day of a point of the calendar."""
    base, grain = pl.col("base"), pl.col("grain")
    has_month = (pl.col("of_month").is_not_null() & pl.col("of_day").is_not_null()) | pl.col("holiday").is_not_null()
    is_unknown = pl.col("season").is_not_null() | (grain.is_in(["quarter", "half"]) & pl.col("ordinal").is_not_null())
    return (
        pl.when((grain == "decade") & pl.col("decade").is_not_null()).then(pl.date("decade", 1, 1))
        .when((grain == "century") & pl.col("ordinal").is_not_null()).then(pl.date(pl.col("ordinal") * 100 - 100, 1, 1))
        .when(has_month).then("dated")
        .when((grain == "year") & pl.col("year").is_not_null()).then(pl.date("year", 1, 1))
        .when(pl.col("deictic").is_not_null()).then(base + pl.duration(days="deictic"))
        .when(pl.col("weekday").is_not_null()).then("on_weekday")
        .when(~is_unknown).then("moved")
    )  # fmt: skip


def _nearest() -> pl.Expr:
    """The year of the month and day, from that of the base, which the relation or the tense asks for; else the nearest to the base."""
    relation, tense, days = pl.col("relation"), pl.col("tense"), pl.col("days")
    return (
        pl.when(relation == -1).then(pl.when(days < 0).then(0).otherwise(-1))
        .when(relation == 1).then(pl.when(days > 0).then(0).otherwise(1))
        .when((relation == 0) | (days.abs() < _NEAR)).then(0)
        .when(tense < 0).then(pl.when(days <= 0).then(0).otherwise(-1))
        .when(tense > 0).then(pl.when(days >= 0).then(0).otherwise(1))
        .otherwise(pl.when(days > 183).then(-1).when(days < -183).then(1).otherwise(0))
    )  # fmt: skip


def _weekday() -> pl.Expr:
    """Past: the latest such day, not after the base; future: the next one."""
    base, relation = pl.col("base"), pl.col("relation")
    today = base.dt.weekday().cast(pl.Int64)
    back, ahead = (today - pl.col("weekday")) % 7, (pl.col("weekday") - today) % 7
    back_by = pl.when((relation == -1) & (back == 0)).then(7).otherwise(back)
    ahead_by = pl.when((relation == 1) & (ahead == 0)).then(7).otherwise(ahead)
    is_ahead = (relation.fill_null(0) > 0) | ((relation.fill_null(0) == 0) & (pl.col("tense") > 0))
    return base + pl.duration(days=pl.when(is_ahead).then(ahead_by).otherwise(-back_by))


def _count() -> pl.Expr:
    """The whole number of steps that an offset takes, back if negative; null where there is none or no calendar date helps.

    Hours are finer than any base is known.
    """
    amount = pl.when(pl.col("amount") == pl.col("amount").floor()).then(pl.col("amount").cast(pl.Int64, strict=False))
    count = amount * pl.when(pl.col("unit") == "P2W").then(2).otherwise(1)
    sign = pl.when(pl.col("shift").is_in(["ago", "earlier"])).then(-1).otherwise(1)
    # 65 million years ago.
    return pl.when(count <= pl.col("grain").replace_strict(_FARTHEST, default=0)).then(count * sign)


def _is_bounded() -> pl.Expr:
    """Is an offset stated as before or after a day ("more than four years ago")?"""
    return (pl.col("kind") == "offset") & pl.col("mod").is_in(["BEFORE", "AFTER"]).fill_null(False)


def _offset_grain() -> pl.Expr:
    """How exact an offset is: as its unit, but a quarter a year earlier is a quarter."""
    keeps = pl.col("base_grain").is_in(["quarter", "month", "half", "season"]) & pl.col("grain").is_in(["year", "decade"])
    return pl.when(keeps).then("base_grain").otherwise("grain")


def _written(start: pl.Expr, grain: pl.Expr) -> pl.Expr:
    """The TIMEX3 value of a period of the calendar."""
    day, week = pl.col("iso_day"), pl.col("iso_week")
    season = start.dt.month().replace_strict({v: k for k, v in _SEASONS.items()}, default="XX")
    return (
        pl.when(grain == "day").then(day)
        .when(grain == "week").then(week)
        .when(grain == "weekend").then(pl.format("{}-WE", week))
        .when(grain == "month").then(day.str.head(7))
        .when(grain == "quarter").then(pl.format("{}-Q{}", day.str.head(4), start.dt.quarter()))
        .when(grain == "half").then(pl.format("{}-H{}", day.str.head(4), (start.dt.month() + 5) // 6))
        .when(grain == "season").then(pl.format("{}-{}", day.str.head(4), season))
        .when(grain == "decade").then(day.str.head(3))
        .when(grain == "century").then(day.str.head(2))
        .otherwise(day.str.head(4))
    )  # fmt: skip


def _table(reading: Reading, rows: pl.DataFrame, cases: pl.DataFrame, case: Index) -> pl.DataFrame:
    """The published columns, of rows and of the case of each."""
    *steps, columns = _columns()
    for step in steps:
        cases = cases.with_columns(step)
    rule, *others = cases.select(columns)[case]
    own = rows.select("first", "last", "sentence", "document")
    return pl.DataFrame([*own, *reading.spans(rows["first"], rows["last"]), rule, _signals(reading, rows).alias("signal"), *others])


@cache
def _columns() -> Sequence[Sequence[pl.Expr]]:
    """What is written of a case, step by step; at last the columns of the table."""
    is_offset, is_reference, is_fixed = pl.col("kind") == "offset", pl.col("kind") == "reference", pl.col("kind").is_in(["duration", "set"])
    grain = pl.when(~is_offset).then("grain").when(_is_bounded()).then(pl.lit("day")).otherwise(_offset_grain())
    dated, known = pl.col("published").is_not_null(), pl.col("start").is_not_null()
    shown, start, reference = pl.col("is_shown"), pl.col("start"), pl.col("timex_value_unanchored")
    value = pl.concat_str("written", pl.when(pl.col("kind") == "point").then("suffix").otherwise(pl.lit("")))
    end = _moved(start, pl.lit(1, pl.Int64), pl.col("length")).dt.offset_by("-1d")
    begins, ends = (shown & ~(_is_bounded() & (pl.col("mod") == mod).fill_null(False)) for mod in ("BEFORE", "AFTER"))
    # Hours and minutes count from a time of day that is not known, so no publication date would help.
    is_hours = is_offset & pl.col("is_other_asked") & pl.col("unit").str.starts_with("PT").fill_null(False)
    of_other = pl.col("has_other") & pl.col("other_is_absolute").fill_null(False)
    columns = [
        pl.format("{}@1", "rule").alias("rule_id"),
        pl.col("timex_type", "timex_value_unanchored"),
        pl.when(is_fixed).then(reference)
        .when(is_reference).then(pl.when(dated).then(reference))
        .when(shown).then(value)
        .when(pl.col("is_absolute")).then(reference).alias("timex_value"),
        pl.col("mod"),
        pl.when(begins).then(start).when(is_reference & (reference == "FUTURE_REF")).then("published").alias("date_start"),
        pl.when(ends).then(end).when(is_reference & (reference == "PAST_REF")).then("published").alias("date_end"),
        _precision().alias("precision"),
        pl.when(is_fixed).then(pl.lit("none"))
        .when(pl.col("is_absolute")).then(pl.lit("absolute"))
        .when(pl.col("has_other") & known | is_hours).then(pl.lit("other_time"))
        .when((known | is_reference) & dated).then(pl.lit("publication_date"))
        .otherwise(pl.lit("none")).alias("anchor"),
        (~is_fixed & ~pl.col("is_absolute") & ~of_other & ~is_hours).alias("needs_publication_date"),
    ]  # fmt: skip
    is_shown = known & pl.col("kind").is_in(["point", "offset"])
    length = pl.col("of_grain").replace_strict(_LENGTHS, default="1d")
    iso = [start.dt.strftime("%Y-%m-%d").alias("iso_day"), start.dt.strftime("%G-W%V").alias("iso_week")]
    return (
        [grain.alias("of_grain"), is_shown.alias("is_shown"), *iso],
        [length.alias("length"), _written(start, pl.col("of_grain")).alias("written")],
        columns,
    )


def _precision() -> pl.Expr:
    scale = pl.coalesce("frequency", "timex_value_unanchored").str.extract(r"^PT?(?:[0-9.]+|X)([A-Z]+)$")
    is_clock = pl.col("timex_value_unanchored").str.starts_with("PT")
    period = pl.when(is_clock).then(pl.lit("day")).otherwise(scale.replace_strict(_UNIT_PRECISION, default="year"))
    is_period = pl.col("timex_value_unanchored").str.starts_with("P") & ~pl.col("timex_value_unanchored").str.ends_with("_REF")
    is_hours = (pl.col("kind") == "offset") & is_clock
    return (
        pl.when((pl.col("kind") == "reference") | is_hours).then(pl.lit("unknown"))
        .when(is_period).then(period)
        .otherwise(pl.col("grain").replace_strict(_PRECISION, default="unknown"))
    )  # fmt: skip


_SIGNALS = (
    "about after around as at before between by during for from in of on over since than through throughout till to toward towards under until within"
).split()


def _signals(reading: Reading, rows: pl.DataFrame) -> pl.Series:
    """The preposition right before each expression, as written."""
    before = (rows["first"] - 1).clip(0)
    same = (rows["first"] > 0) & (reading.tokens["sentence"].gather(before) == rows["sentence"])
    words = reading.words[reading.tokens["word"].gather(before)]
    return pl.DataFrame([words["form"], words["key"], same.alias("same")]).select(
        pl.when(pl.col("same") & pl.col("key").is_in(_SIGNALS)).then("form")
    )["form"]
