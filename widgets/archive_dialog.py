"""Search of everything that was reviewed, for the day a new indicator is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTableView, QWidget

from app.archive_hits import ArchiveHit, ArchiveResult
from app.cancel import CancelToken
from app.errors import DeskError
from widgets.chips import Chip
from widgets.dialogs import Sheet
from widgets.list_keys import ListKeys
from widgets.list_parts import RowDelegate, ThinBar, dress_table
from widgets.package_source import PackageSource
from widgets.parts import Button, Field, PlainLabel
from widgets.session import Session
from widgets.table_model import ROOT, Index, TitledModel
from widgets.theme import UNIT, Theme
from widgets.words import format_count, format_size, tip

if TYPE_CHECKING:
    from app.desk import Desk

TICK = 50  # milliseconds between two looks at what was found
WHAT, SUBMISSION, DECISION, PLACE, TEXT = range(5)
TITLES = ("What", "Submission", "Decision", "Where", "What stands there")
WIDTHS = ((WHAT, 84), (SUBMISSION, 190), (DECISION, 90), (PLACE, 240))
LISTED = 12  # submissions that are named as not searched
HINT = (
    "A hash, a name, an address or any text, in everything that was reviewed here: hashes of packages and of every "
    "file, file names, addresses, findings, and the bytes of every unpacked file."
)


class HitsModel(TitledModel):
    """What was found, in the order it was found."""

    titles = TITLES

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hits: list[ArchiveHit] = []

    def clear(self) -> None:
        """A new search."""
        self.beginResetModel()
        self.hits = []
        self.endResetModel()

    def add(self, hits: list[ArchiveHit]) -> None:
        """More was found."""
        if hits:
            self.beginInsertRows(ROOT, len(self.hits), len(self.hits) + len(hits) - 1)
            self.hits += hits
            self.endInsertRows()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.hits):
            return None
        hit = self.hits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words(hit, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            words = self.words(hit, index.column())
            return tip(words) if words else None
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == DECISION:
            role_name = {"approved": "good", "rejected": "critical"}.get(hit.decision, "muted")
            return self._theme.color(role_name)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == WHAT:
            return ", ".join(filter(None, (self.words(hit, column) for column in range(len(TITLES)))))
        return None

    @staticmethod
    def words(hit: ArchiveHit, column: int) -> str:
        """The text of a cell."""
        line = f":{hit.line}" if hit.line is not None else ""
        cells = (hit.kind, f"{hit.title} {hit.version}".strip(), hit.decision, f"{hit.path}{line}", hit.text)
        return cells[column]


class ArchiveDialog(Sheet):
    """One field, one list; it goes on searching until it is closed or stopped."""

    ended = Signal()  # a search has come to its end, or failed

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "Search everything reviewed", parent, 980, 560)
        self.setModal(False)  # what is found is looked at in the window behind it
        self._session, self._context = session, session.context
        self._cancel: CancelToken | None = None
        self._found: list[ArchiveHit] = []  # filled by the searching thread; list.append is atomic
        self._at: tuple[int, int, str] = (0, 0, "")
        self._wanted: ArchiveHit | None = None
        self.model = HitsModel(theme, self)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._drain)
        self._source = PackageSource.of(self._context)
        self._source.loaded.connect(self._arrive)
        self.finished.connect(lambda *_: self.stop())

    def _build(self) -> None:
        theme = self.theme
        self.field = Field(theme, "SHA-256, name, address or text", "What to look for")
        self.field.setClearButtonEnabled(True)
        self.field.returnPressed.connect(self.search)
        self.case = Chip(theme, self.tr("ignore case"), "", "")
        self.case.setToolTip(self.tr("Capital and small letters are the same, in the bytes of files too"))
        self.go = Button(self.tr("Search"), theme, kind="primary", icon="search")
        self.go.setAutoDefault(False)
        self.go.clicked.connect(lambda *_: self.stop() if self._cancel is not None else self.search())
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        row.addWidget(self.field, 1)
        row.addWidget(self.case)
        row.addWidget(self.go)
        self.body.addLayout(row)
        self.bar = ThinBar(theme, self.tr("Progress of the search"))
        self.bar.setRange(0, 1)
        self.body.addWidget(self.bar)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Places found"))
        header = dress_table(self.table, theme)
        self.table.setItemDelegate(RowDelegate(self.table, sentences=frozenset({TEXT})))
        for section, width in WIDTHS:
            header.resizeSection(section, width)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        self._keys = ListKeys(
            self.table, on_enter=lambda index: self.open_hit(index.row()), copy_text=self._copy, filter_field=None
        )
        self.body.addWidget(self.table, 1)
        self.said = PlainLabel(self.tr(HINT), theme, "muted", wrap=True)
        self.body.addWidget(self.said)
        self.add_foot()
        self.field.setFocus()

    # searching

    def search(self) -> None:
        """Look for what stands in the field, from the beginning."""
        text = self.field.text().strip()
        if not text or self._cancel is not None:
            return
        self.model.clear()
        self._found, self._at = [], (0, 0, "")
        cancel = self._cancel = CancelToken()
        found, any_case = self._found, self.case.isChecked()

        def work(desk: Desk) -> ArchiveResult:
            return desk.search_archive(text, found.append, cancel, ignore_case=any_case, on_progress=self._note)

        self.go.setText(self.tr("Stop"))
        self.bar.setRange(0, 0)
        self._say(self.tr("Searching…"))
        self._timer.start()
        self._context.submit(work, self._end, self._fail, key="archive-search", anywhere=True)

    def stop(self) -> None:
        """Let it be; what was found stays."""
        if self._cancel is not None:
            self._cancel.cancel()

    def _note(self, done: int, total: int, name: str) -> None:
        self._at = done, total, name  # from the searching thread: one assignment, read by the timer

    def _drain(self) -> None:
        count = len(self.model.hits)
        self.model.add(self._found[count:])
        done, total, name = self._at
        if total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(min(1000 * done // total, 1000))
        else:
            self.bar.tick()
        if name:
            self._say(self.tr("{0} searched, now {1}").format(format_size(done), name))

    def _rest(self) -> None:
        self._timer.stop()
        self._drain()
        self._cancel = None
        self.go.setText(self.tr("Search"))
        self.bar.setRange(0, 1)
        self.bar.setValue(0)

    def _end(self, result: ArchiveResult) -> None:
        self._rest()
        found = self.tr("{0} found").format(format_count(result.hits, "place"))
        where = self.tr(" in {0}").format(format_count(result.searched, "unpacked submission"))
        words = [(found if result.hits else self.tr("Nothing was found")) + where]
        if result.limited:
            words.append(self.tr("There are more places than are listed."))
        if result.cancelled:
            words.append(self.tr("It was stopped before its end."))
        if result.not_searched:
            named = [f"{left.title} {left.version}".strip() + f" ({left.reason})" for left in result.not_searched]
            more = self.tr(" and {0:,} more").format(len(named) - LISTED) if len(named) > LISTED else ""
            words.append(self.tr("Not searched: {0}{1}.").format("; ".join(named[:LISTED]), more))
        self._say("  ".join(words), "medium" if result.not_searched or result.cancelled else "muted")
        if result.hits:
            self.table.setCurrentIndex(self.model.index(0, 0))
            self.table.setFocus()
        self.ended.emit()

    def _fail(self, error: Exception) -> None:
        self._rest()
        known = isinstance(error, DeskError)
        self._say(str(error) if known else self._context.bridge.explain(error), "critical")
        self.ended.emit()

    def _say(self, words: str, role: str = "muted") -> None:
        self.said.set_role(role)
        self.said.setText(words)

    # what was found

    def open_hit(self, row: int) -> None:
        """Show the place in the window behind."""
        if not 0 <= row < len(self.model.hits):
            return
        self._wanted = self.model.hits[row]
        about = self._context.submission
        if about is not None and about.id == self._wanted.submission:
            self._arrive()
        else:
            self._session.open(self._wanted.submission)

    def _arrive(self) -> None:
        """The package of a place that was asked for is there."""
        hit, about, tree = self._wanted, self._context.submission, self._source.tree
        if hit is None or about is None or about.id != hit.submission or tree is None:
            return
        self._wanted = None
        number = tree.number_of(hit.path) if hit.path else None
        if number is not None:
            self._context.show_file(number, hit.offset)

    def _copy(self) -> str:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return "\n".join(
            "\t".join(self.model.words(self.model.hits[row], column) for column in range(len(TITLES))) for row in rows
        )
