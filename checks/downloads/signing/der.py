"""Just enough DER to reach what a library has no name for."""

from __future__ import annotations

from collections.abc import Iterator

from checks.downloads.signing.model import Malformed

SEQUENCE, OCTET_STRING, OID = 0x30, 0x04, 0x06


def read_header(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start, end) of the value at this place; definite lengths and one-byte tags only."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise Malformed("its DER ends early")
    length, start = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4:
            raise Malformed("a length in its DER cannot be")
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > len(data):
        raise Malformed("its DER ends early")
    return data[at], start, start + length


def children(data: bytes, start: int, end: int, most: int = 64) -> Iterator[tuple[int, int, int]]:
    """The values inside a constructed one; Malformed past `most` of them."""
    for _ in range(most):
        if start >= end:
            return
        tag, inner, stop = read_header(data, start)
        yield tag, inner, stop
        start = stop
    raise Malformed("its DER holds too many values")


def inner_value(data: bytes) -> bytes:
    """The content octets of what an explicit tag holds."""
    _, start, _ = read_header(data, 0)
    _, inner, end = read_header(data, start)
    return data[inner:end]
