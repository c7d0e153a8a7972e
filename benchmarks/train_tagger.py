"""Train the tagger of `tasks/grammar/tagger.py` and measure it.

    python benchmarks/train_tagger.py --data DIR [--out DIR]

DIR holds the annotated sets named in `seeds/models/README.md`, each in its own folder. Run it where newsfacts is installed; training
also needs numba, which newsfacts itself does not (`pip install numba`). The seed is fixed: two runs on one machine write the same file.

There is a log-linear model for the tag of a token and another for its name, fitted by AdaGrad over tokens in random order. A token may
be annotated with a *set* of labels of which one is right (a Penn IN is an ADP or a SCONJ): the loss is then that of the set, and a token
whose set is full teaches nothing. So sets with different inventories train one model.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba  # type: ignore[import-not-found,import-untyped,unused-ignore]
import numpy as np
import polars as pl

from tasks.grammar import tagger
from tasks.grammar.tagger import EDGE, NAMES, OFFSETS, POS, RADIX, TOGETHER
from tasks.grammar.text import look_up

SEED = 7
LABELS = (slice(0, len(POS)), slice(len(POS), len(POS) + len(NAMES)))
ANY_POS, ANY_NAME = (1 << len(POS)) - 1, (1 << len(NAMES)) - 1

Array = Any


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its words and, for each, the sets of tags that may be right (bit i = tag number i)."""

    words: Sequence[str]
    pos: Sequence[int]
    name: Sequence[int]
    weight: tuple[float, float] = (1.0, 1.0)


def word_set(text: str) -> frozenset[str]:
    """Make a set of words."""
    return frozenset(text.split())


def pos_set(*tags: str) -> int:
    """Make a set of tags."""
    return sum(1 << POS.index(tag) for tag in tags)


def name_set(*kinds: str) -> int:
    """Make a set of kinds of names."""
    return sum(1 << NAMES.index(kind) for kind in kinds)


# ---- the annotated sets -------------------------------------------------------------------------------------------------------------

PENN = {
    "CC": ("CCONJ",), "CD": ("NUM",), "DT": ("DET", "PRON"), "EX": ("PRON",), "IN": ("ADP", "SCONJ"), "JJ": ("ADJ",), "JJR": ("ADJ",),
    "JJS": ("ADJ",), "MD": ("AUX",), "NN": ("NOUN",), "NNS": ("NOUN",), "NNP": ("PROPN",), "NNPS": ("PROPN",), "PDT": ("DET", "ADV"),
    "POS": ("PART",), "PRP": ("PRON",), "PRP$": ("PRON",), "RB": ("ADV",), "RBR": ("ADV",), "RBS": ("ADV",), "RP": ("ADP", "ADV"),
    "TO": ("ADP", "PART"), "UH": ("INTJ",), "WDT": ("DET", "PRON"), "WP": ("PRON",), "WP$": ("PRON",), "WRB": ("ADV", "SCONJ"),
    "VB": ("VERB",), "VBD": ("VERB",), "VBG": ("VERB",), "VBN": ("VERB",), "VBP": ("VERB",), "VBZ": ("VERB",),
    ",": ("PUNCT",), ".": ("PUNCT",), ":": ("PUNCT",), "''": ("PUNCT",), "``": ("PUNCT",), "(": ("PUNCT",), ")": ("PUNCT",),
    "-": ("PUNCT",), "...": ("PUNCT",), "$": ("SYM",),
}  # fmt: skip
BE = word_set("be is am are was were been being 's 're 'm")
AUXILIARY = word_set("have has had having do does did 've 'd get gets got getting")


def penn_pos(word: str, tag: str) -> int:
    """Map a Penn tag to the universal tags that it may stand for; anything doubtful may be anything."""
    lower = word.lower()
    if tag.startswith("VB") and lower in BE:
        return pos_set("AUX")
    if tag.startswith("VB") and lower in AUXILIARY:
        return pos_set("AUX", "VERB")
    if lower in ("not", "n't"):
        return pos_set("PART")
    if (tag.startswith("NN") and not any(c.isalpha() for c in word)) or tag not in PENN or (any(c.isdigit() for c in word) and tag != "CD"):
        return ANY_POS
    if tag == "CD" and not word[0].isalnum():
        return ANY_POS
    return pos_set(*PENN[tag])


