"""Links: which names mean the same actor, within a document and through the lexicon."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tasks.facts.names import OFFICE
from tasks.grammar.level import Level
from tasks.grammar.lexicon import table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import resolve
from tasks.grammar.text import key

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

    ``mentions``: ``first``, ``last`` (tokens), ``document``, ``char_start``, ``char_end``, ``text``, ``entity_id``, ``rule_id``, in text order. ``actors`` and ``aliases``
    as published, with ``document``.
    """

    mentions: pl.DataFrame
    actors: pl.DataFrame
    aliases: pl.DataFrame


def linked(reading: Reading, level: Level, names: pl.DataFrame) -> Linked:
    """Link the persons and organisations among ``names`` (of :func:`tasks.facts.names.names`, with its ``level``)."""
    of_actors = names.filter(pl.col("sort") != "place")
    is_office = pl.col("rule_id") == OFFICE.id
    rows = _keyed(reading, _with_coalitions(reading, of_actors.filter(~is_office)))
    rows = _defined(reading, level, rows)
    rows = _surnames(rows)
    rows = rows.with_columns(_entity(rows), pl.lit("name").alias("mention_type"))
    roles = _roles(reading, level, rows)
    offices = _offices(_keyed(reading, of_actors.filter(is_office)), rows, roles)
    columns = ["first", "last", "document", "char_start", "char_end", "text", "entity_id", "mention_type", "rule_id"]
    mentions = pl.concat([rows.select(columns), offices.select(columns)]).sort("first")
    return Linked(mentions, _actors(rows, roles), _aliases(rows))


def _offices(offices: pl.DataFrame, rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """Offices with the one person of the document whose role says that he or she holds it; null where there is none or another."""
    held = (
        rows.select("document", pl.col("entity_id").alias("actor_id"))
        .unique()
        .join(roles, on="actor_id")
        .select("document", "actor_id", pl.col("role").str.to_lowercase())
    )
    pairs = (
        offices.with_row_index("row")
        .select("row", "document", "name")
        .join(held, on="document")
        .filter(pl.col("role").str.contains(pl.col("name"), literal=True))
    )
    holder = (
        pairs.group_by("row")
        .agg(pl.col("actor_id").unique())
        .filter(pl.col("actor_id").list.len() == 1)
        .select("row", pl.col("actor_id").list.first().alias("entity_id"))
    )
    return (
        offices.with_row_index("row")
        .join(holder, on="row", how="left", maintain_order="left")
        .with_columns(pl.lit("nominal").alias("mention_type"))
    )


def _with_coalitions(reading: Reading, names: pl.DataFrame) -> pl.DataFrame:
    """With the bare word "coalition" as a name where a document names one coalition and no other."""
    document = reading.passages["document"].gather(reading.tokens["passage"])
    named = names.filter(pl.col("kind") == "military_coalition")
    only = named.group_by("document").agg(pl.col("actor_id").unique()).filter(pl.col("actor_id").list.len() == 1)
    token = (reading.words["key"] == "coalition").gather(reading.tokens["word"]).arg_true().cast(pl.Int64)
    bare = pl.DataFrame([token.alias("first"), token.alias("last"), document.gather(token).alias("document")])
    found = bare.join(only.select("document", pl.col("actor_id").list.first()), on="document", maintain_order="left")
    found = found.with_columns(
        pl.lit("organisation").alias("sort"),
        pl.lit("short_name").alias("alias_type"),
        pl.lit("military_coalition").alias("kind"),
        pl.lit("bare_coalition@1").alias("rule_id"),
    )
    found = found.hstack(reading.spans(found["first"], found["last"]))
    return resolve(pl.concat([names, found], how="diagonal"))


def skeleton(name: pl.Expr) -> pl.Expr:
    """What stays of a name whichever way it is spelt in Latin letters: the first letter and the consonants behind it."""
    plain = name.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^a-z]", "")
    return plain.str.slice(0, 1) + plain.str.slice(1).str.replace_all("[aeiouy]", "")


