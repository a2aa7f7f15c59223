"""The page of a version that is not on this desk yet: what the marketplace says of it, and the way to its review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.marketplace.words import Developer, QueueEntry
from widgets.list_parts import ThinBar
from widgets.parts import Badge, Button, ElidedLabel, PlainLabel
from widgets.queue_lines import one_line
from widgets.session import Session
from widgets.theme import GAP, HALF, ICON, MESSAGES, RADIUS, UNIT, WIDE, Mark, Theme
from widgets.version_files import VersionFiles
from widgets.version_words import (
    Pair,
    changes_of,
    declarations_of,
    developer_facts,
    facts_of,
    lesson_of,
    size_words,
    warnings_of,
)
from widgets.words import KIND_ICONS, KINDS, format_count, format_size

if TYPE_CHECKING:
    from app.desk import Desk

WIDEST = 900  # px: lines worth reading
LABELS = 150  # px, of the column of labels
Details = tuple[Mapping[str, Any], Developer | None]


class Notice(QWidget):
    """A sentence on a quiet ground, with its shape."""

    def __init__(self, theme: Theme, kind: str, text: str) -> None:
        super().__init__()
        self._theme, self._mark = theme, MESSAGES[kind]
        self._icon = QLabel()
        self._icon.setFixedSize(ICON, ICON)
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, UNIT)
        row.setSpacing(UNIT)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(PlainLabel(text, theme, "text", wrap=True), 1)
        self.text = text
        theme.on_change(self._tint)

    def _tint(self) -> None:
        self._icon.setPixmap(
            self._theme.pixmap(self._mark.icon, self._mark.role, ICON, self.devicePixelRatioF())
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._mark.tint))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)


class Section(QWidget):
    """A heading, and labels with what belongs to them; long answers wrap, so that nothing is cut."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.heading = PlainLabel(title, theme, "text", factor=1.1, bold=True)
        self.pairs: Sequence[Pair] = ()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(HALF + 2)
        self._grid.setColumnMinimumWidth(0, LABELS)
        self._grid.setColumnStretch(1, 1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, GAP, 0, 0)  # its own, so that one that is not there leaves no gap
        self.body.setSpacing(UNIT)
        self.body.addWidget(self.heading)
        self.body.addLayout(self._grid)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show these and no others; without any the section is not there."""
        self.setVisible(bool(pairs))
        if list(pairs) == list(self.pairs):
            return
        self.pairs = tuple(pairs)
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (label, text) in enumerate(pairs):
            name = PlainLabel(label, self._theme, "muted", wrap=True)
            name.setFixedWidth(LABELS)
            value = PlainLabel(text, self._theme, "text", wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(name, row, 0, top)
            self._grid.addWidget(value, row, 1, top)


class VersionPage(QScrollArea):
    """In the centre of the window; nothing of it is fetched from a network until the reviewer asks."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._context, self._market, self._theme = session, session.context, session.market, theme
        self.entry: QueueEntry | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName("Version of the marketplace")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._build()
        self._market.queue_changed.connect(lambda *_: self._follow())
        self._market.fetch_progressed.connect(self._show_progress)

    def _build(self) -> None:
        theme = self._theme
        self.title = ElidedLabel("", theme, "text", factor=1.5, bold=True)
        self.title.setAccessibleName("Name of the version")
        self.version = ElidedLabel("", theme, "text", factor=1.5)
        self.subtitle = ElidedLabel("", theme, "muted")
        for label in (self.title, self.version):
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.kind = Badge(theme)
        self.fetch_button = Button("Download and review", theme, kind="primary", icon="download")
        self.fetch_button.setAccessibleName("Download and review")
        self.fetch_button.clicked.connect(lambda: self._context.actions.trigger("fetch"))
        self.assign_button = Button("Assign to me", theme, icon="user")
        self.assign_button.setAccessibleName("Assign to me")
        self.assign_button.clicked.connect(lambda: self._context.actions.trigger("assign"))
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self.title)
        top.addWidget(self.version)
        top.addStretch(1)
        low = QHBoxLayout()
        low.setSpacing(UNIT)
        low.addWidget(self.kind)
        low.addWidget(self.subtitle, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(UNIT)
        buttons.addWidget(self.fetch_button)
        buttons.addWidget(self.assign_button)
        buttons.addStretch(1)
        self._notices = QVBoxLayout()
        self._notices.setContentsMargins(0, HALF, 0, 0)
        self._notices.setSpacing(HALF)
        self.facts = Section(theme, "This version")
        self.changes = Section(theme, "What the developer says is new")
        self.lesson = Section(theme, "What it teaches")
        self.files_title = PlainLabel("Files", theme, "text", factor=1.1, bold=True)
        self.files = VersionFiles(self._context)
        self.developer = Section(theme, "Who sent it")
        self.declared = Section(theme, "What the developer declares")
        inner = QWidget()
        inner.setMaximumWidth(WIDEST)
        column = QVBoxLayout(inner)
        column.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        column.setSpacing(HALF)
        column.addLayout(top)
        column.addLayout(low)
        column.addSpacing(UNIT)
        column.addLayout(buttons)
        column.addWidget(self._make_progress())
        column.addLayout(self._notices)
        for part in (self.lesson, self.facts, self.changes):
            column.addWidget(part)
        column.addSpacing(GAP)
        column.addWidget(self.files_title)
        column.addWidget(self.files)
        for part in (self.developer, self.declared):
            column.addWidget(part)
        column.addStretch(1)
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner, 100)
        row.addStretch(1)
        self.setWidget(whole)

    def _make_progress(self) -> QWidget:
        theme = self._theme
        self.progress = QWidget()
        self.bar = ThinBar(theme, "Progress of the download")
        self.reading = ElidedLabel("", theme, "muted")
        self.cancel_button = Button("Cancel", theme, icon="stop")
        self.cancel_button.setAccessibleName("Cancel the download")
        self.cancel_button.clicked.connect(lambda: self._context.actions.trigger("cancel-fetch"))
        words = QVBoxLayout()
        words.setSpacing(HALF)
        words.addWidget(self.reading)
        words.addWidget(self.bar)
        row = QHBoxLayout(self.progress)
        row.setContentsMargins(0, HALF, 0, HALF)
        row.setSpacing(GAP)
        row.addLayout(words, 1)
        row.addWidget(self.cancel_button)
        self.progress.hide()
        return self.progress

    # what is shown

    @property
    def key(self) -> int | None:
        """The version shown."""
        return self.entry.key if self.entry is not None else None

    def show_version(self, entry: QueueEntry) -> None:
        """Show a version; what came along with it follows from the record."""
        other = self.entry is None or self.entry.key != entry.key
        self.entry = entry
        name, label = one_line(entry.name), one_line(entry.label, 60)
        self.title.setText(name)
        self.version.setText(label)
        kind = KINDS.get(entry.kind, one_line(entry.kind, 40))
        self.kind.show_mark(Mark("", kind, KIND_ICONS.get(entry.kind, "package"), "info", "tint_info"))
        about = (one_line(entry.developer), format_count(len(entry.files), "file"), format_size(entry.size))
        self.subtitle.setText("  ·  ".join(filter(None, about)))
        self._show_notices(entry)
        self.facts.show_pairs(facts_of(entry))
        self.files_title.setText("Files" if len(entry.files) != 1 else "File")
        self.files.show_files(entry.files)
        if other:
            self.verticalScrollBar().setValue(0)
            self.developer.show_pairs(developer_facts(entry, None))
            for part in (self.declared, self.changes, self.lesson):
                part.show_pairs(())
            self._show_idle()
        self._show_buttons()
        key = entry.key
        self._context.submit(
            lambda desk: self._read(desk, key), self._take_details, key="version-page", anywhere=True
        )

    @staticmethod
    def _read(desk: Desk, key: int) -> tuple[int, Details]:
        return key, desk.marketplace.details(key)

    def _take_details(self, answer: tuple[int, Details]) -> None:
        key, (custom, developer) = answer
        if self.entry is None or self.entry.key != key:
            return
        self.developer.show_pairs(developer_facts(self.entry, developer))
        self.declared.show_pairs(declarations_of(custom))
        changes, lesson = changes_of(custom), lesson_of(custom)
        self.changes.show_pairs([("Change log", changes)] if changes else ())
        self.lesson.show_pairs([("Lesson", lesson)] if lesson else ())

    def _show_notices(self, entry: QueueEntry) -> None:
        told = warnings_of(entry)
        if [n.text for n in self.notices] == [text for _, text in told]:
            return
        while self._notices.count():
            item = self._notices.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for kind, text in told:
            self._notices.addWidget(Notice(self._theme, kind, text))

    @property
    def notices(self) -> list[Notice]:
        """The sentences above the facts."""
        items = (self._notices.itemAt(i) for i in range(self._notices.count()))
        return [w for item in items if item is not None and isinstance(w := item.widget(), Notice)]

    def _show_buttons(self) -> None:
        entry = self.entry
        if entry is None:
            return
        fetching = self._market.is_fetching(entry.key)
        self.fetch_button.setText("Open the review" if entry.fetched else "Download and review")
        self.fetch_button.setAccessibleName(self.fetch_button.text())
        self.fetch_button.set_look(icon="arrow-right" if entry.fetched else "download")
        self.fetch_button.setEnabled(not fetching and (entry.fetched or not entry.gone))
        self.assign_button.setText("Yours" if entry.mine else "Take it over" if entry.holder else "Assign to me")
        self.assign_button.setAccessibleName(self.assign_button.text())
        self.assign_button.setEnabled(not entry.mine and not entry.gone)
        self.progress.setVisible(fetching)

    def _follow(self) -> None:
        """The queue was read anew."""
        if self.entry is None or not self.isVisible():
            return
        fresh = self._market.entries.get(self.entry.key)
        if fresh is not None and fresh is not self.entry:
            self.show_version(fresh)

    # the download

    def _show_idle(self) -> None:
        self.reading.setText("Waiting for its turn…")
        self.bar.setRange(0, 0)

    def _show_progress(self, key: int, name: str, done: int, total: int) -> None:
        if key != self.key:
            return
        self._show_buttons()
        if done < 0:
            self._show_idle()
            return
        if name:
            self.reading.setText(f"{one_line(name, 80)}: {size_words(done, total)}")
        self.bar.setRange(0, 1000 if total else 0)
        self.bar.setValue(min(1000, 1000 * done // total) if total else 0)
        self.bar.tick()
