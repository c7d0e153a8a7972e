"""The flow with the real engine: what the runs are called and show, what is published, and what is not."""

from __future__ import annotations

import dataclasses
import inspect
import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ParameterTypeError

from expectations.catalog import TABLES
from expectations.contract import Check
from flows.build_facts import BuildParameters, build_facts, show
from tasks.publish import Refused, Release
from tasks.staging import Reject
from tests.newsroom import DOCUMENTS, FILES, FLOOD, REJECTS, facts, furnish, rejects, releases, table

pytestmark = pytest.mark.usefixtures("server")
T = TypeVar("T")


def build(source: Path, out: Path, **options: Any) -> Release:
    return build_facts(BuildParameters(sources=[str(source)], out=out, **options))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("source") / "news")


@pytest.fixture(scope="module")
def out(source: Path, tmp_path_factory: pytest.TempPathFactory, server: None) -> Path:
    """Build the source once for all that only look at what came out."""
    out = tmp_path_factory.mktemp("built") / "it's [an] out*"
    build(source, out)
    return out


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


def flow_run(client: SyncPrefectClient, out: Path) -> FlowRun:
    """Find the run of the release that is current."""
    return client.read_flow_run(table(out, "runs")["prefect_flow_run_id"][0])


def last_run(client: SyncPrefectClient) -> FlowRun:
    return client.read_flow_runs(sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=1)[0]


def wait_for(ask: Callable[[], T], enough: Callable[[T], bool]) -> T:
    """Ask until it is enough: task runs and logs reach the server a little after the run."""
    for _ in range(100):
        if enough(answer := ask()):
            break
        time.sleep(0.2)
    return answer


def artifacts(client: SyncPrefectClient, run: FlowRun) -> dict[str, Any]:
    found = client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id])))
    return {str(artifact.key): artifact.data for artifact in found}


# What the engine shows


def test_the_body_is_the_picture() -> None:
    lines = inspect.getsource(build_facts.fn).splitlines()
    assert len(lines) <= 25
    verbs = [
        name
        for line in lines
        for name in ("load", "extract", "reconcile", "validate", "publish")
        if f"{name}(" in line or f"({name}, " in line
    ]
    assert verbs == ["load", "extract", "reconcile", "validate", "publish"]


def test_runs_are_named_after_what_they_do(client: SyncPrefectClient, out: Path) -> None:
    run = flow_run(client, out)
    assert run.name == f"news → {out}"
    assert run.state_name == "Completed"

    def task_runs() -> dict[str, str | None]:
        found = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])))
        return {task.name: task.state_name for task in found}

    expected = dict.fromkeys(["load", "extract-0", "reconcile", "validate", "publish"], "Completed")
    assert wait_for(task_runs, lambda found: found == expected) == expected


def test_several_sources_are_counted_in_the_name(client: SyncPrefectClient, source: Path, tmp_path: Path) -> None:
    parameters = BuildParameters(sources=[str(source / name) for name in ("flood.txt", "strike.txt", "crlf.txt")], out=tmp_path)
    build_facts(parameters)
    assert last_run(client).name == f"flood.txt and 2 more → {tmp_path}"


def test_parameters_are_a_form() -> None:
    schema = build_facts.parameters.model_dump()
    form = schema["definitions"]["BuildParameters"]
    fields = form["properties"]
    assert form["required"] == ["sources"]
    assert fields["sources"] | {"items": {"type": "string"}, "minItems": 1, "type": "array"} == fields["sources"]
    assert (fields["out"]["format"], fields["out"]["default"]) == ("path", "data")
    assert {"format": "date", "type": "string"} in fields["published"]["anyOf"]
    assert fields["keep"]["minimum"] == 1
    assert all(field["description"] for field in fields.values())
    json.dumps(schema)


def test_parameters_of_a_form_are_read_and_checked() -> None:
    form = {"sources": ["news"], "out": "/srv/facts", "published": "2024-05-01", "texts": False}
    read = build_facts.validate_parameters({"parameters": form})["parameters"]
    assert read == BuildParameters(sources=["news"], out=Path("/srv/facts"), published=date(2024, 5, 1), texts=False)
    refused: list[dict[str, object]] = [
        {"sources": []},
        {"sources": ["x"], "published": "May"},
        {"sources": ["x"], "keep": 0},
        {"sources": ["x"], "run_id": "../x"},
    ]
    for wrong in refused:
        with pytest.raises(ParameterTypeError):
            build_facts.validate_parameters({"parameters": wrong})


