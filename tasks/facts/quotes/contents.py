"""Contents: who says (heads), and the span of what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask, Rule, named
from tasks.grammar.spans import Index, numbered, resolve, row_of, within

_N = "{noun_group}"
_PREPOSITION = "{ADP & !said & !cue:source_after|=to & !said}"
_NOMINATIVE = "=he|=she|=they|=it|=we|=i|=you"
_JOINED = "{noun_group & !=he & !=she & !=they & !=it & !=we & !=i & !=you}"
_WITH = f"(?:{_PREPOSITION}{_N}(?:{{=and|=or}}{{noun_group & !PER & !is_pronoun}})?)*"
_GROUP = f"{_N}(?:(?:{{comma}}{_N})*{{comma}}?{{=and|=or}}{_JOINED})?{_WITH}"
_TITLED = "{noun_group & role & !plural}{comma}{noun_group & PER}"
_INSIDE = "{!comma & !stop & !quote & !semicolon & !colon & !dash & !active}"
_WHO = f"(?:(?:{{=who|=which}}{{said}}?|{{=that}}{{AUX|VERB|said}}){_INSIDE}{{1,12}}?)"
_REDUCED = "{!comma & !stop & !quote & !semicolon & !colon & !dash & !active & !SCONJ & !=who & !=which & !=that}"
_DOING = f"(?:(?:{{VERB & participle & !past & !said}}|{{VERB & participle & past & !said}}{{ADP & !SCONJ}})(?:{_REDUCED}|{{SCONJ}}{{VERB & participle & !past}}){{0,10}}?)"
_BETWEEN_COMMAS = "(?:{comma}{!comma & !cue:source_after & !stop & !quote & !semicolon & !colon & !dash}{1,20}{comma})"
_SOURCE = f"(?P<source>{_GROUP}(?:{_BETWEEN_COMMAS}{{1,2}}|{_WHO}|{_DOING})?)"
_LAST_SOURCE = f"(?P<source>{_TITLED}|{_N}{_WITH}(?:{_BETWEEN_COMMAS}{{1,2}}|{_WHO}|{_DOING})?)"
_ADVERB = "ADV & !=when & !=where & !=how & !=why|adverb"
#: Where a clause begins, before its subject; only there a subject may be several groups: "the roads, the police and others said".
_OPENER = "comma|semicolon|dash|quote|CCONJ|=while|=though|=although|=and|=but"
_OPENING = f"(?P<opening>(?:^|{{{_OPENER}|SCONJ}}){{CCONJ}}?(?:{{{_ADVERB}|time}}|{_PREPOSITION}(?:{_N}|{{time}})){{0,4}}{{comma}}?)?"
_OTHERS = f"(?P<others>{_N}(?:{{comma}}{_N})*{{comma}}?{{=and|=or}})?"
_SOURCE_BEHIND = f"(?P<source>{{noun_group & !=they & !=we & !=i & !=it & !=you}}(?:(?:{{comma}}{_N})*{{comma}}?{{=and|=or}}{_JOINED})?{_WITH}(?:{{comma}}{_N}(?:{_PREPOSITION}{_N})*)?)"
_SOURCE_NAMED = f"(?P<source>{_GROUP}(?:{{comma}}{{noun_group & role}}(?:{_PREPOSITION}{_N})*)?)"
_WHEN = f"(?:{{ADP}}?{{time}}|{{ADV|adverb}}|{{comma}}{{ADP}}(?:{_N}|{{time}}){{comma}}){{0,3}}"

#: Who says, with the words of saying: the head of an attribution. Where two overlap, the leftmost, then the longest.
HEADS = (
    Rule("source_cue", f"{_OPENING}{_OTHERS}{_LAST_SOURCE}{_WHEN}(?P<cue>{{said & active & !said:ing}})"),
    Rule("with_source_saying", f"{{=with}}(?P<source>{_GROUP})(?P<cue>{{said:ing}})"),
    Rule("who_cue", f"(?P<named>{_GROUP}){{comma}}?(?P<source>{{=who|=which|=that & !DET & !SCONJ}})(?P<cue>{{said & active}})"),
    Rule("cue_source", f"{{comma|quote|dash}}(?P<cue>{{said & active & takes:quote & !saying}}){_SOURCE_BEHIND}"),
    Rule("according_to", f"(?P<cue>{{cue:source_after}}){_SOURCE_NAMED}"),
    Rule("source_noun_cue", f"(?P<source>{_GROUP}){{='s}}?{{ADJ}}*(?P<cue>{{noun_cue}})"),
    Rule("noun_cue", "(?P<cue>{noun_cue})"),
    Rule("name_colon", "(?P<source>{noun_group & PER|noun_group & role|noun_group & ORG})(?P<cue>{colon}){quote & closed|quote & clausal}"),
    Rule("name_says", "^(?P<source>{noun_group & PER & !is_pronoun})(?P<cue>{colon})"),
    Rule("cue_by", f"(?P<cue>{{said & passive}}){{=by}}(?P<source>{_GROUP})"),
    Rule("passive_to", "(?P<cue>{said & passive & takes:to}){=to}"),
    Rule("to_cue", f"{_SOURCE}{_WHEN}{{VERB & !participle|VERB & past|AUX}}{{ADV|ADP}}?(?P<cue>{{said & infinitive}})"),
    Rule("impersonal", "{=it}(?P<cue>{said & passive & takes:that})"),
    Rule("gerund", "{comma|dash|quote|noun_group|time|=by|=while|=after|=in}(?P<cue>{said:ing})"),
    Rule("asked", "(?:^|{=when|=if})(?P<cue>{said & say:ask & active & !saying})"),
    Rule("and_cue", "{comma}?{=and|=but|=or}{ADV|adverb}?(?P<cue>{said & active & !saying & !said:modal})"),
)  # fmt: skip
_SUBJECT = Rule(
    "subject", f"(?P<source>{_GROUP}(?:{_BETWEEN_COMMAS})?){{ADV|adverb}}{{0,2}}{{VERB & !participle|VERB & past|AUX|said & active}}"
)
_CITED = "PER|ORG|role|acronym|closes_bracket"
#: What is cut off a content's ends.
_SIGN = "comma|stop|colon|semicolon|dash"
_JOINS = "CCONJ|=while|=though|=although|=as"
_SHARED = ("gerund", "and_cue")
_TAKES = ("addressee", "as", "bare", "object", "of", "quote", "that", "to", "whom")

_END = "{stop|comma|semicolon|dash|colon|closes_bracket|quote}"
_TAIL = f"(?:{{ADP}}?{{time}}|{{ADV|adverb}}|{{ADP|=to}}{_N}){{0,4}}?"
_TOLD = f"{_N}?{_TAIL}"
_BODY = "{!new & !stop & !semicolon}"
_CLAUSE = f"{_BODY}+"
_PHRASE = "{!new & !stop & !semicolon & !comma & !dash & !colon}+"
_CHUNK = "{!new & !stop & !semicolon & !comma & !dash}+"
_SKIP = "{!stop & !comma & !head & !semicolon & !quote & !colon & !SCONJ & !VERB & !AUX}"
_THAT = "{=that & !DET}"
_START = f"(?:{_N}|{{SCONJ|=how|=what|=who|=why|=if|=whether|DET|ADP|time|quote|VERB & participle}})"
_VERBLESS = "{!new & !stop & !semicolon & !comma & !VERB & !AUX & !said}"
_APPOSED = "{comma}{!new & !stop & !semicolon & !comma}{1,12}{comma}"
_ADDRESSEE = f"(?:{_N}(?:{_PREPOSITION}{_N}){{0,2}})"
_BEFORE = "{!head & !stop & !semicolon}"
_SPOKEN = f"(?:{{!head & !stop & !semicolon & !SCONJ}}|{{SCONJ}}{_BEFORE}*{{comma}}){_BEFORE}*"
_FROM = "(?:^|{comma|CCONJ|stop|semicolon|dash})"
_QUOTE = "(?P<content>{quote & clausal|quote & closed|quote & long})"
_QUOTING = "(?P<head>{head & takes:quote & !according_to & !gerund & !to_cue})"
_PLAIN = "(?P<head>{source_cue & takes:that|source_cue & takes:quote})"
_ON = "(?:{ADP}?{time}|{ADV & !SCONJ|adverb}){0,2}"

#: What is said, by where it stands to the head; for one head the earlier rule wins. ``more`` goes on behind the head.
CONTENTS = (
    Rule("words_quote_head", f"(?P<content>{_BEFORE}+{{quote & closed & !opening & !introduced}}){_QUOTING}"),
    Rule("quote_head_quote", f"{_QUOTE}{{comma|dash}}?{_QUOTING}{_TOLD}{{comma|dash|colon}}(?P<more>{{quote}})"),
    Rule("quote_head_according", f"{_QUOTE}{{comma|dash}}?{_QUOTING}{_TOLD}{{comma}}(?P<via>{{according_to}})"),
    Rule("quote_head", f"{_QUOTE}{{comma|dash}}?{_QUOTING}"),
    Rule("quote_according", "(?P<content>{quote & clausal}){comma}?(?P<head>{according_to})"),
    Rule("according_quoting", f"(?P<via>{{according_to}}){{comma}}(?P<head>{{according_to}}){{comma}}(?P<content>{_CLAUSE})"),
    Rule("according_first", f"(?:^{{comma}}?{{CCONJ|ADV|adverb}}?|{{CCONJ|SCONJ|=that|=which|=who}}{{comma}}?|{{quote|stop|semicolon|dash}})(?P<head>{{according_to}}){{!comma & !stop & !head}}{{0,8}}?{{comma}}(?:{_N}{{comma}})?(?P<content>{_CLAUSE})"),
    Rule("according_first_bare", f"^(?P<head>{{according_to}})(?P<content>{_N}{_VERBLESS}{{0,8}}{{VERB|AUX}}{_BODY}*)"),
    Rule("according_between_parts", f"{_FROM}(?P<content>{_VERBLESS}+){{comma|dash}}(?P<head>{{according_to}}){{comma|dash}}(?P<more>{{!stop & !semicolon}}{_BODY}*)"),
    Rule("according_behind", "^(?P<content>{!stop & !semicolon}+){comma|dash}?(?P<head>{according_to}){!head & !stop}{0,6}(?:{stop}|$)"),
    Rule("according_between", f"{_FROM}(?P<content>{_BEFORE}+){{comma|dash}}?(?P<head>{{according_to}})"),
    Rule("head_quote", f"(?P<head>{{head & takes:quote & !according_to}}){{!stop & !head & !quote & !semicolon}}{{0,14}}?(?:{{comma|colon}}|{_THAT})(?P<content>{{quote & closed|quote & clausal}}{{quote}}*)(?:{{stop|comma|dash|head}}|$)"),
    Rule("head_quote_at_once", "(?P<head>{head & takes:quote & !according_to})(?P<content>{quote & closed}{quote}*)(?:{stop|comma|dash|head}|$)"),
    Rule("colon", f"(?P<head>{{head & !according_to & !passive_to & !to_cue}}){{!stop & !head & !quote & !semicolon & !comma}}{{0,8}}?{{colon}}(?P<content>{_CLAUSE})"),
    Rule("between", f"{_FROM}(?P<content>{_BEFORE}+){{comma|dash}}{_PLAIN}{_TAIL}{{comma}}(?P<more>{{!stop & !semicolon}}{_BODY}*)"),
    Rule("behind_all", f"^(?P<content>(?:{{!stop & !semicolon & !SCONJ}}|{{SCONJ}}{{!stop & !semicolon}}*{{comma}}){{!stop & !semicolon}}*){{comma|dash}}{_PLAIN}{_TAIL}(?:{{stop}}|$)"),
    Rule("behind", f"{_FROM}(?P<content>{_SPOKEN}){{comma|dash}}{_PLAIN}{_TAIL}(?:{_END}|$)"),
    Rule("behind_told", f"{_FROM}(?P<content>{_BEFORE}+){{comma|dash}}(?P<head>{{source_cue & takes:whom}}){_TOLD}(?:{_END}|$)"),
    Rule("behind_inverted", f"{_FROM}(?P<content>{{!head & !stop & !semicolon}}+){{comma|dash}}(?P<head>{{cue_source & takes:that}})"),
    Rule("name_colon", "(?P<head>{name_colon})(?P<content>{quote}+)(?:{stop}|$)"),
    Rule("name_says", f"(?P<head>{{name_says}})(?P<content>{{!quote & !stop}}{_BODY}*{{VERB|AUX}}{_BODY}*)"),
    Rule("noun_that", f"(?P<head>{{noun_cue|source_noun_cue}}){_THAT}(?P<content>{{!new & !stop & !semicolon & !comma & !dash & !VERB & !AUX & !said}}{_CHUNK})"),
    Rule("that_addressee", f"(?P<head>{{head & takes:that & takes:addressee}}){_ADDRESSEE}{_ON}{_THAT}(?P<content>{_CLAUSE})"),
    Rule("that", f"(?P<head>{{head & takes:that}}){_ON}{_THAT}(?P<content>{_CLAUSE})"),
    Rule("that_behind", f"(?P<head>{{head & takes:that}})(?:{_SKIP}{{1,10}}?|{_SKIP}{{0,10}}{{comma}}{_SKIP}{{1,6}}{{comma}}){_THAT}(?P<content>{{!new & !stop & !semicolon & !VERB & !AUX & !said}}{_BODY}*)"),
    Rule("addressee", f"(?P<head>{{head & takes:whom}}){_ADDRESSEE}{_ON}{{comma}}?(?P<content>(?:{{!new & !stop & !semicolon & !time & !ADP & !=who & !=which}}|{{ADP}}{{!new & !stop & !semicolon & !time}}){_BODY}*)"),
    Rule("asked", f"(?P<head>{{asked}})(?P<content>{{SCONJ|=how|=what|=who|=why|=if|=whether}}{_CHUNK})"),
    Rule("clause", f"(?P<head>{{head & takes:bare}}){_ON}(?P<content>{_START}(?:{_VERBLESS}{{0,10}}|{_VERBLESS}{{0,6}}{_APPOSED}){{VERB|AUX|said|head & !new|quote & clausal}}{_BODY}*|{{head & !new|quote & clausal}}{_BODY}*)"),
    Rule("to", f"(?P<head>{{head & takes:to & !loose & !passive_to}})(?P<content>(?:{_N}(?:{_PREPOSITION}{_N})*)?(?:{{negation|PART & !=to}})?(?:{{=to & !ADP}}|{{said & infinitive}}){_PHRASE})"),
    Rule("passive_to", f"(?P<head>{{passive_to}})(?P<content>{_PHRASE})"),
    Rule("passive_by", f"(?P<content>{_GROUP})(?P<head>{{cue_by & takes:object}})(?P<more>{{ADP|=to}}{_PHRASE})"),
    Rule("passive_by_alone", f"(?P<content>{_GROUP})(?P<head>{{cue_by & takes:object}})"),
    Rule("of", f"(?P<head>{{head & takes:of & !takes:whom}}){{=of|=about|=against|=for|=on}}(?P<content>{_PHRASE})"),
    Rule("as", f"(?P<head>{{head & takes:as}})(?P<content>{_N}(?:{_PREPOSITION}{_N})*{{=as|=at}}{_PHRASE})"),
    Rule("object", f"(?P<head>{{head & takes:object & !loose}})(?P<content>{{!new & !stop & !semicolon & !comma & !dash & !colon & !ADP}}(?:{_PHRASE})?)"),
)  # fmt: skip


#: What these rules ask of the words.
FEATURES = named(
    (*HEADS, _SUBJECT, *CONTENTS), _NOMINATIVE, _CITED, "saying", _OPENER, _SIGN, _JOINS, *(f"takes:{name}" for name in _TAKES)
)
#: A claim told by somebody else: how it is said, and of what class the words of saying are.
_CLAUSES = ("head_quote", "head_quote_at_once", "that_addressee", "that", "that_behind", "addressee", "clause", "as")
_RELAYED = ("claim", "estimate", "report", "say")


def attributions(level: Level, passage_starts: Index) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who says what, over the units of :func:`tasks.facts.quotes.units.units`: contents and heads.

    Contents: ``first``, ``last`` (tokens), ``rule``, ``head``, ``via`` (rows of the heads).
    Heads: ``first``, ``last``, and so for ``source`` and ``cue``; ``rule``, and what holds of the words of saying.
    """
    heads = _heads(level)
    with_heads = _joined(_reduced(level, heads), passage_starts)
    # Matches come rule by rule.
    found = with_heads.where("head").find(CONTENTS, few=8).filter(pl.col("head_first").is_first_distinct())
    found = found.with_columns(row_of(found[f"{name}_first"], heads["first"]).alias(name) for name in ("head", "via"))
    return _outermost(_trimmed(with_heads, _pieces(found)), heads), heads


