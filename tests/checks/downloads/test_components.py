"""Every parser of manifests and lock files: what it reads, and that no mutation of a real file breaks it."""

# ruff: noqa: E501 - manifests and rows are easier to read unbroken

from __future__ import annotations

import contextlib
import json
import random
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.downloads._family import BadManifest
from checks.downloads.components.binary import GO_MAGIC
from checks.downloads.components.gathering import Part, find_parser, gather
from checks.runtime.package import Entry, File


class Held:
    """Bytes in the place of a mapped file."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def view(self, source: str) -> bytes:
        return self.data


def file_of(path: str, data: bytes) -> File:
    return File(Entry(0, path, "file", len(data), 0, "pack", ""), Held(data))  # type: ignore[arg-type]


def parts_of(path: str, data: bytes) -> list[Part]:
    file = file_of(path, data)
    parser = find_parser(file)
    assert parser is not None, path
    return list(parser(file))


def told(path: str, data: bytes) -> set[tuple[str, str, str]]:
    return {(part.kind, part.name, part.version) for part in parts_of(path, data)}


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def go_program(modules: str, release: str = "go1.21.5") -> bytes:
    start, end = bytes.fromhex("3077af0c9274080241e1c107e6d618e6"), bytes.fromhex("f932433186182072008242104116d8f2")
    text = start + modules.encode() + end
    info = GO_MAGIC + bytes([8, 2]) + bytes(16)
    info += varint(len(release)) + release.encode() + varint(len(text)) + text
    return b"\x7fELF" + bytes(8000) + info + bytes(500)


def rust_program(packages: list[dict[str, Any]]) -> bytes:
    packed = zlib.compress(json.dumps({"packages": packages}, separators=(",", ":")).encode())
    return b"\x7fELF" + b"\x78\x9c not a stream" * 50 + bytes(6000) + packed + b"\x00.dep-v0\x00"


PACKAGE_LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop"},
        "node_modules/chalk": {"version": "5.3.0", "resolved": "https://r.example/chalk/-/chalk-5.3.0.tgz"},
        "node_modules/a/node_modules/@x/y": {"version": "1.0.0", "dev": True},
        "node_modules/alias": {"name": "left-pad", "version": "1.3.0"},
        "packages/own": {"version": "1.0.0"},
        "node_modules/linked": {"resolved": "packages/own", "link": True},
    },
}
OLD_LOCK = {
    "lockfileVersion": 1,
    "dependencies": {
        "a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}},
        "c": {"version": "npm:d@3.0.0"},
    },
}
YARN = b"""# yarn lockfile v1

"@babel/core@^7.0.0", "@babel/core@^7.1.0":
  version "7.20.0"
  resolved "https://r.example/@babel/core/-/core-7.20.0.tgz#aa"
  integrity sha512-x
  dependencies:
    chalk "^2.0.0"

chalk@^2.0.0:
  version "2.4.2"
"""
BERRY = b"""__metadata:
  version: 6

"chalk@npm:^5.0.0":
  version: 5.3.0
  resolution: "chalk@npm:5.3.0"
  checksum: aa

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
"""
PNPM = b"""lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      chalk:
        specifier: ^5.0.0

packages:

  '@babel/core@7.20.0':
    resolution: {integrity: sha512-x}

  chalk@5.3.0:
    resolution: {integrity: sha512-y}

  /left-pad/1.3.0:
    resolution: {integrity: sha512-z}
    dev: true

snapshots:

  zzz@1.0.0: {}
