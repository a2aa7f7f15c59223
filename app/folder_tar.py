"""A folder as a tar stream: the same tree gives the same bytes, whoever owns it and whenever it was written.

Entries are sorted by the raw bytes of their path; times, owners and all modes but the x are left out. Links
are recorded as links, special files by their type; neither is followed or opened.
"""

# names are bytes here, and pathlib has none
# ruff: noqa: PTH115, PTH116

from __future__ import annotations

import errno
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.cancel import Cancelled
from app.vault import CHUNK, Cancel

MAX_ENTRIES = 1_000_000
CHANGED = "changed while it was read: try again when nobody writes to the folder"

# tar knows no sockets: like a pipe, one has a name and no bytes
_TYPES = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFSOCK: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}


class FolderError(Exception):
    """A folder that cannot be packed: `place` is the file as named on disk, `reason` says what to do."""

    def __init__(self, place: bytes, reason: str) -> None:
        super().__init__(place, reason)
        self.place, self.reason = os.fsdecode(place), reason


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One file, folder or link as it was found; `path` is relative, in raw bytes."""

    path: bytes
    mode: int
    size: int
    identity: tuple[int, int, int]
    link: bytes = b""

    @property
    def tar_size(self) -> int:
        """Bytes in the stream."""
        long_names = sum(512 + _padded(len(name) + 1) for name in (self._name, self.link) if len(name) > 100)
        return long_names + 512 + _padded(self.size)

    @property
    def _name(self) -> bytes:
        return self.path + b"/" if stat.S_ISDIR(self.mode) else self.path

    def header(self) -> bytes:
        """The blocks in front of its bytes."""
        info = tarfile.TarInfo(self.path.decode("utf-8", "surrogateescape"))
        info.type = _TYPES[stat.S_IFMT(self.mode)]
        info.mode = 0o755 if stat.S_ISDIR(self.mode) or self.mode & stat.S_IXUSR else 0o644
        info.size = self.size
        info.linkname = self.link.decode("utf-8", "surrogateescape")
        # GNU format keeps names as the bytes they are; pax would recode them
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _identity(about: os.stat_result) -> tuple[int, int, int]:
    return about.st_dev, about.st_ino, about.st_mtime_ns


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "was gone when its turn came: try again when nobody writes to the folder"
    if error.errno == errno.ELOOP:
        return CHANGED  # a link has taken the place of a file
    if isinstance(error, PermissionError):
        return "cannot be read: change its rights, or leave it out of the folder"
    return f"cannot be read ({error.strerror}): leave it out of the folder"


class FolderTar:
    """A scanned folder, ready to be streamed."""

    def __init__(self, root: Path, cancel: Cancel | None = None) -> None:
        """Look at everything below `root`; FolderError, Cancelled. Some 300 bytes of memory an entry."""
        self._root = os.fsencode(root)
        self._identities = [(self._root, self._identify_root())]
        self.entries: list[FolderEntry] = []
        waiting = [b""]
        while waiting:
            if cancel is not None and cancel.cancelled:
                raise Cancelled(f"{root}: taking it in was cancelled")
            waiting.extend(self._list(waiting.pop()))
            if len(self.entries) > MAX_ENTRIES:
                raise FolderError(self._root, f"has more than {MAX_ENTRIES:,} entries: choose a part of it")
        self.entries.sort(key=lambda entry: entry.path)
        self._identities += [(self._place(e.path), e.identity) for e in self.entries if stat.S_ISDIR(e.mode)]
        content = sum(entry.tar_size for entry in self.entries)
        # two empty blocks end an archive, and whole records are its size
        self._end = 2 * tarfile.BLOCKSIZE + -(content + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE
        self.size = content + self._end

    def _place(self, path: bytes) -> bytes:
        return self._root + b"/" + path if path else self._root

    def _identify_root(self) -> tuple[int, int, int]:
        try:
            return _identity(os.stat(self._root))
        except OSError as error:
            raise FolderError(self._root, _reason(error)) from error

    def _list(self, folder: bytes) -> list[bytes]:
        """Add what is in one folder; gives the folders among it."""
        place, below = self._place(folder), []
        try:
            with os.scandir(place) as listing:
                for item in listing:
                    place = item.path
                    entry = _describe(item, folder + b"/" + item.name if folder else item.name)
                    self.entries.append(entry)
                    if stat.S_ISDIR(entry.mode):
                        below.append(entry.path)
        except OSError as error:
            raise FolderError(place, _reason(error)) from error
        return below

    def __iter__(self) -> Iterator[bytes]:
        """The stream, piece by piece; FolderError where something is no longer as it was scanned."""
        for entry in self.entries:
            yield entry.header()
            if stat.S_ISREG(entry.mode):
                yield from _read_file(self._place(entry.path), entry)
                if rest := -entry.size % tarfile.BLOCKSIZE:
                    yield bytes(rest)
        yield bytes(self._end)
        # a folder whose time is another has gained or lost an entry since it was scanned
        for place, identity in self._identities:
            try:
                same = _identity(os.stat(place, follow_symlinks=place == self._root)) == identity
            except OSError as error:
                raise FolderError(place, _reason(error)) from error
            if not same:
                raise FolderError(place, CHANGED)


def _describe(item: os.DirEntry[bytes], path: bytes) -> FolderEntry:
    about = item.stat(follow_symlinks=False)
    link = os.readlink(item.path) if stat.S_ISLNK(about.st_mode) else b""
    if stat.S_IFMT(about.st_mode) not in _TYPES:
        raise FolderError(item.path, "is of a type that no archive can hold: leave it out of the folder")
    size = about.st_size if stat.S_ISREG(about.st_mode) else 0
    return FolderEntry(path, about.st_mode, size, _identity(about), link)


def _read_file(place: bytes, entry: FolderEntry) -> Iterator[bytes]:
    size = 0
    try:
        # NOFOLLOW and NONBLOCK: had a link or a pipe taken the file's place since, it must not be read
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            same = _identity(os.fstat(handle)) == entry.identity
            while same and size <= entry.size and (piece := os.read(handle, CHUNK)):
                size += len(piece)
                yield piece
            same = same and size == entry.size and _identity(os.fstat(handle)) == entry.identity
        finally:
            os.close(handle)
    except OSError as error:
        raise FolderError(place, _reason(error)) from error
    if not same:
        raise FolderError(place, CHANGED)