def _heads(level: Level) -> pl.DataFrame:
    found = level.where("said|cue:source_after|noun_cue|colon").find(HEADS, few=8)
    found = (
        found.lazy()
        .with_columns(_with_others(level, found))
        .filter(_is_cited(level, found))
        .select(
            "rule", "opening_first", "source_first", "source_last", "cue_first", "cue_last",
            pl.coalesce("named_first", "source_first").alias("named_first"),
            pl.coalesce("named_last", "source_last").alias("named_last"),
            pl.min_horizontal("source_first", "cue_first").alias("first"),
            pl.max_horizontal("source_last", "cue_last").alias("last"),
        )
        .collect()
    )  # fmt: skip
    found = resolve(found, "rule")
    unit = level.unit(found["cue_first"])
    of_cue = {f"takes:{name}": level.has(f"takes:{name}", unit) for name in _TAKES} | {
        "is_pronoun": level.has("is_pronoun", level.unit(found["source_last"].fill_null(0))),
        "negated": level.has("said:not", unit),
        "modal": level.has("said:modal", unit),
        "loose": level.holds("loose & say:estimate|loose & say:believe", unit),
        "new": _is_new(level, found),
    }
    rules = ((pl.col("rule") == i).alias(rule.name) for i, rule in enumerate(HEADS))
    heads = found.with_columns(_types(level, unit), *rules, **{name: pl.Series(mask) for name, mask in of_cue.items()})
    return _with_shared_sources(level, heads)


