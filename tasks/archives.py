"""Archives and compressed files in, the files inside of them out.

Nothing is unpacked onto the disk under its own name, so that no path can lead anywhere; and what comes out is bounded: in members, in
bytes, in proportion to what goes in, and in how deep archives nest.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Final, cast

import pyarrow as pa

from tasks.decode import Refused
from tasks.sources import COMPRESSED, SIDECAR, File, printable, sidecar_names
from tasks.staging import Reject

DEPTH: Final = 3
"""Archives may lie in archives, this deep."""

MEMBERS: Final = 1_000_000
"""The most members of an archive that are looked at."""

RATIO: Final = 200
"""So many times its size may come out of a compressed file; news text gives 3 to 10 times, a bomb 1000 times."""

FLOOR: Final = 50_000_000
"""So many bytes may come out of any, however small."""

SIDECAR_BYTES: Final = 1_000_000
SIDECARS_BYTES: Final = 100_000_000
IN_MEMORY: Final = 16_000_000

#: What the readers of the formats raise where a file is damaged, or uses what they do not know.
DAMAGED: Final = (
    zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, pa.ArrowException, struct.error, EOFError, NotImplementedError,
    RuntimeError, ValueError, LookupError, OverflowError, MemoryError,
)  # fmt: skip

#: Names of archives by their last suffixes: "tar" with the compression around it, or "zip".
_TARS: Final = {".tar": "", ".tgz": ".gz", ".tbz2": ".bz2", ".txz": ".xz", ".tzst": ".zst"}


def is_archive(uri: str) -> bool:
    """Does the name say that other files lie in it?"""
    suffix, inner = _suffixes(uri)
    return suffix == ".zip" or suffix in _TARS or (suffix in COMPRESSED and inner == ".tar")


def opened(file: File) -> IO[bytes]:
    """Open a file, decompressed where its last suffix says that it is compressed."""
    suffix, _ = _suffixes(file.uri)
    return _bounded(file, suffix) if suffix in COMPRESSED else file.open()


def members(file: File) -> Iterator[File | Reject]:
    """Yield the files in an archive, a zip's by name and a tar's in their order; each must be read before the next is asked for."""
    if len(file.allowed) >= DEPTH:
        raise Refused("too_deep", f"more than {DEPTH} archives in one another")
    try:
        yield from _zipped(file) if _suffixes(file.uri)[0] == ".zip" else _tarred(file)
    except DAMAGED as error:
        raise Refused(
            "bad_archive", f"it cannot be read to its end: {' '.join(str(error).split())[:200] or type(error).__name__}"
        ) from error


def _suffixes(uri: str) -> tuple[str, str]:
    path = PurePosixPath(uri.lower())
    return path.suffix, PurePosixPath(path.stem).suffix


def _zipped(file: File) -> Iterator[File | Reject]:
    with file.open() as raw, seekable(raw) as whole, zipfile.ZipFile(whole) as archive:
        infos = {info.filename: info for info in archive.infolist()[: MEMBERS + 1]}
        if len(archive.infolist()) > MEMBERS:
            raise Refused("archive_bomb", f"more than {MEMBERS:,} members")
        allowed = _allowed(file)
        for name in sorted(infos):
            info = infos[name]
            if info.is_dir() or _is_passed_over(name):
                continue
            try:
                _demand_inside(name)
                _demand_plain(info)
                beside = next((infos[other] for other in _sidecars(name) if other in infos), None)
                sidecar = beside and _member(file, beside.filename, partial(archive.open, beside), beside.file_size, allowed)
                yield _member(file, name, partial(archive.open, info), info.file_size, allowed, sidecar or None)
            except Refused as refused:
                yield refused.at(f"{file.uri}/{printable_member(name)}")


def _demand_plain(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1:
        raise Refused("encrypted", "it needs a password")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise Refused("not_a_file", "a link or a device in an archive")


def _tarred(file: File) -> Iterator[File | Reject]:
    """Read a tar twice, from its begin to its end: for the sidecars, which may stand behind what they are about, and for the rest."""
    sidecars: dict[str, bytes] = {}
    for member, archive in _tar_members(file):
        if member.isfile() and member.name.endswith(SIDECAR) and member.size <= SIDECAR_BYTES:
            if sum(map(len, sidecars.values())) + member.size > SIDECARS_BYTES:
                raise Refused("archive_bomb", f"more than {SIDECARS_BYTES:,} bytes of metadata")
            sidecars[member.name] = cast("IO[bytes]", archive.extractfile(member)).read()
    allowed = _allowed(file)
    for member, archive in _tar_members(file):
        if member.isdir() or _is_passed_over(member.name):
            continue
        try:
            _demand_inside(member.name)
            if not member.isfile():
                raise Refused("not_a_file", "a link or a device in an archive")
            beside = next((name for name in _sidecars(member.name) if name in sidecars), None)
            sidecar = beside and _member(file, beside, partial(io.BytesIO, sidecars[beside]), len(sidecars[beside]), allowed)
            content = cast("IO[bytes]", archive.extractfile(member))
            yield _member(file, member.name, partial(_same, content), member.size, allowed, sidecar or None)
        except Refused as refused:
            yield refused.at(f"{file.uri}/{printable_member(member.name)}")


def _same(content: IO[bytes]) -> IO[bytes]:
    return content


def _tar_members(file: File) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    suffix = _suffixes(file.uri)[0]
    with _bounded(file, _TARS.get(suffix, suffix)) as whole, tarfile.open(fileobj=whole, mode="r|", errorlevel=2) as archive:
        for number, member in enumerate(archive):
            if number == MEMBERS:
                raise Refused("archive_bomb", f"more than {MEMBERS:,} members")
            yield member, archive
            vars(archive)["members"] = []  # which would else hold every header


def _member(
    file: File, name: str, open_: Callable[[], IO[bytes]], size: int, allowed: tuple[list[int], ...], sidecar: File | None = None
) -> File:
    return File(f"{file.uri}/{printable_member(name)}", partial(_limited, open_, allowed), size, sidecar, allowed)


def _is_passed_over(name: str) -> bool:
    """Is it a sidecar, or hidden, as the extra entries of a Mac's archives are?"""
    parts = PurePosixPath(name).parts
    return name.endswith(SIDECAR) or "__MACOSX" in parts or any(part.startswith(".") and not part.startswith("..") for part in parts)


