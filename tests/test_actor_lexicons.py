"""The lexicons of actors, demonyms, roles, organisation nouns and given names: keys, order, enums, references, safe aliases."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from functools import cache

import pytest

import seeds

FOLDER = seeds.folder / "lexicons"

HEADERS: dict[str, tuple[str, ...]] = {
    "actors": ("actor_id", "name", "kind", "parent_actor_id", "country_iso3", "source"),
    "actor_aliases": ("actor_id", "alias", "alias_type", "match"),
    "demonyms": ("form", "country_iso3", "form_type", "region"),
    "roles": ("singular", "plural", "role_class", "is_speaker", "source"),
    "organisation_nouns": ("noun", "plural", "kind"),
    "given_names": ("name", "gender"),
}
KEYS: dict[str, tuple[str, ...]] = {
    "actors": ("actor_id",),
    "actor_aliases": ("actor_id", "alias"),
    "demonyms": ("form", "country_iso3", "form_type"),
    "roles": ("singular",),
    "organisation_nouns": ("noun",),
    "given_names": ("name",),
}
LEAST_ROWS = {"actors": 4_500, "actor_aliases": 12_000, "demonyms": 1200, "roles": 500, "organisation_nouns": 300, "given_names": 1500}

KINDS = {
    "state",
    "armed_group",
    "military_coalition",
    "political",
    "intl_org",
    "ngo",
    "news_agency",
    "media",
    "platform",
    "civilians",
    "person",
    "other",
}
ENUMS: dict[tuple[str, str], set[str]] = {
    ("actors", "kind"): KINDS,
    ("actor_aliases", "alias_type"): {
        "name",
        "acronym",
        "short_name",
        "surname",
        "adjective",
        "foreign_name",
        "spelling_variant",
        "domain",
    },
    ("actor_aliases", "match"): {"exact", "any_case"},
    ("demonyms", "form_type"): {"adjective", "demonym_singular", "demonym_plural"},
    ("roles", "role_class"): {
        "title",
        "spokesperson",
        "official",
        "military",
        "police",
        "political",
        "business",
        "sport",
        "medical",
        "legal",
        "academic",
        "media",
        "clergy",
        "civilian",
        "relative",
        "other",
    },
    ("roles", "is_speaker"): {"true", "false"},
    ("organisation_nouns", "kind"): KINDS,
    ("given_names", "gender"): {"m", "f", "u"},
}
MAY_BE_EMPTY = {
    ("actors", "parent_actor_id"),
    ("actors", "country_iso3"),
    ("demonyms", "country_iso3"),
    ("demonyms", "region"),
    ("roles", "plural"),
    ("organisation_nouns", "plural"),
}

# Ordinary English words: none may be an alias that is matched in any case.
ENGLISH_WORDS = """
a able about above academy acted action adobe africa after again against age aid air alliance alpha alphabet amazon american
amnesty among an and answer any apple arena army arsenal as assembly at atlas away axis back bank base bat battle be because
been before being bell best big billboard bird bit black blogger blue boots both bounty boxer brave breakthrough bridge but by
call camelot can canon car caravan carrier case caterpillar cause celtic chain champion change chariot chevron child citi
citizen civic civil civilian clubhouse coalition code column comet command common commons congress conservatives contact
contras corps courier court crown dash data dawn day dell democrat democrats diplomat direct discord do dove down duke eagle
east echo economist end engine enterprise envoy equal error even ever express face fact faction fair falcon far fast father
fatherland fed first fish focus force forces ford former fortune forum forward foundation fox free freedom friend front full
fund gab gap gene general get giant gift girl give globe go goal gold good great green ground group guardian guards gulf had
half halo hard has hashed have he her herald here hide him his home hope hot hour house how hub i ice icon idea if in
independent index indigo initiative inn insider instant intel intercept into is issue it its jaguar jersey journal judge just
justice kick kin kind kiwi labor labour land large last law lead league left legion less let letter liberal liberation life
light like line lion lions live local long look lords lot low mail main make man map march marine marines mass mastodon may me
medium meduza memorial mend message messenger meta mirror mission model monitor more morning most motor move movement my name
napster nation national nature near network never new news next night no none north not note nova now number nut observer of
off office oil old on once one only open or oracle orange order other our out over own packet pact pad page pan paper
parliament part party pass past path patriot peace pen people periscope phalange philips pirate place plan plane planet
platform play point police politico poll populist post power premiership press prime principle process progress project
prudential public pulse pump quad question quick radio raid rain ran range rangers raw reason record red reform register
reliance renaissance reporter reprieve republic republicans resistance reunion revival right rights rise river road roma roots
rose round rumble run said sake salon sap sat save saw scientist scout scouts scream scroll sea second see semi sentinel
service set seven shadow shall share she shell shelter shield should signal silver sister slack slate smart so society solid
solidarity some son sons south spectator spirit sprint spurs staff standard star stars start state stem step stern stop story
straight strike student stuff stun such summit sun support survey swan switch table tack take tall tap target task team
teamsters tech telegram telegraph temple ten test thales than that the their them then there these they thing this those
threads three tide tiger time times tinder tip to today together too tor tories total town train treasury tribune trust truth
turkey twitch two un under union unison unit unite united unity up ups us use vale van vanguard variety vectra verge very
veterans view vine visa vision voice vox wagner wallabies want war was watch water wave way we west what when where which
while white who whole why will wind wing wire wired with women word work world would wrong yahoo yankees year yes yet you your
zone zoom
"""

# Aliases that may stand for two actors; each was looked at. A reader must decide by the other names in the document.
SHARED_ALIASES: frozenset[str] = frozenset()


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def key(name: str, row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in KEYS[name])


@pytest.mark.parametrize("name", HEADERS)
def test_the_file_is_plain_sorted_csv(name: str) -> None:
    raw = (FOLDER / f"{name}.csv").read_bytes().decode("utf-8")
    assert "\r" not in raw
    assert raw.endswith("\n")
    assert raw == unicodedata.normalize("NFC", raw)
    assert tuple(raw.split("\n", 1)[0].split(",")) == HEADERS[name]
    keys = [key(name, row) for row in rows(name)]
    assert keys == sorted(set(keys))
    assert len(keys) >= LEAST_ROWS[name]


@pytest.mark.parametrize("name", HEADERS)
def test_cells_are_trimmed_and_filled(name: str) -> None:
    for row in rows(name):
        for column, value in row.items():
            assert value == value.strip(), row
            assert "  " not in value, row
            assert value or (name, column) in MAY_BE_EMPTY, row


@pytest.mark.parametrize(("name", "column"), ENUMS)
def test_values_are_in_their_enum(name: str, column: str) -> None:
    assert {row[column] for row in rows(name)} <= ENUMS[name, column]


def test_every_reference_to_an_actor_resolves() -> None:
    ids = {row["actor_id"] for row in rows("actors")}
    assert {row["parent_actor_id"] for row in rows("actors")} - {""} <= ids
    assert {row["actor_id"] for row in rows("actor_aliases")} <= ids


def test_no_actor_is_its_own_ancestor() -> None:
    parents = {row["actor_id"]: row["parent_actor_id"] for row in rows("actors")}
    for actor in parents:
        seen: set[str] = set()
        while actor:
            assert actor not in seen, seen
            seen.add(actor)
            actor = parents[actor]


def test_actor_ids_are_slugs() -> None:
    assert [row["actor_id"] for row in rows("actors") if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", row["actor_id"])] == []


def test_a_country_code_is_that_of_a_state_with_a_demonym() -> None:
    codes = {row["country_iso3"] for row in rows("demonyms")} - {""}
    assert all(re.fullmatch(r"[A-Z]{3}", code) for code in codes)
    states = {
        row["actor_id"].upper() for row in rows("actors") if row["kind"] == "state" and row["actor_id"].upper() == row["country_iso3"]
    }
    assert {row["country_iso3"] for row in rows("actors")} - {""} <= codes
    assert {row["country_iso3"] for row in rows("actors")} - {""} <= states


def test_every_actor_can_be_found_in_text() -> None:
    found = {row["actor_id"] for row in rows("actor_aliases")}
    assert [row["actor_id"] for row in rows("actors") if row["actor_id"] not in found] == []


def test_no_ordinary_word_is_matched_in_any_case() -> None:
    words = set(ENGLISH_WORDS.split())
    assert [row for row in rows("actor_aliases") if row["match"] == "any_case" and row["alias"].casefold() in words] == []


def test_acronyms_and_surnames_are_matched_with_their_case() -> None:
    assert {row["match"] for row in rows("actor_aliases") if row["alias_type"] in ("acronym", "surname")} == {"exact"}


def test_an_alias_stands_for_one_actor() -> None:
    owners: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in rows("actor_aliases"):
        owners[row["alias"].casefold()].add((row["actor_id"], row["alias"], row["match"]))
    for entries in owners.values():
        for actor, alias, match in entries:
            for other, other_alias, other_match in entries:
                if actor != other and ("any_case" in (match, other_match) or alias == other_alias):
                    assert alias in SHARED_ALIASES, (alias, actor, other)


@pytest.mark.parametrize(
    ("alias", "actor"),
    [
        ("IS", "islamic_state"),
        ("ISIL", "islamic_state"),
        ("Daesh", "islamic_state"),
        ("so-called Islamic State", "islamic_state"),
        ("U.S.-led coalition", "us_led_coalition"),
        ("US-led coalition", "us_led_coalition"),
        ("U.S.", "usa"),
        ("US", "usa"),
        ("UN", "united_nations"),
        ("U.N.", "united_nations"),
        ("WHO", "who"),
        ("Hamas", "hamas"),
        ("SDF", "sdf"),
        ("Syrian army", "syr_armed_forces"),
        ("Pentagon", "usa_defence_ministry"),
        ("AFP", "afp"),
        ("theguardian.com", "the_guardian"),
        ("Agence France Presse", "afp"),
        ("British Ministry of Defence", "gbr_defence_ministry"),
        ("Erdogan", "recep_tayyip_erdogan"),
    ],
)
def test_usual_forms_are_there(alias: str, actor: str) -> None:
    found = [
        row
        for row in rows("actor_aliases")
        if row["alias"] == alias or (row["match"] == "any_case" and row["alias"].casefold() == alias.casefold())
    ]
    assert {row["actor_id"] for row in found} == {actor}


def test_plurals_differ_from_other_singulars() -> None:
    singulars = {row["singular"]: row["role_class"] for row in rows("roles")}
    for row in rows("roles"):
        if row["plural"] != row["singular"]:
            assert row["plural"] not in singulars, row
