"""load: every input becomes one document or one reject, and a document's text is its bytes, letter for letter."""

from __future__ import annotations

import codecs
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from charset_normalizer.constant import IANA_SUPPORTED
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.decode import EBCDIC, UNMARKED, _iana_name
from tasks.language import languages
from tasks.load import Loaded, SourceError, load_sources
from tasks.staging import BATCH, Run

ENGLISH = "The mayor said that more than 500 people have been evacuated from the town after the river burst its banks.\n"


class Desk:
    """A folder of articles, and a run that loads from it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "articles"
        self.folder.mkdir()
        self.run = Run(root / "out", "run-1", datetime(2024, 5, 1, tzinfo=UTC))

    def put(self, name: str, content: str | bytes | list[object] | dict[str, object] = ENGLISH) -> Path:
        """Write a text as UTF-8, bytes as they are, a list as JSON Lines, a dictionary as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(row) + "\n" for row in content)
        elif isinstance(content, dict):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *sources: Path, published: date | None = None, batch_bytes: int = 8_000_000) -> Loaded:
        """Load the sources, or the whole folder."""
        return load_sources([str(source) for source in sources or (self.folder,)], self.run, published, batch_bytes)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rows(loaded: Loaded) -> list[dict[str, object]]:
    frames = [pl.read_parquet(path) for path in loaded.batches]
    assert sum(frame.height for frame in frames) == loaded.documents
    return [row for frame in frames for row in frame.drop("fingerprint").to_dicts()]


def only(loaded: Loaded) -> dict[str, object]:
    assert loaded.rejects == []
    (row,) = rows(loaded)
    return row


def column(loaded: Loaded, name: str) -> list[object]:
    return [row[name] for row in rows(loaded)]


def refused(loaded: Loaded) -> list[tuple[str, str]]:
    assert all(reject.detail and "\n" not in reject.detail for reject in loaded.rejects)
    return [(reject.uri, reject.reason) for reject in loaded.rejects]


# What a source is


def test_a_text_file_has_the_uri_of_its_name(desk: Desk) -> None:
    raw = ENGLISH.encode()
    assert only(desk.load(desk.put("town/a.txt"))) == {
        "doc_id": sha256(b"a.txt\0" + raw).hexdigest()[:16],
        "uri": "a.txt",
        "text": ENGLISH,
        "sha256": sha256(raw).hexdigest(),
        "bytes": len(raw),
        "encoding": "utf-8",
        "language": "en",
        "title": None,
        "publisher": None,
        "published": None,
    }


def test_a_folder_is_walked_by_name_and_uris_are_relative_to_it(desk: Desk) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.TXT", "d.jsonl", ".hidden.txt", ".git/x.txt"):
        desk.put(name, [{"text": ENGLISH}] if name.endswith("jsonl") else ENGLISH)
    (desk.folder / "empty").mkdir()
    loaded = desk.load()
    assert column(loaded, "uri") == ["a/b/c.TXT", "a/z.txt", "b.txt", "d.jsonl#1"]
    assert loaded.rejects == []


def test_sources_keep_the_order_they_are_given_in(desk: Desk) -> None:
    later, first = desk.put("a.txt"), desk.put("b.txt")
    assert column(desk.load(first, later), "uri") == ["b.txt", "a.txt"]


def test_an_unknown_suffix_is_refused_and_a_sidecar_is_no_document(desk: Desk) -> None:
    desk.put("a.txt")
    sidecar = desk.put("a.txt.meta.json", {})
    picture = desk.put("b.jpg", b"\xff\xd8\xff")
    assert refused(desk.load()) == refused(desk.load(picture)) == [("b.jpg", "unsupported_type")]
    assert desk.load(sidecar) == Loaded([], 0, [])


def test_the_output_folder_is_not_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put("a.txt")
    desk.run.rejected.parent.mkdir(parents=True)
    desk.run.rejected.write_text("{}\n")
    assert only(desk.load(tmp_path))["uri"] == "articles/a.txt"


