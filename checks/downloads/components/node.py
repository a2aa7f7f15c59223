"""package.json: the package itself, what it declares, and what lies in node_modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks import File
from checks.downloads._family import BadManifest, read_json
from checks.downloads.components.gathering import ARTIFACT, Part

SCOPES = {
    "dependencies": "",
    "optionalDependencies": "optional",
    "peerDependencies": "peer",
    "devDependencies": "dev",
}
_EXACT = re.compile(r"=?v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)\Z")
_REMOTE = re.compile(r"(?:git(?:\+[a-z]+)?|https?|ssh|github|gitlab|bitbucket|gist)[:@]|[\w.-]+/[\w.#-]+\Z")
_LOCAL = ("file:", "link:", "workspace:", "portal:", "catalog:", "patch:", "exec:")
MAX_NAMES = 5_000


def text_of(value: Any, limit: int = 300) -> str:
    """A string of a manifest, cut; empty for anything else."""
    return value[:limit] if isinstance(value, str) else ""


def table_of(value: Any) -> Mapping[str, Any]:
    """An object of a manifest, empty for anything else."""
    return value if isinstance(value, dict) else {}


def licence_of(value: Any) -> str:
    """The licence as package.json says it, old forms included."""
    if isinstance(value, list) and value:
        value = value[0]
    return text_of(value.get("type") if isinstance(value, dict) else value, 200)


def package_json(file: File) -> Iterator[Part]:
    """The package it describes, and its dependencies unless it was installed there itself."""
    if b'"name"' not in file.head(1 << 20) and b"ependencies" not in file.head(1 << 20):
        return  # only says how the files beside it are to be read
    manifest = read_json(file, 4 << 20)
    if not isinstance(manifest, dict):
        raise BadManifest("it holds no object")
    name, version = text_of(manifest.get("name")), text_of(manifest.get("version"))
    licence = licence_of(manifest.get("license", manifest.get("licenses")))
    if "/node_modules/" in f"/{file.path}":
        if name and version and re.search(r"node_modules/(?:@[^/]+/)?[^/]+/package\.json\Z", file.path):
            yield Part("npm", name, version, file, "observed", licence=licence)
        return
    publisher = text_of(manifest.get("publisher"))
    if name and version:
        editor = publisher and isinstance(manifest.get("engines"), dict) and "vscode" in manifest["engines"]
        kind, full = ("vscode-extension", f"{publisher}/{name}") if editor else ("npm", name)
        yield Part(kind, full, version, file, "observed", ARTIFACT, licence)
    for field, scope in SCOPES.items():
        for dependency, wanted in list(table_of(manifest.get(field)).items())[:MAX_NAMES]:
            yield declared(file, dependency, text_of(wanted), scope)


def declared(file: File, name: str, wanted: str, scope: str) -> Part:
    """One dependency as package.json or a lock file without versions asks for it."""
    if wanted.startswith("npm:"):  # under another name than its own
        real, _, version = wanted[4:].rpartition("@")
        name, wanted = (real, version) if real else (wanted[4:], "")
    exact = _EXACT.match(wanted)
    source = wanted if _REMOTE.match(wanted) else ""
    if source or wanted.startswith(_LOCAL):
        return Part("npm", name, "", file, scope=scope, wanted=wanted, source=source)
    return Part("npm", name, exact[1] if exact else "", file, scope=scope, wanted=wanted)
