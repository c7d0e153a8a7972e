"""Places: runs of tokens that are names of the gazetteer, and which of the places so called each mention means.

A name means one place in a document, unless a greater place named beside it tells the mentions apart. Every place so called scores by
what it is (inhabitants, kind, how it bears the name), by what it is said to lie in, and by its company: the other places and the
nations of the document, each as far as it is itself decided, which is why the scores are settled in rounds.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.gazetteer import Gazetteer, Real
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, dense
from tasks.grammar.spans import resolve as longest

_CAPITAL = r"^[\p{Lu}\p{Lt}]"
DIRECTIONS = (
    "north south east west northern southern eastern western central upper lower northeast northwest southeast southwest northeastern "
    "northwestern southeastern southwestern"
).split()
#: What may stand between a place and the greater one that it lies in ("in Mosul, northern Iraq"), one of the first four at least.
_JOINS = [",", "(", "in", "of"]
_BETWEEN = [*_JOINS, "the", *DIRECTIONS]
_GAP = 4
#: Points, where one is a tenfold number of inhabitants: for lying in a place named beside it, for being so placed elsewhere in the
#: document, for being the place that others are said to lie in; for all company being of the same country, state, neighbourhood.
_WITHIN, _PLACED, _AROUND = 8.0, 5.0, 3.0
_COUNTRY, _STATE, _NEAR = 3.0, 6.0, 4.0
#: Points for a country or state in a list of such.
_LISTED = 4.0
#: Degrees of a neighbourhood, and the shifts of the grids, of which one at least holds two places that are near.
_CELL, _SHIFTS = 2.5, ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5))
_ROUNDS = 3
#: Points by which the likeliest place must be ahead of another, or nothing is decided; and how many are then told.
_AHEAD, _OPTIONS = 0.1, 5


def candidates(reading: Reading) -> pl.DataFrame:
    """Runs of tokens that equal a name of the gazetteer, the longest from left to right, in text order.

    ``first``, ``last`` (tokens), ``name`` (its number in the gazetteer), ``is_acronym`` (written as an acronym of a place),
    ``is_ambiguous`` (also a word or a person's name), ``size`` (power of ten of the inhabitants of the greatest place so called),
    ``has_country``, ``has_admin1``, ``has_settlement`` (whether one of that kind is so called).
    """
    places = gazetteer.load()
    found = _runs(reading, places)
    about = places.about[found["name"]]
    is_capital = _form(reading, found["last"]).str.contains(r"^[\p{Lu}\p{Lt}\p{N}]")
    # A postal abbreviation may be any word in capitals, unless it stands behind a place and a comma.
    is_behind_comma = (_form(reading, (found["first"] - 1).clip(0)) == ",") & (found["first"] > 0)
    fits = (
        pl.when("is_acronym").then(~pl.col("is_postal") | is_behind_comma).otherwise(pl.col("has_name") & (pl.col("is_lower") | is_capital))
    )
    rows = pl.concat([found, _is_acronym(reading, found).to_frame(), about], how="horizontal").filter(fits)
    return longest(rows.drop("has_name", "is_postal", "is_lower"))


def nationalities(reading: Reading) -> pl.DataFrame:
    """Countries that adjectives and demonyms point to: ``document``, ``country_iso3``, ``weight`` (how often)."""
    forms = table("demonyms").select("form", "country_iso3").drop_nulls().unique(maintain_order=True)
    words = reading.words.select("form").with_row_index("word").join(forms, on="form")
    document = reading.passages["document"].gather(reading.tokens["passage"]).cast(pl.Int64)
    found = pl.DataFrame([document, reading.tokens["word"]]).join(words, on="word")
    return found.group_by("document", "country_iso3").agg(pl.len().cast(pl.Float64).alias("weight")).sort("document", "country_iso3")


def resolve(reading: Reading, mentions: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Mentions of places → which place each means; a row a mention, in order.

    ``mentions``: ``first``, ``last`` (tokens), ``document``, in text order. ``countries``: ``document``, ``country_iso3``, ``weight``, as
    :func:`nationalities` gives them.

    ``place_id``: null where no place of the gazetteer is so called, or two are equally likely. ``geo_precision``: of the place's point.
    ``options``: where nothing is decided, up to five ids, the likeliest first, joined by spaces.
    """
    places = gazetteer.load()
    named = _named(reading, places, mentions)
    keys = ["document", "name", "is_acronym", "container", "is_listed"]
    senses = named.filter(pl.col("name") > 0).group_by(keys, maintain_order=True).agg(pl.len().alias("count")).with_row_index("sense")
    rows = _expanded(places, senses, countries)
    chosen = _chosen(places, rows.with_columns(pl.Series("score", _scores(places, rows), dtype=pl.Float64)))
    decided = senses.join(chosen, on="sense", how="left", maintain_order="left")
    return named.join(decided, on=keys, how="left", maintain_order="left").select("place_id", "geo_precision", "options")


def described(place_ids: pl.Series) -> pl.DataFrame:
    """Ids of the gazetteer → the rows of the table of places for them and for all that they lie in, sorted by id."""
    places = gazetteer.load()
    row = places.places["place_id"].is_in(place_ids.drop_nulls().unique().to_list()).arg_true()
    above = np.unique(places.above[row.to_numpy()])
    rows = places.places[above[above >= 0]].sort("place_id")
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String)).select(
        "place_id", "name", "kind", "country_iso3", "lat", "lon", "geo_precision", "parent_place_id",
        pl.when(pl.col("lat").is_not_null()).then("source").alias("coordinate_source"),
    )  # fmt: skip


