"""Exact spans: the text of a row is the characters of its document that its offsets name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Offsets = NDArray[np.int64]


def exact_spans(rows: pl.DataFrame, texts: pl.DataFrame, spans: Sequence[tuple[str, str, str]]) -> pl.DataFrame:
    """Say of each row whether its (start, end, text) ``spans`` are exact: one Boolean column a span, named as its text.

    ``rows`` has ``doc_id`` and the columns of the spans, ``texts`` has ``doc_id`` and ``text``. A span is exact where
    ``texts.text[start:end] == text``, where all three are null, and where ``texts`` has no such document: that a document has no
    text is for others to say. Linear in the bytes and the rows, which slicing each document by characters is not.
    """
    documents = texts.unique("doc_id", keep="first", maintain_order=True).with_columns(pl.col("text").fill_null(""))
    wide = _wide_characters(b"".join(documents["text"].cast(pl.Binary)))
    chars, size = pl.col("text").str.len_chars().cast(pl.Int64), pl.col("text").str.len_bytes().cast(pl.Int64)
    places = documents.select(
        "doc_id",
        _whole=pl.col("text").cast(pl.Binary),
        _chars=chars,
        _first_char=chars.cum_sum() - chars,
        _first_byte=size.cum_sum() - size,
    )
    placed = rows.join(places, on="doc_id", how="left", maintain_order="left")
    return pl.DataFrame([_exact(placed, wide, span) for span in spans])


def _exact(placed: pl.DataFrame, wide: Offsets, span: tuple[str, str, str]) -> pl.Series:
    start, end, text = map(pl.col, span)
    is_inside = (start >= 0) & (start <= end) & (end <= pl.col("_chars"))
    is_absent = start.is_null() & end.is_null() & text.is_null()
    byte_start, byte_end = (_bytes_before(placed, is_inside, offset, wide) for offset in (start, end))
    found = pl.col("_whole").bin.slice(byte_start, byte_end - byte_start) == text.cast(pl.Binary)
    is_exact = is_absent | pl.col("_chars").is_null() | (is_inside & found).fill_null(False)
    return placed.select(is_exact.alias(span[2])).to_series()


def _wide_characters(whole: bytes) -> Offsets:
    """Return for each byte that continues a character, in order, the number of the character that it belongs to."""
    continued = np.flatnonzero(np.frombuffer(whole, np.int8) < -64)  # 0b10xxxxxx
    return continued - np.arange(1, continued.size + 1)


def _bytes_before(placed: pl.DataFrame, is_inside: pl.Expr, offset: pl.Expr, wide: Offsets) -> pl.Series:
    """Turn offsets in code points into offsets in bytes, both in the document; 0 where they are not inside it.

    Each character before the offset takes a byte, and the wide ones their further bytes.
    """
    places = placed.select(
        pl.when(is_inside).then(pl.col("_first_char") + offset).fill_null(0).alias("char"),
        pl.when(is_inside).then(pl.col("_first_byte")).fill_null(0).alias("first_byte"),
    )
    characters = places["char"].to_numpy()
    return pl.Series(characters + np.searchsorted(wide, characters)) - places["first_byte"]
