"""The advisory database being written: a new file beside the old one, which is taken only when it is whole.

Workers read the finished file, and it is never written again. Rows come from a worker that read hostile bytes: each is
held against bounds before it goes in.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.downloads.osv.records import (
    EVENTS,
    FORMAT,
    MAX_AFFECTED,
    MAX_ALIASES,
    MAX_EVENTS,
    MAX_ID,
    MAX_NAME,
    MAX_RANGES,
    MAX_SUMMARY,
    MAX_VERSION,
    MAX_VERSIONS,
)
from checks.runtime.text import printable

# What is shorter than this is kept as it is.
PACK_ABOVE = 400
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ecosystem (name TEXT PRIMARY KEY, advisories INTEGER NOT NULL, malicious INTEGER NOT NULL,
    newest TEXT NOT NULL, imported TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE advisory (id INTEGER PRIMARY KEY, osv TEXT NOT NULL, modified TEXT NOT NULL, severity INTEGER NOT NULL,
    summary TEXT NOT NULL, aliases TEXT NOT NULL);
CREATE TABLE affected (ecosystem TEXT NOT NULL, name TEXT NOT NULL, release TEXT NOT NULL, advisory INTEGER NOT NULL,
    ranges BLOB NOT NULL, versions BLOB NOT NULL);
"""
_INDEXES = (
    "CREATE INDEX advisory_osv ON advisory (osv)",
    "CREATE INDEX affected_advisory ON affected (advisory)",
)
_FINAL_INDEX = "CREATE INDEX affected_name ON affected (ecosystem, name)"


class BadRow(ValueError):
    """A row that no honest reader of exports sends."""


def open_database(path: Path) -> sqlite3.Connection:
    """The finished database, read-only and without a lock; raises sqlite3.Error."""
    return sqlite3.connect(_read_only(path), uri=True)


def _read_only(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=ro&immutable=1"


def _text(value: Any, limit: int) -> str:
    if type(value) is not str or len(value) > limit:
        raise BadRow("not a text")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRow("not a text") from None
    return value


def _list(value: Any, limit: int) -> list[Any]:
    if type(value) is not list or len(value) > limit:
        raise BadRow("not a list")
    return value


def _packed(value: list[Any]) -> bytes | str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False) if value else ""
    return zlib.compress(text.encode(), 6) if len(text) > PACK_ABOVE else text


def _ranges(value: Any) -> bytes | str:
    for events in _list(value, MAX_RANGES):
        for event in _list(events, MAX_EVENTS):
            if len(_list(event, 2)) != 2 or event[0] not in EVENTS:
                raise BadRow("not an event")
            _text(event[1], MAX_VERSION)
    return _packed(value)


def _versions(value: Any) -> bytes | str:
    for version in _list(value, MAX_VERSIONS):
        _text(version, MAX_VERSION)
    return _packed(value)


