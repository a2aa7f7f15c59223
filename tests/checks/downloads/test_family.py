"""Families: what a container is, told by what an installer would look at; unpacking and checks say the same."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from checks.downloads._family import FAMILIES, containers
from checks.downloads.manifest import READERS
from checks.runtime.archives.families import file_family

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"loaded_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = load(SAMPLES / "manifest" / "samples.py")
PE = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(600)

ARTIFACTS = [
    ("npm", "thing-1.0.0.tgz", lambda: make.tgz(make.npm())),
    ("wheel", "a.whl", lambda: make.packed(make.wheel())),
    ("sdist", "a.tar.gz", lambda: make.tgz(make.sdist())),
    ("vsix", "a.vsix", lambda: make.packed(make.vsix())),
    ("nupkg", "a.nupkg", lambda: make.packed(make.nupkg())),
    ("deb", "a.deb", lambda: make.deb()),
    ("rpm", "a.rpm", lambda: make.rpm()),
    ("jar", "a.jar", lambda: make.packed(make.jar())),
    ("jar", "a.war", lambda: make.packed({"WEB-INF/web.xml": b"<web-app/>", "index.html": b"x"})),
    ("conda", "a.tar.bz2", lambda: make.conda()),
    ("conda", "a.conda", lambda: make.packed({"metadata.json": b"{}", "info-a.tar.zst": b"x", "pkg-a.tar.zst": b"x"})),
    ("gem", "a.gem", lambda: make.gem()),
    ("browser-extension", "a.xpi", lambda: make.packed(make.extension())),
    ("apk", "a.apk", lambda: make.packed({"AndroidManifest.xml": b"x", "classes.dex": b"x"})),
    ("apk", "a.aab", lambda: make.packed({"base/manifest/AndroidManifest.xml": b"x", "BundleConfig.pb": b"x"})),
    ("composer", "a.zip", lambda: make.packed({"composer.json": b"{}", "src/a.php": b"<?php"})),
    ("office-document", "a.docx", lambda: make.packed({"[Content_Types].xml": b"<T/>", "word/document.xml": b"<w/>"})),
    ("office-document", "a.odt", lambda: make.packed({"mimetype": b"application/vnd.oasis.opendocument.text"})),
    ("elf-executable", "a", lambda: b"\x7fELF\x02\x01\x01" + bytes(200)),
    ("windows-executable", "a.exe", lambda: PE),
    ("pdf-document", "a.pdf", lambda: b"%PDF-1.7\n%%EOF\n"),
    ("plain-archive", "a.zip", lambda: make.packed({"a.txt": b"x", "b/c.txt": b"y"})),
    ("file", "a.txt", lambda: b"MZ is how some programs begin. " * 40),
]  # fmt: skip


@pytest.mark.parametrize(("family", "name", "build"), ARTIFACTS, ids=[f"{row[0]}-{row[1]}" for row in ARTIFACTS])
def test_unpacking_and_checks_agree(unpack_package: Any, tmp_path: Path, family: str, name: str, build: Any) -> None:
    from checks.runtime.unpack import Limits, unpack

    data = build()
    (tmp_path / "artifact").write_bytes(data)
    with (tmp_path / "pack").open("w+b") as pack:
        facts = unpack(tmp_path / "artifact", pack, Limits(), lambda row: None, lambda written, count: None, name=name)
    assert facts.family == family
    found = containers(unpack_package(name, data))[0].family
    assert found == (family if family in FAMILIES else "")


def test_every_family_has_a_reader() -> None:
    assert set(READERS) == FAMILIES


def test_a_crx_is_one_whatever_its_manifest_says(unpack_package: Any) -> None:
    data = b"Cr24\3\0\0\0\0\0\0\0" + make.packed({"manifest.json": b"{", "a.js": b"1"})
    assert containers(unpack_package("a.crx", data))[0].family == "browser-extension"


def test_npm_reads_the_folder_that_npm_reads(unpack_package: Any) -> None:
    data = make.tgz({"package.json": b'{"name": "harmless"}'} | make.npm())
    container = containers(unpack_package("thing-1.0.0.tgz", data))[0]
    assert (container.family, container.root) == ("npm", "package/")


def test_a_zip_with_a_folder_named_package_is_read_from_its_top(make_package: Any) -> None:
    package = make_package({"package.json": b'{"name": "x"}', "package/package.json": b'{"name": "y"}'})
    assert containers(package)[0].root == ""


def test_an_installer_is_told_from_a_document() -> None:
    assert file_family(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == "office-document"
    assert file_family(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Setup.MSI") == "windows-installer"


def test_containers_are_found_once(make_package: Any) -> None:
    package = make_package({"a.txt": b"x"})
    assert containers(package) is containers(package)


def test_a_wheel_of_metadata_only_is_a_wheel(unpack_package: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", b"Name: a\n")
        archive.writestr("a-1.dist-info/WHEEL", b"Tag: py3-none-any\n")
    assert containers(unpack_package("a-1-py3-none-any.whl", buffer.getvalue()))[0].family == "wheel"
