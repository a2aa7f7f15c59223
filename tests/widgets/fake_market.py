"""A marketplace with no network behind it: the same signatures as `app.marketplace.office.Marketplace`.

`fail` makes the next requests raise; `hold()` lets them wait until `release()`, so that a test sees them at work.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.cancel import Cancelled
from app.marketplace.words import (
    WAITING,
    Basis,
    BoundFile,
    Cause,
    Developer,
    Drained,
    Fetched,
    Hashes,
    MarketState,
    OutboxRow,
    Preview,
    QueuedFile,
    QueueEntry,
    Refresh,
    SendState,
    VersionStatus,
)
from checks import Severity

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MARKET = "practice@localhost/v2"
DAY = 86_400_000
NOW_MS = int(NOW.timestamp() * 1000)
ACTIONS = {"approve": "approved", "reject": "rejected", "request_changes": "rejected", "assign": "inReview",
           "suspend": "suspended", "unsuspend": "approved"}  # fmt: skip


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_file(name: str, size: int, **about: Any) -> QueuedFile:
    """A file as the marketplace has it: private, checked and scanned unless told."""
    values: dict[str, Any] = {
        "file_id": f"f-{sha(name)[:10]}",
        "name": name,
        "size": size,
        "content_type": "application/zip",
        "private": True,
        "mime_check": "PASSED",
        "virus_scan": "CLEAN",
        "viruses": (),
        "hashes": Hashes("", "", sha(name)),
    }
    return QueuedFile(**(values | about))


def make_entry(key: int, name: str, label: str, **about: Any) -> QueueEntry:
    """A version that waits, not downloaded yet."""
    waited = int(about.pop("days", 1) * DAY)
    status = VersionStatus(about.pop("status", "pending"), NOW_MS - waited, "developer", about.pop("reason", ""))
    values: dict[str, Any] = {
        "key": key,
        "market": MARKET,
        "app_id": f"app-{key}",
        "version": 3,
        "name": name,
        "label": label,
        "developer_id": f"dev-{key}",
        "developer": "Acme Software",
        "kind": "download",
        "status": status,
        "last_updated": NOW_MS - waited,
        "since": NOW_MS - waited,
        "files": (make_file(f"{name.lower().replace(' ', '-')}-{label}.zip", 1_800_000 + key),),
        "why": ("an update of what is live",),
    }
    return QueueEntry(**(values | about))


def entries() -> tuple[QueueEntry, ...]:
    """A small queue with one of everything."""
    return (
        make_entry(101, "Acme Notes", "2.6.0", days=4.2, live_version=2),
        make_entry(102, "Shop Sync", "1.1.0", days=2, developer="Shopware Ops", status="inReview",
                   reason="In review by Mara Lind. AS-0123456789", holder="Mara Lind"),
        make_entry(103, "Ledger PDF", "3.3", days=1, developer="Ledgerline", why=("a first version",), kind="chart",
                   files=(make_file("ledger-3.3.whl", 400_000), make_file("ledger-3.3.tar.gz", 900_000))),
        make_entry(104, "Palette Picker", "0.9", days=0.2, developer="Nobody & Co. <b>GmbH</b>",
                   files=(make_file("palette.zip", 88_000, mime_check="FAILED", virus_scan="DIRTY",
                                    viruses=("Eicar-Test-Signature",), private=False, hashes=Hashes()),)),
        make_entry(105, "Tab Tidy", "1.5.0", days=3, status="inReview", holder="Rita Reviewer", mine=True, ran=True,
                   risk=Severity.HIGH, open=3),
        make_entry(106, "Quiet Charts", "4.0", days=0.01, sending="conflict", decided="approve", ran=True),
    )  # fmt: skip


def make_row(id: int, entry: QueueEntry, action: str, **about: Any) -> OutboxRow:
    """A decision on its way."""
    bound = tuple(BoundFile(f.file_id, f.name, f.size, f.hashes.sha256) for f in entry.files)
    basis = Basis(entry.status.value, entry.status.updated, entry.last_updated)
    values: dict[str, Any] = {
        "id": id,
        "token": f"AS-{id:010d}",
        "market": MARKET,
        "key": entry.key,
        "app_id": entry.app_id,
        "version": entry.version,
        "name": entry.name,
        "action": action,
        "status": ACTIONS[action],
        "reason": f"Because. AS-{id:010d}",
        "reviewer": "Rita Reviewer",
        "bound": bound,
        "basis": basis,
        "state": SendState.QUEUED,
        "cause": Cause.NONE,
        "told": "",
        "attempts": 0,
        "created": NOW,
        "changed": NOW,
    }
    return OutboxRow(**(values | about))


class FakeMarketplace:
    """Not connected until `connect_fake`; everything in memory."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk
        self.market = ""
        self.queued: dict[int, QueueEntry] = {}
        self.custom: dict[int, dict[str, Any]] = {}
        self.rows: list[OutboxRow] = []
        self.fail: Exception | None = None
        self.fail_fetch: Exception | None = None
        self.synced: datetime | None = None
        self.online = False
        self.problem = ""
        self.asked: list[str] = []
        self.second = False  # whether the profile wants a second reviewer
        self.place = ""  # where the secret is kept
        self.secrets: list[str] = []
        self.previewed: list[tuple[str, str, bool]] = []
        self._free = threading.Event()
        self._free.set()

    # for tests

    def connect_fake(self, queue: Sequence[QueueEntry] | None = None) -> None:
        self.market = MARKET
        self.queued = {entry.key: entry for entry in (entries() if queue is None else queue)}
        self.synced, self.online = datetime.now(UTC) - timedelta(minutes=4), True

    def change(self, key: int, **about: Any) -> None:
        self.queued[key] = replace(self.queued[key], **about)

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        self._free.wait(20)
        if self.fail is not None:
            self.online, self.problem = False, str(self.fail)
            raise self.fail

    # the office

    def state(self) -> MarketState:
        count = lambda *states: sum(r.state in states for r in self.rows)  # noqa: E731
        return MarketState(bool(self.market), self.market, self.synced, self.problem, self.online,
                           count(SendState.QUEUED, SendState.SENDING), count(SendState.CONFLICT),
                           count(SendState.HELD))  # fmt: skip

    def refresh(self, *, on_progress: Any = None, cancel: Any = None) -> Refresh:
        self._ask("refresh")
        self.synced, self.online, self.problem = datetime.now(UTC), True, ""
        return Refresh(self.synced, len(self.queued))

    def queue(self, scope: str = "waiting") -> tuple[QueueEntry, ...]:
        def fits(entry: QueueEntry) -> bool:
            if scope == "all":
                return True
            return entry.status.value in (WAITING if scope == "waiting" else ("approved", "suspended"))

        return tuple(e for e in self.queued.values() if fits(e))

    def entry(self, key: int) -> QueueEntry:
        return self.queued[key]

    def entry_of(self, submission: int) -> QueueEntry | None:
        return next((e for e in self.queued.values() if submission in e.submissions), None)

    def details(self, key: int) -> tuple[dict[str, Any], Developer | None]:
        entry = self.queued[key]
        about = {"certifications": ["SOC 2"], "contact": "security@acme.example"}
        developer = Developer(entry.developer_id, NOW_MS - 900 * DAY, entry.developer, "dev@acme.example", "", about)
        return self.custom.get(key, {}), developer

    def fetch(self, key: int, *, on_progress: Any = None, cancel: Any = None) -> Fetched:
        self.asked.append(f"fetch {key}")
        if self.fail_fetch is not None:
            raise self.fail_fetch
        entry, files, made = self.queued[key], [], []
        for file in entry.files:
            if on_progress:
                on_progress(file.name, file.size // 2, file.size)
            while not self._free.wait(0.01):
                if cancel is not None and cancel.cancelled:
                    raise Cancelled("the download was cancelled")
            if on_progress:
                on_progress(file.name, file.size, file.size)
            taken = self._desk.add_submission(file.name, file.size, entry.name, entry.label, entry.developer)
            files.append(replace(file, submission=taken.id))
            made.append(taken.id)
        self.change(key, files=tuple(files))
        differences = tuple(f"{f.name}: {f.differs}" for f in files if f.differs)
        return Fetched(key, tuple(made), None, differences)

    def assign(self, key: int) -> OutboxRow:
        self.change(key, mine=True, holder=self._desk.settings.reviewer)
        row = make_row(len(self.rows) + 1, self.queued[key], "assign")
        self.rows.append(row)
        return row

    def _write(self, entry: QueueEntry, action: str, reason: str, second: bool) -> Preview:
        who = f"{self._desk.reviewer}, confirmed by [the second reviewer]" if second else self._desk.reviewer
        text = f"{reason}\n\nReviewed by {who}. Decision AS-0000000000.".strip()
        bound = make_row(0, entry, action).bound
        return Preview(ACTIONS[action], text, "AS-0000000000", self.second, bound)

    def preview(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Preview | None:
        self.previewed.append((decision, reason, escalate))
        entry = self.entry_of(submission)
        return None if entry is None else self._write(entry, decision, reason, escalate or self.second)

    def preview_status(self, key: int, action: str, reason: str) -> Preview:
        return self._write(self.queued[key], action, reason, False)

    def change_status(self, key: int, action: str, reason: str) -> OutboxRow:
        text = self._write(self.queued[key], action, reason, False).text
        return self.put(self.queued[key], action, reason=text)

    def put(self, entry: QueueEntry, action: str, **about: Any) -> OutboxRow:
        """A row of the outbox."""
        self.rows.append(make_row(len(self.rows) + 1, entry, action, **about))
        return self.rows[-1]

    def put_decision(self, submission: int, decision: str, reason: str, escalate: bool) -> None:
        """What the desk does beside recording a decision on a file of the marketplace."""
        entry = self.entry_of(submission)
        if entry is not None:
            state = SendState.HELD if escalate or self.second else SendState.QUEUED
            self.put(entry, decision, reason=reason, state=state, submission=submission)

    # the connection

    def kept(self) -> str:
        return self.place

    def connect(self, secret: str) -> str:
        self.secrets.append(secret)
        self._ask("connect")
        self.market, self.place = MARKET, "in the keyring"
        return "kept in the keyring"

    def disconnect(self) -> None:
        self.place = ""

    def outbox(self, *, all: bool = False) -> tuple[OutboxRow, ...]:
        return tuple(r for r in self.rows if all or r.state.open)

    def outbox_of(self, key: int) -> tuple[OutboxRow, ...]:
        return tuple(r for r in reversed(self.rows) if r.key == key)

    def drain(self, *, on_progress: Any = None, cancel: Any = None) -> Drained:
        self.asked.append("drain")
        self._free.wait(20)
        if self.fail is not None:
            return Drained(waiting=len(self.outbox()), problem=str(self.fail))
        sent = 0
        for at, row in enumerate(self.rows):
            if row.state is SendState.QUEUED:
                self.rows[at] = replace(row, state=SendState.DELIVERED)
                sent += 1
        return Drained(delivered=sent, conflicts=0)

    def resolve(self, row: int, way: str, reason: str = "") -> OutboxRow:
        at = next(i for i, one in enumerate(self.rows) if one.id == row)
        state = {"theirs": SendState.WITHDRAWN, "refuse": SendState.WITHDRAWN}.get(way, SendState.QUEUED)
        self.rows[at] = replace(self.rows[at], state=state, cause=Cause.NONE)
        return self.rows[at]
