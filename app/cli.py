"""The command line: `assay check`, `guidelines`, `doctor`, and the verbs of `app.verbs`; without one the window opens.

Results go to standard output, progress and errors to standard error. Exit codes of `check`: 0 complete
and nothing at or above the threshold, 1 findings there, 2 wrong use or unreadable input, 3 incomplete.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app import __version__, streams
from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.verbs import register
from checks import Severity
from checks.runtime.text import printable

COMPLETE, FINDINGS, UNUSABLE, INCOMPLETE = 0, 1, 2, 3
FORMATS = ("text", "json", "sarif", "html", "md", "pdf", "cyclonedx")
KINDS = ("download", "web", "image", "chart")
# With Python's own 5 ms a thread that starts a worker waits that long for one that computes, at each system call.
SWITCH_SECONDS = 0.0005


class UsageError(DeskError):
    """Wrong use or unreadable input: one line, exit code 2."""


def _path(text: str) -> Path:
    """An empty name, as a script's unset variable gives it, is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("a path is empty: name a file or folder")
    return Path(text)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; exits with code 2 and one line on wrong use."""
    parser = argparse.ArgumentParser(
        prog="assay",
        description="Review a submitted app: checks, findings, checklist, decision. Without a verb: the window.",
    )
    parser.add_argument("--version", action="version", version=f"assay {__version__}")
    parser.add_argument(
        "--practice",
        type=Path,
        metavar="DIR",
        help="open the window on the practice marketplace, with the submissions that `make practice` built in DIR",
    )
    parser.add_argument(
        "--drive", type=Path, metavar="DIR", help="let the window do a whole review by itself, into DIR"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    opened = verbs.add_parser("open", help="open the window on a package")
    opened.add_argument("paths", nargs="+", type=_path, metavar="PATH")

    check = verbs.add_parser(
        "check",
        help="run the checks over a file or folder",
        epilog="Exit codes: 0 complete, and nothing at or above the threshold; 1 findings there; 2 wrong use or "
        "unreadable input; 3 incomplete, a check that the profile requires did not run (3 wins over 1).",
    )
    check.add_argument("path", type=_path, metavar="PATH", help="a file, or a folder")
    check.add_argument("--baseline", type=_path, metavar="OLD", help="the version to compare with")
    check.add_argument("--profile", metavar="P", help="standard, enterprise, financial, or a TOML file")
    check.add_argument("--kind", choices=KINDS, help="override the kind that is recognised")
    check.add_argument("--only", action="append", default=[], metavar="ID", help="run this check only (repeatable)")
    check.add_argument("--format", choices=FORMATS, default="text", help="of the result (default: text)")
    check.add_argument("--timings", action="store_true", help="show the cost of each check")
    check.add_argument("--output", type=_path, metavar="F", help="write the result to a file")
    check.add_argument(
        "--fail-on",
        default="medium",
        metavar="SEVERITY",
        help="threshold of exit code 1: critical, high, medium (the default), low or info",
    )

    guidelines = verbs.add_parser("guidelines", help="print the guidelines for developers")
    guidelines.add_argument("--profile", metavar="P", default="standard")
    guidelines.add_argument("--kind", choices=KINDS)
    guidelines.add_argument("--format", choices=("md", "html"), default="md")

    doctor = verbs.add_parser("doctor", help="what is installed, what is missing, how to get it")
    doctor.add_argument("--stop-clamd", action="store_true", help="end the clamd that an earlier check started")
    for parser_of, run in ((check, check_package), (guidelines, print_guidelines), (doctor, print_doctor)):
        parser_of.set_defaults(run=run)
    register(verbs)
    options = parser.parse_args(arguments)
    if options.verb == "check":
        try:
            options.threshold = Severity.parse(options.fail_on)
        except ValueError as error:
            check.error(str(error))
    return options


def run_verb(options: argparse.Namespace) -> int:
    """Run a headless verb; every expected error is one line on standard error."""
    logging.basicConfig(level=logging.ERROR, format="assay: %(message)s")
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return int(options.run(options))
    except Cancelled:
        raise KeyboardInterrupt from None
    except DeskError as error:
        streams.tell(f"assay: {printable(str(error), 2000)}")
        return INCOMPLETE if error.incomplete else UNUSABLE


def check_package(options: argparse.Namespace) -> int:
    """`assay check`."""
    from app.desk import Desk
    from app.progress import Printer

    for path in (options.path, options.baseline):
        if path is not None and not _exists(path):
            raise UsageError(f"{path}: there is no such file or folder")
    if options.output is not None and not options.output.absolute().parent.is_dir():
        raise UsageError(f"{options.output}: its folder does not exist")
    if options.format == "pdf" and options.output is None and sys.stdout.isatty():
        raise UsageError("a PDF does not belong on a terminal: say --output FILE")
    cancel = CancelToken()
    with Desk.open() as desk, _interruptible(cancel), Printer(sys.stderr) as printer:
        baseline = None
        if options.baseline is not None:
            baseline = desk.take_in(options.baseline, cancel=cancel).id
        submission = desk.take_in(
            options.path,
            baseline=baseline,
            progress=printer.take_in,
            cancel=cancel,
            run_next=not options.only,
        )
        if submission.baseline == submission.id or baseline == submission.id:
            raise UsageError(f"{options.baseline}: the same bytes as {options.path}: choose an earlier version")
        if options.baseline is None and submission.baseline is not None:
            submission = desk.set_baseline(submission.id, None)
        run = desk.run(
            submission.id,
            profile=options.profile,
            kind=options.kind,
            only=options.only,
            on_event=printer.event,
            cancel=cancel,
        )
        printer.stop()
        if cancel.cancelled:
            raise KeyboardInterrupt
        missing = desk.missing_checks(run) if not options.only else ()
        _write(options, _rendered(options, desk, submission.id, run))
        if options.timings:
            _print_timings(run)
    failed = [c for c in run.checks if not c.outcome.ran] if options.only else []
    if missing or failed:
        return INCOMPLETE
    found = any(f.severity >= options.threshold and f.state != "fixed" for f in run.findings)
    return FINDINGS if found else COMPLETE


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _rendered(options: argparse.Namespace, desk: Any, submission: int, run: Any) -> bytes:
    from app.reports import render

    color = options.format == "text" and options.output is None and sys.stdout.isatty()
    return render(desk.report(submission, run, only=options.only), options.format, color=color)


def _write(options: argparse.Namespace, content: bytes) -> None:
    if options.output is None:
        streams.say(content)
        return
    from app.export import write_file

    try:
        write_file(options.output, content)
    except OSError as error:
        raise UsageError(f"{options.output}: cannot be written ({error.strerror}): choose another place") from error


def _print_timings(run: Any) -> None:
    """The cost of each check, the dearest first, on standard error."""
    streams.tell(f"{'seconds':>9}  {'files':>7}  {'reused':>7}  check")
    for check in sorted(run.checks, key=lambda c: -c.seconds):
        streams.tell(f"{check.seconds:9.3f}  {check.files:7,}  {check.reused:7,}  {check.id}")
    wall = (run.finished - run.started).total_seconds()
    streams.tell(f"{wall:9.3f}  wall time of the battery")


@contextlib.contextmanager
def _interruptible(cancel: CancelToken) -> Iterator[None]:
    """The first Ctrl+C cancels the run and keeps the record; a second one ends the program at once."""

    def stop(number: int, frame: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()

    before = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(text: str) -> None:
    streams.say(f"{text}\n".encode("utf-8", "backslashreplace"))


def print_guidelines(options: argparse.Namespace) -> int:
    """`assay guidelines`."""
    from app.guidelines import load_profile, render_guidelines

    _print(render_guidelines(load_profile(options.profile), options.kind, options.format))
    return COMPLETE


def print_doctor(options: argparse.Namespace) -> int:
    """`assay doctor`: exit code 0 when every check can run, 3 when something is missing."""
    from app.doctor import examine, render_text, stop_clamd

    if options.stop_clamd:
        _print("clamd was ended" if stop_clamd() else "no clamd of ours was running")
        return COMPLETE
    parts = examine()
    _print(render_text(parts))
    return COMPLETE if all(part.ok or not part.required for part in parts) else INCOMPLETE
