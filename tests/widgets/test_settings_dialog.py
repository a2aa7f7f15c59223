"""The settings: what was not touched stays exactly as it was."""

from __future__ import annotations

import pytest

from app.settings import Settings, UnpackLimits
from widgets.settings_dialog import SettingsDialog

ODD = Settings("Rita", "financial", "reduced", 3, 700, "dark", UnpackLimits(5, 12_345_678, 1_500_001, 9, 2, 61))


@pytest.fixture
def dialog(qtbot, program):
    saved = []

    def make(settings):
        made = SettingsDialog(
            program.context, settings, ("standard", "enterprise", "financial"), saved.append, program.window
        )
        made.saved = saved
        return made

    return make


@pytest.mark.parametrize("settings", [Settings(), ODD], ids=["defaults", "odd"])
def test_reading_gives_back_what_was_put_in(dialog, settings):
    assert dialog(settings).read() == settings


def test_saving_hands_over_what_was_changed(dialog):
    shown = dialog(ODD)
    shown.size.setValue(100)
    shown.isolation.setCurrentIndex(shown.isolation.findData("bubblewrap"))
    shown.accept()
    (saved,) = shown.saved
    assert saved.limits.bytes == 100 << 20
    assert saved.limits.entry_bytes == ODD.limits.entry_bytes
    assert saved.isolation == "bubblewrap"


def test_every_choice_of_the_file_can_be_chosen(dialog):
    from app.settings import ISOLATIONS

    shown = dialog(Settings())
    assert {shown.isolation.itemData(i) for i in range(shown.isolation.count())} == set(ISOLATIONS)


def test_the_name_shows_its_focus_like_every_other_field(qtbot, window):
    from widgets.parts import Field
    from widgets.settings_dialog import SettingsDialog

    window.context.actions.trigger("settings")
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
    dialog = window.findChild(SettingsDialog)
    assert isinstance(dialog.reviewer, Field)
    dialog.reject()
