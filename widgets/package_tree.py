"""The tree of a package's entries, with sizes and findings rolled up: what treemap and file tree share.

No Qt here: it is built on a worker thread from up to 100,000 rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.model import RunFinding
from app.views import FileRow

NO_SEVERITY = -1


class TreeNode:
    """A folder, archive or entry. `size` in bytes and `files`, `findings` count what is below, `worst` is a Severity or -1."""

    __slots__ = ("_by_name", "children", "files", "findings", "name", "parent", "path", "place", "row", "serial", "size", "worst")

    def __init__(self, name: str, path: str, parent: TreeNode | None) -> None:
        self.name = name
        self.path = path
        self.parent = parent
        self.row: FileRow | None = None
        self.children: list[TreeNode] = []
        self._by_name: dict[str, TreeNode] | None = None
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

    def child(self, name: str, path: str) -> TreeNode:
        """The child of that name, made where it is missing."""
        if self._by_name is None:
            self._by_name = {}
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = TreeNode(name, path, self)
            self.children.append(found)
        return found

    def settle(self) -> None:
        """No children follow: what was only needed to find them goes, so that collections walk less."""
        self._by_name = None

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
        # parents before children: a nested archive's entry names its archive by number
        by_number = {row.number: row for row in rows}
        for row in rows:
            if row.number not in self._nodes:
                self._place(row, by_number)
        for node in reversed(list(self.root.walk())):
            if not node.children:
                node.files = 1 if node.row is not None and node.row.type != "dir" else 0
                node.size = max(node.row.size, 0) if node.row is not None and node.row.type == "file" else 0
            if node.parent is not None:
                node.parent.size += node.size
                node.parent.files += node.files
        self._sort(self.root)

    def _place(self, row: FileRow, by_number: dict[int, FileRow]) -> TreeNode:
        waiting = [row]
        while True:  # an archive in an archive in an archive; a loop of parents ends at the first repeat
            above = by_number.get(waiting[-1].parent)
            if above is None or above.number in self._nodes or above in waiting:
                break
            waiting.append(above)
        node = self.root
        for entry in reversed(waiting):
            above_node = self._nodes.get(entry.parent)
            prefix = f"{above_node.path}!/" if above_node is not None else ""
            if above_node is None or not entry.path.startswith(prefix):
                above_node, prefix = self.root, ""
            node, path = above_node, prefix
            relative = entry.path[len(prefix) :]
            for part in relative.strip("/").split("/") or [entry.path]:
                path += part
                node = node.child(part, path)
                path += "/"
            if node.row is None:
                node.row = entry
            else:  # two entries of one name: both are shown, the second beside the first
                twin = TreeNode(node.name, node.path, node.parent)
                twin.row = entry
                assert node.parent is not None
                node.parent.children.append(twin)
                node = twin
            self._nodes[entry.number] = node
        return node

    @staticmethod
    def _sort(root: TreeNode) -> None:
        stack = [root]
        while stack:
            node = stack.pop()
            if len(node.children) > 1:
                node.children.sort(key=lambda n: (not n.is_folder, n.name.casefold(), n.name))
            node.settle()
            for place, child in enumerate(node.children):
                child.place = place
            stack.extend(n for n in node.children if n.children)

    def node(self, number: int | None) -> TreeNode | None:
        """The node of an entry, None for an unknown number."""
        return self._nodes.get(number) if number is not None else None

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
