"""Lexicons: the CSV files of ``seeds/lexicons`` as checked frames, and as the features that words and phrases have in patterns.

A lexicon gives its phrases a feature (``quantifier``) and, by its class column, others (``quantifier:before``); the classes of
function words (``determiner``) are features of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import polars as pl

import seeds

_P = ParamSpec("_P")
_T = TypeVar("_T")
_SHIPPED = seeds.folder / "lexicons"
#: The user's own folder, if any, and what must be forgotten when it changes.
_own: list[Path] = []
_forget: list[Callable[[], None]] = []


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
    Lexicon("number_words", "number_word", ("word",), "kind", ("dozen", "few", "fold", "fraction", "fraction_sign", "hundred", "magnitude", "multiple", "ordinal", "suffix", "teen", "ten", "unit", "vague", "zero")),
    Lexicon("quantifiers", "quantifier", ("phrase",), "position", ("after", "before", "lead")),
    Lexicon("calendar", "calendar", ("word",), "kind", ("clock", "day_part", "decade", "deictic", "deictic_night", "meridiem", "month", "month_short", "part_plural", "season", "season_plural", "time_unit", "weekday", "weekday_plural", "weekday_short")),
    Lexicon("time_words", "time_word", ("word",), "kind", ("also_word", "bound", "couple", "deadline", "edge", "every", "fiscal", "frequency", "future", "half", "latest", "once", "period", "quarter", "recent", "reference", "relation", "relation_other", "the_reference", "unit_adjective", "year")),
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
    Lexicon("measures", "measured", ("word",), "word_class", ("active_object", "adjective", "nominal", "person", "subject")),
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


def cached(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Like ``functools.cache``, for what is made of lexicons: forgotten when :func:`use` adds others."""
    remembered = cache(function)
    _forget.append(remembered.cache_clear)

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return remembered(*args, **kwargs)  # type: ignore[arg-type]

    return call


def use(folder: Path | None) -> None:
    """Add the lexicons of a folder to those that are shipped, for this process; None leaves only those.

    A file has the name and the columns of a shipped one; its rows come on top, and replace those with the same key. Raises
    :class:`LexiconError` for a file that nothing reads, other columns, a repeated key or a reference to what is not there.
    """
    own = [folder.resolve()] if folder else []
    if own == _own:
        return
    _own[:] = own
    for forget in _forget:
        forget()
    try:
        for path in own_files():
            if path.stem not in KEYS:
                raise LexiconError(f"{path}: no lexicon of this name can be added to: {', '.join(sorted(KEYS))} can")
            table(path.stem)
        _check_references()
    except LexiconError:
        _own.clear()
        raise


def own_files() -> list[Path]:
    """The files that the user adds."""
    missing = [folder for folder in _own if not folder.is_dir()]
    if missing:
        raise LexiconError(f"{missing[0]}: no folder of lexicons is there")
    return sorted(path for folder in _own for path in folder.glob("*.csv"))


def _check_references() -> None:
    known = set(table("actors")["actor_id"])
    for path in own_files():
        if path.stem == "actor_aliases":
            rows = _read(path).with_row_index("line", 2).filter(~pl.col("actor_id").is_in(list(known)))
            for line, actor in rows.select("line", "actor_id").head(1).rows():
                raise LexiconError(f"{path}, line {line}, column actor_id: there is no actor {actor!r} in actors.csv")


#: The lexicons that a user may add to, and what identifies a row.
KEYS: dict[str, tuple[str, ...]] = {
    "actors": ("actor_id",),
    "actor_aliases": ("actor_id", "alias"),
    "places_extra": ("place_id",),
    "counted_nouns": ("singular",),
    "measures": ("word", "measure"),
    "roles": ("singular",),
    "demonyms": ("form", "country_iso3", "form_type"),
    "organisation_nouns": ("noun",),
    "place_nouns": ("noun",),
    "not_names": ("word",),
    "channels": ("phrase",),
    "boilerplate": ("phrase",),
}


@cached
def table(name: str) -> pl.DataFrame:
    """A lexicon file as a frame of strings, with the user's own rows on top; an empty cell is null.

    Raises :class:`LexiconError` for a file that is missing, whose rows have too many cells, or whose own rows do not fit.
    """
    shipped = _read(_SHIPPED / f"{name}.csv")
    for folder in _own:
        path = folder / f"{name}.csv"
        if path.exists():
            own = _fitting(path, shipped.columns, KEYS[name])
            shipped = pl.concat([own, shipped.join(own, on=KEYS[name], how="anti", nulls_equal=True, maintain_order="left")])
    return shipped


def own(name: str) -> pl.DataFrame | None:
    """The user's own rows of a lexicon, None if there are none."""
    paths = [path for path in own_files() if path.stem == name]
    return _fitting(paths[0], _read(_SHIPPED / f"{name}.csv").columns, KEYS[name]) if paths else None


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LexiconError(f"{path}: cannot be read as a lexicon: {str(error).splitlines()[0]}") from error


def _fitting(path: Path, columns: list[str], key: tuple[str, ...]) -> pl.DataFrame:
    """The rows of a user's file, if it has the columns of the shipped one and no key twice."""
    rows = _read(path)
    if rows.columns != columns:
        raise LexiconError(f"{path}, line 1: the columns are {','.join(rows.columns)}, and must be {','.join(columns)}")
    repeated = rows.with_row_index("line", 2).filter(~pl.struct(key).is_first_distinct())
    for line in repeated["line"].head(1):
        raise LexiconError(f"{path}, line {line}, column {key[0]}: the key {', '.join(key)} stands there a second time")
    return rows


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


@cached
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
