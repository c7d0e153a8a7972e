"""Where the batches are extracted: two at a time in processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import os
from threading import Thread
from typing import Any, cast
from uuid import UUID

import polars as pl
from prefect import Task, unmapped
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from expectations.suites import prepare
from flows.api import is_temporary
from tasks.load import Loaded
from tasks.processes import AT_ONCE, die_with_parent
from tasks.staging import Run

#: The tag by which operators limit how many batches are extracted at once over all runs.
LIMITED = "newsfacts-batch"


class NoClusterError(RuntimeError):
    """There is no Dask cluster at the address; the message is one line."""


def spread(task: Task[Any, Any], loaded: Loaded, run: Run, scheduler: str | None) -> None:
    """Run the task once a batch, show how far it is, and raise what it raises."""
    if not is_temporary():
        # Else each batch would ask for a slot all the same, and wait two seconds whenever it finds the database of the server busy.
        task = task.with_options(tags=[LIMITED])
    if len(loaded.batches) == 1 and scheduler is None:  # here, where all is imported already
        # What validates takes seconds to import. Beside many batches it would only take memory from them.
        Thread(target=prepare).start()
        _ = task(loaded.batches[0], loaded.numbers[0], run)
    if len(loaded.batches) < (2 if scheduler is None else 1):
        return
    with _runner(scheduler) as workers:
        futures = workers.map(task, {"path": loaded.batches, "number": loaded.numbers, "run": unmapped(run)})
        bar = cast("UUID", create_progress_artifact(0.0, key="batches", description=f"{len(futures)} batches extracted"))
        for done, future in enumerate(futures, start=1):
            future.result()
            update_progress_artifact(bar, 100.0 * done / len(futures))


def _runner(scheduler: str | None) -> TaskRunner[Any]:
    if scheduler is None:
        # Polars reads this when a process starts. Small frames gain nothing from more threads, and threads cost.
        os.environ["POLARS_MAX_THREADS"] = str(max(pl.thread_pool_size() // AT_ONCE, 1))
        return ProcessPoolTaskRunner(max_workers=AT_ONCE, initializer=die_with_parent)
    try:
        from distributed import Client
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise NoClusterError(
            f"a Dask cluster needs packages that are not installed here: pip install prefect-dask ({error.name})"
        ) from error
    try:
        Client(scheduler, timeout=20, set_as_default=False).close()  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise NoClusterError(f"no Dask scheduler answers at {scheduler}: {' '.join(str(error).split())[:200]}") from error
    return DaskTaskRunner(address=scheduler)
