"""Prefect's API for one command: the server that is configured, or a temporary one that starts while the rest is imported.

Prefect has a temporary server of its own, and this is the same one. But it is started by the first flow that is called, after seconds
of importing the whole server into the calling process too; and it shares the terminal, so that Ctrl-C takes the API away before the
flow can tell it how it ended.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.context import refresh_global_settings_context
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

#: The server lives as long as the pipe to it, whatever ends this process: kill -9 leaves no server behind.
_TETHERED = (
    "import os, sys, threading, uvicorn.main; "
    "threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start(); uvicorn.main.main()"
)
_SERVER = ("-c", _TETHERED, "--factory", "prefect.server.api.server:create_app", "--lifespan", "on", "--log-level", "critical")
#: What makes it the temporary one: no page, no scheduler, no clean-up of other people's runs.
_TEMPORARY = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1", "PREFECT_UI_ENABLED": "0"}

_started: set[str] = set()


def is_temporary() -> bool:
    """Is the server one that was started here, where nobody has set limits?"""
    return PREFECT_API_URL.value() in _started


@contextmanager
def api() -> Iterator[None]:
    """Let flows that are called report to the configured server, else to a temporary one, from now on until the process ends."""
    if not PREFECT_API_URL.value():
        # In the environment, as Prefect's threads know no other settings: the one that passes on what the processes of a build report
        # would start a server of its own.
        os.environ[PREFECT_API_URL.name] = _start()
        refresh_global_settings_context()
    # A flow that is called waits a second for its heartbeat, which only a worker looks at.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def _start() -> str:
    """Start a server and return its address at once: it listens already, and answers when it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Connections inherit it; without it each answer waits 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = subprocess.Popen(  # noqa: S603 (all of it is written here)
            [sys.executable, *_SERVER, "--fd", str(listener.fileno())],
            env=os.environ | _TEMPORARY,
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # What is still to be reported when the command ends is sent before the functions of atexit are called.
        atexit.register(_stop, server)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        _started.add(address)
        return address


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
