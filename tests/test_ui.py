"""The server, its page and the schedule come up on this machine, and go with Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    yield number
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", number)), "something still listens"


def start(port: int, tmp_path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flows.ui", "seeds/articles", "--out", str(tmp_path / "out"), "--port", str(port)]
    env = os.environ | {"PREFECT_HOME": str(tmp_path / "prefect")}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ask(address: str, body: dict[str, Any] | None = None) -> str:
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(Request(address, data, {"Content-Type": "application/json"}), timeout=10) as answer:
        return str(answer.read().decode())


def wait_for_deployment(address: str) -> dict[str, Any]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := json.loads(ask(f"{address}/api/deployments/filter", {})):
            (deployment,) = found
            return dict(deployment)
        time.sleep(0.2)
    raise TimeoutError


def test_the_page_is_served_and_the_build_scheduled_until_interrupted(port: int, tmp_path: Path) -> None:
    process = start(port, tmp_path)
    try:
        assert process.stdout
        assert process.stdout.readline().startswith(f"http://127.0.0.1:{port} ")
        assert "nightly" in process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        assert "<html" in ask(f"{address}/")
        deployment = wait_for_deployment(address)
        assert deployment["name"] == "nightly"
        assert deployment["parameters"]["parameters"]["sources"] == [str(ROOT / "seeds" / "articles")]
        assert [schedule["schedule"]["cron"] for schedule in deployment["schedules"]] == ["0 2 * * *"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(taken.getsockname()[1], tmp_path)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is in use" in output
    assert output.count("\n") == 1
