"""Sources in, files out: what a source holds, in a fixed order.

A file is handed out only if it is a regular one, and inside of the folder that was given; nothing is opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tasks.decode import Refused
from tasks.staging import Reject

SIDECAR: Final = ".meta.json"


class SourceError(ValueError):
    """What was asked to be read is not there; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: where to open it, what to call it, and the sidecar beside it. ``root`` is the folder it must not lead out of."""

    path: Path
    uri: str
    sidecar: Path | None
    root: Path | None


def find(sources: Sequence[str], skip: Path) -> Iterator[File | Reject]:
    """Find the files of ``sources``, in the order given and a folder's by name, and what cannot be read, with the reason.

    The folder ``skip``, the run's own output, is passed over. Raises :class:`SourceError`, before anything is read, if a source is missing.
    """
    if not sources:
        raise SourceError("no source was given: name at least one .txt or .jsonl file, or a folder of them")
    for source in sources:
        _demand(source)
    return (entry for source in sources for entry in _files(Path(source), skip.resolve()))


def _demand(source: str) -> None:
    try:
        if source and Path(source).exists():
            return
        problem = "it does not exist"
    except OSError as error:
        problem = error.strerror or "it cannot be reached"
    raise SourceError(f"cannot read the source {source!r} (seen from {str(Path.cwd())!r}): {problem}; give an existing file or folder")


def _files(path: Path, skip: Path) -> Iterator[File | Reject]:
    uri = printable(path.name) or "."
    try:
        real, mode = follow(path, None)
        if stat.S_ISDIR(mode):
            yield from _walk(real, uri, skip)
        elif not uri.endswith(SIDECAR):
            beside = map(path.with_name, _sidecar_names(path.name))
            yield _file(real, mode, uri, next(filter(os.path.lexists, beside), None), None)
    except Refused as refused:
        yield refused.at(uri)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is being walked: the names still to come, and the real paths of the folders that led here."""

    path: Path
    uri: PurePosixPath
    names: Iterator[str]
    sidecars: Collection[str]
    trail: tuple[Path, ...]

    def sidecar(self, name: str) -> Path | None:
        return next((self.path / beside for beside in _sidecar_names(name) if beside in self.sidecars), None)


def _walk(root: Path, uri: str, skip: Path) -> Iterator[File | Reject]:
    """Walk the files below ``root``, depth first by name. A stack rather than recursion: folders may nest deeper than Python calls do."""
    linked: set[Path] = set()
    try:
        folders = [_enter(root, PurePosixPath(), ())]
    except Refused as refused:
        yield refused.at(uri)
        return
    while folders:
        folder = folders[-1]
        name = next(folder.names, None)
        if name is None:
            folders.pop()
            continue
        uri = str(folder.uri / printable(name))
        try:
            path, mode = follow(folder.path / name, root)
            if not stat.S_ISDIR(mode):
                yield _file(path, mode, uri, folder.sidecar(name), root)
            elif path != skip:
                _refuse_again(path, folder, name, linked)
                folders.append(_enter(path, PurePosixPath(uri), folder.trail))
        except Refused as refused:
            yield refused.at(uri)


def _enter(path: Path, uri: PurePosixPath, trail: tuple[Path, ...]) -> _Folder:
    try:
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))  # noqa: PTH208 (a million paths weigh more than names)
    except OSError as error:
        raise Refused("unreadable", f"the folder cannot be listed: {error.strerror}") from error
    sidecars = frozenset(name for name in names if name.endswith(SIDECAR))
    return _Folder(path, uri, (name for name in names if name not in sidecars), sidecars, (*trail, path))


def _refuse_again(path: Path, folder: _Folder, name: str, linked: set[Path]) -> None:
    """Refuse a link that leads round in a circle, or to a folder that a link has led to before: such links could multiply without end."""
    if path in folder.trail:
        raise Refused("link_loop", "the link leads back to a folder that it lies in")
    if path != folder.path / name:
        if path in linked:
            raise Refused("link_loop", "another link has led to the same folder")
        linked.add(path)


def follow(path: Path, root: Path | None) -> tuple[Path, int]:
    """Follow ``path`` to its real path and the mode of what is there.

    Raises :class:`Refused` if links lead nowhere, in a circle, or out of the folder ``root``.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            path = Path(os.path.realpath(path, strict=True))
            if root is not None and not path.is_relative_to(root):
                raise Refused("outside", "the link leads out of the source folder")
            mode = path.stat().st_mode
    except OSError as error:
        loops = error.errno == errno.ELOOP
        raise Refused("link_loop" if loops else "unreadable", f"it cannot be opened: {error.strerror}") from error
    return path, mode


def _file(path: Path, mode: int, uri: str, sidecar: Path | None, root: Path | None) -> File:
    if not stat.S_ISREG(mode):
        raise Refused("not_a_file", "neither a regular file nor a folder")
    return File(path, uri, sidecar, root)


def _sidecar_names(name: str) -> tuple[str, str]:
    return name + SIDECAR, PurePosixPath(name).stem + SIDECAR


def printable(name: str) -> str:
    r"""Make a file name valid Unicode: bytes of it that are not UTF-8 become ``\xff``."""
    return os.fsencode(name).decode(errors="backslashreplace")
