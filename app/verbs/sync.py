"""`assay sync`: send what is decided, read the queue, and go on with decisions that wait for a person."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app import streams
from app.cancel import CancelToken
from app.errors import DeskError
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.words import Drained, OutboxRow, Refresh

DONE, PERSON, UNSENT = 0, 1, 3
WAYS = ("retry", "theirs", "review", "confirm", "refuse")
HELP = {
    "retry": "send a decision all the same, on what the marketplace has now",
    "theirs": "give a decision up: it stays as the marketplace has it",
    "review": "give a decision up, and download anew what changed",
    "confirm": "confirm as the second reviewer what another decided",
    "refuse": "refuse it as the second reviewer; say why with --reason",
}
LEAST_WAIT, MOST_WAIT = 1.0, 3600.0  # seconds between two rounds of --watch


def register(verbs: Any) -> None:
    """Add the verb."""
    sync = verbs.add_parser(
        "sync",
        help="send decisions to the marketplace, and read its queue",
        description="Sends what was decided, oldest first, and then reads the queue. A decision is sent only where "
        "files and status are what was reviewed, and has arrived only when the marketplace shows its id.",
        epilog="Exit codes: 0 all is delivered, or there was nothing to send; 1 a decision waits for a person (a "
        "conflict, or a second reviewer); 2 wrong use; 3 something could not be sent yet (3 wins over 1).",
    )
    does = sync.add_mutually_exclusive_group()
    does.add_argument("--list", action="store_true", help="what is on its way, from the record; nothing is asked")
    does.add_argument("--dry-run", action="store_true", help="compare what is due, and send nothing")
    does.add_argument("--watch", action="store_true", help="go on until Ctrl+C")
    for way in WAYS:
        does.add_argument(f"--{way}", metavar="ID", help=HELP[way])
    sync.add_argument("--all", action="store_true", help="with --list: also what has arrived or was given up")
    sync.add_argument("--no-queue", action="store_true", help="do not read the queue afterwards")
    sync.add_argument("--reason", default="", metavar="TEXT", help="why, for --refuse and for the log")
    sync.add_argument("--format", choices=("text", "json"), default="text", help="of the result")
    sync.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do it; raises DeskError."""
    from app.desk import Desk

    cancel = CancelToken()
    with Desk.open() as desk:
        way = next((way for way in WAYS if getattr(options, way) is not None), "")
        if way:
            return _resolve(desk, options, way)
        if options.list:
            return _list(desk, options)
        market = desk.marketplace
        _ = market.account  # says so where there is none
        if options.dry_run:
            return _foresee(desk, options)
        with _interruptible(cancel) as ended:
            if not options.watch:
                return _sync(desk, options, cancel)
            code = DONE
            while not cancel.cancelled:
                code = _sync(desk, options, cancel)
                ended.wait(_seconds_to_wait(desk))
            return code


