"""The entry point: a verb runs headless, none opens the window (the one place that reaches up to widgets)."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from app import streams

if TYPE_CHECKING:
    from pathlib import Path

    from app.desk import Desk

INTERRUPTED = 130
# An accident is no verdict: with Python's own code 1 a pipeline would read "complete, with findings".
BROKEN = 3
TRACEBACK = "ASSAY_TRACEBACK"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. An interrupt or an accident is one line, however early."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        streams.tell("assay: interrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        streams.tell(
            f"assay: not complete, an accident happened ({what[:300]}): see whether memory, disk or open files are "
            f"short, else report it with what {TRACEBACK}=1 shows"
        )
        return BROKEN


def _run(arguments: Sequence[str]) -> int:
    from app.cli import UNUSABLE, parse_arguments, run_verb

    options = parse_arguments(arguments)
    if options.verb in (None, "open"):
        if not has_display():
            streams.tell(
                "assay: there is no display for the window: use `assay check PATH`, or set QT_QPA_PLATFORM=offscreen"
            )
            return UNUSABLE
        from widgets.application import run_window

        return run_window(
            _open_desk if options.practice is None else functools.partial(_open_practice, options.practice),
            open_paths=tuple(getattr(options, "paths", ())),
            drive=options.drive,
            argv=sys.argv[:1],
        )
    return run_verb(options)


def has_display() -> bool:
    """Whether Qt will find something to draw on: without it, it ends the program with a core dump."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or chosen.partition(":")[0] not in ("", "xcb", "wayland"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_desk() -> Desk:
    """On a worker thread of the window, which is on the screen before the engine is loaded."""
    from app.desk import Desk

    return Desk.open()


def _open_practice(packages: Path) -> Desk:
    """The same, at the practice marketplace."""
    from app.practice_desk import PracticeDesk

    return PracticeDesk.begin(packages)


def run() -> NoReturn:
    """The program: as `main`, and out at once, for all is written and closed by then."""
    streams.claim()
    try:
        code = main()
    except SystemExit as left:  # argparse has said what is wrong, or shown the help
        code = left.code if isinstance(left.code, int) else 2
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # its reader has gone
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
