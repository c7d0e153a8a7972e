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

#: A vocabulary so many times as large as what is looked up in it is not gone through as a whole.
_MANY = 20


@dataclass(frozen=True)
class Trie:
    """Sequences of words; each ends with a node that stands for it.

    ``words``: the vocabulary, sorted; a word's number is its row. ``edges`` as above. ``ends``: for each node but the root whether a sequence ends
    there.
    """

    words: pl.Series
    edges: Index
    ends: Mask

    @cached_property
    def leads_on(self) -> Mask:
        """For each node but the root whether an edge begins there."""
        mask = np.zeros(len(self.edges) + 1, np.bool_)
        mask[self._later // max(len(self.words), 1)] = True
        return mask

    @cached_property
    def follows(self) -> Mask:
        """For each word, and last for an unknown one, whether it ever stands behind another."""
        mask = np.zeros(len(self.words) + 1, np.bool_)
        mask[self._later % max(len(self.words), 1)] = True
        return mask

    @property
    def _later(self) -> Index:
        """The edges that do not begin at the root."""
        return self.edges[np.searchsorted(self.edges, len(self.words)) :]

    @cached_property
    def _sieve(self) -> Mask:
        """Which last digits an edge has: most of what is no edge is told by them, without a search."""
        mask = np.zeros(1 << (4 * len(self.edges)).bit_length(), np.bool_)
        mask[self.edges & (len(mask) - 1)] = True
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
        ends = np.zeros(nodes + 1, np.bool_)
        ends[node[length > 0]] = True
        return cls(words["word"], np.concatenate(edges), ends), node

    def numbers(self, forms: pl.Series) -> Index:
        """The number of each word in the vocabulary, -1 for others."""
        if len(forms) * _MANY < len(self.words):
            row = self.words.search_sorted(forms).cast(pl.Int64).clip(upper_bound=len(self.words) - 1)
            return np.where(self.words.gather(row) == forms, row, -1)
        known = forms.to_frame("word").with_row_index("form").join(self.words.to_frame("word").with_row_index("number"), on="word")
        number: Index = np.full(len(forms), -1)
        number[known["form"].to_numpy()] = known["number"].to_numpy()
        return number

    def step(self, node: Index, number: Index) -> Index:
        """The node that each word leads to from each node; 0 where nothing does, or ``number`` is negative."""
        edge = node * len(self.words) + number
        maybe = np.flatnonzero(self._sieve[edge & (len(self._sieve) - 1)] & (number >= 0))
        row = np.searchsorted(self.edges, edge[maybe])
        known = self.edges[row.clip(max=len(self.edges) - 1)] == edge[maybe]
        reached = np.zeros(len(edge), np.int64)
        reached[maybe[known]] = row[known] + 1
        return reached

    def runs(self, number: Index, word: Index, sentence: Index, begins: Mask | None = None) -> tuple[Index, Index, Index]:
        """All runs of tokens that are a sequence, within a sentence: ``first``, ``last`` (tokens), ``node``; shorter ones first.

        ``number``: for each word of the batch its number in the vocabulary; ``begins``: which words may begin a run. ``word``,
        ``sentence``: each token's.
        """
        start = self.step(np.zeros(len(number), np.int64), number)
        if begins is not None:
            start = start * begins
        # What a word may be: a later one of a run (1), the first of a longer one (2), a whole run (4). Behind the last token there is none.
        may = self.follows[number] + np.uint8(2) * self.leads_on[start] + np.uint8(4) * self.ends[start]
        word = np.append(word, len(number))
        may = np.append(may, np.uint8(0))[word]
        first = last = np.flatnonzero((may >> 2).view(np.bool_))
        found = [(first, last, start[word[first]])]
        first = last = np.flatnonzero((may[:-1] >> 1 & may[1:] & 1).view(np.bool_))
        node = start[word[first]]
        while len(first):
            last = last + 1
            same = sentence[last] == sentence[first]
            first, last, node = first[same], last[same], self.step(node[same], number[word[last[same]]])
            ends = self.ends[node]
            found.append((first[ends], last[ends], node[ends]))
            goes_on = self.leads_on[node] & (may[last + 1] & 1 > 0)
            first, last, node = first[goes_on], last[goes_on], node[goes_on]
        return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]