def test_artifacts_show_rows_rejects_and_the_verdict(client: SyncPrefectClient, out: Path) -> None:
    shown = artifacts(client, flow_run(client, out))
    assert {row["table"]: row["rows"] for row in json.loads(shown["rows"])} == {name: table(out, name).height for name in TABLES}
    listed = {row["uri"].replace("\\", ""): row["reason"].replace("\\", "") for row in json.loads(shown["rejects"])}
    assert listed == rejects(out)
    assert shown["validation"].startswith("**May be published**")


def test_artifacts_show_hostile_text_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    tables: dict[str, list[dict[str, Any]]] = {}
    monkeypatch.setattr("flows.build_facts.create_table_artifact", lambda rows, key, description: tables.update({key: rows}))
    show([Reject("<img src=x>", "empty", "[here](javascript:x)\n# `a` | b")] * 1200, {})
    assert tables["rejects"][0] == {"uri": "&lt;img src=x&gt;", "reason": "empty", "detail": r"\[here\](javascript:x) \# \`a\` \| b"}
    assert len(tables["rejects"]) == 1000


def test_each_stage_logs_a_line(client: SyncPrefectClient, out: Path) -> None:
    run = flow_run(client, out)

    def messages() -> list[str]:
        logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id])), limit=200)
        return [log.message for log in logs]

    starts = ("load: ", "extract 0: ", "reconcile: ", "validate: ", "publish: ")
    found = wait_for(messages, lambda lines: all(any(line.startswith(start) for line in lines) for start in starts))
    lines = {start: line for start in starts for line in found if line.startswith(start)}
    assert lines.keys() == set(starts)
    assert f"{DOCUMENTS} documents, {REJECTS} rejects, 1 batches in " in lines["load: "]
    assert all(line.endswith(" a second)") for line in lines.values())


# What is published


def test_every_input_is_a_document_or_a_reject(out: Path) -> None:
    documents = table(out, "documents")
    languages = dict(documents.select("uri", "language").iter_rows())
    expected = {name: outcome for name, (_, outcome) in FILES.items()} | {"wire/1": "en", "wire/2": "empty"}
    assert languages | rejects(out) == expected
    assert (len(languages), len(rejects(out))) == (DOCUMENTS, REJECTS)
    docks = documents.row(by_predicate=pl.col("uri") == "strike.txt", named=True)
    assert (docks["title"], docks["publication_date"], docks["publication_date_basis"]) == ("Docks", date(2024, 5, 1), "given")
    assert "packet" in docks["publisher"].lower()


def test_the_run_counts_its_inputs(out: Path, client: SyncPrefectClient) -> None:
    (run,) = table(out, "runs").to_dicts()
    assert (run["documents_in"], run["documents_failed"]) == (DOCUMENTS + REJECTS, REJECTS)
    assert run["prefect_flow_run_id"] == str(flow_run(client, out).id)
    assert set(table(out, "documents")["run_id"]) == {run["run_id"]}


def test_the_same_bytes_twice_are_two_documents_of_one_origin(out: Path) -> None:
    documents = table(out, "documents")
    ids = dict(documents.select("uri", "doc_id").iter_rows())
    repeats = documents.filter(pl.col("duplicate_of_doc_id").is_not_null())
    assert repeats.select("uri", "duplicate_of_doc_id").rows() == [("flood_again.txt", ids["flood.txt"])]


def test_another_language_gives_a_document_and_no_facts(out: Path) -> None:
    (french,) = table(out, "documents").filter(pl.col("language") == "fr")["doc_id"]
    assert "not_english" in table(out, "review").filter(pl.col("doc_id") == french)["issue_type"].to_list()
    for name in ("figures", "quotes"):
        assert french not in table(out, name)["doc_id"].to_list()


def test_spans_are_the_characters_of_the_texts(out: Path) -> None:
    texts = dict(table(out, "texts").iter_rows())
    for name in TABLES:
        for start, end, text in TABLES[name].spans:
            for doc_id, first, last, words in table(out, name).select("doc_id", start, end, text).drop_nulls().iter_rows():
                assert texts[doc_id][first:last] == words


