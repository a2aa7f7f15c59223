"""The read-only view that checks get of an unpacked artifact.

An unpacked tree is never a folder: it is one pack of blobs and an index of raw-byte names, so no
hostile name, link or mode exists on disk. `File` reads its bytes lazily and once for all checks.
"""

from __future__ import annotations

import bisect
import json
import mmap
import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from checks.runtime.filetypes import FileType, identify
from checks.runtime.model import Confidence, Fact, Finding, Severity, Unchecked

MAX_CONTENT = 64 << 20
CHUNK = 1 << 20
STEP = 4096

_resources = Path(__file__).resolve().parent.parent.parent / "resources"
_prepared = Path("/nonexistent")


def place_resources(resources: Path, prepared: Path) -> None:
    """Tell where this process finds rules and what the host compiled; called once by the worker."""
    global _resources, _prepared
    _resources, _prepared = resources, prepared


def resource_path(relative: str) -> Path:
    """A file under resources/, for example `rules/secrets.toml`."""
    return _resources / relative


def prepared_path(check_id: str) -> Path:
    """The folder into which the check's `prepare` wrote, read-only in a worker."""
    return _prepared / check_id


CLAMD_SOCKET = Path("/run/assay/clamd.sock")
_services: dict[str, Path] = {"clamd": CLAMD_SOCKET}


def place_services(services: Mapping[str, Path]) -> None:
    """Tell where this process reaches services (name -> socket); without it the sandbox's fixed paths hold."""
    _services.update(services)


def service_path(name: str) -> Path:
    """The socket of a service, for example `clamd`; KeyError for a name that nobody placed."""
    return _services[name]


DATA = Path("/run/assay/data")
_data: dict[str, Path] = {}


def place_data(data: Mapping[str, Path]) -> None:
    """Tell where this process finds what the host handed over (name -> file); without it the sandbox's paths hold."""
    _data.update(data)


def data_path(name: str) -> Path:
    """A file that the host hands over read-only, for example the `advisories`; it may be absent."""
    return _data.get(name, DATA / name)


class TooLarge(Exception):
    """A file above MAX_CONTENT was asked for at once; the engine reports it as not checked."""

    def __init__(self, text: str, file: File | None = None) -> None:
        super().__init__(text)
        self.file = file


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the index.

    `path` is the raw name decoded with surrogateescape, `a.jar!/b/c.js` for nested archives.
    `source` is `artifact` or `pack`; `offset` and `size` are bytes therein. `type` is file, dir,
    symlink, hardlink, device, fifo or other; only files have bytes. `parent` is the number of the
    archive it came from, -1 for the artifact itself. `link` is a link's target.
    """

    n: int
    path: str
    type: str
    size: int
    offset: int
    source: str
    sha256: str
    mode: int = 0
    parent: int = -1
    link: str = ""

    def row(self) -> list[Any]:
        """The JSON form, a list to keep 100,000 of them small."""
        return [
            self.n, self.path, self.type, self.size, self.offset,
            self.source, self.sha256, self.mode, self.parent, self.link,
        ]  # fmt: skip

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Entry:
        """The inverse of `row`."""
        return cls(*row)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something unpacking refused or could not read: never silence, always a finding.

    `rule` is a short code (traversal, link_outside, device, bomb_ratio, limit_entries, limit_bytes,
    limit_depth, limit_seconds, duplicate, disagreement, encrypted, damaged, unsupported, name,
    trailing_data, ...), `path` the entry's name or the archive's, `detail` one sentence.
    """

    rule: str
    path: str
    detail: str
    parent: int = -1


class Blobs:
    """The two files that hold every byte: the artifact and the pack of what was inside.

    They are opened at once and mapped at first use: the pack may still be growing, and may be renamed.
    """

    def __init__(self, artifact: Path | None, pack: Path | None) -> None:
        self._fds = {
            source: None if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            for source, path in {"artifact": artifact, "pack": pack}.items()
        }
        self._maps: dict[str, mmap.mmap | bytes] = {}
        weakref.finalize(self, _close, [fd for fd in self._fds.values() if fd is not None])

    def view(self, source: str) -> mmap.mmap | bytes:
        """The mapped bytes of one source, empty where there are none."""
        if source not in self._maps:
            fd = self._fds[source]
            empty = fd is None or os.fstat(fd).st_size == 0
            self._maps[source] = b"" if fd is None or empty else mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
        return self._maps[source]


def _close(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)


