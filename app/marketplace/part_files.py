"""Unfinished downloads: a file each under `<data>/downloads`, kept over cuts and restarts, held by one at a time.

Its name is a digest, so that no name from outside reaches the disk; what lies beside it is the entity tag of the bytes
so far. Neither a secret nor an address is ever written.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import DeskError
from app.marketplace.words import MarketFile
from app.vault import explain

log = logging.getLogger(__name__)

STALE_SECONDS = 7 * 86_400
MAX_TAG = 200
WAIT_SECONDS = 0.1


class PartFile:
    """The bytes so far of one download, open for this process alone."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._notes = path.with_suffix(".tag")

    @property
    def size(self) -> int:
        """Bytes so far."""
        return os.fstat(self._handle).st_size

    @property
    def free(self) -> int:
        """Bytes of room on its disk."""
        about = os.fstatvfs(self._handle)
        return about.f_bavail * about.f_frsize

    @property
    def tag(self) -> str:
        """The strong entity tag that these bytes came with, empty where there was none."""
        try:
            tag = json.loads(self._notes.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return ""  # without it the download begins anew: nothing is lost but time
        return tag if isinstance(tag, str) else ""

    def restart(self, tag: str = "") -> None:
        """Forget the bytes; those to come belong to this tag."""
        try:
            # the old tag goes first: it must never stand beside bytes of another entity
            self._notes.unlink(missing_ok=True)
            os.ftruncate(self._handle, 0)
            if tag and len(tag) <= MAX_TAG and tag.isascii():
                self._notes.write_text(json.dumps(tag), encoding="ascii")
        except OSError as error:
            raise DeskError(explain(error, self.path)) from error

    def append(self, piece: bytes) -> None:
        """Add bytes; raises DeskError where the disk takes no more, and what was written until then stays."""
        try:
            os.lseek(self._handle, 0, os.SEEK_END)
            view = memoryview(piece)
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            raise DeskError(explain(error, self.path)) from error

    def drop(self) -> None:
        """The download is done, or worth nothing: take it away."""
        self._notes.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def name_part(market: str, file: MarketFile) -> str:
    """A digest of whose file it is and what it promises to be: other bytes are another download."""
    hashes = file.hashes
    told = [market, file.file_id, file.size, hashes.sha256, hashes.sha1, hashes.md5, file.uploaded]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


@contextlib.contextmanager
def open_part(folder: Path, name: str, wait: Callable[[float], None]) -> Iterator[PartFile]:
    """The part file of that name, whoever began it; another program that has it is waited for.

    `wait` pauses for so many seconds, or raises to give up. Raises DeskError where the folder cannot be used.
    """
    path = folder / f"{name}.part"
    handle = -1
    try:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            while True:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if _is_same(path, handle):
                        break  # else whoever had it finished, and took it away
                except BlockingIOError:
                    wait(WAIT_SECONDS)
                os.close(handle)
                handle = -1
        except OSError as error:
            raise DeskError(explain(error, path)) from error
        yield PartFile(path, handle)
    finally:
        if handle >= 0:
            os.close(handle)


def _is_same(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def clear_stale(folder: Path, now: Callable[[], float] = time.time) -> int:
    """Take away what nobody went on with for a week; gives how many."""
    cleared = 0
    for path in folder.glob("*.part"):
        try:
            if now() - path.stat().st_mtime < STALE_SECONDS:
                continue
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                PartFile(path, handle).drop()
                cleared += 1
            finally:
                os.close(handle)
        except OSError as error:
            log.info("%s stays: %s", path, error)  # in use, or not ours to take away: the next one tries again
    return cleared
