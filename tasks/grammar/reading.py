"""Readings: a batch of passages, read. Every fact family starts from one, and goes back to it for the text of what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import polars as pl

from tasks.grammar import sentences, tagger
from tasks.grammar.level import Level
from tasks.grammar.lexicon import declared
from tasks.grammar.patterns import Mask
from tasks.grammar.phrases import entries, phrases
from tasks.grammar.spans import Index, dense, packed, ranges
from tasks.grammar.text import cut, look_up
from tasks.grammar.tokens import tokenise

#: What a word's form alone tells: feature → regex.
SHAPES: Mapping[str, str] = {
    "capital": r"^\p{Lu}",
    "acronym": r"^(?:\p{Lu}[\p{Lu}\p{N}]+|(?:\p{Lu}\.){2,})$",
    "word": r"^\p{L}",
    "digits": r"^(?:[0-9][0-9, \x{a0}\x{2009}\x{202f}]*)?\.?[0-9]+$",
    "year": r"^(?:1[5-9]|20)[0-9]{2}$",
    "short": r"^[0-9]{1,3}$",
    "dotted_date": r"^[0-3]?[0-9]\.[01]?[0-9]\.(?:19|20)[0-9]{2}$",
    "letter": r"^\p{L}$",
    "minus": r"(?i)^(?:[-−–]|minus)$",
    "participle": r"(?:ed|en|ing)$",
    "gerund": r"ing$",
    "past": r"(?:ed|^(?:had|made|sent|took|gave|held|built|fought|fell|left|lost|won|began|became|went|came|saw|put|set|shot|struck))$",
    "plural": r"(?i)(?:\p{Ll}s|^people|[^aeiou]men|^children)$",
    "decade": r"^[0-9]+s$",
    "ordinal_digits": r"^[0-9][0-9,]*(?:st|nd|rd|th)$",
    "alphanumeric": r"^\p{L}.*[0-9]",
    "stop": r"^(?:\.|[!?]+)$",
    "ellipsis": r"^(?:\.{2,}|…)$",
    "dash": r"^(?:[–—−―]|--+)$",
}
#: Signs that tell by themselves what they are: feature → forms.
SIGNS: Mapping[str, tuple[str, ...]] = {
    "comma": (",",),
    "colon": (":",),
    "semicolon": (";",),
    "hyphen": ("-",),
    "slash": ("/",),
    "plus": ("+",),
    "percent": ("%",),
    "opens_bracket": ("(", "["),
    "closes_bracket": (")", "]"),
    "opens_double": ("“", "„", "«"),
    "closes_double": ("”", "»"),
    "opens_single": ("‘", "‹"),
    "closes_single": ("’", "›"),
    "low_mark": ("„", "‚"),
    "closes_low": ("“", "”", "‘", "’"),
    "plain_double": ('"', "''", "``"),
    "plain_single": ("'",),
}


@dataclass(frozen=True)
class Reading:
    """A batch of passages as tokens, sentences and the lowest level of the cascade.

    ``tokens`` and ``words`` as :func:`tasks.grammar.tokens.tokenise` gives them, the tokens with ``sentence`` (row of ``sentences``).
    ``sentences``: ``passage`` (row of ``passages``), ``char_start``, ``char_end``, ``text``.
    """

    passages: pl.DataFrame
    tokens: pl.DataFrame
    words: pl.DataFrame
    sentences: pl.DataFrame

    @classmethod
    def of(cls, passages: pl.DataFrame) -> Reading:
        """Read passages: ``text``, ``char_start`` (code points, in the document), in reading order."""
        tokens, words = tokenise(passages)
        ends = sentences.ends(tokens, words)
        tokens = tokens.with_columns(pl.Series("sentence", np.cumsum(ends) - ends))
        return cls(passages, tokens, words, _sentences(passages, tokens))

    def only(self, passage: pl.Series) -> Reading:
        """The same reading with only the tokens of passages for which ``passage`` (Boolean) is true; sentences keep their numbers."""
        kept = self.tokens.filter(passage.to_numpy().take(self.tokens["passage"].to_numpy())).rechunk()
        return Reading(self.passages, kept, self.words, self.sentences)

    @cached_property
    def level(self) -> Level:
        """Tokens by sentence, with the features of their words and tags; phrases of the lexicons are one unit each."""
        word, sentence = self.tokens["word"].to_numpy(), self.tokens["sentence"].to_numpy()
        form, of_form = _word_classes(self.words)
        tags = tagger.tag(self.words["form"], word, sentence)
        spaced = self.tokens["is_spaced"].to_numpy()
        # A class is a combination of form, tags and blank that occurs; one token of each tells what the class has.
        tagged = (tags.pos.astype(np.uint16) * len(tagger.NAMES) + tags.name) * 2 + spaced
        cls, example = dense((form * (2 * len(tagger.POS) * len(tagger.NAMES))).take(word) + tagged)
        form = form[word[example]]
        features: dict[str, Mask] = dict(zip(of_form, np.stack([*of_form.values()])[:, form], strict=True))
        features |= {name: tags.pos[example] == i for i, name in enumerate(tagger.POS)}
        features |= {name: tags.name[example] == i for i, name in enumerate(tagger.NAMES)}
        features["spaced"] = spaced[example]
        index = np.arange(len(cls))
        starts = _starts(sentence)
        level = Level(index, index, cls, features, starts, np.append(starts, len(cls))[1:])
        found = phrases(self.tokens, self.words)
        return level.reduced(found, found["entry"].to_numpy(), entries()[1], keep=True)

    @cached_property
    def passage_starts(self) -> Index:
        """The first token of each passage that has any."""
        return _starts(self.tokens["passage"].to_numpy())

    def spans(self, first: pl.Series, last: pl.Series, name: str = "char") -> pl.DataFrame:
        """Runs of tokens → ``<name>_start``, ``<name>_end`` (code points, in the document), ``text``; all null for a null run."""
        if first.null_count():  # what is not there need not be looked up
            there = first.is_not_null()
            found = self.spans(first.drop_nulls(), last.filter(there), name)
            return found.select(pl.all().gather(pl.when(there).then(there.cum_sum() - 1)))
        text = pl.lit(self.passages["text"]).gather(pl.col("passage").gather(first))
        return self.tokens.select(
            pl.col("start").gather(first).cast(pl.Int64).alias(f"{name}_start"),
            pl.col("end").gather(last).cast(pl.Int64).alias(f"{name}_end"),
            cut(text, pl.col("byte_start").gather(first), pl.col("byte_end").gather(last)),
        )

    def keys(self, first: pl.Series, last: pl.Series) -> pl.Series:
        """Runs of tokens → their words' keys, joined by spaces; null for a null run."""
        word = self.words["key"]
        keys = word.gather(self.tokens["word"].gather(first))
        longer = (last > first).arg_true()
        if longer.is_empty():
            return keys
        begin, end = first.gather(longer).to_numpy(), last.gather(longer).to_numpy()
        run, token = ranges(begin, end - begin + 1)
        parts = pl.DataFrame({"run": run, "key": word.gather(self.tokens["word"].gather(token))})
        joined = parts.group_by("run", maintain_order=True).agg(pl.col("key").str.join(" "))
        return keys.scatter(longer, joined["key"])


