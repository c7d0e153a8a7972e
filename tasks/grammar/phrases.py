"""Phrases: lexicon entries of several words, found in the tokens; the longest wins."""

from __future__ import annotations

from functools import cache

import polars as pl

from tasks.grammar.lexicon import features
from tasks.grammar.spans import resolve
from tasks.grammar.tokens import tokenise


@cache
def _entries() -> pl.DataFrame:
    """Entries of two tokens and more: ``key`` (tokens joined by a space), ``head`` (the first of them), ``size``, ``features``."""
    forms = features().filter(pl.col("form").str.contains(r"[^\p{L}\p{N}]")).with_columns(pl.col("form").str.to_lowercase())
    tokens, words = tokenise(forms.select(pl.col("form").alias("text"), pl.lit(0, pl.Int64).alias("char_start")))
    keys = tokens.select("passage", words["key"].gather(tokens["word"])).group_by("passage", maintain_order=True).agg("key")
    return (
        forms[keys["passage"]]
        .select("features", keys["key"].alias("keys"))
        .select(
            "features",
            pl.col("keys").list.join(" ").alias("key"),
            pl.col("keys").list.first().alias("head"),
            pl.col("keys").list.len().alias("size"),
        )
        .filter(pl.col("size") > 1)
    )


def phrases(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The phrases in ``tokens`` (with ``word``, ``sentence``): ``first``, ``last`` (rows of tokens), ``features`` (list)."""
    found = [pl.DataFrame(schema={"first": pl.Int64, "last": pl.Int64, "features": pl.List(pl.String)})]
    for (size,), entries in _entries().group_by("size", maintain_order=True):
        is_head = words["key"].is_in(entries["head"].unique().to_list())
        first = is_head.gather(tokens["word"]).arg_true().cast(pl.Int64)
        found.append(_of_size(int(str(size)), first, entries, tokens, words["key"]))
    return resolve(pl.concat(found))


def _of_size(size: int, first: pl.Series, entries: pl.DataFrame, tokens: pl.DataFrame, key: pl.Series) -> pl.DataFrame:
    last = first + size - 1
    fits = (last < tokens.height) & (
        tokens["sentence"].gather(last.clip(upper_bound=tokens.height - 1)) == tokens["sentence"].gather(first)
    )
    first = first.filter(fits)
    words = [key.gather(tokens["word"].gather(first + i)).alias(str(i)) for i in range(size)]
    return (
        pl.DataFrame(words)
        .select(first.alias("first"), (first + size - 1).alias("last"), pl.concat_str(pl.all(), separator=" ").alias("key"))
        .join(entries.select("key", "features"), on="key")
        .select("first", "last", "features")
    )
