"""Which archive or compression some bytes begin, by content alone."""

from __future__ import annotations

from dataclasses import dataclass

# An ISO image says so no earlier than here.
HEAD = 32_774
# The end-of-directory record of a zip and the longest comment behind it.
ZIP_TAIL = 22 + 65_535


@dataclass(frozen=True, slots=True)
class Format:
    """`name` as a reader knows it, `reader` the part that opens it.

    `sure` is false where the magic is so short that ordinary files carry it by chance: then not
    being readable is no damage. `filter` is the compression around the whole.
    """

    name: str
    reader: str
    filter: str = ""
    sure: bool = True


ZIP = Format("zip", "zip")
CRX = Format("crx", "zip")
_FIXED: tuple[tuple[bytes, Format], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08PK\x03\x04", ZIP),
    (b"PK00PK\x03\x04", ZIP),
    (b"Cr24", CRX),
    (b"\xfd7zXZ\x00", Format("xz", "stream", "xz")),
    (b"\x28\xb5\x2f\xfd", Format("zstd", "stream", "zstd")),
    (b"\x04\x22\x4d\x18", Format("lz4", "stream", "lz4")),
    (b"LZIP\x01", Format("lzip", "stream", "lzip")),
    (b"7z\xbc\xaf\x27\x1c", Format("7zip", "stream")),
    (b"Rar!\x1a\x07\x00", Format("rar", "stream")),
    (b"Rar!\x1a\x07\x01\x00", Format("rar5", "stream")),
    (b"!<arch>\n", Format("ar", "stream")),
    (b"\xed\xab\xee\xdb", Format("rpm", "stream")),
    (b"MSCF\0\0\0\0", Format("cab", "stream")),
    (b"xar!\x00\x1c", Format("xar", "stream")),
    (b"070701", Format("cpio", "stream", sure=False)),
    (b"070702", Format("cpio", "stream", sure=False)),
    (b"070707", Format("cpio", "stream", sure=False)),
    (b"\xc7\x71", Format("cpio", "stream", sure=False)),
    (b"\x71\xc7", Format("cpio", "stream", sure=False)),
    (b"\x1f\x9d", Format("compress", "stream", "compress", sure=False)),
)
_FIRST_BYTES = frozenset(magic[0] for magic, _ in _FIXED) | {0x1F, 0x42, 0x5D}
_TAR = Format("tar", "stream")
_ISO = Format("iso9660", "stream")
_GZIP = Format("gzip", "stream", "gzip")
_BZIP2 = Format("bzip2", "stream", "bzip2")
_LZMA = Format("lzma", "stream", "lzma", sure=False)
_LHA = Format("lha", "stream", sure=False)
_OLD_TAR = Format("tar", "stream", sure=False)
SUFFIXES = {
    "gzip": (".gz", ".gzip"),
    "bzip2": (".bz2", ".bz"),
    "xz": (".xz",),
    "zstd": (".zst", ".zstd"),
    "lzma": (".lzma",),
    "lz4": (".lz4",),
    "lzip": (".lz",),
    "compress": (".Z",),
}
TAR_SUFFIXES = (".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".tlz")


def _is_old_tar(head: bytes) -> bool:
    """A tar without the `ustar` mark is known by its checksum only."""
    field = head[148:156].strip(b" \0")
    if len(head) < 512 or not head[0] or not field or not field.isdigit():
        return False
    try:
        return int(field, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])
    except ValueError:
        return False


def detect(head: bytes, name: str = "") -> Format | None:
    """The format that these first bytes (up to HEAD of them) begin, or None for anything else.

    `name` decides only for lzma, which has no magic of its own.
    """
    if len(head) < 4:
        return None
    if head[0] in _FIRST_BYTES:
        if head[:3] == b"\x1f\x8b\x08" and len(head) >= 18:
            return _GZIP
        if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
            return _BZIP2
        if head[:3] == b"\x5d\x00\x00" and name.lower().endswith((".lzma", ".tlz")):
            return _LZMA
        for magic, found in _FIXED:
            if head.startswith(magic):
                return found
    if head[257:262] == b"ustar":
        return _TAR
    if head[32_769:32_774] == b"CD001":
        return _ISO
    if head[2:5] == b"-lh" and head[6:7] == b"-":
        return _LHA
    return _OLD_TAR if _is_old_tar(head) else None


def strip_suffix(name: str, compression: str) -> str:
    """What a compressed file is called inside: `a.js.gz` holds `a.js`; `data` where the name does not tell."""
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    for suffix in SUFFIXES.get(compression, ()):
        if base.lower().endswith(suffix.lower()) and len(base) > len(suffix):
            return base[: -len(suffix)]
    for suffix in TAR_SUFFIXES:
        if base.lower().endswith(suffix):
            return base[: -len(suffix)] + ".tar"
    return "data"
