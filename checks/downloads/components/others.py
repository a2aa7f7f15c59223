"""Go, Rust, PHP, Ruby, Debian and browser extensions: what their manifests and lock files list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import File
from checks.downloads._family import read_json
from checks.downloads.components.gathering import ARTIFACT, Part
from checks.downloads.components.node import licence_of, table_of, text_of
from checks.downloads.components.python import _toml

MAX_LINES = 100_000
_REQUIRE = re.compile(r"(?:require\s+)?([\w.~/!-]+\.[\w.~/!-]+)\s+(v[\w.+-]+)(\s*//\s*indirect)?", re.ASCII)
_GEM = re.compile(r"^ {4}([\w.-]+) \(([\w.-]+)\)\s*$", re.ASCII)
_EXACT = re.compile(r"v?\d+(?:\.\d+){1,3}(?:-[0-9A-Za-z.]+)?\Z")
_RELATION = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)(?::\w+)?\s*(?:\(([<>=]+)\s*([^)\s]+)\))?")


def _lines(file: File) -> list[str]:
    return file.data.decode("utf-8-sig", "replace").split("\n")[:MAX_LINES]


def go_mod(file: File) -> Iterator[Part]:
    """go.mod: what it requires, and the release of Go."""
    block = ""
    for raw in _lines(file):
        line = raw.strip()
        if line.endswith("(") and not block:
            block = line.split()[0].rstrip("(") or "?"
            continue
        if line == ")":
            block = ""
            continue
        match = _REQUIRE.match(line) if block == "require" or line.startswith("require ") else None
        if match:
            yield Part("golang", match[1], match[2], file, scope="indirect" if match[3] else "", locked=True)


def go_sum(file: File) -> Iterator[Part]:
    """go.sum: the modules whose content was needed; those with only their go.mod never are."""
    for line in _lines(file):
        fields = line.split()
        if len(fields) == 3 and fields[2].startswith("h1:") and not fields[1].endswith("/go.mod"):
            yield Part("golang", fields[0], fields[1], file, scope="indirect", digest=True)


def cargo_lock(file: File) -> Iterator[Part]:
    """Cargo.lock; packages without a source are the workspace's own."""
    packages = _toml(file).get("package")
    for entry in packages if isinstance(packages, list) else ():
        entry = table_of(entry)
        origin = text_of(entry.get("source"))
        if origin:
            yield Part("cargo", text_of(entry.get("name")), text_of(entry.get("version")), file,
                       source=origin if origin.startswith("git") else "", digest=bool(entry.get("checksum")),
                       locked=True)  # fmt: skip


def composer_lock(file: File) -> Iterator[Part]:
    """composer.lock."""
    lock = table_of(read_json(file, 32 << 20))
    for section, scope in (("packages", ""), ("packages-dev", "dev")):
        entries = lock.get(section)
        for entry in entries if isinstance(entries, list) else ():
            entry = table_of(entry)
            version = text_of(entry.get("version"))
            yield Part("composer", text_of(entry.get("name")), re.sub(r"\Av(?=\d)", "", version), file, scope=scope,
                       licence=licence_of(entry.get("license")), locked=True)  # fmt: skip


def composer_json(file: File) -> Iterator[Part]:
    """composer.json; what its platform provides (`php`, `ext-json`) is no component."""
    manifest = table_of(read_json(file, 4 << 20))
    name, version = text_of(manifest.get("name")), text_of(manifest.get("version"))
    if "/vendor/" in f"/{file.path}":
        return
    if "/" in name:
        yield Part("composer", name, version, file, "observed", ARTIFACT, licence_of(manifest.get("license")))
    for section, scope in (("require", ""), ("require-dev", "dev")):
        for dependency, wanted in table_of(manifest.get(section)).items():
            wanted = text_of(wanted)
            if "/" in dependency:
                version = wanted.removeprefix("v") if _EXACT.match(wanted) else ""
                yield Part("composer", dependency, version, file, scope=scope, wanted=wanted)


def gemfile_lock(file: File) -> Iterator[Part]:
    """Gemfile.lock: the exact versions below `specs:`; the platform behind a version is cut off."""
    section = ""
    for line in _lines(file):
        if line and not line[0].isspace():
            section = line.strip()
        match = _GEM.match(line[:500]) if section in ("GEM", "GIT") else None
        if match:
            version = re.sub(r"-(?:x86|x64|arm|aarch|java|universal|mingw|mswin).*\Z", "", match[2])
            yield Part("gem", match[1], version, file, source="git" if section == "GIT" else "", locked=True)


def debian_control(file: File) -> Iterator[Part]:
    """The control file of a Debian package: itself, and the names that it depends on."""
    fields: dict[str, str] = {}
    for line in file.head(1 << 18).decode("utf-8", "replace").replace("\n ", " ").split("\n")[:500]:
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.lower(), value.strip())
    name, version = fields.get("package", ""), fields.get("version", "")
    if not name or not version or "architecture" not in fields:
        return
    yield Part("deb", f"debian/{name}", version, file, "observed", ARTIFACT)
    for field, scope in (("pre-depends", ""), ("depends", ""), ("recommends", "optional")):
        for relation in re.split(r"[,|]", fields.get(field, ""))[:2_000]:
            match = _RELATION.match(relation)
            if match:
                wanted = f"{match[2]} {match[3]}" if match[2] else ""
                version = match[3] if match[2] == "=" else ""
                yield Part("deb", f"debian/{match[1]}", version, file, scope=scope, wanted=wanted)


def browser_manifest(file: File) -> Iterator[Part]:
    """manifest.json of a browser extension; its name is free text and none of a registry."""
    if b'"manifest_version"' not in file.head(1 << 20):
        return
    manifest = table_of(read_json(file))
    name, version = text_of(manifest.get("name")), text_of(manifest.get("version"))
    if name and version and not name.startswith("__MSG_"):
        yield Part("generic", name.replace("/", " "), version, file, "observed", ARTIFACT)
