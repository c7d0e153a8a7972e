"""Numbers: digits and number words → one unit each, with its value.

English number names (hundreds within groups, groups scaled by thousand, million …) are read by the kinds of their words alone, so
the value of any number of them is a few sums over columns.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve

_JOIN = "({hyphen & !spaced})?"
_SMALL = f"(?:{{number_word:ten}}(?:{_JOIN}{{number_word:unit}})?|{{number_word:teen|number_word:unit}})"
_HUNDREDS = f"(?:(?:{_SMALL}|{{=a}}|{{digits}}){_JOIN}{{number_word:hundred}}(?:{{=and}}?{_SMALL})?)"
_BELOW_THOUSAND = f"(?:{_HUNDREDS}|{_SMALL})"
_SCALED = f"(?:(?:{_BELOW_THOUSAND}|{{digits}}|{{=a}}){_JOIN}{{number_word:magnitude}})"
_HALF = "(?:{=and}{=a}?{number_word:fraction})"

#: Kind of number → rules, the earlier before the later where two fit the same words.
RULES = (
    Rule("label", "{label}(?:{digits}|{number_word:unit|number_word:teen})"),
    Rule("vague", "{number_word:vague}(?:{=of}{number_word:vague})*|{=a}{hyphen}?{number_word:hundred|number_word:magnitude}{=or}{=two|=so}"),
    Rule("scaled", f"{{=half}}{_JOIN}{{=a}}?{_JOIN}{{number_word:dozen|number_word:magnitude}}|(?:{_SMALL}|{{=a}}|{{digits}}){_JOIN}{{number_word:dozen}}"),
    Rule("fraction", f"(?:{{number_word:unit}}|{{=a|=the}}){_JOIN}{{number_word:fraction}}|{{=half}}"),
    Rule("mixed", f"(?:{_BELOW_THOUSAND}|{{digits}}|{{=a}}){_HALF}{{number_word:magnitude}}?"),
    Rule("scaled_words", f"{_SCALED}(?:{{comma}}?{{=and}}?{_SCALED})*(?:{{=and}}?{_BELOW_THOUSAND})?"),
    Rule("suffixed", "{digits}{number_word:suffix & !spaced}"),
    Rule("words", _BELOW_THOUSAND),
    Rule("digits", "{digits}"),
    Rule("ordinal", f"(?:{{number_word:ten}}{_JOIN})?{{number_word:ordinal|ordinal_digits}}"),
)  # fmt: skip
_PRODUCT = ("scaled", "fraction", "suffixed")
_NO_VALUE = ("vague", "ordinal", "label")


def numbers(reading: Reading, level: Level) -> pl.DataFrame:
    """The numbers of a level: ``first``, ``last`` (tokens), ``kind`` (name of the rule), ``value`` (null if vague, ordinal or a label such as "Flight 93")."""
    found = resolve(level.where("number_word|digits|ordinal_digits").find(RULES), "rule")
    kind = pl.Series([rule.name for rule in RULES], dtype=pl.String).gather(found["rule"])
    # A number is never cut out of a longer word such as F-16 or COVID-19: there a hyphen ties it to what stands before it.
    return found.select("first", "last", kind.alias("kind")).with_columns(_values(reading, found, kind))


def reduce(level: Level, found: pl.DataFrame, reading: Reading) -> Level:
    """The level with each number one unit of the feature ``number`` and ``number:<kind>``."""
    begin, single = found["first"].to_numpy(), found["first"] == found["last"]
    key = reading.words["key"].gather(reading.tokens["word"].gather(found["first"]))
    form = reading.words["form"].gather(reading.tokens["word"].gather(found["first"]))
    features = {f"number:{rule.name}": found["kind"] == rule.name for rule in RULES} | {
        "number": found["kind"] != "label",
        "one": single & (key == "one"),
        "year": single & form.str.contains(r"^(?:1[5-9]|20)[0-9]{2}$"),
        "spaced": reading.tokens["is_spaced"].gather(begin),
        "day": single & (found["value"].is_between(1, 31) & (found["value"] == found["value"].floor())).fill_null(False),
    }
    return level.reduce(found, features)


def _values(reading: Reading, found: pl.DataFrame, kind: pl.Series) -> pl.Series:
    words = reading.words.lazy().join(_word_values().lazy(), on="key", how="left", maintain_order="left")
    digits = pl.col("form").str.replace_all(",", "").cast(pl.Float64, strict=False)
    is_digits = pl.col("form").str.contains(r"^[0-9.][0-9,.]*$")
    words = words.select(
        pl.when(is_digits).then(digits).otherwise("value").alias("value"),
        pl.when(is_digits).then(pl.lit("unit")).otherwise("kind").alias("kind"),
    ).collect()
    tokens = (
        pl.DataFrame({"first": found["first"], "last": found["last"], "rule": kind})
        .with_row_index("number")
        .select("number", "rule", pl.int_ranges("first", pl.col("last") + 1).alias("token"))
        .explode("token")
    )
    tokens = tokens.with_columns(words[reading.tokens["word"].gather(tokens["token"])]).filter(pl.col("value").is_not_null())
    product = tokens.filter(pl.col("rule").is_in(_PRODUCT)).group_by("number").agg(pl.col("value").product())
    total = _sums(tokens.filter(~pl.col("rule").is_in(_PRODUCT + _NO_VALUE)))
    values = pl.concat([product, total])
    return pl.DataFrame({"number": pl.int_range(found.height, dtype=pl.UInt32, eager=True)}).join(
        values, on="number", how="left", maintain_order="left"
    )["value"]


def _sums(tokens: pl.DataFrame) -> pl.DataFrame:
    """``number``, ``value``: each magnitude scales what stands between it and the one before; hundred scales within that."""
    is_magnitude, is_hundred = pl.col("kind") == "magnitude", pl.col("kind") == "hundred"
    small = pl.col("value").filter(~is_magnitude & ~is_hundred)
    counted = (
        tokens.with_columns(is_magnitude.cum_sum(reverse=True).over("number").alias("group"))
        .with_columns(is_hundred.cum_sum(reverse=True).over("number", "group").alias("above"))
        .group_by("number", "group")
        .agg(
            small.filter(pl.col("above").filter(~is_magnitude & ~is_hundred) > 0).sum().alias("hundreds"),
            small.filter(pl.col("above").filter(~is_magnitude & ~is_hundred) == 0).sum().alias("rest"),
            is_hundred.any().alias("has_hundred"),
            pl.col("value").filter(is_magnitude).product().alias("scale"),
            is_magnitude.any().alias("has_magnitude"),
        )
    )
    hundreds = pl.when("has_hundred").then(pl.max_horizontal("hundreds", pl.lit(1.0)) * 100).otherwise(0.0)
    below = hundreds + pl.col("rest")
    below = pl.when(pl.col("has_magnitude") & (below == 0)).then(1.0).otherwise(below)
    return (
        counted.select("number", (below * pl.when("has_magnitude").then("scale").otherwise(1.0)).alias("value"))
        .group_by("number")
        .agg(pl.col("value").sum())
    )


def _word_values() -> pl.DataFrame:
    """``key``, ``kind``, ``value`` of the number words."""
    return table("number_words").select(pl.col("word").alias("key"), "kind", pl.col("value").cast(pl.Float64))
