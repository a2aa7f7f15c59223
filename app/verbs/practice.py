"""`assay practice`: the practice marketplace on this machine, to train on and to test against."""

from __future__ import annotations

import argparse
import shlex
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams

if TYPE_CHECKING:
    from app.marketplace.practice import PracticeServer

MOST_VERSIONS = 200_000


def register(verbs: Any) -> None:
    """Add the verb to the command line."""
    practice = verbs.add_parser(
        "practice",
        help="serve the practice marketplace on this machine",
        description="Serves a marketplace to train on, filled with the practice submissions, until Ctrl+C. Its secret "
        "is another one with each start; what was decided stays in the folder.",
        epilog="Faults: a name (calm, slow, rough, train, busy, lost-answers, skewed) or pairs, as in latency=0.3,"
        "cut_after=0.1 (a chance each): latency, cut_before, cut_after, cut_body, error_before, error_after, busy, "
        "duplicate; with latency_ms, retry_after and clock_skew (seconds), and only=POST for some requests.",
    )
    practice.add_argument(
        "--folder", type=Path, metavar="DIR", help="where it keeps its state (default: where the window has it)"
    )
    practice.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")
    practice.add_argument("--faults", default="", metavar="F", help="what goes wrong: a name, or FAULT=NUMBER,...")
    practice.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the faults: the same again, with the same"
    )
    practice.add_argument("--tls", action="store_true", help="serve https, with an authority made for this start")
    practice.add_argument("--reset", action="store_true", help="begin anew: what was decided in the folder is gone")
    practice.add_argument("--versions", type=_count, default=0, metavar="N", help="add so many pending versions")
    practice.set_defaults(run=run)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to 65535")
    return number


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not 0 <= number <= MOST_VERSIONS:
        raise argparse.ArgumentTypeError(f"{text!r}: a number from 0 to {MOST_VERSIONS:,}")
    return number


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl+C or SIGTERM, then 0; raises DeskError."""
    from app.marketplace.practice import PracticeServer
    from app.marketplace.practice.records import remove_records
    from app.paths import Folders

    ended = threading.Event()
    before = {s: signal.signal(s, lambda *_: ended.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        folder = options.folder or Folders.of_user().data / "practice" / "marketplace"
        if options.reset:
            remove_records(folder)
        with PracticeServer(
            folder,
            port=options.port,
            faults=options.faults or None,
            seed=options.seed,
            tls=options.tls,
            versions=options.versions,
        ) as server:
            streams.say(_describe(server, options).encode("utf-8", "backslashreplace"))
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    streams.tell("assay: the practice marketplace is closed")
    return 0


def _describe(server: PracticeServer, options: argparse.Namespace) -> str:
    rows = [
        ("address", server.address),
        ("id", server.marketplace_id),
        ("secret", server.secret),
        *([("authority", str(server.ca_bundle))] if server.ca_bundle else []),
        *([("faults", options.faults)] if options.faults else []),
        ("folder", str(server.folder)),
    ]
    lines = ["The practice marketplace is open; Ctrl+C closes it.", *(f"{name:<10} {value}" for name, value in rows)]
    trust = f" --ca-bundle {shlex.quote(str(server.ca_bundle))}" if server.ca_bundle else ""
    lines += [
        "",
        "To work on its queue: write address and id into Settings, Marketplace, and give the secret there.",
        f"Or, in another terminal: assay queue --connect {server.address} --id {server.marketplace_id}{trust}",
    ]
    return "\n".join([*lines, ""])
