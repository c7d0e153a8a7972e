"""Numbers: digits and number words → one unit each, with its value.

English number names (hundreds within groups, groups scaled by thousand, million …) are read by the kinds of their words alone, so
the value of any number of them is a few sums over columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import alike_runs, dense, ranges, resolve

_JOIN = "(?:{hyphen & !spaced})?"
_SMALL = f"(?:{{number_word:ten}}(?:{_JOIN}{{number_word:unit}})?|{{number_word:teen|number_word:unit}})"
_HUNDREDS = f"(?:(?:{_SMALL}|{{=a}}|{{digits}}){_JOIN}{{number_word:hundred}}(?:{{=and}}?{_SMALL})?)"
_BELOW_THOUSAND = f"(?:{_HUNDREDS}|{_SMALL})"
#: "$22bn Three Gorges Dam" has no three.
_TAIL = _BELOW_THOUSAND.replace("number_word:", "!capital & number_word:")
_SCALE = "{number_word:magnitude}"
_COUNT = f"(?:{_BELOW_THOUSAND}|{{digits}}|{{=a}}){_JOIN}"
#: The greatest first: "two million three hundred thousand" is one number, "2 million and 3 million" are two.
_MAGNITUDES = (
    "{=quadrillion}",
    "{=trillion|=tn|=trn}",
    "{=billion|=bil|=bln|=bn}",
    "{=crore|=crores}",
    "{=million|=mil|=mio|=mln|=mn}",
    "{=lakh|=lakhs}",
    "{=thousand}",
)
_DESCENDING = "|".join(
    _COUNT + greatest + "".join(f"(?:{{comma}}?{{=and}}?{_COUNT}{lower})?" for lower in _MAGNITUDES[i + 1 :])
    for i, greatest in enumerate(_MAGNITUDES)
)
_SCALED = f"(?:{_COUNT}{_SCALE}{_SCALE}|{_DESCENDING})"
_SLASHED = "{digits & short}{slash & !spaced}{digits & short & !spaced}"
_HALF = f"(?:{_JOIN}{{=and}}{_JOIN}(?:{{=a}}{_JOIN})?{{number_word:fraction}})"
_GROUP = "{number_word:hundred|number_word:magnitude|number_word:dozen}"

#: Kind of number → rules, the earlier before the later where two fit the same words. The number is the group ``number`` of a rule that
#: has one, else all of it.
RULES = (
    # What a hyphen ties to a capitalised word is a name: the 16 of "16 F-16 jets" counts jets and not degrees.
    Rule("label", "(?:{label}{digits}|{label & !=no}{number_word:unit|number_word:teen})|{capital & !number_word & !calendar & !quantifier}{hyphen & !spaced}{digits & !year & !spaced}"),
    # So it is with a word in small letters, which stays apart: top-10.
    Rule("name", "{word & !number_word & !unit & !currency & !calendar & !quantifier}{hyphen & !spaced}(?P<number>{digits & !spaced & !year})"),
    # A date in figures is no number at all: 3/4/2018.
    Rule("dated", "{year}{slash & !spaced}{digits & short & !spaced}{slash & !spaced}{digits & short & !spaced}|{digits & short}{slash & !spaced}{digits & short & !spaced}{slash & !spaced}{digits & !spaced}"),
    Rule("vague", f"{{=a}}?{{number_word:few|number_word:vague}}{{=of}}?(?:{_GROUP})+|{{number_word:vague}}(?:{{=of}}{{number_word:vague}})*|{{=a}}{{hyphen}}?{_GROUP}{{=or}}{{=two|=so}}"),
    Rule("scaled", f"{{=a}}?{{=half}}{_JOIN}{{=a}}?{_JOIN}{{number_word:dozen|number_word:magnitude}}|(?:{_SMALL}|{{=a}}|{{digits}}){_JOIN}{{number_word:dozen}}|(?:{{number_word:unit}}|{{=a}})?{_JOIN}{{number_word:fraction}}(?:{{=of}}{{=a}})?{_SCALE}"),
    Rule("fraction", f"(?:{{number_word:unit}}|{{=a}}){_JOIN}{{number_word:fraction}}|{{=half}}|{{number_word:fraction_sign}}"),
    # "A third" is a fraction where something follows that it is a part of; elsewhere it is one more after a second.
    Rule("nth", "(?P<number>{=one}{hyphen & !spaced}{number_word:ordinal & !calendar})"),
    Rule("nth", "(?P<number>{=one|=a}{number_word:ordinal & !calendar})(?:{=of|=to|=off|comma|stop|percent}|$)"),
    Rule("slashed", _SLASHED),
    Rule("mixed_slashed", f"{{digits}}{_JOIN}{_SLASHED}{_SCALE}?"),
    Rule("mixed", f"(?:{_BELOW_THOUSAND}|{{digits}}|{{=a}}){_HALF}{_SCALE}?|{{digits}}{{number_word:fraction_sign}}{_SCALE}?"),
    Rule("halved", f"(?:{_SMALL}|{{digits}}|{{=a}}){_JOIN}{_SCALE}{{=and}}{{=a}}{{=half}}"),
    Rule("fold", "(?:{digits}|{number_word:unit|number_word:teen|number_word:ten|number_word:hundred}){hyphen & !spaced}{=fold}|{number_word:fold}"),
    Rule("scaled_words", f"(?P<head>{_SCALED}){{=and}}?(?P<tail>{_TAIL})?(?P<again>{_SCALE})?"),
    Rule("suffixed", "{digits}{number_word:suffix & !unit & !spaced}"),
    # The m of "£5m" and "5m people" is a million, that of "5m wide" a metre.
    Rule("suffixed_money", "{currency:symbol|currency:prefix|currency:code & acronym}(?P<number>{digits}{number_word:suffix & !spaced})"),
    Rule("suffixed_count", "(?P<number>{digits}{number_word:suffix & !spaced})(?:{ADJ}{0,2}{counted & plural|unit & plural|percent|currency:word}|{=of}{determiner|possessive|NOUN & plural|ADJ})"),
    Rule("words", _BELOW_THOUSAND),
    Rule("zero", "{number_word:zero}"),
    # "12 - 9 percent" is no -9.
    Rule("negative", "(?:^|{!digits & !percent & !number_word})(?P<number>{minus & spaced}(?:{digits}|{number_word:unit|number_word:teen|number_word:ten}))(?:{percent|unit:temperature|unit:ratio})"),
    Rule("digits", "{digits}"),
    Rule("ordinal", f"(?:{{number_word:ten}}{_JOIN})?{{number_word:ordinal|ordinal_digits}}"),
)  # fmt: skip
_KINDS = pl.Series([rule.name for rule in RULES], dtype=pl.String)
_PRODUCT = ("scaled", "fraction", "suffixed", "suffixed_money", "suffixed_count")
_QUOTIENT = ("slashed", "mixed_slashed")
#: What is not a plain sum of its words.
_OTHERWISE = (*_PRODUCT, *_QUOTIENT, "nth", "halved")
_DENOMINATORS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 16.0, 32.0, 64.0, 100.0)
_NO_VALUE = ("vague", "ordinal", "label", "name", "dated")
#: Numbers of these kinds are fractions, whatever they are written with.
_FRACTIONS = ("fraction", "nth", "slashed")
_SUFFIXED = ("suffixed", "suffixed_money", "suffixed_count")


def numbers(reading: Reading, level: Level) -> pl.DataFrame:
    """The numbers of a level: ``first``, ``last`` (tokens), ``kind`` (name of the rule), ``value``, ``scale``, ``words``.

    ``words`` is equal where kind and words are. ``value`` is null if vague, ordinal or part of a name such as "Flight 93"; ``scale`` is the thousand, million … of its last words,
    else 1: "between two and 3 million" has it once for both.
    """
    found = level.where("number_word|digits|ordinal_digits").find(RULES).pipe(_apart).pipe(_not_phrases, level)
    found = found.pipe(_possible, reading).pipe(resolve, "rule")
    first = found["first"].to_numpy()
    size = found["last"].to_numpy() - first + 1
    run, token = ranges(first, size)
    words, example = alike_runs(reading.tokens["word"].to_numpy()[token] * len(RULES) + found["rule"].to_numpy()[run], size)
    # Each is reckoned once, however often it is written.
    some = found[example].select("first", "last", _KINDS.gather(found["rule"].gather(example)).alias("kind"))
    known = pl.concat([some.select("kind"), _values(reading, some)], how="horizontal")
    return pl.concat([found.select("first", "last"), known[words], pl.DataFrame({"words": words})], how="horizontal")


def _apart(found: pl.DataFrame) -> pl.DataFrame:
    """``rule``, ``first``, ``last`` of the numbers alone; "two thousand and three thousand" are two."""
    is_two = pl.col("tail_first").is_not_null() & pl.col("again_first").is_not_null()
    is_bare = pl.col("tail_first").is_null()
    head = pl.when(is_two).then("head_last").when(is_bare).then(pl.coalesce("again_last", "head_last"))
    one = found.select("rule", pl.coalesce("number_first", "first").alias("first"), pl.coalesce("number_last", head, "last").alias("last"))
    other = found.filter(is_two).select("rule", pl.col("tail_first").alias("first"), "last")
    return pl.concat([one, other])


def _not_phrases(found: pl.DataFrame, level: Level) -> pl.DataFrame:
    """Without phrases of the lexicons that end with a number: "AK-47", "world number one"."""
    is_alone = found["first"] == found["last"]
    several = found.filter(~is_alone)
    is_phrase = level.unit(several["first"]) == level.unit(several["last"])
    return found.filter(is_alone.scatter(is_alone.not_().arg_true(), ~is_phrase))


def _possible(found: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Without slashes that divide nothing: "24/7", "9/11" and "2/1" are no fractions, 1/4 and 15/16 are."""
    slashed = _KINDS.gather(found["rule"]).is_in(_QUOTIENT)
    divided = found["last"].filter(slashed)
    above, below = (_number(reading, divided - back) for back in (2, 0))
    return found.filter((~slashed).scatter(slashed.arg_true(), ((above < below) & below.is_in(_DENOMINATORS)).fill_null(False)))


