"""The tagger: right tags on sentences of our own, and what must hold for any input."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar import tagger
from tasks.grammar.tagger import NAMES, POS, Tags, tag


def columns(sentences: Sequence[Sequence[str]]) -> tuple[pl.Series, np.ndarray, np.ndarray]:
    """Turn lists of words into the arguments of `tag`."""
    tokens = [word for words in sentences for word in words]
    forms = list(dict.fromkeys(tokens))
    word = np.array([forms.index(token) for token in tokens], dtype=np.uint32)
    sentence = np.repeat(np.arange(len(sentences)), [len(words) for words in sentences])
    return pl.Series("form", forms, dtype=pl.String), word, sentence


def tag_all(*sentences: str) -> Tags:
    """Tag sentences whose tokens are separated by blanks."""
    return tag(*columns([sentence.split() for sentence in sentences]))


def pos_of(*sentences: str) -> str:
    return " ".join(POS[i] for i in tag_all(*sentences).pos)


def names_of(*sentences: str) -> str:
    return " ".join(NAMES[i] for i in tag_all(*sentences).name)


def same(left: Tags, right: Tags) -> bool:
    return bool((left.pos == right.pos).all() and (left.name == right.name).all())


def test_the_weights_load_and_are_small() -> None:
    model = tagger.load(tagger.MODEL)
    assert tagger.MODEL.stat().st_size < 6_000_000
    for weights, labels in zip(model.weights, (POS, NAMES), strict=True):
        tables = [*weights.alone.values(), *weights.together.values()]
        assert {table.shape[-1] for table in tables} == {len(labels) - 1}
        assert not any(table[..., 0, :].any() for table in tables)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The floods displaced 24,000 people in the north .", "DET NOUN VERB NUM NOUN ADP DET NOUN PUNCT"),
        ("She did not say how many were killed .", "PRON AUX PART VERB ADV ADJ AUX VERB PUNCT"),
        ("Officials have denied the report .", "NOUN AUX VERB DET NOUN PUNCT"),
        ("They report that prices fall every May .", "PRON VERB SCONJ NOUN VERB DET PROPN PUNCT"),
        ("Nobody may enter the camp .", "PRON AUX VERB DET NOUN PUNCT"),
    ],
)
def test_parts_of_speech(sentence: str, expected: str) -> None:
    assert pos_of(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("John Miller flew to London on Tuesday .", "PER PER O O LOC O O O"),
        ("Reporters met Robert Green in Paris , said Anna Brown .", "O O PER PER O LOC O O PER PER O"),
        ("The rain stopped in the evening .", "O O O O O O O"),
    ],
)
def test_names(sentence: str, expected: str) -> None:
    assert names_of(sentence) == expected


def test_a_headline_and_careless_text_stay_readable() -> None:
    usual, expected = "heavy rain destroyed hundreds of homes", "ADJ NOUN VERB NOUN ADP NOUN"
    assert pos_of(usual) == expected
    assert pos_of(usual.title().replace("Of", "of")) == expected
    assert pos_of(usual.upper()) == expected


def test_no_tokens() -> None:
    for words in ([], ["unused"]):
        nothing = tag(pl.Series("form", words, dtype=pl.String), np.array([], dtype=np.uint32), np.array([], dtype=np.int64))
        assert nothing.pos.shape == nothing.name.shape == (0,)
        assert nothing.pos.dtype == nothing.name.dtype == np.uint8


def test_sentences_of_one_token() -> None:
    assert pos_of("Yesterday", ".", "500", "he") == "NOUN PUNCT NUM PRON"


def test_unseen_words_of_any_script() -> None:
    words = ["Ürümqi", "北京", "صنعاء", "🙂", "\n", "", "e\u0301", "ﬁ", "\ue000", "Ⅷ", "ǅ", "x" * 10_000, "-", "’", "\x00"]
    tags = tag(*columns([words]))
    assert len(tags.pos) == len(words)
    assert (tags.pos < len(POS)).all()
    assert (tags.name < len(NAMES)).all()


def test_the_window_ends_with_the_sentence() -> None:
    first, second = "Miller resigned on", "Monday saw heavy rain ."
    together, apart = tag_all(first, second), [tag_all(first), tag_all(second)]
    assert same(together, Tags(np.concatenate([part.pos for part in apart]), np.concatenate([part.name for part in apart])))
    joined = tagger.lay_out(np.zeros(8, dtype=np.int64))
    assert joined.length == 8 + 2 * tagger.MARGIN
    assert tagger.lay_out(np.array([3, 3, 5])).at.tolist() == [2, 3, 6]


def test_runs_of_capitals() -> None:
    code = np.array([9, 1, 2, 3, 4, 9], dtype=np.int32)
    inside, found = tagger.runs(np.array([False, True, True, False, True, False]), code)
    assert inside.tolist() == [1, 2, 4]
    assert found["first"].tolist() == [1, 1, 4]
    assert found["last"].tolist() == [2, 2, 4]
    assert found["before"].tolist() == [9, 9, 3]
    assert found["after"].tolist() == [3, 3, 9]
    assert found["place"].tolist() == [2, 3, 1]


def test_how_a_sentence_is_written() -> None:
    lines = [
        "Rain fell over Paris today",
        "rain fell over paris today",
        "Rain Fell on Paris Today",
        "RAIN FELL ON PARIS",
        "I said that this went wrong",
    ]
    words, word, sentence = columns([line.split() for line in lines])
    case = tagger.sentence_case(tagger.letter_case(words)[word], sentence)
    assert [int(case[sentence == i][0]) for i in range(len(lines))] == [0, 1, 2, 3, 0]


LINES = (
    "The army said on Monday that 12 soldiers died near Basra .",
    "RAIN",
    "Dozens of Homes Destroyed in Nepal",
    "he works for Acme Steel Ltd. , say friends",
)


def test_the_tags_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = list(LINES) * 5
    whole = tag_all(*sentences)
    monkeypatch.setattr(tagger, "CHUNK", 3)
    assert same(whole, tag_all(*sentences))


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(st.sampled_from(sorted({w for line in LINES for w in line.split()})), min_size=1, max_size=9), min_size=1, max_size=6
    ),
    st.data(),
)
def test_a_batch_split_in_two_gives_the_same_tags(sentences: list[list[str]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(sentences)))
    whole, parts = tag(*columns(sentences)), [tag(*columns(sentences[:cut])), tag(*columns(sentences[cut:]))]
    assert same(whole, Tags(np.concatenate([part.pos for part in parts]), np.concatenate([part.name for part in parts])))
    assert same(whole, tag(*columns(sentences)))


@settings(max_examples=30)
@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=5), min_size=1, max_size=4))
def test_any_text_is_tagged(sentences: list[list[str]]) -> None:
    tags = tag(*columns(sentences))
    assert len(tags.pos) == len(tags.name) == sum(map(len, sentences))
    assert (tags.pos < len(POS)).all()
    assert (tags.name < len(NAMES)).all()
