"""Places: runs of tokens that are names of the gazetteer, and which of the places so called each mention means.

A name means one place in a document, unless a greater place named beside it tells the mentions apart. Every place so called scores by
what it is (inhabitants, kind, how it bears the name), by what it is said to lie in, and by its company: the other places and the
nations of the document, each as far as it is itself decided, which is why the scores are settled in rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.gazetteer import Gazetteer, Real
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Mask
from tasks.grammar.reading import Reading
from tasks.grammar.spans import Index, dense, longest, ranges

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
    places, form, word = gazetteer.load(), reading.words["form"], reading.tokens["word"].to_numpy()
    begins = form.str.contains(_CAPITAL).to_numpy()
    number = places.trie.numbers(reading.words["key"])
    first, last, name = places.trie.runs(number, word, reading.tokens["sentence"].to_numpy(), begins)
    is_acronym = _is_acronym(reading, first, last)
    has_name, is_lower, is_postal = (places.about[column].gather(name).to_numpy() for column in ("has_name", "is_lower", "is_postal"))
    is_capital = begins[word[last]] | form.str.contains(r"^\p{N}").to_numpy()[word[last]]
    # A postal abbreviation may be any word in capitals, unless it stands behind a place and a comma.
    is_behind_comma = (form == ",").to_numpy()[word[(first - 1).clip(0)]] & (first > 0)
    fits = np.flatnonzero(np.where(is_acronym, ~is_postal | is_behind_comma, has_name & (is_lower | is_capital)))
    row = fits[longest(first[fits], last[fits])]
    found = pl.DataFrame({"first": first[row], "last": last[row], "name": name[row], "is_acronym": is_acronym[row]})
    return found.hstack(places.about[name[row]].drop("has_name", "is_postal", "is_lower"))


def nationalities(reading: Reading) -> pl.DataFrame:
    """Countries that adjectives and demonyms point to: ``document``, ``country_iso3``, ``weight`` (how often)."""
    words = reading.words.select("form").with_row_index("word").join(_demonyms(), on="form").drop("form")
    told = np.zeros(reading.words.height, np.bool_)
    told[words["word"]] = True
    token = told[reading.tokens["word"].to_numpy()].nonzero()[0]
    found = reading.tokens.select(pl.col("passage", "word").gather(token)).join(words, on="word")
    document = reading.passages["document"].gather(found["passage"]).cast(pl.Int64)
    weight = pl.len().cast(pl.Float64).alias("weight")
    return found.select(document, "country_iso3").group_by("document", "country_iso3").agg(weight).sort("document", "country_iso3")


@cached
def _demonyms() -> pl.DataFrame:
    return table("demonyms").select("form", "country_iso3").drop_nulls().unique(maintain_order=True)


def resolve(reading: Reading, mentions: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Mentions of places → which place each means; a row a mention, in order.

    ``mentions``: ``first``, ``last`` (tokens), ``document``, in text order. ``countries``: ``document``, ``country_iso3``, ``weight``, as
    :func:`nationalities` gives them.

    ``place_id``: null where no place of the gazetteer is so called, or two are equally likely. ``geo_precision``: of the place's point.
    ``options``: where nothing is decided, up to five ids, the likeliest first, joined by spaces.
    """
    places = gazetteer.load()
    sense, senses = _senses(reading, places, mentions)
    rows = _expanded(places, senses, countries)
    chosen = _chosen(places, rows, _scores(places, rows))
    return pl.DataFrame({"sense": sense}).join(chosen, on="sense", how="left", maintain_order="left").drop("sense")


def described(place_ids: pl.Series) -> pl.DataFrame:
    """Ids of the gazetteer → the rows of the table of places for them and for all that they lie in, sorted by id."""
    places = gazetteer.load()
    known, asked = places.places["place_id"], place_ids.drop_nulls().unique()
    row = known.search_sorted(asked).cast(pl.Int64).clip(upper_bound=len(known) - 1)
    above = np.unique(places.above[row.filter(known.gather(row) == asked).to_numpy()])
    rows = places.places[above[above >= 0]]
    return rows.select(
        "place_id", "name", pl.col("kind", "country_iso3").cast(pl.String), "lat", "lon",
        pl.col("geo_precision").cast(pl.String), "parent_place_id",
        pl.when(pl.col("lat").is_not_null()).then("source").cast(pl.String).alias("coordinate_source"),
    )  # fmt: skip


