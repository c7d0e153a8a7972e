"""Links: which names mean the same actor, within a document and through the lexicon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts.names import OFFICE, actor_ids
from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, within
from tasks.grammar.text import keys, numbered

_ACTOR = "{name & !name:place|name:state}"
#: "Full Name (FN)": the short form means the same for the rest of the document.
_DEFINED = Rule("defined", "(?P<long>{name}){opens_bracket}(?P<short>{name|acronym}){closes_bracket}")
#: A person's role, and whom he or she speaks or works for.
_ROLES = (
    Rule("role_before", f"(?P<role>(?:{_ACTOR}{{='s}}?)?{{ADJ|NOUN & !name}}?{{role}}+)(?P<person>{{name:person}})"),
    Rule("role_behind", f"(?P<person>{{name:person}}){{comma}}{{determiner|possessive}}?(?P<role>(?:{_ACTOR}{{='s}}?)?{{ADJ|NOUN & !name}}?{{role}}+(?:{{=of|=for|=at|=with}}{{determiner|possessive}}?(?:{{ADJ|NOUN & !name}}?{_ACTOR}|{{NOUN}}))?)"),
)  # fmt: skip


@dataclass(frozen=True)
class Linked:
    """The mentions of actors in a reading, who they are, and the forms by which they are called.

    ``mentions``: ``first``, ``last`` (tokens), ``document``, ``char_start``, ``char_end``, ``text``, ``entity_id``, ``mention_type``,
    ``rule_id``. ``actors`` and ``aliases`` as published.
    """

    mentions: pl.DataFrame
    actors: pl.DataFrame
    aliases: pl.DataFrame


def linked(reading: Reading, level: Level, names: pl.DataFrame) -> Linked:
    """Link the persons and organisations among ``names`` (of :func:`tasks.facts.names.names`, with its ``level``)."""
    of_actors = names.filter(pl.col("sort") != "place")
    is_office = pl.col("rule_id") == OFFICE.id
    rows, texts = _keyed(_with_coalitions(reading, of_actors.filter(~is_office)))
    rows = _identified(reading, _surnames(_defined(reading, level, rows, texts)))
    roles = _roles(reading, level, rows)
    offices = _offices(of_actors.filter(is_office), rows, roles)
    columns = ["first", "last", "document", "char_start", "char_end", "text", "entity_id", "mention_type", "rule_id"]
    both = [rows.with_columns(mention_type=pl.lit("name")), offices.with_columns(mention_type=pl.lit("nominal"))]
    return Linked(pl.concat([part.select(columns) for part in both]), _actors(rows, roles), _aliases(rows))


def _offices(offices: pl.DataFrame, rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """Offices with the one person of the document whose role says that he or she holds it; null where there is none or another."""
    offices = offices.with_columns(keys(offices["text"]).str.to_lowercase().str.replace(r"^the ", "").alias("name"))
    here = rows.filter(pl.col("document").is_in(offices["document"].implode())).select("document", "entity", "entity_id").unique()
    pairs = (
        offices.select("first", "document", "name")
        .join(here.join(roles, on=["document", "entity"]), on="document")
        .filter(pl.col("role").str.to_lowercase().str.contains(pl.col("name"), literal=True))
    )
    holder = pairs.group_by("first").agg(pl.col("entity_id").unique()).filter(pl.col("entity_id").list.len() == 1)
    return offices.join(holder.explode("entity_id"), on="first", how="left", maintain_order="left")


def _with_coalitions(reading: Reading, names: pl.DataFrame) -> pl.DataFrame:
    """With the bare word "coalition" as a name where a document names one coalition and no other."""
    named = names.filter(pl.col("kind") == "military_coalition").select("document", "actor_id", "actor").unique()
    only = named.filter(pl.col("document").is_unique())
    if only.is_empty():
        return names
    word = (reading.words["key"] == "coalition").to_numpy()
    token = pl.Series("first", np.flatnonzero(word[reading.tokens["word"].to_numpy()]))
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(token))
    bare = pl.DataFrame([token, token.alias("last"), document]).filter(within(token.to_frame().with_columns(last="first"), names).is_null())
    found = bare.join(only, on="document", maintain_order="left").with_columns(
        pl.lit("organisation").alias("sort"),
        pl.lit("short_name").alias("alias_type"),
        pl.lit("military_coalition").alias("kind"),
        pl.lit("bare_coalition@1").alias("rule_id"),
    )
    found = found.hstack(reading.spans(found["first"], found["last"]))
    return pl.concat([names, found.select(names.columns)]).sort("first", maintain_order=True)


def skeleton(name: pl.Expr) -> pl.Expr:
    """What stays of a name whichever way it is spelt in Latin letters: the first letter and the consonants behind it."""
    plain = name.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^a-z]", "")
    return plain.str.slice(0, 1) + plain.str.slice(1).str.replace_all("[aeiouy]", "")


def _keyed(names: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Names and their distinct texts. What names have in common is told by numbers, equal for equals.

    ``wording``: the text, as its row among the texts. ``given``, ``surname``: the :func:`skeleton` of the first and the last of its ``size``
    words. ``group``: what certainly means the same in a document, which is the ``actor``, if it is one of the lexicon.
    """
    texts, wording = numbered(names["text"])
    plain = keys(texts)
    words = plain.str.split(" ")
    form, number = numbered(pl.concat([words.list.first(), words.list.last()]))
    skeletons, of_form = numbered(form.to_frame("form").select(skeleton(pl.col("form"))).to_series())
    given, surname = of_form[number].astype(np.int64).reshape(2, -1)[:, wording]
    of_name = numbered(plain.str.to_lowercase().str.replace(r"^the ", ""))[1].astype(np.int64)
    size = words.list.len().to_numpy()[wording]
    # Actors, others than persons, persons by surname, persons by both names.
    others, actor = actor_ids().len(), names["actor"].to_numpy()
    persons = others + len(texts)
    has_given = (size > 1) & (skeletons != "").to_numpy()[given]
    person = persons + np.where(has_given, given + 1, 0) * len(skeletons) + surname
    group = np.where(actor >= 0, actor, np.where((names["sort"] == "person").to_numpy(), person, others + of_name[wording]))
    numbers = {"wording": wording, "size": size, "given": given, "surname": surname, "own": persons + surname, "group": group}
    return names.with_columns(pl.Series(name, values, dtype=pl.Int64) for name, values in numbers.items()), texts


