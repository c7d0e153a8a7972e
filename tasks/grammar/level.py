"""Levels of the cascade: a sequence of units with classes, in which a grammar is found, and which spans reduce to a shorter one.

The lowest level's units are tokens. A grammar's matches become spans; ``reduce`` makes each span one unit with a class of its own, and
the next grammar runs over what results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from tasks.grammar.patterns import Alphabet, Mask, Rule, holds
from tasks.grammar.spans import BITS, Index, combined, dense, numbered, packed, runs

#: What is put behind each string, and around and between the parts of a match; no unit has a letter so low.
_END, _OPEN, _NEXT, _CLOSE = "\x00", "\x01", "\x02", "\x03"

#: One place in so many is searched for; for more it costs less to go through all of them.
_SEARCHED = 32
_Name = TypeVar("_Name")
#: All units.
_ALL = slice(None)
#: Units to a token from which on tokens are searched for among them, and no table is made.
_SEARCHED = 16
#: Rules that are not worth an alphabet of their own.
_FEW = 16


@dataclass(frozen=True)
class Level:
    """Units in text order.

    ``first``, ``last``: for each unit its tokens. ``cls``: for each unit its class. ``features``: for each feature, which classes have
    it. ``begin``, ``end``: for each group (sentence or passage) in which patterns are looked for, its first unit and the one behind it.
    """

    first: Index
    last: Index
    cls: Index
    features: Mapping[str, Mask]
    begin: Index
    end: Index

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(next(iter(self.features.values())))

    def has(self, feature: str, unit: Index | slice = _ALL) -> Mask:
        """Which units (those numbered ``unit``) have a feature."""
        mask: Mask = self.features[feature][self.cls[unit]]
        return mask

    def holds(self, expression: str, unit: Index | slice = _ALL) -> Mask:
        """Which units (those numbered ``unit``) are of the class ``expression``."""
        mask: Mask = holds(expression, self.features, self.classes)[self.cls[unit]]
        return mask

    def unit(self, tokens: pl.Series) -> Index:
        """The unit that each token belongs to; ``tokens`` has no null."""
        unit: Index = tokens.to_numpy()
        if self.last[-1:].sum() == len(self.last) - 1:  # units that number the tokens from 0 are what they are made of
            return unit
        if "_unit_of" not in vars(self) and len(unit) * _SEARCHED < len(self.last):
            return np.searchsorted(self.last, unit)
        return self._unit_of[unit].astype(np.int64)

    @cached_property
    def _unit_of(self) -> Index:
        """For each token its unit: a table costs less than searching time and again."""
        ends = np.zeros(int(self.last[-1:].sum()) + 2, np.int32)
        ends[self.last + 1] = 1
        return np.cumsum(ends, out=ends)

    def grouped(self, token_starts: Index) -> Level:
        """The same units in other groups, that begin with the tokens ``token_starts`` and follow on each other."""
        begin = np.searchsorted(self.first, token_starts)
        return replace(self, begin=begin, end=np.append(begin, len(self.first))[1:])

    def where(self, expression: str) -> Level:
        """The same units, but only the groups that hold one of the class ``expression``: a cheap test before costly patterns."""
        return self.holding(self.holds(expression))

    def holding(self, unit: Mask) -> Level:
        """The same units, but only the groups that hold one for which ``unit`` is true."""
        return self.among(self.hold(unit))

    def hold(self, unit: Mask) -> Mask:
        """Which groups hold a unit for which ``unit`` is true."""
        if np.count_nonzero(unit) * _SEARCHED < len(unit):
            held = np.zeros(len(self.begin) + 1, np.bool_)
            held[self.group(np.flatnonzero(unit))] = True
            return held[:-1]
        return self._any(unit.view(np.uint8)) > 0

    def among(self, group: Mask) -> Level:
        """The same units, but only the groups for which ``group`` is true."""
        return replace(self, begin=self.begin[group], end=self.end[group])

    def only(self, unit: Mask) -> Level:
        """The same groups with only the units for which ``unit`` is true."""
        return self._of(np.flatnonzero(unit))

    def _of(self, kept: Index) -> Level:
        """The same groups with only the units numbered ``kept``, in their order."""
        begin = np.searchsorted(kept, self.begin)
        end = np.append(begin, len(kept))[1:] if self._is_whole else np.searchsorted(kept, self.end)
        return Level(self.first[kept], self.last[kept], self.cls[kept], self.features, begin, end)

    @property
    def _is_whole(self) -> bool:
        """Whether all units belong to a group."""
        return np.array_equal(self.begin, np.append(0, self.end)[:-1]) and self.end[-1:].sum() == len(self.first)

    def narrowed(self, names: Iterable[str]) -> Level:
        """The same groups without the units between them, and of the features only ``names``: classes that those do not tell apart are one.

        Worth it before a cascade: what runs on a level costs by its units, classes and features.
        """
        kept = self._alone()
        known = {name: self.features[name] for name in sorted(set(names)) if name in self.features}
        cls, example = combined([*known.values()])
        return replace(kept, cls=cls[kept.cls], features={name: mask[example] for name, mask in known.items()})

    def around(self, tokens: pl.Series) -> Level:
        """The same units, but only the groups that hold one of ``tokens``."""
        return self.around_units(self.unit(tokens.drop_nulls()))

    def around_units(self, unit: Index) -> Level:
        """The same units, but only the groups that hold one of those numbered ``unit``."""
        held = np.zeros(len(self.begin) + 1, np.bool_)
        held[self.group(unit)] = True
        return self.among(held[:-1])

    def group(self, unit: Index) -> Index:
        """The group that each of the units numbered ``unit`` belongs to, -1 where none."""
        group = np.searchsorted(self.begin, unit, side="right") - 1
        return np.where(unit < np.append(self.end, 0)[group], group, -1)

    def begins(self, unit: Index) -> Mask:
        """Which of the units numbered ``unit`` are the first of their group."""
        begins: Mask = np.append(self.begin, -1)[np.searchsorted(self.begin, unit)] == unit
        return begins

    def between(self, expression: str, unit: Index, behind: Index) -> Mask:
        """Whether any of the units from ``unit`` up to the one before ``behind`` is of the class ``expression``."""
        there = np.append(np.flatnonzero(self.holds(expression)), len(self.cls))
        return there[np.searchsorted(there, unit)] < behind

    def find(self, rules: Sequence[Rule], few: int = _FEW) -> pl.DataFrame:
        """All matches of each rule: ``rule`` (its index), ``first``, ``last`` (tokens, inclusive), and so for each named group.

        A group ``g`` gives ``g_first``, ``g_last``, both null where it matched nothing. Matches of one rule do not overlap.
        """
        if not len(self.begin):
            return self._located(rules, [np.zeros((0, 1), np.int64)] * len(rules))
        level = self._compact()
        alphabet = Alphabet.of(rules, level.features, level.classes)
        if alphabet.width > 1 and len(rules) > few:  # two small alphabets are faster than one whose letters take two bytes
            half = len(rules) // 2
            parts = (level.find(rules[:half], few), level.find(rules[half:], few).with_columns(pl.col("rule") + half))
            return pl.concat(parts, how="diagonal")
        # A rule is looked for in the groups that hold all that it requires.
        asked = {either for rule in rules for either in rule.required}
        held = level._holding({either: np.logical_or.reduce([alphabet.masks[e] for e in either]) for either in asked})
        all_groups = np.ones(len(level.begin), np.bool_)
        groups = [np.flatnonzero(np.logical_and.reduce([all_groups, *(held[either] for either in rule.required)])) for rule in rules]
        strings = level._strings(alphabet)
        marked = [
            _marked(strings[group], rule.regex(alphabet.characters), len(rule.parts))
            for group, rule in zip(groups, rules, strict=True)
            if len(group)  # else the regex would be compiled for nothing
        ]
        text = pl.select(pl.concat_str([*marked, pl.lit("")], separator=_END).cast(pl.Binary)).item()
        return level._located(rules, _cuts(rules, text, [level.begin[group] for group in groups], alphabet.width))

    def _compact(self) -> Level:
        """The groups alone, if they hold but few of the units."""
        return self if (self.end - self.begin).sum() > len(self.cls) // 2 else self._alone()

    def _alone(self) -> Level:
        """The same groups without the units between them."""
        sizes = self.end - self.begin
        kept, end = runs(self.begin, sizes), np.cumsum(sizes)
        return Level(self.first[kept], self.last[kept], self.cls[kept], self.features, end - sizes, end)

    def _holding(self, masks: Mapping[_Name, Mask]) -> dict[_Name, Mask]:
        """For each of the masks (which classes) by name: which groups hold a unit of such a class."""
        held: dict[_Name, Mask] = {}
        for begin in range(0, len(masks), BITS):
            some = dict(islice(masks.items(), begin, begin + BITS))
            bits = packed([*some.values()]).astype(np.min_scalar_type((1 << len(some)) - 1))
            code = self._any(bits.take(self.cls, mode="clip"))
            held |= {name: (code >> i) & 1 > 0 for i, name in enumerate(some)}
        return held

    def _any(self, code: Index) -> Index:
        """The bits that any of a group's units has, for each group."""
        edges = np.column_stack([self.begin, self.end]).ravel()
        found: Index = np.bitwise_or.reduceat(np.append(code, code.dtype.type(0)), edges)[::2] * (self.end > self.begin)
        return found

    def _strings(self, alphabet: Alphabet) -> pl.Series:
        """One class string a group."""
        line = alphabet.letters.take(self.cls, axis=0, mode="clip")
        # Groups and what stands between them take turns.
        edges = np.append(np.column_stack([self.begin, self.end]), len(self.cls)) * alphabet.width
        strings = pa.LargeStringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(line))
        return pl.Series(strings)[np.arange(0, 2 * len(self.begin), 2)]

    def _located(self, rules: Sequence[Rule], cuts: Sequence[Index]) -> pl.DataFrame:
        """The tokens of each match and of its named groups, from the units that each rule's matches are cut at (a row a match)."""
        sizes = [len(cut) for cut in cuts]
        prefixes = dict.fromkeys(["", *(f"{name}_" for rule in rules for name in rule.groups)])
        columns = {prefix + edge: np.full(sum(sizes), -1) for prefix in prefixes for edge in ("first", "last")}
        end = 0
        for rule, cut, size in zip(rules, cuts, sizes, strict=True):
            begin, end = end, end + size
            edges = {"": (0, -1)} | {f"{name}_": (i, i + 1) for i, (name, _) in enumerate(rule.parts) if name}
            for prefix, (left, right) in edges.items() if size else ():
                first, last = cut[:, left], cut[:, right] - 1
                there = _ALL if (first <= last).all() else np.flatnonzero(first <= last)
                columns[f"{prefix}first"][begin:end][there] = self.first[first[there]]
                columns[f"{prefix}last"][begin:end][there] = self.last[last[there]]
        of_rule = pl.Series("rule", np.repeat(np.arange(len(rules)), sizes))
        return pl.DataFrame([of_rule, *(numbered(column, column >= 0).alias(name) for name, column in columns.items())])

    def reduce(self, spans: pl.DataFrame, features: Mapping[str, pl.Series], *, keep: bool | Mask = False) -> Level:
        """A shorter level, in which each span is one unit.

        ``spans``: ``first``, ``last`` (tokens), sorted, free of overlaps, each made of whole units of one group. ``features``: for each
        feature, which spans have it; features that were unknown are added. With ``keep`` a span (or those for which it is true) also has the
        features of its last unit.
        """
        masks = {name: mask.to_numpy() for name, mask in features.items()}
        kind, example = combined([*masks.values()])
        return self.reduced(spans, kind, {name: mask[example] for name, mask in masks.items()}, keep=keep)

    def reduced(self, spans: pl.DataFrame, kind: Index, features: Mapping[str, Mask], *, keep: bool | Mask = False) -> Level:
        """What :meth:`reduce` gives, where ``kind`` is a number for each span, and ``features`` tell which kinds have them."""
        begin, end = self.unit(spans["first"]), self.unit(spans["last"])
        begin = begin + (self.first[begin] < spans["first"].to_numpy())  # of a unit that a span begins within, nothing is taken
        absorbed = end - begin
        stays = np.ones(len(self.first), np.bool_)
        stays[runs(begin + 1, absorbed)] = False
        level = self._of(np.flatnonzero(stays))
        # Of the units before a span, those are gone that the spans before it took in.
        now = begin - (np.cumsum(absorbed) - absorbed)
        cls, known = self._classes_of(self.cls[end], kind, features, keep)
        level.last[now], level.cls[now] = self.last[end], cls
        return replace(level, features=known)

    def _classes_of(self, old: Index, kind: Index, features: Mapping[str, Mask], keep: bool | Mask) -> tuple[Index, dict[str, Mask]]:
        """A class for each span, new where need be, and the features of all classes."""
        cls, example = dense((old + 1) * keep * (int(kind.max(initial=0)) + 1) + kind)
        names = list(dict.fromkeys((*self.features, *features)))
        nothing = np.zeros(self.classes, np.bool_)
        known = np.stack([self.features.get(name, nothing) for name in names])
        new = known[:, old[example]] & np.broadcast_to(keep, len(old))[example]
        for row, name in enumerate(names):
            if name in features:
                new[row] |= features[name][kind[example]]
        return cls + self.classes, dict(zip(names, np.concatenate([known, new], axis=1), strict=True))


