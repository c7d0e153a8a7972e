"""Review: what a person should look at, from the tables of a batch."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from tasks.staging import LANGUAGE

#: The tables that are looked through.
REVIEWED = ("documents", "mentions", "quotes")


def review(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows of the table of review, by what is in doubt and in the order of the documents.

    ``tables``: ``documents``, ``mentions``, ``quotes`` with the columns of their contracts.
    """
    about, named, said = (tables[name].lazy() for name in REVIEWED)
    issues = [
        _issue(
            about.filter(pl.col("publication_date").is_null()),
            "no_publication_date",
            "nothing says when it was published: no relative date is resolved",
        ),
        _issue(about.filter(pl.col("language") != LANGUAGE), "not_english", "no facts are read from this language"),
        _issue(about.filter(pl.col("encoding") != "utf-8"), "decode_error", "not UTF-8: decoded by the detected encoding"),
        _issue(
            named.filter(pl.col("entity_id").is_null() & (pl.col("mention_type") == "name")),
            "unlinked_mention",
            "unknown, or as likely one place as another",
            at_span=True,
        ),
        _issue(said.filter(pl.col("source_basis") == "none"), "unattributed_quote", "nobody is named as its speaker", at_span=True),
    ]
    return pl.concat(issues).collect()


def _issue(rows: pl.LazyFrame, issue_type: str, detail: str, *, at_span: bool = False) -> pl.LazyFrame:
    start, end = (pl.col(name) if at_span else pl.lit(None, pl.Int64) for name in ("char_start", "char_end"))
    return rows.select(
        pl.format("{}:{}:{}", "doc_id", pl.lit(issue_type), start.fill_null(0)).alias("review_id"),
        "doc_id",
        start.alias("char_start"),
        end.alias("char_end"),
        pl.lit(issue_type).alias("issue_type"),
        pl.lit(detail).alias("detail"),
    )
