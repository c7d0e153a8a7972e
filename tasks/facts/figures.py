"""Figures: the numbers that a text reports, with their bounds, what they count and what happened to it."""

from __future__ import annotations

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve

_EXACT = "number & !number:ordinal & !number:vague & !number:fraction & !one"
_CARDINAL = f"{{{_EXACT}}}"
_COUNT = "{number & !number:ordinal & !number:fraction & !one}"
_LEAD = "(?P<lead>{quantifier:lead})?(?P<bound>{quantifier:before})?{quantifier:lead}?"
_BOUND = "(?P<bound>{quantifier:before})"
_AFTER = "(?P<after>{quantifier:after})?"
_HYPHENATED = "(?:{word}{hyphen & !spaced}{word & !spaced}(?:{hyphen & !spaced}{word & !spaced})?)"
_MODIFIER = f"(?:{_HYPHENATED}|{{ADJ & !number|NOUN & !time|PROPN & !time|acronym|demonym|VERB & participle|=more|=other}}|{{adverb|ADV & !time}}{{ADJ|VERB & participle}})"
_NOUN = "{NOUN & !time|demonym|counted & PROPN & !time}"
_COUNTED = f"(?P<modifiers>{_MODIFIER}*)(?P<head>{_NOUN})"
_TO = "{=to|hyphen|dash|=and|=or}"
_MONEY = "{currency:symbol|currency:prefix}"
_UNIT = "{percent|unit:ratio|unit & !counted|unit & NOUN|currency:word|currency:code|currency:subunit}"

#: Where several rules fit one number, the first does; where figures overlap, the one that begins first.
RULES = (
    Rule("range_measured", f"(?P<bound>{{=between|=from|quantifier:before}})?(?P<symbol>{_MONEY})?(?P<low>{_CARDINAL})(?:{{percent}})?{_TO}(?P<second>{_MONEY})?(?P<high>{_CARDINAL}){{hyphen}}?(?P<unit>{_UNIT})"),
    Rule("range_counted", f"(?P<bound>{{=between|=from|quantifier:before}})?(?P<low>{_CARDINAL}){_TO}(?P<high>{_CARDINAL}){_COUNTED}"),
    Rule("range_money", f"(?P<bound>{{=between|=from|quantifier:before}})?(?P<symbol>{_MONEY})(?P<low>{_CARDINAL}){_TO}(?P<second>{_MONEY})?(?P<high>{_CARDINAL})"),
    Rule("money", f"{_LEAD}(?P<symbol>{_MONEY})(?P<number>{_COUNT}){_AFTER}"),
    Rule("measured", f"{_LEAD}(?P<number>{{number & !number:ordinal & !number:fraction}}){_AFTER}{{hyphen & !spaced}}?(?P<unit>{_UNIT})"),
    Rule("multiple_of_capacity", "(?P<bound>{quantifier:before})?(?P<number>{number & !number:ordinal})(?P<times>{=times}{=over|=above|=beyond|=the|possessive|quantifier:before}{0,2})(?P<head>{=capacity})"),
    Rule("multiple", "(?P<bound>{quantifier:before})?(?P<number>{number & !number:ordinal})(?P<times>{=times}{=over|=above|=beyond|=the|possessive|quantifier:before}{1,2})(?P<head>{NOUN})"),
    Rule("share", f"{_LEAD}(?P<number>{{number:fraction}}){_AFTER}{{=of}}{{possessive|=the|=all|=these|=those}}*{_COUNTED}"),
    Rule("share_of_those_who", f"{_LEAD}(?P<number>{{number:fraction}}){_AFTER}(?P<whole>{{=of}}{{=them|=whom|=those|=these|=which}}){_COUNTED}"),
    Rule("share_of_those", f"{_LEAD}(?P<number>{{number:fraction}}){_AFTER}(?P<whole>{{=of}}{{=them|=whom|=those|=these|=which}})"),
    Rule("count", f"{_LEAD}(?P<number>{_COUNT}){_AFTER}(?:{{=of}}{{possessive|=the|=these|=those}}?)?{_COUNTED}"),
    Rule("one_thing", f"(?P<lead>{{quantifier:lead}})?(?P<number>{{one}})(?P<modifiers>{_MODIFIER}*)(?P<head>{{counted & !counted:person & !counted:other & !plural}})"),
    Rule("one_bound", f"{_BOUND}(?P<number>{{one}}){_COUNTED}"),
    Rule("one_object", f"{{measured}}(?P<number>{{one}}){_COUNTED}"),
    Rule("one_subject", f"(?P<number>{{one}}){_COUNTED}{{AUX}}+{{measured}}"),
    Rule("bounded", f"(?P<lead>{{quantifier:lead}})?{_BOUND}(?P<number>{_COUNT}){_AFTER}"),
    Rule("bounded_after", f"(?P<number>{_COUNT})(?P<after>{{quantifier:after}})"),
    Rule("object", f"{{measured}}(?P<lead>{{quantifier:lead}})?(?P<number>{_COUNT})"),
    Rule("subject", f"(?P<number>{_COUNT}){{=others|=more|=other}}?{{AUX}}*{{measured}}"),
)  # fmt: skip
_GROUPS = ("lead", "bound", "symbol", "number", "low", "high", "after", "unit", "modifiers", "head", "whole")
_OF_PEOPLE = ("killed", "injured", "missing", "captured", "detained", "surrendered", "fled", "displaced", "evacuated")
#: Tokens between a figure and the word that tells what happened, at most.
_REACH = 14


