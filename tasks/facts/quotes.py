"""Quotes: what stands between quotation marks as somebody's words, and who said them."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve, within

_END = "(?P<end>{comma|stop|ellipsis|dash})?"

#: A pair of marks with what stands between; an odd mark pairs with nothing, and nothing pairs across passages. A single mark that closes
#: behind punctuation is preferred, since one without may be a possessive: ‘the boys’ books are here,’ she said.
MARKS = (
    Rule("double", f"(?P<open>{{opens_double}})(?P<body>{{!opens_double & !closes_double}}*?){_END}(?P<close>{{closes_double}})"),
    Rule("plain_double", f"(?P<open>{{plain_double & spaced}})(?P<body>{{!plain_double}}+?){_END}(?P<close>{{plain_double & !spaced}})"),
    Rule("single_closed", "(?P<open>{opens_single})(?P<body>{!opens_single}*?)(?P<end>{comma|stop|ellipsis|dash})(?P<close>{closes_single & !spaced})"),
    Rule("single", "(?P<open>{opens_single})(?P<body>{!opens_single & !closes_single}*)(?P<close>{closes_single & !spaced})"),
    Rule("plain_single_closed", "(?P<open>{plain_single & spaced})(?P<body>{!plain_single}+?)(?P<end>{comma|stop|ellipsis|dash})(?P<close>{plain_single & !spaced})"),
    Rule("plain_single", "(?P<open>{plain_single & spaced})(?P<body>{!plain_single}+?)(?P<close>{plain_single & !spaced})"),
)  # fmt: skip

_HYPHENATED = "(?:{word}{hyphen & !spaced}{word & !spaced})"
_WORD = f"(?:{_HYPHENATED}|{{ADJ|NOUN & !time|PROPN & !time|acronym|demonym|number|role & !say}}(?:{{='s}})?)"
_PHRASE = f"(?:{{determiner|possessive|one}}?{_WORD}+)"
_NOUNS = f"(?:{_PHRASE}(?:{{=and|=of|=for|=at|=from|=in|=with|=to}}{_PHRASE})*)"
_PRONOUN = "{=he|=she|=they|=it|=we|=i}"
_APPOSITION = f"(?:{{comma}}{_NOUNS}(?:{{comma}}|))"
_SOURCE = f"(?P<source>{_NOUNS}(?:{{comma}}{_NOUNS}{{comma}})?|{_PRONOUN})"
_SOURCE_BEHIND = f"(?P<source>{_NOUNS}(?:{{comma}}{_NOUNS})?|{_PRONOUN})"
_ASIDE = "{time|adverb|ADV|=on|=in|=at|=had|=has|=have|=also|=later|=then|=who}{0,4}"
_CUE = "(?P<cue>{say & !NOUN})"
_QUOTE = "(?P<quote>{quote:closed|quote:initial})"

#: Who said a quote, by where the words of saying stand; the earlier rule wins.
SPEAKERS = (
    Rule("quote_source_cue", f"{_QUOTE}{{comma}}?{_SOURCE}{_ASIDE}{_CUE}"),
    Rule("quote_cue_source", f"{_QUOTE}{{comma}}?{_CUE}{_SOURCE_BEHIND}"),
    Rule("source_cue_quote", f"{_SOURCE}{_ASIDE}{_CUE}{{!quote & !stop & !say}}{{0,8}}{{comma|colon|=that}}(?P<quote>{{quote:closed|quote:final}})"),
    Rule("source_cue_quote_at_once", f"{_SOURCE}{_ASIDE}{_CUE}(?P<quote>{{quote:closed}})"),
)  # fmt: skip
#: Any saying, in any sentence: a pronoun stands for the last named person who said something.
SAYINGS = (
    Rule("saying", f"{_SOURCE}{_ASIDE}(?P<cue>{{say & VERB}})"),
    Rule("according_to", f"{{=according}}{{=to}}(?P<source>{_NOUNS}(?:{{comma}}{_NOUNS})?)"),
)
_NAME = "{PROPN & !role}{PROPN|hyphen & !spaced|word & !spaced & !stop}*"
_ORGANISATION = f"(?:{_HYPHENATED}|{{PROPN|acronym|ADJ & capital|demonym|NOUN & !role}}|{{='s}})"
#: A source taken apart: the organisation that it speaks for, its role and its name.
PARTS = (
    Rule("organisation_role_name", f"{{determiner|possessive}}?(?P<org>{_ORGANISATION}*)(?P<role>{{role}})(?P<name>{_NAME})"),
    Rule("name_role_organisation", f"(?P<name>{_NAME}){{comma}}{{determiner|possessive}}?(?P<modifier>{_ORGANISATION}*)(?P<role>{{role}})(?:{{=for|=of|=at|=from|=with|=to}}{{determiner|possessive}}?)(?P<org>{_ORGANISATION}+)"),
    Rule("name_organisation_role", f"(?P<name>{_NAME}){{comma}}{{determiner|possessive}}?(?P<org>{_ORGANISATION}*)(?P<role>{{role}})"),
    Rule("name_from_organisation", f"(?P<name>{_NAME}){{comma}}(?:{{=for|=of|=at|=from|=with}}{{determiner|possessive}}?)(?P<org>{_ORGANISATION}+)"),
    Rule("role_organisation", f"{{determiner|possessive|one}}?(?P<role>{{role}})(?:{{=for|=of|=at|=from|=with}}{{determiner|possessive}}?)(?P<org>{_ORGANISATION}+)"),
    Rule("organisation_role", f"{{determiner|possessive|one}}?(?P<org>{_ORGANISATION}*)(?P<role>{{role}})"),
    Rule("name", f"{{determiner}}?(?P<name>{_NAME})"),
)  # fmt: skip
_CHANNEL = Rule("channel", "{=on|=in|=via|=through|=by|=to|=at}{determiner|possessive|ADJ|PROPN|NOUN}{0,4}(?P<channel>{channel})")


_PART_NAMES = (("name", "name"), ("role", "role"), ("org", "org_name"))
_PASSED_ON = ["source_name", "source_role", "source_org_name"]


def quotes(reading: Reading, level: Level) -> pl.DataFrame:
    """The direct quotes of a reading, in text order.

    ``level``: times reduced. The result has the columns of the table of quotes that are read from the text, with ``first``, ``last``
    (tokens of the reading).
    """
    by_passage = level.grouped(reading.passage_starts)
    marks = resolve(by_passage.where("opens_double|opens_single|plain_double|plain_single").find(MARKS), "rule")
    marks = marks.with_columns(*_surroundings(reading, marks))
    features = {f"quote:{name}": marks[name] for name in ("closed", "initial", "final")}
    blank = {"quote": pl.Series(np.ones(marks.height, np.bool_)), "spaced": reading.tokens["is_spaced"].gather(marks["first"])}
    said = by_passage.reduce(marks, features | blank).where("quote").find(SPEAKERS).sort("rule").unique("quote_first", keep="first")
    said = said.select(pl.col("rule").alias("speaker"), pl.col("quote_first").alias("first"), "^source_.*$", "^cue_.*$")
    direct = marks.join(said, on="first", how="left", maintain_order="left").filter(pl.col("speaker").is_not_null() | pl.col("is_speech"))
    rows = pl.concat([_columns(reading, direct), _parts(reading, level, direct["source_first"], direct["source_last"])], how="horizontal")
    return _attributed(rows.with_columns(_channels(reading, level, direct)), _speakers(reading, level))


def _surroundings(reading: Reading, marks: pl.DataFrame) -> list[pl.Series]:
    """``closed``: punctuation before the closing mark; ``initial``, ``final``: at a sentence's ends; ``is_speech``: so without a speaker."""
    sentence = reading.tokens["sentence"]
    end = reading.tokens.height - 1
    before, behind = (marks["first"] - 1).clip(0), (marks["last"] + 1).clip(upper_bound=end)
    initial = (marks["first"] == 0) | (sentence.gather(before) != sentence.gather(marks["first"]))
    final = (marks["last"] == end) | (sentence.gather(behind) != sentence.gather(marks["last"]))
    stop = reading.words["key"].gather(reading.tokens["word"].gather(behind)) == "."
    closed = marks["end_first"].is_not_null()
    introduced = reading.words["key"].gather(reading.tokens["word"].gather(before)).is_in([",", ":"])
    is_long = marks["last"] - marks["first"] >= 5
    return [
        closed.alias("closed"),
        initial.alias("initial"),
        (final | stop).alias("final"),
        (closed & (initial | introduced) & is_long).alias("is_speech"),
    ]


