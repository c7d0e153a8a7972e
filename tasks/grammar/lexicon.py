"""Lexicons: the CSV files of ``seeds/lexicons`` as checked frames, and as the features that words and phrases have in patterns.

A lexicon gives its phrases a feature (``quantifier``) and, by its class column, others (``quantifier:before``); the classes of
function words (``determiner``) are features of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

import seeds


class LexiconError(ValueError):
    """A lexicon that cannot be used: the message names file, line and column."""


@dataclass(frozen=True)
class Lexicon:
    """How one file gives features: which columns hold forms, which one the class, and which classes there may be."""

    file: str
    feature: str
    forms: tuple[str, ...]
    by: str | None = None
    classes: tuple[str, ...] = ()


LEXICONS = (
    Lexicon("function_words", "", ("word",), "word_class", ("adverb", "auxiliary", "conjunction", "determiner", "keyword", "negation", "particle", "possessive", "preposition", "pronoun", "relative")),
    Lexicon("number_words", "number_word", ("word",), "kind", ("dozen", "few", "fraction", "fraction_sign", "hundred", "magnitude", "multiple", "ordinal", "suffix", "teen", "ten", "unit", "vague", "zero")),
    Lexicon("quantifiers", "quantifier", ("phrase",), "position", ("after", "before", "lead")),
    Lexicon("calendar", "calendar", ("word",), "kind", ("clock", "day_part", "decade", "deictic", "deictic_night", "meridiem", "month", "month_short", "part_plural", "season", "season_plural", "time_unit", "weekday", "weekday_plural", "weekday_short")),
    Lexicon("time_words", "time_word", ("word",), "kind", ("also_word", "bound", "couple", "deadline", "edge", "every", "fiscal", "frequency", "future", "half", "latest", "once", "period", "quarter", "recent", "reference", "relation", "relation_other", "the_reference", "unit_adjective")),
    Lexicon("time_zones", "time_zone", ("zone",)),
    Lexicon("holidays", "holiday", ("name",)),
    Lexicon("counted_nouns", "counted", ("singular", "plural"), "unit", ("area", "distance", "energy", "event", "household", "item", "money", "other", "person", "power", "ratio", "site", "speed", "structure", "temperature", "vehicle", "volume", "weight")),
    Lexicon("counted_nouns", "counted_plural", ("plural",)),
    Lexicon("units", "unit", ("unit", "plural"), "kind"),
    Lexicon("currencies", "currency", ("form",), "form_type", ("code", "prefix", "subunit", "symbol", "word")),
    Lexicon("reporting_verbs", "say", ("base", "third", "past", "participle", "ing"), "cue_type"),
    Lexicon("reporting_verbs", "takes", ("base", "third", "past", "participle", "ing"), "takes", ("addressee", "as", "bare", "object", "of", "quote", "that", "to", "whom")),
    Lexicon("reporting_verbs", "saying", ("ing",)),
    Lexicon("cue_nouns", "cue", ("phrase",), "pattern", ("source_after", "that_clause")),
    Lexicon("roles", "role", ("singular", "plural"), "role_class"),
    Lexicon("demonyms", "demonym", ("form",), "form_type", ("adjective", "demonym_plural", "demonym_singular")),
    Lexicon("measures", "measured", ("word",), "word_class", ("active_object", "adjective", "nominal", "subject")),
    Lexicon("organisation_nouns", "organisation", ("noun", "plural")),
    Lexicon("place_nouns", "place_noun", ("noun",), "kind", ("admin1", "admin2", "country", "region", "river", "settlement", "site")),
    Lexicon("place_nominals", "place_nominal", ("noun",)),
    Lexicon("state_bodies", "state_body", ("phrase",)),
    Lexicon("given_names", "given", ("name",)),
    Lexicon("not_names", "not_name", ("word",)),
    Lexicon("changes", "change", ("word",), "direction", ("down", "up")),
    Lexicon("changes", "changing", ("word",), "word_class", ("adjective", "noun", "particle", "verb")),
    Lexicon("modalities", "modal", ("phrase",), "modality", ("forecast", "hedged", "intent", "negated")),
    Lexicon("number_labels", "label", ("word",)),
    Lexicon("channels", "channel", ("phrase",)),
)  # fmt: skip


@cache
def table(name: str, folder: Path = seeds.folder / "lexicons") -> pl.DataFrame:
    """A lexicon file as a frame of strings; an empty cell is null.

    Raises :class:`LexiconError` for a file that is missing or whose rows have too many cells.
    """
    path = folder / f"{name}.csv"
    try:
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LexiconError(f"{path}: cannot be read as a lexicon: {str(error).splitlines()[0]}") from error


def entries(lexicon: Lexicon) -> pl.DataFrame:
    """Rows ``form``, ``feature`` of a lexicon; raises :class:`LexiconError` for an unknown class."""
    rows = table(lexicon.file)
    missing = {*lexicon.forms, *([lexicon.by] if lexicon.by else [])} - set(rows.columns)
    if missing:
        raise LexiconError(f"{lexicon.file}.csv, line 1: column {sorted(missing)[0]!r} is missing")
    by = pl.col(lexicon.by) if lexicon.by else pl.lit("")
    if lexicon.by:  # a cell may name several classes
        rows = rows.with_row_index("line", 2).with_columns(by.str.split(" ")).explode(lexicon.by)
    if lexicon.classes:
        unknown = rows.filter(~by.is_in(lexicon.classes).fill_null(False)).select("line", by.alias("class"))
        for line, value in unknown.head(1).rows():
            raise LexiconError(
                f"{lexicon.file}.csv, line {line}, column {lexicon.by}: unknown class {value!r}, not one of {', '.join(lexicon.classes)}"
            )
    name = pl.format("{}:{}", pl.lit(lexicon.feature), by) if lexicon.feature else by
    features = [pl.lit(lexicon.feature or None, pl.String), *([name] if lexicon.by else [])]
    return (
        rows.select(pl.concat_list(*lexicon.forms).alias("form"), pl.concat_list(*features).alias("feature"))
        .explode("form")
        .explode("feature")
        .drop_nulls()
    )


def declared() -> list[str]:
    """All features that the lexicons may give, whether or not an entry does."""
    named = [f"{lexicon.feature}:{name}" if lexicon.feature else name for lexicon in LEXICONS for name in lexicon.classes]
    return [*named, *(lexicon.feature for lexicon in LEXICONS if lexicon.feature)]


@cache
def features() -> pl.DataFrame:
    """Rows ``form``, ``features`` (sorted list) of all lexicons together: what a word or phrase may be, with nothing decided.

    A form in lower case stands for any case, another only for itself: ``us`` is a pronoun, ``US`` a country.

    A function word or number word also has the feature of its own name (``=of``), so that a rule can ask for that very word.
    """
    words = pl.concat([table("function_words").select("word"), table("number_words").select("word")])
    words = words.select(pl.col("word").alias("form"), pl.format("={}", pl.col("word")).alias("feature"))
    return (
        pl.concat([words, *(entries(lexicon) for lexicon in LEXICONS)])
        .unique()
        .group_by("form")
        .agg(pl.col("feature").sort().alias("features"))
        .sort("form")
    )
