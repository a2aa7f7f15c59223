"""What the parts of the store share: the database, the clock, submissions by number, and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app import records
from app.database import Connection, StoreError
from app.model import Submission

if TYPE_CHECKING:
    from sqlite_utils import Database

SUBMISSIONS = "SELECT s.*, a.md5, a.sha1, a.size FROM submissions s JOIN artifacts a ON a.sha256 = s.artifact"


class StoreBase:
    """An open database."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = records.now) -> None:
        self._base = Connection(path)
        self._clock = clock

    def close(self) -> None:
        """Close the file; harmless when called twice."""
        self._base.close()

    def transaction(self) -> AbstractContextManager[Database]:
        """Make several calls one change; other threads and programs wait until it ends."""
        return self._base.transaction()

    def submission(self, submission: int) -> Submission:
        """The one of that number; raises StoreError where there is none."""
        rows = self._base.rows(f"{SUBMISSIONS} WHERE s.id = ?", [submission])
        if not rows:
            raise StoreError(f"there is no submission {submission}")
        return records.read_submission(rows[0])

    @staticmethod
    def _insert(db: Database, table: str, row: Mapping[str, Any]) -> int:
        """Insert a row into a table that numbers its rows; gives the number."""
        return cast(int, db.table(table).insert(dict(row), pk="id").last_pk)

    def _log(self, db: Database, who: str, action: str, submission: int | None, detail: Mapping[str, Any]) -> None:
        """One line of the log, in the transaction of what it tells of."""
        self._log_all(db, who, action, submission, [detail])

    def _log_all(
        self, db: Database, who: str, action: str, submission: int | None, details: Iterable[Mapping[str, Any]]
    ) -> None:
        """A line of the log for each of these."""
        row = {"at": records.moment(self._clock()), "who": records.text(who), "action": records.text(action)}
        rows = ({**row, "submission": submission, "detail": records.dump(dict(detail))} for detail in details)
        db.table("audit").insert_all(rows, pk="id")