def _defined(reading: Reading, level: Level, rows: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """With the group of the full name for short forms that the document defines, or that are the initials of one of its names."""
    found = level.where("opens_bracket").find([_DEFINED])
    short = reading.spans(found["short_first"], found["short_last"])["text"]
    of_text = texts.alias("text").to_frame().select("text", pl.int_range(pl.len()).alias("wording"))
    same = (pl.col("document").cast(pl.Int64) * len(texts) + pl.col("wording")).alias("same")
    long = rows.select(pl.col("first").alias("long_first"), "document", pl.col("group").alias("meant"))
    given = pl.DataFrame([found["long_first"], short.alias("text")]).join(long, on="long_first", maintain_order="left")
    given = given.join(of_text, on="text", maintain_order="left").select(same, "meant")
    initials = pl.col("text").str.replace_all(r"(\p{Lu})[^\s-]*|\p{Ll}+|[^\p{L}]+", "${1}")
    by_initials = (
        of_text.select(initials, pl.col("wording").alias("full")).filter(pl.col("text").str.len_chars() > 1).join(of_text, on="text")
    )
    several = rows.filter((pl.col("size") > 2) & (pl.col("sort") == "organisation"))
    several = several.select("document", pl.col("wording").alias("full"), pl.col("group").alias("meant"))
    several = several.join(by_initials, on="full", maintain_order="left").select(same, "meant")
    known = pl.concat([given, several]).unique("same", keep="first", maintain_order=True)
    meant = rows.select(same).join(known, on="same", how="left", maintain_order="left")
    is_open = (pl.col("actor") < 0) | meant["same"].is_in(given["same"].implode())
    return rows.with_columns(pl.when(is_open).then(pl.coalesce(meant["meant"], "group")).otherwise("group").alias("group"))


def _surnames(rows: pl.DataFrame) -> pl.DataFrame:
    """With the group of the full name for surnames, and given names, that stand alone: the nearest before, else the first behind."""
    is_person, size = (rows["sort"] == "person").to_numpy(), rows["size"].to_numpy()
    full, alone = np.flatnonzero(is_person & (size > 1)), np.flatnonzero(is_person & (size == 1) & (rows["actor"] < 0).to_numpy())
    document, surname, given = (rows[name].to_numpy().astype(np.int64) for name in ("document", "surname", "given"))
    radix = int(max(surname.max(initial=0), given.max(initial=0))) + 1
    asked = document[alone] * radix + surname[alone]
    group, meant = rows["group"].to_numpy().copy(), rows["own"].to_numpy()[alone]
    for name in (given, surname):
        row = _nearest(document[full] * radix + name[full], full, asked, alone)
        meant = np.where(row >= 0, group[row], meant)
    group[alone] = meant
    return rows.with_columns(pl.Series("group", group))


def _nearest(key: Index, row: Index, asked: Index, at: Index) -> Index:
    """Of the rows with the key ``asked`` the nearest before ``at``, else the first behind it, else -1."""
    radix = int(max(row.max(initial=0), at.max(initial=0))) + 1
    code = np.sort(key * radix + row)
    place = np.searchsorted(code, asked * radix + at)
    before, behind = np.append(code, -1)[place - 1], np.append(code, -1)[place]
    nearest: Index = np.where(before // radix == asked, before % radix, np.where(behind // radix == asked, behind % radix, -1))
    return nearest


def _identified(reading: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """With ``entity_id``: the lexicon's, else the document's id and where the first of the group stands; and ``entity``, its number."""
    group, actors = rows["group"].to_numpy(), table("actors")["actor_id"]
    local = rows["document"].to_numpy().astype(np.int64) * (int(group.max(initial=0)) + 1) + len(actors)
    _, first, number = np.unique(np.where(group < len(actors), 0, local) + group, return_index=True, return_inverse=True)
    order = np.argsort(first)
    row = rows.select("first", "char_start", "char_end", "group")[first[order]]
    doc_id = reading.passages["doc_id"].gather(reading.tokens["passage"].gather(row["first"]))
    known = actors.gather(row["group"].clip(upper_bound=len(actors) - 1))
    where = pl.format("{}:a:{}-{}", doc_id, "char_start", "char_end")
    ids = row.select(pl.when(pl.col("group") < len(actors)).then(known).otherwise(where).alias("entity_id")).to_series()
    entity = pl.Series("entity", np.argsort(order)[number])
    return rows.with_columns(entity, ids.gather(entity))


def _actors(rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """The table of actors: the lexicon's as they are there, others by their longest name."""
    known = table("actors").select("actor_id", "name", "kind", "parent_actor_id", "country_iso3", pl.lit("lexicon").alias("scope"))
    entity = rows["entity"].to_numpy()
    order = np.lexsort((-rows["size"].to_numpy(), entity))
    longest = rows.select("entity", pl.col("entity_id").alias("actor_id"), "text", "sort", "rule_id")[
        order[np.diff(entity[order], prepend=-1) > 0]
    ]
    is_local = pl.col("scope").is_null()
    kind = pl.when(pl.col("sort") == "person").then(pl.lit("person")).otherwise(_kind())
    return (
        longest.join(known, on="actor_id", how="left", maintain_order="left")
        .join(roles.drop("document").unique("entity", keep="first"), on="entity", how="left", maintain_order="left")
        .select(
            "actor_id",
            pl.when(is_local).then("text").otherwise("name").alias("name"),
            pl.when(is_local).then(kind).otherwise("kind").alias("kind"),
            pl.when(is_local).then("parent").otherwise("parent_actor_id").alias("parent_actor_id"),
            "country_iso3",
            pl.col("scope").fill_null("document"),
            pl.when(is_local).then("role").alias("role"),
        )
    )


@cached
def _kinds() -> tuple[pl.Series, pl.Series]:
    """Head nouns of organisations, and the kinds that they suggest."""
    nouns = table("organisation_nouns")
    plurals = nouns.select(pl.col("plural").alias("noun"), "kind").drop_nulls("noun")
    rows = pl.concat([nouns.select("noun", "kind"), plurals]).unique("noun", keep="last", maintain_order=True)
    return rows["noun"], rows["kind"]


def _kind() -> pl.Expr:
    """The kind that an organisation's head noun suggests; of a nationality's body, state."""
    last = pl.col("text").str.extract(r"(\S+)$").replace_strict(*_kinds(), default=None)
    first = pl.col("text").str.extract(r"^(\S+) (?:of|for) ").replace_strict(*_kinds(), default=None)
    body = pl.when(pl.col("rule_id").str.starts_with("state_body")).then(pl.lit("state"))
    return pl.coalesce(body, first, last, pl.lit("other"))


def _roles(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """``document``, ``entity``, ``role`` (as written), ``parent`` (the actor named in the role) of the persons whose role the text states.

    The first role that it states: what another document says of somebody whom all know is not this one's.
    """
    found = level.where("role").find(_ROLES).sort("person_first", "rule", "role_first")
    person = rows.select(pl.col("first").alias("person_first"), "document", "entity")
    text = reading.spans(found["role_first"], found["role_last"])["text"].alias("role")
    named = (
        found.select("person_first", "role_first", "role_last").with_columns(text).join(person, on="person_first", maintain_order="left")
    )
    named = named.unique(["document", "entity"], keep="first", maintain_order=True)
    # The last actor that begins before the role ends.
    first = rows["first"].to_numpy()
    row = np.searchsorted(first, named["role_last"].to_numpy(), side="right") - 1
    inside = (row >= 0) & (first[row] >= named["role_first"].to_numpy()) & (rows["entity"].to_numpy()[row] != named["entity"].to_numpy())
    parent = pl.when(pl.Series(inside, dtype=pl.Boolean)).then(rows["entity_id"].gather(row.clip(0)))
    return named.select("document", "entity", "role", parent.alias("parent"))


def _aliases(rows: pl.DataFrame) -> pl.DataFrame:
    """The forms by which each actor is called, one row an actor and form, with the type of the form."""
    is_person, is_alone = pl.col("sort") == "person", pl.col("size") == 1
    acronym = pl.col("text").str.contains(r"^[\p{Lu}\p{N}.&-]{2,}$")
    local = (
        pl.when(is_person & is_alone).then(pl.lit("surname"))
        .when(acronym).then(pl.lit("acronym"))
        .when(is_person & (pl.col("wording") != pl.col("main"))).then(pl.lit("spelling_variant"))
        .otherwise(pl.lit("name"))
    )  # fmt: skip
    main = pl.col("wording").first().over(pl.col("document").cast(pl.Int64) * rows.height + pl.col("entity"))
    return (
        rows.with_columns(main.alias("main"))
        .unique(["entity", "wording"], keep="first", maintain_order=True)
        .select(
            pl.lit("actor").alias("kind"),
            "entity_id",
            pl.col("text").alias("alias"),
            pl.coalesce("alias_type", local).alias("alias_type"),
        )
    )


@cached
def _forms() -> pl.DataFrame:
    """The names of actors in small letters, to be compared with those of publishers: ``form``, ``actor_id``."""
    form = pl.col("alias").str.to_lowercase().str.replace("^www\\.", "")
    return table("actor_aliases").select(form.alias("form"), "actor_id").unique("form", keep="first", maintain_order=True)


def publishers(named: pl.DataFrame) -> pl.DataFrame:
    """Publishers by ``publisher_text`` → ``publisher`` (their actor's id) and the columns of the table of actors.

    A name or web domain that the lexicon does not know becomes an actor of its own, the same in all documents.
    """
    known = table("actors").select("actor_id", "name", "kind", "parent_actor_id", "country_iso3")
    form = pl.col("publisher_text").str.to_lowercase().str.replace(r"^(?:https?://)?www\.", "")
    return (
        named.select("publisher_text")
        .unique(maintain_order=True)
        .drop_nulls()
        .with_columns(form.alias("form"))
        .join(_forms(), on="form", how="left", maintain_order="left")
        .with_columns(pl.coalesce("actor_id", pl.format("publisher:{}", pl.col("form"))).alias("actor_id"))
        .join(known, on="actor_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("actor_id").alias("publisher"),
            pl.coalesce("name", "publisher_text").alias("name"),
            pl.col("kind").fill_null("media"),
            pl.lit("lexicon").alias("scope"),
            pl.lit(None, pl.String).alias("role"),
        )
    )
