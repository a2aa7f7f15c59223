"""The one file into which all bytes go, and how a nested archive is read back from it."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import BinaryIO

from checks.runtime.archives.limits import UnpackError

BUFFER = 1 << 20
Block = bytes | memoryview


class Pack:
    """Appends bytes, counts them, and maps a range of them again.

    Reading back needs the file open for reading too: the same descriptor, else once more through
    /proc. `view` raises UnpackError where neither is possible.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._start = stream.tell() if stream.seekable() else 0
        self._reader = -1
        self.size = self._start

    @property
    def written(self) -> int:
        """Bytes added by this unpacking."""
        return self.size - self._start

    def write(self, block: Block) -> None:
        """Append; small blocks are gathered."""
        self.size += len(block)
        if len(block) >= BUFFER:
            self.flush()
            self._stream.write(block)
            return
        self._buffer += block
        if len(self._buffer) >= BUFFER:
            self._drain()

    def _drain(self) -> None:
        if self._buffer:
            self._stream.write(self._buffer)
            self._buffer = bytearray()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._drain()
        self._stream.flush()

    def view(self, offset: int, size: int) -> memoryview:
        """A mapped range of what was written; memory stays constant whatever its size."""
        if size == 0:
            return memoryview(b"")
        self.flush()
        if self._reader < 0:
            self._reader = self._open_reader()
        aligned = offset - offset % mmap.ALLOCATIONGRANULARITY
        mapped = mmap.mmap(self._reader, offset - aligned + size, access=mmap.ACCESS_READ, offset=aligned)
        return memoryview(mapped)[offset - aligned :]

    def _open_reader(self) -> int:
        number = self._stream.fileno()
        if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR:
            return os.dup(number)
        try:
            return os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise UnpackError(f"the pack cannot be read back: open it for reading and writing ({error})") from error

    def close(self) -> None:
        """Flush; the stream itself belongs to the caller."""
        self.flush()
        if self._reader >= 0:
            os.close(self._reader)
            self._reader = -1
