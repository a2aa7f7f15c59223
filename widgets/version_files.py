"""The files of a version: name, size, what the marketplace's own checks say, and the hash to copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.marketplace.words import QueuedFile
from widgets.context import PaneContext
from widgets.parts import Badge, Button, ElidedLabel, PlainLabel
from widgets.queue_lines import one_line
from widgets.theme import GAP, HALF, UNIT
from widgets.version_words import marks_of
from widgets.words import format_size, short_hash, tip

MOST = 50  # files shown; a version has one or two


class VersionFiles(QWidget):
    """Two lines a file: what it is, and what is said of it."""

    def __init__(self, context: PaneContext) -> None:
        super().__init__()
        self._context = context
        self._files: tuple[QueuedFile, ...] = ()
        self.setAccessibleName("Files of the version")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(HALF)
        self._grid.setColumnStretch(0, 1)

    def show_files(self, files: Sequence[QueuedFile]) -> None:
        """Show these and no others; what is shown already stays, and with it the keyboard."""
        if self._files == tuple(files):
            return
        self._files = tuple(files)
        focus = self.window().focusWidget()  # also where another window is in front
        inside = focus is not None and self.isAncestorOf(focus)
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, file in enumerate(files[:MOST]):
            self._add(2 * number, file)
        if len(files) > MOST:
            more = PlainLabel(f"and {len(files) - MOST:,} more files", self._context.theme, "muted")
            self._grid.addWidget(more, 2 * MOST, 0)
        if inside:
            self.setFocus()  # not to whatever is next: that may be a message to dismiss

    def _add(self, row: int, file: QueuedFile) -> None:
        theme, name = self._context.theme, one_line(file.name)
        title = ElidedLabel(name, theme, "text")
        size = PlainLabel(format_size(file.size), theme, "muted")
        size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(size, row, 1)
        self._grid.addWidget(self._make_hash(file, name), row, 2)
        marks = QWidget()
        line = QHBoxLayout(marks)
        line.setContentsMargins(0, 0, 0, UNIT)
        line.setSpacing(HALF)
        for mark, word in marks_of(file):
            badge = Badge(theme)
            badge.show_mark(mark, word)
            badge.setToolTip(tip(word))
            line.addWidget(badge)
        line.addStretch()
        self._grid.addWidget(marks, row + 1, 0, 1, 3)

    def _make_hash(self, file: QueuedFile, name: str) -> QWidget:
        kind, digest = next(
            ((kind, value) for kind, value in (("sha256", file.hashes.sha256), ("sha1", file.hashes.sha1),
                                               ("md5", file.hashes.md5)) if value),
            ("", ""),
        )  # fmt: skip
        if not digest:
            return PlainLabel("no hash given", self._context.theme, "muted")
        digest = one_line(digest, 128)
        button = Button(f"{kind} {short_hash(digest)}", self._context.theme, kind="quiet", icon="copy")
        button.setAccessibleName(f"Copy the {kind} that the marketplace gives for {name}")
        button.setToolTip(tip(f"{kind} {digest}\nClick to copy"))
        button.clicked.connect(lambda *_: self._copy(kind, digest))
        return button

    def _copy(self, kind: str, digest: str) -> None:
        QGuiApplication.clipboard().setText(digest)
        self._context.show_message(f"The {kind} is in the clipboard.", "good")
