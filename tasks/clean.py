"""Clean: texts → passages with their kinds and exact repeats.

Nothing of the text is changed: offsets stay those of the raw text, and what is only for comparison lives in keys.
"""

from __future__ import annotations

import re

import polars as pl

from tasks.grammar.lexicon import cached, table
from tasks.grammar.text import cut, keys
from tasks.grammar.tokens import BLANK

_BREAK = r"\r\n|[\n\r\x{85}\x{2028}\x{2029}]"
#: Longest line that a typewriter, a mail program or a wire would break at, and the shortest that it would leave.
_WRAPPED = (40, 100)
#: Characters of a passage that are looked at to tell its kind; a headline, byline or title is shorter.
_HEAD = 250
_CLOSED = r"[.!?…][\"”’'»)\]]*$"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}})"
_BYLINE = rf"(?i)^(?:by\s+\S+(?:\s+\S+){{0,12}}|(?:published|posted|updated|last (?:updated|modified)|first published|created|date)\b.{{0,80}}|(?:\w+day,?\s+)?{_DATE}.{{0,40}})$"
_LIST_ITEM = r"^(?:[-*•·▪◦‣–—]\s|\(?(?:\d{1,2}|[a-zA-Z])[.)]\s)"
_DOMAIN = r"\b((?:[a-zA-Z0-9-]+\.)+(?:com|org|net|info|co\.[a-z]{2}|com\.[a-z]{2}|[a-z]{2}))\b"


