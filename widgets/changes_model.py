"""The files that differ from the baseline, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QBrush

from app.model import RunFinding
from app.views import Change
from checks import Severity
from widgets.measures import exact_size
from widgets.table_model import ROOT, Index, TitledModel
from widgets.theme import SEVERITIES, Mark, Theme
from widgets.words import format_count, format_size, middle, tip

KIND, PATH, SIZE, FINDINGS = range(4)
HEADINGS = ("Change", "File", "Size", "New findings")
CHANGES = {
    "added": Mark("+", "added", "", "good", "tint_good"),
    "removed": Mark("−", "removed", "", "critical", "tint_critical"),
    "changed": Mark("~", "changed", "", "accent", "tint_low"),
    "renamed": Mark("→", "renamed", "", "low", "tint_low"),
}


def path_words(change: Change) -> str:
    """The path, or both of a rename."""
    if change.kind == "renamed":
        return f"{change.old_path} → {change.new_path}"
    return change.new_path or change.old_path


def size_words(change: Change) -> str:
    """How much larger or smaller."""
    if change.kind == "added":
        return format_size(change.new_size)
    if change.kind == "removed":
        return f"−{format_size(change.old_size)}"
    delta = change.new_size - change.old_size
    if delta == 0:
        return "±0"
    return f"{'+' if delta > 0 else '−'}{format_size(abs(delta))}"


class ChangesModel(TitledModel):
    """Changes with the new findings of each file; sorted and filtered in the source."""

    titles, right = HEADINGS, (SIZE,)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._all: Sequence[Change] = ()
        self._haystack: list[str] = []
        self._rows: list[int] = []
        self._text = ""
        self._kinds: frozenset[object] = frozenset()
        self._column, self._falling = PATH, False
        self._new: dict[int, list[RunFinding]] = {}
        self._known = True

    @property
    def changes(self) -> Sequence[Change]:
        """All changes, shown or not."""
        return self._all

    def set_changes(self, changes: Sequence[Change], findings: Iterable[RunFinding] | None) -> None:
        """Show these; `findings` of the run are counted for each file where they are new.

        None where no run has held its findings against this baseline: which of them are new is not known then.
        """
        self.beginResetModel()
        self._all = [change for change in changes if change.kind != "unchanged"]
        self._haystack = [f"{c.old_path}\n{c.new_path}".lower() for c in self._all]
        self._new = {}
        self._known = findings is not None
        for finding in findings or ():
            if finding.state == "new" and finding.number is not None:
                self._new.setdefault(finding.number, []).append(finding)
        self._arrange()
        self.endResetModel()

    def filter_by(self, text: str | None = None, kinds: frozenset[object] | None = None) -> None:
        """Change part of the filter."""
        self.beginResetModel()
        self._text = self._text if text is None else text.strip().lower()
        self._kinds = self._kinds if kinds is None else kinds
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self.beginResetModel()
        self._column, self._falling = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        kinds, text = self._kinds, self._text
        rows = [
            i
            for i, change in enumerate(self._all)
            if (not kinds or change.kind in kinds) and (not text or text in self._haystack[i])
        ]
        keys = {
            KIND: lambda i: self._all[i].kind,
            PATH: lambda i: self._all[i].new_path or self._all[i].old_path,
            SIZE: lambda i: self._all[i].new_size - self._all[i].old_size,
            FINDINGS: lambda i: (self._worst(self._all[i]), len(self.new_findings(self._all[i]))),
        }
        self._rows = sorted(rows, key=keys[self._column], reverse=self._falling)  # type: ignore[arg-type]

    def counts(self) -> Counter[object]:
        """How many changes there are of each kind."""
        return Counter(change.kind for change in self._all)

    def change_at(self, row: int) -> Change | None:
        """The change of a row."""
        return self._all[self._rows[row]] if 0 <= row < len(self._rows) else None

    def new_findings(self, change: Change) -> Sequence[RunFinding]:
        """New findings in the file."""
        return self._new.get(change.new, ()) if change.new is not None else ()

    @property
    def is_known(self) -> bool:
        """Whether it is known which findings are new."""
        return self._known

    def first_to_read(self) -> int:
        """The row with the worst new findings, the first one where there are none."""
        weigh = [(self._worst(c), len(self.new_findings(c))) for c in map(self._all.__getitem__, self._rows)]
        return max(range(len(weigh)), key=lambda row: (weigh[row], -row), default=0)

    def _worst(self, change: Change) -> int:
        return max((int(f.severity) for f in self.new_findings(change)), default=-1)

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        change = self.change_at(index.row())
        if change is None:
            return None
        column, mark = index.column(), CHANGES.get(change.kind, CHANGES["changed"])
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(change, column, mark)
        if role == Qt.ItemDataRole.ForegroundRole:
            worst = self._worst(change)
            if column == FINDINGS and worst >= 0:
                return QBrush(self._theme.color(SEVERITIES[Severity(worst)].role))
            return QBrush(self._theme.color(mark.role if column == KIND else "text" if column == PATH else "muted"))
        if role == Qt.ItemDataRole.DecorationRole and column == FINDINGS and self._worst(change) >= 0:
            return self._theme.severity_icon(Severity(self._worst(change)))
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._describe(change))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._describe(change) if column == PATH else self._words(change, column, mark)
        return None

    def _words(self, change: Change, column: int, mark: Mark) -> str:
        if column == KIND:
            return f"{mark.shape}  {mark.word}"
        if column == PATH:
            return middle(path_words(change), 240)
        if column == SIZE:
            return size_words(change)
        found = self.new_findings(change)
        return f"{len(found):,} new" if found else "" if self._known else "?"

    def _describe(self, change: Change) -> str:
        said = f"{change.kind}: {path_words(change)}\n{exact_size(change.old_size)} → {exact_size(change.new_size)}"
        if change.kind == "renamed" and change.similarity:
            said += f"\n{change.similarity} % alike"
        if not self._known:
            return f"{said}\nwhich findings are new is known after the next run of the battery"
        found = self.new_findings(change)
        return said + (f"\n{format_count(len(found), 'new finding')}" if found else "")
