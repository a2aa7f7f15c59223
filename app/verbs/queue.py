"""`assay queue`: the marketplace's queue without a window; reading it, downloading, taking into review, checking."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams
from app.errors import DeskError
from app.quantities import format_count, format_size
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.cancel import CancelToken
    from app.desk import Desk
    from app.marketplace.words import Fetched, QueueEntry

DONE, FINDINGS, UNUSABLE, INCOMPLETE = 0, 1, 2, 3
SECRET = "ASSAY_MARKET_SECRET"  # noqa: S105 - the name of a variable
MAX_SECRET = 4096
EXIT_CODES = (
    "Exit codes: 0 done; 1 with --check, findings of at least medium severity; 2 wrong use, or refused; 3 incomplete: "
    "the marketplace was not reached and the last sync is shown, a download was cut, what was to be sent still waits, "
    "or a required check did not run."
)


class QueueRefused(DeskError):
    """Wrong use: one line, exit code 2."""


def register(verbs: Any) -> None:
    """Add the verb to the command line."""
    queue = verbs.add_parser(
        "queue",
        help="the marketplace's queue: read, download, take into review, check",
        description="Reads the queue from the marketplace and prints it; without a network as it was at the last sync.",
        epilog=EXIT_CODES,
    )
    reading = queue.add_mutually_exclusive_group()
    reading.add_argument("--refresh", action="store_true", help="read the queue first (the default)")
    reading.add_argument("--offline", action="store_true", help="ask nobody: the queue as of the last sync")
    queue.add_argument("--scope", choices=("waiting", "published", "all"), default="waiting", help="default: waiting")
    sorts = ("waiting", "risk", "size", "developer", "name")
    queue.add_argument("--sort", choices=sorts, default="waiting", help="default: what waits longest first")
    queue.add_argument("--filter", default="", metavar="WORDS", help="only where all of these words are found")
    queue.add_argument("--format", choices=("text", "json"), default="text")
    doing = queue.add_mutually_exclusive_group()
    doing.add_argument("--fetch", metavar="APP/VERSION", help="download its files and its baseline")
    doing.add_argument("--assign", metavar="APP/VERSION", help="take it into review in your name")
    doing.add_argument("--check", metavar="APP/VERSION", help="download it and run the battery on every file")
    queue.add_argument(
        "--live", action="store_true", help="with --check: also ask the network how the files are handed out"
    )
    doing.add_argument("--connect", metavar="ADDRESS", help="set up the marketplace, as in https://market.example/v2")
    doing.add_argument("--disconnect", action="store_true", help="forget the secret; what is to be sent stays")
    queue.add_argument("--id", default="", metavar="ID", help="with --connect: the marketplace's id")
    queue.add_argument("--ca-bundle", default=None, type=Path, metavar="FILE", help="with --connect: own authorities")
    queue.add_argument(
        "--secret-stdin",
        action="store_true",
        help=f"with --connect: read the secret from standard input (else from {SECRET}, or it is asked for)",
    )
    queue.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what was asked; raises DeskError."""
    from app.cancel import CancelToken
    from app.cli import _interruptible
    from app.desk import Desk

    given = options.id or options.secret_stdin or options.ca_bundle
    if given and not options.connect:
        raise QueueRefused("--id, --ca-bundle and --secret-stdin belong to --connect ADDRESS")
    if options.live and not options.check:
        raise QueueRefused("--live belongs to --check APP/VERSION")
    if options.offline and (options.connect or options.fetch or options.check):
        raise QueueRefused("--offline: that needs the marketplace")
    cancel = CancelToken()
    with Desk.open() as desk:
        if options.connect:
            return _connect(desk, options)  # Ctrl+C ends the question for the secret
        with _interruptible(cancel):
            if options.disconnect:
                desk.marketplace.disconnect()
                streams.say_line("the secret is forgotten; what is to be sent stays here")
                return DONE
            for place, do in ((options.fetch, _fetch), (options.assign, _assign), (options.check, _check)):
                if place:
                    return do(desk, _find(desk, place, options, cancel), cancel, options)
            return _show(desk, options, cancel)


