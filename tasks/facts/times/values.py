"""Time expressions: calendar fields → TIMEX3 type, value and modifier (TimeML, ISO 8601), by the words alone.

Values are put together from the fields of a match, so that no rule needs a production of its own.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from tasks.facts.times.fields import INTEGERS, matches
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.reading import Reading
from tasks.grammar.spans import dense, resolve, within


def expressions(reading: Reading, level: Level, numbers: pl.DataFrame) -> pl.DataFrame:
    """The time expressions of a level of numbers, in order of text, with what their words alone say.

    Columns: ``first``, ``last`` (tokens), ``sentence``, ``passage``, ``document``, ``said`` (equal where the words say the same), ``rule``
    (name), the calendar fields, ``grain`` (how exact a value is: day, weekend, week, month, quarter, half, season, year, decade, century),
    ``timex_type``, ``timex_value_unanchored``, ``mod``.
    """
    found, said = matches(reading, level, numbers)
    said = _read(said)
    found = found.with_columns(said["is_time"].gather(found["said"]))
    best = resolve(found, "rule")
    # What a refused match covers may still hold a shorter one.
    refused = best.filter(~pl.col("is_time"))
    shorter = found.filter(within(found, refused).is_not_null()).join(
        refused, on=["rule", "first", "last"], how="anti", maintain_order="left"
    )
    rows = pl.concat([best, resolve(shorter, "rule")]).filter("is_time").sort("first")
    passage = reading.tokens["passage"].gather(rows["first"])
    used, example = dense(rows["said"].to_numpy())
    place = [reading.tokens["sentence"].gather(rows["first"]), passage, reading.passages["document"].gather(passage).alias("document")]
    rows, said = _lend(rows.select("first", "last", *place, pl.Series(used).alias("said")), said[rows["said"].gather(example)])
    said = _values(said)
    rows = rows.filter(said["timex_value_unanchored"].is_not_null().gather(rows["said"]))
    return pl.concat([rows, said[rows["said"]]], how="horizontal")


def _read(said: pl.DataFrame) -> pl.DataFrame:
    """With the fields that need a calculation (counts, decades, clock times, stamps), and ``is_time``."""
    hundreds, rest = pl.col("spoken"), pl.col("spoken_last")
    # Nineteen ninety-six, the year two thousand.
    pair = pl.when(hundreds.is_between(15, 20) & rest.is_between(10, 99)).then(hundreds * 100 + rest)
    spoken = pl.when("is_pair").then(pair).when(hundreds.is_between(1000, 2100)).then(hundreds)
    decade_word = pl.concat_str("date_first", pl.when("several_dates").then("date_last").otherwise(pl.lit("")))
    is_one = (~pl.col("several_counts") & pl.col("count_first").is_in(["a", "an", "one", "another"])) | pl.col("rule").is_in(_ONE)
    said = (
        said.with_columns(
            pl.col(*INTEGERS, "clock_number", "second_year", "second_count").cast(pl.Int64, strict=False),
            pl.coalesce("year", spoken).cast(pl.Int64, strict=False).alias("year"),
            pl.coalesce(pl.col(name).cast(pl.Int64, strict=False) for name in ("day", "ordinal_day", "date_day", "ordinal_date")).alias(
                "day"
            ),
            pl.coalesce("low", pl.col("couple").cast(pl.Float64), "count", pl.when(is_one).then(1.0)).alias("amount"),
            decade_word.str.contains(r"^['’‘]?[0-9]{2}s$|^[^0-9]+$").alias("is_short"),
            pl.when("has_clock").then("text").alias("clock_text"),
            pl.when(~pl.col("has_clock")).then("text").alias("stamp"),
            *(pl.col(name).is_not_null().alias(f"is_{name}") for name in ("night", "other")),
        )
        .pipe(_with_clock)
        .pipe(_with_stamp)
    )
    decade, year, second = pl.col("decade"), pl.col("year"), pl.col("second_year")
    return said.with_columns(
        pl.when(decade == 0).then(2000).when(decade < 100).then(decade + 1900).otherwise(decade).alias("decade"),
        # 1998-99, but in 1998-9 nothing tells.
        pl.when(second > year % 100).then(year // 100 * 100 + second).otherwise(year).alias("year"),
    ).with_columns(_is_time().fill_null(False).alias("is_time"))  # fmt: skip


def _with_clock(said: pl.DataFrame) -> pl.DataFrame:
    """With ``hour`` and ``clock``, the time of day as TIMEX3 writes it."""
    text, hour, meridiem = pl.col("clock_text"), pl.col("hour"), pl.col("meridiem")
    is_pm = (meridiem == "PM") | ((meridiem.fill_null("") == "") & pl.col("part").is_in(["TAF", "TEV", "TNI"]) & text.is_not_null())
    at = pl.coalesce(
        text.str.extract(r"^([0-9]+)").cast(pl.Int64, strict=False), "clock_number", pl.when(pl.col("rule") == "clock_part").then("day")
    )
    minute = text.str.extract(r"^[0-9]+\s?[:.]\s?([0-9]{2})").fill_null("00")
    second = pl.concat_str(pl.lit(":"), text.str.extract(r"^[0-9]+:[0-9]+:([0-9]{2})")).fill_null("")
    clock = pl.concat_str(pl.lit("T"), hour.cast(pl.String).str.zfill(2), pl.lit(":"), minute, second)
    clock = pl.coalesce(pl.concat_str(pl.lit("T"), "clock_word"), clock)
    return (
        said.with_columns(at.alias("hour"))
        .with_columns(
            pl.when(is_pm & (hour < 12)).then(hour + 12).when((meridiem == "AM") & (hour == 12)).then(0).otherwise(hour).alias("hour")
        )
        .with_columns(pl.concat_str(clock, pl.col("zone").fill_null("")).alias("clock"))
    )


def _with_stamp(said: pl.DataFrame) -> pl.DataFrame:
    """With ``year``, ``month``, ``day`` of dates in figures."""
    stamp, parts = pl.col("stamp"), [pl.col(f"part_{i}") for i in (1, 2, 3)]
    iso, dotted = pl.col("is_iso"), pl.col("is_dotted")
    # Between 3/4 and 4/3 nothing decides but a day above twelve; with dots the day comes first.
    is_day_first = (parts[0] > 12) | (parts[0] == parts[1])
    month = pl.when(iso | dotted).then(parts[1]).when(parts[1] > 12).then(parts[0]).when(is_day_first).then(parts[1])
    day = pl.when(iso).then(parts[2]).when(dotted).then(parts[0]).when(parts[1] > 12).then(parts[1]).when(is_day_first).then(parts[0])
    short = pl.when(parts[2] < 100).then(parts[2] + pl.when(parts[2] < 50).then(2000).otherwise(1900)).otherwise(parts[2])
    return said.with_columns(
        stamp.str.contains(r"^[0-9]{4}").alias("is_iso"),
        stamp.str.contains(r"\.").alias("is_dotted"),
        *(
            stamp.str.extract(r"^([0-9]+)[^0-9]([0-9]+)[^0-9]([0-9]+)$", i).cast(pl.Int64, strict=False).alias(f"part_{i}")
            for i in (1, 2, 3)
        ),
    ).with_columns(
        pl.coalesce("year", pl.when(iso).then(parts[0]).otherwise(short)).alias("year"),
        pl.coalesce("month", month).alias("month"),
        pl.coalesce("day", day).alias("day"),
    )


@cache
def _is_time() -> pl.Expr:
    """What the patterns could not tell: the hour of a clock, the day of a month, which units a bare "the" may stand before."""
    is_quarter = pl.col("rule").is_in(_QUARTER_RULES)
    return (
        pl.col("hour").fill_null(0).is_between(0, 24)
        & (pl.col("day").fill_null(1).is_between(1, 31) | (pl.col("rule") == "clock_part"))
        & ((pl.col("rule") != "the_unit") | pl.col("unit").is_in(["P1W", "P1M", "P3M", "P1Y", "P1WE"]))
        & (~is_quarter | pl.col("unit_word").is_in(["quarter", "half"]))
        # A match and a meeting have halves too: that of a year is called so.
        & (~is_quarter | (pl.col("unit_word") != "half") | pl.any_horizontal(pl.col("year", "year_relation").is_not_null(), "has_fiscal"))
        & ((pl.col("rule") != "unit_end") | pl.col("edge_word").is_in(["end", "close"]))
        & ~pl.col("clock_text").fill_null("").str.contains(r":(?:[0-9](?:[^0-9]|$)|[6-9][0-9])")
        # "In his 30s" is an age.
        & ((pl.col("rule") != "decade") | (pl.col("decade").is_not_null() & (~pl.col("is_short") | pl.col("has_det"))))
        & ((pl.col("rule") != "century") | pl.col("ordinal").is_between(2, 30))
        & (
            pl.col("second_unit").is_null()
            | (pl.col("second_unit").replace_strict(_SIZES, default=0) < pl.col("unit").replace_strict(_SIZES, default=0))
        )
        & ((pl.col("rule") != "second_year") | ((pl.col("year") % 100 == pl.col("second_year")) & (pl.col("second_year") < 100)))
        & ((pl.col("rule") != "edge_unit") | (pl.col("edge") != ""))
        & (~pl.col("rule").is_in(_SPOKEN_RULES) | pl.col("year").is_not_null())
        & ~((pl.col("rule") == "units") & pl.col("unit").is_in(["PT1S", "P3M"]))
    )


def _lend(rows: pl.DataFrame, said: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A date without a year, tied to one that has it, says that year too: "March 18-20, 2019"."""
    told = said.select("rule", "year", "month")[rows["said"]].with_columns(rows["sentence"])
    neighbour = (
        (pl.col("rule").shift(-1) == "after_date")
        & (pl.col("sentence").shift(-1) == pl.col("sentence"))
        & (pl.col("month").shift(-1) == pl.col("month"))
    )
    takes = pl.col("year").is_null() & neighbour & (pl.col("rule") == "date")
    at = told.select(takes.fill_null(False)).to_series().arg_true()
    lent = said[rows["said"].gather(at)].with_columns(told["year"].gather(at + 1))
    own = pl.int_range(said.height, said.height + len(at), dtype=pl.Int64, eager=True)
    return rows.with_columns(rows["said"].scatter(at, own)), pl.concat([said, lent])