@dataclass(eq=False)
class File:
    """One file of a package. `path` is printable-safe only on the host: here it is the raw name.

    `unpacked` says that it is a container whose members are all entries of the package, nothing left out.
    """

    entry: Entry
    blobs: Blobs = field(repr=False)
    declared_type: str = ""
    kind: str = "download"
    unpacked: bool = False

    @property
    def number(self) -> int:
        """Its number in the index."""
        return self.entry.n

    @property
    def path(self) -> str:
        """Path in the package, surrogateescaped where the name is not UTF-8."""
        return self.entry.path

    @cached_property
    def name(self) -> str:
        """Last component of the path."""
        return self.entry.path.rpartition("/")[2]

    @cached_property
    def suffix(self) -> str:
        """Last extension in lower case with its dot, or an empty string."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def size(self) -> int:
        """Bytes."""
        return self.entry.size

    @property
    def sha256(self) -> str:
        """Of its bytes, hex."""
        return self.entry.sha256

    @cached_property
    def data(self) -> bytes:
        """All bytes; raises TooLarge above 64 MiB (use `chunks`)."""
        if self.entry.size > MAX_CONTENT:
            raise TooLarge(f"larger than {MAX_CONTENT >> 20} MiB", self)
        return self.head(self.entry.size)

    def head(self, size: int = 8192) -> bytes:
        """The first bytes, whatever the size of the file."""
        view = self.blobs.view(self.entry.source)
        return view[self.entry.offset : self.entry.offset + min(size, self.entry.size)]

    def tail(self, size: int = 8192) -> bytes:
        """The last bytes."""
        view = self.blobs.view(self.entry.source)
        end = self.entry.offset + self.entry.size
        return view[end - min(size, self.entry.size) : end]

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """All bytes in pieces, for streaming."""
        view = self.blobs.view(self.entry.source)
        end = self.entry.offset + self.entry.size
        for start in range(self.entry.offset, end, size):
            yield view[start : min(start + size, end)]

    @cached_property
    def type(self) -> FileType:
        """What the bytes are, whatever the name says."""
        return identify(self)

    @cached_property
    def encoding(self) -> str:
        """`utf-8`, `utf-16-le`, `utf-16-be`, `latin-1` for text; empty for binary content."""
        return self.type.encoding

    @cached_property
    def text(self) -> str:
        """Decoded text, empty for binary content; every byte is kept (surrogateescape)."""
        if not self.type.is_text:
            return ""
        errors = "surrogateescape" if self.encoding == "utf-8" else "replace"
        return self.data.decode(self.encoding, errors)

    def byte_offset(self, index: int) -> int:
        """Byte offset of a character index in `text`."""
        if self.encoding == "utf-8":
            if self.data.isascii():
                return index
            return len(self.text[:index].encode("utf-8", "surrogateescape"))
        if self.encoding.startswith("utf-16"):  # half a character at the end counts as a whole one in the text
            return min(self.size, len(self.text[:index].encode(self.encoding, "surrogatepass")))
        return index

    @cached_property
    def narrow(self) -> bytes:
        """The bytes, UTF-16 as UTF-8: what expressions over bytes can read. `narrow_span` leads back."""
        if self.encoding.startswith("utf-16"):  # script hosts, browsers and PowerShell run it as it is
            return self.text.encode("utf-8", "replace")
        return self.data

    def narrow_span(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of the file behind a range of `narrow`."""
        if not self.encoding.startswith("utf-16"):
            return start, end
        return self._widen(start), self._widen(end)

    @cached_property
    def _steps(self) -> list[tuple[int, int]]:
        """(place in `narrow`, place in the file) of every so many characters, so that no look begins at the start."""
        steps, narrow, wide = [(0, 0)], 0, 0
        for at in range(0, len(self.text), STEP):
            piece = self.text[at : at + STEP]
            narrow += len(piece.encode("utf-8", "replace"))
            wide += len(piece.encode(self.encoding, "replace"))
            steps.append((narrow, wide))
        return steps

    def _widen(self, at: int) -> int:
        narrow, wide = self._steps[bisect.bisect_right(self._steps, (at, self.size)) - 1]
        rest = self.narrow[narrow:at].decode("utf-8", "ignore")
        return min(self.size, wide + len(rest.encode(self.encoding, "replace")))

    def finding(
        self,
        rule: str,
        message: str,
        *,
        span: tuple[int, int] | None = None,
        text_span: tuple[int, int] | None = None,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.MEDIUM,
        matched: str = "",
        secret: bool = False,
        remediation: str = "",
        references: tuple[str, ...] = (),
    ) -> Finding:
        """A finding about this file. `span` is in bytes, `text_span` in characters of `text`."""
        if text_span is not None:
            span = (self.byte_offset(text_span[0]), self.byte_offset(text_span[1]))
        start, end = span if span is not None else (None, None)
        return Finding(
            rule=rule,
            message=message,
            file=self.number,
            start=start,
            end=end,
            severity=severity,
            confidence=confidence,
            matched=matched,
            secret=secret,
            encoding=(self.encoding or "latin-1") if span else "utf-8",
            remediation=remediation,
            references=references,
        )

    def fact(self, group: str, name: str, value: str = "", *, grade: Severity | None = None) -> Fact:
        """A fact read from this file."""
        return Fact(group, name, value, self.number, grade)

    def unchecked(self, reason: str) -> Unchecked:
        """Say that this file was not looked at, and why."""
        return Unchecked(reason, self.number)


