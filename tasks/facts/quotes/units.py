"""Units: sentences as quotations, noun groups, words of saying and what stands between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule, named
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, resolve

_NOUN = "NOUN & !time & !noun_cue|PROPN & !time|acronym & !time|PER & capital & !time|ORG & capital & !time|demonym & !time|role & !VERB & !time"
_COUNT = "{NUM & !time|number & !time}"
_HYPHENATED = "{word}(?:{hyphen & !spaced}{word & !spaced|digits & !spaced})+"
_MODIFIER = f"(?:{_HYPHENATED}|{{{_NOUN}|ADJ & !time|quote & !clausal & !closed & !opening}}|{{='s}}|{{slash & !spaced}})"
_HEAD = f"(?:{_HYPHENATED}|{{{_NOUN}}})"
_LEAD = "{DET & !PRON|determiner & !SCONJ & !PRON|possessive & !='s}"
_QUALITY = "(?:{ADV}?{ADJ}{comma}?(?:{=and|=or}{ADJ})?)?"
_DETERMINED = f"(?:{_LEAD}{{1,2}}(?:{_MODIFIER}*{_COUNT}|{{ADV}}?{{VERB & participle}})?|{{quantifier:before}}?{_COUNT})?{_QUALITY}"
_BRACKET = "(?:{opens_bracket}{!opens_bracket & !closes_bracket}{1,6}{closes_bracket})?"

_PRONOUN = "PRON & !='s & !=that & !=which & !=who & !=whom & !=what|pronoun & !=who & !=whom & !VERB"
_THOSE = "=those|=many|=some|=others|=most|=both|=several|=all|=one|=another|=few|=people|=neither|=none|=half"
#: Noun groups, pronouns and counts among them.
_NOUN_GROUP = Rule("noun_group", f"{_DETERMINED}{_MODIFIER}*{_HEAD}{_BRACKET}|{{{_PRONOUN}|{_THOSE}}}|{_COUNT}{{percent}}?")

_HELP = "AUX|auxiliary"
_ASIDE = "{negation|PART & !=to|ADV & !=so & !time|adverb & !time}"
_BE = "{=is|=are|=was|=were|=be|=been|=being|='re|='m|='s & AUX}"
_SAY = "say & !noun_group & !ADJ & !PROPN & !noun_cue"
_LEADING = f"(?:{{{_HELP}}}{_ASIDE}{{0,2}}){{0,3}}"
#: Words of saying with their auxiliaries; where two fit, the longer, then the earlier.
CUES = (
    Rule("passive", f"(?P<lead>{_LEADING}{_BE}{_ASIDE}{{0,2}}){{{_SAY} & !saying}}"),
    Rule("infinitive", f"(?P<lead>{{=to}}{_ASIDE}{{0,1}}){{{_SAY} & !saying}}"),
    Rule("active", f"(?P<lead>{_LEADING}{_ASIDE}{{0,2}}){{{_SAY}}}"),
)
_MODAL = "=would|=could|=may|=might|=should|=must|=if"
_CUED = "say & !NOUN & !ADJ & !PROPN|cue:source_after|colon"
#: "Their claim that …": a noun of saying with its clause.
_NOUN_CUE, _CLAUSE = "cue:that_clause & NOUN", "=that & !DET"
_OF_QUOTE = ("clausal", "closed", "introduced", "opening", "long", "stopped")
_FEATURES = named((_NOUN_GROUP, *CUES), _NOUN_CUE, _CLAUSE, _CUED, "negation", _MODAL, "saying", "participle")


def units(reading: Reading, level: Level, marks: pl.DataFrame, features: Iterable[str]) -> Level:
    """The units of the sentences that can hold a saying.

    ``level``: sentences with times reduced; ``marks`` as :func:`tasks.facts.quotes.marks.marks` gives them; ``features``: those that are
    asked for later. No sentence ends within a quotation. The units have the features ``quote``, ``noun_group``, ``noun_cue`` and
    ``cue``, of words of saying also how they stand; a ``loose`` one may be a participle: "people believed to be hiding".
    """
    level = _with_quotes(reading, _promising(level, marks).narrowed(_FEATURES.union(features)), marks)
    first, last = level.first, level.last
    # Numbers of these units, in place of tokens, are fewer.
    level = replace(level, first=np.arange(len(first)), last=np.arange(len(first)))
    groups = level.find([_NOUN_GROUP])
    head = level.unit(groups["first"])
    alone = (groups["first"] == groups["last"]).to_numpy()
    is_pronoun = alone & level.holds(f"{_PRONOUN}|{_THOSE}", head) & ~level.holds(_NOUN, head)
    of_group = {"noun_group": np.array([True, True]), "is_pronoun": np.array([False, True])}
    level = level.reduced(groups, is_pronoun.astype(np.int64), of_group, keep=True)
    found = resolve(level.where(_SAY).find(CUES), "rule")
    bare = found["lead_first"].is_null().to_numpy()
    begin, verb = level.unit(found["first"]), level.unit(found["last"])
    saying, participle = level.has("saying", verb), level.has("participle", verb)
    of_cue = {
        "said:not": ~bare & level.between("negation", begin, verb + 1),
        "said:modal": ~bare & level.between(_MODAL, begin, verb + 1),
        "said:ing": bare & saying,
        "loose": bare & participle & ~saying,
    } | {rule.name: found["rule"].to_numpy() == i for i, rule in enumerate(CUES)}
    level = level.reduce(found, {"said": _all(found)} | {name: pl.Series(mask) for name, mask in of_cue.items()}, keep=True)
    return replace(level, first=first[level.first], last=last[level.last])


def _promising(level: Level, marks: pl.DataFrame) -> Level:
    """The sentences with a word that may be one of saying, or with any part of a quotation."""
    cued = level.holds(_CUED)
    cued[_noun_cues(level)] = True
    quoted = np.zeros(len(level.begin) + 1, np.int64)
    for tokens, step in ((marks["first"], 1), (marks["last"], -1)):
        np.add.at(quoted, np.searchsorted(level.begin, level.unit(tokens), side="right") - (step > 0), step)
    return level.among(level.hold(cued) | (np.cumsum(quoted)[:-1] > 0))


def _noun_cues(level: Level) -> Index:
    """The units that may be nouns of saying with a clause behind them."""
    noun = np.flatnonzero(level.holds(_NOUN_CUE)[:-1])
    return noun[level.holds(_CLAUSE, noun + 1)]


def _with_quotes(reading: Reading, level: Level, marks: pl.DataFrame) -> Level:
    """The level with quotations as units, and nouns of saying outside of them told apart; no sentence ends within a quotation."""
    noun = _noun_cues(level)
    noun = noun[~level.begins(noun + 1)]
    nouns = pl.DataFrame({"first": level.first[noun], "last": level.last[noun], "that": level.last[noun + 1]})
    before = np.searchsorted(marks["first"].to_numpy(), nouns["that"].to_numpy(), side="right")
    free = np.append(-1, marks["last"].to_numpy())[before] < nouns["first"].to_numpy()
    spans = pl.concat(
        [
            marks.select("first", "last", *_OF_QUOTE, reading.tokens["is_spaced"].gather(marks["first"]).alias("spaced"), quote=True),
            nouns.filter(pl.Series(free)).select("first", "last", noun_cue=True),
        ],
        how="diagonal",
    ).sort("first")
    features = spans.select(pl.col("quote", "noun_cue", "spaced", *_OF_QUOTE).fill_null(False)).to_dict()
    starts = level.first[level.begin]
    level = level.reduce(spans, features, keep=features["noun_cue"].to_numpy())
    return level.grouped(starts[level.first.take(level.begin, mode="clip") == starts])


def _all(spans: pl.DataFrame) -> pl.Series:
    return pl.Series(np.ones(spans.height, np.bool_))