def _is_cited(level: Level, found: pl.DataFrame) -> pl.Series:
    """Whether what stands behind “citing” can speak, so that the words before are its own; “citing high costs” only gives a reason."""
    rule = [rule.name for rule in HEADS].index("according_to")
    row = np.flatnonzero(found["rule"].to_numpy() == rule)
    cue, first, last = (level.unit(found[name].gather(row)) for name in ("cue_first", "source_first", "source_last"))
    cited = np.ones(found.height, np.bool_)
    cited[row] = level.holds(_CITED, first) | level.holds(_CITED, last) | ~level.has("saying", cue)
    return pl.Series(cited)


def _with_others(level: Level, found: pl.DataFrame) -> pl.Series:
    """Where each source begins, with what is joined to it if a clause begins there."""
    row = np.flatnonzero(found["others_first"].is_not_null())
    others = found["others_first"].gather(row)
    first, source = level.unit(others), level.unit(found["source_first"].gather(row))
    begins = _begins(level, first, f"{_OPENER}|SCONJ|said") | found["opening_first"].gather(row).is_not_null().to_numpy()
    joined = begins & ~level.holds(_NOMINATIVE, source)
    return found["source_first"].scatter(row[joined], others.filter(pl.Series(joined)))


def _begins(level: Level, unit: Index, opener: str) -> Mask:
    """Which of the units numbered ``unit`` are the first of their sentence or stand behind one of the class ``opener``."""
    return level.begins(unit) | level.holds(opener, np.maximum(unit - 1, 0))


