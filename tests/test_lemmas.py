"""Lemmas: regular and irregular forms of nouns and verbs, and what must hold for any word."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.grammar.lemmas import irregular, lemmas
from tasks.grammar.lexicon import table


def lemma(forms: str, pos: str) -> str:
    return " ".join(lemmas(pl.Series(forms.split()))[pos])


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ("house houses boxes churches bushes glasses", "house house box church bush glass"),
        ("countries days movies ties skies", "country day movie tie sky"),
        ("heroes shoes volcanoes", "hero shoe volcano"),
        ("children women firemen feet wives people", "child woman fireman foot wife person"),
        ("crises criteria viruses analyses", "crisis criterion virus analysis"),
        ("news series troops crisis bus specimen", "news series troops crisis bus specimen"),
        ("militias jihadis rockets leaves", "militia jihadi rocket leaf"),
        ("1990s F-16s report.xls", "1990s f-16s report.xls"),
    ],
)
def test_nouns(forms: str, expected: str) -> None:
    assert lemma(forms, "noun") == expected


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ("says does watches carries misses", "say do watch carry miss"),
        ("killed displaced stopped carried agreed needed", "kill displace stop carry agree need"),
        ("killing displacing stopping carrying dying being", "kill displace stop carry die be"),
        ("created treated visited invited promoted", "create treat visit invite promote"),
        ("travelled controlled called failed filed", "travel control call fail file"),
        ("hoped hopped changed hanged ranged belonging", "hope hop change hang range belong"),
        ("fled said left saw held withdrew overthrown", "flee say leave see hold withdraw overthrow"),
        ("bring sing feed bed need red", "bring sing feed bed need red"),
        ("was 's has been", "be be have be"),
    ],
)
def test_verbs(forms: str, expected: str) -> None:
    assert lemma(forms, "verb") == expected


def test_case_and_apostrophes_do_not_matter() -> None:
    assert lemma("FLED Children ’s", "verb") == "flee children be"
    assert lemma("Children REFUGEES", "noun") == "child refugee"


def test_a_form_has_a_lemma_for_either_use() -> None:
    assert lemmas(pl.Series(["leaves", "saw"])).rows() == [("leaf", "leave"), ("saw", "see")]


def test_no_words() -> None:
    assert lemmas(pl.Series([], dtype=pl.String)).shape == (0, 2)


def test_the_lexicon_has_each_form_once_and_nothing_empty() -> None:
    forms = table("irregular_forms")
    assert forms.columns == ["form", "lemma", "pos"]
    assert not forms.select("form", "pos").is_duplicated().any()
    assert forms.null_count().row(0) == (0, 0, 0)
    assert set(forms["pos"]) == {"NOUN", "VERB"}
    assert forms.select(pl.all_horizontal(pl.col("form", "lemma").str.to_lowercase() == pl.col("form", "lemma")).all()).item()


@pytest.mark.parametrize("pos", ["NOUN", "VERB"])
def test_the_lexicon_holds_only_what_the_rules_get_wrong(pos: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = irregular(pos)
    monkeypatch.setattr("tasks.grammar.lemmas.irregular", lambda _: known.clear())
    assert known.filter(lemmas(known["form"])[pos.lower()] == known["lemma"])["form"].to_list() == []


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_word_has_lemmas_in_its_place(words: list[str]) -> None:
    found = lemmas(pl.Series(words, dtype=pl.String))
    assert found.columns == ["noun", "verb"]
    assert len(found) == len(words)
    assert found.null_count().row(0) == (0, 0)
    assert found.rows() == [row for word in words for row in lemmas(pl.Series([word])).rows()]
