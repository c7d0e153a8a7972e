"""The flow: raw news text → a published release. Its body is the picture of the data flow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow
from prefect.runtime import flow_run
from pydantic import BaseModel, Field

from flows.workers import spread
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
    scheduler: str | None = Field(
        default=None,
        pattern="^[a-z]+://",
        description="address of a Dask scheduler whose workers extract the batches; by default this machine does",
    )
    run_id: str | None = Field(default=None, pattern=r"^[\w-]{1,80}$", description="name of the run; by default its time")


def run_name() -> str:
    """Name the flow run in the UI: what is built, and into which folder."""
    parameters = BuildParameters.model_validate(flow_run.parameters["parameters"])
    first, *others = (Path(source).name for source in parameters.sources)
    return f"{first}{f' and {len(others)} more' if others else ''} → {parameters.out}"


def explain(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001 (as Prefect calls it)
    """Say on the page of a run that did not publish what that means, and where to look."""
    out = BuildParameters.model_validate(flow_run.parameters["parameters"]).out
    # The run is over when a hook is called, of which Prefect warns.
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        show_failure(out, state)


def show_failure(out: Path, state: State[Any]) -> None:
    """Show as an artifact that nothing was published."""
    create_markdown_artifact(
        f"**Nothing was published.** The release before is still current, and the next run takes over the batches that are finished.\n\n"
        f"{escaped(state.message or state.name or '')}\n\n"
        f"Refused inputs: `{out}/rejected`. Parts that validation has refused: `{out}/.staging`.",
        key="failure",
        description="Why nothing was published",
    )


@flow(name="build-facts", flow_run_name=run_name, on_failure=[explain], on_crashed=[explain])
def build_facts(parameters: BuildParameters) -> Release:
    """Load, clean, extract, reconcile, validate, publish."""
    with begin(parameters) as run:
        loaded = load(parameters.sources, run, parameters.published, parameters.prune)
        if not loaded.is_news:
            return unchanged(run, loaded, parameters.keep)
        spread(extract, loaded, run, parameters.scheduler)
        reconcile(run, loaded.inputs, len(loaded.rejects), flow_run.id)
        verdict = validate(run)
        show(loaded.rejects + verdict.quarantined, verdict.rows)
        return publish(run, verdict, loaded.rejects, parameters.keep)


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
