"""The read-only view of a package."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.runtime import package as package_module
from checks.runtime.package import Blobs, Entry, File, LeftOut, Package, TooLarge, read_index, write_index

names = st.text(st.characters(exclude_categories=("Cs",)), max_size=20) | st.binary(max_size=20).map(
    lambda b: b.decode("utf-8", "surrogateescape")
)


def make_file(folder, data: bytes, path: str = "a/b.txt", before: bytes = b"before", after: bytes = b"after") -> File:
    pack = folder / "pack"
    pack.write_bytes(before + data + after)
    return File(Entry(0, path, "file", len(data), len(before), "pack", "0" * 64), Blobs(None, pack))


@pytest.mark.parametrize("data", [b"", b"x", b"some text\n" * 5000])
def test_a_file_sees_its_own_bytes_only(tmp_path, data: bytes) -> None:
    file = make_file(tmp_path, data)
    assert file.data == data
    assert b"".join(file.chunks(100)) == data
    for size in (0, 1, 7, 10**9):
        assert file.head(size) == data[:size]
        assert file.tail(size) == (data[-size:] if size else b"")


@pytest.mark.parametrize(
    ("path", "name", "suffix"),
    [("a/b.TXT", "b.TXT", ".txt"), ("a.jar!/b/c.tar.gz", "c.tar.gz", ".gz"), ("x", "x", ""), (".npmrc", ".npmrc", "")],
)
def test_names(tmp_path, path: str, name: str, suffix: str) -> None:
    file = make_file(tmp_path, b"", path)
    assert (file.name, file.suffix) == (name, suffix)


def test_what_is_too_large_is_said_and_not_read(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_module, "MAX_CONTENT", 10)
    file = make_file(tmp_path, b"x" * 11)
    with pytest.raises(TooLarge):
        _ = file.data
    assert file.head(4) == b"xxxx"
    assert b"".join(file.chunks()) == b"x" * 11


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "latin-1"])
def test_a_span_of_text_is_a_range_of_bytes(tmp_path, encoding: str) -> None:
    text = "größe = 1\n" * 3 + ("日本" if encoding != "latin-1" else "äö") + " needle"
    data = (b"\xff\xfe" if encoding == "utf-16-le" else b"") + text.encode(encoding)
    file = make_file(tmp_path, data, "a.unknown")
    assert file.encoding == encoding
    at = file.text.index("needle")
    finding = file.finding("r", "m", text_span=(at, at + 6))
    assert data[finding.start : finding.end].decode(encoding) == "needle"
    assert finding.encoding == encoding


characters = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@given(characters, characters, characters, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]), st.booleans())
def test_a_place_in_the_narrow_form_leads_back(
    tmp_path_factory, before: str, middle: str, after: str, encoding: str, odd: bool
) -> None:
    wide = encoding.startswith("utf-16")
    text = ("\ufeff" if wide else "") + "words of a text " + before
    data = (text + middle + after).encode(encoding) + (b"x" if odd else b"")
    file = make_file(tmp_path_factory.getbasetemp(), data, "a.ps1")
    assert file.encoding == encoding
    start = len(text.encode())
    end = start + len(middle.encode())
    assert file.narrow[start:end] == middle.encode()
    first, last = file.narrow_span(start, end)
    assert data[first:last].decode(encoding) == middle
    assert file.narrow_span(0, len(file.narrow)) == (0, len(data))
    cut = file.narrow_span(start, max(start, end - 1))  # an expression over bytes may end inside a character
    assert first <= cut[0] <= cut[1] <= last


@given(
    st.lists(st.tuples(names, names, st.integers(0, 1 << 40)), max_size=8),
    st.lists(st.tuples(names, names), max_size=4),
)
def test_the_index_comes_back_as_it_was(tmp_path_factory, rows, left) -> None:
    entries = [
        Entry(n, path, "file", size, n, "pack", "f" * 64, 0o644, -1, link) for n, (path, link, size) in enumerate(rows)
    ]
    left_out = [LeftOut("damaged", path, detail, -1) for path, detail in left]
    stream = io.StringIO()
    write_index(stream, entries, left_out)
    place = tmp_path_factory.getbasetemp() / "index.jsonl"
    place.write_text(stream.getvalue(), encoding="ascii")
    assert read_index(place) == (entries, left_out)


def test_a_package_finds_the_first_of_a_name(make_package) -> None:
    package = make_package({"a.txt": b"one", "b.txt": b"two"})
    assert package.get("a.txt").data == b"one"
    assert package.get("nowhere") is None
    assert [f.path for f in package.files] == ["a.txt", "b.txt"]


def test_only_a_container_without_losses_counts_as_unpacked(tmp_path) -> None:
    entries = [Entry(n, f"{n}", "file", 0, 0, "pack", "", parent=p) for n, p in ((0, -1), (1, 0), (2, -1), (3, 2))]
    package = Package(entries, Blobs(None, None), left_out=[LeftOut("damaged", "2", "x", 2)])
    assert [f.unpacked for f in package.files] == [True, False, False, False]
    assert isinstance(package, Package)
