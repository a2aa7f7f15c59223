"""Compound files (OLE): the container of old Office documents, of macros and of Windows installers."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_STREAM = 64 << 20


# Streams may share their sectors: what is read of all together has an end.
_BUDGET = 512 << 20


class BadCompound(ValueError):
    """Begins like a compound file and cannot be read as one; the text says why."""


def _fits(data: bytes) -> bool:
    """Whether the header's counts of sectors can be true: the library would walk through whatever they claim."""
    if len(data) < 512:
        return False
    most = (len(data) >> min(max(data[30], 7), 16)) + 1
    tables, small, chain = (struct.unpack_from("<I", data, at)[0] for at in (44, 64, 72))
    return bool(max(tables, small, chain) <= most)


class Compound:
    """Streams of a compound file by their path in it. Nothing that it raises over damage is let out of here."""

    def __init__(self, data: bytes, most: int) -> None:
        import olefile

        if not _fits(data):
            raise BadCompound("its tables are larger than the file")
        self._left, self.exhausted = _BUDGET, False
        try:
            self._ole: Any = olefile.OleFileIO(io.BytesIO(data))
            self.paths: list[str] = ["/".join(path) for path in self._ole.listdir()[:most]]
        except (Exception, RecursionError) as error:  # whatever it meets in tables made to mislead
            raise BadCompound(f"its tables cannot be followed ({type(error).__name__})") from error

    @property
    def class_id(self) -> str:
        """The class of the root, as 00020906-0000-0000-C000-000000000046, or empty."""
        return str(getattr(self._ole.root, "clsid", "") or "").upper()

    def read(self, path: str, limit: int = MAX_STREAM) -> bytes:
        """A stream, empty where it is absent, damaged or larger than the limit."""
        try:
            size = int(self._ole.get_size(path))
            if size > self._left:
                self.exhausted = True
            if size > min(limit, self._left):
                return b""
            self._left -= size
            return bytes(self._ole.openstream(path).read(limit))
        except (Exception, RecursionError):  # a damaged stream is an empty one; what lies in others still counts
            return b""

    def size(self, path: str) -> int:
        """What the directory says of a stream's size, 0 where it is absent."""
        try:
            return int(self._ole.get_size(path))
        except (Exception, RecursionError):  # as for reading
            return 0

    def below(self, storage: str) -> Iterator[str]:
        """The paths of the streams directly in this storage."""
        start = f"{storage}/" if storage else ""
        for path in self.paths:
            if path.lower().startswith(start.lower()) and "/" not in path[len(start) :]:
                yield path

    def get(self, name: str) -> str:
        """The path that ends with this name, whatever its case; empty where there is none."""
        wanted = name.lower()
        return next((p for p in self.paths if p.lower() == wanted or p.lower().endswith("/" + wanted)), "")
