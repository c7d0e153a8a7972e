from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

import tasks.parts
import tasks.validate
from expectations.catalog import TABLES
from expectations.suites import Answer, header
from tasks.spans import Texts
from tasks.staging import Reject, Run, write_part
from tasks.validate import validate_run
from tasks.verdict import Result, Verdict
from tests.staged import ARTICLES, Change, doc_id, edit, put, read, stage


def failures(verdict: Verdict) -> dict[tuple[str, str], Result]:
    return {(result.table, result.expectation): result for result in verdict.results if result.outcome != "passed"}


def test_a_sound_run_passes(tmp_path: Path) -> None:
    run = stage(tmp_path)
    verdict = validate_run(run)
    assert verdict.success
    assert not failures(verdict)
    assert not verdict.quarantined
    staged = {"documents": 3, "texts": 3, "passages": 9, "sentences": 9, "quotes": 3, "figures": 4, "runs": 1}
    assert verdict.rows == dict.fromkeys(TABLES, 0) | staged
    assert {result.table for result in verdict.results} == set(TABLES)


ROW_LEVEL: list[tuple[str, Change, str]] = [
    ("sentences", put("ordinal", None), "ordinal: not null"),
    ("sentences", put("ordinal", -1), "ordinal: at least 0"),
    ("figures", put("sentence_text", None), "sentence_text: not null"),
    ("figures", put("unit", "parsec"), "unit: one of the contract's values"),
    ("documents", put("sha256", "ABC"), "sha256: matches ^[0-9a-f]{64}$"),
    ("figures", put("value_low", 50.0), "bounds_are_ordered: value_low <= value <= value_high, where given"),
    ("sentences", put("text", "Beekeepers count their gains"), "text: the document's characters from char_start to char_end"),
    ("sentences", put("char_end", 30), "text: the document's characters from char_start to char_end"),
    ("sentences", put("char_end", 10**9), "text: the document's characters from char_start to char_end"),
    ("sentences", put("char_start", -5), "text: the document's characters from char_start to char_end"),
    ("sentences", put("char_start", 2**62), "text: the document's characters from char_start to char_end"),
    ("figures", put("number_start", 1), "number_text: the document's characters from number_start to number_end"),
    ("figures", put("number_text", None), "number_text: the document's characters from number_start to number_end"),
    ("sentences", put("passage_id", "nowhere"), "passage_id: in passages.passage_id of the same document"),
    ("passages", put("duplicate_of", "nowhere"), "duplicate_of: in passages.passage_id of the same document"),
    ("quotes", put("sentence_id", f"{doc_id(1)}:s:0"), "sentence_id: in sentences.sentence_id of the same document"),
]


def test_documents_that_break_a_row_level_expectation_are_quarantined(tmp_path: Path) -> None:
    count = len(ROW_LEVEL)
    run = stage(tmp_path, [ARTICLES[0] + str(number) for number in range(count + 2)], parts=count + 2)
    for number, (table, change, _) in enumerate(ROW_LEVEL):
        edit(run, table, change, number)
    untouched = {part: part.stat().st_ino for name in TABLES for part in run.parts(name)[count:]}
    verdict = validate_run(run)
    broken = Counter((table, expectation) for table, _, expectation in ROW_LEVEL)
    found = {key: (result.outcome, result.violations, result.level) for key, result in failures(verdict).items()}
    assert found.items() >= {key: ("failed", violations, "row") for key, violations in broken.items()}.items()
    assert {(reject.uri, reject.reason) for reject in verdict.quarantined} == {(f"{number}.txt", "quarantined") for number in range(count)}
    assert verdict.success
    assert verdict.rows["documents"] == 2
    for name in ("documents", "texts", "passages", "sentences", "quotes", "figures"):
        assert set(read(run, name)["doc_id"]) == {doc_id(count), doc_id(count + 1)}
    assert {part: part.stat().st_ino for part in untouched} == untouched, "only parts that lose rows are rewritten"
    assert read(run, "runs")["documents_failed"].to_list() == [count]


def test_the_detail_names_table_expectation_and_row(tmp_path: Path) -> None:
    run = stage(tmp_path)
    edit(run, "figures", put("unit", "parsec"))
    (reject,) = validate_run(run).quarantined
    figure = f"{doc_id(0)}:f:{ARTICLES[0].index('40')}"
    assert reject == Reject("0.txt", "quarantined", f"figures: unit: one of the contract's values (broken by {figure})")


