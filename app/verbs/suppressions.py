"""`assay suppressions`: findings that were called false or accepted, shared between reviewers as a file."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams
from app.libraries import SuppressionsError
from app.quantities import format_count

if TYPE_CHECKING:
    from app.desk import Desk
    from app.suppressions import SharedSuppression

DONE, SOME_BAD = 0, 1


def register(verbs: Any) -> None:
    """Add the verb with its actions."""
    parser = verbs.add_parser(
        "suppressions",
        help="share what was called false or accepted",
        description="Without an action: the suppressions that were imported.",
        epilog="Exit codes: 0 done; 1 done, but some entries cannot be used and are named; 2 nothing could be done.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="the suppressions that were imported (the default)")
    export = actions.add_parser("export", help="write what was said of findings into a file")
    export.add_argument("file", type=Path, metavar="FILE", help="TOML, or JSON where it ends in .json")
    export.add_argument("--submission", metavar="S", help="of this one only: its number, SHA-256, title or file name")
    export.add_argument("--until", type=_day, metavar="DAY", help="the last day (2026-12-31) of those that have none")
    export.add_argument("--own", action="store_true", help="leave out what was imported from others")
    read = actions.add_parser("import", help="let what a file says of findings count here")
    read.add_argument("file", type=Path, metavar="FILE", help="as export writes it")
    remove = actions.add_parser("remove", help="let imported ones count no longer")
    remove.add_argument("numbers", nargs="*", type=int, metavar="N", help="as the list numbers them")
    remove.add_argument("--file", metavar="NAME", help="all that came in a file of this name")
    remove.add_argument("--expired", action="store_true", help="all whose last day has gone by")
    parser.set_defaults(run=run)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-12-31") from None


def run(options: argparse.Namespace) -> int:
    """Do it; raises SuppressionsError, DeskError."""
    from app.desk import Desk

    actions = {"export": _export, "import": _import, "remove": _remove}
    with Desk.open() as desk:
        return actions.get(options.action, _list)(desk, options)


def _today() -> date:
    return datetime.now().astimezone().date()


def _export(desk: Desk, options: argparse.Namespace) -> int:
    from app.libraries import export_suppressions

    submission = _find(desk, options.submission) if options.submission is not None else None
    told = export_suppressions(desk, options.file, submission=submission, until=options.until, own=options.own)
    streams.say_lines([told.line])
    return DONE


def _find(desk: Desk, wanted: str) -> int:
    """The latest submission of that number, hash, title or file name."""
    for about in desk.submissions():
        names = {str(about.id), about.artifact.sha256, about.title, about.artifact.name}
        if wanted in names or (len(wanted) >= 8 and about.artifact.sha256.startswith(wanted.lower())):
            return about.id
    raise SuppressionsError(f"there is no submission {wanted!r}: give its number, SHA-256, title or file name")


def _import(desk: Desk, options: argparse.Namespace) -> int:
    from app.libraries import import_suppressions

    told = import_suppressions(desk, options.file)
    streams.say_lines([told.line, *told.notes])
    return SOME_BAD if told.bad else DONE


def _list(desk: Desk, options: argparse.Namespace) -> int:
    rows = desk.store.suppressions()
    none = ["no suppressions were imported: `assay suppressions import FILE` does it"]
    streams.say_lines(map(_describe, rows) if rows else none)
    return DONE


def _describe(shared: SharedSuppression) -> str:
    said = shared.said
    until = f", until {said.until}" if said.until else ""
    ended = ", expired: it does not count" if said.expired(_today()) else ""
    place = said.path or "(package)"
    return (
        f"{shared.id}  {said.check}/{said.rule}  {place}  {said.sha256[:12]}  {said.verdict.replace('_', ' ')}  "
        f"{said.who or 'somebody'}: {said.reason} (from {shared.source}{until}{ended})"
    )


def _remove(desk: Desk, options: argparse.Namespace) -> int:
    rows = desk.store.suppressions()
    chosen = {row.id for row in rows if row.id in options.numbers}
    if unknown := sorted(set(options.numbers) - chosen):
        raise SuppressionsError(f"there is no suppression {unknown[0]}: see `assay suppressions list`")
    if options.file is not None:
        chosen |= {row.id for row in rows if row.source == options.file}
    if options.expired:
        chosen |= {row.id for row in rows if row.said.expired(_today())}
    if not (options.numbers or options.file is not None or options.expired):
        raise SuppressionsError("say which: their numbers, --file NAME or --expired")
    if not chosen:
        raise SuppressionsError("no imported suppression is like that: see `assay suppressions list`")
    removed = desk.store.remove_suppressions(chosen, desk.reviewer)
    streams.say_lines([f"{format_count(removed, 'suppression')} removed"])
    return DONE
