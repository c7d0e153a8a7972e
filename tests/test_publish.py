from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

import tasks.publish
from expectations.catalog import TABLES
from tasks.publish import Refused, Release, publish_run, write_rejects
from tasks.release import NoRelease, QueryError, open_release, query
from tasks.staging import Reject, Run
from tasks.verdict import Result, Verdict
from tests.staged import ARTICLES, doc_id, stage

SOUND = Verdict([], [], {}, success=True)


def published(out: Path, articles: int = 2, **options: Any) -> Release:
    return publish_run(stage(out, ARTICLES[:articles]), SOUND, **options)


def releases(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "releases").iterdir())


def test_a_release_holds_the_tables_the_manifest_and_the_views(tmp_path: Path) -> None:
    run = stage(tmp_path)
    (run.batches).mkdir()
    (run.batches / "batch-00000.parquet").write_bytes(b"work")
    (run.staging / "quotes" / "part-00009.tmp").write_bytes(b"half")
    release = publish_run(run, SOUND)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", release.release_id)
    assert open_release(tmp_path) == release.path.resolve()
    assert (tmp_path / "current").readlink() == Path("releases", release.release_id)
    assert {path.name for path in release.path.iterdir()} == {*TABLES, "manifest.json", "newsfacts.duckdb"}
    assert not [path for path in release.path.rglob("*") if path.name.startswith(".") or path.suffix == ".tmp"]
    assert not run.staging.exists()
    staged = {"documents": 3, "texts": 3, "passages": 9, "sentences": 9, "quotes": 3, "figures": 4, "runs": 1}
    assert release.rows == dict.fromkeys(TABLES, 0) | staged


def test_the_manifest_accounts_for_every_file(tmp_path: Path) -> None:
    release = published(tmp_path)
    manifest = json.loads((release.path / "manifest.json").read_text())
    assert (manifest["release_id"], manifest["run_id"], manifest["code_version"]) == (release.release_id, "run-1", "1.2")
    listed = {file["path"]: file for table in manifest["tables"].values() for file in table["files"]}
    assert set(listed) == {str(part.relative_to(release.path)) for part in release.path.glob("*/*.parquet")}
    for path, file in listed.items():
        data = (release.path / path).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert file["rows"] == pl.read_parquet(release.path / path).height
    assert {name: table["rows"] for name, table in manifest["tables"].items()} == release.rows


def test_the_fingerprint_is_of_the_inputs(tmp_path: Path) -> None:
    fingerprints = [
        json.loads((published(tmp_path / name, count).path / "manifest.json").read_text())["input_fingerprint"]
        for name, count in (("a", 2), ("b", 2), ("c", 3))
    ]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]