def _types(level: Level, unit: Index) -> pl.Series:
    """``cue_type`` of the words of saying; of a verb with several, the first by name."""
    kind = np.full(level.classes, len(kinds()))
    for i, name in reversed([*enumerate(kinds())]):
        kind[level.features[f"say:{name}"]] = i
    return pl.Series("cue_type", [*kinds(), None], dtype=pl.String).gather(kind[level.cls[unit]])


@cached
def kinds() -> list[str]:
    """The classes of reporting verbs."""
    names: list[str] = table("reporting_verbs")["cue_type"].unique().sort().to_list()
    return names


def _with_shared_sources(level: Level, heads: pl.DataFrame) -> pl.DataFrame:
    """Words of saying without a source share that of the last clause before them, else the last subject, of their sentence."""
    names = ["source_first", "source_last", "named_first", "named_last"]
    shares = pl.col("rule").is_in([i for i, rule in enumerate(HEADS) if rule.name in _SHARED])
    row = heads.select(shares.arg_true())["rule"]
    first = heads["first"].gather(row)
    own = heads.filter(pl.col("source_first").is_not_null() & pl.col("new")).select("first", *names)
    before = _last_before(level, first, own["first"])
    subjects = level.around(first.filter(before.is_null())).find([_SUBJECT])
    subjects = subjects.select("first", "source_first", "source_last", named_first="source_first", named_last="source_last")
    subject = _last_before(level, first, subjects["first"]) + own.height
    sources = pl.concat([own, subjects]).select(pl.col(names).gather(before.fill_null(subject)))
    return heads.with_columns(heads[name].scatter(row, sources[name]) for name in names)


