"""Figures: the rules that find them.

A rule's named groups are the parts of a figure, and their names are shared by all rules, so that one production reads all matches:
``lead``, ``bound``, ``after`` (quantifiers), ``symbol``, ``unit``, ``per`` (what it is measured in), ``number`` or ``low`` and ``high``,
``counted`` (noun phrase) with its ``complement``, ``whole`` ("of them"), ``base`` ("one in five"), ``rest`` ("more", "others").
"""

from __future__ import annotations

from tasks.grammar.patterns import Rule

_CARDINAL = "{number & !number:ordinal & !number:vague & !number:fraction}"
_COUNT = "{number & !number:ordinal & !number:fraction & !number:weak & !one}"
_MEASURE = "{number & !number:ordinal & !number:vague}"
_FRACTION = "{number:fraction}"

_LEAD = "(?P<lead>{quantifier:lead})?(?P<bound>{quantifier:before})?(?P<second_lead>{quantifier:lead})?"
_AFTER = "(?P<after>{hyphen & !spaced}?{quantifier:after})?"

_HYPHENATED = "(?:{word & !calendar|number & !number:ordinal & !number:vague}{hyphen & !spaced}{word & !spaced & !calendar}(?:{hyphen & !spaced}{word & !spaced})?)"
_PLAIN = "ADJ & !number|NOUN & !time|PROPN & !time|acronym & !number|demonym|VERB & participle & !time"
_ADJECTIVE = f"(?:{_HYPHENATED}|{{ADJ}}{{comma|=and|=or}}{{ADJ|VERB & participle}}|{{ADJ & !number|PROPN & !time|acronym & !number|demonym|VERB & participle & !time & !=including|=more|=other}}|{{adverb|ADV & !time}}{{ADJ|VERB & participle}})"
_NOMINAL = f"(?:{_HYPHENATED}|{{ADJ & !number|NOUN & !time|PROPN & !time|acronym & !number|demonym}})"
#: A participle stands before the nouns: "12 wounded police officers", but not in "12 officers suffered injuries"; so does an age: "two 17-year-old boys".
_MODIFIERS = f"{{time:duration}}?{_ADJECTIVE}*{_NOMINAL}*"
#: More than one of something is a plural: "two police officers", not "10 Downing Street".
_PLURAL = "{NOUN & plural & !time & !calendar & !=others|counted_plural & !VERB & !AUX & !calendar|demonym:demonym_plural|counted & plural & PROPN & !calendar}"
#: "30m tall" is no 30 metres of anything.
_NOUN = (
    "{NOUN & !time & !change & !=non & !=tall & !=wide & !=deep & !=thick & !=high|demonym|counted & PROPN & !time|counted_plural & !VERB}"
)
_OF = "{=of}{determiner|possessive|=the}?"
_COMPLEMENT = (
    f"(?P<complement>{_OF}{{{_PLAIN}|='s}}*{{NOUN & !time & !currency|PROPN & !time & !currency|acronym & !number & !currency|demonym}})?"
)
_COUNTED = f"{{=most}}?(?P<counted>{_MODIFIERS}{_PLURAL}){_COMPLEMENT}"
_ANYTHING = f"(?P<counted>{_MODIFIERS}{_NOUN})"
#: What is measured: "gallons of water", "a 5 % stake"; and what it is measured by: "a share", "per day".
_MEASURED = f"(?P<of>{{=of}}{{determiner|possessive|=the|=all}}?)?{_ANYTHING[:-1]})?"
#: "The £22bn ministers hope for" is no £22bn of ministers.
_PAID = f"(?P<of>{{=of}}{{determiner|possessive|=the}}?|{{=in}})?{_ANYTHING[:-1].replace('{NOUN &', '{NOUN & !counted:person &').replace('counted_plural &', 'counted_plural & !counted:person &')})?"
_PER = "(?P<per>{hyphen}?{=a|=an|=per|=each|=every|slash}{hyphen}?{unit & !plural|calendar:time_unit & !plural|counted & !plural}|{=per|slash|=a}{number:ordinal}|{=per|slash}{NOUN & !plural}|{time & !capital}|{number:scaled})?"
_RATE = _PER.replace("<per>", "<rate>")

_CODE = "currency:code & !DET & !VERB & !AUX & !ADJ & !ADV"
_MONEY = f"(?:{{currency:code}}{{currency:symbol}}|{{currency:symbol|currency:prefix|{_CODE}}})"
#: A capital letter behind a blank is seldom a unit: "23456 F Block".
_UNIT = f"{{percent|unit:ratio|unit & !counted & !letter|unit & !counted & !capital|unit & !counted & !spaced|unit & NOUN & !letter|currency:word|{_CODE}|currency:subunit}}"
_THEM = "{=them|=whom|=those|=these|=which|=us}"
#: What may not follow a number that stands alone: the rest of a score, of a name or of another number.
_END = "(?:{!hyphen & !slash & !colon & !dash & !NOUN & !PROPN & !number & !unit & !percent & !calendar & !digits}|$)"
_MOVED = "{change & changing:verb|changing:particle|change & changing:noun|=went|=moved}{ADV|adverb|=by}{0,2}"
_HAPPENED = "{measured:active_object & !NOUN & !capital|measured:adjective & !capital|measured:subject & !NOUN & !capital}"


