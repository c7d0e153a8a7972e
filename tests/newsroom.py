"""A folder with every kind of input, and what becomes of each."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES

FLOOD = (
    "River bursts its banks\n"
    "More than 500 people have been evacuated from the town of Marlow, the mayor said on Tuesday.\n"
    "“We have lost 40 houses, and between 12 and 15 farms,” said Mayor Ana Ruiz, who has been in office since 2011.\n"
)
STRIKE = (
    "Dockers end their strike\n"
    "Some 3,200 dockers went back to work after the union had agreed to a rise of 4.5 per cent.\n"
    "“It was time,” said the union’s leader, Olu Bright.\n"
)
ODD_QUOTES = (
    "Choir sings on\n"
    "“We will sing, said the conductor, and 80 singers have been with her since the hall was closed.\n"
    "The hall has been closed for 3 years, and the town has said that it would not open it again.\n"
)
FRENCH = (
    "Le maire a annoncé que plus de 500 personnes ont été évacuées de la ville après la crue de la rivière, "
    "et que les écoles resteront fermées pendant toute la semaine. Les habitants sont logés dans un gymnase.\n"
)

#: File → what is in it, and the language of the document or the reason of the reject.
FILES: dict[str, tuple[bytes, str]] = {
    "binary.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
    "crlf.txt": (STRIKE.replace("\n", "\r\n").encode(), "en"),
    "empty.txt": (b"", "empty"),
    "flood.txt": (FLOOD.encode(), "en"),
    "flood_again.txt": (FLOOD.encode(), "en"),
    "french.txt": (FRENCH.encode(), "fr"),
    "latin.txt": ("The café’s 25 guests said that they have had enough of the cold.\n".encode("cp1252"), "en"),
    "notes.docx": (b"PK\x03\x04", "unsupported_type"),
    "odd_quotes.txt": (ODD_QUOTES.encode(), "en"),
    "strike.txt": (STRIKE.encode(), "en"),
}
SIDECAR = {"title": "Docks", "publisher": "The Packet", "published": "2024-05-01"}
WIRE = [{"uri": "wire/1", "text": FLOOD.replace("500", "700"), "published": "2024-05-02"}, {"uri": "wire/2", "text": ""}]
DOCUMENTS = sum(len(outcome) == 2 for _, outcome in FILES.values()) + 1
REJECTS = len(FILES) + len(WIRE) - DOCUMENTS


def furnish(folder: Path) -> Path:
    """Write the files, a sidecar and a .jsonl file into the folder."""
    folder.mkdir()
    for name, (content, _) in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "strike.txt.meta.json").write_text(json.dumps(SIDECAR))
    (folder / "wire.jsonl").write_text("".join(json.dumps(row) + "\n" for row in WIRE))
    return folder


def table(out: Path, name: str) -> pl.DataFrame:
    """Read a table of the current release."""
    return pl.concat([pl.read_parquet(part, glob=False) for part in sorted((out / "current" / name).glob("*.parquet"))])


def facts(out: Path) -> dict[str, pl.DataFrame]:
    """Read all tables of the current release, sorted by key and without what is different from run to run."""
    volatile = ("run_id", "started_at", "prefect_flow_run_id")
    return {name: table(out, name).sort(TABLES[name].key).drop(volatile, strict=False) for name in TABLES}


def rejects(out: Path) -> dict[str, str]:
    """Read what was rejected by all runs into the folder, as uri → reason."""
    lines = [json.loads(line) for path in (out / "rejected").glob("*.jsonl") for line in path.read_text().splitlines()]
    return {line["uri"]: line["reason"] for line in lines}


def releases(out: Path) -> list[str]:
    """List the releases, oldest first."""
    return sorted(path.name for path in (out / "releases").iterdir())
