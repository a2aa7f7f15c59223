"""Libraries copied into a package as one script: told by the banner that their build leaves at the top."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from checks import File, resource_path
from checks.downloads.components.gathering import Part

HEAD = 800
_VERSION = re.compile(rb"(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.]+)?)")
_COMMENT = re.compile(rb"(?:\s|[!;(]|[\"']use strict[\"'];?){0,40}/[*/]")


@cache
def _banners(path: Path) -> tuple[re.Pattern[bytes], dict[str, str]]:
    """One expression for all banners, and the package of each of its groups."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["banners"]
    names = {f"b{number}": package for number, package in enumerate(table)}
    alternatives = (f"(?P<{group}>{pattern})" for group, pattern in zip(names, table.values(), strict=True))
    return re.compile(rf"(?:{'|'.join(alternatives)})".encode(), re.IGNORECASE), names


def banner(file: File) -> Iterator[Part]:
    """The library whose banner stands in the comment at the top of a script or style sheet."""
    head = file.head(HEAD)
    if not _COMMENT.match(head) or not _VERSION.search(head):  # the dear expression runs on few files
        return
    pattern, names = _banners(resource_path("rules/inventory.toml"))
    match = pattern.search(head)
    if match is None or match.lastgroup is None:
        return
    group = next((name for name, value in match.groupdict().items() if value is not None), "")
    version = _VERSION.search(match[0])
    if version and group in names and "/node_modules/" not in f"/{file.path}":
        yield Part("npm", names[group], version[1].decode(), file, "observed", sure=False, offset=match.start())
