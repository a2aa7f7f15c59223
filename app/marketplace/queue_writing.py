"""Versions into the database, many at once: what changed is written, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from app import records
from app.marketplace.queue_records import (
    DEVELOPER_COLUMNS,
    FILE_COLUMNS,
    VERSION_COLUMNS,
    Saved,
    developer_row,
    file_row,
    gather_facts,
    is_same_file,
    version_row,
)
from app.marketplace.why import explain, find_tokens
from app.marketplace.words import Developer, MarketFile, Version

if TYPE_CHECKING:
    from sqlite_utils import Database

Place = tuple[str, int]
_SUBMISSION, _DIFFERS = FILE_COLUMNS.index("submission"), FILE_COLUMNS.index("differs")


def name_source(market: str, app_id: str, version: int, file_id: str = "") -> str:
    """Where a submission came from: no address, each part quoted so that none can pass for another."""
    parts = "/".join(quote(str(part), safe="") for part in (app_id, version, file_id))
    return f"marketplace:{quote(market, safe=':')}/{parts}"


def read_source(source: str) -> tuple[str, str, int] | None:
    """Market, app and version of a submission's source; None for one that is not from a marketplace."""
    kind, _, place = source.partition(":")
    parts = [unquote(part) for part in place.split("/")]
    if kind != "marketplace" or len(parts) != 4 or not parts[2].isdecimal():
        return None
    return parts[0], parts[1], int(parts[2])


def write_versions(
    db: Database,
    market: str,
    versions: Sequence[Version],
    files: Mapping[Place, Sequence[MarketFile]],
    developers: Sequence[Developer],
    gone: Sequence[Place],
    seen: str,
    now: str,
) -> tuple[Saved, list[tuple[int, str]]]:
    """Within a transaction; gives what changed, and (submission, file) of files that are no longer those bytes.

    What was seen between `seen` and `now` stands; a time after that is of a clock that was wrong.
    """
    apps = sorted({v.app_id for v in versions} | {app_id for app_id, _ in gone})
    before = {(row["app_id"], row["version"]): row for row in _rows(db, _KNOWN, market, records.dump(apps))}
    later = {place for place, row in before.items() if seen < row["seen"] <= now}
    fresh = {place: v for v in versions if (place := (v.app_id, v.version)) not in later}
    _put(db, "versions", VERSION_COLUMNS, [version_row(market, v, seen) for v in fresh.values()], _ON_KNOWN_VERSION)
    lost_places = [p for p in gone if p in before and not before[p]["gone"] and p not in later]
    marked = [(seen, before[place]["id"]) for place in lost_places]
    db.conn.executemany("UPDATE versions SET gone = 1, seen = ? WHERE id = ?", marked)
    after = {(row["app_id"], row["version"]): row for row in _rows(db, _KNOWN, market, records.dump(apps))}
    keys = {place: int(row["id"]) for place, row in after.items()}
    _put(db, "developers", DEVELOPER_COLUMNS, [developer_row(market, d, seen) for d in developers], _ON_KNOWN_DEVELOPER)
    _write_changes(db, market, {keys[p]: v for p, v in fresh.items() if not _same_status(before.get(p), v)}, seen)
    moved, lost = _write_files(db, {keys[p]: of for p, of in files.items() if p in fresh})
    _write_why(db, market, apps, {d.developer_id for d in developers} | {v.developer_id for v in versions})
    saved = Saved(
        keys,
        frozenset(keys[p] for p in fresh if p not in before or before[p]["gone"]),
        frozenset(
            keys[p]
            for p, v in fresh.items()
            if p in before
            and not before[p]["gone"]
            and (keys[p] in moved or before[p]["last_updated"] != v.last_updated or not _same_status(before[p], v))
        ),
        frozenset(keys[p] for p in lost_places),
    )
    return saved, lost


_KNOWN = """
    SELECT id, app_id, version, status, status_updated, status_reason, last_updated, gone, seen FROM versions
    WHERE market = ? AND app_id IN (SELECT value FROM json_each(?))
"""
_ON_KNOWN_VERSION = "(market, app_id, version) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in VERSION_COLUMNS[3:] if name != "first_seen"
)
_ON_KNOWN_DEVELOPER = "(market, developer_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in DEVELOPER_COLUMNS[2:]
)


