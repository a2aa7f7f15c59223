"""The tree of files as Qt's views want it: a thin reading of PackageTree, filtered without copying it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from checks import Severity
from widgets.measures import exact_size
from widgets.package_tree import PackageTree, TreeNode
from widgets.theme import SEVERITIES, Theme
from widgets.words import format_count, format_size, middle, tip

NAME, FINDINGS, SIZE = range(3)
HEADINGS = ("Name", "", "Size")
TYPES = {"symlink": "link", "hardlink": "hard link", "device": "device", "fifo": "pipe", "other": "special"}
Index = QModelIndex | QPersistentModelIndex


class FileTreeModel(QAbstractItemModel):
    """Children are asked for as folders are opened; 100,000 entries cost nothing before that."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tree: PackageTree | None = None
        self._shown: dict[int, list[TreeNode]] | None = None
        self._rows: dict[int, int] = {}

    def show_tree(self, tree: PackageTree | None) -> None:
        """Show another package."""
        self.beginResetModel()
        self._tree, self._shown, self._rows = tree, None, {}
        self.endResetModel()

    def filter_by(self, text: str, *, only_found: bool = False) -> int:
        """Show entries whose path contains `text` (and that have findings); how many files remain."""
        text = text.strip().lower()
        if self._tree is None:
            return 0
        if not text and not only_found:
            if self._shown is not None:
                self.beginResetModel()
                self._shown, self._rows = None, {}
                self.endResetModel()
            return self._tree.root.files
        kept = [
            node
            for path, node in self._tree.haystack
            if text in path and (not only_found or (node.worst >= 0 and not node.children) or node.is_archive)
        ]
        if only_found:
            kept = [node for node in kept if node.worst >= 0]
        shown: dict[int, list[TreeNode]] = {}
        seen: set[int] = set()
        for node in kept:
            while node.parent is not None and id(node) not in seen:
                seen.add(id(node))
                shown.setdefault(id(node.parent), []).append(node)
                node = node.parent
        self.beginResetModel()
        rows: dict[int, int] = {}
        for children in shown.values():
            children.sort(key=lambda n: n.place)
            rows.update((id(child), row) for row, child in enumerate(children))
        self._shown, self._rows = shown, rows
        self.endResetModel()
        return sum(1 for node in kept if not node.children)

    @property
    def is_filtered(self) -> bool:
        """Whether a filter hides entries."""
        return self._shown is not None

    def _children(self, node: TreeNode) -> Sequence[TreeNode]:
        return node.children if self._shown is None else self._shown.get(id(node), [])

    def node_of(self, index: Index) -> TreeNode | None:
        """The node behind an index; the root for an invalid one."""
        if index.isValid():
            # a number, not a pointer: an index that outlives its tree must not reach into freed memory
            serial = index.internalId()
            return self._tree.nodes[serial] if self._tree is not None and serial < len(self._tree.nodes) else None
        return self._tree.root if self._tree is not None else None

    def index_of(self, node: TreeNode) -> QModelIndex:
        """The index of a node; invalid where the filter hides it."""
        if node.parent is None or (self._shown is not None and id(node) not in self._rows):
            return QModelIndex()
        return self.createIndex(self._row(node), NAME, node.serial)

    def _row(self, node: TreeNode) -> int:
        return node.place if self._shown is None else self._rows[id(node)]

    # Qt

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        node = self.node_of(parent)
        if node is None or not 0 <= column < len(HEADINGS) or (parent.isValid() and parent.column() != NAME):
            return QModelIndex()
        children = self._children(node)
        return self.createIndex(row, column, children[row].serial) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        node = self.node_of(index) if index.isValid() else None
        if node is None or node.parent is None or node.parent.parent is None:
            return QModelIndex()
        return self.createIndex(self._row(node.parent), NAME, node.parent.serial)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid() and parent.column() != NAME:
            return 0
        node = self.node_of(parent)
        return len(self._children(node)) if node is not None else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        node = self.node_of(index)
        if node is None or not index.isValid():
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(node, column)
        if role == Qt.ItemDataRole.DecorationRole:
            if column == NAME:
                name = "package" if node.is_archive else "folder" if node.is_folder else "file"
                if node.row is not None and node.row.type in ("symlink", "hardlink"):
                    name = "link"
                return self._theme.icon(name, "muted")
            if column == FINDINGS and node.worst >= 0:
                return self._theme.severity_icon(Severity(node.worst))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._describe(node))
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == FINDINGS and node.worst >= 0:
                return QColor(self._theme.color(SEVERITIES[Severity(node.worst)].role))
            if column == SIZE:
                return QColor(self._theme.color("muted"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._describe(node) if column == NAME else self._text(node, column)
        return None

    @staticmethod
    def _text(node: TreeNode, column: int) -> str:
        if column == NAME:
            arrow = f" → {middle(node.row.link, 60)}" if node.row is not None and node.row.link else ""
            return middle(node.name, 90) + arrow
        if column == FINDINGS:
            return f"{node.findings:,}" if node.findings else ""
        kind = node.row.type if node.row is not None else "dir"
        return TYPES.get(kind) or format_size(node.size)

    @staticmethod
    def _describe(node: TreeNode) -> str:
        said = node.path
        if node.children:
            said += f"\n{format_count(node.files, 'file')}"
        said += f"\n{exact_size(node.size)}"
        if node.worst >= 0:
            said += f"\n{format_count(node.findings, 'finding')}, the worst {Severity(node.worst).label}"
        return said