def _form(reading: Reading, token: pl.Series) -> pl.Series:
    return reading.words["form"].gather(reading.tokens["word"].gather(token))


def _runs(reading: Reading, places: Gazetteer) -> pl.DataFrame:
    """All runs that spell a name, without regard to case but for the first letter: ``first``, ``last``, ``name``."""
    number, begins = places.trie.numbers(reading.words["key"]), reading.words["form"].str.contains(_CAPITAL).to_numpy()
    first, last, node = places.trie.runs(number, reading.tokens["word"].to_numpy(), reading.tokens["sentence"].to_numpy(), begins)
    return pl.DataFrame({"first": first, "last": last, "name": node})


@cached
def _acronyms() -> list[str]:
    return gazetteer.load().names["acronym"].drop_nulls().unique().to_list()


def _is_acronym(reading: Reading, found: pl.DataFrame) -> pl.Series:
    """Is a run written as an acronym of a place ("US", not "us")?"""
    return (_form(reading, found["first"]).is_in(_acronyms()) & (found["first"] == found["last"])).alias("is_acronym")


def _named(reading: Reading, places: Gazetteer, mentions: pl.DataFrame) -> pl.DataFrame:
    """Mentions with ``name`` (0 if unknown), ``is_acronym``, ``container`` (name of the place said to hold it, 0 if none), ``is_listed``."""
    word, number = reading.tokens["word"].to_numpy(), places.trie.numbers(reading.words["key"])
    first, last = mentions["first"].to_numpy(), mentions["last"].to_numpy()
    node, row, step = np.zeros(len(first), np.int64), np.arange(len(first)), 0
    while len(row):
        node[row] = places.trie.step(node[row], number[word[first[row] + step]])
        step += 1
        row = row[(node[row] > 0) & (first[row] + step <= last[row])]
    name = np.where(places.is_name(node), node, 0)
    is_listed = _is_listed(reading, places, mentions, name)
    container = np.append(name[1:], 0)[: len(name)] * (leads_on(reading, first, last) & ~is_listed)
    found = {"name": name, "container": container, "is_listed": is_listed}
    columns = [mentions["document"].cast(pl.Int64), *(pl.Series(column, values) for column, values in found.items())]
    return pl.DataFrame([*columns, _is_acronym(reading, mentions)])


