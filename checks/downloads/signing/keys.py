"""Public keys: does this signature come from that key, and how strong is it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from checks.downloads.signing.model import Malformed, Unsupported, guarded

MAX_KEY = 16384


@lru_cache(maxsize=64)
@guarded
def load_key(spki: bytes) -> Any:
    """The key in a SubjectPublicKeyInfo; Malformed or Unsupported."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if len(spki) > MAX_KEY:
        raise Malformed("its key is too large")
    try:
        return load_der_public_key(spki)
    except UnsupportedAlgorithm:
        raise Unsupported("a key of this type is not understood here") from None


def key_hash(spki: bytes) -> str:
    """What identifies a key: the SHA-256 of its SubjectPublicKeyInfo, hex."""
    return hashlib.sha256(spki).hexdigest()


@guarded
def describe_key(spki: bytes) -> tuple[str, int]:
    """Type in words (`RSA 2048`) and size in bits; (`unknown`, 0) where it is not understood."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

    try:
        key = load_key(spki)
    except Unsupported:
        return "unknown key type", 0
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}", key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    return "unknown key type", 0


def _hash(name: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    known: dict[str, Any] = {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256,
             "sha384": hashes.SHA384, "sha512": hashes.SHA512}  # fmt: skip
    if name not in known:
        raise Unsupported(f"the digest {name[:30]} is not known here")
    return known[name]()


@guarded
def verify(
    spki: bytes, hash_name: str, signature: bytes, message: bytes, *, digested: bool = False, pss: int | None = None
) -> bool:
    """Whether the key made this signature over `message` (or, `digested`, over what has that digest).

    The key's type decides how; `pss` is the length of the salt where RSA-PSS is used. Raises Unsupported, Malformed.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa, utils

    key = load_key(spki)
    if isinstance(key, ed25519.Ed25519PublicKey):
        if digested:
            raise Unsupported("Ed25519 over a digest is not understood here")
        arguments: tuple[Any, ...] = ()
    else:
        base = _hash(hash_name)
        how = utils.Prehashed(base) if digested else base
        if isinstance(key, rsa.RSAPublicKey):
            pad = padding.PKCS1v15() if pss is None else padding.PSS(padding.MGF1(base), pss)
            arguments = (pad, how)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            arguments = (ec.ECDSA(how),)
        elif isinstance(key, dsa.DSAPublicKey):
            arguments = (how,)
        else:
            raise Unsupported("a key of this type is not understood here")
    try:
        key.verify(signature, message, *arguments)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        raise Unsupported(f"signatures with {hash_name} are not understood here") from None
    return True
