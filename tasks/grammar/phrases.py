"""Phrases: entries of a list, of one word or several, found in the tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.grammar.lexicon import cached, features
from tasks.grammar.patterns import Mask
from tasks.grammar.spans import Index, ranges, resolve
from tasks.grammar.tokens import tokenise
from tasks.grammar.trie import Trie

_CAPITAL = r"^\p{Lu}"


@dataclass(frozen=True)
class Phrases:
    """A list of phrases, ready to be found.

    ``rows``: one an entry, with what the list says of it, by ``node``. ``begin``: for each node its first row. ``by``: the column of words
    that is compared, ``key`` without case or ``form`` as written.
    """

    rows: pl.DataFrame
    trie: Trie
    begin: Index
    by: str

    @classmethod
    def of(cls, listed: pl.DataFrame, *, by: str = "key", least: int = 1) -> Phrases:
        """Rows with a ``form``, which is left out of the others, and has ``least`` tokens or more."""
        tokens, words = tokenise(listed.select(pl.col("form").alias("text"), pl.lit(0, pl.Int64).alias("char_start")))
        parts = (
            tokens.select("passage", words[by].gather(tokens["word"]).alias("word")).group_by("passage", maintain_order=True).agg("word")
        )
        parts = parts.filter(pl.col("word").list.len() >= least)
        trie, node = Trie.of(parts["word"])
        order = np.argsort(node, kind="stable")
        rows = listed.drop("form")[parts["passage"].gather(order)]
        return cls(rows, trie, np.searchsorted(node[order], np.arange(len(trie.edges) + 2)), by)

    def find(self, tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
        """All places where one stands: its row, with ``first``, ``last`` (rows of ``tokens``)."""
        number = self.trie.numbers(words[self.by])
        first, last, node = self.trie.runs(number, tokens["word"].to_numpy(), tokens["sentence"].to_numpy())
        run, row = ranges(self.begin[node], self.begin[node + 1] - self.begin[node])
        begin, end = pl.Series("first", first[run]), pl.Series("last", last[run])
        rows: pl.DataFrame = self.rows[row]
        return rows.with_columns(begin, end)


@cached
def entries() -> tuple[pl.DataFrame, dict[str, Mask]]:
    """The lexicons' entries: ``form``, ``entry`` (a number above 0, the same for the same features); and for each feature which numbers have it.

    What is written with capitals also bears the features of the same form in small letters.
    """
    small = features().select(pl.col("form").alias("small"), pl.col("features").alias("of_small"))
    listed = (
        features().with_columns(pl.col("form").str.to_lowercase().alias("small")).join(small, on="small", how="left", maintain_order="left")
    )
    listed = listed.select("form", pl.col("features").list.set_union(pl.col("of_small").fill_null([])).list.sort())
    numbered = listed.with_columns(pl.col("features").list.join("\n").rank("dense").alias("entry"))
    rows = numbered.unique("entry").select("entry", pl.col("features").alias("feature")).explode("feature")
    has, count = {}, numbered["entry"].n_unique()
    for (feature,), of_feature in rows.group_by("feature", maintain_order=True):
        has[str(feature)] = np.zeros(count + 1, np.bool_)
        has[str(feature)][of_feature["entry"].to_numpy()] = True
    return numbered.select("form", "entry"), has


@cached
def _lexicon() -> Phrases:
    """The lexicons' entries of two tokens and more."""
    listed = entries()[0].filter(pl.col("form").str.contains(r"[^\p{L}\p{N}]"))
    return Phrases.of(listed.with_columns(pl.col("form").str.contains(_CAPITAL).alias("is_capital")), least=2)


def phrases(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    """The lexicons' phrases in ``tokens`` (with ``word``, ``sentence``), the longest: ``first``, ``last`` (rows of tokens), ``entry``.

    Of entries that differ in their capitals alone ("Air Force", "air force") the one that is written like the text.
    """
    found = _lexicon().find(tokens, words)
    is_capital = words["form"].str.contains(_CAPITAL).gather(tokens["word"].gather(found["first"]))
    found = found.with_columns((pl.col("is_capital") != is_capital).alias("differs")).drop("is_capital")
    before = words["form"].gather(tokens["word"].gather((found["first"] - 1).clip(0)))
    # A phrase never begins within a hyphenated word: the "old man" of "26-year-old man" is none.
    follows_hyphen = (before == "-") & (found["first"] > 0) & ~tokens["is_spaced"].gather(found["first"])
    # Nor does a verb of saying begin behind a figure: "12 points to 340".
    says = pl.Series(entries()[1]["say"][found["entry"].to_numpy()]) & before.str.contains(r"^[0-9]")
    return resolve(found.filter(~(follows_hyphen | says)), "differs", "entry")
