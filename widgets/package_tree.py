"""The tree of a package's entries, with sizes and findings rolled up: what treemap and file tree share.

No Qt here: it is built on a worker thread from up to 100,000 rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.model import RunFinding
from app.views import FileRow

NO_SEVERITY = -1
NO_CHILDREN: tuple[TreeNode, ...] = ()


class TreeNode:
    """A folder, archive or entry.

    `size` in bytes; `files` and `findings` count what is below; `worst` is a Severity or -1; `place` is the
    row among its siblings and `serial` the number in the whole tree.
    """

    __slots__ = ("children", "files", "findings", "name", "parent", "path", "place", "row", "serial", "size", "worst")

    def __init__(self, name: str, path: str, parent: TreeNode | None) -> None:
        self.name = name
        self.path = path
        self.parent = parent
        self.row: FileRow | None = None
        self.children: Sequence[TreeNode] = NO_CHILDREN
        self.place = 0
        self.serial = 0
        self.size = 0
        self.files = 0
        self.findings = 0
        self.worst = NO_SEVERITY

    @property
    def is_folder(self) -> bool:
        """Whether it has something below: a folder, or an archive that was unpacked."""
        return bool(self.children) or (self.row is not None and self.row.type == "dir")

    @property
    def is_archive(self) -> bool:
        """Whether it is a file whose members are below it."""
        return bool(self.children) and self.row is not None and self.row.type == "file"

    def add_child(self, name: str, path: str) -> TreeNode:
        """Make a child; leaves share one empty sequence, which keeps 100,000 of them small."""
        child = TreeNode(name, path, self)
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]
        return child

    def add_finding(self, severity: int, count: int = 1) -> None:
        """Count a finding here and in everything above."""
        node: TreeNode | None = self
        while node is not None:
            node.findings += count
            node.worst = max(node.worst, severity)
            node = node.parent

    def walk(self) -> Iterator[TreeNode]:
        """Every node below, parents first."""
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


class PackageTree:
    """All entries of one package. `node(number)` finds an entry by the number findings name."""

    def __init__(self, rows: Sequence[FileRow], findings: Iterable[RunFinding] = ()) -> None:
        self.root = TreeNode("", "", None)
        self.entries = len(rows)
        self._nodes: dict[int, TreeNode] = {}
        self._insert(rows)
        # what a filter looks through: lower-case once, here, not at every keystroke
        self.nodes = [self.root, *self.root.walk()]
        for serial, node in enumerate(self.nodes):
            node.serial = serial
        self.haystack = [(node.path.lower(), node) for node in self.nodes[1:]]
        for finding in findings:
            self.add_finding(finding)

    def _insert(self, rows: Sequence[FileRow]) -> None:
        by_path: dict[str, TreeNode] = {"": self.root}
        containers = {row.parent for row in rows}
        above = sorted((row for row in rows if row.number in containers), key=lambda row: len(row.path))
        for row in above:
            # `a.jar!` in a member's path is the entry `a.jar`
            by_path[f"{row.path}!"] = self._place(row, by_path)
        for row in rows:
            if row.number not in self._nodes:
                self._place(row, by_path)
        order = [self.root, *self.root.walk()]
        for node in reversed(order):
            row_of_node = node.row
            if not node.children and row_of_node is not None:
                node.files = int(row_of_node.type != "dir")
                node.size = max(row_of_node.size, 0) if row_of_node.type == "file" else 0
            if node.parent is not None:
                node.parent.size += node.size
                node.parent.files += node.files
        for node in order:
            if isinstance(node.children, list):
                node.children.sort(key=lambda n: (not n.is_folder, n.name.casefold(), n.name))
                for place, child in enumerate(node.children):
                    child.place = place

    def _place(self, row: FileRow, by_path: dict[str, TreeNode]) -> TreeNode:
        path = row.path.strip("/") or row.path
        node = by_path.get(path)
        if node is None:
            folder, _, name = path.rpartition("/")
            node = by_path[path] = self._folder(folder, by_path).add_child(name, path)
        elif node.row is not None and node.parent is not None:
            # two entries of one name: both are shown, the second beside the first
            node = node.parent.add_child(node.name, node.path)
        node.row = row
        self._nodes[row.number] = node
        return node

    def _folder(self, path: str, by_path: dict[str, TreeNode]) -> TreeNode:
        missing = []
        while path not in by_path:
            folder, _, name = path.rpartition("/")
            missing.append((name, path))
            path = folder
        node = by_path[path]
        for name, path in reversed(missing):
            node = by_path[path] = node.add_child(name, path)
        return node

    def node(self, number: int | None) -> TreeNode | None:
        """The node of an entry, None for an unknown number."""
        return self._nodes.get(number) if number is not None else None

    def number_of(self, path: str) -> int | None:
        """The number of the entry with this printable path, None for an unknown one."""
        return next((n for n, node in self._nodes.items() if node.row is not None and node.row.path == path), None)

    def clear_findings(self) -> None:
        """Forget all findings, before a new run tells them anew."""
        self.root.findings, self.root.worst = 0, NO_SEVERITY
        for node in self.root.walk():
            node.findings, node.worst = 0, NO_SEVERITY

    def add_finding(self, finding: RunFinding) -> TreeNode | None:
        """Roll one finding up from its entry (a fixed one counts for nothing); the node it belongs to, if any."""
        node = self.node(finding.number)
        if node is not None and finding.state != "fixed":
            node.add_finding(int(finding.severity))
            return node
        return None
