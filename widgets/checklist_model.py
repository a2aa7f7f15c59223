"""The checklist as a tree: area, guideline, what each check says of it, and its findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from checks import Outcome, Severity
from widgets.theme import SEVERITIES, Mark, outcome_mark
from widgets.words import format_count, tip

if TYPE_CHECKING:
    from app.checklist import CheckEvidence, Checklist, FindingEvidence, Item

    Digest = dict[str, tuple[int, list[FindingEvidence]]]

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
NODE_ROLE = Qt.ItemDataRole.UserRole + 1
MOST = 50  # findings listed below a check; the findings pane has them all

# by the words of app.checklist.Status, which is not imported before the desk is
STATUSES: dict[str, Mark] = {
    "met": Mark("✓", "met", "check", "good", "tint_good"),
    "not_met": Mark("✗", "not met", "cross", "critical", "tint_critical"),
    "needs_you": Mark("?", "needs you", "question", "accent", "tint_low"),
    "did_not_run": Mark("⊘", "did not run", "unavailable", "medium", "tint_medium"),
    "not_applicable": Mark("–", "not applicable", "minus", "info", "tint_info"),
}
WAITING = Mark("·", "not run yet", "clock", "info", "tint_info")
RUNNING = Mark("●", "running", "play", "accent", "tint_low")
WHY = {WAITING: "the battery has not run yet", RUNNING: "the battery is at work"}
NO_PART = Mark("⊘", "took no part", "unavailable", "medium", "tint_medium")


@dataclass(eq=False, slots=True)
class Node:
    """One row. `kind` is area, item, check, finding or more; `ref` is the id it leads to."""

    kind: str
    text: str
    detail: str = ""
    mark: Mark | None = None
    ref: str = ""
    item: Item | None = None
    children: list[Node] = field(default_factory=list)
    parent: Node | None = None
    row: int = 0

    def add(self, node: Node) -> Node:
        node.parent, node.row = self, len(self.children)
        self.children.append(node)
        return node


def digest_evidence(checklist: Checklist) -> Digest:
    """How many findings each check has, and the first of them to show; for a worker thread, there may be very many."""
    digest: Digest = {}
    for evidence in {id(e): e for item in checklist.items for e in item.evidence}.values():
        here = [f for f in evidence.findings if f.state != "fixed"]
        digest[evidence.check] = (len(here), sorted(here, key=lambda f: (not f.unresolved, -int(f.severity)))[:MOST])
    return digest


def _add_evidence(
    parent: Node, evidence: CheckEvidence, count: int, first: list[FindingEvidence], early: Mark | None
) -> None:
    outcome = evidence.outcome
    mark = outcome_mark(outcome, evidence.limitation) if outcome is not None else early or NO_PART
    detail = mark.word
    if outcome is Outcome.FOUND:
        detail = format_count(count, "finding") + (", limited" if evidence.limitation else "")
    check = parent.add(Node("check", evidence.name, detail, mark, evidence.check))
    if evidence.limitation:
        check.add(Node("more", evidence.limitation, ref=evidence.check))
    if evidence.reason:
        check.add(Node("more", evidence.reason, ref=evidence.check))
    for found in first:
        said = found.triage.label if found.triage is not None else ""
        check.add(Node("finding", found.message, said, SEVERITIES[Severity(found.severity)], found.fingerprint))
    if count > len(first):
        check.add(Node("more", f"{count - len(first):,} more in the list of findings", ref=evidence.check))


def _explain_early(item: Item, why: str) -> Item:
    """Before the first run has ended, it is no fault of a check that it said nothing yet."""
    said = item.answer.value.replace("_", " ") if item.answer else ""
    return replace(item, why=why, contradiction=f"answered {said}, but {why}" if item.contradiction else "")


def build_tree(
    checklist: Checklist | None, digest: Digest, words: list[str], open_only: bool, *, running: bool = False
) -> Node:
    """The rows to show; `words` must all occur in an item's id, title, status or reason.

    `running` says whether a battery is at work on the submission.
    """
    root = Node("root", "")
    areas: dict[str, Node] = {}
    items = checklist.items if checklist else ()
    ran = any(evidence.outcome is not None for item in items for evidence in item.evidence)
    early = None if ran else RUNNING if running else WAITING
    for item in items:
        mark = STATUSES[item.status]
        if early is not None and item.status == "did_not_run":
            item, mark = _explain_early(item, WHY[early]), early
        text = f"{item.guideline.id} {item.guideline.title} {mark.word} {item.why}".casefold()
        if (open_only and not item.open) or not all(w in text for w in words):
            continue
        area = areas.get(item.guideline.area)
        if area is None:
            area = areas[item.guideline.area] = root.add(Node("area", item.guideline.area))
        why = item.contradiction or item.why
        node = area.add(Node("item", item.guideline.title, why, mark, item.guideline.id, item))
        for evidence in item.evidence:
            _add_evidence(node, evidence, *digest.get(evidence.check, (0, [])), early)
    for area in areas.values():
        done = sum(not n.item.open for n in area.children if n.item)
        area.detail = f"{done} of {len(area.children)}"
    return root


class ChecklistModel(QAbstractItemModel):
    """One column; the node is in NODE_ROLE."""

    def __init__(self) -> None:
        super().__init__()
        self._root = Node("root", "")

    def set_root(self, root: Node) -> None:
        """Show another tree."""
        self.beginResetModel()
        self._root = root
        self.endResetModel()

    def walk(self, node: Node | None = None) -> Iterator[Node]:
        """All nodes, parents first."""
        for child in (node or self._root).children:
            yield child
            yield from self.walk(child)

    def index_of(self, node: Node) -> QModelIndex:
        """Where a node is."""
        return self.createIndex(node.row, 0, node)

    def node(self, index: Index) -> Node:
        """The node of an index; the root for an invalid one."""
        return index.internalPointer() if index.isValid() else self._root

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        children = self.node(parent).children
        return (
            self.createIndex(row, column, children[row]) if 0 <= row < len(children) and not column else QModelIndex()
        )

    def parent(self, index: Index = ROOT) -> QModelIndex:  # type: ignore[override]
        above = self.node(index).parent if index.isValid() else None
        return QModelIndex() if above is None or above is self._root else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.column() > 0 else len(self.node(parent).children)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{node.ref} {node.text}" if node.kind == "item" else node.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            word = f", {node.mark.word}" if node.mark else ""
            level = f", {node.item.requirement}" if node.item else ""
            name = f"{node.ref} {node.text}" if node.kind == "item" else node.text
            return f"{name}{word}{level}{', ' + node.detail if node.detail else ''}"
        if role == Qt.ItemDataRole.ToolTipRole:
            if node.item is not None:
                word = node.mark.word if node.mark else ""
                return tip(f"{node.ref} {node.text}\n{word}, {node.item.requirement}\n{node.detail}")
            return tip(f"{node.text}\n{node.detail}".strip())
        return node if role == NODE_ROLE else None
