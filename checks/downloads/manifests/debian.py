"""Debian packages: control against the file's name, md5sums against the files."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from checks.downloads.manifests.container import Reading, digest, inside, place, words
from checks.downloads.manifests.text import first, mail_headers, single
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]*)_(?P<version>[^_]+)_(?P<arch>[a-z0-9-]+)\.u?deb")
_CONTROL = re.compile(r"control\.tar(?:\.\w+)?!/(?:[^/!]+!/)?(?:\./)?([\w.-]+)")
_DATA = re.compile(r"data\.tar(?:\.\w+)?!/(?:[^/!]+\.tar!/)?(?:\./)?(.+)", re.DOTALL)
_SUM = re.compile(rb"^([0-9A-Fa-f]{32,128})[ \t]+\*?([^\r\n]+)", re.MULTILINE)
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config", "triggers")
SUMS = (("md5sums", "md5"), ("sha256sums", "sha256"))
MAX_SUMS = 32 << 20
MOST_SUMS = 300_000


def read(reading: Reading) -> None:
    """Facts of control and of the maintainer scripts; then names and digests."""
    parts: dict[str, list[File]] = {}
    prefix = reading.container.prefix
    for file in reading.package.files:
        if file.path.startswith(prefix) and (match := _CONTROL.fullmatch(file.path[len(prefix) :])):
            parts.setdefault(match[1], []).append(file)
    controls = parts.get("control", [])
    if not controls:
        if reading.complete:
            reading.flag("absent", "The package has no control file: it does not say what it is")
        return
    reading.file = control = controls[0]
    headers = mail_headers(control.head(1 << 20))
    reading.identify(first(headers, "package"), first(headers, "version"), first(headers, "maintainer"))
    single(reading, control, headers, "package", "version", "architecture")
    for name, key in (("description", "description"), ("homepage", "homepage"), ("architecture", "architecture"),
                      ("section", "section"), ("depends", "minimum platform")):  # fmt: skip
        reading.tell("package", name if key != "minimum platform" else key, first(headers, name).partition("\n")[0])
    for name in SCRIPTS:
        for file in parts.get(name, []):
            reading.tell("hook", name, "runs as root when the package is installed or removed", file)
    if not reading.verify:
        return
    for other in controls[1:]:
        if digest(other) != digest(control):
            reading.flag("two-manifests", "The package has two control files that differ", other)
    _check_name(reading, first(headers, "architecture"))
    _check_sums(reading, parts, prefix)


def _check_name(reading: Reading, architecture: str) -> None:
    """The epoch is never part of the file's name, and a colon may be written %3a."""
    match = _FILE.fullmatch(unquote(reading.stem))
    file = reading.file
    if match is None or file is None:
        return
    if reading.name and match["name"] != reading.name:
        message = f"The file is named for {match['name'][:80]}, control says {words(reading.name, 80)}"
        reading.flag("name-mismatch", message, file, span=place(file, reading.name))
    version = reading.version
    if version and match["version"] not in (version, version.partition(":")[2]):
        message = f"The file is named for version {words(match['version'], 60)}, control says {words(version, 60)}"
        reading.flag("version-mismatch", message, file, span=place(file, version))
    if architecture and match["arch"] != architecture:
        message = f"The file is named for {match['arch'][:40]}, control says {words(architecture, 40)}"
        reading.flag("tag-mismatch", message, file, span=place(file, architecture))


def _check_sums(reading: Reading, parts: dict[str, list[File]], prefix: str) -> None:
    files: dict[str, list[File]] = {}
    for file in reading.package.files:
        match = _DATA.fullmatch(file.path[len(prefix) :]) if file.path.startswith(prefix) else None
        if match is not None and "!/" not in match[1]:
            files.setdefault(posixpath.normpath(match[1]), []).append(file)
    matches = (_DATA.fullmatch(entry.path[len(prefix) :]) for entry in reading.package.entries)
    there = {posixpath.normpath(match[1]) for match in matches if match is not None}
    for name, algorithm in SUMS:
        for sums in parts.get(name, []):
            listed = _compare(reading, sums, algorithm, files, there)
            if listed:
                _check_unlisted(reading, sums, files, listed, parts.get("conffiles", []))


def _compare(
    reading: Reading, sums: File, algorithm: str, files: dict[str, list[File]], there: set[str]
) -> set[str]:
    """The listed paths; wrong digests and absent files are told."""
    listed: set[str] = set()
    for match in _SUM.finditer(sums.head(MAX_SUMS)):
        if len(listed) >= MOST_SUMS:
            reading.skip(f"{sums.name} has more than {MOST_SUMS} lines", sums)
            return set()
        path = posixpath.normpath(inside(match[2].decode("utf-8", "surrogateescape").strip()) or "/")
        listed.add(path)
        recorded = match[1].decode().lower()
        for file in files.get(path, ()):
            if digest(file, algorithm) != recorded and reading.complete:
                message = f"The content of {words(path, 120)} is not what {sums.name} says"
                reading.flag("digest-wrong", message, file)
        if path not in there and reading.complete:
            message = f"{sums.name} lists {words(path, 120)}, which is not in the package"
            reading.flag("digest-missing", message, sums, span=match.span(2))
    return listed


def _check_unlisted(
    reading: Reading, sums: File, files: dict[str, list[File]], listed: set[str], conffiles: list[File]
) -> None:
    """Configuration files are left out of md5sums by custom, nothing else is."""
    known = {
        posixpath.normpath(line.strip().lstrip("/"))
        for file in conffiles
        for line in file.head(1 << 20).decode("utf-8", "replace").splitlines()
    }
    for path, members in files.items():
        if path not in listed and path not in known and not path.startswith("etc/"):
            reading.flag("digest-unlisted", f"{words(path, 120)} is in the package, but not in {sums.name}", members[0])
