"""Overview: what is this, how large, what was found, what did not run; a map of the package in the middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from app.model import (
    CheckFinished,
    Event,
    FindingFound,
    PackageReady,
    Run,
    RunStarted,
    StageProgress,
    Submission,
    TreeSummary,
)
from checks import Severity
from widgets.context import PaneContext
from widgets.empty_state import EmptyState
from widgets.fact_table import FactTable
from widgets.overview_facts import list_facts
from widgets.package_source import PackageSource
from widgets.parts import Button, ElidedLabel, PlainLabel
from widgets.theme import GAP, HALF, RADIUS, SEVERITIES, UNIT, Theme
from widgets.treemap import Treemap
from widgets.words import ask_words, format_count, format_size, split_gaps, tip

NARROW = 640  # pixels of width below which the counts go without their words


class Banner(QFrame):
    """A quiet ground behind a few words."""

    def __init__(self, theme: Theme, tint: str) -> None:
        super().__init__()
        self._theme, self._tint = theme, tint
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._tint))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)


class OverviewPane(QWidget):
    """One glance: counts by severity and state, what did not run, the treemap, the facts."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("overview")
        self._context = context
        self._source = PackageSource.of(context)
        self._severities: Counter[Severity] = Counter()
        self._states: Counter[str | None] = Counter()
        self._ended = self._planned = 0
        self._narrow = False
        self._tree: TreeSummary | None = None
        self._stage: StageProgress | None = None
        self._empty = EmptyState(
            context.theme,
            "package",
            self.tr("No submission is open"),
            self.tr("Drop a package here, or open one. It stays on this computer and is looked at in isolation."),
        )
        self._open_button = self._empty.add_button(self.tr("Open a package…"), self._open_file, kind="primary")
        self._build()
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.running_changed.connect(lambda *_: self._show())
        context.events.connect(self._take_events)
        context.baseline_changed.connect(self._show)
        self._source.loaded.connect(self._take_tree)
        self._source.findings_changed.connect(lambda *_: self.map.findings_changed())
        self._open(context.submission)

    def _build(self) -> None:
        theme = self._context.theme
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GAP, GAP - HALF, GAP, GAP)
        column.setSpacing(UNIT + HALF)
        self.lesson = PlainLabel("", theme, "low", wrap=True)
        self._lesson_banner = Banner(theme, "tint_low")
        row = QHBoxLayout(self._lesson_banner)
        row.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, UNIT)
        row.addWidget(self.lesson, 1)
        column.addWidget(self._lesson_banner)
        column.addLayout(self._build_summary())
        head = QHBoxLayout()
        head.setSpacing(UNIT)
        self.where = PlainLabel("", theme, "muted", factor=0.92)
        self.up = Button(self.tr("Up"), theme, kind="quiet", icon="undo")
        self.up.setAccessibleName(self.tr("One folder up in the map"))
        head.addWidget(self.where, 1)
        head.addWidget(self.up)
        column.addLayout(head)
        self.map = Treemap(self._context)
        self.map.opened.connect(lambda number: self._context.show_file(number))
        self.map.zoomed.connect(lambda *_: self._show_where())
        self.up.clicked.connect(lambda *_: self.map.zoom_out())
        column.addWidget(self.map, 1)
        self.facts = FactTable(self._context)
        column.addWidget(self.facts)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        scroll.setAccessibleName(self.tr("Overview"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusProxy(self.map)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(scroll)
        self._stack.addWidget(self._empty)

    def _build_summary(self) -> QVBoxLayout:
        theme = self._context.theme
        self.headline = PlainLabel("", factor=1.15, bold=True)
        self.buttons: dict[Severity, Button] = {}
        row = QHBoxLayout()
        row.setSpacing(HALF)
        for severity in reversed(Severity):
            mark = SEVERITIES[severity]
            button = Button("", theme, icon=mark.icon, kind=mark.role)
            button.clicked.connect(lambda *_, s=severity: self._show_worst(s))
            row.addWidget(button)
            self.buttons[severity] = button
        row.addSpacing(UNIT)
        self.states = ElidedLabel("", theme, "muted")
        row.addWidget(self.states)
        row.addStretch()
        self.gaps = Button("", theme, kind="medium", icon="unavailable")
        self.gaps.clicked.connect(lambda *_: self._context.show_check(""))
        self.asks = Button("", theme, icon="web")
        self.asks.setToolTip(self.tr("Nothing is asked before you agree"))
        self.asks.clicked.connect(lambda *_: self._ask_network())
        self.caveat = Button("", theme, kind="medium", icon="alert")
        self.caveat.setAccessibleName(self.tr("A check was limited"))
        self.caveat.clicked.connect(lambda *_: self._context.show_check(self._caveat_check))
        self._caveat_check = ""
        self.run = Button(self.tr("Run the battery"), theme, kind="primary", icon="play")
        self.run.setAccessibleName(self.tr("Run the battery"))
        self.run.clicked.connect(lambda *_: self._context.run_battery())
        head = QHBoxLayout()
        head.setSpacing(UNIT)
        head.addWidget(self.headline, 1)
        head.addWidget(self.run)
        warnings = QHBoxLayout()
        warnings.setSpacing(HALF)
        warnings.addWidget(self.gaps)
        warnings.addWidget(self.caveat)
        warnings.addWidget(self.asks)
        warnings.addStretch()
        column = QVBoxLayout()
        column.setSpacing(UNIT)
        column.addLayout(head)
        column.addLayout(warnings)
        column.addLayout(row)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self._show()

    def _open_file(self) -> None:
        if "open-file" in self._context.actions:
            self._context.actions.trigger("open-file")

    def _show_worst(self, severity: Severity) -> None:
        found = self._context.run.findings if self._context.run is not None and not self._context.running else ()
        first = next((f for f in found if f.severity is severity and f.state != "fixed"), None)
        if first is not None:
            self._context.show_finding(first.fingerprint)

    def _ask_network(self) -> None:
        """What asks the network says what it would ask, and does so only then."""
        check = next((c.id for c in (self._context.run.checks if self._context.run else ()) if c.awaits_consent), "")
        actions = self._context.actions
        if "check-distribution" not in actions or not actions.trigger("check-distribution"):
            self._context.show_check(check)

    # what happens

    def _open(self, submission: Submission | None) -> None:
        self._forget()
        self._tree = None
        self._stack.setCurrentIndex(0 if submission is not None else 1)
        self._take_tree()
        self._show()

    def _forget(self) -> None:
        self._severities, self._states = Counter(), Counter()
        self._ended = self._planned = 0
        self._stage = None

    def _take_run(self, run: Run | None) -> None:
        if run is not None and not self._context.running:
            self._forget()
            self._severities = Counter(f.severity for f in run.findings if f.state != "fixed")
            self._states = Counter(f.state for f in run.findings)
            self._tree = run.tree
        self._show()

    def _take_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, FindingFound):
                self._severities[event.finding.severity] += 1
            elif isinstance(event, CheckFinished):
                self._ended += 1
            elif isinstance(event, StageProgress):
                self._stage = event
            elif isinstance(event, PackageReady):
                self._tree, self._stage = event.tree, None
            elif isinstance(event, RunStarted):
                self._forget()
                self._planned = len(event.checks)
        self._show()

    def _take_tree(self) -> None:
        self.map.show_tree(self._source.tree)
        self._show_where()

    # words

    def _show_where(self) -> None:
        tree, root = self._source.tree, self.map.root
        if tree is None or root is None:
            waiting = self._context.submission is not None
            self.where.setText(self.tr("The map appears as soon as the package is unpacked.") if waiting else "")
        else:
            inside = self.map.where() or self.tr("Files by size")
            self.where.setText(f"{inside} · {format_count(root.files, 'file')} · {format_size(root.size)}")
        self.up.setVisible(root is not None and root.parent is not None)

    def _show(self) -> None:
        context, submission = self._context, self._context.submission
        if submission is None:
            return
        self._lesson_banner.setVisible(bool(submission.lesson))
        self.lesson.setText(self.tr("Practice: {0}").format(submission.lesson))
        run, running = context.run, context.running
        total = sum(self._severities.values())
        self.headline.setText(self._headline(total))
        for severity, button in self.buttons.items():
            count = self._severities.get(severity, 0)
            words = f"{count:,} {severity.label}"
            shown = f"{count:,}" if self._narrow else words
            if button.text() != shown:
                button.setText(shown)
                button.setToolTip(words)
                button.setAccessibleName(self.tr("{0}: show the first").format(words))
                button.updateGeometry()
            button.setEnabled(count > 0 and not running)
        states = [f"{self._states[s]:,} {s}" for s in ("new", "unchanged", "fixed") if self._states.get(s)]
        self.states.setText(" · ".join(states))
        asking, gaps = split_gaps(run.checks if run is not None and not running else ())
        self.gaps.setVisible(gaps > 0)
        words = self.tr("{0} did not run").format(format_count(gaps, "check"))
        self.gaps.setText(words)
        self.gaps.setAccessibleName(words)
        self.asks.setVisible(asking > 0)
        words = self.tr("{0}…").format(ask_words(asking))
        self.asks.setText(words)
        self.asks.setAccessibleName(words)
        self._show_caveat(run if not running else None)
        self.run.setVisible(run is None and not running)
        self.facts.show_facts(list_facts(submission, self._tree, None if running else run))
        self._show_where()

    def _show_caveat(self, run: Run | None) -> None:
        """A check that ran with less than it needs must not look like one that did all of its work."""
        check = next((c for c in (run.checks if run else ()) if c.limitation), None)
        self.caveat.setVisible(check is not None)
        if check is not None:
            self._caveat_check = check.id
            short = self.tr("{0} is limited").format(check.title)
            self.caveat.setText(short)
            self.caveat.setAccessibleName(f"{short}: {check.limitation}")
            self.caveat.setToolTip(tip(check.limitation))

    def _headline(self, total: int) -> str:
        context, run = self._context, self._context.run
        if context.running:
            if self._stage is not None and not self._ended:
                share = f" {100 * self._stage.done // self._stage.total} %" if self._stage.total else ""
                return f"{self._stage.stage.capitalize()}…{share}"
            if not self._planned:
                return self.tr("Starting…")
            found = format_count(total, "finding")
            return self.tr("{0} so far · {1} of {2} checks ended").format(found, self._ended, self._planned)
        if run is None:
            return self.tr("Not checked yet")
        if run.cancelled or run.finished is None:
            word = self.tr("cancelled") if run.cancelled else self.tr("cut off")
            return self.tr("{0} before it was {1}").format(format_count(total, "finding"), word)
        return format_count(total, "finding") if total else self.tr("Nothing was found")
