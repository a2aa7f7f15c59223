"""The queue on the left: what waits, what is at work, what was decided; packages can be dropped on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QProgressBar,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import selection_role
from widgets.parts import ElidedLabel, Field, Line, PlainLabel, badge_width, paint_badge
from widgets.queue_model import NUMBER_ROLE, PERCENT_ROLE, ROW_ROLE, QueueFilter, QueueModel, row_mark
from widgets.queue_rows import count_blockers
from widgets.session import Session
from widgets.theme import HALF, ICON, UNIT, Theme, scaled_font
from widgets.words import KIND_ICONS, format_age, name_of

if TYPE_CHECKING:
    from app.checklist import Checklist

EMPTY = ("The queue is empty", "What is taken in waits here, the longest waiting first.")
OPEN_PAUSE = 120  # ms: walking through the queue with a held key does not open every submission on the way


class QueueDelegate(QStyledItemDelegate):
    """Two lines: title and age, version and badge; a thin bar while a battery is at work."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, option.fontMetrics.height() * 2 + 3 * UNIT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        theme, row, percent = self._theme, index.data(ROW_ROLE), index.data(PERCENT_ROLE)
        ratio = painter.device().devicePixelRatioF()
        box = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(box, theme.color(selection_role(option)))
            painter.fillRect(box.left(), box.top(), 3, box.height(), theme.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("panel"))
        inner = box.adjusted(UNIT + HALF, UNIT, -UNIT - HALF, -UNIT)
        half = inner.height() // 2
        top = QRect(inner.left(), inner.top(), inner.width(), half)
        low = QRect(inner.left(), inner.top() + half + 1, inner.width(), half)
        middle = Qt.AlignmentFlag.AlignVCenter
        icon = KIND_ICONS.get(row.submission.kind, "package")
        painter.drawPixmap(top.left(), top.center().y() - ICON // 2 + 1, theme.pixmap(icon, "muted", ICON, ratio))
        age = format_age(row.submission.added)
        painter.setFont(scaled_font(0.92))
        age_width = painter.fontMetrics().horizontalAdvance(age)
        painter.setPen(theme.color("muted"))
        painter.drawText(top, middle | Qt.AlignmentFlag.AlignRight, age)
        painter.setFont(scaled_font(1.0, bold=True))
        painter.setPen(theme.color("text"))
        text = top.adjusted(ICON + UNIT, 0, -age_width - UNIT, 0)
        metrics = painter.fontMetrics()
        painter.drawText(
            text, middle, metrics.elidedText(name_of(row.submission), Qt.TextElideMode.ElideMiddle, text.width())
        )
        painter.setFont(scaled_font(0.92))
        metrics = painter.fontMetrics()
        mark, word = row_mark(row, percent)
        width = badge_width(metrics, mark, word)
        badge = QRect(low.right() - width + 1, low.top(), width, low.height())
        paint_badge(painter, badge, theme, mark, word, ratio)
        painter.setPen(theme.color("text" if selected else "muted"))
        text = low.adjusted(ICON + UNIT, 0, -width - UNIT, 0)
        about = "  ".join(filter(None, (row.submission.version, row.submission.family)))
        painter.drawText(text, middle, metrics.elidedText(about, Qt.TextElideMode.ElideRight, text.width()))
        if percent >= 0:
            bar = QRect(box.left(), box.bottom() - 1, box.width() * max(percent, 2) // 100, 2)
            painter.fillRect(bar, theme.color("accent"))


class QueuePane(QWidget):
    """List, filter, drop target and the word about what is being taken in."""

    opened = Signal(int)

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._theme = session, theme
        self.setObjectName("queue")
        self.setAcceptDrops(True)
        self.model, self.proxy = QueueModel(), QueueFilter()
        self.proxy.setSourceModel(self.model)

        heading = PlainLabel("Queue", theme, "text", bold=True)
        self._count = PlainLabel("", theme, "muted")
        head = QHBoxLayout()
        head.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, HALF)
        head.addWidget(heading)
        head.addStretch()
        head.addWidget(self._count)
        self.filter = Field(theme, "Filter the queue", clearButtonEnabled=True)
        self.filter.textChanged.connect(self._on_filter)
        field = QHBoxLayout()
        field.setContentsMargins(UNIT, 0, UNIT, UNIT)
        field.addWidget(self.filter)

        self.view = QListView()
        self.view.setAccessibleName("Queue of submissions")
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setModel(self.proxy)
        self.view.setItemDelegate(QueueDelegate(theme, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        ListKeys(self.view, on_enter=lambda i: self._open_now(), filter_field=self.filter, fill_menu=self._fill_menu)

        self._empty = EmptyState(
            theme,
            "inbox",
            *EMPTY,
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)

        self._taking = ElidedLabel("", theme, "muted")
        self._bar = QProgressBar(textVisible=False, maximum=0)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("Progress of taking in")
        self._intake = QWidget()
        column = QVBoxLayout(self._intake)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, UNIT)
        column.setSpacing(HALF)
        column.addWidget(self._taking)
        column.addWidget(self._bar)
        self._intake.hide()

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(field)
        layout.addWidget(Line(theme))
        layout.addLayout(self._stack, 1)
        layout.addWidget(self._intake)

        self._pause = QTimer(self, singleShot=True, interval=OPEN_PAUSE)
        self._pause.timeout.connect(self._open_now)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._pause.start())
        self._minute = QTimer(self, interval=60_000)
        self._minute.timeout.connect(self.view.viewport().update)
        self._minute.start()
        session.queue_changed.connect(self._set_rows)
        session.row_changed.connect(self.model.set_row)
        session.checklist_changed.connect(self._take_checklist)
        session.progress_changed.connect(self.model.set_percent)
        session.intake.progress.connect(self._show_intake)
        session.context.submission_changed.connect(self._follow)
        theme.changed.connect(self.view.viewport().update)

    # what is shown

    def _set_rows(self, rows: list) -> None:
        self.model.set_rows(rows)
        for submission in self._session.runs.running:
            self.model.set_percent(submission, self._session.runs.percent(submission))
        self._follow(self._session.context.submission)
        self._show_count()

    def _take_checklist(self, checklist: Checklist | None) -> None:
        about = self._session.context.submission
        if checklist is not None and about is not None:
            self.model.set_blockers(about.id, count_blockers(checklist))

    def _show_count(self) -> None:
        total, shown = self.model.rowCount(), self.proxy.rowCount()
        self._count.setText(f"{total:,}" if shown == total else f"{shown:,} of {total:,}")
        self.filter.setEnabled(total > 0)
        if total == 0:
            self._empty.say(*EMPTY)
        elif shown == 0:
            self._empty.say("Nothing matches", "No submission has all of these words. Escape clears the filter.")
        self._stack.setCurrentIndex(0 if shown else 1)

    def _on_filter(self, text: str) -> None:
        self.proxy.set_text(text)
        self._show_count()

    def _show_intake(self, name: str, done: int, total: int) -> None:
        self._intake.setVisible(bool(name))
        self._taking.setText(f"Taking in {name}")
        self._bar.setMaximum(1000 if total else 0)
        self._bar.setValue(done * 1000 // total if total else 0)

    def _follow(self, submission: object) -> None:
        """Select the row of the open submission, without opening it again."""
        at = self.model.find(submission.id) if submission is not None else -1  # type: ignore[attr-defined]
        if at >= 0:
            self.view.setCurrentIndex(self.proxy.mapFromSource(self.model.index(at)))
            self._pause.stop()

    # what the reviewer does

    def _open_now(self) -> None:
        self._pause.stop()
        number = self.view.currentIndex().data(NUMBER_ROLE)
        if number is not None:
            self.opened.emit(number)

    def step(self, by: int) -> None:
        """To another row of the queue, opening it."""
        row = self.view.currentIndex().row() + by if self.view.currentIndex().isValid() else 0
        if 0 <= row < self.proxy.rowCount():
            self.view.setCurrentIndex(self.proxy.index(row, 0))
            self._open_now()

    def _fill_menu(self, menu: QMenu) -> None:
        self._open_now()
        actions = self._session.context.actions
        actions.refresh()
        for id in ("run", "cancel-run", "set-baseline", "set-kind", "copy-sha256", "export-notes"):
            if id in actions:
                menu.addAction(actions[id])
