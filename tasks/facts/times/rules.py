"""Time expressions: the rules that find them.

A rule's named groups are the parts of the expression; what stands between groups only has to be there. Their names are shared by all
rules, so that one production (:mod:`tasks.facts.times.values`) reads the matches of all of them. The span of an expression reaches from
its first group to its last, but for ``context``, which lends its calendar fields to a neighbour and stays outside. A match in which a
group ``unless`` or ``unless_…`` has found anything is none: so a rule can say what must not stand beside an expression.
"""

from __future__ import annotations

from tasks.grammar.patterns import Rule

_DAY = "{day & number:digits|number:ordinal}"
_MONTH = "{calendar:month & capital & !AUX & !VERB & !PER|calendar:month & !time_word:also_word}"
_YEAR = "{year}"
_WEEKDAY = "{calendar:weekday}"
_WEEKDAY_BEFORE = "{calendar:weekday|calendar:weekday_short & capital}"
_DEICTIC = "{calendar:deictic & !PROPN|calendar:deictic & !capital}"
_PART = "{calendar:day_part}"
_SEASON = "{calendar:season & !VERB}"
_UNIT = "{calendar:time_unit & !unit}"
_SINGULAR = "{calendar:time_unit & !plural & !unit}"
_RELATION = "{time_word:relation|time_word:relation_other}"
_EDGE = "{time_word:edge}"
_ZONE = "{time_zone & capital}"
_THE = "{=the}?"

_ANY_MONTH = "{calendar:month & capital & !AUX & !VERB|calendar:month & !time_word:also_word|calendar:month_short & capital}"
_MONTH_AND_DAY = f"(?:{_DAY}{{=of}}?{_ANY_MONTH}|{_ANY_MONTH}{_THE}{_DAY})"
_DATE = f"(?:{_WEEKDAY_BEFORE}{{comma}}?{_THE})?(?:{_MONTH_AND_DAY}{{comma|=of|=in}}?{_YEAR}|{_MONTH_AND_DAY})"
_CLOCK = "(?:{number:digits}{colon & !spaced}{number:digits & !spaced}(?:{colon & !spaced}{number:digits & !spaced})?{calendar:meridiem}?|{number:digits|number:words}{calendar:meridiem}|{calendar:clock})"

#: "early on", "late in", "mid-", "the end of".
_MOD = f"(?P<mod>{{DET|=the}}?{_EDGE}{{=of}}{{=the|possessive}}?|{_EDGE}{{hyphen}}?(?:{{=in|=on}}{_THE})?)?"
_OF_YEAR = f"{{=of|comma}}?(?P<year_relation>{_THE}{_RELATION}{{time_word:year}})?"
_AT_CLOCK = f"{{comma|=at}}?(?P<clock>{_CLOCK})?(?P<zone>{_ZONE})?"
_IN_PART = f"(?P<part>(?:{{=in}}{{=the}})?{_PART})?"

_EXACT = "number & !number:ordinal & !number:fraction & !number:vague & !year"
_COUNT = f"(?P<count>{{=a}}?{{=few}}|{{=many|=some}}|{{=a}}?{{time_word:couple}}{{=of}}?|{{number:vague}}{{=of}}?|{{{_EXACT}}})"
_ANY_COUNT = f"{_COUNT[:-1]}|{{=a|=an|=another|one}})"
_HALF = "(?P<count>{=a}?{number:fraction}){=a|=an|=of}{0,2}"
_LOW = f"(?P<low>{{{_EXACT}}}{{=to|=or|hyphen|dash|=and}})?"
_BETWEEN = "(?:{ADJ & !calendar & !time_word & !number|time_word:unit_adjective}{1,2}|{=or}{=so})?"
_BOUND = "(?P<bound>{time_word:bound})?"
_FRAME = f"(?P<relation>{{=the|=these|=those}}?(?:{_RELATION}|{{time_word:latest|time_word:recent|number:ordinal}})?)"
_AND_HALF = "(?P<half>{=and}(?:{=a}?{number:fraction}))?"
_AFTER = "(?P<after>{quantifier:after})?"
_PLURAL = "{calendar:time_unit & plural & !unit}"
_OLD = "(?P<old>{hyphen}?{=old})?"
#: A year as it is read aloud, in two numbers: nineteen ninety-six.
_SPOKEN = "(?P<spoken>{number:words}{number:words})"
_QUARTER = "{time_word:quarter|time_word:half|number:fraction}"

