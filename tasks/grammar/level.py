"""Levels of the cascade: a sequence of units with classes, in which a grammar is found, and which spans reduce to a shorter one.

The lowest level's units are tokens. A grammar's matches become spans; ``reduce`` makes each span one unit with a class of its own, and
the next grammar runs over what results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from tasks.grammar.patterns import Alphabet, Mask, Rule, holds
from tasks.grammar.spans import BITS, Index, combined, packed, ranges

#: What is put around and between the parts of a match; no unit has a letter so low.
_OPEN, _NEXT, _CLOSE = "\x01", "\x02", "\x03"
_MARKS = ord(_CLOSE)

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

    def has(self, feature: str) -> Mask:
        """Which units have a feature."""
        mask: Mask = self.features[feature][self.cls]
        return mask

    def holds(self, expression: str) -> Mask:
        """Which units are of the class ``expression``."""
        mask: Mask = holds(expression, self.features, self.classes)[self.cls]
        return mask

    def unit(self, tokens: pl.Series) -> Index:
        """The unit that each token belongs to; ``tokens`` has no null."""
        return np.searchsorted(self.last, tokens.to_numpy())

    def grouped(self, token_starts: Index) -> Level:
        """The same units in other groups, that begin with the tokens ``token_starts`` and follow on each other."""
        begin = np.searchsorted(self.first, token_starts)
        return replace(self, begin=begin, end=np.append(begin, len(self.first))[1:])

    def where(self, expression: str) -> Level:
        """The same units, but only the groups that hold one of the class ``expression``: a cheap test before costly patterns."""
        return self.holding(self.holds(expression))

    def holding(self, unit: Mask) -> Level:
        """The same units, but only the groups that hold one for which ``unit`` is true."""
        kept = self._any(unit.view(np.uint8)) > 0
        return replace(self, begin=self.begin[kept], end=self.end[kept])

    def only(self, unit: Mask) -> Level:
        """The same groups with only the units for which ``unit`` is true."""
        now = np.append(0, np.cumsum(unit))
        return Level(self.first[unit], self.last[unit], self.cls[unit], self.features, now[self.begin], now[self.end])

    def narrowed(self, names: Iterable[str]) -> Level:
        """The same groups without the units between them, and of the features only ``names``: classes that those do not tell apart are one.

        Worth it before a cascade: what runs on a level costs by its units, classes and features.
        """
        edges = np.bincount(self.begin, minlength=len(self.first) + 1) - np.bincount(self.end, minlength=len(self.first) + 1)
        kept = self.only(np.cumsum(edges)[:-1] > 0)
        known = {name: self.features[name] for name in sorted(set(names)) if name in self.features}
        cls, example = combined(np.zeros(self.classes, np.int64), [*known.values()])
        return replace(kept, cls=cls[kept.cls], features={name: mask[example] for name, mask in known.items()})

    def around(self, tokens: pl.Series) -> Level:
        """The same units, but only the groups that hold one of ``tokens``."""
        unit = np.zeros(len(self.first), np.bool_)
        unit[self.unit(tokens.drop_nulls())] = True
        return self.holding(unit)

    def find(self, rules: Sequence[Rule]) -> pl.DataFrame:
        """All matches of each rule: ``rule`` (its index), ``first``, ``last`` (tokens, inclusive), and so for each named group.

        A group ``g`` gives ``g_first``, ``g_last``, both null where it matched nothing. Matches of one rule do not overlap.
        """
        level = self._compact()
        alphabet = Alphabet.of(rules, level.features, level.classes)
        if alphabet.width > 1 and len(rules) > _FEW:  # two small alphabets are faster than one whose letters take two bytes
            half = len(rules) // 2
            parts = (level.find(rules[:half]), level.find(rules[half:]).with_columns(pl.col("rule") + half))
            return pl.concat(parts, how="diagonal")
        strings = level._strings(alphabet)
        rarest = [min(rule.required, key=level._count, default="") for rule in rules]
        worth = {"": strings} | {e: strings.filter(pl.Series(groups)) for e, groups in level._holding({*rarest} - {""}).items()}
        marked = pl.collect_all(
            [_marked(worth[e], rule.regex(alphabet.characters), len(rule.parts)) for e, rule in zip(rarest, rules, strict=True)]
        )
        return level._located(rules, _cuts(rules, marked, alphabet.width))

    def _compact(self) -> Level:
        """The groups alone, if they hold but few of the units."""
        sizes = self.end - self.begin
        if sizes.sum() > len(self.cls) // 2:
            return self
        _, kept = ranges(self.begin, sizes)
        end = np.cumsum(sizes)
        return Level(self.first[kept], self.last[kept], self.cls[kept], self.features, end - sizes, end)

    def _count(self, expression: str) -> int:
        """The number of units that satisfy an expression."""
        return int(self._units[holds(expression, self.features, self.classes)].sum())

    @cached_property
    def _units(self) -> Index:
        """The number of units of each class."""
        return np.bincount(self.cls, minlength=self.classes)

    def _holding(self, expressions: Iterable[str]) -> dict[str, Mask]:
        """For each expression which groups hold a unit that satisfies it."""
        asked = sorted(expressions)
        held: dict[str, Mask] = {}
        for begin in range(0, len(asked), BITS):
            some = asked[begin : begin + BITS]
            code = self._any(packed([holds(e, self.features, self.classes) for e in some]).take(self.cls, mode="clip"))
            held |= {e: (code >> i) & 1 > 0 for i, e in enumerate(some)}
        return held

    def _any(self, code: Index) -> Index:
        """The bits that any of a group's units has, for each group."""
        edges = np.column_stack([self.begin, self.end]).ravel()
        found: Index = np.bitwise_or.reduceat(np.append(code, code[:0].sum()), edges)[::2] * (self.end > self.begin)
        return found

    def _strings(self, alphabet: Alphabet) -> pl.DataFrame:
        """One class string a group: ``string``, ``unit`` (its first), ``size``."""
        line = pl.Series([alphabet.letters.take(self.cls, axis=0, mode="clip").tobytes()], dtype=pl.Binary)
        groups = pl.DataFrame({"unit": self.begin, "size": self.end - self.begin})
        string = pl.lit(line).bin.slice(pl.col("unit") * alphabet.width, pl.col("size") * alphabet.width).cast(pl.String)
        return groups.with_columns(string.alias("string"))

    def _located(self, rules: Sequence[Rule], cuts: Sequence[Index]) -> pl.DataFrame:
        """The tokens of each match and of its named groups, from the units that each rule's matches are cut at (a row a match)."""
        sizes = [len(cut) for cut in cuts]
        columns = {"rule": np.repeat(np.arange(len(rules)), sizes)}
        end = 0
        for rule, cut, size in zip(rules, cuts, sizes, strict=True):
            begin, end = end, end + size
            edges = {"": (0, -1)} | {f"{name}_": (i, i + 1) for i, (name, _) in enumerate(rule.parts) if name}
            for prefix, (left, right) in edges.items():
                there = cut[:, right] > cut[:, left]
                for name, units, token in (("first", cut[:, left], self.first), ("last", cut[:, right] - 1, self.last)):
                    if prefix + name not in columns:
                        columns[prefix + name] = np.full(sum(sizes), -1, np.int64)
                    columns[prefix + name][begin:end][there] = token[units[there]]
        return pl.DataFrame(columns).select("rule", pl.exclude("rule").replace(-1, None))

    def reduce(self, spans: pl.DataFrame, features: Mapping[str, pl.Series], *, keep: bool = False) -> Level:
        """A shorter level, in which each span is one unit.

        ``spans``: ``first``, ``last`` (tokens), sorted, free of overlaps, each made of whole units of one group. ``features``: for each
        feature, which spans have it; features that were unknown are added. With ``keep`` a span also has the features of its last unit.
        """
        begin = np.searchsorted(self.first, spans["first"].to_numpy())
        end = np.searchsorted(self.last, spans["last"].to_numpy())
        _, absorbed = ranges(begin + 1, end - begin)
        stays = np.ones(len(self.first), np.bool_)
        stays[absorbed] = False
        kept = np.flatnonzero(stays)
        cls, known = self._classes_of(self.cls[end], features, keep)
        new_last, new_cls = self.last.copy(), self.cls.copy()
        new_last[begin], new_cls[begin] = self.last[end], cls
        now = np.append(0, np.cumsum(stays))
        return Level(self.first[kept], new_last[kept], new_cls[kept], known, now[self.begin], now[self.end])

    def _classes_of(self, old: Index, features: Mapping[str, pl.Series], keep: bool) -> tuple[Index, dict[str, Mask]]:
        """A class for each span, new where need be, and the features of all classes."""
        given = {name: mask.to_numpy() for name, mask in features.items()}
        cls, example = combined(old * keep, list(given.values()))
        names = list(dict.fromkeys((*self.features, *given)))
        nothing = np.zeros(self.classes, np.bool_)
        known = np.stack([self.features.get(name, nothing) for name in names])
        new = known[:, old[example]] & keep
        for row, name in enumerate(names):
            if name in given:
                new[row] |= given[name][example]
        return cls + self.classes, dict(zip(names, np.concatenate([known, new], axis=1), strict=True))


