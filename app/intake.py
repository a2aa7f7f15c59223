"""Taking a submission in: a file as it is, a folder as one tar stream that depends on its content only.

Nothing is parsed here. Only regular files are read; links and special files are never followed or opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import DeskError
from app.folder_tar import FolderError, FolderTar
from app.model import Artifact
from app.vault import CHUNK, Cancel, Progress, Vault, explain
from checks.runtime.text import printable

MAX_NAME = 255


class IntakeError(DeskError):
    """Something that cannot be taken in; one line that names it and says what to do."""


def take_in(path: Path, vault: Vault, *, progress: Progress | None = None, cancel: Cancel | None = None) -> Artifact:
    """Keep a file or a folder in the vault, in constant memory.

    `progress` gets bytes done and the total. A folder becomes `<name>.tar`. Raises IntakeError, VaultError
    (the vault itself fails), Cancelled.
    """
    place = printable(str(path))
    try:
        about = path.stat()
        # "." and ".." have no name of their own
        name = path.name if path.name not in ("", "..") else path.resolve().name or "root"
    except (OSError, ValueError) as error:
        raise _refusal(error, place) from error
    if stat.S_ISDIR(about.st_mode):
        try:
            tar = FolderTar(path, cancel)
            return vault.add(tar, printable(f"{name}.tar", MAX_NAME), total=tar.size, progress=progress, cancel=cancel)
        except FolderError as error:
            raise IntakeError(f"{printable(error.place)}: {error.reason}") from error
    if not stat.S_ISREG(about.st_mode):
        raise IntakeError(f"{place}: is {_sort_of(about.st_mode)}: choose a file or a folder")
    with _open_regular(path, place) as handle:
        before = os.fstat(handle)
        pieces = _read_unchanged(handle, before, place)
        return vault.add(pieces, printable(name, MAX_NAME), total=before.st_size, progress=progress, cancel=cancel)


def _refusal(error: OSError | ValueError, place: str) -> IntakeError:
    if isinstance(error, FileNotFoundError):
        return IntakeError(f"{place}: there is no such file or folder: check the path")
    if isinstance(error, OSError):
        return IntakeError(explain(error, place))
    return IntakeError(f"{place}: is no path: it holds a NUL")


def _sort_of(mode: int) -> str:
    sorts = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return sorts.get(stat.S_IFMT(mode), "neither a file nor a folder")


@contextmanager
def _open_regular(path: Path, place: str) -> Iterator[int]:
    try:
        # NONBLOCK: had a pipe taken the file's place since, opening it would wait for ever
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(error, place) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise IntakeError(f"{place}: changed while it was opened: try again")
        yield handle
    finally:
        os.close(handle)


def _read_unchanged(handle: int, before: os.stat_result, place: str) -> Iterator[bytes]:
    """All bytes of an open file; IntakeError when it was written to meanwhile, for they would fit no version of it."""
    size = 0
    while True:
        try:
            piece = os.read(handle, CHUNK)
        except OSError as error:
            raise _refusal(error, place) from error
        if not piece:
            break
        size += len(piece)
        yield piece
    after = os.fstat(handle)
    if (size, after.st_size, after.st_mtime_ns) != (before.st_size, before.st_size, before.st_mtime_ns):
        raise IntakeError(f"{place}: changed while it was read: try again when nobody writes to it")
