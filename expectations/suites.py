"""Table → Great Expectations, which decides whether a table is what its contract says.

The only importer of Great Expectations, which takes seconds to load: it is imported when the first frame is validated.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import Check, Column, Table

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["passed", "failed", "raised"]

_NOT_NULL = "ExpectColumnValuesToNotBeNull"
_BETWEEN = "ExpectColumnValuesToBeBetween"
_IMPORTING = Lock()


class Answer(NamedTuple):
    """What Great Expectations says about one rule; ``message`` tells what was raised."""

    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class Rule:
    """One expectation of a table: the class of Great Expectations that decides, and what it is given.

    ``holds`` is the same condition for Polars, true or null where a row meets it: it finds the rows once the decision is no.
    """

    name: str
    expectation: str
    options: Mapping[str, object]
    holds: pl.Expr

    @property
    def column(self) -> str | None:
        """The column it is about; None for the table as a whole."""
        column = self.options.get("column")
        return None if column is None else str(column)


def row_rules(table: Table) -> tuple[Rule, ...]:
    """Return what each row of ``table`` must meet, by column, then the conditions that :mod:`tasks.validate` computes."""
    conditions = (
        *map(check_condition, table.checks),
        *map(span_condition, table.spans),
        *map(reference_condition, references_within(table)),
    )
    return (*(rule for column in table.columns for rule in _column_rules(column)), *map(_is_true, conditions))


def header_rule(table: Table) -> Rule:
    """Ask for the columns of ``table`` and no others, in order, with their dtypes: of a frame whose columns are a :func:`header`."""
    options = {"column_list": header(table.schema)}
    return Rule("columns and dtypes are the contract's", "ExpectTableColumnsToMatchOrderedList", options, pl.lit(True))


def count_rule(name: str) -> Rule:
    """Ask that the column ``name`` counts no violations: for what concerns a whole table, or two of them."""
    return Rule(name, "ExpectColumnValuesToBeInSet", {"column": name, "value_set": [0]}, pl.col(name) == 0)


def header(schema: Mapping[str, pl.DataType]) -> list[str]:
    """List column names with their dtypes, in order."""
    return [f"{name} {dtype}" for name, dtype in schema.items()]


def check_condition(check: Check) -> str:
    """Name the Boolean column of a check."""
    return f"{check.name}: {check.description}"


def span_condition(span: tuple[str, str, str]) -> str:
    """Name the Boolean column that says whether a (start, end, text) span is exact."""
    start, end, text = span
    return f"{text}: the document's characters from {start} to {end}"


def reference_condition(column: Column) -> str:
    """Name the Boolean column that says whether a reference is found in the same document."""
    return f"{column.name}: in {column.references} of the same document"


def references_within(table: Table) -> tuple[Column, ...]:
    """List the columns that point at a row of the same document, in another table or in this one."""
    return tuple(column for column in _references(table) if _is_within_document(table, column))


def references_across(table: Table) -> tuple[Column, ...]:
    """List the columns that point at a document, a run or anything else that no one document owns."""
    return tuple(column for column in _references(table) if not _is_within_document(table, column))


def parent(column: Column) -> tuple[Table, str]:
    """Return the table and the key column that a reference points at."""
    table, _, key = (column.references or "").partition(".")
    return TABLES[table], key


def prepare() -> None:
    """Import Great Expectations now, for a caller that has the seconds to spare."""
    _great_expectations()


def suite(name: str, rules: Sequence[Rule]) -> Any:
    """Return the rules as an ``ExpectationSuite``."""
    gx = _great_expectations()
    expectations = [getattr(gx.expectations, rule.expectation)(**rule.options, meta={"rule": rule.name}) for rule in rules]
    return gx.ExpectationSuite(name=name, expectations=expectations)


def validated(frame: pl.DataFrame, rules: Sequence[Rule]) -> dict[str, Answer]:
    """Hand the frame to Great Expectations and return its answer to each rule, by the rule's name.

    Nothing raises: an exception, in one expectation or around all of them, is the answer ``raised``.
    """
    try:
        batch = _rows().get_batch(batch_parameters={"dataframe": _pandas(frame, rules)})
        results = batch.validate(suite("rules", rules), result_format="BOOLEAN_ONLY").results
    except Exception as error:
        return dict.fromkeys((rule.name for rule in rules), Answer("raised", _one_line(f"{type(error).__name__}: {error}")))
    answers = {result.expectation_config.meta["rule"]: _answer(result) for result in results}
    return {rule.name: answers.get(rule.name, Answer("raised", "no answer")) for rule in rules}


def _references(table: Table) -> Iterator[Column]:
    return (column for column in table.columns if column.references)


def _is_within_document(table: Table, column: Column) -> bool:
    owner, key = parent(column)
    return table.is_document_level and owner.is_document_level and key != "doc_id"


def _column_rules(column: Column) -> Iterator[Rule]:
    name, value = column.name, pl.col(column.name)
    if not column.nullable:
        yield Rule(f"{name}: not null", _NOT_NULL, {"column": name}, value.is_not_null())
    if column.values:
        options = {"column": name, "value_set": list(column.values)}
        yield Rule(f"{name}: one of the contract's values", "ExpectColumnValuesToBeInSet", options, value.is_in(column.values))
    if column.pattern:
        options = {"column": name, "regex": column.pattern}
        yield Rule(f"{name}: matches {column.pattern}", "ExpectColumnValuesToMatchRegex", options, value.str.contains(column.pattern))
    if column.minimum is not None or column.maximum is not None:
        yield _between(column)


def _between(column: Column) -> Rule:
    low, high, value = column.minimum, column.maximum, pl.col(column.name)
    words = " and ".join(f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None)
    holds = (True if low is None else value >= low) & (pl.lit(True) if high is None else value <= high)
    options = {"column": column.name, "min_value": low, "max_value": high}
    return Rule(f"{column.name}: {words}", _BETWEEN, options, holds)


def _is_true(condition: str) -> Rule:
    return Rule(condition, "ExpectColumnValuesToBeInSet", {"column": condition, "value_set": [True]}, pl.col(condition))


def _pandas(frame: pl.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """What the frame tells, for Great Expectations: it hashes every cell that it is given, which for all rows takes longer than all checks."""
    if not any(rule.column for rule in rules):
        return frame.to_pandas()
    return told(frame, rules).with_columns(pl.col(pl.String).cast(pl.Categorical)).to_pandas()


def told(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the values of the columns that the rules are about, each once; what the values of parts tell, they tell together.

    Every rule is about single values, so that it holds of all rows if it holds of all values; of counts and offsets, if it holds of the
    least and the greatest. Of a column of which only presence is asked a value goes as 0. Shorter columns repeat their last value.
    """
    compared = {rule.column for rule in rules if rule.expectation != _NOT_NULL}
    listed = {rule.column for rule in rules if rule.expectation not in (_NOT_NULL, _BETWEEN)}
    asked = dict.fromkeys(rule.column for rule in rules if rule.column)
    values = [frame.select(_told(frame.schema, name, name in compared, name in listed)).to_series() for name in asked]
    row = pl.int_range(max(map(len, values), default=0), eager=True)
    return pl.DataFrame([column.gather(row.clip(upper_bound=len(column) - 1)) for column in values])


