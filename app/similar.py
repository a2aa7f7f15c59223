"""What is known when a package is compared: everything reviewed here that has digests, and the imported lists.

Kept as one SQLite file beside the store (its tables are in checks/downloads/similar/known.py), for `similarity`.
The log of the store says which submissions changed since it was written, so a run adds what is new and no more. A file
handed over is never written again: changes go into a copy that takes its place.
"""

from __future__ import annotations

import dataclasses
import fcntl
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from app.archive_trees import DamagedTree, read_tree
from app.errors import DeskError
from app.model import Run, RunFact, Submission
from app.paths import Folders
from app.review import match_findings
from app.similar_lists import ListEntry, list_files, lists_state, read_lists
from app.triage import Verdict
from app.vault import Vault
from checks import Severity
from checks.downloads.similar.digests import combine, load_rules, parse_digest
from checks.downloads.similar.known import FORMAT, SCHEMA
from checks.runtime.package import Entry
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.store import Store

log = logging.getLogger(__name__)

# So many runs back a submission's digests are looked for: a run of chosen checks has none.
MAX_RUNS = 5
MAX_FILES = 5_000
# What a file weighs whose tree is gone.
UNKNOWN_SIZE = 4_096
NO_HASH = "00" * 32
VERDICTS = {"approve": "approved", "reject": "rejected"}
_CHANGES = ("run", "decision", "change", "triage")
VAULT = "vault"


def known_file(open_store: Callable[[], Store], vault: Vault, folders: Folders) -> Path | None:
    """The file of what is known, brought up to date; None where nothing is. Raises DeskError where it cannot be made.

    Costs one look at the log where nothing changed, a millisecond: only then is the store left alone, whose library
    takes a while to load. Called at the end of a run as well, it leaves nothing to do before the next. About 10 ms for
    each submission that changed.
    """
    target = folders.data / "known" / "known.db"
    try:
        before, now, touched = _compare_states(target, folders)
        if before is not None and before.lists == now.lists and not touched:
            return _or_none(target)
        if before is None and not now.line and not list_files(folders):
            return None
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(target.with_suffix(".lock")):
            before, now, touched = _compare_states(target, folders)  # another program may have done it meanwhile
            if before is None or before.lists != now.lists or touched:
                _renew(open_store(), vault, folders, target, before, now, touched)
    except (OSError, sqlite3.Error) as error:
        raise DeskError(
            f"{target}: what was reviewed before cannot be gathered ({error}): free some space, or remove the file"
        ) from error
    return _or_none(target)


class _State(NamedTuple):
    """How far the file goes: the newest line of the log, its time (which tells one store from another), the lists."""

    line: int
    at: str
    lists: str


