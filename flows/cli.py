"""The ``newsfacts`` command."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from tasks.publish import Release

PUBLISHED, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
#: Nothing leaves the machine, and the terminal belongs to the command: these hold unless the user has set them.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}
#: The published text is shown as it is, but no character of it steers the terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=__doc__)
err = Console(stderr=True, highlight=False, markup=False)
Out = Annotated[Path, typer.Option(help="folder in which releases are published")]


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def build(
    sources: Annotated[list[str], typer.Argument(help="files of articles, folders and archives of them, here or at a URL (s3://...)")],
    out: Out = Path("data"),
    published: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="publication date of articles that come without one")
    ] = None,
    lexicons: Annotated[Path | None, typer.Option(help="folder with lexicons of your own, added to those that are shipped")] = None,
    keep: Annotated[int, typer.Option(min=1, help="how many releases to keep")] = 3,
    texts: Annotated[bool, typer.Option(help="publish the texts too")] = True,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler whose workers extract, as tcp://127.0.0.1:8786")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="remove published articles that the sources no longer have")] = False,
) -> None:
    """Read articles and publish their facts."""
    if scheduler is not None and not re.match(r"[a-z]+://", scheduler):
        stop(USAGE, f"{scheduler!r} is no address of a Dask scheduler, such as tcp://127.0.0.1:8786")
    check(sources, out)
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    rejected = out / "rejected" / f"{run_id}.jsonl"
    parameters = {
        "sources": sources,
        "out": out,
        "published": published and published.date(),
        "keep": keep,
        "texts": texts,
        "prune": prune,
        "scheduler": scheduler,
        "lexicons": lexicons,
    }
    with progress(out / ".staging" / run_id):
        release = run_flow(parameters | {"run_id": run_id}, rejected)
    summary = Table("table", "rows", box=None, header_style="dim")
    for name, rows in release.rows.items():
        summary.add_row(name, f"{rows:,}")
    console = Console(highlight=False, markup=False)
    console.print(summary)
    done = "published" if release.is_new else "unchanged"
    console.print(f"\n{done} {out / 'current'} -> releases/{release.release_id}", soft_wrap=True)
    if rejected.exists():
        console.print(f"rejected  {refusals(rejected)}", soft_wrap=True)


def check(sources: list[str], out: Path) -> None:
    """End the command where a source is missing or the output folder cannot be written to, before anything costly begins."""
    from tasks.sources import SourceError, find

    try:
        find(sources, out)
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(None, "it cannot be written to")
    except SourceError as error:
        stop(USAGE, str(error))
    except OSError as error:
        stop(USAGE, f"cannot use {out} as the output folder: {error.strerror}")


def run_flow(parameters: dict[str, Any], rejected: Path) -> Release:
    """Run the flow in this process and return the release; an error that a user can cause ends the command with one line."""
    os.environ |= {name: value for name, value in _QUIET.items() if name not in os.environ}
    from flows.api import api

    with api():
        # The server takes seconds to start: what else takes seconds is imported meanwhile.
        from flows.build_facts import BuildParameters, build_facts
        from flows.workers import NoClusterError
        from tasks.earlier import OutdatedError
        from tasks.grammar.lexicon import LexiconError
        from tasks.load import SourceError
        from tasks.lock import InUseError
        from tasks.publish import Refused

        try:
            return build_facts(BuildParameters(**parameters))
        except SourceError as error:
            stop(USAGE, str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            stop(FAILED, f"nothing was published: {where}{error.strerror or error}")
        except (Refused, LexiconError, InUseError, OutdatedError, NoClusterError) as error:
            also = f"; rejected: {refusals(rejected)}" if rejected.exists() else ""
            stop(FAILED, f"nothing was published: {error}{also}")


def refusals(rejected: Path) -> str:
    """Say how many inputs were rejected, and where it is written why."""
    with rejected.open("rb") as lines:
        count = sum(1 for _ in lines)
    return f"{count:,} input{'s'[: count != 1]}, with reasons in {rejected}"


def stop(code: int, message: str) -> NoReturn:
    """End the command with one line on stderr."""
    complain(message)
    raise typer.Exit(code)


def complain(message: str) -> None:
    """Write one line to stderr."""
    err.print(f"newsfacts: {printable(message)}", soft_wrap=True)


def printable(value: object) -> str:
    """Make one line of it, without control characters."""
    return " ".join(_CONTROL.sub(" ", str(value)).split())


@contextmanager
def progress(staging: Path) -> Iterator[None]:
    """A progress bar on a terminal, fed by the files that the run leaves: they tell what is done wherever the work runs."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"), TimeElapsedColumn()
    done = threading.Event()
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("starting", total=None)

        def watch() -> None:
            while not done.wait(0.2):
                waiting, read = len(list(staging.glob(".batches/batch-*.parquet"))), len(list(staging.glob(".finished/*.json")))
                stage = "loading" if not read else "extracting" if waiting else "validating and publishing"
                bar.update(
                    task, description=stage if waiting + read else "starting", completed=read, total=waiting + read if read else None
                )

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
        # A program gets the cells as they are; on a terminal no character of them steers it.
        lines = rows.write_csv()
        sys.stdout.write("\n".join(_CONTROL.sub(" ", line) for line in lines.split("\n")) if sys.stdout.isatty() else lines)
    elif format is Format.json:
        sys.stdout.write(rows.write_ndjson())
    else:
        shown = Table(header_style="dim")
        for name in rows.columns:
            shown.add_column(printable(name), overflow="fold")
        for row in rows.rows():
            shown.add_row(*("" if value is None else printable(value) for value in row))
        Console(highlight=False, markup=False).print(shown)


@app.command()
def tables() -> None:
    """Print the data dictionary as Markdown."""
    from expectations.catalog import TABLES
    from expectations.contract import dictionary

    sys.stdout.write(dictionary(TABLES.values()))


def main() -> None:
    """Run the command; using it wrongly is one line on stderr, as any other error is."""
    pressed: list[int] = []

    def interrupt(number: int, _: object) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        code = app(standalone_mode=False) or PUBLISHED
    except typer.TyperException as error:
        complain(f"{error.format_message()} (newsfacts --help tells more)")
        code = USAGE
    except Exception:
        # What is interrupted may wrap that in an error of its own.
        if not pressed:
            raise
        code = INTERRUPTED
    if code == INTERRUPTED:
        complain("interrupted")
    sys.exit(code)
