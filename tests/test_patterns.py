"""Patterns: features in braces, regex signs between them, and named groups side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tasks.grammar.patterns import Alphabet, Mask, PatternError, Rule, holds

#: Four classes: a noun, a noun of time, an adjective, a word that is both noun and adjective.
FEATURES: dict[str, Mask] = {
    "noun": np.array([True, True, False, True]),
    "time": np.array([False, True, False, False]),
    "adj": np.array([False, False, True, True]),
    "none": np.zeros(4, np.bool_),
}


def matches(pattern: str, classes: str) -> list[str]:
    """The runs of classes (digits) that a pattern matches."""
    rule = Rule("rule", pattern)
    alphabet = Alphabet.of([rule], FEATURES, 4)
    letters = [bytes(alphabet.letters[int(digit)]).decode() for digit in classes]
    regex = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: f"\\u{int(m[1], 16):04x}", rule.regex(alphabet.characters))
    return [classes[m.start() : m.end()] for m in re.finditer(regex, "".join(letters)) if m.end() > m.start()]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("noun", [1, 1, 0, 1]),
        ("!noun", [0, 0, 1, 0]),
        ("noun & adj", [0, 0, 0, 1]),
        ("noun & !time", [1, 0, 0, 1]),
        ("noun & !time|adj", [1, 0, 1, 1]),
        ("time | adj & !noun", [0, 1, 1, 0]),
        ("none", [0, 0, 0, 0]),
        ("!none", [1, 1, 1, 1]),
        (".", [1, 1, 1, 1]),
    ],
)
def test_features_combine(expression: str, expected: list[int]) -> None:
    assert holds(expression, FEATURES, 4).tolist() == [bool(flag) for flag in expected]


@pytest.mark.parametrize(
    ("pattern", "classes", "expected"),
    [
        ("{noun}", "0123", ["0", "1", "3"]),
        ("{adj}* {noun & !time}", "22011230", ["220", "230"]),
        ("{adj}{2}", "2222", ["22", "22"]),
        ("{adj}{2,3}", "22222", ["222", "22"]),
        ("{adj}{2,}", "022220", ["2222"]),
        ("({adj}|{time})+", "0121", ["121"]),
        ("(?:{time}{adj}|{time})", "1211", ["12", "1", "1"]),
        ("{.}{adj}", "0212", ["02", "12"]),
        ("{none}", "0123", []),
        ("(?P<a>({adj})+)(?P<b>{time})", "221", ["221"]),
    ],
)
def test_patterns_match(pattern: str, classes: str, expected: list[str]) -> None:
    assert matches(pattern, classes) == expected


def test_parts_are_named_groups_and_what_is_between() -> None:
    rule = Rule("rule", "{adj}(?P<a>{noun}|{time}){adj}{2}(?P<b>({noun}{adj})*)?(?P<c>{noun})")
    assert rule.parts == (
        (None, "{adj}"),
        ("a", "(?:{noun}|{time})"),
        (None, "{adj}{2}"),
        ("b", "(?:({noun}{adj})*)?"),
        ("c", "(?:{noun})"),
    )
    assert rule.groups == ("a", "b", "c")
    assert rule.id == "rule@1"
    assert rule.expressions == {"adj", "noun", "time"}


def test_a_plain_group_is_no_part() -> None:
    rule = Rule("rule", "(?P<a>({adj})({noun})?)(?P<b>{time})")
    assert re.compile(rule.regex({"adj": "a", "noun": "n", "time": "t"})).groups == len(rule.parts)


@pytest.mark.parametrize("pattern", ["((?P<a>{noun}))", "(?:(?P<a>{noun}){adj})*", "(?P<a>{noun}(?P<b>{adj}))"])
def test_a_nested_named_group_is_an_error(pattern: str) -> None:
    with pytest.raises(PatternError, match="inside a group"):
        _ = Rule("rule", pattern).parts


@pytest.mark.parametrize("pattern", ["(?P<a>{noun})|{adj}", "{adj}|(?P<a>{noun})"])
def test_alternatives_of_named_groups_are_an_error(pattern: str) -> None:
    with pytest.raises(PatternError, match="side by side"):
        _ = Rule("rule", pattern).parts


def test_alternatives_inside_braces_are_none() -> None:
    assert Rule("rule", "(?P<a>{noun|time}){adj|noun}").groups == ("a",)


@pytest.mark.parametrize("expression", ["verb", "noun & verb", "!verb", "noun|", "", "noun & "])
def test_an_unknown_feature_is_an_error(expression: str) -> None:
    with pytest.raises(PatternError, match="unknown feature"):
        Alphabet.of([Rule("rule", f"{{{expression}}}")], FEATURES, 4)


def test_more_classes_than_ascii_has_letters() -> None:
    bits = 8
    features = {f"f{i}": (np.arange(256) >> i & 1).astype(np.bool_) for i in range(bits)}
    rules = [Rule(name, f"{{{name}}}") for name in features]
    alphabet = Alphabet.of(rules, features, 256)
    letters = {bytes(row).decode() for row in alphabet.letters}
    assert (alphabet.width, len(letters)) == (2, 256)


def test_too_many_classes_are_an_error() -> None:
    features = {f"f{i}": (np.arange(2048) >> i & 1).astype(np.bool_) for i in range(11)}
    with pytest.raises(PatternError, match="2048 combinations"):
        Alphabet.of([Rule(name, f"{{{name}}}") for name in features], features, 2048)


def test_classes_that_no_rule_tells_apart_share_a_letter() -> None:
    alphabet = Alphabet.of([Rule("rule", "{time}")], FEATURES, 4)
    assert len({bytes(row) for row in alphabet.letters}) == 2


@pytest.mark.parametrize(
    ("pattern", "required"),
    [
        ("{noun}{adj}?", [["noun"]]),
        ("(?P<a>{noun}{time}|{adj})", [["adj", "noun"], ["adj", "time"]]),
        ("(?:{noun}{time}|{time}){adj}{0,2}", [["time"]]),
        ("{noun}(?:{adj}|{time})*", [["noun"]]),
        ("(?:{noun}|$){adj}{1,2}", [["adj"]]),
        ("{noun}|{time}", [["noun", "time"]]),
    ],
)
def test_of_alternatives_one_or_another_is_required(pattern: str, required: list[list[str]]) -> None:
    assert sorted(sorted(either) for either in Rule("rule", pattern).required) == required