def _last_before(level: Level, tokens: pl.Series, first: pl.Series) -> pl.Series:
    """The last place in ``first`` (tokens, ascending) before each token, null where none is of its sentence."""
    row = np.searchsorted(first.to_numpy(), tokens.to_numpy()) - 1
    sentence = np.append(level.group(level.unit(first)), -1)[row]
    return numbered(row, sentence == level.group(level.unit(tokens)))


def _is_new(level: Level, found: pl.DataFrame) -> Mask:
    """Whether a head begins a clause of its own: first of its sentence, or behind a comma, a conjunction or a quotation."""
    opening = level.unit(found["opening_first"].fill_null(found["first"]))
    return _begins(level, level.unit(found["first"]), _OPENER) | level.holds(_OPENER, opening)


def _reduced(level: Level, heads: pl.DataFrame) -> Level:
    names = [*(f"takes:{name}" for name in _TAKES), "loose", "new", *(rule.name for rule in HEADS)]
    return level.reduce(heads, {"head": pl.Series(np.ones(heads.height, np.bool_))} | {name: heads[name] for name in names})


def _joined(level: Level, passage_starts: Index) -> Level:
    """Sentences with what says them: “Is it true?” he asked."""
    unit, before = level.begin, np.maximum(level.begin - 1, 0)
    follows = (unit > 0) & (level.first[unit] == level.last[before] + 1)
    row = np.flatnonzero(level.has("head", unit) & level.holds("quote & !stopped", before) & follows)
    keep = np.ones(len(unit), np.bool_)
    keep[row] = np.isin(level.first[unit[row]], passage_starts)
    last = np.append(np.flatnonzero(keep)[1:] - 1, len(keep) - 1) if len(unit) else unit
    return replace(level, begin=level.begin[keep], end=level.end[last])


