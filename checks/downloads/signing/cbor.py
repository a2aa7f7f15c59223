"""A small reader of CBOR, as much as a COSE signature is made of."""

from __future__ import annotations

from typing import Any

from checks.downloads.signing.model import Malformed

MAX_DEPTH = 8
MAX_ITEMS = 256


def read_cbor(raw: bytes) -> Any:
    """The one value that these bytes are: int, bytes, str, list, dict, None, bool; a tag is passed over."""
    value, at = _read(raw, 0, 0)
    if at != len(raw):
        raise Malformed("something follows its end")
    return value


def _head(raw: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument, place behind it."""
    if at >= len(raw):
        raise Malformed("it ends early")
    major, low = raw[at] >> 5, raw[at] & 0x1F
    if low < 24:
        return major, low, at + 1
    if low > 27:
        raise Malformed("it has parts of no stated length")
    width = 1 << (low - 24)
    if at + 1 + width > len(raw):
        raise Malformed("it ends early")
    return major, int.from_bytes(raw[at + 1 : at + 1 + width], "big"), at + 1 + width


def _read(raw: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise Malformed("it is nested too deeply")
    major, number, at = _head(raw, at)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        if at + number > len(raw):
            raise Malformed("it ends early")
        piece = raw[at : at + number]
        return (piece if major == 2 else piece.decode("utf-8", "replace")), at + number
    if major in (4, 5):
        if number > MAX_ITEMS:
            raise Malformed("it has too many parts")
        return _read_many(raw, at, depth, number, is_map=major == 5)
    if major == 6:
        return _read(raw, at, depth + 1)
    return {20: False, 21: True}.get(number), at


def _read_many(raw: bytes, at: int, depth: int, number: int, *, is_map: bool) -> tuple[Any, int]:
    items: list[Any] = []
    for _ in range(number * 2 if is_map else number):
        item, at = _read(raw, at, depth + 1)
        items.append(item)
    if not is_map:
        return items, at
    if any(isinstance(key, list | dict) for key in items[::2]):
        raise Malformed("a key in it is no plain value")
    return dict(zip(items[::2], items[1::2], strict=True)), at


def write_bytes(data: bytes, major: int = 2) -> bytes:
    """A byte string (major 2) or, of encoded text, a text string (major 3)."""
    size = len(data)
    if size < 24:
        return bytes([major << 5 | size]) + data
    width = next(w for w in (1, 2, 4, 8) if size < 1 << (8 * w))
    return bytes([major << 5 | 23 + width.bit_length()]) + size.to_bytes(width, "big") + data