def _rows(db: Database, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    return list(db.query(sql, parameters))


def _put(db: Database, table: str, columns: Sequence[str], rows: Sequence[Any], known: str = "") -> None:
    places = ", ".join("?" * len(columns))
    names = ", ".join(f'"{column}"' for column in columns)
    conflict = f" ON CONFLICT {known}" if known else ""
    db.conn.executemany(f"INSERT INTO {table} ({names}) VALUES ({places}){conflict}", rows)  # noqa: S608 - our own columns


def _same_status(row: Mapping[str, Any] | None, version: Version) -> bool:
    status = version.status
    return row is not None and (row["status"], row["status_updated"], row["status_reason"]) == (
        status.value, status.updated, records.text(status.reason),
    )  # fmt: skip


def _write_changes(db: Database, market: str, versions: Mapping[int, Version], seen: str) -> None:
    """A row for each status that was not seen before."""
    found = {key: find_tokens(v.status.reason) for key, v in versions.items()}
    wanted = records.dump(sorted({token for tokens in found.values() for token in tokens}))
    sql = "SELECT token FROM outbox WHERE market = ? AND token IN (SELECT value FROM json_each(?))"
    ours = {row["token"] for row in _rows(db, sql, market, wanted)}
    rows = [
        (
            key, v.status.value, v.status.updated, records.text(v.status.modified_by), records.text(v.status.reason),
            int(any(token in ours for token in found[key])), seen,
        )
        for key, v in versions.items()
    ]  # fmt: skip
    _put(db, "status_changes", ("version", "status", "at", "by", "reason", "ours", "seen"), rows, "DO NOTHING")


def _write_files(db: Database, files: Mapping[int, Sequence[MarketFile]]) -> tuple[set[int], list[tuple[int, str]]]:
    """The files of versions; gives the versions whose bytes changed, and what lost its submission."""
    names = ", ".join(FILE_COLUMNS)
    sql = f"SELECT {names} FROM version_files WHERE version IN (SELECT value FROM json_each(?)) ORDER BY place"  # noqa: S608
    known: dict[int, list[tuple[Any, ...]]] = {}
    for row in db.execute(sql, [records.dump(sorted(files))]).fetchall():
        known.setdefault(row[0], []).append(tuple(row))
    moved: set[int] = set()
    lost: list[tuple[int, str]] = []
    fresh: list[tuple[Any, ...]] = []
    stale: list[tuple[int]] = []
    for key, of in files.items():
        before = known.get(key, [])
        by_id = {row[2]: row for row in before}
        rows = []
        for place, file in enumerate({file.file_id: file for file in of}.values()):
            row = file_row(key, place, file, None, "")
            was = by_id.get(row[2])
            if was is not None and is_same_file(was, row):
                row = (*row[:_SUBMISSION], was[_SUBMISSION], was[_DIFFERS])
                del by_id[row[2]]
            elif before:
                moved.add(key)
            rows.append(row)
        if by_id:
            moved.add(key)
            lost += [(was[_SUBMISSION], was[2]) for was in by_id.values() if was[_SUBMISSION] is not None]
        if rows != before:
            stale.append((key,))
            fresh += rows
    db.conn.executemany("DELETE FROM version_files WHERE version = ?", stale)
    _put(db, "version_files", FILE_COLUMNS, fresh)
    return moved, lost


_APPS = "v.market = ?1 AND v.app_id IN (SELECT value FROM json_each(?2))"
_ORPHANS = """
    SELECT source FROM submissions s WHERE source LIKE 'marketplace:%'
        AND NOT EXISTS (SELECT 1 FROM version_files f WHERE f.submission = s.id)
"""


def _write_why(db: Database, market: str, apps: Sequence[str], developers: set[str]) -> None:
    """Say anew why each version of these apps is here, and which of them is live."""
    wanted = records.dump(apps)
    sql = f"""
        SELECT v.id, v.app_id, v.version, v.developer_id, v.label, v.status, v.is_live, v.live_version, v.why
        FROM versions v WHERE {_APPS} AND v.gone = 0
    """  # noqa: S608 - our own condition
    versions = _rows(db, sql, market, wanted)
    files = _rows(
        db,
        f"SELECT f.* FROM versions v JOIN version_files f ON f.version = v.id WHERE {_APPS} ORDER BY f.place",  # noqa: S608
        market,
        wanted,
    )
    left = {str(row["source"]).rpartition("/")[0] for row in _rows(db, _ORPHANS)}
    changed = frozenset(
        v["id"] for v in versions if left and name_source(market, v["app_id"], v["version"])[:-1] in left
    )
    sql = f"SELECT DISTINCT c.version FROM versions v JOIN status_changes c ON c.version = v.id WHERE {_APPS} "  # noqa: S608
    rejected = frozenset(row["version"] for row in _rows(db, sql + "AND c.status = 'rejected'", market, wanted))
    published = _published_apps(db, market, developers)
    facts = gather_facts(versions, files, changed, rejected)
    by_app: dict[str, list[dict[str, Any]]] = {}
    for row in versions:
        by_app.setdefault(row["app_id"], []).append(row)
    updates = []
    for app_id, rows in by_app.items():
        live = max((row["version"] for row in rows if row["is_live"]), default=None)
        for row in rows:
            others = [facts[other["id"]] for other in rows if other is not row]
            known = bool(published.get(row["developer_id"], set()) - {app_id})
            why = records.dump(explain(facts[row["id"]], others, known_developer=known))
            if (why, live) != (row["why"], row["live_version"]):
                updates.append((why, live, row["id"]))
    db.conn.executemany("UPDATE versions SET why = ?, live_version = ? WHERE id = ?", updates)


def _published_apps(db: Database, market: str, developers: set[str]) -> dict[str, set[str]]:
    """Which apps of each developer users had."""
    sql = """
        SELECT DISTINCT developer_id, app_id FROM versions
        WHERE market = ? AND (is_live OR status IN ('approved', 'suspended'))
            AND developer_id IN (SELECT value FROM json_each(?))
    """
    found: dict[str, set[str]] = {}
    for row in _rows(db, sql, market, records.dump(sorted(developers))):
        found.setdefault(row["developer_id"], set()).add(row["app_id"])
    return found
