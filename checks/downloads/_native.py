"""Machine code by its first bytes alone: cheap enough to ask of every file of a package."""

from __future__ import annotations

from checks.runtime.package import File

_STARTS = (
    (b"\x7fELF", "an ELF binary"),
    (b"\xfe\xed\xfa\xce", "a Mach-O binary"),
    (b"\xfe\xed\xfa\xcf", "a Mach-O binary"),
    (b"\xce\xfa\xed\xfe", "a Mach-O binary"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O binary"),
    (b"\x00asm", "a WebAssembly module"),
    (b"!<arch>\n", "a static library"),
)
_FAT = b"\xca\xfe\xba\xbe"
# Java classes begin with the same four bytes and a version of at least 45; no fat binary has so many parts.
_MOST_PARTS = 40


def native_code(file: File) -> str:
    """What kind of machine code this is, with its article, or an empty string."""
    head = file.head(64)
    for start, label in _STARTS:
        if head.startswith(start):
            # Debian's own packages are ar archives too, and no library
            return "" if label == "a static library" and head[8:21] == b"debian-binary" else label
    if head.startswith(_FAT) and len(head) >= 8 and 0 < int.from_bytes(head[4:8], "big") < _MOST_PARTS:
        return "a universal Mach-O binary"
    if head.startswith(b"MZ") and len(head) == 64:
        offset = int.from_bytes(head[60:64], "little")
        start = file.head(offset + 4)[offset:] if offset < 1 << 16 else b""
        if start.startswith((b"PE\0\0", b"NE", b"LE", b"LX")):
            return "a Windows program or library"
        # without the newer header it is a DOS program, if it really is one: two letters alone prove nothing
        if int.from_bytes(head[24:26], "little") in (28, 30, 64) and int.from_bytes(head[4:6], "little") > 0:
            return "a DOS program"
    return ""
