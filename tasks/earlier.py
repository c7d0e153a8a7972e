"""What earlier runs have done that need not be done again: the current release, and the finished batches of runs that were killed.

A document is known by its uri; where its fingerprint is the same too, its rows stand as they are. So a build costs what has changed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES
from expectations.suites import header
from tasks.parts import names, numbers, take_out
from tasks.quarantine import read_ledger
from tasks.release import parts_of_current
from tasks.staging import ENTITIES, Plan, Run, part_name, write_part

SMALL: float = 0.25
"""A part of less than this share of a batch is small."""

MANY: int = 8
"""So many small parts are put together: a part a night would come to hundreds in a year."""

REFUSED = ".refused"
_KEYS = ("doc_id", "uri", "fingerprint", "bytes")


class OutdatedError(ValueError):
    """The current release does not fit this version, and the sources of some of its documents are not among those given."""


@dataclass(frozen=True)
class Earlier:
    """Fingerprints by uri: of the documents of the current release, and of those that an unpublished run has finished."""

    published: Mapping[str, str] = field(default_factory=dict)
    finished: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What this run found of them, as uris: the same as ever, finished by another run, changed, and those whose source could not be read."""

    unchanged: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)


def look_back(run: Run) -> Earlier:
    """Read which documents earlier runs have done."""
    published = _fingerprints(parts_of_current(run.out, "documents"))
    finished: dict[str, str] = {}
    for other in _unpublished(run):
        finished = _fingerprints(_finished_parts(other)) | finished
    return Earlier(published, finished)


def take_over(run: Run, seen: Seen, prune: bool, batch_bytes: int) -> tuple[int, int]:
    """Stage what stays of the current release and what other runs have finished; returns the number of parts, and of documents finished.

    Of the release stay the documents that were not changed and, unless ``prune``, those that were not seen. What other runs have left is
    removed once it has been taken over. Raises :class:`OutdatedError`.
    """
    gone = _keep(run, seen, prune, batch_bytes)
    first = 1 + max(numbers(run.parts("documents")), default=-1)
    run.decide(Plan(first, gone))
    parts, documents = first, 0
    wanted = set(seen.finished)
    others = _unpublished(run)
    for other in others:
        for part in _finished_parts(other):
            taken = _adopt(run, other, part, parts, wanted)
            wanted -= taken
            parts, documents = parts + bool(taken), documents + len(taken)
    for other in others:
        shutil.rmtree(other.staging, ignore_errors=True)
    return parts, documents


def clear(run: Run) -> None:
    """Remove what runs have left that were refused, but for the last, which is there to be looked at."""
    refused = sorted(folder for folder in (run.out / ".staging").glob("*") if (folder / REFUSED).exists())
    for folder in refused[:-1]:
        shutil.rmtree(folder, ignore_errors=True)


