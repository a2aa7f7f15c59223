"""The tables of the database, as numbered migrations that each run in one transaction.

A migration that has been released is never edited: the next change is the next function. Beware of
`transform()`: it makes a table anew and drops its triggers, the append-only guards among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

# what a reviewer said stays said: a correction is a new row
APPEND_ONLY = ("audit", "decisions", "triage")
# the columns of a finding that the search looks at
FULL_TEXT = ("message", "path", "snippet")


def _guard_history(db: Database, table: str) -> None:
    for action in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
        )


def _first(db: Database) -> None:
    """Everything the first release keeps. Times are ISO 8601 in UTC; what is named raw_ is bytes."""
    db.create_table(
        "artifacts",
        {"sha256": str, "md5": str, "sha1": str, "size": int, "name": str},
        pk="sha256",
        not_null={"md5", "sha1", "size", "name"},
    )
    db.create_table(
        "submissions",
        {
            "id": int,
            "artifact": str,
            "name": str,
            "title": str,
            "version": str,
            "kind": str,
            "family": str,
            "developer": str,
            "source": str,
            "raw_source": bytes,
            "added": str,
            "baseline": int,
            "lesson": str,
        },
        pk="id",
        not_null={"artifact", "name", "kind", "added"},
        foreign_keys=[("artifact", "artifacts", "sha256"), ("baseline", "submissions", "id")],
    ).create_index(["artifact"])
    db.create_table(
        "runs",
        {
            "id": int,
            "submission": int,
            "artifact": str,
            "kind": str,
            "profile": str,
            "started": str,
            "finished": str,
            "isolation": str,
            "tree": str,
            "parameters": str,
            "baseline": str,
            "cancelled": int,
            "tool": str,
            "inventory": str,
        },
        pk="id",
        not_null={"submission", "artifact", "kind", "profile", "started", "isolation"},
        foreign_keys=[("submission", "submissions", "id"), ("artifact", "artifacts", "sha256")],
    ).create_index(["submission"])
    db.create_table(
        "check_results",
        {
            "id": int,
            "run": int,
            "check_id": str,
            "title": str,
            "outcome": str,
            "seconds": float,
            "reason": str,
            "parameters": str,
            "guidelines": str,
            "findings": int,
            "files": int,
            "reused": int,
            "log": str,
        },
        pk="id",
        not_null={"run", "check_id", "outcome"},
        foreign_keys=[("run", "runs", "id")],
    ).create_index(["run", "check_id"], unique=True)
    findings = db.create_table(
        "findings",
        {
            "id": int,
            "run": int,
            "check_id": str,
            "rule": str,
            "severity": int,
            "confidence": str,
            "message": str,
            "path": str,
            "raw_path": bytes,
            "file_sha256": str,
            "number": int,
            "line": int,
            "char_column": int,
            "start_byte": int,
            "end_byte": int,
            "snippet": str,
            "fingerprint": str,
            "state": str,
            "guidelines": str,
            "remediation": str,
            "links": str,
            "secret": int,
        },
        pk="id",
        not_null={"run", "check_id", "rule", "severity", "fingerprint"},
        foreign_keys=[("run", "runs", "id")],
    )
    findings.create_index(["run"])
    # without triggers: a run enters the index when it ends, which is several times faster
    findings.enable_fts(FULL_TEXT)
    db.create_table(
        "answers",
        {"submission": int, "guideline": str, "value": str, "comment": str, "reviewer": str, "at": str},
        pk=("submission", "guideline"),
        not_null={"value", "at"},
        foreign_keys=[("submission", "submissions", "id")],
    )
    db.create_table(
        "triage",
        {
            "id": int,
            "submission": int,
            "fingerprint": str,
            "file_sha256": str,
            "verdict": str,
            "reason": str,
            "reviewer": str,
            "at": str,
            "path": str,
        },
        pk="id",
        not_null={"fingerprint", "file_sha256", "at"},
        foreign_keys=[("submission", "submissions", "id")],
    ).create_index(["fingerprint"])
    db.create_table(
        "decisions",
        {
            "id": int,
            "submission": int,
            "artifact_sha256": str,
            "run": int,
            "decision": str,
            "reason": str,
            "overrides": str,
            "reviewer": str,
            "at": str,
        },
        pk="id",
        not_null={"submission", "artifact_sha256", "decision", "at"},
        foreign_keys=[
            ("submission", "submissions", "id"),
            ("artifact_sha256", "artifacts", "sha256"),
            ("run", "runs", "id"),
        ],
    ).create_index(["submission"])
    db.create_table(
        "notes",
        {"submission": int, "text": str, "reviewer": str, "at": str},
        pk="submission",
        not_null={"text", "at"},
        foreign_keys=[("submission", "submissions", "id")],
    )
    # no foreign key: the log outlives whatever it speaks of
    db.create_table(
        "audit",
        {"id": int, "at": str, "who": str, "action": str, "submission": int, "detail": str},
        pk="id",
        not_null={"at", "who", "action", "detail"},
    ).create_index(["submission"])
    for table in APPEND_ONLY:
        _guard_history(db, table)


def _limitations(db: Database) -> None:
    """What a check that ran could not do: until now it was a part of the reason's text."""
    db["check_results"].add_column("limitation", str, not_null_default="")  # type: ignore[union-attr]


