"""The history of an app as a timeline: every version, what was run, decided, sent and seen, with reasons in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.marketplace.history import AppHistory, HistoryEvent
from app.marketplace.words import SendState
from checks import Severity
from widgets.chips import Chips
from widgets.dialogs import Sheet
from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import selection_role
from widgets.parts import Field, PlainLabel
from widgets.session import Session
from widgets.theme import HALF, ICON, SEVERITIES, UNIT, Theme, scaled_font
from widgets.words import format_age, format_count, format_time, tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
EVENT_ROLE = Qt.ItemDataRole.UserRole + 1
RAIL = ICON + 3 * UNIT  # px on the left of the words
WHEN = 64  # px for how long ago it was
MAX_TEXT = 4000  # characters of a reason that are shown
WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)

# kind, word (empty = any) -> icon and colour
MARKS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("submitted", ""): ("inbox", "muted"),
    ("taken", ""): ("download", "muted"),
    ("run", "clean"): ("check", "good"),
    ("run", "incomplete"): ("unavailable", "medium"),
    ("decision", "approve"): ("shield-check", "good"),
    ("decision", "reject"): ("shield-cross", "critical"),
    ("decision", "request_changes"): ("changes", "medium"),
    ("status", "approved"): ("cloud", "good"),
    ("status", "rejected"): ("cloud", "critical"),
    ("status", "suspended"): ("cloud", "high"),
    ("status", ""): ("cloud", "low"),
    ("sent", SendState.CONFLICT.value): ("alert", "critical"),
    ("sent", ""): ("send", "muted"),
    **{("run", s.name.lower()): (SEVERITIES[s].icon, SEVERITIES[s].role) for s in Severity},
}
FILTERS = (
    ("decision", "Decisions", "shield-check", "good"),
    ("status", "Marketplace", "cloud", "low"),
    ("sent", "Sent", "send", "low"),
    ("run", "Batteries", "battery", "low"),
)
GROUP = {"submitted": "status", "taken": "run"}  # shown along with


def mark_of(event: HistoryEvent) -> tuple[str, str]:
    """Icon and role of the colour; the words say the same."""
    return MARKS.get((event.kind, event.word)) or MARKS.get((event.kind, "")) or ("dot", "muted")


def one_line(event: HistoryEvent) -> str:
    """An event for the clipboard and for a screen reader."""
    who = f", by {event.who}" if event.who else ""
    text = f": {event.text}" if event.text else ""
    return f"{format_time(event.at)}, version {event.version or 'not known'}: {event.title}{who}{text}"


def exact_time(event: HistoryEvent) -> str:
    """When it was, on which clock."""
    if event.theirs is None:
        return format_time(event.at)
    return f"{format_time(event.theirs)} by the marketplace's clock"


class EventsModel(QAbstractListModel):
    """The events, the newest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.events: list[HistoryEvent] = []

    def set_events(self, events: Sequence[HistoryEvent]) -> None:
        """Show these."""
        self.beginResetModel()
        self.events = list(events)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.events)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.events):
            return None
        event = self.events[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return one_line(event)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(exact_time(event))
        return event if role == EVENT_ROLE else None


class EventDelegate(QStyledItemDelegate):
    """An icon on a rail, the title with version and name, how long ago, and the reason below in full."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._bold, self._small = scaled_font(1.0, bold=True), scaled_font(0.95)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        event = index.data(EVENT_ROLE)
        width = self._view.viewport().width()
        return QSize(width, self._height(event, width) if event is not None else 0)

    def _height(self, event: HistoryEvent, width: int) -> int:
        line = QFontMetrics(self._bold).height()
        return UNIT + line + (HALF // 2 + self._text_box(event, width).height() if event.text else 0) + UNIT

    def _text_box(self, event: HistoryEvent, width: int) -> QRect:
        room = max(80, width - RAIL - UNIT)
        return QFontMetrics(self._small).boundingRect(QRect(0, 0, room, 100_000), WRAP, event.text[:MAX_TEXT])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        event = index.data(EVENT_ROLE)
        if event is None:
            return
        theme, box = self._theme, option.rect
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, theme.color(selection_role(option)))
        middle = box.left() + UNIT + ICON // 2
        last = index.row() == index.model().rowCount() - 1
        painter.fillRect(middle, box.top(), 1, (UNIT if last else box.height()), theme.color("line"))
        icon, role = mark_of(event)
        top = box.top() + UNIT
        ground = theme.color(selection_role(option) if chosen else "base")
        painter.fillRect(box.left() + UNIT, top - 1, ICON, ICON + 3, ground)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(box.left() + UNIT, top + 1, theme.pixmap(icon, role, ICON, ratio))
        left, right = box.left() + RAIL, box.right() - UNIT
        bold, small = QFontMetrics(self._bold), QFontMetrics(self._small)
        painter.setPen(theme.color("muted"))
        painter.setFont(self._small)
        line = QRect(left, top, right - left, bold.height())
        center = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(line, center | int(Qt.AlignmentFlag.AlignRight), format_age(event.at))
        about = " · ".join(filter(None, (event.version, event.who)))
        elide = Qt.TextElideMode.ElideMiddle
        room = right - left - WHEN
        title = bold.elidedText(event.title, elide, room)
        used = bold.horizontalAdvance(title) + UNIT
        about = small.elidedText(about, elide, max(0, room - used))
        painter.drawText(line.adjusted(used, 0, -WHEN, 0), center, about)
        painter.setFont(self._bold)
        painter.setPen(theme.color("text"))
        painter.drawText(line, center, title)
        if event.text:
            painter.setFont(self._small)
            body = self._text_box(event, self._view.viewport().width())
            at = QRect(left, line.bottom() + 1 + HALF // 2, max(80, right - left + 1), body.height() + 2)
            painter.drawText(at, WRAP, event.text[:MAX_TEXT])
        painter.restore()


class Timeline(QListView):
    """Rows as high as their words need at this width."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()


class HistoryWindow(Sheet):
    """The history of an app; Enter opens the submission that a line is about."""

    def __init__(self, session: Session, theme: Theme, history: AppHistory, parent: QWidget, name: str = "") -> None:
        super().__init__(theme, f"History of {name or history.name}", parent, 760, 640)
        self._session, self.history = session, history
        self.body.addWidget(PlainLabel(summarise(history), theme, "muted", wrap=True))
        self.filter = Field(theme, "Filter: a word, a version, a name", "Filter the history", clearButtonEnabled=True)
        self.filter.textChanged.connect(self._show)
        self.chips = Chips(theme, FILTERS)
        self.chips.changed.connect(self._show)
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        row.addWidget(self.filter, 1)
        row.addWidget(self.chips)
        self.body.addLayout(row)
        self.model = EventsModel(self)
        self.view = Timeline()
        self.view.setModel(self.model)
        self.view.setAccessibleName("History, the newest first")
        self.view.setItemDelegate(EventDelegate(theme, self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._keys = ListKeys(
            self.view, on_enter=lambda index: self.open_event(index.row()), copy_text=self.copy_text,
            fill_menu=self._fill_menu, filter_field=self.filter,
        )  # fmt: skip
        self.body.addWidget(self.view, 1)
        self.empty = EmptyState(theme, "filter", "No line is like that", "Clear the filter to see all of them.")
        self.empty.add_button("Clear the filter", self.clear_filter)
        self.empty.hide()
        self.body.addWidget(self.empty, 1)
        self.add_foot()
        theme.changed.connect(self.view.viewport().update)
        self._show()
        self.view.setFocus()
        if self.model.events:
            self.view.setCurrentIndex(self.model.index(0))

    def _show(self, *_: object) -> None:
        words, kinds = self.filter.text().casefold().split(), self.chips.chosen()
        everything = [e for e in self.history.events if all(w in one_line(e).casefold() for w in words)]
        counts: dict[object, int] = {}
        for event in everything:
            kind = GROUP.get(event.kind, event.kind)
            counts[kind] = counts.get(kind, 0) + 1
        self.chips.show_counts(counts)
        shown = [e for e in everything if not kinds or GROUP.get(e.kind, e.kind) in kinds]
        self.model.set_events(shown)
        self.view.setVisible(bool(shown))
        self.empty.setVisible(not shown)

    def clear_filter(self) -> None:
        """Show everything again."""
        self.filter.clear()
        self.chips.clear()

    def open_event(self, row: int) -> None:
        """Open the submission that a line is about, in the window behind."""
        if 0 <= row < len(self.model.events):
            number = self.model.events[row].submission
            if number is not None:
                self._session.open(number)

    def copy_text(self) -> str:
        """The chosen lines, or all."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedIndexes()})
        chosen = [self.model.events[row] for row in rows] or self.model.events
        return "\n".join(one_line(event) for event in chosen)

    def _fill_menu(self, menu: QMenu) -> None:
        from PySide6.QtGui import QGuiApplication

        current = self.view.currentIndex()
        if current.isValid() and self.model.events[current.row()].submission is not None:
            menu.addAction("Open the submission", lambda: self.open_event(current.row()))
        menu.addAction("Copy", lambda: QGuiApplication.clipboard().setText(self.copy_text()))


def summarise(history: AppHistory) -> str:
    """One line on top."""
    if not history.market:
        return "It did not come from a marketplace: this is its record on this desk."
    decided = sum(event.kind == "decision" for event in history.events)
    live = next((v.label for v in history.versions if v.is_live), "")
    parts = [format_count(len(history.versions), "version") + " known", format_count(decided, "decision") + " here"]
    parts.append(f"{live} is live" if live else "none is live")
    return " · ".join(parts)
