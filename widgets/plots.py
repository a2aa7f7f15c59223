"""The plots of the dashboard. Only this module knows pyqtgraph; it is loaded when the dashboard first has figures.

A plot is to look at: it neither pans nor zooms, and the wheel scrolls what is around it. Whoever cannot see it has a
sentence (its accessible description) and the table of its numbers beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPen, QResizeEvent, QWheelEvent

from app.marketplace.figures_words import Figures
from widgets.figure_words import (
    choose_days,
    describe_kinds,
    describe_reasons,
    describe_throughput,
    describe_times,
    kind_words,
)
from widgets.theme import UNIT, Theme, scaled_font

# the program tears its windows down in order; the library's walk over every object at exit is not wanted
pg.setConfigOptions(useOpenGL=False, antialias=True, exitCleanup=False, enableExperimental=False)

HEIGHT = 132  # px at least: four plots are to be seen at once in a window of 1280 by 800
DATE_ROOM = 64  # px of one date on the axis
LABEL_ROOM = 210  # px at most for the words of a bar that lies
SHORT = ("<1 h", "1–4 h", "4–24 h", "1–2 d", "2–3 d", "3–5 d", "5–7 d", "1–2 wk", "2–4 wk", ">4 wk")
MAX_BARS = 7
MAX_DOTS = 31
SMALL = 0.85  # of the window's font
HATCH = Qt.BrushStyle.BDiagPattern


def whole_steps(top: float, room: float) -> list[float]:
    """Whole numbers from nothing to `top`, evenly apart, as many as find room (px)."""
    wanted = max(2.0, min(6.0, room / 22))
    rounds = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    step = next((step for step in rounds if top / step <= wanted), 10**12)
    return [float(value) for value in range(0, int(top) + 1, step)]


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A picture of numbers in the theme's colours. UPRIGHT False: the bars lie, their words on the left."""

    NAME = ""
    UPRIGHT = True

    def __init__(self, theme: Theme) -> None:
        counts, words = ("left", "bottom") if self.UPRIGHT else ("bottom", "left")
        self._words = pg.AxisItem(words)
        self._counts = pg.AxisItem(counts)
        super().__init__(axisItems={words: self._words, counts: self._counts})
        self._theme = theme
        self._figures: Figures | None = None
        self.setAccessibleName(self.NAME)
        self.setMinimumHeight(HEIGHT)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setInteractive(False)
        self.setMouseEnabled(x=False, y=False)
        self.plotItem.setMenuEnabled(False)
        self.plotItem.hideButtons()
        self.plotItem.getViewBox().setDefaultPadding(0.0)
        for axis in (self._words, self._counts):
            axis.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=True)
            axis.setTickFont(scaled_font(SMALL))
            axis.setStyle(tickAlpha=0)
        theme.changed.connect(self._tint)
        self._tint()

    def sizeHint(self) -> QSize:
        return QSize(2 * HEIGHT, HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        return False if event.type() == QEvent.Type.Wheel else super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # the library calls it from its own making, when none of ours is there yet
        if getattr(self, "_figures", None) is not None:
            self._label()

    def show_figures(self, figures: Figures) -> None:
        """Draw them anew."""
        self._figures = figures
        self.setAccessibleDescription(self.describe(figures))
        self._draw()

    def close_plot(self) -> None:
        """Let go of it before the window that it is in goes."""
        self._theme.changed.disconnect(self._tint)
        self._figures = None
        self.plotItem.clear()

    # for each plot

    def describe(self, figures: Figures) -> str:
        """The sentence that stands for it."""
        raise NotImplementedError

    def draw(self, figures: Figures) -> None:
        """Put the bars and lines in."""
        raise NotImplementedError

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        """The words of the axis, for the width that there is."""
        raise NotImplementedError

    # parts

    def _tint(self) -> None:
        self.setBackground(self._theme.color("base"))
        for axis in (self._words, self._counts):
            axis.setTextPen(QPen(self._theme.color("muted")))
            axis.setPen(QPen(self._theme.color("line")))
        self._counts.setPen(QPen(Qt.PenStyle.NoPen))
        self._draw()

    def _draw(self) -> None:
        if self._figures is None:
            return
        self.plotItem.clear()
        self.draw(self._figures)
        self._label()

    def _label(self) -> None:
        if self._figures is None:
            return
        words = self.label(self._figures)
        self._words.setTicks([words, []])
        if not self.UPRIGHT:
            metrics = QFontMetrics(scaled_font(SMALL))
            self._words.setWidth(max((metrics.horizontalAdvance(word) for _, word in words), default=0) + 2 * UNIT)

    def add_bars(self, values: Sequence[float], role: str, *, place: float = 0.0, width: float = 0.7,
                 base: Sequence[float] | None = None, hatched: bool = False, lying: bool = False) -> None:  # fmt: skip
        """Bars at 0, 1, 2, ... moved by `place`; `base` is where each begins."""
        color = self._theme.color(role)
        brush = QBrush(color, HATCH) if hatched else QBrush(color)
        pen = QPen(color, 0) if hatched else QPen(Qt.PenStyle.NoPen)
        starts = base or [0.0] * len(values)
        bars = [(i + place, start, value) for i, (start, value) in enumerate(zip(starts, values, strict=True)) if value]
        if not bars:
            return
        at, start, long = (list(part) for part in zip(*bars, strict=True))
        if lying:
            item = pg.BarGraphItem(x0=start, width=long, y=at, height=width, brush=brush, pen=pen)
        else:
            item = pg.BarGraphItem(x=at, y0=start, height=long, width=width, brush=brush, pen=pen)
        self.plotItem.addItem(item)

    def add_grid(self, most: float, *, lying: bool = False) -> None:
        """Hairlines at the counts, and the range: from nothing to a little over the most."""
        top = max(1.0, most) * 1.08
        (self.setXRange if lying else self.setYRange)(0, top, padding=0)
        grid = QColor(self._theme.color("line"))
        steps = whole_steps(top, HEIGHT if lying else HEIGHT - 2 * UNIT)
        self._counts.setTicks([[(step, f"{step:,.0f}") for step in steps], []])
        for step in steps:
            line = pg.InfiniteLine(step, angle=90 if lying else 0, pen=QPen(grid, 0), movable=False)
            line.setZValue(-10)
            self.plotItem.addItem(line)


class ThroughputPlot(Plot):
    """What arrived and was decided, as bars; what waited, as a line."""

    NAME = "Plot of the throughput"

    def describe(self, figures: Figures) -> str:
        return describe_throughput(figures)

    def draw(self, figures: Figures) -> None:
        spans = figures.spans
        self.add_grid(max((max(s.arrived, s.decided, s.waiting) for s in spans), default=0))
        self.setXRange(-0.6, len(spans) - 0.4, padding=0)
        self.add_bars([s.arrived for s in spans], "low", place=-0.2, width=0.38, hatched=True)
        self.add_bars([s.decided for s in spans], "accent", place=0.2, width=0.38)
        pen = QPen(self._theme.color("high"), 2)
        pen.setCosmetic(True)
        dots = {"symbol": "o", "symbolSize": 5, "symbolPen": None, "symbolBrush": self._theme.color("high")}
        few = dots if len(spans) <= MAX_DOTS else {}
        self.plotItem.plot(list(range(len(spans))), [s.waiting for s in spans], pen=pen, **few)

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        return [(float(place), word) for place, word in choose_days(figures.spans, self.width() // DATE_ROOM)]


class TimesPlot(Plot):
    """How many decisions took how long."""

    NAME = "Plot of the times to decision"

    def describe(self, figures: Figures) -> str:
        return describe_times(figures)

    def draw(self, figures: Figures) -> None:
        counts = [b.count for b in figures.histogram]
        self.add_grid(max(counts, default=0))
        self.setXRange(-0.6, len(counts) - 0.4, padding=0)
        self.add_bars(counts, "accent")

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        return [(float(i), word) for i, word in enumerate(SHORT[: len(figures.histogram)])]


class ReasonsPlot(Plot):
    """Why was rejected, the commonest on top."""

    NAME = "Plot of the reasons for rejection"
    UPRIGHT = False

    def describe(self, figures: Figures) -> str:
        return describe_reasons(figures)

    def draw(self, figures: Figures) -> None:
        counts = [r.count for r in figures.reasons[:MAX_BARS]][::-1]
        self.add_grid(max(counts, default=0), lying=True)
        self.setYRange(-0.6, max(len(counts), 3) - 0.4, padding=0)
        self.add_bars(counts, "critical", width=0.6, lying=True)

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        return _words_beside([r.label for r in figures.reasons[:MAX_BARS]])


class KindsPlot(Plot):
    """What was decided, by kind of app: approved, sent back, rejected, one after the other."""

    NAME = "Plot of the decisions by kind"
    UPRIGHT = False

    def describe(self, figures: Figures) -> str:
        return describe_kinds(figures.kinds)

    def draw(self, figures: Figures) -> None:
        kinds = [k for k in figures.kinds if k.decided][:MAX_BARS][::-1]
        self.add_grid(max((k.decided for k in kinds), default=0), lying=True)
        self.setYRange(-0.6, max(len(kinds), 3) - 0.4, padding=0)
        approved = [float(k.approved) for k in kinds]
        changes = [float(k.changes) for k in kinds]
        both = [a + c for a, c in zip(approved, changes, strict=True)]
        self.add_bars(approved, "good", width=0.6, lying=True)
        self.add_bars(changes, "medium", width=0.6, base=approved, hatched=True, lying=True)
        self.add_bars([k.rejected for k in kinds], "critical", width=0.6, base=both, lying=True)

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        return _words_beside([kind_words(k.kind) for k in figures.kinds if k.decided][:MAX_BARS])


def _words_beside(words: Sequence[str]) -> list[tuple[float, str]]:
    metrics = QFontMetrics(scaled_font(SMALL))
    room, elide = LABEL_ROOM - 16, Qt.TextElideMode.ElideRight
    return [(float(i), metrics.elidedText(word, elide, room)) for i, word in enumerate(reversed(words))]
