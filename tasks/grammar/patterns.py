"""Patterns: rules over word classes → regexes over class strings, in which one character is one unit.

A pattern is a regex whose letters are features in braces: ``{quantifier}? {number} ({adjective}|{noun})* {noun}``. Inside braces
``|``, ``&`` and ``!`` combine features (``{noun & !time_unit}``), and ``{.}`` is any unit; white space is free; every other sign is the
regex's own. Named groups stand side by side, never inside another group, so that one pass tells where each of them lies. The regex engine takes the first alternative that fits and looks neither ahead nor behind: order alternatives
longest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import and_, or_

import numpy as np
import numpy.typing as npt

from tasks.grammar.spans import combined

Mask = npt.NDArray[np.bool_]
#: An expression in braces; a repetition is none.
_EXPRESSION = re.compile(r"\{(?!\s*\d+(?:,\d*)?\s*\})([^{}]*)\}")
_BRACKETS = re.compile(r"[()]")
_REPEAT = re.compile(r"\d+(,\d*)?")
_NAMED = re.compile(r"\(\?P<(\w+)>(.*)\)(\??)", re.DOTALL)
#: A plain group: it must not count among the groups that tell where the parts lie.
_PLAIN = re.compile(r"(?<!\\)\((?!\?)")
_OPTIONAL = re.compile(r"\s*(?:[?*]|\{0)")
_PREFIX = re.compile(r"^\?(?:P<\w+>|:)")
_ANY = "."


class PatternError(ValueError):
    """A rule that names a feature that no lexicon and no tag gives, or that is malformed."""


@dataclass(frozen=True)
class Rule:
    """A named pattern; ``version`` goes up when what it matches changes."""

    name: str
    pattern: str
    version: int = 1

    @property
    def id(self) -> str:
        """What stands in ``rule_id``."""
        return f"{self.name}@{self.version}"

    @cached_property
    def expressions(self) -> frozenset[str]:
        """The feature expressions between braces."""
        return frozenset(e.strip() for e in _EXPRESSION.findall(self.pattern))

    @cached_property
    def required(self) -> frozenset[frozenset[str]]:
        """Sets of expressions, of each of which every match holds a unit that satisfies one: a group without need not be searched."""
        return _required(self.pattern)

    @cached_property
    def parts(self) -> tuple[tuple[str | None, str], ...]:
        """The pattern cut into its named groups and what stands between them: (name or None, sub-pattern), in order."""
        parts: list[tuple[str | None, str]] = []
        for piece in _top_level(self.pattern):
            named = _NAMED.fullmatch(piece)
            parts.append((named[1], f"(?:{named[2]}){named[3]}") if named else (None, piece))
        return tuple(parts)

    @property
    def groups(self) -> tuple[str, ...]:
        """The named groups, in order."""
        return tuple(name for name, _ in self.parts if name)

    def regex(self, characters: Mapping[str, str]) -> str:
        """The pattern as a regex over class strings, each part a group if there are several; ``characters``: each expression's set, without brackets."""
        regexes = ["".join([f"[{characters[piece]}]" if i % 2 else piece for i, piece in enumerate(part)]) for part in self._pieces]
        return "".join(f"({regex})" for regex in regexes) if len(regexes) > 1 else regexes[0]

    @cached_property
    def _pieces(self) -> list[list[str]]:
        """For each part in turn what stands in its regex as it is, and an expression."""
        parts = (_EXPRESSION.split(_PLAIN.sub("(?:", part)) for _, part in self.parts)
        return [[piece.strip() if i % 2 else "".join(piece.split()) for i, piece in enumerate(part)] for part in parts]


def _required(pattern: str) -> frozenset[frozenset[str]]:
    """Sets of expressions, of each of which every match holds one: what may be left out asks for nothing."""
    branches: list[set[frozenset[str]]] = [set()]
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "|":
            branches.append(set())
        end = pattern.index("}", position) if character == "{" else _closing(pattern, position) if character == "(" else position
        inner = pattern[position + 1 : end].strip()
        if end > position and not _OPTIONAL.match(pattern, end + 1):
            if character == "(":
                branches[-1] |= _required(_PREFIX.sub("", inner))
            elif not _REPEAT.fullmatch(inner):
                branches[-1].add(frozenset([inner]))
        position = end + 1
    return frozenset(reduce(_either, branches))


