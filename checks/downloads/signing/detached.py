"""Signatures that lie beside what they sign, and statements about where a package was built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks import Fact, File, Package
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported

MOST = 50
MAX_DETACHED = 256 << 10
_ATTESTATION = re.compile(
    r"\.publish\.attestation$|\.sigstore(?:\.json)?$|\.intoto\.jsonl$|(?:^|/)(?:provenance|attestations?)\.json$"
    r"|\.bundle\.json$|\.cosign\.bundle$"
)
_DETACHED = (".asc", ".sig", ".sign")


def verify_detached(scheme: str, file: File, over: Sequence[File] | None) -> list[Seal]:
    """A signed message about a file that lies beside it."""
    from checks.downloads.signing.cms import MAX_MESSAGE, read_message
    from checks.downloads.signing.seals import seal_signature

    seals = [Seal(scheme, State.VALID, file)]
    try:
        if not over:
            raise Malformed("what it signs is not in the package")
        if max(file.size, over[0].size) > MAX_MESSAGE:
            raise Unsupported("it is too large")
        message = read_message(file.data, over[0].data)
        if not message.signatures:
            raise Malformed("nobody signed it")
        seals = [seal_signature(scheme, signature) for signature in message.signatures]
    except Unsupported as reason:
        seals[0].doubt(str(reason))
    except Malformed as reason:
        seals[0].fail("malformed", str(reason))
    for seal in seals:
        seal.file = file
    return seals


def describe_detached(package: Package) -> Iterator[Fact]:
    """What lies in the package and can only be said to be there."""
    told = 0
    for file in package.files:
        name = file.name.lower()
        if told >= MOST or not name.endswith((*_DETACHED, ".json", ".attestation", ".sigstore", ".jsonl")):
            continue
        value = _describe(file, name)
        if value:
            told += 1
            yield file.fact("signature", *value)


def _describe(file: File, name: str) -> tuple[str, str] | None:
    if _ATTESTATION.search(name):
        if b"{" not in file.head(16):
            return None
        return (
            "attestation",
            f"{State.UNVERIFIABLE}: an attestation of where it was built; its log and roots are online",
        )
    if not name.endswith(_DETACHED) or not 0 < file.size <= MAX_DETACHED:
        return None
    head = file.head(128)
    if b"BEGIN PGP SIGN" not in head and head[0] not in (0x88, 0x89, 0xC2):
        return None
    from checks.downloads.signing.pgp import read_signatures

    try:
        first = read_signatures(file.data)[0]
    except Malformed:  # a public key, or an encrypted message: not what is looked for here
        return None
    return "detached OpenPGP", f"{State.UNVERIFIABLE}: the public key {first.issuer or 'of its signer'} is not at hand"
