"""Units: sentences as quotations, noun groups, words of saying and what stands between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Mask, Rule, named
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve

_NOUN = "NOUN & !time & !noun_cue|PROPN & !time|acronym & !time|PER & capital & !time|ORG & capital & !time|demonym & !time|role & !VERB & !time"
_COUNT = "{NUM & !time|number & !time}"
_HYPHENATED = "{word}(?:{hyphen & !spaced}{word & !spaced|digits & !spaced})+"
_MODIFIER = f"(?:{_HYPHENATED}|{{{_NOUN}|ADJ & !time|quote & !clausal & !closed & !opening}}|{{='s}}|{{slash & !spaced}})"
_HEAD = f"(?:{_HYPHENATED}|{{{_NOUN}}})"
_LEAD = "{DET & !PRON|determiner & !SCONJ & !PRON|possessive & !='s}"
_QUALITY = "(?:{ADV}?{ADJ}{comma}?(?:{=and|=or}{ADJ})?)?"
_DETERMINED = f"(?:{_LEAD}{{1,2}}(?:{_MODIFIER}*{_COUNT}|{{ADV}}?{{VERB & participle}})?|{{quantifier:before}}?{_COUNT})?{_QUALITY}"
_BRACKET = "(?:{opens_bracket}{!opens_bracket & !closes_bracket}{1,6}{closes_bracket})?"

#: "Their claim that …": a noun of saying with its clause.
_NOUN_CUE = Rule("noun_cue", "(?P<cue>{cue:that_clause & NOUN}){=that & !DET}")
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
    Rule("passive", f"(?P<lead>{_LEADING}{_BE}{_ASIDE}{{0,2}})(?P<verb>{{{_SAY} & !saying}})"),
    Rule("infinitive", f"(?P<lead>{{=to}}{_ASIDE}{{0,1}})(?P<verb>{{{_SAY} & !saying}})"),
    Rule("active", f"(?P<lead>{_LEADING}{_ASIDE}{{0,2}})(?P<verb>{{{_SAY}}})"),
)
_MODAL = "=would|=could|=may|=might|=should|=must|=if"
_CUED = "say & !NOUN & !ADJ & !PROPN|cue:source_after|colon"
_FEATURES = named((_NOUN_CUE, _NOUN_GROUP, *CUES), _CUED, "negation", _MODAL, "saying", "participle")


def units(reading: Reading, level: Level, marks: pl.DataFrame, features: Iterable[str]) -> Level:
    """The units of the sentences that can hold a saying.

    ``level``: sentences with times reduced; ``marks`` as :func:`tasks.facts.quotes.marks.marks` gives them; ``features``: those that are
    asked for later. No sentence ends within a quotation. The units have the features ``quote``, ``noun_group``, ``noun_cue`` and
    ``cue``, of words of saying also how they stand; a ``loose`` one may be a participle: "people believed to be hiding".
    """
    starts = level.first[level.begin]
    level = _promising(level, marks).narrowed(_FEATURES.union(features))
    blank = reading.tokens["is_spaced"].gather(marks["first"])
    of_quote = {"quote": _all(marks), "spaced": blank} | {
        name: marks[name] for name in ("clausal", "closed", "introduced", "opening", "long", "stopped")
    }
    level = level.reduce(marks, of_quote)
    level = level.grouped(starts[np.isin(starts, level.first)])
    nouns = (
        level.holding(_noun_cues(level)).find([_NOUN_CUE])
        .select("rule", pl.col("cue_first").alias("first"), pl.col("cue_last").alias("last"))
    )  # fmt: skip
    level = _reduced(level, nouns, {"noun_cue": None})
    groups = level.find([_NOUN_GROUP])
    pronoun = level.holds(f"{_PRONOUN}|{_THOSE}") & ~level.holds(_NOUN)
    is_pronoun = (groups["first"] == groups["last"]) & pl.Series(pronoun[level.unit(groups["first"])])
    level = _reduced(level, groups.with_columns(is_pronoun.alias("is_pronoun")), {"noun_group": None, "is_pronoun": "is_pronoun"})
    found = level.where(_SAY).find(CUES)
    lead, verb = found["lead_first"], found["verb_last"]
    found = found.with_columns(
        *((pl.col("rule") == i).alias(rule.name) for i, rule in enumerate(CUES)),
        _holds(level, lead, verb, "negation").alias("said:not"),
        _holds(level, lead, verb, _MODAL).alias("said:modal"),
        (lead.is_null() & pl.Series(level.has("saying"))[level.unit(verb)]).alias("said:ing"),
        (lead.is_null() & pl.Series(level.has("participle") & ~level.has("saying"))[level.unit(verb)]).alias("loose"),
    )
    return _reduced(
        level, found, {"said": None} | {name: name for name in (*(r.name for r in CUES), "said:not", "said:modal", "said:ing", "loose")}
    )


def _promising(level: Level, marks: pl.DataFrame) -> Level:
    """The sentences with a word that may be one of saying, or with any part of a quotation."""
    cued = level.holding(level.holds(_CUED) | _noun_cues(level))
    quoted = np.zeros(len(level.begin) + 1, np.int64)
    for tokens, step in ((marks["first"], 1), (marks["last"], -1)):
        np.add.at(quoted, np.searchsorted(level.begin, level.unit(tokens), side="right") - (step > 0), step)
    kept = np.isin(level.begin, cued.begin) | (np.cumsum(quoted)[:-1] > 0)
    return replace(level, begin=level.begin[kept], end=level.end[kept])


def _noun_cues(level: Level) -> Mask:
    """Which units may be nouns of saying with a clause behind them."""
    noun, that = level.holds("cue:that_clause & NOUN"), level.holds("=that & !DET")
    noun[:-1] &= that[1:]
    return noun


def _reduced(level: Level, found: pl.DataFrame, features: Mapping[str, str | None]) -> Level:
    """The level with what was found as units: each feature is a column of ``found``, or true of all."""
    found = resolve(found, "rule")
    return level.reduce(found, {name: found[column] if column else _all(found) for name, column in features.items()}, keep=True)


def _all(spans: pl.DataFrame) -> pl.Series:
    return pl.Series(np.ones(spans.height, np.bool_))


def _holds(level: Level, first: pl.Series, last: pl.Series, features: str) -> pl.Series:
    """Whether any unit from ``first`` to ``last`` (tokens; null: none) has one of the features."""
    before = pl.Series(np.append(0, np.cumsum(level.holds(features))))
    there = first.is_not_null()
    first, last = (pl.Series(level.unit(tokens.fill_null(0))) for tokens in (first, last))
    return there & (before.gather(last + 1) > before.gather(first))
