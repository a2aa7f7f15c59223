"""The package as a picture: every file a rectangle by its bytes, its worst finding by colour, hatch and shape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from checks import Severity
from widgets.context import PaneContext
from widgets.measures import exact_size
from widgets.package_tree import PackageTree, TreeNode
from widgets.treemap_layout import Cell, TreemapLayout, lay_out
from widgets.treemap_picture import draw_treemap
from widgets.words import format_count, format_size, middle, tip

RELAYOUT = 350  # ms: while findings arrive, or the window is dragged, the picture is made anew this often at most


class Treemap(QWidget):
    """Shows a PackageTree, or a folder of it; the layout is computed on a worker thread and kept."""

    opened = Signal(int)  # number of a file
    zoomed = Signal(object)  # TreeNode that fills the picture now

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._tree: PackageTree | None = None
        self._root: TreeNode | None = None
        self._layout: TreemapLayout | None = None
        self._picture: QPixmap | None = None
        self._current: Cell | None = None
        self._hovered: Cell | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Map of the package"))
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(RELAYOUT)
        self._timer.timeout.connect(self._arrange)
        context.theme.changed.connect(self._repaint)

    # contents

    def show_tree(self, tree: PackageTree | None) -> None:
        """Show another package."""
        self._tree, self._root = tree, tree.root if tree is not None else None
        self._layout = self._picture = self._current = self._hovered = None
        self._arrange()
        self.update()

    def findings_changed(self) -> None:
        """Some entries have other findings now; the picture follows in a moment."""
        if not self._timer.isActive():
            self._timer.start()

    @property
    def root(self) -> TreeNode | None:
        """The folder that fills the picture."""
        return self._root

    @property
    def layout_shown(self) -> TreemapLayout | None:
        """The layout that is painted, None before the first has arrived."""
        return self._layout

    def zoom(self, node: TreeNode) -> None:
        """Fill the picture with a folder."""
        self._root, self._current, self._hovered = node, None, None
        self._arrange()
        self.zoomed.emit(node)

    def zoom_out(self) -> None:
        """One folder up."""
        if self._root is not None and self._root.parent is not None:
            self.zoom(self._root.parent)

    def _arrange(self) -> None:
        root, width, height = self._root, self.width(), self.height()
        if root is None or width < 20 or height < 20:
            return
        self._context.submit(lambda _: lay_out(root, width, height), self._take, lambda _: None, key="treemap")

    def _take(self, layout: TreemapLayout) -> None:
        before = self._current
        self._layout, self._hovered = layout, None
        same = (c for c in layout.cells if before and c.node is before.node and c.kind == before.kind)
        self._current = next(same, None)
        self._repaint()

    def _repaint(self) -> None:
        self._picture = None
        self.update()

    # painting

    def draw(self) -> QPixmap:
        """The picture of the layout, without the marks of mouse and keyboard."""
        return draw_treemap(self._layout, self._context.theme, self.size(), self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            self._picture = self.draw()
        painter.drawPixmap(self.rect(), self._picture)
        focused = self._current if self.hasFocus() else None
        for cell, role, width in ((self._hovered, "text", 1.0), (focused, "accent", 2.5)):
            if cell is not None:
                painter.setPen(QPen(self._context.theme.color(role), width))
                painter.drawRect(QRectF(cell.x, cell.y, cell.width, cell.height).adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._layout is None:
            self._arrange()
        else:
            self.findings_changed()

    def sizeHint(self) -> QSize:
        return QSize(600, 300)

    # mouse and keyboard

    def cell_at(self, point: QPointF) -> Cell | None:
        """The innermost rectangle under a point."""
        if self._layout is None:
            return None
        x, y = point.x(), point.y()
        for cell in reversed(self._layout.cells):
            if cell.x <= x < cell.x + cell.width and cell.y <= y < cell.y + cell.height:
                return cell
        return None

    def describe(self, cell: Cell) -> str:
        """A rectangle in words."""
        node = cell.node
        if cell.kind == "more":
            said = f"{format_count(cell.count, 'smaller file')} in {node.path or 'the package'}"
        else:
            said = node.path
            if cell.kind != "file":
                said += f"\n{format_count(cell.count, 'file')}"
        said += f"\n{format_size(cell.size)} ({exact_size(cell.size)})"
        if cell.worst >= 0:
            said += f"\n{format_count(cell.findings, 'finding')}, the worst {Severity(cell.worst).label}"
        return said

    def activate(self, cell: Cell) -> None:
        """Open a file, or look into a folder."""
        if cell.kind == "file" and cell.node.row is not None:
            self.opened.emit(cell.node.row.number)
        elif cell.kind != "file" and cell.node is not self._root:
            self.zoom(cell.node)
        elif cell.kind == "more":
            self._open_worst(cell)

    def _open_worst(self, cell: Cell) -> None:
        shown = {id(c.node) for c in (self._layout.cells if self._layout else ()) if c.kind != "more"}
        files = [n for n in cell.node.children if id(n) not in shown and n.row is not None and n.row.type == "file"]
        if files:
            row = max(files, key=lambda n: (n.worst, n.size)).row
            if row is not None:
                self.opened.emit(row.number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not self._hovered:
            self._hovered = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell is not None else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        inside = cell is not None and self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None and inside:
            self._set_current(cell)
            self.activate(cell)
        elif event.button() == Qt.MouseButton.BackButton:
            self.zoom_out()

    def _set_current(self, cell: Cell) -> None:
        self._current = cell
        self.setAccessibleDescription(self.describe(cell))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
            Qt.Key.Key_H: (-1, 0), Qt.Key.Key_L: (1, 0), Qt.Key.Key_K: (0, -1), Qt.Key.Key_J: (0, 1),
        }  # fmt: skip
        key = Qt.Key(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and key in steps and self._layout is not None:
            self._step(*steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current is not None:
            self.activate(self._current)
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Escape) and self._root is not None and self._root.parent:
            self.zoom_out()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _step(self, dx: int, dy: int) -> None:
        """To the nearest rectangle in a direction: along it first, then beside it."""
        cells = [c for c in self._layout.cells if c.kind != "folder"] if self._layout is not None else []
        if not cells:
            return
        here = self._current
        if here is None:
            self._set_current(max(cells, key=lambda c: (c.worst, c.size)))
            return
        x, y = here.x + here.width / 2, here.y + here.height / 2
        best, least = None, float("inf")
        for cell in cells:
            if cell is here:
                continue
            ahead = (cell.x - here.x - here.width if dx > 0 else here.x - cell.x - cell.width) if dx else 0.0
            if dy:
                ahead = cell.y - here.y - here.height if dy > 0 else here.y - cell.y - cell.height
            if ahead < -1.0:
                continue
            beside = abs(cell.y + cell.height / 2 - y) if dx else abs(cell.x + cell.width / 2 - x)
            overlap = max(0.0, beside - (cell.height if dx else cell.width) / 2)
            far = ahead + 3 * overlap + 0.05 * beside
            if far < least:
                best, least = cell, far
        if best is not None:
            self._set_current(best)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tip(self.describe(cell)) if cell is not None else "", self)
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        cell = self.cell_at(QPointF(event.pos())) if mouse else self._current
        if cell is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = self.tr("Open") if cell.kind == "file" else self.tr("Look into it")
        menu.addAction(words, lambda: self.activate(cell))
        menu.addAction(self.tr("Copy path"), lambda: QGuiApplication.clipboard().setText(cell.node.path))
        if self._root is not None and self._root.parent is not None:
            menu.addAction(self.tr("One folder up"), self.zoom_out)
        place = QPoint(int(cell.x), int(cell.y + cell.height))
        menu.popup(event.globalPos() if mouse else self.mapToGlobal(place))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def where(self) -> str:
        """The folder that fills the picture, in words."""
        return middle(self._root.path, 80) if self._root is not None and self._root.parent is not None else ""
