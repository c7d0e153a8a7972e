"""publish: a run's staged parts and their verdict → a release, which readers see all at once or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from expectations.catalog import TABLES
from tasks.earlier import REFUSED
from tasks.log import TaskLog
from tasks.release import NoRelease, create_views, describe_views, open_release
from tasks.staging import Reject, Run, write_part
from tasks.verdict import Verdict

_STAMP = "%Y%m%dT%H%M%SZ"
_RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


class Refused(RuntimeError):  # noqa: N818
    """The run may not be published."""


@dataclass(frozen=True)
class Release:
    """A published release: its id, its folder and the rows of each table; ``is_new`` is False where this run had nothing to add to it."""

    release_id: str
    path: Path
    rows: dict[str, int]
    is_new: bool = True


def publish_run(run: Run, verdict: Verdict, keep: int = 3, texts: bool = True) -> Release:
    """Publish the staged parts as the current release, or raise :class:`Refused` where the verdict does not allow it.

    Readers go from the old release to the new one when ``current`` is swapped, last of all; whatever stops the work before that
    leaves the old one. ``texts`` False leaves the table of texts out. The newest ``keep`` releases stay.
    """
    _allow(run, verdict)
    if _says_nothing_new(run):
        return keep_current(run, keep)
    _tidy(run, texts)
    now = _later_than_all(run.out, datetime.now(UTC))
    manifest = _manifest(run, now)
    release = run.out / "releases" / manifest["release_id"]
    (run.staging / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    _sync_tree(run.staging)
    _move(run.staging, release)
    _write_database(release)
    _make_current(run.out, release)
    _retire(run.out, keep)
    return Release(release.name, release, {name: table["rows"] for name, table in manifest["tables"].items()})


def keep_current(run: Run, keep: int = 3) -> Release:
    """Leave the current release as it is, and nothing of the run."""
    release = open_release(run.out)
    shutil.rmtree(run.staging, ignore_errors=True)
    _retire(run.out, keep)
    tables = json.loads((release / "manifest.json").read_text())["tables"]
    return Release(release.name, release, {name: table["rows"] for name, table in tables.items()}, is_new=False)


def _says_nothing_new(run: Run) -> bool:
    """Have all documents of the run been taken out again, and are all of the current release still there?"""
    plan, new = run.plan, run.new_parts("documents")
    return plan.first > 0 and not plan.gone and not any(pq.read_metadata(part).num_rows for part in new)


def write_rejects(run: Run, rejects: Sequence[Reject]) -> None:
    """Write what the run refused as JSON Lines, one object an input; without any there is no file."""
    if not rejects:
        run.rejected.unlink(missing_ok=True)
        return
    run.rejected.parent.mkdir(parents=True, exist_ok=True)
    unfinished = run.rejected.with_suffix(".tmp")
    unfinished.write_text("".join(json.dumps(asdict(reject) | {"run_id": run.run_id}) + "\n" for reject in rejects))
    unfinished.replace(run.rejected)


def _allow(run: Run, verdict: Verdict) -> None:
    if not verdict.success:
        # The next run is not to take over what was refused, and is to leave it here to be looked at.
        if run.staging.is_dir():
            (run.staging / REFUSED).touch()
        broken = next(
            (f": {r.table}, {r.expectation} {r.outcome} ({', '.join(r.examples)})" for r in verdict.results if r.outcome != "passed"), ""
        )
        raise Refused(f"validation does not allow it{broken}; the staged parts are in {run.staging}")
    if not run.staging.is_dir():
        raise Refused(f"nothing is staged in {run.staging}")
    unknown = {part.parent.name for part in run.staging.glob("*/part-*.parquet")} - set(TABLES)
    if unknown:
        raise Refused(f"no contract for the staged tables {', '.join(sorted(unknown))}: nobody has validated them")


def _tidy(run: Run, texts: bool) -> None:
    """Leave in the staging folder what belongs in a release: a part of each table, and nothing hidden or unfinished."""
    if not texts:
        shutil.rmtree(run.staging / "texts", ignore_errors=True)
    for unwanted in [*run.staging.glob("**/.*"), *run.staging.glob("*/part-*.tmp")]:
        shutil.rmtree(unwanted) if unwanted.is_dir() and not unwanted.is_symlink() else unwanted.unlink(missing_ok=True)
    for table in TABLES.values():
        if not run.parts(table.name) and (texts or table.name != "texts"):
            write_part(table, table.schema.to_frame(), run.part(table.name, 0))


def _later_than_all(out: Path, now: datetime) -> datetime:
    """Return ``now``, or the second after the newest release: ids sort by age even where two share a second or the clock went back."""
    stamps = [name.partition("-")[0] for name in _releases(out)]
    newest = max((datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) for stamp in stamps), default=None)
    return now if newest is None else max(now, newest + timedelta(seconds=1))


def _manifest(run: Run, now: datetime) -> dict[str, Any]:
    known = _known_files(run.out)
    folders = sorted({part.parent for part in run.staging.glob("*/part-*.parquet")})
    tables = {folder.name: _table_entry(folder, known) for folder in folders}
    sums = [f"{file['path']} {file['sha256']}" for table in tables.values() for file in table["files"]]
    content = hashlib.sha256("\n".join(sums).encode()).hexdigest()[:8]
    return {
        "release_id": f"{now.strftime(_STAMP)}-{content}",
        "run_id": run.run_id,
        "created_at": now.isoformat(timespec="seconds"),
        **_versions(run),
        "input_fingerprint": _input_fingerprint(run),
        "tables": tables,
    }


def _known_files(out: Path) -> dict[int, dict[str, Any]]:
    """What the current manifest says of its files, by inode: a linked part need not be read again."""
    try:
        release = open_release(out)
        tables = json.loads((release / "manifest.json").read_text())["tables"].values()
        return {(release / file["path"]).stat().st_ino: file for table in tables for file in table["files"]}
    except (NoRelease, OSError, ValueError, KeyError):
        return {}


def _table_entry(folder: Path, known: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    files = [_file_entry(part, known.get(part.stat().st_ino)) for part in sorted(folder.glob("part-*.parquet"))]
    return {"rows": sum(file["rows"] for file in files), "bytes": sum(file["bytes"] for file in files), "files": files}


def _file_entry(part: Path, known: Mapping[str, Any] | None) -> dict[str, Any]:
    if known:
        return {**known, "path": f"{part.parent.name}/{part.name}"}
    with part.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    path, rows = f"{part.parent.name}/{part.name}", pq.read_metadata(part).num_rows
    return {"path": path, "rows": rows, "bytes": part.stat().st_size, "sha256": sha256}


def _versions(run: Run) -> dict[str, str | None]:
    names = ("code_version", "rules_version", "lexicon_version")
    rows = pl.scan_parquet(list(run.parts("runs")), glob=False).filter(pl.col("run_id") == run.run_id).select(names).collect()
    return rows.row(0, named=True) if rows.height else dict.fromkeys(names)


def _input_fingerprint(run: Run) -> str:
    documents = pl.scan_parquet(list(run.parts("documents")), glob=False).select("uri", "sha256").sort("uri", "sha256")
    told: str = documents.select(pl.concat_str("uri", "sha256", separator="\0").str.join("\0")).collect().item()
    return hashlib.sha256(told.encode()).hexdigest()


def _move(staging: Path, release: Path) -> None:
    release.parent.mkdir(parents=True, exist_ok=True)
    staging.rename(release)
    _sync(release.parent)
    _sync(staging.parent)


def _write_database(release: Path) -> None:
    """Write the release's DuckDB file: a view can only be made over files that are in their place, so this comes after the move."""
    path = release / "newsfacts.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_views(connection, release)
        describe_views(connection, release)
    _sync(path)
    _sync(release)