def _compare_states(target: Path, folders: Folders) -> tuple[_State | None, _State, frozenset[int]]:
    """What the file knows of (None where it has to be made anew), what there is, and the submissions that changed."""
    before = _read_state(target)
    lists = lists_state(folders)
    path = folders.data / "assay.db"
    if not path.is_file():
        return (before if before is not None and not before.line else None), _State(0, "", lists), frozenset()
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as base:
        if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone():
            return None, _State(0, "", lists), frozenset()
        newest = base.execute("SELECT id, at FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, "")
        now = _State(newest[0], newest[1], lists)
        if before is None:
            return None, now, frozenset()
        if before.line and base.execute("SELECT at FROM audit WHERE id = ?", [before.line]).fetchone() != (before.at,):
            return None, now, frozenset()  # another store, or an older copy of it
        marks = ", ".join("?" * len(_CHANGES))
        sql = f"SELECT DISTINCT submission FROM audit WHERE id > ? AND action IN ({marks})"  # noqa: S608 - marks only
        return before, now, frozenset(row[0] for row in base.execute(sql, [before.line, *_CHANGES]))


def _or_none(target: Path) -> Path | None:
    with closing(_open(target)) as base:
        return target if base.execute("SELECT 1 FROM package LIMIT 1").fetchone() else None


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read_state(target: Path) -> _State | None:
    if not target.is_file():
        return None
    try:
        with closing(_open(target)) as base:
            meta = dict(base.execute("SELECT name, value FROM meta").fetchall())
            base.execute("SELECT 1 FROM package, file, posting LIMIT 1")
    except sqlite3.Error as error:
        log.warning("%s: damaged (%s): it is made anew", target, error)
        return None
    return _State(int(meta["line"]), meta["at"], meta["lists"]) if meta.get("format") == str(FORMAT) else None


def _renew(
    store: Store,
    vault: Vault,
    folders: Folders,
    target: Path,
    before: _State | None,
    now: _State,
    touched: frozenset[int],
) -> None:
    changed = [s for s in store.submissions() if before is None or s.id in touched]
    partial = target.with_suffix(".new")
    partial.unlink(missing_ok=True)
    if before is not None:
        shutil.copyfile(target, partial)
    with closing(_open(partial)) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        if before is None:
            base.executescript(SCHEMA)
        base.execute("BEGIN")
        for submission in changed:
            _drop(base, "submission = ?", submission.id)
            _add_submission(base, store, vault, submission)
        if before is None or before.lists != now.lists:
            _drop(base, "source <> ?", VAULT)
            _add_lists(base, read_lists(folders))
        rows = [("format", str(FORMAT)), ("line", str(now.line)), ("at", now.at), ("lists", now.lists)]
        base.executemany("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", rows)
        base.execute("COMMIT")
    partial.chmod(0o600)
    partial.replace(target)


def _drop(base: sqlite3.Connection, condition: str, value: object) -> None:
    packages = f"SELECT id FROM package WHERE {condition}"  # noqa: S608 - ours
    base.execute(f"DELETE FROM posting WHERE file IN (SELECT id FROM file WHERE package IN ({packages}))", [value])  # noqa: S608
    base.execute(f"DELETE FROM file WHERE package IN ({packages})", [value])  # noqa: S608
    base.execute(f"DELETE FROM package WHERE {condition}", [value])  # noqa: S608


def digests_of(store: Store, submission: int) -> list[RunFact]:
    """The digests of a submission, from its latest run that made any."""
    finished = [run for run in store.runs(submission) if run.finished is not None]
    for run in finished[:MAX_RUNS]:
        facts = [fact for fact in store.facts(run.id) if fact.group == "digest"]
        if facts:
            return facts
    return []


def find_dangerous(store: Store, run: Run | None) -> frozenset[str]:
    """SHA-256 of the files against which a finding of severity high or critical stands, triage heard."""
    if run is None:
        return frozenset()
    grave = [f for f in run.findings if f.severity >= Severity.HIGH and f.state != "fixed" and f.number is not None]
    said = match_findings(store, dataclasses.replace(run, findings=tuple(grave))) if grave else {}
    return frozenset(
        f.file_sha256
        for f in grave
        if not (
            (match := said.get(f.fingerprint)) is not None
            and match.kind == "holds"
            and match.entry is not None
            and match.entry.verdict is Verdict.FALSE_POSITIVE
        )
    )


def verdict_of(store: Store, submission: Submission) -> tuple[str, str]:
    """What was decided of these bytes last (approved, rejected, undecided), and when (ISO 8601)."""
    for decision in store.decisions(submission.id):
        if decision.artifact_sha256 == submission.artifact.sha256:
            return VERDICTS.get(decision.decision, "undecided"), decision.at.isoformat()
    return "undecided", submission.added.isoformat()


def _add_submission(base: sqlite3.Connection, store: Store, vault: Vault, submission: Submission) -> None:
    facts = digests_of(store, submission.id)
    if not facts:
        return
    verdict, at = verdict_of(store, submission)
    sha256 = submission.artifact.sha256
    try:
        tree = read_tree(vault, submission.artifact)
    except DamagedTree as problem:
        log.info("%s: %s: known by its digests only", sha256, problem)
        tree = None
    files = tree.files if tree is not None else []
    whole = combine(entry.sha256 for entry in files) if files else ""
    whole = next((fact.value for fact in facts if fact.name == "whole"), whole)
    package = base.execute(
        "INSERT INTO package (source, submission, title, version, family, verdict, at, whole) VALUES (?,?,?,?,?,?,?,?)",
        [VAULT, submission.id, submission.title or printable(submission.artifact.name, 200), submission.version,
         submission.family, verdict, at, whole],
    ).lastrowid  # fmt: skip
    dangerous = find_dangerous(store, store.last_run(submission.id)) if verdict == "rejected" else frozenset()
    digests = {fact.file_sha256: fact.value for fact in facts if fact.name != "whole" and fact.file_sha256}
    paths = {fact.file_sha256: fact.path for fact in facts}
    add = _file_adder(base, package or 0)
    told: set[str] = set()
    for entry in _telling(files, digests):
        if entry.sha256 not in told:
            told.add(entry.sha256)
            text = digests.get(entry.sha256)
            add(entry.sha256, printable(entry.path, 300), entry.size, int(entry.sha256 in dangerous), text)
    for missing in digests.keys() - told:  # its tree is gone
        add(missing, paths.get(missing, ""), UNKNOWN_SIZE, int(missing in dangerous), digests[missing])
    if verdict == "rejected" and sha256 not in told:
        add(sha256, printable(submission.artifact.name, 300), submission.artifact.size, 2, None)


def _telling(files: Iterable[Entry], digests: dict[str, str]) -> list[Entry]:
    """The files that are worth knowing, those with a digest first, within the bound."""
    least = load_rules()["weights"]["least_bytes"]
    worth = [entry for entry in files if entry.size >= least]
    return sorted(worth, key=lambda e: (e.sha256 not in digests, -e.size))[:MAX_FILES]


def _file_adder(base: sqlite3.Connection, package: int) -> Callable[[str, str, int, int, str | None], None]:
    """A function that adds one file of a package, with the keys by which it is found."""

    def add(sha256: str, path: str, size: int, dangerous: int, digest: str | None) -> None:
        try:
            keys = parse_digest(digest).keys if digest else ()
        except ValueError as error:  # made by another version of the program
            log.info("a digest of %s is of no use: %s", sha256, error)
            digest, keys = None, ()
        number = base.execute(
            "INSERT INTO file (package, sha256, path, size, dangerous, digest) VALUES (?,?,?,?,?,?)",
            [package, bytes.fromhex(sha256), path, size, dangerous, digest],
        ).lastrowid
        base.executemany("INSERT OR IGNORE INTO posting (value, file) VALUES (?, ?)", ((k, number) for k in keys))

    return add


def _add_lists(base: sqlite3.Connection, entries: Iterable[ListEntry]) -> None:
    for entry in entries:
        package = base.execute(
            "INSERT INTO package (source, title, version, family, verdict, at, whole) VALUES (?,?,?,'',?,?,'')",
            [entry.source, entry.name, entry.version, entry.verdict, entry.at],
        ).lastrowid
        add = _file_adder(base, package or 0)
        add(entry.sha256 or NO_HASH, entry.path, UNKNOWN_SIZE, int(entry.verdict == "bad"), entry.digest or None)