def _number(reading: Reading, token: pl.Series) -> pl.Series:
    return reading.words["key"].gather(reading.tokens["word"].gather(token.clip(0))).cast(pl.Float64, strict=False)


def reduce(level: Level, found: pl.DataFrame, reading: Reading) -> Level:
    """The level with each number one unit of the feature ``number`` and ``number:<kind>``.

    Further features: ``number:weak`` (several), ``one`` (the word), ``single`` (of value 1), ``year`` and ``day`` (that it could be one), ``amount`` (written as one
    writes amounts: 1,200, 3.5, 2 million), ``spaced``.
    """
    spaced = reading.tokens["is_spaced"].gather(found["first"])
    kind, example = dense(found["words"].to_numpy() * 2 + spaced.to_numpy())
    some = found[example]
    words = reading.words.select("key", "form")[reading.tokens["word"].gather(some["first"])]
    features = pl.concat([some, words, spaced.gather(example).to_frame()], how="horizontal").select(_features())
    return level.reduced(found, kind, {feature.name: feature.to_numpy() for feature in features})


@cache
def _features() -> Sequence[pl.Expr]:
    """The features of a number as a unit, by its columns and by ``key``, ``form`` and ``is_spaced`` of its first word."""
    kind, key, form, value, single = pl.col("kind"), pl.col("key"), pl.col("form"), pl.col("value"), pl.col("first") == pl.col("last")
    amount = form.str.contains(r"^[0-9]*(?:,[0-9]{3})*\.[0-9]+$|^[0-9]+(?:,[0-9]{2,3})+(?:\.[0-9]+)?$")
    features = {f"number:{rule.name}": kind == rule.name for rule in RULES} | {
        "number:fraction": kind.is_in(_FRACTIONS),
        "number:suffixed": kind.is_in(_SUFFIXED),
        "number": ~kind.is_in(["label", "name", "dated"]),
        "PROPN": kind == "label",
        "one": single & (key == "one"),
        "single": (value == 1).fill_null(False),
        "year": single & form.str.contains(r"^(?:1[5-9]|20)[0-9]{2}$"),
        "amount": amount | (pl.col("scale") > 1) | kind.is_in(["mixed", "mixed_slashed", "halved"]),
        "number:weak": single & key.is_in(["several", "numerous", "countless", "umpteen"]),
        "spaced": pl.col("is_spaced"),
        "capital": form.str.contains(r"^\p{Lu}"),
        "day": single & (value.is_between(1, 31) & (value == value.floor())).fill_null(False),
    }
    return [feature.alias(name) for name, feature in features.items()]


