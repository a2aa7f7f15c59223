"""The words of the marketplace as this desk uses them: plain frozen data, validated, bounded and cleaned.

Times of the marketplace are milliseconds since 1970 (UTC), as it gives them; our own are `datetime` in UTC.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from checks import Severity

# What `status.value` may be. Only the middle four can be asked for.
STATUSES = ("pending", "inReview", "inDevelopment", "approved", "suspended", "rejected")
SETTABLE = ("inReview", "approved", "suspended", "rejected")
WAITING = ("pending", "inReview")


@dataclass(frozen=True, slots=True)
class Hashes:
    """Lower-case hex, empty where the marketplace gives none."""

    md5: str = ""
    sha1: str = ""
    sha256: str = ""

    def __bool__(self) -> bool:
        return bool(self.md5 or self.sha1 or self.sha256)


@dataclass(frozen=True, slots=True)
class VirusScan:
    """The marketplace's own scan: NOT_SCANNED, CLEAN or DIRTY (another word is kept as it came)."""

    status: str
    viruses: tuple[str, ...] = ()
    finished: int | None = None


@dataclass(frozen=True, slots=True)
class MarketFile:
    """A file as the marketplace has it. `mime_check` is PASSED, FAILED or empty; `private` None = it does not say.

    `url` is the permanent address of a public file; a private one has none that works.
    """

    file_id: str
    name: str
    size: int
    uploaded: int
    content_type: str = ""
    private: bool | None = None
    mime_check: str = ""
    virus_scan: VirusScan | None = None
    hashes: Hashes = field(default_factory=Hashes)
    url: str = ""


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """Where a version stands, since when (ms), by which role, and the reason that was given."""

    value: str
    updated: int
    modified_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an app (a submission, as the marketplace has it). `files` are ids or addresses, from `custom`."""

    app_id: str
    version: int
    name: str
    developer_id: str
    status: VersionStatus
    created: int
    last_updated: int
    submitted: int | None = None
    type: str = ""
    is_live: bool = False
    is_latest: bool = False
    parent_status: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Developer:
    """Who sent it; `custom` holds certifications and what else the marketplace keeps."""

    developer_id: str
    created: int
    name: str = ""
    email: str = ""
    type: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """An address that works for about a minute: used at once, never kept, never shown."""

    url: str = field(repr=False)
    valid_seconds: int = 60


# The queue


@dataclass(frozen=True, slots=True)
class QueuedFile:
    """A file of a queued version; `submission` is its number on this desk once it was downloaded.

    `differs` says how its bytes differ from what the marketplace promised, empty where they do not.
    """

    file_id: str
    name: str
    size: int
    content_type: str
    private: bool | None
    mime_check: str
    virus_scan: str
    viruses: tuple[str, ...]
    hashes: Hashes
    submission: int | None = None
    differs: str = ""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A version as the queue shows it, from the last sync.

    `key` is the store's number of the version. `since` is when it began to wait (ms). `why` are short sentences on
    why it is here. `holder` is the reviewer who has it in review, empty without one; `mine` = that is us.
    `risk` is the worst severity that its last battery left open, None = nothing open, or (`ran` false) never run.
    `sending` is the state of our latest decision that is not delivered yet, empty without one; `decided` our latest
    decision of these bytes. `live_label` is how people call the live version. `gone`: the marketplace no longer has it.
    """

    key: int
    market: str
    app_id: str
    version: int
    name: str
    label: str
    developer_id: str
    developer: str
    kind: str
    status: VersionStatus
    last_updated: int
    since: int
    files: tuple[QueuedFile, ...]
    why: tuple[str, ...] = ()
    live_version: int | None = None
    live_label: str = ""
    is_live: bool = False
    holder: str = ""
    mine: bool = False
    ran: bool = False
    risk: Severity | None = None
    open: int = 0
    decided: str = ""
    sending: str = ""
    gone: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def submissions(self) -> tuple[int, ...]:
        """Those of its files that are on this desk."""
        return tuple(f.submission for f in self.files if f.submission is not None)

    @property
    def fetched(self) -> bool:
        """Whether every file is on this desk."""
        return bool(self.files) and all(f.submission is not None for f in self.files)


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a sync of the queue brought."""

    at: datetime
    count: int
    new: int = 0
    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download brought: a submission for each file, in the marketplace's order, and the baseline's.

    `differences` are sentences on files whose bytes are not what the marketplace promised.
    """

    key: int
    submissions: tuple[int, ...]
    baseline: int | None = None
    differences: tuple[str, ...] = ()


# Decisions on their way