def read_masc(folder: Path) -> Iterable[Sentence]:
    """Read the files of MASC, a sentence a line, as `word_TAG`."""
    for path in sorted(folder.glob("written/*.txt")):
        for line in re.split(r"\n+", path.read_text(encoding="utf-8")):
            pairs = [token.rsplit("_", 1) for token in line.split() if "_" in token]
            if pairs:
                yield Sentence([w for w, _ in pairs], [penn_pos(w, t) for w, t in pairs], [ANY_NAME] * len(pairs), (0.25, 0.0))


@dataclass
class Conllu:
    """A sentence of a CoNLL-U file, columns as lists."""

    form: list[str] = field(default_factory=list)
    upos: list[str] = field(default_factory=list)
    head: list[int] = field(default_factory=list)
    misc: list[str] = field(default_factory=list)


def read_conllu(path: Path) -> Iterable[Conllu]:
    """Read the sentences of a CoNLL-U file, without multi-word and empty tokens."""
    out = Conllu()
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line and out.form:
            yield out
            out = Conllu()
        cells = line.split("\t")
        if line.startswith("#") or not cells[0].isdigit():
            continue
        out.form.append(cells[1])
        out.upos.append(cells[3])
        out.head.append(int(cells[6]))
        out.misc.append(cells[9])
    if out.form:
        yield out


def gold_pos(sentence: Conllu) -> list[int]:
    """Make a set of each token's tag."""
    return [pos_set(tag) if tag in POS else ANY_POS for tag in sentence.upos]


CALENDAR = word_set(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov"
    " dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur fri sat sun"
)
TITLES = word_set(
    "mr mrs ms dr prof professor president senator sen king queen prince princess lord lady sir general gen colonel captain saint"
)


def outside(word: str, kinds: int) -> int:
    """Say what a word outside the annotated names may be: `kinds` if it has a capital and is no day or month, else surely "O"."""
    return kinds if word[:1].isupper() and word.lower().rstrip(".") not in CALENDAR else name_set("O")


GUM_KINDS = {"person": "PER", "organization": "ORG", "place": "LOC"}
SPAN = re.compile(r"\((\d+)-(\w+)-|(\d+)\)|(\))")


def gum_spans(misc: Sequence[str]) -> list[tuple[int, int, str]]:
    """Read entity spans (first, last, type) off the last column, outermost first."""
    opened: list[tuple[str, int, str]] = []
    spans = []
    for index, cell in enumerate(misc):
        entity = next((part[7:] for part in cell.split("|") if part.startswith("Entity=")), "")
        for number, kind, closed, bare in SPAN.findall(entity):
            if number:
                opened.append((number, index, kind))
            elif opened:
                at = next((i for i in reversed(range(len(opened))) if bare or opened[i][0] == closed), len(opened) - 1)
                _, first, what = opened.pop(at)
                spans.append((first, index, what))
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def gum_names(sentence: Conllu) -> list[int]:
    """Map entities with a proper noun as head to names: the run of proper nouns around the head. "O" may be MISC: GUM has no such kind."""
    maybe = name_set("O", "MISC")
    tagged = zip(sentence.form, sentence.upos, strict=True)
    out = [outside(word, maybe) if pos in ("PROPN", "ADJ") else name_set("O") for word, pos in tagged]
    for first, last, what in gum_spans(sentence.misc):
        heads = [i for i in range(first, last + 1) if not first < sentence.head[i] <= last + 1 and sentence.upos[i] == "PROPN"]
        if not heads or what == "time":
            continue
        start = stop = heads[0]
        while start > first and sentence.upos[start - 1] == "PROPN":
            start -= 1
        while stop < last and sentence.upos[stop + 1] == "PROPN":
            stop += 1
        kind = GUM_KINDS.get(what, "MISC")
        out[start : stop + 1] = [name_set(kind)] * (stop + 1 - start)
        if kind == "PER" and stop > start and sentence.form[start].lower().rstrip(".") in TITLES:
            out[start] = name_set("O", "PER")
    return out