def _make_current(out: Path, release: Path) -> None:
    unfinished = out / ".current"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(release.relative_to(out))
    unfinished.replace(out / "current")
    _sync(out)


def _retire(out: Path, keep: int) -> None:
    """Remove the releases beyond the newest ``keep``, never the current one.

    Each leaves under a hidden name first, so that none is ever seen in part. What cannot be removed now is tried again the next time.
    """
    releases, current = out / "releases", (out / "current").resolve()
    for name in _releases(out)[: -max(keep, 1)]:
        if (releases / name).resolve() != current:
            with suppress(OSError):
                (releases / name).rename(releases / f".{name}")
    for removed in releases.glob(".*"):
        shutil.rmtree(removed, ignore_errors=True)


def _releases(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "releases").glob("*") if _RELEASE_ID.fullmatch(path.name))


def _sync_tree(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@task(name="publish", task_run_name="publish", cache_policy=NO_CACHE)
def publish(run: Run, verdict: Verdict | None, rejects: Sequence[Reject] = (), keep: int = 3) -> Release:
    """Write down what was refused, by load and by validation, and publish the rest; without a verdict there is nothing new."""
    log = TaskLog(get_run_logger(), "publish")
    write_rejects(run, [*rejects, *(verdict.quarantined if verdict else ())])
    release = publish_run(run, verdict, keep, run.texts) if verdict else keep_current(run, keep)
    log(rows=sum(release.rows.values()), tables=len(release.rows))
    return release
