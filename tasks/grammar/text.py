"""Text by offsets: cutting spans out in linear time, and the key under which two texts count as the same."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.spans import Index


def cut(text: pl.Expr, byte_start: pl.Expr, byte_end: pl.Expr) -> pl.Expr:
    """The part of ``text`` between two UTF-8 offsets. Unlike ``str.slice`` it costs no more far behind than in front."""
    return text.cast(pl.Binary).bin.slice(byte_start, byte_end - byte_start).cast(pl.String)


def key(text: pl.Expr) -> pl.Expr:
    """Comparison key: NFC, straight quotation marks, one space for any white space, none at the ends."""
    return (
        text.str.normalize("NFC")
        .str.replace_all("[‘’‚‛′`]", "'")
        .str.replace_all("[“”„‟«»″]|''", '"')
        .str.replace_all(r"[\s\x{200b}-\x{200f}\x{feff}--\x20]", " ")
        .str.replace_all("  +", " ")
        .str.strip_chars(" ")
    )


def numbered(values: pl.Series) -> tuple[pl.Series, Index]:
    """Values without null → those that are distinct, as they first appear, and for each value which of them it is."""
    number = values.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy().astype(np.int64)
    place = np.zeros(number.max(initial=-1) + 1, np.int64)
    place[number] = np.arange(len(number))
    return values.gather(place), number


def look_up(values: pl.Series, table: pl.DataFrame, absent: int = 0) -> Index:
    """For each value what stands behind it in a table of two columns, ``absent`` for one that is not there."""
    of, number = table.columns
    found = values.alias(of).to_frame().with_row_index("at").join(table, on=of)
    numbers = np.full(len(values), absent, np.int64)
    numbers[found["at"].to_numpy()] = found[number].to_numpy()
    return numbers


#: What :func:`key` may change; white space at the ends too. Signs before U+0300 are composed already.
_CHANGES = r"[^\x20-\x7e\x{a1}-\x{aa}\x{ac}-\x{ba}\x{bc}-\x{2ff}–—…€]|  |''|`|^ | $"


def keys(texts: pl.Series) -> pl.Series:
    """The :func:`key` of each text, at little cost where it is the text itself."""
    changes = texts.str.contains(_CHANGES)
    changed = texts.filter(changes).to_frame("text").select(key(pl.col("text")))["text"]
    return texts.scatter(changes.arg_true(), changed) if changed.len() else texts
