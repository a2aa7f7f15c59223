"""The queue's entries out of the database: a few bulk queries, however many versions there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.database import StoreError
from app.marketplace.why import name_holder
from app.marketplace.words import Hashes, QueuedFile, QueueEntry, SendState, VersionStatus
from app.records import words
from app.triage import clean_text
from checks import Severity

if TYPE_CHECKING:
    from sqlite_utils import Database

OPEN_STATES = ", ".join(repr(state.value) for state in SendState if state.open)
_UNSENT = f"SELECT version FROM outbox WHERE state IN ({OPEN_STATES}) AND action NOT IN ('suspend', 'unsuspend')"  # noqa: S608
# What is in each list. A version that left the queue stays in it while a decision of ours is on its way.
SCOPES = {
    "waiting": f"(v.gone = 0 AND v.status IN ('pending', 'inReview')) OR v.id IN ({_UNSENT})",
    "published": "v.gone = 0 AND v.status IN ('approved', 'suspended')",
    "all": "1",
}
_VERSIONS = """
    SELECT v.id, v.market, v.app_id, v.version, v.name, v.label, v.developer_id, d.name, v.kind, v.status,
        v.status_updated, v.status_by, v.status_reason, v.last_updated, coalesce(v.submitted, v.status_updated) since,
        v.why, v.live_version, coalesce(nullif(l.label, ''), v.live_version, ''), v.is_live, v.gone
    FROM versions v LEFT JOIN developers d ON d.market = v.market AND d.developer_id = v.developer_id
        LEFT JOIN versions l ON l.market = v.market AND l.app_id = v.app_id AND l.version = v.live_version
"""
_FILES = """
    SELECT f.version, f.file_id, f.name, f.size, f.content_type, f.private, f.mime_check, f.virus_scan, f.viruses,
        f.md5, f.sha1, f.sha256, f.submission, f.differs
    FROM versions v JOIN version_files f ON f.version = v.id
"""
_DECIDED = (
    "SELECT submission, id, decision FROM decisions WHERE submission IN (SELECT value FROM json_each(?)) ORDER BY id"
)
_RUNS = """
    SELECT submission, max(id) FROM runs WHERE submission IN (SELECT value FROM json_each(?))
        AND finished IS NOT NULL AND json_extract(parameters, '$.only') IS NULL GROUP BY submission
"""
# the latest word on the same bytes counts; a finding about the package as a whole stands in the artifact itself
_LEFT = """
    SELECT f.run, f.severity, count(*) FROM runs r JOIN findings f ON f.run = r.id
    WHERE r.id IN (SELECT value FROM json_each(?)) AND coalesce(f.state, '') <> 'fixed'
        AND coalesce((
            SELECT t.verdict FROM triage t WHERE t.fingerprint = f.fingerprint
                AND t.file_sha256 = coalesce(nullif(f.file_sha256, ''), r.artifact)
            ORDER BY t.at DESC, t.id DESC LIMIT 1
        ), 'confirmed') = 'confirmed'
    GROUP BY f.run, f.severity
"""
_SENDING = f"SELECT o.version, o.state FROM versions v JOIN outbox o ON o.version = v.id AND o.state IN ({OPEN_STATES})"  # noqa: S608

CountOpen = Callable[["Database", Sequence[int]], dict[int, tuple[Severity | None, int]]]


def count_open(db: Database, runs: Sequence[int]) -> dict[int, tuple[Severity | None, int]]:
    """The worst severity that each run leaves open, and how many findings have it."""
    worst: dict[int, tuple[Severity | None, int]] = dict.fromkeys(runs, (None, 0))
    for run, severity, count in db.execute(_LEFT, [str(list(runs))]).fetchall():
        known = worst[run][0]
        if known is None or severity > known:
            worst[run] = Severity(severity), count
    return worst


def where_scope(scope: str) -> str:
    """The condition on `v`; raises StoreError for a word that is none."""
    if scope not in SCOPES:
        raise StoreError(f"there is no scope {scope!r}: there are {', '.join(SCOPES)}")
    return f"({SCOPES[scope]})"


def read_entries(
    db: Database, where: str, parameters: Sequence[Any], reviewer: str, count: CountOpen = count_open
) -> tuple[QueueEntry, ...]:
    """Those that have waited longest first. `where` is ours, with `v` the versions."""

    def rows(sql: str, more: str = "") -> list[Any]:
        return db.execute(f"{sql} WHERE {where}{more}", parameters).fetchall()

    files = _read_files(rows(_FILES, " ORDER BY f.version, f.place"))
    linked = {
        key: some for key, of in files.items() if (some := {f.submission for f in of if f.submission is not None})
    }
    here = str([submission for among in linked.values() for submission in among])
    decided = {row[0]: (row[1], row[2]) for row in db.execute(_DECIDED, [here]).fetchall()} if linked else {}
    runs = dict(db.execute(_RUNS, [here]).fetchall()) if linked else {}
    left = count(db, list(runs.values())) if runs else {}
    sending = dict(rows(_SENDING, " ORDER BY o.state = 'conflict', o.id"))
    nobody: tuple[()] = ()
    me = clean_text(reviewer).casefold()
    entries = []
    for (
        key, market, app_id, version, name, label, developer_id, developer, kind, status, updated, by, reason,
        last_updated, since, why, live_version, live_label, is_live, gone,
    ) in rows(_VERSIONS, " ORDER BY since, v.id"):  # fmt: skip
        mine = linked.get(key, nobody)
        ended = [runs[submission] for submission in mine if submission in runs]
        risk, open = _worst([left[run] for run in ended]) if ended else (None, 0)
        said = max((decided[submission] for submission in mine if submission in decided), default=(0, ""))[1]
        holder = name_holder(status, by or "", reason or "") if status == "inReview" else ""
        entries.append(
            QueueEntry(
                key, market, app_id, version, name, label or str(version), developer_id or "", developer or "",
                kind or "", VersionStatus(status, updated, by or "", reason or ""), last_updated, since,
                files.get(key, nobody), words(why), live_version, str(live_label), bool(is_live), holder,
                bool(holder) and holder.casefold() == me, bool(ended), risk, open,
                said, sending.get(key, ""), bool(gone),
            )
        )  # fmt: skip
    return tuple(entries)


def _read_files(rows: Sequence[Any]) -> dict[int, tuple[QueuedFile, ...]]:
    found: dict[int, tuple[QueuedFile, ...]] = {}
    for key, file_id, name, size, type, private, mime, scan, viruses, md5, sha1, sha256, submission, differs in rows:
        file = QueuedFile(
            file_id, name, size, type or "", None if private is None else bool(private), mime or "", scan or "",
            words(viruses), Hashes(md5 or "", sha1 or "", sha256 or ""), submission, differs or "",
        )  # fmt: skip
        found[key] = (*found.get(key, ()), file)
    return found


def _worst(counts: Sequence[tuple[Severity | None, int]]) -> tuple[Severity | None, int]:
    """Of several files: the worst severity, and the findings of it in all of them."""
    worst = max((severity for severity, _ in counts if severity is not None), default=None)
    return worst, sum(count for severity, count in counts if severity == worst) if worst is not None else 0
