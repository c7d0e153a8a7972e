"""What decides which facts a text gives, besides the text: versions of the code, its rules and the lexicons, as fingerprints."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import seeds
from tasks.staging import Run

_TASKS = Path(__file__).parent


def versions(run: Run) -> dict[str, str]:
    """``code_version``, ``rules_version``, ``lexicon_version`` of a run."""
    return {
        "code_version": version("newsfacts"),
        "rules_version": _rules(),
        "lexicon_version": _lexicon_version(run),
    }


def _lexicon_version(run: Run) -> str:
    """The fingerprint of the lexicons that are shipped, and behind a plus sign that of the user's own."""
    shipped = _shipped()
    return f"{shipped}+{fingerprint(run.lexicons, ('*.csv',))}" if run.lexicons else shipped


@cache
def _rules() -> str:
    return fingerprint(_TASKS.parent, ("tasks/**/*.py", "expectations/*.py"))


@cache
def _shipped() -> str:
    return fingerprint(seeds.folder, ("lexicons/*.csv", "lexicons/*.parquet", "models/*.npz"))


def fingerprint(folder: Path, patterns: tuple[str, ...]) -> str:
    """First 12 hex digits of SHA-256 over the names and bytes of the files in ``folder``."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
