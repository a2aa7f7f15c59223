"""The entry point: a verb runs headless, none opens the window (the one place that reaches up to widgets)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
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
        print("assay: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(
            f"assay: not complete, an accident happened ({what[:300]}): see whether memory, disk or open files are "
            f"short, else report it with what {TRACEBACK}=1 shows",
            file=sys.stderr,
        )
        return BROKEN


def _run(arguments: Sequence[str]) -> int:
    from app.cli import parse_arguments, run_verb

    options = parse_arguments(arguments)
    if options.verb in (None, "open"):
        from widgets.application import run_window

        return run_window(
            _open_desk,
            open_paths=tuple(getattr(options, "paths", ())),
            practice=options.practice,
            drive=options.drive,
            argv=sys.argv[:1],
        )
    return run_verb(options)


def _open_desk() -> Desk:
    """On a worker thread of the window, which is on the screen before the engine is loaded."""
    from app.desk import Desk

    return Desk.open()


def run() -> NoReturn:
    """The program: as `main`, and out at once, for all is written and closed by then."""
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # its reader has gone, or it was closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
