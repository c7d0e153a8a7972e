"""load: source files in, batches of decoded documents out.

Files are read one after another and cut into batches, so that memory is bounded by the batch, however much there is to read. (What
grows with the number of documents is the set of their uris.)
"""

from __future__ import annotations

import json
import shutil
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

from tasks import language
from tasks.decode import Refused, decode
from tasks.earlier import Earlier, Seen, look_back, take_over
from tasks.log import TaskLog
from tasks.pages import read_page
from tasks.readers import Found, Metadata, read
from tasks.retry import may_pass
from tasks.sources import SourceError, find
from tasks.staging import BATCH, Reject, Run, write_parquet
from tasks.versions import versions

__all__ = ["Loaded", "SourceError", "load", "load_sources"]

BATCH_DOCUMENTS: Final = 50_000
"""The most documents of a batch: very short ones weigh more than their text."""

#: Reasons that say that something was there and could not be read: what lay in it is not gone.
UNREAD: Final = frozenset("unreadable damaged bad_archive archive_bomb too_deep encrypted bad_csv undecodable no_rows".split())

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What was loaded: the batch files in order, the number of documents in them, and what was refused.

    ``unchanged`` documents stand in the current release already, ``finished`` ones were extracted by a run that did not publish; the
    parts of both are staged, and ``first`` is the number of the next. ``gone`` documents of the release are changed or pruned.
    """

    batches: list[Path]
    documents: int
    rejects: list[Reject]
    unchanged: int = 0
    finished: int = 0
    first: int = 0
    gone: int = 0

    @property
    def inputs(self) -> int:
        """How many documents came in, refused ones too."""
        return self.documents + self.unchanged + self.finished + len(self.rejects)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the parts that the batches become."""
        return list(range(self.first, self.first + len(self.batches)))

    @property
    def is_news(self) -> bool:
        """Is there anything that the current release does not say already?"""
        return bool(self.documents or self.finished or self.gone or not self.unchanged)


def load_sources(
    sources: Sequence[str], run: Run, published: date | None = None, batch_bytes: int = 6_000_000, prune: bool = False
) -> Loaded:
    """Read the new and changed documents of ``sources`` into Parquet files of schema ``BATCH`` in ``run.batches``, and stage the others.

    Every input gives a row, a reject, or stands already. A batch holds at most ``batch_bytes`` bytes of raw text, or one document that is
    longer. ``published`` is the publication date of documents that have none of their own. Raises :class:`SourceError` if a source is
    missing, or none is given.
    """
    rejects: list[Reject] = []
    writes: list[Future[Path]] = []
    documents, seen = 0, Seen()
    shutil.rmtree(run.staging, ignore_errors=True)  # of an attempt before this one
    found = _found(sources, run.out)
    rows = _rows(found, rejects, look_back(run), seen, _Basis.of(run, published))
    with ThreadPoolExecutor(max_workers=1) as writer:
        for number, batch in enumerate(_cut(rows, batch_bytes)):
            # One batch is written while the next is read, and no more than these two are in memory.
            if writes:
                writes[-1].result()
            writes.append(writer.submit(_write, batch, run.batches / f"batch-{number:05d}.parquet"))
            documents += len(batch)
    language.forget()
    seen.unread.update(reject.uri for reject in rejects if reject.reason in UNREAD)
    first, finished = take_over(run, seen, prune, batch_bytes)
    return Loaded([write.result() for write in writes], documents, rejects, len(seen.unchanged), finished, first, run.plan.gone)


def _found(sources: Sequence[str], skip: Path) -> Iterator[Found | Reject]:
    entries = find(sources, skip)
    return (item for entry in entries for item in ((entry,) if isinstance(entry, Reject) else read(entry)))


@dataclass(frozen=True)
class _Basis:
    """What counts for all documents of a run: the publication date of those that have none, and a fingerprint of all that reads them."""

    published: date | None
    fingerprint: bytes

    @classmethod
    def of(cls, run: Run, published: date | None) -> _Basis:
        told = json.dumps([versions(run), run.texts], sort_keys=True)
        return cls(published, sha256(told.encode()).digest())


def _rows(found: Iterable[Found | Reject], rejects: list[Reject], earlier: Earlier, seen: Seen, basis: _Basis) -> Iterator[Row]:
    """Make rows of the documents that are text, whose uri is new to this run and that are not known yet; add the others to ``rejects``."""
    uris: set[str] = set()
    for item in found:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        try:
            given = item.given._replace(published=item.given.published or basis.published)
            digest = sha256(item.raw).digest()
            fingerprint = sha256(basis.fingerprint + digest + repr((item.uri, *given)).encode(errors="surrogatepass")).hexdigest()[:32]
            is_new = item.uri not in uris
            if is_new and _is_known(item.uri, fingerprint, earlier, seen):
                uris.add(item.uri)
                continue
            row = _row(item, given, digest.hex(), fingerprint)
            if not is_new:
                raise Refused("duplicate_uri", "an earlier document of this run has the same uri")
        except Refused as refused:
            where = "" if item.uri == item.place else f"{item.place}: "
            rejects.append(Reject(item.uri, refused.reason, where + refused.detail))
        else:
            uris.add(item.uri)
            seen.changed.add(item.uri)
            yield row


def _is_known(uri: str, fingerprint: str, earlier: Earlier, seen: Seen) -> bool:
    if earlier.published.get(uri) == fingerprint:
        seen.unchanged.add(uri)
    elif earlier.finished.get(uri) == fingerprint:
        seen.finished.add(uri)
    else:
        return False
    return True


def _row(found: Found, given: Metadata, digest: str, fingerprint: str) -> Row:
    """Make a row of ``BATCH``. The id is made of uri and bytes, so that two outlets that print the same text are two documents."""
    if found.is_page:
        page = read_page(found.raw)
        text, encoding = page.text, page.encoding
        # What was given with it says more than the page, and the page more than what was said of all documents.
        given = found.given._replace(
            title=given.title or page.title,
            publisher=given.publisher or page.publisher,
            published=found.given.published or page.published or given.published,
        )
    else:
        text, encoding = decode(found.raw)
    return {
        "doc_id": sha256(found.uri.encode() + b"\0" + found.raw).hexdigest()[:16],
        "uri": found.uri,
        "text": text,
        "sha256": digest,
        "bytes": len(found.raw),
        "encoding": encoding,
        "language": given.language,
        "title": given.title,
        "publisher": given.publisher,
        "published": given.published,
        "fingerprint": fingerprint,
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


def _write(rows: list[Row], path: Path) -> Path:
    """Write a batch, with the language of every document; the file appears under its name only when it is whole."""
    frame = pl.DataFrame(rows, schema=BATCH)
    unknown = frame["language"].is_null().arg_true()
    frame = frame.with_columns(frame["language"].scatter(unknown, language.languages(frame["text"].gather(unknown))))
    write_parquet(frame, path, compression="uncompressed", statistics=False)
    return path


@task(name="load", task_run_name="load", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[5, 60], retry_condition_fn=may_pass)
def load(sources: Sequence[str], run: Run, published: date | None = None, prune: bool = False) -> Loaded:
    """Load the documents of ``sources`` into batches, and stage what is known of them."""
    log = TaskLog(get_run_logger(), "load")
    loaded = load_sources(sources, run, published, prune=prune)
    counts = {"rejects": len(loaded.rejects), "unchanged": loaded.unchanged, "finished before": loaded.finished, "gone": loaded.gone}
    log(documents=loaded.documents, **counts, batches=len(loaded.batches))
    return loaded
