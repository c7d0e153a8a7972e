"""How well figures pass the public specs of other tools: ``python -m benchmarks.figures --recognizers DIR --quantulum FILE --muc DIR``.

* ``--recognizers``: the folder ``Specs`` of Recognizers-Text (MIT). A case passes if every expected number, range or quantity is found with
  its value, at its place, and nothing of that kind besides. Numbers are those of the engine, before anything is known of what they count.
* ``--quantulum``: ``quantities.json`` of quantulum3's tests (MIT), passed in the same way; quantities without a unit are not expected, for a
  bare number that nothing counts is no figure, and durations are rows of ``times``.
* ``--muc``: keys and texts of MUC-4. Of the templates in which people are counted (two and more), the share of which all such numbers are
  found as figures of people, and found with the measure that the effect on them means.

None of these is part of the project. ``--show N`` prints so many failures of each class.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tasks.clean import passages
from tasks.extract import facts
from tasks.grammar import numbers
from tasks.grammar.reading import Reading
from tasks.staging import BATCH

_CLOSE = 1e-5
#: Kinds of units that each spec of quantities is about; of others nothing is asked.
_FAMILIES = {
    "Currency": {"money"},
    "Temperature": {"temperature"},
    "Dimension": {"distance", "area", "volume", "weight", "speed", "energy", "power", "other"},
}
_MEASURES = {"DEATH": "killed", "INJURY": "injured"}
_SLOT = re.compile(r"^(\d+)\.\s+([A-Z: ]+?)\s{2,}(.*)$")
_NUMBER = re.compile(r"^[~?\s]*(\d+)\s*:\s*(.+)$")


@dataclass(frozen=True)
class Found:
    """A number or quantity: where it stands, and its value or the ends of its range."""

    start: int
    end: int
    value: tuple[float | None, ...]

    def meets(self, other: Found) -> bool:
        """Do the two stand at one place?"""
        return self.start < other.end and other.start < self.end

    def equals(self, other: Found) -> bool:
        """Are their values equal?"""
        pairs = zip(self.value, other.value, strict=False)
        return len(self.value) == len(other.value) and all(_near(a, b) for a, b in pairs)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _CLOSE * max(1.0, abs(other))


def batch(texts: Sequence[str]) -> pl.DataFrame:
    """A batch of documents, numbered in order."""
    rows = [
        {
            "doc_id": f"{i:016x}",
            "uri": str(i),
            "text": text,
            "sha256": "0" * 64,
            "bytes": len(text.encode()),
            "encoding": "utf-8",
            "language": "en",
        }
        for i, text in enumerate(texts)
    ]
    return pl.DataFrame(rows, schema=BATCH)


def figures(texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    """The figures of each text."""
    found: list[list[dict[str, Any]]] = [[] for _ in texts]
    for row in facts(batch(texts))["figures"].iter_rows(named=True):
        found[int(row["doc_id"], 16)].append(row)
    return found


def spelled(texts: Sequence[str]) -> list[list[Found]]:
    """The numbers of each text that have a value."""
    reading = Reading.of(passages(batch(texts)))
    rows = numbers.numbers(reading, reading.level).filter(pl.col("value").is_not_null() & ~pl.col("kind").is_in(["label", "name", "dated"]))
    span = reading.spans(rows["first"], rows["last"])
    owner = reading.passages["document"].gather(reading.tokens["passage"].gather(rows["first"]))
    found: list[list[Found]] = [[] for _ in texts]
    for document, start, end, value in zip(owner, span["char_start"], span["char_end"], rows["value"], strict=True):
        found[document].append(Found(start, end, (value,)))
    return found


def value_of(row: dict[str, Any]) -> tuple[float | None, ...]:
    """A figure's value, or the ends of its range; a share as a number of per cent."""
    scale = 100.0 if row["unit_code"] == "%" else 1.0
    ends = (row["value"],) if row["value"] is not None else (row["value_low"], row["value_high"])
    return tuple(None if end is None else end * scale for end in ends)


