"""A part-of-speech and name tagger over columns.

The model is linear: a token's score for a tag is the sum of the weights of its features, and the highest score wins. Weights are 8-bit
integers, so the tags of a token depend on nothing but its sentence: not on the batch, the machine or the number of threads.

No Python loop runs per token, sentence or word. What is known about a word alone (form, ends, shape) is looked up once a distinct word
and adds up to one row of scores for each position of the window, so a token gathers one row a position. What is known about several
words together is a small integer code, and the code indexes a table.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

import seeds

POS: Final = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
"""The tags of Universal Dependencies, in the order of their numbers."""

NAMES: Final = ("O", "PER", "ORG", "LOC", "MISC")
"""The kinds of names. A token inside a name bears its kind, any other is "O"; a run of one kind is one name."""

MODEL = seeds.folder / "models" / "tagger.npz"

Array: TypeAlias = npt.NDArray[Any]
Window: TypeAlias = Mapping[str, Array]

MARGIN: Final = 2
"""The window reaches this many tokens to either side, and so many edges stand between two sentences."""

EDGE: Final = "\ue000"
"""The word that stands before and after every sentence: a private-use character, which means nothing in a text."""

CHUNK: Final = 1 << 16
"""Tokens scored at a time: few enough for the processor's cache, enough that threads seldom wait for the interpreter."""

OFFSETS: Final[Mapping[str, tuple[int, ...]]] = {
    "form": (-1, 0, 1),
    "lower": (-2, -1, 0, 1, 2),
    "shape": (-2, -1, 0, 1, 2),
    "prefix1": (0,),
    "prefix2": (0,),
    "prefix3": (-1, 0, 1),
    "prefix4": (0,),
    "suffix1": (-1, 0, 1),
    "suffix2": (-2, -1, 0, 1, 2),
    "suffix3": (-2, -1, 0, 1, 2),
    "suffix4": (-1, 0, 1),
    "suffix5": (0,),
}
"""At which window positions each feature of a word counts."""

CODED: Final = ("word", "class", "shape")
"""The sources of joint features that a word has by itself."""

RADIX: Final[Mapping[str, int]] = {
    "word": 1 << 11, "class": 1 << 7, "shape": 1 << 5, "case": 4,
    "first": 1 << 11, "last": 1 << 11, "before": 1 << 11, "after": 1 << 11, "place": 8,
}  # fmt: skip
"""How many values each source of joint features has. The product over the terms of a joint feature is the length of its table."""

TOGETHER: Final = (
    "word-1 word+0", "word+0 word+1", "word-1 word+1", "word-2 word-1", "word+1 word+2",
    "class-1 class+0 class+1", "class-2 class-1 class+0", "class+0 class+1 class+2",
    "case+0 shape-1 shape+0", "case+0 shape+0 shape+1", "case+0 word+0", "case+0 class+0",
    "first+0 place+0", "last+0 place+0", "before+0 place+0", "after+0 place+0", "before+0 after+0", "first+0 last+0", "last+0 word+0",
)  # fmt: skip
"""The joint features, each a list of sources with their window positions."""

OF_RUNS: Final = frozenset(spec for spec in TOGETHER if not {"word", "class", "shape", "case"} & {term[:-2] for term in spec.split()})
"""Those that tell of runs of capitalised words only."""


def terms(spec: str) -> tuple[tuple[str, int], ...]:
    """Read "word-1 word+0" as (("word", -1), ("word", 0))."""
    return tuple((term[:-2], int(term[-2:])) for term in spec.split())


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a batch, one of each a token: `pos` indexes POS, `name` indexes NAMES (both uint8)."""

    pos: npt.NDArray[np.uint8]
    name: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the tokens of a batch stand when MARGIN edges separate the sentences: `at[i]` is token i's place, `length` counts places."""

    at: npt.NDArray[np.int64]
    length: int

    def spread(self, values: Array, edge: int) -> Array:
        """Put one value a token in its place, and `edge` between the sentences."""
        out = np.full(self.length, edge, dtype=values.dtype)
        out[self.at] = values
        return out


