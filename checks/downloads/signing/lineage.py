"""Proof of rotation: each key of an Android developer signs the certificate of the next."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from checks.downloads.signing.certificates import load_certificate, name_of, spki_of
from checks.downloads.signing.keys import key_hash, verify
from checks.downloads.signing.model import Malformed, guarded
from checks.downloads.signing.slices import prefixed, slices

MAX_NODES = 32
# Which digest and salt a signature of one certificate over the next has, by Android's number.
_ALGORITHMS: dict[int, tuple[str, int | None]] = {
    0x0101: ("sha256", 32), 0x0102: ("sha512", 64), 0x0103: ("sha256", None), 0x0104: ("sha512", None),
    0x0201: ("sha256", None), 0x0202: ("sha512", None), 0x0301: ("sha256", None), 0x0421: ("sha256", None),
    0x0423: ("sha256", None), 0x0425: ("sha256", None),
}  # fmt: skip


@dataclass(slots=True)
class Lineage:
    """Keys (SHA-256) and names from the oldest to the newest; `problem` says why it proves nothing."""

    keys: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    problem: str = ""


@guarded
def read_lineage(raw: bytes) -> Lineage:
    """The lineage in an attribute of scheme 3, each step verified with the key before it."""
    if struct.unpack_from("<I", raw)[0] != 1:
        raise Malformed("its proof of rotation is of an unknown version")
    lineage = Lineage()
    before, number_before = b"", 0
    for node in slices(raw[4:], MAX_NODES):
        signed, at = prefixed(node, 0)
        _, number = struct.unpack_from("<II", node, at)
        signature, _ = prefixed(node, at + 8)
        der, at = prefixed(signed, 0)
        certificate = load_certificate(der)
        if before:
            name, salt = _ALGORITHMS.get(number_before, ("", None))
            if not name or struct.unpack_from("<I", signed, at)[0] != number_before:
                lineage.problem = "a step names no known algorithm"
            elif not verify(before, name, signature, signed, pss=salt):
                lineage.problem = "a key was not signed by the one before it"
        before, number_before = spki_of(certificate), number
        lineage.keys.append(key_hash(before))
        lineage.names.append(name_of(certificate.subject))
    if not lineage.keys:
        raise Malformed("its proof of rotation is empty")
    return lineage
