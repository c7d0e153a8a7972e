"""Claims: whose words, to whom and when."""

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


def test_who_passes_on_a_claim_is_an_actor_of_its_own() -> None:
    tables = read("Clara Berg of Oxfam said that witnesses put the number at 50.")
    quote = only(tables["quotes"])
    assert (quote["via_actor_id"], quote["via_name"]) == (entity(tables, "Clara Berg"), "Clara Berg")
    assert quote["source_actor_id"] not in {None, quote["via_actor_id"]}


def test_a_pronoun_passes_on_a_claim_as_the_speaker_named_before() -> None:
    tables = read("“The road is closed,” Clara Berg said.\n\nShe said that witnesses put the number at 50.")
    quote = tables["quotes"].row(-1, named=True)
    assert (quote["source_text"], quote["via_actor_id"], quote["via_name"]) == ("witnesses", entity(tables, "Clara Berg"), "Clara Berg")


def test_who_says_something_himself_passes_nothing_on() -> None:
    quote = only(read("Clara Berg of Oxfam said that the number was 50.")["quotes"])
    assert (quote["via_actor_id"], quote["via_name"]) == (None, None)
