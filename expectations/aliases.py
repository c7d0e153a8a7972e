"""aliases: the forms by which actors and places are called."""

from expectations.contract import Table, enum, text

TABLE = Table(
    name="aliases",
    description="One row a form by which the texts call an actor or place; case matters (IS is not is).",
    key=("kind", "entity_id", "alias"),
    columns=(
        enum("kind", "what is called so", "actor place"),
        text("entity_id", "the actor or place, by kind"),
        text("alias", "the form as written"),
        enum("alias_type", "what kind of form", "name acronym short_name surname adjective foreign_name spelling_variant domain"),
    ),
)
