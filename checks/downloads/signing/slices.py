"""Slices that carry their length in front, as Android's signatures are made of."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from checks.downloads.signing.model import Malformed


def prefixed(raw: bytes, at: int) -> tuple[bytes, int]:
    """The slice at this place, and where it ends; Malformed where it is cut off."""
    if at + 4 > len(raw):
        raise Malformed("it ends early")
    end = at + 4 + struct.unpack_from("<I", raw, at)[0]
    if end > len(raw):
        raise Malformed("it ends early")
    return raw[at + 4 : end], end


def slices(raw: bytes, most: int) -> Iterator[bytes]:
    """All slices one after the other; Malformed past `most` of them."""
    at = 0
    for _ in range(most):
        if at >= len(raw):
            return
        piece, at = prefixed(raw, at)
        yield piece
    if at < len(raw):
        raise Malformed(f"it has more than {most} parts of a kind")
