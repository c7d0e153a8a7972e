"""Figures traced: who claims them; and when, where and whose what is counted."""

from __future__ import annotations

import pytest

from tests.test_claims import only
from tests.test_names import entity, read


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


def test_a_part_takes_claimant_period_and_place_from_its_total() -> None:
    tables = read("Some 900 people left Mombasa on Monday, according to the Red Cross. They include 300 farmers and 20 nurses.")
    total, *parts = tables["figures"].iter_rows(named=True)
    assert (total["source_basis"], total["period_basis"]) == ("stated", "stated")
    for part in parts:
        assert (part["source_basis"], part["period_basis"], part["modality"]) == ("inherited", "inherited", "attributed")
        assert [part[name] for name in ("source_actor_id", "quote_id", "time_id")] == [
            total[name] for name in ("source_actor_id", "quote_id", "time_id")
        ]


def test_what_comes_on_top_takes_nothing() -> None:
    tables = read("Some 900 people left Mombasa on Monday, according to the Red Cross. An additional 52 farmers were arrested.")
    more = tables["figures"].row(1, named=True)
    assert (more["relation"], more["source_basis"], more["period_basis"], more["place_basis"]) == ("additional_to", "none", "none", "none")


@pytest.mark.parametrize(
    ("text", "place", "basis"),
    [
        ("At least 40 people died in Kenya.", "Kenya", "stated"),
        ("At least 40 people were rescued off the Kenyan coast.", "Kenya", "adjective"),
        ("The Kenyan army lost 40 soldiers.", None, "none"),
        ("A newspaper based in Mombasa says that 40 people died.", None, "none"),
        ("Speaking in Mombasa, the minister said that 40 people had died.", None, "none"),
        ("Police arrested 40 women from Kenya.", None, "none"),
        ("The army evacuated 40 women from Kenya.", "Kenya", "stated"),
        ("At least 40 people died in Mombasa in a war against Kenyan rebels.", "Mombasa", "stated"),
    ],
)
def test_place(text: str, place: str | None, basis: str) -> None:
    figure = only(read(text)["figures"])
    assert (figure["place_name"], figure["place_basis"]) == (place, basis)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("The Red Cross said that 40 people had died.", "attributed"),
        ("The Red Cross said that 40 people may have died.", "hedged"),
        ("The Red Cross denied that 40 people had died.", "negated"),
        ("At least 40 people died.", "asserted"),
    ],
)
def test_what_somebody_claims_is_attributed(text: str, modality: str) -> None:
    assert only(read(text)["figures"])["modality"] == modality


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("The storm killed 3 people and injured 12 on 5 May 2019.", "2019-05-05"),
        ("Net profit was $3bn, compared with $2bn in 2003.", None),
        ("In 2003 net profit was $3bn.", "2003-01-01"),
        ("Net profit was £3.7bn ($7bn) in 2003.", "2003-01-01"),
        ("Police arrested 40 people in a camp that was built in 2003.", None),
        ("Sales rose 15% from a year ago.", None),
    ],
)
def test_a_time_belongs_to_the_clause_that_tells_it(text: str, period: str | None) -> None:
    start = read(text)["figures"]["period_start"][0]
    assert (start and str(start)) == period


def test_who_passes_on_a_claim_is_named() -> None:
    tables = read("Clara Berg of Oxfam said that witnesses put the number at 40 people.")
    figure = only(tables["figures"])
    assert figure["via_name"] == "Clara Berg"
