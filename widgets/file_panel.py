"""One file: its name and facts, its source, the search; asks before a secret is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMessageBox, QVBoxLayout, QWidget

from app.views import TOKEN_CLASSES, TextView
from widgets.context import PaneContext
from widgets.find_bar import FindBar
from widgets.measures import exact_size
from widgets.package_source import PackageSource
from widgets.parts import Button, ElidedLabel, Line, PlainLabel
from widgets.source_view import SourceView
from widgets.text_cells import widest
from widgets.theme import HALF, UNIT
from widgets.words import format_count, format_size, short_hash, tip

if TYPE_CHECKING:
    from app.desk import Desk

MASKED = TOKEN_CLASSES.index("masked")
BLANK_AFTER = 150  # ms after which an old text is taken away, so that quick ones do not flicker


class FilePanel(QWidget):
    """Shows one file of the submission or of its baseline."""

    def __init__(self, context: PaneContext, source: PackageSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._source = context, source
        self.number: int | None = None
        self.side = "submission"
        self._offset: int | None = None
        self._revealed = False
        theme = context.theme
        self.view = SourceView(theme)
        self.find = FindBar(context, self.view)
        self.path = ElidedLabel("", bold=True)
        self.facts = ElidedLabel("", theme, "muted", factor=0.92)
        self.facts.elide = Qt.TextElideMode.ElideRight  # the hash goes first: it is in the tooltip
        self.note = PlainLabel("", theme, "medium", factor=0.92)
        self.reveal = Button(self.tr("Reveal secret…"), theme, icon="eye")
        self.reveal.setAccessibleName(self.tr("Reveal the secrets of this file"))
        self.reveal.clicked.connect(self.ask_reveal)
        self.reveal.hide()
        self.raw = Button(self.tr("As it is"), theme, icon="file")
        self.raw.setCheckable(True)
        self.raw.setAccessibleName(self.tr("Show the minified code as it is"))
        self.raw.setToolTip(self.tr("Minified code is broken into rows to be read. Show it as it is."))
        self.raw.toggled.connect(lambda *_: self._show_raw())
        self.raw.hide()
        below = QHBoxLayout()
        below.setSpacing(UNIT)
        below.addWidget(self.note)
        below.addWidget(self.facts, 1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.path)
        words.addLayout(below)
        head = QHBoxLayout()
        head.setContentsMargins(UNIT, HALF, UNIT, HALF)
        head.setSpacing(UNIT)
        head.addLayout(words, 1)
        head.addWidget(self.raw)
        head.addWidget(self.reveal)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Line(theme))
        self.view.setFrameShape(SourceView.Shape.NoFrame)
        column.addWidget(self.view, 1)
        column.addWidget(self.find)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._blank = QTimer(self)
        self._blank.setSingleShot(True)
        self._blank.setInterval(BLANK_AFTER)
        self._blank.timeout.connect(lambda: self.view.show_view(None, 0))
        self.clear()

    def clear(self) -> None:
        """Nothing is chosen."""
        self._blank.stop()
        self.number, self._revealed = None, False
        self.view.show_view(None, 0)
        self.view.show_findings(())
        self.find.hide()
        self.path.setText(self.tr("Choose a file"))
        self.facts.setText("")
        self._say("")
        self.reveal.hide()
        self.raw.hide()

    def show_file(self, number: int, offset: int | None = None, side: str = "submission") -> None:
        """Show a file at a byte offset."""
        same = number == self.number and side == self.side and self.view.view is not None
        self._offset = offset
        if same and not self._blank.isActive():
            self._go()
            return
        self._revealed = False
        self._fetch(number, side)

    def _fetch(self, number: int, side: str, *, keep: bool = False) -> None:
        submission = self._context.submission
        if submission is None:
            return
        self.number, self.side = number, side
        node = self._source.tree.node(number) if self._source.tree is not None and side == "submission" else None
        self.path.setText(node.path if node is not None else self.tr("file {0}").format(number))
        self.facts.setText(self.tr("reading…"))
        self._say("")
        self.reveal.hide()
        if not keep:
            self._blank.start()
        asked, reveal, beautify = submission.id, self._revealed, not self.raw.isChecked()

        def work(desk: Desk) -> tuple[TextView, int, bool]:
            view = desk.text(asked, number, side=side, reveal=reveal, beautify=beautify)
            masked = any(token == MASKED for tokens in view.tokens if tokens for _, _, token in tokens)
            return view, widest(view.lines), masked

        self._context.submit(work, lambda got: self._take(*got, keep=keep), self._fail, key="file-text")

    def _fail(self, error: Exception) -> None:
        self._blank.stop()
        self.view.show_view(None, 0)
        self.view.show_findings(())
        self.facts.setText("")
        self.note.set_role("critical")
        self._say(self._context.bridge.explain(error))

    def _take(self, view: TextView, cells: int, masked: bool, *, keep: bool = False) -> None:
        self._blank.stop()
        self.path.setText(view.path)
        size = format_size(view.size)
        kind = self.tr("hex dump") if view.is_binary else f"{view.language or self.tr('text')} · {view.encoding}"
        number = view.numbers[-1] if view.is_beautified else len(view.lines)
        lines = "" if view.is_binary else f" · {format_count(number, 'line')}"
        self.facts.setText(f"{kind} · {size}{lines} · {short_hash(view.sha256)}")
        self.facts.setToolTip(tip(f"{exact_size(view.size)}\nSHA-256 {view.sha256}"))
        said = [self.tr("baseline")] if self.side == "baseline" else []
        if view.is_beautified:
            said.append(self.tr("beautified"))
        if view.truncated:
            said.append(self.tr("the last {0} are not shown").format(format_size(view.truncated)))
        if self._revealed:
            said.append(self.tr("secrets shown"))
        self.note.set_role("medium")
        self._say(" · ".join(said))
        self.reveal.setVisible(masked and not self._revealed)
        self.raw.setVisible(view.minified)
        self.view.show_view(view, cells, keep=keep)
        self.refresh_findings()
        self.find.reset()
        self._go()

    def _go(self) -> None:
        if self._offset is not None:
            row = self.view.row_at_offset(self._offset)
            found = [f for f in self.view.findings_at(row) if f.start == self._offset and f.column]
            self.view.go_to(row, self.view.column_of(found[0], row) if found else 0)
            self._offset = None

    def refresh_findings(self) -> None:
        """The findings of the file may be others now."""
        shown = self._source.findings_in(self.number) if self.side == "submission" else []
        self.view.show_findings(shown)

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _show_raw(self) -> None:
        """The other way of showing it, at the same place."""
        view = self.view.view
        if self.number is None or view is None:
            return
        row = self.view.caret.row
        self._offset = view.offsets[row] if row < len(view.offsets) else None
        self._fetch(self.number, self.side, keep=True)

    # secrets

    def ask_reveal(self) -> None:
        """Ask, then show the file with its secrets; the desk writes that down."""
        if self.number is None or not self.reveal.isVisibleTo(self):
            self._context.show_message(self.tr("Nothing is masked in this file."), "info")
            return
        box = QMessageBox(self)
        box.setObjectName("reveal")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Reveal secrets"))
        box.setText(self.tr("Show the secrets in this file?"))
        box.setInformativeText(
            self.tr("They stay on the screen until you open another file. The record will say that you looked.")
        )
        yes = box.addButton(self.tr("Reveal"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        yes.clicked.connect(lambda *_: self._reveal())
        box.open()

    def _reveal(self) -> None:
        if self.number is not None:
            self._revealed = True
            self._fetch(self.number, self.side, keep=True)

    # copy

    def copy_path(self) -> None:
        """Put the path of the file on the clipboard."""
        if self.number is not None:
            QGuiApplication.clipboard().setText(self.path.text())

    def _open_menu(self, point: object) -> None:
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        view, row = self.view, self.view.caret.row
        menu.addAction(self.tr("Copy"), view.copy)
        menu.addAction(self.tr("Select all"), view.select_all)
        menu.addAction(self.tr("Copy path"), self.copy_path)
        menu.addSeparator()
        menu.addAction(self.tr("Find in the file…"), self.find.open_find)
        menu.addAction(self.tr("Go to line…"), lambda: self.find.open_find(":"))
        found = view.findings_at(row)
        if found:
            menu.addSeparator()
            for finding in found[:6]:
                words = self.tr("Show finding: {0}").format(finding.rule).replace("&", "&&")
                menu.addAction(words, lambda f=finding: self._context.show_finding(f.fingerprint))
        if self.reveal.isVisibleTo(self):
            menu.addSeparator()
            menu.addAction(self.tr("Reveal the secrets of this file…"), self.ask_reveal)
        menu.popup(view.viewport().mapToGlobal(point))  # type: ignore[arg-type]
