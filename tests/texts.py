"""Texts as batches, readings and rows, for the tests of the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import Table
from tasks.extract import facts
from tasks.grammar import numbers
from tasks.grammar.reading import Reading
from tasks.grammar.tokens import tokenise
from tasks.staging import BATCH

Tables = Mapping[str, pl.DataFrame]
Rows = list[dict[str, Any]]


def batch(*texts: str, language: str = "en", first: int = 0) -> pl.DataFrame:
    """A batch of documents, numbered from ``first``."""
    rows = [
        {
            "doc_id": f"{number:016x}",
            "uri": f"{number}.txt",
            "text": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "bytes": len(text.encode()),
            "encoding": "utf-8",
            "language": language,
            "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:32],
        }
        for number, text in enumerate(texts, first)
    ]
    return pl.DataFrame(rows, schema=BATCH)


def extracted(documents: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What a batch gives, each table as the contract has it."""
    run = pl.lit("run").alias("run_id")
    return {name: TABLES[name].conform(frame.with_columns(run)) for name, frame in facts(documents).items()}


def rows(table: str, *texts: str) -> list[Rows]:
    """For each text the rows of a table that it gives, all texts in one batch."""
    found = extracted(batch(*texts))[table]
    return [found.filter(pl.col("doc_id") == f"{number:016x}").to_dicts() for number in range(len(texts))]


def passages(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts, "char_start": [0] * len(texts)}, schema={"text": pl.String, "char_start": pl.Int64})


def tokens(*texts: str) -> list[list[str]]:
    """For each text its tokens."""
    found, words = tokenise(passages(*texts))
    return _dealt(len(texts), found["passage"], words["form"].gather(found["word"]))


def sentences(*texts: str) -> list[list[str]]:
    """For each text its sentences."""
    found = Reading.of(passages(*texts)).sentences
    return _dealt(len(texts), found["passage"], found["text"])


def values(*texts: str) -> list[list[tuple[str, str, float | None]]]:
    """For each text its numbers: words, kind and value."""
    reading = Reading.of(passages(*texts))
    found = numbers.numbers(reading, reading.level)
    said = zip(reading.spans(found["first"], found["last"])["text"], found["kind"], found["value"], strict=True)
    return _dealt(len(texts), reading.tokens["passage"].gather(found["first"]), list(said))


def broken(tables: Tables, documents: pl.DataFrame) -> list[str]:
    """What is wrong with the rows of a batch under the contract."""
    texts = dict(documents.select("doc_id", "text").iter_rows())
    return [fault for name, frame in tables.items() for fault in _faults(TABLES[name], frame, texts)]


def _faults(table: Table, frame: pl.DataFrame, texts: Mapping[str, str]) -> list[str]:
    faults = [f"{table.name}.{column.name} is null" for column in table.columns if not column.nullable and frame[column.name].null_count()]
    faults += [
        f"{table.name}.{column.name} is {sorted(set(frame[column.name].drop_nulls()) - set(column.values))}"
        for column in table.columns
        if column.values and not set(frame[column.name].drop_nulls()) <= set(column.values)
    ]
    faults += [f"{table.name} breaks {check.name}" for check in table.checks if not frame.select(check.holds.fill_null(True).all()).item()]
    if frame.select(table.key).is_duplicated().any():
        faults.append(f"{table.name} repeats a key")
    for span in table.spans:
        for document, start, end, text in frame.select("doc_id", *span).iter_rows():
            if (start, end, text) != (None, None, None) and texts[document][start:end] != text:
                faults.append(f"{table.name}.{span[2]} is {text!r}, not {texts[document][start:end]!r}")
    return faults


def _dealt(count: int, owner: pl.Series, items: Sequence[Any] | pl.Series) -> list[list[Any]]:
    dealt: list[list[Any]] = [[] for _ in range(count)]
    for number, item in zip(owner, items, strict=True):
        dealt[number].append(item)
    return dealt
