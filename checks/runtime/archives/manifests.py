"""Which members tell what a package is; only these are kept in memory while unpacking."""

from __future__ import annotations

import re

MAX_MANIFEST = 1 << 20
# Names that tell something by being there, wherever in the archive they come.
TELLING_NAMES = frozenset(
    ("AndroidManifest.xml", "META-INF/MANIFEST.MF", "[Content_Types].xml", "mimetype", "oci-layout", "index.json")
)
_TOP = re.compile(
    r"(?:[^/]+/)?(?:package\.json|manifest\.json|PKG-INFO|Chart\.yaml|oci-layout|index\.json)"
    r"|[^/]+\.dist-info/METADATA"
    r"|[^/]+\.nuspec|extension\.vsixmanifest|extension/package\.json"
    r"|META-INF/MANIFEST\.MF"
    r"|atlassian-connect\.json|(?:openapi|swagger)\.(?:json|ya?ml)"
)
_CONTROL = re.compile(r"control\.tar(?:\.\w+)?!/control")


def is_manifest(path: str, depth: int) -> bool:
    """Whether this member of the artifact (depth 1), or of an archive in it, is worth remembering."""
    if depth == 1:
        return _TOP.fullmatch(path) is not None
    return depth == 2 and _CONTROL.fullmatch(path) is not None
