"""Which of overlapping spans stay, and which contain others: against plain Python."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.grammar.spans import alike, alike_runs, gathered, resolve, row_of, within

Span = tuple[int, int, int]
_SCHEMA = {"first": pl.Int64, "last": pl.Int64, "rank": pl.Int64}
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.integers(0, 3)).map(lambda s: (s[0], s[0] + s[1], s[2])), max_size=40)


def frame(spans: list[Span]) -> pl.DataFrame:
    return pl.DataFrame(spans, schema=_SCHEMA, orient="row")


def greedy(spans: list[Span]) -> list[Span]:
    """Leftmost, then longest, then lowest rank; each that overlaps none taken before."""
    taken: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1], s[2])):
        if not taken or span[0] > taken[-1][1]:
            taken.append(span)
    return taken


@settings(max_examples=60)
@given(SPANS)
def test_resolve_is_greedy(spans: list[Span]) -> None:
    assert resolve(frame(spans), "rank").rows() == greedy(spans)


@settings(max_examples=60)
@given(SPANS)
def test_resolve_again_changes_nothing(spans: list[Span]) -> None:
    once = resolve(frame(spans), "rank")
    assert resolve(once, "rank").equals(once)


@settings(max_examples=60)
@given(SPANS, SPANS)
def test_within_finds_the_container(spans: list[Span], outer: list[Span]) -> None:
    containers = greedy(outer)
    expected = [next((i for i, o in enumerate(containers) if o[0] <= s[0] and s[1] <= o[1]), None) for s in spans]
    assert within(frame(spans), frame(containers)).to_list() == expected


def test_none_of_none() -> None:
    assert resolve(frame([])).rows() == []
    assert within(frame([(0, 1, 0)]), frame([])).to_list() == [None]
    assert within(frame([]), frame([])).to_list() == []


def test_the_earlier_rule_wins_between_equals() -> None:
    assert resolve(frame([(0, 2, 1), (0, 2, 0), (1, 9, 0), (3, 3, 2)]), "rank").rows() == [(0, 2, 0), (3, 3, 2)]


def test_a_hundred_thousand_overlaps_are_quick() -> None:
    first = np.arange(100_000)
    spans = pl.DataFrame({"first": first, "last": first + 1})
    assert resolve(spans).height == 50_000


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.one_of(st.none(), st.sampled_from(["a", "b"]))), max_size=30))
def test_rows_are_alike_where_all_columns_are_equal(rows: list[tuple[int, str | None]]) -> None:
    number, example = alike(pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.String}, orient="row"))
    assert [rows[example[i]] for i in number] == rows
    assert len(example) == len(set(rows))


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=4), max_size=30))
def test_runs_are_alike_where_all_codes_are_equal(runs: list[list[int]]) -> None:
    code, size = np.array([code for run in runs for code in run], np.int64), np.array([len(run) for run in runs], np.int64)
    number, example = alike_runs(code, size)
    assert [runs[example[i]] for i in number] == runs
    assert len(example) == len({tuple(run) for run in runs})


def test_a_token_that_is_null_or_not_among_the_others_has_no_row() -> None:
    assert row_of(pl.Series([5, 2, None, 4]), pl.Series([2, 5])).to_list() == [1, 0, None, None]
    assert row_of(pl.Series([0]), pl.Series([], dtype=pl.Int64)).to_list() == [None]


def test_a_place_behind_the_last_value_has_none() -> None:
    found = gathered(pl.Series(["a", "b"]), {"one": np.array([1, 2]), "other": np.array([2, 0])})
    assert {name: column.to_list() for name, column in found.items()} == {"one": ["b", None], "other": [None, "a"]}
