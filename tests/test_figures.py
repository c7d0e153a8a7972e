"""Figures: what the words of a clause tell of a number, one sentence a fact."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.texts import Rows, rows

TOLD: dict[str, dict[str, dict[str, Any]]] = {
    # Values and bounds
    "Between two and three million voters stayed at home.": {"Between two and three million voters": {"value": None, "value_low": 2e6, "value_high": 3e6, "quantifier": "range"}},
    "One in five wells is dry.": {"One in five wells": {"value": 0.2, "unit": "ratio"}},
    "Two-thirds of the wells are dry.": {"Two-thirds of the wells": {"value": 0.6666666666, "unit": "ratio"}},
    "Fewer than 40 divers came.": {"Fewer than 40 divers": {"value_low": None, "value_high": 40.0, "quantifier": "less_than"}},
    "Some 40 divers came.": {"Some 40 divers": {"value_low": None, "value_high": None, "quantifier": "approximately"}},
    "Dozens of divers came.": {"Dozens of divers": {"value": None, "number_text": None, "quantifier": "vague"}},
    "No one was hurt.": {"No one": {"value": 0.0, "measure": "injured", "modality": "negated"}},
    "Oil rose $1.20 to $65.40 a barrel.": {"$1.20": {"change": "up", "quantifier": "exact"}, "$65.40 a barrel": {"change": None}},
    "Sales rose 4 to 5 percent.": {"4 to 5 percent": {"value_low": 0.04, "value_high": 0.05, "change": "up"}},
    "Sales rose threefold.": {"threefold": {"value": 3.0, "unit": "ratio", "change": "up"}},
    "Output fell by a fifth.": {"a fifth": {"value": 0.2, "unit": "ratio", "change": "down", "about_text": "Output"}},
    # Units
    "Sales reached MEUR 5.": {"MEUR 5": {"value": 5e6, "unit": "money", "unit_code": "EUR"}},
    "It paid USD115m.": {"USD115m": {"value": 1.15e8, "unit_text": "USD", "unit_code": "USD"}},
    "The stamp costs 50¢.": {"50¢": {"value": 50.0, "unit_code": None}},
    "The board is 12 ft 2 in long.": {"2 in": {"value": 2.0, "unit": "distance", "unit_code": "[in_i]"}},
    "The tower is 30m tall.": {"30m": {"unit": "distance", "counted_text": None}},
    "A 30-member panel met.": {"30-member panel": {"unit": "person"}},
    "The firm owes $4.5m.": {"$4.5m": {"value": 4.5e6, "unit": "money", "unit_text": "$", "unit_code": "USD"}},
    "It won a $4 million deal.": {"$4 million deal": {"unit_code": "USD", "counted_text": "deal"}},
    "The stamp costs 50 cents.": {"50 cents": {"value": 50.0, "unit_text": "cents", "unit_code": None}},
    "They pump 500 barrels a day.": {"500 barrels a day": {"unit_text": "barrels a day", "unit_code": "[bbl_us]/d"}},
    "Winds reached 90 miles an hour.": {"90 miles an hour": {"unit": "speed", "unit_code": "[mi_i]/h"}},
    "Water boils at 100 degrees Celsius.": {"100 degrees Celsius": {"unit": "temperature", "unit_code": "Cel"}},
    "Turnout fell by 12 percentage points.": {"12 percentage points": {"value": 0.12, "change": "down", "about_text": "Turnout"}},
    # Changes and what they are changes of
    "Revenue rose 12 % to $4.5bn.": {"12 %": {"value": 0.12, "change": "up", "about_text": "Revenue"}, "$4.5bn": {"change": None, "about_text": "Revenue"}},
    "Two 17-year-old boys drowned.": {"Two 17-year-old boys": {"value": 2.0, "counted_text": "17-year-old boys", "measure": "killed"}},
    "Thieves took two 40-ton trucks.": {"two 40-ton trucks": {"value": 2.0, "counted_text": "40-ton trucks", "unit": "vehicle"}},
    "They paid 75 USD million.": {"75 USD million": {"value": 7.5e7, "unit_code": "USD"}},
    "They pledged 100,000 pounds ($12,623).": {"100,000 pounds": {"unit": "money", "unit_code": "GBP"}},
    "He lost 20 pounds.": {"20 pounds": {"unit": "weight", "unit_code": "[lb_av]"}},
    # What happened
    "Six divers are known to have drowned.": {"Six divers": {"measure": "killed"}},
    "Four firefighters suffered minor injuries.": {"Four firefighters": {"measure": "injured"}},
    "About 40 homes and buildings were damaged.": {"About 40 homes": {"measure": "damaged"}},
    "Some 133m text messages were sent.": {"Some 133m text messages": {"measure": "other"}},
    "A bus crash killed 23 and wounded dozens.": {"23": {"measure": "killed", "unit": "person"}, "dozens": {"measure": "injured", "unit": "person"}},
    "The death toll rose to 45 and 37 others were injured.": {"45": {"measure": "killed"}, "37 others": {"measure": "injured"}},
    "Forty divers, including three women, were arrested.": {"Forty divers": {"measure": "detained"}, "three women": {"measure": "detained", "population": "women", "relation": "part_of"}},
    "There are about 60 divers left on the island.": {"about 60 divers": {"measure": "remaining", "stock_flow": "stock"}},
    "The clinic counted 63 deaths.": {"63 deaths": {"measure": "killed", "unit": "person"}},
    "Nine divers met ministers and the bridge was destroyed.": {"Nine divers": {"measure": "other"}},
    "Some 900 people, mostly farmers, fled.": {"Some 900 people": {"population": "mixed", "measure": "fled"}},
    "Some 12 refugees drowned.": {"Some 12 refugees": {"measure": "killed"}},
    "The camp holds 300 refugees.": {"300 refugees": {"measure": "displaced"}},
    "Twelve of the 15 divers drowned.": {"Twelve": {"counted_text": "divers", "unit": "person", "relation": "part_of"}},
    "Nine divers - seven men and two women - were arrested.": {"seven men": {"relation": "part_of"}, "two women": {"relation": "part_of"}},
    "It is unclear how many divers remain but he put the number at 40 people.": {"40 people": {"measure": "remaining", "stock_flow": "stock"}},
    "Five passengers travelling on the bus were injured.": {"Five passengers": {"measure": "injured"}},
    "The murder of the six Jesuits shocked the town.": {"six Jesuits": {"unit": "person", "measure": "killed"}},
    "The storm claimed 12 lives.": {"12 lives": {"measure": "killed"}},
    "The firm lost $3m when its roof was destroyed.": {"$3m": {"measure": "other"}},
    "She clocked 7.37 and left.": {},
    "Flood water damaged 59 km of canals and 70 km of roads.": {"59 km of canals": {"measure": "damaged"}},
    # How sure the text is
    "It is feared that 12 divers drowned.": {"12 divers": {"modality": "hedged", "measure": "killed"}},
    "The dam will displace 900 families.": {"900 families": {"modality": "forecast", "unit": "household"}},
    "He denied that 40 were killed.": {"40": {"modality": "negated", "measure": "killed"}},
    "Twelve divers drowned.": {"Twelve divers": {"modality": "asserted"}},
}  # fmt: skip


@cache
def read() -> dict[str, Rows]:
    """Sentence → its figures, all sentences in one batch."""
    return dict(zip(TOLD, rows("figures", *TOLD), strict=True))


@pytest.mark.parametrize("text", TOLD)
def test_clause(text: str) -> None:
    found = {row["text"]: row for row in read()[text]}
    assert {span: {name: found[span][name] for name in columns} for span, columns in TOLD[text].items()} == TOLD[text]


def test_parts_name_their_total() -> None:
    (figures,) = rows("figures", "More than 600 people left. They include 370 farmers, 50 miners and around 180 of their relatives.")
    total, *parts = figures
    assert [part["relation"] for part in parts] == ["part_of"] * 3
    assert {part["related_figure_id"] for part in parts} == {total["figure_id"]}
    assert {part["measure"] for part in parts} == {"left"}


def test_more_comes_on_top_of_the_total() -> None:
    (figures,) = rows("figures", "The navy saved 700 sailors. An additional 52 sailors drowned.")
    total, more = figures
    assert (more["relation"], more["related_figure_id"]) == ("additional_to", total["figure_id"])


def test_number_takes_the_noun_before_it() -> None:
    (figures,) = rows("figures", "Doctors saw 125 miners and 34 were tested.")
    assert [row["counted_text"] for row in figures] == ["miners", "miners"]
    assert figures[1]["relation"] == "part_of"


def test_numbers_relate_to_none_of_another_article() -> None:
    first, _ = rows("figures", "It sold 501 of its 778-201LR planes.", "Some 700 people left.")
    assert [(row["relation"], row["related_figure_id"]) for row in first] == [("none", None)] * len(first)
    assert first


@pytest.mark.parametrize(
    "text",
    [
        "She finished third.",
        "The score was 3-1.",
        "The 17-year-old won.",
        "Call 555-0199.",
        "He lives at 10 Downing Street.",
        "An F-16 crashed.",
        "They met on March 9, 2011.",
        "In 2011 voters stayed at home.",
        "He opened No. 7.",
        "Several ships came.",
    ],
)
def test_no_figure(text: str) -> None:
    assert rows("figures", text) == [[]]


@settings(max_examples=5)
@given(st.lists(st.tuples(st.integers(2, 10**9), st.integers(1, 10**6)), min_size=20, max_size=40))
def test_any_number_of_divers_is_counted_and_bounded(given_numbers: list[tuple[int, int]]) -> None:
    pairs = [(low, low + more) for low, more in given_numbers]
    texts = [f"At least {low:,} divers drowned, and between {low:,} and {high:,} boats sank." for low, high in pairs]
    for (low, high), found in zip(pairs, rows("figures", *texts), strict=True):
        assert [(row["value"], row["value_low"], row["value_high"], row["quantifier"]) for row in found] == [
            (low, low, None, "at_least"),
            (None, low, high, "range"),
        ]


@settings(max_examples=5)
@given(st.lists(st.decimals(0, 1000, places=1).filter(bool), min_size=20, max_size=40))
def test_a_share_is_what_its_per_cent_say_and_money_keeps_its_digits(given_numbers: list[Any]) -> None:
    texts = [f"Sales rose {number}% to ${number}bn." for number in given_numbers]
    for number, (share, money) in zip(given_numbers, rows("figures", *texts), strict=True):
        assert (share["unit_code"], share["change"], money["unit_code"]) == ("%", "up", "USD")
        assert math.isclose(share["value"], float(number) / 100)
        assert math.isclose(money["value"], float(number) * 1e9)