@cached
def _acronyms() -> list[str]:
    return gazetteer.load().names["acronym"].drop_nulls().unique().to_list()


def _is_acronym(reading: Reading, first: Index, last: Index) -> Mask:
    """Is a run written as an acronym of a place ("US", not "us")?"""
    of_word = reading.words["form"].is_in(_acronyms()).to_numpy()
    is_acronym: Mask = of_word[reading.tokens["word"].to_numpy()[first]] & (first == last)
    return is_acronym


@dataclass(frozen=True)
class _Senses:
    """What names mean together in a document, one entry a document, name, way of writing and container.

    ``container``: the name of the place said to hold it, 0 if none. ``is_listed``: it stands in a list of countries or states. ``count``:
    of how many mentions it is the sense.
    """

    document: Index
    name: Index
    is_acronym: Mask
    container: Index
    is_listed: Mask
    count: Index


def _senses(reading: Reading, places: Gazetteer, mentions: pl.DataFrame) -> tuple[Index, _Senses]:
    """For each mention its sense, -1 if no place is so called; and the senses, as they first appear."""
    first, last = mentions["first"].to_numpy(), mentions["last"].to_numpy()
    name = _names(reading, places, first, last)
    is_listed = _is_listed(reading, places, first, last, name)
    container = np.append(name[1:], 0)[: len(name)] * (leads_on(reading, first, last) & ~is_listed)
    document, is_acronym = mentions["document"].to_numpy().astype(np.int64), _is_acronym(reading, first, last)
    known, nodes = np.flatnonzero(name), len(places.begin)
    code = (((document * nodes + name) * nodes + container) * 2 + is_acronym) * 2 + is_listed
    _, example, number, count = np.unique(code[known], return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(example)
    sense = np.full(len(name), -1)
    sense[known] = np.argsort(order)[number]
    of = known[example[order]]
    return sense, _Senses(document[of], name[of], is_acronym[of], container[of], is_listed[of], count[order])


def _names(reading: Reading, places: Gazetteer, first: Index, last: Index) -> Index:
    """For each run of tokens the name that it is, 0 if none."""
    word, number = reading.tokens["word"].to_numpy(), np.full(reading.words.height, -1)
    used = np.unique(word[ranges(first, last - first + 1)[1]])
    number[used] = places.trie.numbers(reading.words["key"].gather(used))
    node, row, step = np.zeros(len(first), np.int64), np.arange(len(first)), 0
    while len(row):
        node[row] = places.trie.step(node[row], number[word[first[row] + step]])
        step += 1
        row = row[(node[row] > 0) & (first[row] + step <= last[row])]
    return node * places.is_name(node)


def _is_listed(reading: Reading, places: Gazetteer, first: Index, last: Index, name: Index) -> Mask:
    """Is a mention one of three names or more in a row that countries or states bear? Then the next one does not hold it."""
    unit = places.about.select(pl.col("has_country", "has_admin1").gather(name)).fill_null(False)
    is_unit = (unit["has_country"] | unit["has_admin1"]).to_numpy()
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
    gap = first[1:] - last[:-1] - 1
    row = np.flatnonzero((gap > 0) & (gap <= _GAP) & (sentence[last[:-1]] == sentence[first[1:]]))
    # The last word between stands for those that are not there.
    inside = word[last[row, None] + 1 + np.minimum(np.arange(_GAP), gap[row, None] - 1)]
    other, join = (reading.words["key"].is_in(words).to_numpy()[inside] for words in (between, joins))
    leads = np.zeros(len(last), np.bool_)
    leads[row[other.all(axis=1) & join.any(axis=1)]] = True
    return leads


@dataclass(frozen=True)
class _Rows:
    """The places that senses may mean, one row a sense and place, in order of senses.

    ``document``, ``container``, ``is_listed``, ``count``: of the sense. ``subject``: document and name. ``prior``: of the name and place.
    ``given``, ``all``: the weight of its country, and of all countries, among those of the document.
    """

    sense: Index
    document: Index
    subject: Index
    container: Index
    is_listed: Mask
    count: Index
    place: Index
    prior: Real
    given: Real
    all: Real


def _expanded(places: Gazetteer, senses: _Senses, countries: pl.DataFrame) -> _Rows:
    """Each sense with each place so called. ``countries``: as in :func:`resolve`."""
    sense, row = places.rows(senses.name)
    fits = places.names["acronym"].gather(row).is_not_null().to_numpy() == senses.is_acronym[sense]
    sense, row = sense[fits], row[fits]
    subject, _ = dense(senses.document * len(places.begin) + senses.name)
    place, document = places.names["place"].gather(row).to_numpy(), senses.document[sense]
    country = pl.col("country_iso3").replace_strict(_countries(), default=None, return_dtype=pl.Int64)
    weights = (
        countries.group_by(pl.col("document").cast(pl.Int64), "country_iso3")
        .agg(pl.col("weight").sum().sqrt().alias("given"))
        .sort("document", "country_iso3")
        .with_columns(pl.col("given").sum().over("document").alias("all"), country.alias("country"))
    )
    of_document = weights.unique("document", maintain_order=True)
    of_country = weights.drop_nulls("country").select(pl.col("document") * len(places.above) + pl.col("country"), "given").sort("document")
    return _Rows(
        sense=sense,
        document=document,
        subject=subject[sense],
        container=senses.container[sense],
        is_listed=senses.is_listed[sense],
        count=senses.count[sense],
        place=place,
        prior=places.names["prior"].gather(row).to_numpy(),
        given=_looked_up(document * len(places.above) + places.above[place, -1], of_country["document"], of_country["given"]),
        all=_looked_up(document, of_document["document"], of_document["all"]),
    )


@cached
def _countries() -> dict[str, int]:
    """The place that each country is."""
    places = gazetteer.load().places.with_row_index("place").filter(pl.col("kind") == "country")
    return dict(zip(places["country_iso3"].cast(pl.String), places["place"], strict=True))


def _looked_up(key: Index, known: pl.Series, value: pl.Series) -> Real:
    """The value of each key among ``known``, which is sorted; 0 where it is not there."""
    if known.is_empty():
        return np.zeros(len(key))
    keys = known.to_numpy()
    row = np.searchsorted(keys, key).clip(max=len(keys) - 1)
    found: Real = np.where(keys[row] == key, value.to_numpy()[row], 0)
    return found


def _scores(places: Gazetteer, rows: _Rows) -> Real:
    """How likely each row is, in points."""
    ground = rows.prior + _containment(places, rows)
    score, company = ground, _Company.of(places, rows)
    for _ in range(_ROUNDS):
        score = ground + company.points(_shares(score, rows.sense) * np.sqrt(rows.count))
    return score


def _containment(places: Gazetteer, rows: _Rows) -> Real:
    """Points for what is said to lie in what."""
    above = places.above[rows.place][:, 1:]
    holds = np.column_stack([places.is_called(level, rows.container) & (level != rows.place) for level in above.T])
    is_held = holds.any(axis=1)
    code = rows.document * len(places.above)
    placed, around = code[is_held] + rows.place[is_held], (code[:, None] + above)[holds]
    inside = np.where(is_held, _WITHIN, _PLACED * np.isin(code + rows.place, placed))
    listed = rows.is_listed & places.is_unit[rows.place]
    points: Real = inside + _AROUND * np.isin(code + rows.place, around) + _LISTED * listed
    return points


@dataclass(frozen=True)
class _Others:
    """Rows by some key, so that for each the mass of those with the same key that are of other names can be told.

    ``number``, ``size``: which key each row has, and how many there are; ``own``, ``own_size``: the same for key and name.
    """

    number: Index
    size: int
    own: Index
    own_size: int

    @classmethod
    def of(cls, key: Index, rows: _Rows) -> _Others:
        """Group the rows by ``key``."""
        number, example = dense(key)
        own, own_example = dense(number * (int(rows.subject.max(initial=0)) + 1) + rows.subject)
        return cls(number, len(example), own, len(own_example))

    def mass(self, mass: Real) -> Real:
        """For each row that of the others, each row having ``mass``."""
        every, mine = np.bincount(self.number, mass, self.size), np.bincount(self.own, mass, self.own_size)
        rest: Real = (every[self.number] - mine[self.own]).clip(min=0)
        return rest


@dataclass(frozen=True)
class _Company:
    """What else a row's document names: by document, country, state and neighbourhood, of which only points have any."""

    rows: _Rows
    document: _Others
    country: _Others
    state: _Others
    has_state: Mask
    cells: Sequence[_Others]
    is_point: Mask

    @classmethod
    def of(cls, places: Gazetteer, rows: _Rows) -> _Company:
        """Group the rows."""
        document, place = rows.document, rows.place
        country, state, radix = places.above[place, -1], places.state[place], len(places.above) + 1
        lat, lon = places.lat[place] + 90, places.lon[place] + 180
        cells = [(lat / _CELL + down).astype(np.int64) * 1_000 + (lon / _CELL + right).astype(np.int64) for down, right in _SHIFTS]
        return cls(
            rows,
            _Others.of(document, rows),
            _Others.of(document * radix + country + 1, rows),
            _Others.of(document * radix + state + 1, rows),
            state >= 0,
            [_Others.of(document * 1_000_000 + cell, rows) for cell in cells],
            places.is_point[place],
        )

    def points(self, mass: Real) -> Real:
        """Points for the document's nations and its other places, whose rows have ``mass``."""
        total = self.document.mass(mass) + 1
        fellows = self.country.mass(mass)
        # A country is the state of all that lies in it.
        closer = np.where(self.has_state, self.state.mass(mass), fellows)
        near = np.maximum.reduce([cell.mass(mass * self.is_point) for cell in self.cells]) * self.is_point
        # Of a few places each tells much, of many the next tells little.
        few = _STATE * np.sqrt(closer / total) + _NEAR * np.sqrt(near / total)
        points: Real = _COUNTRY * (fellows + self.rows.given) / (total + self.rows.all) + few
        return points


def _shares(score: Real, sense: Index) -> Real:
    """How likely each row is among those of its sense; they stand together."""
    begins = np.flatnonzero(np.diff(sense, prepend=-1))
    if not len(begins):
        return score
    number = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(sense))))
    power = np.exp(score - np.maximum.reduceat(score, begins)[number])
    shares: Real = power / np.add.reduceat(power, begins)[number]
    return shares


