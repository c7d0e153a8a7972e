"""Circumstances of a saying: when it was said, to which news agency or paper, and through which channel."""

from __future__ import annotations

import polars as pl

from tasks.grammar.level import Level
from tasks.grammar.lexicon import cached, table
from tasks.grammar.patterns import Rule, named
from tasks.grammar.reading import Reading

_N = "{noun_group}"
_CUE = "(?P<cue>{said & active})"
_TIME = "(?P<time>{time})"
#: When it was said: "told AFP on Monday that", "on Sunday night said", "Last month, the army said".
TIMES = (
    Rule("time_behind", f"{_CUE}{_N}?(?:{{ADP}}{_N}){{0,2}}{{ADP|ADV}}{{0,2}}{_TIME}"),
    Rule("time_before", f"{_TIME}{{ADV|comma}}?{_CUE}"),
    Rule("time_first", f"^{{ADV|ADJ}}?{{ADP}}?{_TIME}{{comma}}{_N}(?:{{ADP}}{_N})?{_CUE}"),
)
#: Whom it was told, where that is a medium: "told AFP", "said in an interview with CNN".
RELAYS = (
    Rule("told", f"(?P<cue>{{said & takes:addressee}})(?P<relay>{_N})"),
    Rule(
        "interview",
        f"(?P<cue>{{said}}){{!stop & !said & !quote}}{{0,6}}?{{=in}}{{noun_group & channel}}{{=with|=to|=on|=for}}(?P<relay>{_N})",
    ),
)
#: What these rules ask of the words.
FEATURES = named((*TIMES, *RELAYS))
_CHANNEL = Rule("channel", "{=on|=in|=via|=through|=by|=to|=at}{determiner|possessive|ADJ|PROPN|NOUN}{0,4}(?P<channel>{channel})")


def circumstances(reading: Reading, units: Level) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Words of saying with their time: ``cue_first``, ``said_first``, ``said_last`` (tokens); with the medium told: ``cue_first``, ``relay_name``."""
    found = units.where("time|said & takes:addressee|channel").find((*TIMES, *RELAYS))
    # Matches come rule by rule: of one cue that of the earliest counts.
    timed, told = (
        found.filter(of_kind).unique("cue_first", keep="first", maintain_order=True).sort("cue_first")
        for of_kind in (pl.col("rule") < len(TIMES), pl.col("rule") >= len(TIMES))
    )
    name = reading.spans(told["relay_first"], told["relay_last"])["text"].str.replace(r"^[Tt]he ", "").str.replace(r"['’]s .*$", "")
    media = name.str.to_lowercase().is_in(_media())
    return (
        timed.select("cue_first", pl.col("time_first").alias("said_first"), pl.col("time_last").alias("said_last")),
        told.select("cue_first", name.alias("relay_name")).filter(media),
    )


@cached
def _media() -> list[str]:
    """The names of news agencies and other media, in lower case."""
    media = table("actors").filter(pl.col("kind").is_in(["news_agency", "media"])).select("actor_id")
    names = table("actor_aliases").join(media, on="actor_id")["alias"].str.to_lowercase().str.replace(r"^the ", "")
    media_names: list[str] = names.unique().sort().to_list()
    return media_names


def channels(reading: Reading, level: Level, cues: pl.Series) -> pl.Series:
    """``channel``: the medium named in the sentence of each cue (tokens, null where none)."""
    found = level.where("channel").around(cues).find([_CHANNEL])
    sentence = reading.tokens["sentence"]
    phrase = reading.keys(found["channel_first"], found["channel_last"]).alias("phrase")
    named = pl.DataFrame([sentence.gather(found["first"]), phrase]).unique("sentence", keep="first", maintain_order=True)
    named = named.join(table("channels"), on="phrase", how="left", maintain_order="left")
    return sentence.gather(cues).to_frame().join(named, on="sentence", how="left", maintain_order="left")["channel"]
