"""Lexicons: what they give to patterns, and what is said of a broken one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tasks.grammar import lexicon
from tasks.grammar.lexicon import LEXICONS, Lexicon, LexiconError, declared, entries, features

Write = Callable[[str], None]
COLOURS = Lexicon("colours", "colour", ("word", "plural"), "kind", ("warm", "cold"))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a lexicon of colours that is read in place of the shipped files."""
    monkeypatch.setattr(lexicon, "table", lambda name: lexicon._read(tmp_path / f"{name}.csv"))

    def file(text: str) -> None:
        (tmp_path / "colours.csv").write_text(text, encoding="utf-8")

    return file


def test_forms_have_features_by_class(write: Write) -> None:
    write("word,plural,kind\nred,reds,warm\nblue,,cold\n")
    assert sorted(entries(COLOURS).rows()) == [
        ("blue", "colour"),
        ("blue", "colour:cold"),
        ("red", "colour"),
        ("red", "colour:warm"),
        ("reds", "colour"),
        ("reds", "colour:warm"),
    ]


@pytest.mark.parametrize("cell", ["hot", ""])
def test_an_unknown_class_names_file_line_and_column(write: Write, cell: str) -> None:
    write(f"word,plural,kind\nred,reds,warm\nblue,blues,{cell}\n")
    with pytest.raises(LexiconError, match=r"colours\.csv, line 3, column kind: unknown class .* not one of warm, cold"):
        entries(COLOURS)


@pytest.mark.parametrize(("head", "column"), [("word,kind", "plural"), ("word,plural,class", "kind")])
def test_a_missing_column_is_named(write: Write, head: str, column: str) -> None:
    write(f"{head}\n")
    with pytest.raises(LexiconError, match=rf"colours\.csv, line 1: column '{column}' is missing"):
        entries(COLOURS)


def test_a_missing_file_is_named(write: Write) -> None:
    del write
    with pytest.raises(LexiconError, match=r"colours\.csv"):
        entries(COLOURS)


def test_a_row_with_too_many_cells_is_refused(write: Write) -> None:
    write("word,plural,kind\nred,reds,warm,more\n")
    with pytest.raises(LexiconError, match=r"colours\.csv"):
        entries(COLOURS)


@pytest.mark.parametrize("one", LEXICONS, ids=lambda one: f"{one.file}-{one.feature}")
def test_each_shipped_lexicon_is_sound(one: Lexicon) -> None:
    rows = entries(one)
    assert set(rows["feature"]) <= set(declared()) or not one.classes
    assert (rows["form"] == rows["form"].str.strip_chars()).all()


def test_features_are_sorted_and_forms_distinct() -> None:
    rows = features()
    assert rows["form"].is_unique().all()
    assert rows["form"].is_sorted()
    assert rows.select((pl.col("features") == pl.col("features").list.sort()).all()).item()


@pytest.mark.parametrize(
    ("form", "feature"),
    [
        ("of", "=of"),
        ("the", "determiner"),
        ("million", "number_word:magnitude"),
        ("million", "=million"),
        ("more than", "quantifier:before"),
        ("said", "say"),
    ],
)
def test_what_words_may_be(form: str, feature: str) -> None:
    assert feature in features().row(by_predicate=pl.col("form") == form, named=True)["features"]
