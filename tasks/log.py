"""One line in the run's log for each task: what it did, in how many seconds, and how much that is a second."""

from __future__ import annotations

import time
from logging import Logger, LoggerAdapter
from typing import TypeAlias

AnyLogger: TypeAlias = "Logger | LoggerAdapter[Logger]"


class TaskLog:
    """Measures from when it is made to when it is called."""

    def __init__(self, logger: AnyLogger, name: str) -> None:
        self._logger, self._name, self._started = logger, name, time.perf_counter()

    def __call__(self, **counts: int) -> None:
        """Log the counts, those that are not zero, and the rate of the first."""
        seconds = time.perf_counter() - self._started
        what, count = next(iter(counts.items()))
        done = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number or name == what)
        self._logger.info("%s: %s in %.2f s (%s %s a second)", self._name, done, seconds, f"{count / seconds:,.0f}", what)
