"""Ordinary archives come out whole, byte for byte, and without a complaint."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from checks.runtime.unpack import Limits, UnpackError, unpack

Unpack = Any
FILES = {
    "package/a.js": b"alert(1)\n",
    "package/d/n.txt": b"".join(b"%d\n" % n for n in range(30_000)),
    "package/e": b"",
}


def consistent(result: Any) -> None:
    """What the host relies on: numbers in order, parents before children, every range inside its source."""
    for number, entry in enumerate(result.entries):
        assert entry.n == number
        assert -1 <= entry.parent < number
        limit = len(result.artifact if entry.source == "artifact" else result.pack)
        assert 0 <= entry.offset <= entry.offset + entry.size <= limit
        assert entry.type == "file" or entry.size == 0


@pytest.mark.parametrize(
    "compress", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["tar", "gz", "bz2", "xz"]
)
def test_tar_and_its_compressions(unpack_bytes: Unpack, hostile: ModuleType, compress: Any) -> None:
    result = unpack_bytes(compress(hostile.plain_tar(FILES)), "a.tar.x")
    consistent(result)
    assert result.files == FILES
    assert result.left_out == []
    assert result.facts.is_archive and result.facts.kind == "download"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_zip_methods(unpack_bytes: Unpack, method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    result = unpack_bytes(stream.getvalue())
    consistent(result)
    assert result.files == FILES
    assert result.left_out == []


@pytest.mark.parametrize(("method", "compress"), [(95, lzma.compress)])
def test_zip_with_newer_methods(unpack_bytes: Unpack, hostile: ModuleType, method: int, compress: Any) -> None:
    content = FILES["package/d/n.txt"]
    result = unpack_bytes(hostile.make_zip([hostile.Member(b"n.txt", content, raw=compress(content), method=method)]))
    assert result.files == {"n.txt": content}
    assert result.left_out == []


@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed")
def test_zstd_alone_and_in_a_zip(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    content = FILES["package/d/n.txt"]
    packed = subprocess.run(["zstd", "-qc"], input=content, capture_output=True, check=True).stdout
    assert unpack_bytes(packed, "n.txt.zst").files == {"n.txt": content}
    result = unpack_bytes(hostile.make_zip([hostile.Member(b"n.txt", content, raw=packed, method=93)]))
    assert result.files == {"n.txt": content}
    assert result.left_out == []


def test_streamed_zip_and_zip64(unpack_bytes: Unpack) -> None:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, data in FILES.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=name.endswith("a.js")) as member:
                member.write(data)
    result = unpack_bytes(stream.getvalue())
    assert result.files == FILES
    assert result.left_out == []


def test_nested_archives_are_addressed_by_their_path(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    jar = hostile.plain_zip({"b/c.js": b"x"})
    data = hostile.plain_tgz({"lib/a.jar": jar, "z.js.gz": gzip.compress(b"y", mtime=0)})
    result = unpack_bytes(data)
    consistent(result)
    assert list(result.files) == ["lib/a.jar", "z.js.gz", "lib/a.jar!/b/c.js", "z.js.gz!/z.js"]
    assert result.files["lib/a.jar"] == jar
    assert [e.parent for e in result.entries] == [-1, -1, 0, 1]
    assert result.left_out == []


def test_a_plain_file_is_itself(unpack_bytes: Unpack) -> None:
    result = unpack_bytes(b"hello", "a.txt")
    (entry,) = result.entries
    assert (entry.n, entry.path, entry.type, entry.source, entry.offset, entry.size) == (
        0, "a.txt", "file", "artifact", 0, 5,
    )  # fmt: skip
    assert not result.facts.is_archive and result.pack == b"" and result.left_out == []


@pytest.mark.parametrize(
    "data", [b"", b"P", b"PK", b"PK\3\4", b"\x1f\x8b", b"\x1f\x8b\x08" + bytes(20), b"\x71\xc7text"]
)
def test_stumps_are_still_a_file(unpack_bytes: Unpack, data: bytes) -> None:
    result = unpack_bytes(data, "stump")
    assert any(e.source == "artifact" and e.size == len(data) for e in result.entries)
    consistent(result)


def test_a_directory_cannot_be_unpacked(tmp_path: Path) -> None:
    with (tmp_path / "pack").open("w+b") as pack, pytest.raises(UnpackError, match="regular file"):
        unpack(tmp_path, pack, Limits(), lambda row: None, lambda written, count: None)


def test_progress_ends_with_the_totals(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    result = unpack_bytes(hostile.plain_zip(FILES))
    assert result.progress[-1] == (len(result.pack), 3)


def test_a_write_only_pack_is_read_back_through_proc(tmp_path: Path, hostile: ModuleType) -> None:
    (tmp_path / "artifact").write_bytes(hostile.nested_zip(2, 1, b"x"))
    rows: list[Any] = []
    with (tmp_path / "pack").open("wb") as pack:
        unpack(tmp_path / "artifact", pack, Limits(), rows.append, lambda written, count: None)
    assert [row.path for row in rows] == ["0-level-0.zip", "0-level-0.zip!/0-leaf.bin"]


def _json(**values: Any) -> bytes:
    return json.dumps(values).encode()


METADATA = b"Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n\nName: not this\n"
FAMILIES = [
    ("tgz", {"package/package.json": _json(name="@a/b", version="1.2")}, "npm", "download", "@a/b", "1.2"),
    ("tgz", {"thing-1.2/PKG-INFO": METADATA, "thing-1.2/package.json": b"{}"}, "sdist", "download", "thing", "1.2"),
    ("zip", {"thing-1.2.dist-info/METADATA": METADATA}, "wheel", "download", "thing", "1.2"),
    (
        "zip",
        {"manifest.json": _json(manifest_version=3, name="E", version="2")},
        "browser-extension",
        "download",
        "E",
        "2",
    ),
    ("zip", {"extension.vsixmanifest": b'<Identity Id="x" Version="3"/>'}, "vsix", "download", "x", "3"),
    ("zip", {"a.nuspec": b"<package><id>N</id><version>4</version></package>"}, "nupkg", "download", "N", "4"),
    (
        "zip",
        {"META-INF/MANIFEST.MF": b"Implementation-Title: J\r\nImplementation-Version: 5\r\n"},
        "jar",
        "download",
        "J",
        "5",
    ),
    ("zip", {"AndroidManifest.xml": b"", "META-INF/MANIFEST.MF": b""}, "apk", "download", "", ""),
    ("tgz", {"c/Chart.yaml": b"apiVersion: v2\nname: web\nversion: '1.0'\n"}, "chart", "chart", "web", "1.0"),
    ("tar", {"oci-layout": b"{}", "index.json": b"{}"}, "oci-image", "image", "", ""),
    ("tar", {"manifest.json": b'[{"Layers": []}]'}, "docker-image", "image", "", ""),
    ("zip", {"atlassian-connect.json": _json(key="k", baseUrl="u", name="App")}, "web-descriptor", "web", "App", ""),
    ("zip", {"a.txt": b"x"}, "plain-archive", "download", "", ""),
    ("file", {"api.yaml": b"openapi: 3.0.0\n"}, "web-descriptor", "web", "", ""),
    (
        "file",
        {"api.json": _json(swagger="2.0", info={"title": "T", "version": "1"})},
        "web-descriptor",
        "web",
        "T",
        "1",
    ),
    ("file", {"a.json": b"[" * 100_000}, "file", "download", "", ""),
    (
        "tgz",
        {"package/package.json": _json(name="x\n\u202e" + "y" * 999, version=[1])},
        "npm",
        "download",
        "x" + "y" * 199,
        "",
    ),
    ("tgz", {"package/package.json": b'{"a":' * 5000}, "npm", "download", "", ""),
]


@pytest.mark.parametrize(("form", "files", "family", "kind", "name", "version"), FAMILIES)
def test_family_is_told_by_content(
    unpack_bytes: Unpack, hostile: ModuleType, form: str, files: Any, family: str, kind: str, name: str, version: str
) -> None:
    if form == "file":
        ((file_name, data),) = files.items()
    else:
        file_name = "upload"
        data = {"tgz": hostile.plain_tgz, "tar": hostile.plain_tar, "zip": hostile.plain_zip}[form](files)
    facts = unpack_bytes(data, file_name).facts
    assert (facts.family, facts.kind, facts.name, facts.version) == (family, kind, name, version)


def test_system_packages_may_link_to_the_root(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    def member(name: bytes, data: bytes) -> bytes:
        return (
            b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, b"100644", len(data)) + data + b"\n" * (len(data) % 2)
        )

    link = hostile.entry("./etc/x", tarfile.SYMTYPE, "/usr/share/x")
    control = hostile.plain_tgz({"./control": b"Package: hello\nVersion: 2.1\n"})
    data = gzip.compress(hostile.make_tar([(hostile.entry("./usr/share/x"), b"x"), (link, b"")]))
    deb = (
        b"!<arch>\n"
        + member(b"debian-binary", b"2.0\n")
        + member(b"control.tar.gz", control)
        + member(b"data.tar.gz", data)
    )
    result = unpack_bytes(deb, "hello.deb")
    assert result.left_out == []
    assert result.files["data.tar.gz!/usr/share/x"] == b"x"
    assert (result.facts.family, result.facts.name, result.facts.version) == ("deb", "hello", "2.1")


@pytest.mark.skipif(shutil.which("7z") is None, reason="7z is not installed")
def test_seven_zip(unpack_bytes: Unpack, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.js").write_bytes(b"alert(1)\n")
    subprocess.run(["7z", "a", "-bd", str(tmp_path / "t.7z"), "a.js"], cwd=source, capture_output=True, check=True)
    subprocess.run(
        ["7z", "a", "-bd", "-psecret", "-mhe=on", str(tmp_path / "e.7z"), "a.js"],
        cwd=source,
        capture_output=True,
        check=True,
    )
    assert unpack_bytes((tmp_path / "t.7z").read_bytes()).files == {"a.js": b"alert(1)\n"}
    locked = unpack_bytes((tmp_path / "e.7z").read_bytes(), "e.7z")
    assert locked.rules == {"encrypted"}
    assert [e.path for e in locked.entries] == ["e.7z"]


def test_no_program_is_started(unpack_bytes: Unpack, hostile: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("unpacking started a program")

    for name in ("fork", "posix_spawn", "system", "popen", "execv"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    from checks.runtime.archives import library

    library.load_library.cache_clear()
    assert unpack_bytes(hostile.plain_tgz(FILES)).files == FILES


@pytest.mark.parametrize("name", ["dmg", "squashfs", "encrypted"])
def test_a_container_that_cannot_be_opened_is_said_to_be_unread(
    unpack_bytes: Unpack, hostile: ModuleType, name: str
) -> None:
    content = hostile.CLOSED[name]
    alone = unpack_bytes(content, "a.bin")
    assert [(item.rule, item.path, item.parent) for item in alone.left_out] == [("unsupported", "a.bin", 0)]
    inside = unpack_bytes(hostile.plain_zip({"d/a.bin": content}), "a.zip")
    number = next(e.n for e in inside.entries if e.path == "d/a.bin")
    assert [(item.rule, item.path, item.parent) for item in inside.left_out] == [("unsupported", "d/a.bin", number)]


@pytest.mark.parametrize(
    "content",
    [b"\x60\xea" + bytes(600), b"koly" + bytes(600), b"ZOO animals\n" * 9, b"SIT! Stay!\n" * 9],
    ids=["arj-magic-by-chance", "koly-in-front", "text-zoo", "text-sit"],
)
def test_what_only_resembles_a_closed_container_is_an_ordinary_file(unpack_bytes: Unpack, content: bytes) -> None:
    assert unpack_bytes(content, "a.bin").left_out == []


def test_a_document_is_no_installer(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    assert unpack_bytes(hostile.installer("06090200000000 00c000000000000046".replace(" ", "")), "a.doc").left_out == []


@pytest.mark.parametrize(
    "twin",
    ["Package.JSON", "package.json.", "a//../package.json", "package.json "],
    ids=["case", "dot", "climb", "blank"],
)
def test_names_that_meet_on_other_systems_are_told(unpack_bytes: Unpack, hostile: ModuleType, twin: str) -> None:
    told = unpack_bytes(hostile.plain_zip({"package.json": b"{}", twin: b'{"x": 1}'}), "a.zip")
    expected = "traversal" if ".." in twin else "name_twin"
    assert [item.rule for item in told.left_out] == [expected]
    same = unpack_bytes(hostile.plain_zip({"package.json": b"{}", "Package.JSON": b"{}"}), "a.zip")
    assert same.left_out == []


def test_twins_in_other_forms_of_unicode_and_folders_are_told(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    told = unpack_bytes(hostile.plain_tar({"d\u00e9/x.js": b"1", "de\u0301/X.js": b"22", "d/y.js": b"3"}), "a.tar")
    assert [item.rule for item in told.left_out] == ["name_twin"]
