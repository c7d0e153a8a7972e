"""The gazetteer: places with all their names, and an index of them for finding runs of tokens that are names.

A node of the trie of names that ends one stands for that name. To make the index takes seconds and much memory, so it is shipped with the
tables that it is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

import seeds
from tasks.grammar.lexicon import cached, own
from tasks.grammar.patterns import Mask
from tasks.grammar.spans import Index, ranges
from tasks.grammar.tokens import tokenise
from tasks.grammar.trie import Trie

Real = npt.NDArray[np.float64]

_INDEX = seeds.folder / "gazetteer"
_FILE = seeds.folder / "lexicons" / "places.parquet"
#: What is asked of places; of these columns, those that have few values.
_FEW = ("kind", "country_iso3", "geo_precision", "source")
_ASKED = ("place_id", "name", "lat", "lon", "parent_place_id", *_FEW)

#: How many places lie above one another at most, the smallest and its country included.
_DEPTH = 5
#: What a place without known inhabitants counts as, as a power of ten: how much of the news is about such places.
_SIZES = {"country": 5.0, "region": 5.5, "admin1": 4.5, "admin2": 3.5, "settlement": 2.5, "river": 5.0, "site": 4.5}
#: What is added to it: by kind, and by how the place bears the name.
_KINDS = {"country": 3.0, "region": 1.0, "admin1": 1.0, "admin2": -1.5, "settlement": 0.0, "river": 0.0, "site": 0.0}
_ALIASES = {"name": 0.0, "acronym": 0.0, "short_name": 0.0, "spelling_variant": -0.2, "foreign_name": -1.5}
#: A county called without its class word.
_SHORT = -0.5
#: A city whose name is first of all its own, and the seat of a unit of its own name, as powers of ten; what a unit of that name has less.
_CITY, _SEAT, _UNIT = 5.7, 4.5, -1.0


@dataclass(frozen=True)
class Gazetteer:
    """Places and their names as arrays.

    ``places``: the rows of the file, without what nothing asks for; a place is its row. ``above``: for each place itself and the places
    that it lies in, -1 where none, and last its country. ``state``: the greatest unit below the country that a place lies in, or itself;
    -1 for countries; ``is_unit``, whether it is a country or a first-level unit. ``lat``, ``lon`` and ``is_point``, whether they mean a spot
    and not an area.

    ``names``: one row a name and place, sorted by both: ``place``, ``acronym`` (as written, if it is one), ``prior`` (how likely the place
    is meant, in powers of ten of inhabitants). ``begin``: for each node its first row there. ``pairs``: names and places as one number
    each. ``about``: one row a node, what is so called (see :func:`tasks.facts.places.candidates`). ``trie``: over the keys of the names'
    words.
    """

    places: pl.DataFrame
    above: Index
    state: Index
    is_unit: Mask
    lat: Real
    lon: Real
    is_point: Mask
    names: pl.DataFrame
    begin: Index
    pairs: Index
    about: pl.DataFrame
    trie: Trie

    @classmethod
    def of(cls, places: pl.DataFrame, index: Mapping[str, pl.DataFrame]) -> Gazetteer:
        """The rows of the file and their :func:`index` as arrays."""
        names, nodes, place = index["names"], index["nodes"], pl.int_range(places.height, dtype=pl.Int32, eager=True)
        size, words = nodes["names"].to_numpy(), index["words"]["word"]
        edges = nodes.select(pl.col("parent").cast(pl.Int64) * len(words) + pl.col("word")).to_series()[1:].to_numpy()
        pairs = np.repeat(np.arange(len(size)), size) * places.height + names["place"].to_numpy()
        return cls(
            places=places.select(_ASKED).with_columns(pl.col(_FEW).cast(pl.Categorical)).rechunk(),
            above=index["above"].drop("state").insert_column(0, place).to_numpy(order="c"),
            state=index["above"]["state"].to_numpy(),
            is_unit=places["kind"].is_in(["country", "admin1"]).to_numpy(),
            lat=places["lat"].fill_null(0).to_numpy(),
            lon=places["lon"].fill_null(0).to_numpy(),
            is_point=places["geo_precision"].is_in(["exact", "near", "admin2"]).to_numpy(),
            names=names,
            begin=np.append(0, np.cumsum(size)).astype(np.int32),
            pairs=pairs,
            about=nodes.drop("parent", "word", "names"),
            trie=Trie(words, edges, size > 0),
        )

    def is_name(self, node: Index) -> Mask:
        """Does a name end with the node?"""
        ends: Mask = self.begin[node + 1] > self.begin[node]
        return ends

    def rows(self, name: Index) -> tuple[Index, Index]:
        """Names → all rows of ``names`` that bear them, as (index into ``name``, row)."""
        return ranges(self.begin[name], self.begin[name + 1] - self.begin[name])

    def is_called(self, place: Index, name: Index) -> Mask:
        """Does the place bear the name? Not if either is none (-1, 0)."""
        code = name * self.places.height + place
        row = np.searchsorted(self.pairs, code).clip(max=len(self.pairs) - 1)
        called: Mask = (self.pairs[row] == code) & (place >= 0)
        return called


@cached
def load() -> Gazetteer:
    """The places and their names: the index that is shipped, or one made anew if the user has places of his or her own."""
    added = own("places_extra")
    if added is not None:
        places, names = _with(added, *tables())
        return Gazetteer.of(places, index(places, names))
    return Gazetteer.of(pl.read_parquet(_FILE, columns=[*_ASKED]), shipped())


def shipped() -> dict[str, pl.DataFrame]:
    """The :func:`index` of :func:`tables` that is shipped with them."""
    return {name: pl.read_parquet(_INDEX / f"{name}.parquet").rechunk() for name in ("words", "nodes", "names", "above")}


def tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of ``places.parquet`` and ``place_names.parquet``."""
    return pl.read_parquet(_FILE), pl.read_parquet(_FILE.with_name("place_names.parquet"))