@contextlib.contextmanager
def _interruptible(cancel: CancelToken) -> Iterator[threading.Event]:
    """The first Ctrl+C ends after the decision that is being sent; a second one ends at once, and loses nothing."""
    ended = threading.Event()

    def stop(number: int, frame: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()
        ended.set()

    before = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seconds_to_wait(desk: Desk) -> float:
    """Until the next decision is due, or the queue is to be read again."""
    from app.marketplace.sending import TO_SEND

    now = desk.store.now()
    due = [r.next_try for r in desk.marketplace.outbox() if r.state in TO_SEND and r.next_try is not None]
    poll = (desk.settings.marketplace.poll_minutes or 5) * 60.0
    return max(LEAST_WAIT, min([poll, MOST_WAIT, *((at - now).total_seconds() for at in due)]))


def _sync(desk: Desk, options: argparse.Namespace, cancel: CancelToken) -> int:
    """Drain, then refresh; what one of them meets does not keep the other."""
    told: list[OutboxRow] = []
    show: Callable[[OutboxRow], None] = told.append
    if options.format == "text":

        def show(row: OutboxRow) -> None:
            streams.say_lines([_describe(row)])

    drained = desk.marketplace.drain(on_progress=show, cancel=cancel)
    refresh, problem = None, drained.problem
    if not (options.no_queue or cancel.cancelled or problem):
        try:
            refresh = desk.marketplace.refresh(cancel=cancel)
        except DeskError as error:
            problem = str(error)
    if options.format == "json":
        streams.say_lines([_as_json(drained, refresh, problem, told)])
    else:
        streams.say_lines(_summary(drained, refresh))
        _tell_elsewhere(desk)
        if problem:
            streams.tell(f"assay: {printable(problem, 2000)}")
    return UNSENT if problem else _code(drained.waiting, drained.conflicts + drained.held)


def _code(waiting: int, for_a_person: int) -> int:
    return UNSENT if waiting else PERSON if for_a_person else DONE


def _summary(drained: Drained, refresh: Refresh | None) -> Iterator[str]:
    parts = [f"{drained.delivered:,} delivered"]
    if drained.waiting:
        parts.append(f"{drained.waiting:,} still to be sent")
    if drained.conflicts:
        parts.append(f"{drained.conflicts:,} in conflict (`assay sync --list` shows the ways on)")
    if drained.held:
        parts.append(f"{drained.held:,} held for a second reviewer")
    yield ", ".join(parts)
    if refresh is not None:
        more = [
            f"{n:,} {w}" for n, w in ((refresh.new, "new"), (refresh.changed, "changed"), (refresh.gone, "gone")) if n
        ]
        yield f"{refresh.count:,} in the queue" + (f" ({', '.join(more)})" if more else "")


def _describe(row: OutboxRow) -> str:
    """One line: what it is, where it is, why, and what can be done."""
    cause = f" ({row.cause.value.replace('_', ' ')})" if row.cause else ""
    by = f"{row.reviewer}, {row.second}" if row.second else row.reviewer
    parts = [f"{row.id}  {row.token}  {row.name} {row.version}", f"{row.action} by {by}", f"{row.state.value}{cause}"]
    if row.told:
        parts.append(row.told)
    if row.ways:
        parts.append("ways on: " + ", ".join(f"--{way} {row.id}" for way in row.ways))
    return "  ".join(printable(part, 1000) for part in parts)


def _list(desk: Desk, options: argparse.Namespace) -> int:
    rows = desk.marketplace.outbox(all=options.all)
    if options.format == "json":
        streams.say_lines([json.dumps({"schema": "assay-sync/1", "rows": [_row_json(row) for row in rows]}, indent=2)])
    else:
        _tell_elsewhere(desk)
        streams.say_lines(map(_describe, rows) if rows else ["nothing is on its way to the marketplace"])
    return _code_of(rows)


def _tell_elsewhere(desk: Desk) -> None:
    """What this connection never sends: the marketplace of the settings is another one by now."""
    for market, count in desk.store.outbox_elsewhere(desk.marketplace.market).items():
        what = "decision waits" if count == 1 else "decisions wait"
        streams.tell(f"assay: {count:,} {what} for {printable(market, 200)}: connect to it again to send them")


def _code_of(rows: Iterable[OutboxRow]) -> int:
    from app.marketplace.sending import TO_SEND

    still = [row for row in rows if row.state.open]
    return _code(sum(row.state in TO_SEND for row in still), len(still))


def _foresee(desk: Desk, options: argparse.Namespace) -> int:
    from app.marketplace.sync import foresee_outbox

    found = list(foresee_outbox(desk, desk.marketplace.client(), desk.marketplace.market))
    if options.format == "json":
        rows = [{**_row_json(row), "foreseen": told} for row, told in found]
        streams.say_lines([json.dumps({"schema": "assay-sync/1", "rows": rows}, indent=2)])
    else:
        lines = [f"{r.id}  {r.token}  {printable(r.name, 200)} {r.version}  {r.action}  {told}" for r, told in found]
        streams.say_lines(lines or ["nothing is due"])
    return _code_of(desk.marketplace.outbox())


def _resolve(desk: Desk, options: argparse.Namespace, way: str) -> int:
    row = desk.marketplace.resolve(_find(desk, getattr(options, way)), way, options.reason)
    if options.format == "json":
        streams.say_lines([json.dumps({"schema": "assay-sync/1", "rows": [_row_json(row)]}, indent=2)])
    else:
        streams.say_lines([_describe(row)])
    return DONE


def _find(desk: Desk, wanted: str) -> int:
    """A row by its number, or by the id that is in its reason."""
    wanted = wanted.strip()
    for row in desk.marketplace.outbox(all=True):
        if wanted.upper() == row.token or wanted == str(row.id):
            return row.id
    raise DeskError(f"there is no decision {printable(wanted, 40)!r}: `assay sync --list --all` shows them")


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _row_json(row: OutboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "token": row.token,
        "app": row.app_id,
        "version": row.version,
        "name": row.name,
        "action": row.action,
        "status": row.status,
        "reason": row.reason,
        "reviewer": row.reviewer,
        "second": row.second,
        "state": row.state.value,
        "cause": row.cause.value,
        "told": row.told,
        "ways": list(row.ways),
        "attempts": row.attempts,
        "created": _moment(row.created),
        "next_try": _moment(row.next_try),
    }


def _as_json(drained: Drained, refresh: Refresh | None, problem: str, rows: Iterable[OutboxRow]) -> str:
    queue = None
    if refresh is not None:
        queue = {"count": refresh.count, "new": refresh.new, "changed": refresh.changed, "gone": refresh.gone}
    about = {
        "schema": "assay-sync/1",
        "delivered": drained.delivered,
        "waiting": drained.waiting,
        "conflicts": drained.conflicts,
        "held": drained.held,
        "problem": problem,
        "queue": queue,
        "rows": [_row_json(row) for row in rows],
    }
    return json.dumps(about, indent=2)
