"""validate: a run's staged parts → a verdict on whether they may be published.

Polars computes, part by part and vectorised, what Great Expectations cannot see (conditions between columns, exact spans,
references); Great Expectations decides; where it says no, Polars finds the rows by the same contract. A document whose rows break an
expectation is taken out and the rest is validated again; what concerns a whole table stops the run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal

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
    check_condition,
    count_rule,
    header,
    header_rule,
    parent,
    reference_condition,
    references_across,
    references_within,
    row_rules,
    span_condition,
    validated,
)
from tasks.log import TaskLog
from tasks.parts import SHARED
from tasks.quarantine import quarantine, read_ledger, rejected, take_out
from tasks.spans import exact_spans
from tasks.staging import ENTITIES, Run
from tasks.verdict import Result, Verdict

#: Rows that Great Expectations is handed at a time: what bounds its memory.
CHUNK_ROWS = 150_000
EXAMPLES = 3

_UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


@dataclass
class Finding:
    """What was found of one rule over the chunks of a table; ``broken`` maps each document that breaks it to a row that does."""

    outcome: Outcome = "passed"
    violations: int = 0
    examples: tuple[str, ...] = ()
    broken: dict[str, str] = field(default_factory=dict)

    def add(self, answer: Answer, rows: pl.DataFrame) -> None:
        """Take in the answer for one more chunk, and the ``example`` and ``doc_id`` of the rows that break the rule there."""
        self.outcome = answer.outcome if self.outcome != "raised" else self.outcome
        self.violations += rows.height
        self.examples = (*self.examples, *filter(None, [answer.message]), *rows["example"])[:EXAMPLES]
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
    return {part.name for part in run.new_parts("documents") if _columns(part, TABLES["documents"], ["doc_id"])["doc_id"].is_in(ids).any()}


def judge(run: Run, again: Again | None = None) -> Judgement:
    """Look once at the staged parts as they are, or ``again`` at some of the rows, and at the tables as wholes."""
    headers = [_judge_header(run, table) for table in TABLES.values()]
    if any(result.outcome != "passed" for result in headers):
        return Judgement(headers, {})  # nothing else can be asked of tables with other columns
    results, broken = list(headers), dict[str, str]()
    try:
        for table in TABLES.values():
            findings = _judge_rows(run, table, again)
            results += _row_results(table, findings)
            _add_reasons(broken, table, findings)
        results += _judge_whole(run, list(TABLES.values()))
    except _UNREADABLE as error:
        results.append(Result(table.name, "rows can be read", "raised", 1, "table", (str(error)[:300],)))
    return Judgement(results, broken)


def _judge_header(run: Run, table: Table) -> Result:
    rule, expected = header_rule(table), header(table.schema)
    found = {tuple(_header(part)): part.name for part in reversed(run.parts(table.name))} or {tuple(expected): ""}
    answers = {columns: validated(pl.DataFrame(schema=dict.fromkeys(columns, pl.Null())), [rule])[rule.name] for columns in found}
    finding = Finding()
    for columns, answer in answers.items():
        if answer.outcome != "passed":
            finding.add(answer, pl.DataFrame({"example": [f"{found[columns]}: {_difference(columns, expected)}"]}))
    return Result(table.name, rule.name, finding.outcome, finding.violations, "table", finding.examples)


def _header(part: Path) -> list[str]:
    try:
        return header(pl.scan_parquet(part, glob=False).collect_schema())
    except _UNREADABLE as error:
        return [f"not readable: {error}"[:200]]


def _difference(found: Sequence[str], expected: Sequence[str]) -> str:
    extra = [column for column in found if column not in expected]
    missing = [column for column in expected if column not in found]
    parts = [f"{word} {', '.join(columns)}" for word, columns in (("has", extra), ("lacks", missing)) if columns]
    return "; ".join(parts) or "other order"


def _judge_rows(run: Run, table: Table, again: Again | None) -> dict[str, Finding]:
    rules = row_rules(table)
    findings = {rule.name: Finding() for rule in rules}
    if again is not None:
        rules = tuple(rule for rule in rules if (table.name, rule.name) in again.rules)
    for chunk in _chunks(run, table, rules, again) if rules else ():
        for rule, answer in zip(rules, validated(chunk, rules).values(), strict=True):
            if answer.outcome != "passed":
                findings[rule.name].add(answer, _violations(chunk, table, rule))
    return findings


def _chunks(run: Run, table: Table, rules: Sequence[Rule], again: Again | None) -> Iterator[pl.DataFrame]:
    asked = filter(None, (rule.column for rule in rules))
    columns = list(dict.fromkeys((*table.key, *({"doc_id"} & set(table.schema)), *asked)))
    waiting: list[pl.DataFrame] = []
    parts = run.new_parts(table.name)
    if again is not None and table.is_document_level:
        parts = [part for part in parts if part.name in again.parts]
    for frame in _ahead(lambda part: _with_conditions(run, table, part).select(columns), parts):
        waiting.append(frame)
        if sum(frame.height for frame in waiting) >= CHUNK_ROWS:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _ahead(read: Callable[[Path], pl.DataFrame], parts: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """Read parts in order, the next two while one is looked at: Polars works while Great Expectations, which is Python, thinks."""
    with ThreadPoolExecutor(max_workers=2) as readers:
        coming = deque(readers.submit(read, part) for part in parts[:2])
        for part in [*parts[2:], None, None]:
            if coming:
                yield coming.popleft().result()
            if part is not None:
                coming.append(readers.submit(read, part))


def _with_conditions(run: Run, table: Table, part: Path) -> pl.DataFrame:
    """Return the part's rows with a Boolean column for each check, span and reference within the document."""
    frame = pl.read_parquet(part, glob=False)
    checks = frame.select(check.holds.fill_null(True).alias(check_condition(check)) for check in table.checks)
    references = [_is_found(frame, column, run.staging / parent(column)[0].name / part.name) for column in references_within(table)]
    return pl.concat([frame, checks, *references, *_spans(run, table, frame, part)], how="horizontal")