def _sentences(passages: pl.DataFrame, tokens: pl.DataFrame) -> pl.DataFrame:
    """The table of :class:`Reading`."""
    first = pl.Series(_starts(tokens["sentence"].to_numpy()))
    last = first.shift(-1, fill_value=tokens.height) - 1
    begin, end = tokens["passage", "start", "byte_start"][first], tokens["end", "byte_end"][last]
    rows = pl.concat([begin, end], how="horizontal").with_columns(passages["text"].gather(begin["passage"]).alias("text"))
    return rows.select(
        "passage",
        pl.col("start").cast(pl.Int64).alias("char_start"),
        pl.col("end").cast(pl.Int64).alias("char_end"),
        cut(pl.col("text"), pl.col("byte_start"), pl.col("byte_end")),
    )


def _word_classes(words: pl.DataFrame) -> tuple[Index, dict[str, Mask]]:
    """Words → for each its class, and for each feature of lexicon or shape which classes have it."""
    shapes = words.select(pl.col("form").str.contains(regex).alias(name) for name, regex in SHAPES.items())
    shape = packed([mask.to_numpy() for mask in shapes.iter_columns()])
    signs, of_sign = _signs()
    sign = look_up(words["form"], signs)
    # A capitalised word bears the features of its entry in lower case, and of one that is written just so.
    numbers, of_entry = entries()
    lower, own = (look_up(words[by], numbers) for by in ("key", "form"))
    cls, example = dense(lower)
    for other in (own, sign, shape):
        cls, example = dense(cls * (int(other.max(initial=0)) + 1) + other)
    known = {name: np.zeros(len(example), np.bool_) for name in declared()}
    table = np.stack([*of_entry.values()])
    known |= zip(of_entry, table[:, lower[example]] | table[:, own[example]], strict=True)
    known |= {name: has[sign[example]] for name, has in of_sign.items()}
    return cls, known | {name: shapes[name].to_numpy()[example] for name in SHAPES}


@cache
def _signs() -> tuple[pl.DataFrame, dict[str, Mask]]:
    """The forms of signs with their numbers from 1, and for each feature which numbers have it."""
    forms = sorted({form for forms in SIGNS.values() for form in forms})
    numbers = pl.DataFrame({"form": forms, "number": np.arange(1, len(forms) + 1)})
    return numbers, {name: np.array([False, *(form in having for form in forms)]) for name, having in SIGNS.items()}


def _starts(group: Index) -> Index:
    """Where a new group begins, in numbers that stay equal within one."""
    begins = np.ones(len(group), np.bool_)
    np.not_equal(group[1:], group[:-1], out=begins[1:])
    return np.flatnonzero(begins)
