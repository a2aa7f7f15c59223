"""Files: the tree of the package on the left, the source of the chosen file on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.model import Submission
from widgets.context import PaneContext
from widgets.empty_state import EmptyState
from widgets.file_panel import FilePanel
from widgets.file_tree_model import FINDINGS, NAME, SIZE, FileTreeModel
from widgets.list_keys import ListKeys
from widgets.list_parts import FlatHeader, RowDelegate
from widgets.package_source import PackageSource
from widgets.package_tree import TreeNode
from widgets.parts import Button, Field, PlainLabel, Splitter
from widgets.theme import HALF, UNIT
from widgets.words import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

PAUSE = 100  # ms without a keystroke before the tree is filtered
EXPAND = 400  # files left by a filter up to which all folders are opened


class FilesPane(QWidget):
    """Tree and source of the open package."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("files")
        self._context = context
        self._source = PackageSource.of(context)
        self._wanted: tuple[int, int | None, str] | None = None
        self._marking = False
        self.model = FileTreeModel(context.theme, self)
        self.panel = FilePanel(context, self._source)
        self._empty = EmptyState(context.theme, "folder", "", "")
        self._build()
        self._add_actions()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._filter)
        self._source.loading.connect(self._show_state)
        self._source.loaded.connect(self._take_tree)
        self._source.failed.connect(self._fail)
        self._source.findings_changed.connect(self._refresh)
        context.submission_changed.connect(self._open)
        context.file_requested.connect(self.show_file)
        context.theme.changed.connect(self.tree.viewport().update)
        self._take_tree()

    def _build(self) -> None:
        theme = self._context.theme
        self.field = Field(theme, self.tr("Filter files  (/)"))
        self.field.setAccessibleName(self.tr("Filter files"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda *_: self._timer.start())
        self.only_found = Button("", theme, kind="quiet", icon="filter")
        self.only_found.setCheckable(True)
        self.only_found.setAccessibleName(self.tr("Only files with findings"))
        self.only_found.setToolTip(self.tr("Only files with findings"))
        self.only_found.toggled.connect(self._filter)
        self.count = PlainLabel("", theme, "muted", factor=0.92)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Files of the package"))
        self.tree.setUniformRowHeights(True)
        self.tree.setFrameShape(QTreeView.Shape.NoFrame)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.tree.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.tree.setIndentation(14)
        header = FlatHeader(theme)
        self.tree.setHeader(header)
        self.tree.setItemDelegate(RowDelegate(self.tree, height=24))
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(FINDINGS, 48)
        header.resizeSection(SIZE, 68)
        header.setSectionsMovable(False)
        self.tree.selectionModel().currentChanged.connect(self._select)
        self._keys = ListKeys(
            self.tree, on_enter=self._enter, copy_text=self._paths, fill_menu=self._fill_menu, filter_field=self.field
        )
        bar = QHBoxLayout()
        bar.setContentsMargins(UNIT, HALF, HALF, HALF)
        bar.setSpacing(HALF)
        bar.addWidget(self.field, 1)
        bar.addWidget(self.only_found)
        side = QWidget()
        side.setMinimumWidth(200)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.tree, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(UNIT, HALF, UNIT, HALF)
        foot.addWidget(self.count)
        column.addLayout(foot)
        splitter = Splitter(Qt.Orientation.Horizontal, theme, "files-splitter")
        splitter.addWidget(side)
        splitter.addWidget(self.panel)
        splitter.setStretchFactor(0, 0)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([280, 600])
        self.setFocusProxy(self.tree)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(splitter)
        self._stack.addWidget(self._empty)

    def _add_actions(self) -> None:
        actions, panel = self._context.actions, self.panel
        for id, text, keys, icon, handler in (
            ("files.find", "&Find in the file…", "Ctrl+F", "search", panel.find.open_find),
            ("files.line", "Go to &line…", "Ctrl+G", "", lambda: panel.find.open_find(":")),
            ("files.next", "&Next finding in the file", "N", "", lambda: panel.view.step_finding(1)),
            ("files.previous", "&Previous finding in the file", "P", "", lambda: panel.view.step_finding(-1)),
            ("files.reveal", "&Reveal the secrets of the file…", "", "eye", panel.ask_reveal),
            ("files.copy_path", "Copy the &path of the file", "Ctrl+Shift+C", "copy", panel.copy_path),
            ("files.larger", "Larger text", ("Ctrl++", "Ctrl+="), "", lambda: panel.view.zoom_by(1)),
            ("files.smaller", "Smaller text", "Ctrl+-", "", lambda: panel.view.zoom_by(-1)),
            ("files.usual", "Usual text size", "Ctrl+0", "", lambda: panel.view.zoom_by(0)),
        ):
            actions.add(id, self.tr(text), handler, group="View", keys=keys, icon=icon, where=self, menu=False)

    # the package

    def _open(self, _: Submission | None) -> None:
        self._wanted = None
        self.field.clear()
        self.only_found.setChecked(False)
        self.panel.clear()

    def _take_tree(self) -> None:
        self.model.show_tree(self._source.tree)
        self._show_state()
        if self._source.tree is None:
            return
        if self.field.text() or self.only_found.isChecked():
            self._filter()
        else:
            self._count(self._source.tree.root.files)
            self._open_narrow()
        if self._wanted is not None:
            self.show_file(*self._wanted)

    def _open_narrow(self) -> None:
        """Folders that are alone on their level are opened: one click less for `package/src/…`."""
        index, depth = QModelIndex(), 0
        while self.model.rowCount(index) == 1 and depth < 8:
            index, depth = self.model.index(0, 0, index), depth + 1
            self.tree.expand(index)

    def _show_state(self) -> None:
        context = self._context
        if self._source.tree is not None:
            self._stack.setCurrentIndex(0)
            return
        if context.submission is None:
            text = self.tr("Drop a package on the window, or open one, to read its files here.")
            self._empty.say(self.tr("No submission is open"), text)
        elif context.running:
            self._empty.say(self.tr("Unpacking…"), self.tr("The files can be read as soon as they are unpacked."))
        elif context.run is None:
            text = self.tr("Its files can be read once the battery has unpacked it in the sandbox.")
            self._empty.say(self.tr("Not unpacked yet"), text)
        else:
            self._empty.say(self.tr("Reading the list of files…"), self.tr("This takes a moment for large packages."))
        self._stack.setCurrentIndex(1)

    def _fail(self, text: str) -> None:
        self._empty.say(self.tr("The files cannot be listed"), text, "alert")
        self._stack.setCurrentIndex(1)

    def _refresh(self, nodes: Sequence[TreeNode]) -> None:
        self.tree.viewport().update()
        if self.only_found.isChecked() and not self._timer.isActive():
            self._timer.start()
        self.panel.refresh_findings()

    # the filter

    def _filter(self) -> None:
        text, found = self.field.text(), self.only_found.isChecked()
        keep = self.panel.number
        left = self.model.filter_by(text, only_found=found)
        self._count(left)
        if self.model.is_filtered and left <= EXPAND:
            self.tree.expandAll()
        elif not self.model.is_filtered:
            self._open_narrow()
        if keep is not None and self.panel.side == "submission":
            self._mark(keep)

    def _count(self, files: int) -> None:
        tree = self._source.tree
        total = tree.root.files if tree is not None else 0
        if self.model.is_filtered:
            self.count.setText(self.tr("{0:,} of {1}").format(files, format_count(total, "file")))
        else:
            self.count.setText(format_count(total, "file"))

    # choosing a file

    def _select(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        if self._marking:
            return
        node = self.model.node_of(current) if current.isValid() else None
        if node is not None and node.row is not None and node.row.type == "file" and not node.is_archive:
            self.panel.show_file(node.row.number)

    def _enter(self, index: QModelIndex) -> None:
        node = self.model.node_of(index)
        if node is None or node.row is None:
            return
        if node.row.type == "file":
            self.panel.show_file(node.row.number)
            self.panel.view.setFocus(Qt.FocusReason.OtherFocusReason)
        elif node.children:
            first = index.siblingAtColumn(NAME)
            self.tree.setExpanded(first, not self.tree.isExpanded(first))

    def show_file(self, number: int, offset: int | None = None, side: str = "submission") -> None:
        """Show a file of either side at a byte offset; waits for the tree where it is not here yet."""
        tree = self._source.tree
        if side == "submission" and tree is None:
            self._wanted = (number, offset, side)
            return
        self._wanted = None
        if side == "submission":
            self._mark(number)
        self.panel.show_file(number, offset, side)
        self.panel.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _mark(self, number: int) -> None:
        """Make the file current in the tree, without showing it a second time."""
        node = self._source.tree.node(number) if self._source.tree is not None else None
        if node is None or not self.model.index_of(node).isValid():
            return
        index = self.model.index_of(node)
        self._marking = True
        self.tree.setCurrentIndex(index)
        self.tree.scrollTo(index)
        self._marking = False

    def _paths(self) -> str:
        nodes = [self.model.node_of(index) for index in self.tree.selectionModel().selectedRows(NAME)]
        return "\n".join(node.path for node in nodes if node is not None)

    def _fill_menu(self, menu: QMenu) -> None:
        index = self.tree.currentIndex()
        node = self.model.node_of(index) if index.isValid() else None
        if node is None:
            return
        clipboard = QGuiApplication.clipboard()
        menu.addAction(self.tr("Open"), lambda: self._enter(index))
        menu.addAction(self.tr("Copy path"), lambda: clipboard.setText(self._paths()))
        row = node.row
        if row is not None and row.sha256:
            menu.addAction(self.tr("Copy SHA-256"), lambda: clipboard.setText(row.sha256))
        menu.addSeparator()
        menu.addAction(self.tr("Open all folders below"), lambda: self.tree.expandRecursively(index, 6))
        menu.addAction(self.tr("Close all folders"), self.tree.collapseAll)