@pytest.mark.parametrize("source", ["nowhere", "", "nosuch://bucket/a.txt", "a\0b", "a" * 300, "nowhere/*.txt"])
def test_a_missing_source_is_one_clear_line_before_anything_is_read(desk: Desk, source: str) -> None:
    desk.put("a.txt")
    with pytest.raises(SourceError) as error:
        load_sources([str(desk.folder), source], desk.run)
    assert repr(source) in str(error.value)
    assert "\n" not in str(error.value)
    assert not desk.run.out.exists()


def test_no_source_at_all_is_an_error(desk: Desk) -> None:
    with pytest.raises(SourceError, match="no source was given"):
        load_sources([], desk.run)


def test_the_same_uri_twice_keeps_the_first(desk: Desk) -> None:
    first, again = desk.put("a.txt", "first " + ENGLISH), desk.put("sub/a.txt", "again " + ENGLISH)
    loaded = desk.load(first, again)
    assert column(loaded, "text") == ["first " + ENGLISH]
    assert refused(loaded) == [("a.txt", "duplicate_uri")]


def test_a_refused_document_does_not_take_its_uri(desk: Desk) -> None:
    loaded = desk.load(desk.put("a.jsonl", [{"uri": "u", "text": " "}, {"uri": "u", "text": ENGLISH}, {"uri": "u", "text": "x"}]))
    assert column(loaded, "text") == [ENGLISH]
    assert refused(loaded) == [("u", "empty"), ("u", "duplicate_uri")]
    assert loaded.rejects[1].detail.startswith("a.jsonl#3: ")


def test_a_file_name_that_is_not_utf8_is_written_out(desk: Desk) -> None:
    Path(os.fsdecode(bytes(desk.folder) + b"/caf\xe9.txt")).write_text(ENGLISH)
    assert only(desk.load())["uri"] == "caf\\xe9.txt"


def test_folders_may_nest_deeper_than_python_calls(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.folder)
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.txt").write_text(ENGLISH)
    assert str(only(desk.load())["uri"]).count("/") == 1200
    Path("a.txt").unlink()
    for _ in range(1200):  # shutil.rmtree, which tidies up later, is recursive
        os.chdir("..")
        Path("d").rmdir()


# JSON Lines


def test_a_jsonl_row_brings_its_metadata(desk: Desk) -> None:
    given_row = {"uri": "u", "title": " A flood ", "publisher": "AFP", "published": "2019-03-18", "language": "FR", "other": [1]}
    row = only(desk.load(desk.put("a.jsonl", [{"text": ENGLISH, **given_row}])))
    assert row | {"doc_id": "", "sha256": "", "bytes": 0} == {
        "doc_id": "",
        "uri": "u",
        "text": ENGLISH,
        "sha256": "",
        "bytes": 0,
        "encoding": "utf-8",
        "language": "fr",
        "title": "A flood",
        "publisher": "AFP",
        "published": date(2019, 3, 18),
    }


def test_raw_bytes_of_a_jsonl_row_are_the_utf8_of_its_text(desk: Desk) -> None:
    text = "Café: “" + ENGLISH + "”"
    row = only(desk.load(desk.put("a.jsonl", [{"id": 17, "text": text}])))
    assert row["uri"] == "17"
    assert row["bytes"] == len(text.encode())
    assert row["sha256"] == sha256(text.encode()).hexdigest()
    assert row["doc_id"] == sha256(b"17\0" + text.encode()).hexdigest()[:16]


