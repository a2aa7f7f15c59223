"""Seeds of every format that a check reads, and ways to break them: the same numbers give the same bytes."""

from __future__ import annotations

import functools
import importlib.util
import io
import json
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from types import ModuleType

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ARTIFACT = "artifact:"
# A seed larger than this costs more time than it shows.
MAX_SEED = 96 << 10
DEEP = 20_000
ROUNDS = 3
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
TOKENS = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"%s%n",
    b"../",
    b"\r\r\n",
    b"\x1a",
    b"null",
    b"{}",
    b"[]",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 5000,
    b"&a;",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"'''",
    b'"',
    b"<<",
    b"`",
)
Files = dict[str, bytes]


# -- seeds


def _module(check: Path) -> ModuleType | None:
    """What makes samples of a check in code."""
    source = check / "samples.py"
    spec = importlib.util.spec_from_file_location(f"fuzz_seeds_{check.name}", source) if source.exists() else None
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_data(folder: Path) -> dict[str, Path]:
    """What the host hands to checks: a small advisory database, and what is known of other packages."""
    made: dict[str, Path] = {}
    for check in sorted(p.parent for p in SAMPLES.glob("*/samples.py")):
        module = _module(check)
        made |= getattr(module, "data", lambda _: {})(folder)
        if module is not None and hasattr(module, "KNOWN"):
            made["known"] = module.write_known(folder / "known.db", module.KNOWN)
    return made


def _samples(check: Path) -> Iterator[Files]:
    for side in ("flags", "passes"):
        folder = check / side
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_file():
                yield {path.name.rpartition("--")[2]: path.read_bytes()}
            else:
                inside = sorted(p for p in path.rglob("*") if p.is_file())
                yield {p.relative_to(path).as_posix(): p.read_bytes() for p in inside}
    module = _module(check)
    for side in ("flags", "passes"):
        for _, files in getattr(module, side, lambda: ())():
            yield {path: data for path, data in files.items() if not path.startswith("baseline")}


LOCKS: Files = {
    "Cargo.lock": b'version = 3\n[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry"\nchecksum = "0"\n',
    "go.mod": b"module example.com/a\n\ngo 1.22\n\nrequire (\n\tgolang.org/x/text v0.3.7 // indirect\n)\n",
    "go.sum": b"golang.org/x/text v0.3.7 h1:AAAA=\ngolang.org/x/text v0.3.7/go.mod h1:AAAA=\n",
    "composer.lock": b'{"packages": [{"name": "a/b", "version": "1.0", "license": ["MIT"]}], "packages-dev": []}',
    "Gemfile.lock": b"GEM\n  remote: x\n  specs:\n    rake (13.0.6)\n      a (~> 1)\n\nPLATFORMS\n  ruby\n",
    "packages.lock.json": b'{"version": 1, "dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1.0.0"}}}}',
    "poetry.lock": b'[[package]]\nname = "a"\nversion = "1"\noptional = false\n[package.source]\ntype = "git"\n',
    "pylock.toml": b'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n',
    "Pipfile.lock": b'{"_meta": {}, "default": {"a": {"version": "==1.0", "hashes": ["sha256:00"]}}, "develop": {}}',
    "yarn.lock": b'# yarn lockfile v1\n\na@^1.0:\n  version "1.0.0"\n  resolved "https://files.example/a.tgz#00"\n',
    "pnpm-lock.yaml": b"lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-AA==}\n",
    "bun.lock": b'{"lockfileVersion": 1, "packages": {"a": ["a@1.0.0", "", {}, "sha512-AA=="],}}',
    "gradle.lockfile": b"com.a:b:1.0=compileClasspath,runtimeClasspath\nempty=\n",
    "pom.xml": b"<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version></project>",
    "requirements.txt": b"a==1.0 --hash=sha256:0\n-e git+https://git.example/b@main#egg=b\nc<2; python_version<'3'\n",
    "pyproject.toml": b'[project]\nname = "a"\nversion = "1"\ndependencies = ["b==1"]\n[build-system]\nrequires = []\n',
    "a.deps.json": b'{"libraries": {"A/1.0.0": {"type": "package"}}, "targets": {"x": {"A/1.0.0": {}}}}',
    "packages.config": b'<packages><package id="A" version="1.0" /></packages>',
    "environment.yml": b"name: a\ndependencies:\n  - python=3.11\n  - pip:\n    - b==1\n",
    "composer.json": b'{"name": "a/b", "require": {"c/d": "^1"}, "scripts": {"post-install-cmd": "php a.php"}}',
    "bom.json": b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "a", "version": "1"}]}',
    "bom.xml": b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="library">'
    b"<name>a</name><version>1</version></component></components></bom>",
    "manifest.json": b'{"manifest_version": 3, "name": "A", "version": "1", "permissions": ["tabs"], "background": {}}',
    "claims.json": b'{"schema": "assay-suppressions/1", "suppression": [{"check": "pdf_content", "path": "a"}]}',
    ".assay.toml": b'schema = "assay-suppressions/1"\n[[suppression]]\ncheck = "pdf_content"\nrule = "x"\npath = "a"\n',
}


