"""Documents that break an expectation are taken out of a run's staged parts, so that the rest can be published.

What is to be done is written down in the staging folder before the first part is rewritten, and doing it twice changes nothing:
a run that was killed half-way finishes it the next time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES
from tasks.staging import Reject, Run, write_part


@dataclass(frozen=True)
class Ledger:
    """What quarantine changes: the documents that leave, who stands in for them, and how many documents the run then failed.

    ``heirs`` maps a document that leaves to the first one left with the same text: the others are now duplicates of that one.
    """

    rejects: dict[str, Reject] = field(default_factory=dict)
    heirs: dict[str, str] = field(default_factory=dict)
    documents_failed: int | None = None


def read_ledger(run: Run) -> Ledger:
    """Return what was written down for this run; an empty ledger where nothing was."""
    path = _ledger_path(run)
    if not path.exists():
        return Ledger()
    stored = json.loads(path.read_text())
    rejects = {doc_id: Reject(**reject) for doc_id, reject in stored["rejects"].items()}
    return Ledger(rejects, stored["heirs"], stored["documents_failed"])


def rejected(run: Run, ledger: Ledger, reasons: Mapping[str, str]) -> Ledger:
    """Return the ledger with the documents of ``reasons`` (doc_id → what they break) as well; nothing is written."""
    documents = _staged(run, "documents", ["doc_id", "uri", "duplicate_of_doc_id"])
    uris = dict(documents.select("doc_id", "uri").iter_rows())
    rejects = {doc_id: Reject(uris.get(doc_id) or doc_id, "quarantined", reason) for doc_id, reason in reasons.items()}
    failed = ledger.documents_failed if ledger.documents_failed is not None else _documents_failed(run)
    return Ledger(ledger.rejects | rejects, ledger.heirs | _heirs(documents, reasons), failed + len(reasons))


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
    gone, duplicate_of = list(ledger.rejects), pl.col("duplicate_of_doc_id")
    heir = duplicate_of.replace(ledger.heirs)
    for table in TABLES.values():
        if table.is_document_level:
            _rewrite(run, table.name, lambda frame: frame.filter(pl.col("doc_id").is_in(gone).not_().fill_null(True)))
    _rewrite(run, "documents", lambda frame: frame.with_columns(pl.when(heir != pl.col("doc_id")).then(heir).alias("duplicate_of_doc_id")))
    count = pl.when(pl.col("run_id") == run.run_id).then(ledger.documents_failed).otherwise("documents_failed")
    _rewrite(run, "runs", lambda frame: frame.with_columns(count.alias("documents_failed")))


def _heirs(documents: pl.DataFrame, reasons: Mapping[str, str]) -> dict[str, str]:
    gone, duplicate_of = list(reasons), pl.col("duplicate_of_doc_id")
    orphans = documents.filter(duplicate_of.is_in(gone) & pl.col("doc_id").is_in(gone).not_())
    return dict(orphans.group_by(duplicate_of, maintain_order=True).agg(pl.col("doc_id").first()).iter_rows())


def _documents_failed(run: Run) -> int:
    counts = _staged(run, "runs", ["run_id", "documents_failed"]).filter(pl.col("run_id") == run.run_id)["documents_failed"]
    return int(counts[0] or 0) if counts.len() else 0


def _staged(run: Run, table: str, columns: list[str]) -> pl.DataFrame:
    return pl.concat([TABLES[table].schema.to_frame(), *(pl.read_parquet(part, glob=False) for part in run.parts(table))]).select(columns)


def _rewrite(run: Run, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    for part in run.parts(table):
        frame = pl.read_parquet(part, glob=False)
        changed = change(frame)
        if not changed.equals(frame):
            write_part(TABLES[table], changed, part)


def _write_ledger(run: Run, ledger: Ledger) -> None:
    unfinished = run.staging / ".quarantine.tmp"
    unfinished.write_text(json.dumps(asdict(ledger)))
    unfinished.replace(_ledger_path(run))


def _ledger_path(run: Run) -> Path:
    return run.staging / ".quarantine.json"
