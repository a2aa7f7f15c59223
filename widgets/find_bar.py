"""The strip under a source: find text, or go to a line with `:120`."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from widgets.context import PaneContext
from widgets.parts import Button, Field, PlainLabel
from widgets.text_canvas import TextCanvas
from widgets.text_search import MOST_HITS, find_all
from widgets.text_spots import Spot
from widgets.theme import HALF, UNIT

PAUSE = 120  # ms without a keystroke before a search begins


class FindBar(QWidget):
    """Searches the rows of a view on a worker thread and marks what it finds."""

    closed = Signal()

    def __init__(self, context: PaneContext, view: TextCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._view = context, view
        self._hits: list[tuple[int, int, int]] = []
        self._at = -1
        self._key = f"find-{id(self)}"
        self.field = Field(context.theme, self.tr("Find in this file, or :120 to go to a line"))
        self.field.setAccessibleName(self.tr("Find in this file"))
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.count = PlainLabel()
        self.count.setMinimumWidth(120)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.search)
        self.field.textChanged.connect(lambda *_: self._timer.start())
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT, HALF, UNIT, HALF)
        row.setSpacing(HALF)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        for text, name, step in (("↑", self.tr("Previous place"), -1), ("↓", self.tr("Next place"), 1)):
            button = self._button(text, name, "")
            button.clicked.connect(lambda *_, step=step: self.step(step))
            row.addWidget(button)
        close = self._button("", self.tr("Close the search"), "cross")
        close.clicked.connect(self.leave)
        row.addWidget(close)
        self.hide()

    def _button(self, text: str, name: str, icon: str) -> Button:
        button = Button(text, self._context.theme, kind="quiet", icon=icon)
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def open_find(self, text: str = "") -> None:
        """Show the bar and put the cursor into it; a short selection becomes what is searched."""
        chosen = self._view.selected_text() if self._view.has_selection() else ""
        text = text or (chosen if chosen and "\n" not in chosen and len(chosen) < 100 else self.field.text())
        if text.startswith(":") and text != ":":
            text = ""
        self.show()
        self.field.setText(text)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text == ":":
            self.field.end(False)
        else:
            self.field.selectAll()

    def leave(self) -> None:
        """Hide the bar; the marks go."""
        self.hide()
        self._timer.stop()
        self._hits, self._at = [], -1
        self._view.set_marks({})
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def reset(self) -> None:
        """Another text is shown: search it anew where the bar is open."""
        self._hits, self._at = [], -1
        self.count.clear()
        if self.isVisibleTo(self.parentWidget()) and self.field.text():
            self.search()

    def search(self) -> None:
        """Look for the text of the field, or go to the line it names."""
        query = self.field.text()
        if query.startswith(":"):
            if query[1:].isdecimal():
                self._view.move_caret(Spot(int(query[1:]) - 1, 0), centre=True)
                self.count.setText(self.tr("of {0:,} lines").format(self._view.row_count()))
            return
        if not query:
            self._take([])
            self.count.clear()
            return
        view = self._view
        lines = [view.row_text(row) for row in range(view.row_count())] if view.row_count() < 1000 else _Rows(view)
        self._context.submit(lambda _: find_all(lines, query), self._take, key=self._key)  # type: ignore[arg-type]

    def _take(self, hits: list[tuple[int, int, int]]) -> None:
        self._hits = hits
        self._at = -1
        if hits:
            caret = self._view.caret
            at = bisect_left(hits, (caret.row, 0, 0))
            self._at = at if at < len(hits) else 0
        self._show(move=bool(hits))

    def step(self, step: int) -> None:
        """To the next or previous place, round the end."""
        if self._timer.isActive():
            self._timer.stop()
            self.search()
        elif self._hits:
            self._at = (self._at + step) % len(self._hits)
            self._show(move=True)

    def _show(self, *, move: bool) -> None:
        marks: dict[int, list[tuple[int, int]]] = {}
        for row, column, length in self._hits:
            marks.setdefault(row, []).append((column, length))
        current = self._hits[self._at] if self._hits else None
        self._view.set_marks(marks, current)
        if current is None:
            self.count.setText(self.tr("not found") if self.field.text() else "")
            return
        more = "+" if len(self._hits) >= MOST_HITS else ""
        self.count.setText(self.tr("{0:,} of {1:,}{2}").format(self._at + 1, len(self._hits), more))
        if move:
            self._view.move_caret(Spot(current[0], current[1]), centre=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                if self.field.text().startswith(":"):
                    self.search()
                    self.leave()
                else:
                    self.step(-1 if back else 1)
                return True
        return False


class _Rows:
    """The rows of a view as a sequence, read one by one: nothing is copied."""

    def __init__(self, view: TextCanvas) -> None:
        self._text, self._count = view.row_text, view.row_count()

    def __iter__(self):
        return (self._text(row) for row in range(self._count))