def _deep() -> Iterator[Files]:
    """Structures that are nothing but depth or breadth, in the languages and notations that are parsed."""
    nested = {
        "package.json": b'{"a":' * DEEP,
        "bom.json": b"[" * DEEP,
        "manifest.json": b'{"name":' * DEEP + b"1" + b"}" * DEEP,
        "composer.lock": b'{"packages":' + b"[" * DEEP + b"]" * DEEP + b"}",
        "Cargo.lock": b"a = " + b"[" * DEEP,
        "pom.xml": b"<project>" + b"<a>" * DEEP,
        "AndroidManifest.xml": b"<a>" * DEEP + b"</a>" * DEEP,
        "a.js": b"x=" + b"(" * DEEP + b"1" + b")" * DEEP,
        "b.js": b"[" * DEEP,
        "c.ts": b"a?" * DEEP + b"1" + b":1" * DEEP,
        "d.js": b"1" + b"+a" * DEEP,
        "e.js": b"{" * DEEP + b"}" * DEEP,
        "f.js": b"eval(" * DEEP,
        "g.js": b"`${" * DEEP,
        "a.py": b"eval(" * 90 + b"1" + b")" * 90,
        "b.py": b"x=" + b"-" * DEEP + b"1",
        "c.py": b"(" * DEEP,
        "d.py": b"x = 'a'" + b" + 'b'" * DEEP,
        "e.py": b"a" + b".b()" * DEEP,
        "f.py": b"if 1:\n" + b" if 1:\n" * DEEP,
        "a.sh": b"$(" * DEEP + b"ls" + b")" * DEEP,
        "b.sh": b"if a; then " * DEEP,
        "c.sh": b"a | " * DEEP + b"sh",
        "a.ps1": b"& {" * DEEP + b"}" * DEEP,
        "b.ps1": b"$(" * DEEP,
        "c.ps1": b"'a'" + b"+'b'" * DEEP,
        "a.php": b"<?php " + b"eval(" * DEEP,
        "b.php": b"<?php $a=" + b"[" * DEEP,
        "c.php": b"<?php 'a'" + b".'b'" * DEEP,
        "a.java": b"class A { int a = " + b"(" * DEEP + b"1; }",
        "b.java": b"class A {" * DEEP,
        "a.rtf": b"{\\rtf1" + b"{" * DEEP + b"}" * DEEP,
        "a.svg": b"<svg>" + b"<g>" * DEEP,
        "a.html": b"<div>" * DEEP,
        "a.pdf": b"%PDF-1.7\n1 0 obj\n" + b"[" * DEEP + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        "b.pdf": b"%PDF-1.7\n1 0 obj\n" + b"<</A " * DEEP + b"\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
        "pnpm-lock.yaml": b"packages: " + b"[" * DEEP,
        "a.key": b"0\x80" * DEEP,
        "a.p7s": b"0\x82\xff\xff" * DEEP,
    }
    for name, data in nested.items():
        yield {name: data}
    number = b"9" * 5000  # more digits than the interpreter turns into a number
    for name in ("package.json", "manifest.json", "bom.json", "composer.lock", "package-lock.json", "Cargo.lock"):
        yield {name: b"version = " + number if name == "Cargo.lock" else b'{"version": ' + number + b"}"}
    for name in (
        "package.json",
        "manifest.json",
        "package-lock.json",
        "bom.json",
        "composer.lock",
        "extension.vsixmanifest",
    ):
        for odd in (
            b"[]",
            b"null",
            b"1",
            b'"a"',
            b"{",
            b"\xff",
            b"\xff\xfe{\0}\0",
            b'{"name": "\\ud800", "version": "\\udfff"}',
        ):
            yield {name: odd}


