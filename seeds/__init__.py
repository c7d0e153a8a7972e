"""Data that ships with the project; ``folder`` finds it on disk."""

from pathlib import Path

folder = Path(__file__).parent
