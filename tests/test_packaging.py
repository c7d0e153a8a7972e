"""The project installs from pins alone, names no machine and no index, and has every command that its pages name."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from flows.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "seeds/README.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r'(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.]+)( ; python_version (<|>=) "3\.\d+")?')


@cache
def texts() -> dict[str, str]:
    """Path → text of all files of the project that are text."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    names = listed.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    paths = {name: ROOT / name for name in names if (ROOT / name).is_file()}
    binary = (".parquet", ".npz", ".png", ".pyc", ".duckdb")
    return {name: path.read_text("utf-8", errors="replace") for name, path in paths.items() if path.suffix not in binary}


def lines(pattern: str) -> list[str]:
    found = re.compile(pattern)
    return [f"{name}: {line.strip()[:200]}" for name, text in texts().items() for line in text.splitlines() if found.search(line)]


def pins() -> list[str]:
    return [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]


def test_no_file_names_a_place_on_a_machine() -> None:
    assert lines(r"(?<![\w.~*)}\]/-])/(?:home|root|Users|work|mnt|opt|workspace)/\w") == []


def test_no_file_names_an_index_of_packages() -> None:
    assert lines(r"(?i)https?://\S*(?:pypi|pythonhosted|simple/)|--(?:extra-)?index[-]url|--find[-]links|trusted[-]host") == []


def test_the_lock_has_only_pins_in_order() -> None:
    assert [line for line in pins() if not PIN.fullmatch(line)] == []
    assert pins() == sorted(pins(), key=str.upper)


def test_the_lock_has_every_dependency_in_its_range() -> None:
    locked = {canonicalize_name(pin["name"]): pin["version"] for pin in map(PIN.fullmatch, pins()) if pin}
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), text


def test_every_lexicon_is_described() -> None:
    readme = (ROOT / "seeds" / "README.md").read_text("utf-8")
    lexicons = [path.name for path in (ROOT / "seeds" / "lexicons").iterdir()]
    assert [name for name in lexicons if not re.search(rf"^#+ .*`?{re.escape(name)}`?", readme, re.MULTILINE)] == []
    assert [name for name in lexicons if not name.endswith((".csv", ".parquet"))] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|\$ |bin/)newsfacts ([a-z]+)", text)) <= commands
    assert set(re.findall(r"(?:`|\$ |\")make ([a-z-]+)", text)) <= targets


def test_every_target_says_what_it_does_and_the_needed_ones_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    described = set(re.findall(r"^([a-z-]+):.* ## \w", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == described >= {"run", "test", "lint", "docs", "ui", "bench"}


def test_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert {"set -euo pipefail", "make lint", "make test"} <= set(script.read_text().splitlines())


def test_hooks_are_local() -> None:
    assert re.findall(r"repo: (\S+)", (ROOT / ".pre-commit-config.yaml").read_text()) == ["local"]
