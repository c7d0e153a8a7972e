"""One run at a time may write into an output folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InUseError(RuntimeError):
    """Another run is writing into the folder; the message is one line."""


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold the lock of an output folder, or raise :class:`InUseError` at once.

    The operating system lets go of it when the process ends, however it ends: no lock is ever left behind.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise InUseError(
                f"another build is writing into {out} (process {file.read(20).strip() or 'unknown'}): try again when it is done"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
