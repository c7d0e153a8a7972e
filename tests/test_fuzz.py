"""Ten thousand hostile texts: no crash, no hang, and every row is the characters that it says (``make test-faults``)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import seeds
from tasks.extract import extract_batch
from tasks.load import load_sources
from tasks.reconcile import reconcile_run
from tasks.staging import Run
from tasks.validate import validate_run
from tests.newsroom import FLOOD, ODD_QUOTES, STRIKE
from tests.test_incremental import NAMED

TEXTS = (FLOOD, STRIKE, ODD_QUOTES, *NAMED, *(path.read_text("utf-8") for path in sorted((seeds.folder / "articles").glob("*.txt"))))
MARKS = "\"'“”‘’«»„‚‹›`´″′ "
ODD = (
    "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u0301\u0302\u0303", "\u1100\u1161", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ufdfa", "\U000e0041", "\u2028", "\u2029", "\x85", "\x0b", "\xa0", "\u3000", "İ", "ß", "ŉ", "ﬁ", "١٢٣", "１２３", "½", "Ⅷ", "²", "㊿", "𝟙𝟚", "\U0010ffff",
)  # fmt: skip
SPEECH = (
    " said told according to the mayor , : . “ ” ‘ ’ that 5 2011 Monday May Syria US IS Mr killed people per cent $ million - – (".split()
)


def cut(chance: random.Random) -> str:
    text = chance.choice(TEXTS)
    start = chance.randrange(len(text))
    return text[start : start + chance.randint(1, 600)]


def mutated(chance: random.Random) -> str:
    text = list(cut(chance))
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text[place : place + 1] = [chance.choice(ODD)]
            case 1:
                del text[place : place + chance.randint(1, 20)]
            case 2:
                text[place:place] = text[place : place + chance.randint(1, 40)] * chance.randint(1, 4)
            case _:
                text[place:place] = [chance.choice(MARKS)]
    return "".join(text)


def raw(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(0, 400))


def characters(chance: random.Random) -> str:
    ranges = ((0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x600, 0x700), (0x2000, 0x2070), (0x3040, 0x3100), (0x1F300, 0x1F700))
    return "".join(chr(chance.randrange(*chance.choice(ranges))) for _ in range(chance.randint(1, 300)))


def marks(chance: random.Random) -> str:
    return "".join(chance.choice([chance.choice(MARKS), chance.choice(SPEECH) + " "]) for _ in range(chance.randint(1, 120)))


def digits(chance: random.Random) -> str:
    return "".join(
        chance.choice(["0", "9", "17", ",", ".", " ", "-", "–", "/", "%", "$", "€", "th", " to ", " and ", "m", "e9", ":", "\n"])
        for _ in range(chance.randint(1, 200))
    )


def words(chance: random.Random) -> str:
    return " ".join(chance.choice([*SPEECH, *chance.choice(TEXTS).split()[:60]]) for _ in range(chance.randint(1, 120)))


KINDS: tuple[Callable[[random.Random], str | bytes], ...] = (mutated, mutated, mutated, raw, characters, marks, digits, words)


@pytest.mark.faults
def test_ten_thousand_hostile_texts(tmp_path: Path) -> None:
    chance, source = random.Random(7), tmp_path / "fuzz"
    source.mkdir()
    for number in range(10_000):
        text = chance.choice(KINDS)(chance)
        (source / f"{number:05}.txt").write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    run = Run(tmp_path / "out", "run-1", datetime(2024, 5, 1, tzinfo=UTC))
    loaded = load_sources([str(source)], run, batch_bytes=200_000)
    assert loaded.documents + len(loaded.rejects) == 10_000
    assert loaded.documents > 7_000
    for path, number in zip(loaded.batches, loaded.numbers, strict=True):
        size, began = path.stat().st_size, time.process_time()
        extract_batch(path, number, run)
        assert time.process_time() - began < 60, f"{size} bytes take a minute"
    reconcile_run(run, loaded.inputs, len(loaded.rejects))
    verdict = validate_run(run)
    broken = [result for result in verdict.results if result.outcome != "passed"]
    assert verdict.success, broken
    spans = [result for result in broken if "characters from" in result.expectation]
    assert spans == [], "a row is not the characters that it says"
    assert [(reject.uri, reject.detail) for reject in verdict.quarantined] == []
    assert sum(pl.read_parquet(part).height for part in run.parts("documents")) == loaded.documents
