"""Sources: speakers taken apart into name, role and organisation."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule, named
from tasks.grammar.reading import Reading
from tasks.grammar.spans import within

_HYPHENATED = "(?:{word}{hyphen & !spaced}{word & !spaced})"
_NAME = "{PROPN & !role|PER|acronym & !role}{PROPN|PER|hyphen & !spaced|word & !spaced & !stop}*(?:{=of}{=the}?{PROPN}+)?"
_ROLE = "(?P<role>{role & !role:title & !organisation|role & !role:title & !capital})"
_ORGANISATION = f"(?:{_HYPHENATED}|{{PROPN|acronym|ADJ & capital|demonym|NOUN & !role}}|{{='s}})"
_OF = "{=for|=of|=at|=from|=with|=to|=in}"
_DETERMINED = "{determiner|possessive}"
#: A source taken apart: the organisation that it speaks for, its role and its name. For one source the earlier rule wins.
PARTS = (
    Rule("titled_name", "^{role:title}(?P<name>{capital}{PROPN|PER|hyphen & !spaced|word & !spaced & !stop}*)$"),
    Rule("some_role", f"^{{=a|=an|=one|=another}}{_ORGANISATION}*{_ROLE}(?:{_OF}{_DETERMINED}?)(?P<org>{_ORGANISATION}+)?{{comma}}?(?P<name>{_NAME})?"),
    Rule("organisation_role_name", f"{_DETERMINED}?(?P<org>{_ORGANISATION}*){_ROLE}{{role:title}}?(?P<name>{_NAME})"),
    Rule("name_role_organisation", f"(?P<name>{_NAME}){{comma}}{_DETERMINED}?(?P<modifier>{_ORGANISATION}*){_ROLE}(?:{_OF}{_DETERMINED}?)(?P<org>{_ORGANISATION}+)"),
    Rule("name_organisation_role", f"(?P<name>{_NAME}){{comma}}{_DETERMINED}?(?P<org>{_ORGANISATION}*){_ROLE}"),
    Rule("name_from_organisation", f"(?P<name>{_NAME}){{comma}}(?:{{=for|=of|=at|=from|=with}}{_DETERMINED}?)(?P<org>{_ORGANISATION}+)"),
    Rule("role_organisation", f"(?:{_DETERMINED}|{{one}})?{_ROLE}(?:{{=for|=of|=at|=from|=with}}{_DETERMINED}?)(?P<org>{_ORGANISATION}+)"),
    Rule("organisation_role", f"(?:{_DETERMINED}|{{one}})?(?P<org>{_ORGANISATION}*){_ROLE}"),
    Rule("name", f"{{determiner}}?{{role:title}}?(?P<name>{_NAME})"),
)  # fmt: skip
_FEATURES = named(PARTS)
_PARTS = (("name", "name"), ("role", "role"), ("org", "org_name"))
#: What one quote passes on to another with the same source.
PASSED_ON = ["source_name", "source_role", "source_org_name"]


def parts(reading: Reading, level: Level, first: pl.Series, last: pl.Series) -> pl.DataFrame:
    """Sources (tokens, null where none) → ``source_name``, ``source_role``, ``source_org_name``, ``is_person``."""
    sources = pl.DataFrame({"first": first, "last": last}).with_row_index("row")
    given = sources.drop_nulls().unique("first").sort("first")
    begin, end = level.unit(given["first"]), level.unit(given["last"]) + 1
    found = replace(level, begin=begin, end=end).narrowed(_FEATURES).find(PARTS)
    taken = found.with_columns(within(found, given).alias("source")).drop_nulls("source")
    taken = taken.sort("rule", "first").unique("source", keep="first", maintain_order=True)
    texts = [reading.spans(taken[f"{part}_first"], taken[f"{part}_last"])["text"].alias(f"source_{name}") for part, name in _PARTS]
    # “IBM's head of sales” speaks for IBM.
    texts[-1] = texts[-1].str.replace("['’]s\\b.*$", "")
    named = taken["name_first"].fill_null(taken["first"])
    role = taken["role_last"].fill_null(0)
    several = taken["name_first"].is_null() & pl.Series(level.has("plural")[level.unit(role)])
    is_person = (
        pl.Series(level.has("PER")[level.unit(named)] | level.has("role:title")[level.unit(taken["first"])])
        | taken["role_first"].is_not_null() & ~several
    )
    known = pl.DataFrame([given["first"].gather(taken["source"]), *texts, is_person.alias("is_person")])
    return sources.join(known, on="first", how="left", maintain_order="left").select(*PASSED_ON, "is_person")