def _values(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """``value`` and ``scale`` of each number."""
    tokens = (
        found.select("first", "last", pl.col("kind").alias("rule"))
        .with_row_index("number")
        .filter(~pl.col("rule").is_in(_NO_VALUE))
        .select("number", "rule", pl.int_ranges("first", pl.col("last") + 1).alias("token"))
        .explode("token")
    )
    words = _word_values(reading.words.select("key", "form")[reading.tokens["word"].gather(tokens["token"])])
    tokens = pl.concat([tokens, words], how="horizontal").filter(pl.col("value").is_not_null())
    product = tokens.filter(pl.col("rule").is_in(_PRODUCT)).group_by("number").agg(pl.col("value").product())
    total = _sums(tokens.filter(~pl.col("rule").is_in(_OTHERWISE)))
    scale = tokens.filter(pl.col("kind").is_in(["magnitude", "suffix"])).group_by("number").agg(pl.col("value").last().alias("scale"))
    values = pl.concat([product, total, _nths(tokens), _quotients(tokens), _halved(tokens)])
    minus = pl.when(found["kind"] == "negative").then(-1.0).otherwise(1.0)
    return (
        pl.DataFrame({"number": pl.int_range(found.height, dtype=pl.UInt32, eager=True)})
        .join(values, on="number", how="left", maintain_order="left")
        .join(scale, on="number", how="left", maintain_order="left")
        .select(pl.col("value") * minus, pl.col("scale").fill_null(1.0))
    )


def _nths(tokens: pl.DataFrame) -> pl.DataFrame:
    """A third, one-fifth: ``value`` is one by the ordinal's."""
    return tokens.filter((pl.col("rule") == "nth") & (pl.col("kind") == "ordinal")).select("number", (1.0 / pl.col("value")).alias("value"))


def _halved(tokens: pl.DataFrame) -> pl.DataFrame:
    """A million and a half, two million and a half: the half is one of the magnitude."""
    small = pl.col("value").filter(~pl.col("kind").is_in(["magnitude", "fraction"]))
    whole = pl.when(small.len() > 0).then(small.sum()).otherwise(1.0)
    value = (whole + 0.5) * pl.col("value").filter(pl.col("kind") == "magnitude").product()
    return tokens.filter(pl.col("rule") == "halved").group_by("number").agg(value.alias("value"))


def _quotients(tokens: pl.DataFrame) -> pl.DataFrame:
    """1/4 and 7 1/2 million: numerator by denominator, with what stands before them and is scaled with them."""
    number = pl.col("value").filter(pl.col("kind") != "magnitude")
    whole = number.sum() - number.slice(-2).sum()
    scale = pl.col("value").filter(pl.col("kind") == "magnitude").product()
    value = (whole + number.get(-2, null_on_oob=True) / number.last()) * scale
    return tokens.filter(pl.col("rule").is_in(_QUOTIENT)).group_by("number").agg(value.alias("value"))


def _sums(tokens: pl.DataFrame) -> pl.DataFrame:
    """``number``, ``value``: each magnitude scales what stands between it and the one before; hundred scales within that."""
    is_magnitude, is_hundred = pl.col("kind") == "magnitude", pl.col("kind") == "hundred"
    # A magnitude that another follows at once is a factor of it: a lakh crore.
    is_factor = (
        is_magnitude.shift(-1) & (pl.col("token").shift(-1) == pl.col("token") + 1) & (pl.col("number").shift(-1) == pl.col("number"))
    ).fill_null(False)
    small = pl.col("value").filter(~is_magnitude & ~is_hundred)
    counted = (
        tokens.with_columns((is_magnitude & ~is_factor).alias("closes"))
        .with_columns(pl.col("closes").cum_sum(reverse=True).over("number").alias("group"))
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


def _word_values(words: pl.DataFrame) -> pl.DataFrame:
    """``value``, ``kind`` of each word: digits as they stand, number words from the lexicon."""
    digits = pl.col("form").str.replace_all(r"[,\s]", "").cast(pl.Float64, strict=False)
    is_digits = pl.col("form").str.contains(r"^[0-9.][0-9,.\s]*$")
    known = table("number_words").select(pl.col("word").alias("key"), "kind", pl.col("value").cast(pl.Float64))
    return words.join(known, on="key", how="left", maintain_order="left").select(
        pl.when(is_digits).then(digits).otherwise("value").alias("value"),
        pl.when(is_digits).then(pl.lit("unit")).otherwise("kind").alias("kind"),
    )
