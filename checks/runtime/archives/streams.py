"""Every format that libarchive reads, as a stream of members."""

from __future__ import annotations

import contextlib
import ctypes
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.runtime.archives.formats import Format, strip_suffix
from checks.runtime.archives.library import EOF, FAILED, FATAL, OK, RETRY, WARN, load_library
from checks.runtime.archives.limits import GRACE, MIB, Refused
from checks.runtime.archives.names import decode_name
from checks.runtime.archives.session import Place, Session

_BLOCK = 256 << 10
_ZEROS = bytes(MIB)
# Zeros written for the holes of one sparse member; more are left out.
MAX_HOLES = 16 * MIB
# Bytes unpacked only to get past members that were cut.
MAX_DISCARDED = 1024 * MIB
_MAX_RETRIES = 16
_FILTER_CODES = {"gzip": 1, "bzip2": 2, "compress": 3, "lzma": 5, "xz": 6, "lzip": 9, "lz4": 13, "zstd": 14}
_PACKAGE_FILTERS = ("rpm", "gzip", "bzip2", "lzma", "xz", "zstd")
# Never `all`: it brings formats that name files on this machine (mtree) and filters that start programs.
_READERS = {
    "tar": ("tar",),
    "7zip": ("7zip",),
    "rar": ("rar",),
    "rar5": ("rar5",),
    "ar": ("ar",),
    "rpm": ("cpio",),
    "cab": ("cab",),
    "xar": ("xar",),
    "iso9660": ("iso9660",),
    "cpio": ("cpio",),
    "lha": ("lha",),
}
_AR_TABLES = {"/": "!symbols", "//": "!names", "/SYM64/": "!symbols-64"}
_COMPRESSED = ("tar", "cpio", "raw")


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


class Stream:
    """A libarchive reader over a range of mapped bytes."""

    def __init__(self, data: memoryview, found: Format, session: Session, path: str, *, only_raw: bool = False) -> None:
        self._lib: Any = load_library()
        self._data = data
        self._session = session
        self._path = path
        self._position = 0
        self._buffer = ctypes.create_string_buffer(_BLOCK)
        self._halt: BaseException | None = None
        self._broken = False
        self.ended = True
        self._archive: Any = self._lib.read_new()
        self._entry: Any = self._lib.entry_new()
        # callbacks must outlive the reader
        self._callbacks = (
            self._lib.READ_CALLBACK(self._read),
            self._lib.SEEK_CALLBACK(self._seek),
        )
        try:
            self._open(found, only_raw)
        except BaseException:
            self.close()
            raise

    def _open(self, found: Format, only_raw: bool) -> None:
        lib, archive = self._lib, self._archive
        for name in ("raw",) if only_raw else _COMPRESSED if found.filter else _READERS[found.name]:
            self._support("format", name)
        if found.filter:
            # exactly one layer: what lies below is a nested archive with a depth of its own
            if lib.read_append_filter(archive, _FILTER_CODES[found.filter]) != OK:
                raise Refused("unsupported", f"this machine cannot read {found.filter} compression")
        elif found.name == "rpm":
            for name in _PACKAGE_FILTERS:
                self._support("filter", name)
        lib.read_set_options(archive, b"read_concatenated_archives")
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
        except BaseException as error:
            self._halt = error
            return -1
        block = bytes(self._data[self._position : self._position + _BLOCK])
        ctypes.memmove(self._buffer, block, len(block))
        target[0] = ctypes.addressof(self._buffer)
        self._position += len(block)
        return len(block)

    def _seek(self, _archive: Any, _context: Any, offset: int, whence: int) -> int:
        base = (0, self._position, len(self._data))[whence]
        position = base + offset
        if not 0 <= position <= len(self._data):
            return FATAL
        self._position = position
        return position

    def _reraise(self) -> None:
        if self._halt is not None:
            raise self._halt

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
        return max(int(self._lib.filter_bytes(self._archive, -1)), 0)

    @property
    def is_raw(self) -> bool:
        """Whether the decompressed bytes are no archive but a single file."""
        return bool(self._lib.format_name(self._archive) == b"raw")

    def headers(self) -> Iterator[Header]:
        """Each member in turn; raises Refused where the archive cannot be followed any further."""
        retries = 0
        while True:
            code = self._lib.read_next_header2(self._archive, self._entry)
            self._reraise()
            if code == EOF or self._broken:
                return
            if code == RETRY and retries < _MAX_RETRIES:
                retries += 1
                continue
            if code <= FAILED or code == RETRY:
                raise self._failure("the archive")
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
        expected, retries, dropped, holes = 0, 0, 0, MAX_HOLES
        self.ended = False
        while True:
            code = lib.read_data_block(*arguments)
            self._reraise()
            if code == RETRY and retries < _MAX_RETRIES:
                retries += 1
                continue
            if code not in (OK, EOF, WARN):
                self.ended, self._broken = True, code <= FATAL
                raise self._failure("the archive here, and what follows was not read:" if self._broken else "the entry")
            # at the end the offset is the size of the whole, so a hole at the end is seen as well
            hole = offset.value - expected
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
            expected = offset.value + length.value
        if dropped:
            raise Refused(
                "bomb_sparse", f"the entry claims {dropped} bytes of nothing (a sparse file): they were left out"
            )

    def discard(self) -> None:
        """Pass over the rest of a member that was cut; raises Refused where even that costs too much."""
        for block in self.blocks():
            self._session.tick(self._path)
            self._session.discarded += len(block)
            if self._session.discarded > MAX_DISCARDED:
                raise Refused("limit_bytes", "what follows an oversized entry was not read")

    def close(self) -> None:
        """Free the reader; safe to call twice."""
        archive, self._archive = self._archive, None
        entry, self._entry = self._entry, None
        if entry:
            self._lib.entry_free(entry)
        if archive:
            with contextlib.suppress(self._lib.ArchiveError):
                # freeing a reader that ended in an error reports that error once more
                self._lib.read_free(archive)


