"""Evidence: what Polars finds in the parts of one name, for Great Expectations to decide on all of them together.

Parts of one name hold the rows of the same documents in every table, so each is read once for all that is asked of it: conditions
between columns, exact spans and references, which Great Expectations cannot see, and what concerns whole tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import Column, Table
from expectations.suites import (
    check_condition,
    parent,
    reference_condition,
    references_across,
    references_within,
    row_rules,
    span_condition,
    told,
)
from tasks.spans import Texts
from tasks.staging import Run

#: What reading raises of a file that is no whole Parquet.
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


class UnreadableError(RuntimeError):
    """A part of ``table`` cannot be read, and ``why``."""

    def __init__(self, table: str, why: str) -> None:
        super().__init__(table, why)  # all of it, or it could not pass between processes
        self.table, self.why = table, why[:300]


@dataclass
class Evidence:
    """What the parts of one name tell.

    ``values``: by table the values that tell whether its rules hold (:func:`expectations.suites.told`). ``repeated``: by table the keys
    that more than one row has, if no other part may have the same. ``elsewhere``: by table and column that points at another table
    the values that are no key here. ``textless``: documents without text.
    """

    values: dict[str, pl.DataFrame] = field(default_factory=dict)
    repeated: dict[str, pl.Series] = field(default_factory=dict)
    elsewhere: dict[tuple[str, str], pl.Series] = field(default_factory=dict)
    textless: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))


@dataclass(frozen=True)
class Parts:
    """The parts of one name, each read when it is first asked for."""

    run: Run
    name: str
    _read: dict[str, pl.DataFrame] = field(default_factory=dict)

    def rows(self, table: Table) -> pl.DataFrame:
        """The rows of a table, none where it has no part of this name. Raises UnreadableError."""
        if table.name not in self._read:
            path = self.run.staging / table.name / self.name
            try:
                self._read[table.name] = pl.read_parquet(path, glob=False) if path.exists() else table.schema.to_frame()
            except UNREADABLE as error:
                raise UnreadableError(table.name, str(error)) from error
        return self._read[table.name]

    def with_conditions(self, table: Table) -> pl.DataFrame:
        """The rows with a Boolean column for each check, span and reference within the document."""
        rows = self.rows(table)
        checks = rows.select(check.holds.fill_null(True).alias(check_condition(check)) for check in table.checks)
        exact = self._texts.are_exact(rows, table.spans) if table.spans else []
        found = [self._is_found(rows, column).alias(reference_condition(column)) for column in references_within(table)]
        spans = [is_exact.alias(span_condition(span)) for is_exact, span in zip(exact, table.spans, strict=True)]
        return pl.concat([rows, checks, pl.DataFrame([*found, *spans])], how="horizontal")

    @cached_property
    def _texts(self) -> Texts:
        return Texts.of(self.rows(TABLES["texts"]))

    def _is_found(self, rows: pl.DataFrame, column: Column) -> pl.Series:
        owner, key = parent(column)
        owners = self.rows(owner).select(pl.col(key).alias(column.name), pl.col("doc_id").alias("owner"))
        if owners[column.name].n_unique() < owners.height:  # of which the table as a whole is accused
            owners = owners.unique(column.name, keep="first", maintain_order=True)
        found = rows.select("doc_id", column.name).join(owners, on=column.name, how="left", maintain_order="left")
        return found.select(pl.col(column.name).is_null() | (pl.col("owner") == pl.col("doc_id")).fill_null(False)).to_series()

    def has_own_keys(self, table: Table) -> bool:
        """Do all keys begin with the id of their document, so that no other part has the same?"""
        is_own = pl.any_horizontal(pl.col(name).str.starts_with(pl.col("doc_id")) for name in table.key).fill_null(False)
        return bool(self.rows(table).select(is_own.all()).item())

    def elsewhere(self, table: Table, column: Column) -> pl.Series:
        """The values of a column that are no key of the table that it points at, as far as that has rows here."""
        owner, key = parent(column)
        values = self.rows(table)[column.name].drop_nulls().unique(maintain_order=True)
        return values.filter(~values.is_in(self.rows(owner)[key].implode())) if values.len() else values

    def textless(self) -> pl.Series:
        """The documents without text."""
        ids = self.rows(TABLES["documents"])["doc_id"]
        return ids.filter(~ids.is_in(self.rows(TABLES["texts"])["doc_id"].implode()))


def look(run: Run, name: str, rules: Mapping[str, Collection[str]], new: Collection[str]) -> Evidence:
    """Look at the parts of one name: at the ``rules`` (names) of each table, at the keys of the tables ``new``, at what all point at.

    Raises UnreadableError.
    """
    parts, seen = Parts(run, name), Evidence()
    for table in TABLES.values():
        if not (run.staging / table.name / name).exists():
            continue
        if asked := [rule for rule in row_rules(table) if rule.name in rules.get(table.name, ())]:
            seen.values[table.name] = told(parts.with_conditions(table), asked)
        if table.name in new and table.is_document_level and table.name != "documents" and parts.has_own_keys(table):
            seen.repeated[table.name] = repeats(parts.rows(table), table)
        for column in references_across(table):
            seen.elsewhere[table.name, column.name] = parts.elsewhere(table, column)
    if "documents" in new:
        seen.textless = parts.textless()
    return seen


def repeats(keys: pl.DataFrame, table: Table) -> pl.Series:
    """The keys, as :func:`label` shows them, that more than one row of a table has."""
    key = keys.select(table.key)
    if key.n_unique() == key.height:
        return pl.Series(dtype=pl.String)
    return keys.filter(key.is_duplicated()).select(label(table)).to_series().unique(maintain_order=True)


def label(table: Table) -> pl.Expr:
    """The key of a row as people see it: ``example``."""
    keys = [pl.col(name).cast(pl.String).fill_null("null") for name in table.key]
    return pl.concat_str(*keys, separator=" ").alias("example")
