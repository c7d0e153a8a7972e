"""A part-of-speech and name tagger over columns.

The model is linear: a token's score for a tag is the sum of the weights of its features, and the highest score wins. Weights are 8-bit
integers, so the tags of a token depend on nothing but its sentence: not on the batch, the machine or the number of threads.

No Python loop runs per token, sentence or word. What is known about a word alone (form, ends, shape) is looked up once a distinct word
and adds up to one row of scores for each position of the window, so a token gathers one row a position. What is known about several
words together is a small integer code, which is looked up once for all places near them.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

import seeds
from tasks.grammar.text import look_up

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

PAGE: Final = 4
"""The codes of joint features are looked up in pages of this many bits."""

CHUNK: Final = 1 << 14
"""Places scored at a time: their scores must stay in the processor's cache, since every feature is added to all of them."""

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
"""How many values each source of joint features has. The product over the terms of a joint feature is the number of its codes."""

TOGETHER: Final = (
    "word-1 word+0", "word+0 word+1", "word-1 word+1", "word-2 word-1", "word+1 word+2",
    "class-1 class+0 class+1", "class-2 class-1 class+0", "class+0 class+1 class+2",
    "case+0 shape-1 shape+0", "case+0 shape+0 shape+1", "case+0 word+0", "case+0 class+0",
    "first+0 place+0", "last+0 place+0", "before+0 place+0", "after+0 place+0", "before+0 after+0", "first+0 last+0", "last+0 word+0",
)  # fmt: skip
"""The joint features, each a list of sources with their window positions."""

FOLDED: Final = {"case+0 shape-1 shape+0 shape+1": ("case+0 shape-1 shape+0", "case+0 shape+0 shape+1")}
"""Joint features that are added up when the weights are loaded, by what they look at together: that has few values."""

CASES: Final = 5
"""The kinds of `letter_case`."""

RUN: Final = ("first", "last", "before", "after", "place")
"""The sources that describe a run of capitalised words; all are 0 outside one."""


def terms(spec: str) -> tuple[tuple[str, int], ...]:
    """Read "word-1 word+0" as (("word", -1), ("word", 0))."""
    return tuple((term[:-2], int(term[-2:])) for term in spec.split())


def unshifted(spec: str) -> tuple[str, int]:
    """Read "word-2 word-1" as ("word+0 word+1", -2): what is looked at, and from where."""
    base = min(offset for _, offset in terms(spec))
    return " ".join(f"{source}{offset - base:+}" for source, offset in terms(spec)), base


SCORED: Final = (*(spec for spec in TOGETHER if not any(spec in parts for parts in FOLDED.values())), *FOLDED)
"""The joint features as they are looked up."""

SEEN: Final[Mapping[str, Mapping[str, int]]] = {
    what: {spec: base for spec in SCORED for seen, base in [unshifted(spec)] if seen == what}
    for what in dict.fromkeys(unshifted(spec)[0] for spec in SCORED)
}
"""What the joint features look at, and from where each does: so two words side by side are looked up once for all places near them."""

OF_RUNS: Final = tuple(what for what in SEEN if {*RUN} & {source for source, _ in terms(what)})
"""What tells of runs."""

OF_CASE: Final = ("case+0 word+0", "case+0 class+0")
"""What tells of one word and how its sentence is written."""

