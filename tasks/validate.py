"""validate: a run's staged parts → a verdict on whether they may be published.

:mod:`tasks.evidence` computes, part by part, what Great Expectations cannot see; Great Expectations decides; where it says no, Polars finds the rows by the same contract. A document whose rows break an
expectation is taken out and the rest is validated again; what concerns a whole table stops the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import polars as pl
from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from expectations.catalog import TABLES
from expectations.contract import Column, Table
from expectations.suites import (
    Answer,
    Outcome,
    Rule,
    count_rule,
    header,
    header_rule,
    parent,
    prepare,
    references_across,
    row_rules,
    validated,
)
from tasks.evidence import UNREADABLE, Evidence, Parts, UnreadableError, label, look, repeats
from tasks.log import TaskLog
from tasks.parts import REMOVED, SHARED
from tasks.processes import AT_ONCE, pool
from tasks.quarantine import quarantine, read_ledger, rejected, take_out
from tasks.staging import ENTITIES, Run
from tasks.verdict import Result, Verdict

#: Rows of values that Great Expectations is handed at a time: what bounds its memory.
CHUNK_ROWS = 150_000
#: Parts of so many names are looked at here; for more it is worth starting processes.
FEW = 10
EXAMPLES = 3


@dataclass
class Finding:
    """What was found of one rule over the chunks of a table; ``broken`` maps each document that breaks it to a row that does."""

    outcome: Outcome = "passed"
    violations: int = 0
    examples: tuple[str, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)

    def add_answer(self, answer: Answer) -> None:
        """Take in an answer that is not "passed"."""
        self.outcome = answer.outcome if self.outcome != "raised" else self.outcome
        self.examples = (*self.examples, *filter(None, [answer.message]))[:EXAMPLES]

    def add_rows(self, rows: pl.DataFrame) -> None:
        """Take in the ``example`` and ``doc_id`` of rows that break the rule."""
        self.violations += rows.height
        self.examples = (*self.examples, *rows["example"])[:EXAMPLES]
        if "doc_id" in rows.columns:
            first = rows.drop_nulls("doc_id").unique("doc_id", keep="first", maintain_order=True)
            self.broken |= dict(first.filter(pl.col("doc_id").is_in(list(self.broken)).not_()).select("doc_id", "example").iter_rows())


@dataclass(frozen=True)
class Again:
    """What to look at again when documents have been taken out: the parts (names) that they were in, and the rules (table, name) that they broke.

    All other rows have passed all rules, and stay as they are.
    """

    parts: frozenset[str]
    rules: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Judgement:
    """One look at the staged parts: a result an expectation, and for each document with broken rows what it breaks."""

    results: list[Result]
    broken: dict[str, str]

    @property
    def success(self) -> bool:
        """Whether everything has passed."""
        return all(result.outcome == "passed" for result in self.results)

    @property
    def can_be_mended(self) -> bool:
        """Whether all that did not pass is a matter of rows, and of documents that can be taken out."""
        bad = [result for result in self.results if result.outcome != "passed"]
        return bool(self.broken) and all(result.level == "row" and result.outcome == "failed" for result in bad)


def validate_run(run: Run) -> Verdict:
    """Validate the staged parts, take out the documents whose rows break an expectation, and validate the rest.

    Nothing is rewritten where the run cannot be published anyway: after a table-level failure, and where no document would be left,
    the parts stay as they were staged.
    """
    ledger = read_ledger(run)
    take_out(run, ledger)
    judgement = judge(run)
    failed: dict[tuple[str, str], Result] = {}
    while judgement.can_be_mended:
        if len(judgement.broken) >= _count(run, TABLES["documents"]):
            ledger = rejected(run, ledger, judgement.broken)
            break
        broken = {(result.table, result.expectation): result for result in judgement.results if result.outcome != "passed"}
        failed |= broken
        again = Again(frozenset(_parts_of(run, judgement.broken)), frozenset(broken))
        ledger = quarantine(run, ledger, judgement.broken)
        judgement = judge(run, again)
    results = [failed.get((result.table, result.expectation), result) for result in judgement.results]
    return Verdict(results, list(ledger.rejects.values()), _count_rows(run), judgement.success)


def _parts_of(run: Run, doc_ids: Collection[str]) -> set[str]:
    """The names of the parts that hold one of these documents."""
    ids = pl.Series(sorted(doc_ids)).implode()
    return {
        part.name for part in run.new_parts("documents") if pl.read_parquet(part, columns=["doc_id"], glob=False)["doc_id"].is_in(ids).any()
    }


def judge(run: Run, again: Again | None = None) -> Judgement:
    """Look once at the staged parts as they are, or ``again`` at some of the rows, and at the tables as wholes."""
    # Great Expectations takes seconds to import, in which Polars looks at the parts.
    Thread(target=prepare).start()
    headers = {table.name: _headers(run, table) for table in TABLES.values()}
    are_declared = all(set(headers[table.name]) == {tuple(header(table.schema))} for table in TABLES.values())
    content = _judge_content(run, again) if are_declared else Judgement([], {})
    results = [_judge_header(table, headers[table.name]) for table in TABLES.values()]
    if any(result.outcome != "passed" for result in results):
        return Judgement(results, {})  # nothing else can be asked of tables with other columns
    return Judgement([*results, *content.results], content.broken)


def _judge_content(run: Run, again: Again | None) -> Judgement:
    results, broken = list[Result](), dict[str, str]()
    try:
        asked = {table.name: Asked(run, table, _rules(table, again)) for table in TABLES.values()}
        seen: list[Evidence] = []
        for name, evidence in _seen(run, asked, again):
            for named, values in evidence.values.items():
                asked[named].add(name, values)
            seen.append(replace(evidence, values={}))
        for table in TABLES.values():
            findings = asked[table.name].answered()
            results += _row_results(table, findings)
            _add_reasons(broken, table, findings)
        results += _judge_whole(run, seen)
    except UnreadableError as error:
        results.append(Result(error.table, "rows can be read", "raised", 1, "table", (error.why,)))
    return Judgement(results, broken)


def _rules(table: Table, again: Again | None) -> tuple[Rule, ...]:
    return tuple(rule for rule in row_rules(table) if again is None or (table.name, rule.name) in again.rules)


def _seen(run: Run, asked: Mapping[str, Asked], again: Again | None) -> Iterator[tuple[str, Evidence]]:
    """The evidence of all parts that have to be looked at, by name, in order."""
    new = {table.name: {part.name for part in run.new_parts(table.name)} for table in TABLES.values()}
    # Of the release before, only what documents were taken out of can have lost something that it points at.
    old = {part.name for table in TABLES for part in run.parts(table)} if (run.staging / REMOVED).exists() else set[str]()

    def ask(name: str) -> tuple[str, Mapping[str, Collection[str]], Collection[str]]:
        tables = {table for table, names in new.items() if name in names}
        has_passed = again is not None and name not in again.parts
        of_rows = {table for table in tables if not (has_passed and TABLES[table].is_document_level)}
        return name, {table: [rule.name for rule in asked[table].rules] for table in of_rows}, tables

    names = sorted(old.union(*new.values()))
    return zip(names, _ahead(partial(look, run), [ask(name) for name in names]), strict=True)


def _ahead(look_at: Callable[..., Evidence], asked: Sequence[tuple[Any, ...]]) -> Iterator[Evidence]:
    """Look at all that is asked about, in order: a few at a time, and where there are many, in processes."""
    with pool() if len(asked) > FEW else ThreadPoolExecutor(AT_ONCE) as lookers:
        coming: deque[Future[Evidence]] = deque()
        for one in asked:
            coming.append(lookers.submit(look_at, *one))
            if len(coming) > AT_ONCE:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


class Asked:
    """The rules of a table's rows, asked of Great Expectations when parts have told ``CHUNK_ROWS`` of values."""

    def __init__(self, run: Run, table: Table, rules: tuple[Rule, ...]) -> None:
        self.run, self.table, self.rules = run, table, rules
        self._findings = {rule.name: Finding() for rule in row_rules(table)}
        self._waiting: dict[str, pl.DataFrame] = {}

    def add(self, name: str, values: pl.DataFrame) -> None:
        """Take in the values that the part of this name tells."""
        self._waiting[name] = values
        if sum(frame.height for frame in self._waiting.values()) >= CHUNK_ROWS:
            self._ask()

    def answered(self) -> dict[str, Finding]:
        """What was found of each rule of the table, of those that were not asked nothing."""
        if self._waiting:
            self._ask()
        return self._findings

    def _ask(self) -> None:
        answers = validated(pl.concat(self._waiting.values()), self.rules)
        broken = [rule for rule in self.rules if answers[rule.name].outcome != "passed"]
        for rule in broken:
            self._findings[rule.name].add_answer(answers[rule.name])
        for name in self._waiting if broken else ():
            rows = Parts(self.run, name).with_conditions(self.table)
            for rule in broken:
                self._findings[rule.name].add_rows(_violations(rows, self.table, rule))
        self._waiting = {}


