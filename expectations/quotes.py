"""quotes: who said what."""

import polars as pl

from expectations.contract import SPAN, SPAN_CHECKS, Check, Table, boolean, enum, integer, text

TABLE = Table(
    name="quotes",
    description="One row a piece of what an attribution says (PARC: source, cue, content); the span is the content, a direct quote with its marks. "
    "Pieces of one attribution, as of a quotation interrupted by “he said”, share their words of saying.",
    key=("quote_id",),
    columns=(
        text("quote_id", "doc_id:q:char_start-char_end"),
        *SPAN,
        enum(
            "quote_type",
            "direct: the whole content stands between quotation marks; mixed: a part; indirect: nothing",
            "direct indirect mixed",
        ),
        text("verbatim_text", "the words between the marks", nullable=True),
        text("source_text", "the speaker as written", nullable=True),
        integer("source_start", "first character of the source", unit="code points", nullable=True),
        integer("source_end", "one past the last character of the source", unit="code points", nullable=True),
        text("source_actor_id", "the speaker", nullable=True, references="actors.actor_id"),
        text("source_name", "the speaker's name, where the source states one or inherits it", nullable=True),
        text("source_role", "the speaker's role, as written", nullable=True),
        text("source_org_name", "the organisation that the source speaks for, as written", nullable=True),
        text("source_org_actor_id", "the organisation that the source speaks for", nullable=True, references="actors.actor_id"),
        enum(
            "source_basis",
            "how the source is known: said, by a pronoun, or as that of the quotation before",
            "stated pronoun inherited none",
        ),
        boolean("is_anonymous", "the source has a role but no name, or asked not to be named"),
        text("via_actor_id", "who passes on what the source said, where that is another", nullable=True, references="actors.actor_id"),
        text("via_name", "its name, or the words that stand for one", nullable=True),
        text("cue_text", "the words of saying; a quotation that goes on behind them shares those of its first part", nullable=True),
        integer("cue_start", "first character of the cue", unit="code points", nullable=True),
        integer("cue_end", "one past the last character of the cue", unit="code points", nullable=True),
        enum(
            "cue_type",
            "what kind of saying it is",
            "agree ask believe blame claim deny estimate order praise promise report say threaten",
            nullable=True,
        ),
        enum("cue_polarity", "whether it was said, was not, or would be", "affirmed negated hypothetical", nullable=True),
        text("relay_actor_id", "the agency or paper that it was told to", nullable=True, references="actors.actor_id"),
        text("relay_name", "its name", nullable=True),
        text("said_time_id", "when it was said, which is not when it happened", nullable=True, references="times.time_id"),
        text("channel", "the medium through which it was said", nullable=True),
    ),
    checks=(
        *SPAN_CHECKS,
        Check(
            "direct_has_verbatim",
            "a direct quote has its words",
            (pl.col("quote_type") != "direct") | pl.col("verbatim_text").is_not_null(),
        ),
        Check(
            "verbatim_is_within_text",
            "the words stand in the span",
            pl.col("text").str.contains(pl.col("verbatim_text"), literal=True).fill_null(True),
        ),
        Check(
            "source_is_stated_or_not",
            "a stated or pronominal source has its words, another has none",
            pl.col("source_text").is_not_null() == pl.col("source_basis").is_in(["stated", "pronoun"]),
        ),
    ),
)
