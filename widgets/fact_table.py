"""Facts as label and value, in one column or two; what is worth copying has a button for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from widgets.context import PaneContext
from widgets.parts import Button, ElidedLabel, PlainLabel
from widgets.theme import HALF, UNIT, WIDE, mono_font

TWO_COLUMNS = 760  # pixels of width from which two fit
HASHES = ("SHA-256", "SHA-1", "MD5")
Fact = tuple[str, str, str]


class FactTable(QWidget):
    """Values are plain text of one line, shortened in the middle."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._facts: list[Fact] = []
        self._values: dict[str, ElidedLabel] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(UNIT)
        self._grid.setVerticalSpacing(HALF)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these facts; where the labels are the same, only the values change."""
        facts = list(facts)
        if [f[0] for f in facts] == [f[0] for f in self._facts] and [bool(f[2]) for f in facts] == [
            bool(f[2]) for f in self._facts
        ]:
            for (label, words, _), (_, before, _) in zip(facts, self._facts, strict=True):
                if words != before:
                    self._values[label].setText(words)
            self._facts = facts
        else:
            self._facts = facts
            self._fill()

    def value(self, label: str) -> str:
        """What stands beside a label; empty where there is no such fact."""
        return next((words for name, words, _ in self._facts if name == label), "")

    def _fill(self) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self._values = {}
        two = self.width() >= TWO_COLUMNS
        self._columns = 2 if two else 1
        half = (len(self._facts) + 1) // 2 if two else len(self._facts)
        for number, (label, words, copied) in enumerate(self._facts):
            row, column = (number, 0) if number < half else (number - half, 3)
            name = PlainLabel(label, self._context.theme, "muted")
            value = ElidedLabel(words)
            if label in HASHES:
                value.setFont(mono_font())
            self._values[label] = value
            holder = QWidget()
            line = QHBoxLayout(holder)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(HALF)
            line.addWidget(value)
            if copied:
                line.addWidget(self._copy_button(label))
            line.addStretch()
            holder.setMinimumHeight(24)
            self._grid.addWidget(name, row, column, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(holder, row, column + 1)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(4, 1 if two else 0)
        self._grid.setColumnMinimumWidth(2, WIDE if two else 0)

    def _copy_button(self, label: str) -> Button:
        button = Button("", self._context.theme, kind="quiet", icon="copy")
        button.setFixedSize(24, 24)
        button.setAccessibleName(self.tr("Copy {0}").format(label))
        button.setToolTip(self.tr("Copy {0}").format(label))
        button.clicked.connect(lambda *_: self._copy(label))
        return button

    def _copy(self, label: str) -> None:
        text = next((copied for name, _, copied in self._facts if name == label), "")
        QGuiApplication.clipboard().setText(text)
        self._context.show_message(self.tr("{0} is on the clipboard.").format(label))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._facts and (2 if event.size().width() >= TWO_COLUMNS else 1) != self._columns:
            self._fill()
