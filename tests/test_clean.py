"""Passages: where they begin and end, what kind they are, and which repeat another."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.clean import passages, publishers
from tasks.grammar.tokens import BLANK

_BREAKS = ("\n", "\r", "\r\n", "\x85", "\u2028", "\u2029")


def cleaned(*texts: str) -> pl.DataFrame:
    return passages(
        pl.DataFrame({"doc_id": [f"d{i}" for i in range(len(texts))], "text": texts}, schema={"doc_id": pl.String, "text": pl.String})
    )


def kinds(*lines: str) -> list[str]:
    return cleaned("\n\n".join(lines))["kind"].to_list()


SENTENCE = "The council met on Tuesday and agreed to build the new bridge over the river."
OTHER = "Work on it should begin next spring, its engineers said."


@pytest.mark.parametrize("newline", _BREAKS)
def test_every_line_break_ends_a_passage(newline: str) -> None:
    assert cleaned(f"One two.{newline}Three four.{newline}{newline}")["text"].to_list() == ["One two.", "Three four."]


def test_mixed_line_breaks_keep_offsets() -> None:
    text = "One.\r\nTwo.\rThree.\n\r\n\x85Four.\u2028\u2029Five."
    found = cleaned(text)
    assert found["text"].to_list() == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert [text[start:end] for start, end in found.select("char_start", "char_end").rows()] == found["text"].to_list()


def test_outer_blanks_are_left_out() -> None:
    assert cleaned(" \u00a0One two. \u200b\n\ufeff \n\tThree.\u3000")["text"].to_list() == ["One two.", "Three."]


def test_ids_and_ordinals() -> None:
    found = cleaned("One.\nTwo.", "\n", "Three.")
    assert found.select("doc_id", "ordinal", "passage_id").rows() == [("d0", 0, "d0:p:0-4"), ("d0", 1, "d0:p:5-9"), ("d2", 0, "d2:p:0-6")]
    assert found["document"].to_list() == [0, 0, 2]


# kinds


def test_the_first_line_is_the_headline() -> None:
    assert kinds("Council agrees on bridge", SENTENCE, OTHER) == ["headline", "body", "body"]


def test_a_first_line_that_is_a_sentence_is_none() -> None:
    assert kinds(SENTENCE, OTHER) == ["body", "body"]


def test_a_single_line_is_body() -> None:
    assert kinds(SENTENCE) == ["body"]


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Roe",
        "BY JANE ROE AND JOHN DOE",
        "Published 12 March 2020",
        "March 12, 2020",
        "2020-03-12",
        "Updated: 10:30, 12 March 2020",
        "Monday, 4 May 2020",
    ],
)
def test_bylines(line: str) -> None:
    assert kinds("Council agrees on bridge", line, SENTENCE) == ["headline", "byline", "body"]


@pytest.mark.parametrize("line", ["- Traffic would be led round the town", "• Two lanes for cars", "1. A bridge for all", "(a) a bridge"])
def test_list_items(line: str) -> None:
    assert kinds("Council agrees on bridge", SENTENCE, line, OTHER)[2] == "list_item"


@pytest.mark.parametrize(
    "line",
    [
        "Read more at example.org",
        "Advertisement",
        "ADVERTISEMENT",
        "Click here to subscribe",
        "© 2020 Example. All rights reserved.",
        "Sign up for our newsletter",
        "Share this article",
        "Copyright 2020 Example",
    ],
)
def test_boilerplate(line: str) -> None:
    assert kinds("Council agrees on bridge", SENTENCE, line)[2] == "boilerplate"


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell by 3 per cent on Monday.",
        "Advertisements fell by a third, the paper said.",
        "Close to 300 people came to the meeting.",
        "Donated blood is scarce, doctors said.",
        "Contact with the ship was lost at noon, the navy said.",
    ],
)
def test_no_boilerplate(line: str) -> None:
    assert kinds("Council agrees on bridge", SENTENCE, line)[2] == "body"


def test_captions_are_repeated_or_stand_by_repeated_ones() -> None:
    caption = "Members of the council look at a model of the bridge"
    beside = "The bridge would be the longest one in the country"
    assert kinds("Council agrees on bridge", SENTENCE, beside, caption, caption, SENTENCE[:-5] + "lake.") == [
        "headline",
        "body",
        "caption",
        "caption",
        "caption",
        "body",
    ]


def test_a_line_within_the_article_can_head_what_follows() -> None:
    assert kinds("Council agrees on bridge", SENTENCE, "What comes next", OTHER)[2] == "headline"


# repeats


@pytest.mark.parametrize("again", [SENTENCE, f"  {SENTENCE}\u00a0", SENTENCE.replace(" ", "\u00a0", 1), SENTENCE.replace(" ", "  ", 1)])
def test_a_repeat_names_the_first(again: str) -> None:
    found = cleaned(f"Headline\n{SENTENCE}\n{OTHER}\n{again}\n{SENTENCE}")
    assert found["duplicate_of"].to_list() == [None, None, None, *[found["passage_id"][1]] * 2]


def test_quotation_marks_and_accents_do_not_hide_a_repeat() -> None:
    found = cleaned('“It’s a café,” he said.\n"It\'s a cafe\u0301," he said.')
    assert found["duplicate_of"].to_list() == [None, found["passage_id"][0]]


def test_another_document_is_no_repeat() -> None:
    assert cleaned(SENTENCE, SENTENCE)["duplicate_of"].to_list() == [None, None]


@pytest.mark.parametrize("other", [SENTENCE.upper(), SENTENCE[:-1], SENTENCE.replace("new", "newer")])
def test_a_variant_is_no_repeat(other: str) -> None:
    assert cleaned(f"{SENTENCE}\n{other}")["duplicate_of"].to_list() == [None, None]


# wrapped lines

WRAPPED = """\
The council met on Tuesday and agreed to build the new bridge over
the river. Work on it should begin next spring, its engineers said,
and would take no longer than two years if the weather allows it to.

