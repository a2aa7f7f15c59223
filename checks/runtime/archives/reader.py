"""One libarchive reader: members of an archive, or the bytes below one layer of compression."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.runtime.archives.library import EOF, FAILED, FATAL, OK, RETRY, WARN, load_library
from checks.runtime.archives.limits import MIB, Refused
from checks.runtime.archives.session import Session

BLOCK = 256 << 10
_ZEROS = bytes(MIB)
# Zeros written for the holes of one sparse member; more are left out.
MAX_HOLES = 16 * MIB
_MAX_RETRIES = 16
_FILTER_CODES = {"gzip": 1, "bzip2": 2, "compress": 3, "lzma": 5, "xz": 6, "lzip": 9, "lz4": 13, "zstd": 14}
PACKAGE_FILTERS = ("rpm", "gzip", "bzip2", "lzma", "xz", "zstd")
# Never `all`: it brings formats that name files on this machine (mtree) and filters that start programs.
_READERS = {
    "raw": ("raw",),
    "tar": ("tar",),
    "7zip": ("7zip",),
    "rar": ("rar",),
    "rar5": ("rar5",),
    "ar": ("ar",),
    "cab": ("cab",),
    "xar": ("xar",),
    "iso9660": ("iso9660",),
    "cpio": ("cpio",),
    "lha": ("lha",),
}


@dataclass(slots=True)
class Header:
    """What the archive says about its next member; `raw` is empty where it cannot be read."""

    raw: bytes
    mode: int
    size: int
    symlink: bytes
    hardlink: bytes
    encrypted: bool
    note: str


class Feed:
    """What libarchive reads from: blocks in order. `given` counts the bytes handed out."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.last = b""
        self.given = 0

    def read(self) -> bytes:
        """The next block, empty at the end."""
        self.last = next(self._blocks, b"")
        self.given += len(self.last)
        return self.last

    def seek(self, offset: int, whence: int) -> int:
        """The new position, negative where this is not to be had."""
        return FATAL

    def rest(self, taken: int) -> Iterator[bytes]:
        """Everything from byte `taken` on; it must lie in the last block or behind it."""
        yield self.last[len(self.last) - (self.given - taken) :] if taken < self.given else b""
        yield from self._blocks


class MappedFeed(Feed):
    """The same over mapped bytes, where any place can be reached."""

    def __init__(self, data: memoryview) -> None:
        super().__init__(iter(()))
        self._data = data
        self._position = 0

    def read(self) -> bytes:
        """The next block, empty at the end."""
        block = bytes(self._data[self._position : self._position + BLOCK])
        self._position += len(block)
        return block

    def seek(self, offset: int, whence: int) -> int:
        """The new position, negative where it lies outside."""
        position = offset + (0, self._position, len(self._data))[whence]
        if not 0 <= position <= len(self._data):
            return FATAL
        self._position = position
        return position


