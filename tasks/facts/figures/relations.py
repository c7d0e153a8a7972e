"""Figures as parts of one another: "including", "of whom", "they include", "an additional", in a sentence and the next."""

from __future__ import annotations

import polars as pl

from tasks.grammar.patterns import Rule

_LIGHT = "{ADV|adverb|determiner|possessive|ADJ|AUX|=the|=at}"
_PHRASE = "{NOUN|PROPN|ADJ|ADP|determiner|possessive|acronym|demonym|time|hyphen|=the|='s|VERB & participle}"
_FIRST = (
    f"(?:{_PHRASE}{{1,7}}{{comma|=and}}{{1,2}}|{_PHRASE}{{1,7}}{{comma}}{_PHRASE}{{1,7}}{{comma|=and}}{{1,2}})?{_LIGHT}{{0,3}}{{figure}}"
)
_ALSO = f"(?:{_PHRASE}{{0,8}}?{{comma|=and|=or}}{{1,2}}{_LIGHT}{{0,3}}{{figure}}){{0,6}}"

#: The figures of the group ``told`` are parts of one before them.
PARTS = (
    Rule("including", f"{{=including|=include}}(?P<told>{_FIRST}{_ALSO})"),
    Rule("among_them", f"{{=among|=amongst|=of}}{{=them|=whom|=those|=these|=which}}{{comma}}?(?P<told>{_LIGHT}{{0,3}}{{figure}}{_ALSO})"),
    Rule("of_the", "{=of}{determiner|possessive|=the}{figure}{comma}?(?P<told>{figure})"),
    Rule("them_among", "(?P<told>{figure}){=among|=amongst}{=them|=whom|=those}"),
    Rule("in_brackets", f"{{figure:person}}{{opens_bracket|dash|hyphen & spaced}}(?P<told>{{figure:person}}{_ALSO}){{closes_bracket|dash|hyphen & spaced}}"),
)  # fmt: skip
#: Sentences that a whole may stand before its parts, at most.
_REACH = 1
#: Figures before it that may be its whole, the nearest first.
_LOOKS_BACK = 4


def relations(listed: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """``relation`` and ``related`` (row of the total, null where the text names none) of each figure.

    ``listed``: ``figure`` (row) and ``begin`` (first row of its list) of what :data:`PARTS` found. ``figures``: ``sentence``, ``document``,
    ``unit``, ``value``, ``measure``, and as the figure's own words tell it: ``is_part`` ("two of them"), ``is_more`` ("another 20"),
    ``is_of_number`` ("12 of the 15"), ``lends`` (row whose noun a number without one takes, null for none).
    """
    listed = listed.select(pl.col("figure").alias("row"), "begin")
    rows = (
        figures.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64)).join(listed, on="row", how="left", maintain_order="left")
    )
    rows = rows.with_columns((pl.col("begin").is_not_null() | pl.col("is_part")).alias("part"))
    before = pl.coalesce("begin", "row")
    rows = rows.with_columns(before.alias("before"), _last_total(pl.col("row")).alias("total"))
    nearest = (_allowed(rows, rows["before"] - back, is_additional=False).alias(str(back)) for back in range(1, _LOOKS_BACK + 1))
    part_of = pl.DataFrame(nearest).select(pl.coalesce(pl.all()))[:, 0]
    more = _allowed(rows, rows["total"], is_additional=True)
    lent = _lent(rows)
    relation = (
        pl.when(pl.col("part")).then(pl.lit("part_of"))
        .when(pl.col("is_more")).then(pl.lit("additional_to"))
        .when(lent.is_not_null()).then(pl.lit("part_of"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip
    related = pl.when(pl.col("part")).then(part_of).when(pl.col("is_more")).then(more).otherwise(lent)
    rows = rows.with_columns(relation.alias("relation"), related.alias("related"))
    # A list behind "including" that has no total before it relates to nothing.
    keeps = pl.col("related").is_not_null() | (pl.col("relation") == "additional_to")
    return rows.select(pl.when(keeps).then("relation").otherwise(pl.lit("none")).alias("relation"), "related")


def _last_total(row: pl.Expr) -> pl.Expr:
    """The row of the last figure before this one that is no part of another and counts people or things."""
    is_total = ~pl.col("part") & (pl.col("unit") != "ratio") & pl.col("value").is_not_null()
    return pl.when(is_total).then(row).forward_fill().shift(1)


def _allowed(rows: pl.DataFrame, whole: pl.Series, *, is_additional: bool) -> pl.Series:
    """``whole`` where that figure can be the total of this one: near before it, of the same kind, and no smaller."""
    there = whole.clip(0)
    total = rows.select("sentence", "document", "unit", "value")[there.fill_null(0)]
    same = total["unit"] == rows["unit"]
    shared = ((rows["unit"] == "ratio") & (total["unit"] != "money")) | ((total["unit"] == "ratio") & (rows["unit"] == "person"))
    near = (total["document"] == rows["document"]) & (rows["sentence"] - total["sentence"] <= (_REACH + is_additional))
    fits = (whole >= 0) & near & (same | shared)
    if not is_additional:
        fits &= shared | (rows["value"] <= total["value"]).fill_null(True)
    return pl.select(pl.when(fits).then(whole)).to_series()


def _lent(rows: pl.DataFrame) -> pl.Series:
    """The figure that lends its noun to a number without one, as its whole: "125 were examined and 34 tested", "12 of the 15 miners".

    The dead and the injured of one report are told apart, and neither is a part of the other.
    """
    whole = rows["lends"]
    total = rows.select("value", "measure")[whole.fill_null(0)]
    told = (rows["measure"] != "other") & (total["measure"] != "other") & ~rows["is_of_number"]
    fits = (rows["value"] < total["value"]) & ~told
    return pl.select(pl.when(fits).then(whole)).to_series()
