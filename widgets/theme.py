"""How the window looks: colours of both themes, severity by shape, word and colour, icons, spacing.

Colours reach WCAG AA (4.5 to 1 for text) on the window's, the list's and the panel's ground in both
themes; a test computes it. Widgets take colours from the palette's roles, or from `Theme.colors` where Qt
has no role for the meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.paths import RESOURCES
from checks import Outcome, Severity

ICONS = RESOURCES / "icons"

# the grid, in device-independent pixels
HALF, UNIT, GAP, WIDE = 4, 8, 16, 24
RADIUS = 6
ICON = 16
ROW = 28  # height of a one-line row
ROW_TALL = 48  # height of a two-line row


@dataclass(frozen=True, slots=True)
class Colors:
    """Colours by meaning, as #rrggbb."""

    window: str
    base: str
    panel: str  # a raised strip: headers, cards, alternate rows
    line: str  # hairlines between things
    text: str
    muted: str
    accent: str
    on_accent: str
    selection: str  # the chosen rows of the list that has the keyboard; elsewhere tint_info
    critical: str
    high: str
    medium: str
    low: str
    info: str
    good: str
    tint_critical: str  # quiet grounds behind the words of a badge, a message, a diff line
    tint_high: str
    tint_medium: str
    tint_low: str
    tint_info: str
    tint_good: str


