"""How fast a build is, and how much memory it takes: ``python -m benchmarks.throughput [--data DIR] [--megabytes 50 200] [--cpus 0,1]``.

The texts of DIR (by default the seed article) are copied, each copy altered so that no document repeats another, into one .jsonl file
a size. Each is built by the real command in a process of its own, held to the given processors. The speed is the slope between the
smallest and the largest size, so that starting up does not count; memory is the most that all processes of a build held together,
what they share counted once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

import seeds

SLOPE_TARGET, MEMORY_TARGET, SHARE_TARGET = 3.0, 2000, 0.15
STAGES = ("start", "load", "extract", "reconcile", "validate", "publish", "end")
#: A word that begins with a capital after one that does not: inside a sentence, that is nearly always a name.
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_SENTENCE_BREAK = re.compile(r"(?<=[.!?”\"]) (?=[A-Z“\"])")


@dataclass(frozen=True)
class Build:
    """One build: size of the source, wall time, peak memory, processor time, and the seconds until each stage was done after the one before."""

    megabytes: float
    documents: int
    seconds: float
    peak_megabytes: float
    busy_seconds: float
    stages: dict[str, float]


def articles(folder: Path) -> list[str]:
    """Return the texts of the folder that are UTF-8."""
    texts = (path.read_bytes().decode(errors="replace") for path in sorted(folder.rglob("*.txt")))
    return [text for text in texts if "\ufffd" not in text and text.strip()]


def altered(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Yield a copy of each text with other numbers, other names in the same places, and its sentences in another order."""
    chance = random.Random(seed)
    names = sorted({name for text in texts for name in _NAME.findall(text)})
    exchanged = dict(zip(names, chance.sample(names, len(names)), strict=True))
    for text in texts:
        lines = [" ".join(_shuffled(_SENTENCE_BREAK.split(line), chance)) for line in text.splitlines(keepends=False)]
        renamed = _NAME.sub(lambda match: exchanged.get(match[0], match[0]), "\n".join(lines))
        shift = chance.randrange(1, 10)
        yield re.sub(r"\d+", partial(_number, shift), renamed)


def _shuffled(sentences: list[str], chance: random.Random) -> list[str]:
    return chance.sample(sentences, len(sentences))


def _number(shift: int, match: re.Match[str]) -> str:
    # The same for all numbers of a text, so that the lower end of a range stays the lower one; and a year stays a year.
    digits = match[0]
    moved = str(int(digits) + shift).zfill(len(digits))
    return moved if len(moved) == len(digits) else digits


def write_source(path: Path, texts: Sequence[str], megabytes: float) -> int:
    """Write altered copies of the texts until there are ``megabytes`` of text, and return their number."""
    size = documents = copy = 0
    with path.open("w") as lines:
        while size < megabytes * 1e6:
            for text in altered(texts, copy):
                # A copy that came out as it was (a text without number, name or a second sentence) is made another by its number.
                body = f"{text.rstrip()}\nCopy {copy} of {documents}.\n"
                lines.write(json.dumps({"uri": f"{copy}/{documents}", "text": body, "published": "2020-06-01"}, ensure_ascii=False) + "\n")
                size += len(body.encode())
                documents += 1
                if size >= megabytes * 1e6:
                    break
            copy += 1
    return documents


def build(source: Path, megabytes: float, documents: int, out: Path, cpus: set[int]) -> Build:
    """Build the source by the command, reading its log as it runs."""
    environment = os.environ | {"POLARS_MAX_THREADS": str(len(cpus)), "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO"}
    command: list[str | Path] = [Path(sys.executable).with_name("newsfacts"), "build", source, "--out", out]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cpus),
    )
    peak = ThreadPoolExecutor(1).submit(_peak, process)
    stages, last = dict.fromkeys(STAGES, 0.0), began
    log = []
    assert process.stderr is not None
    for line in process.stderr:
        log.append(line)
        now = time.perf_counter()
        # "start" ends with the first line that the run logs; after that each line ends what it is about.
        stage = _stage(line) or ("start" if not any(stages.values()) else None)
        if stage:
            stages[stage], last = stages[stage] + now - last, now
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("".join(log))
    stages["end"] = time.perf_counter() - last
    return Build(megabytes, documents, time.perf_counter() - began, peak.result(), usage.ru_utime + usage.ru_stime, stages)


def _peak(process: subprocess.Popen[str]) -> float:
    """Return the most megabytes that the process and those that it started held, as seen twice a second."""
    most = 0
    with suppress(psutil.NoSuchProcess):
        build = psutil.Process(process.pid)
        while process.returncode is None:
            held = 0
            for one in (build, *build.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    held += one.memory_full_info().pss
            most = max(most, held)
            time.sleep(0.5)
    return most / 1e6


def _stage(line: str) -> str | None:
    match = re.search(r"\b(load|extract|reconcile|validate|publish)(?: \d+)?: [\d,]+ \w+.* in [\d.]+ s", line)
    return match[1] if match else None


def report(builds: Sequence[Build]) -> dict[str, object]:
    """Print a table and return the figures."""
    print(f"{'MB':>8}{'documents':>11}{'seconds':>9}{'peak MB':>9}{'busy':>8}  " + "".join(f"{stage:>10}" for stage in STAGES))
    for one in builds:
        shares = "".join(f"{seconds:>10.2f}" for seconds in one.stages.values())
        print(f"{one.megabytes:>8.1f}{one.documents:>11,}{one.seconds:>9.2f}{one.peak_megabytes:>9.0f}{one.busy_seconds:>8.1f}  {shares}")
    small, large = builds[0], builds[-1]
    seconds = (large.seconds - small.seconds) if small is not large else large.seconds
    slope = (large.megabytes - (small.megabytes if small is not large else 0)) / seconds
    # Start and end are the same at any size.
    work = {stage: large.stages[stage] for stage in STAGES[1:-1]}
    overhead = 1 - (work["load"] + work["extract"]) / sum(work.values())
    peak = max(one.peak_megabytes for one in builds)
    print(f"\nspeed {slope:.2f} MB/s (target {SLOPE_TARGET}), memory {peak:.0f} MB (target {MEMORY_TARGET}), ", end="")
    print(f"reconcile, validate and publish {overhead:.0%} of the work (target {SHARE_TARGET:.0%})")
    return {"megabytes_per_second": round(slope, 3), "peak_megabytes": round(peak), "overhead": round(overhead, 3)}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=seeds.folder / "articles", help="folder with .txt articles")
    parser.add_argument("--megabytes", type=float, nargs="+", default=[5, 20], help="sizes to build")
    parser.add_argument("--cpus", default="0,1", help="processors to use")
    asked = parser.parse_args()
    cpus, texts = {int(cpu) for cpu in asked.cpus.split(",")}, articles(asked.data)
    builds = []
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in sorted(asked.megabytes):
            source, out = Path(folder, f"{megabytes:g}.jsonl"), Path(folder, f"out-{megabytes:g}")
            documents = write_source(source, texts, megabytes)
            builds.append(build(source, megabytes, documents, out, cpus))
            source.unlink()
    figures = report(builds)
    print(json.dumps(figures | {"cpus": len(cpus), "builds": [asdict(one) for one in builds]}))


if __name__ == "__main__":
    main()