OF_NEIGHBOURS: Final = tuple(what for what in SEEN if what not in (*OF_RUNS, *OF_CASE))
"""The rest, which tells of the words around a place."""


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
class Numbering:
    """Numbers of those codes that the training saw, from 1 in their order; all others are 0.

    Codes lie in pages, and those with no number share the first page: of all pairs of words few were seen.
    """

    page: Array
    number: Array

    @classmethod
    def of(cls, codes: Array, top: int) -> "Numbering":
        """Number codes, which are distinct, sorted and below `top`."""
        used = np.unique(codes >> PAGE)
        page = np.zeros((top >> PAGE) + 1, dtype=np.int32)
        page[used] = np.arange(1, len(used) + 1) << PAGE
        number = np.zeros((len(used) + 1) << PAGE, dtype=np.min_scalar_type(len(codes)))
        number[page[codes >> PAGE] + codes % (1 << PAGE)] = np.arange(1, len(codes) + 1)
        return cls(page, number)

    def find(self, codes: Array) -> Array:
        """Look up the numbers of codes."""
        at = self.page.take(codes >> PAGE)
        at += codes & (1 << PAGE) - 1
        found: Array = self.number.take(at)
        return found


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights for one kind of label: `alone` of each word feature (offset, row, label), `together` of each joint feature (row, label).

    Only differences between labels count. So the first has no column: its weights are taken off the others, and its score is always 0.
    That leaves rows of 32 and of 8 bytes, which NumPy gathers fastest. Row 0 is empty: what the training never saw adds nothing.
    """

    alone: Mapping[str, Array]
    together: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Model:
    """What the training found. `keys` and `codes` are tables (key, value): a word feature's row, a word's code in a source of joint features.

    `seen` numbers the codes of what is looked at; those numbers are rows, but where several joint features look at the same: there `rows`
    gives for each the row of each number. `weights` are those for POS and for NAMES.
    """

    keys: Mapping[str, pl.DataFrame]
    codes: Mapping[str, pl.DataFrame]
    seen: Mapping[str, Numbering]
    rows: Mapping[str, Array]
    weights: tuple[Weights, Weights]


@dataclass(frozen=True, slots=True)
class Scores:
    """What is known before the places of a batch are scored, for one kind of label: int16, the labels last.

    `beside`, of shape (window position, word, label), is what the words say by themselves. `cased`, of shape (case, word, label), is for the
    place in the middle, with what holds outside the runs of capitalised words. `of_runs` is what to add to that at the places within runs.
    """

    beside: Array
    cased: Array
    of_runs: Array


def spellings(words: pl.Series) -> pl.DataFrame:
    """Read off what each word shows by itself: one row a word, one column a feature in OFFSETS, and `rare`, the key of an unknown word."""
    form = pl.col("form")
    ends = [pl.col("lower").str.head(n).alias(f"prefix{n}") for n in range(1, 5)]
    ends += [pl.col("lower").str.tail(n).alias(f"suffix{n}") for n in range(1, 6)]
    shape = form.str.replace_all(r"[\p{Lu}\p{Lt}]{2,}", "AA").str.replace_all(r"[\p{Lu}\p{Lt}--[A]]", "A")
    shape = shape.str.replace_all(r"[\p{L}--[A]]{2,}", "aa").str.replace_all(r"[\p{L}--[Aa]]", "a")
    shape = shape.str.replace_all("0{2,}", "00").str.head(8)
    return (
        words.rename("form")
        .to_frame()
        .select(form.str.replace_all("[’‘`]", "'").str.replace_all("[“”]|''", '"').str.replace_all(r"\p{Nd}", "0"))
        .with_columns(lower=form.str.to_lowercase(), shape=shape)
        .with_columns(ends)
        .with_columns(rare=pl.concat_str(pl.lit("\t"), pl.col("shape").str.head(2), pl.lit("\t"), pl.col("suffix2")))
    )


def word_codes(spelled: pl.DataFrame, codes: Mapping[str, pl.DataFrame]) -> dict[str, Array]:
    """Give each word its code in every source: by its shape, or by its lower-cased form and, if that is unknown, by what it looks like."""
    out = {}
    for source, table in codes.items():
        known = look_up(spelled["shape" if source == "shape" else "lower"], table)
        if source != "shape":
            known = np.where(known > 0, known, look_up(spelled["rare"], table))
        out[source] = known.astype(np.int32)
    out["capital"] = spelled["shape"].str.starts_with("A").to_numpy()
    return out


def lay_out(sentence: Array) -> Layout:
    """Make room for the edges between sentences, given each token's sentence (non-decreasing)."""
    steps = np.ones(len(sentence), dtype=np.int8)
    steps[:1] = MARGIN
    steps[1:] += (sentence[1:] != sentence[:-1]).view(np.int8) * np.int8(MARGIN)
    at = np.cumsum(steps, dtype=np.int64)
    return Layout(at, int(at[-1]) + 1 + MARGIN if len(at) else MARGIN)


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
    counts = np.bincount(sentence * CASES + kind, minlength=CASES * int(sentence.max(initial=-1) + 1)).reshape(-1, CASES)
    _, small, capital, shouted, lone = counts.T
    case = np.zeros(len(small), dtype=np.uint8)
    case[(small > 1) & (capital + shouted + lone == 0)] = 1
    case[(capital > 2) & (small * 10 < capital)] = 2
    case[(shouted > 1) & (small + capital == 0)] = 3
    return case.take(sentence)


