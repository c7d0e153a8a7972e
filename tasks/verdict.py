"""What validation says: the interface from :mod:`tasks.validate` to :mod:`tasks.publish`, the flow and the report."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from expectations.suites import Outcome
from tasks.staging import Reject

_SHOWN = 20


@dataclass(frozen=True)
class Result:
    """What became of one expectation of one table; ``examples`` are a few keys or values that break it, or what was raised."""

    table: str
    expectation: str
    outcome: Outcome
    violations: int
    level: Literal["row", "table"]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What validation found, and whether the rest may be published.

    An expectation that documents broke stays ``failed`` in ``results`` after they were taken out: ``quarantined`` lists them, and
    ``success`` says that nothing broken is left. ``rows`` counts what is left of each table.
    """

    results: list[Result]
    quarantined: list[Reject]
    rows: dict[str, int]
    success: bool

    @property
    def markdown(self) -> str:
        """A summary: one line a table, then what did not pass, then the quarantined documents."""
        counts = Counter((result.table, result.outcome) for result in self.results)
        tables = dict.fromkeys(result.table for result in self.results)
        summary = [
            [table, str(self.rows.get(table, "")), *(str(counts[table, outcome]) for outcome in ("passed", "failed", "raised"))]
            for table in tables
        ]
        broken = [
            [result.table, result.expectation, result.outcome, str(result.violations), ", ".join(result.examples)]
            for result in self.results
            if result.outcome != "passed"
        ]
        taken_out = [[reject.uri, reject.detail] for reject in self.quarantined]
        return (
            f"**{'May be published' if self.success else 'Must not be published'}**\n\n"
            + _grid(["table", "rows", "passed", "failed", "raised"], summary)
            + _section("Did not pass", ["table", "expectation", "outcome", "violations", "examples"], broken)
            + _section("Quarantined documents", ["document", "why"], taken_out)
        )


def _section(title: str, head: list[str], rows: list[list[str]]) -> str:
    more = f"\n… and {len(rows) - _SHOWN} more\n" if len(rows) > _SHOWN else ""
    return f"\n### {title}\n\n{_grid(head, rows[:_SHOWN])}{more}" if rows else ""


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([escaped(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def escaped(cell: str) -> str:
    """Return the cell as literal text of a Markdown table: examples come from the articles, which nobody vouches for."""
    line = " ".join(cell.split())
    shortened = line if len(line) <= 200 else f"{line[:199]}…"
    return re.sub(r"([\\`*_\[\]|~#!])", r"\\\1", html.escape(shortened, quote=False))
