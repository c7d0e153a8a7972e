"""Lexicons of the user's own come on top of those that are shipped, or stop the run with one line that says where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tasks.grammar.lexicon import LexiconError, table, use
from tests.test_names import entity, read


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    use(None)


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_own_actors_and_places_are_found_and_linked(folder: Path) -> None:
    write(folder, "actors", "actor_id,name,kind,parent_actor_id,country_iso3,source", "marsh_guard,Marsh Guard,armed_group,,KEN,own")
    write(
        folder, "actor_aliases", "actor_id,alias,alias_type,match", "marsh_guard,Marsh Guard,name,any_case", "marsh_guard,MG,acronym,exact"
    )
    write(
        folder,
        "places_extra",
        "place_id,name,kind,country_iso3,lat,lon,geo_precision,parent_place_id,aliases,source",
        "own:qwelto,Qwelto,settlement,KEN,-1.5,37.25,exact,,Old Qwelto,own",
    )
    use(folder)
    tables = read("The Marsh Guard shelled Qwelto. MG fighters fled to Old Qwelto.")
    assert entity(tables, "Marsh Guard") == entity(tables, "MG") == "marsh_guard"
    assert entity(tables, "Qwelto") == entity(tables, "Old Qwelto") == "own:qwelto"
    place = tables["places"].filter(pl.col("place_id") == "own:qwelto").row(0, named=True)
    assert (place["lat"], place["lon"], place["country_iso3"]) == (-1.5, 37.25, "KEN")


def test_an_own_row_replaces_the_shipped_one_with_its_key(folder: Path) -> None:
    write(folder, "actors", "actor_id,name,kind,parent_actor_id,country_iso3,source", "afp,AFP news,media,,FRA,own")
    use(folder)
    assert table("actors").filter(pl.col("actor_id") == "afp")["name"].to_list() == ["AFP news"]
    use(None)
    assert table("actors").filter(pl.col("actor_id") == "afp")["name"].to_list() == ["Agence France-Presse"]


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("actors", ["actor_id,name", "a,A"], "actors.csv, line 1: the columns are"),
        (
            "actor_aliases",
            ["actor_id,alias,alias_type,match", "afp,AFP,name,exact", "afp,AFP,acronym,exact"],
            "actor_aliases.csv, line 3, column actor_id",
        ),
        (
            "actor_aliases",
            ["actor_id,alias,alias_type,match", "nobody_at_all,Nobody,name,exact"],
            "actor_aliases.csv, line 2, column actor_id",
        ),
        ("anything", ["a,b", "1,2"], "anything.csv: no lexicon of this name"),
    ],
)
def test_a_lexicon_that_does_not_fit_is_refused_with_file_line_and_column(folder: Path, name: str, lines: list[str], message: str) -> None:
    write(folder, name, *lines)
    with pytest.raises(LexiconError) as error:
        use(folder)
    assert message in str(error.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="no folder of lexicons"):
        use(tmp_path / "none")
