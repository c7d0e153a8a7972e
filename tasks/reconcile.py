"""Reconcile: what needs more than one batch. Documents that repeat another, the reviewer's list, and the run itself."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

import seeds
from expectations import actors, aliases, documents, mentions, places, quotes, review, runs
from expectations.contract import Table
from tasks.log import TaskLog
from tasks.staging import LANGUAGE, Run, write_part

_TASKS = Path(__file__).parent
#: Ids of actors and places that are known from one document only.
_LOCAL = "^[0-9a-f]{16}:[al]:"


def reconcile_run(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> dict[str, int]:
    """Complete the staged tables of a run; returns the rows of the tables that it wrote."""
    _mark_duplicates(run)
    for table in (actors.TABLE, places.TABLE, aliases.TABLE):
        _deduplicate(run, table)
    about = {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "code_version": version("newsfacts"),
        "rules_version": _fingerprint(_TASKS, ("clean.py", "extract.py", "grammar/**/*.py", "facts/**/*.py")),
        "lexicon_version": _lexicon_version(run),
        "documents_in": documents_in,
        "documents_failed": documents_failed,
        "prefect_flow_run_id": flow_run_id,
    }
    return {
        "review": write_part(review.TABLE, _review(run), run.part("review", 0)),
        "runs": write_part(runs.TABLE, pl.DataFrame([about], schema=runs.TABLE.schema), run.part("runs", 0)),
    }


def _lexicon_version(run: Run) -> str:
    """The fingerprint of the lexicons that are shipped, and behind a plus sign that of the user's own."""
    shipped = _fingerprint(seeds.folder, ("lexicons/*.csv", "lexicons/*.parquet", "models/*.npz"))
    return f"{shipped}+{_fingerprint(run.lexicons, ('*.csv',))}" if run.lexicons else shipped


@cache
def _fingerprint(folder: Path, patterns: tuple[str, ...]) -> str:
    """First 12 hex digits of SHA-256 over the names and bytes of the files in ``folder``."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _mark_duplicates(run: Run) -> None:
    """Name in each document the first one with the same bytes; only the parts that hold such a document are written again."""
    parts = run.parts("documents")
    if not parts:
        return
    keys = pl.concat(
        [
            pl.read_parquet(part, columns=["doc_id", "sha256"], glob=False).with_columns(pl.lit(i).alias("part"))
            for i, part in enumerate(parts)
        ]
    )
    first = pl.col("doc_id").first().over("sha256")
    repeats = keys.select("doc_id", "part", first.alias("first")).filter(pl.col("first") != pl.col("doc_id"))
    for (number,), rows in repeats.group_by("part", maintain_order=True):
        part = parts[int(str(number))]
        known = pl.read_parquet(part, glob=False).join(rows.select("doc_id", "first"), on="doc_id", how="left", maintain_order="left")
        write_part(documents.TABLE, known.with_columns(pl.col("first").alias("duplicate_of_doc_id")), part)


def _deduplicate(run: Run, table: Table) -> None:
    """Leave one row a key in the parts of a table, the first; only the parts that lose a row are written again.

    What one document alone knows has its id and cannot recur, so that only the lexicon's and gazetteer's keys are remembered.
    """
    seen = pl.DataFrame(schema={name: table.schema[name] for name in table.key})
    for part in run.parts(table.name):
        rows = pl.read_parquet(part, glob=False)
        new = rows.join(seen, on=table.key, how="anti", maintain_order="left")
        if new.height < rows.height:
            write_part(table, new, part)
        shared = pl.col("entity_id" if "entity_id" in table.schema else table.key[0])
        seen = pl.concat([seen, new.filter(~shared.str.contains(_LOCAL)).select(table.key)])


def _review(run: Run) -> pl.DataFrame:
    """What a person should look at, in the order of the documents."""
    about = _scan(run, documents.TABLE.name, documents.TABLE.schema)
    said = _scan(run, quotes.TABLE.name, quotes.TABLE.schema)
    named = _scan(run, mentions.TABLE.name, mentions.TABLE.schema)
    issues = [
        _issue(
            about.filter(pl.col("publication_date").is_null()),
            "no_publication_date",
            "nothing says when it was published: no relative date is resolved",
        ),
        _issue(about.filter(pl.col("language") != LANGUAGE), "not_english", "no facts are read from this language"),
        _issue(about.filter(pl.col("encoding") != "utf-8"), "decode_error", "not UTF-8: decoded by the detected encoding"),
        _issue(
            named.filter(pl.col("entity_id").is_null() & (pl.col("mention_type") == "name")),
            "unlinked_mention",
            "unknown, or as likely one place as another",
            at_span=True,
        ),
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
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=schema)


@task(name="reconcile", task_run_name="reconcile", cache_policy=NO_CACHE)
def reconcile(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> dict[str, int]:
    """Complete the staged tables."""
    log = TaskLog(get_run_logger(), "reconcile")
    rows = reconcile_run(run, documents_in, documents_failed, flow_run_id)
    log(rows=sum(rows.values()))
    return rows