def outcomes(expected: Sequence[Found], found: Sequence[Found]) -> set[str]:
    """What is wrong with a case: missed, wrong value, unexpected; nothing, if it passes."""
    wrong = set()
    for want in expected:
        here = [one for one in found if one.meets(want)]
        if not here:
            wrong.add("missed")
        elif not any(one.equals(want) for one in here):
            wrong.add("wrong value")
    if any(not any(one.meets(want) for want in expected) for one in found):
        wrong.add("unexpected")
    return wrong


def report(name: str, texts: Sequence[str], expected: Sequence[Sequence[Found]], found: Sequence[Sequence[Found]], show: int) -> None:
    """Print the share passed, the classes of failure and some of each."""
    classes: dict[str, list[str]] = defaultdict(list)
    passed = 0
    for text, want, got in zip(texts, expected, found, strict=True):
        wrong = outcomes(want, got)
        passed += not wrong
        for kind in wrong:
            classes[kind].append(f"{' '.join(text.split())} | {[one.value for one in want]} | {[one.value for one in got]}")
    counts = ", ".join(f"{kind} {len(cases)}" for kind, cases in sorted(classes.items()))
    print(f"{name}: {passed} of {len(texts)} passed, {passed / max(1, len(texts)):.2f} ({counts or 'no failures'})")
    for kind, cases in sorted(classes.items()):
        for case in cases[:show]:
            print(f"    {kind}: {case}")


def _number(text: str) -> float | None:
    try:
        return float(text.rstrip("%"))
    except ValueError:
        return None


def _has_value(result: dict[str, Any]) -> bool:
    """Is it more than a unit without a number?"""
    return "Start" in result and str(result["Resolution"]["value"]) not in ("null", "None")


def _ends(text: str) -> tuple[float | None, ...]:
    """A range of Recognizers as its bounds: "[10,15)", "(30,)"."""
    return tuple(_number(part) for part in text.strip("[]()").split(","))


def recognizers(folder: Path, show: int) -> None:
    """Numbers, ranges, shares and quantities by the specs of Recognizers-Text."""
    for path, family in _specs(folder):
        cases = [case for case in json.loads(path.read_text(encoding="utf-8-sig")) if "Results" in case]
        texts = [case["Input"] for case in cases]
        of = _ends if family == "NumberRange" else lambda text: (_number(text),)
        expected = [
            [Found(r["Start"], r["End"] + 1, of(str(r["Resolution"]["value"]))) for r in case["Results"] if _has_value(r)] for case in cases
        ]
        report(f"Recognizers {family}", texts, expected, _of_family(family, texts), show)


def _specs(folder: Path) -> Iterable[tuple[Path, str]]:
    for group, family in (
        ("Number", "Number"),
        ("Number", "NumberRange"),
        ("Number", "Percent"),
        ("NumberWithUnit", "Currency"),
        ("NumberWithUnit", "Dimension"),
        ("NumberWithUnit", "Temperature"),
    ):
        yield folder / group / "English" / f"{family}Model.json", family


def _of_family(family: str, texts: Sequence[str]) -> list[list[Found]]:
    if family == "Number":
        return spelled(texts)
    if family == "Percent":
        kept = [[row for row in rows if row["unit_code"] == "%"] for rows in figures(texts)]
    elif family == "NumberRange":
        kept = [[row for row in rows if row["quantifier"] not in ("exact", "approximately", "vague")] for rows in figures(texts)]
        return [[Found(row["char_start"], row["char_end"], (row["value_low"], row["value_high"])) for row in rows] for rows in kept]
    else:
        kept = [[row for row in rows if row["unit_text"] and row["unit"] in _FAMILIES[family]] for rows in figures(texts)]
    return [[Found(row["char_start"], row["char_end"], value_of(row)) for row in rows] for rows in kept]


def quantulum(path: Path, show: int) -> None:
    """Quantities with a unit, by quantulum3's tests; its shares are numbers of per cent too."""
    cases = json.loads(path.read_text(encoding="utf-8"))
    texts = [case["req"] for case in cases]
    times = ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century", "millennium")
    expected = []
    for case in cases:
        wanted = [r for r in case["res"] if r.get("unit") not in (None, "", "dimensionless") and not str(r["unit"]).startswith(times)]
        starts = [case["req"].find(r["surface"]) for r in wanted]
        expected.append([Found(s, s + len(r["surface"]), (float(r["value"]),)) for s, r in zip(starts, wanted, strict=True) if s >= 0])
    kept = [[row for row in rows if row["unit_text"]] for rows in figures(texts)]
    found = [[Found(row["char_start"], row["char_end"], value_of(row)) for row in rows] for rows in kept]
    report("quantulum3 quantities", texts, expected, found, show)


