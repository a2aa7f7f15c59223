"""Hostile archives, built in code and harmless until somebody unpacks them carelessly."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MIB = 1 << 20


# -- zip, byte by byte, because zipfile refuses to lie


@dataclass
class Member:
    """One zip member; what is None is told truthfully."""

    name: bytes
    content: bytes = b""
    method: int = 0
    flags: int = 0
    raw: bytes | None = None
    mode: int = 0
    local_name: bytes | None = None
    local_method: int | None = None
    local_size: int | None = None
    size: int | None = None
    crc: int | None = None
    listed: bool = True
    gap: bytes = b""


def deflate(content: bytes, level: int = 9) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def local_header(name: bytes, flags: int, method: int, crc: int, packed: int, size: int) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, crc, packed, size, len(name), 0) + name


def central_row(
    name: bytes, flags: int, method: int, crc: int, packed: int, size: int, mode: int, offset: int
) -> bytes:
    fixed = (0x314, 20, flags, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, mode << 16, offset)
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", *fixed) + name


def end_record(rows: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, rows, rows, size, offset, len(comment)) + comment


def make_zip(
    members: Iterable[Member], *, comment: bytes = b"", base: int = 0, declared: int | None = None, before: bytes = b""
) -> bytes:
    """A zip of these members; `before` stands between the last member and the directory."""
    body, rows = bytearray(), []
    for member in members:
        raw = member.raw
        if raw is None:
            raw = deflate(member.content) if member.method == 8 else member.content
        crc = zlib.crc32(member.content) if member.crc is None else member.crc
        size = len(member.content) if member.size is None else member.size
        offset = base + len(body)
        name = member.name if member.local_name is None else member.local_name
        method = member.method if member.local_method is None else member.local_method
        local_size = size if member.local_size is None else member.local_size
        body += local_header(name, member.flags, method, crc, len(raw), local_size) + raw + member.gap
        if member.listed:
            rows.append(central_row(member.name, member.flags, member.method, crc, len(raw), size, member.mode, offset))
    body += before
    directory = b"".join(rows)
    count = len(rows) if declared is None else declared
    return bytes(body) + directory + end_record(count & 0xFFFF, len(directory), base + len(body), comment)


def descriptor(content: bytes, packed: int | None = None) -> bytes:
    """What stands behind a streamed member: checksum and sizes."""
    size = len(content)
    return b"PK\7\x08" + struct.pack("<3L", zlib.crc32(content), size if packed is None else packed, size)


def signing_block(signature: bytes) -> bytes:
    """The shape of the block that Android puts between the members and the directory."""
    size = struct.pack("<Q", len(signature) + 24)
    return size + signature + size + b"APK Sig Block 42"


def plain_zip(files: dict[str, bytes]) -> bytes:
    """An honest zip by the standard library."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def overlapping_zip(count: int, kernel: bytes) -> bytes:
    """Every member quotes all that follow as its own content: size grows with the square of `count`."""
    packed = deflate(kernel)
    parts: list[tuple[bytes, bytes, int, int, bytes]] = []
    data, content_crc, size = packed, zlib.crc32(kernel), len(kernel)
    content = kernel
    for number in reversed(range(count)):
        name = b"file-%05d.txt" % number
        header = local_header(name, 0, 8, content_crc, len(data), size)
        parts.append((name, header, content_crc, size, data))
        # a stored block that swallows this header, and then this member's own deflate stream
        content = header + content
        data = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header + data
        content_crc, size = zlib.crc32(content), len(content)
    parts.reverse()
    body, rows, offset = bytearray(), [], 0
    for index, (name, header, crc, length, data) in enumerate(parts):
        rows.append(central_row(name, 0, 8, crc, len(data), length, 0, offset))
        offset += len(header) + 5
        body += header
        if index + 1 < len(parts):
            following = parts[index + 1][1]
            body += struct.pack("<BHH", 0, len(following), len(following) ^ 0xFFFF)
    body += packed
    directory = b"".join(rows)
    return bytes(body) + directory + end_record(len(rows), len(directory), len(body))


