"""Sources: speakers taken apart into name, role and organisation."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.patterns import Rule, named
from tasks.grammar.reading import Reading
from tasks.grammar.spans import row_of, within

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
    Rule("name_role_organisation", f"(?P<name>{_NAME}){{comma}}{_DETERMINED}?{_ORGANISATION}*{_ROLE}(?:{_OF}{_DETERMINED}?)(?P<org>{_ORGANISATION}+)"),
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
    given = pl.DataFrame({"first": first, "last": last}).drop_nulls().unique("first", keep="first").sort("first")
    begin, end = level.unit(given["first"]), level.unit(given["last"]) + 1
    found = replace(level, begin=begin, end=end).narrowed(_FEATURES).find(PARTS)
    # Matches come rule by rule.
    taken = found.with_columns(within(found, given).alias("source")).filter(pl.col("source").is_first_distinct()).drop_nulls("source")
    begins, ends = (pl.concat([taken[f"{part}_{end}"] for part, _ in _PARTS]) for end in ("first", "last"))
    texts = reading.spans(begins, ends)["text"]
    names = [texts.slice(i * taken.height, taken.height).alias(f"source_{name}") for i, (_, name) in enumerate(_PARTS)]
    # “IBM's head of sales” speaks for IBM.
    names[-1] = names[-1].str.replace("['’]s\\b.*$", "")
    named, whole = (level.unit(tokens) for tokens in (taken["name_first"].fill_null(taken["first"]), taken["first"]))
    several = level.has("plural", level.unit(taken["role_last"].fill_null(0))) & taken["name_first"].is_null().to_numpy()
    is_person = level.has("PER", named) | level.has("role:title", whole) | taken["role_first"].is_not_null().to_numpy() & ~several
    known = pl.DataFrame([*names, pl.Series("is_person", is_person)])
    taken_at = given["first"].gather(taken["source"])
    order = taken_at.arg_sort()
    return known.select(pl.all().gather(order).gather(row_of(first, taken_at.gather(order))))
