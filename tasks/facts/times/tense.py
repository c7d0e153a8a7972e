"""Time expressions: whether the clause around one speaks of the past or of the future."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index

#: A cue behind the expression counts as if it stood this many units further off than one before it.
_BEHIND = 2
_FAR = 1 << 30
_PAST_AUXILIARIES = ("was", "were", "had", "did")


def tenses(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.Series:
    """For each expression −1 in a clause about the past, 1 about the future, 0 where no cue stands in its sentence."""
    future = level.holds("time_word:future|time_word:deadline & !capital")
    to = level.has("=to")
    # "Talks are to resume".
    between = np.flatnonzero(to[1:-1]) + 1
    future[between[level.holds("=is|=are", between - 1) & level.has("VERB", between + 1)]] = True
    verb = np.flatnonzero(level.holds("VERB|AUX"))
    verb = verb[_is_past(reading.words["key"])[reading.tokens["word"].to_numpy()[level.last[verb]]]]
    # "To meet", "will meet": what governs an infinitive tells its time.
    past = verb[~(future[verb] | (verb > 0) & (to | future)[verb - 1])]
    first, last = level.unit(rows["first"]), level.unit(rows["last"])
    own, sentence = rows["sentence"].to_numpy(), reading.tokens["sentence"].to_numpy()

    def distance(cue: Index) -> Index:
        """Units between each expression and the nearest cue of its sentence."""
        if not len(cue):
            return np.full(len(first), _FAR, np.int64)
        behind = np.searchsorted(cue, last, side="right")
        before, ahead = cue[np.searchsorted(cue, first) - 1], cue[behind.clip(max=len(cue) - 1)]
        back = np.where((before < first) & (sentence[level.first[before]] == own), first - before, _FAR)
        return np.minimum(back, np.where((ahead > last) & (sentence[level.first[ahead]] == own), ahead - last + _BEHIND, _FAR))

    return pl.Series(np.sign(distance(past) - distance(np.flatnonzero(future))).astype(np.int64))


def _is_past(key: pl.Series) -> Mask:
    """Which words are past forms of verbs, if they are verbs."""
    mask: Mask = (key.str.ends_with("ed") | key.is_in(_irregular())).to_numpy()
    return mask


@cached
def _irregular() -> pl.Series:
    forms = table("irregular_forms").filter((pl.col("pos") == "VERB") & ~pl.col("form").str.ends_with("s"))["form"]
    return pl.concat([forms, pl.Series(_PAST_AUXILIARIES)]).implode()
