"""Debian packages: signatures as further members (debsigs, dpkg-sig); most have none, repositories sign an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from checks import File
from checks.downloads.signing.bytes import digest_of
from checks.downloads.signing.jar import Members, list_names
from checks.downloads.signing.model import Malformed, Seal, State
from checks.downloads.signing.pgp import MAX_SIGNATURE, MAX_SIGNED, read_signatures, seal_pgp

_SIGNED = re.compile(r"debian-binary|(?:control|data)\.tar(?:\.\w+)?")
_ROW = re.compile(rb"^\s+([0-9a-f]{32}) ([0-9a-f]{40}) (\d+) (\S+)\s*$", re.MULTILINE)
MOST = 8


def verify_deb(members: Members, find_keys: Callable[[], list[bytes]]) -> list[Seal]:
    """One verdict for each signature among the members of a package."""
    names = [name for name in members.files if name.startswith("_gpg")][:MOST]
    keys = find_keys() if names else []
    return [_verify(members, name, members.files[name][0], keys) for name in names]


def _verify(members: Members, name: str, file: File, keys: Sequence[bytes]) -> Seal:
    scheme = f"Debian {name[1:]}"
    seal = Seal(scheme, State.VALID, file)
    try:
        if file.size > MAX_SIGNATURE:
            raise Malformed("it is too large")
        signatures = read_signatures(file.data)
        if b"-----BEGIN PGP SIGNED MESSAGE-----" in file.head(64):
            return _verify_list(members, file, scheme)
        parts = [f for n, files in members.files.items() for f in files if _SIGNED.fullmatch(n)]
        small = sum(part.size for part in parts) <= MAX_SIGNED // 4
        signed = b"".join(part.data for part in parts) if small and keys else None
        return seal_pgp(scheme, file, signatures, signed, keys)
    except Malformed as reason:
        seal.fail("malformed", str(reason))
    return seal


def _verify_list(members: Members, file: File, scheme: str) -> Seal:
    """dpkg-sig signs a list of digests: those can be compared, the signature of the list needs the key."""
    seal = seal_pgp(scheme, file, read_signatures(file.data), None, ())
    listed = {row[4].decode("ascii", "replace"): row[2].decode() for row in _ROW.finditer(file.data)}
    bad = [
        n for n, sha1 in listed.items() if n in members.files and digest_of(members.files[n][0], "sha1").hex() != sha1
    ]
    loose = [n for n in members.files if _SIGNED.fullmatch(n) and n not in listed]
    if bad:
        seal.fail("digest_mismatch", list_names(bad))
    if loose:
        seal.fail("uncovered", list_names(loose))
    return seal
