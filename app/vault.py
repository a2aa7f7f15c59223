"""The vault: every artifact once, read-only, under its SHA-256; and the trees unpacked from them.

A file appears under its hash only when it is whole and on the disk, so a killed run leaves at most a
folder under `partial/`, which the next one to open the vault clears away.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, runtime_checkable

from app.cancel import Cancelled
from app.errors import DeskError
from app.model import Artifact

log = logging.getLogger(__name__)

CHUNK = 1 << 20
TREE_FILES = ("index.jsonl", "pack", "tree.json")
Progress = Callable[[int, int], None]


class VaultError(DeskError):
    """The vault cannot do what was asked; one line that names the file and what to do."""


class Cancel(Protocol):
    """What is asked of a cancel token."""

    @property
    def cancelled(self) -> bool: ...


@runtime_checkable
class Readable(Protocol):
    """What is asked of a stream."""

    def read(self, size: int, /) -> bytes: ...


def explain(error: OSError, place: Path | str) -> str:
    """One line for an error of the file system, with what to do about it."""
    remedies = {
        errno.ENOSPC: "the disk is full: free some space and try again",
        errno.EDQUOT: "the disk quota is used up: free some space and try again",
        errno.EACCES: "no permission: change its rights or its owner",
        errno.EPERM: "no permission: change its rights or its owner",
        errno.EROFS: "the file system is read-only: choose another data folder",
        errno.ENOTDIR: "a file is where a folder should be: move it away",
    }
    return f"{place}: {remedies.get(error.errno or 0, error.strerror or str(error))}"


class Vault:
    """The folder `root`: `ab/<sha256>` are artifacts, `trees/ab/<sha256>-<limits>` their unpacked trees.

    Methods may be called from any thread, and several programs may share one vault.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / "partial"
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._partial.mkdir(mode=0o700, exist_ok=True)
            with _locked(self._partial / "lock"):
                self._clear_abandoned()
                self._own = Path(tempfile.mkdtemp(prefix="run-", dir=self._partial))
                self._owner = os.open(self._own / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
                # held until this process ends, however it ends: that is what tells abandoned from busy
                fcntl.flock(self._owner, fcntl.LOCK_EX)
        except OSError as error:
            raise VaultError(explain(error, error.filename or root)) from error
        self._closed = False

    def __enter__(self) -> Vault:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give up the folder for unfinished files; harmless when called twice."""
        if not self._closed:
            self._closed = True
            shutil.rmtree(self._own, ignore_errors=True)
            os.close(self._owner)

    def _clear_abandoned(self) -> None:
        for folder in self._partial.glob("run-*"):
            try:
                owner = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                log.warning("cannot look into %s: %s", folder, error)
                continue
            try:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                log.info("clearing what a killed run left in %s", folder)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(owner)

    # Artifacts

    def add(
        self,
        source: Path | Readable | Iterable[bytes],
        name: str,
        *,
        total: int = 0,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Artifact:
        """Keep the bytes of a file, a stream or an iterable of pieces, in constant memory.

        `progress` gets bytes done and `total` (0 = unknown; taken from the file for a path). Bytes that
        are here already are not kept twice. Raises VaultError, Cancelled, or what the source raises.
        """
        if isinstance(source, Path):
            try:
                with source.open("rb", buffering=0) as stream:
                    size = os.fstat(stream.fileno()).st_size
                    return self.add(stream, name, total=size, progress=progress, cancel=cancel)
            except OSError as error:
                raise VaultError(explain(error, source)) from error
        pieces = _read_pieces(source) if isinstance(source, Readable) else source
        partial = self._own / secrets.token_hex(16)
        try:
            try:
                handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise VaultError(explain(error, partial)) from error
            try:
                artifact = _write_hashed(handle, partial, _gather(pieces), name, total, progress, cancel)
                self._place(handle, partial, artifact)
            finally:
                os.close(handle)
        finally:
            partial.unlink(missing_ok=True)
        return artifact

    def _place(self, handle: int, partial: Path, artifact: Artifact) -> None:
        target = self._target(artifact.sha256)
        try:
            # a damaged copy would pass for these bytes for ever: the whole one takes its place
            if target.is_file() and target.stat().st_size == artifact.size and self.verify(artifact.sha256):
                return
            target.parent.mkdir(mode=0o700, exist_ok=True)
            os.fchmod(handle, 0o400)
            os.fsync(handle)
            partial.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise VaultError(explain(error, target)) from error

    def _target(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise VaultError(f"{sha256[:80]!r} is not a SHA-256 in lower-case hex")
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the bytes of that hash are kept."""
        return self._target(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """The file of a kept artifact, to be read only; raises VaultError where it is gone."""
        target = self._target(sha256)
        if not target.is_file():
            raise VaultError(f"{target}: the vault no longer has this artifact: take it in again")
        return target

    def verify(self, sha256: str) -> bool:
        """Whether the kept bytes still have that hash; raises VaultError where they cannot be read."""
        path = self.path(sha256)
        try:
            with path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except OSError as error:
            raise VaultError(explain(error, path)) from error

    # Trees

    def tree_folder(self, sha256: str, limits_digest: str) -> Path:
        """Where the tree unpacked under these limits is, or will be: it exists only when it is complete."""
        if not re.fullmatch(r"[0-9A-Za-z_.]{1,80}", limits_digest):
            raise VaultError(f"{limits_digest[:80]!r} cannot be part of a file's name")
        return self.root / "trees" / self._target(sha256).parent.name / f"{sha256}-{limits_digest}"

    def drop_tree(self, sha256: str, limits_digest: str) -> None:
        """Take a damaged tree away, so that a new one can have its place; whoever has it open keeps it."""
        folder = self.tree_folder(sha256, limits_digest)
        try:
            folder.rename(self._own / f"damaged-{secrets.token_hex(8)}")
        except FileNotFoundError:
            return  # another run was faster
        except OSError as error:
            raise VaultError(explain(error, folder)) from error

    @contextlib.contextmanager
    def staging(self) -> Iterator[Path]:
        """A private folder on the vault's file system; what was not published from it goes at the end."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="tree-", dir=self._own))
        except OSError as error:
            raise VaultError(explain(error, self._own)) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish_tree(self, staging: Path, sha256: str, limits_digest: str) -> Path:
        """Move pack, index.jsonl and tree.json out of a staging folder into place at once; returns their folder.

        Where another run was faster its tree stays, and ours goes with the staging folder.
        """
        target = self.tree_folder(sha256, limits_digest)
        made = sorted(p.name for p in staging.iterdir())
        if made != list(TREE_FILES):
            raise VaultError(f"{staging}: a tree is {', '.join(TREE_FILES)}, not {', '.join(made) or 'nothing'}")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in TREE_FILES:
                with (staging / name).open("rb") as stream:
                    os.fchmod(stream.fileno(), 0o400)
                    os.fsync(stream.fileno())
            try:
                staging.rename(target)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
            _sync_folder(target.parent)
        except OSError as error:
            raise VaultError(explain(error, target)) from error
        return target


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file; short work only, others wait."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_pieces(stream: Readable) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def _gather(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about 1 MiB: small ones would cost more in calls than in hashing."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield waiting[0] if len(waiting) == 1 else b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _write_hashed(
    handle: int,
    place: Path,
    pieces: Iterator[bytes],
    name: str,
    total: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> Artifact:
    """Write and hash in one pass. MD5 takes as long as the rest together, so it has a thread of its own."""
    sha256, size = hashlib.sha256(), 0
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    with ThreadPoolExecutor(1, thread_name_prefix="vault-md5") as pool:
        for piece in pieces:
            if cancel is not None and cancel.cancelled:
                raise Cancelled(f"{name}: taking it in was cancelled")
            hashed = pool.submit(md5.update, piece)
            view = memoryview(piece)
            try:
                while view:
                    view = view[os.write(handle, view) :]
            except OSError as error:
                raise VaultError(explain(error, place)) from error
            sha256.update(piece)
            sha1.update(piece)
            hashed.result()
            size += len(piece)
            if progress is not None:
                progress(size, max(size, total) if total else 0)
    if cancel is not None and cancel.cancelled:
        raise Cancelled(f"{name}: taking it in was cancelled")
    return Artifact(sha256.hexdigest(), md5.hexdigest(), sha1.hexdigest(), size, name)
