"""Raw bytes in, text out: which encoding they are in, and whether they are text at all.

What comes out is ``raw.decode(encoding)`` to the letter: newlines, a UTF-8 byte order mark and everything else stay as they are, so
that offsets into the text are offsets into the decoded file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from charset_normalizer import from_bytes

from tasks.staging import Reject

#: How files begin that are no text although some of them hold no NUL byte.
MAGIC: Final = {
    b"%PDF-": "PDF",
    b"{\\rtf": "RTF",
    b"PK\x03\x04": "ZIP or Office",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\xfd7zXZ": "xz",
    b"BZh91AY&SY": "bzip2",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\xd0\xcf\x11\xe0": "old Office",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"\x7fELF": "ELF",
    b"OggS": "Ogg",
    b"PAR1": "Parquet",
}

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
MARKS: Final = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

CONTROLS: Final = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
CONTROL_SHARE: Final = 0.05
"""Above this share of control characters a file is no text. Bytes at random have twice as many, damaged text has some in a thousand."""

# Readings that "fit" almost any few bytes.
UNMARKED: Final = ["utf_7", "utf_16_be", "utf_16_le", "utf_32_be", "utf_32_le"]
EBCDIC: Final = ["cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"]

#: IANA names that no rule gives.
IANA_NAMES: Final = {"big5hkscs": "big5-hkscs", "hz": "hz-gb-2312", "mac_roman": "macintosh", "shift_jis": "shift_jis"}


class Refused(Exception):  # noqa: N818 (an outcome that is recorded, not an error of the program)
    """An input is not taken: ``reason`` is the short fixed word of :class:`~tasks.staging.Reject`, ``detail`` the sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def at(self, uri: str) -> Reject:
        """Make the reject to record for the input ``uri``."""
        return Reject(uri, self.reason, self.detail)


def decode(raw: bytes) -> tuple[str, str]:
    """Decode ``raw`` to text and its encoding, a lower-case IANA name that Python knows: ``raw.decode(encoding) == text``.

    UTF-16 and UTF-32 are recognised by their byte order mark, UTF-8 by being valid, anything else by charset-normalizer.
    Raises :class:`Refused`: ``empty``, ``binary`` or ``undecodable``.
    """
    encoding = _beginning(raw, MARKS)
    if encoding is None:
        _refuse_binary(raw)
        encoding = "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise Refused("undecodable", f"begins like {encoding}, but byte {error.start} does not fit") from error
        text, encoding = _decode_unlabelled(raw, error.start)
    _refuse_no_text(text, raw if encoding == "utf-8" else text.encode())
    return text, encoding


def _beginning(raw: bytes, table: Mapping[bytes, str]) -> str | None:
    """Look up how ``raw`` begins. Most begin like nothing in the table, which one call tells."""
    return next(table[start] for start in table if raw.startswith(start)) if raw.startswith(tuple(table)) else None


def _refuse_binary(raw: bytes) -> None:
    kind = _beginning(raw, MAGIC)
    if kind is not None:
        raise Refused("binary", f"not text: begins like a {kind} file")
    if b"\0" in raw:
        raise Refused("binary", f"not text: byte {raw.index(0)} is NUL")


def _refuse_no_text(text: str, utf8: bytes) -> None:
    # The mark is no character of str.strip, and white space to the engine.
    if not text.lstrip("\ufeff").strip():
        raise Refused("empty", "no text: empty or only white space")
    if "\0" in text:
        raise Refused("binary", f"not text: character {text.index(chr(0))} is NUL")
    controls = len(utf8) - len(utf8.translate(None, CONTROLS))
    if controls > CONTROL_SHARE * len(text):
        raise Refused("binary", f"not text: {controls} of {len(text)} characters are control characters")


def _decode_unlabelled(raw: bytes, first_bad: int) -> tuple[str, str]:
    """Decode bytes that are not UTF-8, the first misfit being at ``first_bad``."""
    encoding = None if _is_damaged_utf8(raw) else _likely_encoding(raw)
    if encoding is None:
        raise Refused("undecodable", f"neither UTF-8 (byte {first_bad} does not fit) nor any other encoding that was recognised")
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError as error:
        # charset-normalizer looks at samples of a long text.
        raise Refused("undecodable", f"looks like {encoding}, but byte {error.start} does not fit") from error


def _is_damaged_utf8(raw: bytes) -> bool:
    """Are most of the characters beyond ASCII valid UTF-8? Then any other encoding would turn them all into wrong letters."""
    text = raw.decode(errors="replace")
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
    return beyond_ascii > 2 * text.count("\ufffd")


def _likely_encoding(raw: bytes) -> str | None:
    """Guess the encoding that fits best; if windows-1252 fits at all it wins, being what unlabelled Western text is in."""
    readings = from_bytes(raw, cp_exclusion=UNMARKED + EBCDIC)
    best = readings.best()
    if best is None:
        return None
    try:
        _ = readings["cp1252"]
    except KeyError:
        return _iana_name(best.encoding)
    return "windows-1252"


def _iana_name(codec: str) -> str:
    """Turn Python's name of a codec (``cp1251``, ``iso8859_2``) into the IANA name, if it has one, which Python understands too."""
    name = re.sub(r"^cp(125\d)$", r"windows-\1", codec)
    name = re.sub(r"^iso(8859|2022)_", r"iso-\1-", name)
    return IANA_NAMES.get(name, name.replace("_", "-"))
