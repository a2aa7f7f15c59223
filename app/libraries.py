"""What the reviewer brings along for all reviews: suppressions, advisories, lists of known packages, own rules.

Window and command line go through these, so that both say the same and put the same on record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.quantities import format_count

if TYPE_CHECKING:
    from app.advisories import ImportSummary
    from app.desk import Desk
    from app.rules import Checked

LEFT_OUT = "left out, because they do not work ({0:,}):"


class SuppressionsError(DeskError):
    """A file or a choice that cannot be used; one line that names it and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was done, in one line; `notes` are lines on what could not be used, `bad` says whether there was any."""

    line: str
    notes: tuple[str, ...] = ()
    bad: bool = False


def _today() -> date:
    return datetime.now().astimezone().date()


# Suppressions


def export_suppressions(
    desk: Desk, file: Path, *, submission: int | None = None, until: date | None = None, own: bool = False
) -> Told:
    """Write what was said of findings, of one submission or of all; `own` leaves out what others said.

    JSON where the name ends so, else TOML. Raises SuppressionsError.
    """
    from app.export import write_file
    from app.suppressions import clean_suppression, write_suppressions

    entries = list(desk.store.said_suppressions(submission))
    if submission is None and not own:
        entries += [shared.said for shared in desk.store.suppressions() if not shared.said.expired(_today())]
    if not entries:
        raise SuppressionsError("no finding was called false or accepted yet: there is nothing to export")
    form = "json" if file.suffix.lower() == ".json" else "toml"
    clean = {clean_suppression(entry, until) for entry in entries}
    try:
        write_file(file, write_suppressions(clean, form))
    except OSError as error:
        text = f"{file}: cannot be written ({error.strerror}): choose another place"
        raise SuppressionsError(text) from error
    told = {"did": "export", "file": str(file), "entries": len(clean)}
    desk.store.record(desk.reviewer, "suppressions", submission, **told)
    return Told(f"{file}: {format_count(len(clean), 'suppression')}")


def import_suppressions(desk: Desk, file: Path) -> Told:
    """Let what a file says of findings count here; entries that cannot be used are noted. Raises SuppressionsError."""
    from app.suppressions import clean_suppression
    from checks.runtime.suppression_file import MAX_BYTES, BadFile, parse_suppressions
    from checks.runtime.text import printable

    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise SuppressionsError(f"{file}: cannot be read ({error.strerror}): check the path and its rights") from error
    try:
        read = parse_suppressions(data)
    except BadFile as bad:
        raise SuppressionsError(f"{file}: {bad}") from None
    entries = [clean_suppression(entry) for _, _, entry in read.entries]
    told = {"sha256": hashlib.sha256(data).hexdigest(), "bad": read.bad}
    added, changed = (
        desk.store.import_suppressions(entries, printable(file.name, 200), desk.reviewer, **told) if entries else (0, 0)
    )
    same = len(entries) - added - changed
    count = format_count(len(entries), "suppression")
    notes = [
        f"{_place(file, line)}: entry {number}: ended on {entry.until}, so it does not count"
        for number, line, entry in read.entries
        if entry.expired(_today())
    ]
    notes += [f"{_place(file, complaint.line)}: {complaint}" for complaint in read.complaints]
    if read.complaints:
        notes.append(f"entries that were left out, because they cannot be used: {read.bad:,}")
    line = f"{file}: {count}: {added:,} new, {changed:,} changed, {same:,} known already"
    return Told(line, tuple(notes), bool(read.complaints))


def _place(file: Path, line: int) -> str:
    return f"{file}:{line}" if line else str(file)


# Advisories


def import_advisories(
    desk: Desk,
    paths: Sequence[Path],
    *,
    add: bool = False,
    on_progress: Callable[[str, int, int], None] = lambda name, done, total: None,
    cancel: CancelToken | None = None,
) -> Told:
    """Read OSV exports into the database, in minutes; raises DeskError, Cancelled: then nothing has changed."""
    from app import advisories
    from app.workers import WorkerEnded

    for path in paths:
        if not path.exists():
            raise DeskError(f"{path}: there is no such file or folder")
    token = cancel or CancelToken()
    try:
        summary = advisories.import_advisories(
            desk.folders.data, paths, desk.launcher(), add=add, on_progress=on_progress,
            cancelled=lambda: token.cancelled,
        )  # fmt: skip
    except WorkerEnded as ended:  # told as an error by whom it is one: this one was asked to end
        raise Cancelled("the import was cancelled: the advisories are as they were") from ended
    desk.store.record(
        desk.reviewer, "advisories", None, did="import", files=[p.name for p in paths],
        advisories=summary.records, bad=summary.bad,
    )  # fmt: skip
    return _tell_advisories(summary)


def _tell_advisories(summary: ImportSummary) -> Told:
    taken = f"{format_count(summary.records, 'advisory', 'advisories')} imported"
    if summary.withdrawn:
        taken += f", {summary.withdrawn:,} of them withdrawn or about no package, and left out"
    notes = [f"replaced: {', '.join(summary.replaced)}"] if summary.replaced else []
    if summary.lost:
        notes.append(f"nothing of the database before was kept: {summary.lost}")
    if summary.bad:
        notes.append(f"{format_count(summary.bad, 'member is', 'members are')} no advisory and left out:")
        notes += [f"  {name}: {why}" for name, why in summary.named]
        if summary.bad > len(summary.named):
            notes.append(f"  and {summary.bad - len(summary.named):,} more")
    return Told(taken, tuple(notes), bool(summary.bad))


# Lists of known packages


def import_list(desk: Desk, file: Path, name: str = "") -> Told:
    """Keep a list of packages known as bad or good, under its name; raises BadList, and nothing has changed then."""
    from app.similar_lists import import_list as read_list

    done = read_list(file, desk.folders, name)
    desk.store.record(desk.reviewer, "similar", None, did="import", name=done.name, entries=done.kept)
    notes = [f"{file}: line {line}: {why}: left out" for line, why in done.problems]
    if done.refused > len(done.problems):
        notes.append(f"{file}: {done.refused - len(done.problems):,} more rows were left out")
    was = "was" if done.kept == 1 else "were"
    line = f"{format_count(done.kept, 'entry', 'entries')} of the list {done.name} {was} kept"
    return Told(line, tuple(notes), bool(done.refused))


# Rules


def add_rules(desk: Desk, folder: Path, name: str = "", *, replace: bool = False) -> Told:
    """Use the rules in a folder from now on; those that do not work are noted as FILE:LINE. Raises RulesError."""
    from app.rules import add_rules as keep_rules
    from app.rules_own import own_folder

    name, checked = keep_rules(own_folder(desk.folders.data), folder, name, replace=replace)
    detail = {"name": name, "folder": str(folder), "rules": checked.rules}
    desk.store.record(desk.reviewer, "rules", None, did="add", **detail, left_out=len(checked.problems))
    line = f"{name}: {count_rules(checked)} added; findings of theirs carry ids that begin with own."
    return Told(line, tuple(name_problems(checked)), bool(checked.problems))


def count_rules(checked: Checked) -> str:
    """How many rules of each engine work: 3 yara rules and 1 code rule."""
    from checks.runtime.own_rules import ENDINGS

    counts = [format_count(checked.count(engine), f"{engine} rule") for engine in ENDINGS if engine in checked.trials]
    return " and ".join(counts)


def name_problems(checked: Checked) -> list[str]:
    """A line for each rule that does not work, below a heading; nothing where all do."""
    if not checked.problems:
        return []
    return [LEFT_OUT.format(len(checked.problems)), *(f"  {problem}" for problem in checked.problems)]
