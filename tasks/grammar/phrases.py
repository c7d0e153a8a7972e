"""Phrases: entries of a list, of one word or several, found in the tokens."""

from __future__ import annotations

import polars as pl

from tasks.grammar.lexicon import cached, features
from tasks.grammar.spans import resolve
from tasks.grammar.tokens import tokenise


def entries(forms: pl.DataFrame, *, by: str = "key") -> pl.DataFrame:
    """Rows with a ``form`` → the same rows, ready for :func:`lookup`: ``phrase`` (tokens joined by a space), ``head``, ``size``.

    ``by``: ``key`` to compare without case, ``form`` to compare as written.
    """
    tokens, words = tokenise(forms.select(pl.col("form").alias("text"), pl.lit(0, pl.Int64).alias("char_start")))
    parts = tokens.select("passage", words[by].gather(tokens["word"]).alias("word")).group_by("passage", maintain_order=True).agg("word")
    return forms[parts["passage"]].with_columns(
        parts["word"].list.join(" ").alias("phrase"), parts["word"].list.first().alias("head"), parts["word"].list.len().alias("size")
    )


def lookup(listed: pl.DataFrame, tokens: pl.DataFrame, words: pl.DataFrame, *, by: str = "key") -> pl.DataFrame:
    """All places where one of ``listed`` (of :func:`entries`) stands: its columns, with ``first``, ``last`` (rows of ``tokens``)."""
    found = [listed.clear().with_columns(pl.lit(None, pl.Int64).alias("first"), pl.lit(None, pl.Int64).alias("last"))]
    for (size,), of_size in listed.group_by("size", maintain_order=True):
        is_head = words[by].is_in(of_size["head"].unique().to_list())
        first = is_head.gather(tokens["word"]).arg_true().cast(pl.Int64)
        found.append(_of_size(int(str(size)), first, of_size, tokens, words[by]))
    return pl.concat(found).drop("phrase", "head", "size")


def _of_size(size: int, first: pl.Series, listed: pl.DataFrame, tokens: pl.DataFrame, word: pl.Series) -> pl.DataFrame:
    first = first.filter(first + size <= tokens.height)
    first = first.filter(tokens["sentence"].gather(first + size - 1) == tokens["sentence"].gather(first))
    parts = [word.gather(tokens["word"].gather(first + i)).alias(str(i)) for i in range(size)]
    spans = pl.DataFrame(parts).select(
        pl.concat_str(pl.all(), separator=" ").alias("phrase"), first.alias("first"), (first + size - 1).alias("last")
    )
    return spans.join(listed, on="phrase").select(*listed.columns, "first", "last")


@cached
def _lexicon() -> pl.DataFrame:
    """The lexicons' entries of two tokens and more."""
    several = features().filter(pl.col("form").str.contains(r"[^\p{L}\p{N}]"))
    return entries(several).filter(pl.col("size") > 1).select("features", "phrase", "head", "size")


def phrases(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The lexicons' phrases in ``tokens`` (with ``word``, ``sentence``), the longest: ``first``, ``last`` (rows of tokens), ``features``."""
    found = lookup(_lexicon(), tokens, words)
    # A phrase never begins within a hyphenated word: the "old man" of "26-year-old man" is none.
    follows_hyphen = (words["form"] == "-").gather(tokens["word"]).shift(1, fill_value=False) & ~tokens["is_spaced"]
    return resolve(found.filter(~follows_hyphen.gather(found["first"])))
