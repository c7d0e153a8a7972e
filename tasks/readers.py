"""Files in, documents out, as raw bytes with the metadata that were given with them.

:data:`READERS` says what each suffix is read as. A reader yields documents and rejects one by one, so that a file may be of any length.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tasks.decode import Refused
from tasks.sources import File, follow, printable
from tasks.staging import Reject

SIDECAR_BYTES: Final = 1_000_000
BOM: Final = b"\xef\xbb\xbf"


class Metadata(NamedTuple):
    """What was given with a text; null where nothing was."""

    uri: str | None = None
    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    language: str | None = None


class Found(NamedTuple):
    """A document as it was found: ``place`` is its file, or file and line."""

    place: str
    raw: bytes
    given: Metadata

    @property
    def uri(self) -> str:
        """The uri that was given with it, else its place."""
        return self.given.uri or self.place


def read(file: File) -> Iterator[Found | Reject]:
    """Read the documents of a file; one that cannot be read at all gives a reject."""
    suffix = PurePosixPath(file.uri).suffix.lower()
    try:
        if suffix not in READERS:
            raise Refused("unsupported_type", f"not one of the types that are read: {' '.join(READERS)}")
        yield from READERS[suffix](file)
    except Refused as refused:
        yield refused.at(file.uri)
    except OSError as error:
        yield Reject(file.uri, "unreadable", f"it cannot be read: {error.strerror}")


def read_text(file: File) -> Iterator[Found]:
    """Read a text file: one document, its metadata in the sidecar."""
    yield Found(file.uri, file.path.read_bytes(), read_sidecar(file))


def read_jsonl(file: File) -> Iterator[Found | Reject]:
    """Read a JSON Lines file: one document a line. Blank lines are none."""
    with file.path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            place = f"{file.uri}#{number}"
            try:
                if not line.isspace():
                    yield _row(place, line.removeprefix(BOM) if number == 1 else line)
            except Refused as refused:
                yield refused.at(place)


#: What a file is read as, by its suffix. A reader yields documents and rejects, and raises :class:`Refused` or OSError for the whole file.
READERS: Final[Mapping[str, Callable[[File], Iterator[Found | Reject]]]] = {
    ".txt": read_text,
    ".jsonl": read_jsonl,
}


def _row(place: str, line: bytes) -> Found:
    row = _json_object(line, "bad_json")
    text = row.get("text")
    if not isinstance(text, str):
        raise Refused("no_text", "the object has no string under the key text")
    given = row if row.get("uri") is not None else row | {"uri": row.get("id")}
    return Found(place, _encode(text, "text"), metadata(given))


def read_sidecar(file: File) -> Metadata:
    """Read the metadata beside a text file. Raises :class:`Refused` (``bad_metadata``) for a sidecar that cannot be trusted."""
    if file.sidecar is None:
        return Metadata()
    name = printable(file.sidecar.name)
    try:
        path, mode = follow(file.sidecar, file.root)
        if not stat.S_ISREG(mode) or path.stat().st_size > SIDECAR_BYTES:
            raise Refused("bad_metadata", f"not a regular file of at most {SIDECAR_BYTES} bytes")
        return metadata(_json_object(path.read_bytes().removeprefix(BOM), "bad_metadata"))
    except Refused as refused:
        raise Refused("bad_metadata", f"{name}: {refused.detail}") from refused
    except OSError as error:
        raise Refused("bad_metadata", f"{name}: it cannot be read: {error.strerror}") from error


def _json_object(raw: bytes, reason: str) -> dict[str, object]:
    try:
        value = json.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise Refused("undecodable", f"JSON must be UTF-8, and byte {error.start} is not") from error
    except (ValueError, RecursionError) as error:
        raise Refused(reason, f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refused(reason, "JSON, but not an object")
    return value


def metadata(given: Mapping[str, object]) -> Metadata:
    """Pick the metadata out of the keys of ``given``; null or blank means not given, other keys are left alone.

    Raises :class:`Refused` (``bad_metadata``) for a value that is not of its kind: nothing is guessed.
    """
    uri = given.get("uri")
    if isinstance(uri, int) and not isinstance(uri, bool):
        uri = str(uri)
    return Metadata(
        uri=_words("uri", uri),
        title=_words("title", given.get("title")),
        publisher=_words("publisher", given.get("publisher")),
        published=_day(_words("published", given.get("published"))),
        language=_language(_words("language", given.get("language"))),
    )


def _words(key: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise Refused("bad_metadata", f"{key} is not a string without NUL but of type {type(value).__name__}")
    _encode(value, key)
    return value.strip() or None


def _day(value: str | None) -> date | None:
    """Read the day of an ISO 8601 date or datetime as its writer saw it: no change of time zone."""
    try:
        return datetime.fromisoformat(value).date() if value else None
    except ValueError as error:
        raise Refused("bad_metadata", f"published is not an ISO 8601 date or datetime: {value!r:.60}") from error


def _language(value: str | None) -> str | None:
    if value is not None and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise Refused("bad_metadata", f"language is not an ISO 639-1 code of two letters: {value!r:.60}")
    return value and value.lower()


def _encode(value: str, key: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise Refused("undecodable", f"{key} holds half of a surrogate pair at character {error.start}") from error
