"""Figures traced: who claims a figure; and of what is counted, when, where and whose it is.

Figures, quotes, times and names are found apart; here a figure's row points at theirs. A part takes from its total what its own
sentence does not say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.facts import gazetteer
from tasks.facts.mentions import Mentions
from tasks.facts.places import described
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Rule
from tasks.grammar.reading import Reading
from tasks.grammar.spans import innermost, ranges

_ACTORS = tuple(f"{who}_{column}" for who in ("source", "via", "relay") for column in ("actor_id", "name"))
_CLAIM = ("quote_id", *_ACTORS, "source_basis", "said_time_id")
#: What a part takes from its total together, if the basis of its own says none.
_INHERITED = {
    "source_basis": ("quote_id", *_ACTORS),
    "period_basis": ("time_id", "period_start", "period_end", "needs_publication_date"),
    "place_basis": ("place_id", "place_name", "country_iso3", "lat", "lon"),
}
_GROUP = ("group_actor_id", "group_name")
#: The place of "a newspaper based in Mombasa" and "speaking in Mombasa" is not where something was counted.
_PLACED = Rule(
    "placed",
    "(?P<elsewhere>{=based|=born|=headquartered|=speaking|say})?(?P<people>{counted:person & NOUN})?"
    "(?P<preposition>{=in|=at|=inside|=near|=from|=outside|=across|=throughout|=around|=within|=into|=to|=of|=off|=on})"
    "{=the|ADJ}*(?P<place>{name:place|name:state})",
)
_NOMINAL = Rule("nominal_place", "{=the|=this|=that|=its|=their|=last}{ADJ|NOUN & !place_nominal|name}{0,3}(?P<place>{place_nominal})")
_ADJECTIVE = Rule(
    "adjective_place",
    "(?P<place>{demonym:adjective}){ADJ|NOUN & !place_nominal|hyphen}{0,2}?{place_nominal|=war|=conflict|=uprising|=coast|=waters|=soil|=airspace|=mainland}",
)
_PLACES = (_PLACED, _NOMINAL, _ADJECTIVE)
_TRIGGER = "name:place|name:state|place_nominal|demonym:adjective"
#: Tokens by which a place counts as farther off that stands before the figure, is outside of its quotation, is where people are from, or
#: is told by an adjective.
_BEFORE, _OUTSIDE, _ORIGIN, _TOLD_BY_ADJECTIVE = 3, 30, 30, 60
#: Words that begin a clause with a time of its own.
_CLAUSES = ["who", "which", "that", "whose", "whom", "before", "until"]
#: What happens to people where they are from; "two women from Somalia were killed" does not say where.
_LEAVING = ("left", "fled", "evacuated", "displaced", "returned")


@dataclass(frozen=True)
class Traced:
    """``figures`` with what they point at, and the rows of the table of ``places`` for those that no name but an adjective tells."""

    figures: pl.DataFrame
    places: pl.DataFrame


def traced(figures: pl.DataFrame, quotes: pl.DataFrame, times: pl.DataFrame, named: Mentions, reading: Reading) -> Traced:
    """Figures with who claims them, when, where and whose: the columns of the table of figures that point at other rows.

    ``figures``: ``first``, ``last`` (tokens), ``document``, ``sentence``, ``relation``, ``related``, and the published columns of the words
    themselves; ``quotes`` of :func:`tasks.facts.claims.said`, ``times`` as published, both with ``first``, ``last``.
    """
    claim = quotes.select(*_CLAIM, pl.col("first").alias("quote_first"), pl.col("last").alias("quote_last"))
    # An index that is null throughout gives a row of nulls here, where indexing with it would raise.
    rows = pl.concat([figures, claim.select(pl.all().gather(innermost(figures, quotes)))], how="horizontal")
    rows = rows.with_columns(pl.col("source_basis").fill_null("none"))
    rows = rows.with_columns(*_periods(rows, times, reading), *_places(rows, named, reading), *_groups(rows, named))
    adjectival = described(rows.filter(pl.col("place_basis") == "adjective")["place_id"])
    places = pl.concat([named.places, adjectival]).unique("place_id", keep="first", maintain_order=True)
    about = places.select("place_id", pl.col("name").alias("place_name"), "country_iso3", "lat", "lon")
    rows = rows.join(about, on="place_id", how="left", maintain_order="left")
    rows = rows.with_columns(_inherited(rows))
    is_attributed = (pl.col("modality") == "asserted") & (pl.col("source_basis") != "none")
    return Traced(rows.with_columns(pl.when(is_attributed).then(pl.lit("attributed")).otherwise("modality").alias("modality")), places)


def _inherited(rows: pl.DataFrame) -> list[pl.Expr | pl.Series]:
    """Claimant, period, place and group of a part: those of its total where its own words say none; what comes on top takes nothing."""
    total = rows.select(pl.when(pl.col("relation") == "part_of").then("related").fill_null(-1)).to_series().to_numpy()
    part = np.flatnonzero(total >= 0)
    columns: list[pl.Expr | pl.Series] = []
    for basis, names in (*_INHERITED.items(), (None, _GROUP)):
        has_none = (rows[basis] == "none" if basis else rows["group_actor_id"].is_null()).to_numpy().copy()
        source = np.arange(rows.height)
        for _ in range(2):  # a part of a part
            takes = part[has_none[part] & ~has_none[total[part]]]
            source[takes] = source[total[takes]]
            has_none[takes] = False
        columns += rows.select(names)[source].get_columns()
        if basis:
            columns.append(pl.when(pl.Series(source != np.arange(rows.height))).then(pl.lit("inherited")).otherwise(basis).alias(basis))
    return columns


def _periods(rows: pl.DataFrame, times: pl.DataFrame, reading: Reading) -> list[pl.Series]:
    """``time_id``, ``period_start``, ``period_end``, ``period_basis``, ``needs_publication_date``.

    The time is one of the figure's own sentence and on its side of the quotation; else, of what is counted at a moment, the time of saying.
    """
    about = times.select(
        "time_id",
        "sentence",
        "first",
        pl.col("last").alias("time_last"),
        "date_start",
        "date_end",
        "timex_type",
        "needs_publication_date",
        _is_since(reading, times),
    ).filter(pl.col("timex_type").is_in(["DATE", "TIME"]))
    own = rows.select("sentence", "first", "last", "quote_first", "quote_last", "unit", "change").with_row_index("row")
    pairs = own.join(about.rename({"first": "time_first"}), on="sentence")
    pairs = pairs.filter(_belongs(pairs, rows, reading))
    inside = (pl.col("time_first") >= pl.col("quote_first")) & (pl.col("time_last") <= pl.col("quote_last"))
    distance = (
        pl.when(pl.col("time_first") > pl.col("last"))
        .then(pl.col("time_first") - pl.col("last"))
        .otherwise(pl.col("first") - pl.col("time_last"))
    )
    nearest = (
        pairs.filter(inside | pl.col("quote_first").is_null())
        .with_columns(distance.alias("by"))
        .sort("row", "by", "time_first")
        .unique("row", keep="first", maintain_order=True)
    )
    stated = nearest.select("row", "time_id", "date_start", "date_end", "is_since", "needs_publication_date")
    moment = times.select(
        pl.col("time_id").alias("said_time_id"),
        pl.col("date_start").alias("said_start"),
        pl.col("date_end").alias("said_end"),
        pl.col("needs_publication_date").alias("said_needs"),
    )
    full = (
        rows.select("said_time_id", "stock_flow").with_row_index("row")
        .join(stated, on="row", how="left", maintain_order="left")
        .join(moment, on="said_time_id", how="left", maintain_order="left")
    )  # fmt: skip
    is_stated = pl.col("time_id").is_not_null()
    is_said = ~is_stated & (pl.col("stock_flow") == "stock") & pl.col("said_time_id").is_not_null()
    open_ended = pl.col("is_since")
    shown = full.select(
        pl.coalesce("time_id", pl.when(is_said).then("said_time_id")).alias("time_id"),
        pl.when(is_stated).then("date_start").when(is_said).then("said_start").alias("period_start"),
        pl.when(is_stated & open_ended.fill_null(False))
        .then("said_end")
        .when(is_stated)
        .then("date_end")
        .when(is_said)
        .then("said_end")
        .alias("period_end"),
        pl.when(is_stated).then(pl.lit("stated")).when(is_said).then(pl.lit("said_time")).otherwise(pl.lit("none")).alias("period_basis"),
        pl.when(is_stated)
        .then("needs_publication_date")
        .when(is_said)
        .then("said_needs")
        .otherwise(False)
        .fill_null(False)
        .alias("needs_publication_date"),
    )
    return list(shown.iter_columns())


def _belongs(pairs: pl.DataFrame, rows: pl.DataFrame, reading: Reading) -> pl.Series:
    """Can the time of a pair be when its figure was counted?

    Not one that another clause tells ("40 people in a camp that was built in 2003"), not one that a change is measured from ("rose 15 % from a
    year ago"), and, of amounts, not one behind another figure ("$3bn, compared with $2bn in 2003"): people share it ("killed 3 and injured
    12 on Monday").
    """
    word, of_token = reading.words["key"], reading.tokens["word"].to_numpy()
    last, first = pairs["last"].to_numpy(), pairs["time_first"].to_numpy()
    pair, between = ranges(last + 1, (first - last - 1).clip(0))
    begins = word.is_in(_CLAUSES).to_numpy()[of_token[between]]
    elsewhere = np.bincount(pair[begins], minlength=len(last)) > 0
    # What stands in brackets is another form of what stands before them: "£3m ($6m) in 2003".
    opens = word.is_in(["(", ";"]).to_numpy()[of_token[(rows["first"].to_numpy() - 1).clip(0)]]
    figures = np.sort(rows["first"].to_numpy()[~opens])
    is_apart = (first > last) & (np.searchsorted(figures, first) > np.searchsorted(figures, last, side="right"))
    is_amount = (pairs["unit"] != "person").to_numpy()
    base = word.is_in(["ago", "earlier", "before", "previously"]).to_numpy()[of_token[pairs["time_last"].to_numpy()]]
    return pl.Series(~(elsewhere | is_apart & is_amount | base & pairs["change"].is_not_null().to_numpy()))


def _is_since(reading: Reading, times: pl.DataFrame) -> pl.Series:
    """Is the time a beginning, as in "since 2011" and "since it started in 2011"?"""
    is_since = (reading.words["key"] == "since").to_numpy()
    before = (times["first"].to_numpy()[:, None] - np.arange(1, 6)).clip(0)
    return pl.Series("is_since", is_since[reading.tokens["word"].to_numpy()[before]].any(axis=1))


def _places(rows: pl.DataFrame, named: Mentions, reading: Reading) -> list[pl.Series]:
    """``place_id``, ``place_basis``: where the sentence says that it was.

    A place behind a preposition in the figure's own sentence, the nearest; or a noun such as "the enclave", which stands for the last
    smaller place that the document names; or, farthest off, the country of "the Kenyan coast".
    """
    found = named.level.where(_TRIGGER).find(_PLACES)
    stated = found.filter((pl.col("rule") == 0) & pl.col("elsewhere_first").is_null())
    places = named.rows.filter((pl.col("kind") == "place") & pl.col("entity_id").is_not_null()).select(
        pl.col("first").alias("at"), "document", pl.col("entity_id").alias("place_id")
    )
    is_origin = stated["people_first"].is_not_null() & (reading.keys(stated["preposition_first"], stated["preposition_last"]) == "from")
    named_places = stated.select(pl.col("place_first").alias("at"), is_origin.alias("is_origin")).join(places, on="at")
    options = pl.concat(
        [
            named_places.select("at", "place_id", pl.lit("stated").alias("place_basis"), "is_origin"),
            _nominal(found.filter(pl.col("rule") == 1)["place_first"], places, named, reading).with_columns(
                pl.lit(False).alias("is_origin")
            ),
            _adjectival(found.filter(pl.col("rule") == 2)["place_first"], reading).with_columns(pl.lit(False).alias("is_origin")),
        ]
    )
    options = options.with_columns(reading.tokens["sentence"].gather(options["at"]))
    own = rows.select("sentence", "first", "last", "quote_first", "quote_last", "measure").with_row_index("row")
    own = own.join(options, on="sentence").filter(~pl.col("is_origin") | pl.col("measure").is_in(_LEAVING))
    distance = (
        pl.when(pl.col("at") > pl.col("last")).then(pl.col("at") - pl.col("last")).otherwise(pl.col("first") - pl.col("at") + _BEFORE)
    )
    outside = (pl.col("at") < pl.col("quote_first")) | (pl.col("at") > pl.col("quote_last"))
    far = outside.fill_null(False) * _OUTSIDE + pl.col("is_origin") * _ORIGIN
    far += (pl.col("place_basis") == "adjective") * _TOLD_BY_ADJECTIVE
    nearest = (
        own.with_columns((distance + far).alias("by"))
        .sort("row", "by", "at", "place_basis", "is_origin", "place_id", descending=[False, False, False, True, False, False])
        .unique("row", keep="first", maintain_order=True)
        .select("row", "place_id", "place_basis")
    )
    full = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")).join(nearest, on="row", how="left", maintain_order="left")
    return [full["place_id"], full["place_basis"].fill_null("none")]


def _nominal(at: pl.Series, places: pl.DataFrame, named: Mentions, reading: Reading) -> pl.DataFrame:
    """``at``, ``place_id``, ``place_basis`` of the nouns ``at`` that stand for a place named before; ``places``: ``at``, ``document``, ``place_id``."""
    small = named.places.filter(pl.col("kind").is_in(["settlement", "site", "unnamed_site"])).select("place_id")
    known = places.join(small, on="place_id", how="semi").sort("at")
    document = reading.passages["document"].gather(reading.tokens["passage"].gather(at))
    meant = (
        pl.DataFrame([at.alias("at"), document])
        .sort("at")
        .join_asof(known, on="at", by="document", strategy="backward", check_sortedness=False)
    )
    return meant.drop_nulls("place_id").select("at", "place_id", pl.lit("nominal").alias("place_basis"))


def _adjectival(at: pl.Series, reading: Reading) -> pl.DataFrame:
    """``at``, ``place_id``, ``place_basis`` of the adjectives ``at`` of countries, that tell where something lies or happens."""
    form = reading.words["form"].gather(reading.tokens["word"].gather(at))
    country = form.replace_strict(*_countries(), default=None, return_dtype=pl.String)
    return pl.DataFrame(
        [at.alias("at"), country.alias("place_id"), pl.Series("place_basis", ["adjective"] * len(at), dtype=pl.String)]
    ).drop_nulls()


@cached
def _countries() -> pl.DataFrame:
    """``form`` of an adjective → ``place_id`` of the country in the gazetteer."""
    countries = gazetteer.load().places.filter(pl.col("kind") == "country").select(pl.col("country_iso3").cast(pl.String), "place_id")
    forms = table("demonyms").filter(pl.col("form_type") == "adjective").join(countries, on="country_iso3")
    return forms.unique("form", keep="none").select("form", "place_id")


def _groups(rows: pl.DataFrame, named: Mentions) -> list[pl.Series]:
    """``group_actor_id``, ``group_name``: the organisation that the counted noun names, as in "520 IS fighters"."""
    spans = rows.select("first", "last").with_row_index("row").sort("first")
    actors = named.rows.filter(pl.col("kind") == "actor").select("first", "last", pl.col("entity_id").alias("group_actor_id"))
    names = named.actors.select(pl.col("actor_id").alias("group_actor_id"), pl.col("name").alias("group_name"))
    inside = actors.select("group_actor_id", spans["row"].gather(innermost(actors, spans))).drop_nulls("row")
    inside = inside.unique("row", keep="first", maintain_order=True).join(names, on="group_actor_id", how="left", maintain_order="left")
    full = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")).join(inside, on="row", how="left", maintain_order="left")
    return [full["group_actor_id"], full["group_name"]]
