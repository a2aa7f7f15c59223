"""The pipe between host and worker: JSON lines, bounded, validated into plain data.

The host trusts nothing here. `LineReader` bounds a line before it is decoded, `parse` accepts only
the messages below with values in range, and every text comes out printable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

from checks.runtime.model import (
    FACT_GROUPS,
    MAX_FACT_NAME,
    MAX_FACT_VALUE,
    MAX_MATCHED,
    MAX_MESSAGE,
    MAX_PURL,
    MAX_REFERENCES,
    MAX_REMEDIATION,
    ORIGINS,
    Component,
    Confidence,
    Fact,
    Severity,
)
from checks.runtime.package import Entry, LeftOut
from checks.runtime.text import printable

MAX_LINE = 1 << 20
MAX_NAME = 16 << 10
ENTRY_TYPES = frozenset({"file", "dir", "symlink", "hardlink", "device", "fifo", "other"})
ENCODINGS = frozenset({"utf-8", "utf-16-le", "utf-16-be", "latin-1"})
CONFIDENCES = frozenset(Confidence)
SOURCES = frozenset({"artifact", "pack"})
# Outcomes that a worker may claim: whether a check is skipped or clean is for the host to say.
CLAIMABLE = frozenset({"unavailable", "error"})
MAX_DONE = 100_000
# Findings of one check on one file (or batch); what is above is said to be not listed.
MAX_FINDINGS_PER_STEP = 500
_RULE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]{0,40}/[!-~]+\Z")
_MAX_SIZE = 1 << 50


class ProtocolError(Exception):
    """A worker said something it may not say; the text is for the log, never shown raw."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is locked down; `missing` names what it could not give up."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One finding; `check` is an index into the task's checks."""

    check: int
    file: int | None
    rule: str
    message: str
    start: int | None
    end: int | None
    severity: Severity
    confidence: str
    matched: str
    secret: bool
    encoding: str
    remediation: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A part that a check could not look at."""

    check: int
    file: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A check raised on a file (or on the package): `unavailable` or `error`."""

    check: int
    file: int | None
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """Files that every check of the task has seen, and microseconds spent by each check."""

    files: tuple[int, ...]
    micros: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A task ended; `data` is the small answer of an unpack, text or diff task."""

    task: int
    error: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a long answer (lines of a text, of a diff); its reader validates the items."""

    items: list[Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes and entries handled by a running task."""

    done: int
    count: int


@dataclass(frozen=True, slots=True)
class Log:
    """One line of log."""

    check: int | None
    text: str


Message = (
    Ready | Found | Fact | Component | NotChecked | Failed | Done | Finished | Chunk | Progress | Log | Entry | LeftOut
)


class LineReader:
    """Cuts a byte stream into lines; raises ProtocolError when one grows over the bound."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The complete lines that these bytes end."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._pieces:
                self._pieces.append(line)
                line = b"".join(self._pieces)
                self._pieces.clear()
            self._size = 0
            if len(line) > self._limit:
                raise ProtocolError(f"a line of {len(line)} bytes")
            yield line
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
            if self._size > self._limit:
                raise ProtocolError(f"a line of more than {self._limit} bytes")


def _int(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ProtocolError("a number out of range")
    return value


def _optional(value: Any, high: int) -> int | None:
    return None if value is None else _int(value, 0, high)


def _text(value: Any, limit: int) -> str:
    if type(value) is not str:
        raise ProtocolError("not a text")
    return printable(value, limit)


def _name(value: Any) -> str:
    """A raw name: surrogateescaped, any character, bounded; escaped later, when it is shown."""
    if type(value) is not str or len(value) > MAX_NAME:
        raise ProtocolError("not a name")
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ProtocolError("a name that no bytes could give") from None
    return value


def _row(value: Any, least: int, most: int | None = None) -> list[Any]:
    if type(value) is not list or not least <= len(value) <= (least if most is None else most):
        raise ProtocolError("not a row")
    return value


def _word(value: Any, words: Container[str]) -> str:
    if type(value) is not str or value not in words:
        raise ProtocolError("an unknown word")
    return value


def parse_found(row: list[Any]) -> Found:
    """One finding from its row; raises ProtocolError."""
    _row(row, 13)
    start, end = _optional(row[4], _MAX_SIZE), _optional(row[5], _MAX_SIZE)
    if (start is None) != (end is None) or (start is not None and end is not None and end < start):
        raise ProtocolError("a range that is none")
    rule, matched = row[2], row[8]
    if type(rule) is not str or not _RULE.match(rule):
        raise ProtocolError("a rule id that is none")
    if type(matched) is not str or len(matched) > MAX_MATCHED or type(row[9]) is not bool:
        raise ProtocolError("a match out of range")
    return Found(
        check=_int(row[0], 0, 999),
        file=_optional(row[1], 1 << 32),
        rule=rule,
        message=_text(row[3], MAX_MESSAGE),
        start=start,
        end=end,
        severity=Severity(_int(row[6], 0, 4)),
        confidence=_word(row[7], CONFIDENCES),
        matched=matched.encode("utf-8", "replace").decode("utf-8"),
        secret=row[9],
        encoding=_word(row[10], ENCODINGS),
        remediation=_text(row[11], MAX_REMEDIATION),
        references=tuple(_text(r, 300) for r in _row(row[12], 0, MAX_REFERENCES)),
    )


def _fact(row: list[Any]) -> Fact:
    _row(row, 5)
    return Fact(
        group=_word(row[0], FACT_GROUPS),
        name=_text(row[1], MAX_FACT_NAME),
        value=_text(row[2], MAX_FACT_VALUE),
        file=_optional(row[3], 1 << 32),
        grade=None if row[4] is None else Severity(_int(row[4], 0, 4)),
    )


def _component(row: list[Any]) -> Component:
    _row(row, 8)
    purl = _text(row[2], MAX_PURL)
    if purl and not _PURL.match(purl):
        raise ProtocolError("a package URL that is none")
    return Component(
        name=_text(row[0], MAX_FACT_NAME),
        version=_text(row[1], MAX_FACT_NAME),
        purl=purl,
        file=_optional(row[3], 1 << 32),
        origin=_word(row[4], ORIGINS),
        scope=_text(row[5], 40),
        licence=_text(row[6], MAX_FACT_NAME),
        detail=_text(row[7], MAX_FACT_NAME),
    )


def _entry(row: list[Any]) -> Entry:
    _row(row, 10)
    return Entry(
        n=_int(row[0], 0, 1 << 32),
        path=_name(row[1]),
        type=_word(row[2], ENTRY_TYPES),
        size=_int(row[3], 0, _MAX_SIZE),
        offset=_int(row[4], 0, _MAX_SIZE),
        source=_word(row[5], SOURCES),
        sha256="",  # the host hashes the bytes itself
        mode=_int(row[7], 0, 0xFFFFFFFF),
        parent=_int(row[8], -1, 1 << 32),
        link=_name(row[9]),
    )


def _left_out(row: list[Any]) -> LeftOut:
    _row(row, 4)
    if type(row[0]) is not str or not _RULE.match(row[0]):
        raise ProtocolError("a rule id that is none")
    return LeftOut(row[0], _name(row[1]), _text(row[2], MAX_MESSAGE), _int(row[3], -1, 1 << 32))


def _finished(row: list[Any]) -> Finished:
    _row(row, 3)
    if type(row[2]) is not dict:
        raise ProtocolError("an answer that is none")
    return Finished(_int(row[0], 0, 1 << 32), _text(row[1], MAX_MESSAGE), row[2])


def _done(row: list[Any]) -> Done:
    _row(row, 2)
    files = tuple(_int(n, 0, 1 << 32) for n in _row(row[0], 0, MAX_DONE))
    return Done(files, tuple(_int(n, 0, 1 << 50) for n in _row(row[1], 0, 999)))


def _failed(row: list[Any]) -> Failed:
    _row(row, 4)
    outcome = _word(row[2], CLAIMABLE)
    return Failed(_int(row[0], 0, 999), _optional(row[1], 1 << 32), outcome, _text(row[3], MAX_MESSAGE))


def _progress(row: list[Any]) -> Progress:
    _row(row, 2)
    return Progress(_int(row[0], 0, _MAX_SIZE), _int(row[1], 0, 1 << 40))


def _log(row: list[Any]) -> Log:
    _row(row, 2)
    return Log(_optional(row[0], 999), _text(row[1], 400))


def _not_checked(row: list[Any]) -> NotChecked:
    _row(row, 3)
    return NotChecked(_int(row[0], 0, 999), _optional(row[1], 1 << 32), _text(row[2], MAX_MESSAGE))


def _ready(row: list[Any]) -> Ready:
    _row(row, 0, 19)
    return Ready(tuple(_text(m, 40) for m in row))


_PARSERS: dict[str, Callable[[list[Any]], Message]] = {
    "entry": _entry,
    "left_out": _left_out,
    "found": parse_found,
    "fact": _fact,
    "component": _component,
    "not_checked": _not_checked,
    "failed": _failed,
    "done": _done,
    "finished": _finished,
    "progress": _progress,
    "log": _log,
    "chunk": Chunk,
    "ready": _ready,
}


def parse(line: bytes) -> Message:
    """One message of a worker; raises ProtocolError on anything else."""
    try:
        tag, row = json.loads(line)
        parser = _PARSERS[tag]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ProtocolError("not a message") from None
    if type(row) is not list:
        raise ProtocolError("not a row")
    return parser(row)


def encode(tag: str, row: list[Any]) -> bytes:
    """The line of a message, worker to host."""
    return json.dumps([tag, row], separators=(",", ":")).encode("ascii") + b"\n"
