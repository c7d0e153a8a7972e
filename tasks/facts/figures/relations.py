"""Figures as parts of one another: "including", "of whom", "they include", "an additional", in a sentence and the next."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.patterns import Mask, Rule

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
    row, told = np.arange(figures.height), listed["figure"].to_numpy()
    before, is_part = row.copy(), figures["is_part"].to_numpy().copy()
    before[told], is_part[told] = listed["begin"].to_numpy(), True
    is_more = figures["is_more"].to_numpy() & ~is_part
    is_total = ~is_part & figures.select((pl.col("unit") != "ratio") & pl.col("value").is_not_null()).to_series().to_numpy()
    last_total = np.append(-1, np.maximum.accumulate(np.where(is_total, row, -1)))[:-1]
    part, more = np.flatnonzero(is_part), np.flatnonzero(is_more)
    own = np.concatenate([*[part] * _LOOKS_BACK, more])
    whole = np.concatenate([*(before[part] - back for back in range(_LOOKS_BACK, 0, -1)), last_total[more]])
    known = figures.select("document", "sentence", "unit", "value", "measure", "is_of_number")
    fits = (whole >= 0) & _fits(known[own], known[whole.clip(0)], is_more[own])
    related = np.full(figures.height, -1)
    # Of several values for one place NumPy keeps the last: the nearest whole.
    related[own[fits]] = whole[fits]
    lent = np.flatnonzero(figures["lends"].is_not_null().to_numpy() & ~is_part & ~is_more)
    lender = figures["lends"].gather(lent).to_numpy()
    fits = _lends(known[lent], known[lender])
    related[lent[fits]] = lender[fits]
    # A list behind "including" that has no total before it relates to nothing.
    relation = (
        pl.when("is_more").then(pl.lit("additional_to")).when(pl.col("related") >= 0).then(pl.lit("part_of")).otherwise(pl.lit("none"))
    )
    return pl.DataFrame({"is_more": is_more, "related": related}).select(
        relation.alias("relation"), pl.when(pl.col("related") >= 0).then("related").alias("related")
    )


def _fits(figures: pl.DataFrame, total: pl.DataFrame, is_more: Mask) -> Mask:
    """Where a figure can be the total of one that is a part of it, or comes on top of it: near before it, of the same kind, and no smaller."""
    shared = ((figures["unit"] == "ratio") & (total["unit"] != "money")) | ((total["unit"] == "ratio") & (figures["unit"] == "person"))
    near = (total["document"] == figures["document"]) & (figures["sentence"] - total["sentence"] <= pl.Series(_REACH + is_more))
    is_less = shared | (figures["value"] <= total["value"]).fill_null(True) | pl.Series(is_more)
    fits: Mask = (near & (shared | (figures["unit"] == total["unit"])) & is_less).to_numpy()
    return fits


def _lends(figures: pl.DataFrame, total: pl.DataFrame) -> Mask:
    """Where a figure that lends its noun to a number without one is its whole: "125 were examined and 34 tested", "12 of the 15 miners".

    The dead and the injured of one report are told apart, and neither is a part of the other.
    """
    told = (figures["measure"] != "other") & (total["measure"] != "other") & ~figures["is_of_number"]
    fits: Mask = ((figures["value"] < total["value"]).fill_null(False) & ~told).to_numpy()
    return fits
