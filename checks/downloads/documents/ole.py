"""Compound files (OLE): the container of old Office documents, of macros and of Windows installers."""

from __future__ import annotations

from collections.abc import Iterator

from checks.runtime.archives.compound import COMPOUND, STREAM, UNLISTED, BadCompound, CompoundFile
from checks.runtime.archives.limits import Refused

__all__ = ["COMPOUND", "MAX_STREAM", "BadCompound", "Compound"]

MAX_STREAM = 64 << 20
# Streams may share their sectors: what is read of all together has an end.
_BUDGET = 512 << 20


class Compound:
    """Streams of a compound file by their path in it. Nothing that it raises over damage is let out of here."""

    def __init__(self, data: bytes, most: int) -> None:
        # as many rows for storages and for what was deleted as for streams
        self._file = CompoundFile(memoryview(data), 2 * most)
        self._left, self.exhausted = _BUDGET, False
        streams = (n for n in self._file.nodes if n.kind == STREAM and not n.path.startswith(UNLISTED))
        self._nodes = {node.path.lower(): node for node in reversed(list(streams))}
        self.paths: list[str] = [node.path for node in reversed(self._nodes.values())][:most]

    @property
    def class_id(self) -> str:
        """The class of the root, as 00020906-0000-0000-C000-000000000046, or empty."""
        import uuid

        raw = self._file.class_id
        return str(uuid.UUID(bytes_le=raw)).upper() if any(raw) else ""

    def read(self, path: str, limit: int = MAX_STREAM) -> bytes:
        """A stream, empty where it is absent, damaged or larger than the limit."""
        node = self._nodes.get(path.lower())
        if node is None:
            return b""
        if node.size > self._left:
            self.exhausted = True
        if node.size > min(limit, self._left):
            return b""
        self._left -= node.size
        content = bytearray()
        try:
            for block in self._file.blocks(node):
                content += block
        except Refused as problem:
            # a damaged stream is an empty one; what lies in others still counts
            return bytes(content) if problem.rule == "overlap" else b""
        return bytes(content)

    def size(self, path: str) -> int:
        """What the directory says of a stream's size, 0 where it is absent."""
        node = self._nodes.get(path.lower())
        return node.size if node is not None else 0

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
