"""Chrome extensions (CRX 2 and 3): proofs by keys over the archive; the developer's key is the extension's id."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks import File
from checks.downloads.signing.bytes import Bytes, new_hash
from checks.downloads.signing.keys import describe_key, key_hash, verify
from checks.downloads.signing.model import Malformed, Problem, Seal, Signer, State, Unsupported, guarded
from checks.downloads.signing.seals import add_key_strength

MAGIC = b"Cr24"
MAX_HEADER = 1 << 20
MAX_PROOFS = 16
_CONTEXT = b"CRX3 SignedData\x00"
_RSA, _ECDSA, _SIGNED = 2, 3, 10000


@dataclass(slots=True)
class _Header:
    proofs: list[tuple[bytes, bytes]] = field(default_factory=list)
    signed: bytes = b""
    id: bytes = b""


def extension_id(raw: bytes) -> str:
    """The 16 bytes as browsers write them, in letters from a to p."""
    return "".join(chr(97 + int(digit, 16)) for digit in raw.hex())


def verify_crx(file: File, stores: Sequence[tuple[str, str]] = ()) -> list[Seal]:
    """The verdict on a Chrome extension; `stores` are (SHA-256 of a store's key, its name)."""
    version = int.from_bytes(file.head(8)[4:], "little")
    seal = Seal(f"CRX{version}" if version in (2, 3) else "CRX", State.VALID, file)
    try:
        if version == 3:
            _verify_three(file, seal, dict(stores))
        elif version == 2:
            _verify_two(file, seal)
        else:
            seal.doubt(f"version {version} of the format is not known")
    except Unsupported as reason:
        seal.doubt(str(reason))
    except Malformed as reason:
        seal.fail("malformed", str(reason))
    add_key_strength(seal)
    return [seal]


def _signer(spki: bytes, subject: str) -> Signer:
    kind, bits = describe_key(spki)
    return Signer(key_hash(spki), subject, key_type=kind, key_bits=bits)


def _verify_three(file: File, seal: Seal, stores: dict[str, str]) -> None:
    data = Bytes(file)
    size = struct.unpack("<I", data.read(8, 12))[0]
    if size > MAX_HEADER:
        raise Malformed("its header is too large")
    header = _read_header(data.read(12, 12 + size))
    sha = new_hash("sha256")
    sha.update(_CONTEXT + struct.pack("<I", len(header.signed)) + header.signed)
    data.feed(sha, 12 + size, data.size)
    digest = sha.digest()
    own = None
    for spki, signature in header.proofs:
        is_own = hashlib.sha256(spki).digest()[:16] == header.id
        store = stores.get(key_hash(spki))
        if not verify(spki, "sha256", signature, digest, digested=True):
            whose = "the extension's own key" if is_own else store or f"the key {key_hash(spki)[:16]}"
            seal.fail("digest_mismatch", f"the proof by {whose} is not over these bytes")
        if is_own:
            own = _signer(spki, f"extension {extension_id(header.id)}")
        elif store is not None:
            seal.notes.append(f"published by {store}")
        else:
            seal.notes.append(f"also signed by the key sha256:{key_hash(spki)}")
    if own is None:
        seal.fail("signature_invalid", f"no proof belongs to the id {extension_id(header.id)} that it claims")
        return
    seal.signers.append(own)


@guarded
def _read_header(raw: bytes) -> _Header:
    header = _Header()
    for number, value in fields(raw):
        if number in (_RSA, _ECDSA):
            proof = dict(fields(value))
            header.proofs.append((proof.get(1, b""), proof.get(2, b"")))
            if len(header.proofs) > MAX_PROOFS:
                raise Malformed(f"it has more than {MAX_PROOFS} proofs")
        elif number == _SIGNED:
            header.signed = value
            header.id = dict(fields(value)).get(1, b"")
    if not header.proofs or len(header.id) != 16:
        raise Malformed("its header holds no proof or no id")
    return header


def fields(raw: bytes, most: int = 256) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of the length-delimited fields of a protocol buffer; others are passed over."""
    at = 0
    for _ in range(most):
        if at >= len(raw):
            return
        tag, at = _varint(raw, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(raw, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(raw, at)
            if at + length > len(raw):
                raise Malformed("its header ends early")
            yield tag >> 3, raw[at : at + length]
            at += length
        else:
            raise Malformed("its header cannot be read")
    raise Malformed("its header has too many fields")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(raw):
            raise Malformed("its header ends early")
        value |= (raw[at] & 0x7F) << shift
        at += 1
        if not raw[at - 1] & 0x80:
            return value, at
    raise Malformed("a number in its header is too large")


def _verify_two(file: File, seal: Seal) -> None:
    data = Bytes(file)
    key_size, signature_size = struct.unpack("<II", data.read(8, 16))
    if max(key_size, signature_size) > MAX_HEADER:
        raise Malformed("its header is too large")
    spki = data.read(16, 16 + key_size)
    start = 16 + key_size + signature_size
    signature = data.read(16 + key_size, start)
    sha = new_hash("sha1")
    data.feed(sha, start, data.size)
    if not verify(spki, "sha1", signature, sha.digest(), digested=True):
        seal.fail("digest_mismatch", "the proof is not over these bytes")
    seal.signers.append(_signer(spki, f"extension {extension_id(hashlib.sha256(spki).digest()[:16])}"))
    seal.problems.append(Problem("obsolete_scheme", "CRX2, signed with SHA-1, which browsers no longer accept"))