class _NotedFile(File):
    """A file that tells `note` whenever it is read: should a parser take the worker down, it can be named."""

    note: Callable[[int], None]

    @property
    def data(self) -> bytes:
        self.note(self.number)
        return super().data

    @property
    def text(self) -> str:
        self.note(self.number)
        return super().text

    @property
    def narrow(self) -> bytes:
        self.note(self.number)
        return super().narrow

    def head(self, size: int = 8192) -> bytes:
        self.note(self.number)
        return super().head(size)

    def tail(self, size: int = 8192) -> bytes:
        self.note(self.number)
        return super().tail(size)

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        for piece in super().chunks(size):
            self.note(self.number)
            yield piece


class Package:
    """All entries of an artifact, with what was left out; given to whole-package checks.

    `baseline` is the version approved before, where there is one to compare with. `note` is told the number of
    each file that is read. `handed` is plain data of the host about this submission, by the check's need.
    """

    handed: Mapping[str, Any] = MappingProxyType({})

    def __init__(
        self,
        entries: Sequence[Entry],
        blobs: Blobs,
        *,
        kind: str = "download",
        name: str = "",
        declared_type: str = "",
        left_out: Sequence[LeftOut] = (),
        baseline: Package | None = None,
        note: Callable[[int], None] | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.baseline = baseline
        self.kind = kind
        self.name = name
        self.declared_type = declared_type
        self.left_out = tuple(left_out)
        self._blobs = blobs
        self._note = note

    @cached_property
    def files(self) -> tuple[File, ...]:
        """Every entry that has bytes."""
        return tuple(self.file(e) for e in self.entries if e.type == "file")

    @cached_property
    def _by_path(self) -> dict[str, File]:
        return {f.path: f for f in reversed(self.files)}

    def file(self, entry: Entry) -> File:
        """The file view of an entry."""
        declared_type = self.declared_type if entry.source == "artifact" else ""
        return self._view(entry, declared_type, entry.n in self._unpacked)

    def _view(self, entry: Entry, declared_type: str, unpacked: bool) -> File:
        if self._note is None:
            return File(entry, self._blobs, declared_type, self.kind, unpacked)
        file = _NotedFile(entry, self._blobs, declared_type, self.kind, unpacked)
        file.note = self._note
        return file

    @cached_property
    def _unpacked(self) -> frozenset[int]:
        return frozenset(e.parent for e in self.entries) - {item.parent for item in self.left_out}

    @cached_property
    def artifact(self) -> File | None:
        """The artifact as a whole, None where its bytes are not at hand.

        An archive is a file of its own, numbered one past the last entry; its SHA-256 is not known here.
        """
        size = len(self._blobs.view("artifact"))
        for entry in self.entries:
            if entry.source == "artifact" and entry.type == "file" and entry.size == size:
                return self.file(entry)
        entry = Entry(len(self.entries), self.name, "file", size, 0, "artifact", "")
        return self._view(entry, self.declared_type, -1 in self._unpacked) if size else None

    def holds(self, file: File) -> bool:
        """Whether it is a file of this package, not one of the baseline."""
        return file.blobs is self._blobs

    def get(self, path: str) -> File | None:
        """The first file of that exact path."""
        return self._by_path.get(path)

    def finding(self, rule: str, message: str, **options: Any) -> Finding:
        """A finding about the package as a whole."""
        return Finding(rule=rule, message=message, **options)

    def fact(self, group: str, name: str, value: str = "", *, grade: Severity | None = None) -> Fact:
        """A fact about the package as a whole."""
        return Fact(group, name, value, None, grade)

    def unchecked(self, reason: str) -> Unchecked:
        """Say that a part was not looked at, and why."""
        return Unchecked(reason)


class Target:
    """What a probe gets instead of a package: plain data of the host, by the check's need; some of it is secret."""

    def __init__(self, handed: Mapping[str, Any]) -> None:
        self.handed = handed

    def __repr__(self) -> str:
        return f"Target({', '.join(sorted(self.handed))})"

    def finding(self, rule: str, message: str, **options: Any) -> Finding:
        """A finding about the submission as a whole."""
        return Finding(rule=rule, message=message, **options)

    def fact(self, group: str, name: str, value: str = "", *, grade: Severity | None = None) -> Fact:
        """A fact about the submission as a whole."""
        return Fact(group, name, value, None, grade)

    def unchecked(self, reason: str) -> Unchecked:
        """Say that a part was not looked at, and why."""
        return Unchecked(reason)


def write_index(stream: Any, entries: Sequence[Entry], left_out: Sequence[LeftOut]) -> None:
    """Write the index as JSON lines (text stream); the host does so after validating every row."""
    for entry in entries:
        stream.write(json.dumps(entry.row(), separators=(",", ":")) + "\n")
    for item in left_out:
        row = {"rule": item.rule, "path": item.path, "detail": item.detail, "parent": item.parent}
        stream.write(json.dumps(row, separators=(",", ":")) + "\n")


def read_index(path: Path) -> tuple[list[Entry], list[LeftOut]]:
    """Read an index that the host wrote."""
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    with path.open(encoding="ascii") as stream:
        for line in stream:
            row = json.loads(line)
            if isinstance(row, list):
                entries.append(Entry.from_row(row))
            else:
                left_out.append(LeftOut(**row))
    return entries, left_out
