"""Times: every time expression of a text, normalised as TIMEX3 (TimeML)."""

from tasks.facts.times.anchoring import anchored
from tasks.facts.times.publication import publication
from tasks.facts.times.values import expressions

__all__ = ["anchored", "expressions", "publication"]