def index(listed: pl.DataFrame, called: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The rows of both files → what :meth:`Gazetteer.of` is made of.

    ``words``: those of all names, sorted. ``nodes``: one row a node of the trie, with the edge that leads to it (``parent``, ``word``), the
    number of its rows in ``names``, and what is so called. ``names`` and ``above`` (with ``state``) as in :class:`Gazetteer`.
    """
    places = listed.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    above, state = _hierarchy(places)
    size = pl.Series("size", _sizes(places, above))
    kinds = places.select("place_id", "place", "kind", size)
    names, trie = _named(called.join(kinds, on="place_id", how="inner", maintain_order="left"))
    names = names.with_columns((pl.col("name") * places.height + pl.col("place")).alias("pair"), _prior())
    about = _about(names, len(trie.edges) + 1)
    names = names.sort("pair", "prior", descending=[False, True]).unique("pair", keep="first", maintain_order=True)
    names = names.with_columns(_behind_cities(names, above))
    parent, word = (pl.Series(values, dtype=pl.Int32) for values in np.divmod(np.append(0, trie.edges), len(trie.words)))
    count = pl.Series(np.bincount(names["name"].to_numpy(), minlength=about.height), dtype=pl.UInt16)
    acronym = pl.col("acronym").cast(pl.Enum(names["acronym"].drop_nulls().unique().sort()))
    return {
        "words": trie.words.to_frame("word"),
        "nodes": about.select(
            parent.alias("parent"), word.alias("word"), count.alias("names"), pl.exclude("name", "size"), pl.col("size").cast(pl.Float32)
        ),
        "names": names.select(pl.col("place").cast(pl.Int32), acronym, "prior"),
        "above": pl.DataFrame(above[:, 1:], schema=[*(f"above_{i}" for i in range(1, _DEPTH - 1)), "country"])
        .with_columns(state=state)
        .cast(pl.Int32),
    }


def _with(added: pl.DataFrame, places: pl.DataFrame, names: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables with places of the user's own, which replace those with the same id."""
    columns = [
        pl.col(name).cast(dtype) if name in added.columns else pl.lit(None, dtype).alias(name) for name, dtype in places.schema.items()
    ]
    forms = added.select(pl.concat_list("name", pl.col("aliases").str.split("|").fill_null([])).alias("name"), "place_id").explode("name")
    called = (
        forms.drop_nulls()
        .select(
            pl.col(name) if name in forms.columns else pl.lit("name" if name == "alias_type" else None, dtype).alias(name)
            for name, dtype in names.schema.items()
        )
        .with_columns(pl.lit(False).alias("is_ambiguous"))
    )
    rest = places.join(added, on="place_id", how="anti", maintain_order="left")
    return pl.concat([rest, added.select(columns)]).sort("place_id"), pl.concat([names, called]).unique(
        ["place_id", "name"], keep="first", maintain_order=True
    )


def _hierarchy(places: pl.DataFrame) -> tuple[Index, Index]:
    """``above`` and ``state`` of :class:`Gazetteer`."""
    ids = places.select(pl.col("place_id").alias("parent_place_id"), pl.col("place").alias("parent"))
    parent = places.join(ids, on="parent_place_id", how="left", maintain_order="left")["parent"].fill_null(-1).to_numpy()
    countries = places.filter(pl.col("kind") == "country").select("country_iso3", pl.col("place").alias("country"))
    country = places.join(countries, on="country_iso3", how="left", maintain_order="left")["country"].fill_null(-1).to_numpy()
    is_country = (places["kind"] == "country").to_numpy()
    up = np.append(np.where(is_country, -1, parent), -1)
    above = [np.arange(places.height)]
    state = np.where(is_country, -1, above[0])
    for _ in range(_DEPTH - 2):
        above.append(up[above[-1]])
        state = np.where((above[-1] >= 0) & ~is_country[above[-1]], above[-1], state)
    return np.column_stack([*above, country]), state


def _sizes(places: pl.DataFrame, above: Index) -> Real:
    """Powers of ten of the inhabitants: of a unit at least those of the towns in it."""
    people = places["population"].fill_null(0).to_numpy().astype(np.float64)
    towns = people * (places["kind"] == "settlement").to_numpy()
    inside = np.zeros(len(people) + 1)
    for level in above[:, 1:-1].T:
        np.add.at(inside, level, towns)
    total = np.maximum(people, inside[:-1])
    unknown = places["kind"].replace_strict(_SIZES, return_dtype=pl.Float64).to_numpy()
    sizes: Real = np.where(total > 0, np.log10(np.maximum(total, 100)), unknown)
    return sizes


def _prior() -> pl.Expr:
    """How likely a place is meant by a name, whatever else is so called."""
    short = (pl.col("kind") == "admin2") & (pl.col("alias_type") == "short_name")
    kind, alias = (
        pl.col(name).replace_strict(points, return_dtype=pl.Float64) for name, points in (("kind", _KINDS), ("alias_type", _ALIASES))
    )
    return (pl.col("size") + kind + alias + short * _SHORT).alias("prior")


def _behind_cities(names: pl.DataFrame, above: Index) -> pl.Series:
    """``prior``, in which a unit comes behind the town in it that bears its name, and behind a great city that does, wherever it is."""
    towns = names.filter(pl.col("kind") == "settlement", pl.col("size") >= _SEAT)
    units = [
        towns.select("prior", pl.col("name") * len(above) + pl.Series("pair", level)) for level in above[towns["place"].to_numpy(), 1:-1].T
    ]
    seats = pl.concat(units).group_by(pl.col("name").alias("pair")).agg(pl.col("prior").max().alias("town"))
    cities = (
        towns.filter(pl.col("size") >= _CITY, pl.col("alias_type") != "foreign_name")
        .group_by("name")
        .agg(pl.col("prior").max().alias("city"))
    )
    beside = names.join(seats, on="pair", how="left", maintain_order="left").join(cities, on="name", how="left", maintain_order="left")
    is_unit = pl.col("kind").is_in(["admin1", "admin2"])
    behind = pl.min_horizontal("prior", pl.max_horizontal("town", "city") + _UNIT)
    return beside.select(pl.when(is_unit).then(behind).otherwise("prior").alias("prior")).to_series()


def _about(names: pl.DataFrame, nodes: int) -> pl.DataFrame:
    """One row a node: what the places so called are. Their names in other languages say little about English text."""
    is_own, kind = pl.col("alias_type") != "foreign_name", pl.col("kind")
    found = names.group_by("name").agg(
        pl.col("is_ambiguous").any(),
        pl.col("size").filter(is_own).max().fill_null(0),
        (kind == "country").any().alias("has_country"),
        (is_own & (kind == "admin1")).any().alias("has_admin1"),
        (kind == "settlement").any().alias("has_settlement"),
        pl.col("acronym").is_null().any().alias("has_name"),
        ((kind == "admin1") & pl.col("acronym").str.contains(r"^\p{L}+$")).any().alias("is_postal"),
        # "Euphrates river" is a name; in "Punjab province" it is the first word.
        (pl.col("form").str.contains(r"(?:^|\P{L})\p{Ll}[^\s-]*$") & ~kind.is_in(["admin1", "admin2"])).any().alias("is_lower"),
    )
    node = pl.DataFrame({"name": pl.int_range(nodes, dtype=pl.Int64, eager=True)})
    return node.join(found, on="name", how="left", maintain_order="left")


def _named(names: pl.DataFrame) -> tuple[pl.DataFrame, Trie]:
    """Names as written → the same as ``form``, with ``name`` the node and ``acronym``; their trie."""
    trie, node = Trie.of(_keys(names["name"]).str.split(" "))
    names = names.rename({"name": "form"})
    acronym = pl.when(pl.col("alias_type") == "acronym").then("form").alias("acronym")
    return names.with_columns(acronym, pl.Series("name", node)), trie


def _keys(forms: pl.Series) -> pl.Series:
    """Names as written → the keys of their tokens, joined by spaces."""
    # Most names are nothing but letters and spaces, and need no cutting.
    is_plain = ~forms.str.contains(r"[^\p{L} ]|\b(?i:cannot)\b")
    marked = forms.filter(~is_plain)
    tokens, words = tokenise(
        pl.DataFrame([marked.alias("text"), pl.repeat(0, len(marked), dtype=pl.Int64, eager=True).alias("char_start")])
    )
    keys = (
        tokens.select("passage", words["key"].gather(tokens["word"]))
        .group_by("passage", maintain_order=True)
        .agg(pl.col("key").str.join(" "))
    )
    return forms.str.to_lowercase().scatter((~is_plain).arg_true().gather(keys["passage"]), keys["key"])
