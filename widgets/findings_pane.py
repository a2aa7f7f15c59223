"""Findings: filter, group, read, and triage them one by one or in bulk."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.model import Event, FindingFound, Run, RunFinding, RunStarted, Submission
from app.triage import Verdict
from checks import Severity
from widgets.chips import Chips
from widgets.context import PaneContext
from widgets.empty_state import EmptyState
from widgets.finding_detail import FindingDetail
from widgets.findings_model import GROUPS, FindingsModel, place_of
from widgets.findings_order import CHECK, PLACE, PreparedFindings, prepare_findings
from widgets.findings_table import FindingsTable
from widgets.list_keys import ListKeys
from widgets.parts import ElidedLabel, Field, Splitter
from widgets.theme import HALF, SEVERITIES, UNIT
from widgets.triage_desk import TriageDesk
from widgets.triage_panel import TriagePanel
from widgets.words import ask_words, format_count, split_gaps

PAUSE = 90  # ms without a keystroke before the table is filtered
MOST_RESTORED = 500  # selected rows that are selected again after sorting
NARROW = 860  # pixels below which the check has no column of its own
VERY_NARROW = 560  # below it the place is told only under the list


class FindingsPane(QWidget):
    """The table, the explanation of its current row, and the triage strip."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findings")
        self._context = context
        self._wanted = ""
        self._offered = ""  # the finding that was made current without being asked for
        self.model = FindingsModel(context.theme, context.triage_of, self)
        self.detail = FindingDetail(context)
        self.panel = TriagePanel(context.theme)
        self._empty = EmptyState(context.theme, "shield-check", "", "")
        self._build()
        self._add_actions()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(lambda: self.model.filter_by(self.field.text()))
        self.model.modelReset.connect(self._show_count)
        self.model.rowsInserted.connect(lambda *_: self._show_count())
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.running_changed.connect(lambda *_: self._show_state())
        context.events.connect(self._take_events)
        context.triage_changed.connect(self._take_triage)
        context.finding_requested.connect(self.show_finding)
        context.theme.changed.connect(self.table.viewport().update)
        self._show_state()

    def _build(self) -> None:
        theme = self._context.theme
        self.field = Field(theme, self.tr("Filter findings  (/)"))
        self.field.setAccessibleName(self.tr("Filter findings"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda *_: self._timer.start())
        self.group = QComboBox()
        self.group.setAccessibleName(self.tr("Group findings"))
        self.group.view().setAccessibleName(self.tr("Group findings"))
        for key, words in zip(
            GROUPS, ("No groups", "By severity", "By check", "By file", "By guideline"), strict=True
        ):
            self.group.addItem(self.tr(words), key)
        self.group.currentIndexChanged.connect(self._regroup)
        marks = [(severity, SEVERITIES[severity]) for severity in reversed(Severity)]
        self.severities = Chips(theme, [(severity, m.word, m.icon, m.role) for severity, m in marks])
        self.severities.changed.connect(lambda: self.model.filter_by(severities=self.severities.chosen()))
        self.states = Chips(theme, [(s, s, "", "") for s in ("new", "unchanged", "fixed")])
        self.states.changed.connect(lambda: self.model.filter_by(states=self.states.chosen()))
        self.open_only = Chips(theme, [("open", self.tr("to triage"), "", "")])
        self.open_only.changed.connect(lambda: self.model.filter_by(open_only=bool(self.open_only.chosen())))
        self.count = ElidedLabel("", theme, "muted", factor=0.92)
        self.count.setMinimumWidth(1)  # the tab has the number, too
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setContentsMargins(UNIT, UNIT, UNIT, HALF)
        first.setSpacing(UNIT)
        first.addWidget(self.field, 1)
        first.addWidget(self.open_only)
        first.addWidget(self.group)
        second.setContentsMargins(UNIT, 0, UNIT, HALF)
        second.setSpacing(UNIT)
        for chips in (self.severities, self.states):
            second.addWidget(chips)
        second.addWidget(self.count, 1)
        self.table = FindingsTable(self.model, theme)
        self.table.selectionModel().currentRowChanged.connect(self._show_current)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_count())
        self.table.current_lost.connect(self._choose_first)
        self._keys = ListKeys(
            self.table,
            on_enter=lambda _: self.detail.go(),
            copy_text=self._copy,
            fill_menu=self._fill_menu,
            filter_field=self.field,
        )
        top = QWidget()
        column = QVBoxLayout(top)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.table, 1)
        column.addWidget(self.panel)
        splitter = Splitter(Qt.Orientation.Vertical, theme, "findings-splitter")
        splitter.addWidget(top)
        splitter.addWidget(self.detail)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([380, 300])
        self.setFocusProxy(self.table)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(splitter)
        self._stack.addWidget(self._empty)
        self._to_checks = self._empty.add_button(
            self.tr("See which checks did not run"), lambda: self._context.show_check("")
        )
        self._to_limited = self._empty.add_button(self.tr("See what was limited"), self._show_limited)
        self.triage = TriageDesk(self._context, self.table, self.panel)
        self.detail.wants_triage.connect(self.triage.open_triage)
        self.detail.confirm_offered.connect(self.triage.confirm_offered)

    def _add_actions(self) -> None:
        actions, triage, table = self._context.actions, self.triage, self.table
        for id, text, keys, handler in (
            ("findings.triage", "&Triage the findings…", "Space", triage.open_triage),
            ("findings.confirmed", "Triage as &confirmed", "1", lambda: triage.triage_now(Verdict.CONFIRMED)),
            ("findings.false", "Triage as &false positive…", "2", lambda: triage.open_triage(Verdict.FALSE_POSITIVE)),
            ("findings.accepted", "Triage as &accepted…", "3", lambda: triage.open_triage(Verdict.ACCEPTED_RISK)),
            ("findings.withdraw", "&Withdraw the triage", "0", triage.withdraw),
            ("findings.offered", "The earlier triage still &holds", "Y", triage.confirm_offered),
            ("findings.next", "&Next finding", "N", lambda: table.step(1)),
            ("findings.previous", "&Previous finding", "P", lambda: table.step(-1)),
        ):
            actions.add(id, self.tr(text), handler, group="Review", keys=keys, where=table, menu=False)
        actions.add(
            "findings.filter", self.tr("Filter the findings"), self.field.setFocus, group="Review", keys="Ctrl+F",
            where=self, menu=False,
        )  # fmt: skip

    # what is shown

    def _open(self, _: Submission | None) -> None:
        self._wanted = ""
        self.table.forget()
        self.field.clear()
        for chips in (self.severities, self.states, self.open_only):
            chips.clear()
        self.panel.hide()
        self.model.set_findings(prepare_findings(()))
        self._show_state()

    def _take_run(self, run: Run | None) -> None:
        if run is None:
            self._show_state()
            return
        titles = {check.id: check.title for check in run.checks}
        self.model.name_checks(titles)
        self.detail.name_checks(titles)
        if len(run.findings) < 500:
            self._take_prepared(prepare_findings(run.findings))
        else:
            QTimer.singleShot(0, lambda: self._prepare(run))

    def _prepare(self, run: Run) -> None:
        if self._context.run is run:
            self._context.submit(lambda _: prepare_findings(run.findings), self._take_prepared, key="findings")

    def _take_prepared(self, prepared: PreparedFindings) -> None:
        self.model.name_guidelines(self.detail.guideline_titles)
        shown = self.detail.finding
        if shown is not None and shown.fingerprint == self._offered and not self.isVisible():
            self.table.forget()  # the first that came in is not the worst, and nobody has read it yet
        self.model.set_findings(prepared)
        self._show_state()
        if self._wanted:
            self.show_finding(self._wanted)

    def _choose_first(self) -> None:
        """What is below the list always explains something, as long as there is something in it."""
        first = next((row for row in range(self.model.rowCount()) if self.model.finding_at(row) is not None), -1)
        self.table.setCurrentIndex(self.model.index(first, 0))
        chosen = self.model.finding_at(first)
        self._offered = chosen.fingerprint if chosen is not None else ""
        if chosen is None:
            self.detail.show_finding(None)

    def _take_events(self, events: Sequence[Event]) -> None:
        fresh: list[RunFinding] = []
        for event in events:
            if isinstance(event, FindingFound):
                fresh.append(event.finding)
            elif isinstance(event, RunStarted):
                fresh = []
                titles = dict(event.checks)
                self.model.name_checks(titles)
                self.detail.name_checks(titles)
                self.model.set_findings(prepare_findings(()))
                self._show_state()
        if fresh:
            first = not self.model.findings
            self.model.add_findings(fresh)
            if first or self._stack.currentIndex() != 0:
                self._show_state()
                self._choose_first()
            else:
                self._show_counts()

    def _take_triage(self) -> None:
        self.model.triage_changed()
        self.detail.show_triage()
        self._show_count()

    def _show_state(self) -> None:
        context, run = self._context, self._context.run
        self._to_checks.hide()
        self._to_limited.hide()
        self._show_counts()
        if self.model.findings:
            self._stack.setCurrentIndex(0)
            return
        if context.submission is None:
            text = self.tr("Drop a package on the window, or open one, and the battery says what it finds.")
            self._empty.say(self.tr("No submission is open"), text, "shield")
        elif context.running:
            self._empty.say(self.tr("Nothing found so far"), self.tr("The battery is at work."), "shield")
        elif run is None:
            text = self.tr("Run the battery, and what it finds is listed here.")
            self._empty.say(self.tr("The battery has not run yet"), text, "shield")
        else:
            self._show_nothing(run)
        self._stack.setCurrentIndex(1)

    def _show_nothing(self, run: Run) -> None:
        """Nothing was found; what this is worth depends on what ran, and how much of its work it could do."""
        asking, gaps = split_gaps(run.checks)
        limited = [check for check in run.checks if check.limitation]
        words = [f"{check.title}: {check.limitation}." for check in limited]
        if gaps:
            text = self.tr("{0} did not run to the end. What did not run is never a pass.")
            words.insert(0, text.format(format_count(gaps, "check")))
        if asking:
            words.append(self.tr("{0}, and waits for your consent.").format(ask_words(asking).capitalize()))
        self._to_checks.setVisible(bool(gaps))
        self._to_limited.setVisible(bool(limited))
        text = "\n".join(words) or self.tr("Every check that applies ran to its end.")
        self._empty.say(self.tr("Nothing was found"), text, "shield-alert" if words else "shield-check")

    def _show_limited(self) -> None:
        run = self._context.run
        first = next((check.id for check in run.checks if check.limitation), "") if run else ""
        self._context.show_check(first)

    def _show_counts(self) -> None:
        severities, states = self.model.counts()
        self.severities.show_counts(severities)
        self.states.show_counts(states)
        self.states.setVisible(any(state is not None for state in states))
        here = sum(severities.values())
        self._context.note_tab("findings", f"{here:,}" if here else "")
        self._show_count()

    def _show_count(self) -> None:
        total, shown = len(self.model.findings), self.model.shown
        selected = self.table.selected_rows()
        words = format_count(total, "finding")
        if self.model.is_filtered:
            words = self.tr("{0:,} of {1}").format(shown, words)
        if selected > 1:
            words = self.tr("{0:,} selected · {1}").format(selected, words)
        self.count.setText(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.setColumnHidden(CHECK, event.size().width() < NARROW)
        self.table.setColumnHidden(PLACE, event.size().width() < VERY_NARROW)
        self.severities.set_narrow(event.size().width() < NARROW)
        self.states.set_narrow(event.size().width() < VERY_NARROW)
        header = self.table.horizontalHeader()
        header.resizeSection(PLACE, 150 if event.size().width() < NARROW else 220)

    def _regroup(self) -> None:
        self.model.name_guidelines(self.detail.guideline_titles)
        self.model.group_by(self.group.currentData())

    def show_finding(self, fingerprint: str) -> None:
        """Select a finding; what hides it is taken away. Waits where the run is not here yet."""
        self._wanted = ""
        row = self.model.row_of(fingerprint)
        if row < 0 and any(f.fingerprint == fingerprint for f in self.model.findings):
            self.field.clear()
            for chips in (self.severities, self.states, self.open_only):
                chips.clear()
            self._timer.stop()
            self.model.filter_by("")
            row = self.model.row_of(fingerprint)
        if row < 0:
            self._wanted = fingerprint
            return
        self.table.go_to(row)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_current(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        self.detail.show_finding(self.model.finding_at(current.row()) if current.isValid() else None)

    # menu and copy

    def _copy(self) -> str:
        return "\n".join(
            "\t".join((f.severity.label, f.state or "", f.check, f.message, place_of(f))) for f in self.table.selected()
        )

    def _fill_menu(self, menu: QMenu) -> None:
        chosen = self.table.selected()
        if not chosen:
            return
        clipboard, actions = QGuiApplication.clipboard(), self._context.actions
        menu.addAction(self.tr("Open in Files"), self.detail.go)
        menu.addSeparator()
        for id in ("triage", "confirmed", "false", "accepted", "offered", "withdraw"):
            menu.addAction(actions[f"findings.{id}"])
        menu.addSeparator()
        menu.addAction(self.tr("Copy"), lambda: clipboard.setText(self._copy()))
        menu.addAction(self.tr("Copy with remediation"), self.detail.copy)
        menu.addAction(self.tr("Copy path"), lambda: clipboard.setText(chosen[0].path))
        menu.addAction(self.tr("Copy fingerprint"), lambda: clipboard.setText(chosen[0].fingerprint))
