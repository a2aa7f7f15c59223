"""The part of the store that the history of an app is read from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import records
from app.marketplace.queue_reading import count_open
from app.marketplace.queue_writing import read_source
from app.store_base import StoreBase
from checks import Severity


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in short: the worst severity that it leaves open (as of now) with how many findings have it, and how many
    checks did not run to their end. `only` chosen checks took part, or all."""

    id: int
    submission: int
    started: datetime
    finished: datetime | None
    profile: str
    worst: Severity | None
    open: int
    incomplete: int
    cancelled: bool = False
    only: bool = False

    @property
    def mark(self) -> str:
        """How it is marked: the name of a severity, incomplete or clean."""
        if self.worst is not None:
            return self.worst.name.lower()
        return "incomplete" if self.incomplete or self.cancelled or self.finished is None else "clean"

    @property
    def result(self) -> str:
        """In words."""
        if self.finished is None:
            return "cut off"
        words = ["cancelled" if self.cancelled else "of chosen checks finished" if self.only else "finished"]
        if self.worst is not None:
            words.append(f"{self.open:,} {self.worst.name.lower()} open")
        elif not self.incomplete and not self.cancelled:
            words.append("nothing open")
        if self.incomplete:
            words.append(f"{self.incomplete:,} check{'' if self.incomplete == 1 else 's'} did not run")
        return ": ".join((words[0], ", ".join(words[1:]))) if words[1:] else words[0]


class HistoryStore(StoreBase):
    """Versions with their submissions, and runs in short."""

    def submissions_of_versions(self, keys: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The submissions of this desk that are, or were, files of these versions, the newest first."""
        wanted = records.dump(sorted(keys))
        found: dict[int, set[int]] = {}
        sql = """
            SELECT version, submission FROM version_files
            WHERE submission IS NOT NULL AND version IN (SELECT value FROM json_each(?))
        """
        for key, number in self._rows_of(sql, [wanted]):
            found.setdefault(key, set()).add(number)
        sql = "SELECT id, market, app_id, version FROM versions WHERE id IN (SELECT value FROM json_each(?))"
        places = {(market, app, version): key for key, market, app, version in self._rows_of(sql, [wanted])}
        # what the developer has replaced since is linked by where it came from only
        sql = "SELECT id, source FROM submissions WHERE source LIKE 'marketplace:%'"
        for number, source in self._rows_of(sql):
            if (place := read_source(source)) in places and place is not None:
                found.setdefault(places[place], set()).add(number)
        return {key: tuple(sorted(numbers, reverse=True)) for key, numbers in found.items()}

    def submitted_of(self, keys: Iterable[int]) -> dict[int, int]:
        """When versions were submitted last, in the marketplace's milliseconds; those of which it is known."""
        sql = """
            SELECT id, submitted FROM versions
            WHERE submitted IS NOT NULL AND id IN (SELECT value FROM json_each(?))
        """
        return dict(self._rows_of(sql, [records.dump(sorted(keys))]))

    def run_summaries(self, submissions: Iterable[int]) -> dict[int, tuple[RunSummary, ...]]:
        """The runs of these submissions in short, the newest first."""
        sql = """
            SELECT r.id, r.submission, r.started, r.finished, r.profile, r.cancelled,
                json_extract(r.parameters, '$.only') IS NOT NULL,
                (SELECT count(*) FROM check_results c WHERE c.run = r.id
                    AND c.outcome IN ('unavailable', 'error', 'timeout', 'cancelled'))
            FROM runs r WHERE r.submission IN (SELECT value FROM json_each(?)) ORDER BY r.id DESC
        """
        with self._base.reading() as db:
            rows = db.execute(sql, [records.dump(sorted(set(submissions)))]).fetchall()
            left = count_open(db, [row[0] for row in rows]) if rows else {}
        found: dict[int, tuple[RunSummary, ...]] = {}
        for number, submission, started, finished, profile, cancelled, only, incomplete in rows:
            ended = datetime.fromisoformat(finished) if finished else None
            summary = RunSummary(
                number, submission, datetime.fromisoformat(started), ended, profile, *left[number], incomplete,
                bool(cancelled), bool(only),
            )  # fmt: skip
            found[submission] = (*found.get(submission, ()), summary)
        return found

    def _rows_of(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._base.reading() as db:
            rows: list[tuple[Any, ...]] = db.execute(sql, parameters).fetchall()
            return rows
