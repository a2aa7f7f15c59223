"""Above the queue while the marketplace does not answer: how old the queue is, and the button to try again."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.marketplace.words import MarketState
from widgets.market import Market
from widgets.parts import Button, PlainLabel
from widgets.theme import HALF, ICON, UNIT, Theme
from widgets.words import format_age, tip


def clock_of(at: datetime, now: datetime | None = None) -> str:
    """12:40, with the day where it is not today."""
    local, today = at.astimezone(), (now or datetime.now().astimezone()).date()
    return local.strftime("%H:%M") if local.date() == today else local.strftime("%Y-%m-%d %H:%M")


def brief(problem: str) -> str:
    """What is wrong, without the host before it and the details behind; the column is narrow, the tooltip has all."""
    host, _, rest = problem.partition(": ")
    what = (rest if rest and " " not in host else problem).partition(": ")[0].rstrip(".")
    return what[:1].upper() + what[1:]


def offline_words(state: MarketState) -> str:
    """What the banner says, empty while all is well or nothing is connected."""
    if not state.connected or not state.problem:
        return ""
    head = brief(state.problem) if state.online else "Offline"
    if state.synced is None:
        return f"{head}: the queue was never read."
    age = format_age(state.synced)
    return f"{head}: the queue is from {clock_of(state.synced)} ({'just now' if age == 'now' else f'{age} ago'})."


class OfflineBanner(QWidget):
    """Hidden while the marketplace answers."""

    def __init__(self, market: Market, theme: Theme) -> None:
        super().__init__()
        self._market, self._theme = market, theme
        self._icon = QLabel()
        self._icon.setFixedSize(ICON, ICON)
        self.label = PlainLabel("", theme, "text", factor=0.95, wrap=True)
        self.button = Button("Try again", theme, icon="refresh")
        self.button.setAccessibleName("Ask the marketplace again")
        self.button.clicked.connect(lambda: market.sync(asked=True))
        words = QVBoxLayout()
        words.setSpacing(HALF)
        words.addWidget(self.label)
        words.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT + HALF, UNIT, UNIT, UNIT)
        row.setSpacing(UNIT)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._minute = QTimer(self, interval=60_000)
        self._minute.timeout.connect(self._show)
        market.state_changed.connect(lambda *_: self._show())
        market.syncing_changed.connect(lambda *_: self._show())
        theme.on_change(self._tint)
        self._show()

    def _tint(self) -> None:
        self._icon.setPixmap(self._theme.pixmap("cloud-off", "medium", ICON, self.devicePixelRatioF()))

    def _show(self) -> None:
        words = offline_words(self._market.state)
        self.label.setText(words)
        self.label.setToolTip(tip(self._market.state.problem))
        self.button.setEnabled(not self._market.syncing)
        self.button.setText("Asking…" if self._market.syncing else "Try again")
        self.setVisible(bool(words))
        if words:
            self._minute.start()
        else:
            self._minute.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("tint_medium"))
        painter.fillRect(0, 0, 3, self.height(), self._theme.color("medium"))
