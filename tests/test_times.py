"""Time expressions: every rule with what it takes and what it leaves, anchors, publication dates, and the lexicons behind them."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations.times import TABLE
from tasks.clean import passages
from tasks.facts.times import anchored, expressions, publication
from tasks.facts.times.rules import RULES
from tasks.grammar import numbers
from tasks.grammar.lexicon import table
from tasks.grammar.reading import Reading

PUBLISHED = date(2019, 3, 18)
CORPUS = Path(__file__).parent / "corpus" / "times.csv"
Row = dict[str, Any]


def read(*texts: str, published: date | None = PUBLISHED, uri: str = "a.txt") -> tuple[list[list[Row]], list[Row]]:
    """Texts → the rows of times of each, and the publication date of each."""
    batch = pl.DataFrame(
        {
            "uri": [uri] * len(texts),
            "doc_id": [f"{i:016x}" for i in range(len(texts))],
            "text": texts,
            "published": [published] * len(texts),
        },
        schema_overrides={"published": pl.Date},
    )
    reading = Reading.of(passages(batch))
    found_numbers = numbers.numbers(reading, reading.level)
    level = numbers.reduce(reading.level, found_numbers, reading)
    found = expressions(reading, level, found_numbers)
    dates = publication(batch, reading, found)
    rows = anchored(reading, level, found, dates["publication_date"]).to_dicts()
    return [[row for row in rows if row["document"] == i] for i in range(len(texts))], dates.to_dicts()


def values(text: str, published: date | None = PUBLISHED) -> list[tuple[str, str | None]]:
    """The words and the anchored value of each expression of a text."""
    return [(row["text"], row["timex_value"]) for row in read(text, published=published)[0][0]]


def corpus(kind: str) -> list[dict[str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == kind]


@pytest.fixture(scope="module")
def positives() -> dict[str, list[Row]]:
    rows = corpus("positive")
    return dict(zip((row["rule"] for row in rows), read(*(row["sentence"] for row in rows))[0], strict=True))


@pytest.fixture(scope="module")
def negatives() -> dict[str, list[Row]]:
    rows = corpus("negative")
    return dict(zip((row["rule"] for row in rows), read(*(row["sentence"] for row in rows))[0], strict=True))


def test_every_rule_has_examples() -> None:
    names = {rule.name for rule in RULES}
    assert {row["rule"] for row in corpus("positive")} == names
    assert {row["rule"] for row in corpus("negative")} == names


@pytest.mark.parametrize("example", corpus("positive"), ids=lambda row: row["rule"])
def test_rule_takes(example: dict[str, str], positives: dict[str, list[Row]]) -> None:
    found = [
        (row["text"], row["timex_type"], row["timex_value_unanchored"], row["timex_value"] or "")
        for row in positives[example["rule"]]
        if row["rule_id"].startswith(f"{example['rule']}@")
    ]
    assert (example["text"], example["timex_type"], example["unanchored"], example["value"]) in found


@pytest.mark.parametrize("example", corpus("negative"), ids=lambda row: row["rule"])
def test_rule_leaves(example: dict[str, str], negatives: dict[str, list[Row]]) -> None:
    assert not [row for row in negatives[example["rule"]] if row["rule_id"].startswith(f"{example['rule']}@")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("He left on Monday.", [("Monday", "2019-03-18")]),
        ("He left on Sunday.", [("Sunday", "2019-03-17")]),
        ("They will meet on Sunday.", [("Sunday", "2019-03-24")]),
        ("They met last Monday.", [("last Monday", "2019-03-11")]),
        ("The talks are set to resume next Monday.", [("next Monday", "2019-03-25")]),
        ("It began on January 9.", [("January 9", "2019-01-09")]),
        ("It ended in December.", [("December", "2018-12")]),
        ("The vote is due in June.", [("June", "2019-06")]),
        ("It closed on Thanksgiving Day.", [("Thanksgiving Day", "2018-11-22")]),
        ("He came on Good Friday.", [("Good Friday", "2019-04-19")]),
        ("He came last week and left yesterday.", [("last week", "2019-W11"), ("yesterday", "2019-03-17")]),
        ("Fighting went on over the weekend.", [("the weekend", "2019-W11-WE")]),
        ("Trading is to resume on Friday.", [("Friday", "2019-03-22")]),
        ("The levy is effective Aug. 2.", [("Aug. 2", "2019-08-02")]),
        ("The rate holds through December.", [("December", "2019-12")]),
        ("It froze in the winter of nineteen sixty-three.", [("the winter of nineteen sixty-three", "1963-WI")]),
        ("They hope for the year 2040.", [("the year 2040", "2040")]),
        ("It was filed on 2018/03/05.", [("2018/03/05", "2018-03-05")]),
        ("The plan of 2011–17 failed.", [("2011", "2011"), ("17", "2017")]),
    ],
)
def test_publication_date_and_tense_anchor(text: str, wanted: list[tuple[str, str]]) -> None:
    assert values(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It began on 3 May 2011. Two days later it ended.", ("Two days later", "2011-05-05", "other_time", False)),
        ("It began on 3 May 2011. The following month it ended.", ("The following month", "2011-06", "other_time", False)),
        ("It began in 2011. The previous year was calm.", ("The previous year", "2010", "other_time", False)),
        ("It began on Friday. Three days earlier he fled.", ("Three days earlier", "2019-03-12", "other_time", True)),
        ("It began in 2011. That day he fled.", ("That day", None, "none", True)),
        ("It began at noon. An hour later it ended.", ("An hour later", None, "other_time", False)),
    ],
)
def test_last_mentioned_time_anchors(text: str, wanted: tuple[str, str | None, str, bool]) -> None:
    row = read(text)[0][0][-1]
    assert (row["text"], row["timex_value"], row["anchor"], row["needs_publication_date"]) == wanted


def test_nothing_relative_is_anchored_without_a_date() -> None:
    text = "He left on Monday, last week, now and on January 9. It began in 2011, on 3 May 2012, and lasted three days."
    rows = {row["text"]: row for row in read(text, published=None)[0][0]}
    assert {words for words, row in rows.items() if row["timex_value"]} == {"2011", "3 May 2012", "three days"}
    for words in ("Monday", "last week", "now", "January 9"):
        assert rows[words]["needs_publication_date"]
        assert (rows[words]["anchor"], rows[words]["date_start"], rows[words]["date_end"]) == ("none", None, None)


def test_bounds_and_precision() -> None:
    text = "He fled more than four years ago, in recent weeks, in early 2018 and in the third quarter of 2017."
    rows = {row["text"]: (row["mod"], row["date_start"], row["date_end"], row["precision"]) for row in read(text)[0][0]}
    assert rows == {
        "more than four years ago": ("BEFORE", None, date(2015, 3, 18), "year"),
        "recent weeks": (None, None, PUBLISHED, "unknown"),
        "early 2018": ("START", date(2018, 1, 1), date(2018, 12, 31), "year"),
        "the third quarter of 2017": (None, date(2017, 7, 1), date(2017, 9, 30), "year"),
    }


def test_rows_keep_the_contract() -> None:
    text = "On Monday, March 18, 2019 at 5:30 p.m. EST they met every week for two years; in February 30 people came, from 2011-2017."
    rows = pl.DataFrame(read(text)[0][0], infer_schema_length=None)
    for check in TABLE.checks:
        assert rows.select(check.holds.fill_null(True).all()).item(), check.name
    assert all(text[row["char_start"] : row["char_end"]] == row["text"] for row in rows.to_dicts())


@pytest.mark.parametrize(
    ("text", "uri", "wanted"),
    [
        ("Title of it\nPublished: 18 March 2019\nText.", "a.txt", (PUBLISHED, "text", "18 March 2019")),
        ("Title of it\nMonday, March 18, 2019\nText.", "a.txt", (PUBLISHED, "text", "Monday, March 18, 2019")),
        ("Title of it\n2019-03-18T10:00:00Z\nText.", "a.txt", (PUBLISHED, "text", "2019-03-18")),
        ("Title of it\nPARIS, France, March 18, 2019 (AFP) — Rain fell.", "a.txt", (PUBLISHED, "text", "March 18, 2019")),
        ("Title of it\nPARIS, March 18 (AFP) — Rain fell.", "a.txt", (None, "none", "March 18")),
        ("Title of it\nRain fell in Paris on March 18, 2019, he said.", "a.txt", (None, "none", None)),
        ("Title of it\nRain fell.", "news/2019-03-18-rain.txt", (PUBLISHED, "file_name", None)),
        ("Title of it\nRain fell.", "news/20190318.txt", (PUBLISHED, "file_name", None)),
        ("Title of it\nRain fell.", "000_c20190318ec3.txt", (None, "none", None)),
    ],
)
def test_publication_date_is_read_and_never_guessed(text: str, uri: str, wanted: tuple[date | None, str, str | None]) -> None:
    (row,) = read(text, published=None, uri=uri)[1]
    assert tuple(row.values()) == wanted


def test_given_date_wins() -> None:
    (row,) = read("Title of it\nPublished: 1 March 2017\nText.")[1]
    assert tuple(row.values()) == (PUBLISHED, "given", "1 March 2017")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No time here.",
        "2000 people and $2000 and 9/11 and 24/7",
        "may march second august",
        "::: 99:99 12:00:00:00 a.m.",
        "65 million years ago, 900,000 centuries ago and 9,999 years later",
        "99 days in his 30s",
    ],
)
def test_odd_texts_pass(text: str) -> None:
    assert all(row["timex_value_unanchored"] for row in read(text)[0][0])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("calendar", ["word", "kind"]),
        ("time_words", ["word", "kind", "value"]),
        ("time_zones", ["zone"]),
        ("holidays", ["name"]),
        ("holiday_dates", ["holiday", "date"]),
    ],
)
def test_lexicon_is_sorted_and_unique(name: str, key: list[str]) -> None:
    rows = table(name).select(pl.col(key).fill_null("")).rows()
    assert rows == sorted(set(rows))


@pytest.mark.parametrize(
    "text",
    [
        "It moves at 13 km per hour.",
        "He is in his 30s.",
        "They won 3:1.",
        "2000 people fled.",
        "It cost $2000.",
        "It fell by a third.",
        "He may march.",
        "The fall of the city began.",
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert values(text) == []


def test_a_refused_reading_leaves_the_shorter_one() -> None:
    assert values("It took 18 months, two years.") == [("18 months", "P18M"), ("two years", "P2Y")]


def test_age_before_a_phrase_of_the_lexicon() -> None:
    assert values("A 26-year-old man was hurt.") == [("26-year-old", "P26Y")]


def test_holidays_have_dates() -> None:
    movable = set(table("holidays").filter(~pl.col("holiday").str.contains("^[0-9]"))["holiday"])
    assert movable == set(table("holiday_dates")["holiday"])
