"""Incremental builds: whatever has changed, the release says what a clean build of the same sources says, and only what has changed is read."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import tasks.earlier
import tasks.versions
from expectations.catalog import TABLES
from tasks.earlier import OutdatedError, clear
from tasks.extract import extract_batch
from tasks.load import Loaded, load_sources
from tasks.lock import InUseError, alone
from tasks.publish import Release, keep_current, publish_run
from tasks.reconcile import reconcile_run
from tasks.staging import Run
from tasks.validate import validate_run
from tests.newsroom import FLOOD, FRENCH, ODD_QUOTES, STRIKE, facts, releases, table

NAMED = (
    "Talks in Geneva\nThe United Nations said on Monday that 40 people have been killed in Aleppo, Syria.\n"
    "“We need a truce,” said António Guterres, who has been in Geneva since 2011.\n",
    "Floods in Lagos\nThe Red Cross said that 1,200 families have been displaced near Lagos, Nigeria, and 30 in Kano.\n"
    "A spokesman for the agency said that they had lost 12 boats.\n",
    "Vote in Paris\nFrance said it would send 300 soldiers to Mali, said Emmanuel Macron, the French president.\n"
    "The European Union has been asked for 5 million euros.\n",
)
TEXTS = (FLOOD, STRIKE, ODD_QUOTES, FRENCH, *NAMED)


class Works:
    """A folder that is built into releases, stage by stage, without Prefect."""

    def __init__(self, out: Path, source: Path) -> None:
        self.out, self.source, self.count = out, source, 0

    def stage(self, *, prune: bool = True, batch_bytes: int = 700, texts: bool = True, published: date | None = None) -> tuple[Run, Loaded]:
        self.count += 1
        run = Run(self.out, f"run-{self.count}", datetime(2024, 5, 1, tzinfo=UTC), texts=texts)
        run.batches.mkdir(parents=True)
        clear(run)
        return run, load_sources([str(self.source)], run, published, batch_bytes, prune)

    def extract(self, run: Run, loaded: Loaded, at_most: int = 10_000) -> None:
        for path, number in list(zip(loaded.batches, loaded.numbers, strict=True))[:at_most]:
            extract_batch(path, number, run)

    def build(self, **options: Any) -> tuple[Release, Loaded]:
        run, loaded = self.stage(**options)
        if not loaded.is_news:
            return keep_current(run), loaded
        self.extract(run, loaded)
        reconcile_run(run, loaded.inputs, len(loaded.rejects))
        verdict = validate_run(run)
        assert verdict.success, [result for result in verdict.results if result.outcome != "passed"]
        return publish_run(run, verdict, texts=run.texts), loaded


@pytest.fixture
def works(tmp_path: Path) -> Works:
    source = tmp_path / "news"
    source.mkdir()
    for number, text in enumerate(TEXTS):
        (source / f"{number}.txt").write_text(f"{text}")
    return Works(tmp_path / "out", source)


def same(left: Path, right: Path) -> None:
    """Do two folders hold the same facts? Which run made them is another matter."""
    first, second = facts(left), facts(right)
    for name in TABLES:
        if name != "runs":
            assert first[name].equals(second[name]), name


def clean(works: Works, name: str, **options: Any) -> Path:
    out = works.out.with_name(name)
    Works(out, works.source).build(**options)
    return out


def inodes(release: Release) -> dict[str, int]:
    return {str(part.relative_to(release.path)): part.stat().st_ino for part in release.path.glob("*/part-*.parquet")}


def test_a_second_run_reads_nothing_and_publishes_nothing(works: Works) -> None:
    first, loaded = works.build()
    assert (loaded.documents, loaded.unchanged) == (len(TEXTS), 0)
    before = {path: path.stat().st_mtime_ns for path in works.out.rglob("*") if path.is_file()}
    again, loaded = works.build()
    assert (loaded.documents, loaded.unchanged, loaded.batches) == (0, len(TEXTS), [])
    assert (again.release_id, again.is_new, again.rows) == (first.release_id, False, first.rows)
    assert {path: path.stat().st_mtime_ns for path in works.out.rglob("*") if path.is_file()} == before
    assert not list((works.out / ".staging").iterdir())


def test_only_what_has_changed_is_read_and_other_parts_are_links(works: Works) -> None:
    first, _ = works.build()
    (works.source / "1.txt").write_text(STRIKE.replace("3,200", "4,300"))
    (works.source / "9.txt").write_text("New today\nThe mayor said that 77 people have been hired.\n")
    second, loaded = works.build()
    assert (loaded.documents, loaded.unchanged, loaded.gone) == (2, len(TEXTS) - 1, 1)
    assert second.release_id > first.release_id
    same(works.out, clean(works, "clean"))
    old, new = inodes(first), inodes(second)
    linked = [name for name in new if new[name] in old.values()]
    assert any(name.startswith("figures/") for name in linked)
    assert len(linked) < len(new)
    manifest = json.loads((second.path / "manifest.json").read_text())
    for file in (file for entry in manifest["tables"].values() for file in entry["files"]):
        assert (second.path / file["path"]).stat().st_size == file["bytes"]
    assert first.path.exists(), "the old release is whole"
    assert inodes(first) == old


def test_a_vanished_source_stays_unless_pruned(works: Works) -> None:
    works.build()
    (works.source / "0.txt").unlink()
    release, loaded = works.build(prune=False)
    assert (release.is_new, loaded.gone) == (False, 0)
    assert "0.txt" in table(works.out, "documents")["uri"].to_list()
    release, loaded = works.build(prune=True)
    assert (release.is_new, loaded.gone) == (True, 1)
    same(works.out, clean(works, "clean"))


def test_what_cannot_be_read_is_not_pruned(works: Works) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("deep/a.txt", NAMED[0] + "more\n")
    (works.source / "a.zip").write_bytes(buffer.getvalue())
    works.build()
    (works.source / "a.zip").write_bytes(b"PK broken")
    release, loaded = works.build(prune=True)
    assert [reject.reason for reject in loaded.rejects] == ["bad_archive"]
    assert not release.is_new
    assert "a.zip/deep/a.txt" in table(works.out, "documents")["uri"].to_list()


@pytest.mark.parametrize("seed", range(2))
def test_any_course_of_changes_ends_in_what_a_clean_build_says(works: Works, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.earlier, "MANY", 3)
    chance = random.Random(seed)
    works.build()
    for step in range(5):
        for _ in range(chance.randint(1, 4)):
            path = works.source / f"{chance.randrange(12)}.txt"
            if path.exists() and chance.random() < 0.4:
                path.unlink()
            else:
                text = chance.choice(TEXTS)
                path.write_text(text if chance.random() < 0.5 else f"{text}The mayor of Lagos said that {step} people have been seen.\n")
        if list(works.source.iterdir()):
            works.build(batch_bytes=chance.choice([300, 700, 5000]))
    same(works.out, clean(works, "clean"))


def test_many_small_parts_are_put_together(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.earlier, "MANY", 4)
    counts = []
    for night in range(9):
        (works.source / f"night-{night}.txt").write_text(f"Night {night}\nThe mayor said that {night} people have been seen in Lagos.\n")
        release, _ = works.build(batch_bytes=4000)
        counts.append(len(list((release.path / "documents").iterdir())))
    assert max(counts) <= 5
    same(works.out, clean(works, "clean"))


def test_versions_and_what_is_given_count_too(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    works.build()
    assert works.build(published=date(2024, 5, 1))[1].documents == len(TEXTS)
    assert works.build(published=date(2024, 5, 1))[1].documents == 0
    (works.source / "0.meta.json").write_text('{"title": "Other"}')
    assert works.build(published=date(2024, 5, 1))[1].documents == 1
    assert works.build(published=date(2024, 5, 1), texts=False)[1].documents == len(TEXTS)
    assert not (works.out / "current" / "texts").exists()
    assert works.build(published=date(2024, 5, 1), texts=False)[1].documents == 0
    monkeypatch.setattr(tasks.versions, "version", lambda name: "99")
    assert works.build(published=date(2024, 5, 1), texts=False)[1].documents == len(TEXTS)


def test_finished_batches_of_a_run_that_was_killed_are_taken_over(works: Works) -> None:
    run, loaded = works.stage()
    assert len(loaded.batches) > 2
    works.extract(run, loaded, at_most=2)
    (works.source / "0.txt").write_text(FLOOD.replace("500", "600"))
    (works.source / "9.txt").write_text("New today\nThe mayor said that 77 people have been hired.\n")
    _, loaded = works.build()
    assert 0 < loaded.finished < len(TEXTS)
    assert loaded.documents == len(TEXTS) + 1 - loaded.finished
    same(works.out, clean(works, "clean"))
    assert not list((works.out / ".staging").iterdir())
    assert table(works.out, "documents")["run_id"].unique().to_list() == ["run-2"]


def test_a_run_that_takes_over_may_be_killed_too(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    run, loaded = works.stage()
    works.extract(run, loaded, at_most=3)
    calls = iter(range(100))

    def dying(source: Path, target: Path) -> None:
        if next(calls) == 20:
            raise KeyboardInterrupt
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(tasks.earlier, "_link", dying)
        with pytest.raises(KeyboardInterrupt):
            works.stage()
    _, loaded = works.build()
    assert loaded.finished
    same(works.out, clean(works, "clean"))


def test_a_document_that_is_always_quarantined_makes_no_new_release(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    import dataclasses

    from expectations.contract import Check

    spoilt = Check("spoilt", "nothing about dockers", pl.col("text").str.contains("docker").not_())
    monkeypatch.setitem(TABLES, "sentences", dataclasses.replace(TABLES["sentences"], checks=(spoilt,)))
    first, _ = works.build()
    again, loaded = works.build()
    assert (loaded.documents, again.release_id, again.is_new) == (1, first.release_id, False)
    assert releases(works.out) == [first.release_id]


def test_a_release_of_another_version_is_not_mixed_with_this_one(works: Works) -> None:
    release, _ = works.build()
    part = next((release.path / "figures").iterdir())
    pl.read_parquet(part).drop("unit").write_parquet(part)
    (works.source / "0.txt").unlink()
    with pytest.raises(OutdatedError, match="its figures have other columns"):
        works.build(prune=False)


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(InUseError, match=rf"another build is writing into .* \(process {os.getpid()}\)"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass
