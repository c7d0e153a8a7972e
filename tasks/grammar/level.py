"""Levels of the cascade: a sequence of units with classes, in which a grammar is found, and which spans reduce to a shorter one.

The lowest level's units are tokens. A grammar's matches become spans; ``reduce`` makes each span one unit with a class of its own, and
the next grammar runs over what results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from tasks.grammar.patterns import Alphabet, Mask, Rule
from tasks.grammar.spans import Index

_OPEN, _NEXT, _CLOSE = "\x01", "\x02", "\x03"


@dataclass(frozen=True)
class Level:
    """Units in text order.

    ``first``, ``last``: for each unit its tokens. ``cls``: for each unit its class. ``features``: for each feature, which classes have
    it. ``starts``: the unit that each group (sentence or passage) begins with, then the number of units.
    """

    first: Index
    last: Index
    cls: Index
    features: Mapping[str, Mask]
    starts: Index

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(next(iter(self.features.values())))

    def has(self, feature: str) -> Mask:
        """Which units have a feature."""
        mask: Mask = self.features[feature][self.cls]
        return mask

    def grouped(self, token_starts: Index) -> Level:
        """The same units in other groups, that begin with the tokens ``token_starts``."""
        return replace(self, starts=np.append(np.searchsorted(self.first, token_starts), len(self.first)))

    def find(self, rules: Sequence[Rule]) -> pl.DataFrame:
        """All matches of each rule: ``rule`` (its index), ``first``, ``last`` (tokens, inclusive), and so for each named group.

        A group ``g`` gives ``g_first``, ``g_last``, both null where it matched nothing. Matches of one rule do not overlap.
        """
        alphabet = Alphabet.of(rules, self.features, self.classes)
        strings = self._strings(alphabet)
        frames = [self._matches(strings, i, rule, rule.regex(alphabet.characters)) for i, rule in enumerate(rules)]
        return pl.concat(frames, how="diagonal") if frames else pl.DataFrame()

    def _strings(self, alphabet: Alphabet) -> pl.DataFrame:
        """One class string a group that is not empty: ``string``, ``unit`` (its first), ``size``."""
        line = pl.Series([alphabet.letters[self.cls].tobytes()], dtype=pl.Binary)
        return (
            pl.LazyFrame({"unit": self.starts[:-1], "size": np.diff(self.starts)})
            .filter(pl.col("size") > 0)
            .with_columns(
                pl.lit(line).bin.slice(pl.col("unit") * alphabet.width, pl.col("size") * alphabet.width).cast(pl.String).alias("string")
            )
            .collect()
        )

    def _matches(self, strings: pl.DataFrame, number: int, rule: Rule, regex: str) -> pl.DataFrame:
        # Matches are marked and the string is cut at the marks: one row a match, none for what lies between. As the pieces partition
        # the strings, one running sum over all of them tells where each lies.
        parts = [f"part{i}" for i in range(len(rule.parts))]
        marked = _OPEN + _NEXT.join(f"${{{i + 1}}}" for i in range(len(parts))) + _CLOSE
        length = pl.col("piece").str.len_chars().cast(pl.Int64) - pl.when(pl.col("piece").str.contains(_CLOSE, literal=True)).then(
            len(parts)
        ).otherwise(0)
        pieces = (
            strings.lazy()
            .with_columns(pl.col("string").str.replace_all(regex, marked))
            .filter(pl.col("string").str.contains(_OPEN, literal=True))
            .select(
                (pl.col("unit") + pl.col("size") - pl.col("size").cum_sum()).alias("base"), pl.col("string").str.split(_OPEN).alias("piece")
            )
            .explode("piece")
            .select(pl.col("base") + length.cum_sum() - length, pl.col("piece"))
            .filter(pl.col("piece").str.contains(_CLOSE, literal=True))
            .with_columns(pl.col("piece").str.split(_CLOSE).list.first().str.split(_NEXT))
            .select("base", *(pl.col("piece").list.get(i).str.len_chars().cast(pl.Int64).alias(part) for i, part in enumerate(parts)))
            .filter(pl.sum_horizontal(parts) > 0)
            .collect()
        )
        return self._located(number, rule, pieces["base"].to_numpy(), pieces.select(parts))

    def _located(self, number: int, rule: Rule, unit: Index, sizes: pl.DataFrame) -> pl.DataFrame:
        """The tokens of each match and of its groups, from its first unit and the number of units of each part."""
        columns = {"rule": pl.Series(np.full(len(unit), number, np.int64))}
        begin = unit
        for (name, _), size in zip(rule.parts, sizes.iter_columns(), strict=True):
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
        starts = np.append(0, np.cumsum(stays))[self.starts]
        return Level(self.first[stays], new_last[stays], new_cls[stays], known, starts)

    def _classes_of(self, old: Index, features: Mapping[str, pl.Series], keep: bool) -> tuple[Index, dict[str, Mask]]:
        """A class for each span, new where need be, and the features of all classes."""
        names = [*self.features, *(name for name in features if name not in self.features)]
        nothing = np.zeros(self.classes, np.bool_)
        known = {name: self.features.get(name, nothing) for name in names}
        bits = np.stack([features[name].to_numpy() if name in features else np.zeros(len(old), np.bool_) for name in names], axis=1)
        if keep:
            bits |= np.stack([mask[old] for mask in known.values()], axis=1)
        distinct, cls = np.unique(bits, axis=0, return_inverse=True) if len(old) else (bits, old)
        return cls.reshape(-1) + self.classes, {name: np.append(mask, distinct[:, i]) for i, (name, mask) in enumerate(known.items())}
