"""Reconcile: what needs more than one batch. Documents that repeat another, the rows that documents share, and the run itself."""

from __future__ import annotations

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from expectations import runs
from tasks.log import TaskLog
from tasks.parts import settle
from tasks.release import parts_of_current
from tasks.staging import Run, write_part
from tasks.versions import versions


def reconcile_run(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> int:
    """Complete the staged tables of a run; returns the number of documents that they hold."""
    settle(run)
    about = {
        "run_id": run.run_id,
        "started_at": run.started_at,
        **versions(run),
        "documents_in": documents_in,
        "documents_failed": documents_failed,
        "prefect_flow_run_id": flow_run_id,
    }
    this = pl.DataFrame([about], schema=runs.TABLE.schema)
    documents, ids = 0, [run.run_id]
    for part in run.parts("documents"):
        frame = pl.read_parquet(part, columns=["run_id"], glob=False)
        documents, ids = documents + frame.height, sorted({*ids, *frame["run_id"]})
    before = [pl.read_parquet(part, glob=False) for part in parts_of_current(run.out, "runs")] if len(ids) > 1 else []
    still = pl.concat([runs.TABLE.schema.to_frame(), *before]).filter(pl.col("run_id").is_in(ids) & (pl.col("run_id") != run.run_id))
    write_part(runs.TABLE, pl.concat([still, this]), run.part("runs", 0))
    return documents


@task(name="reconcile", task_run_name="reconcile", cache_policy=NO_CACHE)
def reconcile(run: Run, documents_in: int, documents_failed: int, flow_run_id: str | None = None) -> int:
    """Complete the staged tables."""
    log = TaskLog(get_run_logger(), "reconcile")
    documents = reconcile_run(run, documents_in, documents_failed, flow_run_id)
    log(documents=documents)
    return documents
