"""Where the rectangles of the treemap go: squarified, pure numbers, made on a worker thread.

A package of 10,000 files has more of them than a picture has room: what would be smaller than a
few pixels is put together into one cell that says how many it stands for and the worst among them.
Files with findings get room to be seen however small they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.package_tree import TreeNode

HEADER = 16.0  # room for a folder's name, in pixels
GAP = 2.0
LEAST_AREA = 90.0  # square pixels: smaller files are put together
NOTED_AREA = 260.0  # what a file with a finding gets at least
MOST_NOTED = 150
FOLDER_LEAST = 30.0  # pixels of the shorter side, below it a folder is one cell


@dataclass(frozen=True, slots=True)
class Cell:
    """One rectangle in pixels: `count` files of `size` bytes with `findings`, the `worst` a Severity or -1."""

    x: float
    y: float
    width: float
    height: float
    node: TreeNode
    kind: str  # file; folder, a frame with a header; closed, a folder too small to open; more, put together in `node`
    count: int
    size: int
    worst: int
    depth: int
    findings: int = 0


@dataclass(frozen=True, slots=True)
class TreemapLayout:
    """All cells for one picture size; frames come before what they hold."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    files: int


def squarify(weights: list[float], x: float, y: float, width: float, height: float) -> list[tuple[float, ...]]:
    """Rectangles (x, y, width, height) whose areas are as the weights (positive, falling), as square as they get."""
    total = sum(weights)
    if total <= 0 or width <= 0 or height <= 0:
        return [(x, y, 0.0, 0.0)] * len(weights)
    scale = width * height / total
    areas = [weight * scale for weight in weights]
    placed: list[tuple[float, ...]] = []
    start = 0
    while start < len(areas):
        side = min(width, height)
        if side <= 0:
            placed.extend((x, y, 0.0, 0.0) for _ in areas[start:])
            break
        end = start + 1
        row = areas[start]
        worst = max(side * side / areas[start], areas[start] / (side * side))
        while end < len(areas):
            longer = row + areas[end]
            square = longer * longer
            ratio = max(side * side * areas[start] / square, square / (side * side * areas[end]))
            if ratio > worst:
                break
            worst, row, end = ratio, longer, end + 1
        thick = row / side
        along = 0.0
        for area in areas[start:end]:
            length = area / thick
            if width >= height:
                placed.append((x, y + along, thick, length))
            else:
                placed.append((x + along, y, length, thick))
            along += length
        if width >= height:
            x, width = x + thick, max(width - thick, 0.0)
        else:
            y, height = y + thick, max(height - thick, 0.0)
        start = end
    return placed


def _noted_nodes(root: TreeNode) -> frozenset[int]:
    """Ids of the worst files with findings, and of the folders above them: these get room."""
    noted = [n for n in root.walk() if not n.children and n.worst >= 1]
    noted.sort(key=lambda n: (-n.worst, -n.findings))
    kept: set[int] = set()
    for node in noted[:MOST_NOTED]:
        above: TreeNode | None = node
        while above is not None:
            kept.add(id(above))
            above = above.parent
    return frozenset(kept)


def lay_out(root: TreeNode, width: float, height: float) -> TreemapLayout:
    """The picture of a tree at `width` x `height` pixels."""
    cells: list[Cell] = []
    noted = _noted_nodes(root)
    stack = [(root, 0.0, 0.0, float(width), float(height), 0)]
    while stack:
        folder, x, y, w, h, depth = stack.pop()
        children = [n for n in folder.children if n.size > 0 or n.worst >= 0]
        if not children:
            continue
        total = sum(n.size for n in children) or 1
        per_pixel = total / max(w * h, 1.0)
        weights = {
            id(n): max(float(n.size), (NOTED_AREA if id(n) in noted else 1.0) * per_pixel, 1e-9) for n in children
        }
        children.sort(key=lambda n: -weights[id(n)])
        small = [n for n in children if weights[id(n)] < LEAST_AREA * per_pixel]
        shown = [n for n in children if weights[id(n)] >= LEAST_AREA * per_pixel]
        if len(small) == 1:
            shown, small = children, []
        more = max(sum(weights[id(n)] for n in small), LEAST_AREA * per_pixel) if small else 0.0
        parts: list[tuple[float, TreeNode | None]] = [(weights[id(n)], n) for n in shown]
        if small:
            parts.append((more, None))
            parts.sort(key=lambda part: -part[0])
        for (_, node), (cx, cy, cw, ch) in zip(
            parts, squarify([weight for weight, _ in parts], x, y, w, h), strict=True
        ):
            if node is None:
                count, size = sum(n.files for n in small), sum(n.size for n in small)
                worst, found = max(n.worst for n in small), sum(n.findings for n in small)
                cells.append(Cell(cx, cy, cw, ch, folder, "more", count, size, worst, depth, found))
                continue
            open_folder = bool(node.children) and min(cw, ch - HEADER) >= FOLDER_LEAST and depth < 12
            kind = "folder" if open_folder else "closed" if node.children else "file"
            cells.append(Cell(cx, cy, cw, ch, node, kind, node.files, node.size, node.worst, depth, node.findings))
            if open_folder:
                inner = (cx + GAP, cy + HEADER, cw - 2 * GAP, ch - HEADER - GAP)
                stack.append((node, *inner, depth + 1))
    return TreemapLayout(float(width), float(height), tuple(cells), root.files)