def _headers(run: Run, table: Table) -> dict[tuple[str, ...], str]:
    """The headers that the parts of a table have, each with the first part that has it; that of the contract where there is no part."""
    return {tuple(_header(part)): part.name for part in reversed(run.parts(table.name))} or {tuple(header(table.schema)): ""}


def _judge_header(table: Table, found: Mapping[tuple[str, ...], str]) -> Result:
    rule, expected = header_rule(table), header(table.schema)
    finding = Finding()
    for columns, part in found.items():
        answer = validated(pl.DataFrame(schema=dict.fromkeys(columns, pl.Null())), [rule])[rule.name]
        if answer.outcome != "passed":
            finding.add_answer(answer)
            finding.add_rows(pl.DataFrame({"example": [f"{part}: {_difference(columns, expected)}"]}))
    return Result(table.name, rule.name, finding.outcome, finding.violations, "table", finding.examples)


def _header(part: Path) -> list[str]:
    try:
        return header(pl.scan_parquet(part, glob=False).collect_schema())
    except UNREADABLE as error:
        return [f"not readable: {error}"[:200]]


def _difference(found: Sequence[str], expected: Sequence[str]) -> str:
    extra = [column for column in found if column not in expected]
    missing = [column for column in expected if column not in found]
    parts = [f"{word} {', '.join(columns)}" for word, columns in (("has", extra), ("lacks", missing)) if columns]
    return "; ".join(parts) or "other order"


