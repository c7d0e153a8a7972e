"""Tokens: passages → one row a token with exact offsets, and one row a distinct word form.

Tokenisation follows Universal Dependencies' English treebanks (EWT): clitics and hyphens stand apart, "U.S." and "Jan." are whole.
The regex partitions the text, so every character belongs to exactly one token or to the white space before one; running sums of
lengths then give exact offsets, and nothing is ever searched for.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import polars as pl

from tasks.grammar.lexicon import cached, table
from tasks.grammar.text import numbered

Offsets = npt.NDArray[np.uint32]
#: White space, and characters that show nothing: a byte order mark, zero-width and directional marks, the soft hyphen.
BLANK = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u3000\ufeff"
#: A noncharacter that marks the seam before a clitic while the text is cut; it takes as many bytes as what stands in for it.
_SEAM, _STAND_IN = "\ufdd0", "\ufffd"
_CANNOT = r"(?i)\b(can)(not)\b"
_CLITIC = r"(?i:([\p{L}\p{M}])(n['’]t|['’](?:s|re|ve|ll|d|m))\b{end-half})"
#: A figure behind an abbreviation's full stop or a forgotten blank (No.10, Rs.500, died.5), which is no decimal; hosts (www.9) are spared.
#: So behind the sign of a currency that is traded much: USD50, Rs500.
_TRADED = "AED|AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KES|KRW|KSh|MXN|MYR|NGN|NOK|NZD|PHP|PKR|PLN|RMB|RUB|Rp|Rs|SAR|SEK|SGD|Sh|THB|TWD|UGX|USD|ZAR"
_GLUED = rf"((?:^|[\s(\[“‘\"])(?:\p{{L}}*[\p{{L}}--[wW]]\.|{_TRADED}))([0-9])"
#: What ends a word in these regexes, and the same where no letter beyond ASCII may follow.
_END, _ASCII_END = r"\b{end-half}", r"(?-u:\b{end-half})"
#: Where they differ: at a letter beyond ASCII, right behind what must end there. (?i:s) is a long s too.
_WIDE = r"ſ|(?:000|[\x{a0}\x{2009}\x{202f}][0-9]{3}|[0-9](?:st|nd|rd|th|s)|['’](?i:[tsdm]|re|ve|ll))[\w--\x00-\x7f]"


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
            r"[0-9]{1,3}(?:,[0-9]{2,3}){0,9}(?:st|nd|rd|th|s)\b{end-half}",
            r"[0-9]+(?:st|nd|rd|th|s)\b{end-half}",
            r"[0-9]{1,3}(?:,[0-9]{2,3}){0,9},[0-9]{3}(?:\.[0-9]+)?",
            r"[0-9]{1,3}(?:, 000){1,4}\b{end-half}",
            r"[0-9]{1,3}(?:(?:[\x{a0}\x{2009}\x{202f}][0-9]{3}){1,9}|(?: 000){1,4})\b{end-half}",
            r"[0-9]+(?:\.[0-9]+)*",
            r"\.[0-9]+",
            r"(?i:n['’]t)\b{end-half}",
            r"[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}]+)*",
            r"['’](?i:s|re|ve|ll|d|m)\b{end-half}",
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
    text = passages["text"]
    pieces = _cut(text)
    count = pieces.list.len().to_numpy()
    # Few pieces are distinct: what one is like is found once, and all tokens take it from there.
    distinct, kind = numbered(pieces.explode(empty_as_null=False))
    piece = distinct.str.strip_prefix(_SEAM)
    form = piece.str.strip_chars_start(BLANK)
    is_word = form != ""
    words, number = numbered(form.filter(is_word))
    word = np.zeros(len(form), np.uint32)
    word[is_word.to_numpy()] = number
    spaced = (piece != form).to_numpy().take(kind)
    spaced[(np.cumsum(count) - count)[count > 0]] = True

    def offsets(length: str, origin: pl.Series | int) -> tuple[Offsets, Offsets]:
        """Where each piece's form begins and ends: running sums over all passages at once, less what stands before the passage."""
        of_form, of_piece, of_text = (getattr(values.str, length)() for values in (form, piece, text))
        end = np.cumsum(of_piece.to_numpy().take(kind), dtype=np.uint32)  # it may begin anew at 0: only differences count
        size = of_text.cast(pl.Int64)
        end += np.repeat((origin + size - size.cum_sum()).to_numpy().astype(np.uint32), count)
        return end - of_form.to_numpy().take(kind), end

    start, end = offsets("len_chars", passages["char_start"])
    byte_start, byte_end = offsets("len_bytes", 0)
    columns = {
        "passage": np.repeat(np.arange(len(count), dtype=np.uint32), count),
        "start": start,
        "end": end,
        "byte_start": byte_start,
        "byte_end": byte_end,
        "is_spaced": spaced,
        "word": word.take(kind),
    }
    return pl.DataFrame(columns).filter(is_word.gather(kind)), pl.DataFrame(
        {"form": words, "key": words.str.to_lowercase().str.replace_all("’", "'", literal=True)}
    )


def _cut(text: pl.Series) -> pl.Series:
    """Texts → for each the list of its tokens, each with the white space before it, or the seam."""
    beyond_ascii = text.filter(text.str.len_bytes() > text.str.len_chars())
    # To see whether a sign beyond ASCII is a letter, the regex engine would leave its fast path at every one.
    end = _END if beyond_ascii.str.contains(_WIDE).any() else _ASCII_END
    if text.str.contains(_SEAM, literal=True).any():
        text = text.str.replace_all(_SEAM, _STAND_IN, literal=True)
    marked = (
        pl.col("text")
        .str.replace_all(_CANNOT, f"${{1}}{_SEAM}${{2}}")
        .str.replace_all(f"{_CLITIC}|{_GLUED}".replace(_END, end), f"${{1}}${{3}}{_SEAM}${{2}}${{4}}")
    )
    return text.to_frame("text").select(marked.str.extract_all(partition().replace(_END, end)))["text"]