def read_columns(path: Path, word: int, label: int) -> Iterable[tuple[list[str], list[str]]]:
    """Read the words and labels of each sentence from two columns of a file, one token a line."""
    words, labels = list[str](), list[str]()
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        cells = line.split("\t") if "\t" in line else line.split()
        if len(cells) > label and cells[word] and not line.startswith(("# ", "-DOCSTART-")) and (word == 0 or cells[0].isdigit()):
            words.append(cells[word])
            labels.append(cells[label].strip())
        elif not line.strip() and words:
            yield words, labels
            words, labels = [], []


KINDS = {
    "PER": ("PER",), "ORG": ("ORG",), "LOC": ("LOC",), "MISC": ("MISC",), "person": ("PER",), "location": ("LOC",), "corporation": ("ORG",),
    "group": ("ORG", "MISC"), "product": ("MISC",), "creative-work": ("MISC",),
}  # fmt: skip


def named(path: Path, word: int, label: int, others: int, weight: float = 1.0) -> list[Sentence]:
    """Read a set of names; `others` is what a capitalised word may be that the set calls "O"."""

    def kinds(form: str, tag: str) -> int:
        return outside(form, others) if tag == "O" else name_set(*KINDS[tag[2:].split(",")[0]])

    return [
        Sentence(words, [ANY_POS] * len(words), list(map(kinds, words, labels)), (0.0, weight))
        for words, labels in read_columns(path, word, label)
    ]


@dataclass(frozen=True, slots=True)
class Corpora:
    """What is trained on, and what is only measured on."""

    train: list[Sentence]
    tests: Mapping[str, list[Sentence]]


def read_all(data: Path, tune: bool) -> Corpora:
    """Read all sets. The last fifth of Wikigold and all test parts are held out; to tune, the development parts of EWT and GUM too."""
    train: list[Sentence] = []
    tests: dict[str, list[Sentence]] = {}
    for corpus, pattern in (("EWT", "ud_ewt/en_ewt-ud-{}.conllu"), ("GUM", "ud_gum_nonNC/en_gum-ud-{}.nonNC.conllu")):
        for part in ("train.REBUILT", "dev", "test"):
            sentences = [Sentence(s.form, gold_pos(s), gum_names(s) if corpus == "GUM" else [ANY_NAME] * len(s.form))
                         for s in read_conllu(data / pattern.format(part))]  # fmt: skip
            if part == "test" or (part == "dev" and tune):
                tests[f"{corpus} {part}"] = sentences
            else:
                train += sentences
    tests |= {f"EWT test, {case}": [recase(sentence, case) for sentence in tests["EWT test"]] for case in CASES}
    wikigold = named(data / "wikigold/wikigold.conll.txt", 0, 1, name_set("O"))
    cut = len(wikigold) * 4 // 5
    maybe = name_set("O", "MISC")
    train += [*read_masc(data / "masc_tagged"), *wikigold[:cut], *named(data / "wnut17/wnut17train.conll", 0, 1, maybe, 0.5)]
    train += named(data / "uner_ewt/en_ewt-ud-dev.iob2", 1, 2, maybe)
    tests["Wikigold, last fifth"] = wikigold[cut:]
    tests["UNER-EWT test"] = named(data / "uner_ewt/en_ewt-ud-test.iob2", 1, 2, maybe)
    tests["WNUT17 test"] = named(data / "wnut17/emerging.test.annotated", 0, 1, name_set("O"))
    return Corpora(train, tests)


SMALL = word_set("a an the of in on at to for and or but by with as from")
CASES: Mapping[str, Callable[[str], str]] = {
    "small letters": str.lower,
    "a headline": lambda word: word if word in SMALL else word[:1].upper() + word[1:],
    "capitals": str.upper,
}


