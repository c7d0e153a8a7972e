"""Contents: who says (heads), and the span of what is said."""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Mask, Rule
from tasks.grammar.spans import resolve, within

_N = "{noun_group}"
_PREPOSITION = "{ADP & !said & !cue:source_after|=to & !said}"
_GROUP = f"{_N}(?:(?:{{comma}}{_N})*{{comma}}?{{=and|=or}}{_N})?(?:{_PREPOSITION}{_N}(?:{{=and|=or}}{_N})?)*"
_INSIDE = "{!comma & !stop & !quote & !semicolon & !colon & !dash & !active}"
_WHO = f"(?:{{=who|=which|=that}}{{said}}?{_INSIDE}{{1,12}}?)"
_DOING = f"(?:{{VERB & participle & !said}}{_INSIDE}{{0,8}}?)"
_BETWEEN_COMMAS = "(?:{comma}{!comma & !stop & !quote & !semicolon & !colon & !dash}{1,20}{comma})"
_SOURCE = f"(?P<source>{_GROUP}(?:{_BETWEEN_COMMAS}{{1,2}}|{_WHO}|{_DOING})?)"
_SOURCE_BEHIND = f"(?P<source>{_GROUP}(?:{{comma}}{_N}(?:{_PREPOSITION}{_N})*)?)"
_WHEN = f"(?:{{ADP}}?{{time}}|{{ADV|adverb}}|{{comma}}{{ADP}}(?:{_N}|{{time}}){{comma}}){{0,3}}"

#: Who says, with the words of saying: the head of an attribution. Where two overlap, the leftmost, then the longest.
HEADS = (
    Rule("source_cue", f"{_SOURCE}{_WHEN}(?P<cue>{{said & active}})"),
    Rule("who_cue", f"(?P<named>{_GROUP}){{comma}}?(?P<source>{{=who|=which|=that & !DET & !SCONJ}})(?P<cue>{{said & active}})"),
    Rule("cue_source", f"{{comma|quote|dash}}(?P<cue>{{said & active & takes:quote & !saying}}){_SOURCE_BEHIND}"),
    Rule("according_to", f"(?P<cue>{{cue:source_after}}){_SOURCE_BEHIND}"),
    Rule("source_noun_cue", f"(?P<source>{_GROUP}){{='s}}?{{ADJ}}*(?P<cue>{{noun_cue}})"),
    Rule("noun_cue", "(?P<cue>{noun_cue})"),
    Rule("impersonal", "{=it}(?P<cue>{said & passive & takes:that})"),
    Rule("gerund", "(?:{comma|dash}|{=by|=while|=after|=in})(?P<cue>{said & saying & !passive})"),
    Rule("and_cue", "{comma}?{=and|=but|=or}{ADV|adverb}?(?P<cue>{said & active & !saying})"),
)  # fmt: skip
_SUBJECT = Rule("subject", f"(?P<source>{_GROUP}(?:{_BETWEEN_COMMAS})?){{ADV|adverb}}{{0,2}}{{VERB & !participle|VERB & past|AUX|said & active}}")
_SHARED = ("gerund", "and_cue")
_TAKES = ("addressee", "as", "bare", "object", "of", "quote", "that", "to", "whom")

_END = "{stop|comma|semicolon|dash|colon|closes_bracket|quote}"
_TO = f"(?:{{=to|ADP}}?{_N})"
_TAIL = f"(?:{{ADP}}?{{time}}|{{ADV|adverb}}|{{ADP|=to}}{_N}){{0,4}}?"
_TOLD = f"{_N}?{_TAIL}"
_BODY = "{!new & !stop & !semicolon}"
_CLAUSE = f"{_BODY}+"
_PHRASE = "{!new & !stop & !semicolon & !comma & !dash & !colon}+"
_SKIP = "{!stop & !comma & !head & !semicolon & !quote & !colon & !SCONJ}"
_THAT = "{=that & !DET}"
_ADDRESSEE = f"(?P<addressee>{_N}(?:{_PREPOSITION}{_N}){{0,2}})"
_BEFORE = "{!head & !stop & !semicolon}"
_QUOTE = "(?P<content>{quote & clausal|quote & closed|quote & long})"
_QUOTING = "(?P<head>{head & takes:quote & !according_to})"
_PLAIN = "(?P<head>{source_cue & takes:that|source_cue & takes:quote})"
_ON = f"(?:{{ADP}}?{{time}}|{{ADV & !SCONJ|adverb}}){{0,2}}"

