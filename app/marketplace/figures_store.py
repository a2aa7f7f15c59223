"""The part of the store that the figures are read from: thin queries over everything there is, as plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app import records
from app.marketplace.queue_writing import read_source
from app.marketplace.rounds import Act, Change, VersionRow
from app.store_base import StoreBase

SAME_ACT = 60_000  # ms: what is said of all files of a version at once is one decision


class SubmissionRow(NamedTuple):
    """A submission of this desk; `key` is its version's, None where it came from elsewhere. `added` in milliseconds."""

    number: int
    name: str
    kind: str
    added: int
    key: int | None
    is_baseline: bool


class OutboxFacts(NamedTuple):
    """What the figures ask of a row of the outbox."""

    key: int
    token: str
    action: str
    decision: int | None


class FiguresStore(StoreBase):
    """Rows for `app.marketplace.figures`; times are milliseconds. A market without a name has no rows."""

    def figure_versions(self, market: str) -> list[VersionRow]:
        """Every version that was ever seen."""
        sql = """
            SELECT id, name || ' ' || coalesce(nullif(label, ''), version), kind, created, submitted, status,
                status_updated, coalesce(first_seen, seen), seen, gone, status_by, status_reason
            FROM versions WHERE market = ? ORDER BY id
        """
        return [
            VersionRow(
                key, name, kind or "", created, submitted, status, updated, _milliseconds(first), _milliseconds(seen),
                bool(gone), by or "", reason or "",
            )
            for key, name, kind, created, submitted, status, updated, first, seen, gone, by, reason in self._tuples(
                sql, [market]
            )
        ]  # fmt: skip

    def figure_changes(self, market: str) -> dict[int, list[Change]]:
        """Every status that was seen, by version."""
        sql = """
            SELECT c.version, c.status, c.at, c.seen, c.ours, c.by, c.reason
            FROM versions v JOIN status_changes c ON c.version = v.id WHERE v.market = ? ORDER BY c.version, c.at, c.id
        """
        found: dict[int, list[Change]] = {}
        for key, status, at, seen, ours, by, reason in self._tuples(sql, [market]):
            found.setdefault(key, []).append(
                Change(status, at, _milliseconds(seen), bool(ours), by or "", reason or "")
            )
        return found

    def figure_submissions(self, market: str) -> list[SubmissionRow]:
        """Those of the market's versions, and those from elsewhere; without a market all are from elsewhere."""
        linked: dict[int, int] = {}
        places: dict[tuple[str, int], int] = {}
        if market:
            sql = """
                SELECT f.submission, f.version FROM versions v JOIN version_files f ON f.version = v.id
                WHERE v.market = ? AND f.submission IS NOT NULL ORDER BY f.version
            """
            linked = dict(self._tuples(sql, [market]))
            sql = "SELECT app_id, version, id FROM versions WHERE market = ?"
            places = {(app_id, version): key for app_id, version, key in self._tuples(sql, [market])}
        sql = """
            SELECT id, trim(coalesce(nullif(title, ''), name) || ' ' || coalesce(version, '')), kind, added, source,
                id IN (SELECT baseline FROM submissions)
            FROM submissions ORDER BY id
        """
        rows = []
        for number, name, kind, added, source, is_baseline in self._tuples(sql):
            key = linked.get(number)
            if key is None and market and (place := read_source(source or "")) is not None:
                if place[0] != market:
                    continue  # of another marketplace
                key = places.get(place[1:])  # its version has other bytes by now
            rows.append(SubmissionRow(number, name, kind, _milliseconds(added), key, bool(is_baseline)))
        return rows

    def figure_runs(self) -> dict[int, list[int]]:
        """When whole batteries finished, by submission."""
        sql = """
            SELECT submission, finished FROM runs WHERE finished IS NOT NULL AND NOT cancelled
                AND json_extract(parameters, '$.only') IS NULL
        """
        found: dict[int, list[int]] = {}
        for submission, finished in self._tuples(sql):
            found.setdefault(submission, []).append(_milliseconds(finished))
        return found

    def figure_acts(self, keys: Mapping[int, int | None]) -> list[Act]:
        """Every decision here, the oldest first; what was said of several files of a version at once is one.

        `keys` maps the submissions that count to their versions.
        """
        sql = "SELECT id, submission, decision, reason, overrides, reviewer, at FROM decisions ORDER BY id"
        acts: list[Act] = []
        latest: dict[int, int] = {}  # version -> place of its latest act
        for number, submission, decision, reason, overrides, reviewer, at in self._tuples(sql):
            if submission not in keys:
                continue
            key, moment = keys[submission], _milliseconds(at)
            over, reason, reviewer = bool(records.words(overrides)), reason or "", reviewer or ""
            place = latest.get(key) if key is not None else None
            if key is not None and place is not None:
                before = acts[place]
                same = (before.decision, before.reason, before.reviewer) == (decision, reason, reviewer)
                if same and before.submission != submission and moment - before.at <= SAME_ACT:
                    acts[place] = before._replace(numbers=(*before.numbers, number), overrides=before.overrides or over)
                    continue
            if key is not None:
                latest[key] = len(acts)
            acts.append(Act((number,), submission, key, decision, reason, reviewer, moment, over))
        return acts

    def figure_outbox(self, market: str) -> list[OutboxFacts]:
        """What was ever to be sent."""
        sql = "SELECT version, token, action, decision FROM outbox WHERE market = ? ORDER BY id"
        return [OutboxFacts(*row) for row in self._tuples(sql, [market])]

    def figure_conflicts(self, market: str) -> list[tuple[int, str, int]]:
        """(row of the outbox, cause, when) of everything that ever was in conflict, the first time."""
        sql = """
            SELECT o.id, json_extract(a.detail, '$.cause'), min(a.at) FROM audit a
            JOIN outbox o ON o.id = json_extract(a.detail, '$.row')
            WHERE a.action = 'outbox' AND o.market = ?
                AND a.detail LIKE '%"state":"conflict"%'
            GROUP BY o.id
        """
        return [(row, cause or "", _milliseconds(at)) for row, cause, at in self._tuples(sql, [market])]

    def figure_open_conflicts(self, market: str) -> int:
        """How many wait for the reviewer now."""
        sql = "SELECT count(*) FROM outbox WHERE market = ? AND state = 'conflict'"
        return int(next(iter(self._tuples(sql, [market])))[0])

    def figure_guidelines(self, decisions: Iterable[int]) -> dict[int, frozenset[str]]:
        """The guidelines of the findings that were confirmed when each of these decisions was made, by decision."""
        sql = """
            SELECT d.id, f.guidelines FROM decisions d
            JOIN findings f ON f.run = d.run AND coalesce(f.state, '') <> 'fixed'
            WHERE d.id IN (SELECT value FROM json_each(?)) AND (
                SELECT t.verdict FROM triage t WHERE t.fingerprint = f.fingerprint AND t.at <= d.at
                    AND t.file_sha256 = coalesce(nullif(f.file_sha256, ''), d.artifact_sha256)
                ORDER BY t.at DESC, t.id DESC LIMIT 1
            ) = 'confirmed'
            GROUP BY d.id, f.guidelines
        """
        found: dict[int, frozenset[str]] = {}
        for number, guidelines in self._tuples(sql, [records.dump(sorted(set(decisions)))]):
            found[number] = found.get(number, frozenset()) | frozenset(records.words(guidelines))
        return found

    def _tuples(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._base.reading() as db:
            rows: list[tuple[Any, ...]] = db.execute(sql, parameters).fetchall()
            return rows


def _milliseconds(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)
