"""Attributions: the rows of the table of quotes, put together."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts.quotes.circumstances import FEATURES as CIRCUMSTANCE_FEATURES
from tasks.facts.quotes.circumstances import channels, circumstances
from tasks.facts.quotes.contents import CONTENTS, attributions, kinds
from tasks.facts.quotes.contents import FEATURES as CONTENT_FEATURES
from tasks.facts.quotes.inheritance import attributed
from tasks.facts.quotes.marks import marks
from tasks.facts.quotes.sources import parts
from tasks.facts.quotes.units import units
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading
from tasks.grammar.spans import innermost

_PRONOUNS = ["he", "she", "they", "it", "we", "i", "you", "who", "which", "that"]
_NAMELESS = r"(?i)asked (?:not to be|to remain)|anonym|unnamed|unidentified|undisclosed|declined to be (?:named|identified)|familiar with"


def quotes(reading: Reading, level: Level) -> pl.DataFrame:
    """The quotes of a reading, in text order.

    ``level``: times reduced. The result has the columns of the table of quotes that are read from the text, with ``first``, ``last``
    (tokens of the reading), and ``said_first``, ``said_last``: the tokens of the time at which it was said.
    """
    quoted = marks(reading, level)
    read = units(reading, level, quoted, CONTENT_FEATURES | CIRCUMSTANCE_FEATURES | {f"say:{kind}" for kind in kinds()})
    said, heads = attributions(read, reading.passage_starts)
    said = said.unique(["first", "last"], keep="first", maintain_order=True)
    spans = pl.concat([said, _alone(reading, quoted, said, heads)], how="diagonal").sort("first")
    heads = heads.select("^(?:source|named|cue)_(?:first|last)$", "cue_type", "negated", "modal")
    via = pl.DataFrame([heads[f"named_{end}"].gather(spans["via"]).alias(f"via_{end}") for end in ("first", "last")])
    spans = _continued(
        reading,
        read,
        pl.concat([spans, pl.DataFrame([column.gather(spans["head"]) for column in heads.iter_columns()]), via], how="horizontal"),
    )
    spans = _circumstances(spans, *circumstances(reading, read))
    # Sources and those who pass on what they say are taken apart together.
    first, last = (pl.concat([spans[f"named_{end}"], spans[f"via_{end}"]]) for end in ("first", "last"))
    known = parts(reading, level, first, last)
    via = reading.spans(spans["via_first"], spans["via_last"], "via").rename({"text": "via_text"})
    passing = known.tail(spans.height).select(pl.col("source_name").alias("via_name"), pl.col("source_role").alias("via_role"))
    rows = [
        _columns(reading, spans, quoted),
        known.head(spans.height),
        via,
        passing,
        channels(reading, level, spans["cue_first"]).to_frame(),
    ]
    return attributed(pl.concat(rows, how="horizontal"))


def _alone(reading: Reading, quoted: pl.DataFrame, said: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Quotations that no words of saying stand beside, but that look like somebody's words.

    What a colon introduces may stand in the next passage, and then belongs to the words before the colon.
    """
    speech = quoted.filter(
        (pl.col("closed") & (pl.col("opening") | pl.col("introduced")) & pl.col("long")) | pl.col("close_first").is_null()
    )
    alone = speech.filter(innermost(speech, said).is_null()).select("first", "last", "introduced")
    sentence = reading.tokens["sentence"]
    before = sentence.gather((alone["first"] - 1).clip(0)).to_frame()
    last = heads.select(sentence.gather(heads["first"]), pl.int_range(pl.len()).alias("head")).unique("sentence", keep="last")
    head = before.join(last, on="sentence", how="left", maintain_order="left")["head"]
    return alone.with_columns(head).select("first", "last", pl.when("introduced").then("head").alias("head"))


def _continued(reading: Reading, read: Level, spans: pl.DataFrame) -> pl.DataFrame:
    """With the words of saying of the attribution that a quotation without any goes on with, as in “…,” he said. “…”.

    It goes on with the quotation before it in its passage or in the one before, unless other words of saying stand between (PARC: one
    attribution, several contents).
    """
    quoting = pl.col("rule").is_in([i for i, rule in enumerate(CONTENTS) if "quote" in rule.name])
    passage = reading.tokens["passage"].gather(spans["first"])
    apart = (pl.col("passage") - pl.col("passage").shift(1) > 1) | (pl.col("document") != pl.col("document").shift(1))
    chain = (pl.col("cue_first").is_not_null() | apart).fill_null(True).cum_sum()
    said = read.first[read.has("said")]
    sayings = pl.Series("sayings", np.searchsorted(said, spans["first"].to_numpy()))
    upto = pl.Series("upto", np.searchsorted(said, spans["cue_last"].fill_null(0).to_numpy(), side="right"))
    names = ("cue_first", "cue_last", "cue_type", "negated", "modal")
    rows = spans.with_columns(passage, reading.passages["document"].gather(passage)).select(
        quoting.fill_null(False).alias("quoting"), chain.alias("chain")
    )
    row = np.arange(spans.height)
    before = np.maximum.accumulate(np.where(rows["quoting"].to_numpy(), row, 0)) if spans.height else row
    chained = rows["chain"].gather(before) == rows["chain"]
    follows = rows["quoting"].gather(before) & chained & (sayings == upto.gather(before)) & spans["cue_first"].is_null()
    said_before = pl.Series(np.where(follows.to_numpy(), before, row))
    return spans.with_columns(spans[name].gather(said_before) for name in names)


