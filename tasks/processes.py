"""Processes that work for a build."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

#: How many work at once.
AT_ONCE = 2
_SECONDS = 1.0


def die_with_parent() -> None:
    """End this process when the one that started it is gone: killed, it cannot say so itself, and a new run may be under way."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()


def pool() -> ProcessPoolExecutor:
    """Processes for work on small frames, which gain nothing from more threads; Ctrl-C is the business of the one that starts them."""
    return ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["POLARS_MAX_THREADS"] = "1"  # which is read when it is imported
    die_with_parent()
