"""Figures in their clauses: what happened to the counted, which way a number moved, and how sure the text is.

A second grammar, over a level in which each figure is one unit. A rule has a cue (the word that tells) and a region: all figures that
begin within it are told by the cue. The earlier rule wins, then the nearer cue.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts.figures.relations import PARTS
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import gathered

#: What stands between a figure and its verb, or between a verb and its object: no other clause.
_NEAR = "{!VERB & !AUX & !auxiliary & !stop & !semicolon & !colon & !SCONJ & !=and & !=but & !=or & !=nor & !=whose & !figure & !say|=including|VERB & gerund & !measured & !say}"
_FIGURES = f"{{figure}}(?:{_NEAR}|{{=and|=or}}(?:{{figure|PROPN|acronym|NOUN & plural}}|{{possessive}}{{NOUN}})|{{figure}}){{0,14}}?"
_SUBJECT = f"(?P<told>{_FIGURES})"
_AUX = "{AUX|auxiliary|ADV & !say|adverb|negation|modal & !VERB}"
_BE = "{=is|=are|=was|=were|=be|=been|=being|='re|='s & AUX}"
_WHO = "{=who|=that|=which}?"
_LIGHT = "{ADV|adverb|determiner|possessive|ADJ & !measured|time|=up|=out|=off|=down|=away|=on & !VERB|=the}"
_PHRASE = "{NOUN|PROPN|ADJ|ADP|determiner|possessive|acronym|demonym|time|hyphen|=others|=the|='s}"
_ALSO = f"(?:{_PHRASE}{{0,8}}?(?:{{comma}}?{{=and|=or|=including}}|{{comma}}){_LIGHT}{{0,3}}{{figure}}){{0,5}}"
_OBJECT = f"(?P<told>(?:{_PHRASE}{{1,8}}?(?:{{comma}}{_PHRASE}{{1,6}}?){{0,2}}{{comma}}?{{=and}}{_LIGHT}{{0,2}}|{_LIGHT}{{0,4}}){{figure}}{_ALSO})"
_AFTER = "(?:{ADP|comma|stop|semicolon|dash|colon|=and|=or|=but|time|SCONJ|adverb|ADV|opens_bracket|closes_bracket|closes_double|plain_double}|$)"

#: What happened: killed, left, destroyed …
MEASURES = (
    Rule("left_over", f"{{=there}}{_AUX}{{1,3}}(?P<told>{{figure}}){{ADV}}?(?P<cue>{{measured:adjective & !NOUN}})"),
    Rule("left_to", "(?P<told>{figure})(?P<cue>{=left}){=to}{VERB}"),
    Rule("lives", "(?P<cue>{=claimed|=claiming|=claims|=cost|=costing|=took})(?P<told>{ADV|adverb|determiner}{0,2}{figure:lives})"),
    Rule("toll", "(?P<cue>{measured:nominal|measured:person})(?P<told>{!stop & !figure & !semicolon & !measured & !say}{1,8}?{figure:bare})"),
    Rule("how_many", "{=how}{=many}{!stop & !figure & !measured:subject & !measured:active_object}{0,5}(?P<cue>{measured:subject|measured:active_object|measured:adjective})(?P<told>{!stop & !figure}{0,30}{=number|=figure|=total}{=at}{ADV|adverb}?{figure})"),
    Rule("participle", f"(?P<told>{{figure}}(?:(?:{{comma}}|{{comma}}?{{=and|=or}}){{figure}}){{0,6}}){{adverb|ADV|VERB & =reported|ADJ & !measured}}?(?P<cue>{{measured:active_object & !NOUN|measured:adjective}}){_AFTER}"),
    Rule("passive", f"{_SUBJECT}{{comma}}?{_WHO}{_AUX}{{0,3}}{_BE}{_AUX}{{0,2}}(?:{{VERB & !measured}}{{=to|PART}}?{_AUX}{{0,3}})?(?P<cue>{{measured:active_object|measured:adjective}})"),
    Rule("said_to", f"{_SUBJECT}{{comma}}?{_WHO}{_AUX}{{0,3}}{_BE}{_AUX}{{0,2}}{{VERB & !measured|say}}{{=to|PART}}{_AUX}{{0,3}}(?P<cue>{{measured:subject & !NOUN & !ADJ}})"),
    Rule("object", f"(?P<cue>{{measured:active_object & !NOUN}}){_OBJECT}"),
    Rule("suffered", f"{_SUBJECT}{{comma}}?{_WHO}{_AUX}{{0,3}}{{=suffered|=suffering|=sustained|=sustaining|=received}}{{ADJ|ADV|determiner|NOUN & !measured}}{{0,3}}(?P<cue>{{measured:nominal & !measured:person}})"),
    Rule("still_there", f"(?P<told>{{figure:person|figure:bare}}){_AUX}{{0,2}}(?P<cue>{{=still}}){_AUX}{{0,3}}{{=inside|=there|=in|=at}}"),
    Rule("subject", f"{_SUBJECT}{{comma}}?{_WHO}{_AUX}{{0,3}}{{=to|PART}}?(?P<cue>{{measured:subject & !NOUN & !ADJ}})"),
    Rule("inverted", f"(?P<cue>{{measured:adjective|measured:active_object|measured:nominal}}){{comma}}?(?P<told>{{AUX|=include|=including|=at}}{{1,2}}{_LIGHT}{{0,2}}{{figure}}{_ALSO})"),
    Rule("nominal", f"(?P<cue>{{measured:nominal|measured:active_object}})(?P<told>{{=of|=to|=among}}{_LIGHT}{{0,2}}{{figure:person|figure:bare|figure:structure}}{_ALSO})"),
    Rule("toll_behind", "(?P<told>{figure:bare})(?P<cue>{measured:nominal})"),
)  # fmt: skip

_AMOUNT = "{figure:amount|figure:bare}"
#: That the counted are somewhere or something, at a moment.
STATES = (
    Rule(
        "is_at",
        f"{_SUBJECT}{{comma}}?{_WHO}{_AUX}{{0,3}}(?P<cue>{_BE}){_AUX}{{0,2}}{{ADP|ADJ & !measured:active_object|measured:adjective}}",
    ),
    Rule("there_are", f"(?P<cue>{{=there}}){_AUX}{{1,4}}(?P<told>{_LIGHT}{{0,2}}{{figure}})"),
)
#: "People, mostly civilians": more than one kind of people.
MIXTURES = (
    Rule(
        "mostly",
        "(?P<told>{figure:person}){comma|dash|opens_bracket}?(?P<cue>{=mostly|=mainly|=largely}){ADJ}{0,2}{counted:person|NOUN & plural}",
    ),
)

#: Which way a number moved: "rose by 12 %", "down 34 cents", "a 5 % increase".
CHANGES = (
    Rule("moved_by", f"(?P<cue>{{change & changing:verb & !NOUN|change & VERB}})(?P<told>{{ADV|adverb}}{{0,2}}(?:{{=by}}{{ADV|adverb}}?)?{_AMOUNT}(?:{{=or|comma}}{{1,2}}{{change|=by}}?{_AMOUNT})?)"),
    Rule("up_or_down", f"(?P<cue>{{changing:particle}})(?P<told>{{ADV|adverb|=by}}{{0,2}}{_AMOUNT}(?:{{=or|comma}}{{1,2}}{_AMOUNT})?)"),
    Rule("verb_object_by", f"(?P<cue>{{change & changing:verb & !NOUN|change & VERB}})(?P<told>{{!stop & !figure & !semicolon & !VERB & !AUX & !=to & !=from & !comma}}{{1,8}}?{{=by}}{{ADV|adverb}}?{_AMOUNT})"),
    Rule("movement_of", f"(?P<cue>{{change & changing:noun & !VERB}})(?P<told>(?:{{=in}}{{!stop & !figure & !VERB & !comma}}{{1,6}}?)?{{=of|=by|ADP & =about}}{{ADV|adverb}}?{_AMOUNT})"),
    Rule("amount_movement", "(?P<told>{figure:amount}){ADJ}?(?P<cue>{change & changing:noun & !VERB|change & changing:adjective})"),
)  # fmt: skip

_REACH = "{!stop & !semicolon & !figure & !say & !SCONJ & !=but|=that}"
#: How sure the text is of what it tells.
MODALITIES = (
    Rule("cue_before", f"(?P<cue>{{modal:negated|modal:hedged|modal:forecast}}|{{modal:intent}}(?:{{=to}}))(?P<told>{_REACH}{{0,9}}{{figure}}{_ALSO})"),
    Rule("cue_behind", f"(?P<told>{_FIGURES}){{AUX|auxiliary|adverb|ADV & !modal}}{{0,2}}(?P<cue>{{modal:negated|modal:hedged|modal:forecast & !VERB}}|{{modal:intent|modal:forecast}}{{=to}})"),
)  # fmt: skip

_NAME = "(?:{determiner|possessive}?{ADJ & !measured|NOUN & !time & !say|PROPN & !time|acronym|demonym|='s|hyphen & !spaced}{0,6}?{NOUN & !time & !change & !say|PROPN & !time|acronym})"
#: What a measured number is a property of: "revenue" in "revenue rose 12 % to $4.5bn".
PROPERTIES = (
    Rule("property_of", "(?P<cue>{determiner|possessive}?{ADJ|NOUN & !time|PROPN & !time|acronym|='s}{0,5}?{NOUN & !time & !change & !unit})(?P<told>{=of}{ADV|adverb}?{figure:amount & !figure:noun})"),
    Rule("property_moved", f"(?P<cue>{_NAME})(?P<told>(?:{{ADP & !=of}}{_NAME}){{0,2}}{{comma}}?{_AUX}{{0,4}}(?:{{VERB|=is|=are|=was|=were|='s & AUX}}|{{changing:particle}})(?:{{!stop & !semicolon & !comma & !VERB & !SCONJ & !say}}|{{=to}}{{VERB}}){{0,10}}{{figure:amount & !figure:noun}}(?:{{!stop & !semicolon & !VERB & !SCONJ}}{{0,4}}{{figure:amount & !figure:noun}}){{0,2}})"),
    Rule("property_in", f"(?P<told>{{figure:amount & !figure:noun}}{{change & changing:noun}}){{=in}}(?P<cue>{_NAME})"),
)  # fmt: skip


#: All grammars over figures; they are asked together, for the level is written out only once.
GRAMMARS = {
    "measure": MEASURES,
    "state": STATES,
    "mixture": MIXTURES,
    "change": CHANGES,
    "modality": MODALITIES,
    "property": PROPERTIES,
    "part": PARTS,
}


def cues(reading: Reading, level: Level, figures: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """For each grammar the figures that a cue tells: ``figure`` (row), ``rule``, ``cue_first``, ``cue_last``, ``key`` (its words), ``begin``.

    At most one row a figure. ``level``: figures reduced; ``figures``: ``first``, ``last``, sorted and free of overlaps. ``begin`` is the
    first figure of the region.
    """
    rules = [rule for grammar in GRAMMARS.values() for rule in grammar]
    found = level.find(rules, few=len(rules))  # on a narrow level one alphabet is cheaper than several
    begin, end = figures["first"].search_sorted(found["told_first"], "left"), figures["first"].search_sorted(found["told_last"], "right")
    each = (
        found.select("rule", "cue_first", "cue_last", begin.cast(pl.Int64).alias("begin"), end.cast(pl.Int64).alias("end"))
        .with_columns(pl.int_ranges("begin", "end").alias("figure"))
        .explode("figure", empty_as_null=False)
    )
    ahead = figures["first"].gather(each["figure"]) - each["cue_last"]
    behind = each["cue_first"] - figures["last"].gather(each["figure"])
    apart = pl.min_horizontal(ahead.abs().alias("ahead"), behind.abs().alias("behind"))
    bases = np.cumsum([0, *map(len, GRAMMARS.values())])
    each = each.with_columns(apart.alias("apart")).sort("rule", "apart", maintain_order=True)
    grammar = np.searchsorted(bases, each["rule"].to_numpy(), side="right") - 1
    each = each.with_columns(pl.col("rule") - bases[grammar], pl.Series(grammar).alias("grammar"))
    each = each.unique(["grammar", "figure"], keep="first", maintain_order=True)
    each = each.with_columns(reading.keys(each["cue_first"], each["cue_last"]).alias("key"))
    return {name: each.filter(pl.col("grammar") == i) for i, name in enumerate(GRAMMARS)}


def measures(cues: pl.DataFrame, own: pl.DataFrame) -> pl.Series:
    """The measure of each figure: that of its own noun, else of its clause, else of the people that it counts, else null.

    ``own``: ``noun`` ("63 deaths") and ``people`` ("12 refugees"), measures or null.
    """
    happened, state = (_known(cues["key"], _measure_of(first)) for first in ("subject", "adjective"))
    of_clause = _by_figure(cues, state.zip_with(cues["rule"] <= 1, happened), own.height)
    return own.select(pl.coalesce("noun", of_clause, "people")).to_series()


def changes(cues: pl.DataFrame, height: int) -> pl.Series:
    """``change`` of each figure: up, down or null."""
    return _by_figure(cues, _known(cues["key"], _direction_of()), height)


def modalities(cues: pl.DataFrame, height: int) -> pl.Series:
    """``modality`` of each figure: negated, hedged or forecast by the words of its clause, else asserted."""
    return _by_figure(cues, _known(cues["key"].str.strip_suffix(" to"), _modality_of()), height).fill_null("asserted")


def properties(reading: Reading, cues: pl.DataFrame, height: int) -> pl.Series:
    """``about_text`` of each figure: what a measured number is a property of, where its clause names it."""
    text = reading.spans(cues["cue_first"], cues["cue_last"])["text"].str.replace(r"^(?i:the|a|an|its|their|his|her|our) ", "")
    return _by_figure(cues, text, height)


def _by_figure(cues: pl.DataFrame, told: pl.Series, height: int) -> pl.Series:
    place = np.full(height, cues.height)
    place[cues["figure"].to_numpy()] = np.arange(cues.height)
    return gathered(told, {"told": place})["told"]


def _known(key: pl.Series, meanings: pl.DataFrame) -> pl.Series:
    """What each key means, null if nothing."""
    return key.replace_strict(*meanings, default=None, return_dtype=pl.String)


#: What takes lives: "the storm claimed 12 lives".
_TAKES_LIVES = ("claimed", "claiming", "claims", "cost", "costing", "took")


@cached
def _measure_of(first: str) -> pl.DataFrame:
    """``word`` → ``measure``; of a word with two ("left"), that of the class ``first``."""
    own = pl.DataFrame({"word": ["still", *_TAKES_LIVES], "measure": ["remaining", *["killed"] * len(_TAKES_LIVES)]})
    words = table("measures").sort(pl.col("word_class") != first, maintain_order=True).select("word", "measure")
    return pl.concat([words, own]).unique("word", keep="first", maintain_order=True)


@cached
def _direction_of() -> pl.DataFrame:
    return table("changes").select("word", "direction").unique("word", keep="last", maintain_order=True)


@cached
def _modality_of() -> pl.DataFrame:
    phrases = table("modalities").unique("phrase", keep="last", maintain_order=True)
    return phrases.select("phrase", pl.col("modality").replace("intent", "forecast"))


@cached
def nominal_measures() -> pl.DataFrame:
    """``key`` → ``measure`` of the words that tell it from within a noun phrase: "63 deaths", "12 wounded soldiers"."""
    words = table("measures").filter(pl.col("word_class").is_in(["nominal", "person", "adjective", "active_object"]))
    known: pl.DataFrame = words.unique("word", keep="first", maintain_order=True).select(
        pl.col("word").alias("key"), "measure", "word_class"
    )
    return known
