"""What is done with whole parts: documents taken out of them, and what holds between documents brought up to date.

Each of these can be done twice, or be cut off and done again, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import Table
from tasks.staging import ENTITIES, LOCAL, Run, part_name, write_part

SHARED = "part-shared.parquet"
#: Says in the staging folder that documents were taken out.
REMOVED = ".removed"


def settle(run: Run) -> None:
    """Bring up to date what one document alone does not decide: which documents repeat another, and the rows that they share."""
    _mark_duplicates(run)
    merge_shared(run)


def take_out(run: Run, gone: Collection[str], parts: Collection[str] | None = None) -> None:
    """Take the documents ``gone`` (ids) out of all tables, or out of the ``parts`` of these names only."""
    if not gone:
        return
    ids = pl.Series(sorted(gone), dtype=pl.String).implode()
    (run.staging / REMOVED).touch()
    for table in TABLES.values():
        if table.is_document_level:
            rewrite(run, table.name, lambda frame: frame.filter(pl.col("doc_id").is_in(ids).not_().fill_null(True)), parts)
        elif table.name in ENTITIES:
            key = entity_key(table)
            rewrite(run, table.name, lambda frame, key=key: frame.filter(pl.col(key).str.head(16).is_in(ids).not_()), parts)  # type: ignore[misc]


def rewrite(run: Run, table: str, change: Callable[[pl.DataFrame], pl.DataFrame], parts: Collection[str] | None = None) -> None:
    """Write those parts of a table again that ``change`` changes."""
    for part in run.parts(table):
        if parts is not None and part.name not in parts:
            continue
        frame = pl.read_parquet(part, glob=False)
        changed = change(frame)
        if not changed.equals(frame):
            write_part(TABLES[table], changed, part)


def entity_key(table: Table) -> str:
    """The column that says which actor or place a row is about."""
    return "entity_id" if "entity_id" in table.schema else table.key[0]


def split(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of a table of actors, places or aliases → those that one document alone knows, and those that others may share."""
    is_local = frame[entity_key(TABLES[name])].str.contains(LOCAL)
    return frame.filter(is_local), frame.filter(~is_local)


def _mark_duplicates(run: Run) -> None:
    """Name in each document the first, by uri, with the same bytes; only the parts in which that changes are written again."""
    parts = list(run.parts("documents"))
    if not parts:
        return
    documents = pl.scan_parquet(parts, glob=False)
    # Eight bytes a document tell which may have equals; only of these are the keys held.
    hashes = documents.select(pl.col("sha256").hash()).collect().to_series()
    several = hashes.filter(hashes.is_duplicated()).unique().implode()
    equals = documents.filter(pl.col("sha256").hash().is_in(several)).select("doc_id", "uri", "sha256").collect()
    first = equals.select("doc_id", pl.col("doc_id").sort_by("uri").first().over("sha256").alias("first"))
    firsts = first.filter(pl.col("first") != pl.col("doc_id"))

    def marked(frame: pl.DataFrame) -> pl.DataFrame:
        named = frame.join(firsts, on="doc_id", how="left", maintain_order="left")
        return named.with_columns(pl.col("first").alias("duplicate_of_doc_id")).drop("first")

    rewrite(run, "documents", marked)


def merge_shared(run: Run) -> None:
    """Write the rows that documents share: each once, and of an actor's name or the like that differs the first in order.

    Where documents were taken out, what none of the others names goes too.
    """
    named = _named(run) if (run.staging / REMOVED).exists() else None
    for name in ENTITIES:
        table, merged = TABLES[name], TABLES[name].schema.to_frame()
        for part in sorted((run.shared / name).glob("part-*.parquet")):
            rows = pl.concat([merged, pl.read_parquet(part, glob=False)])
            merged = rows.sort(*table.schema, nulls_last=True).unique(table.key, keep="first", maintain_order=True)
        if merged.height or (run.staging / name / SHARED).exists():
            kept = merged if named is None else _still_named(name, merged, named)
            write_part(table, kept, run.staging / name / SHARED)


def _named(run: Run) -> dict[str, pl.DataFrame]:
    """What the staged documents name: ids by table, and of aliases the forms."""
    ids: dict[str, list[pl.LazyFrame]] = {"actors": [], "places": []}
    for table in TABLES.values():
        parts = list(run.parts(table.name))
        if not table.is_document_level or not parts:
            continue
        scan = pl.scan_parquet(parts, glob=False)
        for column in table.columns:
            owner = (column.references or "").partition(".")[0]
            if owner in ids:
                ids[owner].append(scan.select(pl.col(column.name).alias("id")))
    mentions = run.parts("mentions")
    forms = pl.scan_parquet(list(mentions), glob=False) if mentions else TABLES["mentions"].schema.to_frame().lazy()
    for kind, owner in (("actor", "actors"), ("place", "places")):
        ids[owner].append(forms.filter(pl.col("kind") == kind).select(pl.col("entity_id").alias("id")))
    named = {
        owner: pl.concat(found).drop_nulls().filter(~pl.col("id").str.contains(LOCAL)).unique().collect() for owner, found in ids.items()
    }
    aliases = forms.select("kind", "entity_id", pl.col("text").alias("alias")).drop_nulls().filter(~pl.col("entity_id").str.contains(LOCAL))
    return named | {"aliases": aliases.unique().collect()}


def _still_named(name: str, rows: pl.DataFrame, named: dict[str, pl.DataFrame]) -> pl.DataFrame:
    if name == "aliases":
        return rows.join(named[name], on=["kind", "entity_id", "alias"], how="semi", maintain_order="left")
    key = entity_key(TABLES[name])
    keep = named[name]["id"].unique()
    while name == "places":  # with all that they lie in
        parents = rows.filter(pl.col(key).is_in(keep.implode()))["parent_place_id"].drop_nulls()
        wider = pl.concat([keep, parents]).unique()
        if wider.len() == keep.len():
            break
        keep = wider
    return rows.filter(pl.col(key).is_in(keep.implode()))


def numbers(parts: Sequence[Path]) -> list[int]:
    """The numbers of parts."""
    return [int(part.stem.removeprefix("part-")) for part in parts if part.name != SHARED]


def names(found: Sequence[int]) -> set[str]:
    """The names of parts of these numbers."""
    return set(map(part_name, found))
