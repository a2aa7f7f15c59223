"""Which archive or compression some bytes begin, by content alone."""

from __future__ import annotations

from dataclasses import dataclass

from checks.runtime.archives.compound import COMPOUND

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
# Containers that nothing here opens. What they hold is not looked at, and that has to be said of each.
CLOSED = "none"
_CLOSED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x60\xea", "ARJ archive"),
    (0, b"7kSt\xa01\x83\xd3", "zpaq archive"),
    (0, b"zPQ\x01\x01", "zpaq archive"),
    (0, b"zPQ\x02\x01", "zpaq archive"),
    (7, b"**ACE**", "ACE archive"),
    (20, b"\xdc\xa7\xc4\xfd", "ZOO archive"),
    (0, b"ALZ\x01", "ALZ archive"),
    (0, b"EGGA\0\1", "EGG archive"),
    (10, b"rLau", "StuffIt archive"),
    (0, b"StuffIt (c)", "StuffIt archive"),
    (0, b"KGB_arch", "KGB archive"),
    (0, b"ArC\x01", "FreeArc archive"),
    (16, b'{"files":', "Electron archive (asar)"),
    (0, b"LRZI", "lrzip archive"),
    (0, b"\x89LZO\0\r\n\x1a\n", "lzop archive"),
    (0, b"\xff\x06\0\0sNaPpY", "Snappy stream"),
    (0, b"hsqs", "squashfs image"),
    (0, b"sqsh", "squashfs image"),
    (0, b"\x45\x3d\xcd\x28", "cramfs image"),
    (0, b"MSWIM\0\0\0", "Windows image (WIM)"),
    (0, b"vhdxfile", "virtual disk (VHDX)"),
    (0, b"conectix", "virtual disk (VHD)"),
    (0, b"QFI\xfb", "virtual disk (QCOW2)"),
    (0, b"KDMV", "virtual disk (VMDK)"),
    (0, b"ISc(", "InstallShield cabinet"),
    (0, b"ITSF\x03\0\0\0", "compiled help file (CHM)"),
    (0, b"-----BEGIN PGP MESSAGE", "encrypted message (PGP)"),
    (0, b"age-encryption.org/v1", "encrypted file (age)"),
    (0, b"Salted__", "encrypted file (OpenSSL)"),
    (0, b"LUKS\xba\xbe", "encrypted disk (LUKS)"),
)
_LHA_METHODS = frozenset(
    {b"-lzs-", b"-lz4-", b"-lz5-", b"-lz2-", b"-lz3-", b"-lz7-", b"-lz8-", b"-pm0-", b"-pm1-", b"-pm2-"}
)
# A disk image of macOS says so in its last 512 bytes.
_KOLY = b"koly\0\0\0\4\0\0\2\0"
# What is an installer is told by its root and by its streams: until then a compound file may be a document.
_COMPOUND = Format("Windows installer (MSI)", "installer", sure=False)
# A package, a patch and a transform are compound files whose root has one of these classes.
INSTALLERS = frozenset(bytes.fromhex(f"{kind}100c0000000000c000000000000046") for kind in ("84", "86", "82"))
# Programs may carry an archive behind or within themselves.
_PROGRAM = Format("self-extracting archive", "program", sure=False)
APPENDED = Format("appended zip", "zip", sure=False)
ZIP_END = b"PK\x05\x06"
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

    `name` decides only where there is no magic: for lzma, and for a tar without members.
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
    if head[257:262] == b"ustar" or (name.lower().endswith(".tar") and len(head) >= 512 and not any(head[:512])):
        return _TAR  # one of nothing but zeros has no members: an empty folder, for one
    if head[32_769:32_774] == b"CD001":
        return _ISO
    if head[2:5] == b"-lh" and head[6:7] == b"-":
        return _LHA
    return _OLD_TAR if _is_old_tar(head) else None


def detect_closed(head: bytes, tail: bytes) -> Format | None:
    """The container that nothing here can open and that these first and last bytes belong to, or None."""
    for offset, magic, name in _CLOSED:
        if head.startswith(magic, offset) and (magic != b"\x60\xea" or _is_arj(head)):
            return Format(name, CLOSED)
    if head[2:7] in _LHA_METHODS and len(head) > 21:
        return Format("LHA archive", CLOSED)
    if tail[-512:].startswith(_KOLY):
        return Format("disk image of macOS (DMG)", CLOSED)
    return None


def detect_carried(head: bytes, tail: bytes) -> list[Format]:
    """What a file that is no archive by its beginning may hold all the same; each is tried."""
    found = []
    if head.startswith(COMPOUND):
        found.append(_COMPOUND)
    elif head.startswith(b"MZ") and len(head) > 64:
        found.append(_PROGRAM)
    if ZIP_END in tail:
        found.append(APPENDED)
    closed = None if found else detect_closed(head, tail)
    return [closed] if closed is not None else found


def is_installer(data: bytes | memoryview) -> bool:
    """Whether a compound file is an MSI package, patch or transform.

    Told by its root, the first entry of the first directory sector.
    """
    shift = int.from_bytes(data[30:32], "little")
    root = int.from_bytes(data[48:52], "little") + 1 << min(shift, 12)
    return bytes(data[root + 80 : root + 96]) in INSTALLERS


def _is_arj(head: bytes) -> bool:
    """Two bytes of magic are chance: the size of the main header and its own size field have to fit as well."""
    size = int.from_bytes(head[2:4], "little")
    return 0x1E <= size <= 2600 and 0x1E <= head[4] <= 0x30 and len(head) > 10 and head[10] == 2


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