# the connection


def _connect(desk: Desk, options: argparse.Namespace) -> int:
    from app.marketplace.account import Account

    if not options.id:
        raise QueueRefused("say which marketplace: --id ID")
    bundle = str(options.ca_bundle.absolute()) if options.ca_bundle else ""
    before = desk.settings
    market = dataclasses.replace(before.marketplace, address=options.connect, id=options.id, ca_bundle=bundle)
    account = Account.of(market)
    secret = _read_secret(account.address, options.secret_stdin)
    wanted = dataclasses.replace(before, marketplace=market)
    desk.settings = wanted  # kept only when the marketplace knows the secret
    try:
        place = desk.marketplace.connect(secret)
    finally:
        desk.settings = before
    desk.apply_settings(wanted)
    streams.say_line(f"connected to {account.market}: {place}")
    return DONE


def _read_secret(address: str, from_stdin: bool) -> str:
    """The secret, never from the command line: everybody on the machine can read that."""
    if from_stdin:
        secret = sys.stdin.read(MAX_SECRET + 2).rstrip("\r\n")
    elif SECRET in os.environ:
        secret = os.environ[SECRET]
    elif sys.stdin is not None and sys.stdin.isatty():
        secret = getpass.getpass(f"Secret of {printable(address, 200)}: ")
    else:
        raise QueueRefused(f"nobody can be asked for the secret here: use --secret-stdin, or the variable {SECRET}")
    if not secret or len(secret) > MAX_SECRET or not secret.isprintable():
        raise QueueRefused("the secret is empty, or no line of text")
    return secret


# one version


def _find(desk: Desk, place: str, options: argparse.Namespace, cancel: CancelToken) -> QueueEntry:
    """The version of APP/VERSION, where VERSION is the marketplace's number or the developer's; reads the queue where
    it is not known yet."""
    app_id, _, version = place.rpartition("/")
    if not app_id or not version:
        raise QueueRefused(f"{printable(place, 80)!r} is no version: write APP/VERSION, as the queue lists it")
    market = desk.marketplace.market
    for known in (True, False):
        found = desk.store.versions_of_app(market, app_id, desk.reviewer)
        exact = [entry for entry in found if str(entry.version) == version]
        named = exact or [entry for entry in found if entry.label == version]
        if len(named) == 1:
            return named[0]
        if len(named) > 1:
            numbers = ", ".join(str(entry.version) for entry in named)
            raise QueueRefused(f"{printable(place, 80)} may be one of {numbers}: write the number")
        if known and not options.offline:
            desk.marketplace.refresh(cancel=cancel)
    raise QueueRefused(f"{printable(place, 80)}: the queue has no such version; `assay queue --scope all` lists them")


def _fetch(desk: Desk, entry: QueueEntry, cancel: CancelToken, options: argparse.Namespace) -> int:
    fetched, entry = _download(desk, entry, cancel)
    if options.format == "json":
        from app.marketplace.queue_text import dump_entries

        streams.say_line(dump_entries([entry], desk.marketplace.state()))
        return DONE
    for number in fetched.submissions:
        about = desk.submission(number)
        beside = f", baseline {about.baseline}" if about.baseline is not None else ""
        streams.say_line(f"{number}  {printable(about.artifact.name, 80)}  {about.artifact.sha256}{beside}")
    return DONE


def _download(desk: Desk, entry: QueueEntry, cancel: CancelToken) -> tuple[Fetched, QueueEntry]:
    with _progress() as show:
        fetched = desk.marketplace.fetch(entry.key, on_progress=show, cancel=cancel)
    for difference in fetched.differences:
        streams.tell(f"assay: {printable(difference, 600)}")
    return fetched, desk.marketplace.entry(entry.key)