#: What is said, by where it stands to the head; for one head the earlier rule wins. ``more`` goes on behind the head.
CONTENTS = (
    Rule("quote_head_quote", f"{_QUOTE}{{comma|dash}}?{_QUOTING}{_TOLD}{{comma|dash|colon}}(?P<more>{{quote}})"),
    Rule("quote_head", f"{_QUOTE}{{comma|dash}}?{_QUOTING}"),
    Rule("quote_according", "(?P<content>{quote & clausal}){comma}?(?P<head>{according_to})"),
    Rule("words_quote_head", f"(?P<content>{_BEFORE}*{{quote & closed}}){_QUOTING}"),
    Rule("according_first", f"(?P<head>{{according_to}}){{!comma & !stop & !head}}{{0,8}}?{{comma}}(?P<content>{_CLAUSE})"),
    Rule("according_behind", f"(?P<content>{_BEFORE}+){{comma|dash}}?(?P<head>{{according_to}})"),
    Rule("between", f"(?P<content>{_BEFORE}+){{comma|dash}}{_PLAIN}{_TAIL}{{comma}}(?P<more>{_BODY}+)"),
    Rule("behind", f"(?P<content>{_BEFORE}+){{comma|dash}}{_PLAIN}{_TAIL}(?:{_END}|$)"),
    Rule("behind_told", f"(?P<content>{_BEFORE}+){{comma|dash}}(?P<head>{{source_cue & takes:whom}}){_TOLD}(?:{_END}|$)"),
    Rule("behind_inverted", f"(?P<content>{{!head & !stop & !semicolon}}+){{comma|dash}}(?P<head>{{cue_source & takes:that}})"),
    Rule("head_quote", f"(?P<head>{{head & takes:quote & !according_to}}){{!stop & !head & !quote & !semicolon}}{{0,14}}?(?:{{comma|colon}}|{_THAT})(?P<content>{{quote & closed|quote & clausal}}{{quote}}*)(?:{{stop}}|$)"),
    Rule("head_quote_at_once", "(?P<head>{head & takes:quote & !according_to})(?P<content>{quote & closed}{quote}*)(?:{stop}|$)"),
    Rule("colon", f"(?P<head>{{head & !according_to}}){{!stop & !head & !quote & !semicolon & !comma}}{{0,8}}?{{colon}}(?P<content>{_CLAUSE})"),
    Rule("noun_that", f"(?P<head>{{noun_cue|source_noun_cue}})(?P<content>{_CLAUSE})"),
    Rule("that_addressee", f"(?P<head>{{head & takes:that & takes:addressee}}){_ADDRESSEE}{_ON}{_THAT}(?P<content>{_CLAUSE})"),
    Rule("that", f"(?P<head>{{head & takes:that}}){_SKIP}{{0,10}}?{_THAT}(?P<content>{_CLAUSE})"),
    Rule("addressee", f"(?P<head>{{head & takes:whom}}){_ADDRESSEE}{_ON}{{comma}}?(?P<content>{_CLAUSE})"),
    Rule("clause", f"(?P<head>{{head & takes:bare}}){_ON}(?P<content>(?:{_N}|{{SCONJ|=how|=what|=who|=why|=if|=whether|DET|ADP|time}}|{{quote}}){{!new & !stop & !semicolon & !VERB & !AUX & !said}}{{0,10}}{{VERB|AUX|said|head & !new}}{_BODY}*|{{head & !new}}{_BODY}*)"),
    Rule("to", f"(?P<head>{{head & takes:to}})(?P<content>(?:{_N}(?:{_PREPOSITION}{_N})*)?(?:{{negation|PART & !=to}})?(?:{{=to}}|{{said & infinitive}}){_PHRASE})"),
    Rule("of", f"(?P<head>{{head & takes:of & !takes:whom}})(?:{{=of|=about|=against|=for|=on}})?(?P<content>{_PHRASE})"),
    Rule("as", f"(?P<head>{{head & takes:as}})(?P<content>{_PHRASE})"),
    Rule("object", f"(?P<head>{{head & takes:object}})(?P<content>{_PHRASE})"),
)  # fmt: skip


