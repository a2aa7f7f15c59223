"""The names that a package goes by: in its manifests, and as a file."""

from __future__ import annotations

import re

from checks.downloads._family import BadManifest, containers, read_json
from checks.downloads.similar.known import title_key
from checks.runtime.package import File, Package

_JSON = ("package.json", "manifest.json", "composer.json", "info/index.json")
_HEADERS = re.compile(
    rb"(?m)^(?:Name|Package|Bundle-SymbolicName|name):[ \t]*['\"]?([^'\"\r\n;]{1,200})"
    rb"|<id>([^<]{1,200})</id>|<Identity[^>]{0,300}?\bId=\"([^\"]{1,200})\""
)
_HEADER_NAMES = ("metadata", "pkg-info", "control", "manifest.mf", "chart.yaml", "extension.vsixmanifest")
_VERSION = re.compile(r"[-_.]v?\d+[.\d].*$")
_READ = 64 << 10


def file_title(name: str) -> str:
    """A file's name without suffixes and version: `acme-notes` of `acme-notes-2.4.1.tgz`."""
    stem = _VERSION.sub("", name)
    return stem if stem != name else re.sub(r"(\.tar)?\.[A-Za-z0-9]{1,8}$", "", name)


def own_titles(package: Package) -> frozenset[str]:
    """Keys of all titles that the package claims; a claim may be a lie, and only mildness rests on it."""
    titles = {file_title(package.name)}
    groups = containers(package)
    for file in groups[0].files if groups else ():
        relative = file.path.removeprefix(groups[0].root)
        if relative in _JSON:
            titles.add(_json_title(file))
        elif relative.count("/") <= 2 and (file.name.lower() in _HEADER_NAMES or file.suffix == ".nuspec"):
            match = _HEADERS.search(file.head(_READ))
            titles.add((match[1] or match[2] or match[3]).decode("utf-8", "replace").strip() if match else "")
    return frozenset(key for key in map(title_key, titles) if key)


def _json_title(file: File) -> str:
    try:
        value = read_json(file)
    except BadManifest:
        return ""  # whoever reads manifests says so
    title = value.get("name") if isinstance(value, dict) else ""
    return title if isinstance(title, str) else ""
