"""What an operator sets up by file, and what a build says and does to the world around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from flows.build_facts import BuildParameters
from tests.newsroom import FLOOD, facts, rejects
from tests.test_cli import ROOT, address, environment  # noqa: F401 (fixtures)

#: Lets a build connect to loopback only, in all of its processes: it is imported by each as it starts.
GUARD = """
import os, socket, sys
def _inside(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        target = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        host = target[0] if isinstance(target, tuple) else target
        if isinstance(host, bytes):
            host = host.decode()
        if host not in (None, "", "127.0.0.1", "localhost", "::1", "0.0.0.0") and not str(host).startswith("/"):
            with open(os.environ["GUARD_LOG"], "a") as log:
                log.write(f"{event} {host} {sys.argv}\\n")
            raise PermissionError(f"no way out to {host}")
sys.addaudithook(_inside)
"""

HOSTILE = (
    "=cmd|'/c calc'!A1",
    "<script>alert(1)</script>",
    "'; DROP TABLE documents; --",
    "[link](javascript:alert(1)) | `code` | ![x](http://example.org/x.png)",
    "\u202egnp.exe",
    "\x1b[31mred\x1b[0m",
    "{{ 7 * 7 }} ${HOME} %s %n",
    "a" * 3000,
)


def test_the_deployment_and_the_automation_are_accepted(environment: dict[str, str], address: str) -> None:  # noqa: F811
    deployment = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"][0]
    assert BuildParameters.model_validate(deployment["parameters"]["parameters"]).out == Path("data")
    env = environment | {"PREFECT_API_URL": address}
    for command in (
        ["work-pool", "create", "newsfacts", "--type", "process"],
        ["--no-prompt", "deploy", "--all"],
        ["automation", "create", "--from-file", "automations.yaml"],
    ):
        ended = subprocess.run([sys.executable, "-m", "prefect", *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("count", [1, 3])
def test_a_build_connects_to_loopback_only(environment: dict[str, str], address: str, tmp_path: Path, count: int) -> None:  # noqa: F811
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    (tmp_path / "news").mkdir()
    for number in range(count):
        (tmp_path / "news" / f"{number}.html").write_text(f"<html><body><article><p>{FLOOD * 3} {number}</p></article></body></html>")
        (tmp_path / "news" / f"{number}.txt").write_text(FLOOD + "See http://example.org/news and https://example.com for more.\n")
    log = tmp_path / "log"
    env = environment | {"PYTHONPATH": f"{tmp_path / 'guard'}{os.pathsep}{ROOT}", "GUARD_LOG": str(log), "PREFECT_API_URL": address}
    if count == 1:
        del env["PREFECT_API_URL"]  # with a temporary server, which is watched too
    code = "import tasks.load; tasks.load.BATCH_DOCUMENTS = 2; from flows.cli import main; main()"
    quiet = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL"}
    command = [sys.executable, "-c", code, "build", str(tmp_path / "news"), "--out", str(tmp_path / "out")]
    ended = subprocess.run(command, env=env | quiet, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not log.exists(), log.read_text()
    if count > 1:  # operators limit the batches of all runs by their tag
        asked = Request(f"{address}/task_runs/filter", b"{}", {"Content-Type": "application/json"})
        with urlopen(asked, timeout=10) as answer:
            assert any("newsfacts-batch" in run["tags"] for run in json.load(answer))


def test_one_temporary_server_serves_the_processes_of_a_build_too(environment: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(f"{FLOOD} {number}\n")
    code = """
import sys, tasks.load
from flows.cli import main
tasks.load.BATCH_DOCUMENTS = 2
try:
    main()
finally:  # Prefect imports its server to start one
    print("prefect.server.api.server" in sys.modules)
"""
    command = [sys.executable, "-c", code, "build", *map(str, tmp_path.glob("*.txt")), "--out", str(tmp_path / "out")]
    quiet = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
    ended = subprocess.run(command, env=environment | quiet, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "False"), ended.stderr


def test_the_guard_works(environment: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    env = environment | {"PYTHONPATH": str(tmp_path), "GUARD_LOG": str(tmp_path / "log")}
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    assert subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=False).returncode == 1
    assert "192.0.2.1" in (tmp_path / "log").read_text()


def test_hostile_names_and_texts_are_only_names_and_texts(environment: dict[str, str], address: str, tmp_path: Path) -> None:  # noqa: F811
    rows = [
        {"uri": f"{number} {text}", "text": f"{text[:80]}\n{FLOOD}{text}\n", "title": text, "publisher": text}
        for number, text in enumerate(HOSTILE)
    ]
    rows += [{"uri": text, "text": "", "title": text} for text in HOSTILE]
    (tmp_path / "wire.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "n <b>|`x`\n.txt").write_text(FLOOD)
    out = tmp_path / 'o\'ut "x"'
    env = environment | {"PREFECT_API_URL": address}
    base = [sys.executable, "-c", "from flows.cli import main; main()"]

    def call(*arguments: str) -> str:
        ended = subprocess.run([*base, *arguments, "--out", str(out)], env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        assert "csv" in arguments or "\x1b" not in ended.stdout + ended.stderr
        return ended.stdout

    call("build", str(tmp_path / "wire.jsonl"), str(tmp_path / "n <b>|`x`\n.txt"))
    documents = facts(out)["documents"]
    assert set(documents["uri"]) == {*(row["uri"] for row in rows[: len(HOSTILE)]), "n <b>|`x`\n.txt"}
    assert set(rejects(out)) == set(HOSTILE)
    for shape in ("table", "csv", "json"):
        shown = call("query", "select uri, title, publisher_text from documents order by uri", "--format", shape)
        assert "DROP TABLE" in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["wire.jsonl", "n <b>|`x`\n.txt", out.name])