def window_of(codes: Mapping[str, Array], word: Array, layout: Layout, case: Array) -> dict[str, Array]:
    """Lay out what `codes` has of the words, and the words (`id`), over the places of a batch. The last word of `codes` is the edge."""
    place = layout.spread(word.astype(np.int64), len(codes["word"]) - 1)
    window = {source: values.take(place) for source, values in codes.items()}
    return {**window, "id": place, "case": layout.spread(case.astype(np.int32), 0)}


def runs(capital: Array, code: Array) -> tuple[Array, dict[str, Array]]:
    """Find the places in runs of capitalised words, and for each the sources that describe its run.

    These are the run's first and last word, the words beside it, and the place within it. Runs are what names are made of, and may be
    longer than the window.
    """
    start, stop = (np.flatnonzero(capital & ~beside) for beside in (np.roll(capital, 1), np.roll(capital, -1)))
    length = stop - start + 1
    inside = np.flatnonzero(capital)
    first, last = np.repeat(start, length), np.repeat(stop, length)
    place = 1 + 2 * (inside - first).clip(max=2) + (last - inside).clip(max=1)
    return inside, dict(zip(RUN, (code[first], code[last], code[first - 1], code[last + 1], place.astype(code.dtype)), strict=True))


def joint_codes(window: Window, spec: str, places: slice) -> Array:
    """Compute the codes of a joint feature for a run of places; int32."""
    (_, code), *others = ((source, window[source][places.start + offset : places.stop + offset]) for source, offset in terms(spec))
    for source, values in others:
        code = code * np.int32(RADIX[source]) + values
    return code


@cache
def load(path: Path) -> Model:
    """Read the weights, a file written by `benchmarks/train_tagger.py`."""
    with np.load(path, allow_pickle=False) as file:
        tables = dict(file)
    for spec, parts in FOLDED.items():
        tables[f"{spec} codes"], tables[spec] = _folded(tables, spec, parts)
    keys = {name: _numbered(tables[f"{name} keys"], None) for name in OFFSETS}
    codes = {name: _numbered(tables[f"{name} codes"], tables[f"{name} values"]) for name in CODED}
    seen, rows = {}, {}
    for what, bases in SEEN.items():
        used = {spec: np.cumsum(tables[f"{spec} codes"]) for spec in bases}
        every = np.unique(np.concatenate([*used.values()]))
        seen[what] = Numbering.of(every, int(np.prod([RADIX[source] for source, _ in terms(what)])))
        if len(used) == 1:  # its rows are those numbers
            continue
        for spec, of_spec in used.items():
            rows[spec] = np.zeros(len(every) + 1, dtype=np.uint16)
            rows[spec][np.searchsorted(every, of_spec) + 1] = np.arange(1, len(of_spec) + 1)
    return Model(keys, codes, seen, rows, (_weights(tables, slice(0, len(POS))), _weights(tables, slice(len(POS), None))))


