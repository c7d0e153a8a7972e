"""review: the reviewer's work list."""

from expectations.contract import DOC_ID, Table, enum, integer, text

TABLE = Table(
    name="review",
    description="One row a thing that a person should look at.",
    key=("review_id",),
    columns=(
        text("review_id", "doc_id:issue_type:char_start"),
        DOC_ID,
        integer("char_start", "first character, where it is about a place in the text", unit="code points", nullable=True),
        integer("char_end", "one past the last character", unit="code points", nullable=True),
        enum(
            "issue_type",
            "what is the matter",
            "no_publication_date not_english decode_error unattributed_quote unlinked_mention",
        ),
        text("detail", "the matter in words"),
    ),
)
