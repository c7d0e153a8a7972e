"""The flow: raw news text → a published release. Its body is the picture of the data flow."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from prefect import flow, unmapped
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner
from pydantic import BaseModel, Field

from flows.processes import die_with_parent
from tasks.earlier import clear
from tasks.extract import extract
from tasks.grammar.lexicon import features, use
from tasks.load import Loaded, load
from tasks.lock import alone
from tasks.publish import Release, publish
from tasks.reconcile import reconcile
from tasks.staging import Reject, Run
from tasks.validate import validate
from tasks.verdict import escaped

#: Each process takes some hundred megabytes.
_AT_ONCE = 2
_PROCESSES: TaskRunner[Any] = ProcessPoolTaskRunner(max_workers=_AT_ONCE, initializer=die_with_parent)
_LISTED = 1000


class BuildParameters(BaseModel):
    """What a build needs to know."""

    sources: list[str] = Field(description="files of articles, folders and archives of them, as paths or URLs (s3://...)", min_length=1)
    out: Path = Field(default=Path("data"), description="folder in which releases are published")
    published: date | None = Field(default=None, description="publication date of documents that come without one")
    prune: bool = Field(default=False, description="remove documents of the current release that the sources no longer have")
    keep: int = Field(default=3, ge=1, description="how many releases to keep")
    texts: bool = Field(default=True, description="publish the texts too, so that offsets can be checked without the sources")
    lexicons: Path | None = Field(default=None, description="folder with lexicons of your own, added to those that are shipped")
    run_id: str | None = Field(default=None, pattern=r"^[\w-]{1,80}$", description="name of the run; by default its time")


def run_name() -> str:
    """Name the flow run in the UI: what is built, and into which folder."""
    parameters = BuildParameters.model_validate(flow_run.parameters["parameters"])
    first, *others = (Path(source).name for source in parameters.sources)
    return f"{first}{f' and {len(others)} more' if others else ''} → {parameters.out}"


@flow(name="build-facts", flow_run_name=run_name, task_runner=_PROCESSES)
def build_facts(parameters: BuildParameters) -> Release:
    """Load, clean, extract, reconcile, validate, publish."""
    with begin(parameters) as run:
        loaded = load(parameters.sources, run, parameters.published, parameters.prune)
        if not loaded.is_news:
            return unchanged(run, loaded, parameters.keep)
        extract_all(loaded, run)
        reconcile(run, loaded.inputs, len(loaded.rejects), flow_run.id)
        verdict = validate(run)
        show(loaded.rejects + verdict.quarantined, verdict.rows)
        return publish(run, verdict, loaded.rejects, parameters.keep)


def extract_all(loaded: Loaded, run: Run) -> None:
    """Extract the batches: several at once in processes that share the processors, a single one here, where all is loaded already."""
    if len(loaded.batches) == 1:
        extract(loaded.batches[0], loaded.numbers[0], run)
        return
    # Polars reads this when a process starts. Small frames gain nothing from more threads, and threads cost.
    os.environ["POLARS_MAX_THREADS"] = str(max(pl.thread_pool_size() // _AT_ONCE, 1))
    extract.map(loaded.batches, loaded.numbers, unmapped(run)).result()


@contextmanager
def begin(parameters: BuildParameters) -> Iterator[Run]:
    """Make the folder of a new run, which no other run may write to meanwhile.

    Raises OSError where it cannot be made, LexiconError where a lexicon cannot be used, and InUseError while another run is under way.
    """
    lexicons = parameters.lexicons and parameters.lexicons.absolute()
    use(lexicons)
    features()
    now = datetime.now(UTC)
    run = Run(parameters.out.absolute(), parameters.run_id or now.strftime("%Y%m%dT%H%M%S%f"), now, lexicons, parameters.texts)
    with alone(run.out):
        run.batches.mkdir(parents=True)
        clear(run)
        yield run


def unchanged(run: Run, loaded: Loaded, keep: int) -> Release:
    """Write down what was refused, and leave the current release as it is: the sources have nothing new."""
    return publish(run, None, loaded.rejects, keep)


def show(rejects: list[Reject], rows: Mapping[str, int]) -> None:
    """Show rows and rejects as artifacts of the run; ``validate`` shows its own."""
    create_table_artifact([{"table": name, "rows": count} for name, count in rows.items()], key="rows", description="Rows of each table")
    # The page reads a cell as Markdown, and nobody vouches for names of files and words of articles.
    listed: list[dict[str, Any]] = [{name: escaped(value) for name, value in vars(reject).items()} for reject in rejects[:_LISTED]]
    create_table_artifact(listed, key="rejects", description=f"{len(rejects)} inputs gave no rows; at most {_LISTED} are listed")
