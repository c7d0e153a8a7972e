"""Names: which runs of words name a person, an organisation or a place, by lexicons, patterns and the tagger."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts import toponyms
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Rule
from tasks.grammar.phrases import Phrases
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve

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


@cached
def _aliases() -> tuple[Phrases, Phrases]:
    """The lexicon's names of actors, to be compared without case and as written: ``actor_id``, ``alias_type``, ``kind``."""
    known = table("actor_aliases").join(table("actors").select("actor_id", "kind", "country_iso3"), on="actor_id").rename({"alias": "form"})
    country = pl.col("actor_id") == pl.col("country_iso3").str.to_lowercase()
    known = known.select("form", "actor_id", "alias_type", "kind", country.fill_null(False).alias("country"), "match")
    return (
        Phrases.of(known.filter(pl.col("match") == "any_case").drop("match")),
        Phrases.of(known.filter(pl.col("match") == "exact").drop("match"), by="form"),
    )


def names(reading: Reading) -> tuple[pl.DataFrame, Level]:
    """The names of a reading, free of overlaps, in text order, and the level with each name one unit.

    ``first``, ``last`` (tokens), ``sort`` (person, organisation, place), ``actor_id``, ``kind``, ``alias_type`` of the lexicon's actors,
    ``rule_id``. The units have the features ``name``, ``name:<sort>`` and, of countries, ``name:state``.
    """
    ranked = [_listed(reading), _patterned(reading, (*PATTERNS, ("person", OFFICE))), _toponyms(reading), _patterned(reading, TAGGED)]
    found = pl.concat(ranked, how="diagonal").with_row_index("rank")
    found = resolve(found.filter((pl.col("rule_id") != "backer@1") | pl.col("actor_id").is_not_null()), "rank").drop("rank")
    found = _with_surnames(reading, _without_events(reading, found))
    level = _reduced(reading, found)
    return found.with_columns(_sort_of_states(level)), level


def _without_events(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """Neither a storm's name nor the same word elsewhere in its document is a person's."""
    name = reading.spans(found["first"], found["last"])["text"]
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"]))
    keyed = found.with_columns(name.alias("name"), document.alias("document"))
    events = keyed.filter(pl.col("sort") == "event").select("document", "name").unique()
    return (
        keyed.filter(pl.col("sort") != "event")
        .join(events, on=["document", "name"], how="anti", maintain_order="left")
        .drop("document", "name")
    )


def _listed(reading: Reading) -> pl.DataFrame:
    """Names of the lexicon; one that may be written in any case begins or ends with a capital all the same."""
    any_case, exact = _aliases()
    capital = reading.words["form"].str.contains(r"^[\p{Lu}\p{N}]").gather(reading.tokens["word"])
    found = pl.concat([listed.find(reading.tokens, reading.words) for listed in (exact, any_case)])
    found = found.filter(capital.gather(found["first"]) | capital.gather(found["last"]))
    # "The Hill" is a newspaper, but in "the Hill Guard" the article stands before a longer name.
    article = (reading.words["key"] == "the").gather(reading.tokens["word"].gather(found["first"]))
    goes_on = capital.gather((found["last"] + 1).clip(upper_bound=reading.tokens.height - 1))
    found = found.filter(~(article & goes_on))
    sort = pl.when(pl.col("kind") == "person").then(pl.lit("person")).otherwise(pl.lit("organisation"))
    return found.select(
        "first", "last", sort.alias("sort"), "actor_id", "alias_type", "kind", "country", pl.lit("lexicon@1").alias("rule_id")
    )


def _toponyms(reading: Reading) -> pl.DataFrame:
    return toponyms.mentions(reading).select("first", "last", pl.lit("place").alias("sort"), pl.lit("gazetteer@1").alias("rule_id"))


def _patterned(reading: Reading, rules: tuple[tuple[str, Rule], ...]) -> pl.DataFrame:
    """Names by pattern: the span is the group ``name``; a demonym that backs or leads somebody stands for its state."""
    found = reading.level.where("capital").find([rule for _, rule in rules])
    sorts = pl.Series([sort for sort, _ in rules], dtype=pl.String).gather(found["rule"])
    ids = pl.Series([rule.id for _, rule in rules], dtype=pl.String).gather(found["rule"])
    states = table("demonyms").filter(pl.col("country_iso3").is_not_null()).unique("form", keep="first", maintain_order=True)
    form = reading.words["form"].gather(reading.tokens["word"].gather(found["name_first"]))
    state = form.alias("form").to_frame().join(states, on="form", how="left", maintain_order="left")["country_iso3"].str.to_lowercase()
    frame = pl.DataFrame(
        [found["name_first"].alias("first"), found["name_last"].alias("last"), sorts.alias("sort"), ids.alias("rule_id"), state]
    )
    backs = pl.col("rule_id") == "backer@1"
    return frame.select(
        "first", "last", "sort", "rule_id",
        pl.when(backs).then("country_iso3").alias("actor_id"),
        pl.when(backs).then(pl.lit("state")).alias("kind"),
        pl.when(backs).then(pl.lit("adjective")).alias("alias_type"),
    )  # fmt: skip


def _with_surnames(reading: Reading, found: pl.DataFrame) -> pl.DataFrame:
    """What the tagger alone takes for another name is a person's where it ends a longer name of a person in the document."""
    text = reading.spans(found["first"], found["last"])["text"].alias("text")
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"])).alias("document")
    rows = found.with_columns(text, document).with_row_index("row")
    full = rows.filter((pl.col("sort") == "person") & pl.col("text").str.contains(" "))
    surnames = full.select("document", pl.col("text").str.extract(r"(\S+)$")).unique()
    alone = rows.filter(pl.col("rule_id").str.starts_with("tagged_")).join(surnames, on=["document", "text"], how="semi")["row"]
    return found.with_columns(pl.when(rows["row"].is_in(alone.implode())).then(pl.lit("person")).otherwise("sort").alias("sort"))


def _reduced(reading: Reading, found: pl.DataFrame) -> Level:
    """The level of names; a name that would cut a phrase of the lexicons in two is left apart."""
    level = reading.level
    aligned = found.filter(pl.Series(np.isin(found["first"], level.first) & np.isin(found["last"], level.last)))
    features = {f"name:{sort}": aligned["sort"] == sort for sort in ("person", "organisation", "place")} | {
        "name": pl.Series(np.ones(aligned.height, np.bool_)),
        "name:state": aligned.select(_is_country().alias("state"))["state"],
        "spaced": reading.tokens["is_spaced"].gather(aligned["first"]),
        "capital": pl.Series(np.ones(aligned.height, np.bool_)),
    }
    return level.reduce(aligned, features, keep=True)


def _is_country() -> pl.Expr:
    """Is it a country's own name, and not that of its government?"""
    own = pl.col("alias_type").is_in(["name", "acronym", "spelling_variant", "foreign_name"])
    return ((pl.col("kind") == "state") & (pl.col("actor_id").str.len_chars() == 3) & pl.col("country") & own).fill_null(False)


def _sort_of_states(level: Level) -> pl.Expr:
    """``sort`` with countries that do not act turned into places."""
    acts = level.where("name:state").find(_ACTS).sort("rule").unique("name_first", keep="first")
    acting = acts.filter(pl.col("rule") > 1)["name_first"]
    return pl.when(_is_country() & ~pl.col("first").is_in(acting.implode())).then(pl.lit("place")).otherwise("sort").alias("sort")