LIGHT = Colors(
    window="#f5f6f8",
    base="#ffffff",
    panel="#eef0f4",
    line="#d5dae2",
    text="#1b2028",
    muted="#56606d",
    accent="#2355c4",
    on_accent="#ffffff",
    selection="#d7e3fb",
    critical="#a10f3c",
    high="#b23a0a",
    medium="#7f5500",
    low="#2a5f8a",
    info="#56606d",
    good="#1a6b36",
    tint_critical="#fbe3ea",
    tint_high="#fde9de",
    tint_medium="#fbf0d4",
    tint_low="#e2eef8",
    tint_info="#e9ecf1",
    tint_good="#dff3e5",
)
DARK = Colors(
    window="#15181d",
    base="#1b1f26",
    panel="#232830",
    line="#363d48",
    text="#e4e8ee",
    muted="#a0abb8",
    accent="#82acff",
    on_accent="#0e1420",
    selection="#263c69",
    critical="#ff8aa5",
    high="#ff9f68",
    medium="#e8c05a",
    low="#86bdec",
    info="#a0abb8",
    good="#74d394",
    tint_critical="#43212d",
    tint_high="#42291b",
    tint_medium="#3a311a",
    tint_low="#1f3245",
    tint_info="#2b313b",
    tint_good="#1d3828",
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state is shown: never by colour alone. `role` and `tint` name fields of Colors."""

    shape: str
    word: str
    icon: str
    role: str
    tint: str


SEVERITIES: dict[Severity, Mark] = {
    Severity.CRITICAL: Mark("◆", "critical", "severity-critical", "critical", "tint_critical"),
    Severity.HIGH: Mark("▲", "high", "severity-high", "high", "tint_high"),
    Severity.MEDIUM: Mark("■", "medium", "severity-medium", "medium", "tint_medium"),
    Severity.LOW: Mark("▼", "low", "severity-low", "low", "tint_low"),
    Severity.INFO: Mark("○", "info", "severity-info", "info", "tint_info"),
}
OUTCOMES: dict[Outcome, Mark] = {
    Outcome.CLEAN: Mark("✓", "clean", "check", "good", "tint_good"),
    Outcome.FOUND: Mark("✗", "found", "cross", "high", "tint_high"),
    Outcome.SKIPPED: Mark("–", "skipped", "minus", "info", "tint_info"),
    Outcome.UNAVAILABLE: Mark("⊘", "unavailable", "unavailable", "medium", "tint_medium"),
    Outcome.ERROR: Mark("!", "error", "alert", "critical", "tint_critical"),
    Outcome.TIMEOUT: Mark("◷", "timeout", "clock", "critical", "tint_critical"),
    Outcome.CANCELLED: Mark("×", "cancelled", "stop", "medium", "tint_medium"),
}
LIMITED = Mark("≈", "clean, limited", "shield-alert", "medium", "tint_medium")
# the colour and icon of a message by its kind
MESSAGES: dict[str, Mark] = {
    "info": Mark("i", "note", "info", "low", "tint_low"),
    "good": Mark("✓", "done", "check", "good", "tint_good"),
    "warning": Mark("!", "warning", "alert", "medium", "tint_medium"),
    "error": Mark("✗", "error", "alert", "critical", "tint_critical"),
}


def make_palette(colors: Colors) -> QPalette:
    """Every role that Fusion paints with, for all three states."""
    p, role, group = QPalette(), QPalette.ColorRole, QPalette.ColorGroup
    roles = {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.base,
        role.AlternateBase: colors.panel,
        role.Text: colors.text,
        role.PlaceholderText: colors.muted,
        role.Button: colors.panel,
        role.ButtonText: colors.text,
        role.BrightText: colors.critical,
        role.ToolTipBase: colors.panel,
        role.ToolTipText: colors.text,
        role.Highlight: colors.selection,
        role.HighlightedText: colors.text,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.Accent: colors.accent,
        role.Light: colors.base,
        role.Midlight: colors.panel,
        role.Mid: colors.line,
        role.Dark: colors.line,
        role.Shadow: colors.line,
    }
    for name, value in roles.items():
        p.setColor(name, QColor(value))
    p.setColor(group.Inactive, role.Highlight, QColor(colors.tint_info))
    dim = QColor(colors.muted)
    dim.setAlphaF(0.65)
    for name in (role.WindowText, role.Text, role.ButtonText):
        p.setColor(group.Disabled, name, dim)
    p.setColor(group.Disabled, role.Highlight, QColor(colors.panel))
    return p


@lru_cache(maxsize=256)
def _read_icon(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def draw_pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    """An icon of resources/icons in one colour; the drawings use currentColor."""
    renderer = QSvgRenderer(QByteArray(_read_icon(name).replace("currentColor", color).encode()))
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@lru_cache(maxsize=512)
def _draw_icon(name: str, color: str, disabled: str) -> QIcon:
    icon = QIcon()
    for size in (16, 24, 32):
        for ratio in (1.0, 2.0):
            icon.addPixmap(draw_pixmap(name, color, size, ratio))
            # else Qt blends it with the selection, and the colour that means something is gone
            icon.addPixmap(draw_pixmap(name, color, size, ratio), QIcon.Mode.Selected)
            icon.addPixmap(draw_pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return icon


class Theme(QObject):
    """The theme in force: follows the system unless the setting says light or dark."""

    changed = Signal()

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self.colors = LIGHT
        self.is_dark = False
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda *_: self._follow())
        self._follow(first=True)

    def choose(self, choice: str) -> None:
        """system, light or dark."""
        self._choice = choice
        self._follow()

    def _follow(self, first: bool = False) -> None:
        scheme = QGuiApplication.styleHints().colorScheme()
        dark = self._choice == "dark" or (self._choice == "system" and scheme == Qt.ColorScheme.Dark)
        if dark == self.is_dark and not first:
            return
        self.is_dark, self.colors = dark, DARK if dark else LIGHT
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(make_palette(self.colors))
        if not first:
            self.changed.emit()

    def color(self, role: str) -> QColor:
        """A colour by its meaning, a field of Colors."""
        return QColor(getattr(self.colors, role))

    def icon(self, name: str, role: str = "text") -> QIcon:
        """An icon of resources/icons, tinted; ask again after `changed`."""
        return _draw_icon(name, getattr(self.colors, role), self.colors.line)

    def pixmap(self, name: str, role: str = "text", size: int = ICON, ratio: float = 1.0) -> QPixmap:
        """The same as a pixmap, for painting."""
        return draw_pixmap(name, getattr(self.colors, role), size, ratio)

    def severity_icon(self, severity: Severity) -> QIcon:
        """Shape and colour of a severity; the word goes beside it."""
        mark = SEVERITIES[severity]
        return self.icon(mark.icon, mark.role)

    def on_change(self, follow: Callable[[], object]) -> None:
        """Call now, and again whenever the theme changes."""
        follow()
        self.changed.connect(follow)


def outcome_mark(outcome: Outcome, limitation: str) -> Mark:
    """How an outcome is shown; nothing found by a check that did only a part of its work is never simply clean."""
    return LIMITED if outcome is Outcome.CLEAN and limitation else OUTCOMES[outcome]


def mono_font() -> QFont:
    """The platform's fixed-width font, at the size of the window's text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    size = QApplication.font().pointSizeF()
    if size > 0:
        font.setPointSizeF(size)
    return font


def scaled_font(factor: float, *, bold: bool = False) -> QFont:
    """The window's font in another size, for headings and small print."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font
