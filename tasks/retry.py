"""What is worth trying again: a network or a shared file system that fails now, not a full disk or an error of the program."""

from __future__ import annotations

import errno
from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

_PASSING = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.EINTR,
        errno.EIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.ECONNRESET,
        errno.ECONNREFUSED,
        errno.EHOSTUNREACH,
    }
)


def may_pass(_: Task[Any, Any], __: TaskRun, state: State[Any]) -> bool:
    """Has a task failed of something that may be over in a minute?"""
    try:
        state.result()
    except (ConnectionError, TimeoutError):
        return True
    except OSError as error:
        return error.errno in _PASSING
    except BaseException:
        return False
    return False
