"""The strip in which findings are triaged: a verdict, a reason, one key each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.triage import Verdict, says_something
from widgets.parts import Button, Field, PlainLabel
from widgets.theme import HALF, UNIT, Theme
from widgets.words import button_text, format_count, middle, tip

VERDICTS = (Verdict.CONFIRMED, Verdict.FALSE_POSITIVE, Verdict.ACCEPTED_RISK)
KEYS = {Qt.Key.Key_1: 0, Qt.Key.Key_2: 1, Qt.Key.Key_3: 2}
MOST_RECENT = 6


class TriagePanel(QFrame):
    """Emits `decided` with the verdict and the reason for the findings it was opened for."""

    decided = Signal(object, str)  # Verdict, reason
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: Verdict | None = None
        self._count = 0
        self.setAutoFillBackground(True)
        self.title = PlainLabel("", bold=True)
        self.buttons = []
        row = QHBoxLayout()
        row.setSpacing(HALF)
        row.addWidget(self.title)
        row.addSpacing(UNIT)
        for number, verdict in enumerate(VERDICTS):
            words = verdict.label.capitalize()
            button = Button(f"{number + 1}  {words}", theme)
            button.setCheckable(True)
            button.setAccessibleName(words)
            button.clicked.connect(lambda *_, n=number: self.choose(n))
            row.addWidget(button)
            self.buttons.append(button)
        row.addStretch()
        close = Button("", theme, kind="quiet", icon="cross")
        close.setAccessibleName(self.tr("Close without triage"))
        close.setToolTip(self.tr("Close without triage (Esc)"))
        close.clicked.connect(self.leave)
        row.addWidget(close)
        self.reason = Field(theme, "")
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.installEventFilter(self)
        self.reason.textChanged.connect(lambda *_: self._show_state())
        self.save = Button(self.tr("Save"), theme, kind="primary")
        self.save.setAccessibleName(self.tr("Save the triage"))
        self.save.clicked.connect(self._finish)
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(self.reason, 1)
        line.addWidget(self.save)
        self._recent_title = PlainLabel(self.tr("Reasons used lately"), theme, "muted", factor=0.92)
        self._recent = QGridLayout()
        self._recent.setSpacing(HALF)
        self._theme = theme
        self._recent_buttons: list[Button] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT, UNIT)
        column.setSpacing(UNIT)
        column.addLayout(row)
        column.addLayout(line)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        self.hide()
        theme.on_change(self._tint)
        self._show_state()

    def _tint(self) -> None:
        palette = self.palette()
        palette.setColor(self.backgroundRole(), self._theme.color("panel"))
        self.setPalette(palette)

    def open_for(self, count: int, verdict: Verdict | None = None) -> None:
        """Show the strip for `count` findings, with a verdict chosen or not."""
        self.show_count(count)
        self._verdict = None
        self.reason.clear()
        self._show_state()
        self.show()
        if verdict is None:
            self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.choose(VERDICTS.index(verdict))

    def show_count(self, count: int) -> None:
        """For how many findings it would be recorded."""
        self._count = count
        words = self.tr("Triage {0}").format(format_count(count, "finding"))
        self.title.setText(words if count else self.tr("Nothing is selected"))
        self._show_state()

    def offer_reasons(self, reasons: Sequence[str]) -> None:
        """Reasons given lately, one click each."""
        for button in self._recent_buttons:
            self._recent.removeWidget(button)
            button.deleteLater()
        self._recent_buttons = []
        for number, reason in enumerate(reasons[:MOST_RECENT]):
            button = Button(button_text(middle(reason, 60)), self._theme, kind="quiet")
            button.setAccessibleName(self.tr("Reason: {0}").format(reason))
            button.setToolTip(tip(reason))
            button.clicked.connect(lambda *_, r=reason: self._use(r))
            self._recent.addWidget(button, number // 2, number % 2)
            self._recent_buttons.append(button)
        self._recent_title.setVisible(bool(self._recent_buttons))

    def _use(self, reason: str) -> None:
        self.reason.setText(reason)
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, number: int) -> None:
        """Choose a verdict by its number; the reason comes next."""
        self._verdict = VERDICTS[number]
        self._show_state()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def ready(self) -> bool:
        """Whether it can be saved, for at least one finding: all but a confirmation need a reason."""
        if not self._count or self._verdict is None:
            return False
        return not self._verdict.resolves or says_something(self.reason.text())

    def _show_state(self) -> None:
        for verdict, button in zip(VERDICTS, self.buttons, strict=True):
            button.setChecked(verdict is self._verdict)
        needed = self._verdict is not None and self._verdict.resolves
        hint = self.tr("Reason: one sentence, the record keeps it") if needed else self.tr("Reason (may stay empty)")
        if self._verdict is None:
            hint = self.tr("Choose 1, 2 or 3, then a reason")
        self.reason.setPlaceholderText(hint)
        self.save.setEnabled(self.ready)

    def _finish(self) -> None:
        if self.ready and self._verdict is not None:
            verdict, reason = self._verdict, self.reason.text()
            self.leave()
            self.decided.emit(verdict, reason)

    def leave(self) -> None:
        """Hide the strip, nothing recorded."""
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = KEYS.get(Qt.Key(event.key()))
        if number is not None:
            self.choose(number)
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.reason and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._finish()
                return True
        return False
