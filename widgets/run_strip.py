"""The battery in one line, visible from every tab: what it does, how far it is, and the button to stop it."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.model import CheckFinished, Event, PackageReady, Run, RunStarted, StageProgress
from widgets.parts import Button, PlainLabel
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme
from widgets.words import format_age, format_time, tip


class RunStrip(QWidget):
    """In the header: state, and Cancel or Run."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._context = session, session.context
        self._checks = self._done = 0
        self._label = PlainLabel("", theme, "muted")
        self._label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.button = Button("Run", theme, icon="play")
        self.button.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT)
        row.addWidget(self._label)
        row.addWidget(self.button)
        self._context.submission_changed.connect(lambda *_: self._reset())
        self._context.running_changed.connect(lambda *_: self._reset())
        self._context.run_changed.connect(self._show_run)
        self._context.events.connect(self._take)
        self._reset()

    def set_compact(self, compact: bool) -> None:
        """Leave the words out where there is no room; the button stays."""
        self._label.setVisible(not compact)

    def _press(self) -> None:
        self._context.actions.trigger("cancel-run" if self._context.running else "run")

    def _reset(self) -> None:
        self._checks = self._done = 0
        running = self._context.running
        self.setVisible(self._context.submission is not None)
        self._set_button("Cancel" if running else "Run", "stop" if running else "play")
        self._label.setText("Starting…" if running else "")

    def _set_button(self, text: str, icon: str) -> None:
        self.button.setText(text)
        self.button.set_look(icon=icon)
        self.button.setAccessibleName(f"{text} the battery")
        self.button.setToolTip("Cancel the battery (Ctrl+.)" if icon == "stop" else "Run the battery (Ctrl+R)")

    def _show_run(self, run: Run | None) -> None:
        if self._context.running:
            return
        if run is None:
            self._set_button("Run", "play")
            self._label.setText("Not run yet")
            return
        ended = run.finished or run.started
        word = "Cancelled" if run.cancelled else "Run" if run.finished else "Cut off"
        age = format_age(ended)
        self._label.setText(f"{word} just now" if age == "now" else f"{word} {age} ago")
        self._label.setToolTip(tip(f"{format_time(ended)}, profile {run.profile}"))
        self._set_button("Run again", "refresh")

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted):
                self._checks, self._done = len(event.checks), 0
                self._label.setText("Reading the package…")
            elif isinstance(event, StageProgress):
                share = f" {100 * event.done // event.total} %" if event.total else ""
                self._label.setText(f"{event.stage.capitalize()}{share}")
            elif isinstance(event, PackageReady):
                self._label.setText("Checking…")
            elif isinstance(event, CheckFinished):
                self._done += 1
                self._label.setText(f"{self._done} of {max(self._checks, self._done)} checks")


class ProgressLine(QWidget):
    """Two pixels of accent under the tabs; it moves while a battery is at work on the open submission."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._theme, self._percent = session, theme, -1
        self.setFixedHeight(2)
        session.progress_changed.connect(self._follow)
        session.context.submission_changed.connect(self._open)

    def _open(self, submission: object) -> None:
        number = getattr(submission, "id", 0)
        self._percent = self._session.runs.percent(number) if self._session.runs.is_running(number) else -1
        self.update()

    def _follow(self, submission: int, percent: int) -> None:
        about = self._session.context.submission
        if about is not None and about.id == submission:
            self._percent = percent
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("line"))
        if self._percent >= 0:
            width = max(HALF * 6, self.width() * self._percent // 100)
            painter.fillRect(QRect(0, 0, width, self.height()), self._theme.color("accent"))