def _circumstances(spans: pl.DataFrame, times: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """With the time of saying, if it does not stand within the content, and the medium that it was told."""
    spans = spans.join(times, on="cue_first", how="left", maintain_order="left").join(
        told, on="cue_first", how="left", maintain_order="left"
    )
    outside = (pl.col("said_first") < pl.col("first")) | (pl.col("said_first") > pl.col("last"))
    return spans.with_columns(pl.when(outside).then(name).alias(name) for name in ("said_first", "said_last"))


def _columns(reading: Reading, spans: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """What the spans of content, source and cue give."""
    rules = pl.Series([rule.id for rule in CONTENTS], dtype=pl.String)
    passage = reading.tokens["passage"].gather(spans["first"])
    alone = spans.select(pl.when(pl.col("source_first") == pl.col("source_last")).then("source_first"))["source_first"]
    source = reading.words["key"].gather(reading.tokens["word"].gather(alone)).alias("pronoun")
    return pl.concat(
        [
            spans.select("first", "last", "source_first", "via_first", "said_first", "said_last", "relay_name"),
            _cue_types(reading, spans).to_frame(),
            pl.DataFrame([reading.tokens["sentence"].gather(spans["first"]), reading.passages["document"].gather(passage), passage]),
            reading.spans(spans["first"], spans["last"]),
            reading.spans(spans["source_first"], spans["source_last"], "source").rename({"text": "source_text"}),
            reading.spans(spans["cue_first"], spans["cue_last"], "cue").rename({"text": "cue_text"}),
            _verbatim(reading, spans, quoted),
            source.to_frame().select(pl.when(pl.col("pronoun").is_in(_PRONOUNS)).then("pronoun")),
            spans.select(
                rules.gather(spans["rule"]).fill_null("quotation_marks@1").alias("rule_id"),
                pl.when("negated").then(pl.lit("negated")).when("modal").then(pl.lit("hypothetical")).when(pl.col("cue_first").is_not_null()).then(pl.lit("affirmed")).alias("cue_polarity"),
            ),
        ],
        how="horizontal",
    ).with_columns(pl.col("source_text").str.contains(_NAMELESS).fill_null(False).alias("is_nameless"))  # fmt: skip


def _verbatim(reading: Reading, spans: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """``quote_type``, and ``verbatim_text``: the words between the first marks in the content."""
    first, last = quoted["first"].to_numpy(), quoted["last"].to_numpy()
    begin = np.searchsorted(first, spans["first"].to_numpy())
    end = np.maximum(np.searchsorted(last, spans["last"].to_numpy(), side="right"), begin)
    size = np.append(0, np.cumsum(last - first + 1))
    tokens = pl.Series(size[end] - size[begin])
    quotation = pl.Series("q", begin).to_frame().select(pl.when(tokens > 0).then("q"))["q"]
    body_first, body_last = (
        quoted[f"{one}_{end}"].fill_null(quoted[f"{other}_{end}"])
        for one, other, end in (("body", "end", "first"), ("end", "body", "last"))
    )
    whole = tokens == spans["last"] - spans["first"] + 1
    kind = pl.when(whole).then(pl.lit("direct")).when(tokens > 0).then(pl.lit("mixed")).otherwise(pl.lit("indirect"))
    return reading.spans(body_first.gather(quotation), body_last.gather(quotation)).select(
        pl.col("text").alias("verbatim_text"), kind.alias("quote_type")
    )


def _cue_types(reading: Reading, spans: pl.DataFrame) -> pl.Series:
    """The class of the words of saying, of a noun or phrase by the lexicon of those."""
    nouns = table("cue_nouns").select(pl.col("phrase").alias("key"), pl.col("cue_type").alias("of_noun")).unique("key", keep="first")
    untyped = spans.with_row_index("row").filter(pl.col("cue_type").is_null() & pl.col("cue_first").is_not_null())
    key = reading.keys(untyped["cue_first"], untyped["cue_last"]).alias("key")
    found = untyped.select("row").with_columns(key).join(nouns, on="key", how="left", maintain_order="left")
    return spans["cue_type"].scatter(found["row"], found["of_noun"]) if found.height else spans["cue_type"]