class Reader:
    """A libarchive reader of one format over a feed; close it.

    `filters` are the layers of compression that may be taken off; with `exactly` the one given is
    there, and what lies below it is left as it is.
    """

    def __init__(
        self, feed: Feed, form: str, session: Session, path: str, *, exactly: str = "", filters: tuple[str, ...] = ()
    ) -> None:
        self._lib: Any = load_library()
        self._feed = feed
        self._session = session
        self._path = path
        self._halt: BaseException | None = None
        self._broken = False
        self._expected = 0
        self.ended = True
        self._archive: Any = self._lib.read_new()
        self._entry: Any = self._lib.entry_new()
        # callbacks, and the block they gave last, must outlive the call
        self._buffer: Any = None
        self._callbacks: Any = (self._lib.READ_CALLBACK(self._read), self._lib.SEEK_CALLBACK(self._seek))
        try:
            self._open(form, exactly, filters)
        except BaseException:
            self.close()
            raise

    def _open(self, form: str, exactly: str, filters: tuple[str, ...]) -> None:
        lib, archive = self._lib, self._archive
        for name in _READERS[form]:
            self._support("format", name)
        if exactly and lib.read_append_filter(archive, _FILTER_CODES[exactly]) != OK:
            raise Refused("unsupported", f"this machine's libarchive cannot read {exactly} compression")
        for name in filters:
            self._support("filter", name)
        if isinstance(self._feed, MappedFeed):
            lib.read_set_seek_callback(archive, self._callbacks[1])
        try:
            lib.read_open(archive, None, lib.NO_OPEN_CB, self._callbacks[0], lib.NO_CLOSE_CB)
        except lib.ArchiveError as error:
            self._reraise()
            raise Refused("damaged", f"the archive cannot be opened: {error.msg}") from error

    def _support(self, kind: str, name: str) -> None:
        try:
            function = self._lib.libarchive[f"archive_read_support_{kind}_{name}"]
        except AttributeError as error:
            raise Refused("unsupported", f"this machine's libarchive cannot read {name}") from error
        function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_int
        if function(self._archive) != OK:
            # a warning means that an outside program would be started for it
            raise Refused("unsupported", f"this machine's libarchive cannot read {name}")

    # An exception cannot cross C: it is kept and raised when the call comes back.
    def _read(self, _archive: Any, _context: Any, target: Any) -> int:
        try:
            self._session.tick(self._path)
            block = self._feed.read()
        except BaseException as error:
            self._halt = error
            return -1
        self._buffer = ctypes.c_char_p(block)
        target[0] = ctypes.cast(self._buffer, ctypes.c_void_p).value
        return len(block)

    def _seek(self, _archive: Any, _context: Any, offset: int, whence: int) -> int:
        return self._feed.seek(offset, whence)

    def _reraise(self) -> None:
        if self._halt is not None:
            error, self._halt = self._halt, None
            self._broken = self.ended = True
            raise error

    def _error(self) -> str:
        text = self._lib.error_string(self._archive) or b"no reason given"
        return "".join(c for c in text.decode("utf-8", "replace") if c.isprintable())

    def _failure(self, what: str) -> Refused:
        text = self._error()
        lowered = text.lower()
        if self._lib.read_has_encrypted_entries(self._archive) > 0 or "encrypt" in lowered or "passphrase" in lowered:
            return Refused("encrypted", f"{what} is encrypted: its content was not looked at")
        if "unsupported" in lowered or "not supported" in lowered or "unknown compression" in lowered:
            return Refused("unsupported", f"{what} cannot be read: {text}")
        return Refused("damaged", f"{what} is damaged: {text}")

    @property
    def consumed(self) -> int:
        """Compressed bytes that went in so far."""
        return max(int(self._lib.filter_bytes(self._archive, -1)), 0) if self._archive else 0

    def headers(self) -> Iterator[Header]:
        """Each member in turn; raises Refused where the archive cannot be followed any further."""
        retries = 0
        # after a fatal error libarchive must not be asked again
        while not self._broken:
            code = self._lib.read_next_header2(self._archive, self._entry)
            self._reraise()
            if code == EOF:
                return
            if code == RETRY and retries < _MAX_RETRIES:
                retries += 1
                continue
            if code <= FAILED or code == RETRY:
                self._broken = True
                raise self._failure("the archive")
            self._expected = 0
            yield self._header(self._error() if code == WARN else "")

    def _header(self, note: str) -> Header:
        lib, entry = self._lib, self._entry
        raw = lib.entry_pathname(entry)
        if raw is None:
            raw = lib.entry_pathname_utf8(entry)
        return Header(
            raw=raw or b"",
            mode=lib.entry_mode(entry),
            size=lib.entry_size(entry) if lib.entry_size_is_set(entry) else -1,
            symlink=lib.entry_symlink(entry) or lib.entry_symlink_utf8(entry) or b"",
            hardlink=lib.entry_hardlink(entry) or lib.entry_hardlink_utf8(entry) or b"",
            encrypted=lib.entry_is_data_encrypted(entry) > 0,
            note=note,
        )

    def blocks(self) -> Iterator[bytes]:
        """Bytes of the current member, holes filled with zeros as far as that is harmless; raises Refused."""
        lib = self._lib
        pointer, length, offset = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_longlong()
        arguments = (self._archive, ctypes.byref(pointer), ctypes.byref(length), ctypes.byref(offset))
        retries, dropped, holes = 0, 0, MAX_HOLES
        self.ended = False
        while True:
            code = lib.read_data_block(*arguments)
            self._reraise()
            if code == RETRY and retries < _MAX_RETRIES:
                retries += 1
                continue
            if code not in (OK, EOF, WARN):
                self.ended, self._broken = True, code <= FATAL
                raise self._failure("the archive from here on" if self._broken else "the entry")
            # at the end the offset is the size of the whole, so a hole at the end is seen as well
            hole = offset.value - self._expected
            if 0 < hole <= holes:
                holes -= hole
                for start in range(0, hole, MIB):
                    yield _ZEROS[: min(MIB, hole - start)]
            elif hole > 0:
                dropped += hole
            if code == EOF:
                self.ended = True
                break
            if length.value and pointer.value:
                for start in range(0, length.value, MIB):
                    yield ctypes.string_at(pointer.value + start, min(MIB, length.value - start))
            self._expected = offset.value + length.value
        if dropped:
            raise Refused(
                "bomb_sparse", f"the entry claims {dropped} bytes of nothing (a sparse file): they were left out"
            )

    def discard(self) -> None:
        """Pass over the rest of a member that was cut; raises Refused where even that costs too much."""
        for block in self.blocks():
            self._session.tick(self._path)
            self._session.discard(len(block))

    def close(self) -> None:
        """Free the reader; safe to call twice."""
        archive, self._archive = self._archive, None
        entry, self._entry = self._entry, None
        if entry:
            self._lib.entry_free(entry)
        if archive:
            self._lib.read_free(archive)
        # the callbacks hold the reader and it holds them: without this the mapped file stays open
        self._callbacks = None
        self._feed = Feed(iter(()))
