"""Spans: runs of units or tokens, given by first and last; which of those that overlap stay, and where they lie in the text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Index = npt.NDArray[np.int64]


def resolve(spans: pl.DataFrame, *by: str) -> pl.DataFrame:
    """The spans that stay where some overlap: leftmost first, then the longest, then by the columns ``by``, ascending.

    ``spans``: ``first``, ``last`` (both inclusive) and any other columns. The result is sorted and free of overlaps. Cost n log n:
    each span points to the next one that begins behind it; those reached from the first stay, found by doubling the jumps.
    """
    spans = spans.sort("first", "last", *by, descending=[False, True, *(False for _ in by)])
    if spans.height < 2:
        return spans
    first, last = spans["first"].to_numpy(), spans["last"].to_numpy()
    jump = np.append(np.searchsorted(first, last, side="right"), spans.height)
    stays = np.zeros(spans.height + 1, np.bool_)
    stays[0] = True
    while True:
        reached = jump[stays.nonzero()[0]]
        if stays[reached].all():
            return spans.filter(pl.Series(stays[:-1]))
        stays[reached] = True
        jump = jump[jump]


def within(spans: pl.DataFrame, outer: pl.DataFrame) -> pl.Series:
    """For each span the row of ``outer`` that contains it, null where none does; ``outer`` is sorted and free of overlaps."""
    if not outer.height:
        return pl.Series([None] * spans.height, dtype=pl.Int64)
    row = np.searchsorted(outer["first"].to_numpy(), spans["first"].to_numpy(), side="right") - 1
    inside = (row >= 0) & (outer["last"].to_numpy()[row] >= spans["last"].to_numpy())
    return pl.Series(row, dtype=pl.Int64).to_frame("row").select(pl.when(pl.Series(inside)).then("row"))["row"]