def passages(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents → their passages in reading order.

    ``documents``: ``doc_id``, ``text``. The result has ``document`` (row of ``documents``) and the columns of the table of passages.
    A passage is a non-blank line without its outer white space; where a document's lines are wrapped, a run of them.
    """
    spans = _spans(documents)
    numbered = spans.with_columns(
        pl.int_range(pl.len()).over("document").alias("ordinal"),
        pl.format("{}:p:{}-{}", "doc_id", "char_start", "char_end").alias("passage_id"),
    )
    return pl.concat([numbered, _repeated(numbered)], how="horizontal").pipe(_kinds).drop("copies")


def _repeated(spans: pl.DataFrame) -> pl.DataFrame:
    """``duplicate_of``: the first passage of the document with the same key, if it is another; ``copies``: how many there are."""
    keyed = spans.select("document", "passage_id", keys(spans["text"]).alias("key")).with_row_index("row")
    same = keyed.filter(keyed.select(pl.struct("document", "key")).to_series().is_duplicated())
    first = pl.col("passage_id").first().over("document", "key")
    copies = same.select(
        "row", pl.when(first != pl.col("passage_id")).then(first).alias("duplicate_of"), pl.len().over("document", "key").alias("copies")
    )
    return (
        keyed.select("row").join(copies, on="row", how="left", maintain_order="left").select("duplicate_of", pl.col("copies").fill_null(1))
    )


def _spans(documents: pl.DataFrame) -> pl.DataFrame:
    """``document``, ``doc_id``, ``char_start``, ``char_end``, ``text`` of each passage."""
    lines = _lines(documents)
    adjoins = (pl.col("line") == pl.col("line").shift(1) + 1) & (pl.col("document") == pl.col("document").shift(1))
    continues = adjoins & pl.col("is_wrapped") & ~pl.col("is_indented")
    doc_id, text = (pl.lit(documents[name]).gather("document") for name in ("doc_id", "text"))
    return (
        lines.with_columns((~continues.fill_null(False)).cum_sum().alias("passage"))
        .group_by("passage", maintain_order=True)
        .agg(pl.col("document").first(), pl.col("char_start", "byte_start").first(), pl.col("char_end", "byte_end").last())
        .select("document", doc_id, "char_start", "char_end", cut(text, pl.col("byte_start"), pl.col("byte_end")))
        .collect()
    )


def _lines(documents: pl.DataFrame) -> pl.LazyFrame:
    """One row a non-blank line: ``document``, ``line`` (number), offsets without outer white space, ``is_indented``, ``is_wrapped``."""
    whole, left, inner = pl.col("piece"), pl.col("left"), pl.col("inner")

    def offsets(unit: str, length: str) -> list[pl.Expr]:
        size: pl.Expr = getattr(whole.str, length)().cast(pl.Int64)
        start = size.cum_sum() - getattr(left.str, length)().cast(pl.Int64) - pl.col(f"{unit}_base")
        return [start.alias(f"{unit}_start"), (start + getattr(inner.str, length)().cast(pl.Int64)).alias(f"{unit}_end")]

    chars, size = pl.col("text").str.len_chars().cast(pl.Int64), pl.col("text").str.len_bytes().cast(pl.Int64)
    lines = (
        documents.lazy()
        .with_row_index("document")
        .select(
            "document",
            (chars.cum_sum() - chars).alias("char_base"),
            (size.cum_sum() - size).alias("byte_base"),
            pl.col("text").str.split(_BREAK, inclusive=True, literal=False).alias("piece"),
        )
        .explode("piece", empty_as_null=False)
        .with_row_index("line")
        .with_columns(whole.str.strip_chars_start(BLANK).alias("left"), whole.str.strip_chars(BLANK).alias("inner"))
        .with_columns(*offsets("char", "len_chars"), *offsets("byte", "len_bytes"), inner.str.contains(_CLOSED).alias("is_closed"))
        .filter(inner != "")
    )
    is_followed = ((pl.col("line").shift(-1) == pl.col("line") + 1) & (pl.col("document").shift(-1) == pl.col("document"))).fill_null(False)
    length = pl.col("char_end") - pl.col("char_start")
    breaks, followed, longest = (
        of.over("document") for of in (pl.col("breaks").sum(), pl.col("is_followed").sum(), pl.col("length").max())
    )
    return (
        lines.with_columns(is_followed.alias("is_followed"), length.alias("length"))
        .with_columns((pl.col("is_followed") & pl.col("length").is_between(*_WRAPPED) & ~pl.col("is_closed")).alias("breaks"))
        .with_columns(
            whole.str.contains(r"^(?:\t| {2,})").alias("is_indented"),
            ((breaks * 2 > followed) & (breaks > 2) & (longest <= _WRAPPED[1])).alias("is_wrapped"),
        )
    )


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """With ``kind``: the first rule that fits, in the order written here."""
    # Layout shows at a passage's ends: the middle of it is not read.
    frame = frame.with_columns(
        pl.col("text").str.head(_HEAD).alias("head"), pl.col("text").str.tail(8).str.contains(_CLOSED).alias("is_closed")
    )
    frame = frame.with_columns(pl.col("head").str.contains(_BYLINE).alias("is_byline"))
    # Counting words costs most: it is left out, and null, where nothing depends on it.
    frame = frame.with_columns(pl.when(~pl.col("is_closed") | pl.col("is_byline")).then("head").str.count_matches(r"\S+").alias("words"))
    words = pl.col("words")
    is_short = pl.col("text").str.len_chars() < _HEAD
    is_plain = ~pl.col("is_closed") & ~pl.col("is_layout")
    is_repeated = is_plain & (pl.col("copies") > 1) & (words > 4)
    is_lower = pl.col("head").str.contains(r"^\p{Ll}")
    is_title = is_short & (words <= 8) & pl.col("head").str.contains(r"^\p{Lu}") & ~pl.col("head").str.contains(r"[,;:]$")

    def beside(of: pl.Expr, by: int) -> pl.Expr:
        return (of.shift(by) & (pl.col("document").shift(by) == pl.col("document"))).fill_null(False)

    is_first = (pl.col("ordinal") == 0) & beside(pl.col("ordinal") > 0, -1)

    return (
        frame.with_columns(
            _is_boilerplate().alias("is_boilerplate"),
            (is_short & (words <= 16) & pl.col("is_byline")).fill_null(False).alias("is_byline"),
            pl.col("head").str.contains(_LIST_ITEM).alias("is_item"),
            (is_first & is_short & ~pl.col("head").str.ends_with(".")).alias("is_headline"),
        )
        .with_columns(pl.any_horizontal("is_boilerplate", "is_byline", "is_item", "is_headline").alias("is_layout"))
        .with_columns(
            pl.when("is_boilerplate").then(pl.lit("boilerplate"))
            .when("is_headline").then(pl.lit("headline"))
            .when("is_byline").then(pl.lit("byline"))
            .when("is_item").then(pl.lit("list_item"))
            .when(is_repeated).then(pl.lit("caption"))
            .when(is_plain & (words > 4) & (beside(is_repeated, 1) | beside(is_repeated, -1))).then(pl.lit("caption"))
            .when((is_plain & (words > 4) | is_lower) & beside(pl.col("is_byline"), 1)).then(pl.lit("caption"))
            .when(is_plain & is_title).then(pl.lit("headline"))
            .otherwise(pl.lit("body"))
            .alias("kind")
        )
        .drop("head", "words", "is_closed", "is_boilerplate", "is_byline", "is_item", "is_headline", "is_layout")
    )  # fmt: skip


@cached
def _is_boilerplate() -> pl.Expr:
    """Does the line belong to the page and not to the article?"""
    phrases = table("boilerplate")
    start, whole, anywhere = (phrases.filter(pl.col("place") == place)["phrase"].to_list() for place in ("start", "whole", "anywhere"))
    begins = (
        rf"(?i)^(?:copyright\W+(?:\d{{4}}|c\b)|(?:{'|'.join(map(re.escape, start))})(?:\W|$)|(?:{'|'.join(map(re.escape, whole))})\W*$)"
    )
    return pl.col("head").str.contains(begins) | pl.col("text").str.contains_any(anywhere, ascii_case_insensitive=True)


def publishers(frame: pl.DataFrame) -> pl.DataFrame:
    """``document``, ``publisher``: the web domain that a document's boilerplate names, first of them, as written."""
    return (
        frame.filter(pl.col("kind") == "boilerplate")
        .select("document", pl.col("text").str.extract(_DOMAIN).alias("publisher"))
        .drop_nulls()
        .unique("document", keep="first", maintain_order=True)
    )