#: Units from the smallest: in "two years and four months" they go down.
_SIZES = {unit: i for i, unit in enumerate(("PT1S", "PT1M", "PT1H", "P1D", "P1W", "P1M", "P1Y"))}
_QUARTER_RULES = ("quarter", "quarter_of", "quarter_attribute")
_SPOKEN_RULES = ("spoken_date", "spoken_year", "year_number")
_YEAR_AGO = ("year_ago", "year_ago_period")
#: One of the unit, without a word that says so.
_ONE = (*_YEAR_AGO, "unit_ended")
_SHIFT = {"ago": -1, "earlier": -1, "later": 1, "hence": 1}
_GRAINS = {
    "P1D": "day",
    "P1WE": "weekend",
    "P1W": "week",
    "P2W": "week",
    "P1M": "month",
    "P3M": "quarter",
    "P1Y": "year",
    "P10Y": "decade",
    "P100Y": "century",
    "P1000Y": "century",
}
_OFFSET_RULES = ("offset", "half_offset", *_YEAR_AGO)
_DURATION_RULES = (
    "compound_duration",
    "duration",
    "bound_duration",
    "article_duration",
    "unit_ended",
    "attribute",
    "old",
    "half_duration",
    "age",
    "units",
)
_SET_RULES = ("weekday_parts", "each", "each_named", "each_part", "per", "times_per", "frequency", "weekdays")


