"""Names and links: who is named, and which names mean the same."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tasks.extract import facts
from tasks.staging import BATCH

Tables = dict[str, pl.DataFrame]


def read(*texts: str) -> Tables:
    """The facts of texts, each a document."""
    rows = [
        {
            "doc_id": f"{i:016x}",
            "uri": str(i),
            "text": text,
            "sha256": f"{i:064x}",
            "bytes": len(text.encode()),
            "encoding": "utf-8",
            "language": "en",
            "published": date(2020, 5, 6),
        }
        for i, text in enumerate(texts)
    ]
    return facts(pl.DataFrame(rows, schema=BATCH))


def named(tables: Tables, kind: str) -> list[tuple[str, str | None]]:
    """Texts and entity ids of the mentions of a kind."""
    return list(tables["mentions"].filter(pl.col("kind") == kind).select("text", "entity_id").iter_rows())


def entity(tables: Tables, text: str) -> str | None:
    """What the first mention with this text means."""
    found: str | None = tables["mentions"].filter(pl.col("text") == text)["entity_id"][0]
    return found


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("Police said Helen Marsh left the hospital on foot.", "actor", ["Helen Marsh"]),
        ("The Ministry of Rural Affairs denied the report.", "actor", ["Ministry of Rural Affairs"]),
        ("Fighters of the Northern Highlands Liberation Front attacked a convoy.", "actor", ["Northern Highlands Liberation Front"]),
        ("Doctors in Nairobi and Mombasa went on strike.", "place", ["Nairobi", "Mombasa"]),
        ("The boat sank in the Niger river near Onitsha.", "place", ["Niger river", "Onitsha"]),
        ("Traffic stopped on Waterfall Bridge at noon.", "place", ["Waterfall Bridge"]),
        ("He sang as if he meant it, and it is late.", "actor", []),
        ("Cyclone Brenda hit the coast. Brenda weakened later.", "actor", []),
    ],
)
def test_a_name_is_found_whole_and_with_its_kind(text: str, kind: str, names: list[str]) -> None:
    assert [name for name, _ in named(read(f"A headline that names nobody\n\n{text}"), kind)] == names


def test_a_country_that_acts_is_an_actor_and_elsewhere_a_place() -> None:
    tables = read("Kenya said it had sent troops. The troops arrived in Somalia on foot.")
    assert [text for text, _ in named(tables, "actor")] == ["Kenya"]
    assert [text for text, _ in named(tables, "place")] == ["Somalia"]


def test_a_demonym_before_backed_means_its_state() -> None:
    assert named(read("Turkish-backed rebels shelled the town."), "actor") == [("Turkish", "tur")]


def test_case_tells_acronyms_from_words() -> None:
    tables = read("WHO doctors asked who would help us. IS fighters fled, which is good.")
    assert [text for text, _ in named(tables, "actor")] == ["WHO", "IS"]


def test_a_surname_means_the_person_named_before() -> None:
    tables = read("Mayor Ruth Okafor spoke first. Later Okafor thanked the crowd, and Mr Okafor left.")
    assert len({found for _, found in named(tables, "actor")}) == 1


def test_two_persons_with_one_surname_stay_two() -> None:
    tables = read("Ruth Okafor met Daniel Okafor in court.")
    assert len({found for _, found in named(tables, "actor")}) == 2


def test_spellings_of_one_name_are_one_person_with_both_as_aliases() -> None:
    tables = read("Spokesman Yusuf Karimi gave numbers. Commander Yousef Karimi gave none.")
    assert len({found for _, found in named(tables, "actor")}) == 1
    assert set(tables["aliases"]["alias_type"]) == {"name", "spelling_variant"}


@pytest.mark.parametrize(
    "text",
    [
        "The Valley Defence Committee (VDC) met. The VDC voted.",
        "The Valley Defence Committee met. The VDC voted.",
    ],
)
def test_a_short_form_defined_or_made_of_initials_means_the_full_name(text: str) -> None:
    tables = read(text)
    assert len({found for _, found in named(tables, "actor")}) == 1


def test_a_bracket_in_the_document_overrules_the_lexicon() -> None:
    tables = read("The Lowland Farmers Union (UN) met. The UN voted.")
    assert "united_nations" not in {found for _, found in named(tables, "actor")}


def test_roles_and_whom_a_person_speaks_for() -> None:
    tables = read("UNICEF spokeswoman Clara Berg said so. Tom Reed, head of the World Bank, agreed.")
    rows = {row["name"]: row for row in tables["actors"].iter_rows(named=True)}
    assert rows["Clara Berg"]["role"] == "UNICEF spokeswoman"
    assert rows["Clara Berg"]["parent_actor_id"] == entity(tables, "UNICEF")
    assert rows["Tom Reed"]["parent_actor_id"] == entity(tables, "World Bank")


def test_an_office_means_the_person_of_the_document_who_holds_it() -> None:
    tables = read("Foreign Secretary Clara Berg flew home. On Monday the Foreign Secretary met farmers, and the Prime Minister did not.")
    offices = tables["mentions"].filter(pl.col("mention_type") == "nominal").select("text", "entity_id")
    assert offices.rows() == [("Foreign Secretary", entity(tables, "Clara Berg")), ("Prime Minister", None)]


def test_one_identity_across_documents_for_the_lexicon_only() -> None:
    tables = read("Hezbollah and Anna Lind agreed.", "Hizbollah and Anna Lind agreed.")
    assert entity(tables, "Hezbollah") == entity(tables, "Hizbollah")
    persons = tables["mentions"].filter(pl.col("text") == "Anna Lind")["entity_id"]
    assert persons.n_unique() == 2


def test_every_id_is_a_row() -> None:
    tables = read("Anna Lind of Oxfam flew to Mogadishu, the capital of Somalia, with Reuters.")
    ids = set(tables["mentions"]["entity_id"].drop_nulls())
    assert ids <= set(tables["actors"]["actor_id"]) | set(tables["places"]["place_id"])
    assert ids == set(tables["aliases"]["entity_id"])