def _is_listed(reading: Reading, places: Gazetteer, mentions: pl.DataFrame, name: Index) -> Mask:
    """Is a mention one of three names or more in a row that countries or states bear? Then the next one does not hold it."""
    is_unit = places.about.select(pl.col("has_country") | pl.col("has_admin1")).to_series().fill_null(False).to_numpy()[name]
    first, last = mentions["first"].to_numpy(), mentions["last"].to_numpy()
    pair: Mask = is_unit & np.append(is_unit[1:], False)[: len(name)] & _leads(reading, first, last, [",", "and", "or"], [",", "and", "or"])
    before = np.append(False, pair)[: len(name)]
    is_inner = pair & before
    listed: Mask = is_inner | np.append(is_inner[1:], False)[: len(name)] | np.append(False, is_inner)[: len(name)]
    return listed


def leads_on(reading: Reading, first: Index, last: Index) -> Mask:
    """For each run of tokens, in text order: does nothing but words such as "in northern" stand between it and the next one?"""
    return _leads(reading, first, last, _BETWEEN, _JOINS)


def _leads(reading: Reading, first: Index, last: Index, between: list[str], joins: list[str]) -> Mask:
    """Do none but the words ``between`` stand between each run and the next, and one of ``joins`` at least?"""
    word, sentence = reading.tokens["word"].to_numpy(), reading.tokens["sentence"].to_numpy()
    other, join = (np.append(0, np.cumsum(reading.words["key"].is_in(words).to_numpy()[word])) for words in (between, joins))
    begin, end = last[:-1] + 1, first[1:]
    fits = (end > begin) & (end - begin <= _GAP) & (other[end] - other[begin] == end - begin) & (join[end] > join[begin])
    return np.append(fits & (sentence[last[:-1]] == sentence[end]), np.zeros(min(len(last), 1), np.bool_))


def _expanded(places: Gazetteer, senses: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``senses`` for each place so called, with ``subject`` (document and name), ``place``, ``prior``, ``given``, ``all``.

    ``given``, ``all``: the weight of its country, and of all countries, among the document's ``countries``.
    """
    sense, row = places.rows(senses["name"].to_numpy())
    subject, _ = dense((senses["document"] * len(places.begin) + senses["name"]).to_numpy())
    owner = senses.with_columns(pl.Series("subject", subject))[sense]
    names = places.names.select("place", "prior", pl.col("acronym").is_not_null().alias("as_acronym"))[row]
    rows = pl.concat([owner, names], how="horizontal").filter(pl.col("is_acronym") == pl.col("as_acronym"))
    nation = [pl.col("document").cast(pl.Int64), "country_iso3"]
    given = countries.group_by(nation).agg(pl.col("weight").sum().sqrt().alias("given")).sort("document", "country_iso3")
    every = given.select("document", pl.col("given").sum().over("document").alias("all")).unique("document", maintain_order=True)
    return (
        rows.with_columns(places.places["country_iso3"].gather(rows["place"]).cast(pl.String))
        .join(given, on=["document", "country_iso3"], how="left", maintain_order="left")
        .join(every, on="document", how="left", maintain_order="left")
        .with_columns(pl.col("given", "all").fill_null(0))
    )


def _scores(places: Gazetteer, rows: pl.DataFrame) -> Real:
    """How likely each row is, in points."""
    ground = rows["prior"].to_numpy() + _containment(places, rows)
    score = ground
    for _ in range(_ROUNDS):
        score = ground + _company(places, rows, _shares(score, rows["sense"].to_numpy()) * np.sqrt(rows["count"].to_numpy()))
    return score


def _containment(places: Gazetteer, rows: pl.DataFrame) -> Real:
    """Points for what is said to lie in what."""
    place, document, container = (rows[name].to_numpy() for name in ("place", "document", "container"))
    above = places.above[place][:, 1:]
    holds = np.column_stack([places.is_called(level, container) & (level != place) for level in above.T])
    is_held = holds.any(axis=1)
    code = document * len(places.above)
    placed, around = code[is_held] + place[is_held], (code[:, None] + above)[holds]
    inside = np.where(is_held, _WITHIN, _PLACED * np.isin(code + place, placed))
    listed = rows["is_listed"].to_numpy() & places.is_unit[place]
    points: Real = inside + _AROUND * np.isin(code + place, around) + _LISTED * listed
    return points


def _company(places: Gazetteer, rows: pl.DataFrame, mass: Real) -> Real:
    """Points for the document's nations and its other places, whose rows have ``mass``."""
    place, document, given, every = (rows[name].to_numpy() for name in ("place", "document", "given", "all"))
    country, state, radix = places.above[place][:, -1], places.state[place], len(places.above) + 1
    total = _others(document, rows, mass) + 1
    fellows = _others(document * radix + country + 1, rows, mass)
    # A country is the state of all that lies in it.
    closer = np.where(state >= 0, _others(document * radix + state + 1, rows, mass), fellows)
    # Of a few places each tells much, of many the next tells little.
    few = _STATE * np.sqrt(closer / total) + _NEAR * np.sqrt(_neighbours(places, rows, mass) / total)
    points: Real = _COUNTRY * (fellows + given) / (total + every) + few
    return points


def _others(key: Index, rows: pl.DataFrame, mass: Real) -> Real:
    """For each row the mass of the rows with the same key that are of other names."""
    number, example = dense(key)
    subject = rows["subject"].to_numpy()
    own, own_example = dense(number * (int(subject.max(initial=0)) + 1) + subject)
    every, mine = np.bincount(number, mass, len(example)), np.bincount(own, mass, len(own_example))
    rest: Real = (every[number] - mine[own]).clip(min=0)
    return rest


def _neighbours(places: Gazetteer, rows: pl.DataFrame, mass: Real) -> Real:
    """For each row the mass of other names' places near it; areas are near nothing."""
    place, document = rows["place"].to_numpy(), rows["document"].to_numpy()
    lat, lon, is_point = places.lat[place] + 90, places.lon[place] + 180, places.is_point[place]
    most = np.zeros(len(place))
    for down, right in _SHIFTS:
        cell = (lat / _CELL + down).astype(np.int64) * 1_000 + (lon / _CELL + right).astype(np.int64)
        most = np.maximum(most, _others(document * 1_000_000 + cell, rows, mass * is_point))
    near: Real = most * is_point
    return near


def _shares(score: Real, sense: Index) -> Real:
    """How likely each row is among those of its sense; they stand together."""
    begins = np.flatnonzero(np.diff(sense.astype(np.int64), prepend=-1))
    if not len(begins):
        return score
    number = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(sense))))
    power = np.exp(score - np.maximum.reduceat(score, begins)[number])
    shares: Real = power / np.add.reduceat(power, begins)[number]
    return shares


