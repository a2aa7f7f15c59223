"""Contrast of both themes, and the drawings."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtGui import QColor

from checks import Outcome, Severity
from widgets.checklist_model import STATUSES
from widgets.queue_model import DECIDED
from widgets.theme import DARK, ICONS, LIGHT, MESSAGES, OUTCOMES, SEVERITIES, Theme, draw_pixmap, make_palette

GROUNDS = ("window", "base", "panel")
INKS = ("text", "muted", "accent", "critical", "high", "medium", "low", "info", "good")


def luminance(color: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2: 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_can_be_read(colors, ink, ground):
    assert contrast(getattr(colors, ink), getattr(colors, ground)) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("role", ["critical", "high", "medium", "low", "info", "good"])
def test_badges_can_be_read(colors, role):
    assert contrast(getattr(colors, role), getattr(colors, f"tint_{role}")) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_selection_and_buttons_can_be_read(colors):
    for ink in INKS:
        assert contrast(getattr(colors, ink), colors.selection) >= 4.5, ink
        assert contrast(getattr(colors, ink), colors.tint_info) >= 4.5, ink
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    for tint in (f.name for f in dataclasses.fields(colors) if f.name.startswith("tint_")):
        assert contrast(colors.text, getattr(colors, tint)) >= 4.5, tint


@pytest.mark.parametrize("marks", [SEVERITIES, OUTCOMES, MESSAGES, STATUSES, DECIDED])
def test_nothing_is_told_by_colour_alone(marks):
    shapes, words = [m.icon for m in marks.values()], [m.word for m in marks.values()]
    assert len(set(words)) == len(words)
    assert all(words)
    if marks is not MESSAGES:  # a warning and an error share the shape, and differ in word and ground
        assert len(set(shapes)) == len(shapes)


def test_every_state_has_a_mark():
    assert set(SEVERITIES) == set(Severity)
    assert set(OUTCOMES) == set(Outcome)


@pytest.mark.parametrize("name", sorted(p.stem for p in ICONS.glob("*.svg")))
def test_icons_are_drawn_in_the_colour_asked_for(qapp, name):
    image = draw_pixmap(name, "#ff0000", 32, 1.0).toImage()
    inked = [c for x in range(32) for y in range(32) if (c := image.pixelColor(x, y)).alpha() > 200]
    assert inked
    assert all(c.red() > 200 and c.green() < 60 for c in inked)


def test_the_palette_follows_the_choice(qapp):
    theme = Theme("light")
    told = []
    theme.changed.connect(lambda: told.append(theme.is_dark))
    theme.choose("dark")
    assert qapp.palette().window().color() == QColor(DARK.window)
    theme.choose("dark")
    theme.choose("light")
    assert told == [True, False]
    assert qapp.palette().window().color() == QColor(LIGHT.window)


def test_disabled_text_is_another_colour():
    palette = make_palette(LIGHT)
    group = palette.ColorGroup
    assert palette.color(group.Disabled, palette.ColorRole.Text) != palette.color(group.Active, palette.ColorRole.Text)