@functools.cache
def seeds() -> tuple[Files, ...]:
    """All packages that may be broken, small ones only; a single `artifact:NAME` is a submission of its own."""
    made = [files for check in sorted(SAMPLES.iterdir()) for files in _samples(check) if check.name[0] not in "_."]
    made += [{name: data} for name, data in LOCKS.items()]
    made.append(dict(LOCKS))
    return tuple(files for files in made if files and sum(map(len, files.values())) <= MAX_SEED)


@functools.cache
def deep_seeds() -> tuple[Files, ...]:
    """Packages of one file that is all depth; broken as they are."""
    return tuple(_deep())


# -- mutations


def _flip(random: Random, data: bytearray) -> None:
    for _ in range(random.choice((1, 2, 8, 64))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _truncate(random: Random, data: bytearray) -> None:
    del data[random.randrange(len(data)) :]


def _length(random: Random, data: bytearray) -> None:
    """Some numbers of the file become the least, the greatest or nearly so."""
    for _ in range(random.choice((1, 2, 4))):
        form = random.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
        size = struct.calcsize(form)
        if len(data) > size:
            at = random.randrange(min(len(data) - size, random.choice((64, 512, 1 << 30)))) & -random.choice((1, 2, 4))
            value = random.choice((*EXTREMES, len(data), len(data) - 1, at, random.randrange(1 << 16)))
            struct.pack_into(form, data, at, value & ((1 << 8 * size) - 1))


def _remove(random: Random, data: bytearray) -> None:
    at = random.randrange(len(data))
    del data[at : at + random.choice((1, 4, 16, 256, 4096))]


def _repeat(random: Random, data: bytearray) -> None:
    at = random.randrange(len(data))
    piece = data[at : at + random.choice((1, 8, 64, 1024))]
    data[at:at] = piece * random.choice((1, 2, 16))


def _splice(random: Random, data: bytearray) -> None:
    """A piece of another seed, over or between."""
    other = random.choice(tuple(random.choice(seeds()).values())) or b"\0"
    start, at = random.randrange(len(other)), random.randrange(len(data))
    piece = other[start : start + random.choice((4, 32, 512, 8192))]
    data[at : at + random.choice((0, len(piece)))] = piece


def _token(random: Random, data: bytearray) -> None:
    at = random.randrange(len(data))
    data[at : at + random.choice((0, 1, 4))] = random.choice(TOKENS)


def _number(random: Random, data: bytearray) -> None:
    """A number in words becomes another."""
    places = [m.span() for m in re.finditer(rb"\d+", bytes(data[:65536]))]
    if places:
        start, end = random.choice(places)
        data[start:end] = random.choice((b"0", b"-1", b"65536", b"4294967296", b"99999999999999999999", b"1.5", b"x"))


def _value(random: Random, data: bytearray) -> None:
    """A quoted text becomes something that is no text, as in a manifest that somebody wrote by hand."""
    places = [m.span() for m in re.finditer(rb'"[^"\n]{0,200}"', bytes(data[:65536]))]
    if places:
        start, end = random.choice(places)
        words = (
            b"null",
            b"1",
            b"true",
            b"[]",
            b"{}",
            b'[""]',
            b"[{}]",
            b'{"a": 1}',
            b'""',
            b'"\\u0000"',
            b'"' + b"a" * 9000 + b'"',
        )
        data[start:end] = random.choice(words)


MUTATIONS: tuple[Callable[[Random, bytearray], None], ...] = (
    _flip,
    _truncate,
    _length,
    _length,
    _remove,
    _repeat,
    _splice,
    _token,
    _number,
    _value,
    _value,
)


def mutate(random: Random, data: bytes) -> bytes:
    """These bytes with one to three things wrong."""
    broken = bytearray(data)
    for _ in range(random.randint(1, ROUNDS)):
        if broken:
            random.choice(MUTATIONS)(random, broken)
    return bytes(broken[: 4 * MAX_SEED])


def _members(data: bytes) -> Files:
    """What a small zip or tar holds; empty for everything else."""
    try:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return {i.filename: archive.read(i) for i in archive.infolist()[:50] if i.file_size <= MAX_SEED}
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            small = [m for m in archive.getmembers()[:50] if m.isreg() and m.size <= MAX_SEED]
            return {m.name: f.read() for m in small if (f := archive.extractfile(m)) is not None}
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        KeyError,
        ValueError,
        EOFError,
        OSError,
        RuntimeError,
        NotImplementedError,
        zlib.error,
    ):
        return {}  # broken before, or neither of the two


