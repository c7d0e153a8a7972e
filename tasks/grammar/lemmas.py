"""Lemmas of nouns and verbs, worked out once a distinct word form.

Irregular forms come from a lexicon, all others from English spelling: an ending is taken off, and what is left is repaired by the first
pattern that fits ("stopp" → "stop", "creat" → "create", "countr" → "country").
"""

from functools import cache, reduce
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from tasks.grammar.lexicon import table
from tasks.grammar.tagger import POS

PLURALS: Final = (
    (r"(ss|us|is)$", "$1"),
    (r"([^aeiou])men$", "${1}man"),
    (r"^(..?)ies$", "${1}ie"),
    (r"([^aeo]|qu)ies$", "${1}y"),
    (r"(ss|sh|ch|x|zz|tz|[^aeiou]o)es$", "$1"),
    (r"(.[^s'’])s$", "$1"),
)
"""How plural nouns lose their ending: the first pattern that fits is replaced."""

THIRD_PERSONS: Final = (
    (r"ss$", "ss"),
    (r"^(..?)ies$", "${1}ie"),
    (r"ies$", "y"),
    (r"(ss|sh|ch|x|zz|tz|[^aeiou]o)es$", "$1"),
    (r"(.[^s'’])s$", "$1"),
)
"""How verbs lose the -s of "she says"."""

STEMS: Final = (
    (r"i#ed$", "y#"),
    (r"e#ed$", "ee#"),
    (r"[aeiouy](.*)ll#", None),
)


@cache
def irregular(pos: str) -> pl.DataFrame:
    """Read the irregular forms of nouns or verbs: `form`, `lemma`."""
    return table("irregular_forms").filter(pl.col("pos") == pos).select("form", "lemma")