@cache
def _grain() -> pl.Expr:
    """How exact the value is."""
    is_quarter = pl.col("rule").is_in(_QUARTER_RULES) | ((pl.col("rule") == "year_quarter") & pl.col("ordinal").is_not_null())
    return (
        pl.when(pl.col("reference").is_not_null()).then(None)
        .when(is_quarter).then(pl.when(pl.col("unit_word") == "half").then(pl.lit("half")).otherwise(pl.lit("quarter")))
        .when(pl.col("rule") == "century").then(pl.lit("century"))
        .when(pl.any_horizontal(pl.col("day", "weekday", "deictic", "holiday").is_not_null())).then(pl.lit("day"))
        .when(pl.col("has_part") | pl.col("has_clock")).then(pl.lit("day"))
        .when(pl.col("month").is_not_null()).then(pl.lit("month"))
        .when(pl.col("season").is_not_null()).then(pl.lit("season"))
        .when(pl.col("decade").is_not_null()).then(pl.lit("decade"))
        .when(pl.col("year").is_not_null()).then(pl.lit("year"))
        .otherwise(pl.col("unit").replace_strict(_GRAINS, default=None))
    )  # fmt: skip


#: A part of a unit as whole ones of a smaller: half an hour is 30 minutes.
_SMALLER = {"PT1H": (60, "PT1M"), "P1D": (24, "PT1H"), "P1Y": (12, "P1M")}
_UNKNOWN = {"P10Y": "PXDE", "P100Y": "PXC", "P1000Y": "PXML", "P2W": "PXW"}


