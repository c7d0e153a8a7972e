"""The ``newsfacts`` command."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

PUBLISHED, FAILED, USAGE = 0, 1, 2
#: Nothing leaves the machine, and the terminal belongs to the command: these hold unless the user has set them.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__)
err = Console(stderr=True, highlight=False, markup=False)
Out = Annotated[Path, typer.Option(help="folder in which releases are published")]


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def build(
    sources: Annotated[list[str], typer.Argument(help="text files, folders or .jsonl files with the articles")],
    out: Out = Path("data"),
    published: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="publication date of articles that come without one")] = None,
    keep: Annotated[int, typer.Option(min=1, help="how many releases to keep")] = 3,
    texts: Annotated[bool, typer.Option(help="publish the texts too")] = True,
) -> None:
    """Read articles and publish their facts."""
    for source in sources:
        if not Path(source).exists():
            stop(USAGE, f"{source}: there is no such file or folder")
    parameters = {"sources": sources, "out": out, "published": published and published.date(), "keep": keep, "texts": texts}
    with progress(out, run_id := datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")):
        release = run_flow(parameters | {"run_id": run_id})
    rejected = out / "rejected" / f"{run_id}.jsonl"
    summary = Table("table", "rows", box=None, header_style="dim")
    for name, rows in release.rows.items():
        summary.add_row(name, f"{rows:,}")
    console = Console(highlight=False)
    console.print(summary)
    console.print(f"\npublished {out / 'current'} -> releases/{release.release_id}", soft_wrap=True)
    if rejected.exists():
        console.print(f"rejected  {len(rejected.read_text('utf-8').splitlines())} inputs, with reasons in {rejected}", soft_wrap=True)


def run_flow(parameters: dict[str, Any]) -> Any:
    """Run the flow in this process and return the release; an error that a user can cause ends the command with one line."""
    os.environ |= {name: value for name, value in _QUIET.items() if name not in os.environ}
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows.build_facts import BuildParameters, build_facts
    from tasks.grammar.lexicon import LexiconError
    from tasks.load import SourceError
    from tasks.publish import Refused

    try:
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            return build_facts(BuildParameters(**parameters))
    except SourceError as error:
        stop(USAGE, str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        stop(USAGE if isinstance(error, PermissionError | NotADirectoryError | FileExistsError) else FAILED, f"{where}{error.strerror or error}")
    except (Refused, LexiconError) as error:
        stop(FAILED, f"nothing was published: {error}")


def stop(code: int, message: str) -> None:
    """End the command with one line on stderr."""
    err.print(f"newsfacts: {' '.join(message.split())}", soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def progress(out: Path, run_id: str) -> Iterator[None]:
    """A progress bar on a terminal, fed by the files that the run leaves: they tell what is done wherever the work runs."""
    staging, done = out / ".staging" / run_id, threading.Event()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"), TimeElapsedColumn()
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("starting", total=None)

        def watch() -> None:
            while not done.wait(0.2):
                waiting, read = len(list(staging.glob(".batches/batch-*.parquet"))), len(list(staging.glob("documents/part-*.parquet")))
                stage = "loading" if not read else "extracting" if waiting else "validating and publishing"
                bar.update(task, description=stage if waiting + read else "starting", completed=read, total=waiting + read if read else None)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='one SELECT, e.g. "select value, counted_text, sentence_text from figures"')],
    out: Out = Path("data"),
    format: Annotated[Format, typer.Option(help="how to print the rows")] = Format.table,  # noqa: A002
) -> None:
    """Ask the current release in SQL (DuckDB)."""
    from tasks.release import NoRelease, QueryError
    from tasks.release import query as ask

    try:
        rows = ask(out, sql)
    except (NoRelease, QueryError) as error:
        stop(USAGE, str(error))
    if format is Format.csv:
        sys.stdout.write(rows.write_csv())
    elif format is Format.json:
        sys.stdout.write(rows.write_ndjson())
    else:
        shown = Table(*rows.columns, header_style="dim")
        for row in rows.rows():
            shown.add_row(*("" if value is None else str(value) for value in row))
        Console(highlight=False, markup=False).print(shown)


@app.command()
def tables() -> None:
    """Print the data dictionary as Markdown."""
    from expectations.catalog import TABLES
    from expectations.contract import dictionary

    sys.stdout.write(dictionary(TABLES.values()))


def main() -> None:
    """Entry point."""
    app()