def figures(reading: Reading, level: Level, numbers: pl.DataFrame) -> pl.DataFrame:
    """The figures of a reading.

    ``level``: numbers and times reduced; ``numbers`` as :func:`tasks.grammar.numbers.numbers` gives them. The result has the columns of
    the table of figures that the words alone tell, with ``sentence`` (row of ``reading.sentences``) and ``first``, ``last`` (tokens).
    """
    found = _found(level)
    rows = (
        _words(reading, found, numbers)
        .join(_units(), on="unit_key", how="left", maintain_order="left")
        .join(_nouns(), on="head", how="left", maintain_order="left")
        .with_columns(pl.col("worth", "low", "high") * pl.col("factor").fill_null(1.0))
        .with_columns(pl.when(pl.col("kind") != "vague").then("worth").alias("value"), _measures(reading, level, found), found["first"], found["last"])
        .with_columns(_unit(), _quantifier())
        .with_columns(_bounds())
    )
    is_vague = pl.col("quantifier") == "vague"
    number = [pl.when(~is_vague).then(name).alias(name) for name in ("number_text", "number_start", "number_end")]
    # A vague word without anything that it counts says nothing that could be checked.
    return rows.with_columns(number).filter(~is_vague | pl.col("counted_text").is_not_null())


def _found(level: Level) -> pl.DataFrame:
    """The matches that stay, one a number: ``rule``, ``first``, ``last`` of the figure, and of each group."""
    found = level.where("number").find(RULES)
    missing = [
        pl.lit(None, pl.Int64).alias(f"{g}_{end}") for g in _GROUPS for end in ("first", "last") if f"{g}_{end}" not in found.columns
    ]
    start = [f"{g}_first" for g in ("bound", "lead", "symbol", "number", "low")]
    end = [f"{g}_last" for g in ("number", "high", "after", "unit", "head", "whole")]
    return (
        found.with_columns(missing)
        .with_columns(pl.min_horizontal(start).alias("first"), pl.max_horizontal(end).alias("last"))
        .with_columns(pl.coalesce("number_first", "low_first").alias("at"))
        .sort("rule")
        .unique("at", keep="first", maintain_order=True)
        .drop("at")
        .pipe(resolve, "rule")
    )


