"""A release as its readers see it: where it is, its tables as DuckDB views, and SQL over it."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq


class NoRelease(ValueError):  # noqa: N818
    """Nothing has been published in this folder."""


class QueryError(ValueError):
    """The SQL is wrong, or asks for more than to read the release; the message is one line."""


def open_release(out: Path) -> Path:
    """Return the folder of the current release of ``out``, or raise :class:`NoRelease`.

    Resolve once and read all tables from what is returned: a reader that goes through ``current`` for each table can see two releases.
    """
    current = out / "current"
    if not current.is_dir():
        raise NoRelease(f"no release in {out}: nothing has been published there")
    return current.resolve()


def parts_of_current(out: Path, table: str) -> list[Path]:
    """List the parts of a table of the current release; none where nothing has been published."""
    return sorted((open_release(out) / table).glob("part-*.parquet")) if (out / "current").is_dir() else []


def query(out: Path, sql: str) -> pl.DataFrame:
    """Return the answer of one SELECT over the tables of the current release; anything else raises :class:`QueryError`."""
    release = open_release(out)
    try:
        with duckdb.connect(":memory:", config={"python_enable_replacements": False, "temp_directory": ""}) as connection:
            create_views(connection, release)
            _lock(connection, release)
            # A query may be more than one statement, and the allowed folder could be written to: only reading is let through.
            statements = connection.extract_statements(sql)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise QueryError("a query is one SELECT: nothing else is allowed, and not several statements")
            return pl.DataFrame(connection.sql(sql).to_arrow_table())
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise QueryError(" ".join(str(error).split("\nLINE ")[0].split())) from None


def create_views(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Create a view over the files of each table of ``release``, by their absolute paths."""
    for table in _tables(release):
        files = f"{glob.escape(str(table.resolve()))}/part-*.parquet"
        connection.execute(f"CREATE VIEW {_name(table.name)} AS FROM read_parquet({_literal(files)})")


def describe_views(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Comment the views and their columns with the descriptions that the files hold."""
    for table in _tables(release):
        schema = pq.read_schema(min(table.glob("part-*.parquet")))
        _comment(connection, f"VIEW {_name(table.name)}", schema.metadata)
        for field in schema:
            _comment(connection, f"COLUMN {_name(table.name)}.{_name(field.name)}", field.metadata)


def _tables(release: Path) -> list[Path]:
    return sorted({part.parent for part in release.glob("*/part-*.parquet")})


def _lock(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    # The views name their files by an escaped pattern, and DuckDB compares that as it is written.
    folders = ", ".join(_literal(f"{folder}/") for folder in (release, glob.escape(str(release))))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _comment(connection: duckdb.DuckDBPyConnection, what: str, metadata: dict[bytes, bytes] | None) -> None:
    texts = {key.decode(): value.decode() for key, value in (metadata or {}).items()}
    unit = f" ({texts['unit']})" if "unit" in texts else ""
    if "description" in texts:
        connection.execute(f"COMMENT ON {what} IS {_literal(texts['description'] + unit)}")


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
