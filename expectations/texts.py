"""texts: what the offsets count in."""

from expectations.contract import DOC_ID, Table, text

TABLE = Table(
    name="texts",
    description="The decoded text in which all offsets count, so that a release can be audited without its sources.",
    key=("doc_id",),
    columns=(DOC_ID, text("text", "as decoded, newlines unchanged")),
)
