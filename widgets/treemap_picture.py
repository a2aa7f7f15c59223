"""How the treemap is drawn: severity by colour, hatch and shape."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap

from checks import Severity
from widgets.theme import SEVERITIES, Theme, scaled_font
from widgets.treemap_layout import HEADER, Cell, TreemapLayout

HATCHES = {
    Severity.CRITICAL: Qt.BrushStyle.DiagCrossPattern,
    Severity.HIGH: Qt.BrushStyle.BDiagPattern,
    Severity.MEDIUM: Qt.BrushStyle.Dense6Pattern,
    Severity.LOW: Qt.BrushStyle.HorPattern,
}


def draw_treemap(layout: TreemapLayout | None, theme: Theme, size: QSize, ratio: float) -> QPixmap:
    """The picture of a layout, in device-independent pixels of `size`; empty without one."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(theme.color("base"))
    if layout is None:
        return picture
    painter = QPainter(picture)
    painter.setFont(scaled_font(0.85))
    plain, line = theme.color("tint_info"), theme.color("base")
    tints = {int(s): theme.color(m.tint) for s, m in SEVERITIES.items()}
    hatches = {int(s): _hatch(theme, s) for s in HATCHES}
    for cell in layout.cells:
        box = QRectF(cell.x, cell.y, cell.width, cell.height)
        if cell.kind == "folder":
            _draw_frame(painter, cell, box, theme)
            continue
        inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(inner, tints.get(cell.worst, plain))
        if cell.worst in hatches:
            painter.fillRect(inner, hatches[cell.worst])
        painter.setPen(line)
        painter.drawRect(box)
        if cell.width > 46 and cell.height > 17:
            _draw_label(painter, cell, theme, ratio)
        elif cell.worst >= 0 and cell.width >= 12 and cell.height >= 12:
            middle = QPointF(cell.x + cell.width / 2 - 5, cell.y + cell.height / 2 - 5)
            _draw_shape(painter, cell, middle, 10, theme, ratio)
    painter.end()
    return picture


def _hatch(theme: Theme, severity: Severity) -> QBrush:
    colour = theme.color(SEVERITIES[severity].role)
    colour.setAlpha(80)
    return QBrush(colour, HATCHES[severity])


def _draw_frame(painter: QPainter, cell: Cell, box: QRectF, theme: Theme) -> None:
    painter.fillRect(box, theme.color("panel"))
    room = int(cell.width - 8)
    if room > 24:
        painter.setPen(theme.color("muted"))
        name = painter.fontMetrics().elidedText(cell.node.name[:200], Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QPointF(cell.x + 4, cell.y + HEADER - 4), name)


def _draw_shape(painter: QPainter, cell: Cell, at: QPointF, size: int, theme: Theme, ratio: float) -> None:
    mark = SEVERITIES[Severity(cell.worst)]
    painter.drawPixmap(at, theme.pixmap(mark.icon, mark.role, size, ratio))


def more_words(count: int, fits: Callable[[str], bool]) -> str:
    """How many smaller files share a cell, as far as there is room: a number is never shortened."""
    return next((words for words in (f"{count:,} smaller", f"+{count:,}") if fits(words)), "")


def _draw_label(painter: QPainter, cell: Cell, theme: Theme, ratio: float) -> None:
    left = cell.x + 5
    if cell.worst >= 0:
        _draw_shape(painter, cell, QPointF(cell.x + 3, cell.y + 3), 12, theme, ratio)
        left += 13
    metrics = painter.fontMetrics()
    room = int(cell.x + cell.width - left - 3)
    if room < 20:
        return
    if cell.kind == "more":
        words = more_words(cell.count, lambda text: metrics.horizontalAdvance(text) <= room)
    else:
        words = metrics.elidedText(cell.node.name[:200], Qt.TextElideMode.ElideMiddle, room)
    if cell.worst >= 0:  # the words stand on the hatch: a quiet ground keeps them readable
        ground = QColor(theme.color(SEVERITIES[Severity(cell.worst)].tint))
        painter.fillRect(QRectF(left - 2, cell.y + 2, metrics.horizontalAdvance(words) + 4, 14), ground)
    painter.setPen(theme.color("muted" if cell.kind == "more" else "text"))
    painter.drawText(QPointF(left, cell.y + 13), words)
