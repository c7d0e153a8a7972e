"""The published tables, in the order in which they are written and read."""

from expectations import documents, figures, passages, quotes, review, runs, sentences, texts
from expectations.contract import Table

TABLES: dict[str, Table] = {
    module.TABLE.name: module.TABLE for module in (documents, texts, passages, sentences, quotes, figures, review, runs)
}
