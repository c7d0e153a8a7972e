"""Each rule has examples of what it reads and of what it leaves alone (``tests/corpus``).

Columns: ``rule``; ``kind``; ``text``, in which ¶ ends a line; ``expected``, the spans that the text gives, with a bar between them. A
positive figure or content must come from its rule, a negative one may come from another; a negative quote gives no direct quote at all.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from tasks.facts.figures import rules as figures
from tasks.facts.quotes import contents, marks
from tasks.grammar.patterns import Rule
from tests.texts import Rows, rows

CORPUS = Path(__file__).parent / "corpus"
Example = dict[str, str]
#: Rules that direct quotes alone come from.
DIRECT = ("quote_", "head_quote")


def examples(name: str) -> list[Example]:
    with (CORPUS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def read(name: str) -> dict[str, Rows]:
    """Text → the rows that it gives, all texts in one batch."""
    texts = list(dict.fromkeys(example["text"] for example in examples(name)))
    return dict(zip(texts, rows({"contents": "quotes"}.get(name, name), *(text.replace("¶", "\n") for text in texts)), strict=True))


def name(example: Example) -> str:
    return f"{example['rule']}-{example['kind']}-{example['text'][:30]}"


@pytest.mark.parametrize("example", examples("figures"), ids=name)
def test_figures(example: Example) -> None:
    found = [row["text"] for row in read("figures")[example["text"]] if row["rule_id"].split("@")[0] == example["rule"]]
    assert found == (example["expected"].split("|") if example["expected"] else [])


@pytest.mark.parametrize("example", examples("quotes"), ids=name)
def test_quotes(example: Example) -> None:
    found = [row["text"] for row in read("quotes")[example["text"]] if row["quote_type"] == "direct"]
    expected = example["expected"].split("|") if example["expected"] else []
    assert found[: len(expected) or None] == expected


@pytest.mark.parametrize("example", examples("contents"), ids=name)
def test_contents(example: Example) -> None:
    found = [row["text"] for row in read("contents")[example["text"]] if row["rule_id"].split("@")[0] == example["rule"]]
    assert found == (example["expected"].split("|") if example["expected"] else [])


@pytest.mark.parametrize(
    ("table", "rules"),
    [
        ("figures", figures.RULES),
        ("quotes", marks.MARKS),
        ("quotes", tuple(rule for rule in contents.CONTENTS if rule.name.startswith(DIRECT))),
        ("contents", tuple(rule for rule in contents.CONTENTS if not rule.name.startswith(DIRECT))),
    ],
    ids=["figures", "marks", "direct quotes", "contents"],
)
def test_every_rule_has_examples_of_both_kinds(table: str, rules: tuple[Rule, ...]) -> None:
    known = {(example["rule"], example["kind"]) for example in examples(table)}
    assert [(rule.name, kind) for rule in rules for kind in ("positive", "negative") if (rule.name, kind) not in known] == []
