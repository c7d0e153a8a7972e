"""Figures: value, bounds and quantifier, as the words state them (HELIX: exact, approximately, more than, less than)."""

from __future__ import annotations

import polars as pl

from tasks.grammar.lexicon import cached, table
from tasks.grammar.spans import row_of

#: One in this many, or this many in all: what a share is told of in words.
_BASES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100, 200, 500, 1000, 10000, 100000, 1000000)
_AT_LEAST, _AT_MOST = ("more_than", "at_least"), ("less_than", "up_to")


def worth(found: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """``kind``, ``value``, ``low``, ``high``, ``number_scale``, ``high_scale`` of each match; and ``holds``, whether it states what is possible.

    A range's ends ascend ("3-1" is a score), and a share is told of a round number. "Two to three million" scales both.
    """
    row = {group: row_of(found[f"{group}_first"], numbers["first"]) for group in ("number", "low", "high", "base", "cents")}
    stated = pl.DataFrame(
        [
            *found.select("rule_name", "magnitude"),
            *(numbers["value"].gather(at).alias(group) for group, at in row.items()),
            *(numbers["scale"].gather(row[group]).alias(f"{group}_scale") for group in ("number", "low", "high")),
            numbers["kind"].gather(row["number"]),
        ]
    )
    scaled = (pl.col("low_scale") == 1) & (pl.col("low") < 1000) & (pl.col("low") < pl.col("high") / pl.col("high_scale"))
    low = pl.when(scaled).then(pl.col("low") * pl.col("high_scale")).otherwise("low")
    is_share = ((pl.col("number") < pl.col("base")) & pl.col("base").is_in([float(base) for base in _BASES])).fill_null(True)
    holds = (low < pl.col("high")).fill_null(True) & is_share & (pl.col("cents") < 100).fill_null(True)
    return stated.select("kind", _value().alias("value"), low.alias("low"), "high", "number_scale", "high_scale", holds.alias("holds"))


@cached
def _value() -> pl.Expr:
    """The number as written, nothing for "no", a share for "one in five", 3.5 for "three dollars 50 cents", 5 million for "5 USD million"."""
    nothing = pl.when(pl.col("rule_name").is_in(["no", "nobody"])).then(0.0)
    return pl.coalesce(
        nothing,
        pl.when(pl.col("base").is_not_null()).then(pl.col("number") / pl.col("base")),
        pl.col("number") + pl.col("cents") / 100,
        pl.col("number") * pl.col("magnitude").replace_strict(*_magnitudes(), default=None, return_dtype=pl.Float64),
        "number",
    )


@cached
def _magnitudes() -> pl.DataFrame:
    words = table("number_words").filter(pl.col("kind") == "magnitude")
    return words.select("word", pl.col("value").cast(pl.Float64))


@cached
def _kinds() -> pl.DataFrame:
    return table("quantifiers").select("phrase", "quantifier").unique("phrase", keep="last", maintain_order=True)


@cached
def quantifier() -> pl.Expr:
    """``quantifier``, from the keys ``bound`` and ``after``."""
    stated = [
        pl.col(name).str.strip_chars_start("- ").replace_strict(*_kinds(), default=None, return_dtype=pl.String)
        for name in ("bound", "after")
    ]
    return (
        pl.when(pl.col("low").is_not_null()).then(pl.lit("range"))
        .when(pl.col("value").is_null()).then(pl.lit("vague"))
        .otherwise(pl.coalesce(*stated, pl.lit("exact")))
        .alias("quantifier")
    )  # fmt: skip


@cached
def bounds() -> list[pl.Expr]:
    """What the words state: "more than 5" has a low and no high bound, an approximation and a multiple have neither."""
    is_exact = (pl.col("quantifier") == "exact") & ~pl.col("rule_name").str.starts_with("multiple")
    is_range = pl.col("quantifier") == "range"
    low = pl.when(is_range).then("low").when(is_exact | pl.col("quantifier").is_in(_AT_LEAST)).then("value")
    high = pl.when(is_range).then("high").when(is_exact | pl.col("quantifier").is_in(_AT_MOST)).then("value")
    text = pl.when(pl.col("quantifier") != "exact").then(pl.coalesce("bound_text", "after_text"))
    vague = pl.when(pl.col("quantifier") == "vague").then("number_text")
    return [low.alias("value_low"), high.alias("value_high"), pl.coalesce(text, vague).alias("quantifier_text")]
