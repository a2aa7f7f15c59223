"""Any part of a file, whatever its size, and digests over it without holding it."""

from __future__ import annotations

import hashlib
from typing import Any

from checks import File
from checks.downloads.signing.model import Malformed, Unsupported

CHUNK = 1 << 20
_HASHES = {"md5": "md5", "sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def new_hash(name: str) -> Any:
    """A hash by its name, however it is spelt (`SHA-256`, `sha2_256`, `sha256`); Unsupported for others."""
    known = _HASHES.get(name.lower().replace("-", "").replace("_", ""))
    if known is None:
        raise Unsupported(f"the digest {name[:30]} is not known here")
    return hashlib.new(known, usedforsecurity=False)


class Bytes:
    """A file by byte ranges; ends are exclusive and must lie inside the file."""

    def __init__(self, file: File) -> None:
        self._view = file.blobs.view(file.entry.source)
        self._base = file.entry.offset
        self.size = file.size

    def read(self, start: int, end: int) -> bytes:
        """The bytes of a range; Malformed where it is not inside the file."""
        if not 0 <= start <= end <= self.size:
            raise Malformed("it points outside the file")
        return self._view[self._base + start : self._base + end]

    def feed(self, sha: Any, start: int, end: int) -> None:
        """Give a range to a hash, piece by piece."""
        self.read(start, start)
        self.read(end, end)
        for at in range(start, end, CHUNK):
            sha.update(self.read(at, min(at + CHUNK, end)))


def digest_of(file: File, name: str) -> bytes:
    """The digest of a whole file; the SHA-256 that the host computed is not computed again."""
    sha = new_hash(name)
    if sha.name == "sha256" and len(file.sha256) == 64:
        return bytes.fromhex(file.sha256)
    Bytes(file).feed(sha, 0, file.size)
    digest: bytes = sha.digest()
    return digest