def _chosen(places: Gazetteer, rows: _Rows, score: Real) -> pl.DataFrame:
    """``sense``, ``place_id``, ``geo_precision``, ``options``: the likeliest row of each sense, unless another is as likely."""
    order = np.lexsort((rows.place, -score, rows.sense))
    sense, place, score = rows.sense[order], rows.place[order], score[order]
    best = np.flatnonzero(np.diff(sense, prepend=-1))
    rows_of = np.diff(np.append(best, len(sense)))
    rival = best + (rows_of > 1)
    lat, lon = (places.places[name].gather(place).to_numpy() for name in ("lat", "lon"))
    # A town and the unit around it are one place on the map.
    is_apart = np.abs(lat[best] - lat[rival]) + np.abs(lon[best] - lon[rival]) > 1
    is_open = (score[best] - score[rival] < _AHEAD) & is_apart & (rows_of > 1)
    ids, precision = (places.places[name].gather(place[best]) for name in ("place_id", "geo_precision"))
    number, row = ranges(best[is_open], rows_of[is_open].clip(max=_OPTIONS))
    told = pl.DataFrame([pl.Series("sense", sense[best][is_open][number]), places.places["place_id"].gather(place[row]).alias("options")])
    decided = pl.DataFrame(
        [pl.Series("sense", sense[best]), ids, precision.cast(pl.String), pl.Series("is_open", is_open, dtype=pl.Boolean)]
    )
    return decided.join(told.group_by("sense").agg(pl.col("options").str.join(" ")), on="sense", how="left", maintain_order="left").select(
        "sense",
        pl.when(~pl.col("is_open")).then("place_id").alias("place_id"),
        pl.when(~pl.col("is_open")).then("geo_precision").otherwise(pl.lit("unknown")).alias("geo_precision"),
        "options",
    )
