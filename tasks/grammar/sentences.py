"""Sentences: where they end, decided between every two tokens at once."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Mask
from tasks.grammar.spans import packed

_STARTERS = ("determiner", "possessive", "pronoun", "preposition", "conjunction", "auxiliary", "adverb")


def ends(tokens: pl.DataFrame, words: pl.DataFrame) -> Mask:
    """For each token, whether a sentence ends with it; ``tokens`` and ``words`` as :func:`tasks.grammar.tokens.tokenise` gives them.

    A sentence ends at a full stop, a question or exclamation mark or an ellipsis, with the marks that close behind it, if a blank
    follows and then a capital, a digit or an opening mark; at an abbreviation's own full stop only if that cannot be inside a sentence.
    """
    about = words.select(_about_words())
    code = packed([mask.to_numpy() for mask in about]).astype(np.uint8).take(tokens["word"].to_numpy())
    is_stop, is_mark, is_capital, is_digit, is_number_sign, is_abbreviation, is_starter = (code >> i & 1 > 0 for i in range(about.width))
    is_spaced, passage = tokens["is_spaced"].to_numpy(), tokens["passage"].to_numpy()
    is_last = np.append(passage[1:] != passage[:-1], True)[: len(passage)]
    closes = is_mark & ~is_spaced
    # A closing mark carries on the end of what stands before it: twice, for a quotation within a quotation or a bracket.
    ended = is_stop
    for _ in range(2):
        ended = ended | (closes & _beside(ended, -1))
    is_near = ~(is_last | _beside(is_last, 1))
    opens = _beside(is_capital, 1) | (_beside(is_mark, 1) & is_near & _beside(is_capital | is_mark, 2))
    numbered = _beside(is_number_sign, -1) & ~is_spaced & _beside(is_digit, 1)
    abbreviated = is_abbreviation & _beside(is_starter, 1)
    result: Mask = is_last | ((ended & opens & ~numbered) | abbreviated) & _beside(is_spaced, 1)
    return result


def _beside(mask: Mask, by: int) -> Mask:
    """What holds of the token so many places further on; false beyond the first and the last."""
    moved = np.zeros_like(mask)
    if by > 0:
        moved[:-by] = mask[by:]
    else:
        moved[-by:] = mask[:by]
    return moved


def _about_words() -> list[pl.Expr]:
    form, word = pl.col("form"), pl.col("key")
    abbreviations = table("abbreviations")
    never = abbreviations.filter(pl.col("ends_sentence") == "never")["abbreviation"].to_list()
    starters = table("function_words").filter(pl.col("word_class").is_in(_STARTERS))["word"].to_list()
    is_short = form.str.contains(r"^\p{L}[\p{L}.]*\.$")
    return [
        form.str.contains(r"^(?:\.{1,}|…|[!?]+)$").alias("is_stop"),
        form.is_in(["'", '"', "‘", "’", "“", "”", "«", "»", "(", ")", "[", "]", "„", "‹", "›", "''", "``"]).alias("is_mark"),
        form.str.contains(r"^[\p{Lu}\p{Lt}\p{N}@#$£€¥]").alias("is_capital"),
        form.str.contains(r"^[0-9]").alias("is_digit"),
        word.is_in(["no", "nos", "p", "pp", "art", "sec", "fig", "para", "rs"]).alias("is_number_sign"),
        (is_short & ~form.is_in(never) & ~form.str.contains(r"^\p{Lu}\.$")).alias("is_abbreviation"),
        (word.is_in(starters) & form.str.contains(r"^\p{Lu}")).alias("is_starter"),
    ]