def _pieces(found: pl.DataFrame) -> pl.DataFrame:
    """One row a piece of content."""
    pieces = [
        found.select("rule", "head", "via", pl.col(f"{part}_first").alias("first"), pl.col(f"{part}_last").alias("last"))
        for part in ("content", "more")
    ]
    return pl.concat(pieces).drop_nulls("first")


def _trimmed(level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """Contents without the signs and conjunctions at their ends."""
    begin, end = level.unit(rows["first"]), level.unit(rows["last"])
    top = len(level.first) - 1
    for _ in range(3):
        unit, behind = np.minimum(begin, top), np.minimum(begin + 1, top)
        adverb = level.has("ADV", unit) & level.has("comma", behind) & (unit < behind)
        begin = begin + (level.holds(f"{_SIGN}|CCONJ", unit) | adverb)
        end = end - level.holds(f"{_SIGN}|{_JOINS}", np.maximum(end, 0))
    whole = begin <= end
    begin, end = np.where(whole, begin, 0), np.where(whole, end, 0)
    return rows.with_columns(pl.Series("first", level.first[begin]), pl.Series("last", level.last[end])).filter(pl.Series(whole))


def _outermost(rows: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """The attributions that no other one holds.

    A claim that is nothing but somebody else's ("he said that witnesses put the number at 50") is theirs, ``via`` him.
    """
    clause = rows["rule"].is_in([i for i, rule in enumerate(CONTENTS) if rule.name in _CLAUSES])
    told = heads.select(told=pl.col("source_cue") & ~pl.col("is_pronoun") & ~pl.col("modal") & pl.col("cue_type").is_in(_RELAYED))["told"]
    head, first = rows["head"].to_numpy(), heads["first"].to_numpy()
    relayed = np.zeros(heads.height + 1, np.bool_)
    relayed[head[(clause & told.gather(head)).fill_null(False).to_numpy()]] = True
    inner = np.searchsorted(first, rows["first"].to_numpy())
    passes_on = relayed[inner] & (np.append(first, -1)[inner] == rows["first"].to_numpy())
    # Of several that pass it on the first counts.
    by = np.full(heads.height, -1)
    by[inner[passes_on][::-1]] = head[passes_on][::-1]
    outer = np.zeros(heads.height, np.bool_)
    outer[rows["via"].drop_nulls().to_numpy()] = True
    via = numbered(by[head], by[head] >= 0)
    rows = rows.with_columns(pl.col("via").fill_null(via)).filter(pl.Series(~passes_on & ~outer[head]))
    spans = heads.select(pl.col("first", "last").gather(rows["head"]))
    return rows.filter(within(spans, resolve(rows.select("first", "last"))).is_null()).sort("first")
