"""Tries: runs of words against a search that looks at every place."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.grammar.trie import Trie

WORD = st.sampled_from("abcd")
SEQUENCES = st.lists(st.lists(WORD, min_size=1, max_size=4), max_size=8)
SENTENCES = st.lists(st.lists(WORD, min_size=1, max_size=8), max_size=4)


@given(SEQUENCES, SENTENCES)
def test_runs_are_all_sequences_that_stand_in_a_sentence(sequences: list[list[str]], sentences: list[list[str]]) -> None:
    trie, node = Trie.of(pl.Series(sequences, dtype=pl.List(pl.String)))
    forms = pl.Series(["a", "b", "c", "x", "d"])
    tokens = [(number, word) for number, sentence in enumerate(sentences) for word in sentence]
    word = np.array([forms.to_list().index(word) for _, word in tokens], np.int64)
    first, last, reached = trie.runs(trie.numbers(forms), word, np.array([number for number, _ in tokens], np.int64))
    ends = dict(zip(node.tolist(), sequences, strict=True))
    found = {(begin, end): ends[number] for begin, end, number in zip(first.tolist(), last.tolist(), reached.tolist(), strict=True)}

    def run(begin: int, end: int) -> list[str] | None:
        return [word for _, word in tokens[begin : end + 1]] if tokens[begin][0] == tokens[end][0] else None

    places = [(begin, end) for begin in range(len(tokens)) for end in range(begin, len(tokens))]
    assert found == {place: run(*place) for place in places if run(*place) in sequences}


@given(st.lists(st.text("ab", min_size=1, max_size=3)))
def test_few_words_and_many_are_looked_up_alike(words: list[str]) -> None:
    trie, _ = Trie.of(pl.Series([[f"{number:04}"] for number in range(500)] + [["b"]]))
    known, many = [*words, "0400", "b"], [f"{number:03}" for number in range(100)]
    number = trie.numbers(pl.Series(known))
    assert number.tolist() == trie.numbers(pl.Series([*known, *many]))[: len(known)].tolist()
    assert [trie.words[row] if row >= 0 else None for row in number.tolist()] == [w if w in ("0400", "b") else None for w in known]


def test_only_words_that_may_begin_do() -> None:
    trie, _ = Trie.of(pl.Series([["a", "b"], ["b"]]))
    forms = pl.Series(["a", "b"])
    first, last, _ = trie.runs(trie.numbers(forms), np.array([0, 1]), np.array([0, 0]), np.array([True, False]))
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [(0, 1)]
