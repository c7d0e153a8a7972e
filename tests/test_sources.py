"""Every format, every container: the same articles come out, and what is hostile or broken is refused with a reason."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import random
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tasks.archives
import tasks.readers
from tasks.load import SourceError, load_sources
from tasks.staging import Run

FERRY = "Ferry returns\nThe ferry carried 310 passengers across the sound, and the mate said that it was time.\n"
HIVES = "Hives freeze\nThe keeper said that 40 hives have been lost to the frost, and that more would follow.\n"
ABOUT = {"title": "Ferry", "publisher": "The Packet", "published": "2024-05-01T22:00:00-07:00", "language": "en"}
PAGE = """<!doctype html><html><head><meta charset="{charset}"><title>Ferry returns</title>
<meta property="og:site_name" content="The Packet"><meta property="article:published_time" content="2024-05-01T22:00:00-07:00">
<script>var figures = 12345;</script></head><body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Ferry returns</h1><p>The ferry carried 310 passengers across the sound on Tuesday, said the café’s owner.</p>
<p>The crew of 12 has been with the ship for 3 years, and the mate said that it would stay with her for as long as she sails.</p></article>
<footer>All rights reserved. Cookies help us to serve you.</footer></body></html>"""


class Desk:
    """A folder of articles, and what is loaded from it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "articles"
        self.folder.mkdir()
        self.out = root / "out"

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, *sources: object) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
        """Documents by uri, and the reasons of what was refused."""
        loaded = load_sources(
            [str(source) for source in sources or (self.folder,)], Run(self.out, "run-1", datetime(2024, 5, 1, tzinfo=UTC))
        )
        assert all(reject.detail and "\n" not in reject.detail for reject in loaded.rejects)
        rows = [row for path in loaded.batches for row in pl.read_parquet(path, glob=False).to_dicts()]
        assert len(rows) == loaded.documents
        return {row["uri"]: row for row in rows}, {reject.uri: reject.reason for reject in loaded.rejects}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def zipped(members: dict[str, str | bytes], level: int = 6) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members: dict[str, str | bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info, data = tarfile.TarInfo(name), content.encode() if isinstance(content, str) else content
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


COMPRESS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


def sheet(rows: list[list[str]], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue()


# Formats


@pytest.mark.parametrize("suffix", COMPRESS)
def test_a_compressed_file_is_what_is_in_it(desk: Desk, suffix: str) -> None:
    desk.put(f"ferry.txt{suffix}", COMPRESS[suffix](FERRY.encode()))
    desk.put("ferry.meta.json", json.dumps(ABOUT))
    desk.put(f"wire.jsonl{suffix}", COMPRESS[suffix](json.dumps({"uri": "w/1", "text": HIVES}).encode()))
    documents, rejects = desk.load()
    assert rejects == {}
    assert {uri: row["text"] for uri, row in documents.items()} == {f"ferry.txt{suffix}": FERRY, "w/1": HIVES}
    assert documents[f"ferry.txt{suffix}"]["published"] == date(2024, 5, 1)


ARCHIVES: dict[str, Callable[[dict[str, str | bytes]], bytes]] = {
    "news.zip": zipped,
    "news.tar": tarred,
    "news.tgz": lambda members: tarred(members, "w:gz"),
    "news.tar.gz": lambda members: tarred(members, "w:gz"),
    "news.tar.bz2": lambda members: tarred(members, "w:bz2"),
    "news.tar.xz": lambda members: tarred(members, "w:xz"),
    "news.tar.zst": lambda members: zstd(tarred(members)),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_the_files_in_it(desk: Desk, name: str) -> None:
    members: dict[str, str | bytes] = {
        "north/ferry.txt": FERRY,
        "north/ferry.txt.meta.json": json.dumps(ABOUT),
        "./wire.jsonl.gz": gzip.compress(json.dumps({"uri": "w/1", "text": HIVES}).encode()),
        ".hidden.txt": HIVES,
        "__MACOSX/._ferry.txt": b"\0",
        "photo.png": b"\x89PNG",
    }
    desk.put(name, ARCHIVES[name](members))
    documents, rejects = desk.load()
    assert {uri: row["text"] for uri, row in documents.items()} == {f"{name}/north/ferry.txt": FERRY, "w/1": HIVES}
    ferry = documents[f"{name}/north/ferry.txt"]
    assert (ferry["title"], ferry["publisher"], ferry["published"]) == ("Ferry", "The Packet", date(2024, 5, 1))
    assert rejects == {f"{name}/photo.png": "unsupported_type"}


@pytest.mark.parametrize(("name", "delimiter"), [("news.csv", ","), ("news.tsv", "\t")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_file_has_an_article_a_row(desk: Desk, name: str, delimiter: str, encoding: str) -> None:
    rows = [
        ["ID", "text", "title", "published", "other"],
        ["1", FERRY, "Ferry “returns”", "2024-05-01", "x"],
        ["", HIVES.replace("\n", "\r\n"), "", "", ""],
        ["3", HIVES, "", "May", ""],
        ["4", "", "", "", ""],
        ["5", FERRY, "", "", "", "too many"],
        ["6"],
    ]
    desk.put(name, sheet(rows, delimiter).encode(encoding))
    documents, rejects = desk.load()
    assert {uri: (row["text"], row["title"], row["published"]) for uri, row in documents.items()} == {
        "1": (FERRY, "Ferry “returns”", date(2024, 5, 1)),
        f"{name}#2": (HIVES.replace("\n", "\r\n"), None, None),
    }
    assert rejects == {f"{name}#3": "bad_metadata", f"{name}#4": "no_text", f"{name}#5": "bad_csv", f"{name}#6": "no_text"}


def test_a_csv_file_that_breaks_off_gives_what_came_before(desk: Desk) -> None:
    desk.put("broken.csv", f'text\n"{FERRY}"\n"an open quote')
    desk.put("other.csv", "story,date\nx,y\n")
    desk.put("empty.csv", "")
    desk.put("mixed.csv", sheet([["text"], [HIVES + "x" * 1_000_001]]).encode() + b"\xff\xff\n")
    documents, rejects = desk.load()
    assert "broken.csv#1" in documents
    assert rejects == {"broken.csv": "bad_csv", "other.csv": "no_text", "empty.csv": "no_text", "mixed.csv": "undecodable"}


@pytest.mark.parametrize("strings", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_parquet_file_has_an_article_a_row(desk: Desk, strings: pa.DataType) -> None:
    columns = {
        "id": pa.array([1, 2, 3]),
        "text": pa.array([FERRY, HIVES, None], pa.string()).cast(strings),
        "published": pa.array([datetime(2024, 5, 1, 23), None, None]),
        "other": pa.array([[1], [2], [3]]),
    }
    pq.write_table(pa.table(columns), desk.folder / "news.parquet")
    documents, rejects = desk.load()
    assert {uri: (row["text"], row["published"]) for uri, row in documents.items()} == {"1": (FERRY, date(2024, 5, 1)), "2": (HIVES, None)}
    assert rejects == {"news.parquet#3": "no_text"}


def test_a_parquet_file_without_texts_or_that_is_none(desk: Desk) -> None:
    pq.write_table(pa.table({"text": [1, 2]}), desk.folder / "numbers.parquet")
    pq.write_table(pa.table({"story": ["x"]}), desk.folder / "other.parquet")
    desk.put("none.parquet", b"PAR1 and so on")
    documents, rejects = desk.load()
    assert documents == {}
    assert rejects == {
        "numbers.parquet#1": "no_text",
        "numbers.parquet#2": "no_text",
        "other.parquet": "no_text",
        "none.parquet": "damaged",
    }


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1251"])
def test_of_a_page_the_article_is_read(desk: Desk, charset: str) -> None:
    page = PAGE.format(charset=charset)
    desk.put("ferry.html", page.replace("’", "'").encode(charset, errors="replace"))
    documents, rejects = desk.load()
    assert rejects == {}
    row = documents["ferry.html"]
    assert (row["title"], row["publisher"], row["published"]) == ("Ferry returns", "The Packet", date(2024, 5, 1))
    text = str(row["text"])
    assert "310 passengers" in text
    assert not any(word in text for word in ("Home", "Cookies", "12345", "<p>"))
    assert ("café" in text) == (charset != "windows-1251")


def test_a_sidecar_says_more_than_the_page(desk: Desk) -> None:
    desk.put("ferry.html", PAGE.format(charset="utf-8"))
    desk.put("ferry.html.meta.json", json.dumps({"title": "Other", "published": "2020-02-02"}))
    documents, _ = desk.load()
    row = documents["ferry.html"]
    assert (row["title"], row["publisher"], row["published"]) == ("Other", "The Packet", date(2020, 2, 2))


def test_a_page_without_an_article_and_one_that_is_too_long(desk: Desk) -> None:
    desk.put("menu.html", "<html><head><title>Menu</title></head><body><nav></nav></body></html>")
    desk.put("binary.html", b"\x89PNG\0\0")
    desk.put("long.html", b"<p>" * 2_000_000)
    documents, rejects = desk.load()
    assert documents == {}
    assert rejects == {"menu.html": "empty", "binary.html": "binary", "long.html": "too_large"}


def test_the_day_of_a_page_is_not_guessed(desk: Desk) -> None:
    page = PAGE.format(charset="utf-8").replace("article:published_time", "nothing")
    desk.put("ferry.html", page.replace("All rights reserved", "© 2019. Printed on 4 March 2011"))
    documents, _ = desk.load()
    assert documents["ferry.html"]["published"] is None


# Hostile and broken


def test_names_that_lead_out_of_an_archive_are_refused_and_nothing_is_written(desk: Desk, tmp_path: Path) -> None:
    evil: dict[str, str | bytes] = {
        "../up.txt": FERRY,
        "/etc/top.txt": FERRY,
        "a/../../b.txt": FERRY,
        "..\\win.txt": FERRY,
        "C:/c.txt": FERRY,
    }
    desk.put("evil.zip", zipped({**evil, "good.txt": HIVES}))
    desk.put("evil.tar", tarred({**evil, "good.txt": HIVES}))
    before = sorted(tmp_path.rglob("*"))
    documents, rejects = desk.load()
    assert set(documents) == {"evil.zip/good.txt", "evil.tar/good.txt"}
    assert set(rejects.values()) == {"outside"}
    assert len(rejects) == 2 * len(evil)
    assert [path for path in sorted(tmp_path.rglob("*")) if desk.out not in (path, *path.parents)] == before


def test_links_and_devices_in_an_archive_are_refused(desk: Desk) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (
            ("link.txt", tarfile.SYMTYPE),
            ("hard.txt", tarfile.LNKTYPE),
            ("null.txt", tarfile.CHRTYPE),
            ("p.txt", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    desk.put("links.tar", buffer.getvalue())
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(desk.folder / "links.zip", "w") as archive_:
        archive_.writestr(link, "/etc/passwd")
    documents, rejects = desk.load()
    assert documents == {}
    assert set(rejects.values()) == {"not_a_file"}
    assert len(rejects) == 5


@pytest.mark.parametrize("suffix", [".zip", ".txt.gz", ".txt.bz2", ".txt.xz", ".txt.zst", ".jsonl.gz", ".csv.gz", ".tar.gz", ".parquet.gz"])
def test_a_bomb_is_refused_after_a_bounded_amount(desk: Desk, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(tasks.archives, "FLOOR", 1_000_000)
    monkeypatch.setattr(tasks.archives, "RATIO", 20)
    zeros = b"1234567890\n" * 5_000_000
    if suffix == ".zip":
        data = zipped({"bomb.txt": zeros}, level=9)
    elif suffix == ".tar.gz":
        data = gzip.compress(tarred({"bomb.txt": zeros}))
    else:
        data = COMPRESS["." + suffix.rpartition(".")[2]](zeros)
    desk.put(f"bomb{suffix}", data)
    desk.put("good.txt", FERRY)
    began = time.process_time()
    documents, rejects = desk.load()
    assert time.process_time() - began < 5
    assert set(documents) == {"good.txt"}
    assert set(rejects.values()) & {"archive_bomb", "no_rows", "no_text"}
    assert set(rejects.values()) <= {"archive_bomb", "bad_json", "no_rows", "no_text"}


def test_archives_nest_to_a_bounded_depth(desk: Desk) -> None:
    data = zipped({"deep.txt": FERRY})
    for level in range(5):
        data = (zipped, tarred)[level % 2](
            {f"inner{level}.{('zip', 'tar')[(level + 1) % 2]}" if level else "inner.zip": data, f"{level}.txt": f"{level}\n{HIVES}"}
        )
    desk.put("outer.zip", data)
    documents, rejects = desk.load()
    assert len(documents) == 3
    assert list(rejects.values()) == ["too_deep"]


def test_all_that_comes_out_of_nested_archives_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.archives, "FLOOR", 1_000_000)
    inner = zipped({"a.txt": b"ten bytes\n" * 50_000})
    desk.put("many.zip", zipped({f"{number:02}.zip": inner for number in range(20)}))
    documents, rejects = desk.load()
    assert 0 < len(documents) < 5
    assert "archive_bomb" in rejects.values()


def test_a_zip_with_a_password_is_refused(desk: Desk) -> None:
    data = bytearray(zipped({"secret.txt": FERRY}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    desk.put("secret.zip", bytes(data))
    assert desk.load() == ({}, {"secret.zip/secret.txt": "encrypted"})


def test_members_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.archives, "MEMBERS", 3)
    members: dict[str, str | bytes] = {f"{number}.txt": f"{number}\n{HIVES}" for number in range(5)}
    desk.put("many.zip", zipped(members))
    desk.put("many.tar", tarred(members))
    _, rejects = desk.load()
    assert rejects == {"many.zip": "archive_bomb", "many.tar": "archive_bomb"}


def test_a_document_that_is_too_long_is_refused_and_the_next_line_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.readers, "DOCUMENT_BYTES", 10_000)
    desk.put("long.txt", "x" * 10_001)
    desk.put("wire.jsonl", json.dumps({"text": "x" * 35_000}) + "\n" + json.dumps({"text": FERRY}))
    documents, rejects = desk.load()
    assert set(documents) == {"wire.jsonl#2"}
    assert rejects == {"long.txt": "too_large", "wire.jsonl#1": "too_large"}


SOUND: dict[str, Callable[[], bytes]] = {
    "a.zip": lambda: zipped({"a.txt": FERRY, "b.jsonl": json.dumps({"text": HIVES}), "b.meta.json": "{}"}),
    "a.tar.gz": lambda: tarred({"a.txt": FERRY, "a.txt.meta.json": json.dumps(ABOUT)}, "w:gz"),
    "a.tar": lambda: tarred({"a.txt": FERRY, "b.txt": HIVES}),
    "a.txt.xz": lambda: lzma.compress(FERRY.encode()),
    "a.txt.zst": lambda: zstd(FERRY.encode()),
    "a.txt.bz2": lambda: bz2.compress(FERRY.encode()),
    "a.csv": lambda: sheet([["text", "title"], [FERRY, "x"], [HIVES, "y"]]).encode(),
    "a.html": lambda: PAGE.format(charset="utf-8").encode(),
    "a.parquet": lambda: parquet(),
}


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": [FERRY, HIVES], "published": [date(2024, 5, 1), None]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", SOUND)
def test_any_damage_is_a_document_or_a_reject(tmp_path: Path, name: str) -> None:
    """A thousand mutations a format: bytes changed, cut out, doubled, and the end cut off."""
    chance, sound = random.Random(name), SOUND[name]()
    desk = Desk(tmp_path)
    for _ in range(10):
        for number in range(30):
            desk.put(f"{number}{name[1:]}", damaged(sound, chance))
        documents, rejects = desk.load()
        sources = {uri.split("/")[0].split("#")[0] for uri in {**documents, **rejects}}
        # A tar that ends early, and a folder inside of it, may hold nothing at all.
        assert len(sources) == 30 or name in {"a.zip", "a.tar", "a.tar.gz", "a.csv", "a.parquet"}
        for row in documents.values():
            assert str(row["text"]).strip()


def damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randint(1, 8)]
            case 2:
                changed[place:place] = changed[place : place + chance.randint(1, 8)]
            case _:
                changed[place] ^= 1 << chance.randrange(8)
        if len(changed) < 10:
            break
    return bytes(changed[: chance.randint(len(changed) // 2, len(changed))] if chance.random() < 0.2 else changed)


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.sampled_from([FERRY, HIVES, "", "\0"]), max_size=4))
@settings(max_examples=40)
def test_any_member_name_is_a_document_or_a_reject(members: dict[str, str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        desk = Desk(Path(root))
        try:
            data = zipped({f"{name}.txt": content for name, content in members.items()})
        except (UnicodeEncodeError, UserWarning, ValueError, IndexError):
            return
        desk.put("any.zip", data)
        documents, rejects = desk.load()
        assert len(documents) + len(rejects) <= len(members)
        assert all(uri.startswith("any.zip") for uri in {**documents, **rejects})


def test_a_file_of_nothing_but_bad_rows_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.readers, "BAD_ROWS", 10)
    good = json.dumps({"text": FERRY}) + "\n"
    desk.put("some.jsonl", ("no\n" * 9 + good) * 3)
    desk.put("none.jsonl", "no\n" * 10 + good)
    documents, rejects = desk.load()
    assert list(documents) == ["some.jsonl#10", "some.jsonl#20", "some.jsonl#30"]
    assert (len(rejects), rejects["none.jsonl"]) == (27 + 10 + 1, "no_rows")


# URLs


def test_a_url_is_walked_as_a_folder_is(desk: Desk) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    base = f"memory://bucket-{os.getpid()}-{time.monotonic_ns()}"
    for name, content in {
        "b.txt": HIVES.encode(),
        "north/a.txt": FERRY.encode(),
        "north/a.txt.meta.json": json.dumps(ABOUT).encode(),
        "c.zip": zipped({"c.txt": FERRY}),
        "d.csv.gz": gzip.compress(sheet([["text"], [HIVES]]).encode()),
        "e.parquet": parquet(),
        ".hidden/x.txt": FERRY.encode(),
    }.items():
        memory.pipe(f"{base}/{name}", content)
    documents, rejects = desk.load(base)
    assert rejects == {}
    assert list(documents) == ["b.txt", "c.zip/c.txt", "d.csv.gz#1", "e.parquet#1", "e.parquet#2", "north/a.txt"]
    assert documents["north/a.txt"]["title"] == "Ferry"
    assert list(desk.load(f"{base}/north/a.txt")[0]) == ["a.txt"]


@pytest.mark.parametrize("url", ["memory://nowhere-at-all/x", "nosuch://x/y", "simplecache::memory://x", "s3a"])
def test_a_url_that_leads_nowhere_is_one_clear_line(desk: Desk, url: str) -> None:
    with pytest.raises(SourceError) as error:
        desk.load(url)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 server on loopback."""
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.filterwarnings("ignore")
def test_a_bucket_is_read_over_s3(desk: Desk, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    s3fs = pytest.importorskip("s3fs")
    for name, value in {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    store.mkdir("desk")
    many = "".join(json.dumps({"text": f"{number}\n{HIVES}"}) + "\n" for number in range(3000))
    for name, content in {
        "2024/ferry.txt": FERRY.encode(),
        "2024/ferry.txt.meta.json": json.dumps(ABOUT).encode(),
        "2024/wire.jsonl.gz": gzip.compress(many.encode()),
        "2024/more.zip": zipped({"hives.txt": HIVES}),
        "2024/rows.parquet": parquet(),
        "2024/broken.zip": b"PK\x03\x04 no",
        "2025/other.txt": HIVES.encode(),
    }.items():
        store.pipe(f"desk/{name}", content)
    documents, rejects = desk.load("s3://desk/2024")
    assert rejects == {"broken.zip": "bad_archive"}
    assert len(documents) == 1 + 3000 + 1 + 2
    assert documents["ferry.txt"]["published"] == date(2024, 5, 1)
    with pytest.raises(SourceError, match="does not exist"):
        desk.load("s3://desk/2026")
    with pytest.raises(SourceError):
        desk.load("s3://no-such-bucket/x.txt")
