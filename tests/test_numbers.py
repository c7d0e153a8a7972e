"""Numbers: what is one, and what it is worth."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar import numbers
from tasks.grammar.lexicon import table
from tests.texts import values

#: A number that stands alone → its value.
ALONE = {
    "7": 7, "66,000": 66_000, "1,234,567": 1_234_567, "3.14": 3.14, ".5": 0.5, "1,000.50": 1000.5, "0": 0,
    "10,00,000": 1_000_000, "12,34,567": 1_234_567, "10\u00a0000": 10_000, "1\u202f234\u202f567": 1_234_567, "10 000": 10_000,
    "two": 2, "TWO": 2, "thirteen": 13, "forty": 40, "twenty-one": 21, "twenty one": 21, "ninety-nine": 99,
    "a hundred": 100, "two hundred": 200, "one hundred and one": 101, "six hundred and sixty-six": 666, "fifteen hundred": 1500,
    "a thousand": 1000, "two thousand and five": 2005, "a thousand one hundred": 1100, "one thousand one hundred and eleven": 1111,
    "three hundred and five thousand": 305_000, "two hundred and fifty thousand three hundred": 250_300,
    "two million three hundred thousand": 2_300_000, "two million, three hundred thousand": 2_300_000,
    "one million two hundred thousand and five": 1_200_005, "1 million, 200 thousand": 1_200_000, "1 crore 20 lakh": 12_000_000,
    "two hundred thirty four million five hundred sixty seven thousand eight hundred ninety": 234_567_890,
    "1.2 million": 1_200_000, "100 thousand": 100_000, "5 lakh": 500_000, "2.5 crore": 25_000_000, "1.5 lakh crore": 1.5e12,
    "3bn": 3e9, "3 bn": 3e9, "5k": 5000, "2tn": 2e12, "1.2 trillion": 1.2e12,
    "half a million": 500_000, "half-a-million": 500_000, "half-million": 500_000, "a half million": 500_000,
    "a quarter of a million": 250_000, "three quarters of a million": 750_000,
    "two and a half": 2.5, "two and a half million": 2_500_000, "4 and a half million": 4_500_000, "two and a quarter million": 2_250_000,
    "a million and a half": 1_500_000, "2 million and a half": 2_500_000, "tenfold": 10, "3-fold": 3, "two-fold": 2,
    "a dozen": 12, "half a dozen": 6, "two dozen": 24,
    "half": 0.5, "one half": 0.5, "a third": 1 / 3, "two-thirds": 2 / 3, "three quarters": 0.75, "a quarter": 0.25, "three fifths": 0.6,
    "one-fifth": 0.2, "five hundredths": 0.05, "½": 0.5, "1½": 1.5, "1½ million": 1_500_000, "zero": 0, "3 1/2": 3.5,
}  # fmt: skip
VAGUE = (
    *("several", "dozens", "scores", "thousands", "tens of thousands", "hundreds of thousands", "tens of millions"),
    *("several hundred", "a few hundred", "several hundred thousand", "a thousand or two"),
)
#: Text → the numbers in it, in order.
SEVERAL = {
    "2 million and 3 million people": [2e6, 3e6],
    "between two thousand and three thousand": [2000, 3000],
    "five hundred thousand and three hundred thousand": [500_000, 300_000],
    "1 million, 2 million and 4 million": [1e6, 2e6, 4e6],
    "100,000 and 200,000": [100_000, 200_000],
    "two and three": [2, 3],
    "five to six hundred": [5, 600],
    "5-10 or 5–10": [5, 10, 5, 10],
    "one in five": [1, 5],
    "a fifth of them and one tenth of us": [0.2, 0.1],
    "1,000-2,000": [1000, 2000],
    "2,3": [2, 3],
    "It fell by 5. Then 6 left": [5, 6],
    "died.5 people in Rs.500 notes": [5, 500],
    "2 million and the rest": [2e6],
    "4.5m people and a tower 5m wide": [4.5e6, 5],
    "£4.5m": [4.5e6],
    "16 F-16 jets, an AK-47 rifle and 3 MiG-29 planes": [16, 3],
    "the 192.168.0.1 host": [],
    "www.9news.com.au": [],
    "the 1990s": [],
    "in mid-2019 and Mid-2020": [2019, 2020],
}


def test_a_number_has_its_value() -> None:
    found = dict(zip(ALONE, values(*ALONE), strict=True))
    assert {text: [words for words, _, _ in rows] for text, rows in found.items()} == {text: [text] for text in ALONE}
    assert {text: rows[0][2] for text, rows in found.items()} == pytest.approx(ALONE, rel=1e-5)


def test_the_value_is_the_same_within_a_sentence() -> None:
    texts = {f"Officials said {text} of the people had fled by Monday.": text for text in ALONE}
    found = dict(zip(texts, values(*texts), strict=True))
    assert {text: rows for text, rows in found.items() if [words for words, _, _ in rows] != [texts[text]]} == {}


def test_a_vague_number_has_no_value() -> None:
    assert values(*(f"{text} of people" for text in VAGUE)) == [[(text, "vague", None)] for text in VAGUE]


@pytest.mark.parametrize("text", ["first", "twenty-first", "21st", "1,000th", "hundredth"])
def test_an_ordinal_has_no_value(text: str) -> None:
    assert values(text) == [[(text, "ordinal", None)]]


def test_numbers_stay_apart() -> None:
    found = dict(zip(SEVERAL, values(*SEVERAL), strict=True))
    assert {text: [value for _, kind, value in rows if kind not in ("label", "name")] for text, rows in found.items()} == SEVERAL


def test_every_magnitude_has_its_place() -> None:
    words = table("number_words").filter(pl.col("kind") == "magnitude")["word"]
    found = dict(zip(words, values(*(f"3 {word} and 4" for word in words)), strict=True))
    assert {word: rows[0][0] for word, rows in found.items()} == {word: f"3 {word}" for word in words}


def test_two_of_one_magnitude_are_two() -> None:
    words = table("number_words").filter(pl.col("kind") == "magnitude")["word"]
    assert [len(found) for found in values(*(f"3 {word} and 4 {word}" for word in words))] == [2] * len(words)


_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _below_hundred(number: int) -> str:
    if number < 20:
        return _UNITS[number - 1]
    return _TENS[number // 10 - 2] + (f"-{_UNITS[number % 10 - 1]}" if number % 10 else "")


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_UNITS[hundreds - 1]} hundred"] if hundreds else []
    return " and ".join([*parts, *([_below_hundred(rest)] if rest else [])])


def spelled(number: int) -> str:
    """A number below a trillion in words."""
    parts = []
    for scale, name in ((10**9, " billion"), (10**6, " million"), (10**3, " thousand"), (1, "")):
        group, number = divmod(number, scale)
        parts += [_below_thousand(group) + name] if group else []
    return " ".join(parts)


@settings(max_examples=10)
@given(st.lists(st.integers(1, 10**12 - 1) | st.integers(1, 2000), min_size=60, max_size=90))
def test_words_are_read_as_they_are_spelled(given_numbers: list[int]) -> None:
    found = values(*map(spelled, given_numbers))
    assert [[value for _, _, value in rows] for rows in found] == [[number] for number in given_numbers]


@settings(max_examples=10)
@given(st.lists(st.integers(0, 10**15), min_size=30, max_size=60))
def test_digits_are_read_with_and_without_commas(given_numbers: list[int]) -> None:
    texts = [text for number in given_numbers for text in (f"{number}", f"{number:,}")]
    assert [[value for _, _, value in rows] for rows in values(*texts)] == [[number] for number in given_numbers for _ in range(2)]


def test_kinds_are_the_names_of_rules() -> None:
    kinds = {kind for rows in values(*ALONE, *VAGUE, *SEVERAL) for _, kind, _ in rows}
    assert kinds <= {rule.name for rule in numbers.RULES}
