"""The part of the store that keeps what the reviewer said: answers, triage, decisions, notes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app import records
from app.checklist import Answer
from app.model import Decision
from app.store_base import StoreBase
from app.triage import TriageEntry, Verdict


class ReviewStore(StoreBase):
    """Reviews. Triage and decisions only grow; of an answer the latest stands, and the log has the others."""

    def set_answer(self, submission: int, answer: Answer) -> None:
        """Keep an answer in place of the one before, which stays in the log."""
        row = {
            "submission": submission,
            "guideline": records.text(answer.guideline),
            "value": answer.value,
            "comment": records.text(answer.comment),
            "reviewer": records.text(answer.reviewer),
            "at": records.moment(answer.at),
        }
        with self.transaction() as db:
            db.table("answers").upsert(row, pk=("submission", "guideline"))
            detail = {key: row[key] for key in ("guideline", "value", "comment")}
            self._log(db, answer.reviewer, "answer", submission, detail)

    def withdraw_answer(self, submission: int, guideline: str, who: str) -> None:
        """Take an answer back; nothing happens where there is none."""
        with self.transaction() as db:
            before = self.answers(submission).get(guideline)
            if before is not None:
                db.table("answers").delete_where("submission = ? AND guideline = ?", [submission, guideline])
                self._log(db, who, "answer", submission, {"guideline": guideline, "value": None, "was": before.value})

    def answers(self, submission: int) -> Mapping[str, Answer]:
        """The answers that stand, by guideline."""
        rows = self._base.rows("SELECT * FROM answers WHERE submission = ? ORDER BY guideline", [submission])
        return {
            row["guideline"]: Answer(
                row["guideline"], row["value"], row["comment"], row["reviewer"], datetime.fromisoformat(row["at"])
            )
            for row in rows
        }

    def add_triage(self, submission: int, entries: Sequence[TriageEntry]) -> None:
        """Add to what was said of findings; all entries or none."""
        rows = [
            {
                "submission": submission,
                "fingerprint": e.fingerprint,
                "file_sha256": e.file_sha256,
                "verdict": e.verdict.value if e.verdict else None,
                "reason": records.text(e.reason),
                "reviewer": records.text(e.reviewer),
                "at": records.moment(e.at),
                "path": records.text(e.path),
            }
            for e in entries
        ]
        with self.transaction() as db:
            db.table("triage").insert_all(rows, pk="id")
            for who, said in itertools.groupby(rows, lambda row: str(row["reviewer"])):
                logged = ("fingerprint", "file_sha256", "verdict", "reason", "path")
                self._log_all(db, who, "triage", submission, ({key: row[key] for key in logged} for row in said))

    def triage_entries(self, fingerprints: Iterable[str]) -> tuple[TriageEntry, ...]:
        """All that was ever said of these, in any submission, the oldest first."""
        wanted = records.dump(sorted(set(fingerprints)))
        rows = self._base.rows(
            "SELECT * FROM triage WHERE fingerprint IN (SELECT value FROM json_each(?)) ORDER BY id", [wanted]
        )
        return tuple(
            TriageEntry(
                fingerprint=row["fingerprint"],
                file_sha256=row["file_sha256"],
                verdict=Verdict(row["verdict"]) if row["verdict"] else None,
                reason=row["reason"],
                reviewer=row["reviewer"],
                at=datetime.fromisoformat(row["at"]),
                path=row["path"],
            )
            for row in rows
        )

    def recent_reasons(self, limit: int = 20) -> tuple[str, ...]:
        """What was last written as a reason of a triage or decision, each once, the newest first."""
        rows = self._base.rows(
            "SELECT reason FROM (SELECT reason, at FROM triage UNION ALL SELECT reason, at FROM decisions) "
            "WHERE reason <> '' GROUP BY reason ORDER BY max(at) DESC LIMIT ?",
            [limit],
        )
        return tuple(row["reason"] for row in rows)

    def add_decision(
        self, submission: int, decision: str, reason: str, *, overrides: Sequence[str], reviewer: str, run: int | None
    ) -> Decision:
        """Keep a decision, bound to the bytes of the submission and to the run it was made on."""
        with self.transaction() as db:
            row = {
                "submission": submission,
                "artifact_sha256": self.submission(submission).artifact.sha256,
                "run": run,
                "decision": decision,
                "reason": records.text(reason),
                "overrides": records.dump(list(overrides)),
                "reviewer": records.text(reviewer),
                "at": records.moment(self._clock()),
            }
            number = self._insert(db, "decisions", row)
            detail = {key: row[key] for key in ("decision", "reason", "artifact_sha256", "run")}
            self._log(db, reviewer, "decision", submission, {**detail, "overrides": list(overrides)})
            return next(d for d in self.decisions(submission) if d.id == number)

    def decisions(self, submission: int) -> tuple[Decision, ...]:
        """All decisions, the newest first."""
        rows = self._base.rows("SELECT * FROM decisions WHERE submission = ? ORDER BY id DESC", [submission])
        return tuple(
            Decision(
                id=row["id"],
                submission=row["submission"],
                artifact_sha256=row["artifact_sha256"],
                decision=row["decision"],
                reason=row["reason"],
                overrides=records.words(row["overrides"]),
                reviewer=row["reviewer"],
                at=datetime.fromisoformat(row["at"]),
                run=row["run"],
            )
            for row in rows
        )

    def set_note(self, submission: int, note: str, who: str = "") -> None:
        """Keep the reviewer's notes; not logged, for it is called while the reviewer types."""
        row = {"submission": submission, "text": records.text(note), "reviewer": records.text(who)}
        with self.transaction() as db:
            db.table("notes").upsert({**row, "at": records.moment(self._clock())}, pk="submission")

    def note(self, submission: int) -> str:
        """The reviewer's notes, empty where there are none."""
        rows = self._base.rows("SELECT text FROM notes WHERE submission = ?", [submission])
        return str(rows[0]["text"]) if rows else ""
