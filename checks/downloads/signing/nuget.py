"""NuGet packages: the signature is a member, and signs the archive as it was before that member came in."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Sequence
from typing import Any

from checks import File
from checks.downloads.signing.bytes import Bytes, new_hash
from checks.downloads.signing.cms import MAX_MESSAGE, Message, read_message
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded
from checks.downloads.signing.seals import seal_signature
from checks.downloads.signing.zip import Layout, find_directory

MEMBER = ".signature.p7s"
_SCHEME = "NuGet"
_LINE = re.compile(rb"^([0-9.]+)-Hash:([A-Za-z0-9+/=]{20,120})\s*$", re.MULTILINE)
_OIDS = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
MAX_ROWS = 100_000


def verify_nuget(signature: File, whole: File | None) -> list[Seal]:
    """The verdict on a NuGet package, `whole` being the archive itself."""
    seals = [Seal(_SCHEME, State.VALID, signature)]
    try:
        if signature.size > MAX_MESSAGE:
            raise Malformed("it is too large")
        message = read_message(signature.data)
        if not message.signatures:
            raise Malformed("nobody signed it")
        seals = [seal_signature(_SCHEME, s) for s in message.signatures]
        _compare(message, whole, seals[0])
    except Unsupported as reason:
        seals[0].doubt(str(reason))
    except Malformed as reason:
        seals[0].fail("malformed", str(reason))
    for seal in seals:
        seal.file = signature
    return seals


@guarded
def _compare(message: Message, whole: File | None, seal: Seal) -> None:
    match = _LINE.search(message.content or b"")
    name = _OIDS.get(match[1].decode()) if match else None
    if match is None or name is None:
        raise Malformed("what was signed is no digest of a package")
    if whole is None:
        raise Unsupported("the archive's own bytes are not at hand")
    if _digest(Bytes(whole), name) != base64.b64decode(match[2]):
        seal.fail("digest_mismatch", f"the {name.upper()} of the archive is another than the signed one")


def _digest(data: Bytes, name: str) -> bytes:
    """The digest of the archive without the signature: its member, its row, and what follows from them."""
    layout = find_directory(data)
    if layout is None:
        raise Unsupported("its zip directory is of an unusual form")
    rows = _rows(data.read(layout.directory, layout.directory + layout.size))
    own = [row for row in rows if row[1] == MEMBER.encode()]
    if len(own) != 1:
        raise Malformed("the signature stands in the archive more than once")
    gap, start = _member(data, layout, rows, own[0])
    sha = new_hash(name)
    data.feed(sha, 0, start)
    data.feed(sha, start + gap, layout.directory)
    for raw, member, offset in rows:
        if member != MEMBER.encode():
            sha.update(raw[:42] + struct.pack("<I", offset - gap if offset > start else offset) + raw[46:])
    _feed_end(sha, data, layout, len(own[0][0]), gap)
    digest: bytes = sha.digest()
    return digest


def _member(
    data: Bytes, layout: Layout, rows: Sequence[tuple[bytes, bytes, int]], own: tuple[bytes, bytes, int]
) -> tuple[int, int]:
    """Length and place of the signature's member, its header included."""
    start = own[2]
    header = data.read(start, start + 30)
    if header[:4] != b"PK\3\4":
        raise Malformed("its member is not where the archive says")
    after = [row[2] for row in rows if row[2] > start]
    return (min(after) if after else layout.directory) - start, start


def _rows(raw: bytes) -> list[tuple[bytes, bytes, int]]:
    """Every row of the directory: its bytes, the member's name, and the member's place."""
    rows: list[tuple[bytes, bytes, int]] = []
    at = 0
    while at < len(raw):
        if raw[at : at + 4] != b"PK\1\2" or len(rows) >= MAX_ROWS:
            raise Malformed("its zip directory cannot be read")
        name, extra, comment = struct.unpack_from("<HHH", raw, at + 28)
        end = at + 46 + name + extra + comment
        rows.append((raw[at:end], raw[at + 46 : at + 46 + name], struct.unpack_from("<I", raw, at + 42)[0]))
        at = end
    return rows


def _feed_end(sha: Any, data: Bytes, layout: Layout, row: int, gap: int) -> None:
    """The record at the end, as it was with one member less."""
    end = data.read(layout.end, data.size)
    here, total, size, offset = struct.unpack_from("<HHII", end, 8)
    changed = struct.pack("<HHII", here - 1, total - 1, size - row, offset - gap)
    sha.update(end[:8] + changed + end[20:])
