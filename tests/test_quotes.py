"""Quotes: who says what, by marks, words of saying and clauses; every positive example beside one that must give nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.texts import rows


def said(text: str) -> list[tuple[str | None, str | None, str]]:
    """Source, words of saying and content of each quote of a text."""
    return [(row["source_text"], row["cue_text"], row["text"]) for row in rows("quotes", text)[0]]


def only(text: str) -> dict[str, Any]:
    (row,) = rows("quotes", text)[0]
    return row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mayor said the bridge was safe.", ("The mayor", "said", "the bridge was safe")),
        ("The mayor said on Monday that the bridge was safe.", ("The mayor", "said", "the bridge was safe")),
        ("The mayor told Reuters the bridge was safe.", ("The mayor", "told", "the bridge was safe")),
        ("The bridge was safe, the mayor said.", ("the mayor", "said", "The bridge was safe")),
        ("The bridge was safe, the mayor said on Monday.", ("the mayor", "said", "The bridge was safe")),
        ("The bridge was safe, according to the mayor.", ("the mayor", "according to", "The bridge was safe")),
        ("According to the mayor, the bridge was safe.", ("the mayor", "According to", "the bridge was safe")),
        ("The union denied the charges.", ("The union", "denied", "the charges")),
        ("The union urged members to stay at home.", ("The union", "urged", "members to stay at home")),
        ("The union has warned of long delays.", ("The union", "has warned of", "long delays")),
        (
            "The mayor, who was born in Lagos, said the bridge was safe.",
            ("The mayor, who was born in Lagos,", "said", "the bridge was safe"),
        ),
        (
            "An official who asked not to be named said the bridge was safe.",
            ("An official who asked not to be named", "said", "the bridge was safe"),
        ),
        ("“It is over,” replied the mayor.", ("the mayor", "replied", "“It is over,”")),
        ("“Is it over?” the mayor asked.", ("the mayor", "asked", "“Is it over?”")),
        ("The mayor: “It is over now.”", None),
    ],
)
def test_an_attribution_has_source_cue_and_content(text: str, expected: tuple[str, str, str] | None) -> None:
    assert said(text)[:1] == ([expected] if expected else said(text)[:1])


@pytest.mark.parametrize(
    "text",
    [
        "The boys’ books and the girls’ bags were lost.",
        "The end of the ‘caliphate’ was near.",
        "She read “War and Peace” twice.",
        "He was told off.",
        "The ship sank in the harbour on Monday.",
        "The tower leaned to the left, and the wall fell.",
    ],
)
def test_what_nobody_says_gives_no_row(text: str) -> None:
    assert said(text) == []


def test_a_new_clause_with_a_source_of_its_own_ends_the_content() -> None:
    assert said("The army said the road was open, but residents said the bridge was closed.") == [
        ("The army", "said", "the road was open"),
        ("residents", "said", "the bridge was closed"),
    ]


def test_coordinated_words_of_saying_share_their_source() -> None:
    assert [source for source, _, _ in said("The mayor said the bridge was safe, adding that the road was open.")] == ["The mayor"] * 2


def test_an_interrupted_quotation_shares_its_words_of_saying() -> None:
    first, second = rows("quotes", "“We did all we could,” the captain said, “but it was dark.”")[0]
    assert (first["text"], second["text"]) == ("“We did all we could,”", "“but it was dark.”")
    assert (first["cue_start"], first["source_start"]) == (second["cue_start"], second["source_start"])


def test_a_quotation_that_goes_on_inherits_its_source() -> None:
    first, second = rows("quotes", "“We did all we could,” captain Ana Ruiz said. “But it was far too dark.”")[0]
    assert (second["source_basis"], second["source_text"], second["source_name"]) == ("inherited", None, first["source_name"])
    assert second["cue_start"] == first["cue_start"]


def test_a_quotation_may_go_on_in_the_next_paragraph() -> None:
    first, second = rows(
        "quotes",
        "“We will rebuild the town and the bridge,” said mayor Ana Ruiz. “Nobody will be left.\n\n“Nobody at all will stay behind.”",
    )[0][:2]
    assert (first["source_basis"], second["source_basis"]) == ("stated", "inherited")


def test_what_a_colon_introduces_may_stand_in_the_next_paragraph() -> None:
    assert said("In the evening the mayor said:\n\n“We will rebuild the town and the bridge.”") == [
        ("the mayor", "said", "“We will rebuild the town and the bridge.”")
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The mayor said the bridge was safe.", "indirect"),
        ("The mayor said the bridge was “perfectly safe” now.", "mixed"),
        ("“The bridge is safe,” the mayor said.", "direct"),
    ],
)
def test_marks_tell_the_type(text: str, kind: str) -> None:
    assert only(text)["quote_type"] == kind


@pytest.mark.parametrize(
    ("text", "cue_type", "polarity"),
    [
        ("The mayor said the bridge was safe.", "say", "affirmed"),
        ("The mayor denied the bridge was safe.", "deny", "affirmed"),
        ("The mayor did not say that the bridge was safe.", "say", "negated"),
        ("The mayor may say that the bridge was safe.", "say", "hypothetical"),
        ("The mayor estimated that 40 people had left.", "estimate", "affirmed"),
        ("The bridge was safe, according to the mayor.", "say", "affirmed"),
    ],
)
def test_words_of_saying_have_a_class_and_a_polarity(text: str, cue_type: str, polarity: str) -> None:
    row = only(text)
    assert (row["cue_type"], row["cue_polarity"]) == (cue_type, polarity)


def test_a_claim_told_by_another_has_both() -> None:
    row = only("The mayor said that witnesses put the number at 50.")
    assert (row["source_text"], row["cue_text"], row["text"], row["via_name"]) == ("witnesses", "put", "the number at 50", "The mayor")


def test_a_pronoun_stands_for_the_last_speaker() -> None:
    rest = rows("quotes", "Mayor Ana Ruiz said the bridge was safe. She said the road was open.")[0][1]
    assert (rest["source_basis"], rest["source_text"], rest["source_name"]) == ("pronoun", "She", "Ana Ruiz")


def test_a_source_has_name_role_and_organisation() -> None:
    row = only("“It is over,” said Sean Mills, a spokesman for the coalition.")
    assert (row["source_name"], row["source_role"], row["source_org_name"], row["is_anonymous"]) == (
        "Sean Mills",
        "spokesman",
        "coalition",
        False,
    )


def test_sources_without_a_name_are_anonymous() -> None:
    assert only("Officials said the road was open.")["is_anonymous"]


def test_the_channel_is_named() -> None:
    assert only("The mayor said on Twitter that the road was open.")["channel"] == "twitter"


@pytest.mark.parametrize(
    ("source", "name", "role", "organisation"),
    [
        ("Dr Carpenter", "Carpenter", None, None),
        ("a spokesman for the prosecutor, state comptroller Alan Hill,", None, "spokesman", None),
        ("a spokesman for Oxfam, Farid Hak,", "Farid Hak", "spokesman", "Oxfam"),
        ("Oxfam's spokesman", None, "spokesman", "Oxfam"),
    ],
)
def test_a_source_is_called_what_it_is(source: str, name: str | None, role: str | None, organisation: str | None) -> None:
    row = only(f"“The bridge is safe,” {source} said.")
    assert (row["source_role"], row["source_org_name"]) == (role, organisation)
    assert name is None or row["source_name"] == name


@pytest.mark.parametrize(
    "text",
    [
        "''We will rebuild the town,'' said mayor Ana Ruiz.",
        "``We will rebuild the town,'' said mayor Ana Ruiz.",
        "«We will rebuild the town,» said mayor Ana Ruiz.",
        "„We will rebuild the town,“ said mayor Ana Ruiz.",
        "“We will rebuild ‘the old town’ in May,” said mayor Ana Ruiz.",
    ],
)
def test_all_kinds_of_marks(text: str) -> None:
    row = only(text)
    assert (row["quote_type"], row["source_name"]) == ("direct", "Ana Ruiz")


def test_an_odd_mark_is_confined_to_its_passage() -> None:
    assert said("“ The mark was never closed.\n\n“We will rebuild the town,” said mayor Ana Ruiz.")[-1][2] == "“We will rebuild the town,”"


def test_subjects_are_joined_only_where_a_clause_begins() -> None:
    assert [row[0] for row in said("The roads and the mayor said the bridge was safe.")] == ["The roads and the mayor"]
    assert said("The army said it had lost the town and the mayor said the bridge was safe.") == [
        ("The army", "said", "it had lost the town"),
        ("the mayor", "said", "the bridge was safe"),
    ]


def test_they_are_no_single_person() -> None:
    *_, last = rows("quotes", "Residents said the bridge was safe. Mayor Ana Ruiz said it was not. They said the road was open.")[0]
    assert (last["source_text"], last["source_name"], last["source_role"]) == ("They", "Residents", None)


def test_a_person_named_within_a_source_is_not_the_source() -> None:
    row = only("A guard of Ana Ruiz said the bridge was safe.")
    assert row["source_name"] != "Ana Ruiz"
