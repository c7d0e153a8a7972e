"""Extract: a batch of texts → parts of every table of facts. Clean runs here too: one task run a batch, and only paths pass between tasks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from expectations.catalog import TABLES
from tasks.clean import passages, publishers
from tasks.facts.claims import said
from tasks.facts.figures import figures
from tasks.facts.figures.traces import traced
from tasks.facts.links import publishers as publisher_actors
from tasks.facts.mentions import mentions
from tasks.facts.quotes import quotes
from tasks.facts.times import anchored, expressions, publication
from tasks.grammar import numbers
from tasks.grammar.level import Level
from tasks.grammar.lexicon import use
from tasks.grammar.reading import Reading
from tasks.log import TaskLog
from tasks.parts import split
from tasks.retry import may_pass
from tasks.review import REVIEWED, review
from tasks.staging import ENTITIES, LANGUAGE, Run, part_name, write_part, write_whole


@dataclass(frozen=True)
class Extracted:
    """What one batch gave: its number, the bytes that it read and the rows that it wrote, by table."""

    batch: int
    bytes: int
    rows: dict[str, int]


def extract_batch(path: Path, number: int, run: Run) -> Extracted:
    """Read one batch, write its part of every table and remove the batch.

    Done again it gives the same, and costs nothing: a cluster repeats what a worker was doing when it was lost.
    """
    if run.finished(number).exists():
        return Extracted(**json.loads(run.finished(number).read_text()))
    use(run.lexicons)
    batch = pl.read_parquet(path, glob=False)
    tables = facts(batch)
    tables["review"] = review({name: TABLES[name].conform(tables[name].with_columns(run_id=pl.lit(run.run_id))) for name in REVIEWED})
    rows = {name: _write(name, frame.with_columns(run_id=pl.lit(run.run_id)), number, run) for name, frame in tables.items()}
    extracted = Extracted(number, int(batch["bytes"].sum()), rows)
    # From here on the batch is finished, for a run after this one too.
    write_whole(run.finished(number), json.dumps(asdict(extracted)))
    path.unlink()
    return extracted


def _write(name: str, frame: pl.DataFrame, number: int, run: Run) -> int:
    if name not in ENTITIES:
        return write_part(TABLES[name], frame, run.part(name, number))
    local, shared = split(name, frame)
    return write_part(TABLES[name], local, run.part(name, number)) + write_part(TABLES[name], shared, run.shared / name / part_name(number))


def facts(batch: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A batch (``tasks.staging.BATCH``) → the rows of each table that one document alone gives, by table."""
    layout = passages(batch)
    language = batch["language"].gather(layout["document"])
    read = Reading.of(layout).only((layout["kind"] != "boilerplate") & layout["duplicate_of"].is_null() & (language == LANGUAGE))
    named = mentions(read)
    sentences = _sentences(layout, read)
    found_numbers, level, times, published = _times(batch, read)
    read = replace(read)  # without its level, which takes the most memory of all
    placed_times = times.pipe(_placed, sentences, "time", "t")
    claims = said(quotes(read, level).pipe(_placed, sentences, "quote", "q"), named, placed_times)
    counts = (
        figures(read, level, found_numbers)
        .pipe(_placed, sentences, "figure", "f")
        .with_columns(pl.col("figure_id").gather(pl.col("related")).alias("related_figure_id"))
        .pipe(lambda rows: rows.with_columns(sentences["text"].gather(rows["sentence"]).alias("sentence_text")))
        .pipe(traced, claims.quotes, placed_times, named, read)
    )
    documents = _documents(batch, layout, published)
    known = publisher_actors(documents)
    return {
        "documents": documents.drop("publisher").join(
            known.select("publisher_text", "publisher"), on="publisher_text", how="left", maintain_order="left"
        ),
        "texts": batch.select("doc_id", "text"),
        "passages": layout,
        "sentences": sentences,
        "times": placed_times,
        "quotes": claims.quotes,
        "figures": counts.figures,
        "mentions": named.rows.pipe(_placed, sentences, "mention", "m"),
        "actors": pl.concat([named.actors, known.select(named.actors.columns), claims.unnamed.select(named.actors.columns)]).unique(
            "actor_id", keep="first", maintain_order=True
        ),
        "places": counts.places,
        "aliases": named.aliases,
    }


def _times(batch: pl.DataFrame, read: Reading) -> tuple[pl.DataFrame, Level, pl.DataFrame, pl.DataFrame]:
    """Numbers, the level with numbers and times as units, times with their values, and when each document was published."""
    found = numbers.numbers(read, read.level)
    counted = numbers.reduce(read.level, found, read)
    times = expressions(read, counted, found)
    published = publication(batch, read, times)
    features = {
        "time": pl.Series([True] * times.height, dtype=pl.Boolean),
        "time:duration": times["timex_type"] == "DURATION",
        "spaced": read.tokens["is_spaced"].gather(times["first"]),
    }
    return found, counted.reduce(times, features), anchored(read, counted, times, published["publication_date"]), published


def _documents(batch: pl.DataFrame, layout: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    headline = layout.filter((pl.col("kind") == "headline") & (pl.col("ordinal") == 0)).select("document", pl.col("text").alias("headline"))
    return (
        batch.with_row_index("document")
        .join(headline, on="document", how="left", maintain_order="left")
        .join(publishers(layout).rename({"publisher": "named"}), on="document", how="left", maintain_order="left")
        .with_columns(
            pl.col("text").str.len_chars().cast(pl.Int64).alias("chars"),
            pl.coalesce("title", "headline").alias("title"),
            pl.coalesce("publisher", "named").alias("publisher_text"),
            pl.when(pl.col("publisher").is_not_null())
            .then(pl.lit("given"))
            .when(pl.col("named").is_not_null())
            .then(pl.lit("boilerplate"))
            .otherwise(pl.lit("none"))
            .alias("publisher_basis"),
            *published.iter_columns(),
            pl.lit(None, pl.String).alias("duplicate_of_doc_id"),
        )
    )


def _sentences(layout: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """The table of sentences, with ``document``."""
    owner = layout.select("document", "doc_id", "passage_id")[reading.sentences["passage"]]
    return pl.concat([reading.sentences.drop("passage"), owner], how="horizontal").with_columns(
        pl.int_range(pl.len()).over("document").alias("ordinal"),
        pl.format("{}:s:{}-{}", "doc_id", "char_start", "char_end").alias("sentence_id"),
    )


def _placed(facts: pl.DataFrame, sentences: pl.DataFrame, name: str, letter: str) -> pl.DataFrame:
    """Facts with the ids of their document, passage and sentence, and their own."""
    owner = sentences.select("doc_id", "passage_id", "sentence_id")[facts["sentence"]]
    return pl.concat([facts, owner], how="horizontal").with_columns(
        pl.format("{}:{}:{}-{}", "doc_id", pl.lit(letter), "char_start", "char_end").alias(f"{name}_id")
    )


@task(
    name="extract",
    task_run_name="extract-{number}",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[2, 20],
    retry_condition_fn=may_pass,
)
def extract(path: Path, number: int, run: Run) -> Extracted:
    """Clean and extract one batch."""
    log = TaskLog(get_run_logger(), f"extract {number}")
    extracted = extract_batch(path, number, run)
    log(bytes=extracted.bytes, documents=extracted.rows["documents"], rows=sum(extracted.rows.values()))
    return extracted