def _spans(run: Run, table: Table, frame: pl.DataFrame, part: Path) -> list[pl.DataFrame]:
    if not table.spans:
        return []
    # A part of a table holds the rows of the same documents as the part of texts with its number.
    texts = _columns(run.staging / "texts" / part.name, TABLES["texts"], ["doc_id", "text"])
    names = {text: span_condition((start, end, text)) for start, end, text in table.spans}
    return [exact_spans(frame.select("doc_id", *chain(*table.spans)), texts, table.spans).rename(names)]


def _is_found(frame: pl.DataFrame, column: Column, owner: Path) -> pl.DataFrame:
    table, key = parent(column)
    keys = _columns(owner, table, ["doc_id", key]).unique().rename({key: column.name}).with_columns(is_found=True)
    found = frame.select("doc_id", column.name).join(keys, on=["doc_id", column.name], how="left", maintain_order="left")
    return found.select((pl.col(column.name).is_null() | pl.col("is_found").fill_null(False)).alias(reference_condition(column)))


def _columns(part: Path, table: Table, columns: list[str]) -> pl.DataFrame:
    frame = pl.read_parquet(part, columns=columns, glob=False) if part.exists() else table.schema.to_frame()
    return frame.select(columns)


def _violations(chunk: pl.DataFrame, table: Table, rule: Rule) -> pl.DataFrame:
    documents = ["doc_id"] if table.is_document_level else []
    return chunk.filter(rule.holds.not_().fill_null(False)).select(_label(table), *documents)


def _label(table: Table) -> pl.Expr:
    keys = [pl.col(name).cast(pl.String).fill_null("null") for name in table.key]
    return pl.concat_str(*keys, separator=" ").alias("example")


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


def _judge_whole(run: Run, tables: Sequence[Table]) -> Iterator[Result]:
    """Judge what concerns whole tables: Polars finds what breaks an expectation, Great Expectations demands that there is nothing."""
    found = {(table.name, name): values for table in tables for name, values in _of_whole(run, table).items()}
    names = {key: ": ".join(key) for key in found}
    answers = validated(pl.DataFrame({names[key]: [values.len()] for key, values in found.items()}), list(map(count_rule, names.values())))
    for (table, name), values in found.items():
        outcome, message = answers[names[table, name]]
        examples = (*filter(None, [message]), *map(str, values.head(EXAMPLES)))
        yield Result(table, name, outcome, values.len(), "table", examples)


