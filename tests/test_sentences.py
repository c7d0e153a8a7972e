"""Sentences end where they should, and partition the tokens of their passage."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar.reading import Reading
from tests.texts import passages, sentences

#: Texts, with a bar where a sentence ends.
EXAMPLES = (
    "He left.| She stayed.| They wept.",
    "Who left?| Nobody!| Really?!| Yes.",
    # abbreviations
    "Mr. Roe met Dr. Doe.| Gen. Poe met Sen. Moe.",
    "He flew to St. Louis on Jan. 9.| It rained.",
    "The U.S. Army left.| He lives in the U.S.| He likes it.",
    "Acme Inc. shares fell.| He works at Acme Inc.| He is paid well.",
    "He came at 5 p.m.| He left at 9 a.m. Monday.",
    "A U.S.-led force left.| It won.",
    "Fruit, e.g. apples, etc.| The rest, i.e. nuts, fell.",
    # numbers
    "No. 10 said so.| See p. 5 and Nos. 5 and 6.| It said no.| No.| He did not.",
    "It grew by 3.5 per cent.| Then by 4.| 5 years later it fell.",
    "It paid Rs. 500 crore.| It paid Rs.500 crore.| It cost $5.| $6 was too much.",
    # initials
    "J. R. R. Roe wrote it.| It was J. Smith.| He left.",
    # quotations and brackets
    "“Go away.”| She left.",
    "“Go away,” she said.| “Now.”",
    "He said: “Go.| Stop.”| Then he left.",
    "“What?” he said.| “What?”| He left.",
    "‘They have begun,’ said one.| ‘They will fight.’",
    "He said ‘go.’| ‘Why?’ she asked.",
    '"Yes."| "No," he said.| "Why?"',
    "He left (see below).| (She stayed.)| [They wept.]| Yes.",
    "“(He left.)”| She stayed.",
    # ellipsis
    "They will fight… these are their bullets.| Wait...| What?",
    # blanks
    "He left.\u00a0| She stayed.\t| They wept.",
    "He left.Next she did.",
    "lower. case goes on.",
)


def test_examples() -> None:
    texts = [example.replace("|", "") for example in EXAMPLES]
    wanted = [[part.strip() for part in example.split("|")] for example in EXAMPLES]
    assert sentences(*texts) == wanted


def test_none_crosses_a_passage() -> None:
    assert sentences("one two", "three", "", "four") == [["one two"], ["three"], [], ["four"]]


PIECES = st.sampled_from(
    ["He", "left", ".", "...", "…", "?", "!", "“", "”", "‘", "’", '"', "'", "(", ")", "No", "Mr.", "U.S.", "J.", "5", "a.m.", "$", "—"]
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", " ", "\u00a0"])).map("".join), max_size=30).map("".join)


@settings(max_examples=30)
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_sentences_partition_the_tokens(texts: list[str]) -> None:
    reading = Reading.of(passages(*texts))
    inside = reading.tokens["sentence"].to_list()
    assert inside == sorted(inside)
    assert set(inside) == set(range(reading.sentences.height))
    first = reading.tokens.group_by("sentence", maintain_order=True).agg("passage", "start", "end")
    for row, sentence in zip(first.iter_rows(named=True), reading.sentences.iter_rows(named=True), strict=True):
        assert set(row["passage"]) == {sentence["passage"]}
        assert (row["start"][0], row["end"][-1]) == (sentence["char_start"], sentence["char_end"])
        assert texts[sentence["passage"]][sentence["char_start"] : sentence["char_end"]] == sentence["text"]


@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_a_passage_is_read_alone(one: str, other: str) -> None:
    assert sentences(one, other) == [*sentences(one), *sentences(other)]
