"""Tables with one article a row: CSV and Parquet files in, their rows out, a few at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.decode import MARKS, Refused, decode

#: Columns that are read; others are left alone.
COLUMNS: Final = ("text", "uri", "id", "title", "publisher", "published", "language")
_SAMPLE: Final = 1_000_000
_BOM: Final = b"\xef\xbb\xbf"


def csv_rows(raw: IO[bytes], delimiter: str, longest: int) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield number and cells of each row of a CSV file with a header (RFC 4180); an empty cell is null.

    Raises :class:`Refused`: ``no_text`` where there is no column of that name, ``bad_csv`` from where it cannot be read on.
    """
    head = raw.read(_SAMPLE)
    text = io.TextIOWrapper(io.BufferedReader(_Joined(head, raw)), _encoding(head), newline="")
    csv.field_size_limit(longest)
    lines = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if "text" not in header:
            raise Refused("no_text", f"no column is called text: the first line must name the columns, separated by {delimiter!r}")
        for number, cells in enumerate(lines, start=1):
            if not cells:
                continue
            if len(cells) > len(header):
                yield number, {"": f"{len(cells)} cells for {len(header)} columns"}
            else:
                yield number, {name: cell for name, cell in zip(header, cells, strict=False) if name in COLUMNS and cell.strip()}
    except UnicodeDecodeError as error:
        raise Refused("undecodable", f"not {error.encoding} near line {lines.line_num + 1}") from error
    except csv.Error as error:
        raise Refused("bad_csv", f"line {lines.line_num}: {error}") from error


def _encoding(head: bytes) -> str:
    if head.startswith(_BOM):
        return "utf-8-sig"
    if not head.startswith(tuple(MARKS)):
        # A sample may end amid a character.
        try:
            head.decode()
        except UnicodeDecodeError as error:
            if error.start >= len(head) - 4 and len(head) == _SAMPLE:
                return "utf-8"
        else:
            return "utf-8"
    return decode(head.rpartition(b"\n")[0] or head)[1]


class _Joined(io.RawIOBase):
    """What was read of a stream already, and then the rest of it."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest = io.BytesIO(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(got)] = got
        return len(got)


def parquet_rows(raw: IO[bytes], allowed: int) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield number and cells of each row of a Parquet file; ``allowed`` bounds the bytes that its columns take decoded."""
    file = pq.ParquetFile(raw, pre_buffer=False, memory_map=False)
    columns = [name for name in COLUMNS if name in file.schema_arrow.names]
    if "text" not in columns:
        raise Refused("no_text", "no column is called text")
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > allowed:
        raise Refused("archive_bomb", f"its columns take more than {allowed:,} bytes")
    # A value that stands once in a dictionary may stand for a million rows: it stays one value.
    strings = [name for name in columns if pa.types.is_string(file.schema_arrow.field(name).type)]
    number = 0
    for batch in pq.ParquetFile(raw, read_dictionary=strings, pre_buffer=False).iter_batches(256, columns=columns):
        for row in range(batch.num_rows):
            number += 1
            cells = {name: _plain(batch.column(name)[row].as_py()) for name in columns}
            allowed -= len(cells["text"]) if isinstance(cells["text"], str) else 0
            if allowed < 0:
                raise Refused("archive_bomb", "more text comes out of it than its size allows")
            yield number, cells


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
