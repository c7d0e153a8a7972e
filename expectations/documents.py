"""documents: one row a source text."""

from expectations.contract import DOC_ID, Table, date, enum, integer, text

TABLE = Table(
    name="documents",
    description="One row a source text that was read; what was refused is in rejected/ with its reason.",
    key=("doc_id",),
    columns=(
        text("doc_id", "first 16 hex digits of SHA-256 of the uri, a NUL and the raw bytes", pattern=DOC_ID.pattern or ""),
        text("uri", "identity of the source: path relative to the source folder, or the uri given with the text"),
        text("sha256", "SHA-256 of the raw bytes", pattern="^[0-9a-f]{64}$"),
        integer("bytes", "length of the raw bytes", unit="bytes"),
        integer("chars", "length of the decoded text", unit="code points"),
        text("encoding", "how the bytes were decoded: utf-8, or the encoding detected"),
        text("language", "ISO 639-1 code; facts are extracted from en only", pattern="^[a-z]{2}$"),
        text("title", "the headline: as given, else the text of the headline passage", nullable=True),
        text("publisher", "who published it", nullable=True, references="actors.actor_id"),
        text("publisher_text", "the words, or the given name, that it is known by", nullable=True),
        enum("publisher_basis", "where the publisher is known from", "given boilerplate none"),
        date("publication_date", "the day of publication, to which relative dates are anchored", nullable=True),
        enum(
            "publication_date_basis",
            "where that day is known from; never the run's date or the file's time stamp",
            "given text file_name none",
        ),
        text(
            "publication_date_in_text",
            "the words of the date line or dateline, where the text has one; without a year they are no date",
            nullable=True,
        ),
        text(
            "fingerprint",
            "of the bytes, what was given with them, and the versions of code, rules and lexicons: where it is the same, nothing is read again",
            pattern="^[0-9a-f]{32}$",
        ),
        text("run_id", "the run that read it", references="runs.run_id"),
        text("duplicate_of_doc_id", "the first document with the same text", nullable=True, references="documents.doc_id"),
    ),
)
