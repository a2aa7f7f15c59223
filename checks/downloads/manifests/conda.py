"""Conda packages: info/index.json against the file's name, info/paths.json against the files."""

from __future__ import annotations

import re
from typing import Any

from checks.downloads._family import Container, containers
from checks.downloads.manifests.container import Reading, check_file_name, digest, inside, words
from checks.downloads.manifests.text import read_manifest
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.(?:conda|tar\.bz2)")
_PART = re.compile(r"(info|pkg)-[^/!]+\.tar\.zst!/")
MOST_PATHS = 300_000


def read(reading: Reading) -> None:
    """Facts of the package; then its digests. A .conda holds its parts as archives inside."""
    parts = _parts(reading)
    about = _find(parts, "info/index.json")
    if about is None:
        if reading.complete:
            reading.flag("absent", "The package has no info/index.json: it does not say what it is")
        return
    reading.file = about
    manifest = read_manifest(reading, about, {"name": Severity.MEDIUM, "version": Severity.MEDIUM})
    reading.identify(manifest.get("name"), manifest.get("version"))
    reading.tell("package", "architecture", manifest.get("subdir"))
    reading.tell("package", "build", manifest.get("build"))
    reading.tell("package", "licence", manifest.get("license"))
    depends = manifest.get("depends")
    for wanted in depends[:200] if isinstance(depends, list) else ():
        if isinstance(wanted, str) and wanted.split(" ")[0] in ("python", "__glibc", "__osx", "__win"):
            reading.tell("package", "minimum platform", wanted)
    if not reading.verify:
        return
    match = _FILE.fullmatch(reading.stem)
    if match is not None:
        check_file_name(reading, match["name"], match["version"])
    listed = _find(parts, "info/paths.json")
    if listed is not None:
        _check_paths(reading, parts, listed)


def _parts(reading: Reading) -> list[Container]:
    """The containers in which the package's files lie."""
    prefix = reading.container.prefix
    everything = (c for c in containers(reading.package) if c.prefix.startswith(prefix))
    inner = [c for c in everything if _PART.fullmatch(c.prefix[len(prefix) :])]
    return inner or [reading.container]


def _find(parts: list[Container], path: str) -> File | None:
    return next((f for part in parts if (f := part.find(part.prefix + path)) is not None), None)


def _check_paths(reading: Reading, parts: list[Container], listed: File) -> None:
    paths: Any = read_manifest(reading, listed, {}).get("paths")
    for entry in paths[:MOST_PATHS] if isinstance(paths, list) else ():
        path = entry.get("_path") if isinstance(entry, dict) else None
        if not isinstance(path, str) or entry.get("path_type", "hardlink") != "hardlink":
            continue
        file, recorded = _find(parts, inside(path)), entry.get("sha256")
        if file is None:
            if reading.complete:
                message = f"paths.json lists {words(path, 120)}, which is not in the package"
                reading.flag("digest-missing", message, listed, needle=f'"{path}"')
        elif isinstance(recorded, str) and recorded.lower() != digest(file) and reading.complete:
            reading.flag("digest-wrong", f"The content of {words(path, 120)} is not what paths.json says", file)
