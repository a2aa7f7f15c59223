"""VS Code extensions: extension.vsixmanifest, which a marketplace reads, against package.json, which an editor runs."""

from __future__ import annotations

import re
from typing import Any

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import (
    Reading,
    check_file_name,
    compare_version,
    inside,
    place,
    rules,
    strings,
    words,
)  # fmt: skip
from checks.downloads.manifests.npm import ENDINGS, describe, tell_scripts
from checks.downloads.manifests.text import attribute, local, parse_xml, read_manifest
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d+\.\d+\.\d+[^@-]*)(?:[@-](?P<platform>[\w-]+))?\.vsix", re.IGNORECASE)
MOST_ELEMENTS = 5000


def read(reading: Reading) -> None:
    """Facts of the extension; then whether both manifests name the same one, and what they name exists."""
    outer, inner = reading.container.get("extension.vsixmanifest"), reading.container.get("extension/package.json")
    identity = _vsixmanifest(reading, outer) if outer is not None else {}
    reading.file = inner or outer
    if inner is None:
        reading.identify(identity.get("Id"), identity.get("Version"), identity.get("Publisher"))
        reading.flag("absent", "There is no extension/package.json: no editor can load the extension", outer)
        return
    grave = dict.fromkeys(rules()["vscode"]["grave"], Severity.MEDIUM)
    manifest = read_manifest(reading, inner, grave)
    reading.identify(
        manifest.get("name") or identity.get("Id"),
        manifest.get("version") or identity.get("Version"),
        manifest.get("publisher") or identity.get("Publisher"),
    )
    reading.tell("package", "title", manifest.get("displayName"))
    describe(reading, manifest)
    reading.tell("package", "platform", identity.get("TargetPlatform"), outer)
    for key in ("main", "browser"):
        reading.tell("entry", key, manifest.get(key))
    for event in strings(manifest.get("activationEvents"))[:50]:
        reading.tell("entry", "activates on", event)
    scripts = manifest.get("scripts")
    reading.tell("hook", "vscode:uninstall", scripts.get("vscode:uninstall") if isinstance(scripts, dict) else "")
    tell_scripts(reading, {})
    if reading.verify:
        _check_identity(reading, manifest, identity, outer)
        _check_name(reading)
        _check_entries(reading, manifest, inner)


def _vsixmanifest(reading: Reading, file: File) -> dict[str, str]:
    """The attributes of Identity; the assets that it names are compared with the files at once."""
    try:
        root = parse_xml(file)
    except BadManifest as error:
        reading.flag("unreadable", f"{file.name} cannot be read: {error}", file)
        return {}
    found: list[dict[str, str]] = []
    for number, element in enumerate(root.iter()):
        if number > MOST_ELEMENTS:
            break
        if local(element.tag) == "Identity":
            found.append({local(key): str(value) for key, value in element.attrib.items()})
        elif local(element.tag) == "Asset" and reading.complete:
            path = attribute(element, "Path")
            if path and "://" not in path and not reading.exists(path):
                message = f"The asset {words(path, 100)} is not in the package"
                reading.flag("missing-file", message, file, span=place(file, path))
    if len(found) > 1 and any(other != found[0] for other in found):
        reading.flag("two-manifests", "extension.vsixmanifest names two identities: readers disagree", file)
    if not found:
        reading.flag("unreadable", "extension.vsixmanifest has no Identity", file)
    return found[0] if found else {}


def _check_identity(
    reading: Reading, manifest: dict[str, Any], identity: dict[str, str], outer: File | None
) -> None:
    """What is listed in the marketplace and what runs in the editor must be the same."""
    if outer is None:
        return
    same_text = lambda left, right: left.strip().lower() == right.strip().lower()  # noqa: E731
    for key, name, same, severity in (
        ("Id", "name", same_text, Severity.HIGH),
        ("Publisher", "publisher", same_text, Severity.HIGH),
        ("Version", "version", compare_version, Severity.MEDIUM),
    ):
        listed, run = identity.get(key, ""), words(manifest.get(name), 200)
        if listed and run and not same(listed, run):
            message = f"extension.vsixmanifest says {name} {words(listed, 80)}, package.json says {words(run, 80)}"
            span = place(outer, f'"{listed}"')
            reading.flag("manifests-disagree", message, outer, span=span, severity=severity)


def _check_name(reading: Reading) -> None:
    match = _FILE.fullmatch(reading.stem)
    if match is not None:
        names = [reading.name, f"{reading.publisher}.{reading.name}"]
        check_file_name(reading, match["name"], match["version"], names)


def _check_entries(reading: Reading, manifest: dict[str, Any], file: File) -> None:
    for key in ("main", "browser"):
        path = manifest.get(key)
        if not isinstance(path, str) or not path.strip():
            continue
        span = place(file, f'"{path}"')
        if not inside(path):
            if path.strip("./"):
                reading.flag("outside-entry", f"{key} leads out of the package: {words(path, 80)}", file, span=span)
        elif reading.target(f"extension/{inside(path)}", ENDINGS) is None and reading.complete:
            message = f"{key} names {words(path, 80)}, which is not in the package"
            reading.flag("missing-entry", message, file, span=span, severity=Severity.MEDIUM)
    icon = manifest.get("icon")
    if isinstance(icon, str) and icon and reading.complete and not reading.exists(f"extension/{inside(icon)}"):
        reading.flag("missing-file", f"The icon {words(icon, 80)} is not in the package", file)
