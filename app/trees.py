"""Unpacked trees seen from the host: made once in a sandboxed worker, hashed here, kept in the vault."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import mmap
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from app.errors import DeskError
from app.grants import Grants, Side
from app.model import Artifact, StageProgress, TreeSummary
from app.sandbox import Launcher
from app.settings import UnpackLimits
from app.vault import Vault
from app.workers import START_SECONDS, WorkerEnded, WorkerProcess, run_task
from checks.runtime.package import Entry, LeftOut, read_index, write_index
from checks.runtime.protocol import Finished, Message, Progress
from checks.runtime.text import printable

log = logging.getLogger(__name__)

# Raised whenever unpacking gives other trees: an older tree is then made anew.
TREE_VERSION = 5
KINDS = ("download", "web", "image", "chart")
_HASH_CHUNK = 4 << 20


class UnreadableArtifact(DeskError):
    """Unpacking did not come to an end; the text says why. Nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What unpacking says of the artifact: claims of the package, bounded and printable."""

    format: str
    is_archive: bool
    kind: str
    family: str
    name: str
    version: str


class Tree:
    """The entries of an artifact and the bytes behind them."""

    def __init__(
        self, artifact: Artifact, facts: Facts, entries: Sequence[Entry], left_out: Sequence[LeftOut], side: Side
    ) -> None:
        self.artifact = artifact
        self.facts = facts
        self.entries = tuple(entries)
        self.left_out = tuple(left_out)
        self.side = side
        self._maps: dict[str, mmap.mmap | bytes] = {}

    @cached_property
    def files(self) -> tuple[Entry, ...]:
        """Entries that have bytes."""
        return tuple(e for e in self.entries if e.type == "file")

    @cached_property
    def summary(self) -> TreeSummary:
        """The facts that are recorded with a run."""
        return TreeSummary(
            format=self.facts.format,
            family=self.facts.family,
            name=self.facts.name,
            version=self.facts.version,
            kind=self.facts.kind,
            entries=len(self.entries),
            files=len(self.files),
            bytes=sum(e.size for e in self.files),
            left_out=len(self.left_out),
            root=self.root,
        )

    @cached_property
    def root(self) -> str:
        """The one folder that holds everything (`package/`, `name-1.2.3/`), or an empty string.

        It often carries the version, so it is no part of a file's identity.
        """
        tops = {e.path.partition("/")[0] for e in self.entries if e.type != "dir"}
        if len(tops) == 1 and all("/" in e.path for e in self.entries if e.type != "dir"):
            return tops.pop() + "/"
        return ""

    def stable_path(self, path: str) -> str:
        """The path without the one top folder."""
        return path.removeprefix(self.root) if self.root else path

    @cached_property
    def container(self) -> Entry | None:
        """The artifact itself as an entry (one number past the last), where it is an archive."""
        if not self.facts.is_archive:
            return None
        artifact = self.artifact
        return Entry(len(self.entries), artifact.name, "file", artifact.size, 0, "artifact", artifact.sha256)

    def entry(self, number: int) -> Entry | None:
        """An entry by number, the container included."""
        if 0 <= number < len(self.entries):
            return self.entries[number]
        return self.container if number == len(self.entries) else None

    @cached_property
    def unpacked(self) -> frozenset[int]:
        """Containers whose members are all entries, with nothing left out."""
        parents = {e.parent for e in self.entries} - {item.parent for item in self.left_out}
        if self.container is not None and -1 in parents:
            parents.add(self.container.n)
        return frozenset(parents - {-1})

    def bytes_of(self, entry: Entry, start: int = 0, end: int | None = None) -> bytes:
        """A range of an entry's bytes."""
        view = self._view(entry.source)
        stop = entry.size if end is None else min(end, entry.size)
        return view[entry.offset + start : entry.offset + stop]

    def count_lines(self, entry: Entry, end: int, encoding: str = "utf-8") -> tuple[int, int]:
        """Line number (from 1) of byte `end`, and the byte at which that line begins."""
        head = self.bytes_of(entry, 0, end)
        if encoding.startswith("utf-16"):  # half a character may look like a newline
            text = head.decode(encoding, "replace")
            last_line = text[text.rfind("\n") + 1 :]
            return text.count("\n") + 1, max(0, end - len(last_line.encode(encoding, "replace")))
        return head.count(b"\n") + 1, head.rfind(b"\n") + 1

    def _view(self, source: str) -> mmap.mmap | bytes:
        if source not in self._maps:
            path = self.side.artifact if source == "artifact" else self.side.pack
            self._maps[source] = _map(path)
        return self._maps[source]


