"""The entry point: a verb runs headless, none opens the window (the one place that reaches up to widgets)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.desk import Desk

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. An interrupt is one line, however early it comes."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("assay: interrupted", file=sys.stderr)
        return INTERRUPTED


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


if __name__ == "__main__":
    sys.exit(main())
