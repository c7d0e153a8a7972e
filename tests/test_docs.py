"""The docs say what is so: their outputs are those of the commands, their code runs, their links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.docs import ROOT, generated, is_same, read, with_output, workspace

PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("seeds/**/*.md")})


@pytest.fixture(scope="module")
def project() -> Iterator[tuple[Path, dict[Path, str]]]:
    """Run all commands of the docs once: the folder that they ran in, and the pages as they should be."""
    with workspace() as folder:
        yield folder, generated(folder)


def test_generated_parts_are_fresh(project: tuple[Path, dict[Path, str]]) -> None:
    stale = [path.name for path, text in project[1].items() if not is_same(read(path), text)]
    assert not stale, f"run `make docs`: {stale}"


def test_the_python_of_the_readme_runs(project: tuple[Path, dict[Path, str]]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", read(ROOT / "README.md"), re.MULTILINE | re.DOTALL)
    assert blocks
    for code in blocks:
        result = subprocess.run([sys.executable, "-c", code], cwd=project[0], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert result.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", read(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_output_takes_the_place_of_what_stood_there() -> None:
    before = "a\n```console\n$ one\nold\n\n$ two\n```\n```text\n$ three\n```\n"
    after = "a\n```console\n$ one\n<one>\n\n$ two\n<two>\n```\n```text\n$ three\n```\n"
    assert with_output(before, lambda command: f"<{command}>\n") == after
    assert with_output(after, lambda command: f"<{command}>\n") == after


def test_only_the_id_of_a_release_may_differ() -> None:
    assert is_same("-> releases/20240501T000000Z-0123abcd", "-> releases/20250101T010101Z-00000000")
    assert not is_same("figures 18", "figures 19")