def _violations(chunk: pl.DataFrame, table: Table, rule: Rule) -> pl.DataFrame:
    documents = ["doc_id"] if table.is_document_level else []
    return chunk.filter(rule.holds.not_().fill_null(False)).select(label(table), *documents)


def _row_results(table: Table, findings: dict[str, Finding]) -> Iterator[Result]:
    # Rows of a table that no document owns cannot be taken out with one.
    level: Literal["row", "table"] = "row" if table.is_document_level else "table"
    for name, finding in findings.items():
        yield Result(table.name, name, finding.outcome, finding.violations, level, finding.examples)


def _add_reasons(broken: dict[str, str], table: Table, findings: dict[str, Finding]) -> None:
    """Note for each document the first expectation that its rows break, with an example."""
    for name, finding in findings.items():
        for doc_id, example in finding.broken.items():
            broken.setdefault(doc_id, f"{table.name}: {name} (broken by {example})")


def _judge_whole(run: Run, seen: Sequence[Evidence]) -> Iterator[Result]:
    """Judge what concerns whole tables: Polars finds what breaks an expectation, Great Expectations demands that there is nothing."""
    found: dict[tuple[str, str], pl.Series] = {}
    for table in TABLES.values():
        try:
            found |= {(table.name, name): values for name, values in _of_whole(run, table, seen).items()}
        except UNREADABLE as error:
            raise UnreadableError(table.name, str(error)) from error
    names = {key: ": ".join(key) for key in found}
    answers = validated(pl.DataFrame({names[key]: [values.len()] for key, values in found.items()}), list(map(count_rule, names.values())))
    for (owner, name), values in found.items():
        outcome, message = answers[names[owner, name]]
        examples = (*filter(None, [message]), *map(str, values.head(EXAMPLES)))
        yield Result(owner, name, outcome, values.len(), "table", examples)