def _keyed(reading: Reading, names: pl.DataFrame) -> pl.DataFrame:
    """Names with their text, document and ``group``: equal for the names of a document that certainly mean the same."""
    doc_id = reading.passages["doc_id"].gather(reading.tokens["passage"].gather(names["first"]))
    words = key(pl.col("text")).str.split(" ")
    forms = names.select(pl.col("text").unique(maintain_order=True)).with_columns(
        words.list.len().alias("size"),
        skeleton(words.list.first()).alias("given"),
        skeleton(words.list.last()).alias("surname"),
        key(pl.col("text")).str.to_lowercase().str.replace(r"^the ", "").alias("name"),
    )
    rows = names.with_columns(doc_id.alias("doc_id")).join(forms, on="text", how="left", maintain_order="left")
    is_person = pl.col("sort") == "person"
    person = pl.format("p {} {}", pl.when(pl.col("size") > 1).then("given").otherwise(pl.lit("")), "surname")
    return rows.with_columns(pl.coalesce("actor_id", pl.when(is_person).then(person).otherwise(pl.format("o {}", "name"))).alias("group"))


def _defined(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """With the group of the full name for short forms that the document defines, or that are the initials of one of its names."""
    found = level.where("opens_bracket").find([_DEFINED])
    long = rows.select("document", pl.col("first").alias("long_first"), pl.col("group").alias("meant"))
    short = reading.spans(found["short_first"], found["short_last"])["text"].alias("text")
    given = pl.DataFrame([found["long_first"], short]).join(long, on="long_first").select("document", "text", "meant")
    several = rows.filter((pl.col("size") > 2) & (pl.col("sort") == "organisation"))
    initials = several.select(
        "document",
        pl.col("text").str.replace_all(r"(\p{Lu})[^\s-]*|\p{Ll}+|[^\p{L}]+", "${1}").alias("text"),
        pl.col("group").alias("meant"),
    )
    known = pl.concat([given, initials.filter(pl.col("text").str.len_chars() > 1)]).unique(
        ["document", "text"], keep="first", maintain_order=True
    )
    is_open = pl.col("actor_id").is_null() | pl.col("defined")
    defined = given.select("document", "text", pl.lit(True).alias("defined")).unique()
    return (
        rows.join(known, on=["document", "text"], how="left", maintain_order="left")
        .join(defined, on=["document", "text"], how="left", maintain_order="left")
        .with_columns(pl.when(is_open.fill_null(False)).then(pl.coalesce("meant", "group")).otherwise("group").alias("group"))
        .drop("meant", "defined")
    )


def _surnames(rows: pl.DataFrame) -> pl.DataFrame:
    """With the group of the full name for surnames, and given names, that stand alone: the nearest before, else the first behind."""
    full = rows.filter((pl.col("sort") == "person") & (pl.col("size") > 1)).sort("first")
    alone = rows.filter((pl.col("sort") == "person") & (pl.col("size") == 1) & pl.col("actor_id").is_null()).sort("first").drop("group")
    by_surname = full.select("document", "surname", "first", pl.col("group").alias("meant"))
    by_given = full.select("document", pl.col("given").alias("surname"), "first", pl.col("group").alias("meant"))
    options = [
        alone.join_asof(of, on="first", by=["document", "surname"], strategy=strategy, check_sortedness=False)["meant"]
        for of in (by_surname, by_given)
        for strategy in ("backward", "forward")
    ]
    own = pl.format("p  {}", "surname")
    settled = alone.with_columns(pl.coalesce(*options, own).alias("group"))
    rest = rows.join(alone.select("first"), on="first", how="anti")
    return pl.concat([rest, settled.select(rest.columns)]).sort("first")


def _entity(rows: pl.DataFrame) -> pl.Series:
    """``entity_id``: the lexicon's, else the document's id and where the first of the group stands."""
    where = pl.format("{}:a:{}-{}", "doc_id", "char_start", "char_end").first().over("document", "group")
    lexical = pl.col("group").is_in(table("actors")["actor_id"].implode())
    return rows.select(pl.when(lexical).then("group").otherwise(where).alias("entity_id"))["entity_id"]


def _actors(rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """The table of actors: the lexicon's as they are there, others by their longest name."""
    known = table("actors").select("actor_id", "name", "kind", "parent_actor_id", "country_iso3", pl.lit("lexicon").alias("scope"))
    ids = rows.select("document", pl.col("entity_id").alias("actor_id")).unique(maintain_order=True)
    local = (
        rows.filter(pl.col("entity_id").str.contains(":a:", literal=True))
        .sort("document", "entity_id", "size", descending=[False, False, True], maintain_order=True)
        .unique("entity_id", keep="first", maintain_order=True)
        .select(
            pl.col("entity_id").alias("actor_id"),
            pl.col("text").alias("name"),
            pl.when(pl.col("sort") == "person").then(pl.lit("person")).otherwise(_kind()).alias("kind"),
            pl.lit(None, pl.String).alias("parent_actor_id"),
            pl.lit(None, pl.String).alias("country_iso3"),
            pl.lit("document").alias("scope"),
        )
    )
    found = pl.concat([known, local])
    return (
        ids.join(found, on="actor_id", how="left", maintain_order="left")
        .join(roles, on="actor_id", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("scope") == "document")
            .then(pl.coalesce("parent_actor_id", "parent"))
            .otherwise("parent_actor_id")
            .alias("parent_actor_id")
        )
        .with_columns(pl.when(pl.col("scope") == "document").then("role").alias("role"))
        .drop("parent")
    )


def _kind() -> pl.Expr:
    """The kind that an organisation's head noun suggests; of a nationality's body, state."""
    kinds = table("organisation_nouns")
    suggested = dict(kinds.select("noun", "kind").iter_rows()) | dict(kinds.drop_nulls("plural").select("plural", "kind").iter_rows())
    last = pl.col("text").str.extract(r"(\S+)$").replace_strict(suggested, default=None)
    first = pl.col("text").str.extract(r"^(\S+) (?:of|for) ").replace_strict(suggested, default=None)
    body = pl.when(pl.col("rule_id").str.starts_with("state_body")).then(pl.lit("state"))
    return pl.coalesce(body, first, last, pl.lit("other"))


def _roles(reading: Reading, level: Level, rows: pl.DataFrame) -> pl.DataFrame:
    """``actor_id``, ``role`` (as written), ``parent`` (the actor named in the role) of the persons whose role the text states; the first."""
    found = level.where("role").find(_ROLES).sort("person_first", "rule")
    person = rows.select(pl.col("first").alias("person_first"), pl.col("entity_id").alias("actor_id"))
    text = reading.spans(found["role_first"], found["role_last"])["text"].alias("role")
    named = found.select("person_first", "role_first", "role_last").with_columns(text).join(person, on="person_first")
    actors = rows.select("first", pl.col("entity_id").alias("parent")).sort("first")
    inside = named.sort("role_last").join_asof(
        actors, left_on="role_last", right_on="first", strategy="backward", coalesce=False, check_sortedness=False
    )
    parent = pl.when((pl.col("first") >= pl.col("role_first")) & (pl.col("parent") != pl.col("actor_id"))).then("parent")
    return (
        inside.sort("person_first").select("actor_id", "role", parent.alias("parent")).unique("actor_id", keep="first", maintain_order=True)
    )


def _aliases(rows: pl.DataFrame) -> pl.DataFrame:
    """The forms by which each actor is called, one row an actor and form, with the type of the form."""
    is_person, is_alone = pl.col("sort") == "person", pl.col("size") == 1
    first = pl.col("text").first().over("document", "entity_id")
    acronym = pl.col("text").str.contains(r"^[\p{Lu}\p{N}.&-]{2,}$")
    local = (
        pl.when(is_person & is_alone).then(pl.lit("surname"))
        .when(acronym).then(pl.lit("acronym"))
        .when(is_person & (pl.col("text") != first)).then(pl.lit("spelling_variant"))
        .otherwise(pl.lit("name"))
    )  # fmt: skip
    return rows.select(
        "document",
        pl.lit("actor").alias("kind"),
        "entity_id",
        pl.col("text").alias("alias"),
        pl.coalesce("alias_type", local).alias("alias_type"),
    ).unique(["document", "entity_id", "alias"], keep="first", maintain_order=True)


def publishers(named: pl.DataFrame) -> pl.DataFrame:
    """Publishers by ``publisher_text`` → ``publisher`` (their actor's id) and the columns of the table of actors.

    A name or web domain that the lexicon does not know becomes an actor of its own, the same in all documents.
    """
    forms = table("actor_aliases").select(pl.col("alias").str.to_lowercase().str.replace("^www\\.", "").alias("form"), "actor_id")
    known = table("actors").select("actor_id", "name", "kind", "parent_actor_id", "country_iso3")
    form = pl.col("publisher_text").str.to_lowercase().str.replace(r"^(?:https?://)?www\.", "")
    return (
        named.select("publisher_text")
        .unique(maintain_order=True)
        .drop_nulls()
        .with_columns(form.alias("form"))
        .join(forms.unique("form", keep="first", maintain_order=True), on="form", how="left", maintain_order="left")
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
