"""Sources in, files out: what a source holds, in a fixed order.

A local file is handed out only if it is a regular one, and inside of the folder that was given; nothing is opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Final

from tasks import remote
from tasks.decode import Refused
from tasks.staging import Reject

SIDECAR: Final = ".meta.json"
#: Suffixes of compressed files, with what Python and Arrow call their format.
COMPRESSED: Final = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}


class SourceError(ValueError):
    """What was asked to be read is not there; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class File:
    """A file: what to call it, how to open it for reading, its size in bytes, and the sidecar beside it.

    ``open`` raises OSError, or :class:`Refused` where the file may not be read. ``allowed`` counts, for each archive that it lies in,
    how many bytes may still come out of that.
    """

    uri: str
    open: Callable[[], IO[bytes]]
    size: int = 0
    sidecar: File | None = None
    allowed: tuple[list[int], ...] = ()


def find(sources: Sequence[str], skip: Path) -> Iterator[File | Reject]:
    """Find the files of ``sources``, in the order given and a folder's by name, and what cannot be read, with the reason.

    The folder ``skip``, the run's own output, is passed over. Raises :class:`SourceError`, before anything is read, if a source is missing.
    """
    if not sources:
        raise SourceError("no source was given: name at least one file of articles, or a folder of them")
    for source in sources:
        _demand(source)
    return (entry for source in sources for entry in (_remote(source) if remote.is_url(source) else _files(Path(source), skip.resolve())))


def _demand(source: str) -> None:
    try:
        if source and (remote.exists(source) if remote.is_url(source) else Path(source).exists()):
            return
        problem = "it does not exist"
    except remote.Unreachable as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or "it cannot be reached"
    raise SourceError(f"cannot read the source {source!r} (seen from {str(Path.cwd())!r}): {problem}; give an existing file or folder")


def _remote(url: str) -> Iterator[File | Reject]:
    """Find the files at a URL, by name; those whose names begin with a dot are passed over, as in a folder."""
    try:
        found = dict(sorted(remote.files(url).items()))
    except remote.Unreachable as error:
        yield Reject(url, "unreadable", str(error))
        return
    is_file = [*found] == [""]
    for name, (path, size) in found.items():
        uri = PurePosixPath(path).name if is_file else name
        if any(part.startswith(".") for part in PurePosixPath(name).parts) or uri.endswith(SIDECAR):
            continue
        where = PurePosixPath(name).parent
        beside = next((str(where / sidecar) for sidecar in sidecar_names(PurePosixPath(uri).name) if str(where / sidecar) in found), None)
        sidecar = beside and File(PurePosixPath(beside).name, partial(remote.open_file, url, found[beside][0]), found[beside][1])
        yield File(uri, partial(remote.open_file, url, path), size, sidecar or None)


def _files(path: Path, skip: Path) -> Iterator[File | Reject]:
    uri = printable(path.name) or "."
    try:
        real, mode = follow(path, None)
        if stat.S_ISDIR(mode):
            yield from _walk(real, uri, skip)
        elif not uri.endswith(SIDECAR):
            beside = map(path.with_name, sidecar_names(path.name))
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
        return next((self.path / beside for beside in sidecar_names(name) if beside in self.sidecars), None)


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
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Refused("unreadable", f"it cannot be opened: {error.strerror}") from error
    beside = sidecar and File(printable(sidecar.name), partial(_open_regular, sidecar, root))
    return File(uri, partial(_open, path), size, beside or None)


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_regular(path: Path, root: Path | None) -> IO[bytes]:
    real, mode = follow(path, root)
    if not stat.S_ISREG(mode):
        raise Refused("not_a_file", "not a regular file")
    return real.open("rb")


def sidecar_names(name: str) -> list[str]:
    """List the names that the sidecar of a file may have: behind its name, or in place of its suffixes."""
    path = PurePosixPath(name)
    stems = [path.stem, *([PurePosixPath(path.stem).stem] if path.suffix.lower() in COMPRESSED else [])]
    return [f"{stem}{SIDECAR}" for stem in (name, *stems)]


def printable(name: str) -> str:
    r"""Make a file name valid Unicode: bytes of it that are not UTF-8 become ``\xff``."""
    return os.fsencode(name).decode(errors="backslashreplace")
