"""Time expressions: values that the words alone leave open → calendar dates, by an anchor.

An anchor is the publication date, or the last time mentioned where the phrase asks for it ("two days later", "the following month").
Without one, nothing is anchored.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from tasks.facts.times.tense import tenses
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading

_LENGTHS = {
    "day": "1d", "weekend": "2d", "week": "7d", "month": "1mo", "quarter": "3mo", "season": "3mo", "half": "6mo", "year": "1y", "decade": "10y", "century": "100y",
}  # fmt: skip
_STEPS = _LENGTHS | {"weekend": "7d"}
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
    rows = rows.with_columns(
        published.gather(rows["document"]).alias("published"),
        tenses(reading, level, rows).alias("tense"),
        _asks_for_other().alias("is_other_asked"),
    )
    rows = rows.with_columns(
        _is_absolute().alias("is_absolute"), pl.col("published").alias("base"), pl.lit(None, pl.String).alias("base_grain")
    )
    firm = rows.lazy().filter(~pl.col("is_other_asked")).pipe(_started)
    loose = rows.lazy().filter(pl.col("is_other_asked"))
    return _table(reading, _from_others(pl.concat([firm, loose], how="diagonal").sort("first").collect()))


def _asks_for_other() -> pl.Expr:
    """Does the phrase count from the last time mentioned?"""
    shifted = (pl.col("kind") == "offset") & pl.col("shift").is_in(["earlier", "later"])
    bare = pl.col("rule").is_in(_OTHER_RULES) & ((pl.col("rule") != "clock_part") | (pl.col("grain") == "day"))
    return (shifted | _is_comparison() | (pl.col("is_other") & (pl.col("kind") == "point")) | bare).fill_null(False)


def _is_comparison() -> pl.Expr:
    """A year ago: after the figures of a quarter, the same quarter of the year before."""
    return (pl.col("kind") == "offset") & (pl.col("shift") == "ago") & (pl.col("unit") == "P1Y") & (pl.coalesce("amount", pl.lit(1.0)) == 1)


def _is_absolute() -> pl.Expr:
    is_named = pl.col("grain").is_in(["decade", "century"]) & (pl.col("decade").is_not_null() | pl.col("ordinal").is_not_null())
    return ((pl.col("kind") == "point") & (pl.col("year").is_not_null() | is_named)).fill_null(False)


def _from_others(rows: pl.DataFrame) -> pl.DataFrame:
    """With ``start`` of the rows that count from the last time mentioned before them, and what that was."""
    is_firm = pl.col("start").is_not_null() & (pl.col("kind") == "point")
    # "That day" needs a day before it, "the following month" a day, week or month.
    rank = pl.col("grain").replace_strict(_RANKS, default=len(_RANKS))
    last = pl.lit(None, pl.UInt32)
    for limit in reversed(_LIMITS):
        last = pl.when(rank <= limit).then(pl.when(is_firm & (rank <= limit)).then("row").forward_fill()).otherwise(last)
    rows = rows.with_row_index("row").with_columns(pl.when("is_other_asked").then(last).alias("other"))
    found = rows.select("document", *_CARRIED)[rows["other"]]
    here = (found["document"] == rows["document"]).fill_null(False)
    rows = rows.with_columns(pl.when(here).then(found[name]).alias(f"other_{name}") for name in _CARRIED)
    rows = rows.with_columns((pl.col("other_start").is_not_null() & _fits_other()).alias("has_other"))
    rows = rows.with_columns(
        pl.when("has_other")
        .then("other_start")
        .when(pl.col("rule").is_in(_OTHER_RULES) | _is_comparison())
        .then("published")
        .alias("base"),
        pl.when("has_other").then("other_grain").alias("base_grain"),
    )
    loose = rows.lazy().filter(pl.col("is_other_asked")).pipe(_started)
    return pl.concat([rows.lazy().filter(~pl.col("is_other_asked")), loose], how="diagonal").sort("first").collect()


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


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date, null where there is none (30 February)."""
    first = pl.date(year, pl.when(month.is_between(1, 12)).then(month), 1)
    there = first + pl.duration(days=day - 1)
    return pl.when(there.dt.month() == first.dt.month()).then(there)


