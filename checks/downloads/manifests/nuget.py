"""NuGet packages: the nuspec against file name and core properties; scripts and build files that run by themselves."""

from __future__ import annotations

import re
from typing import Any

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import Reading, check_file_name, compare_version, place, words
from checks.downloads.manifests.text import attribute, child_texts, local, parse_xml
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>.+?)\.(?P<version>\d+(?:\.\d+)+(?:[-+][0-9A-Za-z.+-]+)?)\.s?nupkg", re.IGNORECASE)
_SCRIPT = re.compile(r"tools/(?:.+/)?(init|install|uninstall|chocolatey\w+)\.ps1", re.IGNORECASE)
_BUILD = re.compile(
    r"build(?:transitive|multitargeting|crosstargeting)?/(?:.+/)?[^/]+\.(?:props|targets)", re.IGNORECASE
)


def read(reading: Reading) -> None:
    """Facts of the package; then whether its manifests agree."""
    start = len(reading.container.root)
    top = [f for f in reading.container.files if "/" not in f.path[start:] and f.suffix == ".nuspec"]
    if not top:
        return
    reading.file = file = top[0]
    fields = _nuspec(reading, file)
    reading.identify(fields.get("id"), fields.get("version"), fields.get("authors") or fields.get("owners"))
    for key, name in (("description", "description"), ("license", "licence"), ("licenseUrl", "licence"),
                      ("projectUrl", "homepage"), ("repository", "repository")):  # fmt: skip
        reading.tell("package", name, fields.get(key))
    for other in reading.container.files:
        path = other.path[start:]
        if match := _SCRIPT.fullmatch(path):
            reading.tell("hook", f"{match[1].lower()}.ps1", f"{path} runs in the developer's Visual Studio", other)
        elif _BUILD.fullmatch(path):
            reading.tell("hook", "build file", f"{path} becomes part of every build that uses the package", other)
    if not reading.verify:
        return
    for other in top[1:]:
        reading.flag("two-manifests", f"There are two nuspec files: {file.name} and {words(other.name, 80)}", other)
    match = _FILE.fullmatch(reading.stem)
    if match is not None:
        check_file_name(reading, match["name"], match["version"])
    if reading.name and file.name.removesuffix(file.suffix).lower() != reading.name.lower():
        message = f"{words(file.name, 80)} describes {words(reading.name, 80)}"
        reading.flag("manifests-disagree", message, file, severity=Severity.LOW)
    _check_core(reading)


def _nuspec(reading: Reading, file: File) -> dict[str, str]:
    try:
        root = parse_xml(file)
    except BadManifest as error:
        reading.flag("unreadable", f"{file.name} cannot be read: {error}", file)
        return {}
    metadata: Any = next((child for child in root if local(child.tag).lower() == "metadata"), None)
    if metadata is None:
        reading.flag("unreadable", f"{file.name} has no metadata", file)
        return {}
    fields = child_texts(metadata)
    for child in list(metadata)[:500]:
        if local(child.tag) == "repository":
            fields["repository"] = attribute(child, "url")
        elif local(child.tag) == "dependencies":
            for group in list(child)[:50]:
                reading.tell("package", "minimum platform", attribute(group, "targetFramework"))
    if attribute(metadata, "minClientVersion"):
        reading.tell("package", "minimum platform", f"NuGet {attribute(metadata, 'minClientVersion')}")
    for name in ("id", "version"):
        texts = [c.text or "" for c in list(metadata)[:2000] if local(c.tag) == name]
        if len(set(texts)) > 1:
            message = f"{file.name} says {name} twice: {words(texts[0], 60)} and {words(texts[-1], 60)}"
            reading.flag("duplicate-key", message, file, span=place(file, f"<{name}>"), severity=Severity.MEDIUM)
    return fields


def _check_core(reading: Reading) -> None:
    """The properties of the package as a document, written by the same build."""
    for file in reading.container.files:
        if file.suffix != ".psmdcp":
            continue
        try:
            fields = child_texts(parse_xml(file))
        except BadManifest as error:
            reading.flag("unreadable", f"{file.name} cannot be read: {error}", file)
            continue
        name, version = fields.get("identifier", ""), fields.get("version", "")
        if name and reading.name and name.lower() != reading.name.lower():
            message = f"The core properties say {words(name, 80)}, the nuspec {words(reading.name, 80)}"
            reading.flag("manifests-disagree", message, file, span=place(file, name))
        elif version and reading.version and not compare_version(version, reading.version):
            message = f"The core properties say version {words(version, 60)}, the nuspec {words(reading.version, 60)}"
            reading.flag("manifests-disagree", message, file, span=place(file, version))
