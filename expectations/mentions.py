"""mentions: every name in the text, and what it means."""

from expectations.contract import SPAN, SPAN_CHECKS, Table, enum, text

TABLE = Table(
    name="mentions",
    description="One row a name in the text; entity_id tells whom or what it means, null where that is not known (see review).",
    key=("mention_id",),
    columns=(
        text("mention_id", "doc_id:m:char_start-char_end"),
        *SPAN,
        enum("kind", "what is named: persons, organisations and acting states are actors", "actor place"),
        text("entity_id", "the actor or place, by kind", nullable=True),
        enum("mention_type", "how it is mentioned", "name nominal"),
    ),
    checks=SPAN_CHECKS,
)
