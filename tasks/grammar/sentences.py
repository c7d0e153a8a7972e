"""Sentences: where they end, decided between every two tokens at once."""

from __future__ import annotations

import polars as pl

from tasks.grammar.lexicon import table

_STARTERS = ("determiner", "possessive", "pronoun", "preposition", "conjunction", "auxiliary", "adverb")


def ends(tokens: pl.DataFrame, words: pl.DataFrame) -> pl.Series:
    """For each token, whether a sentence ends with it; ``tokens`` and ``words`` as :func:`tasks.grammar.tokens.tokenise` gives them.

    A sentence ends at a full stop, a question or exclamation mark or an ellipsis, with the marks that close behind it, if a blank
    follows and then a capital, a digit or an opening mark; at an abbreviation's own full stop only if that cannot be inside a sentence.
    """
    about = words.select(_about_words())
    frame = pl.concat([tokens.select("passage", "is_spaced"), about[tokens["word"]]], how="horizontal").lazy()

    def after(name: str, by: int = 1) -> pl.Expr:
        return pl.col(name).shift(-by)

    closes = pl.col("is_mark") & ~pl.col("is_spaced")
    # A closing mark carries on the end of what stands before it: twice, for a quotation within a quotation or a bracket.
    ended = pl.col("is_stop")
    for _ in range(2):
        ended = ended | (closes & ended.shift(1).fill_null(False))
    is_near = (pl.col("passage") == after("passage", 2)).fill_null(False)
    opens = after("is_capital") | (after("is_mark") & is_near & (after("is_capital", 2) | after("is_mark", 2)))
    numbered = pl.col("is_number_sign").shift(1).fill_null(False) & ~pl.col("is_spaced") & after("is_digit")
    abbreviated = pl.col("is_abbreviation") & after("is_starter")
    result = (
        frame.select(
            (
                (pl.col("passage") != after("passage")).fill_null(True)
                | ((ended & opens & ~numbered) | abbreviated) & after("is_spaced")
            ).fill_null(False).alias("ends")
        ).collect()
    )  # fmt: skip
    return result["ends"]


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