def _marked(strings: pl.Series, regex: str, parts: int) -> pl.Expr:
    """The strings, one behind another, with a mark before, between and behind the parts of each match of a rule."""
    # Without groups the regex engine need not go over a match a second time.
    marks = _OPEN + (_NEXT.join(f"${{{i + 1}}}" for i in range(parts)) if parts > 1 else "${0}") + _CLOSE
    return pl.lit(strings).str.replace_all(regex, marks).str.join(_END)


def _cuts(rules: Sequence[Rule], marked: bytes, units: Sequence[Index], width: int) -> list[Index]:
    """For each rule the units that its matches are cut at: a row a match that holds any, one column more than the rule has parts.

    ``units``: for each rule the first units of the strings that it was looked for in.
    """
    text = np.frombuffer(marked, np.uint8)
    at = np.flatnonzero(text <= ord(_CLOSE))
    end = np.flatnonzero(text[at] == ord(_END))
    # What is put in takes one byte each, and units ``width``.
    at -= np.arange(len(at))
    marks = np.diff(end, prepend=-1) - 1
    unit = np.delete(at, end) + np.repeat(np.concatenate(units) * width - np.append(0, at[end])[:-1], marks)
    edges = np.append(0, np.cumsum(marks))[np.append(0, np.cumsum([*map(len, units)]))]
    unit = unit // width if width > 1 else unit
    cuts = [unit[begin:stop].reshape(-1, len(rule.parts) + 1) for rule, begin, stop in zip(rules, edges[:-1], edges[1:], strict=True)]
    holds_any = [cut[:, -1] > cut[:, 0] for cut in cuts]
    return [cut if kept.all() else cut[kept] for cut, kept in zip(cuts, holds_any, strict=True)]
