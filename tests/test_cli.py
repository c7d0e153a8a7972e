"""The command: what it prints, how it ends, and what it leaves."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import flows.cli
from expectations.catalog import TABLES
from tasks.grammar.lexicon import LexiconError
from tests.newsroom import DOCUMENTS, FLOOD, REJECTS, STRIKE, furnish, rejects, releases, table

ROOT = Path(flows.cli.__file__).parents[1]
COMMAND: tuple[str | Path, ...] = (sys.executable, "-c", "from flows.cli import main; main()")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of a user's error: nothing on stdout, and no traceback."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("newsfacts: ")
        return line.removeprefix("newsfacts: ")


Newsfacts = Callable[..., Ended]


@pytest.fixture
def newsfacts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Newsfacts:
    """Call the command in this process, against the server of the tests."""

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["newsfacts", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "100")
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            flows.cli.main()
        code = end.value.code or 0
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def flood(tmp_path: Path) -> Path:
    path = tmp_path / "flood.txt"
    path.write_text(FLOOD)
    return path


# What it says and how it ends


@pytest.mark.usefixtures("server")
def test_a_build_tells_what_it_published(newsfacts: Newsfacts, tmp_path: Path) -> None:
    out = tmp_path / "an [out]"
    ended = newsfacts("build", furnish(tmp_path / "news"), "--out", out)
    assert (ended.code, ended.err) == (0, "")
    told = {name: int(rows.replace(",", "")) for name, rows in re.findall(r"^ (\w+) +([\d,]+) *$", ended.out, re.MULTILINE)}
    assert told == {name: table(out, name).height for name in TABLES}
    (release,) = releases(out)
    assert f"published {out}/current -> releases/{release}\n" in ended.out
    (file,) = (out / "rejected").iterdir()
    assert f"rejected  {REJECTS} inputs, with reasons in {file}\n" in ended.out
    assert len(file.read_text().splitlines()) == REJECTS
    assert told["documents"] == DOCUMENTS
    counts = json.loads(newsfacts("query", "select count(*) as n, sum(value) as total from figures", "--out", out, "--format", "json").out)
    assert counts == {"n": table(out, "figures").height, "total": table(out, "figures")["value"].sum()}


@pytest.mark.usefixtures("server")
def test_options_reach_the_flow(newsfacts: Newsfacts, flood: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        ended = newsfacts("build", flood, "--out", out, "--published", "2024-05-01", "--no-texts", "--keep", "1")
    assert (ended.code, ended.err) == (0, "")
    assert "texts" not in ended.out
    assert "rejected" not in ended.out
    assert len(releases(out)) == 1
    assert str(table(out, "documents")["publication_date"][0]) == "2024-05-01"


@pytest.mark.usefixtures("server")
def test_nothing_to_publish_is_refused(newsfacts: Newsfacts, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    ended = newsfacts("build", tmp_path / "news", "--out", tmp_path / "out")
    assert ended.code == 1
    assert "nothing was published" in ended.error
    assert "no document is left" in ended.error
    assert not (tmp_path / "out" / "current").exists()
    (tmp_path / "news" / "empty.txt").write_bytes(b"")
    ended = newsfacts("build", tmp_path / "news", "--out", tmp_path / "out")
    assert ended.code == 1
    assert f"rejected: 1 input, with reasons in {tmp_path}" in ended.error
    assert rejects(tmp_path / "out") == {"empty.txt": "empty"}


@pytest.mark.usefixtures("server")
def test_a_broken_lexicon_is_one_line(newsfacts: Newsfacts, flood: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: pl.DataFrame) -> None:
        raise LexiconError("units.csv, line 7, column kind: unknown class 'moods'")

    monkeypatch.setattr("tasks.extract.facts", broken)
    ended = newsfacts("build", flood, "--out", tmp_path / "out")
    assert (ended.code, ended.error) == (1, "nothing was published: units.csv, line 7, column kind: unknown class 'moods'")


@pytest.mark.usefixtures("server")
def test_a_full_disk_is_one_line(newsfacts: Newsfacts, flood: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "part-00000.parquet")

    monkeypatch.setattr("tasks.extract.write_part", full)
    ended = newsfacts("build", flood, "--out", tmp_path / "out")
    assert (ended.code, ended.error) == (1, "nothing was published: part-00000.parquet: No space left on device")


WRONG = {
    "": "Missing command",
    "--wrong": "No such option: --wrong",
    "mend": "No such command 'mend'",
    "build": "Missing argument",
    "build {flood} --wrong": "No such option: --wrong",
    "build {flood} --published May": "'May' does not match the format",
    "build {flood} --published 2024-02-30": "Invalid value for '--published'",
    "build {flood} --keep 0": "Invalid value for '--keep'",
    "build {flood} --out": "requires an argument",
    "build {folder}/nowhere": "it does not exist",
    "build {flood} {folder}/nowhere": "it does not exist",
    "build {folder}/" + "x" * 300: "File name too long",
    "build {flood} --out {flood}": "cannot use {flood} as the output folder: File exists",
    "build {flood} --out {flood}/out": "cannot use {flood}/out as the output folder: Not a directory",
    "build {flood} --out /proc/out": "cannot use /proc/out as the output folder",
    "query": "Missing argument",
    "query SELEC --out {folder}": "no release in {folder}",
    "query SELEC --format xml": "Invalid value for '--format'",
    "tables figures": "unexpected extra argument",
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_use_is_one_line(newsfacts: Newsfacts, flood: Path, tmp_path: Path, words: str) -> None:
    places = {"flood": flood, "folder": tmp_path}
    ended = newsfacts(*(word.format(**places) for word in words.split()))
    assert ended.code == 2
    assert WRONG[words].format(**places) in ended.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flood.txt"]


def test_a_folder_that_cannot_be_written_to(newsfacts: Newsfacts, flood: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    ended = newsfacts("build", flood, "--out", tmp_path / "out")
    assert (ended.code, ended.error) == (2, f"cannot use {tmp_path / 'out'} as the output folder: it cannot be written to")


def test_the_dictionary_is_of_all_tables(newsfacts: Newsfacts) -> None:
    ended = newsfacts("tables")
    assert (ended.code, ended.err) == (0, "")
    assert re.findall(r"^## (\w+)$", ended.out, re.MULTILINE) == list(TABLES)


def test_help_is_no_error(newsfacts: Newsfacts) -> None:
    for words in (["--help"], ["build", "--help"], ["query", "--help"]):
        ended = newsfacts(*words)
        assert (ended.code, ended.err) == (0, "")
        assert "Usage: newsfacts" in ended.out


@pytest.mark.parametrize("error", ["SELEC 1", "select * from nowhere", "copy figures to 'x.csv'", "select 1; select 2", ""])
def test_wrong_sql_is_one_line(newsfacts: Newsfacts, released: Path, error: str) -> None:
    ended = newsfacts("query", error, "--out", released)
    assert ended.code == 2
    assert ended.error


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """Make the least that a query needs: a release with one table."""
    folder = tmp_path / "releases" / "r" / "notes"
    folder.mkdir(parents=True)
    hostile = "\x1b]0;gotcha\x07[bold]no[/bold]\n" + "wide " * 40
    pl.DataFrame({"n": [1, None], "note": [hostile, "“é”"]}).write_parquet(folder / "part-00000.parquet")
    (tmp_path / "current").symlink_to("releases/r")
    return tmp_path


def test_rows_are_printed_as_they_were_asked_for(newsfacts: Newsfacts, released: Path) -> None:
    def ask(form: str) -> str:
        ended = newsfacts("query", "select * from notes order by n nulls last", "--out", released, "--format", form)
        assert (ended.code, ended.err) == (0, "")
        return ended.out

    assert [json.loads(line) for line in ask("json").splitlines()][1] == {"n": None, "note": "“é”"}
    assert pl.read_csv(ask("csv").encode())["n"].to_list() == [1, None]
    shown = ask("table")
    assert "[bold]no[/bold]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert shown.count("wide") == 40, "nothing is cut off"


# In a process of its own


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Set up a home of its own for Prefect, and nothing else that it might look at."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    return kept | {"PREFECT_HOME": str(tmp_path_factory.mktemp("home")), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


@pytest.fixture(scope="module")
def address(environment: dict[str, str]) -> Iterator[str]:
    """Start a server as a user would, on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    with subprocess.Popen(command, env=environment | quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/api/health"))
            yield f"http://127.0.0.1:{port}/api"
        finally:
            server.terminate()


def answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url) as answer:
        return bool(answer.status == 200)
    return False


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def flow_runs(address: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"{address}/flow_runs/filter", b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_against_a_server(environment: dict[str, str], address: str, flood: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "build", flood, "--out", tmp_path / "out"]
    ended = subprocess.run(command, env=environment | {"PREFECT_API_URL": address}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    run = {run["name"]: run for run in flow_runs(address)}[f"flood.txt → {tmp_path / 'out'}"]
    assert run["state_type"] == "COMPLETED"
    assert table(tmp_path / "out", "runs")["prefect_flow_run_id"].to_list() == [run["id"]]


@pytest.mark.usefixtures("address")
def test_without_a_server_on_a_terminal(environment: dict[str, str], flood: Path, tmp_path: Path) -> None:
    # The home has a database already, which would take the temporary server ten seconds to make.
    terminal, end = pty.openpty()
    command = [*COMMAND, "build", flood, "--out", tmp_path / "out"]
    with subprocess.Popen(command, env=environment | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=end, text=True) as process:
        os.close(end)
        drawn = b"".join(iter(lambda: _read(terminal), b"")).decode()
        assert process.stdout is not None
        told = process.stdout.read()
    os.close(terminal)
    assert process.returncode == 0
    assert re.search(r"━.*batches", drawn)
    assert not re.search(r"prefect|INFO|WARN|ERROR|Traceback", drawn, re.IGNORECASE)
    assert "published " in told
    assert "\x1b" not in told
    assert table(tmp_path / "out", "documents").height == 1


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # all that wrote to it are gone
        return b""


@pytest.mark.usefixtures("address")
def test_ctrl_c_leaves_no_half_release(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text("".join(json.dumps({"uri": str(n), "text": f"{n}\n" + STRIKE * 200}) + "\n" for n in range(300)))
    command = [*COMMAND, "build", tmp_path / "many.jsonl", "--out", tmp_path / "out"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: any(tmp_path.glob("out/.staging/*/.batches/batch-00001.parquet")))
        servers = children(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "newsfacts: interrupted\n")
    assert not list(tmp_path.glob("out/current")) + list(tmp_path.glob("out/releases/*"))
    assert servers
    # The temporary server is gone too, and what worked on the batches.
    wait_until(lambda: not any(Path(f"/proc/{server}").exists() for server in servers), 10)


def test_a_lexicon_with_an_unknown_class_stops_the_run(environment: dict[str, str], address: str, flood: Path, tmp_path: Path) -> None:
    for package in ("flows", "tasks", "expectations", "seeds"):
        shutil.copytree(ROOT / package, tmp_path / "project" / package, ignore=shutil.ignore_patterns("__pycache__"))
    lexicon = tmp_path / "project" / "seeds" / "lexicons" / "quantifiers.csv"
    head, first, *rest = lexicon.read_text().splitlines()
    cells = first.split(",")
    cells[head.split(",").index("position")] = "nowhere"
    lexicon.write_text("\n".join([head, ",".join(cells), *rest]) + "\n")
    changed = environment | {"PREFECT_API_URL": address, "PYTHONPATH": str(tmp_path / "project")}
    command = [*COMMAND, "build", flood, "--out", tmp_path / "out"]
    ended = subprocess.run(command, env=changed, cwd=tmp_path, capture_output=True, text=True, check=False)
    error = Ended(ended.returncode, ended.stdout, ended.stderr).error
    assert ended.returncode == 1
    assert "quantifiers.csv, line 2, column position: unknown class 'nowhere'" in error


def test_a_pipe_that_is_closed_is_no_traceback() -> None:
    command = f"{sys.executable} -c 'from flows.cli import main; main()' tables | head -1"
    ended = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("# The published tables\n", "")