def recase(sentence: Sentence, case: str, weight: float = 1.0) -> Sentence:
    """Copy a sentence in small letters, like a headline or in capitals."""
    words = [CASES[case](word) for word in sentence.words]
    return Sentence(words, sentence.pos, sentence.name, (weight * sentence.weight[0], weight * sentence.weight[1]))


def recased(sentences: Sequence[Sentence], random: np.random.Generator) -> list[Sentence]:
    """Copy one sentence in five, so that the tagger bears headlines and careless text; copies count half."""
    cases = random.choice([*CASES, ""], size=len(sentences), p=[0.10, 0.08, 0.02, 0.80])
    return [recase(sentence, str(case), 0.5) for sentence, case in zip(sentences, cases, strict=True) if case]


# ---- from sentences to features -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences as the tagger sees them, with what is right and how much it counts (for tags and for names)."""

    spelled: pl.DataFrame
    word: Array
    layout: tagger.Layout
    window: Mapping[str, Array]
    right: tuple[Array, ...]
    weight: tuple[Array, ...]


def columns_of(sentences: Sequence[Sentence]) -> tuple[pl.Series, Array, Array]:
    """Turn sentences into the arguments of `tagger.tag`."""
    tokens = pl.Series("form", [w for s in sentences for w in s.words], dtype=pl.String)
    words = tokens.unique(maintain_order=True)
    word = look_up(tokens, pl.DataFrame({"key": words, "value": np.arange(len(words))}))
    return words, word, np.repeat(np.arange(len(sentences)), [len(s.words) for s in sentences])


def batch_of(sentences: Sequence[Sentence], codes: Mapping[str, pl.DataFrame]) -> Batch:
    """Lay sentences out as `tagger.tag` does."""
    words, word, sentence = columns_of(sentences)
    layout = tagger.lay_out(sentence)
    spelled = tagger.spellings(pl.concat([words, pl.Series("form", [EDGE])]))
    case = tagger.sentence_case(tagger.letter_case(words)[word], sentence)
    window = tagger.window_of(tagger.word_codes(spelled, codes), word, layout, case)
    inside, run_of = tagger.runs(window["capital"], window["word"])
    for source, values in run_of.items():
        window[source] = np.zeros_like(window["word"])
        window[source][inside] = values
    right = tuple(np.array([x for s in sentences for x in getattr(s, what)], dtype=np.int64) for what in ("pos", "name"))
    weight = tuple(np.array([s.weight[k] for s in sentences])[sentence] for k in range(len(LABELS)))
    return Batch(spelled, word, layout, window, right, weight)


def code_tables(sentences: Sequence[Sentence]) -> dict[str, pl.DataFrame]:
    """Choose the words with a code of their own, the classes of words that bear the same tags, and the shapes."""
    tokens = pl.DataFrame(
        {"form": [w for s in sentences for w in s.words], "tag": [t for s in sentences for t in s.pos]}, schema_overrides={"tag": pl.Int64}
    )
    spelled = tagger.spellings(tokens["form"]).with_columns(tokens["tag"])
    single = spelled.filter(pl.col("tag").is_in([1 << i for i in range(len(POS))]))
    counts = spelled.group_by("lower").agg(n=pl.len(), rare=pl.col("rare").mode().sort().first())
    common = counts.sort("n", "lower", descending=[True, False]).head(1700)
    rest = spelled.join(counts.filter(pl.col("n") < 4).select("lower"), on="lower", how="semi")
    looks = rest["rare"].value_counts().sort("count", "rare", descending=[True, False])
    word = _numbered([*common["lower"], *looks["rare"].head(RADIX["word"] - 1701)])
    known = single.join(counts.filter(pl.col("n") > 3).select("lower"), on="lower", how="semi").select(key="lower", tag="tag")
    unknown = single.join(rest.select("lower").unique(), on="lower", how="semi").select(key="rare", tag="tag")
    shapes = spelled["shape"].value_counts().sort("count", "shape", descending=[True, False])["shape"].head(RADIX["shape"] - 1)
    return {"word": word, "class": _classes(pl.concat([known, unknown])), "shape": _numbered(list(shapes))}


