"""Figures: the numbers that a text reports, with their bounds, what they count and what happened to it.

A cascade of two grammars: :mod:`tasks.facts.figures.rules` finds figures among numbers, :mod:`tasks.facts.figures.clauses` and
:mod:`tasks.facts.figures.relations` read the clauses in which they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl

from tasks.facts.figures.clauses import GRAMMARS, changes, cues, measures, modalities, nominal_measures, properties
from tasks.facts.figures.relations import relations
from tasks.facts.figures.rules import ENDS, NO_FIGURES, RATIOS, RULES, STARTS
from tasks.facts.figures.units import MEASURED, with_nouns, with_units
from tasks.facts.figures.values import bounds, quantifier, worth
from tasks.grammar.level import Level
from tasks.grammar.patterns import named
from tasks.grammar.reading import Reading
from tasks.grammar.spans import gathered, resolve

__all__ = ["figures"]

_NAMES = pl.Series([rule.name for rule in RULES], dtype=pl.String)
_IDS = pl.Series([rule.id for rule in RULES], dtype=pl.String)
#: Every figure has one of these.
_TRIGGER = "number|=no|=nobody|=none"
_FEATURES = named([*NO_FIGURES, *RULES, *(rule for rules in GRAMMARS.values() for rule in rules)], _TRIGGER)
_OF_PEOPLE = ("killed", "injured", "missing", "captured", "detained", "surrendered", "fled", "displaced", "evacuated", "left", "returned")
#: Of these measures a number counts at a moment; of all others over a period (IDMC: stocks and flows).
_STOCKS = ("remaining", "missing", "hosted", "in_need", "overcrowding", "depicted", "deployed", "trapped")
_AMOUNTS = ("money", "distance", "volume", "weight", "temperature", "speed", "energy", "power")
_STATES = ("distance", "area", "volume", "weight", "temperature", "speed", "energy", "power", "ratio")


def figures(reading: Reading, level: Level, numbers: pl.DataFrame) -> pl.DataFrame:
    """The figures of a reading, in text order.

    ``level``: numbers and times reduced; ``numbers`` as :func:`tasks.grammar.numbers.numbers` gives them. The result has the columns of
    the table of figures that the words alone tell, with ``sentence`` (row of ``reading.sentences``), ``first``, ``last`` (tokens) and
    ``related`` (row of the result: the total that a figure is a part of, or comes on top of).
    """
    level = level.where(_TRIGGER).narrowed(_FEATURES)
    found = _found(reading, level, numbers)
    rows = _words(reading, level, found).pipe(with_units).pipe(with_nouns)
    is_scaled = pl.col("divisor").is_not_null()
    scaled = [
        pl.when(is_scaled).then((pl.col(name) / pl.col("divisor")).round(12)).otherwise(name).alias(name)
        for name in ("value", "low", "high")
    ]
    rows = rows.with_columns(scaled).with_columns(quantifier())
    rows = rows.with_columns(bounds())
    # A vague word without anything that it counts says nothing that could be checked.
    says = (rows["quantifier"] != "vague") | rows["counted_text"].is_not_null() | rows["unit_text"].is_not_null() | rows["is_told"]
    # "The 200m champion" runs, and is not 200 metres.
    runs = (rows["unit_kind"] == "distance") & (rows["noun_unit"] == "person")
    unknown = rows["unit_form"].str.contains(r"^\p{Lu}$") & rows["unit_kind"].is_null() & (rows["rule_name"] == "measured")
    return _told(reading, level, rows.filter(says & ~(runs | unknown).fill_null(False)))


def _found(reading: Reading, level: Level, numbers: pl.DataFrame) -> pl.DataFrame:
    """The matches that stay, one a number: ``rule``, ``first``, ``last`` of the figure, of each group, and what it states."""
    rules = (*NO_FIGURES, *RULES)
    found = level.find(rules, few=len(rules))  # on a narrow level one alphabet is cheaper than several
    found = found.with_columns(_checked(reading, found)).with_columns(
        pl.min_horizontal(f"{g}_first" for g in STARTS).alias("first"),
        pl.max_horizontal(f"{g}_last" for g in ENDS).alias("last"),
        pl.col("rule") - len(NO_FIGURES),
        _NAMES.gather((found["rule"] - len(NO_FIGURES)).clip(0)).alias("rule_name"),
    )
    stated = worth(found, numbers)
    rows = found.select("rule", "first", "last", pl.coalesce("number_first", "low_first").alias("at")).with_row_index("row")
    rows = rows.filter(found["holds"] & stated["holds"]).filter(pl.col("rule") == pl.col("rule").min().over("at"))
    rows = resolve(rows.filter(pl.col("rule") >= 0), "rule")
    return pl.concat([found, stated.drop("holds")], how="horizontal")[rows["row"]]


def _checked(reading: Reading, found: pl.DataFrame) -> list[pl.Expr | pl.Series]:
    """``holds``, false for what is no range; groups without what is no sign and no rate; ``magnitude``, the word.

    The "a $" of "a $4 million deal" is not Australia's dollar. "$5 a day" is a rate; in "$5bn a year earlier" and "$5bn on Monday" a time only stands where a rate does. "Rose from 2 to 3 %" and "rose
    $2 to $30" tell two values, "rose 2 to 3 %" a range.
    """
    key = _read(reading.keys, found, "bound", "joint", "low_unit", "unit", "magnitude")
    text = _read(lambda first, last: reading.spans(first, last)["text"], found, "symbol", "per", "rate")
    # The ends of "5 % to 40 tonnes" are none of one range.
    is_apart = (pl.col("low_last") + 1 < pl.col("joint_first")) | (pl.col("joint_last") + 1 < pl.col("high_first"))
    moved = pl.col("moved_first").is_not_null() & (key["joint"] == "to") & (is_apart | (key["bound"] == "from"))
    ends = [key[group].str.strip_chars_end("s") for group in ("low_unit", "unit")]
    is_article = text["symbol"].str.contains(r"^[aA]\s").fill_null(False)
    is_rate = {g: text[g].str.contains(r"^(?i:-? ?an?[- ]+|per |each |every )[\w-]+$|^/").fill_null(False) for g in ("per", "rate")}
    return [
        (~moved.fill_null(False) & (ends[0] == ends[1]).fill_null(True)).alias("holds"),
        pl.when(is_article).then("symbol_last").otherwise("symbol_first").alias("symbol_first"),
        *(pl.when(flag).then(f"{g}_{end}").alias(f"{g}_{end}") for g, flag in is_rate.items() for end in ("first", "last")),
        key["magnitude"].alias("magnitude"),
    ]


def _read(read: Callable[[pl.Series, pl.Series], pl.Series], found: pl.DataFrame, *groups: str) -> dict[str, pl.Series]:
    """What ``read`` makes of the tokens that each group matched, from first to last; null where it matched nothing."""
    first, last = (found.select(pl.col(f"{group}_{end}").fill_null(-1) for group in groups).to_numpy().T for end in ("first", "last"))
    there = first >= 0
    place = np.full(first.shape, there.sum())
    place[there] = np.arange(there.sum())
    return gathered(read(pl.Series(first[there]), pl.Series(last[there])), dict(zip(groups, place, strict=True)))


def _words(reading: Reading, level: Level, found: pl.DataFrame) -> pl.DataFrame:
    """The matches with the texts and keys of their groups."""
    # "A 30-member panel" counts members.
    head = pl.when(pl.col("rule_name") == "hyphenated").then("counted_first").otherwise("counted_last")
    found = found.with_columns(
        head.alias("head_last"),
        pl.col("counted_first").alias("noun_first"),
        pl.coalesce("complement_last", "counted_last").alias("noun_last"),
        pl.coalesce("number_first", "low_first").alias("number_first"),
        pl.coalesce("number_last", "high_last").alias("number_last"),
    )
    holder = level.first[level.unit(found["head_last"].fill_null(found["first"]))]
    found = found.with_columns(pl.when(pl.col("head_last").is_not_null()).then(pl.Series(holder)).alias("head_first"))
    key = _read(reading.keys, found, "head", "lead", "second_lead", "bound", "after")
    text = _read(lambda first, last: reading.spans(first, last)["text"], found, "noun", "bound", "after", "symbol", "unit", "per", "rate")
    rows = pl.DataFrame(
        [
            *found.select(
                *("first", "last", "rule_name", "kind", "value", "low", "high", "counted_first", "counted_last"),
                pl.coalesce("number_scale", "high_scale").alias("scale"),
                (pl.col("whole_first").is_not_null() & (pl.col("rule_name") != "nobody")).alias("is_part"),
                pl.col("rest_first").is_not_null().alias("is_rest"),
                (pl.col("rule_name") == "count_of_number").alias("is_of_number"),
                pl.col("rule_name").is_in(["object", "subject", "rest", "count_of_them"]).alias("is_told"),
            ),
            *reading.spans(found["first"], found["last"]),
            *reading.spans(found["number_first"], found["number_last"], "number").rename({"text": "number_text"}),
            _IDS.gather(found["rule"]).alias("rule_id"),
            *(series.alias(group) for group, series in key.items()),
            *(series.alias(f"{group}_text") for group, series in text.items()),
            reading.tokens["sentence"].gather(found["first"]),
            reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"])),
        ]
    )
    # "Degrees Celsius": the scale is the unit, the degrees are what is counted on it.
    unit, scale = pl.col("unit_text"), pl.col("scale_text")
    per = pl.coalesce("per_text", "rate_text").str.replace_all(r"[- ]+", " ")
    rows = rows.with_columns(
        unit.str.replace(r"^(?:(?i:deg(?:ree)?s?)\.? |° ?)(\p{L}+)$", "${1}").alias("scale_text"), per.alias("per_key")
    )
    letter = pl.when((scale != unit) & (scale.str.len_chars() == 1)).then(scale.str.to_uppercase()).otherwise(scale)
    rows = rows.with_columns(pl.coalesce(pl.col("symbol_text").str.replace_all(" ", "", literal=True), letter).alias("unit_text"))
    by = pl.when(pl.col("per_key").is_not_null()).then(pl.lit(" ") + pl.col("per_key").str.strip_chars_start(" ")).otherwise(pl.lit(""))
    # How a unit is known: MXN for "MXN$", inch for the "in" behind feet.
    form = pl.when(pl.col("rule_name") == "inches").then(pl.lit("inch")).otherwise(unit.str.replace(r"^(\p{Lu}{3})[$£€¥]$", "${1}"))
    return rows.select(
        *("first", "last", "rule_name", "kind", "value", "low", "high", "scale", "char_start", "char_end", "text"),
        *("number_start", "number_end", "number_text", "rule_id"),
        pl.col("noun_text").alias("counted_text"),
        *("head", "counted_first", "counted_last", "bound_text", "after_text", "lead", "second_lead", "bound", "after"),
        pl.concat_str(unit, by).alias("unit_text"),
        form.alias("unit_form"),
        *("per_key", "is_part", "is_rest", "is_of_number", "is_told", "sentence", "document"),
    )


def _told(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with what their clauses and sentences tell."""
    is_ratio = pl.col("rule_name").is_in(RATIOS)
    unit = pl.when(is_ratio).then(pl.lit("ratio")).otherwise(pl.coalesce("unit_kind", "noun_unit"))
    rows = rows.with_columns(unit.alias("unit"), (pl.col("counted_text").is_null() & pl.col("unit_text").is_null()).alias("is_bare"))
    told = cues(reading, _reduced(level, rows), rows)
    measure = measures(told["measure"], _own_measure(reading, level, rows))
    measure = pl.select(
        pl.when(rows["unit"].is_in(["ratio"]).fill_null(False) & (rows["head"] == "capacity").fill_null(False))
        .then(pl.lit("overcrowding"))
        .otherwise(measure)
    ).to_series()
    # What happened, happened to what is counted, not to a sum or a height; and nobody is 7.37 people.
    is_amount = pl.col("unit").is_in(_AMOUNTS) & pl.col("counted_text").is_null()
    is_part = pl.col("is_bare") & (pl.col("value") != pl.col("value").floor()).fill_null(False)
    is_sent = (measure == "deployed") & ~pl.col("unit").fill_null("person").is_in(["person", "vehicle", "item"])
    measure = rows.select(pl.when(~(is_amount | is_part | is_sent).fill_null(False)).then(measure)).to_series()
    # A number with no noun counts people where what happened happens to people, or where it is vague: "thousands are at risk".
    is_vague = pl.col("quantifier") == "vague"
    # So does a noun that nothing else is known of: "six Jesuits were killed".
    befell = pl.col("measure").is_in(_OF_PEOPLE) & (pl.col("is_bare") | pl.col("unit").is_null())
    people = pl.when(befell | pl.col("is_bare") & is_vague).then(pl.lit("person"))
    rows = rows.with_columns(
        measure.fill_null("other").alias("measure"),
        changes(told["change"], rows.height).alias("change"),
        modalities(told["modality"], rows.height).alias("modality"),
        properties(reading, told["property"], rows.height).alias("about_text"),
        *(pl.int_range(rows.height, eager=True).is_in(told[name]["figure"].implode()).alias(f"is_{name}") for name in ("state", "mixture")),
    )
    rows = _with_nouns_elsewhere(rows).with_columns(pl.coalesce("unit", people, pl.lit("other")).alias("unit"))
    rows = rows.with_columns(
        (
            pl.concat_str("lead", "second_lead", ignore_nulls=True).str.contains(r"additional|another|further")
            | (pl.col("is_rest") & ~pl.col("is_part"))
        ).alias("is_more")
    )
    rows = pl.concat([rows, relations(told["part"], rows)], how="horizontal")
    for _ in range(2):  # a part of a part
        rows = rows.with_columns(_inherited_measure(rows))
    return rows.with_columns(_stock_flow(), _population(), _negated()).with_columns(_unnumbered())


