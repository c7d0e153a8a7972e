"""Batches on a Dask cluster of two worker processes: the result is that of this machine, and a worker that is killed loses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from expectations.catalog import TABLES
from tests.newsroom import FLOOD, STRIKE, facts
from tests.test_cli import COMMAND, address, environment, wait_until  # noqa: F401 (fixtures)
from tests.test_incremental import NAMED

pytest.importorskip("prefect_dask")
pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("address")]
#: Batches of a few documents, so that there are many.
SMALL = (sys.executable, "-c", "import tasks.load; tasks.load.BATCH_DOCUMENTS = 40; from flows.cli import main; main()")


class Cluster:
    """A scheduler and two workers, each a process of its own, on loopback."""

    def __init__(self, folder: Path, env: dict[str, str], stack: ExitStack) -> None:
        self.env, self.stack = env | {"POLARS_MAX_THREADS": "1"}, stack
        about = folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(about))
        wait_until(lambda: about.exists() and about.stat().st_size > 0)
        self.address: str = json.loads(about.read_text())["address"]
        self.workers = [
            self._start(
                "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder / str(number))
            )
            for number in range(2)
        ]

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", f"from distributed.cli.dask_{what} import main; main()", *options]
        process = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process


@pytest.fixture
def cluster(environment: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:  # noqa: F811
    with ExitStack() as stack:
        yield Cluster(tmp_path, environment, stack)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    texts = (FLOOD, STRIKE, *NAMED)
    rows = ({"uri": str(number), "text": f"{texts[number % 5]}Number {number} has been seen.\n" * 8} for number in range(480))
    (tmp_path / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "many.jsonl"


def test_a_cluster_gives_what_one_machine_gives_and_loses_nothing_with_a_worker(
    cluster: Cluster,
    environment: dict[str, str],  # noqa: F811
    address: str,  # noqa: F811
    source: Path,
    tmp_path: Path,
) -> None:
    env = environment | {"PREFECT_API_URL": address, "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
    local = subprocess.run([*SMALL, "build", source, "--out", tmp_path / "local"], env=env, capture_output=True, text=True, check=False)
    assert (local.returncode, local.stderr) == (0, "")
    expected = facts(tmp_path / "local")
    for name, kills in (("whole", False), ("killed", True)):
        out = tmp_path / name
        command = [*SMALL, "build", str(source), "--out", str(out), "--scheduler", cluster.address]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            if kills:
                wait_until(lambda: finished(tmp_path / "killed") > 0, 120)
                time.sleep(0.3)
                cluster.workers[0].kill()
                assert finished(out) < 12, "it was killed amid the run"
            _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert err == ""
        found = facts(out)
        for table in TABLES:
            if table != "runs":
                assert found[table].equals(expected[table]), table


def finished(out: Path) -> int:
    """How many batches are finished by now."""
    return len(list(out.glob(".staging/*/.finished/*.json")))


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:9", "nowhere"])
def test_no_scheduler_is_one_line(environment: dict[str, str], address: str, source: Path, tmp_path: Path, scheduler: str) -> None:  # noqa: F811
    command = [*COMMAND, "build", source, "--out", tmp_path / "out", "--scheduler", scheduler]
    ended = subprocess.run(command, env=environment | {"PREFECT_API_URL": address}, capture_output=True, text=True, check=False)
    assert ended.returncode in {1, 2}
    (line,) = ended.stderr.splitlines()
    assert "Dask scheduler" in line
