"""actors: who is named."""

from expectations.contract import Table, enum, text

TABLE = Table(
    name="actors",
    description="One row a person, organisation or acting state that the texts name; one identity across spellings and documents.",
    key=("actor_id",),
    columns=(
        text("actor_id", "of the lexicon, or doc_id:a:char_start-char_end of the first mention of an actor known from one document only"),
        text("name", "readable name: the lexicon's, else the longest in the document"),
        enum(
            "kind",
            "what kind of actor",
            "state armed_group military_coalition political intl_org ngo news_agency media platform civilians person unnamed other",
        ),
        text("parent_actor_id", "the actor that it belongs to or speaks for", nullable=True),
        text("role", "the role as the text states it", nullable=True),
        text("country_iso3", "country where it is based, ISO 3166-1 alpha-3", nullable=True, pattern="^[A-Z]{3}$"),
        enum("scope", "lexicon: one identity in all documents; document: known from one document only", "lexicon document"),
    ),
)