def test_rows_without_uri_are_named_by_line_and_blank_lines_count(desk: Desk) -> None:
    line = json.dumps({"text": ENGLISH, "uri": None, "id": ""})
    desk.put("sub/a.jsonl", f"\ufeff{line}\r\n\n  \n{line}")
    assert column(desk.load(), "uri") == ["sub/a.jsonl#1", "sub/a.jsonl#4"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "bad_json"),
        (b"[1]", "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b"9" * 5000, "bad_json"),
        (b"{}", "no_text"),
        (b'{"text": null}', "no_text"),
        (b'{"text": 5}', "no_text"),
        (b'{"text": "\\ud800 is half a pair"}', "undecodable"),
        (b'{"text": "x", "uri": "\\udfff"}', "undecodable"),
        (b'{"text": "caf\xe9"}', "undecodable"),
        (b'{"text": "x", "published": "18/03/2019"}', "bad_metadata"),
        (b'{"text": "x", "published": "2019-02-30"}', "bad_metadata"),
        (b'{"text": "x", "published": "2019"}', "bad_metadata"),
        (b'{"text": "x", "published": 1552867200}', "bad_metadata"),
        (b'{"text": "x", "language": "eng"}', "bad_metadata"),
        (b'{"text": "x", "language": "e1"}', "bad_metadata"),
        (b'{"text": "x", "title": ["x"]}', "bad_metadata"),
        (b'{"text": "x", "title": ' + b"[" * 900 + b"]" * 900 + b"}", "bad_metadata"),
        (b'{"text": "x", "uri": true}', "bad_metadata"),
        (b'{"text": "x", "uri": "a\\u0000b"}', "bad_metadata"),
        (b'{"text": " \\u00a0\\n"}', "empty"),
        (b'{"text": "a\\u0000b"}', "binary"),
    ],
)
def test_a_bad_line_is_refused_and_the_rest_goes_on(desk: Desk, line: bytes, reason: str) -> None:
    loaded = desk.load(desk.put("a.jsonl", line + b"\n" + json.dumps({"text": ENGLISH}).encode()))
    assert refused(loaded) == [("a.jsonl#1", reason)]
    assert column(loaded, "uri") == ["a.jsonl#2"]


@pytest.mark.parametrize(
    "day", ["2019-03-18", "20190318", "2019-03-18T23:30:00-05:00", "2019-03-18 00:10:00+01:00", "2019-03-18T10:00:00Z"]
)
def test_a_date_or_datetime_is_the_day_its_writer_saw(desk: Desk, day: str) -> None:
    assert only(desk.load(desk.put("a.jsonl", [{"text": ENGLISH, "published": day}])))["published"] == date(2019, 3, 18)


def test_the_runs_date_is_for_documents_that_have_none(desk: Desk) -> None:
    desk.put("a.jsonl", [{"text": ENGLISH, "published": "2019-03-18"}, {"text": ENGLISH}, {"text": ENGLISH, "published": ""}])
    assert column(desk.load(published=date(2020, 1, 1)), "published") == [date(2019, 3, 18), date(2020, 1, 1), date(2020, 1, 1)]
    assert column(desk.load(), "published") == [date(2019, 3, 18), None, None]


# Sidecars


@pytest.mark.parametrize("name", ["a.txt.meta.json", "a.meta.json"])
@pytest.mark.parametrize("by_itself", [True, False])
def test_a_sidecar_gives_the_metadata_of_a_text_file(desk: Desk, name: str, by_itself: bool) -> None:
    path = desk.put("a.txt")
    desk.put(name, {"uri": "u", "title": "T", "publisher": "AFP", "published": "2019-03-18T01:00:00", "language": "en"})
    row = only(desk.load(path) if by_itself else desk.load())
    assert (row["uri"], row["title"], row["publisher"], row["published"]) == ("u", "T", "AFP", date(2019, 3, 18))


def test_the_sidecar_with_the_whole_name_comes_first(desk: Desk) -> None:
    desk.put("a.txt")
    desk.put("a.meta.json", {"title": "of a"})
    desk.put("a.txt.meta.json", {"title": "of a.txt"})
    assert only(desk.load())["title"] == "of a.txt"


@pytest.mark.parametrize("content", ["{", "[]", "", b"\xff", '{"published": "soon"}', '{"title": "\\ud800"}', '"' + "x" * 1_000_001 + '"'])
def test_a_malformed_sidecar_refuses_its_document(desk: Desk, content: str | bytes) -> None:
    desk.put("a.txt")
    desk.put("a.txt.meta.json", content)
    loaded = desk.load()
    assert refused(loaded) == [("a.txt", "bad_metadata")]
    assert loaded.rejects[0].detail.startswith("a.txt.meta.json: ")


def test_a_sidecar_that_is_a_pipe_or_leads_outside_is_not_opened(desk: Desk) -> None:
    secret = desk.folder.parent / "secret.json"
    secret.write_text('{"title": "secret"}')
    desk.put("a.txt")
    (desk.folder / "a.txt.meta.json").symlink_to(secret)
    desk.put("b.txt")
    os.mkfifo(desk.folder / "b.meta.json")
    loaded = desk.load()
    assert refused(loaded) == [("a.txt", "bad_metadata"), ("b.txt", "bad_metadata")]


