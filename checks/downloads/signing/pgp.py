"""OpenPGP signatures: who made them as far as they say, and whether they hold where the key is at hand.

A key that lies beside the signature proves no identity, but that the bytes are those that its owner signed.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from checks import File, Package
from checks.downloads.signing.model import Malformed, Problem, Seal, Signer, State, guarded

log = logging.getLogger(__name__)

MAX_SIGNATURE = 256 << 10
MAX_PACKETS = 64
MAX_KEYS = 16
MAX_KEY_FILE = 1 << 20
MAX_SIGNED = 256 << 20
_ARMOUR = re.compile(
    rb"-----BEGIN PGP ([A-Z ]+)-----\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*\r?\n"
    rb"([A-Za-z0-9+/=\r\n]+?)(?:\r?\n=[^\r\n]*)?\r?\n-----END"
)
_KEYS = {1: "RSA", 3: "RSA", 17: "DSA", 19: "ECDSA", 22: "EdDSA", 27: "Ed25519", 28: "Ed448"}
_HASHES = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
_KEY_SUFFIXES = (".asc", ".gpg", ".pgp", ".key", ".pub", "keys", ".pem")


@dataclass(frozen=True, slots=True)
class PgpSignature:
    """What a signature packet says of itself: issuer (fingerprint or key id, hex), digest, kind of key, time."""

    issuer: str
    digest: str
    key_type: str
    created: datetime | None
    raw: bytes


@guarded
def read_signatures(data: bytes) -> list[PgpSignature]:
    """All signature packets in these bytes, armoured or not; Malformed where there is none."""
    if len(data) > MAX_SIGNATURE:
        raise Malformed("it is too large")
    armoured = _ARMOUR.search(data)
    if armoured is not None:
        try:
            data = base64.b64decode(re.sub(rb"\s", b"", armoured[2]), validate=True)
        except binascii.Error:
            raise Malformed("its armour is damaged") from None
    found = [_read(body, whole) for tag, body, whole in _packets(data) if tag == 2]
    if not found:
        raise Malformed("there is no OpenPGP signature in it")
    return found


def _packets(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    at = 0
    for _ in range(MAX_PACKETS):
        if at >= len(data):
            return
        head, start = data[at], at
        if not head & 0x80:
            raise Malformed("it is no OpenPGP data")
        if head & 0x40:
            tag, first = head & 0x3F, data[at + 1]
            if first < 192:
                length, at = first, at + 2
            elif first < 224:
                length, at = ((first - 192) << 8) + data[at + 2] + 192, at + 3
            elif first == 255:
                length, at = int.from_bytes(data[at + 2 : at + 6], "big"), at + 6
            else:
                raise Malformed("it has parts of no stated length")
        else:
            tag, kind = head >> 2 & 0xF, head & 3
            if kind == 3:
                raise Malformed("it has parts of no stated length")
            width = 1 << kind
            length, at = int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
        if at + length > len(data):
            raise Malformed("it ends early")
        yield tag, data[at : at + length], data[start : at + length]
        at += length


def _read(body: bytes, whole: bytes) -> PgpSignature:
    if body[0] == 3:
        created = datetime.fromtimestamp(int.from_bytes(body[3:7], "big"), UTC)
        return PgpSignature(body[7:15].hex(), _HASHES.get(body[16], ""), _KEYS.get(body[15], ""), created, whole)
    if body[0] not in (4, 6):
        raise Malformed("its version is not known")
    width = 2 if body[0] == 4 else 4
    end = 4 + width + int.from_bytes(body[4 : 4 + width], "big")
    rest = end + width + int.from_bytes(body[end : end + width], "big")
    if rest > len(body):
        raise Malformed("it ends early")
    parts = [*_parts(body[4 + width : end]), *_parts(body[end + width : rest])]
    issuer = next((value[1:].hex() for kind, value in parts if kind == 33), "")
    issuer = issuer or next((value.hex() for kind, value in parts if kind == 16), "")
    times = [value for kind, value in parts if kind == 2 and len(value) == 4]
    time = datetime.fromtimestamp(int.from_bytes(times[0], "big"), UTC) if times else None
    return PgpSignature(issuer, _HASHES.get(body[3], ""), _KEYS.get(body[2], ""), time, whole)


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        first = data[at]
        if first < 192:
            length, at = first, at + 1
        elif first < 255:
            length, at = ((first - 192) << 8) + data[at + 1] + 192, at + 2
        else:
            length, at = int.from_bytes(data[at + 1 : at + 5], "big"), at + 5
        if length < 1 or at + length > len(data):
            raise Malformed("it ends early")
        yield data[at] & 0x7F, data[at + 1 : at + length]
        at += length


def keys_of(package: Package) -> list[bytes]:
    """Public keys that lie in the package itself, armoured or not."""
    found: list[bytes] = []
    for file in package.files:
        if not file.name.lower().endswith(_KEY_SUFFIXES) or not 0 < file.size <= MAX_KEY_FILE:
            continue
        start = file.head(64)
        if b"BEGIN PGP PUBLIC KEY BLOCK" in start or start[0] in (0x98, 0x99, 0xC6):
            found.append(file.data)
            if len(found) == MAX_KEYS:
                break
    return found


def seal_pgp(
    scheme: str, file: File | None, signatures: Sequence[PgpSignature], signed: bytes | None, keys: Sequence[bytes]
) -> Seal:
    """A verdict on the first signature; `signed` are the bytes it is over, None where they are too many."""
    first = signatures[0]
    seal = Seal(scheme, State.VALID, file, [Signer(f"openpgp:{first.issuer or 'not named'}", key_type=first.key_type)])
    if first.created is not None:
        seal.notes.append(f"made {first.created:%Y-%m-%d}")
    if first.digest in ("md5", "sha1"):
        seal.problems.append(Problem("weak_digest_md5" if first.digest == "md5" else "weak_digest", first.digest))
    if not keys:
        seal.doubt(f"the public key {first.issuer or 'of its signer'} is not at hand")
    elif signed is None:
        seal.doubt("what it signs is too large to be looked at")
    else:
        _verify(first, signed, keys, seal)
    return seal


def _verify(signature: PgpSignature, signed: bytes, keys: Sequence[bytes], seal: Seal) -> None:
    import pysequoia

    certificates = []
    for key in keys:
        try:
            certificates.append(pysequoia.Cert.from_bytes(key))
        except Exception as error:  # the library raises its own kinds: a file that only looks like a key
            log.debug("not a public key: %s", error)
    wanted = [c for c in certificates if _is_of(c, signature.issuer)]
    if not wanted:
        seal.doubt(f"the public key {signature.issuer or 'of its signer'} is not at hand")
        return
    try:
        pysequoia.verify(bytes=signed, store=lambda ids: wanted, signature=pysequoia.Sig.from_bytes(signature.raw))
    except Exception as error:
        if signature.digest in ("md5", "sha1"):  # the library's policy refuses them whatever they are over
            seal.doubt("signatures with so old a digest are not accepted any more")
        else:
            seal.fail("signature_invalid", f"it is not over these bytes ({str(error).partition(chr(10))[0][:80]})")
        return
    names = [str(user) for user in list(wanted[0].user_ids)[:1]]
    seal.signers = [
        Signer(f"openpgp:{wanted[0].fingerprint}".lower(), names[0] if names else "", key_type=signature.key_type)
    ]
    seal.notes.append("its public key lies in the package itself")


def _is_of(certificate: object, issuer: str) -> bool:
    """Whether the signature names this key. One made by a subkey names the subkey, and is left unverified."""
    return str(getattr(certificate, "fingerprint", "")).lower().endswith(issuer[-16:])
