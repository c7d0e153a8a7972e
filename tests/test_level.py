"""Levels: what a grammar finds in them, and what spans reduce them to; against Python's regex engine and plain loops."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tests.texts import passages

#: Words of three classes and their groups (sentences).
GROUPS = st.lists(st.text("abc", max_size=8), min_size=1, max_size=6)


def level(groups: list[str]) -> Level:
    """One unit a letter, whose feature is the letter."""
    word = "".join(groups)
    index = np.arange(len(word))
    features = {letter: np.array([letter == other for other in "abc"]) for letter in "abc"}
    ends = np.cumsum([len(group) for group in groups])
    return Level(index, index, np.array(["abc".index(c) for c in word], np.int64), features, ends - [len(g) for g in groups], ends)


@pytest.mark.parametrize("pattern", ["{a}", "{a}{b}", "{a}+{b}?", "({a}|{b}{c})+", "{!a}{2}", "{a}{.}*?{c}", "{a}*"])
@settings(max_examples=60)
@given(GROUPS)
def test_find_is_the_regex_of_each_group(pattern: str, groups: list[str]) -> None:
    if not "".join(groups):
        return
    regex = pattern.replace("{!a}", "[bc]").replace("{.}", ".")
    regex = re.sub(r"\{([abc])\}", r"\1", regex)
    base, expected = 0, []
    for group in groups:
        expected += [(base + m.start(), base + m.end() - 1) for m in re.finditer(regex, group) if m.end() > m.start()]
        base += len(group)
    found = level(groups).find([Rule("rule", pattern)])
    assert sorted(found.select("first", "last").rows()) == sorted(expected)


@settings(max_examples=60)
@given(GROUPS)
def test_named_groups_partition_the_match(groups: list[str]) -> None:
    if not "".join(groups):
        return
    found = level(groups).find([Rule("rule", "(?P<x>{a}+)({b}|{c}{b})?(?P<y>{b}*)(?P<z>{c})?")])
    word = "".join(groups)
    for row in found.iter_rows(named=True):
        match = re.fullmatch("(?P<x>a+)(?:b|cb)?(?P<y>b*)(?P<z>c)?", word[row["first"] : row["last"] + 1])
        assert match
        for name in "xyz":
            start, end = match.span(name)
            expected = (row["first"] + start, row["first"] + end - 1) if end > start else (None, None)
            assert (row[f"{name}_first"], row[f"{name}_last"]) == expected


@settings(max_examples=60)
@given(GROUPS)
def test_matches_of_a_rule_do_not_overlap_nor_cross_groups(groups: list[str]) -> None:
    if not "".join(groups):
        return
    found = level(groups).find([Rule("one", "{a}{.}{0,3}"), Rule("two", "{.}{b}+")])
    owner = [number for number, group in enumerate(groups) for _ in group]
    for _, of_rule in found.group_by("rule"):
        spans = of_rule.sort("first").select("first", "last").rows()
        assert all(last < first for (_, last), (first, _) in pairwise(spans))
        assert all(owner[first] == owner[last] for first, last in spans)


@settings(max_examples=60)
@given(GROUPS, st.randoms(use_true_random=False))
def test_reduce_makes_each_span_one_unit(groups: list[str], random: object) -> None:
    if not "".join(groups):
        return
    whole = level(groups)
    spans = whole.find([Rule("rule", "{a}{b}*|{c}{c}")]).select("first", "last").sort("first")
    flags = pl.Series([i % 2 == 0 for i in range(spans.height)], dtype=pl.Boolean)
    reduced = whole.reduce(spans, {"new": flags})
    covered = [token for first, last in zip(reduced.first, reduced.last, strict=True) for token in range(first, last + 1)]
    assert covered == list(range(len(whole.first))), "units partition the tokens, in order"
    units = list(zip(reduced.first.tolist(), reduced.last.tolist(), strict=True))
    assert set(spans.rows()) <= set(units)
    assert [units[i] for i in reduced.has("new").nonzero()[0]] == [span for span, flag in zip(spans.rows(), flags, strict=True) if flag]
    for begin, end, old_begin, old_end in zip(reduced.begin, reduced.end, whole.begin, whole.end, strict=True):
        assert (end > begin) == (old_end > old_begin)
        if end > begin:
            assert (reduced.first[begin], reduced.last[end - 1]) == (old_begin, old_end - 1), "groups keep their tokens"


def test_reduce_keeps_features_of_the_last_unit_only_if_asked() -> None:
    whole = level(["abc"])
    span = pl.DataFrame({"first": [0], "last": [1]})
    new = {"new": pl.Series([True])}
    assert [whole.reduce(span, new, keep=keep).has("b").tolist() for keep in (False, True)] == [[False, False], [True, False]]
    assert whole.reduce(span, new).has("c").tolist() == [False, True]


def test_reduce_by_nothing_changes_nothing() -> None:
    whole = level(["ab", "c"])
    none = pl.DataFrame({"first": [], "last": []}, schema={"first": pl.Int64, "last": pl.Int64})
    reduced = whole.reduce(none, {"new": pl.Series([], dtype=pl.Boolean)})
    assert reduced.first.tolist() == [0, 1, 2]
    assert not reduced.has("new").any()


def test_a_second_reduction_stands_on_the_first() -> None:
    once = level(["aabb"]).reduce(pl.DataFrame({"first": [1], "last": [2]}), {"x": pl.Series([True])})
    twice = once.reduce(pl.DataFrame({"first": [0], "last": [2]}), {"y": pl.Series([True])})
    assert list(zip(twice.first.tolist(), twice.last.tolist(), strict=True)) == [(0, 2), (3, 3)]
    assert once.find([Rule("rule", "{a}{x}{b}")]).select("first", "last").rows() == [(0, 3)]


def test_groups_can_be_others() -> None:
    whole = level(["ab", "ca", "b"])
    assert whole.find([Rule("rule", "{b}{c}")]).height == 0
    assert whole.grouped(np.array([0, 3])).find([Rule("rule", "{b}{c}|{a}{b}")]).select("first", "last").rows() == [(0, 1), (3, 4)]


def test_only_groups_that_hold_a_class_are_searched() -> None:
    assert level(["ab", "b", "cb"]).where("a|c").find([Rule("rule", "{b}")])["first"].to_list() == [1, 4]
    assert level(["ab", "b", "cb"]).around(pl.Series([2, None])).find([Rule("rule", "{b}")])["first"].to_list() == [2]


def test_a_group_that_matches_nothing_is_null() -> None:
    found = level(["ab"]).find([Rule("rule", "(?P<x>{c})?(?P<y>{a})(?P<z>{c}*)")])
    assert found.select("x_first", "x_last", "y_first", "y_last", "z_first", "z_last").rows() == [(None, None, 0, 0, None, None)]


def test_a_level_without_units_has_no_match() -> None:
    empty = Reading.of(passages("", " ")).level
    assert empty.find([Rule("rule", "(?P<x>{capital})")]).rows() == []


def test_a_phrase_is_one_unit() -> None:
    reading = Reading.of(passages("They quit more than 5 towns."))
    units = reading.spans(pl.Series(reading.level.first), pl.Series(reading.level.last))["text"].to_list()
    assert units == ["They", "quit", "more than", "5", "towns", "."]


@settings(max_examples=60)
@given(GROUPS, st.sets(st.sampled_from("abc")))
def test_only_keeps_the_groups_and_their_tokens(groups: list[str], letters: set[str]) -> None:
    word = "".join(groups)
    kept = level(groups).only(np.array([letter in letters for letter in word], np.bool_))
    assert [int(token) for token in kept.first] == [i for i, letter in enumerate(word) if letter in letters]
    assert (kept.end - kept.begin).tolist() == [sum(letter in letters for letter in group) for group in groups]


@settings(max_examples=60)
@given(GROUPS)
def test_a_narrowed_level_finds_the_same(groups: list[str]) -> None:
    if "a" not in "".join(groups):
        return
    whole, rules = level(groups).where("a"), [Rule("one", "{a}{!b}*"), Rule("two", "(?P<x>{!a & !b})(?P<y>{a}+)")]
    narrowed = whole.narrowed(["a", "b"])
    assert narrowed.find(rules).equals(whole.find(rules))
    assert (len(narrowed.first), set(narrowed.features)) == (sum(len(group) for group in groups if "a" in group), {"a", "b"})
