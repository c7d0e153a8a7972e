"""Toponyms: which runs of tokens that are names of the gazetteer stand for places, and not for persons, organisations or words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.places import DIRECTIONS, candidates, leads_on
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask, holds
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index

#: A word that may belong to a longer name, and one that may be part of a name.
_NAME = "capital & PROPN & !demonym & !role|capital & NOUN & !demonym & !role|capital & ADJ & !demonym & !role"
_PART = "capital & !demonym"
_HYPHEN = "hyphen & !spaced"
_PLACING = "in at near from to of into outside inside around across toward towards throughout between through via".split()
#: A place as great as this, as a power of ten of inhabitants, is known by its name alone.
_GREAT = 5.0
#: Acronyms of more letters than these are rather names in capitals.
_SHORT = 5


def mentions(reading: Reading) -> pl.DataFrame:
    """The candidates that stand for places: ``first``, ``last``, ``document``, ``is_attribute``, in text order.

    One that is an attribute stands before other words with capitals ("Ohio Department of Health"): whether all of them are one name is
    not decided here.
    """
    rows = evidence(reading, candidates(reading))
    is_plain = ~pl.col("is_ambiguous") & ~pl.col("is_given")
    is_great = pl.col("has_country") | pl.col("has_admin1") | (pl.col("size") >= _GREAT)
    is_free = ~pl.col("is_surname") & ~pl.col("is_titled")
    tagged = pl.col("is_place") & (pl.col("is_placed") | ~pl.col("is_surname"))
    known = is_plain & (pl.col("is_proper") | is_great) & is_free
    shown = ~pl.col("is_person") | pl.col("is_placed") | pl.col("is_listed") | is_great
    placed = pl.col("is_placed") & pl.col("is_proper") & is_great & ~pl.col("is_person")
    listed = pl.col("is_listed") & pl.col("has_country") & is_free
    sure = pl.col("is_alone") & (tagged | pl.col("is_held") | known & shown | placed | listed)
    # What is a place once in a document is one again.
    elsewhere = pl.col("same").is_in(pl.col("same").filter(sure & (pl.col("is_place") | pl.col("is_held"))).implode())
    again = pl.col("is_alone") & is_free & pl.col("is_proper") & (pl.col("is_placed") | ~pl.col("is_person")) & elsewhere
    attribute = (
        pl.col("goes_on") & ~pl.col("is_ambiguous") & ~pl.col("is_person") & (pl.col("is_place") | is_great & pl.col("is_organisation"))
    )
    return (
        rows.with_columns(attribute.alias("is_attribute"))
        .filter(sure | again | attribute)
        .select("first", "last", "document", "is_attribute")
    )


def evidence(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """Candidates with what speaks for and against a place, in Boolean columns, and ``document``, ``same`` (document and name as a number).

    ``is_place``, ``is_person``, ``is_organisation``, ``is_proper``: so tagged · ``is_alone``: a whole name by itself · ``goes_on``: it begins
    a longer one that is none of a place · ``is_placed``: a word such as "in" stands before · ``is_listed``: another candidate stands beside
    it · ``is_held``: the place that it lies in stands behind · ``is_titled``: a title or role stands before · ``is_given``: a first name ·
    ``is_surname``: it ends a longer name of a person in the document.
    """
    first, last = found["first"].to_numpy(), found["last"].to_numpy()
    edges = np.zeros(reading.tokens.height, np.bool_)
    edges[first] = edges[last] = True
    words = reading.words.select(_words())
    second_before, before, within, behind, second_behind = (
        _Beside.of(reading, words, edges, first if offset < 0 else last, offset) for offset in range(-2, 3)
    )
    is_word, of_document = first == last, reading.tokens["passage"].gather(found["first"])
    document = reading.passages["document"].gather(of_document).cast(pl.Int64)
    is_person, is_letter = within.has("PER"), second_before.has("acronym") | second_before.among("letter")
    is_placing, is_followed = second_before.among("placing"), behind.has(_NAME)
    # "Rep. Smith, D-Fairfield"
    party = before.has(_HYPHEN) & is_letter & behind.among("closing")
    article = before.among("article") & is_placing
    is_continued = before.has(_NAME) & ~before.among("with_capital")
    first_spaced = reading.level.has("spaced", reading.level.unit(found["first"]))
    tied = before.has(_HYPHEN) & ~first_spaced & second_before.there & ~second_before.known & ~is_letter
    ties = behind.has(_HYPHEN) & second_behind.has(_PART) & ~second_behind.has("spaced") & ~second_behind.known
    of_body = before.among("of") & second_before.has(_PART) & second_before.among("body")
    is_joined = is_continued | tied | ties | of_body | behind.has("currency:symbol")
    is_part = behind.has("LOC") & behind.has(_PART) | behind.among("place_noun")
    is_demonym = is_word & within.among("demonym") & ~found["has_country"].to_numpy()
    is_shouted = is_word & within.has("acronym") & ~found["is_acronym"].to_numpy() & within.among("short") & before.there
    is_whole = ~(is_joined | is_demonym | is_shouted)
    same = document * len(gazetteer.load().begin) + found["name"]
    surnames = same.filter(pl.Series(is_person & is_continued, dtype=pl.Boolean))
    masks = {
        "is_place": within.has("LOC"),
        "is_person": is_person,
        "is_organisation": within.has("ORG"),
        "is_proper": within.has("PROPN"),
        "is_alone": is_whole & ~is_followed,
        "goes_on": is_whole & is_followed & ~is_part,
        "is_placed": before.among("placing") | article | party,
        "is_listed": before.among("list") & second_before.known | behind.among("list") & second_behind.known,
        "is_held": _held(reading, found),
        "is_titled": before.has("role & capital"),
        "is_given": is_word & within.among("given"),
    }
    columns = [pl.Series(name, mask, dtype=pl.Boolean) for name, mask in masks.items()]
    return found.hstack([document, same.alias("same"), *columns, same.is_in(surnames.implode()).alias("is_surname")])


@cached
def _words() -> list[pl.Expr]:
    """What is asked of words, by the names under which :meth:`_Beside.among` asks it."""
    bodies = table("organisation_nouns").select(pl.concat_list("noun", "plural").explode().drop_nulls().str.to_lowercase())
    keys: dict[str, list[str] | pl.Series] = {
        "placing": _PLACING,
        "article": ["the", "-", "nearby", "downtown", *DIRECTIONS],
        "with_capital": ["metro", "greater", "downtown", "former", "historic", *DIRECTIONS],
        "closing": [",", ")"],
        "list": [",", "and"],
        "of": ["of", "for"],
        "body": bodies.to_series(),
        "place_noun": table("place_nouns")["noun"],
    }
    forms = {"demonym": table("demonyms")["form"], "given": table("given_names")["name"]}
    return [
        *(pl.col("key").is_in(pl.Series(words).implode()).alias(name) for name, words in keys.items()),
        *(pl.col("form").is_in(words.implode()).alias(name) for name, words in forms.items()),
        (pl.col("form").str.len_chars() <= _SHORT).alias("short"),
        (pl.col("key").str.len_chars() == 1).alias("letter"),
    ]


@dataclass(frozen=True)
class _Beside:
    """For each of some tokens the one at an offset from it, its class and its word.

    ``there``: whether there is one in the sentence; all else is false where not. ``known``: whether it is at the edge of a candidate.
    """

    reading: Reading
    words: pl.DataFrame
    there: Mask
    known: Mask
    cls: Index
    word: Index

    @classmethod
    def of(cls, reading: Reading, words: pl.DataFrame, edges: Mask, origin: Index, offset: int) -> _Beside:
        """``words``: what :func:`_words` says of each. ``edges``: which tokens are at the edge of a candidate. ``origin``: the tokens from which the offset counts."""
        sentence, word = reading.tokens["sentence"].to_numpy(), reading.tokens["word"].to_numpy()
        token = (origin + offset).clip(0, max(len(word) - 1, 0))
        there = (token == origin + offset) & (sentence[token] == sentence[origin])
        return cls(reading, words, there, edges[token] & there, reading.level.cls[reading.level.unit(pl.Series(token))], word[token])

    def has(self, expression: str) -> Mask:
        """Is it of a class?"""
        level = self.reading.level
        mask: Mask = holds(expression, level.features, level.classes)[self.cls] & self.there
        return mask

    def among(self, words: str) -> Mask:
        """Is it one of the words so called?"""
        mask: Mask = self.words[words].to_numpy()[self.word] & self.there
        return mask


def _held(reading: Reading, found: pl.DataFrame) -> Mask:
    """Does the name of a place behind it say where one so called lies?"""
    places = gazetteer.load()
    name = found["name"].to_numpy()
    pair: Index = np.flatnonzero(leads_on(reading, found["first"].to_numpy(), found["last"].to_numpy()))
    number, row = places.rows(name[pair])
    place = places.names["place"].to_numpy()[row]
    container = name[pair[number] + 1]
    inside = [places.is_called(level, container) & (level != place) for level in places.above[place][:, 1:].T]
    held = np.zeros(len(name), np.bool_)
    held[pair[number[np.any(inside, axis=0)]]] = True
    return held
