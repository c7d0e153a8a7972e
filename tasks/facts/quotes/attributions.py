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
from tasks.grammar.lexicon import cached, table
from tasks.grammar.reading import Reading
from tasks.grammar.spans import innermost, numbered, row_of

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
    spans = pl.concat([said, _alone(reading, quoted, said, heads)], how="diagonal").sort("first", maintain_order=True)
    named = [pl.col(f"named_{end}").gather(spans["via"]).alias(f"via_{end}") for end in ("first", "last")]
    heads = heads.select(pl.col("^(?:source|named|cue)_(?:first|last)$", "cue_type", "negated", "modal").gather(spans["head"]), *named)
    spans = _continued(reading, read, pl.concat([spans, heads], how="horizontal"))
    spans = _circumstances(spans, *circumstances(reading, read))
    # Sources and those who pass on what they say are taken apart together.
    first, last = (pl.concat([spans[f"named_{end}"], spans[f"via_{end}"]]) for end in ("first", "last"))
    known = parts(reading, level, first, last)
    passing = known.tail(spans.height).select(pl.col("source_name").alias("via_name"), pl.col("source_role").alias("via_role"))
    content, source, cue, via = _placed(reading, spans)
    rows = [
        _columns(reading, spans, quoted, [content, source, cue]),
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
    sentence = reading.tokens["sentence"].to_numpy()
    before, of_head = sentence[np.maximum(alone["first"].to_numpy() - 1, 0)], sentence[heads["first"].to_numpy()]
    head = np.searchsorted(of_head, before, side="right") - 1
    there = (np.append(of_head, -1)[head] == before) & alone["introduced"].to_numpy()
    return alone.select("first", "last", numbered(head, there).alias("head"))


def _continued(reading: Reading, read: Level, spans: pl.DataFrame) -> pl.DataFrame:
    """With the words of saying of the attribution that a quotation without any goes on with, as in “…,” he said. “…”.

    It goes on with the quotation before it in its passage or in the one before, unless other words of saying stand between (PARC: one
    attribution, several contents).
    """
    first, row = spans["first"].to_numpy(), np.arange(spans.height)
    quoting = spans["rule"].is_in([i for i, rule in enumerate(CONTENTS) if "quote" in rule.name]).fill_null(False).to_numpy()
    cued = spans["cue_first"].is_not_null().to_numpy()
    passage = reading.tokens["passage"].to_numpy()[first].astype(np.int64)
    document = reading.passages["document"].to_numpy()[passage]
    chain = np.cumsum(cued | np.append(True, (np.diff(passage) > 1) | (np.diff(document) != 0))[: spans.height])
    before = np.maximum.accumulate(np.where(quoting, row, 0))
    said = read.first[read.has("said")]
    sayings, upto = np.searchsorted(said, first), np.searchsorted(said, spans["cue_last"].fill_null(0).to_numpy(), side="right")
    follows = quoting[before] & (chain[before] == chain) & (sayings == upto[before]) & ~cued
    names = ("cue_first", "cue_last", "cue_type", "negated", "modal")
    return spans.with_columns(pl.col(names).gather(np.where(follows, before, row)))


def _circumstances(spans: pl.DataFrame, times: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """With the time of saying, if it does not stand within the content, and the medium that it was told."""
    time, medium = (row_of(spans["cue_first"], found["cue_first"]) for found in (times, told))
    said = times.select(pl.col("said_first", "said_last").gather(time))
    outside = (pl.col("said_first") < spans["first"]) | (pl.col("said_first") > spans["last"])
    said = said.select(pl.when(outside).then(pl.col("said_first", "said_last")))
    return spans.hstack([*said.iter_columns(), told["relay_name"].gather(medium)])


def _placed(reading: Reading, spans: pl.DataFrame) -> list[pl.DataFrame]:
    """Where content, source, words of saying and who passes on stand in the document, and their text."""
    parts = {"": "char", "source_": "source", "cue_": "cue", "via_": "via"}
    first, last = (pl.concat([spans[f"{part}{end}"] for part in parts]) for end in ("first", "last"))
    found = reading.spans(first, last)
    return [
        found.slice(i * spans.height, spans.height).select(
            pl.col("char_start").alias(f"{name}_start"), pl.col("char_end").alias(f"{name}_end"), pl.col("text").alias(f"{part}text")
        )
        for i, (part, name) in enumerate(parts.items())
    ]


def _columns(reading: Reading, spans: pl.DataFrame, quoted: pl.DataFrame, placed: list[pl.DataFrame]) -> pl.DataFrame:
    """What the spans of content, source and cue give; ``placed``: where these stand."""
    rules = pl.Series([rule.id for rule in CONTENTS], dtype=pl.String)
    first, word = spans["first"].to_numpy(), reading.tokens["word"]
    passage = reading.tokens["passage"][first]
    alone = spans.select(pl.when(pl.col("source_first") == pl.col("source_last")).then("source_first"))["source_first"]
    pronoun = reading.words["key"].gather(word.gather(alone))
    return pl.concat(
        [
            spans.select("first", "last", "source_first", "via_first", "said_first", "said_last", "relay_name", _cue_types(reading, spans)),
            pl.DataFrame([reading.tokens["sentence"][first], reading.passages["document"][passage], passage]),
            *placed,
            _verbatim(reading, spans, quoted),
            spans.select(
                pl.when(pronoun.is_in(_PRONOUNS)).then(pronoun).alias("pronoun"),
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
    body = quoted.select(pl.coalesce("body_first", "end_first"), pl.coalesce("end_last", "body_last"))
    body = body.select(pl.all().gather(numbered(begin, end > begin)))
    whole = tokens == spans["last"] - spans["first"] + 1
    kind = pl.when(whole).then(pl.lit("direct")).when(tokens > 0).then(pl.lit("mixed")).otherwise(pl.lit("indirect"))
    return reading.spans(body["body_first"], body["end_last"]).select(pl.col("text").alias("verbatim_text"), kind.alias("quote_type"))


def _cue_types(reading: Reading, spans: pl.DataFrame) -> pl.Series:
    """The class of the words of saying, of a noun or phrase by the lexicon of those."""
    row = spans.select((pl.col("cue_type").is_null() & pl.col("cue_first").is_not_null()).arg_true())["cue_type"]
    first, last = spans["cue_first"].gather(row), spans["cue_last"].gather(row)
    kind = reading.keys(first, last).alias("key").to_frame().join(_noun_types(), on="key", how="left", maintain_order="left")["cue_type"]
    return spans["cue_type"].scatter(row, kind)


@cached
def _noun_types() -> pl.DataFrame:
    """Nouns and phrases of saying: ``key``, ``cue_type``."""
    return table("cue_nouns").select(pl.col("phrase").alias("key"), "cue_type").unique("key", keep="first")