def _words(reading: Reading, found: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """The texts and keys of the groups, and the values of the numbers."""
    rules = pl.Series([rule.id for rule in RULES], dtype=pl.String)
    number = reading.spans(
        found["number_first"].fill_null(found["low_first"]), found["number_last"].fill_null(found["high_last"]), "number"
    )
    worth = numbers.select("first", "value", "kind")
    values = [
        found.select(pl.col(f"{g}_first").alias("first")).join(worth, on="first", how="left", maintain_order="left")["value"].alias(name)
        for g, name in (("number", "worth"), ("low", "low"), ("high", "high"))
    ]
    kind = found.select(pl.col("number_first").alias("first")).join(worth, on="first", how="left", maintain_order="left")["kind"]
    unit_first, unit_last = (found[f"symbol_{end}"].fill_null(found[f"unit_{end}"]) for end in ("first", "last"))
    return pl.DataFrame(
        [
            *reading.spans(found["first"], found["last"]).iter_columns(),
            *number.rename({"text": "number_text"}).iter_columns(),
            *values,
            kind,
            rules.gather(found["rule"]).alias("rule_id"),
            reading.spans(found["modifiers_first"].fill_null(found["head_first"]), found["head_last"])["text"].alias("counted_text"),
            reading.keys(found["head_first"], found["head_last"]).alias("head"),
            reading.spans(found["bound_first"], found["bound_last"])["text"].alias("bound_text"),
            reading.spans(found["after_first"], found["after_last"])["text"].alias("after_text"),
            reading.keys(found["bound_first"], found["bound_last"]).alias("bound"),
            reading.keys(found["after_first"], found["after_last"]).alias("after"),
            reading.spans(unit_first, unit_last)["text"].alias("unit_text"),
            reading.keys(unit_first, unit_last).alias("unit_key"),
            reading.tokens["sentence"].gather(found["first"]),
        ]
    )


def _units() -> pl.DataFrame:
    """``unit_key`` → ``unit_kind``, ``unit_code``, and the ``factor`` that turns the number into that unit."""
    units = table("units").select(
        pl.concat_list("unit", "plural").alias("unit_key"), pl.col("kind").alias("unit_kind"), pl.col("ucum").alias("unit_code")
    )
    units = units.explode("unit_key").with_columns(pl.when(pl.col("unit_code") == "%").then(0.01).alias("factor"))
    money = table("currencies").select(
        pl.col("form").alias("unit_key"),
        pl.lit("money").alias("unit_kind"),
        pl.col("currency").alias("unit_code"),
        pl.col("factor").cast(pl.Float64),
    )
    return (
        pl.concat([money, units])
        .drop_nulls("unit_key")
        .with_columns(pl.col("unit_key").str.to_lowercase())
        .unique("unit_key", keep="first", maintain_order=True)
    )


def _nouns() -> pl.DataFrame:
    """``head`` → ``noun_unit``: what kind of thing a noun counts."""
    nouns = table("counted_nouns").select(pl.concat_list("singular", "plural").alias("head"), pl.col("unit").alias("noun_unit"))
    people = pl.concat(
        [
            table("roles").select(pl.concat_list("singular", "plural").alias("head")).explode("head"),
            table("demonyms").filter(pl.col("form_type") != "adjective").select(pl.col("form").alias("head")),
        ]
    ).with_columns(pl.lit("person").alias("noun_unit"))
    return (
        pl.concat([nouns.explode("head"), people])
        .drop_nulls("head")
        .with_columns(pl.col("head").str.to_lowercase())
        .unique("head", keep="first", maintain_order=True)
    )


def _unit() -> pl.Expr:
    is_ratio = pl.col("rule_id").str.contains("^(?:share|multiple)")
    # A number with no noun counts people where what happened happens to people only: "at least 107 killed".
    bare = pl.when(pl.col("measure").is_in(_OF_PEOPLE) & pl.col("counted_text").is_null()).then(pl.lit("person"))
    return pl.when(is_ratio).then(pl.lit("ratio")).otherwise(pl.coalesce("unit_kind", "noun_unit", bare, pl.lit("other"))).alias("unit")


def _quantifier() -> pl.Expr:
    kinds = dict(table("quantifiers").select("phrase", "quantifier").iter_rows())
    stated = pl.coalesce(pl.col("bound").replace_strict(kinds, default=None), pl.col("after").replace_strict(kinds, default=None))
    return (
        pl.when(pl.col("low").is_not_null()).then(pl.lit("range"))
        .when(pl.col("value").is_null()).then(pl.lit("vague"))
        .otherwise(stated.fill_null("exact"))
        .alias("quantifier")
    )  # fmt: skip


def _bounds() -> list[pl.Expr]:
    """What the words state: "more than 5" has a low and no high bound, an approximation and a multiple have neither."""
    is_exact = (pl.col("quantifier") == "exact") & ~pl.col("rule_id").str.starts_with("multiple")
    is_range = pl.col("quantifier") == "range"
    low = pl.when(is_range).then("low").when(is_exact | pl.col("quantifier").is_in(["more_than", "at_least"])).then("value")
    high = pl.when(is_range).then("high").when(is_exact | pl.col("quantifier").is_in(["less_than", "up_to"])).then("value")
    text = pl.coalesce(
        pl.when(pl.col("quantifier") != "exact").then("bound_text"), pl.when(pl.col("quantifier") != "exact").then("after_text")
    )
    vague = pl.when(pl.col("quantifier") == "vague").then("number_text")
    return [low.alias("value_low"), high.alias("value_high"), pl.coalesce(text, vague).alias("quantifier_text")]


def _measures(reading: Reading, level: Level, found: pl.DataFrame) -> pl.Series:
    """For each figure the measure of the nearest word of the sentence that tells one, else other."""
    at = pl.Series(level.has("measured").nonzero()[0])
    first, last = pl.Series(level.first[at.to_numpy()]), pl.Series(level.last[at.to_numpy()])
    names = table("measures").unique("word", keep="first", maintain_order=True).select(pl.col("word").alias("key"), "measure")
    told = (
        pl.DataFrame({"token": first, "sentence": reading.tokens["sentence"].gather(first), "key": reading.keys(first, last)})
        .join(names, on="key", how="left", maintain_order="left")
        .drop_nulls("measure")
        .select("token", "sentence", "measure", pl.col("token").alias("trigger"))
        .sort("token")
    )
    figures = pl.DataFrame({"token": found["last"], "first": found["first"], "sentence": reading.tokens["sentence"].gather(found["first"])})
    ahead = figures.join_asof(told, on="token", by="sentence", strategy="forward", check_sortedness=False)
    behind = figures.join_asof(told, on="token", by="sentence", strategy="backward", check_sortedness=False)
    far = pl.lit(_REACH)
    return pl.DataFrame(
        [
            ahead["measure"].alias("ahead"),
            behind["measure"].alias("behind"),
            (ahead["trigger"] - ahead["token"]).alias("ahead_by"),
            (behind["first"] - behind["trigger"]).clip(0).alias("behind_by"),
        ]
    ).select(
        pl.when((pl.col("behind_by") <= pl.col("ahead_by").fill_null(far)) & (pl.col("behind_by") < far)).then("behind")
        .when(pl.col("ahead_by") < far).then("ahead")
        .otherwise(pl.lit("other"))
        .alias("measure")
    )["measure"]  # fmt: skip