def _period(said: pl.DataFrame) -> pl.Series:
    """The TIMEX3 duration of count and unit: ``P3D``, ``PT2H``, ``PXM`` for an unknown number of months."""
    unit, amount, parts = pl.col("unit"), pl.col("amount"), pl.col("parts")
    # Step by step: an expression that is used in several others would be planned anew in each.
    own = said.select(
        pl.when(pl.col("rule") == "age").then(pl.lit("P1Y")).otherwise("unit").alias("unit"),
        (amount + pl.when("has_half").then(0.5).otherwise(0.0)).alias("amount"),
        "second_count",
        "second_unit",
    )
    own = own.with_columns(
        (amount * unit.replace_strict({name: factor for name, (factor, _) in _SMALLER.items()}, default=1)).alias("parts")
    )
    own = own.with_columns(((amount < 1) & (parts == parts.floor())).alias("is_part"))
    own = own.with_columns(
        pl.when("is_part").then(unit.replace({name: smaller for name, (_, smaller) in _SMALLER.items()})).otherwise(unit).alias("unit"),
        pl.when("is_part").then(parts).otherwise(amount).alias("amount"),
    )
    total = own.select((amount * unit.str.extract(r"([0-9]+)").cast(pl.Float64)).alias("total"))
    whole = total.select(
        pl.when(pl.col("total") == pl.col("total").floor())
        .then(pl.col("total").cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.col("total").cast(pl.String))
    ).to_series()
    # P1Y4M and PT1H30M, but P1DT12H.
    turn = pl.when(pl.col("second_unit").str.starts_with("PT") & ~unit.str.starts_with("PT")).then(pl.lit("T")).otherwise(pl.lit(""))
    second = pl.concat_str(turn, "second_count", pl.col("second_unit").str.extract(r"([A-Z]+)$"))
    known = pl.concat_str(
        unit.str.extract(r"^(PT?)"),
        whole,
        unit.str.extract(r"([A-Z]+)$"),
        pl.when(pl.col("second_count").is_not_null()).then(second).otherwise(pl.lit("")),
    )
    return own.select(pl.coalesce(known, unit.replace_strict(_UNKNOWN, default=None), unit.str.replace(r"[0-9]+", "X"))).to_series()


@cache
def _suffix() -> pl.Expr:
    """``T17:00``, ``TMO``, ``TNI`` or nothing."""
    return pl.coalesce(pl.when("has_clock").then("clock"), pl.when("is_night").then(pl.lit("TNI")), "part", pl.lit(""))


def padded(name: str, width: int = 2) -> pl.Expr:
    """A number as text with leading zeros."""
    return pl.col(name).cast(pl.String).str.zfill(width)