# Links and what is no file


def test_links_within_the_folder_are_read(desk: Desk) -> None:
    desk.put(".store/a.txt")
    (desk.folder / "b.txt").symlink_to(Path(".store") / "a.txt")
    (desk.folder / "latest").symlink_to(".store")
    assert column(desk.load(), "uri") == ["b.txt", "latest/a.txt"]


def test_links_that_leave_the_folder_are_refused(desk: Desk) -> None:
    outside = desk.folder.parent / "outside"
    outside.mkdir()
    (outside / "x.txt").write_text(ENGLISH)
    (desk.folder / "a.txt").symlink_to(outside / "x.txt")
    (desk.folder / "b").symlink_to(outside)
    (desk.folder / "c.txt").symlink_to("../articles-of-others/x.txt")
    loaded = desk.load()
    assert refused(loaded) == [("a.txt", "outside"), ("b", "outside"), ("c.txt", "unreadable")]
    assert loaded.batches == []


def test_links_that_loop_are_refused(desk: Desk) -> None:
    desk.put("a/x.txt")
    (desk.folder / "a" / "up").symlink_to("..")
    (desk.folder / "a" / "y.txt").symlink_to("y.txt")
    desk.put("b/x.txt")
    (desk.folder / "b" / "to_c").symlink_to("../c")
    desk.put("c/x.txt")
    (desk.folder / "c" / "to_b").symlink_to("../b")
    loaded = desk.load()
    assert {reason for _, reason in refused(loaded)} == {"link_loop"}
    assert {"a/x.txt", "b/x.txt", "c/x.txt"} <= set(column(loaded, "uri"))


def test_links_do_not_multiply(desk: Desk) -> None:
    for level in range(25):
        desk.put(f"{level:02}/x.txt")
        for name in ("l", "r"):
            (desk.folder / f"{level:02}" / name).symlink_to(f"../{level + 1:02}")
    assert len(desk.load().rejects) < 2000


def test_a_source_may_itself_be_a_link(desk: Desk) -> None:
    desk.put("a.txt")
    link, file_link = desk.folder.parent / "link", desk.folder.parent / "b.txt"
    link.symlink_to(desk.folder)
    file_link.symlink_to(desk.folder / "a.txt")
    assert column(desk.load(link, file_link), "uri") == ["a.txt", "b.txt"]


def test_pipes_and_devices_are_never_opened(desk: Desk) -> None:
    os.mkfifo(desk.folder / "a.txt")
    assert refused(desk.load()) == refused(desk.load(desk.folder / "a.txt")) == [("a.txt", "not_a_file")]
    assert refused(desk.load(Path("/dev/null"))) == [("null", "not_a_file")]


def denied(*_: object) -> bytes:
    raise PermissionError(13, "Permission denied")


def test_an_unreadable_file_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.txt")
    desk.put("b.jsonl", [{"text": ENGLISH}])
    with monkeypatch.context() as patch:
        patch.setattr("tasks.sources._open", denied)
        loaded = desk.load()
    assert refused(loaded) == [("a.txt", "unreadable"), ("b.jsonl", "unreadable")]


def test_an_unreadable_folder_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    listdir: Callable[[Path], list[str]] = os.listdir
    desk.put("a/x.txt")
    desk.put("b.txt")
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", lambda path: denied() if path.name == "a" else listdir(path))
        loaded = desk.load()
    assert refused(loaded) == [("a", "unreadable")]
    assert column(loaded, "uri") == ["b.txt"]


# Bytes to text


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n", "\x85", "\u2028", "\x0b"])
def test_newlines_are_not_changed(desk: Desk, newline: str) -> None:
    text = newline.join(["", "\tA headline", "", "The body of the text. ", ""])
    assert only(desk.load(desk.put("a.txt", text)))["text"] == text


