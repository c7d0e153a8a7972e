"""Texts in, ISO 639-1 codes out.

Nearly all of a news folder is English, and English is plain from its function words, which one expression counts over a whole batch.
Only what that leaves in doubt is shown to py3langid, text by text. Both see the middle of a text alone: banners and cookie notices
stand at its ends.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import polars as pl
from py3langid.langid import MODEL_FILE, LanguageIdentifier

SAMPLE: Final = 1000
"""Characters of a text that are looked at."""

# Words that no other language writes as often: not "in", "a", "on", "is", "for", which are words of its neighbours too.
FUNCTION_WORDS: Final = r"(?i-u)\b(?:the|of|and|to|that|with|from|has|have|been|were|this|they|their|would|which|said)\b"

FEWEST_WORDS: Final = 4
CHARS_PER_WORD: Final = 80
"""English news have one in every 30 characters (the driest football report in 80), news in its neighbours' languages not one in 200."""

CLEAR: Final = 0.4
"""The probability from which a guess is believed. Below it are names, numbers and two-word captions, where any language gets some."""

_LETTER_BEYOND_ASCII: Final = re.compile(r"[^\W\d_a-zA-Z]")
_LETTER_OF_ASCII: Final = re.compile(r"[a-zA-Z]")


def languages(texts: pl.Series) -> pl.Series:
    """Tell the language of each text, as an ISO 639-1 code.

    English at once, where function words are frequent; else the most likely language by py3langid. Two rules bound its guess: an unclear
    text without a letter beyond a–z is English, for nothing speaks against it; a text in which all letters are beyond a–z never is.
    """
    text = pl.col(texts.name)
    middle = (text.str.len_chars().cast(pl.Int64) - SAMPLE).clip(lower_bound=0) // 2
    samples = texts.to_frame().select(text.str.slice(middle, SAMPLE)).to_series()
    words = samples.str.count_matches(FUNCTION_WORDS)
    doubtful = ((words < FEWEST_WORDS) | (words * CHARS_PER_WORD < samples.str.len_chars())).arg_true()
    guesses = [_guess(sample) for sample in samples.gather(doubtful)]
    return pl.repeat("en", texts.len(), dtype=pl.String, eager=True).scatter(doubtful, guesses)


def forget() -> None:
    """Let go of the model, which takes 100 MB; it is loaded again when it is needed."""
    _identifier.cache_clear()


def _guess(sample: str) -> str:
    ranking = _identifier().rank(sample)
    best, probability = ranking[0]
    if not _LETTER_BEYOND_ASCII.search(sample):
        return str(best) if probability >= CLEAR else "en"
    if _LETTER_OF_ASCII.search(sample):
        return str(best)
    return next(str(code) for code, _ in ranking if code != "en")


@cache
def _identifier() -> LanguageIdentifier:
    """Load the model, restricted to the languages of ISO 639-1 (it also knows some that have three letters only)."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2])
    return identifier