def _numbered(text: Array, values: Array | None) -> pl.DataFrame:
    """Unpack keys (UTF-8, one a line) with their values: int32, by default counted from 1."""
    key = pl.Series("key", text.tobytes().decode().split("\n"), dtype=pl.String)
    return pl.DataFrame([key, pl.Series("value", np.arange(1, len(key) + 1) if values is None else values, dtype=pl.Int32)])


def _weights(tables: Mapping[str, Array], labels: slice) -> Weights:
    """Take the weights for some labels from the file's tables, which have no row 0, and lie column by column: it is smaller so."""

    def taken(name: str) -> Array:
        table = tables[name][..., labels].astype(np.int16)
        table = np.concatenate([np.zeros_like(table[:1]), table])
        return table[..., 1:] - table[..., :1]

    alone = {name: np.ascontiguousarray(taken(name).swapaxes(0, 1)) for name in OFFSETS}
    return Weights(alone, {spec: np.ascontiguousarray(taken(spec)) for spec in SCORED})


def _folded(tables: Mapping[str, Array], spec: str, parts: tuple[str, ...]) -> tuple[Array, Array]:
    """Add up the tables of joint features that look at parts of what `spec` looks at: its codes (their differences) and weights."""
    sizes = [RADIX[source] for source, _ in terms(spec)]
    values = dict(zip(terms(spec), np.indices(sizes, dtype=np.int64).reshape(len(sizes), -1), strict=True))
    total = np.zeros((int(np.prod(sizes)), len(POS) + len(NAMES)), dtype=np.int16)
    for part in parts:
        of_part = np.zeros((int(np.prod([RADIX[source] for source, _ in terms(part)])), total.shape[1]), dtype=np.int16)
        of_part[np.cumsum(tables[f"{part} codes"])] = tables[part]
        total += of_part[np.ravel_multi_index([values[term] for term in terms(part)], [RADIX[source] for source, _ in terms(part)])]
    used = np.flatnonzero(total.any(axis=1))
    return np.diff(used, prepend=0), total[used]


def tag(words: pl.Series, word: Array, sentence: Array) -> Tags:
    """Tag the tokens of a batch.

    `words` are the distinct word forms, as written; `word` is each token's index in `words` (any integer type); `sentence` is each
    token's sentence number, non-decreasing. Both arrays have one element a token, and so have the tags.
    """
    model = load(MODEL)
    layout = lay_out(sentence)
    spelled = spellings(pl.concat([words.rename("form"), pl.Series("form", [EDGE])]))
    case = sentence_case(letter_case(words).take(word), sentence)
    codes = word_codes(spelled, model.codes)
    window = window_of(codes, word, layout, case)
    of_word = {name: look_up(spelled[name], model.keys[name]) for name in OFFSETS}
    inside, run_of = runs(window["capital"], window["word"])
    run_of["word"] = window["word"].take(inside)
    of_runs = {what: model.seen[what].find(joint_codes(run_of, what, slice(0, len(inside)))) for what in OF_RUNS}
    numbers = {what: all_numbers(model, window, what, layout.length) for what in OF_NEIGHBOURS}
    scores = [known_scores(model, weights, of_word, codes, of_runs, window["id"][inside]) for weights in model.weights]
    found = np.zeros((2, layout.length), dtype=np.uint8)

    def run(chunk: tuple[int, int]) -> None:
        start, stop = chunk
        rows = {
            spec: rows_of(model, spec, numbers[what][start + base : stop + base])
            for what in OF_NEIGHBOURS
            for spec, base in SEEN[what].items()
        }
        some = slice(*np.searchsorted(inside, chunk))
        for labels, weights, known in zip(found, model.weights, scores, strict=True):
            total = place_scores(weights, known, window, rows, start, stop)
            total[inside[some] - start] += known.of_runs[some]
            labels[start:stop] = best(total)

    cuts = [*range(MARGIN, layout.length - MARGIN, CHUNK), layout.length - MARGIN]
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:  # NumPy lets go of the interpreter's lock
        list(pool.map(run, pairwise(cuts)))
    return Tags(*found.take(layout.at, axis=1))