def test_a_utf8_byte_order_mark_is_a_character(desk: Desk) -> None:
    row = only(desk.load(desk.put("a.txt", b"\xef\xbb\xbf" + ENGLISH.encode())))
    assert (row["text"], row["encoding"]) == ("\ufeff" + ENGLISH, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf16_and_utf32_are_known_by_their_mark(desk: Desk, encoding: str) -> None:
    for raw in (ENGLISH.encode(encoding), ("\ufeff" + ENGLISH).encode(f"{encoding}-be")):
        row = only(desk.load(desk.put("a.txt", raw)))
        assert (row["text"], row["encoding"], row["bytes"]) == (ENGLISH, encoding, len(raw))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "“It cost £5m,” he said – the café’s owner. " + ENGLISH),
        ("windows-1252", ENGLISH * 20 + "It cost £5."),
        ("windows-1252", "Café bombing"),
        ("windows-1251", "Наводнение затронуло более пяти тысяч человек в области, сообщили власти в понедельник. " * 3),
        ("koi8-r", "Наводнение затронуло более пяти тысяч человек в области, сообщили власти в понедельник. " * 3),
        ("big5", "洪水導致五千多人流離失所，當局週一表示。" * 5),
        ("cp932", "洪水により五千人以上が避難したと当局が月曜日に発表した。" * 5),
    ],
)
def test_other_encodings_are_detected_and_recorded(desk: Desk, encoding: str, text: str) -> None:
    row = only(desk.load(desk.put("a.txt", text.encode(encoding))))
    assert (row["text"], row["encoding"]) == (text, encoding)


@pytest.mark.parametrize("codec", sorted(set(IANA_SUPPORTED) - {*UNMARKED, *EBCDIC}))
def test_python_knows_every_encoding_by_the_name_that_is_recorded(codec: str) -> None:
    assert codecs.lookup(_iana_name(codec)).name == codecs.lookup(codec).name


def test_latin_1_is_read_as_its_superset(desk: Desk) -> None:
    row = only(desk.load(desk.put("a.txt", ("Un été à Orléans. " * 9).encode("latin-1"))))
    assert (row["text"], row["encoding"]) == ("Un été à Orléans. " * 9, "windows-1252")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t\x0c", "empty"),
        ("\ufeff\u2003\xa0\x85".encode(), "empty"),
        ("\ufeff \n".encode("utf-16"), "empty"),
        (b"text with a \0", "binary"),
        ("text with a \0".encode("utf-16"), "binary"),
        (ENGLISH.encode("utf-16-le"), "binary"),
        (b"%PDF-1.4\n" + ENGLISH.encode(), "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"\x1f\x8b\x08", "binary"),
        (b"{\\rtf1 text}", "binary"),
        (b"\x01\x02\x03 text \x1b[0m\x07", "binary"),
        (b"\xff\xfeodd", "undecodable"),
        (bytes(range(128, 256)) * 4, "undecodable"),
        ("“Most of it,” he said – and then: ".encode() + b"\xff.", "undecodable"),
    ],
)
def test_what_is_no_text_is_refused(desk: Desk, raw: bytes, reason: str) -> None:
    desk.put("a.txt", raw)
    desk.put("b.txt")
    loaded = desk.load()
    assert refused(loaded) == [("a.txt", reason)]
    assert column(loaded, "uri") == ["b.txt"]


def test_a_few_control_characters_are_no_binary(desk: Desk) -> None:
    text = ENGLISH + "\x0c\x1a"
    assert only(desk.load(desk.put("a.txt", text)))["text"] == text


# Language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ENGLISH * 3),
        ("en", "SYRIA: FIVE DEAD IN RAID"),
        ("en", "Photo: AFP"),
        ("en", "1,234"),
        ("es", "El número de personas fallecidas por el deslizamiento subió a doce, informaron las autoridades."),
        ("fr", "Plus de 2 000 personnes sont victimes des inondations à la suite des pluies."),
        ("de", "Bei den Überschwemmungen in dem Ort sind nach Angaben der Polizei zwei Menschen ums Leben gekommen."),
        ("nl", "Door de overstromingen zijn volgens de politie twee mensen om het leven gekomen, of meer."),
        ("ru", "Наводнение затронуло более пяти тысяч человек, сообщили власти."),
        ("ar", "تضرر أكثر من خمسة آلاف شخص من الفيضانات حسبما قالت السلطات يوم الاثنين."),
        ("zh", "洪水导致五千多人流离失所，当局周一表示。"),
        ("zh", ("洪水导致五千多人流离失所，当局周一表示。" * 30) + "The Voice of America said that the team"),
    ],
)
def test_the_language_is_detected(desk: Desk, language: str, text: str) -> None:
    assert only(desk.load(desk.put("a.txt", text)))["language"] == language


