""".NET: nuspec, deps.json, packages.lock.json and packages.config."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import File
from checks.downloads._family import read_json
from checks.downloads.components.gathering import ARTIFACT, Part
from checks.downloads.components.java import child_texts, local, parse_xml
from checks.downloads.components.node import table_of, text_of

_EXACT = re.compile(r"\[\s*([0-9][\w.+-]*)\s*\]\Z", re.ASCII)


def nuspec(file: File) -> Iterator[Part]:
    """The manifest of a NuGet package: itself, and what it depends on, a plain version meaning `at least`."""
    for section in parse_xml(file):
        if local(section.tag) != "metadata":
            continue
        own = child_texts(section)
        if own.get("id") and own.get("version"):
            licence = own.get("license", "")
            yield Part("nuget", own["id"], own["version"], file, "observed", ARTIFACT, licence)
        for count, element in enumerate(section.iter()):
            if count > 20_000:
                return
            name = text_of(element.get("id"))
            if local(element.tag) == "dependency" and name:
                wanted = text_of(element.get("version"))
                exact = _EXACT.match(wanted)
                yield Part("nuget", name, exact[1] if exact else "", file, wanted=wanted)


def packages_lock(file: File) -> Iterator[Part]:
    """packages.lock.json."""
    for framework in table_of(table_of(read_json(file, 32 << 20)).get("dependencies")).values():
        for name, entry in table_of(framework).items():
            version = text_of(table_of(entry).get("resolved"))
            if version:
                digest = bool(table_of(entry).get("contentHash"))
                yield Part("nuget", name, version, file, digest=digest, locked=True)


def deps_json(file: File) -> Iterator[Part]:
    """*.deps.json, written beside a built application: what it was built with, and mostly ships."""
    for key, entry in table_of(table_of(read_json(file, 32 << 20)).get("libraries")).items():
        name, slash, version = key.partition("/")
        if slash and table_of(entry).get("type") == "package":
            yield Part("nuget", name, version, file, digest=bool(table_of(entry).get("sha512")), locked=True)


def packages_config(file: File) -> Iterator[Part]:
    """packages.config of older projects."""
    for element in list(parse_xml(file))[:20_000]:
        name, version = text_of(element.get("id")), text_of(element.get("version"))
        if local(element.tag) == "package" and name:
            scope = "dev" if element.get("developmentDependency") == "true" else ""
            yield Part("nuget", name, version, file, scope=scope, locked=True)
