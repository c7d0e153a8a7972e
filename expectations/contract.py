"""The contract of the published tables: a table is declared once, and every schema, suite and page about it derives from that.

From a :class:`Table` come the Polars schema (:attr:`Table.schema`), the Arrow schema with descriptions and units that goes into the
Parquet files (:attr:`Table.arrow_schema`), the Great Expectations suite (:mod:`expectations.suites`) and its page of the data
dictionary (:attr:`Table.markdown`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict, Unpack

import polars as pl
import pyarrow as pa

_ARROW: dict[pl.DataType, pa.DataType] = {
    pl.String(): pa.large_string(),
    pl.Int64(): pa.int64(),
    pl.Float64(): pa.float64(),
    pl.Boolean(): pa.bool_(),
    pl.Date(): pa.date32(),
    pl.Datetime("us", "UTC"): pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Column:
    """One column: its name and dtype, what a value means, and which values are allowed.

    ``references`` names the key that a value must be found in, as ``table.column``. ``values`` closes the set of strings;
    ``minimum`` and ``maximum`` are inclusive. A column is not null unless ``nullable``, where null means that the text does not say.
    """

    name: str
    dtype: pl.DataType
    description: str
    unit: str | None = None
    nullable: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    references: str | None = None


@dataclass(frozen=True)
class Check:
    """A condition that every row must meet: ``holds`` is a Polars expression over the table's columns, true or null where it does."""

    name: str
    description: str
    holds: pl.Expr


@dataclass(frozen=True)
class Table:
    """A published table: its columns in order, the columns that identify a row, and the conditions between columns of a row.

    ``is_document_level`` says that each row belongs to the one document of its ``doc_id``, so that a document whose rows break a
    row-level expectation can be quarantined and the rest published.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[Check, ...] = ()

    @cached_property
    def schema(self) -> pl.Schema:
        """Column name → Polars dtype, in the published order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the Parquet files: a field's metadata holds its description and, where it has one, its unit."""
        fields = [pa.field(c.name, _ARROW[c.dtype], metadata=_metadata(c)) for c in self.columns]
        return pa.schema(fields, metadata={"description": self.description, "key": " ".join(self.key)})

    @property
    def is_document_level(self) -> bool:
        """Does each row belong to one document?"""
        return "doc_id" in self.schema

    @property
    def is_span(self) -> bool:
        """Does each row point at the characters it was read from?"""
        return {"doc_id", "char_start", "char_end", "text"} <= set(self.schema)

    @property
    def spans(self) -> tuple[tuple[str, str, str], ...]:
        """The (start, end, text) columns whose text must be the document's characters from start to end, such as ``number_text``."""
        stems = [name.removesuffix("_start") for name in self.schema if name.endswith("_start")]
        spans = [(f"{stem}_start", f"{stem}_end", "text" if stem == "char" else f"{stem}_text") for stem in stems]
        return tuple(span for span in spans if {"doc_id", *span} <= set(self.schema))

    @property
    def markdown(self) -> str:
        """The table's page of the data dictionary."""
        head = f"## {self.name}\n{self.description}\n\nKey: {', '.join(f'`{name}`' for name in self.key)}\n\n"
        rows = "".join(f"| `{c.name}` | {c.dtype}{'?' if c.nullable else ''} | {_meaning(c)} |\n" for c in self.columns)
        checks = "".join(f"- `{check.name}`: {check.description}\n" for check in self.checks)
        return f"{head}| column | dtype | meaning |\n|---|---|---|\n{rows}" + (f"\nEvery row:\n{checks}" if checks else "")

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly the table's columns, in order and dtype; a missing or unconvertible column raises."""
        return frame.select(pl.col(column.name).cast(column.dtype, strict=True) for column in self.columns)


def _metadata(column: Column) -> dict[str, str]:
    return {"description": column.description} | ({"unit": column.unit} if column.unit else {})


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.unit:
        parts.append(f"unit: {column.unit}")
    if column.values:
        parts.append("one of " + ", ".join(f"`{value}`" for value in column.values))
    if column.references:
        parts.append(f"→ `{column.references}`")
    return "; ".join(parts).replace("|", "\\|")


class Options(TypedDict, total=False):
    """The constraints of a :class:`Column`, for the short forms below."""

    unit: str
    nullable: bool
    minimum: float
    maximum: float
    pattern: str
    references: str


def text(name: str, description: str, **options: Unpack[Options]) -> Column:
    """A String column."""
    return Column(name, pl.String(), description, **options)


def integer(name: str, description: str, **options: Unpack[Options]) -> Column:
    """An Int64 column that counts from zero."""
    return Column(name, pl.Int64(), description, **(Options(minimum=0) | options))


def real(name: str, description: str, **options: Unpack[Options]) -> Column:
    """A Float64 column."""
    return Column(name, pl.Float64(), description, **options)


def boolean(name: str, description: str, **options: Unpack[Options]) -> Column:
    """A Boolean column."""
    return Column(name, pl.Boolean(), description, **options)


def date(name: str, description: str, **options: Unpack[Options]) -> Column:
    """A Date column."""
    return Column(name, pl.Date(), description, **options)


def enum(name: str, description: str, values: str, **options: Unpack[Options]) -> Column:
    """A String column whose values are the words of ``values``."""
    return Column(name, pl.String(), description, values=tuple(values.split()), **options)


DOC_ID = text("doc_id", "the document", references="documents.doc_id", pattern="^[0-9a-f]{16}$")

OFFSETS = (
    integer("char_start", "first character, counted in the document's decoded text", unit="code points"),
    integer("char_end", "one past the last character", unit="code points"),
    text("text", "the characters from char_start to char_end, letter for letter"),
)

SPAN = (
    DOC_ID,
    text("passage_id", "the passage it stands in", references="passages.passage_id"),
    text("sentence_id", "the sentence it begins in", references="sentences.sentence_id"),
    *OFFSETS,
    text("rule_id", "the rule that made the row, name@version"),
)

SPAN_CHECKS = (Check("span_is_not_empty", "char_start < char_end", pl.col("char_start") < pl.col("char_end")),)


def dictionary(tables: Iterable[Table]) -> str:
    """The data dictionary of ``tables`` as Markdown."""
    return "# The published tables\n\n" + "\n".join(table.markdown for table in tables)
