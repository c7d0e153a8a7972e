"""Builds in processes that are forked from one that has imported everything: ``python -m tests.forks`` reads orders, one JSON line each.

An order has ``arguments`` of the command, ``log`` (a file for what is printed), and what shall go wrong: ``fault`` is a function of
the project as module:name, at whose call number ``call`` the process is killed (``when`` before or after it), sleeps, or may write no more.
The answer is the process id at once, and its exit code when it has ended.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner


def main() -> None:
    """Import what takes seconds, then fork for each order."""
    os.environ |= {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    import flows.cli
    from expectations.suites import prepare

    prepare()
    for module in ("flows.build_facts", "tasks.load", "tasks.publish", "prefect.task_engine", "prefect.flow_engine", "flows.api"):
        importlib.import_module(module)
    print("ready", flush=True)
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            _obey(order, flows.cli.main)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _obey(order: dict[str, Any], run: Callable[[], None]) -> None:
    """In the child: prepare the fault, run the command, and end."""
    descriptor = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    code = 99
    try:
        setattr(importlib.import_module("tasks.load"), "BATCH_DOCUMENTS", 2)  # noqa: B010 (a constant)
        if order.get("fault"):
            # Processes of their own know nothing of the fault.
            workers = importlib.import_module("flows.workers")
            workers.ProcessPoolTaskRunner = lambda **_: ThreadPoolTaskRunner(max_workers=2)  # type: ignore[attr-defined]
            _arm(order)
        sys.argv = ["newsfacts", *order["arguments"]]
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _arm(order: dict[str, Any]) -> None:
    module, _, name = order["fault"].partition(":")
    owner = importlib.import_module(module)
    original, calls = getattr(owner, name), iter(range(1, 1_000_000))

    def armed(*arguments: Any, **options: Any) -> Any:
        if next(calls) != order.get("call", 1):
            return original(*arguments, **options)
        if "bytes" in order:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["bytes"], resource.RLIM_INFINITY))
        elif "sleep" in order:
            Path(order["log"]).with_suffix(".asleep").touch()
            time.sleep(order["sleep"])
        elif order.get("when") == "after":
            original(*arguments, **options)
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)

    setattr(owner, name, armed)


if __name__ == "__main__":
    main()