def _demand_inside(name: str) -> None:
    if name.startswith(("/", "\\")) or ".." in PurePosixPath(name.replace("\\", "/")).parts or name[1:2] == ":" or "\0" in name:
        raise Refused("outside", "the name in the archive leads out of it")


def _sidecars(name: str) -> list[str]:
    path = PurePosixPath(name)
    return [str(path.with_name(beside)) for beside in sidecar_names(path.name)] if path.name else []


def printable_member(name: str) -> str:
    """Make the name of a member valid Unicode, without the dot-slash that many begin with."""
    return printable(name.encode(errors="surrogateescape").decode(errors="surrogateescape")).removeprefix("./")


def _allowed(file: File) -> tuple[list[int], ...]:
    """The bytes that may come out of a compressed file, and out of each archive around it, as counters to share."""
    return (*file.allowed, [max(FLOOR, RATIO * file.size)])


def _bounded(file: File, suffix: str) -> IO[bytes]:
    """Open a file decompressed; more than it may give raises :class:`Refused`."""
    raw = file.open()
    return io.BufferedReader(_Limited(_DECOMPRESSED[suffix](raw), _allowed(file), raw)) if suffix else raw


def _limited(open_: Callable[[], IO[bytes]], allowed: tuple[list[int], ...]) -> IO[bytes]:
    return io.BufferedReader(_Limited(open_(), allowed))


class _Limited(io.RawIOBase):
    """Bytes of ``source`` until the counter is used up; what ``below`` it was opened for it is closed with it."""

    def __init__(self, source: IO[bytes], allowed: tuple[list[int], ...], below: IO[bytes] | None = None) -> None:
        self._source, self._allowed, self._below = source, allowed, below

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        got = self._source.read(len(view))
        for counter in self._allowed:
            counter[0] -= len(got)
        if any(counter[0] < 0 for counter in self._allowed):
            raise Refused("archive_bomb", f"more comes out of it than {RATIO} times its size")
        view[: len(got)] = got
        return len(got)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
            if self._below is not None:
                self._below.close()
        super().close()


def _zstd(raw: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd"))


_DECOMPRESSED: Final[dict[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    ".gz": lambda raw: cast("IO[bytes]", gzip.GzipFile(fileobj=raw)),
    ".bz2": lambda raw: cast("IO[bytes]", bz2.BZ2File(raw)),
    ".xz": lambda raw: cast("IO[bytes]", lzma.LZMAFile(raw)),  # noqa: SIM115 (it is closed with what reads from it)
    ".zst": _zstd,
}


def seekable(raw: IO[bytes]) -> IO[bytes]:
    """Give the same bytes with random access: as they are, or from a temporary file that has no name."""
    return raw if raw.seekable() else _spooled(raw)


def _spooled(raw: IO[bytes]) -> IO[bytes]:
    """Copy a stream into memory, or if it is long into a temporary file that has no name."""
    copy = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    try:
        while chunk := raw.read(1 << 20):
            copy.write(chunk)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast("IO[bytes]", copy)