def _fingerprints(parts: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        if "fingerprint" in pl.read_parquet_schema(part):
            found |= dict(pl.read_parquet(part, columns=["uri", "fingerprint"], glob=False).iter_rows())
        else:
            found |= dict.fromkeys(pl.read_parquet(part, columns=["uri"], glob=False)["uri"], "")
    return found


def _unpublished(run: Run) -> list[Run]:
    """The runs into the same folder that have ended without a release; none is under way, since only one may be at a time."""
    folders = sorted((run.out / ".staging").glob("*"))
    return [Run(run.out, path.name, run.started_at) for path in folders if path != run.staging and not (path / REFUSED).exists()]


def _finished_parts(other: Run) -> list[Path]:
    marked = sorted((other.staging / ".finished").glob("*.json"))
    return [part for part in (other.part("documents", int(mark.stem)) for mark in marked) if part.exists()]


def _keep(run: Run, seen: Seen, prune: bool, batch_bytes: int) -> int:
    """Stage what stays of the current release, and return how many of its documents do not."""
    parts = parts_of_current(run.out, "documents")
    if not parts:
        return 0
    groups: list[tuple[int, int, set[str]]] = []
    count = 0
    for part in parts:
        keys = pl.read_parquet(part, columns=[name for name in _KEYS if name in pl.read_parquet_schema(part)], glob=False)
        stays = _stays(keys["uri"], seen, prune)
        count += keys.height - int(stays.sum())
        if stays.any():
            groups.append((numbers([part])[0], int(keys.filter(stays)["bytes"].sum()), set(keys.filter(~stays)["doc_id"])))
    _demand_fit(run, groups)
    for number, together in enumerate(_together(groups, batch_bytes)):
        _stage(run, together, number)
    for name in ENTITIES:
        for part in parts_of_current(run.out, name):
            if not numbers([part]):
                _link(part, run.shared / name / "part-before.parquet")
    return count


def _stays(uris: pl.Series, seen: Seen, prune: bool) -> pl.Series:
    is_unchanged = uris.is_in(list(seen.unchanged))
    is_unseen = ~(is_unchanged | uris.is_in([*seen.changed, *seen.finished]))
    if prune:  # what could not be read is not gone
        unread = [uri for uri in uris.filter(is_unseen) if not seen.unread.isdisjoint(_within(uri))]
        is_unseen = uris.is_in(unread)
    return is_unchanged | is_unseen


def _within(uri: str) -> Iterator[str]:
    """The uri and those of the files, archives and folders that it lies in."""
    yield uri
    yield from (uri[:end] for end, character in enumerate(uri) if character in "/#")


def _demand_fit(run: Run, groups: Collection[object]) -> None:
    if not groups:
        return
    for table in TABLES.values():
        for part in parts_of_current(run.out, table.name):
            if header(pl.read_parquet_schema(part)) != header(table.schema):
                raise OutdatedError(
                    f"the current release was made by another version, its {table.name} have other columns, and some of its documents are "
                    "not among the sources: give their sources too, or --prune them"
                )


def _together(groups: Sequence[tuple[int, int, set[str]]], batch_bytes: int) -> Iterator[list[tuple[int, set[str]]]]:
    """Put small parts together, up to a batch, where there are many."""
    small = [group for group in groups if group[1] < SMALL * batch_bytes]
    merged = small if len(small) >= MANY else []
    for number, _, gone in groups:
        if not any(number == one for one, _, _ in merged):
            yield [(number, gone)]
    size, waiting = 0, list[tuple[int, set[str]]]()
    for number, bytes_, gone in merged:
        if waiting and size + bytes_ > batch_bytes:
            yield waiting
            size, waiting = 0, []
        size, waiting = size + bytes_, [*waiting, (number, gone)]
    if waiting:
        yield waiting


def _stage(run: Run, together: list[tuple[int, set[str]]], number: int) -> None:
    """Stage a part of each table: as a link if nothing of it changes, else what is left of those that are put together."""
    current = (run.out / "current").resolve()
    gone = {doc_id for _, ids in together for doc_id in ids}
    for table in TABLES.values():
        parts = [current / table.name / part_name(old) for old, _ in together]
        parts = [part for part in parts if part.exists()]
        if not parts or not (table.is_document_level or table.name in ENTITIES):
            continue
        if len(parts) == 1:
            _link(parts[0], run.part(table.name, number))
        else:
            write_part(table, pl.concat([pl.read_parquet(part, glob=False) for part in parts]), run.part(table.name, number))
    take_out(run, gone, names([number]))


def _adopt(run: Run, other: Run, part: Path, number: int, wanted: set[str]) -> set[str]:
    """Stage those documents of another run's finished part that are wanted (uris), and return them."""
    quarantined = list(read_ledger(other).rejects)
    keys = pl.read_parquet(part, columns=["doc_id", "uri"], glob=False)
    mine = keys.filter(pl.col("uri").is_in(list(wanted)) & pl.col("doc_id").is_in(quarantined).not_())
    if mine.is_empty():
        return set()
    old = numbers([part])[0]
    for table in TABLES.values():
        if (source := other.part(table.name, old)).exists() and (table.is_document_level or table.name in ENTITIES):
            _link(source, run.part(table.name, number))
        if (source := other.shared / table.name / part_name(old)).exists():
            _link(source, run.shared / table.name / part_name(number))
    take_out(run, set(keys["doc_id"]) - set(mine["doc_id"]), names([number]))
    documents = pl.read_parquet(run.part("documents", number), glob=False)
    write_part(TABLES["documents"], documents.with_columns(run_id=pl.lit(run.run_id)), run.part("documents", number))
    done = json.loads(other.finished(old).read_text())
    run.finished(number).parent.mkdir(parents=True, exist_ok=True)
    run.finished(number).write_text(json.dumps(done | {"batch": number}))
    return set(mine["uri"])


def _link(source: Path, target: Path) -> None:
    """Make a hard link: a part is never written to again, only replaced. Where the file system has none, copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
