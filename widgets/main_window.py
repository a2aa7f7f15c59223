"""The window: queue on the left, tabs in the middle, checklist and decision on the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.model import Submission
from widgets.actions import GROUPS, Actions
from widgets.bars import FlatTabBar, MenuBar
from widgets.bridge import Bridge
from widgets.checklist_pane import ChecklistPane
from widgets.command_palette import CommandPalette
from widgets.context import PaneContext
from widgets.decision_bar import DecisionBar
from widgets.empty_state import EmptyState
from widgets.header import Header
from widgets.library_actions import LibraryActions
from widgets.looking_back import LookingBack
from widgets.market_actions import MarketActions
from widgets.market_state_bar import MarketStateBar
from widgets.market_table import MarketTable
from widgets.message_bar import MessageBar
from widgets.outbox_actions import OutboxActions
from widgets.parts import Button, Line, Splitter, use_thin_bars, walk
from widgets.queue_lines import SORTS
from widgets.queue_pane import QueuePane
from widgets.run_strip import ProgressLine
from widgets.runs import Runs
from widgets.session import Session
from widgets.shell_actions import ShellActions
from widgets.status_dialog import StatusActions
from widgets.task_strip import TaskStrip
from widgets.theme import HALF, UNIT, Theme
from widgets.words import name_of

DROP = "Drop it to take it in."
WELCOME = "Drop a file or a folder anywhere into this window. It is kept on this computer and looked at in isolation."


class MainWindow(QMainWindow):
    """Puts the parts together; what they do is in the session."""

    built = Signal()  # the panes are there, and told of everything from here on

    TABS = (
        ("overview", "Overview", "overview"),
        ("package", "Package", "package"),
        ("files", "Files", "folder"),
        ("diff", "Diff", "diff"),
        ("findings", "Findings", "search"),
        ("battery", "Battery", "battery"),
    )

    def __init__(self, bridge: Bridge, theme: Theme, geometry: QSettings) -> None:
        super().__init__()
        self.theme, self._geometry = theme, geometry
        self.context = context = PaneContext(bridge, Actions(theme, self), theme)
        self.session = session = Session(context, Runs(bridge))
        self.panes: dict[str, QWidget] = {}
        self.setWindowTitle("Assay")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self.messages = MessageBar(theme)
        self.tasks = TaskStrip(theme)
        self.header = Header(session, theme)
        self.queue = QueuePane(session, theme)
        self.checklist = ChecklistPane(session, theme)
        self.decision = DecisionBar(session, theme)
        self.tabs = FlatTabBar(theme)
        self.tabs.setAccessibleName("Views of the submission")
        self.stack = QStackedWidget()
        for _, title, _ in self.TABS:
            self.tabs.addTab(title)
            self.stack.addWidget(QWidget())
        self.tabs.currentChanged.connect(self.stack.setCurrentIndex)
        self.shell = ShellActions(self)
        self.library = LibraryActions(self, session, self.tasks)
        self.looking = LookingBack(self, session)
        self.outbox = OutboxActions(self)
        self.status = StatusActions(self)
        self.market = MarketActions(self)
        self._build()
        self.palette_view: CommandPalette | None = None
        self._connect()
        self._restore()

    def _build(self) -> None:
        theme = self.theme
        self.empty = EmptyState(
            theme, "inbox", "Open a package to review it",
            WELCOME,
        )  # fmt: skip
        self.open_button = self.empty.add_button(
            "Open a package…", lambda: self.context.actions.trigger("open-file"), "primary"
        )
        self.retry = Button("Try again", theme, kind="primary")
        self.retry.setAccessibleName("Try again")
        self.retry.hide()
        self.retry.clicked.connect(self._retry)
        self.empty.add(self.retry)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(ProgressLine(self.session, theme))
        column.addWidget(self.stack, 1)
        self.center = QStackedWidget()
        self.center.addWidget(self.empty)
        self.center.addWidget(work)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.center, 1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.checklist, 1)
        column.addWidget(Line(theme))
        column.addWidget(self.decision)
        self.right = right
        right.hide()
        self.splitter = Splitter(Qt.Orientation.Horizontal, theme, "main-splitter")
        for part, stretch in ((self.queue, 0), (middle, 1), (right, 0)):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        self.queue.setMinimumWidth(180)
        middle.setMinimumWidth(420)
        right.setMinimumWidth(280)
        self.splitter.setSizes([232, 700, 340])
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Line(theme))
        column.addWidget(self.messages)
        column.addWidget(self.tasks)
        column.addWidget(self.splitter, 1)
        self.setCentralWidget(whole)
        self.search = Button("Find a command, file, finding   Ctrl+K", theme, icon="search")
        self.search.setAccessibleName("Find a command, a file or a finding")
        self.search.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.search.clicked.connect(self.palette_open)
        self.state_bar = MarketStateBar(self.session, theme)
        self.bar = MenuBar(theme)
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(HALF, HALF, UNIT, HALF)
        row.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.search)
        row.addWidget(self.state_bar)
        self.setMenuWidget(top)

    def _connect(self) -> None:
        context = self.context
        context.message_requested.connect(self.messages.say)
        context.submission_changed.connect(self._on_submission)
        context.file_requested.connect(lambda *a: self.show_tab("files"))
        context.finding_requested.connect(lambda *a: self.show_tab("findings"))
        context.check_requested.connect(lambda *a: self.show_tab("battery"))
        context.guideline_requested.connect(lambda *_: self.right.show())
        context.tab_noted.connect(self._note_tab)
        context.running_changed.connect(lambda *_: context.actions.refresh())
        context.run_changed.connect(lambda *_: context.actions.refresh())
        self.queue.opened.connect(self.session.open)
        self.header.settings_wanted.connect(lambda: context.actions.trigger("settings"))
        self.session.failed.connect(self._show_failure)
        self.session.ready.connect(lambda settings, _: self.theme.choose(settings.theme))

    # panes

    def build_panes(self) -> None:
        """Make the panes; their modules are loaded only now, when the window is on the screen."""
        from widgets.battery_pane import BatteryPane
        from widgets.diff_pane import DiffPane
        from widgets.files_pane import FilesPane
        from widgets.findings_pane import FindingsPane
        from widgets.overview_pane import OverviewPane
        from widgets.package_pane import PackagePane

        classes = (OverviewPane, PackagePane, FilesPane, DiffPane, FindingsPane, BatteryPane)
        for place, (id, _, _) in enumerate(self.TABS):
            pane = classes[place](self.context)
            self.panes[id] = pane
            former = self.stack.widget(place)
            self.stack.insertWidget(place, pane)
            self.stack.removeWidget(former)
            former.deleteLater()
        self.stack.setCurrentIndex(self.tabs.currentIndex())
        self.build_menus()

    def build_menus(self) -> None:
        """The menu bar, from the registry."""
        bar = self.bar
        bar.clear()
        for group in GROUPS:
            menu = QMenu(f"&{group}", self)
            menu.aboutToShow.connect(self.context.actions.refresh)
            section = None
            for operation in self.context.actions.in_group(group):
                if not operation.menu:
                    continue
                if section is not None and operation.section != section:
                    menu.addSeparator()
                section = operation.section
                menu.addAction(operation.action)
            if not menu.isEmpty():
                bar.addMenu(menu)
        self.context.actions.refresh()

    def add_place(self, place: QWidget) -> None:
        """Something else than a review that the centre can show."""
        self.center.addWidget(place)

    def show_place(self, place: QWidget | None) -> None:
        """Show it instead of the review, which is closed by then; None for the review again."""
        here = self.context.submission is not None
        if place is None:
            self.center.setCurrentIndex(1 if here else 0)
        else:
            self.center.setCurrentWidget(place)
        self.header.setVisible(place is None)
        self.right.setVisible(place is None and here)
        self.queue.setVisible(not isinstance(place, MarketTable))

    def restore_table(self, table: MarketTable) -> None:
        """Its columns as they were."""
        state = self._geometry.value("queue-table/columns")
        if state is not None:
            table.restore_columns(state)

    def show_tab(self, tab: str, *, focus: bool = False) -> None:
        """Bring a tab forward; `focus` puts the keyboard into it."""
        place = next(i for i, t in enumerate(self.TABS) if t[0] == tab)
        self.tabs.setCurrentIndex(place)
        pane = self.panes.get(tab)
        if not focus or pane is None:
            return
        # its list, where j and k move; in an empty pane what it offers, or else the tabs: never the list that was left
        target: QWidget | None = pane.focusProxy()
        if target is None or not target.isVisibleTo(pane):
            tab_focus = Qt.FocusPolicy.TabFocus
            offers = (w for w in walk(pane, QWidget) if w.focusPolicy() & tab_focus and w.isVisibleTo(pane))
            target = next(offers, self.tabs)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(target, QAbstractItemView) and not target.currentIndex().isValid():
            target.setCurrentIndex(target.model().index(0, 0))

    def _note_tab(self, tab: str, text: str) -> None:
        self.tabs.set_note(next(i for i, t in enumerate(self.TABS) if t[0] == tab), text)

    def palette_open(self) -> None:
        """Ctrl+K."""
        if self.palette_view is None:
            self.palette_view = CommandPalette(self.context, self.theme, self)
        self.palette_view.open()

    # what happens

    def _on_submission(self, submission: Submission | None) -> None:
        self.show_place(None)
        for place in range(self.tabs.count()):
            self.tabs.set_note(place, "")
        name = f"{name_of(submission)} {submission.version} – " if submission else ""
        self.setWindowTitle(f"{name}Assay".replace("[*]", "[ * ]"))
        self.context.actions.refresh()

    def _show_failure(self, text: str) -> None:
        self.empty.say("The desk could not be opened", f"{text} Nothing was changed.", "alert")
        self.retry.show()
        self.open_button.hide()
        self.center.setCurrentIndex(0)

    def _retry(self) -> None:
        self.retry.hide()
        self.open_button.show()
        self.empty.say("Open a package to review it", WELCOME, "inbox")
        self.context.bridge.reopen()
        self.session.start()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.messages.say(DROP, "info")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self.messages.label.text() == DROP:
            self.messages.clear()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        self.messages.clear()
        if paths:
            event.acceptProposedAction()
            self.session.intake.take_in(paths)

    # coming and going

    def _restore(self) -> None:
        if self._geometry.contains("window/geometry"):
            self.restoreGeometry(self._geometry.value("window/geometry"))
        else:
            self.resize(1280, 800)
        order = str(self._geometry.value("queue/order", ""))
        if order in SORTS:
            self.queue.set_order(order)
        kept = int(str(self._geometry.value("window/tab", 0)))
        self.tabs.setCurrentIndex(min(len(self.TABS) - 1, max(0, kept)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.panes and not event.spontaneous():
            QTimer.singleShot(0, self._finish)

    def _finish(self) -> None:
        if not self.panes:
            self.build_panes()
            for splitter in walk(self, Splitter):
                state = self._geometry.value(f"splitters/{splitter.objectName()}")
                if state is not None:
                    splitter.restoreState(state)
            use_thin_bars(self, self.theme)
            self.queue.view.setFocus()
            self.built.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.session.save_note()
        self._geometry.setValue("window/geometry", self.saveGeometry())
        self._geometry.setValue("window/tab", self.tabs.currentIndex())
        for splitter in walk(self, Splitter):
            self._geometry.setValue(f"splitters/{splitter.objectName()}", splitter.saveState())
        self.market.save(self._geometry.setValue)
        self._geometry.setValue("queue/order", self.queue.model.order)
        self._geometry.sync()
        self.session.runs.cancel_all()
        self.session.market.close()
        self.library.cancel()
        super().closeEvent(event)