def _repack(data: bytes, members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    if data[:2] == b"PK":
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in members.items():
                archive.writestr(zipfile.ZipInfo(name), content)
    else:
        with tarfile.open(fileobj=stream, mode="w:gz" if data[:2] == b"\x1f\x8b" else "w") as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def mutate_container(random: Random, data: bytes) -> bytes:
    """A container that is whole around a member that is not; of what is no container, the bytes themselves."""
    members = _members(data) if random.random() < 0.8 else {}
    if not members:
        return mutate(random, data)
    for name in random.sample(sorted(members), min(len(members), random.choice((1, 1, 2, 4)))):
        members[name] = mutate_container(random, members[name])
    return _repack(data, members)


def mutate_package(random: Random, files: Mapping[str, bytes]) -> Files:
    """The same package with one to four of its files broken."""
    broken = dict(files)
    for path in random.sample(sorted(files), min(len(files), random.choice((1, 1, 2, 4)))):
        broken[path] = mutate_container(random, broken[path])
    return broken


def draw(random: Random) -> Files:
    """A broken package."""
    if random.random() < 0.1:
        return random.choice(deep_seeds())
    return mutate_package(random, random.choice(seeds()))


def together(packages: list[Files]) -> Files:
    """Many packages as one, each in a folder of its own."""
    return {
        f"{number:04}/{path.removeprefix(ARTIFACT)}": data
        for number, files in enumerate(packages)
        for path, data in files.items()
    }


def as_artifact(files: Files) -> tuple[str, bytes]:
    """Name and bytes of the submission that a package is: what was one from the start, else a zip."""
    first = next(iter(files))
    if len(files) == 1:
        return first.removeprefix(ARTIFACT).rpartition("/")[2], files[first]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return "package.zip", stream.getvalue()


def advisories() -> list[Mapping[str, object]]:
    """Records as an advisory export has them."""
    records: list[Mapping[str, object]] = getattr(_module(SAMPLES / "advisories"), "RECORDS", [])
    return records


def osv_export(random: Random, records: list[Mapping[str, object]]) -> bytes:
    """An advisory export of which some records, and sometimes the zip itself, are broken."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, record in enumerate(records):
            data = json.dumps(record).encode()
            archive.writestr(f"{number}.json", mutate(random, data) if random.random() < 0.7 else data)
    return mutate(random, stream.getvalue()) if random.random() < 0.5 else stream.getvalue()
