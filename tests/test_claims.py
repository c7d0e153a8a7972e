"""Claims: whose words, to whom and when; and when, where and whose what is counted."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.test_names import entity, read


def only(rows: pl.DataFrame) -> dict[str, Any]:
    """The one row."""
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def test_a_speaker_with_a_name_is_that_person_and_speaks_for_the_organisation() -> None:
    tables = read("“We have run out of water,” Oxfam spokeswoman Clara Berg told Reuters on Monday.")
    quote = only(tables["quotes"])
    assert quote["source_actor_id"] == entity(tables, "Clara Berg")
    assert quote["source_org_actor_id"] == entity(tables, "Oxfam")
    assert quote["relay_name"] == "Reuters"
    assert quote["said_time_id"] == tables["times"]["time_id"][0]


def test_a_speaker_without_a_name_is_an_actor_of_the_document() -> None:
    tables = read("“The road is closed,” a police officer said.")
    quote = only(tables["quotes"])
    actor = only(tables["actors"].filter(pl.col("actor_id") == quote["source_actor_id"]))
    assert (actor["kind"], actor["name"], actor["scope"]) == ("unnamed", "a police officer", "document")


def test_two_unnamed_speakers_stay_two() -> None:
    tables = read("“The road is closed,” a police officer said.\n\n“It is open,” a police officer said.")
    assert tables["quotes"]["source_actor_id"].n_unique() == 2


def test_a_pronoun_means_the_person_named_before() -> None:
    tables = read("“The road is closed,” Clara Berg said.\n\n“It will open soon,” she said.")
    assert set(tables["quotes"]["source_actor_id"]) == {entity(tables, "Clara Berg")}


def test_a_figure_within_a_claim_has_its_claimant() -> None:
    tables = read("At least 40 people were killed in Mombasa on Monday, according to the Red Cross.")
    figure = only(tables["figures"])
    assert figure["source_actor_id"] == entity(tables, "Red Cross")
    assert figure["source_basis"] == "stated"
    assert figure["quote_id"] == only(tables["quotes"])["quote_id"]
    assert (figure["place_name"], figure["place_basis"], figure["country_iso3"]) == ("Mombasa", "stated", "KEN")
    assert str(figure["period_start"]) == str(figure["period_end"]) == "2020-05-04"


def test_an_unsourced_figure_has_no_claimant() -> None:
    figure = only(read("At least 40 people were killed.")["figures"])
    assert (figure["source_actor_id"], figure["source_basis"], figure["period_basis"], figure["place_basis"]) == (
        None,
        "none",
        "none",
        "none",
    )


def test_a_time_of_saying_is_not_the_time_of_what_is_counted() -> None:
    figure = only(read("The Red Cross said on Monday that 40 people had been killed.")["figures"])
    assert figure["period_start"] is None


def test_since_opens_a_period_that_does_not_end() -> None:
    figure = only(read("The war has killed 9,000 people since it began in 2017.")["figures"])
    assert (str(figure["period_start"]), figure["period_end"]) == ("2017-01-01", None)


def test_the_counted_belong_to_the_organisation_that_their_noun_names() -> None:
    tables = read("The army captured 52 Hezbollah fighters.")
    assert only(tables["figures"])["group_actor_id"] == entity(tables, "Hezbollah")


def test_a_noun_for_a_place_means_the_smaller_place_named_before() -> None:
    tables = read("Troops surrounded Mombasa in Kenya. Some 300 people have left the city.")
    figure = only(tables["figures"])
    assert (figure["place_name"], figure["place_basis"]) == ("Mombasa", "nominal")
