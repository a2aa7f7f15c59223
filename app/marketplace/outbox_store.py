"""The part of the store that keeps decisions on their way to the marketplace."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app import records
from app.database import StoreError
from app.marketplace.words import Basis, BoundFile, Cause, OutboxRow, SendState
from app.model import Artifact
from app.store_base import StoreBase
from checks.runtime.text import printable

MAX_TOLD = 600  # characters of a sentence on what happened

_ROWS = "SELECT o.*, v.app_id, v.version AS number, v.name FROM outbox o JOIN versions v ON v.id = o.version"
_OPEN = "('held', 'queued', 'sending', 'conflict')"


class OutboxMoved(StoreError):
    """The row has gone on meanwhile: somebody else decided about it. Nothing was changed."""


class OutboxStore(StoreBase):
    """The outbox. A row is never deleted: it ends delivered, superseded or withdrawn, and the log has each step."""

    def outbox(self, market: str, *, all: bool = False) -> tuple[OutboxRow, ...]:
        """What is on its way, the oldest first; with `all` also what has arrived or was given up."""
        where = "o.market = ?" if all else f"o.market = ? AND o.state IN {_OPEN}"
        return self._outbox(f"{where} ORDER BY o.id", [market])

    def outbox_of(self, key: int) -> tuple[OutboxRow, ...]:
        """Everything that was ever to be sent about a version, the newest first."""
        return self._outbox("o.version = ? ORDER BY o.id DESC", [key])

    def outbox_row(self, number: int) -> OutboxRow:
        """One of them; raises StoreError where there is none."""
        found = self._outbox("o.id = ?", [number])
        if not found:
            raise StoreError(f"there is no decision {number} in the outbox: `assay sync --list` shows them")
        return found[0]

    def outbox_counts(self, market: str) -> Mapping[SendState, int]:
        """How many rows are in each state."""
        rows = self._base.rows("SELECT state, count(*) AS n FROM outbox WHERE market = ? GROUP BY state", [market])
        return {SendState(row["state"]): row["n"] for row in rows}

    def outbox_elsewhere(self, market: str) -> Mapping[str, int]:
        """How many rows wait for other marketplaces than this one: they are sent once the desk is connected there."""
        sql = f"SELECT market, count(*) AS n FROM outbox WHERE market <> ? AND state IN {_OPEN} GROUP BY market"  # noqa: S608 - our own words
        return {row["market"]: row["n"] for row in self._base.rows(sql, [market])}

    def _outbox(self, where: str, parameters: Sequence[Any]) -> tuple[OutboxRow, ...]:
        return tuple(_read(row) for row in self._base.rows(f"{_ROWS} WHERE {where}", parameters))

    def add_outbox(
        self,
        key: int,
        *,
        token: str,
        action: str,
        status: str,
        reason: str,
        reviewer: str,
        bound: Sequence[BoundFile],
        basis: Basis,
        state: SendState = SendState.QUEUED,
        told: str = "",
        decision: int | None = None,
        submission: int | None = None,
    ) -> OutboxRow:
        """Write down what is to be sent of a version; call it in the transaction of the decision itself."""
        with self.transaction() as db:
            market = next(db.query("SELECT market FROM versions WHERE id = ?", [key]), None)
            if market is None:
                raise StoreError(f"there is no version {key}")
            at = records.moment(self._clock())
            row = {
                "token": token,
                "market": market["market"],
                "version": key,
                "action": action,
                "status": status,
                "reason": records.text(reason),
                "reviewer": records.text(reviewer),
                "bound": records.dump([asdict(file) for file in bound]),
                "basis": records.dump(asdict(basis)),
                "state": state.value,
                "told": printable(told, MAX_TOLD),
                "created": at,
                "changed": at,
                "seen": "{}",
                "decision": decision,
                "submission": submission,
            }
            number = self._insert(db, "outbox", row)
            files = [file.sha256 for file in bound]
            detail = {"row": number, "token": token, "action": action, "to": status, "state": state.value}
            self._log(db, reviewer, "outbox", submission, {**detail, "version": key, "files": files})
            return self.outbox_row(number)

    def change_outbox(
        self,
        number: int,
        who: str,
        *,
        state: SendState | None = None,
        cause: Cause | None = None,
        told: str | None = None,
        attempts: int | None = None,
        next_try: datetime | None = None,
        seen: Mapping[str, Any] | None = None,
        basis: Basis | None = None,
        reason: str | None = None,
        second: str | None = None,
        why: str = "",
        only_from: Collection[SendState] = (),
    ) -> OutboxRow:
        """Move a row on; what is None stays, except `next_try`, which is always set. `why` goes into the log only.

        Raises OutboxMoved where the row is in none of the states of `only_from`: window and sync work at once.
        """
        changes: dict[str, Any] = {
            "state": state and state.value,
            "cause": None if cause is None else cause.value,
            "told": None if told is None else printable(told, MAX_TOLD),
            "attempts": attempts,
            "seen": None if seen is None else records.dump(dict(seen)),
            "basis": None if basis is None else records.dump(asdict(basis)),
            "reason": None if reason is None else records.text(reason),
            "second": None if second is None else records.text(second),
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        with self.transaction() as db:
            before = self.outbox_row(number)
            if only_from and before.state not in only_from:
                raise OutboxMoved(f"decision {before.token} is {before.state.value} by now: look at it again")
            stamps = {
                "changed": records.moment(self._clock()),
                "next_try": None if next_try is None else records.moment(next_try),
            }
            db.table("outbox").update(number, changes | stamps)
            after = self.outbox_row(number)
            detail = {"row": number, "token": after.token, "action": after.action, "from": before.state.value}
            detail |= {"state": after.state.value, "cause": after.cause.value, "told": after.told}
            if why:
                detail["why"] = printable(why, MAX_TOLD)
            if basis is not None and basis != before.basis:
                detail["basis"] = asdict(basis)
            if second:
                detail["second"] = printable(second)
            self._log(db, who, "outbox", after.submission, detail)
            return after

    def artifacts_of(self, hashes: Sequence[str]) -> Mapping[str, Artifact]:
        """What this desk knows of these bytes, by SHA-256."""
        sql = "SELECT * FROM artifacts WHERE sha256 IN (SELECT value FROM json_each(?))"
        rows = self._base.rows(sql, [records.dump(sorted(set(hashes)))])
        return {r["sha256"]: Artifact(r["sha256"], r["md5"], r["sha1"], r["size"], r["name"]) for r in rows}

    def profiles_of(self, submissions: Sequence[int]) -> frozenset[str | None]:
        """Under which profiles these were last run; None stands for those that never were."""
        sql = (
            "SELECT (SELECT profile FROM runs WHERE submission = s.value AND finished IS NOT NULL "
            "AND json_extract(parameters, '$.only') IS NULL ORDER BY id DESC LIMIT 1) profile FROM json_each(?) s"
        )
        return frozenset(row["profile"] for row in self._base.rows(sql, [records.dump(list(submissions))]))

    def unlink_files(self, key: int, files: Sequence[str], *, who: str = "") -> None:
        """Forget which submissions these files of a version are, so that they are downloaded again."""
        with self.transaction() as db:
            sql = "SELECT file_id, submission FROM version_files WHERE version = ? AND submission IS NOT NULL"
            wanted = {records.text(file) for file in files}
            for row in [row for row in db.query(sql, [key]) if row["file_id"] in wanted]:
                sql = "UPDATE version_files SET submission = NULL, differs = '' WHERE version = ? AND file_id = ?"
                db.execute(sql, [key, row["file_id"]])
                self._log(db, who, "review anew", row["submission"], {"version": key, "file": row["file_id"]})

    def retry_secret(self, market: str) -> int:
        """A new secret is there: what waited for it is due again. Gives how many rows that are."""
        with self.transaction():
            waiting = [row for row in self.outbox(market) if row.cause is Cause.SECRET]
            for row in waiting:
                told = "a new secret was given: it is sent with the next sync"
                self.change_outbox(row.id, "assay", cause=Cause.NONE, told=told)
            return len(waiting)


def _read(row: Mapping[str, Any]) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        token=row["token"],
        market=row["market"],
        key=row["version"],
        app_id=row["app_id"],
        version=row["number"],
        name=row["name"],
        action=row["action"],
        status=row["status"],
        reason=row["reason"],
        reviewer=row["reviewer"] or "",
        bound=tuple(BoundFile(**file) for file in json.loads(row["bound"])),
        basis=Basis(**json.loads(row["basis"])),
        state=SendState(row["state"]),
        cause=Cause(row["cause"]),
        told=row["told"],
        attempts=row["attempts"],
        created=datetime.fromisoformat(row["created"]),
        changed=datetime.fromisoformat(row["changed"] or row["created"]),
        next_try=datetime.fromisoformat(row["next_try"]) if row["next_try"] else None,
        seen=json.loads(row["seen"] or "{}"),
        second=row["second"] or "",
        decision=row["decision"],
        submission=row["submission"],
    )