def _chosen(places: Gazetteer, rows: pl.DataFrame) -> pl.DataFrame:
    """``sense``, ``place_id``, ``geo_precision``, ``options``: the likeliest row of each sense, unless another is as likely."""
    ranked = rows.select("sense", "place", "score").sort("sense", "score", "place", descending=[False, True, False])
    ranked = ranked.with_columns(pl.int_range(pl.len()).over("sense").alias("rank")).filter(pl.col("rank") < _OPTIONS)
    ranked = pl.concat([ranked, places.places.select("place_id", "geo_precision", "lat", "lon")[ranked["place"]]], how="horizontal")
    best, rival = ranked.filter(pl.col("rank") == 0), ranked.filter(pl.col("rank") == 1).select("sense", "place", "score", "lat", "lon")
    told = ranked.group_by("sense").agg(pl.col("place_id").str.join(" ").alias("all"))
    pairs = (
        best.with_columns(pl.col("geo_precision").cast(pl.String))
        .join(rival, on="sense", how="left", maintain_order="left")
        .join(told, on="sense", how="left", maintain_order="left")
    )
    # A town and the unit around it are one place on the map.
    apart = (pl.col("lat") - pl.col("lat_right")).abs() + (pl.col("lon") - pl.col("lon_right")).abs() > 1
    is_open = ((pl.col("score") - pl.col("score_right") < _AHEAD) & apart).fill_null(False)
    return pairs.select(
        "sense",
        pl.when(~is_open).then("place_id").alias("place_id"),
        pl.when(~is_open).then("geo_precision").otherwise(pl.lit("unknown")).alias("geo_precision"),
        pl.when(is_open).then("all").alias("options"),
    )
