"""`assay advisories`: what the advisory database holds; import exports of OSV, remove what is not wanted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams

if TYPE_CHECKING:
    from app.advisories import DatabaseStatus

DONE = 0


def register(verbs: Any) -> None:
    """Add the verb with its actions."""
    parser = verbs.add_parser(
        "advisories",
        help="known vulnerabilities: the database that the check looks in",
        description="Without an action: what the database holds. Exports of OSV are zips, one for each ecosystem.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("status", help="what the database holds (the default)")
    add = actions.add_parser("import", help="read exports; what they hold of an ecosystem replaces it")
    add.add_argument("paths", nargs="+", type=Path, metavar="FILE", help="a zip, a folder, or one JSON file")
    add.add_argument("--add", action="store_true", help="keep what is there, and replace single advisories only")
    remove = actions.add_parser("remove", help="remove ecosystems, or with --all the whole database")
    remove.add_argument("names", nargs="*", metavar="ECOSYSTEM")
    remove.add_argument("--all", action="store_true", help="remove the whole database")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do it; raises DeskError."""
    actions = {"import": _import, "remove": _remove}
    return actions.get(options.action, _status)(options)


def _status(options: argparse.Namespace) -> int:
    from app.advisories import database_path, describe_database
    from app.paths import Folders

    status = describe_database(database_path(Folders.of_user().data))
    if status is None:
        advice = "get an OSV export, a zip per ecosystem, and say `assay advisories import FILE`"
        streams.say_line(f"no advisory database: {advice}")
    else:
        streams.say_line(render_status(status))
    return DONE


def render_status(status: DatabaseStatus) -> str:
    """The lines of `assay advisories`."""
    lines = [f"{'ecosystem':<20} {'advisories':>11} {'malicious':>10}  {'newest':<10}  imported"]
    for e in status.ecosystems:
        dates = f"{e.newest:%Y-%m-%d}  {e.imported:%Y-%m-%d}"
        lines.append(f"{e.name:<20} {e.advisories:>11,} {e.malicious:>10,}  {dates}")
    lines.append(status.text)
    if status.limitation:
        lines.append(f"warning: {status.limitation}")
    return "\n".join(lines)


class _Line:
    """One live line of progress on a terminal, nothing where standard error is piped."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}", markup=False), BarColumn(),
                       TextColumn("{task.fields[detail]}"), TimeElapsedColumn())  # fmt: skip
            self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("reading", total=None, detail="")

    def show(self, name: str, done: int, total: int) -> None:
        if self._bar is not None:
            detail = f"{done:,}" if done else ""
            self._bar.update(self._task, description=name, completed=done, total=total or None, detail=detail)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _import(options: argparse.Namespace) -> int:
    from app.advisories import database_path, describe_database
    from app.desk import Desk
    from app.libraries import import_advisories

    line = _Line()
    with Desk.open() as desk:
        try:
            told = import_advisories(desk, options.paths, add=options.add, on_progress=line.show)
        finally:
            line.stop()
        status = describe_database(database_path(desk.folders.data))
    streams.say_line("\n".join([told.line, *told.notes]))
    if status is not None:
        streams.say_line(render_status(status))
    return DONE


def _remove(options: argparse.Namespace) -> int:
    from app.advisories import AdvisoryError, remove_advisories
    from app.desk import Desk

    if bool(options.names) == options.all:
        raise AdvisoryError("say which ecosystems to remove, or --all for the whole database")
    with Desk.open() as desk:
        remove_advisories(desk.folders.data, options.names)
        desk.store.record(desk.reviewer, "advisories", None, did="remove", ecosystems=list(options.names))
    streams.say_line(f"removed: {', '.join(options.names)}" if options.names else "the advisory database was removed")
    return DONE
