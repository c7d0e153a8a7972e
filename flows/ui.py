"""Prefect's server and page, a worker and a nightly build on this machine: ``python -m flows.ui``. Ctrl-C ends all of them."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast
from urllib.error import URLError
from urllib.request import urlopen

import typer

if TYPE_CHECKING:
    from prefect.flows import Flow

ROOT = Path(__file__).resolve().parents[1]
POOL = "newsfacts"
HOST = "127.0.0.1"
NIGHTLY = "0 2 * * *"
_STARTS_WITHIN = 90  # seconds


def main(
    sources: Annotated[list[Path] | None, typer.Argument(help="what to build  [default: seeds/articles]")] = None,
    out: Annotated[Path, typer.Option(help="folder in which releases are published")] = Path("data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of the page")] = 4200,
    cron: Annotated[str, typer.Option(help="when to build (UTC)")] = NIGHTLY,
) -> None:
    """Start Prefect's server and a worker on this machine, with the flow on a schedule, until Ctrl-C."""
    # All must run the ``finally`` below: server and worker are processes of their own. (In the background Ctrl-C would be ignored.)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with server(port) as address:
            serve([str(path.absolute()) for path in sources or [Path("seeds/articles")]], out.absolute(), address, cron)
    except KeyboardInterrupt:
        pass
    except RuntimeError as error:
        sys.exit(f"newsfacts: {error}")


@contextmanager
def server(port: int) -> Iterator[str]:
    """Run Prefect's server on loopback and give its address; raises RuntimeError where it does not start."""
    if _is_taken(port):
        raise RuntimeError(f"port {port} is in use: choose another with make ui PORT=4201")
    address = f"http://{HOST}:{port}"
    # The page calls the address of the settings, not that of the options of ``prefect server start``.
    settings = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"{address}/api",
    }
    os.environ |= settings
    # In a session of its own Ctrl-C does not reach it, so that the flow can say goodbye to it first.
    command = [sys.executable, "-m", "prefect", "server", "start"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 (nothing of it is input)
    try:
        _wait(process, f"{address}/api/health")
        yield address
    finally:
        process.terminate()
        process.wait()


def serve(sources: list[str], out: Path, address: str, cron: str) -> None:
    """Deploy the flow as build-facts/nightly, and run a worker for it until a signal ends it."""
    deploy(sources, out, cron)
    # Without heartbeats nobody would notice that a run was killed; a session of its own keeps Ctrl-C from the run that is under way.
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process", "--limit", "1"]
    env = os.environ | {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    worker = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        print(f"{address}  (Ctrl-C ends it)\nbuild-facts/nightly: {' '.join(sources)} into {out}, cron {cron} UTC", flush=True)
        # A signal may reach another thread, and this one hears of it only when it wakes up.
        while worker.poll() is None:
            time.sleep(0.2)
        raise RuntimeError(f"Prefect's worker has ended with exit code {worker.returncode}")
    finally:
        _end(worker)


def deploy(sources: list[str], out: Path, cron: str) -> None:
    """Tell the server of the work pool and of the deployment, as prefect.yaml does for a server of one's own."""
    # Prefect reads its settings when it is imported.
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy

    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    build = cast("Flow[..., Any]", flow.from_source(source=str(ROOT), entrypoint="flows/build_facts.py:build_facts"))
    with redirect_stdout(io.StringIO()):  # it advises on what is done here
        build.deploy(
            "nightly",
            work_pool_name=POOL,
            cron=cron,
            concurrency_limit=limit,
            description="New and changed articles into a release, every night.",
            tags=["newsfacts"],
            parameters={"parameters": {"sources": sources, "out": str(out)}},
            build=False,
            push=False,
            print_next_steps=False,
            ignore_warnings=True,
        )


def _end(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and the run that it has started; the release before stays."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, number)
        with suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=10)
            return


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Prefect's server has ended with exit code {process.returncode}")
        try:
            with urlopen(address, timeout=2):  # noqa: S310 (the address is http)
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"Prefect's server has not answered for {_STARTS_WITHIN} s")


if __name__ == "__main__":
    typer.run(main)