class SendState(enum.StrEnum):
    """Where a decision is on its way; only `delivered` says that the marketplace has it, proven by a read-back."""

    HELD = "held"  # a second reviewer has to confirm it
    QUEUED = "queued"  # to be sent
    SENDING = "sending"  # it may have arrived: only a read tells
    DELIVERED = "delivered"
    CONFLICT = "conflict"  # the reviewer has to say how to go on: see `cause`
    SUPERSEDED = "superseded"  # the reviewer decided anew before it was sent
    WITHDRAWN = "withdrawn"  # the reviewer took theirs, or a second reviewer refused

    @property
    def open(self) -> bool:
        """Whether it still has a way to go."""
        return self in (SendState.HELD, SendState.QUEUED, SendState.SENDING, SendState.CONFLICT)


class Cause(enum.StrEnum):
    """Why a decision waits, or is in conflict. The first four waits end by themselves or with a secret."""

    NONE = ""
    OFFLINE = "offline"  # no answer yet; tried again by itself
    BUSY = "busy"  # 429 or 5xx; tried again by itself
    UNCERTAIN = "uncertain"  # the answer was lost after sending; the next read tells
    SECRET = "secret"  # 401 or 403: a new secret is needed; nothing is lost  # noqa: S105 - the word, not a secret
    CHANGED_BYTES = "changed_bytes"  # the files are no longer those reviewed
    DECIDED = "decided"  # somebody else decided meanwhile
    EDITED = "edited"  # same files, but the listing was edited after the review
    NOT_VALID = "not_valid"  # 412: not possible from the present status
    DELETED = "deleted"  # the version is gone
    REFUSED = "refused"  # the marketplace does not accept it (400)
    OVERWRITTEN = "overwritten"  # sent, but the read-back shows something else than ours


# The ways on that a reviewer has, by cause
WAYS: Mapping[Cause, tuple[str, ...]] = {
    Cause.NONE: ("retry",),
    Cause.CHANGED_BYTES: ("review", "theirs"),
    Cause.DECIDED: ("theirs", "retry", "review"),
    Cause.EDITED: ("retry", "review", "theirs"),
    Cause.NOT_VALID: ("theirs", "retry"),
    Cause.DELETED: ("theirs",),
    Cause.REFUSED: ("retry", "theirs"),
    Cause.OVERWRITTEN: ("theirs", "retry", "review"),
    Cause.SECRET: ("retry",),
    Cause.OFFLINE: ("retry",),
    Cause.BUSY: ("retry",),
    Cause.UNCERTAIN: ("retry",),
}


@dataclass(frozen=True, slots=True)
class BoundFile:
    """A file that a decision is about, by its bytes (`sha256` as we hashed them)."""

    file_id: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What the reviewer saw of the version when deciding; it is compared before anything is sent."""

    status: str
    status_updated: int
    last_updated: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A decision (or an assignment) on its way.

    `token` is the id that goes into the reason; only its return proves delivery. `action` is assign, approve, reject,
    request_changes, suspend or unsuspend; `status` and `reason` are what is sent, word for word. `told` is one
    sentence on what happened last. `seen` is what the marketplace had when a conflict was found.
    """

    id: int
    token: str
    market: str
    key: int
    app_id: str
    version: int
    name: str
    action: str
    status: str
    reason: str
    reviewer: str
    bound: tuple[BoundFile, ...]
    basis: Basis
    state: SendState
    cause: Cause
    told: str
    attempts: int
    created: datetime
    changed: datetime
    next_try: datetime | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    second: str = ""
    decision: int | None = None
    submission: int | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """What the reviewer may do about it: retry, theirs, review; confirm and refuse of one that is held.

        What certainly never left may be given up while it waits; what may have arrived only once a read has told.
        """
        if self.state is SendState.HELD:
            return ("confirm", "refuse")
        if self.state in (SendState.CONFLICT, SendState.QUEUED, SendState.SENDING):
            ways = WAYS.get(self.cause, ())
            never_left = self.state is SendState.QUEUED and self.attempts == 0
            return (*ways, "theirs") if never_left and "theirs" not in ways else ways
        return ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what a decision would send: `text` is what the developer will read. `second` = another has to confirm."""

    status: str
    text: str
    token: str
    second: bool = False
    files: tuple[BoundFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Drained:
    """What a sync of the outbox did. `problem` is one line where it had to stop."""

    delivered: int = 0
    waiting: int = 0
    conflicts: int = 0
    held: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MarketState:
    """What the window says at a glance. `synced` None = never; `problem` is one line, empty while all is well."""

    connected: bool
    market: str = ""
    synced: datetime | None = None
    problem: str = ""
    online: bool = False
    to_send: int = 0
    conflicts: int = 0
    held: int = 0