def read_stream(data: memoryview, found: Format, place: Place, session: Session, path: str) -> None:
    """Unpack one archive into `place`; raises Refused where the rest of it cannot be had."""
    stream = Stream(data, found, session, path)
    try:
        for number, header in enumerate(stream.headers()):
            _add(stream, header, number, found, place, session, path)
            if session.bombed or place.written > GRACE:
                consumed = stream.consumed if found.filter else place.size
                if place.written > session.limits.ratio * max(consumed, 1):
                    raise Refused(
                        "bomb_ratio",
                        f"the archive unpacks to more than {session.limits.ratio} times its size and was cut",
                    )
    finally:
        stream.close()


def _add(stream: Stream, header: Header, number: int, found: Format, place: Place, session: Session, path: str) -> None:
    name = decode_name(header.raw)
    if found.filter and stream.is_raw:
        name = strip_suffix(path, found.filter)
    if not name:
        name = f"unnamed-{number}"
        session.leave_out("name", place.prefix + name, "the entry has no readable name", place.parent)
    if found.name == "ar":
        # the tables that a linker needs have names no file can have
        name = _AR_TABLES.get(name, name)
    kind = stat.S_IFMT(header.mode)
    mode = stat.S_IMODE(header.mode)
    if header.hardlink and header.size <= 0:
        session.add_special(place, name, "hardlink", mode, decode_name(header.hardlink))
    elif kind == stat.S_IFLNK:
        session.add_special(place, name, "symlink", mode, header.symlink.decode("utf-8", "surrogateescape"))
    elif kind == stat.S_IFDIR:
        session.add_special(place, name, "dir", mode)
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        session.add_special(place, name, "device", mode)
    elif kind == stat.S_IFIFO:
        session.add_special(place, name, "fifo", mode)
    elif kind == stat.S_IFSOCK:
        session.add_special(place, name, "other", mode)
    elif header.encrypted:
        session.add_special(place, name, "other", mode)
        session.leave_out(
            "encrypted", place.prefix + name, "the entry is encrypted: its content was not looked at", place.parent
        )
    else:
        before = stream.consumed
        # only a stream is read in order; in the other formats the archive's own size has to do
        in_order = bool(found.filter) or found.name == "rpm"
        compressed = (lambda: stream.consumed - before + _BLOCK) if in_order else place.size
        session.add_file(place, name, stream.blocks(), mode=mode, compressed=compressed)
        if not stream.ended:
            stream.discard()