def all_numbers(model: Model, window: Window, what: str, length: int) -> Array:
    """Number what is looked at from each place; what lies beyond the last edge is left out."""
    last = length - max(offset for _, offset in terms(what))
    cuts = [0, *range(4 * CHUNK, last, 4 * CHUNK), last]
    return np.concatenate([model.seen[what].find(joint_codes(window, what, slice(*cut))) for cut in pairwise(cuts)])


def rows_of(model: Model, spec: str, number: Array) -> Array:
    """Turn numbers of what a joint feature looks at into rows of its weights."""
    return (model.rows[spec].take(number) if spec in model.rows else number).astype(np.intp)


def known_scores(
    model: Model, weights: Weights, of_word: Mapping[str, Array], codes: Mapping[str, Array], of_runs: Mapping[str, Array], inside: Array
) -> Scores:
    """Add up what each word says by itself, and what is told of runs.

    `of_word` are the rows of the words' features, `codes` as `word_codes` gives them; `of_runs` are the rows of what is told of runs at the
    places in one, and `inside` the words there.
    """
    labels, words = weights.together[SCORED[0]].shape[1], len(codes["word"])
    beside = np.zeros((2 * MARGIN + 1, words, labels), dtype=np.int16)
    for name, tables in weights.alone.items():
        for table, offset in zip(tables, OFFSETS[name], strict=True):
            beside[offset + MARGIN] += table.take(of_word[name], axis=0)
    nothing = np.zeros(1, dtype=np.int32)

    def told(what: str, **known: Array) -> Array:
        number = model.seen[what].find(joint_codes({**codes, **known}, what, slice(0, words)))
        return weights.together[what].take(number, axis=0)

    # Most places lie in no run: what is told of those is counted with the word.
    outside = np.zeros_like(beside[MARGIN])
    for what in OF_RUNS:
        outside += told(what, **dict.fromkeys(RUN, nothing))
    cased = np.stack([beside[MARGIN] + outside] * RADIX["case"])
    for case, what in product(range(RADIX["case"]), OF_CASE):
        cased[case] += told(what, case=nothing + case)
    instead = -outside.take(inside, axis=0)
    for what, rows in of_runs.items():
        instead += weights.together[what].take(rows, axis=0)
    return Scores(beside, cased, instead)


def place_scores(weights: Weights, known: Scores, window: Window, rows: Mapping[str, Array], start: int, stop: int) -> Array:
    """Score the places from start to stop as if they were in no run: int16 of shape (place, label). `rows` are those of joint features."""
    word, case = window["id"], window["case"][start:stop]
    _, count, labels = known.cased.shape
    total: Array = known.cased.reshape(-1, labels).take(case * np.int64(count) + word[start:stop], axis=0)
    for offset in {*range(-MARGIN, MARGIN + 1)} - {0}:
        total += known.beside[offset + MARGIN].take(word[start + offset : stop + offset], axis=0)
    for spec, of_spec in rows.items():
        total += weights.together[spec].take(of_spec, axis=0)
    return total


def best(scores: Array) -> Array:
    """Find the label with the highest score for each place, the first of several: uint8. `scores` (place, label) lack the first label."""
    # Label by label over all places at once: NumPy's argmax goes over the places one by one.
    every = np.zeros((scores.shape[1] + 1, len(scores)), dtype=scores.dtype)
    every[1:] = scores.T
    label = np.arange(len(every), dtype=np.uint8)[:, None]
    worse = (every != every.max(axis=0)).view(np.uint8) * np.uint8(len(every))
    found: Array = (worse + label).min(axis=0)
    return found
