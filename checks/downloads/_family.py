"""Which family of package a container belongs to, told from the names and small manifests in it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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

    `family` is wheel, npm, browser-extension, vsix, sdist, deb, rpm, apk, jar, nupkg, conda, gem, composer or empty;
    `root` is the path of its top folder with a trailing slash, as all its files have it.
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


_TOP = re.compile(r"^([^/]+/)")
# The first whose file exists names the family; a wheel may well hold a package.json, never the other way round.
_SIGNS = (
    ("apk", "AndroidManifest.xml"),
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
)


def containers(package: Package) -> list[Container]:
    """All containers of a package, outermost first; each with its family."""
    groups: dict[int, list[File]] = defaultdict(list)
    for file in package.files:
        groups[file.entry.parent].append(file)
    return [describe(files) for _, files in sorted(groups.items())]


def describe(files: Sequence[File]) -> Container:
    """One container made of these files."""
    path = files[0].path
    prefix = path[: path.rindex("!/") + 2] if "!/" in path else ""
    container = Container(list(files), prefix)
    container.root = prefix + _top_folder(files, prefix)
    container.family = _family(container)
    return container


def _top_folder(files: Sequence[File], prefix: str) -> str:
    """`package/` where everything lies in one folder, as npm and sdists have it; else empty."""
    first = _TOP.match(files[0].path[len(prefix) :])
    top = first[1] if first else ""
    return top if top and all(f.path.startswith(prefix + top) for f in files) else ""


def _family(container: Container) -> str:
    start = len(container.root)
    for file in container.files:
        relative = file.path[start:]
        if relative.endswith(".dist-info/WHEEL") and relative.count("/") == 1:
            return "wheel"
        if relative.endswith(".nuspec") and "/" not in relative:
            return "nupkg"
    manifest = container.get("manifest.json")
    if manifest is not None and b"manifest_version" in manifest.head(MAX_MANIFEST):
        return "browser-extension"
    return next((family for family, path in _SIGNS if container.get(path) is not None), "")
