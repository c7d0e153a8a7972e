"""Tries over words: many sequences of words, found in the tokens of a batch at once.

A trie is one sorted array of edges: an edge is the number of a node times the number of words, plus the word that leads on; the node
that it leads to is the edge's own row, plus one. So a step from many nodes at once is one binary search.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from tasks.grammar.patterns import Mask
from tasks.grammar.spans import Index


@dataclass(frozen=True)
class Trie:
    """Sequences of words; each ends with a node that stands for it.

    ``words``: the vocabulary, sorted; a word's number is its row. ``edges`` as above.
    """

    words: pl.Series
    edges: Index

    @cached_property
    def leads_on(self) -> Mask:
        """For each node whether an edge begins there."""
        mask = np.zeros(len(self.edges) + 1, np.bool_)
        mask[self.edges // max(len(self.words), 1)] = True
        return mask

    @cached_property
    def follows(self) -> Mask:
        """For each word, and last for an unknown one, whether it ever stands behind another."""
        mask = np.zeros(len(self.words) + 1, np.bool_)
        mask[self.edges[self.edges >= len(self.words)] % max(len(self.words), 1)] = True
        return mask

    @classmethod
    def of(cls, sequences: pl.Series) -> tuple[Trie, Index]:
        """Lists of words → their trie, and for each list the node that it ends with (0 for an empty one)."""
        tokens = sequences.explode(empty_as_null=False).to_frame("word")
        words = tokens.unique().sort("word").with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
        token = tokens.join(words, on="word", how="left", maintain_order="left")["number"].to_numpy()
        length = sequences.list.len().cast(pl.Int64).to_numpy()
        begin = np.cumsum(length) - length
        node, edges, nodes = np.zeros(len(sequences), np.int64), [np.zeros(0, np.int64)], 0
        for depth in range(int(length.max(initial=0))):
            row = np.flatnonzero(length > depth)
            edge, number = np.unique(node[row] * words.height + token[begin[row] + depth], return_inverse=True)
            node[row] = nodes + number + 1
            nodes += len(edge)
            edges.append(edge)
        return cls(words["word"], np.concatenate(edges)), node

    def numbers(self, forms: pl.Series) -> Index:
        """The number of each word in the vocabulary, -1 for others."""
        if not len(self.words):
            return np.full(len(forms), -1)
        number = self.words.search_sorted(forms).cast(pl.Int64).clip(upper_bound=len(self.words) - 1)
        found: Index = np.where(self.words.gather(number) == forms, number, -1)
        return found

    def step(self, node: Index, number: Index) -> Index:
        """The node that each word leads to from each node; 0 where nothing does, or ``number`` is negative."""
        edge = node * len(self.words) + number
        row = np.searchsorted(self.edges, edge)
        known = (row < len(self.edges)) & (number >= 0)
        known[known] = self.edges[row[known]] == edge[known]
        reached: Index = np.where(known, row + 1, 0)
        return reached

    def runs(self, number: Index, word: Index, sentence: Index, begins: Mask | None = None) -> tuple[Index, Index, Index]:
        """All runs of tokens that lead from the root to a node, within a sentence: ``first``, ``last`` (tokens), ``node``; shorter ones first.

        ``number``: for each word of the batch its number in the vocabulary; ``begins``: which words may begin a run. ``word``,
        ``sentence``: each token's.
        """
        start = self.step(np.zeros(len(number), np.int64), number)
        if begins is not None:
            start = start * begins
        first = last = np.flatnonzero((start > 0)[word])
        node = start[word[first]]
        found, follows = [(first, last, node)], self.follows[number]
        while len(first):
            goes_on = self.leads_on[node] & (last + 1 < len(word))
            first, last, node = first[goes_on], last[goes_on] + 1, node[goes_on]
            goes_on = follows[word[last]] & (sentence[last] == sentence[first])
            first, last, node = first[goes_on], last[goes_on], node[goes_on]
            node = self.step(node, number[word[last]])
            first, last, node = first[node > 0], last[node > 0], node[node > 0]
            found.append((first, last, node))
        return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]
