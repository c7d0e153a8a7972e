"""The published tables, in the order in which they are written and read."""

from expectations import actors, aliases, documents, figures, mentions, passages, places, quotes, review, runs, sentences, texts, times
from expectations.contract import Table

TABLES: dict[str, Table] = {
    module.TABLE.name: module.TABLE
    for module in (documents, texts, passages, sentences, mentions, actors, places, aliases, times, quotes, figures, review, runs)
}