def _map(path: Path | None) -> mmap.mmap | bytes:
    if path is None or path.stat().st_size == 0:
        return b""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def limits_digest(limits: UnpackLimits, name: str) -> str:
    """Names the tree that these limits give, for an artifact of this name: a lone file is an entry of that name."""
    text = json.dumps([TREE_VERSION, dataclasses.astuple(limits), name])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _seal(facts: dict[str, Any], index: Path) -> str:
    """A digest of everything about a tree but its bytes, which have their own in the index."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode() + b"\0" + index.read_bytes()).hexdigest()


class TreeMaker:
    """Gives the tree of an artifact, from the vault or by unpacking it in a worker."""

    def __init__(self, vault: Vault, launcher: Callable[[], Launcher], limits: UnpackLimits, memory: int) -> None:
        self._vault = vault
        self._launcher = launcher
        self._limits = limits
        self._memory = memory

    def find(self, artifact: Artifact) -> Tree | None:
        """The tree kept in the vault, or None."""
        digest = limits_digest(self._limits, artifact.name)
        folder = self._vault.tree_folder(artifact.sha256, digest)
        if not folder.is_dir():
            return None
        if not self._vault.verify(artifact.sha256):
            raise UnreadableArtifact(
                f"{printable(artifact.name, 200)}: its copy in the vault is damaged: take the file in again"
            )
        try:
            return self._load(artifact, folder)
        except (OSError, ValueError, TypeError, KeyError, UnreadableArtifact) as error:
            log.warning("the tree of %s is damaged (%s): it is made anew", artifact.sha256, error)
            self._vault.drop_tree(artifact.sha256, digest)
            return None

    def _load(self, artifact: Artifact, folder: Path) -> Tree:
        """Read a kept tree; ValueError where it is not, bit for bit, what was kept."""
        kept = json.loads((folder / "tree.json").read_text(encoding="utf-8"))
        if kept["seal"] != _seal(kept["facts"], folder / "index.jsonl"):
            raise ValueError("its index has changed")
        entries, left_out = read_index(folder / "index.jsonl")
        side = Side(self._vault.path(artifact.sha256), folder / "pack", folder / "index.jsonl")
        if _hash_entries(artifact, side, entries, lambda _: None, lambda: False) != entries:
            raise ValueError("its content has changed")
        return Tree(artifact, Facts(**kept["facts"]), entries, left_out, side)

    def make(
        self,
        artifact: Artifact,
        on_progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
        on_staged: Callable[[Side], None] | None = None,
    ) -> Tree:
        """Unpack in a sandboxed worker, hash every blob, keep the tree.

        `on_staged` hears where the bytes will be once the unpacking is under way, so that workers can start
        meanwhile. Raises UnreadableArtifact, or WorkerEnded when cancelled.
        """
        on_progress(StageProgress("unpacking", 0, artifact.size, artifact.name))
        with self._vault.staging() as staging:
            side = Side(self._vault.path(artifact.sha256), staging / "pack", staging / "index.jsonl")
            pack, index = staging / "pack", staging / "index.jsonl"
            pack.touch(mode=0o600)
            index.touch(mode=0o600)
            gathered = _Gathered(artifact.size, self._limits)
            worker = self._start_worker(artifact, pack)
            self._unpack(worker, artifact, gathered, on_progress, cancelled, lambda: on_staged and on_staged(side))
            facts = gathered.facts()
            entries = _hash_entries(artifact, side, gathered.entries, on_progress, cancelled)
            with index.open("w", encoding="ascii") as stream:
                write_index(stream, entries, gathered.left_out)
            kept = {"facts": dataclasses.asdict(facts), "seal": _seal(dataclasses.asdict(facts), index)}
            (staging / "tree.json").write_text(json.dumps(kept), encoding="utf-8")
            folder = self._vault.publish_tree(staging, artifact.sha256, limits_digest(self._limits, artifact.name))
        side = Side(side.artifact, folder / "pack", folder / "index.jsonl")
        return Tree(artifact, facts, entries, gathered.left_out, side)

    def _start_worker(self, artifact: Artifact, pack: Path) -> WorkerProcess:
        # readable as well: the worker maps a nested archive from the pack to look into it
        pack_fd = os.open(pack, os.O_RDWR | os.O_CLOEXEC)
        try:
            grants = Grants(
                sides={"submission": Side(self._vault.path(artifact.sha256))},
                pack_fd=pack_fd,
                memory=self._memory,
                file_size=self._limits.bytes + (1 << 20),
                cpu=self._limits.seconds + 60,
            )
            return WorkerProcess(self._launcher(), grants)
        finally:
            os.close(pack_fd)

    def _unpack(
        self,
        worker: WorkerProcess,
        artifact: Artifact,
        gathered: _Gathered,
        on_progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
        on_up: Callable[[], object],
    ) -> None:
        try:
            # others that start beside it, before it is up, would only delay it
            for _ in run_task(worker, worker.send("preload", modules=[]), START_SECONDS, cancelled):
                pass
            on_up()
            number = worker.send("unpack", limits=dataclasses.asdict(self._limits), file_name=artifact.name)
            # The worker stops by itself at its own limit; this is for one that does not.
            ends = self._limits.seconds + 10.0
            for message in run_task(worker, number, ends, cancelled, total=ends + START_SECONDS):
                if isinstance(message, Progress):
                    detail = f"{message.count:,} entries"
                    on_progress(StageProgress("unpacking", message.done, 0, detail))
                else:
                    gathered.take(message)
        except WorkerEnded as ended:
            if cancelled():
                raise
            raise UnreadableArtifact(f"{printable(artifact.name, 200)} cannot be unpacked: {ended.reason}") from None
        else:
            if not worker.finish():
                gathered.error = gathered.error or "the worker did not end well"
        finally:
            worker.kill()
        if gathered.error:
            raise UnreadableArtifact(f"{printable(artifact.name, 200)} cannot be unpacked: {gathered.error}")


class _Gathered:
    """Collects and checks what the unpacking worker says: rows must be within what it may write."""

    def __init__(self, artifact_size: int, limits: UnpackLimits) -> None:
        self.entries: list[Entry] = []
        self.left_out: list[LeftOut] = []
        self.error = ""
        self._data: dict[str, Any] = {}
        self._size = {"artifact": artifact_size, "pack": limits.bytes + (1 << 20)}
        self._limits = limits

    def take(self, message: Message) -> None:
        """One message; raises WorkerEnded on a row that cannot be."""
        if isinstance(message, Entry):
            if message.n != len(self.entries) or message.parent >= message.n:
                raise WorkerEnded("the worker broke the protocol (entries out of order)")
            if message.offset + message.size > self._size[message.source]:
                raise WorkerEnded("the worker broke the protocol (an entry outside the bytes)")
            if len(self.entries) > self._limits.entries:
                raise WorkerEnded("the worker broke the protocol (more entries than the limit)")
            self.entries.append(message)
        elif isinstance(message, LeftOut):
            if len(self.left_out) > 3 * self._limits.entries + 1000:
                raise WorkerEnded("the worker broke the protocol (more notes than entries allow)")
            self.left_out.append(message)
        elif isinstance(message, Finished):
            self.error, self._data = message.error, message.data

    def facts(self) -> Facts:
        """The worker's facts, bounded; anything odd becomes an empty claim."""

        def claim(key: str, limit: int = 200) -> str:
            value = self._data.get(key)
            return printable(value, limit) if isinstance(value, str) else ""

        kind = claim("kind")
        return Facts(
            format=claim("format", 60) or "file",
            is_archive=self._data.get("is_archive") is True,
            kind=kind if kind in KINDS else "download",
            family=claim("family", 40) or "file",
            name=claim("name"),
            version=claim("version", 100),
        )