def _of_whole(run: Run, table: Table, seen: Sequence[Evidence]) -> dict[str, pl.Series]:
    """Return, for each expectation of the whole table or of two tables, the keys or values that break it."""
    found = {
        f"{' '.join(table.key)}: unique": _repeated(run, table, seen),
        **{f"{column.name}: in {column.references}": _dangling(run, table, column, seen) for column in references_across(table)},
    }
    if table.name == "documents":
        found["at least one document"] = pl.Series(["no document is left"] * (_count(run, table) == 0), dtype=pl.String)
    if table.name == "texts":
        found["every document has its text"] = _all(evidence.textless for evidence in seen)
    return found


def _repeated(run: Run, table: Table, seen: Sequence[Evidence]) -> pl.Series:
    """Return keys that more than one row has.

    Where other parts may have the same, eight bytes a row decide, and the keys themselves are only read where two hashes are equal.
    """
    found = [evidence.repeated[table.name] for evidence in seen if table.name in evidence.repeated]
    if len(found) == len(run.new_parts(table.name)):
        return _all(found)
    hashes = _scan(run, table).select(pl.struct(table.key).hash()).collect().to_series()
    if hashes.n_unique() == hashes.len():
        return _all(())
    return repeats(_scan(run, table).select(table.key).collect(), table)


def _dangling(run: Run, table: Table, column: Column, seen: Sequence[Evidence]) -> pl.Series:
    """Return values that are no key of the table that the column points at: not among the same documents, nor among what all share."""
    values = _all(evidence.elsewhere[table.name, column.name] for evidence in seen if (table.name, column.name) in evidence.elsewhere)
    owner, key = parent(column)
    if column.name == "doc_id" or not values.len():
        return values
    parts = [part for part in run.parts(owner.name) if owner.name not in ENTITIES or part.name == SHARED]
    keys = _all(pl.read_parquet(part, columns=[key], glob=False).to_series() for part in parts)
    return values.filter(~values.is_in(keys.implode()))


def _all(found: Iterable[pl.Series]) -> pl.Series:
    """Strings that were found in several places, each once."""
    return pl.concat([pl.Series(dtype=pl.String), *found]).unique(maintain_order=True)


def _scan(run: Run, table: Table) -> pl.LazyFrame:
    parts = list(run.parts(table.name))
    return pl.scan_parquet(parts, glob=False) if parts else table.schema.to_frame().lazy()


def _count(run: Run, table: Table) -> int:
    return int(_scan(run, table).select(pl.len()).collect().item())


def _count_rows(run: Run) -> dict[str, int]:
    rows: dict[str, int] = {}
    for table in TABLES.values():
        try:
            rows[table.name] = _count(run, table)
        except UNREADABLE:  # its header has failed, which says more
            continue
    return rows


@task(name="validate", task_run_name="validate", cache_policy=NO_CACHE)
def validate(run: Run) -> Verdict:
    """Validate the run's staged parts and show the verdict as an artifact."""
    log = TaskLog(get_run_logger(), "validate")
    verdict = validate_run(run)
    log(rows=sum(verdict.rows.values()), expectations=len(verdict.results), quarantined=len(verdict.quarantined))
    create_markdown_artifact(verdict.markdown, key="validation", description="What Great Expectations says of the staged tables")
    return verdict
