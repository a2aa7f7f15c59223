"""What a member's name or a link's target tries to do.

Names are judged, never mended: the bytes are checked under the name that the archive gave.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Characters that make a name read differently from what it is.
_DECEPTIVE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\udc80-\udcff]")
# What makes a path differ in its spelling only: separators, dots and blanks at the end of a part.
_LOOSE = re.compile(r"\\|//|[. ](?:/|$)|^/")
_SEPARATORS = re.compile(r"[/\\]+")
_DRIVE = re.compile(r"[A-Za-z]:")


def decode_name(raw: bytes) -> str:
    """A name as it stands, without the leading `./` that means nothing."""
    name = raw.decode("utf-8", "surrogateescape")
    while name.startswith("./"):
        name = name[2:].lstrip("/") or "."
    return name


def judge_name(name: str) -> Iterator[tuple[str, str]]:
    """(rule, sentence) for everything wrong with a member's name; nothing for an ordinary one."""
    if name.isprintable() and ".." not in name and not name.startswith(("/", "\\")) and name[1:2] != ":":
        return
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        yield "absolute", "the name is an absolute path: a careless unpacker writes outside its folder"
    if ".." in name and ".." in _SEPARATORS.split(name):
        yield "traversal", "the name climbs out of its folder with '..'"
    if "\0" in name:
        yield "name", "the name contains a NUL byte: programs disagree about where it ends"
    elif _CONTROL.search(name):
        yield "name", "the name contains control characters such as a line break"
    if _DECEPTIVE.search(name):
        yield "name", "the name contains invisible or direction-changing characters: it does not read as what it is"
    if _SURROGATE.search(name):
        yield "name_encoding", "the name is not valid UTF-8: programs will show it differently"


def fold_name(name: str) -> str:
    """What a system that knows no case, no Unicode forms and no trailing dots takes the name for."""
    if name.isascii():
        folded = name.lower()
    else:
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    if not _LOOSE.search(folded):
        return folded
    parts = (part.rstrip(". ") for part in _SEPARATORS.split(folded))
    return "/".join(part for part in parts if part)


def leads_outside(member: str, target: str, *, symbolic: bool, whole_system: bool) -> bool:
    """Whether a link points out of the archive. A system package or image owns the root: `/etc/x` is inside."""
    parts = [p for p in _SEPARATORS.split(target) if p not in ("", ".")]
    if target.startswith(("/", "\\")) or _DRIVE.match(target):
        return not whole_system
    if whole_system:
        # nothing lies above the root
        return False
    depth = 0
    if symbolic:
        depth = len([p for p in member.split("/")[:-1] if p not in ("", ".", "..")])
    for part in parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False
