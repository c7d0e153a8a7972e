"""Files in, documents out, as raw bytes with the metadata that were given with them.

:data:`READERS` says what each suffix is read as. A reader yields documents and rejects one by one, so that a file may be of any length;
what lies in archives or is compressed is read as what is inside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Final, NamedTuple

from tasks import archives
from tasks.archives import DAMAGED, FLOOR, RATIO, SIDECAR_BYTES
from tasks.decode import Refused
from tasks.rows import csv_rows, parquet_rows
from tasks.sources import COMPRESSED, File
from tasks.staging import Reject

DOCUMENT_BYTES: Final = 32_000_000
"""The longest document that is taken: memory is bounded by the batch, and one document is the least that a batch can hold."""

BAD_ROWS: Final = 10_000
"""After so many rows in sequence that cannot be used, the rest of a file is not read."""

BOM: Final = b"\xef\xbb\xbf"


class Metadata(NamedTuple):
    """What was given with a text; null where nothing was."""

    uri: str | None = None
    title: str | None = None
    publisher: str | None = None
    published: date | None = None
    language: str | None = None


class Found(NamedTuple):
    """A document as it was found: ``place`` is its file, or file and row; ``is_page`` says that it is HTML."""

    place: str
    raw: bytes
    given: Metadata
    is_page: bool = False

    @property
    def uri(self) -> str:
        """The uri that was given with it, else its place."""
        return self.given.uri or self.place


def read(file: File) -> Iterator[Found | Reject]:
    """Read the documents of a file; one that cannot be read at all gives a reject."""
    try:
        if archives.is_archive(file.uri):
            for member in archives.members(file):
                if isinstance(member, Reject):
                    yield member
                else:
                    yield from read(member)
        else:
            yield from _until_bad(_reader(file.uri)(file))
    except Refused as refused:
        yield refused.at(file.uri)
    except OSError as error:
        yield Reject(file.uri, "unreadable", f"it cannot be read: {_words_of(error)}")
    except DAMAGED as error:
        yield Reject(file.uri, "damaged", f"it cannot be read to its end: {_words_of(error)}")


def _words_of(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(words.split())[:200] or type(error).__name__


def _reader(uri: str) -> Callable[[File], Iterator[Found | Reject]]:
    path = PurePosixPath(uri.lower())
    suffix = PurePosixPath(path.stem).suffix if path.suffix in COMPRESSED else path.suffix
    if suffix not in READERS:
        raise Refused(
            "unsupported_type", f"not one of the types that are read: {' '.join(READERS)}, also compressed ({' '.join(COMPRESSED)})"
        )
    return READERS[suffix]


def read_text(file: File) -> Iterator[Found]:
    """Read a text file: one document, its metadata in the sidecar."""
    yield Found(file.uri, _whole(file), read_sidecar(file))


def read_html(file: File) -> Iterator[Found]:
    """Read a page: one document, its metadata in the sidecar, else as the page says."""
    yield Found(file.uri, _whole(file), read_sidecar(file), is_page=True)


def read_jsonl(file: File) -> Iterator[Found | Reject]:
    """Read a JSON Lines file: one document a line. Blank lines are none."""
    with archives.opened(file) as lines:
        for number, line in enumerate(iter(partial(_line, lines), b""), start=1):
            place = f"{file.uri}#{number}"
            try:
                if not line.isspace():
                    yield _row(place, _json_row(line.removeprefix(BOM) if number == 1 else line))
            except Refused as refused:
                yield refused.at(place)


def _line(lines: IO[bytes]) -> bytes:
    """Read a line; of one that is too long to be a document only as much as tells so, but to its end."""
    line = lines.readline(DOCUMENT_BYTES)
    rest = line
    while len(rest) == DOCUMENT_BYTES and not rest.endswith(b"\n"):
        rest = lines.readline(DOCUMENT_BYTES)
    return line


def read_csv(file: File, delimiter: str = ",") -> Iterator[Found | Reject]:
    """Read a CSV file: one document a row, its columns named in the first."""
    with archives.opened(file) as raw:
        yield from _rows_of(file, csv_rows(raw, delimiter, DOCUMENT_BYTES), "bad_csv")


def read_parquet(file: File) -> Iterator[Found | Reject]:
    """Read a Parquet file: one document a row."""
    with archives.opened(file) as raw, archives.seekable(raw) as whole:
        yield from _rows_of(file, parquet_rows(whole, max(FLOOR, RATIO * file.size)), "bad_parquet")


def _until_bad(rows: Iterator[Found | Reject]) -> Iterator[Found | Reject]:
    """The rows, until so many one after another are none: then the file is not what its name says, or made to fill the disk."""
    bad = 0
    for row in rows:
        bad = bad + 1 if isinstance(row, Reject) else 0
        yield row
        if bad == BAD_ROWS:
            raise Refused("no_rows", f"{bad:,} rows one after another are no articles: the rest is not read")


#: What a file is read as, by its suffix. A reader yields documents and rejects, and raises :class:`Refused` or OSError for the whole file.
READERS: Final[Mapping[str, Callable[[File], Iterator[Found | Reject]]]] = {
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_csv,
    ".tsv": partial(read_csv, delimiter="\t"),
    ".parquet": read_parquet,
}


def _rows_of(file: File, rows: Iterator[tuple[int, dict[str, object]]], reason: str) -> Iterator[Found | Reject]:
    for number, row in rows:
        place = f"{file.uri}#{number}"
        try:
            if "" in row:
                raise Refused(reason, str(row[""]))
            yield _row(place, row)
        except Refused as refused:
            yield refused.at(place)


def _whole(file: File) -> bytes:
    with archives.opened(file) as stream:
        raw = stream.read(DOCUMENT_BYTES + 1)
    if len(raw) > DOCUMENT_BYTES:
        raise Refused("too_large", f"a document of more than {DOCUMENT_BYTES:,} bytes")
    return raw


def _json_row(line: bytes) -> dict[str, object]:
    if len(line) >= DOCUMENT_BYTES:
        raise Refused("too_large", f"a line of {DOCUMENT_BYTES:,} bytes or more")
    return _json_object(line, "bad_json")


def _row(place: str, row: Mapping[str, object]) -> Found:
    text = row.get("text")
    if not isinstance(text, str):
        raise Refused("no_text", "there is no string under the name text")
    given = row if row.get("uri") is not None else {**row, "uri": row.get("id")}
    return Found(place, _encode(text, "text"), metadata(given))


def read_sidecar(file: File) -> Metadata:
    """Read the metadata beside a text file. Raises :class:`Refused` (``bad_metadata``) for a sidecar that cannot be trusted."""
    if file.sidecar is None:
        return Metadata()
    name = PurePosixPath(file.sidecar.uri).name
    try:
        with file.sidecar.open() as stream:
            raw = stream.read(SIDECAR_BYTES + 1)
        if len(raw) > SIDECAR_BYTES:
            raise Refused("bad_metadata", f"more than {SIDECAR_BYTES} bytes")
        return metadata(_json_object(raw.removeprefix(BOM), "bad_metadata"))
    except Refused as refused:
        raise Refused("bad_metadata", f"{name}: {refused.detail}") from refused
    except OSError as error:
        raise Refused("bad_metadata", f"{name}: it cannot be read: {_words_of(error)}") from error


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
