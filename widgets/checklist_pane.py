"""The checklist on the right: guidelines by area, their state in shape and word, evidence below each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QTreeView, QVBoxLayout, QWidget

from widgets.answer_panel import ANSWERS, AnswerPanel
from widgets.checklist_delegate import ChecklistDelegate
from widgets.checklist_model import NODE_ROLE, ChecklistModel, Node, build_tree
from widgets.list_keys import ListKeys
from widgets.parts import Button, Field, Line, PlainLabel, Splitter
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme

if TYPE_CHECKING:
    from app.checklist import Checklist


LIST = 128  # pixels of the list that are left in the lowest window


class ChecklistPane(QWidget):
    """Tree of guidelines and evidence, and the panel to answer; links lead to findings and checks."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("checklist")
        self._session, self._context = session, session.context
        self._checklist: Checklist | None = None
        self._expanded: set[str] = set()
        heading = PlainLabel("Checklist", theme, "text", bold=True)
        self._count = PlainLabel("", theme, "muted")
        head = QHBoxLayout()
        head.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, HALF)
        head.addWidget(heading)
        head.addStretch()
        head.addWidget(self._count)
        self.filter = Field(theme, "Filter the checklist", clearButtonEnabled=True)
        self.filter.textChanged.connect(self._rebuild)
        self.open_only = Button("Only open items", theme)
        self.open_only.setCheckable(True)
        self.open_only.setAccessibleName("Show open guidelines only")
        self.open_only.setToolTip("Show only what is left to do")
        self.open_only.toggled.connect(self._rebuild)
        tools = QHBoxLayout()
        tools.setContentsMargins(UNIT, 0, UNIT, UNIT)
        tools.setSpacing(HALF)
        tools.addWidget(self.filter, 1)
        tools.addWidget(self.open_only)

        self.model = ChecklistModel()
        self.view = QTreeView()
        self.view.setAccessibleName("Checklist")
        self.view.setModel(self.model)
        self.view.setItemDelegate(ChecklistDelegate(theme, self.view))
        self.view.setHeaderHidden(True)
        self.view.setRootIsDecorated(False)
        self.view.setIndentation(0)
        self.view.setExpandsOnDoubleClick(False)
        self.view.setMouseTracking(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        ListKeys(
            self.view, on_enter=self._enter, copy_text=self._copy, fill_menu=self._fill_menu, filter_field=self.filter
        )
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.clicked.connect(self._on_click)
        self.view.expanded.connect(lambda i: self._expanded.add(self._key(i.data(NODE_ROLE))))
        self.view.collapsed.connect(lambda i: self._expanded.discard(self._key(i.data(NODE_ROLE))))
        self.view.setMinimumHeight(LIST)
        self.answers = AnswerPanel(session, theme)
        self.splitter = Splitter(Qt.Orientation.Vertical, theme, "checklist-splitter")
        self.splitter.addWidget(self.view)
        self.splitter.addWidget(self.answers)
        self.splitter.setStretchFactor(0, 1)  # a taller window shows more of the list, not more room below a sentence
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([320, 190])

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(tools)
        layout.addWidget(Line(theme))
        layout.addWidget(self.splitter, 1)
        session.checklist_changed.connect(self.show_checklist)
        self._context.running_changed.connect(self._rebuild)
        self._context.guideline_requested.connect(self.show_guideline)
        theme.changed.connect(self.view.viewport().update)
        self._add_actions()

    def _add_actions(self) -> None:
        add, ready = self._context.actions.add, lambda: self._checklist is not None
        for value, word, icon, key in ANSWERS:
            add(f"answer-{value.replace('_', '-')}", f"Answer: {word}", lambda v=value: self.answers.choose(v),
                group="Review", keys=key, icon=icon, enabled_when=ready, where=self.view)  # fmt: skip
        add("comment-answer", "Comment on the guideline", lambda: self.answers.comment.setFocus(),
            group="Review", keys="4", icon="comment", enabled_when=ready, where=self.view)  # fmt: skip
        add("focus-checklist", "Go to the checklist", self.view.setFocus, group="View", keys="Ctrl+L", icon="list")
        add("next-open", "Next open guideline", self.next_open, group="Review", keys="Ctrl+J", icon="arrow-right",
            enabled_when=ready)  # fmt: skip

    # what is shown

    def show_checklist(self, checklist: Checklist | None) -> None:
        """Fill the tree; what was unfolded and chosen stays so."""
        self._checklist = checklist
        self._rebuild()

    @staticmethod
    def _key(node: Node) -> str:
        above = node.parent.ref if node.kind == "check" and node.parent else ""
        return f"{node.kind} {above} {node.ref or node.text}"

    def _rebuild(self) -> None:
        current = self.view.currentIndex().data(NODE_ROLE)
        wanted = self._key(current) if current else ""
        unfolded = set(self._expanded)
        where = self.view.verticalScrollBar().value()
        words = self.filter.text().casefold().split()
        root = build_tree(
            self._checklist, self._session.digest, words, self.open_only.isChecked(), running=self._context.running
        )
        self.model.set_root(root)
        self._expanded = unfolded
        for node in self.model.walk():
            index = self.model.index_of(node)
            if node.kind == "area" or self._key(node) in unfolded:
                self.view.setExpanded(index, True)
            if wanted and self._key(node) == wanted:
                self.view.setCurrentIndex(index)
        self.view.verticalScrollBar().setValue(where)
        if self._checklist is None:
            self._count.setText("")
            self.answers.show_item(None)
        else:
            profile = self._checklist.profile.id
            self._count.setText(f"{profile}  {self._checklist.done} of {len(self._checklist.items)}")
            if not wanted:
                first = next((n for n in self.model.walk() if n.kind == "item"), None)
                if first is not None:
                    self.view.setCurrentIndex(self.model.index_of(first))
        self._on_current(self.view.currentIndex())

    def _on_current(self, index: QModelIndex, *_: object) -> None:
        node: Node | None = index.data(NODE_ROLE) if index.isValid() else None
        while node is not None and node.item is None:
            node = node.parent
        if node is not None or self._checklist is None:
            self.answers.show_item(node.item if node else None)

    def show_guideline(self, guideline: str) -> None:
        """Select an item and unfold its evidence."""
        for clear in (lambda: None, lambda: (self.filter.clear(), self.open_only.setChecked(False))):
            clear()
            node = next((n for n in self.model.walk() if n.kind == "item" and n.ref == guideline), None)
            if node is not None:
                index = self.model.index_of(node)
                self.view.setCurrentIndex(index)
                self.view.setExpanded(index, True)
                for child in node.children:
                    self.view.setExpanded(self.model.index_of(child), True)
                self.view.scrollTo(index, QTreeView.ScrollHint.PositionAtTop)
                self.view.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def next_open(self) -> None:
        """To the next guideline with something left to do, from the top after the last."""
        items = [n for n in self.model.walk() if n.item is not None]
        current = self.answers.item.guideline.id if self.answers.item else ""
        at = next((i for i, n in enumerate(items) if n.ref == current), -1)
        for node in [*items[at + 1 :], *items[: at + 1]]:
            if node.item is not None and node.item.open:
                self.show_guideline(node.ref)
                return
        self._context.show_message("Nothing on the checklist is open.", "good")

    # what the reviewer does

    def _on_click(self, index: QModelIndex) -> None:
        node: Node = index.data(NODE_ROLE)
        if node.kind in ("finding", "more"):
            self._follow(node)
        elif node.children:
            self.view.setExpanded(index, not self.view.isExpanded(index))

    def _enter(self, index: QModelIndex) -> None:
        node: Node = index.data(NODE_ROLE)
        if node.kind in ("check", "finding", "more"):
            self._follow(node)
        elif node.children:
            self.view.setExpanded(index, not self.view.isExpanded(index))

    def _follow(self, node: Node) -> None:
        if node.kind == "finding":
            self._context.show_finding(node.ref)
        else:
            self._context.show_check(node.ref)

    def _copy(self) -> str:
        node: Node | None = self.view.currentIndex().data(NODE_ROLE)
        return f"{node.ref} {node.text}: {node.detail}".strip() if node else ""

    def _fill_menu(self, menu: QMenu) -> None:
        node: Node | None = self.view.currentIndex().data(NODE_ROLE)
        if node is None:
            return
        if node.kind in ("check", "finding", "more"):
            menu.addAction(
                "Go to the finding" if node.kind == "finding" else "Go to the check", lambda: self._follow(node)
            )
        for value, *_ in ANSWERS:
            menu.addAction(self._context.actions[f"answer-{value.replace('_', '-')}"])
        menu.addAction("Copy", lambda: QGuiApplication.clipboard().setText(self._copy()))
