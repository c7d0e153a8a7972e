"""The article annotated by hand (``tests/golden``): what it says is found, and what it does not say is not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from seeds import folder
from tests.texts import batch, extracted

GOLDEN = Path(__file__).parent / "golden"
Row = dict[str, Any]


def gold(table: str) -> list[Row]:
    return [json.loads(line) for line in (GOLDEN / f"seed_{table}.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def found(table: str) -> list[Row]:
    article = next((folder / "articles").glob("*.txt")).read_bytes().decode()
    return extracted(batch(article))[table].to_dicts()


def overlaps(one: Row, other: Row) -> bool:
    return bool(one["char_start"] < other["char_end"] and other["char_start"] < one["char_end"])


def spans(rows: list[Row]) -> list[tuple[int, int, str]]:
    return [(row["char_start"], row["char_end"], row["text"]) for row in rows]


FIGURES = [row for row in gold("figures") if not row["optional"]]
DIRECT = [row for row in gold("quotes") if row["quote_type"] == "direct" and not row["optional"]]
NEGATIVES = {table: [row for row in gold("negatives") if row["target_table"] == table] for table in ("figures", "quotes", "sentences")}


def test_passages_are_exact() -> None:
    assert spans(found("passages")) == spans(gold("passages"))
    assert [row["kind"] for row in found("passages")] == [row["kind"] for row in gold("passages")]


def test_repeated_passages_are_told() -> None:
    places = [{row["passage_id"]: row["ordinal"] for row in rows} for rows in (found("passages"), gold("passages"))]
    repeats = [
        [place.get(row["duplicate_of"]) for row in rows] for place, rows in zip(places, (found("passages"), gold("passages")), strict=True)
    ]
    assert repeats[0] == repeats[1]


def test_sentences_are_exact() -> None:
    assert spans(found("sentences")) == spans(gold("sentences"))


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: row["text"])
def test_figures_are_found(row: Row) -> None:
    matches = [other for other in found("figures") if overlaps(row, other) and other["number_text"] == row["number_text"]]
    columns = ("value", "value_low", "value_high", "quantifier", "unit")
    assert [{c: other[c] for c in columns} for other in matches] == [{c: row[c] for c in columns}]


@pytest.mark.parametrize("row", DIRECT, ids=lambda row: row["text"][:30])
def test_direct_quotes_are_found(row: Row) -> None:
    columns = ("text", "verbatim_text", "source_text", "source_basis", "cue_text")
    matches = [other for other in found("quotes") if other["quote_type"] == "direct" and overlaps(row, other)]
    assert [{c: other[c] for c in columns} for other in matches] == [{c: row[c] for c in columns}]


def test_every_figure_and_direct_quote_is_in_the_gold() -> None:
    assert [
        row["text"] for row in found("figures") if row["value"] is not None and not any(overlaps(row, other) for other in gold("figures"))
    ] == []
    direct = [row for row in found("quotes") if row["quote_type"] == "direct"]
    assert [row["text"] for row in direct if not any(overlaps(row, other) for other in gold("quotes"))] == []


@pytest.mark.parametrize("row", NEGATIVES["figures"], ids=lambda row: f"{row['text']}-{row['char_start']}")
def test_no_figure_is_read_here(row: Row) -> None:
    numbers = [
        {"char_start": other["number_start"] or other["char_start"], "char_end": other["number_end"] or other["char_end"]}
        for other in found("figures")
    ]
    assert not any(overlaps(row, number) for number in numbers)


@pytest.mark.parametrize("row", NEGATIVES["quotes"], ids=lambda row: row["text"])
def test_no_quote_is_read_here(row: Row) -> None:
    assert not any(spans([row]) == spans([other]) for other in found("quotes"))


@pytest.mark.parametrize("row", NEGATIVES["sentences"], ids=lambda row: row["text"])
def test_no_sentence_ends_here(row: Row) -> None:
    assert not any(row["char_start"] < other["char_end"] <= row["char_end"] for other in found("sentences"))
