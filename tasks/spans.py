"""Exact spans: the text of a row is the characters of its document that its offsets name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Texts:
    """The texts of documents, ready to be cut by code points.

    ``places``: ``doc_id``, ``_whole`` (UTF-8), ``_chars``, and how many characters and bytes the documents before it have, ``_first_char``,
    ``_first_byte``. ``wide``: for each byte that continues a character, in order, the number of the character that it belongs to.
    """

    places: pl.DataFrame
    wide: Offsets

    @classmethod
    def of(cls, texts: pl.DataFrame) -> Texts:
        """``doc_id``, ``text``; of a document that is there twice the first counts."""
        documents = texts.select("doc_id", pl.col("text").fill_null("").cast(pl.Binary).alias("_whole"))
        documents = documents.unique("doc_id", keep="first", maintain_order=True)
        wide = _wide_characters(b"".join(documents["_whole"]))
        chars, size = pl.col("_whole").cast(pl.String).str.len_chars().cast(pl.Int64), pl.col("_whole").bin.size().cast(pl.Int64)
        places = documents.with_columns(_chars=chars, _first_char=chars.cum_sum() - chars, _first_byte=size.cum_sum() - size)
        return cls(places, wide)

    def are_exact(self, rows: pl.DataFrame, spans: Sequence[tuple[str, str, str]]) -> list[pl.Series]:
        """Say of each row whether its (start, end, text) ``spans`` are exact: one Boolean series a span.

        ``rows`` has ``doc_id`` and the columns of the spans. A span is exact where ``text[start:end]`` of its document is its text, where
        all three are null, and where there is no such document: that a document has no text is for others to say. Linear in the bytes
        and the rows, which slicing each document by characters is not.
        """
        columns = dict.fromkeys(("doc_id", *chain(*spans)))
        placed = rows.select(*columns).join(self.places, on="doc_id", how="left", maintain_order="left")
        return [_exact(placed, self.wide, span) for span in spans]


def _exact(placed: pl.DataFrame, wide: Offsets, span: tuple[str, str, str]) -> pl.Series:
    start, end, text = map(pl.col, span)
    is_inside = ((start >= 0) & (start <= end) & (end <= pl.col("_chars"))).fill_null(False)
    is_absent = start.is_null() & end.is_null() & text.is_null()
    before = [pl.when(is_inside).then(f"_first_{unit}").otherwise(0).alias(unit) for unit in ("char", "byte")]
    asked = [pl.when(is_inside).then(offset).otherwise(0).alias(name) for name, offset in (("start", start), ("end", end))]
    places = placed.select(is_inside.alias("is_inside"), *before, *asked)
    # Each character before an offset takes a byte, and the wide ones their further bytes.
    chars = [(places["char"] + places[name]).to_numpy() for name in ("start", "end")]
    first, last = (pl.Series(char + np.searchsorted(wide, char)) - places["byte"] for char in chars)
    found = pl.col("_whole").bin.slice(first, last - first) == text.cast(pl.Binary)
    return placed.select(is_absent | pl.col("_chars").is_null() | (places["is_inside"] & found).fill_null(False)).to_series()


def _wide_characters(whole: bytes) -> Offsets:
    """Return for each byte that continues a character, in order, the number of the character that it belongs to."""
    continued = np.flatnonzero(np.frombuffer(whole, np.int8) < -64)  # 0b10xxxxxx
    return continued - np.arange(1, continued.size + 1)
