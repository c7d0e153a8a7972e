from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import expectations.suites as suites
from expectations.catalog import TABLES
from expectations.contract import Check, Table, boolean, enum, integer, real, text
from expectations.suites import Answer, parent, references_across, references_within, row_rules, suite, validated

BOATS = Table(
    name="boats",
    description="Made-up boats.",
    key=("boat_id",),
    columns=(
        text("boat_id", "key", pattern="^b[0-9]+$"),
        enum("kind", "what it is", "barge ferry"),
        integer("seats", "places", maximum=900),
        real("draught", "depth", unit="metres", nullable=True, minimum=0.1),
        text("name", "painted on it"),
    ),
    checks=(Check("ferries_seat", "a ferry has seats", (pl.col("kind") != "ferry") | (pl.col("seats") > 0)),),
)
SOUND = pl.DataFrame(
    {
        "boat_id": ["b1", "b2"],
        "kind": ["ferry", "barge"],
        "seats": [40, 0],
        "draught": [None, 1.5],
        "name": ["Ada | “Ö”", ""],
        "ferries_seat: a ferry has seats": [True, True],
    }
)


def broken(frame: pl.DataFrame, table: Table = BOATS) -> dict[str, Answer]:
    return {name: answer for name, answer in validated(frame, row_rules(table)).items() if answer.outcome != "passed"}


def test_rows_that_meet_the_contract_pass() -> None:
    assert not broken(SOUND)
    assert not broken(SOUND.head(0))


SPOILED = pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("boat_id", "c1", "boat_id: matches ^b[0-9]+$"),
        ("kind", "canoe", "kind: one of the contract's values"),
        ("kind", None, "kind: not null"),
        ("seats", 901, "seats: at least 0 and at most 900"),
        ("seats", -1, "seats: at least 0 and at most 900"),
        ("draught", 0.0, "draught: at least 0.1"),
        ("name", None, "name: not null"),
        ("ferries_seat: a ferry has seats", False, "ferries_seat: a ferry has seats"),
    ],
)


@SPOILED
def test_each_rule_fails_alone_and_polars_finds_the_row(column: str, value: object, rule: str) -> None:
    spoiled = SOUND.with_columns(pl.Series(column, [SOUND[column][0], value], dtype=SOUND.schema[column]))
    assert broken(spoiled) == {rule: Answer("failed")}
    (holds,) = (one.holds for one in row_rules(BOATS) if one.name == rule)
    assert spoiled.filter(holds.not_())["boat_id"].to_list() == [spoiled["boat_id"][1]]


@SPOILED
@pytest.mark.parametrize("row", [0, 499, 999])
def test_one_value_among_many_rows_is_seen(column: str, value: object, rule: str, row: int) -> None:
    many = pl.concat([SOUND] * 500).with_columns(
        pl.format("b{}", pl.int_range(pl.len())).alias("boat_id"), pl.int_range(pl.len()).mod(900).alias("seats")
    )
    values = many[column].to_list()
    spoiled = many.with_columns(pl.Series(column, [*values[:row], value, *values[row + 1 :]], dtype=many.schema[column]))
    assert not broken(many)
    assert broken(spoiled) == {rule: Answer("failed")}


def test_the_suite_derives_from_the_contract() -> None:
    insured = replace(
        BOATS, columns=(*BOATS.columns, boolean("is_insured", "somebody pays"), enum("flag", "where from", "FO IS", nullable=True))
    )
    new = {rule.name for rule in row_rules(insured)} - {rule.name for rule in row_rules(BOATS)}
    assert new == {"is_insured: not null", "flag: one of the contract's values"}
    afloat = SOUND.with_columns(is_insured=pl.Series([True, None]), flag=pl.Series(["FO", "XX"]))
    assert set(broken(afloat, insured)) == new


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_has_a_suite_and_references_that_resolve(table: Table) -> None:
    rules = row_rules(table)
    assert len({rule.name for rule in rules}) == len(rules)
    assert len(suite(table.name, rules).expectations) == len(rules)
    for column in (*references_within(table), *references_across(table)):
        owner, key = parent(column)
        assert owner.key == (key,)


def test_an_exception_in_one_expectation_is_its_own_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    broken(SOUND.head(0))  # the metrics are registered by now

    def oops(*_: object, **__: object) -> None:
        raise ZeroDivisionError("made\nup")

    from great_expectations.expectations import registry

    providers = registry._registered_metrics["column_values.in_set.condition"]["providers"]
    (name,) = (name for name in providers if name.startswith("Pandas"))
    monkeypatch.setitem(providers, name, (providers[name][0], oops))
    answers = broken(SOUND)
    assert set(answers) == {"kind: one of the contract's values", "ferries_seat: a ferry has seats"}
    assert {answer.outcome for answer in answers.values()} == {"raised"}
    assert all("made up" in answer.message for answer in answers.values())


def test_an_exception_around_all_of_them_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def oops() -> None:
        raise RuntimeError("no context")

    monkeypatch.setattr(suites, "_rows", oops)
    answers = validated(SOUND, row_rules(BOATS))
    assert set(answers.values()) == {Answer("raised", "RuntimeError: no context")}
    assert not any(answer.outcome == "passed" for answer in validated(SOUND.drop("seats"), row_rules(BOATS)).values())


def test_it_is_loaded_late_stays_at_home_and_leaves_nothing_there(tmp_path: Path) -> None:
    program = """
import json, sys
calls = []
sys.addaudithook(lambda event, args: calls.append(event) if event in ("socket.connect", "socket.getaddrinfo") else None)
import polars as pl
from expectations.suites import count_rule, validated
late = "great_expectations" not in sys.modules
answers = validated(pl.DataFrame({"n": [0]}), [count_rule("n")])
print(json.dumps([late, calls, [answer.outcome for answer in answers.values()]]))
"""
    environment = os.environ | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(suites.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [True, [], ["passed"]]
    assert done.stderr == ""
    assert not list(tmp_path.iterdir())
