"""reconcile: what needs more than one batch."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from expectations.catalog import TABLES
from tasks.reconcile import reconcile_run
from tasks.review import review
from tasks.staging import Run, write_part
from tasks.versions import fingerprint as fingerprint_of
from tests.staged import ARTICLES, doc_id, edit, put, read, stage


def staged(out: Path, articles: list[str], parts: int) -> Run:
    """Stage the articles as extract leaves them: the tables that reconcile writes are not there yet."""
    run = stage(out, articles, parts)
    for name in ("runs", "review"):
        for part in run.parts(name):
            part.unlink()
    return run


def test_repeats_name_the_first_across_batches(tmp_path: Path) -> None:
    run = staged(tmp_path, [ARTICLES[0], ARTICLES[1], ARTICLES[1], ARTICLES[0], ARTICLES[0], ARTICLES[2]], parts=3)
    untouched = run.part("documents", 0).stat().st_ino
    reconcile_run(run, 6, 0)
    known = dict(read(run, "documents").select("doc_id", "duplicate_of_doc_id").iter_rows())
    ids = [doc_id(number) for number in range(6)]
    assert known == dict(zip(ids, [None, None, ids[1], ids[0], ids[0], None], strict=True))
    assert read(run, "documents").schema == TABLES["documents"].schema
    assert run.part("documents", 0).stat().st_ino == untouched, "only parts that hold a repeat are rewritten"


def test_doing_it_twice_changes_nothing(tmp_path: Path) -> None:
    run = staged(tmp_path, [ARTICLES[0]] * 4, parts=2)
    reconcile_run(run, 4, 0)
    names = [name for name in TABLES if run.parts(name)]
    first = {name: read(run, name) for name in names}
    reconcile_run(run, 4, 0)
    assert all(read(run, name).equals(first[name]) for name in names)


def test_the_run_is_written_down(tmp_path: Path) -> None:
    run = staged(tmp_path, list(ARTICLES), parts=2)
    assert reconcile_run(run, 5, 2, "f-1") == 3
    (row,) = read(run, "runs").to_dicts()
    assert (row["run_id"], row["started_at"], row["documents_in"], row["documents_failed"]) == (run.run_id, run.started_at, 5, 2)
    assert row["prefect_flow_run_id"] == "f-1"
    assert all(len(row[name]) == 12 for name in ("rules_version", "lexicon_version"))


def test_a_fingerprint_is_of_names_and_bytes(tmp_path: Path) -> None:
    def fingerprint(**files: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / "facts" / "quotes").mkdir(parents=True)
        for name, content in files.items():
            (folder / "facts" / "quotes" / f"{name}.py").write_text(content)
        (folder / "facts" / "notes.md").write_text(folder.name)
        return fingerprint_of(folder, ("facts/**/*.py",))

    same = [fingerprint(a="1", b="2"), fingerprint(b="2", a="1")]
    others = [fingerprint(a="1"), fingerprint(a="2", b="1"), fingerprint(a="12", b=""), fingerprint(a="1", c="2")]
    assert same[0] == same[1]
    assert len({same[0], *others}) == 5


def test_the_reviewer_sees_what_is_in_doubt(tmp_path: Path) -> None:
    run = staged(tmp_path, list(ARTICLES), parts=1)
    edit(run, "documents", lambda rows: rows.with_columns(encoding=pl.lit("utf-8")))
    edit(run, "documents", put("language", "fr", 0))
    edit(run, "documents", put("encoding", "windows-1252", 1))
    edit(run, "documents", lambda rows: rows.with_columns(publication_date=pl.lit("2024-05-01").str.to_date()))
    edit(run, "documents", put("publication_date", None, 2))
    edit(run, "quotes", lambda rows: rows.with_columns(source_basis=pl.lit("none")))
    found = review({name: read(run, name) for name in ("documents", "mentions", "quotes")})
    about = found.filter(pl.col("char_start").is_null()).select("doc_id", "issue_type").rows()
    assert about == [(doc_id(2), "no_publication_date"), (doc_id(0), "not_english"), (doc_id(1), "decode_error")]
    quotes = read(run, "quotes")
    unattributed = found.filter(pl.col("issue_type") == "unattributed_quote")
    assert unattributed.select("doc_id", "char_start", "char_end").equals(quotes.select("doc_id", "char_start", "char_end"))
    assert found["review_id"].is_unique().all()


@pytest.mark.parametrize("table", ["actors", "places"])
def test_what_two_batches_know_is_one_row(tmp_path: Path, table: str) -> None:
    run = staged(tmp_path, list(ARTICLES), parts=2)
    (key,) = TABLES[table].key
    for number, rows in enumerate(({"s:1": "Bee", "s:3": "Ant"}, {"s:2": "Cow", "s:1": "Ape"})):
        shared = pl.DataFrame({key: list(rows), "name": list(rows.values())})
        filled = shared.join(TABLES[table].schema.to_frame().drop("name"), on=key, how="left")
        write_part(TABLES[table], filled, run.shared / table / f"part-{number:05d}.parquet")
    reconcile_run(run, 3, 0)
    assert dict(read(run, table).select(key, "name").iter_rows()) == {"s:1": "Ape", "s:2": "Cow", "s:3": "Ant"}, (
        "in whatever order they came"
    )


def test_a_run_without_documents_has_its_row_all_the_same(tmp_path: Path) -> None:
    run = Run(tmp_path, "run-1", datetime(2024, 5, 1, tzinfo=UTC))
    assert reconcile_run(run, 0, 0) == 0
    assert read(run, "runs").height == 1