def _range(name: str, tail: str, symbol: str = "", between: str = "") -> tuple[Rule, Rule]:
    """Two ends of a range: "between 20 and 30", and "20-30", "from 20 to 30", "two or three".

    What moved from one number ``to`` another took both values, one after the other: "rose from 20 to 30", "up $2 to $30".
    """
    low = f"{symbol}(?P<low>{_CARDINAL}){between}"
    high = f"{symbol and _MONEY + '?'}(?P<high>{_CARDINAL})"
    moved = f"(?P<moved>{_MOVED})?"
    return (
        Rule(name, f"(?P<bound>{{=between}}){low}{{=and|hyphen|dash|=to}}{high}{tail}"),
        Rule(name, f"{moved}(?P<bound>{{=from|quantifier:before}})?{low}(?P<joint>{{=to|hyphen|dash|=or}}){high}{tail}"),
    )


_CONTEST = "=race|=title|=final|=finals|=hurdles|=relay|=freestyle|=record|=champion|=medal|=silver|=gold|=bronze"
#: What looks like a figure and is none: "In 2011 protesters filled the square", "the 9/11 attacks".
NO_FIGURES = (
    Rule("year", "{=in|=since|=during|=until}(?P<number>{year & number:digits})"),
    Rule("year_of", "{=the|possessive|='s}(?P<number>{year & number:digits}){ADJ|NOUN|PROPN}{0,2}{counted:event|PROPN}"),
    # A score, or what is left of a range: "a 2-1 loss".
    Rule("score", "{number:digits}{hyphen & !spaced|dash & !spaced}(?P<number>{number:digits & !spaced})"),
    Rule("slash", "{number:digits}{slash & !spaced}(?P<number>{number:digits & !spaced})"),
    Rule("rank", "{=top|=number}(?P<number>{number:digits|number:words})"),
    # "A 400m race", "the 800m".
    Rule("race", f"(?P<number>{{number:digits}}){{=m & !spaced}}{{NOUN}}?{{{_CONTEST}}}"),
    Rule("distance_run", "{=the|possessive|='s}(?P<number>{number:digits}){=m & !spaced}(?:{!NOUN & !ADJ & !PROPN & !=tall & !=wide & !=deep & !=thick & !=high}|$)"),
    Rule("half_of_match", "{number:ordinal}(?P<number>{number:fraction})"),
    Rule("age", "{=are|=were|=aged|counted:person & plural}{=over|=under}(?P<number>{number:digits & !amount})(?:{!NOUN & !PROPN & !percent & !unit & !hyphen & !ADJ & !currency}|$)"),
    Rule("calibre", "(?P<number>{number:digits}){hyphen}?{=calibre|=caliber}"),
    # Names: "the Six Nations", "PlayStation 3", "WCAG 2.0", "50 Cent".
    Rule("named", "{!capital & word|=the|='s|number}(?P<number>{number:words & capital}){capital & NOUN|capital & PROPN}"),
    Rule("model", "{PROPN & capital & !LOC & !currency}(?P<number>{number:digits & !amount & !year})(?:{AUX}{1,3}{!measured & !AUX}|='s|{NOUN & !counted & !measured & !unit & !currency & !=times}|$)"),
    Rule("version", "{acronym & !LOC & !currency}(?P<number>{number:digits})(?:{AUX}{1,3}{!measured & !AUX}|{comma|stop|closes_bracket|=and}|$)"),
    Rule("cent", "(?P<number>{number:digits}){currency:subunit & capital & !plural}"),
)  # fmt: skip
#: Where several rules fit one number, the first does; where figures overlap, the one that begins first.
RULES = (
    *_range("range_money", f"{_AFTER}{_PER}{_PAID}", f"(?P<symbol>{_MONEY})"),
    *_range("range_measured", f"{_AFTER}{{hyphen & !spaced}}?(?P<unit>{_UNIT}){_PER}{_MEASURED}", between=f"(?P<low_unit>{_UNIT})"),
    *_range("range_measured", f"{_AFTER}{{hyphen & !spaced}}?(?P<unit>{_UNIT}){_PER}{_MEASURED}"),
    *_range("range_counted", f"{_AFTER}(?:{{=of}}{{possessive|=the}}?)?{_COUNTED}"),
    _range("range_bare", f"(?P<rest>{{=others|=more & !quantifier}})?{_END}")[0],
    Rule("money_scaled_behind", f"{_LEAD}(?P<number>{_CARDINAL})(?P<unit>{{{_CODE}}})(?P<magnitude>{{number_word:magnitude}})"),
    Rule("money_by_word", f"{_LEAD}(?P<symbol>{{currency:word & !plural}})(?P<number>{{number:scaled_words & !number:ordinal}})"),
    Rule("money", f"{_LEAD}(?P<symbol>{_MONEY})(?P<number>{_CARDINAL}){_AFTER}{_PER}{_PAID}"),
    Rule("money_and_cents", f"{_LEAD}(?P<number>{_CARDINAL})(?P<unit>{{currency:word|currency:symbol}}){{=and}}?(?P<cents>{{number & !number:ordinal & !number:vague & !number:fraction}})(?P<subunit>{{currency:subunit}})"),
    Rule("money_and_change", f"{_LEAD}(?P<number>{_CARDINAL})(?P<unit>{{currency:word}}){{=and}}?(?P<cents>{{number:digits|number:words}})(?:{{stop|comma}}|$)"),
    Rule("inches", f"{{=ft|=foot|=feet}}(?P<number>{_CARDINAL})(?P<unit>{{=in}})"),
    Rule("measured_in_brackets", f"{_LEAD}(?P<number>{_MEASURE}){{opens_bracket}}(?P<unit>{{unit & !counted}}){{closes_bracket}}"),
    Rule("money_behind", f"{_LEAD}(?P<number>{_CARDINAL}){_AFTER}(?P<unit>{{currency:symbol}}){_END}"),
    Rule("vague_money", f"{_LEAD}(?P<number>{{number:vague}}){{=of}}(?P<unit>{{currency:word}}){_PER}"),
    Rule("measured", f"{_LEAD}(?P<number>{_MEASURE}){_AFTER}{{hyphen & !spaced}}?(?P<unit>{_UNIT}){_PER}{_MEASURED}{_RATE}"),
    Rule("vague_measured", f"{_LEAD}(?P<number>{{number:vague & !number:weak}}){{=of}}?(?P<unit>{_UNIT}){_MEASURED}"),
    Rule("part_of_unit", f"{_LEAD}(?P<number>{_FRACTION}){{=of}}?{{=a|=an}}(?P<unit>{{unit & !counted|unit & NOUN}}){_PER}{_MEASURED}"),
    Rule("multiple_of_capacity", f"(?P<bound>{{quantifier:before}})?(?P<number>{_CARDINAL})(?P<times>{{=times}}{{=over|=above|=beyond|=the|possessive|quantifier:before}}{{0,2}})(?P<counted>{{=capacity}})"),
    Rule("multiple", f"(?P<bound>{{quantifier:before}})?(?P<number>{_CARDINAL})(?P<times>{{=times}}(?:{{=as}}{{=many|=much|ADJ|ADV}}|{{=over|=above|=beyond|=the|=as|=more|=better|changing:adjective|possessive|quantifier:before}}{{1,3}}))(?P<counted>{_ADJECTIVE}*{{NOUN & !time}})?"),
    Rule("odds", f"{_LEAD}(?P<number>{_CARDINAL})(?P<of_each>{{=in}}{{=every}}?|{{=out}}{{=of}}|{{=of}}{{=every}})(?P<base>{_CARDINAL})(?P<counted>{_MODIFIERS}{_PLURAL})?"),
    Rule("share", f"{_LEAD}(?P<number>{_FRACTION}){_AFTER}{{=of}}{{possessive|=the|=all|=these|=those}}*{_ANYTHING}"),
    Rule("share_of_those_who", f"{_LEAD}(?P<number>{_FRACTION}){_AFTER}(?P<whole>{{=of}}{_THEM}){_ANYTHING}"),
    Rule("share_of_those", f"{_LEAD}(?P<number>{_FRACTION}){_AFTER}(?P<whole>{{=of}}{_THEM})"),
    Rule("share_before", f"{_LEAD}(?P<number>{_FRACTION})(?P<counted>{{change & changing:noun|=interest|=stake|=share|=majority}})"),
    Rule("moved_by_share", f"{{change & changing:verb|change & VERB}}{{ADV|adverb}}?{{=by}}(?P<lead>{{quantifier:lead}})?(?P<bound>{{quantifier:before}})?(?P<number>{_FRACTION}){_END}"),
    Rule("multiple_fold", f"{_LEAD}(?P<number>{{number:fold}})"),
    Rule("half_the", f"{_LEAD}(?P<number>{_FRACTION}){{possessive|=the|=all}}{_ANYTHING}"),
    Rule("count_of_them", f"{_LEAD}(?P<number>{_COUNT}){_AFTER}{_ANYTHING[:-1]})?(?P<whole>{{=of}}{_THEM})"),
    Rule("count_of_number", f"{_LEAD}(?P<number>{_COUNT}){_AFTER}{{=of|=out}}{{=of}}?{{possessive|=the|=these|=those}}{{number & !number:ordinal}}"),
    Rule("count", f"{_LEAD}(?P<number>{_COUNT}){_AFTER}(?:{{=of}}{{possessive|=the|=these|=those}}?(?:{{NOUN & !plural|PROPN|acronym}}{{1,4}}{{='s}})?)?{_COUNTED}"),
    Rule("single", f"{_LEAD}(?P<number>{{single & !one|number:slashed}})(?P<counted>{_MODIFIERS}{{counted & !plural & NOUN}})"),
    Rule("hyphenated", "(?P<number>{number & !number:ordinal & !number:vague & !number:fraction & !one & !year}){hyphen & !spaced}(?P<counted>{counted & !plural & !spaced & !calendar}{NOUN & !time}{0,2})"),
    Rule("one_bound", f"(?P<bound>{{quantifier:before}})(?P<number>{{one}}){_ANYTHING}"),
    Rule("one_thing", "(?P<lead>{quantifier:lead})?(?P<number>{one})(?P<counted>{ADJ}{0,2}{counted & !counted:person & !counted:other & !plural})"),
    Rule("one_object", f"{{measured:active_object & !NOUN}}(?P<number>{{one}})(?P<counted>{_MODIFIERS}{{NOUN & !time & !plural}})"),
    Rule("one_subject", f"(?P<number>{{one}})(?P<counted>{_MODIFIERS}{{NOUN & !time & !plural}}){{AUX}}+{{ADV}}?{_HAPPENED}"),
    Rule("one_alone", "{measured:active_object & !NOUN}(?P<lead>{quantifier:lead})?(?P<number>{one})(?P<rest>{=other})?(?:{comma|stop|=and|=or|semicolon|ADP & !=of|time}|$)"),
    Rule("nobody", f"(?P<number>{{=no}}{{one}}|{{=nobody|=none}})(?P<whole>{{=of}}{_THEM})?{{AUX}}+{{ADV}}?{_HAPPENED}"),
    Rule("no", f"(?P<number>{{=no}})(?P<counted>{_NOMINAL}{{0,2}}{{counted:person & plural|measured:nominal & plural}})(?:{{!=or & !=and & !hyphen & !NOUN}}|$)"),
    Rule("rest", f"{_LEAD}(?P<number>{_COUNT}){_AFTER}(?P<rest>{{=others|=more & !quantifier}}){_END}"),
    Rule("bounded", f"(?P<lead>{{quantifier:lead}})?(?P<bound>{{quantifier:before}})(?P<second_lead>{{quantifier:lead}})?(?P<number>{_COUNT}){_AFTER}{_END}"),
    Rule("bounded_after", f"(?P<number>{_COUNT})(?P<after>{{hyphen & !spaced}}?{{quantifier:after}})"),
    Rule("object", f"{{measured:active_object & !NOUN}}(?P<lead>{{quantifier:lead}})?(?P<number>{_COUNT})(?P<rest>{{=others|=more & !quantifier}})?{_END}"),
    Rule("subject", f"(?P<lead>{{quantifier:lead}})?(?P<number>{_COUNT})(?:{{AUX}}|{{ADV}}?{_HAPPENED})"),
    Rule("level", f"(?:{{measured:nominal|measured:person|change}}|{{=number}}{{=of}}){{!stop & !number & !comma & !semicolon & !hyphen & !digits}}{{0,5}}{{=to|=at|=of|=by|=from|=is|=was|VERB}}(?P<lead>{{quantifier:lead}})?(?P<number>{_COUNT}){_AFTER}{_END}"),
    Rule("moved_to", f"{_MOVED}{_MONEY}?{{number}}{{percent|unit|currency:word|currency:subunit|NOUN}}{{0,2}}{{=to}}(?P<lead>{{quantifier:lead}})?(?P<bound>{{quantifier:before}})?(?P<number>{_COUNT}){_END}"),
    Rule("amount", f"{_LEAD}(?P<number>{{amount & !number:vague & !number:ordinal}}){_AFTER}"),
)  # fmt: skip

#: Groups that a figure begins and ends with.
STARTS = ("bound", "lead", "symbol", "number", "low")
ENDS = (
    "number",
    "high",
    "after",
    "unit",
    "magnitude",
    "times",
    "per",
    "counted",
    "complement",
    "rate",
    "whole",
    "base",
    "rest",
    "cents",
    "subunit",
)
#: Rules whose value is a share or a multiple.
RATIOS = (
    *("odds", "share", "share_of_those_who", "share_of_those", "half_the", "share_before", "moved_by_share"),
    *("multiple", "multiple_fold", "multiple_of_capacity"),
)