@dataclass(frozen=True, slots=True)
class Model:
    """The weights. `keys` and `codes` are tables (key, value): a word feature's row, a word's code in a source of joint features.

    `alone` holds for each word feature the weights (row, offset, label), `together` for each joint feature those of (row, label), and
    `rows` the row of each of its codes. Row 0 is empty everywhere: what the training never saw adds nothing. The labels are POS + NAMES.
    """

    keys: Mapping[str, pl.DataFrame]
    codes: Mapping[str, pl.DataFrame]
    alone: Mapping[str, Array]
    rows: Mapping[str, Array]
    together: Mapping[str, Array]


def spellings(words: pl.Series) -> pl.DataFrame:
    """Read off what each word shows by itself: one row a word, one column a feature in OFFSETS, and `rare`, the key of an unknown word."""
    form = pl.col("form")
    ends = [pl.col("lower").str.head(n).alias(f"prefix{n}") for n in range(1, 5)]
    ends += [pl.col("lower").str.tail(n).alias(f"suffix{n}") for n in range(1, 6)]
    shape = form.str.replace_all(r"[\p{Lu}\p{Lt}]", "A").str.replace_all(r"[\p{L}--[A]]", "a").str.replace_all("A{2,}", "AA")
    shape = shape.str.replace_all("a{2,}", "aa").str.replace_all("0{2,}", "00").str.head(8)
    return (
        words.rename("form")
        .to_frame()
        .select(form.str.replace_all("[’‘`]", "'").str.replace_all("[“”]|''", '"').str.replace_all(r"\p{Nd}", "0"))
        .with_columns(lower=form.str.to_lowercase(), shape=shape)
        .with_columns(ends)
        .with_columns(rare=pl.concat_str(pl.lit("\t"), pl.col("shape").str.head(2), pl.lit("\t"), pl.col("suffix2")))
    )


def look_up(keys: pl.Series, table: pl.DataFrame) -> pl.Series:
    """Find each key in a table with the columns `key` and `value`; null where it is absent."""
    return keys.rename("key").to_frame().join(table, on="key", how="left", maintain_order="left")["value"]


