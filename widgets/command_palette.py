"""Ctrl+K: one field that finds commands, files of the package and findings, by any letters in their order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.model import Run
from widgets.actions import GROUPS
from widgets.context import PaneContext
from widgets.fuzzy import Entry, find_best
from widgets.parts import Line, PlainLabel, use_thin_bars
from widgets.theme import HALF, ICON, RADIUS, SEVERITIES, UNIT, Theme, scaled_font

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1


class PaletteModel(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.kind}: {entry.text}, {entry.detail}"
        return entry if role == ENTRY_ROLE else None


class PaletteDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(100, option.fontMetrics.height() + UNIT + HALF)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        theme, entry, box = self._theme, index.data(ENTRY_ROLE), option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection"))
        ratio, middle = painter.device().devicePixelRatioF(), Qt.AlignmentFlag.AlignVCenter
        painter.save()
        if not entry.enabled:
            painter.setOpacity(0.55)
        top = box.center().y() - ICON // 2
        painter.drawPixmap(box.left() + UNIT + HALF, top, theme.pixmap(entry.icon, entry.role, ICON, ratio))
        text = box.adjusted(UNIT * 2 + HALF + ICON, 0, -UNIT - HALF, 0)
        painter.setFont(scaled_font(0.92))
        metrics = painter.fontMetrics()
        detail = metrics.elidedText(entry.detail, Qt.TextElideMode.ElideMiddle, text.width() // 2)
        width = metrics.horizontalAdvance(detail)
        painter.setPen(theme.color("muted"))
        painter.drawText(QRect(text.right() - width, text.top(), width + 1, text.height()), middle, detail)
        painter.setFont(scaled_font(1.0))
        painter.setPen(theme.color("text"))
        text.setRight(text.right() - width - UNIT)
        shown = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, middle, shown)
        painter.restore()


class CommandPalette(QFrame):
    """Lies over the window; Escape or a click elsewhere closes it, Enter does what is chosen."""

    def __init__(self, context: PaneContext, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._theme = context, theme
        self._files: list[Entry] = []
        self._files_of = -1
        self._found: list[Entry] = []
        self._found_of: Run | None = None
        self._former: QWidget | None = None
        self.setAutoFillBackground(True)
        self.field = QLineEdit(placeholderText="Find a command, a file or a finding")
        self.field.setAccessibleName("Find a command, a file or a finding")
        self.field.setFrame(False)
        self.field.setFont(scaled_font(1.1))
        self.field.setMinimumHeight(40)
        self.field.setTextMargins(UNIT, 0, UNIT, 0)
        self.field.textChanged.connect(self._search)
        self.model = PaletteModel()
        self.view = QListView()
        self.view.setAccessibleName("What was found")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setUniformItemSizes(True)
        self.view.setModel(self.model)
        self.view.setItemDelegate(PaletteDelegate(theme, self.view))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.clicked.connect(self._choose)
        self.nothing = PlainLabel("Nothing fits", theme, "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setMinimumHeight(56)
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, HALF, 1, UNIT)
        column.setSpacing(0)
        column.addWidget(self.field)
        column.addWidget(Line(theme))
        column.addSpacing(HALF)
        column.addWidget(self.view, 1)
        column.addWidget(self.nothing)
        self.field.installEventFilter(self)
        window.installEventFilter(self)
        use_thin_bars(self, theme)
        self.hide()

    def open(self) -> None:
        """Show it, empty, over the middle of the window."""
        self._former = self.window().focusWidget()
        self._context.actions.refresh()
        self._load_files()
        self.field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        """Hide it and give the focus back."""
        if self.isVisible():
            self.hide()
            if self._former is not None and self._former.isVisible():
                self._former.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self) -> None:
        window = self.window()
        width = min(640, window.width() - 4 * UNIT)
        height = min(440, window.height() - 12 * UNIT)
        self.setGeometry((window.width() - width) // 2, 5 * UNIT, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent"), 1))
        painter.setBrush(self._theme.color("base"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), RADIUS, RADIUS)

    # what can be found

    def _commands(self) -> list[Entry]:
        entries = []
        for o in sorted(self._context.actions, key=lambda o: GROUPS.index(o.group)):
            keys = self._context.actions.label_keys(o.keys[:1])
            entries.append(
                Entry(
                    "command",
                    o.title,
                    keys or o.group,
                    o.icon or "command",
                    "muted",
                    o.action.trigger,
                    o.action.isEnabled(),
                )
            )
        return entries

    def _findings(self) -> list[Entry]:
        """Made once for a run: there may be twenty thousand."""
        run = self._context.run
        if run is self._found_of:
            return self._found
        self._found_of, self._found = run, self._make_findings(run)
        return self._found

    def _make_findings(self, run: Run | None) -> list[Entry]:
        entries = []
        for f in run.findings if run else ():
            mark = SEVERITIES[f.severity]
            where = f"{f.path}:{f.line}" if f.line else f.path
            entries.append(
                Entry(
                    "finding",
                    f.message,
                    where,
                    mark.icon,
                    mark.role,
                    lambda p=f.fingerprint: self._context.show_finding(p),
                )
            )
        return entries

    def _load_files(self) -> None:
        about = self._context.submission
        if about is None or self._context.run is None:
            self._files, self._files_of = [], -1
            return
        if self._files_of == about.id:
            return
        number = about.id

        def done(rows: Sequence) -> None:
            show = self._context.show_file
            self._files_of = number
            self._files = [
                Entry("file", r.path, "file", "file", "muted", lambda n=r.number: show(n))
                for r in rows
                if r.type == "file"
            ]

        self._context.submit(lambda desk: desk.files(number), done, lambda _: None, key="palette-files")

    def _search(self, text: str) -> None:
        """Matching is done on a worker thread: a package may have a hundred thousand files."""
        commands = self._commands()
        if not text.strip():
            self._show(find_best("", commands))
            return
        entries = [*commands, *self._findings(), *self._files]
        if len(entries) < 2000:
            self._show(find_best(text, entries))
        else:
            self._context.submit(lambda _: find_best(text, entries), self._show, key="palette")

    def _show(self, entries: list[Entry]) -> None:
        self.model.show(entries)
        self.view.setVisible(bool(entries))
        self.nothing.setVisible(not entries)
        if entries:
            self.view.setCurrentIndex(self.model.index(0))

    # keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif watched is self.window() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        key, row, last = event.key(), self.view.currentIndex().row(), self.model.rowCount() - 1
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
        if key in steps:
            to = row + steps[key]
            to = max(0, min(last, to)) if abs(steps[key]) > 1 else to % (last + 1) if last >= 0 else -1
            self.view.setCurrentIndex(self.model.index(to))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.view.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE) if index.isValid() else None
        if entry is not None and entry.enabled:
            self.close_palette()
            entry.go()
