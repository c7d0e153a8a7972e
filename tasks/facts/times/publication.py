"""Publication dates: where a text prints its own, and where a file name holds one. A date in running text is none."""

from __future__ import annotations

import polars as pl

from tasks.grammar.reading import Reading

#: Passages from the top in which a date line may stand, and the most that may stand beside the date in one.
_TOP, _BESIDE = 8, 60
#: What stands before and after the date of a dateline: "BAGHOUZ, Syria, March 18 (Reuters) —".
_PLACE = r"^[\"“‘']?\p{Lu}[\p{Lu} .'’/-]+(?:,? ?\(?\p{L}[\p{L} .'’-]*\)?){0,3}[,:]?\s*\(?$"
_DASH = r"^,?\s*(?:\d{4})?\)?\s*(?:[/(][^)]{2,40}\)?)?\s*(?:--|[—–-])"
_IN_NAME = r"(?:^|[^0-9A-Za-z])((?:19|20)[0-9]{2})[-_/.]?(0[1-9]|1[0-2])[-_/.]?([0-2][0-9]|3[01])(?:[^0-9A-Za-z]|T[0-9]|$)"


def publication(documents: pl.DataFrame, reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """The publication date of each document: ``publication_date``, ``publication_date_basis``, ``publication_date_in_text``.

    ``documents``: ``uri``, ``published`` (a given date wins over all others). ``found``: the time expressions of ``reading``.
    """
    in_text = _printed(reading, found)
    name = pl.col("uri").str.extract_groups(_IN_NAME)
    return (
        documents.select("uri", "published").with_row_index("document")
        .with_columns(pl.col("document").cast(pl.Int64))
        .join(in_text, on="document", how="left", maintain_order="left")
        .with_columns(pl.concat_str(name.struct[0], name.struct[1], name.struct[2], separator="-").str.to_date("%Y-%m-%d", strict=False).alias("named"))
        .select(
            pl.coalesce("published", "printed", "named").alias("publication_date"),
            pl.when(pl.col("published").is_not_null()).then(pl.lit("given"))
            .when(pl.col("printed").is_not_null()).then(pl.lit("text"))
            .when(pl.col("named").is_not_null()).then(pl.lit("file_name"))
            .otherwise(pl.lit("none"))
            .alias("publication_date_basis"),
            "publication_date_in_text",
        )
    )  # fmt: skip


def _printed(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """``document``, ``printed`` (null where the year is missing), ``publication_date_in_text``: the first date line of each document."""
    dates = found.filter(
        pl.col("rule").is_in(["date", "numeric_date", "clock_date"]) & pl.col("month").is_not_null() & pl.col("day").is_not_null()
    )
    passages = reading.passages.select("ordinal", "kind", pl.col("text").alias("line"), pl.col("char_start").alias("line_start"))[
        dates["passage"]
    ]
    spans = reading.spans(dates["first"], dates["last"])
    lines = pl.concat([dates.select("document", "year", "month", "day"), passages, spans], how="horizontal").filter(
        (pl.col("ordinal") < _TOP) | (pl.col("kind") == "byline")
    )
    before = pl.col("line").str.slice(0, pl.col("char_start") - pl.col("line_start"))
    after = pl.col("line").str.slice(pl.col("char_end") - pl.col("line_start"), 80)
    beside = pl.col("line").str.len_chars() - pl.col("text").str.len_chars()
    is_line = (pl.col("kind") != "headline") & (beside <= _BESIDE) & ~pl.col("line").str.contains(r"[.!?][\"”’']?$")
    printed_alone = lines.filter((pl.col("kind") == "byline") | is_line, pl.col("year").is_not_null())
    datelines = lines.filter(before.str.len_chars() < 80, after.str.contains(_DASH))
    if datelines.height:  # else the regex would be compiled for nothing
        datelines = datelines.filter(before.str.contains(_PLACE))
    printed = pl.format("{}-{}-{}", "year", "month", "day").str.to_date("%Y-%m-%d", strict=False)
    return (
        pl.concat([printed_alone, datelines])
        .with_columns(printed.alias("printed"))
        .sort("document", pl.col("printed").is_null(), "char_start")
        .unique("document", keep="first", maintain_order=True)
        .select(pl.col("document").cast(pl.Int64), "printed", pl.col("text").alias("publication_date_in_text"))
    )