def _either(these: Iterable[frozenset[str]], those: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    """What is required where one or the other is, without what something narrower says already."""
    required = {this | that for this in these for that in those}
    return {one for one in required if not any(other < one for other in required)}


def _closing(pattern: str, position: int) -> int:
    """Where the group that opens at ``position`` closes."""
    depth = 0
    for bracket in _BRACKETS.finditer(pattern, position):
        depth += 1 if bracket[0] == "(" else -1
        if not depth:
            return bracket.start()
    raise PatternError(f"a group that does not close: {pattern[position : position + 40]}")


def _top_level(pattern: str) -> list[str]:
    """The pattern cut before and behind each named group; one inside another group is an error."""
    pieces, depth, begin, opened = [], 0, 0, False
    for i, character in enumerate(pattern):
        if character == "(":
            if pattern.startswith("(?P<", i):
                if depth:
                    raise PatternError(f"a named group inside a group: {pattern[i : i + 20]}")
                pieces.append(pattern[begin:i])
                begin, opened = i, True
            depth += 1
        elif character == "|" and not depth and not _in_braces(pattern, i) and "(?P<" in pattern:
            raise PatternError(f"named groups stand side by side, not in alternatives: {pattern}")
        elif character == ")":
            depth -= 1
            if depth == 0 and opened:
                end = i + 1 + pattern.startswith("?", i + 1)
                pieces.append(pattern[begin:end])
                begin, opened = end, False
    return [piece for piece in [*pieces, pattern[begin:]] if piece.strip()]


def _in_braces(pattern: str, position: int) -> bool:
    return pattern.rfind("{", 0, position) > pattern.rfind("}", 0, position)


def named(rules: Iterable[Rule], *expressions: str) -> frozenset[str]:
    """The features that rules and expressions ask for."""
    asked = {*expressions}.union(*(rule.expressions for rule in rules)) - {_ANY}
    return frozenset(term.strip(" !") for expression in asked for term in re.split("[|&]", expression))


@dataclass(frozen=True)
class Alphabet:
    """The class string's letters for one grammar: classes that no rule tells apart share a letter.

    ``letters``: for each class its letter, as the bytes of UTF-8 in ``width`` columns; for each expression ``masks``: which classes satisfy
    it, and ``characters``: its set of letters.
    """

    letters: npt.NDArray[np.uint8]
    width: int
    masks: dict[str, Mask]
    characters: dict[str, str]

    @classmethod
    def of(cls, rules: Sequence[Rule], features: Mapping[str, Mask], classes: int) -> Alphabet:
        """The smallest alphabet in which ``rules`` can be asked; ``features``: for each feature, which classes have it."""
        expressions = sorted({e for rule in rules for e in rule.expressions})
        masks = {e: holds(e, features, classes) for e in expressions}
        letter, example = combined([*masks.values()])
        codes, width = _codes(len(example))
        characters = {e: _ranges(codes[i] for i in np.flatnonzero(mask[example])) or r"\x{0}" for e, mask in masks.items()}
        encoded = np.array([list(chr(code).encode()) for code in codes], np.uint8)
        return cls(encoded[letter], width, masks, characters)


def _codes(count: int) -> tuple[list[int], int]:
    """Code points of ``count`` letters that all take the same number of bytes, above the first ones, which are left for marks."""
    if count <= 0x7C:
        return list(range(0x04, 0x04 + count)), 1
    if count <= 0x780:
        return list(range(0x80, 0x80 + count)), 2
    raise PatternError(f"{count} combinations of features: split the grammar")


def _ranges(codes: Iterable[int]) -> str:
    """Ascending code points as what stands in a regex's brackets."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][-1] + 1:
            runs[-1][1:] = [code]
        else:
            runs.append([code])
    return "".join("-".join(rf"\x{{{code:x}}}" for code in run) for run in runs)


def holds(expression: str, features: Mapping[str, Mask], classes: int) -> Mask:
    """Which of the classes satisfy an expression such as ``noun & !time_unit``; ``|`` binds weakest, ``!`` strongest."""
    if expression == _ANY:
        return np.ones(classes, np.bool_)
    try:
        return reduce(or_, (reduce(and_, (features[name] ^ denied for name, denied in all_of)) for all_of in _terms(expression)))
    except KeyError as error:
        raise PatternError(f"unknown feature {error} in {expression!r}") from error


@cache
def _terms(expression: str) -> list[list[tuple[str, bool]]]:
    """The conjunctions of an expression: features, and whether each is denied."""
    return [[(term.strip().lstrip("!"), "!" in term) for term in part.split("&")] for part in expression.split("|")]
