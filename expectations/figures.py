"""figures: the reported numbers."""

import polars as pl

from expectations.contract import SPAN, SPAN_CHECKS, Check, Table, boolean, date, enum, integer, real, text

TABLE = Table(
    name="figures",
    description="One row a reported number that counts or measures something; the span is quantifier, number and counted noun.",
    key=("figure_id",),
    columns=(
        text("figure_id", "doc_id:f:char_start-char_end"),
        *SPAN,
        text("number_text", "the number as written; null for a vague figure", nullable=True),
        integer("number_start", "first character of the number", unit="code points", nullable=True),
        integer("number_end", "one past the last character of the number", unit="code points", nullable=True),
        real("value", "the number; null when vague and for a range; a share is 0-1", nullable=True),
        real("value_low", "least value that the words allow, where they state it", nullable=True),
        real("value_high", "greatest value that the words allow, where they state it", nullable=True),
        enum(
            "quantifier",
            "how the number bounds the value (HELIX)",
            "exact approximately more_than at_least less_than up_to range vague",
        ),
        text("quantifier_text", "the words of the quantifier", nullable=True),
        enum(
            "unit",
            "what kind of thing is counted or measured",
            "person household structure vehicle site item event money distance area volume weight temperature speed energy power ratio other",
        ),
        text("unit_text", "the unit as written", nullable=True),
        text(
            "unit_code",
            "normalised unit: ISO 4217 for money (null for a hundredth: cents), UCUM for physical units, % for shares",
            nullable=True,
        ),
        enum(
            "measure",
            "what happened to the counted (IDMC category and term)",
            "killed injured missing captured detained surrendered left fled displaced evacuated returned remaining trapped hosted affected"
            " in_need destroyed damaged deployed overcrowding territory_captured depicted other",
        ),
        enum("stock_flow", "counted at a moment (stock) or over a period (flow): HELIX; never add one to the other", "stock flow"),
        enum(
            "population",
            "who the counted people are, by the words of their noun; none for things",
            "unspecified civilians combatants relatives women men children supporters detainees staff mixed none",
        ),
        text("counted_text", "the counted noun phrase; for a number without a noun of its own that of the figure before it", nullable=True),
        enum("change", "the number is a change in this direction: rose by 12 %", "up down", nullable=True),
        text("about_text", "what a measured number is a property of: revenue in “revenue rose 12 %”", nullable=True),
        enum("modality", "how sure the words of the clause are of it", "asserted attributed hedged forecast negated"),
        enum("relation", "part_of: counted within the related figure; additional_to: on top of it", "none part_of additional_to"),
        text("related_figure_id", "the total, where the text has one", nullable=True, references="figures.figure_id"),
        text("group_actor_id", "whom the counted belong to", nullable=True, references="actors.actor_id"),
        text("group_name", "its name", nullable=True),
        date("period_start", "first day of what is counted, not of the report", nullable=True),
        date("period_end", "last day of it", nullable=True),
        enum("period_basis", "where the period is known from", "stated inherited said_time none"),
        text("time_id", "the time that states the period", nullable=True, references="times.time_id"),
        boolean("needs_publication_date", "the period is not known without the publication date"),
        text("place_id", "where", nullable=True, references="places.place_id"),
        enum("place_basis", "how the place is known; nominal: a noun such as the enclave", "stated nominal adjective inherited none"),
        text("place_name", "its name", nullable=True),
        text("country_iso3", "its country, ISO 3166-1 alpha-3", nullable=True),
        real("lat", "latitude of the place's point", unit="degrees WGS84", nullable=True),
        real("lon", "longitude of that point", unit="degrees WGS84", nullable=True),
        text("source_actor_id", "who claims it; null: an unsourced count", nullable=True, references="actors.actor_id"),
        text("source_name", "the claimant's name, or words", nullable=True),
        enum("source_basis", "how the claimant is known", "stated pronoun inherited none"),
        text("via_actor_id", "who passes on what the claimant said, where that is another", nullable=True, references="actors.actor_id"),
        text("via_name", "its name, or the words that stand for one", nullable=True),
        text("relay_actor_id", "the agency or paper that it was told to", nullable=True, references="actors.actor_id"),
        text("relay_name", "its name", nullable=True),
        text("quote_id", "the innermost attribution that holds the figure", nullable=True, references="quotes.quote_id"),
        text("sentence_text", "the sentence, so that a row can be read without a join"),
    ),
    checks=(
        *SPAN_CHECKS,
        Check(
            "bounds_are_ordered",
            "value_low <= value <= value_high, where given",
            (pl.col("value_low") <= pl.col("value_high")).fill_null(True)
            & (pl.col("value_low") <= pl.col("value")).fill_null(True)
            & (pl.col("value") <= pl.col("value_high")).fill_null(True),
        ),
        Check(
            "exact_has_value",
            "an exact, bounded or approximate figure has a value, a vague one and a range have none",
            pl.col("value").is_null() == pl.col("quantifier").is_in(["vague", "range"]),
        ),
        Check(
            "unrelated_has_no_total",
            "a figure that relates to none names no total",
            (pl.col("relation") != "none") | pl.col("related_figure_id").is_null(),
        ),
        Check(
            "number_is_within_span",
            "the number lies within the span",
            (pl.col("char_start") <= pl.col("number_start")).fill_null(True) & (pl.col("number_end") <= pl.col("char_end")).fill_null(True),
        ),
    ),
)
