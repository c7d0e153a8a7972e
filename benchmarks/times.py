"""How fast times alone are, and how good: ``python -m benchmarks.times [--data DIR] [--megabytes 20] [--recognizers FILE]``.

The texts of DIR (by default the seed article) are repeated up to a size, read once (tokens, tags, numbers), and then only the family of
times runs over them: rules, values, publication dates, anchors. Run it with ``POLARS_MAX_THREADS=2`` to hold it to two processors.

Accuracy is measured with public corpora that are not part of the project, by the scorer that reads the published tables:

* TimeBank and AQUAINT (TimeML): spans, types and values by TempEval-3's conventions;
* hand-annotated articles: every column, with and without a publication date.

With ``--recognizers`` the FILE of English cases of Recognizers-Text, ``DateTimeModel.json`` (MIT), is read instead. Those count that are
dates in the sense of news: dates, periods, durations and sets with one TIMEX3 value. Clock times, ranges as (start, end, length) and
several readings at once are what an assistant needs that makes appointments; here a range is two rows.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

import seeds
from tasks.clean import passages
from tasks.extract import facts
from tasks.facts.times import anchored, expressions, publication
from tasks.grammar import numbers
from tasks.grammar.reading import Reading
from tasks.staging import BATCH

TARGET = 10.0
RUNS = 5


def documents(folder: Path, megabytes: float) -> pl.DataFrame:
    """Texts of the folder, repeated until they have that size: ``uri``, ``doc_id``, ``text``, ``published``."""
    texts = [text for path in sorted(folder.rglob("*.txt")) if "\ufffd" not in (text := path.read_bytes().decode(errors="replace"))]
    size = sum(len(text.encode()) for text in texts) / 1e6
    texts *= max(1, round(megabytes / size))
    ids = [f"{i:016x}" for i in range(len(texts))]
    return pl.DataFrame({"uri": ids, "doc_id": ids, "text": texts}).with_columns(pl.lit(date(2019, 3, 18)).alias("published"))


def seconds(batch: pl.DataFrame) -> tuple[float, int]:
    """The least time of some runs of the family over a batch, and the rows that it gives."""
    reading = Reading.of(passages(batch))
    found_numbers = numbers.numbers(reading, reading.level)
    level = numbers.reduce(reading.level, found_numbers, reading)
    least, rows = float("inf"), 0
    for _ in range(RUNS):
        begin = time.perf_counter()
        found = expressions(reading, level, found_numbers)
        dates = publication(batch, reading, found)
        rows = anchored(reading, level, found, dates["publication_date"]).height
        least = min(least, time.perf_counter() - begin)
    return least, rows


@dataclass(frozen=True)
class Case:
    """An expression of the spec: its text, place and kind, and its value, None where it is no date in the sense of news."""

    document: int
    start: int
    end: int
    text: str
    kind: str
    value: str | None


def cases(path: Path) -> tuple[pl.DataFrame, list[Case]]:
    """Read the spec: its inputs as documents, published at the reference date, and what is to be found in them."""
    spec = [case for case in json.loads(path.read_text(encoding="utf-8-sig")) if "Results" in case]
    rows = [
        {
            "uri": str(i),
            "doc_id": f"{i:016x}",
            "text": case["Input"],
            "published": _reference(case),
            "language": "en",
            "bytes": len(case["Input"]),
        }
        for i, case in enumerate(spec)
    ]
    wanted = [
        Case(i, result["Start"], result["Start"] + len(result["Text"]), result["Text"], kind, _value(kind, result["Resolution"]["values"]))
        for i, case in enumerate(spec)
        for result in case["Results"]
        if "Start" in result and (kind := str(result.get("TypeName", "")).partition(".")[2])
    ]
    return pl.DataFrame(rows, schema=BATCH), wanted


def _reference(case: dict[str, Any]) -> date | None:
    moment = case.get("Context", {}).get("ReferenceDateTime")
    return date.fromisoformat(moment[:10]) if moment else None


def _value(kind: str, values: Sequence[dict[str, str]]) -> str | None:
    """Return the value of a date, period, duration or set; two readings of one day ("XXXX-03-02") are one."""
    timex = {value.get("timex", "") for value in values}
    plain = kind in ("date", "daterange", "duration", "set") and len(timex) == 1 and not min(timex).startswith("(")
    return min(timex) if plain else None


def recognizers(path: Path, show: int) -> None:
    """Print the share of the spec's dates that are found and have its value, and what becomes of the others."""
    documents, wanted = cases(path)
    found = defaultdict(list)
    for row in facts(documents)["times"].iter_rows(named=True):
        found[int(row["doc_id"], 16)].append(row)
    ends: dict[str, list[str]] = defaultdict(list)
    for case in wanted:
        meeting = [row for row in found[case.document] if row["char_start"] < case.end and case.start < row["char_end"]]
        values = [{row["timex_value"], row["timex_value_unanchored"]} for row in meeting]
        line = f"{case.kind} {case.value} [{case.text}] -> {[(row['text'], row['timex_value']) for row in meeting]}"
        ends[_outcome(case, meeting, values)].append(line)
    news = sum(map(len, ends.values())) - len(ends["no date in the sense of news"])
    print(f"{len(wanted)} expressions, {news} of them dates in the sense of news:")
    for outcome, lines in sorted(ends.items(), key=lambda item: -len(item[1])):
        of = "" if outcome == "no date in the sense of news" else f" ({len(lines) / news:.1%})"
        print(f"{len(lines):5} {outcome}{of}", *lines[:show], sep="\n        ")


def _outcome(case: Case, meeting: Sequence[dict[str, Any]], values: Sequence[set[str | None]]) -> str:
    if case.value is None:
        return "no date in the sense of news"
    if not meeting:
        return "not found"
    if any(case.value in of_row for of_row in values):
        return "passed"
    if len(meeting) > 1:
        return "found as several"
    return (
        "found, other kind"
        if (meeting[0]["timex_type"] in ("DURATION", "SET")) != (case.kind in ("duration", "set"))
        else "found, other value"
    )


def main() -> None:
    """Print the speed of the family alone, or how it does on the spec."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=seeds.folder / "articles", help="folder of .txt files")
    parser.add_argument("--megabytes", type=float, default=8.0, help="size of the batch")
    parser.add_argument("--recognizers", type=Path, help="cases of Recognizers-Text, DateTimeModel.json")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N expressions of each outcome")
    options = parser.parse_args()
    if options.recognizers:
        recognizers(options.recognizers, options.show)
        return
    batch = documents(options.data, options.megabytes)
    megabytes = int(batch["text"].str.len_bytes().sum()) / 1e6
    least, rows = seconds(batch)
    print(f"times: {megabytes:.1f} MB, {rows} rows, {least:.3f} s, {megabytes / least:.1f} MB/s (target {TARGET:.0f})")


if __name__ == "__main__":
    main()
