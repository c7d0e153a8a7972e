"""HTML pages in, their article out: its text without menus and banners, and what the page says about itself."""

from __future__ import annotations

import codecs
import logging
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from tasks.decode import MARKS, Refused, decode

PAGE_BYTES: Final = 5_000_000
"""The longest page that is read. News pages have 0.2 MB; parsing takes some hundred times a page's size."""

_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")
#: What pages call Latin-1 browsers read as its superset.
_SUPERSETS: Final = dict.fromkeys(("iso8859-1", "ascii"), "windows-1252")
#: What a page says about when it was published, in its head or for machines. Its text is not searched for a date, and the clock is not asked.
_META: Final = re.compile(r"<(?:meta|time)\b[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PUBLISHED: Final = frozenset(
    "article:published_time og:published_time datepublished date dc.date dc.date.issued dcterms.date dcterms.issued dcterms.created "
    "pubdate publishdate publish-date publish_date publication_date parsely-pub-date sailthru.date originalpublicationdate".split()
)
_LINKED: Final = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{1,60})\"")


@dataclass(frozen=True, slots=True)
class Page:
    """The article of a page; null where the page does not say."""

    text: str
    encoding: str
    title: str | None
    publisher: str | None
    published: date | None


def read_page(raw: bytes) -> Page:
    """Read the article of a page. Raises :class:`Refused` where there is none."""
    if len(raw) > PAGE_BYTES:
        raise Refused("too_large", f"a page of more than {PAGE_BYTES:,} bytes")
    html, encoding = _decode(raw)
    found = _extract(html)
    text = _CONTROL.sub("", found.text or "") if found else ""
    if not text.strip():
        raise Refused("empty", "no article was found in the page")
    return Page(text, encoding, _words(found.title), _words(found.sitename), _published(html))


def _decode(raw: bytes) -> tuple[str, str]:
    """Decode by the byte order mark, else by what the page says, else as any text."""
    said = _CHARSET.search(raw, 0, 4096)
    if said and not raw.startswith(tuple(MARKS)):
        try:
            name = codecs.lookup(said[1].decode("ascii")).name
            name = _SUPERSETS.get(name, name)
            return raw.decode(name), name
        except (LookupError, ValueError):
            pass  # it says what it is not
    return decode(raw)


def _extract(html: str) -> Any:
    try:
        return _trafilatura().bare_extraction(html, with_metadata=True, include_comments=False)
    # A page may be broken in more ways than its parser knows.
    except Exception as error:
        raise Refused("bad_html", f"it cannot be parsed: {type(error).__name__}") from error


def _words(value: object) -> str | None:
    return " ".join(_CONTROL.sub(" ", value).split()) or None if isinstance(value, str) else None


def _published(html: str) -> date | None:
    """Read the day of publication, as the page's writer saw it: no change of time zone."""
    said = (attributes for tag in _META.finditer(html) if (attributes := _attributes(tag[0])))
    stated = [
        given.get("content") or given.get("datetime")
        for given in said
        if _PUBLISHED & {given.get(name, "").lower() for name in ("property", "name", "itemprop")}
    ]
    return next(filter(None, map(_day, [*stated, *_LINKED.findall(html)])), None)


def _attributes(tag: str) -> dict[str, str]:
    return {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def _day(value: str | None) -> date | None:
    try:
        return datetime.fromisoformat(value.strip()).date() if value else None
    except ValueError:
        return None


@cache
def _trafilatura() -> Any:
    import trafilatura

    # It tells of every page that it has doubts about.
    for name in ("trafilatura", "htmldate", "justext", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return trafilatura
