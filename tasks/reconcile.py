"""Reconcile: what needs more than one batch. Documents that repeat another, the reviewer's list, and the run itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

import seeds
from expectations import documents, quotes, review, runs
from tasks.extract import LANGUAGE
from tasks.staging import Run, write_part


def reconcile_run(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> dict[str, int]:
    """Complete the staged tables of a run; returns the rows of the tables that it wrote."""
    _mark_duplicates(run)
    about = {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "code_version": version("newsfacts"),
        "rules_version": fingerprint([Path(__file__).parent / "grammar", Path(__file__).parent / "facts"], "*.py"),
        "lexicon_version": fingerprint([seeds.folder / "lexicons", seeds.folder / "models"], "*.*"),
        "documents_in": documents_in,
        "documents_failed": documents_failed,
        "prefect_flow_run_id": flow_run_id,
    }
    return {
        "review": write_part(review.TABLE, _review(run), run.part("review", 0)),
        "runs": write_part(runs.TABLE, pl.DataFrame([about], schema=runs.TABLE.schema), run.part("runs", 0)),
    }


@cache
def _fingerprint(folders: tuple[Path, ...], pattern: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def fingerprint(folders: Sequence[Path], pattern: str) -> str:
    """First 12 hex digits of SHA-256 over the names and bytes of the files in ``folders``."""
    return _fingerprint(tuple(folders), pattern)


def _mark_duplicates(run: Run) -> None:
    """Name in each document the first one with the same bytes; only the parts that hold such a document are written again."""
    parts = run.parts("documents")
    if not parts:
        return
    keys = pl.concat([pl.read_parquet(part, columns=["doc_id", "sha256"]).with_columns(pl.lit(i).alias("part")) for i, part in enumerate(parts)])
    first = pl.col("doc_id").first().over("sha256")
    repeats = keys.select("doc_id", "part", first.alias("first")).filter(pl.col("first") != pl.col("doc_id"))
    for (number,), rows in repeats.group_by("part", maintain_order=True):
        part = parts[int(str(number))]
        known = pl.read_parquet(part).join(rows.select("doc_id", "first"), on="doc_id", how="left", maintain_order="left")
        write_part(documents.TABLE, known.with_columns(pl.col("first").alias("duplicate_of_doc_id")), part)


def _review(run: Run) -> pl.DataFrame:
    """What a person should look at, in the order of the documents."""
    about = _scan(run, documents.TABLE.name, documents.TABLE.schema)
    said = _scan(run, quotes.TABLE.name, quotes.TABLE.schema)
    issues = [
        _issue(about.filter(pl.col("publication_date").is_null()), "no_publication_date", "nothing says when it was published: no relative date is resolved"),
        _issue(about.filter(pl.col("language") != LANGUAGE), "not_english", "no facts are read from this language"),
        _issue(about.filter(pl.col("encoding") != "utf-8"), "decode_error", "not UTF-8: decoded by the detected encoding"),
        _issue(said.filter(pl.col("source_basis") == "none"), "unattributed_quote", "nobody is named as its speaker", at_span=True),
    ]
    return pl.concat(issues).collect()


def _issue(rows: pl.LazyFrame, issue_type: str, detail: str, *, at_span: bool = False) -> pl.LazyFrame:
    start, end = (pl.col(name) if at_span else pl.lit(None, pl.Int64) for name in ("char_start", "char_end"))
    return rows.select(
        pl.format("{}:{}:{}", "doc_id", pl.lit(issue_type), start.fill_null(0)).alias("review_id"),
        "doc_id",
        start.alias("char_start"),
        end.alias("char_end"),
        pl.lit(issue_type).alias("issue_type"),
        pl.lit(detail).alias("detail"),
    )


def _scan(run: Run, table: str, schema: pl.Schema) -> pl.LazyFrame:
    parts = list(run.parts(table))
    return pl.scan_parquet(parts) if parts else pl.LazyFrame(schema=schema)


@task(name="reconcile", cache_policy=NO_CACHE)
def reconcile(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> dict[str, int]:
    """Complete the staged tables."""
    return reconcile_run(run, documents_in, documents_failed, flow_run_id)
