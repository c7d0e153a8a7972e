"""Tokens are those of the Universal Dependencies' English treebanks, and their offsets are exact."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar.tokens import BLANK, tokenise
from tests.texts import passages, tokens

#: Text → its tokens, parted by blanks.
EXAMPLES = {
    # clitics
    "She can't swim.": "She ca n't swim .",
    "We CAN’T and won’t": "We CA N’T and wo n’t",
    "I'm sure they're what we've said he'll or she'd do": "I 'm sure they 're what we 've said he 'll or she 'd do",
    "You cannot. CANNOT!": "You can not . CAN NOT !",
    "scan notes": "scan notes",
    "Mary’s boss's car": "Mary ’s boss 's car",
    "the boys’ kites": "the boys ’ kites",
    "O'Brien’s and L’Oréal’s": "O'Brien ’s and L’Oréal ’s",
    "who’d’ve": "who ’d ’ve",
    "mustn't've": "must n't 've",
    # hyphens, dashes, slashes
    "a well-known U.S.-led force": "a well - known U.S. - led force",
    "twenty-one 100-year-old oaks": "twenty - one 100 - year - old oaks",
    "F-16 and COVID-19": "F - 16 and COVID - 19",
    "and/or": "and / or",
    "one--two—three – four": "one -- two — three – four",
    # abbreviations and initials
    "Mr. Roe met Dr. Doe on Jan. 9.": "Mr. Roe met Dr. Doe on Jan. 9 .",
    "J. R. R. Roe and J.R.R. Doe": "J. R. R. Roe and J.R.R. Doe",
    "at 5 p.m. in the U.S., e.g. D.C.": "at 5 p.m. in the U.S. , e.g. D.C.",
    "No. 10, No.10 and p.5": "No . 10 , No . 10 and p . 5",
    # web
    "See https://www.example.org/a?b=1, now.": "See https://www.example.org/a?b=1 , now .",
    "www.example.org.": "www.example.org .",
    "Mail a.b-c@example.co.uk!": "Mail a.b-c@example.co.uk !",
    "@user_1 #MeToo #1": "@user_1 #MeToo # 1",
    "DailyNews.co.uk": "DailyNews.co.uk",
    "www.9news.com.au": "www.9news.com.au",
    "It ended.Next came": "It ended . Next came",
    # numbers
    "1,000 10,00,000 1,000.50 3.14 .5": "1,000 10,00,000 1,000.50 3.14 .5",
    "1,2,3": "1 , 2 , 3",
    "4.5m £3bn $4.5m 10kg": "4.5 m £ 3 bn $ 4.5 m 10 kg",
    "50% 50 %": "50 % 50 %",
    "1st 22nd 1,000th 1990s": "1st 22nd 1,000th 1990s",
    "10:30am on 12/05/2019": "10 : 30 am on 12 / 05 / 2019",
    "Rs.500 or Rs 500": "Rs . 500 or Rs 500",
    "They died.5 more": "They died . 5 more",
    "5-10 or 5–10": "5 - 10 or 5 – 10",
    "It rose 5.": "It rose 5 .",
    # marks
    "“Hi,” he said. ‘It’s’": "“ Hi , ” he said . ‘ It ’s ’",
    "Wait... what?! Well…": "Wait ... what ?! Well …",
    "(a) [sic]": "( a ) [ sic ]",
    # other scripts and signs
    "naïve cafe\u0301 Łódź 中文": "naïve cafe\u0301 Łódź 中文",
    "x\u00ady a\u200bb \ufeffc": "x y a b c",
}


def test_examples() -> None:
    found = dict(zip(EXAMPLES, tokens(*EXAMPLES), strict=True))
    assert {text: " ".join(forms) for text, forms in found.items()} == EXAMPLES


@pytest.mark.parametrize("number", ["10\u00a0000", "1\u202f234\u202f567", "12\u2009345", "10 000"])
def test_groups_parted_by_blanks_are_one_number(number: str) -> None:
    assert tokens(f"some {number} people") == [["some", number, "people"]]


def test_two_numbers_are_not_joined() -> None:
    assert tokens("in 2019 300 left", "5 300 6 0001") == [["in", "2019", "300", "left"], ["5", "300", "6", "0001"]]


#: What bites: blanks of all kinds, marks, what the engine itself uses as marks, characters of one to four bytes.
ALPHABET = st.sampled_from(
    [
        *"aA1.,'’-@/ \n\r\t“”",
        *BLANK,
        "\ufdd0",
        "\ufffd",
        "\ue000",
        "\x01",
        "\x02",
        "\x03",
        "\x00",
        "\u0301",
        "é",
        "中",
        "😀",
        "n't",
        "can",
        "not",
    ]
)
TEXTS = st.lists(ALPHABET | st.characters(exclude_categories=["Cs"]), max_size=40).map("".join)


@settings(max_examples=30)
@given(st.lists(TEXTS, max_size=6))
def test_offsets_give_the_text_back(texts: list[str]) -> None:
    found, words = tokenise(passages(*texts))
    forms = words["form"].gather(found["word"])
    ends = dict.fromkeys(range(len(texts)), 0)
    for row, form in zip(found.iter_rows(named=True), forms, strict=True):
        text = texts[row["passage"]]
        piece = text[row["start"] : row["end"]]
        assert piece.replace("\ufdd0", "\ufffd") == form
        assert text.encode()[row["byte_start"] : row["byte_end"]].decode() == piece
        between = text[ends[row["passage"]] : row["start"]]
        assert not between.strip(BLANK), "only blanks lie between tokens"
        assert row["is_spaced"] == (bool(between) or ends[row["passage"]] == 0)
        ends[row["passage"]] = row["end"]
    assert all(not texts[passage][end:].strip(BLANK) for passage, end in ends.items())


@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_a_passage_is_read_alone(one: str, other: str) -> None:
    assert tokens(one, other) == [*tokens(one), *tokens(other)]


def test_offsets_count_from_the_passage_start() -> None:
    found, _ = tokenise(passages("Łódź fell").with_columns(char_start=100))
    assert found.select("start", "end", "byte_start", "byte_end").rows() == [(100, 104, 0, 7), (105, 109, 8, 12)]


@pytest.mark.parametrize("part", ["a-", "_", "+", "a_", "10,", "1,", "a.", "A.", "a'", "a@", "100,", "e\u0301", "www.", "."])
def test_time_is_linear(part: str) -> None:
    assert "".join(tokens(part * 100_000)[0]) == part * 100_000
