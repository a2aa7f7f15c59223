"""Authenticode: the signature of Windows programs and libraries, over all of the file but three places."""

from __future__ import annotations

import struct

from checks import File
from checks.downloads.signing.bytes import Bytes, new_hash
from checks.downloads.signing.cms import MAX_MESSAGE, Message, read_message
from checks.downloads.signing.der import OCTET_STRING, SEQUENCE, children
from checks.downloads.signing.model import Malformed, Problem, Seal, State, Unsupported, guarded
from checks.downloads.signing.seals import seal_signature

SCHEME = "Authenticode"
MAX_SIGNATURES = 8
_INDIRECT = "1.3.6.1.4.1.311.2.1.4"
_HASHES = {
    "2a864886f70d0205": "md5",
    "2b0e03021a": "sha1",
    "608648016503040201": "sha256",
    "608648016503040202": "sha384",
    "608648016503040203": "sha512",
}


def is_program(file: File) -> bool:
    """Whether it begins as a Windows program or library does."""
    return file.head(2) == b"MZ" and _new_header(file) > 0


def _new_header(file: File) -> int:
    head = file.head(64)
    if len(head) < 64:
        return 0
    at: int = struct.unpack_from("<I", head, 60)[0]
    if at + 24 > file.size:
        return 0
    return at if Bytes(file).read(at, at + 4) == b"PE\0\0" else 0


def verify_program(file: File) -> list[Seal]:
    """All signatures of a program; one that is unsigned where there is none."""
    try:
        layout = _layout(file)
        if layout is None:
            return [Seal(SCHEME, State.UNSIGNED, file)]
        seals = _verify(file, *layout)
    except Unsupported as reason:
        seals = [Seal(SCHEME, State.UNVERIFIABLE, file)]
        seals[0].doubt(str(reason))
    except Malformed as reason:
        seals = [Seal(SCHEME, State.INVALID, file)]
        seals[0].fail("malformed", str(reason))
    for seal in seals:
        seal.file = file
    return seals


@guarded
def _layout(file: File) -> tuple[int, int, int, int] | None:
    """Places of the checksum, of the directory's row, and begin and end of the signatures; None without any."""
    data, header = Bytes(file), _new_header(file)
    optional = header + 24
    magic = struct.unpack("<H", data.read(optional, optional + 2))[0]
    if magic not in (0x10B, 0x20B):
        return None
    row = optional + (128 if magic == 0x10B else 144)
    count = struct.unpack("<I", data.read(row - 36, row - 32))[0]
    size_of_header = struct.unpack("<H", data.read(header + 20, header + 22))[0]
    if count < 5 or row + 8 > optional + size_of_header:
        return None
    start, size = struct.unpack("<II", data.read(row, row + 8))
    if start == 0 and size == 0:
        return None
    if start + size > file.size or start < row + 8 or size < 8:
        raise Malformed("its place lies outside the file")
    return optional + 64, row, start, start + size


def _verify(file: File, checksum: int, row: int, start: int, end: int) -> list[Seal]:
    data = Bytes(file)
    messages, rest = _tables(data, start, end)
    seals: list[Seal] = []
    digests: dict[str, bytes] = {}

    def digest(name: str) -> bytes:
        if name not in digests:
            sha = new_hash(name)
            for begin, stop in ((0, checksum), (checksum + 4, row), (row + 8, start), (end, data.size)):
                data.feed(sha, begin, stop)
            digests[name] = sha.digest()
        return digests[name]

    while messages and len(seals) < MAX_SIGNATURES:
        message = read_message(messages.pop(0))
        name, wanted = read_indirect(message)
        matches = digest(name) == wanted
        if not message.signatures:
            raise Malformed("nobody signed it")
        for signature in message.signatures:
            seal = seal_signature(SCHEME, signature)
            if not matches:
                seal.fail("digest_mismatch", f"the {name.upper()} of the program is another than the signed one")
            if rest:
                seal.problems.append(Problem("unsigned_room", f"{rest} bytes"))
            seals.append(seal)
            messages += signature.nested
    if any(seal.state is State.VALID and not _is_weak(seal) for seal in seals):
        for seal in seals:  # an old signature for old systems beside a sound one is good practice
            seal.problems = [p for p in seal.problems if not p.rule.startswith("weak_digest")]
    return seals


def _is_weak(seal: Seal) -> bool:
    return any(problem.rule.startswith("weak_digest") for problem in seal.problems)


def _tables(data: Bytes, start: int, end: int) -> tuple[list[bytes], int]:
    """The messages in the certificate table, and how many bytes there are that nobody signed (and not zero)."""
    messages: list[bytes] = []
    rest = 0
    while start + 8 <= end and len(messages) < MAX_SIGNATURES:
        length, _, kind = struct.unpack("<IHH", data.read(start, start + 8))
        if length < 8 or start + length > end:
            break
        if kind == 2:
            if length > MAX_MESSAGE:
                raise Malformed("it is too large")
            blob = data.read(start + 8, start + length)
            messages.append(blob)
            rest += _room(blob)
        start += (length + 7) & ~7
    if not messages:
        raise Malformed("there is no signature where the header says")
    return messages, rest


def _room(blob: bytes) -> int:
    """How many bytes follow a message in its own room, without the zeros at their end."""
    if len(blob) < 4 or blob[0] != SEQUENCE or blob[1] != 0x82:
        return 0
    return len(blob[4 + int.from_bytes(blob[2:4], "big") :].rstrip(b"\0"))


@guarded
def read_indirect(message: Message) -> tuple[str, bytes]:
    """Name and value of the digest that was signed."""
    if message.content_type != _INDIRECT or message.content is None:
        raise Malformed("what was signed is no digest of a program")
    parts = list(children(message.content, 0, len(message.content)))
    tag, start, end = parts[1]
    if tag != SEQUENCE:
        raise Malformed("the signed digest cannot be read")
    (_, algorithm, stop), (kind, value, value_end), *_ = children(message.content, start, end)
    _, oid, oid_end = next(children(message.content, algorithm, stop))
    name = _HASHES.get(message.content[oid:oid_end].hex())
    if name is None:
        raise Unsupported("its digest is of an unknown kind")
    if kind != OCTET_STRING:
        raise Malformed("the signed digest cannot be read")
    return name, message.content[value:value_end]
