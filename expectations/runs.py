"""runs: which run made the release's rows."""

import polars as pl

from expectations.contract import Column, Table, integer, text

TABLE = Table(
    name="runs",
    description="One row a run.",
    key=("run_id",),
    columns=(
        text("run_id", "the run"),
        Column("started_at", pl.Datetime("us", "UTC"), "when it began", unit="UTC"),
        text("code_version", "version of newsfacts"),
        text("rules_version", "fingerprint of the grammar's code"),
        text("lexicon_version", "fingerprint of the lexicons"),
        integer("documents_in", "documents that came in, rejected ones too", unit="documents"),
        integer("documents_failed", "documents that were rejected or quarantined", unit="documents"),
        text("prefect_flow_run_id", "the Prefect flow run", nullable=True),
    ),
)