def attributions(level: Level) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who says what, over the units of :func:`tasks.facts.quotes.units.units`: contents and heads.

    Contents: ``first``, ``last`` (tokens), ``rule``, ``head`` (row of the heads), ``addressee_first``, ``addressee_last``.
    Heads: ``first``, ``last``, and so for ``source`` and ``cue``; ``rule``, and what holds of the words of saying.
    """
    heads = _heads(level)
    with_heads = _joined(_reduced(level, heads))
    found = with_heads.where("head").find(CONTENTS)
    found = found.sort("rule", "first").unique("head_first", keep="first", maintain_order=True)
    rows = _trimmed(with_heads, _pieces(found))
    number = heads.select(pl.col("first").alias("head_first")).with_row_index("head").with_columns(pl.col("head").cast(pl.Int64))
    return _outermost(rows.join(number, on="head_first", how="left", maintain_order="left"), heads), heads


def _heads(level: Level) -> pl.DataFrame:
    found = level.where("said|cue:source_after|noun_cue").find(HEADS)
    found = found.with_columns(
        pl.coalesce("named_first", "source_first").alias("named_first"), pl.coalesce("named_last", "source_last").alias("named_last")
    ).with_columns(
        pl.min_horizontal("source_first", "cue_first").alias("first"), pl.max_horizontal("source_last", "cue_last").alias("last")
    )
    found = resolve(found, "rule")
    unit = level.unit(found["cue_first"])
    names = (*(f"takes:{name}" for name in _TAKES), "negated", "modal", "saying")
    return found.with_columns(
        *(pl.Series(name, level.has(name)[unit]) for name in names),
        *((pl.col("rule") == i).alias(rule.name) for i, rule in enumerate(HEADS)),
    ).with_columns(_is_new(level, found)).pipe(lambda heads: _with_shared_sources(level, heads))


def _with_shared_sources(level: Level, heads: pl.DataFrame) -> pl.DataFrame:
    """Words of saying without a source share that of the last clause before them, else the last subject, of their sentence."""
    group = _group(level, heads["first"])
    own = heads.with_columns(group, pl.int_range(pl.len()).alias("row")).filter(pl.col("source_first").is_not_null() & pl.col("new"))
    subjects = level.holding(_mask(level, heads.filter(pl.col("source_first").is_null())["first"])).find([_SUBJECT])
    subjects = subjects.with_columns(_group(level, subjects["first"]), named_first="source_first", named_last="source_last").sort("first")
    bare = heads.select("first").with_columns(group)
    names = ["source_first", "source_last", "named_first", "named_last"]
    before, subject = (
        bare.join_asof(them.select("group", "first", *names), on="first", by="group", check_sortedness=False, allow_exact_matches=False) for them in (own, subjects)
    )
    shares = pl.col("rule").is_in([i for i, rule in enumerate(HEADS) if rule.name in _SHARED])
    return heads.with_columns(pl.when(shares).then(before[name].fill_null(subject[name])).otherwise(name).alias(name) for name in names)


def _mask(level: Level, tokens: pl.Series) -> Mask:
    mask = np.zeros(len(level.first), np.bool_)
    mask[level.unit(tokens)] = True
    return mask


def _group(level: Level, tokens: pl.Series) -> pl.Series:
    """The sentence that each token belongs to."""
    return pl.Series("group", np.searchsorted(level.begin, level.unit(tokens), side="right") - 1)


def _is_new(level: Level, found: pl.DataFrame) -> pl.Series:
    """Whether a head begins a clause of its own: first of its sentence, or behind a comma, a conjunction or a quotation."""
    unit = level.unit(found["first"])
    before = np.maximum(unit - 1, 0)
    opens = np.logical_or.reduce([level.has(f) for f in ("comma", "semicolon", "dash", "quote", "CCONJ", "=while", "=though", "=although", "=and", "=but")])
    return pl.Series("new", opens[before] | np.isin(unit, level.begin))


def _reduced(level: Level, heads: pl.DataFrame) -> Level:
    names = [*(f"takes:{name}" for name in _TAKES), "saying", "new", *(rule.name for rule in HEADS)]
    return level.reduce(heads, {"head": pl.Series(np.ones(heads.height, np.bool_))} | {name: heads[name] for name in names})


def _joined(level: Level) -> Level:
    """Sentences with what says them: “Is it true?” he asked."""
    unit = level.begin
    head = level.has("head")
    open_end = level.has("quote") & ~level.has("stopped")
    joined = np.append(head, False)[unit] & np.append(open_end, False)[np.maximum(unit - 1, 0)] & (unit > 0)
    follows = np.append(False, level.begin[1:] == level.end[:-1]) if len(unit) else joined
    keep = ~(joined & follows)
    begin = level.begin[keep]
    last = np.append(np.flatnonzero(keep)[1:] - 1, len(keep) - 1) if len(unit) else np.zeros(0, np.int64)
    return Level(level.first, level.last, level.cls, level.features, begin, level.end[last])


def _pieces(found: pl.DataFrame) -> pl.DataFrame:
    """One row a piece of content."""
    kept = [pl.col(name) for name in ("rule", "head_first", "addressee_first", "addressee_last")]
    pieces = [found.select(*kept, pl.col(f"{part}_first").alias("first"), pl.col(f"{part}_last").alias("last")) for part in ("content", "more")]
    return pl.concat(pieces).drop_nulls("first")


def _trimmed(level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """Contents without the signs and conjunctions at their ends."""
    begin, end = level.unit(rows["first"]), level.unit(rows["last"])
    sign = np.logical_or.reduce([level.has(f) for f in ("comma", "stop", "colon", "semicolon", "dash")])
    joins = np.logical_or.reduce([level.has(f) for f in ("CCONJ", "=while", "=though", "=although", "=as")])
    adverb = level.has("ADV") & np.append(level.has("comma")[1:], False)
    for _ in range(3):
        begin = begin + (sign | level.has("CCONJ") | adverb)[np.minimum(begin, len(sign) - 1)]
        end = end - (sign | joins)[np.maximum(end, 0)]
    whole = begin <= end
    begin, end = np.where(whole, begin, 0), np.where(whole, end, 0)
    return rows.with_columns(pl.Series("first", level.first[begin]), pl.Series("last", level.last[end])).filter(pl.Series(whole))


def _outermost(rows: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """The attributions that no other one holds."""
    spans = rows.select("first", "last").sort("first", pl.col("last"), descending=[False, True])
    outer = resolve(spans)
    head = heads[rows["head"]].select("first", "last")
    own = within(head, outer)
    return rows.filter(own.is_null()).sort("first")