def _marked(strings: pl.DataFrame, regex: str, parts: int) -> pl.LazyFrame:
    """The strings in which a rule matches, with a mark before, between and behind the parts of each match."""
    if strings.is_empty():  # else the regex would be compiled for nothing
        return strings.lazy()
    # Without groups the regex engine need not go over a match a second time.
    marks = _OPEN + (_NEXT.join(f"${{{i + 1}}}" for i in range(parts)) if parts > 1 else "${0}") + _CLOSE
    marked = strings.lazy().with_columns(pl.col("string").str.replace_all(regex, marks))
    return marked.filter(pl.col("string").str.contains(_OPEN, literal=True))


def _cuts(rules: Sequence[Rule], marked: Sequence[pl.DataFrame], width: int) -> list[Index]:
    """For each rule the units that its matches are cut at: a row a match that holds any, one column more than the rule has parts."""
    rows = pl.concat(marked)
    text = np.frombuffer(rows["string"].str.join("").item().encode(), np.uint8)
    at = np.flatnonzero(text <= _MARKS)
    end = np.append(0, rows["string"].str.len_bytes().cast(pl.Int64).cum_sum().to_numpy())
    before = np.searchsorted(at, end)
    row = np.repeat(np.arange(rows.height), np.diff(before))
    # Marks take one byte each, and units ``width``.
    unit = rows["unit"].to_numpy()[row] + (at - end[row] - np.arange(len(at)) + before[row]) // width
    edges = before[np.append(0, np.cumsum([frame.height for frame in marked]))]
    cuts = [unit[begin:stop].reshape(-1, len(rule.parts) + 1) for rule, begin, stop in zip(rules, edges[:-1], edges[1:], strict=True)]
    return [cut[cut[:, -1] > cut[:, 0]] for cut in cuts]