def templates(folder: Path) -> list[tuple[str, list[tuple[int, str | None]]]]:
    """The templates of MUC-4's keys that count people: document, and (number, measure or None) of each target of two and more."""
    read = []
    for path in sorted(folder.glob("keys/tst*/*")):
        for template in _slots(path):
            effects = {target: effect for effect, target in (line.split(":", 1) for line in template["effect"] if ":" in line)}
            counted = [(int(m[1]), m[2]) for line in template["number"] if (m := _NUMBER.match(line)) and int(m[1]) > 1]
            named = {target.strip(): effect.strip() for target, effect in effects.items()}
            if counted:
                read.append((template["id"][0], [(n, _MEASURES.get(named.get(target.strip(), ""))) for n, target in counted]))
    return read


def _slots(path: Path) -> Iterable[dict[str, list[str]]]:
    """Each template of a key file: its id, and the lines of the slots of numbers of and effects on human targets."""
    names = {"MESSAGE: ID": "id", "HUM TGT: NUMBER": "number", "HUM TGT: EFFECT OF INCIDENT": "effect"}
    template: dict[str, list[str]] = defaultdict(list)
    slot = ""
    for line in path.read_text(encoding="latin-1").splitlines():
        if match := _SLOT.match(line):
            if match[1] == "0" and template:
                yield template
                template = defaultdict(list)
            slot = names.get(match[2].strip(), "")
            if slot:
                template[slot].append(match[3].strip())
        elif slot and line.startswith(" "):
            template[slot].append(line.strip())
    yield template


def muc(folder: Path, show: int) -> None:
    """Numbers of human targets in the texts of MUC-4's development part."""
    lines = (folder / "processed" / "dev.json").read_text(encoding="utf-8").splitlines()
    texts = {case["docid"]: case["doctext"] for case in map(json.loads, lines)}
    found = dict(zip(texts, figures(list(texts.values())), strict=True))
    counts: Counter[str] = Counter()
    missed = []
    for document, targets in templates(folder):
        people = [row for row in found.get(document, []) if row["unit"] == "person"]
        number = [[row for row in people if n in (row["value"], row["value_low"], row["value_high"])] for n, _ in targets]
        right = [m is None or any(row["measure"] == m for row in rows) for rows, (_, m) in zip(number, targets, strict=True)]
        counts.update(
            templates=1,
            targets=len(targets),
            numbers=sum(map(bool, number)),
            both=sum(bool(r) and ok for r, ok in zip(number, right, strict=True)),
        )
        counts.update(all_numbers=all(number), all_both=all(bool(r) and ok for r, ok in zip(number, right, strict=True)))
        if not all(number) or not all(right):
            missed.append(f"{document} {targets}")
    print(f"MUC-4: {counts['templates']} templates with {counts['targets']} numbers of people")
    print(
        f"    numbers found {counts['numbers'] / max(1, counts['targets']):.2f}, with their measure {counts['both'] / max(1, counts['targets']):.2f}"
    )
    print(
        f"    templates with all numbers {counts['all_numbers'] / max(1, counts['templates']):.2f}, with all measures {counts['all_both'] / max(1, counts['templates']):.2f}"
    )
    for line in missed[:show]:
        print(f"    missed: {line}")


def main() -> None:
    """Print the report for each set that is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recognizers", type=Path, help="folder Specs of Recognizers-Text")
    parser.add_argument("--quantulum", type=Path, help="quantities.json of quantulum3's tests")
    parser.add_argument("--muc", type=Path, help="folder of MUC-4 with keys/ and processed/")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N failures of each class")
    options = parser.parse_args()
    for given, run in ((options.recognizers, recognizers), (options.quantulum, quantulum), (options.muc, muc)):
        if given:
            run(given, options.show)


if __name__ == "__main__":
    main()