def nested_zip(levels: int, width: int, leaf: bytes) -> bytes:
    """Zips inside zips, each level `width` wide, around one leaf."""
    data, name = leaf, "leaf.bin"
    for level in range(levels):
        data, name = plain_zip({f"{number}-{name}": data for number in range(width)}), f"level-{level}.zip"
    return data


# -- quines: archives that contain themselves, and so have no bottom


def _bits(pairs: Iterable[tuple[int, int]]) -> int:
    """Bits in stream order, least significant first, from (value, width)."""
    value = position = 0
    for part, width in pairs:
        value |= part << position
        position += width
    return value


def _reverse(code: int, width: int) -> int:
    return int(f"{code:0{width}b}"[::-1], 2)


def _length_code(length: int) -> list[tuple[int, int]]:
    base, extra, symbol = 3, 0, 257
    while symbol < 285:
        if length < base + (1 << extra):
            break
        base += 1 << extra
        symbol += 1
        extra = max((symbol - 261) // 4, 0) if symbol >= 265 else 0
    if length == 258:
        symbol, extra, base = 285, 0, 258
    code = (symbol - 256, 7) if symbol < 280 else (0xC0 + symbol - 280, 8)
    return [(_reverse(*code), code[1]), (length - base, extra)]


def _distance_code(distance: int) -> list[tuple[int, int]]:
    base, extra, symbol = 1, 0, 0
    while distance >= base + (1 << extra):
        base += 1 << extra
        symbol += 1
        extra = max(symbol // 2 - 1, 0)
    return [(_reverse(symbol, 5), 5), (distance - base, extra)]


_UNIT = 10


def _literal(count: int) -> bytes:
    """Deflate: print the next `count` bytes. An empty stored block pads it to a unit."""
    return b"\0\0\0\xff\xff" + struct.pack("<BHH", 0, count, count ^ 0xFFFF)


def _repeat(count: int, *, final: bool = False) -> bytes:
    """Deflate: print the last `count` bytes once more, in exactly one unit."""
    candidates = [[count]] + [[first, count - first] for first in range(3, count - 2) if count - first >= 3]
    for lengths in candidates:
        if max(lengths) > 258:
            continue
        matches = [pair for length in lengths for pair in (*_length_code(length), *_distance_code(count))]
        for empties in range(4):
            bits = [(2, 3), *matches, (0, 7), *[(2, 3), (0, 7)] * empties, (1 if final else 0, 3)]
            if 41 <= sum(width for _, width in bits) <= 48:
                return _bits(bits).to_bytes(6, "little") + b"\0\0\xff\xff"
    raise AssertionError(f"no unit repeats {count} bytes")


def _quine_stream(prefix: bytes, suffix: bytes) -> bytes:
    """A deflate stream that unpacks to prefix + itself + suffix."""
    first, whole = len(prefix) + _UNIT, len(suffix) + _UNIT
    four, repeat_four, one = _literal(4 * _UNIT), _repeat(4 * _UNIT), _literal(_UNIT)
    again = _repeat(first)
    nothing, last, ending = _literal(0), _literal(whole), _repeat(whole, final=True)
    return b"".join(
        [
            _literal(first), prefix, _literal(first),
            again,
            one, again,
            one, one,
            four, again, one, one, four,
            repeat_four,
            four, repeat_four, four, repeat_four, four,
            repeat_four,
            four, repeat_four, nothing, nothing, last,
            repeat_four, nothing, nothing, last,
            ending, suffix,
            ending,
        ]
    )  # fmt: skip


def _solve_checksum(build: Callable[[int], bytes]) -> bytes:
    """`build(x)` where x is the CRC-32 of the result: CRC is affine over GF(2), so 33 samples decide it."""
    constant = zlib.crc32(build(0))
    columns = [zlib.crc32(build(1 << bit)) ^ constant ^ (1 << bit) for bit in range(32)]
    rows: dict[int, tuple[int, int]] = {}
    for bit, column in enumerate(columns):
        value, combination = column, 1 << bit
        for pivot, (other, used) in rows.items():
            if value >> pivot & 1:
                value, combination = value ^ other, combination ^ used
        if value:
            rows[value.bit_length() - 1] = (value, combination)
    value, answer = constant, 0
    for pivot in sorted(rows, reverse=True):
        if value >> pivot & 1:
            value, answer = value ^ rows[pivot][0], answer ^ rows[pivot][1]
    return build(answer)


def quine_gzip() -> bytes:
    """A gzip file that unpacks to itself."""
    prefix = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

    def build(crc: int) -> bytes:
        size = len(prefix) + len(_quine_stream(prefix, bytes(8))) + 8
        suffix = struct.pack("<LL", crc, size)
        return prefix + _quine_stream(prefix, suffix) + suffix

    return _solve_checksum(build)


def quine_zip() -> bytes:
    """A zip whose only member is the zip itself."""
    name = b"r.zip"

    def build(crc: int) -> bytes:
        packed = size = 0
        for _ in range(2):
            prefix = local_header(name, 0, 8, crc, packed, size)
            row = central_row(name, 0, 8, crc, packed, size, 0, 0)
            suffix = row + end_record(1, len(row), len(prefix) + packed)
            stream = _quine_stream(prefix, suffix)
            packed, size = len(stream), len(prefix) + len(stream) + len(suffix)
        return prefix + stream + suffix

    return _solve_checksum(build)


# -- tar


def make_tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], *, format: int = tarfile.GNU_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format, errors="surrogateescape") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def entry(name: str, type: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, link
    return info


def plain_tar(files: dict[str, bytes]) -> bytes:
    return make_tar((entry(name), data) for name, data in files.items())


def plain_tgz(files: dict[str, bytes]) -> bytes:
    return gzip.compress(plain_tar(files), mtime=0)


def _finish_header(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _number(value: int) -> bytes:
    """A 12-byte field, in base 256 as GNU tar does for what eleven octal digits cannot hold."""
    return b"%011o\0" % value if value < 8**11 else b"\x80" + value.to_bytes(11, "big")


def gnu_sparse_tar(real_size: int, content: bytes = b"x" * 512) -> bytes:
    """A GNU sparse member: `content` at the very end, a hole before it."""
    header = bytearray(entry("sparse.img").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = _number(len(content))
    header[156:157] = b"S"
    header[386:410] = _number(real_size - len(content)) + _number(len(content))
    header[483:495] = _number(real_size)
    padding = bytes(-len(content) % 512)
    return _finish_header(header) + content + padding + plain_tar({"after.txt": b"still here"})


def pax_sparse_tar(real_size: int, content: bytes = b"x" * 512) -> bytes:
    """The same in the PAX 1.0 form: the map stands in front of the data."""
    table = f"1\n{real_size - len(content)}\n{len(content)}\n".encode()
    data = table + bytes(-len(table) % 512) + content
    info = entry("GNUSparseFile.0/sparse.img")
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "sparse.img",
        "GNU.sparse.realsize": str(real_size),
    }
    return make_tar([(info, data), (entry("after.txt"), b"still here")], format=tarfile.PAX_FORMAT)


# -- the collection: name -> (builder, rule that must be reported)

ZEROS = 80 * MIB
SCRIPT = b"console.log('hello');\n"


def _link(name: str, kind: bytes, target: str) -> Callable[[], bytes]:
    return lambda: make_tar([(entry("a.txt"), b"a"), (entry(name, kind, target), b"")])


def _two_directories() -> bytes:
    """A comment that ends another zip: a reader that looks for the last end record sees other members."""
    inner = make_zip([Member(b"evil.js", SCRIPT)])
    outer = make_zip([Member(b"good.js", b"good\n")])
    shifted = make_zip([Member(b"evil.js", SCRIPT)], base=len(outer))
    return make_zip([Member(b"good.js", b"good\n")], comment=shifted[: len(inner)] + b"!")


def installer(root_class: str) -> bytes:
    """The skeleton of a compound file: its header leads to a directory sector whose root has this class."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + (9).to_bytes(2, "little") + bytes(16)
    return header + (1).to_bytes(4, "little") + bytes(460 + 512) + bytes(80) + bytes.fromhex(root_class) + bytes(416)


# Containers that cannot be opened here, by the bytes that tell them.
CLOSED: dict[str, bytes] = {
    "arj": b"\x60\xea\x2b\x00\x22\x0b\x01\x0b\x10\x00\x02" + bytes(60),
    "zpaq": b"7kSt\xa01\x83\xd3\x8c\xb2\x28\xb0\xd3zPQ\x02\x01",
    "ace": b"\x00\x00\x31\x00\x00\x00\x90**ACE**\x14",
    "lha": b"\x1e\x00-lz5-" + bytes(30),
    "squashfs": b"hsqs\x07\0\0\0",
    "dmg": bytes(600) + b"koly\0\0\0\4\0\0\2\0" + bytes(500),
    "asar": b"\4\0\0\0" + bytes(12) + b'{"files":{"a.js":{}}}',
    "encrypted": b"Salted__" + bytes(16),
}

COLLECTION: dict[str, tuple[str, Callable[[], bytes], str]] = {
    **{
        f"unsupported-{name}": ("a.zip", lambda content=content: plain_zip({"a.bin": content}), "unsupported")  # type: ignore[misc]
        for name, content in CLOSED.items()
    },
    "traversal-zip": ("a.zip", lambda: make_zip([Member(b"../../etc/cron.d/x", SCRIPT)]), "traversal"),
    "traversal-backslash": ("a.zip", lambda: make_zip([Member(b"..\\..\\x.js", SCRIPT)]), "traversal"),
    "traversal-tar": ("a.tar", lambda: plain_tar({"a/../../x": SCRIPT}), "traversal"),
    "absolute-tar": ("a.tar", lambda: plain_tar({"/etc/passwd": SCRIPT}), "absolute"),
    "absolute-drive": ("a.zip", lambda: make_zip([Member(b"C:\\x.js", SCRIPT)]), "absolute"),
    "link_outside-symlink": ("a.tar", _link("l", tarfile.SYMTYPE, "../../etc/passwd"), "link_outside"),
    "link_outside-absolute": ("a.tar", _link("l", tarfile.SYMTYPE, "/etc/passwd"), "link_outside"),
    "link_outside-hardlink": ("a.tar", _link("l", tarfile.LNKTYPE, "../x"), "link_outside"),
    "link_outside-zip": (
        "a.zip",
        lambda: make_zip([Member(b"l", b"../../etc/passwd", mode=0o120777)]),
        "link_outside",
    ),
    "device-char": ("a.tar", _link("null", tarfile.CHRTYPE, ""), "device"),
    "device-block": ("a.tar", _link("sda", tarfile.BLKTYPE, ""), "device"),
    "device-fifo": ("a.tar", _link("pipe", tarfile.FIFOTYPE, ""), "device"),
    "name-nul": ("a.zip", lambda: make_zip([Member(b"a.txt\0.js", SCRIPT)]), "name"),
    "name-newline": ("a.zip", lambda: make_zip([Member(b"a\nb.js", SCRIPT)]), "name"),
    "name-bidi": ("a.zip", lambda: make_zip([Member("a\u202etxt.js".encode(), SCRIPT, flags=0x800)]), "name"),
    "name-long": ("a.zip", lambda: make_zip([Member(b"a" * 5000, SCRIPT)]), "name"),
    "name_encoding-tar": ("a.tar", lambda: plain_tar({"caf\udce9.js": SCRIPT}), "name_encoding"),
    "bomb_ratio-zip": ("a.zip", lambda: plain_zip({"zeros": bytes(ZEROS), "after.js": SCRIPT}), "bomb_ratio"),
    "bomb_ratio-gzip": ("a.gz", lambda: gzip.compress(bytes(ZEROS), mtime=0), "bomb_ratio"),
    "bomb_ratio-tgz": ("a.tgz", lambda: plain_tgz({"zeros": bytes(ZEROS), "after.js": SCRIPT}), "bomb_ratio"),
    "bomb_ratio-nested": ("a.zip", lambda: nested_zip(3, 4, plain_zip({"z": bytes(20 * MIB)})), "bomb_ratio"),
    "bomb_ratio-overlap": ("a.zip", lambda: overlapping_zip(150, bytes(MIB)), "bomb_ratio"),
    "limit_depth-quine-zip": ("r.zip", quine_zip, "limit_depth"),
    "limit_depth-quine-gzip": ("r.gz", quine_gzip, "limit_depth"),
    "limit_depth-nested": ("a.zip", lambda: nested_zip(9, 1, SCRIPT), "limit_depth"),
    "bomb_sparse-gnu": ("a.tar", lambda: gnu_sparse_tar(1 << 40), "bomb_sparse"),
    "bomb_sparse-pax": ("a.tar", lambda: pax_sparse_tar(1 << 40), "bomb_sparse"),
    "overlap-quoted": ("a.zip", lambda: overlapping_zip(5, SCRIPT), "overlap"),
    "duplicate-zip": ("a.zip", lambda: make_zip([Member(b"a.js", b"good"), Member(b"a.js", SCRIPT)]), "duplicate"),
    "duplicate-tar": ("a.tar", lambda: make_tar([(entry("a"), b"1"), (entry("a"), b"2")]), "duplicate"),
    "disagreement-name": (
        "a.zip",
        lambda: make_zip([Member(b"good.txt", SCRIPT, local_name=b"evil.js")]),
        "disagreement",
    ),
    "disagreement-method": (
        "a.zip",
        lambda: make_zip([Member(b"a.js", SCRIPT, raw=deflate(SCRIPT), method=8, local_method=0)]),
        "disagreement",
    ),
    "disagreement-size": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT, method=8, size=3)]), "disagreement"),
    "disagreement-unlisted": (
        "a.zip",
        lambda: make_zip([Member(b"good.js", b"good\n"), Member(b"evil.js", SCRIPT, listed=False)]),
        "disagreement",
    ),
    "disagreement-behind": (
        "a.zip",
        lambda: make_zip([Member(b"a.js", SCRIPT, raw=deflate(SCRIPT) + b"hidden", method=8)]),
        "disagreement",
    ),
    "disagreement-count": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT)], declared=7), "disagreement"),
    "disagreement-two-directories": ("a.zip", _two_directories, "disagreement"),
    "disagreement-link": (
        "a.zip",
        lambda: make_zip([Member(b"l.js", b"eval(1)\n" * 9, mode=0o120777)]),
        "disagreement",
    ),
    "trailing_data-gap": (
        "a.zip",
        lambda: make_zip([Member(b"a.js", SCRIPT, gap=b"#!/bin/sh\n"), Member(b"b.js", SCRIPT)]),
        "trailing_data",
    ),
    "trailing_data-end": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT)]) + b"appended", "trailing_data"),
    "prefix_data-executable": (
        "a.exe",
        lambda: b"MZ" + bytes(200) + make_zip([Member(b"a.js", SCRIPT)]),
        "prefix_data",
    ),
    "encrypted-zip": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT, flags=1)]), "encrypted"),
    "unsupported-method": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT, method=97)]), "unsupported"),
    "damaged-checksum": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT, crc=1)]), "damaged"),
    "damaged-no-directory": ("a.zip", lambda: make_zip([Member(b"a.js", SCRIPT)])[:60], "damaged"),
    "damaged-deflate": (
        "a.zip",
        lambda: make_zip([Member(b"a.js", SCRIPT, raw=b"\xff" * 40, method=8), Member(b"b.js", SCRIPT)]),
        "damaged",
    ),
    "damaged-gzip": ("a.tgz", lambda: plain_tgz({"a.js": SCRIPT * 9000, "b.js": SCRIPT})[:300], "damaged"),
    "damaged-tar": ("a.tar", lambda: plain_tar({"a.js": SCRIPT * 100})[:1000], "damaged"),
    "damaged-installer": (
        "a.zip",
        lambda: plain_zip({"a.msi": installer("84100c0000000000c000000000000046")}),
        "damaged",
    ),
    "damaged-magic": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c" + b"garbage" * 30, "damaged"),
}
