"""Small switches in a row: which severities, states or kinds a list shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from widgets.theme import HALF, UNIT, Theme, scaled_font

SHAPE = 12


class Chip(QAbstractButton):
    """A checkable word with its shape and a count; narrow ones leave the word to tooltip and screen reader."""

    def __init__(self, theme: Theme, word: str, icon: str, role: str) -> None:
        super().__init__()
        self._theme, self._word, self._icon, self._role = theme, word, icon, role
        self._count = 0
        self._narrow = False
        self.setCheckable(True)
        self.setFont(scaled_font(0.92))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setText(word)
        self.setAccessibleName(word)
        self.setToolTip(f"Show only: {word}")
        theme.changed.connect(self.update)

    def show_count(self, count: int) -> None:
        """How many there are; none is quiet, but stays where it is."""
        if count == self._count:
            return
        self._count = count
        self.setText(f"{self._word} {count:,}" if count else self._word)
        self.setAccessibleName(f"{self._word}, {count:,}")
        self._hide_idle()
        self.updateGeometry()
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        """Shape and count only; a chip without a shape is shown only where there is something to count."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._hide_idle()
            self.updateGeometry()
            self.update()

    def _hide_idle(self) -> None:
        if not self._icon:
            self.setHidden(self._narrow and not self._count and not self.isChecked())

    @property
    def _shown(self) -> str:
        return (f"{self._count:,}" if self._count else "0") if self._narrow and self._icon else self.text()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        icon = SHAPE + HALF if self._icon else 0
        return QSize(metrics.horizontalAdvance(self._shown) + icon + 2 * UNIT, metrics.height() + UNIT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        line = "accent" if self.isChecked() or self.hasFocus() else "line"
        painter.setPen(QPen(theme.color(line), 2 if self.hasFocus() else 1))
        ground = theme.color("selection" if self.isChecked() else "panel" if self.underMouse() else "base")
        painter.setBrush(ground)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left = float(UNIT)
        if self._icon:
            role = self._role if self._count or self.isChecked() else "muted"
            pixmap = theme.pixmap(self._icon, role, SHAPE, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(left, (self.height() - SHAPE) / 2), pixmap)
            left += SHAPE + HALF
        painter.setFont(self.font())
        painter.setPen(QColor(theme.color("text" if self._count or self.isChecked() else "muted")))
        area = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), self._shown)


class Chips(QWidget):
    """Several chips; none checked means all are shown."""

    changed = Signal()

    def __init__(
        self, theme: Theme, choices: Sequence[tuple[object, str, str, str]], parent: QWidget | None = None
    ) -> None:
        """`choices` are (key, word, icon, role of the colour)."""
        super().__init__(parent)
        self._chips: dict[object, Chip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        for key, word, icon, role in choices:
            chip = Chip(theme, word, icon, role)
            chip.toggled.connect(lambda *_: self.changed.emit())
            row.addWidget(chip)
            self._chips[key] = chip

    def chosen(self) -> frozenset[object]:
        """Keys of the checked chips; empty for all."""
        return frozenset(key for key, chip in self._chips.items() if chip.isChecked())

    def button(self, key: object) -> Chip:
        """The chip of a key."""
        return self._chips[key]

    def clear(self) -> None:
        """Uncheck all, saying so once."""
        if not self.chosen():
            return
        self.blockSignals(True)
        for chip in self._chips.values():
            chip.setChecked(False)
        self.blockSignals(False)
        self.changed.emit()

    def show_counts(self, counts: Mapping[object, int]) -> None:
        """Write how many there are of each."""
        for key, chip in self._chips.items():
            chip.show_count(counts.get(key, 0))

    def set_narrow(self, narrow: bool) -> None:
        """Leave the words out where there is a shape."""
        for chip in self._chips.values():
            chip.set_narrow(narrow)
