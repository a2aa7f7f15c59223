"""`assay similar`: the lists of known packages that every submission is compared with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams
from app.quantities import format_count

if TYPE_CHECKING:
    from app.desk import Desk

EXPLAINED = (
    "A list is CSV with a header, or JSON lines, with the columns name, verdict (bad or good), sha256 or digest, and "
    "if you like version, date and path. It is kept under the name of the file; importing it again replaces it."
)


def register(verbs: Any) -> None:
    """Add the verb to the command line."""
    similar = verbs.add_parser(
        "similar",
        help="lists of known packages to compare with",
        description="Without an action: the lists that are there.",
        epilog=EXPLAINED,
    )
    actions = similar.add_subparsers(dest="action", metavar="ACTION")
    imported = actions.add_parser("import", help="keep a list of known-bad or known-good packages", epilog=EXPLAINED)
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--name", default="", help="of the list (default: the file's)")
    exported = actions.add_parser("export", help="write what was rejected here as a list for others")
    exported.add_argument("file", type=Path, metavar="FILE")
    actions.add_parser("list", help="print the lists (the default)")
    removed = actions.add_parser("remove", help="take a list away")
    removed.add_argument("name", metavar="NAME")
    similar.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what was asked; raises DeskError. Exit code 0, and 1 where rows of an imported list could not be used."""
    from app.desk import Desk
    from app.similar_lists import list_files, remove_list

    with Desk.open() as desk:
        if options.action == "import":
            return _import(desk, options)
        if options.action == "export":
            from app.similar_export import export_rejected

            count = export_rejected(desk.store, options.file)
            streams.say_line(f"{format_count(count, 'entry', 'entries')} written to {options.file}")
        elif options.action == "remove":
            remove_list(desk.folders, options.name)
            desk.store.record(desk.reviewer, "similar", None, did="remove", name=options.name)
            streams.say_line(f"the list {options.name} is gone")
        else:
            paths = list_files(desk.folders)
            if not paths:
                streams.say_line("no list was imported: `assay similar import FILE` does it")
            for path in paths:
                with path.open("rb") as stream:
                    streams.say_line(f"{path.stem}: {format_count(sum(1 for _ in stream), 'entry', 'entries')}")
    return 0


def _import(desk: Desk, options: argparse.Namespace) -> int:
    from app.libraries import import_list

    told = import_list(desk, options.file, options.name)
    for note in told.notes:
        streams.tell(f"assay: {note}")
    streams.say_line(told.line)
    return 1 if told.bad else 0
