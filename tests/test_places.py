"""Names of places in the tokens, and which places they mean: on sentences of our own."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.places import TABLE
from tasks.facts import gazetteer
from tasks.facts.places import candidates, described, nationalities, resolve
from tasks.facts.toponyms import mentions
from tasks.grammar.reading import Reading


@cache
def read(*documents: str) -> Reading:
    passages = pl.DataFrame({"document": np.arange(len(documents)), "text": documents, "char_start": [0] * len(documents)})
    return Reading.of(passages.with_columns(pl.col("text").cast(pl.String), pl.col("char_start").cast(pl.Int64)))


def spelled(reading: Reading, rows: pl.DataFrame) -> list[str]:
    return reading.spans(rows["first"], rows["last"])["text"].to_list()


def candidate_names(text: str) -> list[str]:
    return spelled(read(text), candidates(read(text)))


def names_of(text: str) -> list[str]:
    return spelled(read(text), mentions(read(text)))


def meaning(*documents: str) -> pl.DataFrame:
    """All candidates, taken as mentions: text, place_id, geo_precision, options, and what the gazetteer says of the place."""
    reading = read(*documents)
    found = candidates(reading)
    found = found.with_columns(reading.passages["document"].gather(reading.tokens["passage"].gather(found["first"])))
    meant = resolve(reading, found, nationalities(reading))
    places = gazetteer.tables()[0].select("place_id", pl.col("name").alias("place"), "kind", "country_iso3", "admin1_name")
    rows = pl.concat([found.select("document"), reading.spans(found["first"], found["last"]), meant], how="horizontal")
    return rows.join(places, on="place_id", how="left", maintain_order="left")


def meant(name: str, *documents: str) -> dict[str, object]:
    return meaning(*documents).filter(pl.col("text") == name).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The train left Nairobi for Mombasa.", ["Nairobi", "Mombasa"]),
        ("They live in New York City, not in York.", ["New York City", "York"]),
        ("Shelling in Deir ez-Zor went on.", ["Deir ez-Zor"]),
        ("He told us that it was over.", []),
        ("The US and the UAE agreed.", ["US", "UAE"]),
        ("The nairobi office closed.", []),
        ("KABUL, Afghanistan — Rain fell.", ["KABUL", "Afghanistan"]),
        ("A bridge over the Euphrates river fell.", ["Euphrates river"]),
        ("Floods hit Nairobi. Kampala was spared.", ["Nairobi", "Kampala"]),
    ],
)
def test_candidates_are_the_longest_names(text: str, expected: list[str]) -> None:
    assert [name for name in candidate_names(text) if name not in {"He", "The", "A", "They", "Rain", "Floods"}] == expected


def test_postal_abbreviations_stand_behind_a_comma() -> None:
    assert candidate_names("She moved to Fresno, CA in May.")[:2] == ["Fresno", "CA"]
    assert "OR" not in candidate_names("Sign here OR call the office.")


def test_candidates_say_what_the_name_may_be() -> None:
    reading = read("Georgia and Mosul and Nice.")
    rows = candidates(reading).with_columns(pl.Series("text", spelled(reading, candidates(reading))))
    georgia, mosul, nice = rows.rows(named=True)
    assert georgia["has_country"]
    assert georgia["has_admin1"]
    assert not mosul["has_country"]
    assert not mosul["is_ambiguous"]
    assert mosul["size"] > 6
    assert nice["is_ambiguous"]


def test_a_place_named_beside_it_holds_it() -> None:
    assert meant("Springfield", "A fire broke out in Springfield, Ohio, on Monday.")["admin1_name"] == "Ohio"
    assert meant("Springfield", "A fire broke out in Springfield, Ill., on Monday.")["admin1_name"] == "Illinois"
    assert meant("Paris", "Shops in Paris, Texas, were shut.")["admin1_name"] == "Texas"
    assert meant("Georgia", "The plant stands in Augusta, Georgia.")["kind"] == "admin1"
    assert meant("Fulton County", "Voters in Fulton County, Georgia, queued.")["place_id"] == "fips:13121"
    assert meant("Fulton County", "Voters in Fulton County, Ohio, queued.")["place_id"] == "fips:39051"
    assert meant("Mosul", "Rain fell in Mosul, northern Iraq.")["country_iso3"] == "IRQ"


def test_two_namesakes_in_one_document_are_told_apart_by_what_holds_them() -> None:
    rows = meaning("He drove from Portland, Maine, to Portland, Oregon.").filter(pl.col("text") == "Portland")
    assert rows["admin1_name"].to_list() == ["Maine", "Oregon"]


def test_a_name_means_one_place_in_a_document() -> None:
    rows = meaning("A dam near Columbia, Missouri, broke. Columbia was flooded.").filter(pl.col("text") == "Columbia")
    assert rows["place_id"].n_unique() == 1
    assert rows["admin1_name"][0] == "Missouri"


def test_the_company_of_other_places_decides() -> None:
    assert meant("Georgia", "Officials of Georgia met in Tbilisi. They flew to Batumi and Kutaisi.")["kind"] == "country"
    assert meant("Georgia", "Officials of Georgia met in Atlanta. They drove to Savannah and Macon.")["kind"] == "admin1"
    assert meant("Tripoli", "Fighting spread from Tripoli to Benghazi and Misrata in Libya.")["country_iso3"] == "LBY"
    assert meant("Tripoli", "Fighting spread from Tripoli to Beirut and Sidon in Lebanon.")["country_iso3"] == "LBN"


def test_nations_decide() -> None:
    assert meant("Hyderabad", "Pakistani police searched homes in Hyderabad, the Pakistani army said.")["country_iso3"] == "PAK"
    assert meant("Hyderabad", "Indian police searched homes in Hyderabad, the Indian army said.")["country_iso3"] == "IND"


def test_the_greater_place_is_meant_where_nothing_else_is_said() -> None:
    assert meant("London", "It rained in London.")["country_iso3"] == "GBR"
    assert meant("Lebanon", "It rained in Lebanon.")["kind"] == "country"
    assert meant("Washington", "The envoy flew to Washington.")["kind"] == "settlement"


def test_a_list_of_states_holds_no_state_in_another() -> None:
    rows = meaning("Lawmakers in Washington, Oregon and Idaho voted.").drop_nulls("place_id")
    assert rows["place_id"].to_list() == ["iso:US-WA", "iso:US-OR", "iso:US-ID"]


def test_a_town_comes_before_the_unit_around_it() -> None:
    assert meant("Geneva", "The talks in Geneva went on.")["kind"] == "settlement"
    assert meant("Alexandria", "The talks in Alexandria went on, Egyptian officials said.")["kind"] == "settlement"


def test_nothing_is_guessed() -> None:
    row = meant("Clay County", "It rained in Clay County.")
    assert row["place_id"] is None
    assert row["geo_precision"] == "unknown"
    assert 2 <= len(str(row["options"]).split()) <= 5
    assert meant("London", "It rained in London.")["options"] is None


def test_an_unknown_name_has_neither_place_nor_options() -> None:
    reading = read("They went to Qwertystead.")
    rows = resolve(reading, pl.DataFrame({"first": [3], "last": [3], "document": [0]}), nationalities(reading))
    assert rows.rows() == [(None, None, None)]


def test_precision_is_that_of_the_point() -> None:
    text = "From Kenya they walked along the Euphrates river to Raqqa in Ohio."
    precision = dict(meaning(text).select("text", "geo_precision").iter_rows())
    assert precision == {"Kenya": "country", "Euphrates river": "linear", "Raqqa": "exact", "Ohio": "admin1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jordan Miller met Paris Brown in Nairobi.", ["Nairobi"]),
        ("Researchers of the University of Ghana said so.", []),
        ("The Bank of England raised rates in London.", ["London"]),
        ("The Kenyan army left Somalia in May.", ["Somalia"]),
        ("Reporters came from Chad, Mali and Niger.", ["Chad", "Mali", "Niger"]),
        ("The aid cost US$5 million, officials in Kampala said.", ["Kampala"]),
        ("Sen. Anna Gray, D-Toledo, said no.", ["Toledo"]),
        ("Mr. London said no. London resigned.", []),
    ],
)
def test_mentions_are_places(text: str, expected: list[str]) -> None:
    assert names_of(text) == expected


def test_a_place_before_other_names_is_an_attribute() -> None:
    reading = read("The Ohio Department of Health closed schools in Toledo.")
    found = mentions(reading)
    assert dict(zip(spelled(reading, found), found["is_attribute"], strict=True)) == {"Ohio": True, "Toledo": False}


def test_nothing_comes_of_nothing() -> None:
    for reading in (read(), read("")):
        found = candidates(reading)
        assert found.is_empty()
        assert mentions(reading).is_empty()
        rows = resolve(reading, mentions(reading), nationalities(reading))
        assert rows.is_empty()
        assert rows.columns == ["place_id", "geo_precision", "options"]


DOCUMENTS = (
    "A fire broke out in Springfield, Ohio, and in Toledo.",
    "Shelling hit Homs and Aleppo, the Syrian army said. Washington protested.",
    "Nobody was there.",
    "He drove from Portland, Maine, to Portland, Oregon, by way of Georgia.",
    "Fighting spread from Tripoli to Benghazi in Libya. It rained in Clay County.",
)


def test_a_document_is_read_alike_alone_and_among_others() -> None:
    together = meaning(*DOCUMENTS)
    for number, text in enumerate(DOCUMENTS):
        alone = meaning(text).drop("document")
        assert alone.equals(together.filter(pl.col("document") == number).drop("document"))
    assert together.equals(meaning(*DOCUMENTS))


def test_weights_of_a_nation_add_up() -> None:
    reading = read("Police searched homes in Hyderabad.")
    found = pl.DataFrame({"first": [4], "last": [4], "document": [0]})
    once = pl.DataFrame({"document": [0], "country_iso3": ["PAK"], "weight": [2.0]})
    twice = pl.DataFrame({"document": [0, 0], "country_iso3": ["PAK", "PAK"], "weight": [1.0, 1.0]})
    assert resolve(reading, found, once).equals(resolve(reading, found, twice))


@settings(max_examples=25)
@given(
    st.lists(
        st.sampled_from(["Paris", "New", "York", ",", "in", "US", "Washington", "county", "Of", "-", "Georgia", "(", "."]), max_size=12
    )
)
def test_any_text_is_read(words: list[str]) -> None:
    reading = read(" ".join(words))
    found = candidates(reading)
    assert (found["first"] <= found["last"]).all()
    assert (found["first"].to_numpy()[1:] > found["last"].to_numpy()[:-1]).all()
    every = found.with_columns(pl.lit(0).alias("document"))
    rows = resolve(reading, every, nationalities(reading))
    assert rows.height == found.height
    assert rows.filter(pl.col("place_id").is_not_null() & pl.col("options").is_not_null()).is_empty()
    assert (mentions(reading)["first"].is_in(found["first"].to_list())).all()


def test_places_are_described_with_all_that_they_lie_in() -> None:
    rows = TABLE.conform(described(pl.Series(["geonames:99072", None, "fips:13121"])))
    assert set(rows["name"]) == {"Mosul", "Nineveh", "Iraq", "Fulton County", "Georgia", "United States"}
    assert set(rows["parent_place_id"].drop_nulls()) <= set(rows["place_id"])


def test_every_place_meets_its_contract() -> None:
    rows = TABLE.conform(described(gazetteer.load().places["place_id"]))
    for check in TABLE.checks:
        assert rows.select(check.holds.fill_null(True).all()).item(), check.name
    for column in TABLE.columns:
        assert column.nullable or not rows[column.name].null_count(), column.name
        assert not column.values or rows[column.name].is_in(column.values).all(), column.name