def _columns(reading: Reading, direct: pl.DataFrame) -> pl.DataFrame:
    """What the spans of quote, source and cue give."""
    rules = pl.Series([rule.id for rule in SPEAKERS], dtype=pl.String)
    verbatim = reading.spans(direct["body_first"].fill_null(direct["end_first"]), direct["end_last"].fill_null(direct["body_last"]))["text"]
    source = reading.keys(direct["source_first"], direct["source_last"])
    return pl.DataFrame(
        [
            direct["first"],
            direct["last"],
            direct["source_first"],
            reading.tokens["sentence"].gather(direct["first"]),
            reading.passages["document"].gather(reading.tokens["passage"].gather(direct["first"])),
            reading.tokens["passage"].gather(direct["first"]),
            *reading.spans(direct["first"], direct["last"]).iter_columns(),
            rules.gather(direct["speaker"]).fill_null("quotation_marks@1").alias("rule_id"),
            verbatim.alias("verbatim_text"),
            *reading.spans(direct["source_first"], direct["source_last"], "source").rename({"text": "source_text"}).iter_columns(),
            *reading.spans(direct["cue_first"], direct["cue_last"], "cue").rename({"text": "cue_text"}).iter_columns(),
            pl.select(pl.when(source.is_in(["he", "she", "they", "it", "we", "i"])).then(source)).to_series().alias("pronoun"),
        ]
    )


