"""Extract on any text: it never fails, its rows keep the contract, and no document's rows depend on another."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from expectations.catalog import TABLES
from tests.texts import Tables, batch, broken, extracted

_WORDS = (
    *(
        "people",
        "killed",
        "said",
        "told",
        "he",
        "she",
        "officials",
        "spokesman",
        "SDF",
        "Syria",
        "fled",
        "Monday",
        "Jan.",
        "U.S.",
        "Mr.",
        "No.",
    ),
    *(
        "5",
        "9",
        "1,000",
        "two",
        "hundred",
        "million",
        "and",
        "a",
        "half",
        "of",
        "the",
        "5,000 people",
        "up to",
        "more than",
        "between",
        "to",
        "or",
    ),
    *("2011", "10:30", "12/05/2019", "1990s", "$1.2bn", "50 per cent", "1.2.3", "9" * 400, ".5", "00", "½", "²", "Ⅳ", "٣", "%", "$", "€5"),
    *("“We won,” he said.", "‘No,’ said Roe.", "According to", "Read more", "By Jane Roe", "Copyright 2019", "all rights reserved"),
    *("n't", "'s", "’s", "can", "cannot", "http://x.org/", "a@b.co", "@u", "#t"),
)
_SIGNS = (
    *"“”‘’\"'«»„‹›.,!?…-–—()[]:;/",
    *(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\u2028",
        "\u2029",
        "\x85",
        "\x0b",
        "\x0c",
        "\t",
        "\u00a0",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u202e",
    ),
    *("\ufdd0", "\ufffd", "\ue000", "\x00", "\x01", "\x02", "\x03", "\x1c", "\x7f", "\U0010ffff"),
    *("e\u0301", "\u0301", "😀", "👨\u200d👩\u200d👧", "İ", "ß", "ﬁ", "ǅ", "ſ", "中文"),
)
_PIECES = st.tuples(
    st.sampled_from(_WORDS) | st.sampled_from(_SIGNS) | st.characters(exclude_categories=["Cs"]), st.sampled_from(["", " "])
)
TEXTS = st.lists(_PIECES.map("".join), max_size=40).map("".join)
#: One call costs most of a second, whatever it reads: few examples of many texts, and no search for smaller ones.
_SETTINGS = settings(max_examples=4, phases=(Phase.explicit, Phase.generate))


def unequal(together: Tables, apart: list[dict[str, pl.DataFrame]]) -> list[str]:
    """The tables whose rows differ when documents are read apart; a row that is of no one document may then be there twice."""
    wanted = {name: pl.concat([tables[name] for tables in apart]) for name in together}
    shared = {name for name in together if not TABLES[name].is_document_level}
    wanted |= {name: wanted[name].unique(TABLES[name].key).sort(TABLES[name].key) for name in shared}
    return [name for name, rows in together.items() if not (rows.sort(TABLES[name].key) if name in shared else rows).equals(wanted[name])]


@_SETTINGS
@given(st.lists(TEXTS, max_size=60))
def test_any_text_gives_rows_that_keep_the_contract(texts: list[str]) -> None:
    documents = batch(*texts)
    assert broken(extracted(documents), documents) == []


@_SETTINGS
@given(st.lists(TEXTS, min_size=1, max_size=30), st.lists(TEXTS, min_size=1, max_size=30))
def test_documents_give_the_same_rows_alone_and_together(some: list[str], others: list[str]) -> None:
    together = extracted(batch(*some, *others))
    apart = [extracted(batch(*some)), extracted(batch(*others, first=len(some)))]
    assert unequal(together, apart) == []


@_SETTINGS
@given(st.lists(TEXTS, max_size=40))
def test_the_same_batch_gives_the_same_rows(texts: list[str]) -> None:
    once, again = extracted(batch(*texts)), extracted(batch(*texts))
    assert all(once[name].equals(again[name]) for name in once)


NEWS = """Ferry sinks in storm
By Jane Roe
At least 12 people were killed and 40 injured when a ferry sank on Monday, officials said.
“We did all we could,” said captain Ana Ruiz. “It was dark.”
“The sea took her,” he added, pointing at 3.5 million litres of oil.
"""


def test_news_documents_do_not_touch_each_other() -> None:
    texts = [NEWS, NEWS.replace("12", "two hundred"), "“And then?” she said.\n", NEWS.replace("“", '"').replace("”", '"'), ""]
    together = extracted(batch(*texts))
    apart = [extracted(batch(text, first=number)) for number, text in enumerate(texts)]
    assert unequal(together, apart) == []


#: What one document says of somebody, or of what lies near a number, and others do not.
APART = (
    "Gordon Brown spoke on Friday. The Chancellor left early.\n",
    "Chancellor Gordon Brown spoke on Friday.\n",
    "MEP Gordon Brown spoke. The MEP left. The Chancellor stayed.\n",
    "In Kenya 12 people died in Uganda. South Korean and Sri Lankan crews found 40 people in Kenya near Uganda.\n",
    "He said on Monday on Tuesday that 12 people had died, the BBC reported. The Air Force sent an air force.\n",
)


@pytest.mark.parametrize("turned", [False, True])
def test_what_ties_is_decided_by_the_document_alone(turned: bool) -> None:
    texts = [text for text in APART for _ in range(3)]
    texts = texts[::-1] if turned else texts
    together = extracted(batch(*texts))
    apart = [extracted(batch(text, first=number)) for number, text in enumerate(texts)]
    assert unequal(together, apart) == []


HUGE = ("9" * 400, "1" + "0" * 20, "9223372036854775808", "4294967296", "10,000,000,000,000,000,000,000", "3 trillion trillion", "00")
BESIDE = (
    *("every {} days", "{} pm", "in the {}th century", "the {}th of March", "March {}, {}", "{} years ago", "for {} days", "in {} weeks"),
    *("year {}", "the {}s", "{}-{}-{}", "{}/{}/{}", "{}:{}", "week {}", "Q{} {}", "since {}", "{} times per {} days", "{} half of {}"),
    *("{} people", "between {} and {} people", "up to ${}", "{}%", "£{}m", "{}-year-old", "-{} degrees", "1/{}", "{}½ miles", "{} GMT"),
    *(
        "{} minutes and {} seconds",
        "the quarter ended March {}",
        "the first {} months of {}",
        "next {} days",
        "{} BC",
        "twice every {} years",
    ),
)


@pytest.mark.parametrize("published", [None, date(2019, 3, 18)])
def test_no_number_is_too_great(published: date | None) -> None:
    texts = [f"He said on Monday that {words.replace('{}', number)}." for number in HUGE for words in BESIDE]
    documents = batch(*texts).with_columns(pl.lit(published, pl.Date).alias("published"))
    assert broken(extracted(documents), documents) == []


def test_news_has_figures_and_quotes() -> None:
    tables = extracted(batch(NEWS))
    assert tables["figures"]["number_text"].to_list() == ["12", "40", "3.5 million"]
    direct = tables["quotes"].filter(pl.col("quote_type") == "direct")
    assert direct["source_text"].to_list() == ["captain Ana Ruiz", None, "he"]


@pytest.mark.parametrize(
    "texts", [[], [""], [" \n\u00a0\n"], ["Advertisement", "Read more at example.org"], ["\ufeff"], ["\x00"], ["."], ["5"], ["“"]], ids=repr
)
def test_a_batch_with_nothing_in_it_has_empty_tables(texts: list[str]) -> None:
    documents = batch(*texts)
    tables = extracted(documents)
    assert broken(tables, documents) == []
    assert {name: tables[name].height for name in ("documents", "texts", "quotes", "figures")} == {
        "documents": len(texts),
        "texts": len(texts),
        "quotes": 0,
        "figures": 0,
    }
    assert all(frame.schema == TABLES[name].schema for name, frame in tables.items())


def test_a_document_in_another_language_has_passages_only() -> None:
    tables = extracted(batch("“Ja,” sagte er. 12 Personen starben.", language="de"))
    assert {name: tables[name].height for name in ("documents", "passages", "quotes", "figures")} == {
        "documents": 1,
        "passages": 1,
        "quotes": 0,
        "figures": 0,
    }


def test_repeats_and_boilerplate_give_no_facts() -> None:
    line = "Officials said 12 people were killed."
    tables = extracted(batch(f"{line}\n{line}\nRead more: 14 people were killed\n"))
    assert tables["figures"]["text"].to_list() == ["12 people"]
    assert tables["passages"].height == 3


SIZES = {
    "one line": "Officials said on Monday that 5,000 people had fled. " * 40_000,
    "numbers": "5,000 " * 100_000,
    "number words": "five million " * 50_000,
    "quotation marks": '"' * 100_000,
    "opening marks": "“" * 100_000,
    "single marks": "‘a " * 50_000,
    "pairs of marks": "“x” " * 50_000,
    "newlines": "\n" * 1_000_000,
    "short lines": "a\r\n" * 200_000,
    "one word": "a" * 2_000_000,
    "one number": "1" * 2_000_000,
    "hyphens": "a-" * 200_000,
    "stops": "a." * 200_000,
    "list of numbers": "10," * 100_000,
}


@pytest.mark.parametrize("name", SIZES)
def test_size_is_no_obstacle(name: str) -> None:
    tables = extracted(batch(SIZES[name], "Officials said 12 people were killed."))
    assert tables["figures"]["text"].to_list()[-1] == "12 people"
