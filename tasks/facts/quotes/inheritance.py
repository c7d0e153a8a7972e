"""Inheritance: sources that the words leave unsaid or say with a pronoun."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts.quotes.sources import PASSED_ON
from tasks.grammar.spans import Index, numbered

_PERSONAL = ["he", "she", "they", "it"]
#: More than a text has tokens.
_FAR = 1 << 40


def attributed(rows: pl.DataFrame) -> pl.DataFrame:
    """With ``source_basis`` and whose name, role and organisation hold where the source itself does not state them.

    "He", "she", "they" and "it" stand for the last speaker named before them, a relative pronoun for what it follows. A quotation without
    words of saying has the speaker of the quote before it, if that stands in its passage or in the one before. ``rows``: in text order.
    """
    spoken = rows["passage"].gather(_last(rows, rows["source_text"].is_not_null()))
    alone = pl.col("rule_id").str.starts_with("quotation_marks") & pl.col("source_text").is_null()
    basis = (
        pl.when(pl.col("pronoun").is_not_null()).then(pl.lit("pronoun"))
        .when(pl.col("source_text").is_not_null()).then(pl.lit("stated"))
        .when(alone & ((pl.col("passage") - spoken).fill_null(2) <= 1)).then(pl.lit("inherited"))
        .otherwise(pl.lit("none"))
        .alias("source_basis")
    )  # fmt: skip
    # Whoever has neither name nor role is called by the words.
    called = pl.coalesce("source_name", pl.when((pl.col("source_basis") == "stated") & pl.col("source_role").is_null()).then("source_text"))
    rows = rows.with_columns(
        basis, pl.coalesce("via_name", "via_text").alias("via_name"), pl.col("via_text").str.to_lowercase().alias("passing")
    ).with_columns(called.alias("source_name"))
    speakers = rows.select("document", at="source_first", one=pl.col("is_person").fill_null(False), row=pl.int_range(pl.len())).filter(
        (rows["source_name"].is_not_null() | rows["source_role"].is_not_null()) & rows["source_first"].is_not_null()
    )
    personal = ((rows["source_basis"] == "pronoun") & rows["pronoun"].is_in(_PERSONAL)).arg_true()
    speaker = _before(speakers, rows.select("document", "first", at="source_first", called="pronoun")[personal])
    # Who passes it on is another than who said it: of a pronoun that stands before it, a speaker named earlier.
    passing = rows["passing"].is_in(_PERSONAL).arg_true()
    by = rows["source_name"].gather(_before(speakers, rows.select("document", "first", at="via_first", called="passing")[passing]))
    names = [rows[name].scatter(personal, rows[name].gather(speaker)) for name in PASSED_ON]
    own = _last(rows, rows["source_basis"] != "inherited")
    # What was told a medium is told it still while the same speaker goes on.
    told = _last(rows, rows["source_basis"].is_in(["stated", "none"]) | rows["relay_name"].is_not_null())
    return rows.drop("passing").with_columns(
        *(name.gather(own).replace("", None) for name in names), rows["via_name"].scatter(passing, by), rows["relay_name"].gather(told)
    ).with_columns((pl.col("is_nameless") | pl.col("source_role").is_not_null() & pl.col("source_name").is_null()).alias("is_anonymous"))  # fmt: skip


def _last(rows: pl.DataFrame, holds: pl.Series) -> pl.Series:
    """For each row the last one up to it in its document for which ``holds`` is true, null where none is."""
    row = np.maximum.accumulate(np.where(holds.fill_null(False).to_numpy(), np.arange(rows.height), -1))
    document = rows["document"].to_numpy()
    return numbered(row, (row >= 0) & (document[row] == document))


def _before(speakers: pl.DataFrame, asked: pl.DataFrame) -> pl.Series:
    """The rows of the speakers named last before the tokens ``at`` (else ``first``), null where none is.

    A person, or for those ``called`` "it" and "they" an organisation or several.
    """
    place = _place(speakers)
    order = np.argsort(place, kind="stable")
    one = ~pl.col("called").is_in(["it", "they"]).fill_null(False)
    wanted = _place(asked.select("document", at=pl.coalesce("at", "first"), one=one))
    at = np.searchsorted(place[order], wanted) - 1
    there = np.append(place[order], -1)[at] // _FAR == wanted // _FAR
    return numbered(np.append(speakers["row"].to_numpy()[order], -1)[at], there)


def _place(rows: pl.DataFrame) -> Index:
    """Numbers in the order of document, kind of speaker and token."""
    place: Index = (rows["document"].cast(pl.Int64) * 2 + rows["one"].cast(pl.Int64)).to_numpy() * _FAR + rows["at"].to_numpy()
    return place
