"""Phrases of the lexicons in running text."""

from __future__ import annotations

import polars as pl
import pytest

from tasks.grammar.phrases import entries, phrases
from tasks.grammar.tokens import tokenise


def alike() -> pl.DataFrame:
    """The phrases that the lexicons have twice, with a capital and without, and different features: ``form``, ``entry``."""
    listed = (
        entries()[0]
        .filter(pl.col("form").str.contains("^[A-Za-z]+ [A-Za-z ]+$"))
        .with_columns(pl.col("form").str.to_lowercase().alias("key"))
    )
    twice = (pl.col("form").n_unique().over("key") > 1) & (pl.col("entry").n_unique().over("key") > 1)
    return listed.filter(twice).sort("form")


@pytest.mark.parametrize("turned", [False, True])
def test_a_phrase_is_the_entry_that_is_written_like_it(turned: bool) -> None:
    listed = alike()
    assert listed.height > 20
    listed = listed.reverse() if turned else listed
    texts = pl.DataFrame([listed["form"].alias("text"), pl.repeat(0, listed.height, dtype=pl.Int64, eager=True).alias("char_start")])
    tokens, words = tokenise(texts)
    found = phrases(tokens.with_columns(pl.col("passage").cast(pl.Int64).alias("sentence")), words)
    whole = found.filter(
        found["last"] - found["first"] + 1 == listed["form"].str.split(" ").list.len().gather(tokens["passage"].gather(found["first"]))
    )
    got = listed["form"].gather(tokens["passage"].gather(whole["first"])).to_frame().with_columns(whole["entry"])
    capital = pl.col("form").str.contains(r"^\p{Lu}")
    one_a_case = listed.filter(pl.len().over(pl.col("form").str.to_lowercase(), capital) == 1)
    assert got.join(one_a_case, on="form", how="semi").sort("form").equals(one_a_case.select("form", "entry").sort("form"))
