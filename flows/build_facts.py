"""The flow: raw news text → a published release. Its body is the picture of the data flow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from pydantic import BaseModel, Field

from tasks.extract import extract
from tasks.load import load
from tasks.publish import Release, publish
from tasks.reconcile import reconcile
from tasks.staging import Reject, Run
from tasks.validate import validate


_LISTED = 1000


class BuildParameters(BaseModel):
    """What a build needs to know."""

    sources: list[str] = Field(description="text files, folders or .jsonl files with the articles", min_length=1)
    out: Path = Field(default=Path("data"), description="folder in which releases are published")
    published: date | None = Field(default=None, description="publication date of documents that come without one")
    keep: int = Field(default=3, ge=1, description="how many releases to keep")
    texts: bool = Field(default=True, description="publish the texts too, so that offsets can be checked without the sources")
    run_id: str | None = Field(default=None, pattern=r"^[\w-]{1,80}$", description="name of the run; by default its time")


def run_name() -> str:
    """The flow run's name in the UI: what is built, and into which folder."""
    parameters = flow_run.parameters["parameters"]
    sources = [Path(source).name for source in parameters.sources]
    return f"{sources[0]}{f' and {len(sources) - 1} more' if len(sources) > 1 else ''} → {parameters.out}"


@flow(name="build-facts", flow_run_name=run_name)
def build_facts(parameters: BuildParameters) -> Release:
    """Load, clean, extract, reconcile, validate, publish."""
    run = begin(parameters)
    loaded = load(parameters.sources, run, parameters.published)
    batches = [extract(batch, number, run) for number, batch in enumerate(loaded.batches)]
    reconcile(run, loaded.documents + len(loaded.rejects), len(loaded.rejects), flow_run.id)
    verdict = validate(run)
    show(loaded.rejects + verdict.quarantined, verdict.rows)
    return publish(run, verdict, loaded.rejects, parameters.keep, parameters.texts)


def show(rejects: list[Reject], rows: dict[str, int]) -> None:
    """Show rows and rejects as artifacts of the run; ``validate`` shows its own."""
    create_table_artifact([{"table": name, "rows": count} for name, count in rows.items()], key="rows", description="Rows of each table")
    listed = [vars(reject) for reject in rejects[:_LISTED]]
    create_table_artifact(listed, key="rejects", description=f"{len(rejects)} inputs gave no rows; at most {_LISTED} are listed")


def begin(parameters: BuildParameters) -> Run:
    """A new run; raises OSError where its folder cannot be made."""
    now = datetime.now(UTC)
    run = Run(parameters.out.absolute(), parameters.run_id or now.strftime("%Y%m%dT%H%M%S%f"), now)
    run.batches.mkdir(parents=True)
    return run