def _numbered(keys: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"key": keys, "value": pl.Series(range(1, len(keys) + 1), dtype=pl.Int32)})


def _classes(tagged: pl.DataFrame) -> pl.DataFrame:
    """Group keys by the tags that they bear in at least one case of fourteen, the most frequent tag first; 127 groups."""
    shares = tagged.group_by("key", "tag").agg(n=pl.len()).with_columns(all=pl.col("n").sum().over("key"))
    shares = shares.filter((pl.col("n") / pl.col("all") > 0.07) & (pl.col("all") > 2)).sort(
        "key", "n", "tag", descending=[False, True, False]
    )
    kinds = shares.group_by("key", maintain_order=True).agg(tags=pl.col("tag").cast(pl.String)).with_columns(pl.col("tags").list.join(" "))
    kinds = kinds.join(shares.group_by("key").agg(pl.col("all").first()), on="key")
    order = kinds.group_by("tags").agg(pl.col("all").sum()).sort("all", "tags", descending=[True, False]).head(RADIX["class"] - 1)
    numbers = _numbered(order["tags"].to_list()).rename({"key": "tags"})
    return kinds.join(numbers, on="tags").select("key", "value").sort("key")


@dataclass(slots=True)
class Features:
    """The features of the model: the keys (per word feature) and codes (per joint feature) that count, each with a number."""

    keys: Mapping[str, pl.DataFrame]
    codes: Mapping[str, Array]
    base: Mapping[tuple[str, int], int]
    count: int

    @classmethod
    def choose(cls, batch: Batch, keys: Mapping[str, pl.DataFrame], least: int) -> "Features":
        """Give a number to each key at every position, then to each code that occurs at least so often."""
        start, stop = tagger.MARGIN, batch.layout.length - tagger.MARGIN
        codes = {}
        for spec in TOGETHER:
            found, n = np.unique(tagger.joint_codes(batch.window, spec, slice(start, stop))[batch.layout.at - start], return_counts=True)
            codes[spec] = found[n >= least]
        base, count = {}, 0
        for name, offsets in OFFSETS.items():
            for offset in offsets:
                base[name, offset] = count
                count += len(keys[name])
        for spec, found in codes.items():
            base[spec, 0] = count
            count += len(found)
        return cls(keys, codes, base, count)

    def numbers(self, batch: Batch) -> Array:
        """Find the numbers of every token's features: int32 of shape (token, slot), -1 where there is none."""
        start, stop = tagger.MARGIN, batch.layout.length - tagger.MARGIN
        at = batch.layout.at
        slots = []
        for name, offsets in OFFSETS.items():
            row = look_up(batch.spelled[name], self.keys[name], absent=-1)
            for offset in offsets:
                rows = row[batch.window["id"][at + offset]]
                slots.append(np.where(rows < 0, -1, rows + self.base[name, offset]).astype(np.int32))
        for spec, found in self.codes.items():
            code = tagger.joint_codes(batch.window, spec, slice(start, stop))[at - start]
            row = np.searchsorted(found, code).clip(max=max(len(found) - 1, 0))
            slots.append(np.where(found[row] == code, row + self.base[spec, 0], -1).astype(np.int32))
        return np.stack(slots, axis=1)


def choose_keys(batch: Batch, least: int) -> dict[str, pl.DataFrame]:
    """Choose the keys of each word feature that occur at least so often; a key with a line break could not be written."""
    counts = np.bincount(batch.window["id"][batch.layout.at], minlength=len(batch.spelled))
    counts[-1] = least
    out = {}
    for name in OFFSETS:
        seen = pl.DataFrame({"key": batch.spelled[name], "n": counts}).group_by("key").agg(pl.col("n").sum()).filter(pl.col("n") >= least)
        seen = seen.filter(~pl.col("key").str.contains("\n")).sort("key")
        out[name] = pl.DataFrame({"key": seen["key"], "value": pl.Series(range(len(seen)), dtype=pl.Int32)})
    return out


