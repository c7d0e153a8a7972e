"""Names: which runs of words name a person, an organisation or a place, by lexicons, patterns and the tagger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts import toponyms
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask, Rule
from tasks.grammar.phrases import Phrases
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, longest
from tasks.grammar.text import numbered

_NO_FUNCTION = "!determiner & !preposition & !pronoun & !conjunction & !auxiliary & !adverb & !possessive & !calendar & !not_name"
_JOINED = "(?:{hyphen & !spaced}{capital & !spaced})*"
_TAIL = "(?:{hyphen & !spaced}{word & !spaced & !participle|capital & !spaced})*"
_CAPITAL = f"(?:{{capital & word & {_NO_FUNCTION} & !role|demonym|acronym & !pronoun}}{_JOINED})"
_PROPER = f"(?:{{capital & PROPN & {_NO_FUNCTION} & !demonym & !role & !organisation & !place_noun|capital & PER & {_NO_FUNCTION} & !role & !organisation & !place_noun & !demonym}}{_TAIL})"
_PART = f"(?:{{particle}}{{hyphen & !spaced}}{{capital & !spaced}}{_TAIL}|{{particle}}{{0,2}}{_PROPER})"
#: A surname may be a word of another kind too (King, Hill), but then the tagger must take it for one.
_LATER = f"(?:{_PART}|{{capital & PER & role|capital & PER & place_noun|capital & PER & organisation}})"
_FIRST = f"{{given & capital & !calendar & !demonym}}{_TAIL}"
_AREA = "{place_noun:admin1|place_noun:admin2|place_noun:region|place_noun:river}"
_HEAD = "{organisation & capital & !place_noun}"
_HEAD_OF = "{organisation & capital & !place_noun & !counted:person}"
_OWN = f"{{capital & word & {_NO_FUNCTION} & !role & !demonym}}{_JOINED}"

#: What kind of name a rule finds, and the rule. Where two fit, the longer wins, then the earlier. Events that bear names are found to be
#: left out. Names of the lexicon come before these, those of the gazetteer between these and the tagger's word alone.
PATTERNS = (
    ("event", Rule("storm", "{=cyclone|=hurricane|=typhoon|=storm}(?P<name>{capital & word})")),
    ("event", Rule("operation", "(?P<name>{=operation & capital}{capital & word}+)")),
    ("person", Rule("titled", f"{{role}}(?P<name>{_PART}{_LATER}{{1,3}})")),
    ("person", Rule("title_surname", f"{{role & capital}}(?P<name>{_PART})")),
    ("person", Rule("given", f"(?P<name>{_FIRST}{_LATER}{{1,3}})")),
    ("organisation", Rule("head_noun_of", f"(?P<name>{_CAPITAL}*{_HEAD_OF}{{=of|=for|=on}}{{=the}}?{_CAPITAL}+(?:{{comma}}?{{=and}}{_CAPITAL}+)?)")),
    ("organisation", Rule("head_noun", f"(?P<name>{_CAPITAL}*(?:{{counted:person & capital}}{{='s}})?{_CAPITAL}(?:{{=and|=of|=for}}{{=the}}?{_CAPITAL}+)?{_HEAD}+)")),
    ("organisation", Rule("backer", "(?P<name>{demonym & !plural}){hyphen & !spaced}{participle & !spaced}")),
    ("organisation", Rule("state_body", "(?P<name>{demonym & !plural|acronym & LOC}{state_body})")),
    ("organisation", Rule("rule_of", f"(?P<name>{{demonym & !plural|capital & word & {_NO_FUNCTION} & !role}}{_JOINED}{{=regime|=government|=administration|=junta}})")),
    ("place", Rule("place_noun_of", f"(?P<name>{{place_noun & capital}}{{=of}}{{=the}}?{_OWN}+)")),
    ("place", Rule("place_noun", f"(?P<name>{_CAPITAL}*{_OWN}{{place_noun & capital}})")),
    ("place", Rule("area_noun", f"(?P<name>{_CAPITAL}{{0,2}}{_OWN}{_AREA})")),
    ("person", Rule("tagged_person", f"(?P<name>(?:{{particle}}{{hyphen & !spaced}})?{{PER & capital & !role & {_NO_FUNCTION} & !demonym}}{_TAIL}(?:{{particle}}{{hyphen & !spaced}}?|{{PER & capital}}{_TAIL})*{{PER & capital}}{_TAIL})")),
)  # fmt: skip
#: An office that stands for who holds it; one with a name behind it is that person's title.
OFFICE = Rule(
    "office",
    f"{{=the}}(?P<name>(?:{{capital & demonym}})?{{capital & role & !role:title & !role:other & !demonym}}(?:{{=of|=for}}{{=the}}?{_CAPITAL}+)?){{!PROPN & !capital}}",
)
TAGGED = (
    ("organisation", Rule("tagged_organisation", f"(?P<name>{{ORG & capital & {_NO_FUNCTION} & !demonym}}{_TAIL}(?:(?:{{=of|=for}})?{{ORG & capital}}{_TAIL})+)")),
    ("place", Rule("tagged_place", f"{{=in|=near|=from|=outside|=around|=inside|=into}}(?P<name>{{LOC & capital & {_NO_FUNCTION} & !demonym}}{_TAIL}(?:{{=of}}?{{LOC & capital}}{_TAIL})*)")),
    ("person", Rule("tagged_surname", f"(?P<name>(?:{{particle}}{{hyphen & !spaced}})?{{PER & capital & PROPN & !role & {_NO_FUNCTION} & !demonym}}{_TAIL})")),
    ("organisation", Rule("tagged_short", f"(?P<name>{{ORG & capital & PROPN & {_NO_FUNCTION} & !demonym & !organisation & !role}}{_TAIL})")),
)  # fmt: skip
_INTO = "{=in|=from|=to|=at|=near|=of|=across|=around|=inside|=throughout|=into|=through|=outside|=off|=within}"
#: Where the name of a country stands for those who govern it, and where it is a place for certain; elsewhere it is a place.
_ACTS = (
    Rule("place_listed", f"{_INTO}{{=the|ADJ}}*{{name:state|name:place}}(?:{{comma}}{{name:state|name:place}})*{{comma}}?{{=and|=or}}(?P<name>{{name:state}})"),
    Rule("place_before", f"{_INTO}{{=the|ADJ}}*(?P<name>{{name:state}})"),
    Rule("leads", "(?P<name>{name:state}){hyphen & !spaced}{participle & !spaced}"),
    Rule("attribute", "(?P<name>{name:state & acronym})(?:{NOUN|ADJ|PROPN|role|name:person|name:organisation})"),
    Rule("owner_by_acronym", "(?P<name>{name:state & acronym}){='s}"),
    Rule("owner", "(?P<name>{name:state}){='s}{ADJ|NOUN|PROPN}{0,2}{role|state_body|name:person}"),
    Rule("agent", "{=by}{=the}?(?P<name>{name:state})"),
    Rule("agents", "{=by|=between}{=the}?{name:state}(?:{comma}{name:state})*{comma}?{=and}(?P<name>{name:state})"),
    Rule("infinitive", "{=for|VERB}(?P<name>{name:state}){=to}{VERB}"),
    Rule("subject", "(?P<name>{name:state})(?:{adverb|ADV}?{say & VERB|AUX|VERB & !participle|VERB & past})"),
)  # fmt: skip


#: Sort and rule of all names that are found by pattern; the rules from ``_TAGGED`` on come behind the gazetteer.
_FOUND = (*PATTERNS, ("person", OFFICE), *TAGGED)
_TAGGED = len(_FOUND) - len(TAGGED)
_BACKER = [rule.name for _, rule in _FOUND].index("backer")

#: First and last tokens of names, and what each means: a row of ``_Known.meanings``.
_Names = tuple[Index, Index, Index]


@dataclass(frozen=True)
class _Known:
    """What is known of names before they are found.

    ``meanings``: ``sort``, ``rule_id`` and, of the lexicon's actors, ``actor_id``, ``actor`` (its row in :func:`actor_ids`, -1 for others), ``kind``, ``alias_type``; ``is_state`` (a country's own
    name, and not that of its government), ``is_tagged`` (found by the tagger alone). First come those of the rules, in order, then
    the gazetteer's. ``any_case``, ``exact``: the lexicon's names, to be compared without case and as written, each with its
    ``meaning``. ``states``: the meaning of a demonym that stands for its state.
    """

    meanings: pl.DataFrame
    any_case: Phrases
    exact: Phrases
    states: dict[str, int]


@cached
def actor_ids() -> pl.Series:
    """The actors of the lexicon, in its order, and behind them states that are none."""
    return pl.concat([table("actors")["actor_id"], table("demonyms")["country_iso3"].str.to_lowercase().drop_nulls()]).unique(
        maintain_order=True
    )


@cached
def _known() -> _Known:
    rules = pl.DataFrame({"sort": [sort for sort, _ in _FOUND], "rule_id": [rule.id for _, rule in _FOUND]})
    place = pl.DataFrame({"sort": "place", "rule_id": "gazetteer@1"})
    states = table("demonyms").filter(pl.col("country_iso3").is_not_null()).unique("form", keep="first", maintain_order=True)
    states = states.select(
        "form", pl.col("country_iso3").str.to_lowercase().alias("actor_id"),
        sort=pl.lit("organisation"), rule_id=pl.lit(_FOUND[_BACKER][1].id), kind=pl.lit("state"), alias_type=pl.lit("adjective"),
    )  # fmt: skip
    aliases = table("actor_aliases").join(table("actors").select("actor_id", "kind", "country_iso3"), on="actor_id")
    is_country = (pl.col("actor_id") == pl.col("country_iso3").str.to_lowercase()) & (pl.col("actor_id").str.len_chars() == 3)
    is_own = pl.col("alias_type").is_in(["name", "acronym", "spelling_variant", "foreign_name"])
    aliases = aliases.select(
        pl.col("alias").alias("form"), "actor_id", "alias_type", "kind", "match",
        pl.when(pl.col("kind") == "person").then(pl.lit("person")).otherwise(pl.lit("organisation")).alias("sort"),
        pl.lit("lexicon@1").alias("rule_id"),
        ((pl.col("kind") == "state") & is_country & is_own).alias("is_state"),
    )  # fmt: skip
    rows, ids = pl.concat([rules, place, states, aliases], how="diagonal").with_row_index("meaning"), actor_ids()
    phrases = rows.select("form", pl.col("meaning").cast(pl.Int64), "match")
    meanings = rows.select(
        "sort", "rule_id", "actor_id", "kind", "alias_type",
        pl.col("actor_id").replace_strict(ids, np.arange(len(ids)), default=-1).fill_null(-1).alias("actor"),
        pl.col("is_state").fill_null(False),
        pl.col("rule_id").str.starts_with("tagged_").alias("is_tagged"),
    )  # fmt: skip
    return _Known(
        meanings,
        Phrases.of(phrases.filter(pl.col("match") == "any_case").drop("match")),
        Phrases.of(phrases.filter(pl.col("match") == "exact").drop("match"), by="form"),
        dict(zip(states["form"], range(len(_FOUND) + 1, len(_FOUND) + 1 + states.height), strict=True)),
    )


def names(reading: Reading) -> tuple[pl.DataFrame, Level]:
    """The names of a reading, free of overlaps, in text order, and the level with each name one unit.

    ``first``, ``last`` (tokens), ``document``, ``char_start``, ``char_end``, ``text``, ``sort`` (person, organisation, place), ``actor_id``,
    ``actor``, ``kind``, ``alias_type`` of the lexicon's actors, ``rule_id``. The units have the features ``name``, ``name:<sort>`` and, of countries,
    ``name:state``.
    """
    patterned, tagged = _patterned(reading)
    # Of equals that stays which comes first here.
    ranked = [_listed(reading), patterned, _toponyms(reading), tagged]
    first, last, meaning = (np.concatenate(parts) for parts in zip(*ranked, strict=True))
    stays = longest(first, last)
    begin, end = pl.Series("first", first[stays]), pl.Series("last", last[stays])
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(begin))
    columns = [begin, end, document, *reading.spans(begin, end), *_known().meanings[meaning[stays]]]
    found = _settled(pl.DataFrame(columns))
    level = _reduced(reading, found)
    return found.with_columns(_sort_of_states(level, found)).drop("is_state", "is_tagged"), level


def _settled(found: pl.DataFrame) -> pl.DataFrame:
    """Names whose sort is told by others of their document; what is an event's is left out.

    Neither a storm's name nor the same word elsewhere is a person's. What the tagger alone takes for another name is a person's where it
    ends a longer name of a person.
    """
    text, number = numbered(found["text"])
    last_word = pl.when(pl.col("text").str.contains(" ", literal=True)).then(pl.col("text").str.extract(r"(\S+)$"))
    surname = text.to_frame("text").select(last_word.replace_strict(text, np.arange(len(text)), default=-1)).to_series().to_numpy()[number]
    document = found["document"].to_numpy().astype(np.int64) * len(text)
    same, sort = pl.Series(document + number), found["sort"]
    stays = ~same.is_in(same.filter(sort == "event").implode())
    surnames = pl.Series(document + surname).filter(stays & (sort == "person") & pl.Series(surname >= 0))
    person = found["is_tagged"] & same.is_in(surnames.implode())
    return found.with_columns(pl.when(person).then(pl.lit("person")).otherwise("sort").alias("sort")).filter(stays)


def _listed(reading: Reading) -> _Names:
    """Names of the lexicon; one that may be written in any case begins or ends with a capital all the same."""
    found = pl.concat([listed.find(reading.tokens, reading.words) for listed in (_known().exact, _known().any_case)])
    first, last, meaning = (found[name].to_numpy() for name in ("first", "last", "meaning"))
    word = reading.tokens["word"].to_numpy()
    capital = reading.words["form"].str.contains(r"^[\p{Lu}\p{N}]").to_numpy()
    # "The Hill" is a newspaper, but in "the Hill Guard" the article stands before a longer name.
    article = (reading.words["key"] == "the").to_numpy()[word[first]]
    goes_on = capital[word[(last + 1).clip(max=len(word) - 1)]]
    fits = (capital[word[first]] | capital[word[last]]) & ~(article & goes_on)
    return first[fits], last[fits], meaning[fits]


def _toponyms(reading: Reading) -> _Names:
    found = toponyms.mentions(reading)
    return found["first"].to_numpy(), found["last"].to_numpy(), np.full(found.height, len(_FOUND))


def _patterned(reading: Reading) -> tuple[_Names, _Names]:
    """Names by pattern, and by the tagger: the span is the group ``name``; a demonym that backs or leads somebody stands for its state."""
    found = reading.level.where("capital").find([rule for _, rule in _FOUND])
    first, last, meaning = found["name_first"].to_numpy(), found["name_last"].to_numpy(), found["rule"].to_numpy().copy()
    backers = np.flatnonzero(meaning == _BACKER)
    form = reading.words["form"].gather(reading.tokens["word"].gather(first[backers]))
    meaning[backers] = form.replace_strict(_known().states, default=-1, return_dtype=pl.Int64)
    by_tag, known = (found["rule"] >= _TAGGED).to_numpy(), meaning >= 0
    by_rule, tagged = ((first[part], last[part], meaning[part]) for part in (known & ~by_tag, by_tag))
    return by_rule, tagged


def _reduced(reading: Reading, found: pl.DataFrame) -> Level:
    """The level of names; a name that would cut a phrase of the lexicons in two is left apart."""
    level = reading.level
    begins = level.first[level.unit(found["first"])] == found["first"].to_numpy()
    is_whole: Mask = begins & (level.last[level.unit(found["last"])] == found["last"].to_numpy())
    aligned = found.filter(pl.Series(is_whole, dtype=pl.Boolean))
    features = {f"name:{sort}": aligned["sort"] == sort for sort in ("person", "organisation", "place")} | {
        "name": pl.Series(np.ones(aligned.height, np.bool_)),
        "name:state": aligned["is_state"],
        "spaced": reading.tokens["is_spaced"].gather(aligned["first"]),
        "capital": pl.Series(np.ones(aligned.height, np.bool_)),
    }
    return level.reduce(aligned, features, keep=True)


def _sort_of_states(level: Level, found: pl.DataFrame) -> pl.Series:
    """``sort`` with countries that do not act turned into places."""
    acts = level.where("name:state").find(_ACTS).sort("rule", maintain_order=True).unique("name_first", keep="first")
    acting = acts.filter(pl.col("rule") > 1)["name_first"]
    is_place = found["is_state"] & ~found["first"].is_in(acting.implode())
    return found.select(pl.when(is_place).then(pl.lit("place")).otherwise("sort").alias("sort")).to_series()
