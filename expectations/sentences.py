"""sentences: the units in which facts are read."""

from expectations.contract import DOC_ID, OFFSETS, SPAN_CHECKS, Table, integer, text

TABLE = Table(
    name="sentences",
    description="One row a sentence, of all passages, repeated ones too.",
    key=("sentence_id",),
    columns=(
        text("sentence_id", "doc_id:s:char_start-char_end"),
        DOC_ID,
        text("passage_id", "the passage it stands in", references="passages.passage_id"),
        integer("ordinal", "position in the document, from 0"),
        *OFFSETS,
    ),
    checks=SPAN_CHECKS,
)