# ---- fitting ------------------------------------------------------------------------------------------------------------------------


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator,unused-ignore]
def add_up(numbers: Array, drop: float, w: Array, kept: Array, score: Array) -> int:
    """Score one token with the features that are not dropped, and note them in `kept`; returns how many."""
    count = 0
    score[:] = 0
    for f in numbers:
        if f >= 0 and np.random.random() >= drop:
            kept[count] = f
            count += 1
            score += w[f]
    return count


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator,unused-ignore]
def into_slope(score: Array, right: int, weight: float) -> None:
    """Turn scores into the slope of the loss: what the model believes, less what it believes given that one of the right labels is."""
    score[:] = np.exp(score - score.max())
    score /= score.sum()
    inside = np.float32(1e-9)
    for y in range(len(score)):
        inside += score[y] * ((right >> y) & 1)
    for y in range(len(score)):
        score[y] *= weight * (1 - ((right >> y) & 1) / inside)


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator,unused-ignore]
def fit(numbers: Array, right: Array, weight: Array, count: int, labels: int, recipe: tuple[int, float, float], seed: int) -> Array:
    """Fit a log-linear model by AdaGrad with a falling rate; a feature is dropped now and then, so that none is relied on alone."""
    np.random.seed(seed)
    epochs, rate, drop = recipe
    w, g = np.zeros((count, labels), dtype=np.float32), np.full((count, labels), 1e-3, dtype=np.float32)
    score, kept = np.zeros(labels, dtype=np.float32), np.zeros(numbers.shape[1], dtype=np.int32)
    learn = np.flatnonzero((weight > 0) & (right != (1 << labels) - 1))
    for epoch in range(epochs):
        np.random.shuffle(learn)
        for step, t in enumerate(learn):
            eta = np.float32(rate * (1 - (epoch + step / len(learn)) / epochs))
            used = add_up(numbers[t], drop, w, kept, score)
            into_slope(score, right[t], weight[t])
            for f in kept[:used]:
                for y in range(labels):
                    g[f, y] += score[y] * score[y]
                    w[f, y] -= eta * score[y] / np.sqrt(g[f, y])
    return w


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fit: passes over the data, learning rate, share of features dropped, runs to average; and which features are kept."""

    epochs: int = 8
    rate: float = 0.05
    drop: float = 0.2
    runs: int = 2
    least: int = 2
    floor: float = 0.06


def accuracy(right: Array, best: Array) -> float:
    """Share of tokens whose tag is right, among those that are annotated."""
    known = right != ANY_POS
    return float((right[known] >> best[known] & 1).mean())


def name_scores(right: Array, best: Array) -> tuple[float, float, float]:
    """Precision, recall and F1 of the tokens of names. Where "O" may also be some kind, that kind counts as "O".

    A set that lacks MISC is scored as if the tagger lacked it too.
    """
    name = right & 1 == 0
    allowed = right >> best & 1 == 1
    lacks = not bool((right == name_set("MISC")).any())
    guessed = (best > 0) & ~(~name & allowed) & ~(lacks & (best == NAMES.index("MISC")))
    hits = float((name & guessed & allowed).sum())
    precision, recall = hits / max(guessed.sum(), 1), hits / max(name.sum(), 1)
    return precision, recall, 2 * hits / max(guessed.sum() + name.sum(), 1)


# ---- writing and measuring ----------------------------------------------------------------------------------------------------------


def quantise(weights: Array, least: float) -> Array:
    """Round weights to 8 bits. What a feature says of all labels alike says nothing: its median goes first, then what is below `least`."""
    out = np.zeros(weights.shape, dtype=np.int8)
    for labels in LABELS:
        part = weights[:, labels] - np.median(weights[:, labels], axis=1, keepdims=True)
        scale = 127 / np.percentile(np.abs(part).max(axis=1), 99.99)
        out[:, labels] = np.where(np.abs(part) < least, 0, np.rint(part * scale)).clip(-127, 127)
    return out


def pack(features: Features, weights: Array, codes: Mapping[str, pl.DataFrame]) -> dict[str, Array]:
    """Lay out the weights as `tagger.load` wants them, without the rows that say nothing."""
    out = {}
    for name, offsets in OFFSETS.items():
        size = len(features.keys[name])
        table = np.stack([weights[features.base[name, o] :][:size] for o in offsets], axis=1)
        used = table.any(axis=(1, 2))
        out[name], out[f"{name} keys"] = np.asfortranarray(table[used]), _text(features.keys[name]["key"].filter(pl.Series(used)))
    for spec, found in features.codes.items():
        table = weights[features.base[spec, 0] :][: len(found)]
        used = table.any(axis=1)
        if used.sum() >= 1 << 16:
            raise ValueError(f"{spec}: too many codes for 16-bit row numbers")
        out[spec], out[f"{spec} codes"] = np.asfortranarray(table[used]), np.diff(found[used], prepend=0).astype(np.int32)
    for source, keys in codes.items():
        out[f"{source} codes"], out[f"{source} values"] = _text(keys["key"]), keys["value"].to_numpy().astype(np.int16)
    return out


def _text(keys: pl.Series) -> Array:
    return np.frombuffer("\n".join(keys).encode(), dtype=np.uint8)


def measure(tests: Mapping[str, Sequence[Sentence]]) -> None:
    """Print the accuracy of the written model, as the engine calls it."""
    print(f"{'set':<26}{'tokens':>8}{'POS %':>8}{'names P':>9}{'R':>6}{'F1':>6}")
    for title, sentences in tests.items():
        words, word, sentence = columns_of(sentences)
        tags = tagger.tag(words, word, sentence)
        pos, name = (np.array([x for s in sentences for x in getattr(s, what)]) for what in ("pos", "name"))
        tag = f"{100 * accuracy(pos, tags.pos):8.2f}" if (pos != ANY_POS).any() else " " * 8
        scores = [100 * x for x in name_scores(name, tags.name)] if not title.startswith("EWT") else []
        print(f"{title:<26}{len(word):>8}{tag}{'':>3}{''.join(f'{x:6.1f}' for x in scores)}", flush=True)


def train(corpora: Corpora, recipe: Recipe) -> dict[str, Array]:
    """Fit both models on the corpora and their recased copies."""
    sentences = [*corpora.train, *recased(corpora.train, np.random.default_rng(SEED))]
    codes = code_tables(corpora.train)
    batch = batch_of(sentences, codes)
    features = Features.choose(batch, choose_keys(batch, recipe.least), recipe.least)
    numbers = features.numbers(batch)
    print(
        f"{len(sentences)} sentences with copies, {len(batch.word)} tokens, {features.count} features, {numbers.shape[1]} a token",
        flush=True,
    )
    weights = np.concatenate([fit_labels(numbers, batch, features.count, k, recipe) for k in range(len(LABELS))], axis=1)
    return pack(features, quantise(weights, recipe.floor), codes)


def fit_labels(numbers: Array, batch: Batch, count: int, k: int, recipe: Recipe) -> Array:
    """Fit the tags (k = 0) or the names (k = 1): the mean of a few runs, float32 of shape (feature, label)."""
    weight, labels, how = batch.weight[k].astype(np.float32), len((POS, NAMES)[k]), (recipe.epochs, recipe.rate, recipe.drop)
    return np.mean([fit(numbers, batch.right[k], weight, count, labels, how, SEED + run) for run in range(recipe.runs)], axis=0)


def main() -> None:
    """Train, write and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of annotated sets")
    parser.add_argument("--out", type=Path, default=tagger.MODEL.parent, help="where tagger.npz goes (default: %(default)s)")
    parser.add_argument("--tune", action="store_true", help="leave the development parts out of training")
    options = parser.parse_args()
    corpora = read_all(options.data, options.tune)
    path = options.out / tagger.MODEL.name
    np.savez_compressed(path, **train(corpora, Recipe()))
    tagger.load.cache_clear()
    tagger.MODEL = path
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")
    measure(corpora.tests)


if __name__ == "__main__":
    main()
