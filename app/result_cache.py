"""Results of earlier runs by key, in a file that may be thrown away at any time.

The keys say all that a result depends on, so an entry is right for ever or never asked for again. What is
lost costs a new look at the file, nothing else: no waiting for the disk, and a damaged file is put aside.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

log = logging.getLogger(__name__)

LIMIT = 256 << 20  # bytes of keys and values
TRIM_TO = 0.8  # of the limit, so that not every run trims
FORMAT = 2
CHECKSUM = 8  # bytes before each value
DAY = 86_400
BATCH = 500  # SQLite of some systems takes no more than 999 parameters
BUSY_SECONDS = 5

_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)

T = TypeVar("T")


class ResultCache:
    """A cache at `path`. It never fails: what cannot be read is a miss, what cannot be written is logged.

    Methods may be called from any thread, and several programs may share one file.
    """

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path, self._limit = path, limit
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, FORMAT):
                raise sqlite3.DatabaseError(f"its format is {found}, not {FORMAT}")
            # `used` is a day: finer, every reading would have to write
            connection.execute(
                "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL)"
            )
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _start_anew(self, reason: Exception) -> None:
        """Put the file aside and begin with an empty one; without any cache where that fails too."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        log.warning("%s: cannot be used (%s): put aside as %s.damaged", self._path, reason, self._path.name)
        try:
            for suffix in ("", "-wal", "-shm"):
                part = self._path.with_name(self._path.name + suffix)
                if part.exists():
                    part.replace(part.with_name(f"{part.name}.damaged"))
            self._connection = self._open()
        except (sqlite3.Error, OSError) as error:
            log.warning("%s: no earlier results are used: %s", self._path, error)

    def close(self) -> None:
        """Close the file; harmless when called twice. A closed cache knows nothing and keeps nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        found: dict[bytes, bytes] = {}
        with self._lock:
            if self._connection is None:
                return found
            today, stale = _today(), []
            try:
                for batch in _batches(keys):
                    places = ", ".join("?" * len(batch))
                    sql = f"SELECT key, value, used FROM results WHERE key IN ({places})"  # noqa: S608 - places only
                    for key, value, used in self._connection.execute(sql, batch):
                        if type(value) is not bytes or value[:CHECKSUM] != _checksum(key, value[CHECKSUM:]):
                            raise sqlite3.DatabaseError("a value has changed since it was written")
                        found[key] = value[CHECKSUM:]
                        if used != today:
                            stale.append((today, key))
                if stale:
                    self._write("UPDATE results SET used = ? WHERE key = ?", stale)
            except sqlite3.Error as error:
                self._give_up(error)
        return found

    def put_many(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep results, in place of what was known of their keys."""
        today = _today()
        rows = [(key, _checksum(key, value) + value, today) for key, value in items]
        with self._lock:
            if self._connection is None or not rows:
                return
            try:
                self._write("INSERT OR REPLACE INTO results (key, value, used) VALUES (?, ?, ?)", rows)
                self._trim()
            except sqlite3.Error as error:
                self._give_up(error)

    def _write(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        assert self._connection is not None  # noqa: S101 - both callers looked
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(sql, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _give_up(self, error: sqlite3.Error | OSError) -> None:
        """What has to do with the disk or with others passes; anything else means that the file is no good."""
        if isinstance(error, OSError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            log.warning("%s: earlier results were not used or kept: %s", self._path, error)
        else:
            self._start_anew(error)

    def _trim(self) -> None:
        """Drop what was not used for longest, once the file is larger than the limit."""
        assert self._connection is not None  # noqa: S101 - the caller looked
        pages, free, size = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        used = (pages - free) * size
        if used <= self._limit:
            return
        # a page holds more than keys and values, so drop a share of them, not a number of bytes
        total = int(self._connection.execute("SELECT sum(length(key) + length(value)) FROM results").fetchone()[0])
        excess = total * (1 - TRIM_TO * self._limit / used)
        dropped: list[tuple[object, ...]] = []
        for key, length in self._connection.execute(
            "SELECT key, length(key) + length(value) FROM results ORDER BY used, rowid"
        ):
            dropped.append((key,))
            excess -= length
            if excess <= 0:
                break
        self._write("DELETE FROM results WHERE key = ?", dropped)
        log.info("%s: dropped %d results that were not used for long", self._path, len(dropped))


def _checksum(key: bytes, value: bytes) -> bytes:
    """SQLite notices damage of its own structure only."""
    return hashlib.blake2b(value, digest_size=CHECKSUM, key=key[:64]).digest()


def _today() -> int:
    return int(time.time()) // DAY


def _batches(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[i : i + BATCH] for i in range(0, len(items), BATCH))