def word_codes(spelled: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> dict[str, Array]:
    """Give each word its code in every source: by its shape, or by its lower-cased form and, if that is unknown, by what it looks like."""
    out = {}
    for source, table in codes.items():
        known = look_up(spelled["shape" if source == "shape" else "lower"], table)
        out[source] = known.zip_with(known.is_not_null(), look_up(spelled["rare"], table)).fill_null(0).to_numpy()
    out["capital"] = spelled["shape"].str.starts_with("A").to_numpy()
    return out


def lay_out(sentence: Array) -> Layout:
    """Make room for the edges between sentences, given each token's sentence (non-decreasing)."""
    rank = np.zeros(len(sentence), dtype=np.int64)
    np.cumsum(sentence[1:] != sentence[:-1], out=rank[1:])
    count = int(rank[-1]) + 1 if len(rank) else 0
    return Layout(np.arange(len(rank)) + MARGIN * (rank + 1), len(rank) + MARGIN * (count + 1))


def letter_case(words: pl.Series) -> Array:
    """Sort words into 1 small letters (long words only), 2 capital first letter, 3 all capitals, 4 one capital alone, 0 others; uint8."""
    word = pl.col("word")
    letters, long = word.str.count_matches(r"\p{L}"), word.str.len_chars() > 3
    capital, small = word.str.contains(r"^[\p{Lu}\p{Lt}]"), word.str.contains(r"\p{Ll}")
    kind = pl.when(capital & (letters == 1)).then(4).when(capital & ~small).then(3).when(capital).then(2).when(small & long).then(1)
    return words.rename("word").to_frame().select(kind.otherwise(0).cast(pl.UInt8)).to_series().to_numpy()


def sentence_case(kind: Array, sentence: Array) -> Array:
    """Say of each token how its sentence is written: 0 as usual, 1 all in small letters, 2 Like a Headline, 3 ALL IN CAPITALS; uint8.

    `kind` is each token's `letter_case`; only long words in small letters speak against a headline ("of", "the").
    """
    start = np.append(True, sentence[1:] != sentence[:-1])[: len(sentence)]
    rank = np.cumsum(start) - 1
    small, capital, shouted, lone = (np.bincount(rank[kind == value], minlength=int(start.sum())) for value in (1, 2, 3, 4))
    case = np.zeros(len(small), dtype=np.uint8)
    case[(small > 1) & (capital + shouted + lone == 0)] = 1
    case[(capital > 2) & (small * 10 < capital)] = 2
    case[(shouted > 1) & (small + capital == 0)] = 3
    of_token: Array = case[rank]
    return of_token


def window_of(codes: Mapping[str, Array], word: Array, layout: Layout, case: Array) -> dict[str, Array]:
    """Lay out all sources of joint features, and the words (`id`), over the places of a batch. The last word of `codes` is the edge."""
    place = layout.spread(word.astype(np.int64), len(codes["word"]) - 1)
    window = {source: values[place] for source, values in codes.items()}
    return {**window, **runs(window.pop("capital"), window["word"]), "id": place, "case": layout.spread(case.astype(np.int32), 0)}


def runs(capital: Array, code: Array) -> dict[str, Array]:
    """Describe the run of capitalised words around each place: its first and last word, the words beside it, and the place within it.

    Runs are what names are made of, and may be longer than the window. Elsewhere everything is 0.
    """
    start, stop = (np.flatnonzero(capital & ~beside) for beside in (np.roll(capital, 1), np.roll(capital, -1)))
    length = stop - start + 1
    inside = np.flatnonzero(capital)
    first, last = np.repeat(start, length), np.repeat(stop, length)
    place = 1 + 2 * (inside - first).clip(max=2) + (last - inside).clip(max=1)
    out = {name: np.zeros_like(code) for name in ("first", "last", "before", "after", "place")}
    for name, values in zip(out, (code[first], code[last], code[first - 1], code[last + 1], place), strict=True):
        out[name][inside] = values
    return out


def joint_codes(window: Window, spec: str, places: slice | Array) -> Array:
    """Compute the codes of a joint feature for a run of places, or for some; int32."""
    code: Array = np.zeros(1, dtype=np.int32)
    for source, offset in terms(spec):
        at = slice(places.start + offset, places.stop + offset) if isinstance(places, slice) else places + offset
        code = code * np.int32(RADIX[source]) + window[source][at]
    return code


@cache
def load(path: Path) -> Model:
    """Read the weights, a file written by `benchmarks/train_tagger.py`."""
    with np.load(path, allow_pickle=False) as file:
        tables = dict(file)
    keys = {name: _numbered(tables[f"{name} keys"], None) for name in OFFSETS}
    codes = {name: _numbered(tables[f"{name} codes"], tables[f"{name} values"]) for name in CODED}
    alone, together = ({name: _weights(tables[name]) for name in names} for names in (OFFSETS, TOGETHER))
    rows = {spec: _rows(spec, tables[f"{spec} codes"]) for spec in TOGETHER}
    return Model(keys, codes, alone, rows, together)


def _numbered(text: Array, values: Array | None) -> pl.DataFrame:
    """Unpack keys (UTF-8, one a line) with their values: int32, by default counted from 1."""
    key = pl.Series("key", text.tobytes().decode().split("\n"), dtype=pl.String)
    return pl.DataFrame([key, pl.Series("value", np.arange(1, len(key) + 1) if values is None else values, dtype=pl.Int32)])


def _weights(table: Array) -> Array:
    """Put the empty row 0 before a table of weights; int16, row by row in memory (the file has them column by column: it is smaller)."""
    return np.concatenate([np.zeros_like(table[:1]), table]).astype(np.int16, order="C")


def _rows(spec: str, codes: Array) -> Array:
    """Make a table of all codes of a joint feature that gives row 0 to all but those in use; `codes` are their differences. uint16."""
    rows = np.zeros(int(np.prod([RADIX[source] for source, _ in terms(spec)])), dtype=np.uint16)
    rows[np.cumsum(codes)] = np.arange(1, len(codes) + 1)
    return rows


def tag(words: pl.Series, word: Array, sentence: Array) -> Tags:
    """Tag the tokens of a batch.

    `words` are the distinct word forms, as written; `word` is each token's index in `words` (any integer type); `sentence` is each
    token's sentence number, non-decreasing. Both arrays have one element a token, and so have the tags.
    """
    model = load(MODEL)
    layout = lay_out(sentence)
    spelled = spellings(pl.concat([words.rename("form"), pl.Series("form", [EDGE])]))
    case = sentence_case(letter_case(words)[word], sentence)
    window = window_of(word_codes(spelled, model.codes), word, layout, case)
    scores = word_scores(model, spelled)
    pos, name = np.zeros(layout.length, dtype=np.uint8), np.zeros(layout.length, dtype=np.uint8)

    def run(chunk: tuple[int, int]) -> None:
        total = token_scores(model, scores, window, *chunk)
        pos[slice(*chunk)] = total[:, : len(POS)].argmax(axis=1)
        name[slice(*chunk)] = total[:, len(POS) :].argmax(axis=1)

    cuts = [*range(MARGIN, layout.length - MARGIN, CHUNK), layout.length - MARGIN]
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:  # NumPy lets go of the interpreter's lock
        list(pool.map(run, pairwise(cuts)))
    return Tags(pos[layout.at], name[layout.at])


def word_scores(model: Model, spelled: pl.DataFrame) -> Array:
    """Add up what each word says by itself: int16 of shape (window position, word, label)."""
    scores = np.zeros((2 * MARGIN + 1, len(spelled), len(POS) + len(NAMES)), dtype=np.int16)
    for name, weights in model.alone.items():
        rows = look_up(spelled[name], model.keys[name]).fill_null(0).to_numpy()
        for column, offset in enumerate(OFFSETS[name]):
            scores[offset + MARGIN] += weights[:, column].take(rows, axis=0)
    return scores


def token_scores(model: Model, scores: Array, window: Window, start: int, stop: int) -> Array:
    """Score the places from start to stop: int16 of shape (place, label)."""
    total = np.zeros((stop - start, scores.shape[2]), dtype=np.int16)
    for offset in range(-MARGIN, MARGIN + 1):
        total += scores[offset + MARGIN].take(window["id"][start + offset : stop + offset], axis=0)
    for spec in model.together.keys() - OF_RUNS:
        total += joint_scores(model, spec, joint_codes(window, spec, slice(start, stop)))
    # Most places lie in no run, and are all alike there.
    inside = np.flatnonzero(window["place"][start:stop])
    here, elsewhere = np.zeros((len(inside), scores.shape[2]), dtype=np.int16), np.zeros(scores.shape[2], dtype=np.int16)
    for spec in OF_RUNS:
        here += joint_scores(model, spec, joint_codes(window, spec, start + inside))
        elsewhere += joint_scores(model, spec, np.zeros(1, dtype=np.int32))[0]
    total += elsewhere
    total[inside] += here - elsewhere
    return total


def joint_scores(model: Model, spec: str, codes: Array) -> Array:
    """Look up what the codes of a joint feature add: int16 of shape (code, label)."""
    scores: Array = model.together[spec].take(model.rows[spec].take(codes), axis=0)
    return scores