def _told(schema: pl.Schema, name: str, is_compared: bool, is_listed: bool) -> pl.Expr:
    """The values of a column that tell whether a rule holds: of presence, of bounds or of what may stand there."""
    value, dtype = pl.col(name), schema.get(name)
    if not is_compared:
        return pl.when(value.is_not_null()).then(pl.lit(0, pl.Int8)).alias(name).unique()
    if not is_listed and dtype is not None and dtype.is_integer():
        return value.filter(value.is_null() | (value == value.min()) | (value == value.max())).unique()
    return value.unique()


@cache
def _rows() -> Any:
    """Return the one batch definition that frames are handed to; it keeps the last one until the next, and nothing on disk."""
    base = _great_expectations().data_context.types.base
    memory, quiet = base.InMemoryStoreBackendDefaults(), {"globally": False, "metric_calculations": False}
    config = base.DataContextConfig(store_backend_defaults=memory, analytics_enabled=False, progress_bars=quiet)
    context = _great_expectations().get_context(mode="ephemeral", project_config=config)
    return context.data_sources.add_pandas("newsfacts").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("chunk")


def _answer(result: Any) -> Answer:
    info = result.exception_info or {}
    # One exception is described flat, those of several metrics under the metrics' ids.
    raised = [one for one in (info, *info.values()) if isinstance(one, dict) and one.get("raised_exception")]
    if raised:
        return Answer("raised", _one_line(str(raised[0].get("exception_message"))))
    return Answer("passed" if result.success else "failed")


def _one_line(message: str) -> str:
    return " ".join(message.split())[:300]


@cache
def _great_expectations() -> Any:
    # Releases that send usage statistics read this when they are imported: no data leaves the user's machine.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with _IMPORTING, warnings.catch_warnings():  # which is not for two threads at once
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules that it and pandas import
        import great_expectations
        import great_expectations.expectations
    return great_expectations
