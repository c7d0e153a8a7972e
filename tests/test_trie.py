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
def test_runs_are_all_prefixes_that_stand_in_a_sentence(sequences: list[list[str]], sentences: list[list[str]]) -> None:
    trie, node = Trie.of(pl.Series(sequences, dtype=pl.List(pl.String)))
    forms = pl.Series(["a", "b", "c", "x", "d"])
    tokens = [(number, word) for number, sentence in enumerate(sentences) for word in sentence]
    word = np.array([forms.to_list().index(word) for _, word in tokens], np.int64)
    first, last, reached = trie.runs(trie.numbers(forms), word, np.array([number for number, _ in tokens], np.int64))
    found = set(zip(first.tolist(), last.tolist(), strict=True))

    def is_prefix(begin: int, end: int) -> bool:
        run = [word for _, word in tokens[begin : end + 1]]
        return tokens[begin][0] == tokens[end][0] and any(sequence[: len(run)] == run for sequence in sequences)

    places = [(begin, end) for begin in range(len(tokens)) for end in range(begin, len(tokens))]
    assert found == {place for place in places if is_prefix(*place)}
    # The node of a whole sequence is reached where it stands, and nowhere else.
    ends = dict(zip(node.tolist(), sequences, strict=True))
    for begin, end, number in zip(first.tolist(), last.tolist(), reached.tolist(), strict=True):
        run = [word for _, word in tokens[begin : end + 1]]
        assert (number in ends) == (run in sequences)
        assert ends.get(number, run) == run


def test_only_words_that_may_begin_do() -> None:
    trie, _ = Trie.of(pl.Series([["a", "b"], ["b"]]))
    forms = pl.Series(["a", "b"])
    first, last, _ = trie.runs(trie.numbers(forms), np.array([0, 1]), np.array([0, 0]), np.array([True, False]))
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == [(0, 0), (0, 1)]
