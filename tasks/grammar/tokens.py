"""Tokens: passages → one row a token with exact offsets, and one row a distinct word form.

Tokenisation follows Universal Dependencies' English treebanks (EWT): clitics and hyphens stand apart, "U.S." and "Jan." are whole.
The regex partitions the text, so every character belongs to exactly one token or to the white space before one; running sums of
lengths then give exact offsets, and nothing is ever searched for.
"""

from __future__ import annotations

import re

import polars as pl

from tasks.grammar.lexicon import cached, table

#: White space, and characters that show nothing: a byte order mark, zero-width and directional marks, the soft hyphen.
BLANK = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u3000\ufeff"
#: A noncharacter that marks the seam before a clitic while the text is cut; it takes as many bytes as what stands in for it.
_SEAM, _STAND_IN = "\ufdd0", "\ufffd"
_CLITIC = r"(?i)([\p{L}\p{M}])(n['’]t|['’](?:s|re|ve|ll|d|m))\b"
_CANNOT = r"(?i)\b(can)(not)\b"
#: A figure behind an abbreviation's full stop or a forgotten blank (No.10, Rs.500, died.5), which is no decimal; hosts (www.9) are spared.
#: So behind the sign of a currency that is traded much: USD50, Rs500.
_TRADED = "AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KES|KRW|KSh|MXN|MYR|NGN|NOK|NZD|PHP|PKR|PLN|RMB|RUB|Rp|Rs|SAR|SEK|SGD|Sh|THB|TWD|UGX|USD|ZAR"
_GLUED = rf"((?:^|[\s(\[“‘\"])(?:\p{{L}}*[\p{{L}}--[wW]]\.|{_TRADED}))([0-9])"


@cached
def partition() -> str:
    """The regex that cuts a text into tokens, each with the white space before it."""
    abbreviations = "|".join(re.escape(form[:-1]) for form in table("abbreviations")["abbreviation"].sort(descending=True))
    token = "|".join(
        (
            r"(?:https?://|www\.)[^\s" + _SEAM + r"<>\"“”‘’]*[\p{L}\p{N}/]",
            r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]+)+",
            r"[@#][\p{L}_][\p{L}\p{M}\p{N}_]*",
            rf"(?:{abbreviations})\.",
            r"(?:\p{L}\.){2,}",
            r"\p{Lu}\.",
            r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[a-z]{2,})+",
            r"[0-9]{1,3}(?:,[0-9]{2,3}){0,9}(?:st|nd|rd|th|s)\b",
            r"[0-9]+(?:st|nd|rd|th|s)\b",
            r"[0-9]{1,3}(?:,[0-9]{2,3}){0,9},[0-9]{3}(?:\.[0-9]+)?",
            r"[0-9]{1,3}(?:, 000){1,4}\b",
            r"[0-9]{1,3}(?:(?:[\x{a0}\x{2009}\x{202f}][0-9]{3}){1,9}|(?: 000){1,4})\b",
            r"[0-9]+(?:\.[0-9]+)*",
            r"\.[0-9]+",
            r"(?i:n['’]t)\b",
            r"[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*",
            r"['’](?i:s|re|ve|ll|d|m)\b",
            r"\.{2,}|-{2,}|[!?]{2,}|''|``",
            r"(?s:.)",
        )
    )
    blank = "[" + "".join(rf"\x{{{ord(character):x}}}" for character in BLANK + _SEAM) + "]"
    return f"{blank}*(?:{token})|{blank}+"


def tokenise(passages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Passages → (tokens, words).

    ``passages``: ``text`` and ``char_start`` (code points, in the document), in reading order.

    Tokens: ``passage`` (row of ``passages``), ``word`` (row of words), ``start``, ``end`` (code points, in the document), ``byte_start``,
    ``byte_end`` (UTF-8 bytes, in the passage), ``is_spaced`` (blank before it, or first of its passage).
    Words, one row a distinct form: ``form`` as written, ``key`` in lower case with plain apostrophes.
    """
    tokens = _cut(passages)
    words = tokens.select(pl.col("form").unique(maintain_order=True)).with_row_index("word")
    tokens = tokens.lazy().join(words.lazy(), on="form", how="left", maintain_order="left").drop("form").collect()
    return tokens, words.select("form", pl.col("form").str.to_lowercase().str.replace_all("’", "'", literal=True).alias("key"))


def _cut(passages: pl.DataFrame) -> pl.DataFrame:
    marked = (
        pl.col("text")
        .str.replace_all(_SEAM, _STAND_IN, literal=True)
        .str.replace_all(_CLITIC, f"${{1}}{_SEAM}${{2}}")
        .str.replace_all(_CANNOT, f"${{1}}{_SEAM}${{2}}")
        .str.replace_all(_GLUED, f"${{1}}{_SEAM}${{2}}")
    )
    is_clitic = pl.col("piece").str.starts_with(_SEAM)
    seam_bytes = len(_SEAM.encode())
    # Running sums count over all passages at once: the base of a passage turns them into its own offsets, with no window.
    chars, size = pl.col("text").str.len_chars().cast(pl.Int64), pl.col("text").str.len_bytes().cast(pl.Int64)
    return (
        passages.lazy()
        .with_row_index("passage")
        .select(
            "passage",
            (pl.col("char_start") - (chars.cum_sum() - chars)).alias("char_base"),
            (size.cum_sum() - size).alias("byte_base"),
            marked.str.extract_all(partition()).alias("piece"),
        )
        .explode("piece", empty_as_null=False)
        .with_columns(pl.col("piece").str.strip_chars_start(BLANK + _SEAM).alias("form"))
        .with_columns(
            (pl.col("piece").str.len_chars().cast(pl.Int64) - is_clitic).cum_sum().alias("end"),
            (pl.col("piece").str.len_bytes().cast(pl.Int64) - seam_bytes * is_clitic).cum_sum().alias("byte_end"),
        )
        .filter(pl.col("form") != "")
        .select(
            "passage",
            "form",
            (pl.col("end") - pl.col("form").str.len_chars() + pl.col("char_base")).alias("start"),
            (pl.col("end") + pl.col("char_base")).alias("end"),
            (pl.col("byte_end") - pl.col("form").str.len_bytes() - pl.col("byte_base")).alias("byte_start"),
            (pl.col("byte_end") - pl.col("byte_base")).alias("byte_end"),
            (~is_clitic & (pl.col("piece").str.len_bytes() > pl.col("form").str.len_bytes())).alias("is_spaced"),
        )
        .with_columns((pl.col("is_spaced") | (pl.col("passage") != pl.col("passage").shift(1)).fill_null(True)).alias("is_spaced"))
        .collect()
    )
