"""load: source files in, batches of decoded documents out.

Files are read one after another and cut into batches, so that memory is bounded by the batch, however much there is to read. (What
grows with the number of documents is the set of their uris.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from tasks.decode import Refused, decode
from tasks.language import languages
from tasks.log import TaskLog
from tasks.readers import Found, read
from tasks.sources import SourceError, find
from tasks.staging import BATCH, Reject, Run

__all__ = ["Loaded", "SourceError", "load", "load_sources"]

BATCH_DOCUMENTS: Final = 50_000
"""The most documents of a batch: very short ones weigh more than their text."""

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What was loaded: the batch files in order, the number of documents in them, and what was refused."""

    batches: list[Path]
    documents: int
    rejects: list[Reject]


def load_sources(sources: Sequence[str], run: Run, published: date | None = None, batch_bytes: int = 4_000_000) -> Loaded:
    """Read all documents of ``sources`` into Parquet files of schema ``BATCH`` in ``run.batches``; every input gives a row or a reject.

    A batch holds at most ``batch_bytes`` bytes of raw text, or one document that is longer. ``published`` is the publication date
    of documents that have none of their own. Raises :class:`SourceError` if a source is missing, or none is given.
    """
    rejects: list[Reject] = []
    writes: list[Future[Path]] = []
    documents = 0
    with ThreadPoolExecutor(max_workers=1) as writer:
        for number, rows in enumerate(_cut(_rows(_found(sources, run.out), rejects), batch_bytes)):
            # One batch is written while the next is read, and no more than these two are in memory.
            if writes:
                writes[-1].result()
            writes.append(writer.submit(_write, rows, published, run.batches / f"batch-{number:05d}.parquet"))
            documents += len(rows)
    return Loaded([write.result() for write in writes], documents, rejects)


def _found(sources: Sequence[str], skip: Path) -> Iterator[Found | Reject]:
    for entry in find(sources, skip):
        if isinstance(entry, Reject):
            yield entry
        else:
            yield from read(entry)


def _rows(found: Iterable[Found | Reject], rejects: list[Reject]) -> Iterator[Row]:
    """Make rows of the documents that are text and whose uri is new; add the others to ``rejects``."""
    uris: set[str] = set()
    for item in found:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        try:
            row = _row(item)
            if item.uri in uris:
                raise Refused("duplicate_uri", "an earlier document of this run has the same uri")
        except Refused as refused:
            where = "" if item.uri == item.place else f"{item.place}: "
            rejects.append(Reject(item.uri, refused.reason, where + refused.detail))
        else:
            uris.add(item.uri)
            yield row


def _row(found: Found) -> Row:
    """Make a row of ``BATCH``. The id is made of uri and bytes, so that two outlets that print the same text are two documents."""
    text, encoding = (found.text, found.encoding) if found.text is not None else decode(found.raw)
    return {
        "doc_id": sha256(found.uri.encode() + b"\0" + found.raw).hexdigest()[:16],
        "uri": found.uri,
        "text": text,
        "sha256": sha256(found.raw).hexdigest(),
        "bytes": len(found.raw),
        "encoding": encoding,
        "language": found.given.language,
        "title": found.given.title,
        "publisher": found.given.publisher,
        "published": found.given.published,
    }


def _cut(rows: Iterable[Row], batch_bytes: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        if batch and (size + row["bytes"] > batch_bytes or len(batch) == BATCH_DOCUMENTS):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row["bytes"]
    if batch:
        yield batch


def _frame(rows: list[Row], published: date | None) -> pl.DataFrame:
    """Make the batch, with the language of every document and the run's publication date where there is none."""
    frame = pl.DataFrame(rows, schema=BATCH).with_columns(pl.col("published").fill_null(pl.lit(published, pl.Date)))
    unknown = frame["language"].is_null().arg_true()
    return frame.with_columns(frame["language"].scatter(unknown, languages(frame["text"].gather(unknown))))


def _write(rows: list[Row], published: date | None, path: Path) -> Path:
    """Write a batch; the file appears under its name only when it is whole."""
    frame = _frame(rows, published)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    frame.write_parquet(unfinished, compression="uncompressed", statistics=False)
    unfinished.replace(path)
    return path


@task(name="load", task_run_name="load", cache_policy=NO_CACHE)
def load(sources: Sequence[str], run: Run, published: date | None = None) -> Loaded:
    """Load the documents of ``sources`` into batches."""
    log = TaskLog(get_run_logger(), "load")
    loaded = load_sources(sources, run, published)
    log(documents=loaded.documents, rejects=len(loaded.rejects), batches=len(loaded.batches))
    return loaded
