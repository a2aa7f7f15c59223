"""`make screenshots`: the pictures of every pane, from the real window on the practice marketplace.

They are taken in a data folder of their own that is thrown away, and show nothing of the person who takes them.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.desk import Desk
from app.practice_desk import PracticeDesk
from widgets.application import make_application
from widgets.collector import Collector
from widgets.market_pictures import CHOSEN_APP, SIGNED_APP, MarketPictures
from widgets.pictures import SMALL, Pictures
from widgets.program import Program
from widgets.review_pictures import ReviewPictures
from widgets.script import Wait


class Beginner(Pictures):
    """A desk without a marketplace, and with nothing on it."""

    def steps(self) -> Iterator[Wait]:
        yield from self.begin()
        yield from self.both("empty")
        yield from self._fail()

    def _fail(self) -> Iterator[Wait]:
        """A package that is not there: the window says so, keeps what it has, and offers the way on."""
        self.expect_error = True
        self.session.intake.take_in([Path("/home/rita/Downloads/acme-notes-2.5.0.xpi")])
        yield from self.settle()
        yield from self.both("error")
        self.window.messages.clear()
        self.expect_error = False


class Photographer(MarketPictures, ReviewPictures):
    """Walks through the states that the documentation shows, in both themes."""

    def steps(self) -> Iterator[Wait]:
        yield from self.begin()
        yield from self.wait_for_queue()
        yield from self.show_queue()
        yield from self.download(self.version_of(SIGNED_APP).key)
        yield from self.show_signed([r.submission for r in self.session.rows.values()])
        yield from self.download(self.version_of(CHOSEN_APP).key)
        self.window.messages.clear()
        yield from self.show_panes()
        yield from self.show_review()
        yield from self.show_decision()


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit code is 0 when all of them are there."""
    parser = argparse.ArgumentParser(prog="widgets.screenshots", description=__doc__)
    parser.add_argument("--practice", type=Path, required=True, help="the folder that `make practice` builds")
    parser.add_argument("target", type=Path, help="where the pictures go")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="assay-pictures-") as home:
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = str(Path(home) / variable.lower())
        return take_pictures(options.practice, options.target)


def take_pictures(practice: Path, target: Path) -> int:
    """Show the window twice, let it act, and leave."""
    app = make_application(["assay"])
    collector = Collector(app)
    try:
        for make, script in ((Desk.open, Beginner), (functools.partial(PracticeDesk.begin, practice), Photographer)):
            error = _let_act(app, make, script, target)
            if error:
                print(f"assay: the pictures could not be taken: {error}", file=sys.stderr)
                return 1
    finally:
        collector.close()
    return 0


def _let_act(app: QApplication, make: Callable[[], Desk], script: type[Pictures], target: Path) -> str:
    """One window and what it does; what went wrong, or an empty text."""
    program = Program(make)
    program.session.auto_run = False
    program.window.resize(*SMALL)
    acting = script(program, target)
    ended: list[str] = []

    def end(error: str) -> None:
        ended.append(error)
        program.window.close()
        app.exit()

    acting.finished.connect(end)
    program.window.built.connect(program.session.start)
    program.window.built.connect(lambda: QTimer.singleShot(0, acting.start))
    program.window.show()
    try:
        app.exec()
    finally:
        program.close()
    return ended[0] if ended else "the window was closed"


if __name__ == "__main__":
    sys.exit(main())