@cache
def _point() -> pl.Expr:
    """The unanchored value of a point of the calendar: what the words leave open is ``X``."""
    year = padded("year", 4).fill_null("XXXX")
    number = pl.col("ordinal").cast(pl.String).fill_null("X")
    grain = pl.col("grain")
    return (
        pl.when(grain == "day").then(
            pl.when(pl.col("day").is_not_null() & pl.col("month").is_not_null()).then(pl.format("{}-{}-{}", year, padded("month"), padded("day")))
            .when(pl.col("weekday").is_not_null()).then(pl.format("XXXX-WXX-{}", "weekday"))
            .when(pl.col("holiday").is_not_null()).then(pl.format("{}-{}", year, pl.when(pl.col("holiday").str.contains("^[0-9]")).then("holiday").otherwise(pl.lit("XX-XX"))))
            .otherwise(pl.lit("XXXX-XX-XX"))
        )
        .when(grain == "weekend").then(pl.lit("XXXX-WXX-WE"))
        .when(grain == "week").then(pl.lit("XXXX-WXX"))
        .when(grain == "month").then(pl.format("{}-{}", year, padded("month").fill_null("XX")))
        .when(grain == "quarter").then(pl.format("{}-Q{}", year, number))
        .when(grain == "half").then(pl.format("{}-H{}", year, number))
        .when(grain == "season").then(pl.format("{}-{}", year, "season"))
        .when(grain == "year").then(year)
        .when(grain == "decade").then((pl.col("decade") // 10).cast(pl.String).fill_null("XXX"))
        .when(grain == "century").then((pl.col("ordinal") - 1).cast(pl.String).str.zfill(2).fill_null("XX"))
    )  # fmt: skip


@cache
def _set() -> pl.Expr:
    """The value of a set: a period or a part of the calendar that comes again."""
    every = pl.coalesce("count", pl.col("count_ordinal").cast(pl.Float64), pl.when("has_alternate").then(2.0), pl.lit(1.0))
    every = pl.when(pl.col("rule").is_in(["per", "times_per"])).then(1.0).otherwise(every).cast(pl.Int64, strict=False)
    size = every * pl.col("unit").str.extract(r"([0-9]+)").cast(pl.Int64, strict=False)
    period = pl.concat_str(pl.col("unit").str.extract(r"^(PT?)"), size.cast(pl.String), pl.col("unit").str.extract(r"([A-Z]+)$"))
    return pl.coalesce("frequency", period, pl.when(pl.col("grain") == "day").then(pl.concat_str("point", "suffix")).otherwise("point"))


@cache
def _kind() -> pl.Expr:
    """How a row gets its value: reference, set, offset (from another time), duration or point."""
    rule = pl.col("rule")
    # "Several years ago" names no day, month or year.
    vague_past = (pl.col("shift") == "ago") & pl.col("amount").is_null() & ~rule.is_in(_YEAR_AGO)
    is_span = rule.is_in(["relative_unit"]) & pl.col("is_past_span")
    return (
        pl.when(pl.col("reference").is_not_null() | (rule == "some_units") | (rule == "long_ago") | vague_past).then(pl.lit("reference"))
        .when(rule.is_in(_SET_RULES)).then(pl.lit("set"))
        .when(rule.is_in(_OFFSET_RULES)).then(pl.lit("offset"))
        .when(rule.is_in(_DURATION_RULES) | is_span).then(pl.lit("duration"))
        .otherwise(pl.lit("point"))
        .alias("kind")
    )  # fmt: skip


#: What anchoring asks for, of what was read.
_FIELDS = (
    *("rule", "kind", "grain", "year", "month", "day", "weekday", "season", "holiday", "decade", "ordinal", "deictic"),
    *("relation", "is_other", "year_relation", "unit", "amount", "shift", "frequency"),
)


def _values(said: pl.DataFrame) -> pl.DataFrame:
    """What the words say → ``_FIELDS``, ``timex_type``, ``timex_value_unanchored``, ``mod``, ``suffix``."""
    is_forward = pl.col("relation").fill_null(-1) > 0
    reference = pl.coalesce("reference", pl.when(is_forward).then(pl.lit("FUTURE_REF")).otherwise(pl.lit("PAST_REF")))
    is_span = pl.col("kind") == "duration"
    said = said.with_columns(
        _grain().alias("grain"),
        _kind(),
        pl.when(pl.col("is_past_span") & (pl.col("rule") == "relative_unit")).then(1.0).otherwise("amount").alias("amount"),
        _suffix().alias("suffix"),
    )
    said = said.with_columns(_point().alias("point"), _modifier().alias("mod"), _period(said).alias("period"))
    offset = pl.col("unit").str.starts_with("PT").fill_null(False) & (pl.col("kind") == "offset")
    value = (
        pl.when(pl.col("kind") == "reference")
        .then(reference)
        .when(pl.col("kind") == "set")
        .then(_set())
        .when(is_span | (pl.col("kind") == "offset"))
        .then("period")
        .otherwise(pl.concat_str("point", "suffix"))
    )
    kind = (
        pl.when(pl.col("kind") == "set")
        .then(pl.lit("SET"))
        .when(is_span)
        .then(pl.lit("DURATION"))
        .when(pl.col("kind") == "reference")
        .then(pl.lit("DATE"))
        .when(offset | (pl.col("suffix") != ""))
        .then(pl.lit("TIME"))
        .otherwise(pl.lit("DATE"))
    )
    return said.select(*_FIELDS, value.alias("timex_value_unanchored"), kind.alias("timex_type"), "mod", "suffix")


_BOUNDS = {
    "approximately": "APPROX",
    "more_than": "MORE_THAN",
    "less_than": "LESS_THAN",
    "up_to": "EQUAL_OR_LESS",
    "at_least": "EQUAL_OR_MORE",
}


@cached
def _modifier() -> pl.Expr:
    """TIMEX3 ``mod``. An offset's bound turns with its direction: more than four years ago is before that day."""
    quantifiers = dict(table("quantifiers").select("phrase", "quantifier").iter_rows())
    bound = pl.coalesce("bound", pl.col("after").replace_strict(quantifiers, default=None).replace_strict(_BOUNDS, default=None))
    sign = pl.col("shift").replace_strict(_SHIFT, default=1)
    is_offset = pl.col("kind") == "offset"
    is_far = bound.is_in(["MORE_THAN", "EQUAL_OR_MORE"])
    is_near = bound.is_in(["LESS_THAN", "EQUAL_OR_LESS"])
    return (
        pl.when(is_offset & is_far).then(pl.when(sign < 0).then(pl.lit("BEFORE")).otherwise(pl.lit("AFTER")))
        .when(is_offset & is_near).then(pl.when(sign < 0).then(pl.lit("AFTER")).otherwise(pl.lit("BEFORE")))
        .otherwise(pl.coalesce(bound, pl.when(pl.col("edge") != "").then("edge")))
    )  # fmt: skip
