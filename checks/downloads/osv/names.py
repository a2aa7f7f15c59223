"""The ecosystems of OSV: how each writes names and orders versions, and which type of package URL is meant.

Both sides of a comparison go through here: the import, which stores the key, and the check, which asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.downloads.components.purl import python_name

# Type of package URL -> ecosystem.
ECOSYSTEMS: Mapping[str, str] = {
    "npm": "npm",
    "pypi": "PyPI",
    "maven": "Maven",
    "golang": "Go",
    "cargo": "crates.io",
    "composer": "Packagist",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "deb": "Debian",
    "vscode-extension": "VSCode",
}
# Ecosystem -> class of univers that orders its versions. Where there is none, only listed versions count.
ORDERS: Mapping[str, str] = {
    "npm": "SemverVersion",
    "PyPI": "PypiVersion",
    "Maven": "MavenVersion",
    "Go": "GolangVersion",
    "crates.io": "SemverVersion",
    "Packagist": "ComposerVersion",
    "RubyGems": "RubygemsVersion",
    "NuGet": "NugetVersion",
    "Debian": "DebianVersion",
    "VSCode": "SemverVersion",
}
_LOWER = frozenset({"NuGet", "Packagist", "VSCode"})
_SECURITY_UPDATE = re.compile(r"[+~]deb(\d{1,2})u\d+")


def split_ecosystem(text: str) -> tuple[str, str]:
    """`Debian:12` as ("Debian", "12"); most have no release."""
    base, _, release = text.partition(":")
    return base, release


def name_key(ecosystem: str, name: str) -> str:
    """The name as it is stored and asked for."""
    if ecosystem == "PyPI":
        return python_name(name)
    if ecosystem == "VSCode":
        name = name if "/" in name else name.replace(".", "/", 1)
    return name.lower() if ecosystem in _LOWER else name


def debian_release(version: str) -> str:
    """The release of Debian that a version was made for, where it says so; else an empty text."""
    match = _SECURITY_UPDATE.search(version)
    return match[1] if match else ""