A second vote on the costs of the bridge, which are put at nearly two
million, is planned for the week after next, when all members of the
council are back from their journey to the north of the country.
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_wrapped_lines_are_one_passage(newline: str) -> None:
    found = cleaned(WRAPPED.replace("\n", newline))
    paragraphs = [paragraph.strip() for paragraph in WRAPPED.split("\n\n")]
    assert [text.replace(newline, "\n") for text in found["text"]] == paragraphs


def test_an_indented_line_begins_a_passage_in_wrapped_text() -> None:
    assert cleaned(WRAPPED.replace("\n\n", "\n    ")).height == 2


def test_wrapping_is_told_by_document() -> None:
    found = cleaned(WRAPPED, "One short line\nAnother short line\nA third short line\n")
    assert found.group_by("document", maintain_order=True).len()["len"].to_list() == [2, 3]


def test_long_lines_are_not_wrapped() -> None:
    assert cleaned("\n".join([SENTENCE * 2, OTHER * 3, SENTENCE * 2])).height == 3


# publishers


def test_the_publisher_is_the_domain_in_the_boilerplate() -> None:
    found = cleaned(f"{SENTENCE}\nRead more at Example.co.uk\nRead more at other.org", f"{SENTENCE}\nSee example.org", SENTENCE)
    assert publishers(found).rows() == [(0, "Example.co.uk")]


LINES = st.lists(
    st.sampled_from(
        [*_BREAKS, " ", "\u00a0", "a", "Bc.", "By Jo", "- x", "“", "\ufdd0", "😀", "é", SENTENCE, "\x0b", "\x0c", "\x1c", "\x00"]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=30)
@given(st.lists(LINES, max_size=6))
def test_passages_hold_all_that_is_not_blank(texts: list[str]) -> None:
    found = cleaned(*texts)
    for number, text in enumerate(texts):
        mine = found.filter(pl.col("document") == number)
        ends = [0, *mine["char_end"]]
        assert [text[a:b] for a, b in mine.select("char_start", "char_end").rows()] == mine["text"].to_list()
        gaps = [text[end:start] for end, start in zip(ends, [*mine["char_start"], len(text)], strict=True)]
        assert not "".join(gaps).strip(BLANK)
        assert all(passage == passage.strip(BLANK) for passage in mine["text"])
        assert mine["ordinal"].to_list() == list(range(mine.height))
