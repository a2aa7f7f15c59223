"""What a package is, by the few members that say so; every value in them is the submitter's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checks.runtime.archives.compound import COMPOUND
from checks.runtime.archives.formats import is_installer

MAX_NAME = 200
MAX_VERSION = 100
_HEADER = re.compile(rb"^(Name|Version|Package):[ \t]*([^\r\n]*)", re.MULTILINE)
_CHART = re.compile(rb"^(name|version):[ \t]*['\"]?([^'\"\r\n#]*)", re.MULTILINE)
_NUSPEC = re.compile(rb"<(id|version)>([^<]*)</")
_VSIX = re.compile(rb"<Identity\b[^>]*>")
_ATTRIBUTE = re.compile(rb"\b(Id|Version)\s*=\s*\"([^\"]*)\"")
_WEB_YAML = re.compile(rb"^(?:openapi|swagger)['\"]?[ \t]*:", re.MULTILINE)
_MANIFEST = re.compile(
    rb"^(Implementation-Title|Bundle-SymbolicName|Implementation-Version|Bundle-Version): ?([^\r\n;]*)", re.MULTILINE
)
_CONTROL_PATH = re.compile(r"control\.tar(?:\.\w+)?!/control")
_CONDA_PART = re.compile(r"(?:info|pkg)-[^/]+\.tar\.zst")
_ANDROID = ("AndroidManifest.xml", "base/manifest/AndroidManifest.xml")
_MSI_NAMES = (".msi", ".msp", ".msm")


@dataclass(frozen=True)
class UnpackFacts:
    """What was recognised. `kind` is download, web, image or chart; name and version may be empty."""

    format: str
    is_archive: bool
    kind: str
    family: str
    name: str = ""
    version: str = ""


def _clean(value: object, limit: int) -> str:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
    return "".join(c for c in text if c.isprintable())[:limit].strip()


def _json(data: bytes) -> dict[str, Any]:
    """The object in a JSON file, empty for anything else, however hostile."""
    try:
        value = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _pairs(pattern: re.Pattern[bytes], data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in pattern.finditer(data):
        found.setdefault(match[1].decode("ascii"), match[2].decode("utf-8", "replace"))
    return found


def _first(manifests: Mapping[str, bytes], pattern: str) -> bytes | None:
    compiled = re.compile(pattern)
    for path, data in manifests.items():
        if compiled.fullmatch(path):
            return data
    return None


def is_web_descriptor(name: str, data: bytes) -> bool:
    """Whether a single file describes a web integration (Atlassian Connect, OpenAPI, Swagger)."""
    if data.lstrip()[:1] == b"{":
        value = _json(data)
        return "openapi" in value or "swagger" in value or {"key", "baseUrl"} <= value.keys()
    return name.lower().endswith((".yaml", ".yml")) and _WEB_YAML.search(data) is not None


def describe_file(name: str, data: bytes) -> UnpackFacts:
    """Facts of an artifact that is no archive; `data` is its first MiB."""
    if is_web_descriptor(name, data):
        value = _json(data)
        info = value.get("info")
        info = info if isinstance(info, dict) else value
        title = _clean(info.get("title") or value.get("name"), MAX_NAME)
        return UnpackFacts("file", False, "web", "web-descriptor", title, _clean(info.get("version"), MAX_VERSION))
    return UnpackFacts("file", False, "download", file_family(data, name))


def file_family(data: bytes, name: str = "") -> str:
    """The family of a file that is no archive by its first bytes (4 KiB or more).

    An installer says what it is anywhere in the file: where that is out of sight, its `name` decides.
    """
    if data[:4] == b"\x7fELF":
        return "elf-executable"
    if data[:2] == b"MZ" and _is_portable(data):
        return "windows-executable"
    if data[:8] == COMPOUND:
        return "windows-installer" if is_installer(data) or name.lower().endswith(_MSI_NAMES) else "office-document"
    # readers of PDF look for the mark anywhere in the first KiB
    return "pdf-document" if b"%PDF-" in data[:1024] else "file"


def _is_portable(data: bytes) -> bool:
    """Text may begin with MZ as well: the header that it points to decides, where that is within sight."""
    at = int.from_bytes(data[60:64], "little")
    if len(data) < 64 or b"\0" not in data[:64]:
        return False
    return data[at : at + 4] == b"PE\0\0" or at + 4 > len(data)


def describe(format: str, names: set[str], manifests: Mapping[str, bytes]) -> UnpackFacts:
    """Facts of an archive from the names at its top and the manifests that were kept."""

    def facts(family: str, name: object = "", version: object = "", kind: str = "download") -> UnpackFacts:
        return UnpackFacts(format, True, kind, family, _clean(name, MAX_NAME), _clean(version, MAX_VERSION))

    package, manifest = _first(manifests, r"package/package\.json"), manifests.get("manifest.json")
    if "oci-layout" in names and "index.json" in names:
        return facts("oci-image", kind="image")
    if manifest is not None and manifest.lstrip()[:1] == b"[" and b'"Layers"' in manifest:
        return facts("docker-image", kind="image")
    chart = _first(manifests, r"[^/]+/Chart\.yaml")
    if chart is not None and format in ("gzip", "tar"):
        values = _pairs(_CHART, chart)
        return facts("chart", values.get("name"), values.get("version"), "chart")
    if format == "crx":
        return _extension(facts, manifest or b"")
    if format == "rpm":
        return facts("rpm")
    if format == "ar" and "debian-binary" in names:
        values = _pairs(_HEADER, _first(manifests, _CONTROL_PATH.pattern) or b"")
        return facts("deb", values.get("Package"), values.get("Version"))
    if format in ("gzip", "tar", "xz", "bzip2", "zstd"):
        return _source_archive(facts, names, manifests, package)
    if format == "zip":
        return _zip(facts, names, manifests)
    return facts("plain-archive")


def _extension(facts: Any, manifest: bytes) -> UnpackFacts:
    value = _json(manifest)
    name = value.get("name")
    if isinstance(name, str) and name.startswith("__MSG_"):  # it stands in the catalogue of a language
        name = value.get("short_name") if not str(value.get("short_name", "__MSG_")).startswith("__MSG_") else ""
    found: UnpackFacts = facts("browser-extension", name, value.get("version"))
    return found


def _source_archive(facts: Any, names: set[str], manifests: Mapping[str, bytes], package: bytes | None) -> UnpackFacts:
    found: UnpackFacts
    if {"metadata.gz", "data.tar.gz"} <= names:
        found = facts("gem")
        return found
    if "info/index.json" in manifests:
        value = _json(manifests["info/index.json"])
        found = facts("conda", value.get("name"), value.get("version"))
        return found
    information = _first(manifests, r"[^/]+/PKG-INFO")
    if information is not None:
        values = _pairs(_HEADER, information.partition(b"\n\n")[0])
        found = facts("sdist", values.get("Name"), values.get("Version"))
        return found
    if package is None:
        package = _first(manifests, r"[^/]+/package\.json")
        if package is None or len({n.partition("/")[0] for n in names}) != 1:
            found = _web_or_plain(facts, names, manifests)
            return found
    value = _json(package)
    found = facts("npm", value.get("name"), value.get("version"))
    return found


def _zip(facts: Any, names: set[str], manifests: Mapping[str, bytes]) -> UnpackFacts:
    found: UnpackFacts
    metadata = _first(manifests, r"[^/]+\.dist-info/METADATA")
    nuspec = _first(manifests, r"[^/]+\.nuspec")
    vsix = manifests.get("extension.vsixmanifest")
    manifest = manifests.get("manifest.json")
    if metadata is not None:
        values = _pairs(_HEADER, metadata.partition(b"\n\n")[0])
        found = facts("wheel", values.get("Name"), values.get("Version"))
    elif vsix is not None:
        identity = _VSIX.search(vsix)
        values = _pairs(_ATTRIBUTE, identity[0] if identity else b"")
        value = _json(manifests.get("extension/package.json", b""))
        found = facts("vsix", values.get("Id") or value.get("name"), values.get("Version") or value.get("version"))
    elif nuspec is not None:
        values = _pairs(_NUSPEC, nuspec)
        found = facts("nupkg", values.get("id"), values.get("version"))
    elif manifest is not None and "manifest_version" in _json(manifest):
        found = _extension(facts, manifest)
    elif not names.isdisjoint(_ANDROID):
        found = facts("apk")
    elif any(_CONDA_PART.fullmatch(name) for name in names):
        found = facts("conda")
    elif "META-INF/MANIFEST.MF" in names or "WEB-INF/web.xml" in names:
        values = _pairs(_MANIFEST, manifests.get("META-INF/MANIFEST.MF", b""))
        title = values.get("Implementation-Title") or values.get("Bundle-SymbolicName")
        found = facts("jar", title, values.get("Implementation-Version") or values.get("Bundle-Version"))
    elif "[Content_Types].xml" in names or "mimetype" in names:
        found = facts("office-document")
    else:
        found = _web_or_plain(facts, names, manifests)
    return found


def _web_or_plain(facts: Any, names: set[str], manifests: Mapping[str, bytes]) -> UnpackFacts:
    found: UnpackFacts
    for path, data in manifests.items():
        if (
            "/" not in path
            and path.startswith(("atlassian-connect.", "openapi.", "swagger."))
            and is_web_descriptor(path, data)
        ):
            single = describe_file(path, data)
            found = facts("web-descriptor", single.name, single.version, "web")
            return found
    found = facts("composer" if _is_composer(names) else "plain-archive")
    return found


def _is_composer(names: set[str]) -> bool:
    """Its manifest lies at the top, or in the one folder that holds everything."""
    tops = {name.partition("/")[0] for name in names}
    return "composer.json" in names or (len(tops) == 1 and f"{min(tops)}/composer.json" in names)
