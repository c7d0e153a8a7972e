"""Inheritance: sources that the words leave unsaid or say with a pronoun."""

from __future__ import annotations

import polars as pl

from tasks.facts.quotes.sources import PASSED_ON

_PERSONAL = ["he", "she", "they", "it"]


def attributed(rows: pl.DataFrame) -> pl.DataFrame:
    """With ``source_basis`` and whose name, role and organisation hold where the source itself does not state them.

    "He", "she", "they" and "it" stand for the last speaker named before them, a relative pronoun for what it follows. A quotation without
    words of saying has the speaker of the quote before it, if that stands in its passage or in the one before.
    """
    spoken = pl.when(pl.col("source_text").is_not_null()).then("passage").forward_fill().over("document")
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
    rows = rows.with_columns(basis).with_columns(called.alias("source_name"))
    before = _before(rows, "source_first", "pronoun")
    # Who passes it on is another than who said it: of a pronoun that stands before it, a speaker named earlier.
    passing = pl.col("via_text").str.to_lowercase()
    by = _before(rows.with_columns(passing.alias("via_pronoun")), "via_first", "via_pronoun")["source_name"]
    personal = (pl.col("source_basis") == "pronoun") & pl.col("pronoun").is_in(_PERSONAL)
    # What was told a medium is told it still while the same speaker goes on.
    told = pl.when(pl.col("source_basis").is_in(["stated", "none"]) | pl.col("relay_name").is_not_null()).then(
        pl.col("relay_name").fill_null("")
    )
    return (
        rows.with_columns(pl.when(personal).then(before[name]).otherwise(name).alias(name) for name in PASSED_ON)
        .with_columns(_inherited(name) for name in PASSED_ON)
        .with_columns(pl.when(passing.is_in(_PERSONAL)).then(by).otherwise(pl.coalesce("via_name", "via_text")).alias("via_name"))
        .with_columns(told.forward_fill().over("document").replace("", None).alias("relay_name"))
        .with_columns((pl.col("is_nameless") | pl.col("source_role").is_not_null() & pl.col("source_name").is_null()).alias("is_anonymous"))
    )


def _before(rows: pl.DataFrame, first: str, pronoun: str) -> pl.DataFrame:
    """For each row the speaker named last before the token ``first``: a person, or for "it" and "they" an organisation or several."""
    speakers = rows.filter(pl.col("source_name").is_not_null() | pl.col("source_role").is_not_null())
    speakers = speakers.select(pl.col("source_first").alias("token"), "document", *PASSED_ON, pl.col("is_person").fill_null(False)).sort(
        "token"
    )
    token = rows.select(
        "document",
        pl.col(first).fill_null(pl.col("first")).alias("token"),
        ~pl.col(pronoun).is_in(["it", "they"]).fill_null(False).alias("is_person"),
    )
    found = (
        token.with_row_index("row")
        .sort("token")
        .join_asof(speakers, on="token", by=["document", "is_person"], allow_exact_matches=False, check_sortedness=False)
    )
    return found.sort("row")


def _inherited(name: str) -> pl.Expr:
    """The column with the last quote's value in inherited rows; an empty one passes on as nothing."""
    own = pl.when(pl.col("source_basis") != "inherited").then(pl.col(name).fill_null(""))
    return own.forward_fill().over("document").replace("", None).alias(name)
