"""places: where things are."""

import polars as pl

from expectations.contract import Check, Table, enum, real, text

TABLE = Table(
    name="places",
    description="One row a place that the texts name or that such a place lies in; one identity across spellings and documents.",
    key=("place_id",),
    columns=(
        text(
            "place_id",
            "of the gazetteer (geonames:<id> and the like), or doc_id:p:char_start-char_end of a place known from one document only",
        ),
        text("name", "readable name, in English as far as known"),
        enum(
            "kind",
            "what kind of place; region: also seas, lakes, islands, mountains, disputed territories; settlement: also districts and camps",
            "country region admin1 admin2 settlement river site unnamed_site",
        ),
        text("country_iso3", "country, ISO 3166-1 alpha-3; null where several share the place", nullable=True, pattern="^[A-Z]{3}$"),
        real(
            "lat",
            "latitude of the point, of an area a representative one (see geo_precision)",
            unit="degrees WGS84",
            nullable=True,
            minimum=-90,
            maximum=90,
        ),
        real("lon", "longitude of the point", unit="degrees WGS84", nullable=True, minimum=-180, maximum=180),
        enum(
            "geo_precision",
            "what the point means: exact: the place itself; near: to about 0.1 degree; admin2, admin1, region, country: somewhere in an area of "
            "that kind; linear: somewhere on a course; unknown: there is no point",
            "exact near admin2 admin1 region linear country unknown",
        ),
        text("parent_place_id", "the smallest known place that it lies in", nullable=True, references="places.place_id"),
        text("coordinate_source", "where the point comes from", nullable=True),
    ),
    checks=(
        Check("point_is_whole", "lat and lon are there or missing together", pl.col("lat").is_null() == pl.col("lon").is_null()),
        Check(
            "precision_is_known",
            "geo_precision is unknown where there is no point, and only there",
            pl.col("lat").is_null() == (pl.col("geo_precision") == "unknown"),
        ),
        Check("point_has_source", "a point has a source", pl.col("lat").is_null() | pl.col("coordinate_source").is_not_null()),
        Check("lies_in_another", "no place lies in itself", pl.col("parent_place_id") != pl.col("place_id")),
    ),
)
