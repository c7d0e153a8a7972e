"""Where a run keeps its unpublished work, and how a part of a table is written there.

``OUT/.staging/<run_id>/`` holds, one folder a table, the ``part-*.parquet`` files that become the release: first the parts of the
current release that stay, as hard links, then those of this run. Parts of one number hold the rows of the same documents in every table
of documents. Beside them, hidden: ``.batches`` (what :mod:`tasks.load` hands to :mod:`tasks.extract`), ``.finished`` (which parts
are whole, so that the run after one that was killed can take them over), ``.shared`` (rows of actors, places and aliases that any document
may share, a part for each batch) and ``.plan.json``. Nothing in it is visible to readers of ``OUT/current``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from expectations.contract import Table

#: The language that facts are read from, ISO 639-1.
LANGUAGE = "en"

#: What load hands over, one row a document: ``publisher`` and the rest are null where nothing was given with the text.
BATCH = pl.Schema(
    {
        "doc_id": pl.String(),
        "uri": pl.String(),
        "text": pl.String(),
        "sha256": pl.String(),
        "bytes": pl.Int64(),
        "encoding": pl.String(),
        "language": pl.String(),
        "title": pl.String(),
        "publisher": pl.String(),
        "published": pl.Date(),
        "fingerprint": pl.String(),
    }
)


@dataclass(frozen=True)
class Reject:
    """An input that gives no rows, with the reason: a short fixed word for machines, and a sentence for people."""

    uri: str
    reason: str
    detail: str


#: Tables whose rows documents share: of each batch, what one document alone knows goes into its part, the rest into ``part-shared``.
ENTITIES = ("actors", "places", "aliases")
#: Ids that belong to one document begin with it.
LOCAL = "^[0-9a-f]{16}:"


@dataclass(frozen=True)
class Plan:
    """What the staged parts are: those below ``first`` are of the release before, and ``gone`` of its documents are not among them."""

    first: int = 0
    gone: int = 0


@dataclass(frozen=True)
class Run:
    """One run of the pipeline into one output folder; ``lexicons`` is the user's own folder of them, ``texts`` whether they are published."""

    out: Path
    run_id: str
    started_at: datetime
    lexicons: Path | None = None
    texts: bool = True

    @property
    def staging(self) -> Path:
        """The folder of the run's unpublished work."""
        return self.out / ".staging" / self.run_id

    @property
    def batches(self) -> Path:
        """The folder of the batches that were loaded and wait to be extracted."""
        return self.staging / ".batches"

    @property
    def rejected(self) -> Path:
        """The JSON Lines file of what was refused, and why."""
        return self.out / "rejected" / f"{self.run_id}.jsonl"

    @property
    def shared(self) -> Path:
        """The folder of the rows that documents share, one folder a table and one part a batch."""
        return self.staging / ".shared"

    @property
    def plan(self) -> Plan:
        """What the staged parts are."""
        path = self.staging / ".plan.json"
        return Plan(**json.loads(path.read_text())) if path.exists() else Plan()

    def decide(self, plan: Plan) -> None:
        """Write down what the staged parts are."""
        write_whole(self.staging / ".plan.json", json.dumps(asdict(plan)))

    def part(self, table: str, number: int) -> Path:
        """The path of one part of a table."""
        return self.staging / table / part_name(number)

    def parts(self, table: str) -> Sequence[Path]:
        """The parts of a table that have been written, in order."""
        return sorted((self.staging / table).glob("part-*.parquet"))

    def new_parts(self, table: str) -> Sequence[Path]:
        """The parts of a table that this run has made: all but those of the release before, which were validated for that."""
        first = self.plan.first if table not in {"runs"} else 0
        return [part for part in self.parts(table) if part.name >= part_name(first)]

    def finished(self, number: int) -> Path:
        """The file that says that a batch is extracted, and what it gave."""
        return self.staging / ".finished" / f"{number:05d}.json"


def part_name(number: int) -> str:
    """The name of a part."""
    return f"part-{number:05d}.parquet"


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_text(text)
    unfinished.replace(path)


def write_part(table: Table, frame: pl.DataFrame, path: Path) -> int:
    """Write the rows of ``frame`` as a part of ``table`` and return their number.

    The file appears under its name only when it is whole. It holds zstd pages with statistics, and the contract's descriptions.
    """
    write_parquet(table.conform(frame), path, compression="zstd", compression_level=1, statistics=True, arrow_schema=table.arrow_schema)
    return frame.height


def write_parquet(frame: pl.DataFrame, path: Path, **options: Any) -> None:
    """Write a file that appears under its name only when it is whole. Raises OSError, as of a full disk, which Polars hides in its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    try:
        frame.write_parquet(unfinished, **options)
    except pl.exceptions.PolarsError as error:
        if number := re.search(r"\(os error (\d+)\)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error
        raise OSError(f"{path}: it cannot be written: {' '.join(str(error).split())[:200]}") from error
    unfinished.replace(path)
