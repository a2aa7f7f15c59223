"""The table of findings: what is current and selected stays so, whatever is sorted or filtered."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.model import RunFinding
from widgets.findings_model import FindingsModel
from widgets.findings_order import CHECK, MESSAGE, PLACE, SEVERITY, STATE, TRIAGE
from widgets.list_parts import RowDelegate, dress_table
from widgets.theme import Theme

MOST_RESTORED = 500  # selected rows that are selected again after sorting
WIDTHS = ((SEVERITY, 92), (STATE, 84), (CHECK, 130), (PLACE, 220), (TRIAGE, 116))


class FindingsTable(QTableView):
    """Rows of a FindingsModel."""

    current_lost = Signal()  # the filter hides what was current

    def __init__(self, model: FindingsModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings = model
        self._chosen: frozenset[str] = frozenset()
        self._current = ""
        self.setModel(model)
        self.setAccessibleName(self.tr("Findings"))
        header = dress_table(self, theme)
        header.setObjectName("findings-header")
        self.setItemDelegate(RowDelegate(self, sentences=frozenset({MESSAGE})))
        for section, width in WIDTHS:
            header.resizeSection(section, width)
        header.setSectionResizeMode(MESSAGE, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(SEVERITY, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)

    def forget(self) -> None:
        """Another submission: nothing is current any more."""
        self._chosen, self._current = frozenset(), ""
        self.setCurrentIndex(self._findings.index(-1, -1))

    def _remember(self) -> None:
        current = self._findings.finding_at(self.currentIndex().row())
        self._current = current.fingerprint if current is not None else ""
        ranges = self.selectionModel().selection()
        self._chosen = frozenset()
        if sum(r.height() for r in ranges) <= MOST_RESTORED:
            found = [self._findings.finding_at(row) for r in ranges for row in range(r.top(), r.bottom() + 1)]
            self._chosen = frozenset(f.fingerprint for f in found if f is not None)

    def _restore(self) -> None:
        row = self._findings.row_of(self._current) if self._current else -1
        if row < 0:
            self.current_lost.emit()
            return
        self.setCurrentIndex(self._findings.index(row, SEVERITY))
        if len(self._chosen) > 1:
            ranges = QItemSelection()
            for chosen in self._findings.rows_of(self._chosen):
                ranges.select(self._findings.index(chosen, 0), self._findings.index(chosen, TRIAGE))
            self.selectionModel().select(ranges, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def go_to(self, row: int) -> None:
        """Make a row current, in the middle of the table."""
        index = self._findings.index(row, SEVERITY)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def step(self, step: int) -> None:
        """To the next (1) or previous (-1) finding, past headings."""
        row = self.currentIndex().row() + step
        while 0 <= row < self._findings.rowCount():
            if self._findings.finding_at(row) is not None:
                self.setCurrentIndex(self._findings.index(row, SEVERITY))
                return
            row += step

    def selected_rows(self) -> int:
        """How many rows are selected."""
        return sum(r.height() for r in self.selectionModel().selection())

    def selected(self) -> list[RunFinding]:
        """The findings selected, all of a group where its heading is; fixed ones left out."""
        ranges = self.selectionModel().selection()
        rows = sorted(row for r in ranges for row in range(r.top(), r.bottom() + 1))
        if not rows and self.currentIndex().isValid():
            rows = [self.currentIndex().row()]
        found: dict[str, RunFinding] = {}
        for row in rows:
            found.update((f.fingerprint, f) for f in self._findings.members(row) if f.state != "fixed")
        return list(found.values())