def _truncated(day: pl.Expr, grain: pl.Expr) -> pl.Expr:
    """The first day of the period of that grain in which ``day`` lies."""
    month = day.dt.month().cast(pl.Int64)
    year = day.dt.year().cast(pl.Int64)
    first = (
        pl.when(grain == "month").then(month)
        .when(grain == "quarter").then((month - 1) // 3 * 3 + 1)
        .when(grain.is_in(["year", "decade", "century"])).then(1)
    )  # fmt: skip
    years = pl.when(grain == "decade").then(10).when(grain == "century").then(100).otherwise(1)
    monday = day - pl.duration(days=day.dt.weekday().cast(pl.Int64) - 1)
    return (
        pl.when(grain.is_in(["week", "weekend"]))
        .then(monday)
        .when(first.is_not_null())
        .then(pl.date(year // years * years, first, 1))
        .otherwise(day)
    )


def _moved(day: pl.Expr, count: pl.Expr, step: pl.Expr) -> pl.Expr:
    """``day`` moved by ``count`` (Int64) times ``step`` ("1mo")."""
    size = step.str.extract(r"^([0-9]+)").cast(pl.Int64)
    return day.dt.offset_by(pl.format("{}{}", count * size, step.str.extract(r"([a-z]+)$")).fill_null("0d"))


def _started(rows: pl.LazyFrame) -> pl.LazyFrame:
    """With ``start``, the first day of a point or offset, by ``base``; null where it cannot be known."""
    grain, base = pl.col("grain"), pl.col("base")
    holiday = [pl.col("holiday").str.extract(pattern).cast(pl.Int64) for pattern in (r"^([0-9]{2})-[0-9]{2}$", r"^[0-9]{2}-([0-9]{2})$")]
    month = (
        pl.when(grain == "season")
        .then(pl.col("season").replace_strict(_SEASONS, default=None))
        .when(grain == "quarter")
        .then(pl.col("ordinal") * 3 - 2)
        .when(grain == "half")
        .then(pl.col("ordinal") * 6 - 5)
        .otherwise(pl.coalesce("month", holiday[0]))
    )
    return (
        rows.with_columns(
            pl.coalesce("year", base.dt.year() + pl.col("year_relation")).cast(pl.Int64).alias("of_year"),
            month.cast(pl.Int64).alias("of_month"),
            pl.when(grain == "day").then(pl.coalesce("day", holiday[1])).otherwise(1).cast(pl.Int64).alias("of_day"),
            base.dt.year().cast(pl.Int64).alias("base_year"),
            _truncated(base, grain).alias("now"),
        )
        .with_columns(_in_year(pl.col("base_year") + k).alias(name) for k, name in ((-1, "year_before"), (0, "same_year"), (1, "year_after")))
        .with_columns(pl.when(pl.col("kind") == "point").then(_point()).when(pl.col("kind") == "offset").then(_offset()).alias("start"))
    )  # fmt: skip


@cache
def _movable() -> dict[str, date]:
    """Movable holidays by name and year: ``easter 2019``."""
    return dict(
        table("holiday_dates").select(pl.format("{} {}", "holiday", pl.col("date").str.head(4)), pl.col("date").str.to_date()).rows()
    )


def _in_year(year: pl.Expr) -> pl.Expr:
    """The month and day, or the holiday, in that year."""
    movable = pl.format("{} {}", "holiday", year).replace_strict(_movable(), default=None, return_dtype=pl.Date)
    return pl.coalesce(_date(year, pl.col("of_month"), pl.col("of_day")), movable)


def _point() -> pl.Expr:
    """The first day of a point of the calendar."""
    base, grain, year = pl.col("base"), pl.col("grain"), pl.col("of_year")
    has_month = (pl.col("of_month").is_not_null() & pl.col("of_day").is_not_null()) | pl.col("holiday").is_not_null()
    # "Over the weekend" in a report of the past is the last one.
    saturday = pl.col("now") + pl.duration(days=5)
    is_over = (pl.col("rule") == "the_unit") & (pl.col("tense") <= 0) & (saturday > base)
    of_base = pl.when(grain == "weekend").then(pl.when(is_over).then(saturday - pl.duration(days=7)).otherwise(saturday)).otherwise("now")
    is_unknown = pl.col("season").is_not_null() | (grain.is_in(["quarter", "half"]) & pl.col("ordinal").is_not_null())
    return (
        pl.when((grain == "decade") & pl.col("decade").is_not_null()).then(pl.date("decade", 1, 1))
        .when((grain == "century") & pl.col("ordinal").is_not_null()).then(pl.date(pl.col("ordinal") * 100 - 100, 1, 1))
        .when(has_month & year.is_not_null()).then(_in_year(year))
        .when(has_month).then(_nearest())
        .when((grain == "year") & pl.col("year").is_not_null()).then(pl.date("year", 1, 1))
        .when(pl.col("deictic").is_not_null()).then(base + pl.duration(days="deictic"))
        .when(pl.col("weekday").is_not_null()).then(_weekday())
        .when(~is_unknown).then(_moved(of_base, pl.col("relation").fill_null(0), grain.replace_strict(_STEPS, default="1d")))
    )  # fmt: skip


def _nearest() -> pl.Expr:
    """The date of that month and day which the relation or the tense asks for, else the nearest to the base."""
    relation, tense = pl.col("relation"), pl.col("tense")
    before, same, after = (pl.col(name) for name in ("year_before", "same_year", "year_after"))
    days = (
        same - pl.when(pl.col("grain").is_in(["day", "month", "quarter"])).then("now").otherwise(pl.col("base").dt.month_start())
    ).dt.total_days()
    return (
        pl.when(relation == -1).then(pl.when(days < 0).then(same).otherwise(before))
        .when(relation == 1).then(pl.when(days > 0).then(same).otherwise(after))
        .when((relation == 0) | (days.abs() < _NEAR)).then(same)
        .when(tense < 0).then(pl.when(days <= 0).then(same).otherwise(before))
        .when(tense > 0).then(pl.when(days >= 0).then(same).otherwise(after))
        .otherwise(pl.when(days > 183).then(before).when(days < -183).then(after).otherwise(same))
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


def _offset() -> pl.Expr:
    """A whole number of units before or after the base; hours are finer than any base is known."""
    amount = pl.when(pl.col("amount") == pl.col("amount").floor()).then(pl.col("amount").cast(pl.Int64, strict=False))
    count = amount * pl.when(pl.col("unit") == "P2W").then(2).otherwise(1)
    sign = pl.when(pl.col("shift").is_in(["ago", "earlier"])).then(-1).otherwise(1)
    # Beyond that no calendar date helps: 65 million years ago.
    is_near = count <= pl.col("grain").replace_strict(_FARTHEST, default=0)
    moved = _moved(pl.col("base"), pl.when(is_near).then(count * sign).otherwise(0), pl.col("grain").replace_strict(_STEPS, default="1d"))
    moved = pl.when(is_near).then(moved)
    return pl.when(_is_bounded()).then(moved).otherwise(_truncated(moved, _offset_grain()))


def _is_bounded() -> pl.Expr:
    """Is an offset stated as before or after a day ("more than four years ago")?"""
    return (pl.col("kind") == "offset") & pl.col("mod").is_in(["BEFORE", "AFTER"]).fill_null(False)


def _offset_grain() -> pl.Expr:
    """How exact an offset is: as its unit, but a quarter a year earlier is a quarter."""
    keeps = pl.col("base_grain").is_in(["quarter", "month", "half", "season"]) & pl.col("grain").is_in(["year", "decade"])
    return pl.when(keeps).then("base_grain").otherwise("grain")


def _written(start: pl.Expr, grain: pl.Expr) -> pl.Expr:
    """The TIMEX3 value of a period of the calendar."""
    year = start.dt.strftime("%Y")
    return (
        pl.when(grain == "day").then(start.dt.strftime("%Y-%m-%d"))
        .when(grain == "week").then(start.dt.strftime("%G-W%V"))
        .when(grain == "weekend").then(start.dt.strftime("%G-W%V-WE"))
        .when(grain == "month").then(start.dt.strftime("%Y-%m"))
        .when(grain == "quarter").then(pl.format("{}-Q{}", year, start.dt.quarter()))
        .when(grain == "half").then(pl.format("{}-H{}", year, (start.dt.month() + 5) // 6))
        .when(grain == "season").then(pl.format("{}-{}", year, start.dt.month().replace_strict({v: k for k, v in _SEASONS.items()}, default="XX")))
        .when(grain == "decade").then(year.str.slice(0, 3))
        .when(grain == "century").then(year.str.slice(0, 2))
        .otherwise(year)
    )  # fmt: skip


def _table(reading: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """The published columns."""
    grain = (
        pl.when(pl.col("kind") == "offset").then(pl.when(_is_bounded()).then(pl.lit("day")).otherwise(_offset_grain())).otherwise("grain")
    )
    is_fixed = pl.col("kind").is_in(["duration", "set"])
    known = pl.col("start").is_not_null()
    is_reference = pl.col("kind") == "reference"
    dated = pl.col("published").is_not_null()
    points = pl.col("kind").is_in(["point", "offset"])
    value = pl.concat_str(_written(pl.col("start"), grain), pl.when(pl.col("kind") == "point").then("suffix").otherwise(pl.lit("")))
    # Hours and minutes count from a time of day that is not known, so no publication date would help.
    is_hours = (pl.col("kind") == "offset") & pl.col("unit").str.starts_with("PT").fill_null(False)
    needs = (
        ~is_fixed
        & ~pl.col("is_absolute")
        & ~(pl.col("has_other") & pl.col("other_is_absolute").fill_null(False))
        & ~(is_hours & pl.col("is_other_asked"))
    )
    end = _moved(pl.col("start"), pl.lit(1, pl.Int64), grain.replace_strict(_LENGTHS, default="1d")).dt.offset_by("-1d")
    mod, reference = pl.col("mod"), pl.col("timex_value_unanchored")
    anchor = (
        pl.when(is_fixed).then(pl.lit("none"))
        .when(pl.col("is_absolute")).then(pl.lit("absolute"))
        .when(pl.col("has_other") & known | (is_hours & pl.col("is_other_asked"))).then(pl.lit("other_time"))
        .when((known | is_reference) & dated).then(pl.lit("publication_date"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip
    return pl.concat([rows, reading.spans(rows["first"], rows["last"])], how="horizontal").select(
        "first", "last", "sentence", "document", "char_start", "char_end", "text",
        pl.format("{}@1", "rule").alias("rule_id"),
        _signals(reading, rows).alias("signal"),
        "timex_type",
        "timex_value_unanchored",
        pl.when(is_fixed).then("timex_value_unanchored")
        .when(is_reference).then(pl.when(dated).then("timex_value_unanchored"))
        .when(points & known).then(value)
        .when(pl.col("is_absolute")).then("timex_value_unanchored").alias("timex_value"),
        "mod",
        pl.when(points & known & ~(_is_bounded() & (mod == "BEFORE").fill_null(False))).then("start").when(is_reference & (reference == "FUTURE_REF")).then("published").alias("date_start"),
        pl.when(points & known & ~(_is_bounded() & (mod == "AFTER").fill_null(False))).then(end).when(is_reference & (reference == "PAST_REF")).then("published").alias("date_end"),
        _precision().alias("precision"),
        anchor.alias("anchor"),
        needs.alias("needs_publication_date"),
    )  # fmt: skip


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
