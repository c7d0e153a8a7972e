"""Prefect's server and page on this machine, with a nightly build served: ``python -m flows.ui``. Ctrl-C ends both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer

HOST = "127.0.0.1"
NIGHTLY = "0 2 * * *"
_STARTS_WITHIN = 90  # seconds


def main(
    sources: Annotated[list[Path] | None, typer.Argument(help="what to build  [default: seeds/articles]")] = None,
    out: Annotated[Path, typer.Option(help="folder in which releases are published")] = Path("data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of the page")] = 4200,
    cron: Annotated[str, typer.Option(help="when to build (UTC)")] = NIGHTLY,
) -> None:
    """Start Prefect's server on this machine and serve the flow, with a schedule, until Ctrl-C."""
    # Both must run the ``finally`` below: the server is a process of its own.
    for number in (signal.SIGTERM, signal.SIGHUP):
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
    """Serve the flow as the deployment build-facts/nightly until a signal ends it."""
    # Prefect reads its settings when it is imported.
    import prefect
    from prefect.deployments.runner import RunnerDeployment
    from prefect.types.entrypoint import EntrypointType

    from flows.build_facts import build_facts

    nightly = RunnerDeployment.from_flow(
        build_facts,
        "nightly",
        cron=cron,
        paused=False,
        parameters={"parameters": {"sources": sources, "out": str(out)}},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    print(f"{address}  (Ctrl-C ends it)\nbuild-facts/nightly: {' '.join(sources)} into {out}, cron {cron} UTC", flush=True)
    prefect.serve(nightly, limit=1, print_starting_message=False)


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
