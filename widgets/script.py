"""Lets the real window act by itself: a generator of steps, each of which waits for a signal, never for a clock.

Used to drive a whole review (`--drive`) and to take the pictures of the documentation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from app.marketplace.words import Fetched
    from widgets.program import Program

log = logging.getLogger(__name__)


class ScriptError(Exception):
    """The window did not do what it had to; one line."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when one of `signals` is emitted and `until()` holds; `what` names it when `seconds` have passed."""

    what: str
    signals: tuple[Any, ...]
    until: Callable[[], bool] = lambda: True
    seconds: float = 60


class Script(QObject):
    """Runs `steps()`; `finished` carries an empty text, or what went wrong."""

    finished = Signal(str)

    def __init__(self, program: Program, folder: Path) -> None:
        super().__init__()
        self.program, self.folder = program, folder
        self.window, self.session, self.context = program.window, program.session, program.context
        self.pictures: list[Path] = []
        self._steps: Iterator[Wait] = iter(())
        self._wait: Wait | None = None
        self._deadline = QTimer(self, singleShot=True)
        self._deadline.timeout.connect(self._too_late)
        self._errors: list[str] = []
        self.expect_error = False
        self.context.message_requested.connect(self._listen)

    def steps(self) -> Iterator[Wait]:
        """What to do; a subclass says it."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin; the event loop has to run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._steps = self.steps()
        self._go_on()

    # waiting

    def _listen(self, text: str, kind: str, _: object) -> None:
        if kind == "error" and not self.expect_error:
            self._errors.append(text)
            QTimer.singleShot(0, lambda: self._end(f"the window reports an error: {text}"))

    def _go_on(self) -> None:
        try:
            while True:
                wait = next(self._steps)
                if wait.until() and not wait.signals:
                    continue
                self._wait = wait
                for signal in wait.signals:
                    signal.connect(self._check)
                self._deadline.start(int(wait.seconds * 1000))
                return
        except StopIteration:
            self._end("")
        except ScriptError as error:
            self._end(str(error))
        except Exception as error:
            log.exception("the script failed")
            self._end(f"{type(error).__name__}: {error}")

    def _check(self, *_: object) -> None:
        wait = self._wait
        if wait is None or not wait.until():
            return
        self._let_go()
        # not from within the signal: everybody else has to hear it first
        QTimer.singleShot(0, self._go_on)

    def _let_go(self) -> None:
        self._deadline.stop()
        if self._wait is not None:
            for signal in self._wait.signals:
                signal.disconnect(self._check)
            self._wait = None

    def _too_late(self) -> None:
        what = self._wait.what if self._wait else "nothing"
        self._let_go()
        self._end(f"waited in vain for {what}")

    def _end(self, error: str) -> None:
        self._let_go()
        self._steps = iter(())
        self.finished.emit(error)

    # words of a script

    def settle(self) -> Iterator[Wait]:
        """Until every job is answered, and what the answers started, too."""
        bridge = self.program.bridge
        for _ in range(4):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            while bridge.pending:
                yield Wait("the panes to be filled", (bridge.idle,), lambda: not bridge.pending)
            # panes that gather keystrokes or rows for a moment do it with timers of up to a tenth of a second
            timer = QTimer(self, singleShot=True, interval=150)
            timer.start()
            yield Wait("the panes to settle", (timer.timeout,))

    def do(self, action: str) -> None:
        """Trigger an operation of the registry as the menu would."""
        if not self.context.actions.trigger(action):
            raise ScriptError(f"the operation {action} is not possible now")

    def wait_for_desk(self) -> Iterator[Wait]:
        """Until the desk is open."""
        if self.session.isolation is None:
            yield Wait("the desk", (self.session.ready, self.session.failed), seconds=120)
        if self.session.isolation is None:
            raise ScriptError("the desk could not be opened")

    def wait_for_queue(self) -> Iterator[Wait]:
        """Until the queue of the marketplace was read for the first time."""
        market = self.session.market
        if market.state.synced is None:
            yield Wait("the queue of the marketplace", (market.synced,), seconds=120)
        if market.state.synced is None:
            raise ScriptError(f"the queue was not read: {market.state.problem}")
        yield from self.settle()

    def download(self, key: int) -> Iterator[Wait]:
        """Bring a version here from its page, open its first file, and wait for its battery."""
        market = self.session.market
        self.window.market.show_version(key)
        yield from self.settle()
        got: list[Fetched] = []
        market.fetched.connect(got.append)
        self.do("fetch")
        yield Wait("the download", (market.fetched,), lambda: bool(got), 120)
        yield from self.open(got[0].submissions[0])

    def show_tab(self, tab: str) -> None:
        """Bring a tab up, files and findings at the worst finding."""
        self.do(f"tab-{tab}")
        found = [f for f in self.context.run.findings if f.state != "fixed"] if self.context.run else []
        worst = max(found, key=lambda f: f.severity, default=None)
        if worst is not None and worst.number is not None and tab == "files":
            self.context.show_file(worst.number, worst.start)
        if worst is not None and tab == "findings":
            self.context.show_finding(worst.fingerprint)

    def open(self, submission: int) -> Iterator[Wait]:
        """Choose a row of the queue, and wait for its record and, where there is none, for its battery."""
        session, runs = self.session, self.session.runs
        about = self.context.submission
        if about is None or about.id != submission:
            self.window.queue.opened.emit(submission)
            yield Wait("the submission to open", (session.loaded,))
        if self.context.run is None and not runs.is_running(submission):
            self.do("run")
        while runs.is_running(submission):
            yield Wait(
                "the battery", (session.battery_ended, runs.failed), lambda: not runs.is_running(submission), 600
            )
        if self.context.run is None:
            yield Wait("the record of the run", (session.loaded,), lambda: self.context.run is not None)
        yield from self.settle()

    def grab(self, name: str, widget: QWidget | None = None) -> None:
        """Write a picture of the window (or another one) and make sure that it is not blank."""
        picture = (widget or self.window).grab()
        path = self.folder / f"{name}.png"
        image = picture.toImage()
        if (
            image.isNull()
            or len({image.pixel(x, y) for x in range(4, image.width(), 37) for y in range(4, image.height(), 29)}) < 3
        ):
            raise ScriptError(f"the picture {name} is blank")
        if not picture.save(str(path)):
            raise ScriptError(f"{path}: cannot be written; choose another folder")
        self.pictures.append(path)

    def theme(self, choice: str) -> None:
        """Light or dark, for this session only."""
        self.program.theme.choose(choice)
