"""Levels of the cascade: a sequence of units with classes, in which a grammar is found, and which spans reduce to a shorter one.

The lowest level's units are tokens. A grammar's matches become spans; ``reduce`` makes each span one unit with a class of its own, and
the next grammar runs over what results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from tasks.grammar.patterns import Alphabet, Mask, Rule, holds
from tasks.grammar.spans import Index, dense

_OPEN, _NEXT, _CLOSE = "\x01", "\x02", "\x03"


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
        return replace(self, begin=begin, end=np.append(begin[1:], len(self.first)))

    def where(self, expression: str) -> Level:
        """The same units, but only the groups that hold one of the class ``expression``: a cheap test before costly patterns."""
        return self.holding(self.holds(expression))

    def holding(self, unit: Mask) -> Level:
        """The same units, but only the groups that hold one for which ``unit`` is true."""
        before = np.append(0, np.cumsum(unit))
        kept = before[self.end] > before[self.begin]
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
        # Rows of bits, one a class: equal rows are one class.
        bits = np.ascontiguousarray(np.packbits([*known.values()], axis=0).T)
        _, example, cls = np.unique(bits.view(np.dtype((np.void, bits.shape[1])))[:, 0], return_index=True, return_inverse=True)
        return replace(kept, cls=cls.astype(np.int64)[kept.cls], features={name: mask[example] for name, mask in known.items()})

    def around(self, tokens: pl.Series) -> Level:
        """The same units, but only the groups that hold one of ``tokens``."""
        unit = np.zeros(len(self.first), np.bool_)
        unit[self.unit(tokens.drop_nulls())] = True
        return self.holding(unit)

    def find(self, rules: Sequence[Rule]) -> pl.DataFrame:
        """All matches of each rule: ``rule`` (its index), ``first``, ``last`` (tokens, inclusive), and so for each named group.

        A group ``g`` gives ``g_first``, ``g_last``, both null where it matched nothing. Matches of one rule do not overlap.
        """
        alphabet = Alphabet.of(rules, self.features, self.classes)
        strings = self._strings(alphabet)
        units = np.bincount(self.cls, minlength=self.classes)
        holding = {e: holds(e, self.features, self.classes) for rule in rules for e in rule.required}
        count = {e: int(units[mask].sum()) for e, mask in holding.items()}
        worth = [strings[self._groups(holding[min(rule.required, key=count.__getitem__)])] if rule.required else strings for rule in rules]
        pieces = pl.collect_all(
            [_pieces(some.lazy(), rule, rule.regex(alphabet.characters)) for some, rule in zip(worth, rules, strict=True)]
        )
        return pl.concat([self._located(i, rule, found) for i, (rule, found) in enumerate(zip(rules, pieces, strict=True))], how="diagonal")

    def _groups(self, classes: Mask) -> Index:
        """The groups that hold a unit of one of ``classes``."""
        unit = np.flatnonzero(classes[self.cls])
        group = np.searchsorted(self.begin, unit, side="right") - 1
        unit, group = unit[group >= 0], group[group >= 0]
        return np.unique(group[unit < self.end[group]])

    def _strings(self, alphabet: Alphabet) -> pl.DataFrame:
        """One class string a group: ``string``, ``unit`` (its first), ``size``."""
        line = pl.Series([alphabet.letters[self.cls].tobytes()], dtype=pl.Binary)
        groups = pl.DataFrame({"unit": self.begin, "size": self.end - self.begin})
        string = pl.lit(line).bin.slice(pl.col("unit") * alphabet.width, pl.col("size") * alphabet.width).cast(pl.String)
        return groups.with_columns(string.alias("string"))

    def _located(self, number: int, rule: Rule, pieces: pl.DataFrame) -> pl.DataFrame:
        """The tokens of each match and of its groups, from its first unit and the number of units of each part."""
        begin = unit = pieces["unit"].to_numpy()
        columns = {"rule": pl.Series(np.full(len(unit), number, np.int64))}
        for (name, _), size in zip(rule.parts, pieces.drop("unit").iter_columns(), strict=True):
            count = size.to_numpy()
            if name:
                columns |= self._tokens(begin, count, f"{name}_")
            begin = begin + count
        return pl.DataFrame(columns | self._tokens(unit, begin - unit, ""))

    def _tokens(self, unit: Index, count: Index, prefix: str) -> dict[str, pl.Series]:
        there = pl.Series(count > 0)
        first = pl.Series(self.first[np.minimum(unit, len(self.first) - 1)])
        last = pl.Series(self.last[np.maximum(unit + count - 1, 0)])
        none = pl.Series([None], dtype=pl.Int64)
        return {f"{prefix}first": first.zip_with(there, none), f"{prefix}last": last.zip_with(there, none)}

    def reduce(self, spans: pl.DataFrame, features: Mapping[str, pl.Series], *, keep: bool = False) -> Level:
        """A shorter level, in which each span is one unit.

        ``spans``: ``first``, ``last`` (tokens), sorted, free of overlaps, each made of whole units of one group. ``features``: for each
        feature, which spans have it; features that were unknown are added. With ``keep`` a span also has the features of its last unit.
        """
        begin = np.searchsorted(self.first, spans["first"].to_numpy())
        end = np.searchsorted(self.last, spans["last"].to_numpy())
        absorbed = np.zeros(len(self.first) + 1, np.int64)
        np.add.at(absorbed, begin + 1, 1)
        np.add.at(absorbed, end + 1, -1)
        stays = np.cumsum(absorbed)[:-1] == 0
        cls, known = self._classes_of(self.cls[end], features, keep)
        new_last, new_cls = self.last.copy(), self.cls.copy()
        new_last[begin], new_cls[begin] = self.last[end], cls
        now = np.append(0, np.cumsum(stays))
        return Level(self.first[stays], new_last[stays], new_cls[stays], known, now[self.begin], now[self.end])

    def _classes_of(self, old: Index, features: Mapping[str, pl.Series], keep: bool) -> tuple[Index, dict[str, Mask]]:
        """A class for each span, new where need be, and the features of all classes."""
        given = {name: mask.to_numpy() for name, mask in features.items()}
        code = old * keep
        for mask in given.values():
            code, _ = dense(code * 2 + mask)
        cls, example = dense(code)
        kept = {name: mask[old[example]] & keep for name, mask in self.features.items()}
        new = {name: mask[example] | kept.get(name, False) for name, mask in given.items()}
        nothing = np.zeros(self.classes, np.bool_)
        known = {name: np.append(self.features.get(name, nothing), mask) for name, mask in (kept | new).items()}
        return cls + self.classes, known


def _pieces(strings: pl.LazyFrame, rule: Rule, regex: str) -> pl.LazyFrame:
    """The matches of one rule: ``unit`` (the first), and the number of units of each part of the rule.

    Matches are marked and the string is cut at the marks: one row a match, none for what lies between. As the pieces partition the
    strings, one running sum over all of them tells where each lies.
    """
    parts = [f"part{i}" for i in range(len(rule.parts))]
    marked = _OPEN + _NEXT.join(f"${{{i + 1}}}" for i in range(len(parts))) + _CLOSE
    marks = pl.when(pl.col("piece").str.contains(_CLOSE, literal=True)).then(len(parts)).otherwise(0)
    length = pl.col("piece").str.len_chars().cast(pl.Int64) - marks
    return (
        strings.with_columns(pl.col("string").str.replace_all(regex, marked))
        .filter(pl.col("string").str.contains(_OPEN, literal=True))
        .select(
            (pl.col("unit") + pl.col("size") - pl.col("size").cum_sum()).alias("unit"), pl.col("string").str.split(_OPEN).alias("piece")
        )
        .explode("piece")
        .select(pl.col("unit") + length.cum_sum() - length, pl.col("piece"))
        .filter(pl.col("piece").str.contains(_CLOSE, literal=True))
        .with_columns(pl.col("piece").str.split(_CLOSE).list.first().str.split(_NEXT))
        .select("unit", *(pl.col("piece").list.get(i).str.len_chars().cast(pl.Int64).alias(part) for i, part in enumerate(parts)))
        .filter(pl.sum_horizontal(parts) > 0)
    )