def _hash_entries(
    artifact: Artifact,
    side: Side,
    entries: Sequence[Entry],
    on_progress: Callable[[StageProgress], None],
    cancelled: Callable[[], bool],
) -> list[Entry]:
    """The entries with the SHA-256 of their bytes, computed here and not by the worker."""
    views = {"artifact": _map(side.artifact), "pack": _map(side.pack)}
    sizes = {source: len(view) for source, view in views.items()}
    total = sum(e.size for e in entries)
    hashed: list[Entry] = []
    # Hard links share their bytes: they are hashed once, however many names they have.
    known: dict[tuple[str, int, int], str] = {}
    done = reported = 0
    for entry in entries:
        if entry.type != "file":
            hashed.append(entry)
            continue
        if entry.offset + entry.size > sizes[entry.source]:
            raise UnreadableArtifact(f"{printable(artifact.name, 200)}: the unpacked bytes are incomplete")
        place = (entry.source, entry.offset, entry.size)
        if entry.source == "artifact" and entry.size == artifact.size:
            digest = artifact.sha256
        elif place in known:
            digest = known[place]
        else:
            digest = known[place] = _hash_range(views[entry.source], entry.offset, entry.size, cancelled)
        hashed.append(dataclasses.replace(entry, sha256=digest))
        done += entry.size
        if done - reported > 16 << 20:
            reported = done
            on_progress(StageProgress("hashing", done, total, f"{len(hashed):,} files"))
            if cancelled():
                raise WorkerEnded("cancelled")
    return hashed


def _hash_range(view: mmap.mmap | bytes, offset: int, size: int, cancelled: Callable[[], bool]) -> str:
    if size <= _HASH_CHUNK:
        return hashlib.sha256(view[offset : offset + size]).hexdigest()
    sha = hashlib.sha256()
    for start in range(offset, offset + size, _HASH_CHUNK):
        if cancelled():
            raise WorkerEnded("cancelled")
        sha.update(view[start : min(start + _HASH_CHUNK, offset + size)])
    return sha.hexdigest()