"""
BUN = b"""{
  "lockfileVersion": 1,
  "packages": {
    "chalk": ["chalk@5.3.0", "", {}, "sha512-x"],
    "shop": ["shop@workspace:packages/shop"],
  },
}
"""
POM = b"""<?xml version="1.0"?><project xmlns="http://maven.apache.org/POM/4.0.0">
<parent><groupId>org.acme</groupId><artifactId>all</artifactId><version>3</version></parent><artifactId>shop</artifactId>
<properties><slf4j.version>2.0.9</slf4j.version></properties><dependencies>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>${slf4j.version}</version></dependency>
<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>
<dependency><groupId>a.b</groupId><artifactId>managed</artifactId></dependency></dependencies></project>"""
NUSPEC = b"""<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>Shop.Window</id>
<version>1.2.0</version><dependencies><group targetFramework="net8.0"><dependency id="Newtonsoft.Json" version="13.0.1"/>
<dependency id="Serilog" version="[3.1.1]"/></group></dependencies></metadata></package>"""
TOML_LOCK = b"""version = 1
[[package]]
name = "requests"
version = "2.31.0"
[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
"""

CASES: dict[str, tuple[str, bytes, set[tuple[str, str, str]]]] = {
    "package-lock": (
        "package-lock.json",
        json.dumps(PACKAGE_LOCK).encode(),
        {("npm", "chalk", "5.3.0"), ("npm", "@x/y", "1.0.0"), ("npm", "left-pad", "1.3.0")},
    ),
    "package-lock-1": (
        "npm-shrinkwrap.json",
        json.dumps(OLD_LOCK).encode(),
        {("npm", "a", "1.0.0"), ("npm", "b", "2.0.0"), ("npm", "d", "3.0.0")},
    ),
    "yarn": ("yarn.lock", YARN, {("npm", "@babel/core", "7.20.0"), ("npm", "chalk", "2.4.2")}),
    "berry": ("yarn.lock", BERRY, {("npm", "chalk", "5.3.0")}),
    "pnpm": (
        "pnpm-lock.yaml",
        PNPM,
        {("npm", "@babel/core", "7.20.0"), ("npm", "chalk", "5.3.0"), ("npm", "left-pad", "1.3.0")},
    ),
    "bun": ("bun.lock", BUN, {("npm", "chalk", "5.3.0")}),
    "package": (
        "package.json",
        b'{"name": "shop", "version": "1.0.0", "dependencies": {"chalk": "^5.0.0", "exact": "1.2.3", "o": "npm:p@2.0.0"}}',
        {("npm", "shop", "1.0.0"), ("npm", "chalk", ""), ("npm", "exact", "1.2.3"), ("npm", "p", "2.0.0")},
    ),
    "installed": (
        "node_modules/@x/y/package.json",
        b'{"name": "@x/y", "version": "1.0.0", "dependencies": {"chalk": "^5.0.0"}}',
        {("npm", "@x/y", "1.0.0")},
    ),
    "editor-extension": (
        "extension/package.json",
        b'{"name": "go", "publisher": "golang", "version": "1.0.0", "engines": {"vscode": "*"}}',
        {("vscode-extension", "golang/go", "1.0.0")},
    ),
    "metadata": (
        "shop-1.0.dist-info/METADATA",
        b"Metadata-Version: 2.1\nName: Shop.Window\nVersion: 1.0\nRequires-Dist: attrs (>=22) ; extra == 'x'\n"
        b"Requires-Dist: pin==1.0\n\nRequires-Dist: not-this\n",
        {("pypi", "Shop.Window", "1.0"), ("pypi", "attrs", ""), ("pypi", "pin", "1.0")},
    ),
    "requirements": (
        "requirements-dev.txt",
        b"# all\n-r other.txt\nattrs==22.1.0 \\\n    --hash=sha256:aa\nrequests[socks]>=2 ; python_version > '3'  # why\n"
        b"git+https://git.example/a/b@main#egg=thing\n",
        {("pypi", "attrs", "22.1.0"), ("pypi", "requests", ""), ("pypi", "thing", "")},
    ),
    "pipfile": (
        "Pipfile.lock",
        b'{"default": {"attrs": {"version": "==22.1.0", "hashes": ["x"]}}, "develop": {"black": {"version": "==23.1"}}}',
        {("pypi", "attrs", "22.1.0"), ("pypi", "black", "23.1")},
    ),
    "uv": ("uv.lock", TOML_LOCK, {("pypi", "requests", "2.31.0")}),
    "pyproject": (
        "pyproject.toml",
        b'[project]\nname = "shop"\ndependencies = ["attrs>=22"]\n[build-system]\nrequires = ["setuptools"]\n'
        b'[tool.poetry.dependencies]\npython = "^3.9"\nrich = "13.0.0"\n',
        {("pypi", "attrs", ""), ("pypi", "setuptools", ""), ("pypi", "rich", "13.0.0")},
    ),
    "pom": (
        "pom.xml",
        POM,
        {
            ("maven", "org.acme:shop", "3"), ("maven", "org.slf4j:slf4j-api", "2.0.9"),
            ("maven", "junit:junit", "4.13"), ("maven", "a.b:managed", ""),
        },
    ),
    "pom-properties": (
        "META-INF/maven/a.b/c/pom.properties", b"#Made\ngroupId=a.b\nartifactId=c\nversion=1.0\n", {("maven", "a.b:c", "1.0")}
    ),
    "jar-manifest": (
        "lib/thing-1.2.jar!/META-INF/MANIFEST.MF",
        b"Manifest-Version: 1.0\r\nImplementation-Version: 1.2\r\nImplementation-Vendor-Id: org.a\r\n cme\r\n\r\n",
        {("maven", "org.acme:thing", "1.2")},
    ),
    "gradle": (
        "gradle.lockfile", b"# x\norg.slf4j:slf4j-api:2.0.9=runtimeClasspath\nempty=x\n", {("maven", "org.slf4j:slf4j-api", "2.0.9")}
    ),
    "go-mod": (
        "go.mod",
        b"module a.example/b\n\ngo 1.22\n\nrequire (\n\tgolang.org/x/text v0.3.7 // indirect\n)\nreplace (\n\tx.example/y v1.0.0 => ./y\n)\n",
        {("golang", "golang.org/x/text", "v0.3.7")},
    ),
    "go-sum": (
        "go.sum", b"a.example/b v1.0.0 h1:x=\na.example/b v1.0.0/go.mod h1:y=\n", {("golang", "a.example/b", "v1.0.0")}
    ),
    "cargo": (
        "Cargo.lock",
        b'[[package]]\nname = "shop"\nversion = "0.1.0"\n[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "registry+x"\n',
        {("cargo", "serde", "1.0.1")},
    ),
    "composer-lock": (
        "composer.lock", b'{"packages": [{"name": "a/b", "version": "v1.0.0", "license": ["MIT"]}]}', {("composer", "a/b", "1.0.0")}
    ),
    "composer": (
        "composer.json",
        b'{"name": "acme/shop", "require": {"php": ">=8", "a/b": "^1.0", "c/d": "v2.0.1"}}',
        {("composer", "acme/shop", ""), ("composer", "a/b", ""), ("composer", "c/d", "2.0.1")},
    ),
    "gemfile": (
        "Gemfile.lock",
        b"GEM\n  remote: https://r.example/\n  specs:\n    nokogiri (1.13.1-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.6.0)\n\nPLATFORMS\n    ruby (1.0)\n",
        {("gem", "nokogiri", "1.13.1"), ("gem", "racc", "1.6.0")},
    ),
    "deb": (
        "control.tar.xz!/control",
        b"Package: shop\nVersion: 1.0-1+deb12u1\nArchitecture: all\nDepends: libc6 (>= 2.34), aa | bb (= 2)\n",
        {("deb", "debian/shop", "1.0-1+deb12u1"), ("deb", "debian/libc6", ""), ("deb", "debian/aa", ""), ("deb", "debian/bb", "2")},
    ),
    "nuspec": (
        "Shop.nuspec", NUSPEC, {("nuget", "Shop.Window", "1.2.0"), ("nuget", "Newtonsoft.Json", ""), ("nuget", "Serilog", "3.1.1")}
    ),
    "packages-lock": (
        "packages.lock.json",
        b'{"dependencies": {"net8.0": {"Serilog": {"type": "Direct", "resolved": "3.1.1", "contentHash": "x"}}}}',
        {("nuget", "Serilog", "3.1.1")},
    ),
    "deps": (
        "shop.deps.json",
        b'{"libraries": {"shop/1.0.0": {"type": "project"}, "Serilog/3.1.1": {"type": "package", "sha512": "x"}}}',
        {("nuget", "Serilog", "3.1.1")},
    ),
    "packages-config": (
        "packages.config", b'<packages><package id="Serilog" version="3.1.1"/></packages>', {("nuget", "Serilog", "3.1.1")}
    ),
    "go-program": (
        "bin/tool",
        go_program("path\ta.example/b\nmod\ta.example/b\t(devel)\t\ndep\tc.example/d\tv1.0.0\th1:x\ndep\te.example/f\tv1.0.0\n=>\tg.example/h\tv2.0.0\th1:y\n"),
        {("golang", "stdlib", "1.21.5"), ("golang", "c.example/d", "v1.0.0"), ("golang", "g.example/h", "v2.0.0")},
    ),
    "rust-program": (
        "bin/tool",
        rust_program([{"name": "serde", "version": "1.0.1"}, {"name": "shop", "version": "0.1.0", "root": True}]),
        {("cargo", "serde", "1.0.1")},
    ),
    "banner": ("js/jquery.js", b"/*!\n * jQuery JavaScript Library v3.4.1\n */\n", {("npm", "jquery", "3.4.1")}),
    "extension": (
        "manifest.json", b'{"manifest_version": 3, "name": "Shop", "version": "1.0"}', {("generic", "Shop", "1.0")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_parser_reads(case: str) -> None:
    path, data, expected = CASES[case]
    assert told(path, data) == expected


@given(st.sampled_from(sorted(CASES)), st.integers(0, 1 << 32), st.integers(1, 12))
def test_no_mutation_breaks_a_parser(case: str, seed: int, changes: int) -> None:
    """A bad manifest is said to be one; nothing else is raised, and what is told stays within bounds."""
    path, data, _ = CASES[case]
    chance = random.Random(seed)
    mutated = bytearray(data)
    for _ in range(changes):
        at = chance.randrange(len(mutated) + 1)
        what = chance.randrange(4)
        if what == 0:
            mutated[at : at + chance.randrange(20)] = b""
        elif what == 1:
            mutated[at:at] = chance.choice(
                [b"{", b"[", b'"', b"\0", b"\xff\xfe", b"null", b"1e999", b"<a>", b"\n", b"@"]
            )
        elif what == 2 and mutated:
            mutated[min(at, len(mutated) - 1)] = chance.randrange(256)
        else:
            mutated[at:at] = bytes(mutated[at : at + chance.randrange(40)])
    file = file_of(path, bytes(mutated))
    parser = find_parser(file)
    if parser is None:
        return
    try:
        for part in parser(file):
            assert isinstance(part.name, str) and isinstance(part.version, str) and isinstance(part.purl, str)
    except BadManifest as error:
        assert str(error)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=4)
       | st.dictionaries(st.sampled_from(["packages", "dependencies", "name", "version", "default", "libraries", "", "x"]),
                         inner, max_size=4), max_leaves=25),
       st.sampled_from(["package.json", "package-lock.json", "bun.lock", "Pipfile.lock", "composer.lock", "composer.json",
                        "packages.lock.json", "a.deps.json", "manifest.json"]))  # fmt: skip
def test_json_of_any_shape(value: Any, path: str) -> None:
    file = file_of(path, json.dumps(value).encode())
    parser = find_parser(file)
    assert parser is not None
    with contextlib.suppress(BadManifest):
        list(parser(file))


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("package-lock.json", b'{"dependencies": ' + b'{"a": {"dependencies": ' * 5000 + b"1" + b"}}" * 5000 + b"}"),
        ("bun.lock", b"[" * 200_000),
        ("uv.lock", b"a = " + b"[" * 5000),
        ("pom.xml", b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><project>&c;</project>'),
        ("package.json", b'{"name": "\\ud800", "version": "1.0.0", "dependencies": {"\\ud800": "1.0.0"'),
    ],
)
def test_hostile_files_are_named(make_package: Any, path: str, data: bytes) -> None:
    package = make_package({path: data, "go.mod": CASES["go-mod"][1]})
    found = gather(package)
    assert [part.name for part in found.parts] == ["golang.org/x/text"]
    assert [item.file for item in found.unchecked] == [0]


def test_the_root_is_the_outermost_manifest(make_package: Any) -> None:
    package = make_package(
        {
            "package/sub/package.json": b'{"name": "inner", "version": "2.0.0"}',
            "package/package.json": b'{"name": "outer", "version": "1.0.0"}',
        }
    )
    found = gather(package)
    assert found.root is not None and found.root.name == "outer"
    assert {(part.name, part.scope) for part in found.parts} == {("outer", "artifact"), ("inner", "")}


def test_of_a_shaded_jar_the_file_name_says_which_part_it_is(make_package: Any) -> None:
    def pom(group: str, artifact: str) -> bytes:
        return f"groupId={group}\nartifactId={artifact}\nversion=1.0\n".encode()

    files = {
        "META-INF/maven/a.b/other/pom.properties": pom("a.b", "other"),
        "META-INF/maven/org.acme/shop/pom.properties": pom("org.acme", "shop"),
    }
    found = gather(make_package(files, name="shop-1.0.jar"))
    assert found.root is not None and found.root.name == "org.acme:shop"
    assert {part.name for part in found.parts} == {"org.acme:shop", "a.b:other"}


def test_what_lies_in_test_folders_is_test_material(make_package: Any) -> None:
    found = gather(make_package({"tests/fixtures/requirements.txt": b"attrs==22.1.0\n"}))
    assert [part.scope for part in found.parts] == ["test"]


def test_a_name_of_any_length_gives_no_component(make_package: Any) -> None:
    data = json.dumps({"name": "a" * 1000, "version": "1.0.0", "dependencies": {"b" * 300: "1.0.0"}}).encode()
    assert gather(make_package({"package.json": data})).parts == []


def test_go_information_cut_off_anywhere(make_package: Any) -> None:
    data = go_program("dep\tc.example/d\tv1.0.0\th1:x\n")
    for cut in range(data.index(GO_MAGIC), len(data), 7):
        list(parts_of("tool", data[:cut] + bytes(max(0, 5000 - cut))))


def test_a_huge_length_in_go_information() -> None:
    data = b"\x7fELF" + bytes(5000) + GO_MAGIC + bytes([8, 2]) + bytes(16) + b"\xff\xff\xff\xff\x0f" + bytes(100)
    assert parts_of("tool", data) == []


def test_a_file_like_any_other_costs_nothing() -> None:
    assert find_parser(file_of("src/main.py", b"import os\n")) is None
    assert find_parser(file_of("notes.txt", b"hello")) is None
