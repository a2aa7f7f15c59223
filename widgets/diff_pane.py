"""Diff: which files differ from the baseline, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.model import Event, PackageReady, Run, Submission
from app.views import Change, Comparison, LineDiff
from widgets.changes_model import CHANGES, FINDINGS, KIND, PATH, SIZE, ChangesModel, path_words
from widgets.chips import Chips
from widgets.context import PaneContext
from widgets.diff_view import DiffView, measure_diff
from widgets.empty_state import EmptyState
from widgets.find_bar import FindBar
from widgets.list_keys import ListKeys
from widgets.list_parts import RowDelegate, dress_table
from widgets.package_source import PackageSource
from widgets.parts import Button, ElidedLabel, Field, Line, PlainLabel, Splitter
from widgets.theme import HALF, UNIT
from widgets.words import format_count, middle, name_of

if TYPE_CHECKING:
    from app.desk import Desk

PAUSE = 100
NARROW = 600  # pixels below which filter and kinds of change have a line each


def is_same_app(one: Submission, other: Submission) -> bool:
    """Whether they look like versions of one app: the same title, or the same file name where there is none."""
    return name_of(one).casefold() == name_of(other).casefold()


class DiffPane(QWidget):
    """The list of changes above, the lines of the chosen file below."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("diff")
        self._context = context
        self._source = PackageSource.of(context)
        self._comparison: Comparison | None = None
        self._change: Change | None = None
        self._offered: Change | None = None  # what was opened without being asked for
        self.model = ChangesModel(context.theme, self)
        self.view = DiffView(context.theme)
        self.find = FindBar(context, self.view)
        self._empty = EmptyState(context.theme, "diff", "", "")
        self._note = EmptyState(context.theme, "file", "", "")
        self._build()
        self._add_actions()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(lambda: self._filter())
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.baseline_changed.connect(self._load)
        context.events.connect(self._take_events)
        context.theme.changed.connect(self.table.viewport().update)
        self._show_state()

    def _build(self) -> None:
        theme = self._context.theme
        self.field = Field(theme, self.tr("Filter changes  (/)"))
        self.field.setAccessibleName(self.tr("Filter changes"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda *_: self._timer.start())
        self.chips = Chips(theme, [(kind, f"{m.shape} {m.word}", "", m.role) for kind, m in CHANGES.items()])
        self.chips.changed.connect(self._filter)
        self.count = PlainLabel("", theme, "muted", factor=0.92)
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(self.field, 1)
        line.addWidget(self.count)
        bar = self._bar = QHBoxLayout()
        bar.setContentsMargins(UNIT, UNIT, UNIT, HALF)
        bar.setSpacing(UNIT)
        bar.addLayout(line, 1)
        bar.addWidget(self.chips, 0, Qt.AlignmentFlag.AlignLeft)
        self._make_table()
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        self.path = ElidedLabel("", bold=True)
        self.facts = PlainLabel("", theme, "muted", factor=0.92)
        self.open = Button(self.tr("Open in Files"), theme, icon="file")
        self.open.setAccessibleName(self.tr("Open the file in Files"))
        self.open.clicked.connect(lambda *_: self._open_file())
        head = QHBoxLayout()
        head.setContentsMargins(UNIT, HALF, UNIT, HALF)
        head.setSpacing(UNIT)
        head.addWidget(self.path, 1)
        head.addWidget(self.facts)
        head.addWidget(self.open)
        self.view.setFrameShape(DiffView.Shape.NoFrame)
        self.view.activated.connect(self._open_line)
        self._lower = QStackedWidget()
        self._lower.addWidget(self.view)
        self._lower.addWidget(self._note)
        bottom = QWidget()
        column = QVBoxLayout(bottom)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Line(theme))
        column.addWidget(self._lower, 1)
        column.addWidget(self.find)
        splitter = Splitter(Qt.Orientation.Vertical, theme, "diff-splitter")
        splitter.addWidget(top)
        splitter.addWidget(bottom)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([220, 420])
        self.setFocusProxy(self.table)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(splitter)
        self._stack.addWidget(self._empty)
        self.chooser = QComboBox()
        self.chooser.setAccessibleName(self.tr("Earlier version to compare with"))
        self.chooser.view().setAccessibleName(self.tr("Earlier versions"))
        self.chooser.currentIndexChanged.connect(lambda row: self.compare.setEnabled(row >= 0))
        self.chooser.setMinimumWidth(320)
        self.chooser.setMaximumWidth(460)
        self._empty.add(self.chooser)
        self.compare = self._empty.add_button(self.tr("Compare with it"), self._set_baseline, kind="primary")

    def _make_table(self) -> None:
        theme = self._context.theme
        table = self.table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Changed files"))
        header = dress_table(table, theme)
        table.setItemDelegate(RowDelegate(table))
        for section, width in ((KIND, 104), (SIZE, 92), (FINDINGS, 112)):
            header.resizeSection(section, width)
        header.setSectionResizeMode(PATH, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(PATH, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        table.selectionModel().currentRowChanged.connect(self._select)
        self._keys = ListKeys(
            table, on_enter=lambda _: self.view.setFocus(), copy_text=self._copy, fill_menu=self._fill_menu,
            filter_field=self.field,
        )  # fmt: skip

    def _add_actions(self) -> None:
        actions = self._context.actions
        for id, text, keys, handler in (
            ("diff.next", "&Next change", "N", lambda: self._step(1)),
            ("diff.previous", "&Previous change", "P", lambda: self._step(-1)),
            ("diff.find", "&Find in the diff…", "Ctrl+F", self.find.open_find),
        ):
            actions.add(id, self.tr(text), handler, group="View", keys=keys, where=self, menu=False)

    # the comparison

    def _open(self, _: Submission | None) -> None:
        self._comparison = self._change = None
        self.field.clear()
        self.chips.clear()
        self.model.set_changes((), ())
        self._clear_lines()
        self._show_state()

    def _take_run(self, run: Run | None) -> None:
        if run is not None:
            self._load()
        else:
            self._show_state()

    def _take_events(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, PackageReady) for event in events) and self._comparison is None:
            self._load()

    def _load(self) -> None:
        submission = self._context.submission
        if submission is None or submission.baseline is None:
            self._comparison = None
            self._show_state()
            return
        number, baseline = submission.id, submission.baseline

        def work(desk: Desk) -> tuple[Comparison | None, str]:
            return desk.compare(number), desk.submission(baseline).artifact.sha256

        self._context.submit(work, lambda got: self._take_comparison(*got), self._fail, key="compare")
        self._show_state()

    def _take_comparison(self, comparison: Comparison | None, baseline: str) -> None:
        self._comparison = comparison
        if comparison is not None:
            run, keep = self._context.run, self._change
            if keep is not None and keep == self._offered and not self.isVisible():
                keep = None  # nobody has read it yet: now that more is known, another file may come first
            same = run is not None and run.baseline is not None and run.baseline.sha256 == baseline
            self.model.set_changes(comparison.changes, run.findings if run is not None and same else None)
            changes = len(self.model.changes)
            self._context.note_tab("diff", f"{changes:,}" if changes else "")
            self.chips.show_counts(dict(self.model.counts()))
            self._show_count()
            self._select_again(keep)
        self._show_state()

    def _select_again(self, keep: Change | None) -> None:
        rows = range(self.model.rowCount())
        row = next((r for r in rows if keep is not None and self.model.change_at(r) == keep), -1)
        if row < 0:
            row = self.model.first_to_read()
            self._offered = self.model.change_at(row)
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(row, KIND))

    def _fail(self, error: Exception) -> None:
        self._comparison = None
        self._show_state(self._context.bridge.explain(error))

    def _show_state(self, error: str = "") -> None:
        submission = self._context.submission
        missing = submission is not None and submission.baseline is None
        self.chooser.setVisible(missing)
        self.compare.setVisible(missing)
        if self._comparison is not None and self.model.changes:
            self._stack.setCurrentIndex(0)
            return
        if submission is None:
            text = self.tr("Drop a package on the window, or open one, to compare it with an earlier version.")
            self._empty.say(self.tr("No submission is open"), text)
        elif missing:
            text = self.tr("Choose an earlier version, and everything that changed since is shown here.")
            self._empty.say(self.tr("No baseline"), text)
            self._fill_chooser()
        elif error:
            self._empty.say(self.tr("The versions cannot be compared"), error)
        elif self._comparison is not None:
            same = format_count(self._comparison.unchanged, "file")
            self._empty.say(self.tr("Nothing has changed"), self.tr("All of the {0} are the same bytes.").format(same))
        elif self._context.running or self._context.run is not None:
            self._empty.say(self.tr("Comparing…"), self.tr("The files of both versions are held against each other."))
        else:
            text = self.tr("The versions are compared once the battery has unpacked this one.")
            self._empty.say(self.tr("Not unpacked yet"), text)
        self._stack.setCurrentIndex(1)

    def _fill_chooser(self) -> None:
        def take(submissions: Sequence[Submission]) -> None:
            here = self._context.submission
            others = [s for s in submissions if here is not None and s.id != here.id]
            # versions of the same app first, newest first
            others.sort(key=lambda s: (here is None or not is_same_app(s, here), -s.added.timestamp()))
            self.chooser.clear()
            for other in others:
                self.chooser.addItem(middle(f"{other.title} {other.version}  ({other.artifact.name})", 90), other.id)
            first = others[0] if others else None
            related = first is not None and here is not None and is_same_app(first, here)
            self.chooser.setCurrentIndex(0 if related else -1)
            words = self.tr("Choose an earlier version") if others else self.tr("There is no other submission yet")
            self.chooser.setPlaceholderText(words)
            self.chooser.setEnabled(bool(others))
            self.compare.setEnabled(related)

        self._context.submit(lambda desk: desk.submissions(), take, lambda _: None, key="baselines")

    def _set_baseline(self) -> None:
        chosen = self.chooser.currentData()
        if chosen is not None:
            self._context.set_baseline(int(chosen))

    # the lines

    def _filter(self) -> None:
        keep = self._change
        self.model.filter_by(self.field.text(), self.chips.chosen())
        self._show_count()
        self._select_again(keep)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        self._bar.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def _show_count(self) -> None:
        shown, total = self.model.rowCount(), len(self.model.changes)
        same = self._comparison.unchanged if self._comparison is not None else 0
        words = format_count(total, "change")
        if shown != total:
            words = self.tr("{0:,} of {1}").format(shown, words)
        self.count.setText(self.tr("{0} · {1:,} unchanged").format(words, same))

    def _select(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        change = self.model.change_at(current.row()) if current.isValid() else None
        submission = self._context.submission
        if change is None or submission is None:
            return
        if change == self._change:
            return
        self._change = change
        self.path.setText(path_words(change))
        self.open.setVisible(change.new is not None or change.old is not None)
        self.facts.setText(self.tr("reading…"))
        number = submission.id

        def work(desk: Desk) -> tuple[LineDiff, tuple[int, tuple[int, ...], int]]:
            diff = desk.line_diff(number, change)
            return diff, measure_diff(diff)

        self._context.submit(work, lambda got: self._take_lines(*got), self._fail_lines, key="line-diff")

    def _clear_lines(self) -> None:
        self.view.show_diff(None)
        self.path.setText("")
        self.facts.setText("")
        self.open.hide()
        self.find.hide()

    def _take_lines(self, diff: LineDiff, measured: tuple[int, tuple[int, ...], int]) -> None:
        self.view.show_diff(diff, measured)
        number = self._change.new if self._change is not None else None
        self.view.show_findings(self._source.findings_in(number))
        self.find.reset()
        if diff.lines:
            self.facts.setText(f"+{diff.added:,}  −{diff.removed:,}")
            self._lower.setCurrentIndex(0)
        else:
            self.facts.setText("")
            self._note.say(self.tr("No lines to show"), diff.note or self.tr("The bytes are the same."))
            self._lower.setCurrentIndex(1)

    def _fail_lines(self, error: Exception) -> None:
        self.view.show_diff(None)
        self.facts.setText("")
        self._note.say(self.tr("The file cannot be compared"), self._context.bridge.explain(error))
        self._lower.setCurrentIndex(1)

    def _step(self, step: int) -> None:
        """The next change of the file; after its last one, the next file."""
        if self._lower.currentIndex() == 0 and self.view.step_change(step):
            return
        row = self.table.currentIndex().row() + step
        if 0 <= row < self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(row, KIND))

    # into the files

    def _open_file(self) -> None:
        change = self._change
        if change is None:
            return
        if change.new is not None:
            self._context.show_file(change.new)
        elif change.old is not None:
            self._context.show_file(change.old, None, "baseline")

    def _open_line(self, row: int) -> None:
        """Open the line of a row in Files, on the side that has it."""
        line, change, submission = self.view.line_at(row), self._change, self._context.submission
        if line is None or change is None or submission is None:
            return
        side = "submission" if line.new is not None else "baseline"
        number, at = (change.new, line.new) if line.new is not None else (change.old, line.old)
        if number is None or at is None:
            return
        asked = submission.id

        def work(desk: Desk) -> int | None:
            offsets = desk.text(asked, number, side=side).offsets
            return offsets[at - 1] if at <= len(offsets) else None

        self._context.submit(work, lambda offset: self._context.show_file(number, offset, side), key="diff-line")

    # copy and menu

    def _copy(self) -> str:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        changes = [self.model.change_at(row) for row in rows]
        return "\n".join(f"{c.kind}\t{path_words(c)}" for c in changes if c is not None)

    def _fill_menu(self, menu: QMenu) -> None:
        change = self._change
        if change is None:
            return
        clipboard = QGuiApplication.clipboard()
        menu.addAction(self.tr("Open in Files"), self._open_file)
        if change.old is not None and change.new is not None:
            old = change.old
            menu.addAction(
                self.tr("Open the baseline's file"), lambda: self._context.show_file(old, None, "baseline")
            )
        menu.addSeparator()
        menu.addAction(self.tr("Copy"), lambda: clipboard.setText(self._copy()))
        menu.addAction(self.tr("Copy path"), lambda: clipboard.setText(change.new_path or change.old_path))
