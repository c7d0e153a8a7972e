"""Documents that break an expectation are taken out of a run's staged parts, so that the rest can be published.

What is to be done is written down in the staging folder before the first part is rewritten, and doing it twice changes nothing:
a run that was killed half-way finishes it the next time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES
from tasks import parts
from tasks.staging import Reject, Run, write_whole


@dataclass(frozen=True)
class Ledger:
    """What quarantine changes: the documents that leave, and how many documents the run then failed."""

    rejects: dict[str, Reject] = field(default_factory=dict)
    documents_failed: int | None = None


def read_ledger(run: Run) -> Ledger:
    """Return what was written down for this run; an empty ledger where nothing was."""
    path = _ledger_path(run)
    if not path.exists():
        return Ledger()
    stored = json.loads(path.read_text())
    rejects = {doc_id: Reject(**reject) for doc_id, reject in stored["rejects"].items()}
    return Ledger(rejects, stored["documents_failed"])


def rejected(run: Run, ledger: Ledger, reasons: Mapping[str, str]) -> Ledger:
    """Return the ledger with the documents of ``reasons`` (doc_id → what they break) as well; nothing is written."""
    uris = dict(_staged(run, "documents", ["doc_id", "uri"], pl.col("doc_id").is_in(list(reasons))).iter_rows())
    rejects = {doc_id: Reject(uris.get(doc_id) or doc_id, "quarantined", reason) for doc_id, reason in reasons.items()}
    failed = ledger.documents_failed if ledger.documents_failed is not None else _documents_failed(run)
    return Ledger(ledger.rejects | rejects, failed + len(reasons))


def quarantine(run: Run, ledger: Ledger, reasons: Mapping[str, str]) -> Ledger:
    """Take the documents of ``reasons`` out of all staged parts and return the ledger of all so far."""
    ledger = rejected(run, ledger, reasons)
    _write_ledger(run, ledger)
    take_out(run, ledger)
    return ledger


def take_out(run: Run, ledger: Ledger) -> None:
    """Bring the staged parts in line with the ledger; only parts that change are rewritten."""
    if not ledger.rejects:
        return
    parts.take_out(run, ledger.rejects)
    parts.settle(run)
    count = pl.when(pl.col("run_id") == run.run_id).then(ledger.documents_failed).otherwise("documents_failed")
    parts.rewrite(run, "runs", lambda frame: frame.with_columns(count.alias("documents_failed")))


def _documents_failed(run: Run) -> int:
    counts = _staged(run, "runs", ["run_id", "documents_failed"], pl.col("run_id") == run.run_id)["documents_failed"]
    return int(counts[0] or 0) if counts.len() else 0


def _staged(run: Run, table: str, columns: list[str], which: pl.Expr) -> pl.DataFrame:
    found = [pl.read_parquet(part, columns=columns, glob=False).filter(which) for part in run.parts(table)]
    return pl.concat([TABLES[table].schema.to_frame().select(columns), *found])


def _write_ledger(run: Run, ledger: Ledger) -> None:
    write_whole(_ledger_path(run), json.dumps(asdict(ledger)))


def _ledger_path(run: Run) -> Path:
    return run.staging / ".quarantine.json"
