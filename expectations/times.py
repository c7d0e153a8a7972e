"""times: when things are said to be."""

import polars as pl

from expectations.contract import SPAN, SPAN_CHECKS, Check, Table, boolean, date, enum, text

_UNANCHORED = pl.col("timex_value").is_null()

TABLE = Table(
    name="times",
    description="One row a time expression, normalised as TIMEX3 (TimeML, ISO 8601); the span is the phrase without its preposition.",
    key=("time_id",),
    columns=(
        text("time_id", "doc_id:t:char_start-char_end"),
        *SPAN,
        text("signal", "the preposition right before it, as written", nullable=True),
        enum("timex_type", "TIMEX3 type", "DATE TIME DURATION SET"),
        text("timex_value_unanchored", "what the words alone give; X for what they leave open"),
        text("timex_value", "the value after anchoring; null where its anchor is not known", nullable=True),
        enum("mod", "TIMEX3 modifier", "START END MID BEFORE AFTER APPROX MORE_THAN LESS_THAN EQUAL_OR_LESS EQUAL_OR_MORE", nullable=True),
        date("date_start", "first possible day", nullable=True),
        date("date_end", "last possible day", nullable=True),
        enum(
            "precision",
            "how exact the words are (HELIX date accuracy); year also stands for quarters, seasons and all that is longer",
            "day week month year unknown",
        ),
        enum("anchor", "what the value was counted from; absolute needs no anchor", "absolute publication_date other_time none"),
        boolean("needs_publication_date", "without the publication date the value is not known"),
    ),
    checks=(
        *SPAN_CHECKS,
        Check("dates_are_ordered", "date_start <= date_end, where given", (pl.col("date_start") <= pl.col("date_end")).fill_null(True)),
        Check(
            "unanchored_has_no_dates",
            "a row that is not anchored has no dates",
            ~_UNANCHORED | (pl.col("date_start").is_null() & pl.col("date_end").is_null()),
        ),
        Check(
            "durations_and_sets_have_no_dates",
            "how long or how often is no point in time",
            ~pl.col("timex_type").is_in(["DURATION", "SET"]) | (pl.col("date_start").is_null() & pl.col("date_end").is_null()),
        ),
        Check(
            "dates_need_an_anchor",
            "a row with dates says what they were counted from",
            (pl.col("anchor") != "none") | (pl.col("date_start").is_null() & pl.col("date_end").is_null()),
        ),
    ),
)
