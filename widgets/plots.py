"""The plots of the dashboard. Only this module knows pyqtgraph; it is loaded when the dashboard first has figures.

A plot is to look at: it neither pans nor zooms, and the wheel scrolls what is around it. Whoever cannot see it has a
sentence (its accessible description) and the table of its numbers beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QBrush, QColor, QPen, QResizeEvent, QWheelEvent

from app.marketplace.figures_words import Figures
from widgets.figure_words import (
    choose_days,
    describe_kinds,
    describe_reasons,
    describe_throughput,
    describe_times,
    kind_words,
)
from widgets.theme import Theme, scaled_font

# the program tears its windows down in order; the library's walk over every object at exit is not wanted
pg.setConfigOptions(useOpenGL=False, antialias=True, exitCleanup=False, enableExperimental=False)

HEIGHT = 190
DATE_ROOM = 64  # px of one date on the axis
LABEL_ROOM = 210  # px for the words of a bar that lies
SHORT = ("<1 h", "1–4 h", "4–24 h", "1–2 d", "2–3 d", "3–5 d", "5–7 d", "1–2 wk", "2–4 wk", ">4 wk")
MAX_BARS = 7
HATCH = Qt.BrushStyle.BDiagPattern


class WholeAxis(pg.AxisItem):  # type: ignore[misc] - the library has no types
    """An axis of counts: whole numbers only."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        span = max(1.0, maxVal - minVal)
        wanted = max(2.0, min(5.0, size / 36))
        step = 10 ** math.floor(math.log10(max(1.0, span / wanted)))
        for factor in (1, 2, 5, 10):
            if span / (step * factor) <= wanted:
                step *= factor
                break
        return [(max(1.0, float(step)), 0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [f"{round(value):,}" for value in values]


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A picture of numbers in the theme's colours. `upright` False: the bars lie, their words on the left."""

    def __init__(self, theme: Theme, name: str, *, upright: bool = True) -> None:
        counts, words = ("left", "bottom") if upright else ("bottom", "left")
        self._words = pg.AxisItem(words)
        self._counts = WholeAxis(counts)
        super().__init__(axisItems={words: self._words, counts: self._counts})
        self._theme = theme
        self._figures: Figures | None = None
        self.setAccessibleName(name)
        self.setMinimumHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setInteractive(False)
        self.setMouseEnabled(x=False, y=False)
        self.plotItem.setMenuEnabled(False)
        self.plotItem.hideButtons()
        self.plotItem.getViewBox().setDefaultPadding(0.0)
        for axis in (self._words, self._counts):
            axis.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=True)
            axis.setTickFont(scaled_font(0.85))
        if not upright:
            self._words.setWidth(LABEL_ROOM)
            self._words.setStyle(autoReduceTextSpace=False)
        theme.changed.connect(self._tint)
        self._tint()

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
        if self._figures is not None:
            self._words.setTicks([self.label(self._figures), []])

    def add_bars(self, values: Sequence[float], role: str, *, place: float = 0.0, width: float = 0.7,
                 base: Sequence[float] | None = None, hatched: bool = False, lying: bool = False) -> None:  # fmt: skip
        """Bars at 0, 1, 2, ... moved by `place`; `base` is where each begins."""
        color = self._theme.color(role)
        brush = QBrush(color, HATCH) if hatched else QBrush(color)
        pen = QPen(color, 0) if hatched else QPen(Qt.PenStyle.NoPen)
        at = [i + place for i in range(len(values))]
        start = list(base or [0.0] * len(values))
        if lying:
            item = pg.BarGraphItem(x0=start, width=list(values), y=at, height=width, brush=brush, pen=pen)
        else:
            item = pg.BarGraphItem(x=at, y0=start, height=list(values), width=width, brush=brush, pen=pen)
        self.plotItem.addItem(item)

    def add_grid(self, most: float, *, lying: bool = False) -> None:
        """Hairlines at the counts, and the range: from nothing to a little over the most."""
        top = max(1.0, most) * 1.08
        (self.setXRange if lying else self.setYRange)(0, top, padding=0)
        grid = QColor(self._theme.color("line"))
        for step in self._grid_steps(top):
            line = pg.InfiniteLine(step, angle=90 if lying else 0, pen=QPen(grid, 0), movable=False)
            line.setZValue(-10)
            self.plotItem.addItem(line)

    def _grid_steps(self, top: float) -> list[float]:
        step = self._counts.tickSpacing(0, top, HEIGHT - 40)[0][0]
        return [step * i for i in range(int(top / step) + 1)]


class ThroughputPlot(Plot):
    """What arrived and was decided, as bars; what waited, as a line."""

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
        dots = {"symbol": "o", "symbolSize": 5} if len(spans) <= 31 else {}
        self.plotItem.plot(
            list(range(len(spans))), [s.waiting for s in spans], pen=pen, symbolPen=None,
            symbolBrush=self._theme.color("high"), **dots,
        )  # fmt: skip

    def label(self, figures: Figures) -> list[tuple[float, str]]:
        return [(float(place), word) for place, word in choose_days(figures.spans, self.width() // DATE_ROOM)]


class TimesPlot(Plot):
    """How many decisions took how long."""

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
    from PySide6.QtGui import QFontMetrics

    metrics = QFontMetrics(scaled_font(0.85))
    room, elide = LABEL_ROOM - 16, Qt.TextElideMode.ElideRight
    return [(float(i), metrics.elidedText(word, elide, room)) for i, word in enumerate(reversed(words))]
