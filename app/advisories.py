"""The advisory database: OSV exports that the reviewer imports, and what it says of itself.

An export is hostile input: a sandboxed worker reads it, rows come over the pipe, and the host writes a new database
beside the old one, which takes its place when it is whole. A killed or cancelled import changes nothing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.advisories_store import BadRow, NewDatabase, drop_ecosystems, open_database
from app.errors import DeskError
from app.grants import Grants, Side
from app.sandbox import Launcher
from app.workers import WorkerEnded, WorkerProcess, run_task
from checks.downloads.osv.reader import RECORD
from checks.downloads.osv.records import FORMAT
from checks.runtime.protocol import Chunk, Finished, Progress
from checks.runtime.text import printable

NAME = "advisories.db"
OLD_AFTER_DAYS = 30
MEMORY = 512 << 20
SILENCE_SECONDS = 120.0
TOTAL_SECONDS = 12 * 3600.0
MAX_ROWS = 50_000_000
MAX_FILES = 5_000_000

# Bytes or records done and how many there are (0 = not known), with the name of the export.
OnProgress = Callable[[str, int, int], None]


class AdvisoryError(DeskError):
    """An import that cannot be; one line that names the file. The old database is as it was."""


@dataclass(frozen=True, slots=True)
class EcosystemStatus:
    """One ecosystem of the database. `newest` is when its newest advisory was changed, `imported` when it came in."""

    name: str
    advisories: int
    malicious: int
    newest: datetime
    imported: datetime


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What the database holds. `text` says it in one line; `limitation` is empty unless it is old."""

    ecosystems: tuple[EcosystemStatus, ...]
    advisories: int
    malicious: int
    newest: datetime | None
    text: str
    limitation: str


@dataclass
class ImportSummary:
    """What an import took: advisories, those withdrawn, and the members that were no advisory (the first are named).

    `lost` says why nothing of the database before was kept, where it could not be read.
    """

    records: int = 0
    withdrawn: int = 0
    bad: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)
    replaced: tuple[str, ...] = ()
    lost: str = ""


def database_path(data: Path) -> Path:
    """Where the database lies in the folder of the user's data."""
    return data / NAME


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:  # an export may claim any date
        return datetime(1970, 1, 1, tzinfo=UTC)


def describe_database(path: Path, now: datetime | None = None) -> DatabaseStatus | None:
    """What is in the database, None where there is none; raises AdvisoryError where it cannot be read."""
    if not path.exists():
        return None
    try:
        with closing(open_database(path)) as connection:
            meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
            if meta.get("format") != FORMAT:
                raise AdvisoryError(f"{path}: made by another version of this program: import the exports again")
            rows = connection.execute(
                "SELECT name, advisories, malicious, newest, imported FROM ecosystem ORDER BY name"
            ).fetchall()
            count, bad = int(meta["advisories"]), int(meta["malicious"])
    except (sqlite3.Error, KeyError, ValueError) as error:
        advice = "import the exports again" if os.access(path, os.R_OK) else "change its rights or its owner"
        raise AdvisoryError(f"{path}: cannot be read ({error}): {advice}") from None
    ecosystems = tuple(
        EcosystemStatus(printable(name, 60), n, m, _moment(newest), _moment(imported))
        for name, n, m, newest, imported in rows
    )
    return _status(ecosystems, count, bad, now or datetime.now(UTC))


def _status(ecosystems: tuple[EcosystemStatus, ...], count: int, bad: int, now: datetime) -> DatabaseStatus:
    dated = [e for e in ecosystems if e.advisories]
    if not dated:
        return DatabaseStatus((), 0, 0, None, "an empty advisory database", "the advisory database is empty")
    newest = max(e.newest for e in dated)
    names = ", ".join(e.name for e in dated[:12]) + (f" and {len(dated) - 12} more" if len(dated) > 12 else "")
    text = f"{count:,} advisories ({names}), the newest of {newest:%Y-%m-%d}"
    # the claimed date of an advisory may lie in the future: the import's is the program's own
    ages = {e.name: (now - min(e.newest, e.imported)).days for e in dated}
    old = [e for e in dated if (now - e.imported).days > OLD_AFTER_DAYS or ages[e.name] > 12 * OLD_AFTER_DAYS]
    limitation = ""
    if (now - newest).days > OLD_AFTER_DAYS:
        limitation = f"the advisory database is {(now - newest).days} days old: what became known since is not found"
    elif old:
        listed = ", ".join(e.name for e in old[:8])
        limitation = f"advisories imported more than {OLD_AFTER_DAYS} days ago: {listed}; import a newer export"
    return DatabaseStatus(ecosystems, count, bad, newest, text, limitation)


