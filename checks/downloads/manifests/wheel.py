"""Wheels: METADATA, WHEEL, RECORD, the folder's name and the file's name have to tell one story."""

from __future__ import annotations

import configparser
import re

from checks.downloads.manifests.container import Reading, check_file_name, compare_name, compare_version, place, words
from checks.downloads.manifests.record import check_record
from checks.downloads.manifests.text import first, mail_headers, single
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-(?P<build>\d[^-]*))?-(?P<tags>[^-]+-[^-]+-[^-]+)\.whl", re.IGNORECASE
)
_FOLDER = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*|[^-]+)\.dist-info")
MAX_HEADERS = 1 << 20
MOST_TAGS = 2000


def read(reading: Reading) -> None:
    """Facts of the wheel; then whether its parts agree, RECORD included."""
    folders = _folders(reading)
    if not folders:
        return
    folder = folders[0]
    metadata, wheel = reading.container.get(f"{folder}/METADATA"), reading.container.get(f"{folder}/WHEEL")
    if metadata is None:
        reading.flag("absent", f"{folder} has no METADATA: the wheel does not say what it is", wheel)
    else:
        reading.file = metadata
        headers = mail_headers(metadata.head(MAX_HEADERS))
        describe(reading, headers)
        single(reading, metadata, headers, "name", "version", "requires-python")
    tags = _tags(wheel)
    reading.tell("package", "built for", sorted(tags), wheel)
    tell_entry_points(reading, reading.container.get(f"{folder}/entry_points.txt"))
    for file in reading.container.files:
        if file.suffix == ".pth" and "/" not in file.path[len(reading.container.root) :]:
            reading.tell("hook", "runs at every start of Python", file.name, file)
    if not reading.verify:
        return
    for other in folders[1:]:
        marker = reading.container.get(f"{other}/METADATA") or reading.container.get(f"{other}/WHEEL")
        message = f"The wheel has two folders of metadata, {words(folder, 80)} and {words(other, 80)}"
        reading.flag("two-manifests", message, marker)
    _check_folder(reading, folder, metadata or wheel)
    match = _FILE.fullmatch(reading.stem)
    if match is not None:
        check_file_name(reading, match["name"], match["version"])
        _check_tags(reading, match["tags"], tags, wheel)
    check_record(reading, folder)


def describe(reading: Reading, headers: dict[str, list[str]]) -> None:
    """What METADATA or PKG-INFO says in words."""
    author = first(headers, "author-email") or first(headers, "author") or first(headers, "maintainer-email")
    reading.identify(first(headers, "name"), first(headers, "version"), author or first(headers, "maintainer"))
    reading.tell("package", "description", first(headers, "summary"))
    reading.tell("package", "licence", first(headers, "license-expression") or first(headers, "license"))
    reading.tell("package", "homepage", first(headers, "home-page"))
    for link in headers.get("project-url", [])[:10]:
        reading.tell("package", "link", link)
    wanted = first(headers, "requires-python")
    reading.tell("package", "minimum platform", f"Python {wanted}" if wanted else "")


def tell_entry_points(reading: Reading, file: File | None) -> None:
    """Commands and plug-ins; those of pytest and the like are loaded by another program without being asked for."""
    if file is None:
        return
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(file.head(1 << 18).decode("utf-8", "replace"))
    except (configparser.Error, ValueError) as error:
        reading.flag("unreadable", f"entry_points.txt cannot be read: {words(str(error), 120)}", file)
        return
    for section in parser.sections()[:200]:
        kind = "command" if section in ("console_scripts", "gui_scripts") else f"plug-in of {words(section, 80)}"
        for name, target in list(parser.items(section))[:200]:
            reading.tell("entry", f"{kind} {words(name, 80)}", target, file)


def _folders(reading: Reading) -> list[str]:
    """The top folders of metadata, the one with a METADATA first."""
    start, found = len(reading.container.root), set()
    for file in reading.container.files:
        folder, slash, _ = file.path[start:].partition("/")
        if slash and folder.endswith(".dist-info"):
            found.add(folder)
    return sorted(found, key=lambda name: (reading.container.get(f"{name}/METADATA") is None, name))[:20]


def _check_folder(reading: Reading, folder: str, file: File | None) -> None:
    match = _FOLDER.fullmatch(folder)
    if match is None or not reading.name:
        return
    if not compare_name(match["name"], reading.name) or not compare_version(match["version"], reading.version):
        message = f"The folder {words(folder, 100)} holds the metadata of {reading.name} {reading.version}"
        reading.flag("manifests-disagree", message, file, severity=Severity.HIGH)


def _tags(wheel: File | None) -> set[str]:
    if wheel is None:
        return set()
    return {tag.lower() for tag in mail_headers(wheel.head(1 << 16)).get("tag", [])[:MOST_TAGS]}


def _check_tags(reading: Reading, compressed: str, tags: set[str], wheel: File | None) -> None:
    """py2.py3-none-any stands for two tags."""
    parts = [part.split(".") for part in compressed.lower().split("-")]
    if len(parts[0]) * len(parts[1]) * len(parts[2]) > MOST_TAGS:
        return
    named = {f"{python}-{abi}-{platform}" for python in parts[0] for abi in parts[1] for platform in parts[2]}
    if tags and wheel is not None and not tags & named:
        message = f"The file is named for {words(compressed, 80)}, WHEEL says {words(min(tags), 80)}"
        reading.flag("tag-mismatch", message, wheel, span=place(wheel, "Tag:"))