def test_descriptions_arrive_in_the_files_and_in_the_views(tmp_path: Path) -> None:
    release = published(tmp_path)
    with duckdb.connect(str(release.path / "newsfacts.duckdb"), read_only=True) as connection:
        columns = connection.execute("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal").fetchall()
        assert connection.execute("SELECT count(*) FROM quotes").fetchall() == [(release.rows["quotes"],)]
    comments = {(table, column): comment for table, column, comment in columns}
    assert set(comments) == {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    for table in TABLES.values():
        schema = pq.read_schema(next((release.path / table.name).iterdir()))
        for column in table.columns:
            description = schema.field(column.name).metadata[b"description"].decode()
            assert description == column.description
            assert comments[table.name, column.name].startswith(description)


def test_an_empty_table_has_a_file_all_the_same(tmp_path: Path) -> None:
    run = stage(tmp_path)
    for part in run.parts("review"):
        part.unlink()
    release = publish_run(run, SOUND)
    (part,) = (release.path / "review").iterdir()
    assert pl.read_parquet(part).schema == TABLES["review"].schema
    assert query(tmp_path, "FROM review").height == 0


def test_texts_can_be_left_out(tmp_path: Path) -> None:
    release = published(tmp_path, texts=False)
    assert "texts" not in release.rows
    assert not (release.path / "texts").exists()
    assert "texts" not in query(tmp_path, "SHOW TABLES")["name"]


def test_a_failed_validation_publishes_nothing(tmp_path: Path) -> None:
    old = published(tmp_path)
    run = stage(tmp_path, run_id="run-2")
    before = {path: path.read_bytes() for path in run.staging.rglob("*.parquet")}
    with pytest.raises(Refused, match="quotes, quote_id: unique failed"):
        publish_run(run, Verdict([Result("quotes", "quote_id: unique", "failed", 1, "table")], [], {}, success=False))
    assert open_release(tmp_path) == old.path.resolve()
    assert {path: path.read_bytes() for path in run.staging.rglob("*.parquet")} == before
    assert releases(tmp_path) == [old.release_id]


def test_what_was_not_staged_or_has_no_contract_is_refused(tmp_path: Path) -> None:
    run = stage(tmp_path)
    publish_run(run, SOUND)
    with pytest.raises(Refused, match="nothing is staged"):
        publish_run(run, SOUND)
    run = stage(tmp_path, run_id="run-2")
    (run.staging / "moods").mkdir()
    pl.DataFrame({"mood": ["glum"]}).write_parquet(run.staging / "moods" / "part-00000.parquet")
    with pytest.raises(Refused, match="no contract for the staged tables moods"):
        publish_run(run, SOUND)


STEPS = ["_tidy", "_manifest", "_sync_tree", "_move", "_write_database", "_make_current"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_the_old_release_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str) -> None:
    old = published(tmp_path)
    run = stage(tmp_path, run_id="run-2")
    with monkeypatch.context() as patch:
        patch.setattr(tasks.publish, step, _crashing(getattr(tasks.publish, step), when))
        with pytest.raises(KeyboardInterrupt):
            publish_run(run, SOUND)
    swapped = (step, when) == ("_make_current", "after")
    assert (open_release(tmp_path) == old.path.resolve()) != swapped
    assert query(tmp_path, "SELECT count(*) AS n FROM documents")["n"].to_list() == [3 if swapped else 2]
    new = publish_run(stage(tmp_path, run_id="run-3"), SOUND)
    assert open_release(tmp_path) == new.path.resolve()
    assert query(tmp_path, "SELECT count(*) AS n FROM documents")["n"].to_list() == [3]


@pytest.mark.parametrize("function", ["symlink_to", "replace", "rename"])
def test_a_crash_inside_a_step_leaves_the_old_release_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    old = published(tmp_path)
    run = stage(tmp_path, run_id="run-2")
    with monkeypatch.context() as patch:
        patch.setattr(Path, function, _crashing(getattr(Path, function), "before"))
        with pytest.raises(KeyboardInterrupt):
            publish_run(run, SOUND)
    assert open_release(tmp_path) == old.path.resolve()
    assert published(tmp_path).path.resolve() == open_release(tmp_path)


def _crashing(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    def stand_in(*arguments: Any) -> Any:
        if when == "after":
            function(*arguments)
        raise KeyboardInterrupt

    return stand_in


def test_the_newest_releases_are_kept_and_the_current_one_always(tmp_path: Path) -> None:
    made = [published(tmp_path, keep=2).release_id for _ in range(4)]
    assert made == sorted(made), "ids sort by age, within a second too"
    assert releases(tmp_path) == made[-2:]
    (tmp_path / "releases" / ".20200101T000000Z-00000000").mkdir()
    last = published(tmp_path, keep=0)
    assert releases(tmp_path) == [last.release_id]


def test_a_reader_sees_one_release(tmp_path: Path) -> None:
    first = published(tmp_path, 1)
    release = open_release(tmp_path)
    published(tmp_path, 3)
    ids = [set(pl.read_parquet(release / table / "*.parquet")["doc_id"]) for table in ("documents", "texts", "sentences")]
    assert ids == [{doc_id(0)}] * 3
    assert release == first.path.resolve()


def test_no_release_is_one_clear_line(tmp_path: Path) -> None:
    for call in (lambda: open_release(tmp_path), lambda: query(tmp_path, "SELECT 1")):
        with pytest.raises(NoRelease, match=r"^no release in .*: nothing has been published there$"):
            call()


def test_queries_read_the_current_release(tmp_path: Path) -> None:
    out = tmp_path / "it's [a] place*"
    published(out)
    answer = query(out, "SELECT d.uri, sum(f.value) AS total FROM figures f JOIN documents d USING (doc_id) GROUP BY ALL ORDER BY uri;")
    assert answer.rows() == [("0.txt", 52.0), ("1.txt", 310.0)]
    assert query(out, "SELECT sum(bytes) AS n, current_date AS day FROM documents WHERE false").height == 1
    assert query(out, "DESCRIBE quotes").height == len(TABLES["quotes"].columns)
    with duckdb.connect(str(open_release(out) / "newsfacts.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchall() == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY documents TO '{out}/copy.csv'",
        "COPY documents TO '{release}/documents/part-00000.parquet'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{out}/secret.txt')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('{release}/../../secret.txt')",
        "SELECT * FROM glob('/etc/*')",
        "ATTACH '{out}/other.duckdb'",
        "ATTACH ':memory:' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET allowed_directories",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW documents",
        "SELECT 1; COPY (SELECT 1) TO '{release}/x.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{release}/x.csv'",
        "EXPORT DATABASE '{out}/x'",
        "SELECT * FROM sql",
        "SELECT 1 AS a, 2 AS a FROM nowhere",
        "SELEC 1",
        "SELECT ?",
        "",
    ],
)
def test_a_query_only_reads_the_release(tmp_path: Path, sql: str) -> None:
    release = published(tmp_path).path
    (tmp_path / "secret.txt").write_text("secret")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(QueryError) as error:
        query(tmp_path, sql.format(out=tmp_path, release=release))
    assert "\n" not in str(error.value)
    assert str(error.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_rejects_are_one_object_a_line(tmp_path: Path) -> None:
    run = Run(tmp_path, "run-1", stage(tmp_path).started_at)
    write_rejects(run, [])
    assert not run.rejected.exists()
    write_rejects(run, [Reject("a\nb.txt", "empty", "no “text”"), Reject("\udcff.txt", "binary", "NUL bytes")])
    lines = run.rejected.read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"uri": "a\nb.txt", "reason": "empty", "detail": "no “text”", "run_id": "run-1"},
        {"uri": "\udcff.txt", "reason": "binary", "detail": "NUL bytes", "run_id": "run-1"},
    ]
    write_rejects(run, [])
    assert not run.rejected.exists()
