"""The figures of the security work: numbers, plots, and the tables behind the plots."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.marketplace.figures_words import DEFINITIONS, Figures
from widgets.chips import Chip
from widgets.context import MessageAction
from widgets.dialogs import Sheet
from widgets.empty_state import EmptyState
from widgets.figure_parts import Card, Legend, NumbersTable, Tile
from widgets.figure_rows import make_rows
from widgets.figure_words import (
    describe_kinds,
    describe_period,
    describe_reasons,
    describe_spread,
    describe_throughput,
    describe_times,
    format_duration,
)
from widgets.parts import Button, PlainLabel, use_ground, use_thin_bars
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.plots import Plot

PERIODS = ((30, "30 days"), (90, "90 days"), (365, "A year"))
DAYS = 90
WIDTH, TALL = 1180, 760
TILES = (
    ("first_review", "Median to first review"),
    ("decision", "Median to decision"),
    ("waiting", "Waiting now"),
    ("oldest", "Waiting longest"),
    ("overturned", "Overturned"),
    ("conflicts", "Conflicts"),
)
NOTHING = ("Nothing was decided yet", "After the first decision here is how much is decided, how quickly, and why not.")
PLOTS = {"throughput": "ThroughputPlot", "times": "TimesPlot", "reasons": "ReasonsPlot", "kinds": "KindsPlot"}
PLOT_CARD, NUMBERS_CARD = 232, 384  # px: as high as it is with its plot, which comes a moment later, and its table
WAIT = ("Counting…", "The record is being read.")
OVER = DEFINITIONS["overturned"] + " " + DEFINITIONS["conflicts"]


class Dashboard(Sheet):
    """Beside the window, so that the work goes on; it follows what is decided meanwhile."""

    shown = Signal()  # the figures of a period are on the screen

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "Figures", parent, WIDTH, TALL)
        self._session, self._context = session, session.context
        self.figures: Figures | None = None
        self.days = DAYS
        self._closed = False
        self.plots: dict[str, Plot] = {}
        self.tables: dict[str, NumbersTable] = {}
        self.cards: dict[str, Card] = {}
        self._make_head()
        self.empty = EmptyState(theme, "table", *WAIT)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.body.addWidget(self.stack, 1)
        self.add_foot()
        self.finished.connect(self._let_go)
        session.market.synced.connect(self.reload)
        session.decisions_changed.connect(self.reload)
        self._periods.button(self.days).setFocus()
        self.reload()

    def _make_head(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(HALF)
        self._periods = QButtonGroup(self)
        for days, word in PERIODS:
            chip = Chip(self.theme, word, "", "text")
            chip.setToolTip("")
            chip.setAccessibleName(f"The last {word.removeprefix('A ')}")
            chip.setChecked(days == self.days)
            self._periods.addButton(chip, days)
            row.addWidget(chip)
        self._periods.idClicked.connect(self.choose)
        self.period = PlainLabel("", self.theme, "muted")
        row.addSpacing(UNIT)
        row.addWidget(self.period)
        row.addStretch(1)
        self.numbers = Button("Numbers", self.theme, icon="table")
        self.numbers.setCheckable(True)
        self.numbers.setAccessibleName("Show the numbers below each plot")
        self.numbers.setToolTip("The numbers below each plot")
        self.numbers.setEnabled(False)
        self.numbers.toggled.connect(lambda *_: self._show_numbers())
        row.addWidget(self.numbers)
        row.addSpacing(HALF)
        self.export = Button("Export as CSV…", self.theme, icon="export")
        self.export.setAccessibleName("Export the figures as CSV")
        self.export.setEnabled(False)
        self.export.clicked.connect(lambda *_: self.ask_export())
        row.addWidget(self.export)
        self.body.addLayout(row)

    # reading

    def choose(self, days: int) -> None:
        """Another period."""
        self.days = days
        self._periods.button(days).setChecked(True)
        self.reload()

    def reload(self, *_: object) -> None:
        """Count anew, on a worker thread."""
        days = self.days

        def work(desk: Desk) -> Figures:
            importlib.import_module("pyqtgraph")  # half a second, which the window must not wait for
            return desk.marketplace.figures(days)

        self._context.submit(work, self.show_figures, key="figures", anywhere=True)

    def show_figures(self, figures: Figures) -> None:
        """Show what was counted."""
        import shiboken6

        if not shiboken6.isValid(self):
            return  # closed meanwhile
        self.figures = figures
        where = f" · {figures.market}" if figures.market else " · decided on this desk, no marketplace"
        self.period.setText(describe_period(figures) + where)
        self.export.setEnabled(True)
        if not figures.ever:
            self.empty.say(*NOTHING)
            self.stack.setCurrentWidget(self.empty)
            self.shown.emit()
            return
        if not self.cards:
            self._make_content()
        self.numbers.setEnabled(True)
        self._fill(figures)
        self.stack.setCurrentIndex(1)
        self._draw_next(iter(self.cards), figures)

    def _draw_next(self, left: Iterator[str], figures: Figures) -> None:
        """One plot at a time, so that the window goes on in between: the library takes its time to make one."""
        if self.figures is not figures or self._closed:
            return
        id = next(left, None)
        if id is None:
            self.shown.emit()
            return
        if id not in self.plots and id in PLOTS:
            plots = importlib.import_module("widgets.plots")
            made = self.plots[id] = getattr(plots, PLOTS[id])(self.theme)
            self.cards[id].column.insertWidget(2, made, 3)
        if id in self.plots:
            self.plots[id].show_figures(figures)
        QTimer.singleShot(0, self, lambda: self._draw_next(left, figures))

    # building

    def _make_content(self) -> None:
        theme = self.theme
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, UNIT, 0)
        column.setSpacing(UNIT + HALF)
        self.tiles = {id: Tile(theme, title, DEFINITIONS[id]) for id, title in TILES}
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        for tile in self.tiles.values():
            row.addWidget(tile, 1)
        column.addLayout(row)
        self._grid = QGridLayout()
        self._grid.setSpacing(UNIT + HALF)
        column.addLayout(self._grid, 1)
        arrived = Legend(
            theme, (("arrived", "low", "hatch"), ("decided", "accent", "fill"), ("waiting", "high", "line"))
        )
        decided = Legend(
            theme,
            (("approved", "good", "fill"), ("changes requested", "medium", "hatch"), ("rejected", "critical", "fill")),
        )
        throughput = " ".join(DEFINITIONS[id] for id in ("arrived", "decided", "waiting"))
        add = self._add_card
        add("throughput", "Throughput", throughput, ("From", "Arrived", "Decided", "Waiting", "Median"), arrived)
        add("times", "Time to decision", DEFINITIONS["decision"], ("It took", "Decisions", "Share"))
        add("reasons", "Reasons for rejection", DEFINITIONS["reasons"], ("Reason", "Rejections"))
        add("kinds", "Decisions by kind", DEFINITIONS["kinds"],
            ("Kind", "Arrived", "Approved", "Changes", "Rejected", "Median"), decided)  # fmt: skip
        add("reviewers", "By reviewer", DEFINITIONS["reviewers"] + " " + DEFINITIONS["overrides"],
            ("Reviewer", "Approved", "Changes", "Rejected", "Over open items"))  # fmt: skip
        add("overturned", "Overturned, and in conflict", OVER, ("What", "How many", "When"))
        self._place(2)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("Figures")
        area.setWidget(inside)
        self.stack.addWidget(area)
        use_thin_bars(self, theme)
        use_ground(area)

    def _add_card(
        self, id: str, title: str, definition: str, headings: Sequence[str], legend: Legend | None = None
    ) -> None:
        card = self.cards[id] = Card(self.theme, title, definition, legend)
        lines = 4 if id in PLOTS else 3
        table = self.tables[id] = NumbersTable(self.theme, f"{title}: the numbers", headings, lines)
        card.column.addWidget(table, 1)

    def _place(self, columns: int) -> None:
        for number, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, number // columns, number % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        for line in range(2):  # the cards with plots
            self._grid.setRowStretch(line, 1)

    # filling

    def _fill(self, figures: Figures) -> None:
        self._fill_tiles(figures)
        said = {
            "throughput": describe_throughput(figures),
            "times": describe_times(figures),
            "reasons": describe_reasons(figures),
            "kinds": describe_kinds(figures.kinds),
            "reviewers": "" if figures.reviewers else "Nobody decided on this desk in this period.",
            "overturned": "" if figures.overturned or figures.conflicts else "Nothing of the kind in this period.",
        }
        rows = make_rows(figures)
        for id, card in self.cards.items():
            card.said.setText(said[id])
            card.said.setVisible(bool(said[id]))
            self.tables[id].set_rows(rows[id])
        self._show_numbers()

    def _show_numbers(self) -> None:
        """The tables of the plots only where they are asked for, so that all plots are seen at once."""
        wanted = self.numbers.isChecked()
        for id, card in self.cards.items():
            self.tables[id].setVisible(bool(self.tables[id].numbers.rows) and (wanted or id not in PLOTS))
            if id in PLOTS:
                card.setMinimumHeight(NUMBERS_CARD if wanted else PLOT_CARD)

    def _fill_tiles(self, figures: Figures) -> None:
        show = {id: tile.show_number for id, tile in self.tiles.items()}
        for id, spread in (("first_review", figures.first_review), ("decision", figures.decision)):
            show[id](format_duration(spread.median), describe_spread(spread))
        show["waiting"](f"{figures.waiting:,}", f"{figures.arrived:,} arrived, {figures.decided:,} decided")
        show["oldest"](format_duration(figures.oldest), figures.oldest_name or "nothing waits")
        turned = len(figures.overturned)
        show["overturned"](f"{turned:,}", f"of {figures.decided:,} decided", "high" if turned else "text")
        open_now = figures.conflicts_open
        note = f"{open_now:,} open now" if open_now else "none open now"
        show["conflicts"](f"{figures.conflicts_count:,}", note, "high" if open_now else "text")

    # out

    def ask_export(self) -> None:
        """Ask where to."""
        figures = self.figures
        if figures is None:
            return
        dialog = QFileDialog(self, "Export the figures")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["CSV (*.csv)"])
        dialog.selectFile(f"assay-figures-{figures.until:%Y-%m-%d}-{figures.days}-days.csv")
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name), figures))
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    def export_to(self, target: Path, figures: Figures) -> None:
        """Write what was shown when it was asked for."""

        def work(desk: Desk) -> Path:
            from app.marketplace.figures_csv import export_figures

            return export_figures(desk, figures, "csv", target)

        def done(written: Path) -> None:
            self._context.show_message(f"Written: {written}", "good", self._show_folder(written))

        self._context.submit(work, done, anywhere=True, write=True)

    def _show_folder(self, written: Path) -> MessageAction | None:
        open_place = getattr(getattr(self.parent(), "shell", None), "open_place", None)
        return None if open_place is None else MessageAction("Open the folder", lambda: open_place(written.parent))

    def _let_go(self) -> None:
        self._closed = True
        for plot in self.plots.values():
            plot.close_plot()
        self.plots = {}
