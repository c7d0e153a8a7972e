"""Which runs of tokens that are names of the gazetteer stand for places, and not for persons, organisations or words."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.places import candidates, leads_on
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Mask, holds
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, dense

_PARTS = "north south east west northern southern eastern western central northeast northwest southeast southwest northeastern northwestern southeastern southwestern metro greater downtown former historic upper lower".split()
_PLACING = "in at near from to into outside around across toward towards throughout between inside through via of".split()


def evidence(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """Candidates with what speaks for and against a place, a Boolean column each.

    ``is_place``, ``is_person``, ``is_organisation``: so tagged · ``goes_on``, ``is_end``: the name goes on behind or before the run ·
    ``is_placed``: a word such as "in" stands before · ``is_held``: the place that it lies in stands behind · ``is_surname``: it ends
    a longer name of a person in the document.
    """
    level, key = reading.level, reading.words["key"]
    first, last = found["first"].to_numpy(), found["last"].to_numpy()
    word, sentence = reading.tokens["word"].to_numpy(), reading.tokens["sentence"].to_numpy()
    end = max(len(word) - 1, 0)
    before, behind = np.maximum(first - 1, 0), np.minimum(last + 1, end)
    has_before = (first > 0) & (sentence[before] == sentence[first])
    has_behind = (last < end) & (sentence[behind] == sentence[last])

    def has(expression: str, token: Index) -> Mask:
        mask: Mask = holds(expression, level.features, level.classes)[level.cls[np.searchsorted(level.last, token)]]
        return mask

    def is_key(words: list[str], token: Index) -> Mask:
        mask: Mask = key.is_in(words).to_numpy()[word[token]]
        return mask

    def is_name(token: Index) -> Mask:
        return has("PROPN|NOUN|ADJ", token) & has("capital", token) & ~has("demonym", token)

    document = reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"])).to_numpy().astype(np.int64)
    person = has("PER", last)
    before2, behind2 = np.maximum(first - 2, 0), np.minimum(last + 2, end)
    has_before2 = has_before & (first > 1) & (sentence[before2] == sentence[first])
    has_behind2 = has_behind & (sentence[behind2] == sentence[last])
    named = np.zeros(len(word), np.bool_)
    named[last], named[first] = True, True
    tied = has_before2 & has("hyphen", before) & ~has("spaced", before) & ~has("spaced", first) & ~has("acronym", before2) & ~named[before2] & (reading.words["form"].str.len_chars().to_numpy()[word[before2]] > 1)
    ties = has_behind2 & has("hyphen", behind) & ~has("spaced", behind) & ~has("spaced", behind2) & has("capital", behind2) & ~has("demonym", behind2) & ~named[behind2]
    starts = has_before & is_name(before) & ~is_key(_PARTS, before)
    two = before2
    placed = has_before & (is_key(_PLACING, before) | is_key(["the", "-", "northern", "southern", "eastern", "western", "central", "nearby", "downtown"], before) & has_before2 & is_key(_PLACING, two))
    placed |= has_before2 & has("hyphen", before) & ~has("spaced", before) & (has("acronym", before2) | (reading.words["form"].str.contains(r"^\p{Lu}$").to_numpy()[word[before2]])) & has_behind & is_key([",", ")"], behind)
    given = (first == last) & reading.words["form"].is_in(table("given_names")["name"].to_list()).to_numpy()[word[first]]
    of_body = has_before2 & is_key(["of", "for"], before) & has("capital", before2) & key.is_in(_bodies()).to_numpy()[word[before2]]
    money = has_behind & has("currency:symbol", behind)
    shouted = (first == last) & has("acronym", first) & ~found["is_acronym"].to_numpy() & (reading.words["form"].str.len_chars().to_numpy()[word[first]] < 6) & has_before
    titled = has_before & has("role", before) & has("capital", before)
    listed_l = has_before2 & is_key([",", "and"], before) & named[before2]
    listed_r = has_behind2 & is_key([",", "and"], behind) & named[behind2]
    same, _ = dense(document * (len(gazetteer.load().edges) + 2) + found["name"].to_numpy())
    surname = np.bincount(same, person & starts) > 0
    return found.with_columns(
        pl.Series("document", document),
        pl.Series("is_place", has("LOC", last)),
        pl.Series("is_person", person),
        pl.Series("is_organisation", has("ORG", last)),
        pl.Series("goes_on", has_behind & is_name(behind) & ~has("role", behind)),
        pl.Series("goes_on_p", has_behind & is_name(behind) & ~has("role", behind) & has("PROPN", behind)),
        pl.Series("is_proper", has("PROPN", last) | found["is_acronym"].to_numpy()),
        pl.Series("is_tied", tied | ties),
        pl.Series("is_of_body", of_body | money | shouted),
        pl.Series("is_titled", titled),
        pl.Series("is_given", given),
        pl.Series("is_listed", listed_l | listed_r),
        pl.Series("goes_on_as_place", has_behind & (has("LOC", behind) & has("capital", behind) | is_key(table("place_nouns")["noun"].to_list(), behind))),
        pl.Series("is_end", starts & ~has("role", before)),
        pl.Series("is_placed", placed),
        pl.Series("is_held", _held(reading, found)),
        pl.Series("is_surname", surname[same] if len(same) else np.zeros(0, np.bool_)),
        pl.Series("same", same),
        pl.Series("is_demonym", _demonyms(reading, found)),
    )


def _demonyms(reading: Reading, found: pl.DataFrame) -> Mask:
    form = reading.words["form"].gather(reading.tokens["word"].gather(found["last"]))
    result: Mask = (form.is_in(table("demonyms")["form"].to_list()) & (found["first"] == found["last"]) & ~found["has_country"].fill_null(False)).to_numpy()
    return result


def _held(reading: Reading, found: pl.DataFrame) -> Mask:
    """Does the name of a place behind it say where one so called lies?"""
    places = gazetteer.load()
    node = found["name"].to_numpy()
    pair = np.flatnonzero(leads_on(reading, found["first"].to_numpy(), found["last"].to_numpy()))
    number, row = places.rows(node[pair])
    place = places.names["place"].to_numpy()[row]
    container = node[np.minimum(pair + 1, len(node) - 1)][number] if len(pair) else number
    inside = np.column_stack([places.is_called(level, container) & (level != place) for level in places.above[place][:, 1:].T]).any(axis=1)
    held = np.zeros(len(node), np.bool_)
    held[pair[number[inside]]] = True
    return held


def mentions(reading: Reading) -> pl.DataFrame:
    """The candidates that stand for places: ``first``, ``last``, ``document``, in text order."""
    rows = evidence(reading, candidates(reading))
    is_alone = ~pl.col("goes_on") & ~pl.col("is_end") & ~pl.col("is_tied") & ~pl.col("is_of_body")
    plain = ~pl.col("is_ambiguous") & ~pl.col("is_given")
    big = pl.col("has_country") | pl.col("has_admin1") | (pl.col("size") >= 5)
    known = plain & (pl.col("is_proper") | big) & ~pl.col("is_surname") & ~pl.col("is_titled")
    place = pl.col("is_place") & (pl.col("is_placed") | ~pl.col("is_surname"))
    sure = is_alone & (place | pl.col("is_held") | known & (~pl.col("is_person") | pl.col("is_placed") | pl.col("is_listed") | big) | ~pl.col("is_person") & pl.col("is_placed") & (big & pl.col("is_proper")))
    again = is_alone & ~pl.col("is_surname") & ~pl.col("is_titled") & pl.col("is_proper") & (~pl.col("is_person") | pl.col("is_placed")) & (sure & (pl.col("is_place") | pl.col("is_held"))).any().over("same")
    attribute = pl.col("goes_on") & ~pl.col("is_end") & ~pl.col("is_tied") & ~pl.col("is_of_body") & ~pl.col("goes_on_as_place") & plain & ~pl.col("is_person") & (pl.col("is_place") | big & pl.col("is_organisation"))
    rows = rows.with_columns(attribute.alias("is_attribute"))
    return rows.filter((sure | again | pl.col("is_attribute")) & ~pl.col("is_demonym")).select("first", "last", "document", "name", "is_attribute")


@cache
def _bodies() -> list[str]:
    return table("organisation_nouns").select(pl.concat_list("noun", "plural").explode().drop_nulls().str.to_lowercase().unique()).to_series().to_list()