def _parts(reading: Reading, level: Level, first: pl.Series, last: pl.Series) -> pl.DataFrame:
    """Sources (tokens, null where none) → ``source_name``, ``source_role``, ``source_org_name`` by the first rule that fits inside each."""
    sources = pl.DataFrame({"first": first, "last": last}).with_row_index("row")
    given = sources.drop_nulls().unique("first").sort("first")
    found = level.around(first).find(PARTS)
    taken = found.with_columns(within(found, given).alias("source")).drop_nulls("source").sort("rule", "first").unique("source", keep="first", maintain_order=True)
    parts = [reading.spans(taken[f"{part}_first"], taken[f"{part}_last"])["text"].alias(f"source_{name}") for part, name in _PART_NAMES]
    named = taken["name_first"].fill_null(taken["first"])
    is_person = pl.Series((level.has("PER") | level.has("role:title"))[level.unit(named)]) | taken["role_first"].is_not_null()
    known = pl.DataFrame([given["first"].gather(taken["source"]), *parts, is_person.alias("is_person")])
    return sources.join(known, on="first", how="left", maintain_order="left").select(*_PASSED_ON, "is_person")


def _speakers(reading: Reading, level: Level) -> pl.DataFrame:
    """Everyone who is named as saying something: ``token``, ``document`` and the parts of the source, in text order."""
    found = level.where("say & VERB|=according").find(SAYINGS).sort("source_first").unique("source_first", keep="first", maintain_order=True)
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(found["source_first"]))
    rows = pl.DataFrame([found["source_first"].alias("token"), document])
    return pl.concat([rows, _parts(reading, level, found["source_first"], found["source_last"])], how="horizontal").drop_nulls("source_name")


def _channels(reading: Reading, level: Level, direct: pl.DataFrame) -> pl.Series:
    """``channel``: the medium named in the sentence of the cue."""
    found = level.around(direct["cue_first"]).where("channel").find([_CHANNEL])
    sentence = reading.tokens["sentence"]
    phrase = reading.keys(found["channel_first"], found["channel_last"]).alias("phrase")
    named = pl.DataFrame([sentence.gather(found["first"]), phrase]).unique("sentence", keep="first", maintain_order=True)
    return (
        sentence.gather(direct["cue_first"]).to_frame()
        .join(named, on="sentence", how="left", maintain_order="left")
        .join(table("channels"), on="phrase", how="left", maintain_order="left")["channel"]
    )  # fmt: skip


def _attributed(rows: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame:
    """With ``source_basis`` and whose name, role and organisation hold where the source itself does not state them.

    A pronoun stands for the last person named as a speaker before it. A quote without words of saying has the speaker of the quote
    before it, if that stands in its passage or in the one before.
    """
    spoken = pl.when(pl.col("source_text").is_not_null()).then("passage").forward_fill().over("document")
    basis = (
        pl.when(pl.col("pronoun").is_not_null()).then(pl.lit("pronoun"))
        .when(pl.col("source_text").is_not_null()).then(pl.lit("stated"))
        .when((pl.col("passage") - spoken).fill_null(2) <= 1).then(pl.lit("inherited"))
        .otherwise(pl.lit("none"))
        .alias("source_basis")
    )  # fmt: skip
    token = rows.select("document", pl.col("source_first").fill_null(pl.col("first")).alias("token")).with_row_index("row")
    # "it" stands for an organisation, "he" and "she" for a person.
    token = token.with_columns((rows["pronoun"] != "it").fill_null(True).alias("is_person")).sort("token")
    before = token.join_asof(speakers.sort("token"), on="token", by=["document", "is_person"], allow_exact_matches=False, check_sortedness=False)
    before = before.sort("row")
    return (
        rows.with_columns(basis)
        .with_columns(pl.when(pl.col("source_basis") == "pronoun").then(before[name]).otherwise(name).alias(name) for name in _PASSED_ON)
        .with_columns(_inherited(name) for name in _PASSED_ON)
        .with_columns(
            (pl.col("source_role").is_not_null() & pl.col("source_name").is_null()).alias("is_anonymous"),
            pl.lit("direct").alias("quote_type"),
        )
    )


def _inherited(name: str) -> pl.Expr:
    """The column with the last quote's value in inherited rows; an empty one passes on as nothing."""
    own = pl.when(pl.col("source_basis") != "inherited").then(pl.col(name).fill_null(""))
    return own.forward_fill().over("document").replace("", None).alias(name)
