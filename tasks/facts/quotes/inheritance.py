"""Inheritance: sources that the words leave unsaid or say with a pronoun."""

from __future__ import annotations

import polars as pl

from tasks.facts.quotes.sources import PASSED_ON


def attributed(rows: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame:
    """With ``source_basis`` and whose name, role and organisation hold where the source itself does not state them.

    A pronoun stands for the last person named as a speaker before it. A quote without words of saying has the speaker of the quote
    before it, if that stands in its passage or in the one before.
    """
    spoken = pl.when(pl.col("source_text").is_not_null()).then("passage").forward_fill().over("document")
    basis = (
        pl.when(pl.col("pronoun").is_not_null()).then(pl.lit("pronoun"))
        .when(pl.col("source_text").is_not_null()).then(pl.lit("stated"))
        .when(pl.col("rule_id").str.starts_with("quotation_marks") & ((pl.col("passage") - spoken).fill_null(2) <= 1)).then(pl.lit("inherited"))
        .otherwise(pl.lit("none"))
        .alias("source_basis")
    )  # fmt: skip
    token = rows.select("document", pl.col("source_first").fill_null(pl.col("first")).alias("token")).with_row_index("row")
    # "it" stands for an organisation, "he" and "she" for a person.
    token = token.with_columns((rows["pronoun"] != "it").fill_null(True).alias("is_person")).sort("token")
    before = token.join_asof(speakers.sort("token"), on="token", by=["document", "is_person"], allow_exact_matches=False, check_sortedness=False)
    before = before.sort("row")
    return (
        rows.with_columns(basis)
        .with_columns(pl.when(pl.col("source_basis") == "pronoun").then(before[name]).otherwise(name).alias(name) for name in PASSED_ON)
        .with_columns(_inherited(name) for name in PASSED_ON)
        .with_columns((pl.col("source_role").is_not_null() & pl.col("source_name").is_null()).alias("is_anonymous"))
    )


def _inherited(name: str) -> pl.Expr:
    """The column with the last quote's value in inherited rows; an empty one passes on as nothing."""
    own = pl.when(pl.col("source_basis") != "inherited").then(pl.col(name).fill_null(""))
    return own.forward_fill().over("document").replace("", None).alias(name)
