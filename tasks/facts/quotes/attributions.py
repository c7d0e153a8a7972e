"""Attributions: the rows of the table of quotes, put together."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts.quotes.contents import CONTENTS, attributions
from tasks.facts.quotes.inheritance import attributed
from tasks.facts.quotes.marks import marks
from tasks.facts.quotes.sources import parts
from tasks.facts.quotes.units import units
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import innermost

_CHANNEL = Rule("channel", "{=on|=in|=via|=through|=by|=to|=at}{determiner|possessive|ADJ|PROPN|NOUN}{0,4}(?P<channel>{channel})")
_PRONOUNS = ["he", "she", "they", "it", "we", "i", "you"]


def quotes(reading: Reading, level: Level) -> pl.DataFrame:
    """The quotes of a reading, in text order.

    ``level``: times reduced. The result has the columns of the table of quotes that are read from the text, with ``first``, ``last``
    (tokens of the reading).
    """
    quoted = marks(reading, level)
    said, heads = attributions(units(reading, level, quoted))
    heads = heads.select("source_first", "source_last", "named_first", "named_last", "cue_first", "cue_last", "negated", "modal")
    said = pl.concat([said, heads[said["head"]]], how="horizontal")
    alone = _alone(quoted, said)
    said = said.unique(["first", "last"], keep="first", maintain_order=True)
    spans = _continued(reading, pl.concat([said, alone], how="diagonal").sort("first"), quoted)
    rows = pl.concat([_columns(reading, spans, quoted), parts(reading, level, spans["named_first"], spans["named_last"])], how="horizontal")
    speakers = _speakers(rows)
    return attributed(rows.with_columns(_channels(reading, level, spans)), speakers)


def _alone(quoted: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Quotations that no words of saying belong to, but that look like somebody's words."""
    speech = quoted.filter((pl.col("closed") & (pl.col("opening") | pl.col("introduced")) & pl.col("long")) | pl.col("close_first").is_null())
    held = innermost(speech, said)
    return speech.filter(held.is_null()).select("first", "last")


def _continued(reading: Reading, spans: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """With the words of saying of the attribution that a quotation without any goes on with, as in “…,” he said. “…”.

    It does so in the same passage, and in the next one if its first part has no closing mark (PARC: one attribution, several contents).
    """
    passage = reading.tokens["passage"]
    goes_on = np.zeros(reading.passages.height + 1, np.bool_)
    goes_on[passage.gather(quoted.filter(pl.col("close_first").is_null())["first"]).to_numpy() + 1] = True
    chain = pl.Series("chain", np.cumsum(~goes_on)[passage.gather(spans["first"]).to_numpy()])
    quoting = pl.col("rule").is_in([i for i, rule in enumerate(CONTENTS) if "quote" in rule.name])
    known = (pl.when(quoting).then(name).forward_fill().over("chain") for name in ("cue_first", "cue_last"))
    return spans.with_columns(chain).with_columns(pl.coalesce(own, before) for own, before in zip(("cue_first", "cue_last"), known, strict=True))


def _quoted_tokens(quoted: pl.DataFrame, spans: pl.DataFrame) -> pl.Series:
    """How many tokens of each span stand between marks."""
    size = pl.Series("n", np.append(0, np.cumsum((quoted["last"] - quoted["first"] + 1).to_numpy())))
    begin = np.searchsorted(quoted["first"].to_numpy(), spans["first"].to_numpy())
    end = np.searchsorted(quoted["last"].to_numpy(), spans["last"].to_numpy(), side="right")
    return (size.gather(np.maximum(end, begin)) - size.gather(begin)).alias("quoted")


def _columns(reading: Reading, spans: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """What the spans of content, source and cue give."""
    rules = pl.Series([rule.id for rule in CONTENTS], dtype=pl.String)
    source = reading.keys(spans["source_first"], spans["source_last"])
    tokens = _quoted_tokens(quoted, spans)
    has_quote = tokens > 0
    quotation = pl.Series(np.searchsorted(quoted["first"].to_numpy(), spans["first"].to_numpy()))
    quotation = quotation.zip_with(has_quote, pl.Series([None], dtype=pl.Int64))
    body_first, body_last = (quoted[f"{outer}_{end}"].fill_null(quoted[f"{other}_{end}"]) for outer, other, end in (("body", "end", "first"), ("end", "body", "last")))
    verbatim = reading.spans(body_first.gather(quotation), body_last.gather(quotation))["text"]
    kind = pl.select(
        pl.when(tokens == spans["last"] - spans["first"] + 1).then(pl.lit("direct")).when(has_quote).then(pl.lit("mixed")).otherwise(pl.lit("indirect")).alias("quote_type")
    )["quote_type"]
    return pl.DataFrame(
        [
            spans["first"],
            spans["last"],
            spans["source_first"],
            reading.tokens["sentence"].gather(spans["first"]),
            reading.passages["document"].gather(reading.tokens["passage"].gather(spans["first"])),
            reading.tokens["passage"].gather(spans["first"]),
            *reading.spans(spans["first"], spans["last"]).iter_columns(),
            rules.gather(spans["rule"]).fill_null("quotation_marks@1").alias("rule_id"),
            kind,
            verbatim.alias("verbatim_text"),
            *reading.spans(spans["source_first"], spans["source_last"], "source").rename({"text": "source_text"}).iter_columns(),
            *reading.spans(spans["cue_first"], spans["cue_last"], "cue").rename({"text": "cue_text"}).iter_columns(),
            pl.select(pl.when(source.is_in(_PRONOUNS)).then(source)).to_series().alias("pronoun"),
        ]
    )


def _speakers(rows: pl.DataFrame) -> pl.DataFrame:
    """Everyone who is named as saying something: ``token``, ``document`` and the parts of the source, in text order."""
    named = rows.filter(pl.col("source_name").is_not_null() | pl.col("source_role").is_not_null())
    return named.select(pl.col("source_first").alias("token"), "document", "source_name", "source_role", "source_org_name", "is_person").sort("token")


def _channels(reading: Reading, level: Level, spans: pl.DataFrame) -> pl.Series:
    """``channel``: the medium named in the sentence of the cue."""
    found = level.around(spans["cue_first"]).where("channel").find([_CHANNEL])
    sentence = reading.tokens["sentence"]
    phrase = reading.keys(found["channel_first"], found["channel_last"]).alias("phrase")
    named = pl.DataFrame([sentence.gather(found["first"]), phrase]).unique("sentence", keep="first", maintain_order=True)
    return (
        sentence.gather(spans["cue_first"]).to_frame()
        .join(named, on="sentence", how="left", maintain_order="left")
        .join(table("channels"), on="phrase", how="left", maintain_order="left")["channel"]
    )  # fmt: skip
