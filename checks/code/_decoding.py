"""Decoders for constants in code: bounded, and silent where the text is not what it should be."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import urllib.parse
import zlib
from collections.abc import Sequence

MAX_TEXT = 200_000
# What PowerShell is given to read as base64 of UTF-16.
_ENCODED = re.compile(r"(?i)(?:^|\s)[-/]e(?:c|nc\w{0,12})?\s+[\"']?([A-Za-z0-9+/=]{16,})")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def decode_base64(text: str) -> str | None:
    """The text (Latin-1 where it is not UTF-8) behind base64 of either alphabet, padded or not."""
    plain = _NO_BASE64.sub("", text[:MAX_TEXT].replace("-", "+").replace("_", "/"))
    try:
        return as_text(base64.b64decode(plain[: len(plain) - (len(plain) % 4 == 1)] + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return None


def decode_hex(text: str) -> str | None:
    """The text behind hexadecimal digits."""
    try:
        return as_text(bytes.fromhex(text[:MAX_TEXT]))
    except ValueError:
        return None


def decode_percent(text: str) -> str:
    """The text behind `%41`."""
    return urllib.parse.unquote(text[:MAX_TEXT])


def join_codes(codes: Sequence[str | None]) -> str | None:
    """The characters of these numbers, None where one is not known."""
    try:
        return "".join(chr(int(code or "", 0)) for code in codes)
    except (ValueError, OverflowError):
        return None


def decode_codec(text: str, codec: str) -> str | None:
    """What Python's codecs of texts give: rot13, hex, base64."""
    codec = codec.lower().replace("-", "_").removesuffix("_codec")
    if codec in ("rot13", "rot_13"):
        return codecs.decode(text[:MAX_TEXT], "rot13")
    if codec == "hex":
        return decode_hex(text)
    return decode_base64(text) if codec in ("base64", "base_64") else None


def inflate(text: str) -> str | None:
    """The text behind zlib or gzip, at most MAX_TEXT of it."""
    try:
        return as_text(zlib.decompressobj(wbits=47).decompress(text.encode("latin-1"), MAX_TEXT))
    except (zlib.error, UnicodeEncodeError):
        return None


def as_text(raw: bytes) -> str:
    """UTF-8, or Latin-1 that keeps every byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_commands(line: str) -> str:
    """The commands that a command line holds encoded, each on a line of its own; nothing where there are none."""
    found = (decode_base64(match.group(1)) for match in _ENCODED.finditer(line))
    return "".join("\n" + text.replace("\0", "") for text in found if text)