def _reduced(level: Level, rows: pl.DataFrame) -> Level:
    """The level with each figure one unit."""
    unit = rows["unit"]
    every = pl.Series([True] * rows.height, dtype=pl.Boolean)
    features = {
        "figure": every,
        "figure:person": (unit == "person").fill_null(False),
        "figure:structure": unit.is_in(["structure", "household", "vehicle", "site"]).fill_null(False),
        "figure:amount": unit.is_in(MEASURED).fill_null(False)
        | rows["unit_text"].is_not_null()
        | rows["head"].is_in(["point", "points"]).fill_null(False),
        "figure:bare": rows["is_bare"],
        "figure:lives": (rows["head"] == "lives").fill_null(False),
        "figure:noun": rows["counted_text"].is_not_null(),
    }
    return level.around(rows["first"]).reduce(rows.select("first", "last"), features)


def _own_measure(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """The measure that a figure's own noun phrase tells, a row a figure, null where none.

    ``noun``: what happened ("63 deaths", "12 wounded soldiers"); ``people``: what the people counted are by it ("12 refugees").
    """
    tokens = (
        rows.select("counted_first", "counted_last", "head").with_row_index("row").drop_nulls("counted_first")
        .with_columns(pl.int_ranges("counted_first", pl.col("counted_last") + 1).alias("token")).explode("token")
    )  # fmt: skip
    unit = level.unit(tokens["token"])
    first, last = pl.Series(level.first[unit]), pl.Series(level.last[unit])
    named = tokens.with_columns(reading.keys(first, last).alias("key"), (last == tokens["counted_last"]).alias("is_head"))
    known = named.join(nominal_measures(), on="key").filter(pl.col("is_head") == pl.col("word_class").is_in(["nominal", "person"]))
    known = known.sort("is_head", descending=True, maintain_order=True).unique("row", keep="first", maintain_order=True)
    is_people = pl.col("word_class") == "person"
    told = known.select("row", pl.when(~is_people).then("measure").alias("noun"), pl.when(is_people).then("measure").alias("people"))
    every = pl.DataFrame({"row": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)})
    return every.join(told, on="row", how="left", maintain_order="left").drop("row")


