"""Figures: what they are measured in (ISO 4217 for money, UCUM for physical units) and what kind of thing they count."""

from __future__ import annotations

import polars as pl

from tasks.grammar.lexicon import cached, table

#: Kinds of units that measure rather than count.
MEASURED = ("money", "distance", "area", "volume", "weight", "temperature", "speed", "energy", "power", "ratio")
_TIMES = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}


@cached
def units() -> pl.DataFrame:
    """``unit_key`` → ``unit_kind``, ``unit_code``, and the ``divisor`` of its values: a share is 0–1.

    A hundredth of a currency (cents, pence) has no code in ISO 4217: its value stays as written and its code is null.
    """
    measured = table("units").select(
        pl.concat_list("unit", "plural").alias("unit_key"), pl.col("kind").alias("unit_kind"), pl.col("ucum").alias("unit_code")
    )
    measured = measured.explode("unit_key").with_columns(pl.when(pl.col("unit_code") == "%").then(100.0).alias("divisor"))
    factor = pl.col("factor").cast(pl.Float64)
    money = table("currencies").select(
        pl.col("form").alias("unit_key"),
        pl.lit("money").alias("unit_kind"),
        pl.when(factor >= 1).then("currency").alias("unit_code"),
        # MEUR 5 is five million.
        pl.when(factor > 1).then(1 / factor).alias("divisor"),
    )
    known = pl.concat([money, measured]).drop_nulls("unit_key").unique("unit_key", keep="first", maintain_order=True)
    # A letter is a unit only as it is written: 3G is no 3 g.
    lower = (
        known.filter(pl.col("unit_key").str.len_chars() > 1)
        .with_columns(pl.col("unit_key").str.to_lowercase())
        .unique("unit_key", keep="first", maintain_order=True)
    )
    # As written first, for MB is no mb; else in any case.
    return pl.concat([known.with_columns(pl.lit(True).alias("as_written")), lower.with_columns(pl.lit(False).alias("as_written"))])


def with_units(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``unit_kind``, ``unit_code``, ``divisor`` of their ``unit_form`` (as written) and ``per_key``."""
    exact, lower = (units().filter(pl.col("as_written") == flag).drop("as_written") for flag in (True, False))
    named = rows.join(exact, left_on="unit_form", right_on="unit_key", how="left", maintain_order="left")
    other = rows.select(pl.col("unit_form").str.to_lowercase()).join(
        lower, left_on="unit_form", right_on="unit_key", how="left", maintain_order="left"
    )
    either = [pl.coalesce(name, other[name]).alias(name) for name in ("unit_kind", "unit_code", "divisor")]
    per = pl.col("per_key").str.extract(r"(\w+)$").replace_strict(_TIMES, default=None, return_dtype=pl.String)
    return named.with_columns(either).with_columns(_pounds()).with_columns(_rate(per))


@cached
def _pounds() -> list[pl.Expr]:
    """A pound is money where it is counted in millions, vaguely or by the month, or money is near; else it is a weight (avoirdupois)."""
    is_pound = pl.col("unit_form").str.contains(r"^(?i:pounds?)$").fill_null(False)
    is_paid = pl.col("per_key").str.contains("(?:week|month|year)$").fill_null(False) | pl.col("value").is_null() & pl.col("low").is_null()
    is_near_money = pl.col("sentence").is_in(pl.col("sentence").filter((pl.col("unit_kind") == "money") & ~is_pound).implode())
    is_weight = is_pound & (pl.col("scale") == 1) & ~is_paid & ~is_near_money
    return [
        pl.when(is_weight).then(pl.lit("weight")).otherwise("unit_kind").alias("unit_kind"),
        pl.when(is_weight).then(pl.lit("[lb_av]")).otherwise("unit_code").alias("unit_code"),
    ]


def _rate(per: pl.Expr) -> list[pl.Expr]:
    """A physical unit by time: 500 barrels a day is [bbl_us]/d, and a distance by time a speed. Money keeps its own code."""
    is_rate = per.is_not_null() & (pl.col("unit_kind") != "money") & pl.col("unit_code").is_not_null()
    is_speed = per.is_in(["s", "min", "h"]) & (pl.col("unit_kind") == "distance")
    return [
        pl.when(is_rate).then(pl.concat_str("unit_code", pl.lit("/"), per)).otherwise("unit_code").alias("unit_code"),
        pl.when(is_speed).then(pl.lit("speed")).otherwise("unit_kind").alias("unit_kind"),
    ]


@cached
def nouns() -> pl.DataFrame:
    """``head`` → ``noun_unit``, ``noun_population``: what kind of thing a noun counts, and who the people are."""
    counted = table("counted_nouns").select(
        pl.concat_list("singular", "plural").alias("head"), pl.col("unit").alias("noun_unit"), pl.col("population").alias("noun_population")
    )
    role = {"military": "combatants", "police": "staff", "medical": "staff", "relative": "relatives"}
    roles = table("roles").select(
        pl.concat_list("singular", "plural").alias("head"),
        pl.lit("person").alias("noun_unit"),
        pl.col("role_class").replace_strict(role, default="unspecified").alias("noun_population"),
    )
    demonyms = table("demonyms").filter(pl.col("form_type") != "adjective")
    people = demonyms.select(
        pl.col("form").alias("head"), pl.lit("person").alias("noun_unit"), pl.lit("unspecified").alias("noun_population")
    )
    return (
        pl.concat([counted.explode("head"), roles.explode("head"), people])
        .drop_nulls("head")
        .with_columns(pl.col("head").str.to_lowercase())
        .unique("head", keep="first", maintain_order=True)
    )


def with_nouns(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``noun_unit``, ``noun_population`` of their ``head``; of a longer term that is unknown, its last word decides."""
    heads = pl.concat([rows["head"], rows["head"].str.extract(r"(\S+)$")]).to_frame()
    known = heads.join(nouns(), on="head", how="left", maintain_order="left").drop("head")
    whole, last = known.head(rows.height), known.tail(rows.height)
    return rows.with_columns(whole.select(pl.coalesce(name, last[name]).alias(name) for name in known.columns))
