"""Toponyms: which runs of tokens that are names of the gazetteer stand for places, and not for persons, organisations or words."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.places import DIRECTIONS, candidates, leads_on
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask, holds
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index

#: What is asked of the tokens of a run and beside it, by class.
_ASKED = {
    "name": "capital & PROPN & !demonym & !role|capital & NOUN & !demonym & !role|capital & ADJ & !demonym & !role",
    "part": "capital & !demonym",
    "proper": "PROPN",
    "place": "LOC",
    "person": "PER",
    "organisation": "ORG",
    "title": "role & capital",
    "hyphen": "hyphen & !spaced",
    "spaced": "spaced",
    "acronym": "acronym",
    "money": "currency:symbol",
}
_PLACING = "in at near from to of into outside inside around across toward towards throughout between through via".split()
_WITH_CAPITAL = ["metro", "greater", "downtown", "former", "historic", *DIRECTIONS]
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
    elsewhere = (sure & (pl.col("is_place") | pl.col("is_held"))).any().over("document", "name")
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
    """Candidates with what speaks for and against a place, in Boolean columns, and their ``document``.

    ``is_place``, ``is_person``, ``is_organisation``, ``is_proper``: so tagged · ``is_alone``: a whole name by itself · ``goes_on``: it begins
    a longer one that is none of a place · ``is_placed``: a word such as "in" stands before · ``is_listed``: another candidate stands beside
    it · ``is_held``: the place that it lies in stands behind · ``is_titled``: a title or role stands before · ``is_given``: a first name ·
    ``is_surname``: it ends a longer name of a person in the document.
    """
    beside = _beside(reading, found)
    rows = pl.concat([found, beside.select(_places_and_persons()), beside.select(_limits())], how="horizontal")
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"])).cast(pl.Int64)
    form = reading.words["form"].gather(reading.tokens["word"].gather(found["last"]))
    is_word = found["first"] == found["last"]
    is_demonym = is_word & form.is_in(_demonyms()) & ~found["has_country"]
    is_shouted = is_word & beside["acronym0"] & ~found["is_acronym"] & (form.str.len_chars() <= _SHORT) & beside["key-1"].is_not_null()
    is_whole = ~(pl.col("is_joined") | is_demonym | is_shouted)
    return rows.with_columns(
        document.alias("document"),
        (is_whole & ~pl.col("is_followed")).alias("is_alone"),
        (is_whole & pl.col("is_followed") & ~pl.col("is_part")).alias("goes_on"),
        (is_word & form.is_in(table("given_names")["name"].to_list())).alias("is_given"),
        pl.Series("is_held", _held(reading, found), dtype=pl.Boolean),
    ).with_columns((pl.col("is_person") & pl.col("is_continued")).any().over("document", "name").alias("is_surname"))


@cached
def _demonyms() -> list[str]:
    return table("demonyms")["form"].to_list()


@cached
def _bodies() -> list[str]:
    return (
        table("organisation_nouns")
        .select(pl.concat_list("noun", "plural").explode().drop_nulls().str.to_lowercase().unique())
        .to_series()
        .to_list()
    )


def _beside(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """What stands around each run: for the offsets -2 to 2 (0: its last token) ``key``, ``known`` (another candidate's) and those of _ASKED.

    Beyond the sentence there is nothing: ``key`` is null and all else false.
    """
    level = reading.level
    sentence, word = reading.tokens["sentence"].to_numpy(), reading.tokens["word"].to_numpy()
    first, last = found["first"].to_numpy(), found["last"].to_numpy()
    known = np.zeros(len(word), np.bool_)
    known[first] = known[last] = True
    columns = [pl.Series("first_spaced", level.has("spaced")[level.unit(found["first"])])]
    for offset in range(-2, 3):
        token = (first if offset < 0 else last) + offset
        at = token.clip(0, max(len(word) - 1, 0))
        there = (token == at) & (sentence[at] == sentence[first])
        cls = level.cls[np.searchsorted(level.last, at)]
        masks = {"known": known[at], **{name: holds(asked, level.features, level.classes)[cls] for name, asked in _ASKED.items()}}
        columns += [pl.Series(f"{name}{offset}", mask & there) for name, mask in masks.items()]
        key = reading.words["key"].gather(word[at]).to_frame("key").with_columns(pl.Series("there", there))
        columns.append(key.select(pl.when("there").then("key").alias(f"key{offset}")).to_series())
    return pl.DataFrame(columns)


def _places_and_persons() -> list[pl.Expr]:
    """Tags, and the words around that go with places or persons."""
    # "Rep. Smith, D-Fairfield"
    party = pl.col("hyphen-1") & (pl.col("acronym-2") | (pl.col("key-2").str.len_chars() == 1)) & _is("key1", [",", ")"])
    article = _is("key-1", ["the", "-", "nearby", "downtown", *DIRECTIONS]) & _is("key-2", _PLACING)
    listed = [_is(f"key{side}", [",", "and"]) & pl.col(f"known{2 * side}") for side in (-1, 1)]
    return [
        pl.col("place0").alias("is_place"),
        pl.col("person0").alias("is_person"),
        pl.col("organisation0").alias("is_organisation"),
        pl.col("proper0").alias("is_proper"),
        (_is("key-1", _PLACING) | article | party).alias("is_placed"),
        pl.any_horizontal(listed).alias("is_listed"),
        pl.col("title-1").alias("is_titled"),
    ]


def _limits() -> list[pl.Expr]:
    """``is_joined``: the run is not the beginning of its name · ``is_followed``: nor the end · ``is_part``: of the name of a lesser place."""
    continued = pl.col("name-1") & ~_is("key-1", _WITH_CAPITAL)
    is_letter = pl.col("acronym-2") | (pl.col("key-2").str.len_chars() == 1)
    tied = pl.col("hyphen-1") & ~pl.col("first_spaced") & pl.col("key-2").is_not_null() & ~pl.col("known-2") & ~is_letter
    ties = pl.col("hyphen1") & pl.col("part2") & ~pl.col("spaced2") & ~pl.col("known2")
    of_body = _is("key-1", ["of", "for"]) & pl.col("part-2") & _is("key-2", _bodies())
    return [
        continued.alias("is_continued"),
        (continued | tied | ties | of_body | pl.col("money1")).alias("is_joined"),
        pl.col("name1").alias("is_followed"),
        (pl.col("place1") & pl.col("part1") | _is("key1", table("place_nouns")["noun"].to_list())).alias("is_part"),
    ]


def _is(column: str, words: list[str]) -> pl.Expr:
    return pl.col(column).is_in(words).fill_null(False)


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
