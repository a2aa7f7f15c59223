"""What is kept of reviews: submissions, runs, answers, triage, decisions, notes, and the log of all that.

Every method blocks and may be called from any thread. What one call changes is there wholly or not at
all, and on the disk when the call returns. Errors are StoreError, one line each.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from app import records
from app.database import StoreError
from app.marketplace.figures_store import FiguresStore
from app.marketplace.history_store import HistoryStore
from app.marketplace.outbox_store import OutboxStore
from app.marketplace.queue_store import QueueStore
from app.model import Artifact, AuditRow, Submission
from app.store_base import SUBMISSIONS
from app.store_reviews import ReviewStore
from app.store_runs import RunStore, SearchHit
from app.suppressions_store import SuppressionStore

__all__ = ["SearchHit", "Store", "StoreError"]

_CHANGEABLE = frozenset({"kind", "baseline", "family", "title", "version", "developer", "lesson", "name"})


class Store(RunStore, ReviewStore, SuppressionStore, QueueStore, OutboxStore, FiguresStore, HistoryStore):
    """The database of one reviewer, made where there is none: `Store(path)`."""

    def add_submission(
        self,
        artifact: Artifact,
        *,
        kind: str,
        title: str = "",
        version: str = "",
        family: str = "",
        developer: str = "",
        source: str = "",
        baseline: int | None = None,
        lesson: str = "",
        who: str = "",
    ) -> Submission:
        """Enter a submission; the same bytes may be submitted twice (see `find_submission`)."""
        row: dict[str, Any] = {
            "artifact": artifact.sha256,
            "name": records.text(artifact.name),
            "raw_source": records.raw(source),
            "added": records.moment(self._clock()),
            "baseline": baseline,
        }
        texts = {"kind": kind, "title": title, "version": version, "family": family, "developer": developer}
        texts |= {"source": source, "lesson": lesson}
        row |= {key: records.text(value) for key, value in texts.items()}
        with self.transaction() as db:
            db.table("artifacts").insert(records.artifact_dict(artifact), pk="sha256", ignore=True)
            number = self._insert(db, "submissions", row)
            self._log(db, who, "submission", number, {"sha256": artifact.sha256, "kind": kind})
            return self.submission(number)

    def submissions(self) -> tuple[Submission, ...]:
        """All of them, the newest first."""
        return tuple(records.read_submission(row) for row in self._base.rows(f"{SUBMISSIONS} ORDER BY s.id DESC"))

    def find_submission(self, sha256: str) -> Submission | None:
        """The latest submission of these bytes."""
        rows = self._base.rows(f"{SUBMISSIONS} WHERE s.artifact = ? ORDER BY s.id DESC LIMIT 1", [sha256])
        return records.read_submission(rows[0]) if rows else None

    def update_submission(self, submission: int, *, who: str = "", **changes: str | int | None) -> Submission:
        """Change kind, baseline, family, title, version, developer, lesson or the artifact's name; the log keeps
        what was before."""
        if unknown := set(changes) - _CHANGEABLE:
            raise TypeError(f"cannot change {', '.join(sorted(unknown))}")
        clean = {key: records.text(value) if isinstance(value, str) else value for key, value in changes.items()}
        with self.transaction() as db:
            before = self.submission(submission)
            if clean.get("baseline") == submission:
                raise StoreError("a submission cannot be its own baseline: choose an earlier version")
            if isinstance(baseline := clean.get("baseline"), int):
                self.submission(baseline)
            was = {key: before.artifact.name if key == "name" else getattr(before, key) for key in clean}
            changed = {key: value for key, value in clean.items() if was[key] != value}
            if changed:
                db.table("submissions").update(submission, changed)
                detail = {key: {"from": was[key], "to": value} for key, value in changed.items()}
                self._log(db, who, "change", submission, detail)
            return self.submission(submission)

    def record(self, who: str, action: str, submission: int | None = None, **detail: Any) -> None:
        """Log what changes no other table: a secret revealed, settings changed, a report exported."""
        with self.transaction() as db:
            self._log(db, who, action, submission, detail)

    def audit(self, submission: int | None = None, limit: int = 1000) -> tuple[AuditRow, ...]:
        """The log, the newest first: of one submission, or all of it."""
        rows = self._base.rows(
            "SELECT * FROM audit WHERE ?1 IS NULL OR submission = ?1 ORDER BY id DESC LIMIT ?2", [submission, limit]
        )
        return tuple(
            AuditRow(
                id=row["id"],
                at=datetime.fromisoformat(row["at"]),
                who=row["who"],
                action=row["action"],
                submission=row["submission"],
                detail=json.loads(row["detail"]),
            )
            for row in rows
        )