def test_the_same_input_gives_the_same_facts(source: Path, out: Path, tmp_path: Path) -> None:
    build(source, tmp_path)
    first, second = facts(out), facts(tmp_path)
    assert first["figures"].height
    assert first["quotes"].height
    for name in TABLES:
        assert first[name].equals(second[name]), name


def test_batches_change_nothing(source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.load.BATCH_DOCUMENTS", 2)
    run = build(source, tmp_path)
    assert len(list((run.path / "documents").iterdir())) == -(-DOCUMENTS // 2)
    assert not list(tmp_path.rglob("batch-*"))
    whole, parts = facts(out), facts(tmp_path)
    for name in TABLES:
        assert whole[name].equals(parts[name]), name


def test_the_next_build_replaces_the_release_and_keeps_the_old(source: Path, tmp_path: Path) -> None:
    old = build(source / "flood.txt", tmp_path)
    new = build(source / "strike.txt", tmp_path, published=date(2020, 2, 2), texts=False, prune=True)
    assert (tmp_path / "current").resolve() == new.path.resolve()
    assert releases(tmp_path) == [old.release_id, new.release_id]
    assert table(tmp_path, "documents")["uri"].to_list() == ["strike.txt"]
    assert "texts" not in new.rows
    assert not (new.path / "texts").exists()
    last = build(source / "flood.txt", tmp_path, published=date(2020, 2, 2), keep=1, prune=True)
    assert releases(tmp_path) == [last.release_id]
    assert table(tmp_path, "documents")["publication_date"].to_list() == [date(2020, 2, 2)]


def test_a_line_of_ten_megabytes_takes_time_in_proportion(tmp_path: Path) -> None:
    sentence, busy = "The mayor said that 500 people have been evacuated from the town. ", []
    for count in (15_000, 150_000):
        (tmp_path / "line.txt").write_text(sentence * count)
        began = time.process_time()
        release = build(tmp_path / "line.txt", tmp_path / "out")
        busy.append(time.process_time() - began)
        assert (release.rows["documents"], release.rows["sentences"]) == (1, count)
    assert busy[1] < 20 * busy[0], "ten times the text takes some ten times the time, and not a hundred"


# What is not published


def spoil(monkeypatch: pytest.MonkeyPatch, name: str, holds: pl.Expr) -> None:
    """Ask of each row of a table what some do not meet."""
    spoilt = dataclasses.replace(TABLES[name], checks=(Check("spoilt", "it is as it was asked", holds),))
    monkeypatch.setitem(TABLES, name, spoilt)


def test_a_broken_table_is_not_published(source: Path, tmp_path: Path, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    old = build(source / "flood.txt", tmp_path)
    spoil(monkeypatch, "runs", pl.col("documents_in") < 0)
    with pytest.raises(Refused, match="runs, spoilt: it is as it was asked failed"):
        build(source, tmp_path)
    assert (tmp_path / "current").resolve() == old.path.resolve()
    assert releases(tmp_path) == [old.release_id]
    assert len(rejects(tmp_path)) == REJECTS
    run = last_run(client)
    assert run.state_name == "Failed"
    assert artifacts(client, run)["validation"].startswith("**Must not be published**")


def test_a_document_that_breaks_an_expectation_is_quarantined(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "sentences", pl.col("text").str.contains("3,200").not_())
    release = build(source, tmp_path)
    quarantined = {uri for uri, reason in rejects(tmp_path).items() if reason == "quarantined"}
    assert quarantined == {"strike.txt", "crlf.txt"}
    assert release.rows["documents"] == DOCUMENTS - 2
    (run,) = table(tmp_path, "runs").to_dicts()
    assert (run["documents_in"], run["documents_failed"]) == (DOCUMENTS + REJECTS, REJECTS + 2)
    assert not table(tmp_path, "sentences").filter(pl.col("text").str.contains("3,200")).height


def test_a_batch_that_fails_stops_the_run(tmp_path: Path, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> None:
        raise ValueError("no such word")

    (tmp_path / "flood.txt").write_text(FLOOD)
    monkeypatch.setattr("tasks.extract.facts", failing)
    with pytest.raises(ValueError, match="no such word"):
        build(tmp_path / "flood.txt", tmp_path / "out")
    assert last_run(client).state_name == "Failed"
    assert not (tmp_path / "out" / "current").exists()
