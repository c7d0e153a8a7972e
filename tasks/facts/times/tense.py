"""Time expressions: whether the clause around one speaks of the past or of the future."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index

#: A cue behind the expression counts as if it stood this many units further off than one before it.
_BEHIND = 2
_FAR = 1 << 30
_PAST_AUXILIARIES = ("was", "were", "had", "did")


def tenses(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.Series:
    """For each expression −1 in a clause about the past, 1 about the future, 0 where no cue stands in its sentence."""
    future = level.has("time_word:future") | (level.has("time_word:deadline") & ~level.has("capital"))
    # "Talks are to resume".
    future |= level.has("=to") & np.append(False, (level.has("=is") | level.has("=are"))[:-1]) & np.append(level.has("VERB")[1:], False)
    past = _past(reading, level) & ~future
    # "to meet", "will meet": what governs an infinitive tells its time.
    after_to = np.append(False, (level.has("=to") | future)[:-1])
    past = past & ~after_to
    return pl.Series(np.sign(_distance(reading, level, rows, past) - _distance(reading, level, rows, future)).astype(np.int64))


def _past(reading: Reading, level: Level) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which units are verbs in a past form."""
    irregular = table("irregular_forms").filter((pl.col("pos") == "VERB") & ~pl.col("form").str.ends_with("s"))["form"].to_list()
    key = reading.words["key"]
    is_past = key.str.ends_with("ed") | key.is_in([*irregular, *_PAST_AUXILIARIES])
    of_token = is_past.gather(reading.tokens["word"]).to_numpy()
    verb = level.has("VERB") | level.has("AUX")
    return of_token[level.last] & verb


def _distance(reading: Reading, level: Level, rows: pl.DataFrame, cue: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Index:
    """Units between each expression and the nearest cue of its sentence."""
    at = np.flatnonzero(cue)
    first = np.searchsorted(level.first, rows["first"].to_numpy())
    last = np.searchsorted(level.last, rows["last"].to_numpy())
    if not len(at):
        return np.full(len(first), _FAR, np.int64)
    sentence = reading.tokens["sentence"].to_numpy()
    own = rows["sentence"].to_numpy()
    before = np.searchsorted(at, first) - 1
    behind = np.searchsorted(at, last, side="right")

    def far(which: Index, there: np.ndarray[tuple[int], np.dtype[np.bool_]], gap: Index) -> Index:
        same = there & (sentence[level.first[at[which]]] == own)
        return np.where(same, gap, _FAR)

    back = np.maximum(before, 0)
    ahead = np.minimum(behind, len(at) - 1)
    return np.minimum(far(back, before >= 0, first - at[back]), far(ahead, behind < len(at), at[ahead] - last + _BEHIND))
