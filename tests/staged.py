"""Small staged runs of made-up articles, their rows filled in from the contract."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import Column, Table
from tasks.staging import Run, write_part

ARTICLES = (
    "Beekeepers count their losses\n40 hives froze near Łódź on Tuesday.\n“We lost 12 – perhaps more,” said keeper Ana Ruiz.\n",
    "Ferry returns\nThe ferry carried 310 passengers across the sound.\n“It was 🚢 time,” said mate Olu Bright.\n",
    "Café reopens\nSome 25 guests came to the café.\n“We are glad,” said owner Zoë Kern.\n",
)

Change = Callable[[pl.DataFrame], pl.DataFrame]


def row(table: Table, **values: Any) -> dict[str, Any]:
    """Fill in a row: a nullable column is null, an enum has its first value, the rest a plain one."""
    return {column.name: _plain(column) for column in table.columns} | values


def frame(table: Table, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.schema)


def stage(out: Path, articles: Sequence[str] = ARTICLES, parts: int = 2, run_id: str = "run-1") -> Run:
    """Stage the articles, dealt out in order to ``parts`` parts a table."""
    run = Run(out, run_id, datetime(2024, 5, 1, tzinfo=UTC))
    size = -(-len(articles) // parts)
    for number in range(parts):
        tables = _tables(articles[number * size : (number + 1) * size], number * size, run_id)
        for name, rows in tables.items():
            write_part(TABLES[name], frame(TABLES[name], rows), run.part(name, number))
    runs = [row(TABLES["runs"], run_id=run_id, started_at=run.started_at, code_version="1.2", documents_in=len(articles))]
    write_part(TABLES["runs"], frame(TABLES["runs"], runs), run.part("runs", 0))
    return run


def edit(run: Run, table: str, change: Change, number: int = 0) -> None:
    """Replace a staged part by what ``change`` makes of it, without asking the contract."""
    part = run.part(table, number)
    change(pl.read_parquet(part, glob=False)).write_parquet(part)


def put(column: str, value: Any, where: int = 0) -> Change:
    """Change one cell: that of ``column`` in the row ``where``."""
    return lambda rows: rows.with_columns(
        pl.when(pl.int_range(pl.len()) == where).then(pl.lit(value, rows.schema[column])).otherwise(column).alias(column)
    )


def read(run: Run, table: str) -> pl.DataFrame:
    return pl.concat([TABLES[table].schema.to_frame(), *(pl.read_parquet(part, glob=False) for part in run.parts(table))])


def doc_id(number: int) -> str:
    return hashlib.sha256(f"{number}.txt".encode()).hexdigest()[:16]


def _plain(column: Column) -> Any:
    plain = {
        pl.String(): "x",
        pl.Int64(): 0,
        pl.Boolean(): False,
        pl.Float64(): 0.0,
        pl.Datetime("us", "UTC"): datetime(2024, 5, 1, tzinfo=UTC),
    }
    return None if column.nullable else next(iter(column.values), plain.get(column.dtype))


def _tables(articles: Sequence[str], first: int, run_id: str) -> dict[str, list[dict[str, Any]]]:
    names = [name for name, table in TABLES.items() if table.is_document_level]
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number, text in enumerate(articles, first):
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        known = {
            "uri": f"{number}.txt",
            "sha256": sha256,
            "fingerprint": sha256[:32],
            "language": "en",
            "chars": len(text),
            "run_id": run_id,
        }
        tables["documents"].append(row(TABLES["documents"], doc_id=doc_id(number), **known))
        tables["texts"].append(row(TABLES["texts"], doc_id=doc_id(number), text=text))
        for name, found in _facts(doc_id(number), text):
            tables[name].append(row(TABLES[name], **found))
    return tables


def _facts(document: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for ordinal, line in enumerate(re.finditer(r".+", text)):
        ids = {"passage_id": f"{document}:p:{line.start()}", "sentence_id": f"{document}:s:{line.start()}"}
        yield "passages", _span(document, line) | {"passage_id": ids["passage_id"], "ordinal": ordinal}
        yield "sentences", _span(document, line) | ids | {"ordinal": ordinal}
        for quote in re.finditer(r"“.+”", line[0]):
            span = _span(document, quote, line.start())
            yield (
                "quotes",
                span
                | ids
                | {
                    "quote_id": f"{document}:q:{span['char_start']}",
                    "verbatim_text": quote[0][1:-1],
                    "source_text": None,
                    "source_basis": "none",
                },
            )
        for number in re.finditer(r"\d+", line[0]):
            span = _span(document, number, line.start())
            same = {"number_text": number[0], "number_start": span["char_start"], "number_end": span["char_end"], "value": float(number[0])}
            yield "figures", span | ids | same | {"figure_id": f"{document}:f:{span['char_start']}"}


def _span(document: str, match: re.Match[str], base: int = 0) -> dict[str, Any]:
    return {"doc_id": document, "char_start": base + match.start(), "char_end": base + match.end(), "text": match[0]}
