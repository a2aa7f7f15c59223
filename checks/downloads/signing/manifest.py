"""Manifests of signed archives: attributes in sections, and the very bytes of each section, for its digest."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.downloads.signing.bytes import new_hash
from checks.downloads.signing.model import Malformed, guarded

MAX_MANIFEST = 32 << 20
MAX_SECTIONS = 200_000
# how signers spell the digests; others are passed over
ALGORITHMS = {
    "md5": "md5", "sha": "sha1", "sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384",
    "sha512": "sha512",
}  # fmt: skip
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Section:
    """Attributes by lower-case name, and the bytes that they were read from, the empty line at the end included."""

    attributes: Mapping[str, str]
    raw: bytes

    @property
    def name(self) -> str:
        """The entry that it is about; empty for the main section."""
        return self.attributes.get("name", "")

    def digests(self, suffix: str) -> dict[str, bytes]:
        """Digests by algorithm of the attributes that end so (`-digest`); Malformed for what is no base64."""
        found: dict[str, bytes] = {}
        for key, value in self.attributes.items():
            if key.endswith(suffix):
                algorithm = ALGORITHMS.get(key[: -len(suffix)].replace("-", ""))
                if algorithm is not None:
                    try:
                        found[algorithm] = base64.b64decode(value, validate=True)
                    except binascii.Error:
                        raise Malformed(f"a digest of {self.name[:80] or 'its manifest'} is no base64") from None
        return found


@guarded
def read_sections(data: bytes) -> list[Section]:
    """All sections of a manifest, the main one first; Malformed where it is too large or says a thing twice."""
    if len(data) > MAX_MANIFEST:
        raise Malformed(f"its manifest is larger than {MAX_MANIFEST >> 20} MiB")
    sections: list[Section] = []
    for raw in _split(data):
        if len(sections) >= MAX_SECTIONS:
            raise Malformed(f"its manifest has more than {MAX_SECTIONS:,} sections")
        sections.append(Section(_attributes(raw), raw))
    return sections


def _split(data: bytes) -> Iterator[bytes]:
    start = at = 0
    blank = True
    while at < len(data):
        line = _LINE.match(data, at)
        end = line.end() if line else len(data)
        empty = not data[at:end].strip(b"\r\n")
        at = end
        if (empty and not blank) or (empty and start == 0):
            yield data[start:at]
            start = at
        blank = empty
    if data[start:].strip(b"\r\n"):
        yield data[start:]


def _attributes(raw: bytes) -> dict[str, str]:
    lines: list[bytearray] = []
    for line in raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line[:1] == b" " and lines:
            lines[-1] += line[1:]
        elif line:
            lines.append(bytearray(line))
    found: dict[str, str] = {}
    for whole in lines:
        key, colon, value = bytes(whole).decode("utf-8", "surrogateescape").partition(":")
        if colon:
            found.setdefault(key.strip().lower(), value.strip())
    return found


def matches(digests: Mapping[str, bytes], data: bytes) -> bool:
    """Whether every one of these digests is that of the data; False without any."""
    for algorithm, wanted in digests.items():
        sha = new_hash(algorithm)
        sha.update(data)
        if sha.digest() != wanted:
            return False
    return bool(digests)
