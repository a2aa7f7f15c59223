"""RPM packages: digests and OpenPGP signatures of the header, which holds the digest of the content."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from checks import File
from checks.downloads.signing.bytes import Bytes, new_hash
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded
from checks.downloads.signing.pgp import MAX_SIGNED, read_signatures, seal_pgp

MAGIC = b"\xed\xab\xee\xdb"
_HEADER = b"\x8e\xad\xe8\x01"
_LEAD = 96
MAX_ROWS = 10_000
MAX_STORE = 64 << 20
# tags of the signature header; values over the header alone, and over header and content
_OVER_HEADER, _OVER_ALL = (268, 267), (1002, 1005)
_OPENPGP, _SHA256, _SHA1, _MD5 = 278, 273, 269, 1004
_PAYLOAD_DIGEST, _PAYLOAD_ALGORITHM = 5092, 5093
_ALGORITHMS = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512"}


@dataclass(slots=True)
class _Section:
    start: int
    end: int
    tags: dict[int, bytes] = field(default_factory=dict)


def verify_rpm(file: File, keys: Sequence[bytes]) -> list[Seal]:
    """The verdict on an RPM package; empty where it is unsigned and its digests hold."""
    seal = Seal("RPM", State.VALID, file)
    try:
        return _verify(file, keys, seal)
    except Unsupported as reason:
        seal.doubt(str(reason))
    except Malformed as reason:
        seal.fail("malformed", str(reason))
    return [seal]


@guarded
def _verify(file: File, keys: Sequence[bytes], seal: Seal) -> list[Seal]:
    data = Bytes(file)
    first = _section(data, _LEAD)
    main = _section(data, first.end + -first.end % 8)
    wrong = _compare(data, first, main)
    seals: list[Seal] = []
    for tag in (*_OVER_HEADER, _OPENPGP, *_OVER_ALL):
        if tag not in first.tags or seals:
            continue
        raw = first.tags[tag]
        if tag == _OPENPGP:
            raw = base64.b64decode(raw.split(b"\0")[0])
        end = data.size if tag in _OVER_ALL else main.end
        signed = data.read(main.start, end) if keys and end - main.start <= MAX_SIGNED else None
        seals.append(seal_pgp("RPM", file, read_signatures(raw), signed, keys))
    if wrong:
        seals = seals or [seal]
        seals[0].fail("digest_mismatch", wrong)
    return seals


def _section(data: Bytes, start: int) -> _Section:
    """One header: an index of rows and the store that they point into."""
    magic, rows, size = struct.unpack(">4s4xII", data.read(start, start + 16))
    if magic != _HEADER or rows > MAX_ROWS or size > MAX_STORE:
        raise Malformed("a header of it cannot be read")
    store = start + 16 + rows * 16
    section = _Section(start, store + size)
    raw, content = data.read(start + 16, store), data.read(store, store + size)
    for at in range(0, len(raw), 16):
        tag, kind, offset, count = struct.unpack_from(">IIII", raw, at)
        if offset > size:
            raise Malformed("a header of it points outside itself")
        if kind in (6, 8, 9):
            section.tags[tag] = content[offset : content.find(b"\0", offset)]
        elif kind == 7:
            section.tags[tag] = content[offset : offset + count]
        elif kind == 4 and count:
            section.tags[tag] = content[offset : offset + 4]
    return section


def _compare(data: Bytes, first: _Section, main: _Section) -> str:
    """Which of its own digests does not fit, in words; empty where all do."""
    for tag, name in ((_SHA256, "sha256"), (_SHA1, "sha1")):
        if tag in first.tags:
            sha = new_hash(name)
            data.feed(sha, main.start, main.end)
            if sha.hexdigest().encode() != first.tags[tag].lower():
                return f"the {name.upper()} of its header"
    if _MD5 in first.tags and _SHA256 not in first.tags:
        sha = new_hash("md5")
        data.feed(sha, main.start, data.size)
        if sha.digest() != first.tags[_MD5]:
            return "the MD5 of header and content"
    wanted = main.tags.get(_PAYLOAD_DIGEST)
    if wanted is not None:
        name = _ALGORITHMS.get(int.from_bytes(main.tags.get(_PAYLOAD_ALGORITHM, b"\x08"), "big"), "")
        sha = new_hash(name)
        data.feed(sha, main.end, data.size)
        if sha.hexdigest().encode() != wanted.lower():
            return f"the {name.upper()} of its content"
    return ""
