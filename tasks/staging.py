"""Where a run keeps its unpublished work, and how a part of a table is written there.

``OUT/.staging/<run_id>/`` holds ``.batches/batch-*.parquet`` (what :mod:`tasks.load` hands to :mod:`tasks.extract`) and, one folder a
table, the ``part-*.parquet`` files that become the release. Nothing in it is visible to readers of ``OUT/current``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
    }
)


@dataclass(frozen=True)
class Reject:
    """An input that gives no rows, with the reason: a short fixed word for machines, and a sentence for people."""

    uri: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Run:
    """One run of the pipeline into one output folder; ``lexicons`` is the user's own folder of them."""

    out: Path
    run_id: str
    started_at: datetime
    lexicons: Path | None = None

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

    def part(self, table: str, number: int) -> Path:
        """The path of one part of a table."""
        return self.staging / table / f"part-{number:05d}.parquet"

    def parts(self, table: str) -> Sequence[Path]:
        """The parts of a table that have been written, in order."""
        return sorted((self.staging / table).glob("part-*.parquet"))


def write_part(table: Table, frame: pl.DataFrame, path: Path) -> int:
    """Write the rows of ``frame`` as a part of ``table`` and return their number.

    The file appears under its name only when it is whole. It holds zstd pages with statistics, and the contract's descriptions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    table.conform(frame).write_parquet(unfinished, compression="zstd", statistics=True, arrow_schema=table.arrow_schema)
    unfinished.replace(path)
    return frame.height
