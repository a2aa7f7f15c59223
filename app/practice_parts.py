"""What practice submissions are made of: archives that always have the same bytes, and parts made by code.

Made by code is what must not stand verbatim in a repository: a test virus, keys, an encoded payload. All are inert.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

# 2024-03-11 10:00, the time of every member: a file's own time would change the bytes
ZIP_TIME = (2024, 3, 11, 10, 0, 0)
TAR_TIME = 1710151200

Tree = dict[str, bytes]


def noise(label: str, length: int) -> bytes:
    """Bytes that look random and are always the same for a label."""
    return hashlib.shake_256(label.encode()).digest(length)


def eicar() -> bytes:
    """EICAR's test file: harmless by construction, and every virus scanner has to find it."""
    return rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR" + b"-STANDARD-ANTIVIRUS-" + b"TEST-FILE!$H+H*"


def private_key() -> bytes:
    """PEM of the right shape and length for RSA with 2048 bits; the numbers in it are noise and open nothing."""
    head = bytes.fromhex("308204a30201000282010100")
    body = base64.b64encode(head + noise("practice: private key", 1191 - len(head))).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    word = "RSA PRIVATE" + " KEY-----"
    return "\n".join([f"-----BEGIN {word}", *lines, f"-----END {word}", ""]).encode()


def aws_key_id() -> bytes:
    """Twenty characters as an access key of AWS has them; never issued, it is noise."""
    return b"AK" + b"IA" + base64.b32encode(noise("practice: key id", 10))


def aws_secret() -> bytes:
    return base64.b64encode(noise("practice: key secret", 30))


def inert_payload() -> bytes:
    """What the obfuscated loader decodes: a long comment and nothing to run."""
    return base64.b64encode(b"/* " + noise("practice: payload", 600).hex().encode() + b" */ void 0;")


def draw_icon(size: int) -> bytes:
    """A PNG of `size` by `size` pixels: a yellow note with three lines of writing."""
    paper, ink, empty = b"\xff\xd8\x5c\xff", b"\x5b\x4a\x12\xff", b"\x00\x00\x00\x00"
    margin = size // 8
    rows = []
    for y in range(size):
        inside = margin <= y < size - margin
        written = inside and ((y - margin) * 8 // max(1, size - 2 * margin)) in {2, 4, 6}
        row = bytearray(b"\x00")
        for x in range(size):
            if not (inside and margin <= x < size - margin):
                row += empty
            else:
                row += ink if written and 2 * margin <= x < size - 2 * margin else paper
        rows.append(bytes(row))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pack_zip(tree: Tree) -> bytes:
    """A zip whose bytes depend on the tree alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in tree.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)
    return out.getvalue()


def pack_tar(tree: Tree) -> bytes:
    """A .tar.gz whose bytes depend on the tree alone."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in tree.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), TAR_TIME, 0o644
            archive.addfile(entry, io.BytesIO(content))
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0, compresslevel=9) as packed:
        packed.write(raw.getvalue())
    return out.getvalue()


def pack_wheel(tree: Tree) -> bytes:
    """A zip with the RECORD that a wheel carries: each file with its hash and size, RECORD itself without."""
    record = next(name for name in tree if name.endswith(".dist-info/WHEEL")).removesuffix("WHEEL") + "RECORD"
    lines = []
    for name, content in tree.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return pack_zip({**tree, record: "\n".join([*lines, f"{record},,", ""]).encode()})


MARKERS: dict[str, Callable[[], bytes]] = {
    "aws_key_id": aws_key_id,
    "aws_secret": aws_secret,
    "inert_payload": inert_payload,
}
MADE: dict[str, Callable[[], bytes]] = {
    "test virus": eicar,
    "archived test virus": lambda: pack_zip({"READER.COM": eicar()}),
    "private key": private_key,
}
