"""Package URLs: made from names that a hostile file may have chosen, and taken apart again.

Written as the purl specification says; a name that cannot stand in one (empty, too long) gives none at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

MAX_PART = 300
_TYPE = re.compile(r"[a-z][a-z0-9.+-]{0,40}\Z")
_SEPARATORS = re.compile(r"[-_.]+")
# Types whose names do not tell upper from lower case.
LOWER = frozenset({"bitbucket", "composer", "deb", "github", "golang", "hex", "pypi", "vscode-extension"})


def python_name(name: str) -> str:
    """The normal form of a name on the Python index."""
    return _SEPARATORS.sub("-", name).lower()


def make_purl(kind: str, name: str, version: str = "", qualifiers: Mapping[str, str] | None = None) -> str:
    """`pkg:npm/%40scope/name@1.0`; empty where the name can be no part of one.

    `name` has its namespace before a slash (npm, golang, composer) or a colon (maven).
    """
    if not _TYPE.match(kind) or len(name) > MAX_PART or len(version) > MAX_PART:
        return ""
    if kind == "pypi":
        name = python_name(name)
    elif kind in LOWER:
        name = name.lower()
    if kind == "maven":
        name = name.replace(":", "/", 1)
    names = (part.strip() for part in name.split("/"))
    parts = [quote(_clean(part), safe=":") for part in names if part not in ("", ".", "..")]
    version = version.strip()
    if not parts:
        return ""
    purl = f"pkg:{kind}/{'/'.join(parts)}"
    if version:
        purl += "@" + quote(_clean(version), safe=":")
    pairs = sorted((key, value) for key, value in (qualifiers or {}).items() if value)
    if pairs:
        purl += "?" + "&".join(f"{key}={quote(_clean(value), safe=':/')}" for key, value in pairs)
    return purl


def _clean(text: str) -> str:
    """Without lone surrogates, which no URL can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def split_purl(purl: str) -> tuple[str, str, str]:
    """(type, name, version) with the namespace before a slash, or a colon for Maven; three empty texts for no purl."""
    if not purl.startswith("pkg:") or len(purl) > 4 * MAX_PART:
        return "", "", ""
    rest = purl[4:].partition("#")[0].partition("?")[0].lstrip("/")
    kind, _, rest = rest.partition("/")
    path, _, version = rest.rpartition("@") if "@" in rest else (rest, "", "")
    name = "/".join(unquote(part) for part in path.strip("/").split("/") if part)
    kind = kind.lower()
    if kind == "maven":
        group, slash, artifact = name.rpartition("/")
        name = f"{group}:{artifact}" if slash else name
    elif kind == "pypi":
        name = python_name(name)
    elif kind in LOWER:
        name = name.lower()
    return (kind, name, unquote(version)) if name else ("", "", "")
