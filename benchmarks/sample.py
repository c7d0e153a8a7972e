"""Rows of a release to be read and judged one by one: ``python -m benchmarks.sample --out DIR --table figures --rows 300 --seed 1``.

The same release, table and seed always give the same rows, so that a figure for precision can be checked. Printed are the row's sentence
or text and what the table says of it, as CSV with an empty column for each of the questions to be answered by hand: is the row right,
and are the columns named by ``--judge``?
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

#: What is shown of a row, by table; of any other table, all columns.
SHOWN = {
    "figures": (
        *("text", "value", "value_low", "value_high", "quantifier", "unit", "unit_text", "unit_code", "counted_text", "measure"),
        *("about_text", "change", "modality", "relation", "source_name", "source_basis", "period_start", "period_end", "period_basis"),
        *("place_name", "place_basis", "rule_id", "sentence_text"),
    ),
    "quotes": ("quote_type", "text", "source_text", "source_name", "source_role", "source_org_name", "source_basis", "cue_text", "rule_id"),
}
#: The columns to be judged, by table.
JUDGED = {"figures": ("measure", "source_name", "period_start"), "quotes": ("quote_type", "source_name")}


def sample(release: Path, table: str, rows: int, seed: int) -> pl.DataFrame:
    """That many rows of a table of a release, by chance but always the same, in order of their keys."""
    found = pl.read_parquet(release / table / "*.parquet")
    key = found.columns[0]
    drawn = found.sort(key).sample(min(rows, found.height), seed=seed).sort(key)
    return drawn.select(key, *(name for name in SHOWN.get(table, found.columns[1:]) if name in found.columns))


def main() -> None:
    """Print the sample as CSV."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder in which releases are published")
    parser.add_argument("--table", default="figures")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--judge", nargs="*", help="columns to be judged beside the row itself")
    options = parser.parse_args()
    drawn = sample((options.out / "current").resolve(), options.table, options.rows, options.seed)
    judged = JUDGED.get(options.table, ()) if options.judge is None else options.judge
    asked = [pl.lit("").alias(f"{name}?") for name in ("row", *judged)]
    drawn.with_columns(asked).write_csv(sys.stdout)


if __name__ == "__main__":
    main()