def _facts(db: Database) -> None:
    """What checks learned beside their findings, and the parts of the package; until now runs.inventory was empty."""
    facts = db.create_table(
        "facts",
        {
            "id": int,
            "run": int,
            "check_id": str,
            "grp": str,
            "name": str,
            "value": str,
            "path": str,
            "file_sha256": str,
            "number": int,
            "grade": int,
            "state": str,
            "was": str,
        },
        pk="id",
        not_null={"run", "check_id", "grp", "name", "value"},
        foreign_keys=[("run", "runs", "id")],
    )
    facts.create_index(["run", "grp"])
    facts.create_index(["grp", "value"])
    components = db.create_table(
        "components",
        {
            "id": int,
            "run": int,
            "name": str,
            "version": str,
            "purl": str,
            "path": str,
            "origin": str,
            "scope": str,
            "licence": str,
            "detail": str,
        },
        pk="id",
        not_null={"run", "name", "version", "purl", "origin"},
        foreign_keys=[("run", "runs", "id")],
    )
    components.create_index(["run"])
    components.create_index(["name"])


def _suppressions(db: Database) -> None:
    """What others said of findings, imported from their files; `until` is a day, empty for no end."""
    table = db.create_table(
        "suppressions",
        {
            "id": int,
            "check_id": str,
            "rule": str,
            "path": str,
            "file_sha256": str,
            "fingerprint": str,
            "verdict": str,
            "reason": str,
            "who": str,
            "said": str,
            "until": str,
            "source": str,
            "imported_by": str,
            "imported": str,
        },
        pk="id",
        not_null={"check_id", "rule", "path", "file_sha256", "fingerprint", "verdict", "who", "source", "imported"},
    )
    table.create_index(["path", "check_id", "rule", "file_sha256", "fingerprint", "who"], unique=True)


def _marketplace(db: Database) -> None:
    """Versions as a marketplace has them, and what is on its way to it.

    `market` names the marketplace. Columns of milliseconds are the marketplace's own times; `seen` and the others are
    ours, as everywhere. No secret and no signed address ever enters a table.
    """
    versions = db.create_table(
        "versions",
        {
            "id": int,
            "market": str,
            "app_id": str,
            "version": int,
            "name": str,
            "label": str,
            "developer_id": str,
            "kind": str,
            "type": str,
            "status": str,
            "status_updated": int,
            "status_by": str,
            "status_reason": str,
            "created": int,
            "last_updated": int,
            "submitted": int,
            "is_live": int,
            "is_latest": int,
            "live_version": int,
            "why": str,
            "custom": str,
            "first_seen": str,
            "seen": str,
            "gone": int,
        },
        pk="id",
        not_null={"market", "app_id", "version", "name", "status", "status_updated", "last_updated", "seen"},
        defaults={"gone": 0, "is_live": 0, "is_latest": 0},
    )
    versions.create_index(["market", "app_id", "version"], unique=True)
    versions.create_index(["market", "status"])
    files = db.create_table(
        "version_files",
        {
            "id": int,
            "version": int,
            "place": int,
            "file_id": str,
            "name": str,
            "size": int,
            "uploaded": int,
            "content_type": str,
            "private": int,
            "mime_check": str,
            "virus_scan": str,
            "viruses": str,
            "md5": str,
            "sha1": str,
            "sha256": str,
            "submission": int,
            "differs": str,
        },
        pk="id",
        not_null={"version", "place", "file_id", "name", "size"},
        foreign_keys=[("version", "versions", "id"), ("submission", "submissions", "id")],
        defaults={"differs": ""},
    )
    files.create_index(["version", "file_id"], unique=True)
    files.create_index(["submission"])
    db.create_table(
        "developers",
        {
            "market": str,
            "developer_id": str,
            "name": str,
            "email": str,
            "type": str,
            "created": int,
            "custom": str,
            "seen": str,
        },
        pk=("market", "developer_id"),
        not_null={"seen"},
    )
    # the API tells the present status only: what was seen of it, one row a change
    changes = db.create_table(
        "status_changes",
        {
            "id": int,
            "version": int,
            "status": str,
            "at": int,
            "by": str,
            "reason": str,
            "ours": int,
            "seen": str,
        },
        pk="id",
        not_null={"version", "status", "at", "seen"},
        foreign_keys=[("version", "versions", "id")],
        defaults={"ours": 0},
    )
    changes.create_index(["version", "at", "status"], unique=True)
    outbox = db.create_table(
        "outbox",
        {
            "id": int,
            "token": str,
            "market": str,
            "version": int,
            "action": str,
            "status": str,
            "reason": str,
            "reviewer": str,
            "bound": str,
            "basis": str,
            "state": str,
            "cause": str,
            "told": str,
            "attempts": int,
            "created": str,
            "changed": str,
            "next_try": str,
            "seen": str,
            "second": str,
            "decision": int,
            "submission": int,
        },
        pk="id",
        not_null={"token", "market", "version", "action", "status", "reason", "bound", "basis", "state", "created"},
        foreign_keys=[
            ("version", "versions", "id"),
            ("decision", "decisions", "id"),
            ("submission", "submissions", "id"),
        ],
        defaults={"attempts": 0, "cause": "", "told": "", "second": ""},
    )
    outbox.create_index(["token"], unique=True)
    outbox.create_index(["market", "state"])
    outbox.create_index(["version"])
    db.create_table(
        "market_state",
        {"market": str, "synced": str, "tried": str, "problem": str, "online": int},
        pk="market",
        defaults={"problem": "", "online": 0},
    )
    # a triage changes what other runs left open: those with the same finding
    db["findings"].create_index(["fingerprint"])  # type: ignore[union-attr]
    _guard_history(db, "status_changes")


MIGRATIONS: tuple[Callable[[Database], None], ...] = (_first, _limitations, _facts, _suppressions, _marketplace)
