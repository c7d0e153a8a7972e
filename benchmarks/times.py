"""How fast times alone are, and the commands that measure how good: ``python -m benchmarks.times [--data DIR] [--megabytes 20]``.

The texts of DIR (by default the seed article) are repeated up to a size, read once (tokens, tags, numbers), and then only the family of
times runs over them: rules, values, publication dates, anchors. Run it with ``POLARS_MAX_THREADS=2`` to hold it to two processors.

Accuracy is measured with public corpora that are not part of the project, by the scorer that reads the published tables:

* TimeBank and AQUAINT (TimeML): spans, types and values by TempEval-3's conventions;
* hand-annotated articles: every column, with and without a publication date;
* the test cases of Recognizers-Text, DateTimeModel: the share of expressions found, and of values equal.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

import polars as pl

import seeds
from tasks.clean import passages
from tasks.facts.times import anchored, expressions, publication
from tasks.grammar import numbers
from tasks.grammar.reading import Reading

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


def main() -> None:
    """Print the speed of the family alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=seeds.folder / "articles", help="folder of .txt files")
    parser.add_argument("--megabytes", type=float, default=8.0, help="size of the batch")
    options = parser.parse_args()
    batch = documents(options.data, options.megabytes)
    megabytes = int(batch["text"].str.len_bytes().sum()) / 1e6
    least, rows = seconds(batch)
    print(f"times: {megabytes:.1f} MB, {rows} rows, {least:.3f} s, {megabytes / least:.1f} MB/s (target {TARGET:.0f})")


if __name__ == "__main__":
    main()