@contextmanager
def _progress() -> Any:
    """One live line on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(name: str, done: int, total: int) -> None:
        line = f"{printable(name, 60)}: {format_size(done)} of {format_size(total)}"
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _assign(desk: Desk, entry: QueueEntry, cancel: CancelToken, options: argparse.Namespace) -> int:
    row = desk.marketplace.assign(entry.key)
    name = f"{entry.name} {entry.label}"
    if options.offline:
        streams.say_line(f"{name}: will be taken into review with the next sync ({row.token})")
        return DONE
    drained = desk.marketplace.drain(cancel=cancel)
    now = next((r for r in desk.marketplace.outbox_of(entry.key) if r.id == row.id), row)
    if now.state.value == "delivered":
        streams.say_line(f"{name}: is in review by you ({row.token})")
        return DONE
    why = now.told or drained.problem or now.cause.value
    streams.say_line(f"{name}: {now.state.value}, not at the marketplace yet ({row.token})")
    streams.tell(f"assay: {printable(why, 600)}")
    return INCOMPLETE


def _check(desk: Desk, entry: QueueEntry, cancel: CancelToken, options: argparse.Namespace) -> int:
    """As `assay check` on every file of the version, against its baseline."""
    from app.progress import Printer
    from app.reports import render
    from checks import Severity

    fetched, entry = _download(desk, entry, cancel)
    incomplete, found = False, bool(fetched.differences)
    color = sys.stdout.isatty() and options.format == "text"
    for number in fetched.submissions:
        with Printer(sys.stderr) as printer:
            done = desk.run(number, live=options.live, on_event=printer.event, cancel=cancel)
        if cancel.cancelled:
            raise KeyboardInterrupt
        incomplete = incomplete or bool(desk.missing_checks(done))
        found = found or any(f.severity >= Severity.MEDIUM and f.state != "fixed" for f in done.findings)
        streams.say(render(desk.report(number, done), options.format, color=color))
    return INCOMPLETE if incomplete else FINDINGS if found else DONE


# the queue


def _show(desk: Desk, options: argparse.Namespace, cancel: CancelToken) -> int:
    from app.marketplace.errors import MarketError
    from app.marketplace.queue_text import choose_entries, dump_entries, list_entries, tell_synced

    desk.marketplace.account  # noqa: B018 - raises where none is set up
    code = DONE
    if not options.offline:
        try:
            desk.marketplace.refresh(on_progress=_counter(), cancel=cancel)
        except MarketError as problem:
            if desk.marketplace.state().synced is None:
                raise
            streams.tell(f"assay: {printable(str(problem), 600)}")
            code = INCOMPLETE
    state = desk.marketplace.state()
    if options.offline and state.synced is None:
        raise QueueRefused("the queue was never read: say `assay queue` with a network first")
    if options.offline or code:
        streams.tell(f"assay: offline, the queue {tell_synced(state)}")
    entries = choose_entries(desk.marketplace.queue(options.scope), options.filter, options.sort)
    if options.format == "json":
        streams.say_line(dump_entries(entries, state))
        return code
    terminal = sys.stdout.isatty()
    if entries:
        streams.say_line("\n".join(list_entries(entries, shutil.get_terminal_size().columns if terminal else 0)))
    told = [f"{format_count(len(entries), 'version')}, {tell_synced(state)}"]
    told += [f"{state.to_send:,} to be sent"] if state.to_send else []
    told += [f"{state.conflicts:,} in conflict: `assay sync --list` shows them"] if state.conflicts else []
    told += [f"{state.held:,} waiting for a second reviewer"] if state.held else []
    streams.tell(", ".join(told))
    return code


def _counter() -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\r\x1b[K" if total and done >= total else ""
        print(f"\r\x1b[K{done:,} versions read{end}", end="", file=sys.stderr, flush=True)

    return show