def import_advisories(
    data: Path,
    paths: Sequence[Path],
    launcher: Launcher,
    *,
    add: bool = False,
    on_progress: OnProgress = lambda name, done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportSummary:
    """Import exports: zips, folders of JSON files or zips, single JSON files.

    What a zip or folder holds of an ecosystem replaces it, unless `add`; a single file is added. Raises AdvisoryError,
    or WorkerEnded when cancelled; then nothing has changed.
    """
    target = database_path(data)
    with _alone(data), tempfile.TemporaryDirectory(prefix="advisories-", dir=data) as staging:
        summary = ImportSummary()
        old = _readable(target, summary)
        new = Path(staging) / "new.db"
        try:
            database = NewDatabase(new, old)
            try:
                for source in _sources(paths, Path(staging)):
                    replacing = source.replaces and not add
                    _read_export(launcher, source, database, replacing, summary, on_progress, cancelled)
                    if source.temporary:
                        source.path.unlink()
                if cancelled():  # a small export is read before anybody asks
                    raise WorkerEnded("cancelled")
                if summary.records == 0:
                    raise AdvisoryError(_nothing(paths, summary))
                summary.withdrawn = database.withdrawn
                summary.replaced = tuple(sorted(database.alone))
                on_progress("indexing", 0, 0)
                database.finish(datetime.now(UTC).isoformat(timespec="seconds"))
            finally:
                database.close()
            _publish(new, target)
        except (sqlite3.Error, OSError) as error:
            raise _unwritten(target, error) from error
    return summary


def _readable(target: Path, summary: ImportSummary) -> Path | None:
    """The database to build on; one that is damaged or foreign is replaced, as its message asks for."""
    if target.is_dir():
        raise AdvisoryError(f"{target}: is a folder, where the database belongs: move it away")
    try:
        return target if describe_database(target) is not None else None
    except AdvisoryError as error:
        if not os.access(target, os.R_OK):
            raise
        summary.lost = str(error)
        return None


def _unwritten(target: Path, error: Exception) -> AdvisoryError:
    """The line for what went wrong while a new database was made out of the old one."""
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        advice = "is damaged ({}): say `assay advisories remove --all`, and import the exports again"
    else:
        advice = "cannot be written ({}): make room, and try again"
    return AdvisoryError(f"{target}: {advice.format(error)}")


def _nothing(paths: Sequence[Path], summary: ImportSummary) -> str:
    why = "it has no JSON file"
    if summary.bad:
        counted = "1 member is" if summary.bad == 1 else f"{summary.bad:,} members are"
        why = f"{counted} none ({summary.named[0][1] if summary.named else 'damaged'})"
    return f"{paths[0]}: there is no advisory in it: {why}; import an export of OSV (all.zip of an ecosystem)"


def remove_advisories(data: Path, names: Sequence[str] = ()) -> None:
    """Remove these ecosystems, or the whole database; raises AdvisoryError for one that is not there."""
    target = database_path(data)
    status = describe_database(target) if names else None
    known = {e.name for e in status.ecosystems} if status else set()
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise AdvisoryError(f"{name}: no such ecosystem in the advisory database: there are {listed}")
    with _alone(data):
        if not names or set(names) == known:
            try:
                target.unlink(missing_ok=True)
            except OSError as error:
                raise AdvisoryError(f"{target}: cannot be removed ({error.strerror}): see to it by hand") from None
            return
        with tempfile.TemporaryDirectory(prefix="advisories-", dir=data) as staging:
            try:
                drop_ecosystems(Path(staging) / "new.db", target, names, datetime.now(UTC).isoformat())
                _publish(Path(staging) / "new.db", target)
            except (sqlite3.Error, OSError) as error:
                raise _unwritten(target, error) from error


def _publish(new: Path, target: Path) -> None:
    """Put the whole file in the place of the old one, and have both names on the disk."""
    new.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One import at a time; what a killed one left behind is swept away. Raises AdvisoryError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock_file = (data / "advisories.lock").open("w")
        if not os.access(data, os.W_OK):
            lock_file.close()
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise AdvisoryError(f"{data}: cannot be written ({error.strerror}): check its rights and room") from None
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AdvisoryError(f"{data}: another import is running: wait until it has ended") from None
        for left in data.glob("advisories-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@dataclass(frozen=True, slots=True)
class _Source:
    """One file for the worker; `name` is how the user calls it."""

    path: Path
    name: str
    form: str
    replaces: bool
    temporary: bool = False


def _sources(paths: Sequence[Path], staging: Path) -> Iterator[_Source]:
    for number, path in enumerate(paths):
        try:
            if path.is_dir():
                yield from _folder(path, staging / f"{number}.records")
                continue
            with path.open("rb") as stream:
                start = stream.read(64)
        except OSError as error:
            raise AdvisoryError(f"{path}: cannot be read ({error.strerror})") from None
        if start[:2] == b"PK":
            yield _Source(path.absolute(), path.name, "zip", True)
        elif start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
            raise AdvisoryError(f"{path}: is neither a zip nor JSON: import an export of OSV (all.zip of an ecosystem)")
        else:
            packed = staging / f"{number}.records"
            _pack([path], packed)
            yield _Source(packed, path.name, "records", False, True)


def _folder(folder: Path, packed: Path) -> Iterator[_Source]:
    """The zips in a folder, and its JSON files put end to end, because a worker is given files and no folders."""
    for path in sorted(folder.glob("*.zip")):
        yield _Source(path.absolute(), path.name, "zip", True)
    if next(folder.rglob("*.json"), None) is not None:
        _pack(folder.rglob("*.json"), packed)
        yield _Source(packed, folder.name, "records", True, True)


def _pack(paths: Any, packed: Path) -> None:
    with packed.open("wb") as out:
        for count, path in enumerate(paths):
            if count >= MAX_FILES or not path.is_file() or path.is_symlink():
                continue
            name = os.fsencode(path.name if path.name.endswith(".json") else f"{path.name}.json")
            with path.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                out.write(RECORD.pack(len(name), size) + name)
                left = size
                while left and (piece := stream.read(min(left, 1 << 20))):
                    out.write(piece)
                    left -= len(piece)
                if left:
                    raise AdvisoryError(f"{path}: it changed while it was read: import again")


def _read_export(
    launcher: Launcher,
    source: _Source,
    database: NewDatabase,
    replacing: bool,
    summary: ImportSummary,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
) -> None:
    shown = printable(source.name, 200)
    worker = WorkerProcess(launcher, Grants(sides={"submission": Side(artifact=source.path)}, memory=MEMORY))
    try:
        number = worker.send("advisories", form=source.form)
        for message in run_task(worker, number, SILENCE_SECONDS, cancelled, total=TOTAL_SECONDS):
            if isinstance(message, Chunk):
                database.take(message.items, replacing=replacing)
                if database.rows > MAX_ROWS:
                    raise BadRow("too many rows")
            elif isinstance(message, Progress):
                on_progress(shown, message.done, message.count)
            elif isinstance(message, Finished):
                if message.error:
                    raise AdvisoryError(f"{shown}: cannot be imported: {_plain(message.error)}")
                _add_up(summary, message.data)
    except BadRow as error:
        raise AdvisoryError(f"{shown}: cannot be imported: the reader sent something out of bounds ({error})") from None
    except WorkerEnded as ended:
        if cancelled():
            raise
        raise AdvisoryError(f"{shown}: cannot be imported: {ended.reason}") from None
    finally:
        worker.kill()


def _plain(error: str) -> str:
    """What a worker says of a file that is no export, without the name of the exception and its place."""
    if not error.startswith("BadExport: "):
        return error
    return f"{error.removeprefix('BadExport: ').rpartition(' at ')[0]}: fetch it again"


def _add_up(summary: ImportSummary, told: dict[str, Any]) -> None:
    """The worker's counts, held against bounds: they are shown, and nothing depends on them."""
    for key in ("records", "bad"):
        value = told.get(key)
        if type(value) is int and 0 <= value <= MAX_ROWS:
            setattr(summary, key, getattr(summary, key) + value)
    named = told.get("named")
    for pair in named[:20] if isinstance(named, list) else ():
        with contextlib.suppress(TypeError, ValueError):  # not a pair: only a name less in a list of examples
            name, why = pair
            if isinstance(name, str) and isinstance(why, str) and len(summary.named) < 20:
                summary.named.append((printable(name, 200), printable(why, 200)))
