"""What a search of the archive finds, and what it could not search: plain frozen data, safe to show."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("artifact", "hash", "name", "address", "fact", "finding", "text")


@dataclass(frozen=True, slots=True)
class ArchiveHit:
    """One place. `kind` is one of KINDS: an artifact by its hash or title, a file by its hash, a file's name, an
    address or another fact, a finding, or text inside a file.

    `submission` is the latest one of these bytes, `decision` is approved, rejected or undecided. `path` is printable,
    empty for the artifact itself; `line` starts at 1, None where the file is no text; `offset` is in bytes of the file.
    `text` is what was found, with secrets masked; empty where that was not certain.
    """

    kind: str
    submission: int
    title: str
    version: str
    decision: str
    artifact: str
    path: str = ""
    line: int | None = None
    offset: int | None = None
    encoding: str = ""
    sha256: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class NotSearched:
    """A submission of which something was not searched: never to be taken for free of what was sought."""

    submission: int
    title: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """How a search ended. `limited`: there are more hits than were told. `searched` submissions, `bytes` read."""

    text: str
    hits: int
    limited: bool
    searched: int
    bytes: int
    seconds: float
    not_searched: tuple[NotSearched, ...]
    cancelled: bool = False
