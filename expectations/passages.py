"""passages: the layout of a document."""

from expectations.contract import DOC_ID, OFFSETS, SPAN_CHECKS, Table, enum, integer, text

TABLE = Table(
    name="passages",
    description="One row a passage: a non-blank line of the text without its outer white space, or a paragraph where lines are wrapped.",
    key=("passage_id",),
    columns=(
        text("passage_id", "doc_id:p:char_start-char_end"),
        DOC_ID,
        integer("ordinal", "position in the document, from 0"),
        enum("kind", "what the passage is", "headline byline body caption list_item boilerplate"),
        *OFFSETS,
        text(
            "duplicate_of",
            "the first passage of the document that is equal after cleaning",
            nullable=True,
            references="passages.passage_id",
        ),
    ),
    checks=SPAN_CHECKS,
)
