from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasks.facts import gazetteer

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
LEXICONS = SEEDS / "lexicons"
KINDS = ["country", "region", "admin1", "admin2", "settlement", "river", "site"]
PRECISIONS = ["exact", "near", "admin2", "admin1", "region", "linear", "country", "unknown"]
ALIAS_TYPES = ["name", "acronym", "short_name", "foreign_name", "spelling_variant"]
MEGABYTE = 1_000_000

# ISO 3166-1 alpha-3, as of 2026
ISO3 = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA "
    "BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU "
    "EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND "
    "HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO "
    "LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC "
    "NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM "
    "SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA "
    "UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE"
)


@pytest.fixture(scope="module")
def places() -> pl.DataFrame:
    return pl.read_parquet(LEXICONS / "places.parquet")


@pytest.fixture(scope="module")
def names() -> pl.DataFrame:
    return pl.read_parquet(LEXICONS / "place_names.parquet")


def called(name: str, names: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    return names.filter(pl.col("name") == name).join(places.rename({"name": "place_name"}), on="place_id")


@pytest.mark.parametrize("file", sorted(path.relative_to(SEEDS).as_posix() for path in SEEDS.glob("*/*.parquet")))
def test_file_is_small(file: str) -> None:
    assert (SEEDS / file).stat().st_size <= 7 * MEGABYTE


def test_schema(places: pl.DataFrame, names: pl.DataFrame) -> None:
    text = ["place_id", "name", "kind", "country_iso3", "admin1_name", "admin2_name"]
    tail = ["geo_precision", "parent_place_id", "source"]
    numbers = {"lat": pl.Float64, "lon": pl.Float64, "population": pl.Int64}
    assert places.schema == pl.Schema(dict.fromkeys(text, pl.String) | numbers | dict.fromkeys(tail, pl.String))
    assert names.schema == pl.Schema(dict.fromkeys(["place_id", "name", "alias_type"], pl.String) | {"is_ambiguous": pl.Boolean})


def test_keys_are_unique_and_sorted(places: pl.DataFrame, names: pl.DataFrame) -> None:
    assert places["place_id"].is_unique().all()
    assert places["place_id"].is_sorted()
    assert not names.select("place_id", "name").is_duplicated().any()
    assert names.select("place_id", "name").equals(names.select("place_id", "name").sort("place_id", "name"))


def test_enums_and_required(places: pl.DataFrame, names: pl.DataFrame) -> None:
    assert places["kind"].is_in(KINDS).all()
    assert places["geo_precision"].is_in(PRECISIONS).all()
    assert names["alias_type"].is_in(ALIAS_TYPES).all()
    assert places.select("place_id", "name", "kind", "geo_precision", "source").null_count().sum_horizontal().item() == 0
    assert names.null_count().sum_horizontal().item() == 0


def test_points_are_in_range_and_precision_is_honest(places: pl.DataFrame) -> None:
    point = places.drop_nulls("lat")
    assert point["lat"].is_between(-90, 90).all()
    assert point["lon"].is_between(-180, 180).all()
    assert (places["lat"].is_null() == places["lon"].is_null()).all()
    assert (places["lat"].is_null() == (places["geo_precision"] == "unknown")).all()
    expected = {"country": ["country"], "admin1": ["admin1"], "admin2": ["admin2"], "region": ["region"], "river": ["linear"]}
    for kind, precisions in expected.items():
        assert point.filter(pl.col("kind") == kind)["geo_precision"].is_in(precisions).all(), kind


def test_references_resolve(places: pl.DataFrame, names: pl.DataFrame) -> None:
    assert names.join(places, on="place_id", how="anti").is_empty()
    parents = places.drop_nulls("parent_place_id")
    assert parents.join(places, left_on="parent_place_id", right_on="place_id", how="anti").is_empty()
    assert (parents["place_id"] != parents["parent_place_id"]).all()


def test_every_place_above_a_village_has_a_name(places: pl.DataFrame, names: pl.DataFrame) -> None:
    nameless = places.join(names, on="place_id", how="anti")
    writable = pl.col("name").str.len_chars().ge(3) & pl.col("name").str.contains(r"^[\p{Latin}\p{M}0-9 .'-]+$")
    assert nameless.filter(writable, (pl.col("kind") != "settlement") | (pl.col("population") >= 2_000)).is_empty()


def test_names_are_latin_nfc_and_trimmed(names: pl.DataFrame) -> None:
    name = pl.col("name")
    assert names.filter(name != name.str.normalize("NFC")).is_empty()
    assert names.filter(name != name.str.strip_chars()).is_empty()
    assert names.filter(~name.str.contains(r"\p{Latin}")).is_empty()
    assert names.filter(name.str.contains(r"[\p{Cyrillic}\p{Arabic}\p{Han}\p{Greek}\p{Hebrew}]")).is_empty()
    assert names.filter(name.str.len_chars() < 3, pl.col("alias_type") != "acronym").is_empty()


def test_every_country_has_a_point(places: pl.DataFrame) -> None:
    countries = places.filter(pl.col("kind") == "country").drop_nulls(["country_iso3", "lat", "lon"])
    assert set(ISO3.split()) - set(countries["country_iso3"]) == set()
    assert countries["country_iso3"].is_unique().all()
    assert set(places["country_iso3"].drop_nulls()) <= set(countries["country_iso3"])


@pytest.mark.parametrize(
    ("name", "country", "kind", "lat", "lon"),
    [
        ("Raqqa", "SYR", "settlement", 35.95, 39.01),
        ("Deir ez-Zor", "SYR", "settlement", 35.34, 40.14),
        ("Baghuz", "SYR", "settlement", 34.45, 40.95),
        ("Mosul", "IRQ", "settlement", 36.34, 43.12),
        ("Kiev", "UKR", "settlement", 50.45, 30.52),
        ("Paris", "FRA", "settlement", 48.85, 2.35),
        ("Bombay", "IND", "settlement", 19.07, 72.88),
        ("Washington, D.C.", "USA", "settlement", 38.9, -77.04),
        ("St. Louis", "USA", "settlement", 38.63, -90.2),
        ("Gaza Strip", "PSE", "region", 31.42, 34.37),
    ],
)
def test_known_points(name: str, country: str, kind: str, lat: float, lon: float, names: pl.DataFrame, places: pl.DataFrame) -> None:
    rows = called(name, names, places).filter(pl.col("country_iso3") == country, pl.col("kind") == kind)
    near = rows.filter((pl.col("lat") - lat).abs() < 0.3, (pl.col("lon") - lon).abs() < 0.3)
    assert not near.is_empty()


@pytest.mark.parametrize(
    ("name", "place_id"),
    [
        ("Calif.", "iso:US-CA"),
        ("Ga.", "iso:US-GA"),
        ("TX", "iso:US-TX"),
        ("Idlib province", "iso:SY-ID"),
        ("Donetsk oblast", "iso:UA-14"),
        ("Helmand", "iso:AF-HEL"),
        ("North Kivu", "iso:CD-NK"),
        ("Lagos state", "iso:NG-LA"),
        ("Uttar Pradesh", "iso:IN-UP"),
        ("Bavaria", "iso:DE-BY"),
        ("Kent", "iso:GB-KEN"),
        ("County Mayo", "iso:IE-MO"),
        ("Middle East", "region:middle-east"),
        ("Mediterranean", "sea:mediterranean-sea"),
    ],
)
def test_news_names_of_units(name: str, place_id: str, names: pl.DataFrame) -> None:
    assert not names.filter(pl.col("name") == name, pl.col("place_id") == place_id).is_empty()


def test_counties_of_one_name(names: pl.DataFrame, places: pl.DataFrame) -> None:
    fulton = called("Fulton County", names, places)
    assert {"Georgia", "New York", "Ohio", "Pennsylvania"} <= set(fulton["admin1_name"])
    assert fulton["geo_precision"].unique().to_list() == ["admin2"]


def test_rivers_are_linear(names: pl.DataFrame, places: pl.DataFrame) -> None:
    euphrates = called("Euphrates", names, places).filter(pl.col("kind") == "river")
    assert euphrates["geo_precision"].to_list() == ["linear"]


def test_countries_have_their_news_names(names: pl.DataFrame, places: pl.DataFrame) -> None:
    expected = {"US": "USA", "U.S.": "USA", "UK": "GBR", "Britain": "GBR", "UAE": "ARE", "DRC": "COD", "Burma": "MMR", "Ivory Coast": "CIV"}
    for name, country in expected.items():
        rows = called(name, names, places).filter(pl.col("kind") == "country")
        assert rows["country_iso3"].to_list() == [country], name


def test_both_spellings_of_a_name_with_diacritics(names: pl.DataFrame) -> None:
    for name in ("Hawaii", "Quebec", "Québec", "Sao Paulo", "São Paulo", "Zurich", "Zürich"):
        assert not names.filter(pl.col("name") == name).is_empty(), name


def test_ambiguous_names_are_marked(names: pl.DataFrame) -> None:
    marked = names.group_by("name").agg(pl.col("is_ambiguous").all())
    for name in (
        "Reading",
        "Nice",
        "Mobile",
        "Bath",
        "Jordan",
        "Washington",
        "Lincoln",
        "Victoria",
        "Georgia",
        "Chad",
        "Charlotte",
        "Florence",
    ):
        assert marked.filter(pl.col("name") == name)["is_ambiguous"].to_list() == [True], name
    for name in ("Raqqa", "Kabul", "Damascus", "Nairobi", "Fulton County"):
        assert marked.filter(pl.col("name") == name)["is_ambiguous"].to_list() == [False], name


def test_ordinary_words_are_no_villages(names: pl.DataFrame, places: pl.DataFrame) -> None:
    words = called("Of", names, places).filter(pl.col("population") < 2_000)
    assert words.is_empty()


def test_curated_lists_have_unique_keys() -> None:
    extra = pl.read_csv(LEXICONS / "places_extra.csv")
    assert extra["place_id"].is_unique().all()
    assert extra["place_id"].is_sorted()
    ambiguous = pl.read_csv(LEXICONS / "places_ambiguous.csv")
    assert not ambiguous.is_duplicated().any()
    assert ambiguous["class"].is_in(["word", "first_name", "surname"]).all()


def test_the_index_is_that_of_the_tables() -> None:
    """If not, `python benchmarks/build_gazetteer.py --index` makes it anew: tables, tokens or the code that makes it have changed."""
    made, shipped = gazetteer.index(*gazetteer.tables()), gazetteer.shipped()
    assert made.keys() == shipped.keys()
    for name, frame in made.items():
        # Logarithms differ in their last digits from machine to machine.
        assert_frame_equal(frame, shipped[name], rel_tol=1e-6 if name == "nodes" else 1e-12)
