"""URLs in, files out: object stores and other file systems that fsspec knows, such as ``s3://bucket/folder``.

Their packages are the user's to install (``s3fs`` for S3). Whatever one of them raises becomes :class:`Unreachable`: a line, no traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


class Unreachable(OSError):  # noqa: N818
    """What stands behind a URL cannot be read now; the message is one line."""


def is_url(source: str) -> bool:
    """Is the source a URL rather than a path?"""
    return bool(_URL.match(source))


def exists(url: str) -> bool:
    """Is there a file or a folder behind the URL?"""
    with _explained():
        system, path = _system(url)
        return bool(system.exists(path))


def files(url: str) -> dict[str, tuple[str, int]]:
    """Find the files behind a URL: name below it (of a file itself, nothing) → path in its file system, and size in bytes."""
    with _explained():
        system, path = _system(url)
        root = path.rstrip("/")
        found = {str(name): about for name, about in system.find(root, detail=True).items() if about["type"] == "file"}
        return {name.removeprefix(root).lstrip("/"): (name, int(about.get("size") or 0)) for name, about in found.items()}


def open_file(url: str, path: str) -> IO[bytes]:
    """Open the file ``path`` of the URL's file system."""
    with _explained():
        return cast("IO[bytes]", _system(url)[0].open(path, "rb"))


def _system(url: str) -> tuple[Any, str]:
    import fsspec

    if "::" in url:
        raise ValueError("URLs that lead through another one are not read")
    system, path = fsspec.core.url_to_fs(url)
    return system, str(path)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except Unreachable:
        raise
    # Each file system has errors of its own, which are no OSError: of the network, of credentials, of a package that is missing.
    except Exception as error:
        words = " ".join(str(error).split())[:300]
        raise Unreachable(f"it cannot be reached: {words or type(error).__name__}") from error
