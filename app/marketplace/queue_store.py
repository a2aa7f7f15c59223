"""The part of the store that keeps the marketplace's versions, their files and developers, as last seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import records
from app.database import StoreError
from app.marketplace.queue_reading import OPEN_STATES, count_open, read_entries, where_scope
from app.marketplace.queue_records import Saved, StatusChange, read_developer
from app.marketplace.queue_writing import read_source, write_versions
from app.marketplace.words import Developer, MarketFile, MarketState, QueueEntry, Version
from app.store_base import StoreBase
from checks import Severity

if TYPE_CHECKING:
    from sqlite_utils import Database


class QueueStore(StoreBase):
    """Versions of a marketplace. What is known of them is replaced by each sync; their changes of status only grow."""

    # what every run left open, as of the latest triage: it is asked for whenever the queue is shown
    _open_counts: tuple[int, dict[int, tuple[Severity | None, int]]]

    def __init__(self, path: Path, clock: Callable[[], datetime] = records.now) -> None:
        super().__init__(path, clock)
        self._open_counts = (0, {})

    def queue_entries(self, market: str, reviewer: str, scope: str = "waiting") -> tuple[QueueEntry, ...]:
        """As of the last sync, those that have waited longest first.

        `scope`: waiting (pending, in review, and what a decision of ours is on its way to), published (approved or
        suspended), all. Raises StoreError for another word.
        """
        return self._entries(f"v.market = ? AND {where_scope(scope)}", [market], reviewer)

    def queue_entry(self, key: int, reviewer: str = "") -> QueueEntry:
        """One version; raises StoreError where there is none."""
        entries = self._entries("v.id = ?", [key], reviewer)
        if not entries:
            raise StoreError(f"there is no version {key} of a marketplace here: read the queue first")
        return entries[0]

    def versions_of_app(self, market: str, app_id: str, reviewer: str = "") -> tuple[QueueEntry, ...]:
        """All versions of an app that were ever seen, the newest first."""
        entries = self._entries("v.market = ? AND v.app_id = ?", [market, records.text(app_id)], reviewer)
        return tuple(sorted(entries, key=lambda entry: -entry.version))

    def find_version(self, market: str, app_id: str, version: int) -> int | None:
        """The key of a version, None where it was never seen."""
        rows = self._base.rows(
            "SELECT id FROM versions WHERE market = ? AND app_id = ? AND version = ?", [market, app_id, version]
        )
        return int(rows[0]["id"]) if rows else None

    def version_of(self, submission: int) -> int | None:
        """The key of the version that a submission is a file of, the latest where there are several.

        Where the version has other bytes by now it is still that version: the submission is then not among those of
        its entry, and no decision on it may be sent.
        """
        rows = self._base.rows(
            "SELECT version FROM version_files WHERE submission = ? ORDER BY version DESC LIMIT 1", [submission]
        )
        if rows:
            return int(rows[0]["version"])
        rows = self._base.rows("SELECT source FROM submissions WHERE id = ?", [submission])
        place = read_source(rows[0]["source"] or "") if rows else None
        return self.find_version(*place) if place is not None else None

    def _entries(self, where: str, parameters: Sequence[Any], reviewer: str) -> tuple[QueueEntry, ...]:
        with self._base.reading() as db:
            return read_entries(db, where, parameters, reviewer, self._count_open)

    def _count_open(self, db: Database, runs: Sequence[int]) -> dict[int, tuple[Severity | None, int]]:
        """From memory where nothing was said of its findings since: a finished run does not change."""
        latest = int(db.execute("SELECT coalesce(max(id), 0) FROM triage").fetchone()[0])
        known, counts = self._open_counts
        if known != latest and counts:
            said = (
                "SELECT DISTINCT run FROM findings WHERE fingerprint IN (SELECT fingerprint FROM triage WHERE id > ?)"
            )
            for (run,) in db.execute(said, [known]).fetchall():
                counts.pop(run, None)
        self._open_counts = latest, counts
        if unknown := [run for run in runs if run not in counts]:
            counts.update(count_open(db, unknown))
        return counts

    # what comes along

    def developer(self, market: str, developer_id: str) -> Developer | None:
        """The record of a developer as last seen."""
        rows = self._base.rows(
            "SELECT * FROM developers WHERE market = ? AND developer_id = ?", [market, records.text(developer_id)]
        )
        return read_developer(rows[0]) if rows else None

    def custom_of(self, key: int) -> Mapping[str, Any]:
        """What the developer declared with a version (its customData); empty where nothing is known."""
        rows = self._base.rows("SELECT custom FROM versions WHERE id = ?", [key])
        return dict(json.loads(rows[0]["custom"] or "{}")) if rows else {}

    def status_changes(self, key: int) -> tuple[StatusChange, ...]:
        """Every status that was seen of a version, the oldest first."""
        rows = self._base.rows("SELECT * FROM status_changes WHERE version = ? ORDER BY at, id", [key])
        return tuple(
            StatusChange(
                row["version"], row["status"], row["at"], row["by"] or "", row["reason"] or "", bool(row["ours"]),
                datetime.fromisoformat(row["seen"]),
            )
            for row in rows
        )  # fmt: skip

    def expected_places(self, market: str) -> frozenset[tuple[str, int]]:
        """App and version of what waits as far as is known here, and of what a decision of ours is on its way to."""
        rows = self._base.rows(
            f"""
            SELECT app_id, version FROM versions WHERE market = ? AND gone = 0 AND (status IN ('pending', 'inReview')
                OR id IN (SELECT version FROM outbox WHERE state IN ({OPEN_STATES})))
            """,  # noqa: S608 - our own words
            [market],
        )
        return frozenset((row["app_id"], int(row["version"])) for row in rows)

    def known_files(self, market: str) -> Mapping[tuple[str, int], int]:
        """When the versions were last changed (ms) whose files are known, by app and version."""
        rows = self._base.rows(
            "SELECT app_id, version, last_updated FROM versions v WHERE market = ? "
            "AND EXISTS (SELECT 1 FROM version_files f WHERE f.version = v.id)",
            [market],
        )
        return {(row["app_id"], int(row["version"])): int(row["last_updated"]) for row in rows}

    # keeping what was seen

    def now(self) -> datetime:
        """The time of this store's clock."""
        return self._clock()

    def save_versions(
        self,
        market: str,
        versions: Iterable[Version],
        *,
        files: Mapping[tuple[str, int], Sequence[MarketFile]] | None = None,
        developers: Iterable[Developer] = (),
        gone: Iterable[tuple[str, int]] = (),
        as_of: datetime | None = None,
    ) -> Saved:
        """Keep versions as they were seen, in one transaction.

        `files` are those of a version, by (app, version): where it is not among them the files that are known stay.
        `gone` are versions that the marketplace no longer has. `as_of` is when the reading began (now, by default):
        what was seen later of a version stands. A file whose bytes changed loses its submission, which stays.
        """
        with self.transaction() as db:
            now = self._clock()
            seen = records.moment(as_of or now), records.moment(now)
            told = tuple(versions), files or {}, tuple(developers), tuple(gone)
            saved, lost = write_versions(db, market, *told, *seen)
            for submission, file_id in lost:
                self._log(db, "assay", "changed upstream", submission, {"market": market, "file": file_id})
            return saved

    def link_file(self, key: int, file_id: str, submission: int, differs: str = "", *, who: str = "") -> None:
        """Say which submission holds the bytes of a version's file; raises StoreError where the version has none such.

        `differs` is how they differ from what the marketplace promised.
        """
        with self.transaction() as db:
            self.submission(submission)
            sql = "UPDATE version_files SET submission = ?, differs = ? WHERE version = ? AND file_id = ?"
            values = [submission, records.text(differs), key, records.text(file_id)]
            if db.execute(sql, values).rowcount != 1:
                raise StoreError("the version changed while it was downloaded: read the queue and download it again")
            detail = {"version": key, "file": records.text(file_id), "differs": records.text(differs)}
            self._log(db, who, "download", submission, detail)

    def submissions_of(self, prefix: str, sha256: str) -> tuple[int, ...]:
        """Submissions of these bytes whose source begins like this, the newest first."""
        rows = self._base.rows(
            "SELECT id FROM submissions WHERE artifact = ?1 AND substr(source, 1, length(?2)) = ?2 ORDER BY id DESC",
            [sha256, prefix],
        )
        return tuple(int(row["id"]) for row in rows)

    # the state of the connection

    def market_state(self, market: str) -> MarketState:
        """What the window says at a glance; a market without a name is none."""
        if not market:
            return MarketState(connected=False)
        about = next(iter(self._base.rows("SELECT * FROM market_state WHERE market = ?", [market])), None)
        rows = self._base.rows("SELECT state, count(*) n FROM outbox WHERE market = ? GROUP BY state", [market])
        counts = {row["state"]: int(row["n"]) for row in rows}
        return MarketState(
            connected=True,
            market=market,
            synced=datetime.fromisoformat(about["synced"]) if about and about["synced"] else None,
            problem=about["problem"] or "" if about else "",
            online=bool(about["online"]) if about else False,
            to_send=counts.get("queued", 0) + counts.get("sending", 0),
            conflicts=counts.get("conflict", 0),
            held=counts.get("held", 0),
        )

    def note_contact(self, market: str, *, problem: str = "", online: bool = True, synced: bool = False) -> None:
        """Keep how the last contact went; `synced` says that the whole queue was read."""
        at = records.moment(self._clock())
        row = {"market": market, "tried": at, "problem": records.text(problem), "online": int(online)}
        with self.transaction() as db:
            db.table("market_state").upsert(row | ({"synced": at} if synced else {}), pk="market")
