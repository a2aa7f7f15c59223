"""`assay rules`: which rules are active; add, remove and try the reviewer's own."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams
from app.quantities import format_count

if TYPE_CHECKING:
    from app.rules import RuleSet
    from app.rules_trial import RuleProblem

DONE, SOME_BAD = 0, 1


def register(verbs: Any) -> None:
    """Add the verb with its actions."""
    parser = verbs.add_parser(
        "rules",
        help="the rules that are active, and the reviewer's own",
        description="Without an action: the rules that are active. Own rules are YARA files (*.yar, *.yara) and code "
        "rules (*.toml).",
        epilog="Exit codes: 0 done; 1 done, but some rules do not work and are named; 2 nothing could be done.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="the rules that are active (the default)")
    add = actions.add_parser("add", help="use the rules in a folder from now on")
    add.add_argument("folder", type=Path, metavar="DIR", help="a folder, or one file")
    add.add_argument("--name", default="", metavar="NAME", help="what to call them (default: the folder's name)")
    add.add_argument("--replace", action="store_true", help="in place of those that have the name now")
    remove = actions.add_parser("remove", help="use own rules no longer")
    remove.add_argument("name", metavar="NAME", help="what they are called in the list")
    tried = actions.add_parser("check", help="try the rules in a folder, and change nothing")
    tried.add_argument("folder", type=Path, metavar="DIR", help="a folder, or one file")
    for sub in (parser, listed):
        # a default of the inner parser would take away what was said before its name
        sub.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help="of the list")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do it; raises RulesError, DeskError."""
    actions = {"add": _add, "remove": _remove, "check": _check}
    return actions.get(options.action, _list)(options)


def _problems(problems: Iterable[RuleProblem]) -> list[str]:
    return [f"  {problem}" for problem in problems]


def _list(options: argparse.Namespace) -> int:
    from app.paths import RESOURCES, Folders
    from app.rules import list_rules
    from app.rules_own import own_folder

    own = own_folder(Folders.of_user().data)
    rows = list_rules(RESOURCES, own)
    if getattr(options, "format", "text") == "json":
        document = {"schema": "assay-rules/1", "rules": [_row(r) for r in rows]}
        streams.say((json.dumps(document, indent=1) + "\n").encode())
    else:
        streams.say_lines(line for row in rows for line in _describe(row))
        if not any(row.own for row in rows):
            streams.say_lines(["no rules of your own: `assay rules add DIR` adds some"])
    return DONE


def _row(row: RuleSet) -> dict[str, Any]:
    return {
        "name": row.name,
        "own": row.own,
        "engine": row.engine,
        "files": row.files,
        "rules": row.rules,
        "added": row.added,
        "source": row.source,
        "problems": [{"file": p.file, "line": p.line, "text": p.text} for p in row.problems],
    }


def _describe(row: RuleSet) -> list[str]:
    whose = "own    " if row.own else "shipped"
    name = f"  {row.name}" if row.own else ""
    when = f", added {row.added[:10]} from {row.source}" if row.added else ""
    counts = f"{format_count(row.rules, 'rule')} in {format_count(row.files, 'file')}"
    line = f"{whose}  {row.engine:<5}  {counts}{name}{when}"
    if row.problems:
        return [line, f"  left out, because they do not work ({len(row.problems):,}):", *_problems(row.problems)]
    return [line]


def _add(options: argparse.Namespace) -> int:
    from app.desk import Desk
    from app.libraries import add_rules

    with Desk.open() as desk:
        told = add_rules(desk, options.folder, options.name, replace=options.replace)
    streams.say_lines([told.line, *told.notes])
    return SOME_BAD if told.bad else DONE


def _remove(options: argparse.Namespace) -> int:
    from app.desk import Desk
    from app.rules import remove_rules
    from app.rules_own import own_folder

    with Desk.open() as desk:
        remove_rules(own_folder(desk.folders.data), options.name)
        desk.store.record(desk.reviewer, "rules", None, did="remove", name=options.name)
    streams.say_lines([f"{options.name}: removed"])
    return DONE


def _check(options: argparse.Namespace) -> int:
    from app.libraries import count_rules, name_problems
    from app.rules import check_folder

    checked = check_folder(options.folder)
    streams.say_lines([f"{count_rules(checked)} would be added", *name_problems(checked)])
    return SOME_BAD if checked.problems else DONE