#: A bare year is none where it counts or measures what follows, or is money: "2000 people", "$2000".
_COUNTED = "{counted & plural & !calendar|unit|percent|currency:word}"

#: The earlier rule wins where two fit the same words.
RULES = (
    Rule("holiday", f"{_MOD}(?P<relation>{_RELATION})?(?P<date>{{holiday & capital}}(?:{{comma}}?{_YEAR})?)"),
    Rule("date", f"{_MOD}(?P<relation>{_RELATION})?(?P<date>{_DATE}){_OF_YEAR}(?P<part>{_PART})?{_AT_CLOCK}"),
    Rule("before_date", f"(?P<day>{_DAY}){{=and|=to|=or|hyphen|dash|=through|comma}}{{1,2}}(?P<context>{_DAY}{{=of}}?{_ANY_MONTH}(?:{{comma}}?{_YEAR})?)"),
    Rule("after_date", f"(?P<context>{_ANY_MONTH}{_DAY}){{=and|=to|=or|hyphen|dash|=through|comma}}{{1,2}}(?P<day>{_DAY}){{comma}}?(?P<date>{_YEAR})?"),
    Rule("spoken_date", f"{_MOD}(?P<relation>{{=the}})?(?P<date>{_MONTH}|{_SEASON}){{=of}}?{_SPOKEN}"),
    Rule("month", f"{_MOD}(?P<relation>{_RELATION})?(?P<date>{_MONTH}(?:{{comma|=of}}?{_YEAR})?){_OF_YEAR}"),
    Rule("date_part", f"(?P<part>{_THE}{_PART}){{=of}}(?P<date>{_DATE}|{_WEEKDAY}|{_DEICTIC})"),
    Rule("weekday", f"{_MOD}(?P<relation>{_RELATION})?(?P<date>{_WEEKDAY}|{_DEICTIC}){_IN_PART}{_AT_CLOCK}"),
    Rule("part_date", f"{_MOD}(?P<part>{_PART})(?P<date>{_WEEKDAY}|{_DEICTIC}|{_DATE})"),
    Rule("relative_part", f"{_MOD}(?P<relation>{_RELATION})(?P<part>{_PART})"),
    Rule("weekday_parts", f"(?P<date>{_WEEKDAY})(?P<part>{{calendar:part_plural}})"),
    Rule("night", f"{_MOD}(?P<date>{{calendar:deictic_night}})"),
    Rule("each_part", f"(?P<set>{{time_word:every}})(?P<part>{_PART})"),
    Rule("weekdays", f"{_MOD}(?P<date>{{calendar:weekday_plural}}){_AT_CLOCK}"),
    Rule("clock_part", f"(?P<clock>{_CLOCK}|{{day}}){{=in|=that|=this}}(?P<part>{_THE}{_PART})"),
    Rule("clock_date", f"{_MOD}(?P<clock>{_CLOCK})(?P<zone>{_ZONE})?{{comma|=on|=of}}{{0,2}}(?P<date>{_DATE}|{_RELATION}?{_WEEKDAY}|{_DEICTIC})"),
    Rule("before_clock", f"(?P<clock>{{day & number:digits}}(?:{{colon & !spaced}}{{number:digits & !spaced}})?){{=and|=to|=or|hyphen|dash|=until}}(?P<context>{_CLOCK})"),
    Rule("clock", f"{_MOD}(?P<clock>{_CLOCK})(?P<zone>{_ZONE})?"),
    Rule("numeric_date", "(?P<stamp>{year}{hyphen & !spaced}{number:digits & !spaced}{hyphen & !spaced}{number:digits & !spaced}|{number:dated}|{dotted_date})"),
    Rule("century", f"(?P<det>{{=the}})?{_MOD}(?P<ordinal>{{number:ordinal}}){{hyphen}}?(?P<unit>{{=century}})"),
    Rule("decade", f"(?P<det>{{=the}})?{_MOD}(?P<date>{{plain_single|closes_single|opens_single}}?{{decade}}|{{calendar:decade}})"),
    Rule("year_quarter", f"(?P<det>{{=the}})?(?P<date>{_YEAR})(?P<ordinal>{{number:ordinal}})?{{hyphen}}?(?P<unit>{{time_word:period}})"),
    Rule("year", f"(?P<unless>{{currency:symbol|currency:prefix}})?{_MOD}(?P<fiscal>{{time_word:fiscal}}{{calendar:time_unit & !plural}}?)?(?P<date>{_YEAR})(?P<unless_counted>{_COUNTED})?"),
    Rule("second_year", "(?P<context>{year}){hyphen & !spaced|dash & !spaced|slash & !spaced}(?P<second_year>{number:digits & !year & !spaced})(?P<unless>{hyphen & !spaced|dash & !spaced|slash & !spaced})?"),
    Rule("spoken_year", _SPOKEN),
    Rule("year_number", f"(?P<det>{{=the}}?{{time_word:year}})(?P<spoken>{{number:words}}{{2}}|{_YEAR}|{{{_EXACT}}})"),
    Rule("quarter", f"(?P<det>{{=the|=its|=their}})?{_MOD}(?P<fiscal>{{time_word:fiscal}})?{{hyphen}}?(?P<ordinal>{{number:ordinal}})(?P<second_fiscal>{{time_word:fiscal}})?(?P<unit>{_QUARTER}){{=of}}?(?P<date>{_YEAR})?(?P<year_relation>{_THE}{_RELATION}{{time_word:year}})?"),
    Rule("quarter_attribute", f"{_MOD}(?P<fiscal>{{time_word:fiscal}})?{{hyphen}}?(?P<ordinal>{{number:ordinal}}){{hyphen}}(?P<unit>{_QUARTER})(?:{{=of}}|{{comma}})?(?P<date>{_YEAR})?"),
    Rule("quarter_of", f"(?P<year_relation>{_THE}{_RELATION}{{time_word:year}}{{possessive}})(?P<ordinal>{{number:ordinal}}){{hyphen}}?(?P<unit>{_QUARTER})"),
    Rule("season_year", f"{_MOD}(?P<date>{_SEASON}{{=of}}?{_YEAR})"),
    Rule("season", f"{_MOD}(?P<relation>{_THE}{_RELATION})(?P<date>{_SEASON})"),
    Rule("in_season", f"{{=in|=by|=during|=since|=until|=through|=for}}{_MOD}(?P<date>{_SEASON})"),
    Rule("the_season", f"(?P<relation>{{=the}}){_MOD}(?P<date>{_SEASON})(?P<unless>{{=of|=in|=from}})?"),
    Rule("mod_season", f"(?P<mod>{_EDGE}{{hyphen}}?)(?P<date>{_SEASON})"),
    Rule("each", f"(?P<set>{{time_word:every}})(?P<alternate>{{=other}})?(?P<count>{{{_EXACT}|number:ordinal}})?(?P<unit>{_UNIT})"),
    Rule("each_named", f"(?P<set>{{time_word:every}})(?P<count>{{number:ordinal}})?(?P<date>{_WEEKDAY}|{_MONTH}|{_SEASON})(?P<part>{_PART})?"),
    Rule("per", f"{{NOUN & !calendar & !unit:distance|number|calendar:time_unit & plural|percent|currency|=times|time_word:once|=more}}(?P<set>{{=a|=an|=per}})(?P<unit>{_SINGULAR})(?P<unless>{{=after|=before|=earlier|=later|=ago}})?"),
    Rule("times_per", f"(?P<set>(?:{{number}}{{=times}}|{{time_word:once|number_word:multiple}}){{=a|=an|=per|time_word:every}})(?P<unit>{_SINGULAR})"),
    Rule("year_ago_period", f"(?P<det>{{=the}})(?P<unit>{_SINGULAR}){{hyphen}}(?P<shift>{{=ago|=earlier}})(?P<tail>(?:{{number:ordinal}}{{hyphen}}?)?{{time_word:period}})"),
    Rule("year_ago", f"(?P<unit>{_SINGULAR}){{hyphen}}(?P<shift>{{=ago|=earlier}})(?P<tail>(?:{{number:ordinal}}{{hyphen}}?)?{{time_word:period}})?"),
    Rule("offset", f"{_BOUND}{_LOW}{_ANY_COUNT}{_BETWEEN}(?P<unit>{_UNIT}){_AND_HALF}{_AFTER}(?P<shift>{{=ago|=earlier|=later}}|{{=from}}{{time_word:reference}})"),
    Rule("half_offset", f"{_BOUND}{_HALF}(?P<unit>{_UNIT})(?P<shift>{{=ago|=earlier|=later}})"),
    Rule("long_ago", f"(?P<unit>{_PLURAL})(?P<shift>{{=ago}})"),
    Rule("attribute", f"{_LOW}(?P<count>{{{_EXACT}}}){{hyphen}}?(?P<unit>{_SINGULAR}){_OLD}"),
    Rule("old", f"{_BOUND}{_LOW}(?P<count>{{{_EXACT}}})(?P<unit>{_UNIT})(?P<old>{{=old}}|{{=of}}{{=age}})"),
    Rule("bound_duration", f"(?P<bound>{{time_word:bound}}){_LOW}(?P<count>{{{_EXACT}}}|{{=a|=an|one}}){_BETWEEN}(?P<unit>{_UNIT}){_AND_HALF}"),
    Rule("duration", f"{_FRAME}{_LOW}{_COUNT}{_BETWEEN}(?P<unit>{_UNIT}){_AND_HALF}{_AFTER}"),
    Rule("compound_duration", f"{_BOUND}(?P<count>{{{_EXACT}}}|{{=a|=an|one}})(?P<unit>{_UNIT}){{comma|=and}}{{0,2}}(?P<second_count>{{{_EXACT}}})(?P<second_unit>{_UNIT})"),
    Rule("article_duration", f"(?P<count>{{=a|=an|=another|one}}){{time_word:unit_adjective}}?(?P<unit>{_UNIT})(?P<half>{{=and}}{{=a}}?{{number:fraction}})?(?P<after>{{quantifier:after}}|{{=or}}{{number}})?(?P<unless>{{hyphen & !spaced}})?"),
    Rule("half_duration", f"{_BOUND}{_HALF}{{hyphen}}?(?P<unit>{_UNIT}){_OLD}"),
    Rule("some_units", f"(?P<relation>{_THE}(?:{_RELATION}|{{time_word:recent}}))(?P<unit>{_PLURAL})"),
    Rule("units", f"(?P<relation>{{=the}})?(?P<unit>{_PLURAL})"),
    Rule("unit_ended", "(?P<det>{=the})(?P<fiscal>{time_word:fiscal})?(?P<unit>{time_word:year}){=ended|=ending}{=on|=in}?{calendar:month|calendar:month_short|calendar:deictic|day|year}"),
    Rule("relative_unit", f"{_MOD}(?P<relation>{_THE}(?:{_RELATION}|{{time_word:latest}}))(?P<fiscal>{{time_word:fiscal}})?(?P<unit>{_SINGULAR})(?P<unless>{{hyphen & !spaced}})?"),
    Rule("the_unit", f"{_MOD}(?P<relation>{{=the}})(?P<fiscal>{{time_word:fiscal}}|{{ADJ & time_word:unit_adjective}})?(?P<unit>{_SINGULAR})(?P<unless>{{hyphen & !spaced}})?"),
    Rule("edge_unit", f"(?P<mod>{{=the}}?{_EDGE}{{=of}})(?P<unit>{_SINGULAR})"),
    Rule("unit_end", f"(?P<relation>{{=the}}?{_RELATION}?)(?P<unit>{_SINGULAR}{{possessive}}?{{hyphen}}?)(?P<mod>{_EDGE})"),
    Rule("age", f"{{=aged|=age}}{_COUNT}"),
    Rule("frequency", "(?P<frequency>{time_word:frequency})(?P<unless>{PROPN & capital})?"),
    Rule("the_reference", "(?P<reference>{=the}{ADJ & !time_word}?{time_word:the_reference & NOUN})"),
    Rule("reference", "(?P<reference>{time_word:reference})"),
)  # fmt: skip
