"""places: where."""

from expectations.contract import Table, enum, real, text

TABLE = Table(
    name="places",
    description="One row a place that the texts name.",
    key=("place_id",),
    columns=(
        text("place_id", "of the gazetteer (geonames:<id>, iso:<code> …), or doc_id:l:char_start-char_end of a place known from one document only"),
        text("name", "readable name"),
        enum("kind", "what kind of place", "country region admin1 admin2 settlement river site unnamed_site"),
        text("country_iso3", "ISO 3166-1 alpha-3", nullable=True, pattern="^[A-Z]{3}$"),
        real("lat", "latitude of the gazetteer's point; of an area, of its representative point", unit="degrees WGS84", nullable=True, minimum=-90, maximum=90),
        real("lon", "longitude of that point", unit="degrees WGS84", nullable=True, minimum=-180, maximum=180),
        enum("geo_precision", "how much the point means (UCDP where_prec, ACLED geo_precision)", "exact near admin2 admin1 region linear country unknown"),
        text("parent_place_id", "the smallest known place that it lies in; of the gazetteer, so it need not be named in a text", nullable=True),
        text("coordinate_source", "where the point is from", nullable=True),
    ),
)
