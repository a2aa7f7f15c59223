"""Which family of package a container belongs to, told from the names and small manifests in it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from checks.runtime.archives.families import file_family
from checks.runtime.package import File, Package

MAX_MANIFEST = 1 << 20


class BadManifest(ValueError):
    """A manifest that no honest tool would have written; the text says what is wrong."""


def read_json(file: File, limit: int = MAX_MANIFEST) -> Any:
    """Parse a JSON file of a package; BadManifest where it is too large, too deep or no JSON."""
    if file.size > limit:
        raise BadManifest(f"it is larger than {limit >> 10} KiB")
    try:
        return json.loads(file.data.decode("utf-8-sig"))
    except RecursionError:
        raise BadManifest("it is nested too deeply") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise BadManifest(f"it is no JSON ({str(error)[:80]})") from None


@dataclass
class Container:
    """The files of one container: the artifact itself, or an archive inside it.

    `family` is one of FAMILIES or empty (a plain archive, or the inside of a deb); `root` is the path of its top
    folder with a trailing slash, as all its files have it.
    """

    files: list[File] = field(default_factory=list)
    prefix: str = ""
    family: str = ""
    root: str = ""

    def get(self, relative: str) -> File | None:
        """The file at this path under the root."""
        return self._paths.get(self.root + relative)

    def find(self, path: str) -> File | None:
        """The file of this full path."""
        return self._paths.get(path)

    def __post_init__(self) -> None:
        self._paths = {file.path: file for file in self.files}


# An Android library or bundle is `apk`, a war or ear `jar`: who looks for code in them looks at the same places.
FAMILIES = frozenset({
    "apk", "browser-extension", "composer", "conda", "deb", "elf-executable", "gem", "jar", "npm", "nupkg",
    "office-document", "pdf-document", "rpm", "sdist", "vsix", "wheel", "windows-executable", "windows-installer",
})  # fmt: skip
# Folders that belong to a format: a wheel or jar that holds nothing else is still one.
_PARTS = ("META-INF/", "WEB-INF/", "info/", "base/")
_TOP = re.compile(r"^([^/]+/)")
# The first whose file exists names the family; a wheel may well hold a package.json, never the other way round.
_SIGNS = (
    ("apk", "AndroidManifest.xml"),
    ("apk", "base/manifest/AndroidManifest.xml"),
    ("vsix", "extension.vsixmanifest"),
    ("conda", "info/index.json"),
    ("deb", "debian-binary"),
    ("gem", "metadata.gz"),
    ("sdist", "PKG-INFO"),
    ("npm", "package.json"),
    ("sdist", "setup.py"),
    ("sdist", "pyproject.toml"),
    ("composer", "composer.json"),
    ("jar", "META-INF/MANIFEST.MF"),
    ("jar", "WEB-INF/web.xml"),
    ("office-document", "[Content_Types].xml"),
)
_MAGICS = {b"\xed\xab\xee\xdb": "rpm", b"Cr24": "browser-extension"}
_CONDA_PART = re.compile(r"(?:info|pkg)-[^/]+\.tar\.zst")
# npm drops whatever folder comes first: what lies beside this one in a tarball does not make it another family
_NPM_ROOT = "package/"
_GZIP = b"\x1f\x8b"

_known: WeakKeyDictionary[Package, list[Container]] = WeakKeyDictionary()


def containers(package: Package) -> list[Container]:
    """All containers of a package, outermost first; each with its family. Not to be changed: checks share them."""
    if package not in _known:
        groups: dict[int, list[File]] = defaultdict(list)
        for file in package.files:
            groups[file.entry.parent].append(file)
        _known[package] = [describe(groups[parent], _head(package, parent)) for parent in sorted(groups)]
    return _known[package]


def _head(package: Package, parent: int) -> bytes:
    """How the archive begins from which the files came."""
    if 0 <= parent < len(package.entries):
        return package.file(package.entries[parent]).head(4)
    return package.artifact.head(4) if package.artifact is not None else b""


def describe(files: Sequence[File], head: bytes = b"") -> Container:
    """One container made of these files; `head` is how its own bytes begin."""
    path = files[0].path
    prefix = path[: path.rindex("!/") + 2] if "!/" in path else ""
    container = Container(list(files), prefix)
    container.root = prefix + _top_folder(files, prefix)
    container.family = _family(container, head)
    open_to_npm = not container.family or (container.family == "npm" and head[:2] == _GZIP)
    if open_to_npm and container.root == prefix and container.get(_NPM_ROOT + "package.json") is not None:
        container.root, container.family = prefix + _NPM_ROOT, "npm"
    return container


def _top_folder(files: Sequence[File], prefix: str) -> str:
    """`package/` where everything lies in one folder, as npm and sdists have it; else empty."""
    first = _TOP.match(files[0].path[len(prefix) :])
    top = first[1] if first else ""
    if top in _PARTS or top.endswith(".dist-info/"):
        return ""
    return top if top and all(f.path.startswith(prefix + top) for f in files) else ""


def _family(container: Container, head: bytes) -> str:
    if head in _MAGICS:
        return _MAGICS[head]
    if len(container.files) == 1 and container.files[0].entry.source == "artifact":
        only = container.files[0]
        found = file_family(only.head(MAX_MANIFEST), only.name)
        return found if found in FAMILIES else ""
    start = len(container.root)
    for file in container.files:
        path = file.path
        if path.endswith(".dist-info/WHEEL") and path.count("/", start) == 1:
            return "wheel"
        if path.endswith(".nuspec") and "/" not in path[start:]:
            return "nupkg"
        if path.endswith(".tar.zst") and _CONDA_PART.fullmatch(path, start):
            return "conda"
    if is_extension_manifest(container.get("manifest.json")):
        return "browser-extension"
    mimetype = container.get("mimetype")
    if mimetype is not None and mimetype.head(64).startswith(b"application/"):
        return "office-document"
    return next((family for family, path in _SIGNS if container.get(path) is not None), "")


def is_extension_manifest(file: File | None) -> bool:
    """Whether a manifest.json is one of a browser extension; the key may be written with escapes."""
    if file is None or file.name != "manifest.json":
        return False
    head = file.head(MAX_MANIFEST)
    if b'"manifest_version"' in head:
        return True
    if b"\\u00" not in head:
        return False
    try:
        value = read_json(file)
    except BadManifest:  # what cannot be read is no manifest to a browser either
        return False
    return isinstance(value, dict) and "manifest_version" in value
