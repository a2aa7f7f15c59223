"""Compound files (OLE): the container of old Office documents, of macros and of Windows installers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_STREAM = 64 << 20


class BadCompound(ValueError):
    """Begins like a compound file and cannot be read as one; the text says why."""


class Compound:
    """Streams of a compound file by their path in it. Nothing that it raises over damage is let out of here."""

    def __init__(self, data: bytes, most: int) -> None:
        import olefile  # type: ignore[import-untyped]

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
            if self._ole.get_size(path) > limit:
                return b""
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
