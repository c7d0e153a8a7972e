"""The generated parts of the docs: ``python -m flows.docs`` writes them, with ``--check`` it says which are stale.

Generated are, in README.md, what the commands of its ``console`` blocks print and its list of tables; in seeds/README.md the list of
the lexicons; and docs/TABLES.md, the data dictionary. The commands are really run, one after another, in an empty folder that holds the project's parts as links.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from expectations.catalog import TABLES
from expectations.contract import dictionary

ROOT = Path(__file__).resolve().parents[1]
_LINKED = ("Makefile", "pyproject.toml", "requirements.lock", "seeds")
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILES = re.compile(r"(?<=<!-- files -->\n).*?(?=<!-- end of files -->)", re.DOTALL)
_TABLES = re.compile(r"(?<=<!-- tables -->\n).*?(?=<!-- end of tables -->)", re.DOTALL)
#: What differs from run to run: the id of a release.
_VOLATILE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def main(arguments: list[str]) -> int:
    """Write what is stale, or with ``--check`` say what is: then the exit code is 1."""
    with workspace() as folder:
        stale = {path: text for path, text in generated(folder).items() if not is_same(read(path), text)}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stdout.writelines(difflib.unified_diff(read(path).splitlines(True), text.splitlines(True), f"{path}", "make docs writes"))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in arguments else 0


def generated(folder: Path) -> dict[Path, str]:
    """Path → what it should hold, of every file with generated parts; the commands are run in the workspace ``folder``."""
    readme = ROOT / "README.md"
    rows = "".join(f"| `{table.name}` | {table.description} |\n" for table in TABLES.values())
    text = with_output(read(readme), lambda command: shell(command, folder))
    seeds = ROOT / "seeds" / "README.md"
    return {
        readme: _TABLES.sub(lambda _: f"| table | what it holds |\n|---|---|\n{rows}", text),
        seeds: _FILES.sub(lambda _: _lexicons(ROOT / "seeds" / "lexicons"), read(seeds)),
        ROOT / "docs" / "TABLES.md": dictionary(TABLES.values()),
    }


def _lexicons(folder: Path) -> str:
    """The list of the lexicon files, with their numbers of rows and their columns."""
    frames = {path.name: pl.scan_parquet(path) for path in folder.glob("*.parquet")}
    frames |= {path.name: pl.scan_csv(path, infer_schema=False) for path in folder.glob("*.csv")}
    counts = {name: frame.select(pl.len()).collect().item() for name, frame in frames.items()}
    rows = (f"| `{name}` | {counts[name]:,} | {', '.join(frames[name].collect_schema().names())} |\n" for name in sorted(frames))
    return f"| file | rows | columns |\n|---|---:|---|\n{''.join(rows)}"


def with_output(markdown: str, run: Callable[[str], str]) -> str:
    """Markdown whose console blocks hold, below each line that begins with ``$``, what ``run`` returns for that command."""

    def block(match: re.Match[str]) -> str:
        commands = [line[2:] for line in match[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "\n".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    return _BLOCK.sub(block, markdown)


@contextmanager
def workspace() -> Iterator[Path]:
    """Give a folder in which the commands of README.md can be run as if it were the project, without touching its data/."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for linked in _LINKED:
            (folder / linked).symlink_to(ROOT / linked)
        (folder / ".venv").symlink_to(sys.prefix)
        yield folder


def shell(command: str, folder: Path) -> str:
    """Run a command in the workspace and return what it prints; raises CalledProcessError if it fails."""
    # The environment is that of this process, whatever the stamp of .venv says.
    command = re.sub(r"^make ", "make --silent --no-print-directory --old-file=.venv/ready ", command)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MAKE", "MFLAGS"))}
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "PREFECT_HOME": str(folder / ".prefect")}
    result = subprocess.run(command, shell=True, cwd=folder, env=kept | own, capture_output=True, text=True, check=False)  # noqa: S602
    if result.returncode:
        raise subprocess.CalledProcessError(result.returncode, command, result.stdout, result.stderr)
    # Tables are padded to the width of the terminal.
    return "".join(f"{line.rstrip()}\n" for line in (result.stdout + result.stderr).strip("\n").splitlines())


def read(path: Path) -> str:
    """Return the text of a file; of one that is not there, nothing."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def is_same(old: str, new: str) -> bool:
    """Do both say the same, whatever the release is called?"""
    return _VOLATILE.sub("", old) == _VOLATILE.sub("", new)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