def _with_nouns_elsewhere(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``lends``: the figure whose noun a number without one takes.

    "37 others" and "34 were tested" take that of the last figure that counts people, the twelve of "twelve of the 15 miners" that of the next.
    """
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    named = pl.when((pl.col("unit") == "person") & ~pl.col("is_bare") & pl.col("counted_text").is_not_null()).then(row)
    behind = pl.when(pl.col("is_of_number") & (pl.col("sentence").shift(-1) == pl.col("sentence"))).then(row + 1)
    last = rows.select(pl.coalesce(behind, named.forward_fill().shift(1))).to_series()
    lender = rows.select("document", "sentence", "counted_text", "unit", "noun_population")[last.fill_null(0)]
    is_near = (rows["document"] == lender["document"]) & (rows["sentence"] - lender["sentence"] <= 1) & last.is_not_null()
    takes = (
        is_near
        & (rows["counted_text"].is_null() & rows["unit_text"].is_null())
        & (rows["is_told"] | rows["is_of_number"])
        & rows["unit"].is_null()
    )
    names = ("counted_text", "unit", "noun_population")
    return rows.with_columns(
        pl.when(takes).then(last).alias("lends"), *(pl.when(takes).then(lender[name]).otherwise(name).alias(name) for name in names)
    )


def _inherited_measure(rows: pl.DataFrame) -> pl.Expr:
    """Parts share what happened to their total: "15 people fled, including two women"."""
    total = rows["measure"].gather(rows["related"])
    shares = (pl.col("relation") == "part_of") & (pl.col("measure") == "other")
    return pl.when(shares).then(total).otherwise("measure").fill_null("other").alias("measure")


@cache
def _stock_flow() -> pl.Expr:
    is_state = pl.col("unit").is_in(_STATES) & (pl.col("measure") == "other") & pl.col("change").is_null()
    is_there = pl.col("is_state") & pl.col("measure").is_in(["other", "displaced"])
    is_stock = pl.col("measure").is_in(_STOCKS) | is_state | is_there
    return pl.when(is_stock).then(pl.lit("stock")).otherwise(pl.lit("flow")).alias("stock_flow")


@cache
def _population() -> pl.Expr:
    """Who the counted are, by their noun; things have none."""
    is_people = (pl.col("unit") == "person") | pl.col("rule_name").is_in(RATIOS)
    is_mixed = pl.col("is_mixture") & (pl.col("noun_population").fill_null("unspecified") == "unspecified")
    return (
        pl.when(is_people & is_mixed)
        .then(pl.lit("mixed"))
        .when(is_people)
        .then(pl.col("noun_population").replace("none", "unspecified").fill_null("unspecified"))
        .otherwise(pl.lit("none"))
        .alias("population")
    )


@cache
def _negated() -> pl.Expr:
    return pl.when(pl.col("rule_name").is_in(["no", "nobody"])).then(pl.lit("negated")).otherwise("modality").alias("modality")


@cache
def _unnumbered() -> list[pl.Expr]:
    """A vague figure has no number."""
    is_vague = pl.col("quantifier") == "vague"
    return [pl.when(~is_vague).then(name).alias(name) for name in ("number_text", "number_start", "number_end")]