def extra(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(mood=pl.lit("glum"))


HEADERS: list[tuple[Change, str]] = [
    (extra, "has mood String"),
    (lambda rows: rows.drop("channel"), "lacks channel String"),
    (lambda rows: rows.select(sorted(rows.columns)), "other order"),
    (lambda rows: rows.cast({"char_end": pl.Int32}), "has char_end Int32; lacks char_end Int64"),
]


@pytest.mark.parametrize(("change", "difference"), HEADERS)
def test_a_part_with_other_columns_stops_the_run(tmp_path: Path, change: Change, difference: str) -> None:
    run = stage(tmp_path)
    edit(run, "quotes", change, 1)
    verdict = validate_run(run)
    assert not verdict.success
    (result,) = failures(verdict).values()
    assert (result.table, result.expectation, result.level) == ("quotes", "columns and dtypes are the contract's", "table")
    assert result.examples == (f"part-00001.parquet: {difference}",)


def remark(rows: pl.DataFrame) -> pl.DataFrame:
    values = {"review_id": "r1", "doc_id": "f" * 16, "issue_type": "no_text", "detail": "nothing to read"}
    return pl.concat([rows, pl.DataFrame([values])], how="diagonal")


WHOLE: list[tuple[str, Change, str, str]] = [
    ("quotes", lambda rows: pl.concat([rows, rows.head(1)]), "quote_id: unique", f"{doc_id(0)}:q:{ARTICLES[0].index('“')}"),
    ("texts", lambda rows: pl.concat([rows.tail(1), rows.tail(1)]), "doc_id: unique", doc_id(1)),
    ("texts", lambda rows: rows, "every document has its text", doc_id(0)),
    ("review", remark, "doc_id: in documents.doc_id", "f" * 16),
    ("documents", put("run_id", "run-0"), "run_id: in runs.run_id", "run-0"),
    ("documents", put("duplicate_of_doc_id", "f" * 16), "duplicate_of_doc_id: in documents.doc_id", "f" * 16),
    ("runs", put("documents_in", -1), "documents_in: at least 0", "run-1"),
]


def test_a_table_level_failure_stops_the_run(tmp_path: Path) -> None:
    run = stage(tmp_path)
    edit(run, "figures", put("unit", "parsec"))
    for table, change, _, _ in WHOLE:
        edit(run, table, change)
    before = {part: part.read_bytes() for name in TABLES for part in run.parts(name)}
    verdict = validate_run(run)
    assert not verdict.success
    assert not verdict.quarantined
    found = {key: result.examples for key, result in failures(verdict).items() if result.level == "table"}
    assert found == {(table, expectation): (example,) for table, _, expectation, example in WHOLE}
    assert {part: part.read_bytes() for part in before} == before, "a run that cannot be published is left to look at"


def test_a_part_that_cannot_be_read_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    run = stage(tmp_path)
    run.part("figures", 1).write_bytes(b"PAR1 and no more")
    verdict = validate_run(run)
    assert not verdict.success
    result = failures(verdict)["figures", "columns and dtypes are the contract's"]
    assert "part-00001.parquet" in result.examples[0]
    assert "figures" not in verdict.rows


def test_damage_inside_a_part_is_a_failure_and_no_crash(tmp_path: Path) -> None:
    run = stage(tmp_path)
    part = run.part("sentences", 0)
    data = bytearray(part.read_bytes())
    data[4 : len(data) // 3] = Random(7).randbytes(len(data) // 3 - 4)
    part.write_bytes(data)
    verdict = validate_run(run)
    assert not verdict.success or verdict.quarantined


def test_an_exception_inside_a_validation_is_never_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(_: pl.DataFrame, rules: Any) -> dict[str, Answer]:
        return {rule.name: Answer("raised", "KeyError: oops") for rule in rules}

    run = stage(tmp_path)
    monkeypatch.setattr(tasks.validate, "validated", raising)
    verdict = validate_run(run)
    assert not verdict.success
    assert {result.outcome for result in verdict.results} == {"raised"}


def test_a_failure_that_no_row_explains_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: pl.DataFrame, rules: Any) -> dict[str, Answer]:
        return {rule.name: Answer("failed" if rule.name == "unit: one of the contract's values" else "passed") for rule in rules}

    run = stage(tmp_path)
    monkeypatch.setattr(tasks.validate, "validated", failing)
    verdict = validate_run(run)
    assert not verdict.success
    assert not verdict.quarantined


def test_nothing_left_is_no_success(tmp_path: Path) -> None:
    run = stage(tmp_path, ARTICLES[:2])
    for number in (0, 1):
        edit(run, "sentences", put("ordinal", None), number)
    before = {part: part.read_bytes() for name in TABLES for part in run.parts(name)}
    verdict = validate_run(run)
    assert not verdict.success
    assert [reject.uri for reject in verdict.quarantined] == ["0.txt", "1.txt"]
    assert {part: part.read_bytes() for part in before} == before, "the parts are left to look at"


def test_no_documents_are_no_success(tmp_path: Path) -> None:
    verdict = validate_run(stage(tmp_path, [], parts=1))
    assert not verdict.success
    assert set(failures(verdict)) == {("documents", "at least one document")}


def test_the_first_document_left_stands_in_for_a_quarantined_original(tmp_path: Path) -> None:
    run = stage(tmp_path, [ARTICLES[0]] * 4, parts=2)
    for number, where in ((0, 1), (1, 0), (1, 1)):
        edit(run, "documents", put("duplicate_of_doc_id", doc_id(0), where), number)
    edit(run, "sentences", put("ordinal", None))
    verdict = validate_run(run)
    assert verdict.success
    assert dict(read(run, "documents").select("doc_id", "duplicate_of_doc_id").iter_rows()) == {
        doc_id(1): None,
        doc_id(2): doc_id(1),
        doc_id(3): doc_id(1),
    }


@pytest.mark.parametrize("steps", [1, 4, 7, 8])
def test_a_quarantine_that_was_killed_is_finished_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    def spoiled(out: Path) -> Run:
        run = stage(out, [ARTICLES[0]] * 2, parts=1)
        edit(run, "documents", put("duplicate_of_doc_id", doc_id(0), 1))
        edit(run, "quotes", put("quote_type", "sung"))
        return run

    undisturbed, run = spoiled(tmp_path / "a"), spoiled(tmp_path / "b")
    expected = validate_run(undisturbed)
    with monkeypatch.context() as patch:
        patch.setattr(tasks.parts, "write_part", _dying(write_part, steps))
        with pytest.raises(KeyboardInterrupt):
            validate_run(run)
    verdict = validate_run(run)
    assert (verdict.success, verdict.quarantined, verdict.rows) == (True, expected.quarantined, expected.rows)
    for name in TABLES:
        assert read(run, name).equals(read(undisturbed, name))


def _dying(function: Callable[..., Any], steps: int) -> Callable[..., Any]:
    calls = iter(range(1, 1000))

    def stand_in(*arguments: Any) -> Any:
        if next(calls) == steps:
            raise KeyboardInterrupt
        return function(*arguments)

    return stand_in


def test_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stage(tmp_path, [*ARTICLES, *ARTICLES], parts=6)
    for number in (1, 4):
        edit(run, "sentences", put("ordinal", -3), number)
    monkeypatch.setattr(tasks.validate, "CHUNK_ROWS", 4)
    verdict = validate_run(run)
    assert verdict.success
    assert failures(verdict)["sentences", "ordinal: at least 0"].violations == 2
    assert [reject.uri for reject in verdict.quarantined] == ["1.txt", "4.txt"]


def test_processes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(out: Path) -> Run:
        run = stage(out, [*ARTICLES, *ARTICLES], parts=3)
        edit(run, "sentences", put("ordinal", -3), 1)
        return run

    expected = validate_run(spoiled(tmp_path / "a"))
    assert expected.quarantined
    monkeypatch.setattr(tasks.validate, "FEW", 1)
    assert validate_run(spoiled(tmp_path / "b")) == expected
    broken = stage(tmp_path / "c")
    monkeypatch.setattr(tasks.validate, "_header", lambda part: header(TABLES[part.parent.name].schema))
    broken.part("figures", 1).write_bytes(b"PAR1 and no more")
    (failure,) = failures(validate_run(broken)).items()
    assert failure[0] == ("figures", "rows can be read")


def test_exact_spans_count_code_points() -> None:
    texts = pl.DataFrame({"doc_id": ["a", "b", "c", "b"], "text": ["x\u0301é“🚢”\r\n", "", "plain", "again"]})
    right = [("a", 0, 2, "x\u0301"), ("a", 3, 6, "“🚢”"), ("a", 6, 8, "\r\n"), ("c", 0, 5, "plain"), ("b", 0, 0, "")]
    unasked = [("z", 0, 9, "no such text"), ("c", None, None, None)]
    shifted = [("a", 3, 5, "“🚢”"), ("b", 0, 5, "again"), ("c", 0, None, "plain")]
    outside = [("a", 6, 9, "\r\np"), ("c", 5, 6, ""), ("c", -1, 0, ""), ("c", 3, 1, ""), ("c", 2**62, 2**62 + 1, "p")]
    names = {"doc_id": pl.String, "char_start": pl.Int64, "char_end": pl.Int64, "text": pl.String}
    rows = pl.DataFrame([*right, *unasked, *shifted, *outside], schema=names, orient="row")
    (exact,) = Texts.of(texts).are_exact(rows, [("char_start", "char_end", "text")])
    assert exact.to_list() == [True] * 7 + [False] * 8
    (nothing,) = Texts.of(texts.head(0)).are_exact(rows.head(0), [("char_start", "char_end", "text")])
    assert nothing.is_empty()


def test_the_summary_shows_hostile_text_as_text() -> None:
    results = [Result("quotes", "quote_id: unique", "failed", 2, "table", ("<script>x</script> | a\n# b",))]
    verdict = Verdict(results, [Reject("[x](http://e.example)", "quarantined", "`why`")], {"quotes": 7}, success=False)
    assert "| quotes | 7 | 0 | 1 | 0 |" in verdict.markdown
    assert r"&lt;script&gt;x&lt;/script&gt; \| a \# b" in verdict.markdown
    assert r"\[x\](http://e.example)" in verdict.markdown
    assert verdict.markdown.startswith("**Must not be published**")
