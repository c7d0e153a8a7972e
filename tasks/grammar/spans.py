"""Spans: runs of units or tokens, given by first and last; which of those that overlap stay, and where they lie in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

#: How many masks are packed into one number.
BITS = 60
Index = npt.NDArray[np.signedinteger[Any]]


def dense(code: Index) -> tuple[Index, Index]:
    """Codes (not negative) → numbers from 0 without gaps, in the codes' order, and for each number one place where it stands."""
    top = int(code.max(initial=0)) + 1
    if top > 16 * len(code) + (1 << 12):
        _, example, number = np.unique(code, return_index=True, return_inverse=True)
        return number.reshape(-1), example
    # A table over all codes up to the greatest costs less than sorting.
    place = np.full(top, -1, np.int64)
    place[code] = np.arange(len(code))
    occurs = np.flatnonzero(place >= 0)
    number = np.zeros(top, np.int64)
    number[occurs] = np.arange(len(occurs))
    return number[code], place[occurs]


def combined(masks: Sequence[npt.NDArray[np.bool_]]) -> tuple[Index, Index]:
    """What :func:`dense` gives for masks, at least one: equal numbers where all are equal."""
    number, example = dense(packed(masks[:BITS]))
    for begin in range(BITS, len(masks), BITS):
        chunk, of_chunk = dense(packed(masks[begin : begin + BITS]))
        number, example = dense(number * len(of_chunk) + chunk)
    return number, example


def alike(rows: pl.DataFrame) -> tuple[Index, Index]:
    """What :func:`dense` gives for rows: equal numbers where all columns are equal, and for each number one row."""
    return dense(rows.with_row_index("row").select(pl.col("row").first().over(rows.columns))["row"].to_numpy())


def alike_runs(code: Index, size: Index) -> tuple[Index, Index]:
    """The same for runs of codes, ``size`` long, one behind another."""
    width = code.itemsize
    line = pl.Series([code.tobytes()], dtype=pl.Binary)
    runs = pl.DataFrame({"begin": (np.cumsum(size) - size) * width, "bytes": size * width})
    return alike(runs.select(pl.lit(line).bin.slice(pl.col("begin"), pl.col("bytes")).alias("run")))


def row_of(token: pl.Series, tokens: pl.Series) -> pl.Series:
    """For each token its row in ``tokens`` (ascending), null where it is null or not among them."""
    asked = token.fill_null(-1).to_numpy()
    row = np.searchsorted(tokens.to_numpy(), asked)
    return numbered(row, np.append(tokens.to_numpy(), -2)[row] == asked)


def gathered(values: pl.Series, places: Mapping[str, Index]) -> dict[str, pl.Series]:
    """By name the values at places, all of one length; null where a place is behind the last value."""
    every = values.extend_constant(None, 1).gather(np.concatenate([*places.values()]))
    size = len(every) // len(places)
    return {name: every.slice(i * size, size).alias(name) for i, name in enumerate(places)}


def packed(masks: Sequence[npt.NDArray[np.bool_]]) -> Index:
    """Masks, at least one and at most ``BITS``, as one number a place: the first is the lowest bit."""
    bits = np.zeros(len(masks[0]), np.int64)
    for i, mask in enumerate(masks):
        bits |= mask.astype(np.int64) << i
    return bits


def ranges(begin: Index, size: Index) -> tuple[Index, Index]:
    """Runs of numbers, one behind another: for each number which run it is of, and itself."""
    return np.repeat(np.arange(len(size)), size), runs(begin, size)


def runs(begin: Index, size: Index) -> Index:
    """Runs of numbers, one behind another."""
    end = np.cumsum(size)
    numbers = np.repeat(begin - (end - size), size)
    numbers += np.arange(len(numbers))
    return numbers


def resolve(spans: pl.DataFrame, *by: str) -> pl.DataFrame:
    """The spans that stay where some overlap: leftmost first, then the longest, then by the columns ``by``, ascending.

    ``spans``: ``first``, ``last`` (both inclusive) and any other columns. The result is sorted and free of overlaps.
    """
    first, last = (spans[end].to_numpy() for end in ("first", "last"))
    order = np.lexsort((*(spans[name].to_numpy() for name in reversed(by)), -last.astype(np.int64), first))
    return spans[order[staying(first[order], last[order])]]


def longest(first: Index, last: Index) -> Index:
    """The rows of the spans that stay where some overlap: leftmost first, then the longest, then as given; in text order."""
    size = last - first
    order = np.argsort(first * (int(size.max(initial=0)) + 1) - size, kind="stable")
    return order[staying(first[order], last[order])]


def staying(first: Index, last: Index) -> npt.NDArray[np.bool_]:
    """Which spans stay where some overlap: the first, and of the others what begins behind the one that stayed before. Sorted as they rank.

    Cost n log n: each span points to the next one that begins behind it; those reached from one that stays do too, found by doubling the jumps.
    """
    jump = np.append(np.searchsorted(first, last, side="right"), len(first))
    # What begins behind the ends of all before it stays for certain: mostly there is little else.
    stays = np.append(first > np.append(-1, np.maximum.accumulate(last))[:-1], True)
    while not stays[reached := jump[stays]].all():
        stays[reached] = True
        jump = jump[jump]
    return stays[:-1]


def within(spans: pl.DataFrame, outer: pl.DataFrame) -> pl.Series:
    """For each span the row of ``outer`` that contains it, null where none does; ``outer`` is sorted and free of overlaps."""
    if not outer.height:
        return pl.Series([None] * spans.height, dtype=pl.Int64)
    row = np.searchsorted(outer["first"].to_numpy(), spans["first"].to_numpy(), side="right") - 1
    inside = (row >= 0) & (outer["last"].to_numpy()[row] >= spans["last"].to_numpy())
    return numbered(row, inside)


def numbered(row: Index, there: npt.NDArray[np.bool_]) -> pl.Series:
    """Numbers of rows, null where ``there`` is false."""
    numbers = pl.Series("row", row, dtype=pl.Int64)
    return numbers if there.all() else numbers.set(pl.Series(~there), None)


def innermost(spans: pl.DataFrame, outer: pl.DataFrame) -> pl.Series:
    """For each span the row of ``outer`` that contains it and begins last, then ends first; null where none does. ``outer`` may overlap.

    A span looks at the outer one that begins before it last, then at what that lies in, and so on: once a level of nesting.
    """
    order = outer.select("first", "last").with_row_index("row").sort("first", "last", descending=[False, True])
    first, last = (np.append(order[name].to_numpy(), -1) for name in ("first", "last"))
    parent = np.append(np.arange(order.height) - 1, -1)
    row = np.searchsorted(first[:-1], spans["first"].to_numpy(), side="right") - 1
    end = spans["last"].to_numpy()
    while (climbs := (row >= 0) & (last[row] < end)).any():
        # What ends before the outer one does cannot hold what ends behind it.
        while (short := (parent >= 0) & (last[parent] < last)).any():
            parent = np.where(short, parent[parent], parent)
        row = np.where(climbs, parent[row], row)
    return order["row"].cast(pl.Int64).gather(numbered(row, row >= 0))