def _of_whole(run: Run, table: Table) -> dict[str, pl.Series]:
    """Return, for each expectation of the whole table or of two tables, the keys or values that break it."""
    return {
        f"{' '.join(table.key)}: unique": _repeated_keys(run, table),
        **{f"{column.name}: in {column.references}": _dangling(run, table, column) for column in references_across(table)},
        **_of_documents(run, table),
    }


def _repeated_keys(run: Run, table: Table) -> pl.Series:
    """Return keys that more than one row has.

    Where keys begin with the id of their document, no other part can have them: then a part is looked through at a time. Else eight
    bytes a row decide, and the keys themselves are only read where two hashes are equal.
    """
    found: list[pl.Series] = []
    if table.is_document_level and table.name != "documents":
        columns = list(dict.fromkeys((*table.key, "doc_id")))
        is_own = pl.any_horizontal(pl.col(name).str.starts_with(pl.col("doc_id")) for name in table.key).fill_null(False)
        for part in run.new_parts(table.name):
            keys = pl.read_parquet(part, columns=columns, glob=False)
            if not keys.select(is_own.all()).item():
                break
            found.append(_repeats(keys, table))
        else:
            return pl.concat([pl.Series(dtype=pl.String), *found])
    hashes = _scan(run, table).select(pl.struct(table.key).hash()).collect().to_series()
    if not hashes.is_duplicated().any():
        return pl.Series(dtype=pl.String)
    return _repeats(_scan(run, table).select(table.key).collect(), table)


def _repeats(keys: pl.DataFrame, table: Table) -> pl.Series:
    repeated = keys.filter(keys.select(table.key).is_duplicated())
    return repeated.select(_label(table)).to_series().unique(maintain_order=True)


def _dangling(run: Run, table: Table, column: Column) -> pl.Series:
    """Return values that are no key of the table that the column points at, a part at a time."""
    owner, key = parent(column)
    # Of the release before, only what documents were taken out of can have lost something.
    parts = run.parts(table.name) if (run.staging / ".removed").exists() else run.new_parts(table.name)
    dangling: list[pl.Series] = []
    for part in parts:
        values = pl.read_parquet(part, columns=[column.name], glob=False).to_series().drop_nulls().unique(maintain_order=True)
        if values.len():
            dangling.append(values.filter(~values.is_in(_keys(run, owner, key, column, part).implode())))
    return pl.concat([pl.Series(dtype=pl.String), *dangling])


def _keys(run: Run, owner: Table, key: str, column: Column, part: Path) -> pl.Series:
    """The keys that rows of a part may point at: of their own documents, or of what all share."""
    if owner.name == "documents" and column.name == "doc_id":
        parts = [run.staging / owner.name / part.name]
    elif owner.name in ENTITIES and part.name != SHARED:
        parts = [run.staging / owner.name / part.name, run.staging / owner.name / SHARED]
    else:
        parts = list(run.parts(owner.name))
    return pl.concat(
        [pl.Series(dtype=pl.String), *(pl.read_parquet(one, columns=[key], glob=False).to_series() for one in parts if one.exists())]
    )


def _of_documents(run: Run, table: Table) -> dict[str, pl.Series]:
    if table.name == "documents":
        is_empty = _count(run, table) == 0
        return {"at least one document": pl.Series(["no document is left"] * is_empty, dtype=pl.String)}
    if table.name == "texts":
        without: list[pl.Series] = []
        for part in run.new_parts("documents"):
            ids = _columns(part, TABLES["documents"], ["doc_id"]).to_series()
            texts = _columns(run.staging / table.name / part.name, table, ["doc_id"]).to_series()
            without.append(ids.filter(~ids.is_in(texts.implode())))
        return {"every document has its text": pl.concat([pl.Series(dtype=pl.String), *without])}
    return {}


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
        except _UNREADABLE:  # its header has failed, which says more
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
