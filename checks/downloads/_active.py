"""Which checks of executables and documents have something to look at in a file: a few first bytes tell."""

from __future__ import annotations

import re

from checks.runtime.package import File

_NOTHING: frozenset[str] = frozenset()
_PROGRAM = frozenset({"executable", "installer"})
_MACROS, _PDF, _SHORTCUT = frozenset({"macros"}), frozenset({"pdf_content"}), frozenset({"shortcut"})
_COMPOUND = frozenset({"macros", "installer"})
_STARTS: tuple[tuple[bytes, frozenset[str]], ...] = (
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"\xfe\xed\xfa\xce", _PROGRAM),
    (b"\xfe\xed\xfa\xcf", _PROGRAM),
    (b"\xce\xfa\xed\xfe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"\xca\xfe\xba\xbe\x00\x00\x00", _PROGRAM),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _COMPOUND),
    (b"{\\rt", _MACROS),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", _MACROS),
    (b"ActiveMime", _MACROS),
    (b"ID;P", _MACROS),
    (b"L\0\0\0\x01\x14\x02\0", _SHORTCUT),
    (b"ITSF\x03\0\0\0", _SHORTCUT),
    (b"#@~^", _SHORTCUT),
)
_FIRST = frozenset(start[0] for start, _ in _STARTS)
# Programs of Windows' script host and of its shell; whether one is there is asked of the content.
_SCRIPTS = frozenset(
    {
        ".js",
        ".jse",
        ".vbs",
        ".vbe",
        ".wsf",
        ".wsc",
        ".wsh",
        ".sct",
        ".hta",
        ".reg",
        ".inf",
        ".url",
        ".scf",
        ".desktop",
        ".library-ms",
        ".searchconnector-ms",
        ".settingcontent-ms",
        ".website",
        ".iqy",
    }
)
_MARKS = re.compile(rb"\[(InternetShortcut|Desktop Entry|autorun)", re.IGNORECASE)
_REGISTRY = (b"Windows Registry Editor", b"REGEDIT4")
_BEGINNING = 400
_PARTS = frozenset({".xml", ".bin"})
_OFFICE_PARTS = ("word/", "xl/", "ppt/", "_rels/")
_TABLES = frozenset({".csv", ".tsv", ".slk"})
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def has_active_content(file: File) -> frozenset[str]:
    """The ids of the checks to call; 20 microseconds at most, for it is asked of every file."""
    head = file.head(1024)
    if head[:1] and head[0] in _FIRST:
        for start, checks in _STARTS:
            if head.startswith(start):
                return checks
    if b"%PDF-" in head:
        return _PDF
    name = file.path.rpartition("/")[2].lower()
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix in _SCRIPTS:
        return _SHORTCUT
    if (
        suffix in _TABLES
        or (suffix in _PARTS and any(part in file.path for part in _OFFICE_PARTS))
        or suffix == ".rels"
    ):
        return _MACROS
    if head.startswith(_WIDE):
        return _SHORTCUT
    start = head[:_BEGINNING]
    if b"[" in start and _MARKS.search(start):
        return _SHORTCUT
    if start.startswith(_REGISTRY):
        return _SHORTCUT
    return _MACROS if b"<?" in start and (b"mso-application" in head or b"<pkg:package" in head) else _NOTHING
