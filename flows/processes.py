"""Processes that work for a build."""

from __future__ import annotations

import os
import threading
import time

_SECONDS = 1.0


def die_with_parent() -> None:
    """End this process when the one that started it is gone: killed, it cannot say so itself, and a new run may be under way."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