def test_the_language_that_is_given_stands(desk: Desk) -> None:
    desk.put("a.jsonl", [{"text": ENGLISH, "language": "sw"}, {"text": ENGLISH}])
    assert column(desk.load(), "language") == ["sw", "en"]


def test_a_guess_of_english_needs_a_letter_of_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    class Certain:
        def rank(self, _: str) -> list[tuple[str, float]]:
            return [("en", 0.9), ("ka", 0.1)]

    monkeypatch.setattr("tasks.language._identifier", Certain)
    assert languages(pl.Series(["წყალდიდობა", "Tbilisi წყალდიდობა", "flood"])).to_list() == ["ka", "en", "en"]


@given(st.text(st.characters(min_codepoint=0x370, categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=40))
def test_a_text_without_a_letter_of_ascii_is_never_english(text: str) -> None:
    (language,) = languages(pl.Series([text + " 12"]))
    assert language != "en"
    assert len(language) == 2


# Batches


def test_a_batch_has_exactly_the_schema_and_no_unfinished_file_stays(desk: Desk) -> None:
    desk.put("a.txt")
    (batch,) = desk.load().batches
    assert batch == desk.run.batches / "batch-00000.parquet"
    assert pl.read_parquet_schema(batch) == BATCH
    assert list(desk.run.batches.iterdir()) == [batch]


def test_batches_are_cut_by_bytes_and_keep_the_order(desk: Desk) -> None:
    sizes = [40, 40, 40, 300, 10, 90, 1]
    desk.put("a.jsonl", [{"text": "x" * size} for size in sizes])
    loaded = desk.load(batch_bytes=100)
    assert [path.name for path in loaded.batches] == [f"batch-{number:05d}.parquet" for number in range(5)]
    assert [pl.read_parquet(path)["bytes"].to_list() for path in loaded.batches] == [[40, 40], [40], [300], [10, 90], [1]]


def test_a_line_of_ten_megabytes_is_one_batch(desk: Desk) -> None:
    text = ENGLISH.replace("\n", " ") * 100_000
    loaded = desk.load(desk.put("a.txt", text))
    assert len(loaded.batches) == 1
    assert only(loaded)["text"] == text


def test_very_many_short_documents_are_more_than_one_batch(desk: Desk) -> None:
    loaded = desk.load(desk.put("a.jsonl", [{"text": "x", "language": "en"}] * 50_001))
    assert [pl.read_parquet(path).height for path in loaded.batches] == [50_000, 1]


# Properties


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | st.text(max_size=100).map(lambda text: text.encode("utf-16", "replace"))
)
def test_any_bytes_are_one_document_or_one_reject(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        loaded = desk.load(desk.put("a.txt", raw))
        assert loaded.documents + len(loaded.rejects) == 1
        for row in rows(loaded):
            assert row["text"] == raw.decode(str(row["encoding"]))
            assert row["sha256"] == sha256(raw).hexdigest()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "uri", "published", "title"]), inner, max_size=4),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.lists(json_values.map(json.dumps).map(str.encode) | st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=8)
)
def test_every_line_is_one_document_or_one_reject(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        loaded = desk.load(desk.put("a.jsonl", b"\n".join(lines)))
        assert loaded.documents + len(loaded.rejects) == sum(bool(line.strip()) for line in lines)


def test_two_runs_and_two_folders_give_the_same_batches(tmp_path: Path) -> None:
    batches = []
    for name in ("here", "there", "there/again"):
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name)
        desk.put("a/b.txt", "Überschwemmung".encode("latin-1"))
        desk.put("c.jsonl", [{"text": ENGLISH}, {"text": "two"}])
        batches.append([path.read_bytes() for path in desk.load().batches])
    assert batches[0] == batches[1] == batches[2]