class NewDatabase:
    """Takes the rows of one import, then what is kept of the old database; `finish` makes it whole.

    Raises BadRow for a row out of bounds, sqlite3.Error where the disk says no. One thread only.
    """

    def __init__(self, path: Path, old: Path | None) -> None:
        self.path = path
        self._old = old
        path.unlink(missing_ok=True)
        # as an address, so that the old one can be attached as what it is, not to be written
        self._connection = sqlite3.connect(f"file:{quote(str(path))}", uri=True, isolation_level=None)
        # the file counts for nothing until it is whole: no journal, and one write-out at the end
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._first = self._next = self._highest_old() + 1
        self.alone: set[str] = set()
        self.withdrawn = 0

    def _highest_old(self) -> int:
        if self._old is None:
            return 0
        with closing(open_database(self._old)) as connection:
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM advisory").fetchone()[0])

    @property
    def rows(self) -> int:
        """Advisories taken so far, withdrawn ones included."""
        return self._next - self._first

    def take(self, items: Iterable[Any], *, replacing: bool) -> None:
        """Rows of a worker. `replacing`: an ecosystem that has advisories of its own in there is imported anew."""
        advisories: list[tuple[Any, ...]] = []
        affected: list[tuple[Any, ...]] = []
        for item in items:
            row = _list(item, 6)
            if len(row) != 6 or type(row[2]) is not int or not -1 <= row[2] <= 4:
                raise BadRow("not a row")
            number, places = self._next, _list(row[5], MAX_AFFECTED)
            self._next += 1
            aliases = [_text(alias, MAX_ID) for alias in _list(row[4], MAX_ALIASES)]
            summary = printable(_text(row[3], MAX_SUMMARY), MAX_SUMMARY)
            advisories.append((number, _text(row[0], MAX_ID), _text(row[1], 19), row[2], summary, "\n".join(aliases)))
            for place in places:
                if len(_list(place, 5)) != 5:
                    raise BadRow("not a package")
                names = (_text(place[0], 60), _text(place[2], MAX_NAME), _text(place[1], 60))
                affected.append((*names, number, _ranges(place[3]), _versions(place[4])))
            ecosystems = {place[0] for place in places}
            if replacing and len(ecosystems) == 1:
                self.alone |= ecosystems
            self.withdrawn += not places
        self._connection.executemany("INSERT INTO advisory VALUES (?,?,?,?,?,?)", advisories)
        self._connection.executemany("INSERT INTO affected VALUES (?,?,?,?,?,?)", affected)

    def finish(self, now: str) -> None:
        """Drop twins and withdrawn ones, bring over what the import does not replace, index and count."""
        run = self._connection.execute
        for index in _INDEXES:
            run(index)
        run(
            "DELETE FROM affected WHERE advisory IN (SELECT a.id FROM advisory a WHERE EXISTS "
            "(SELECT 1 FROM advisory b WHERE b.osv = a.osv AND b.id > a.id))"
        )
        imported = {row[0] for row in run("SELECT DISTINCT ecosystem FROM affected")}
        if self._old is not None:
            self._bring_over(self._old)
        run("DELETE FROM advisory WHERE id NOT IN (SELECT advisory FROM affected)")
        run(_FINAL_INDEX)
        run("DROP INDEX affected_advisory")
        self._count(imported, now)
        run("INSERT INTO meta VALUES ('format', ?)", (FORMAT,))
        run("COMMIT")
        run("ANALYZE main")
        self.close()
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _bring_over(self, old: Path) -> None:
        run = self._connection.execute
        run("COMMIT")
        run("ATTACH ? AS old", (_read_only(old),))
        run("BEGIN")
        marks = ",".join("?" * len(self.alone))
        run(
            f"INSERT INTO affected SELECT o.* FROM old.affected o WHERE o.ecosystem NOT IN ({marks}) AND o.advisory "  # noqa: S608
            "NOT IN (SELECT p.id FROM old.advisory p JOIN main.advisory n ON n.osv = p.osv)",
            sorted(self.alone),
        )
        run(
            "INSERT INTO advisory SELECT * FROM old.advisory WHERE id IN "
            "(SELECT advisory FROM main.affected WHERE advisory < ?)",
            (self._first,),
        )

    def _count(self, imported: set[str], now: str) -> None:
        run = self._connection.execute
        dates: dict[str, str] = {}
        if self._old is not None:
            dates = dict(run("SELECT name, imported FROM old.ecosystem"))
        counted = run(
            "SELECT f.ecosystem, count(DISTINCT a.id), count(DISTINCT CASE WHEN a.osv LIKE 'MAL-%' THEN a.id END), "
            "max(a.modified) FROM affected f JOIN advisory a ON a.id = f.advisory GROUP BY f.ecosystem"
        ).fetchall()
        for name, rows, malicious, newest in counted:
            fresh = name in self.alone or (name in imported and name not in dates)
            run(
                "INSERT INTO ecosystem VALUES (?,?,?,?,?)",
                (name, rows, malicious, newest, now if fresh else dates.get(name, now)),
            )
        # counted here, once: every battery asks, and millions of rows take seconds
        run("INSERT INTO meta SELECT 'advisories', count(*) FROM advisory")
        run("INSERT INTO meta SELECT 'malicious', count(*) FROM advisory WHERE osv >= 'MAL-' AND osv < 'MAL.'")

    def close(self) -> None:
        """Let go of the file; an unfinished one is worth nothing."""
        self._connection.close()


def drop_ecosystems(path: Path, old: Path, names: Sequence[str], now: str) -> None:
    """Write the old database without these ecosystems to `path`."""
    database = NewDatabase(path, old)
    try:
        database.alone = set(names)
        database.finish(now)
    finally:
        database.close()
