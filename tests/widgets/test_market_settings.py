"""The marketplace in the settings: fields that are checked, a secret that stays nowhere, and what connecting says."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtWidgets import QLineEdit

from app.marketplace.errors import Denied
from app.settings import MarketSettings, Settings
from widgets.settings_dialog import SettingsDialog

FULL = MarketSettings(
    "https://market.example/v2", "60f1a7c2", "/etc/ca.pem", "ab" * 32, "http://proxy.example:3128", 7, 33, "inReview",
    ("files",), "security@market.example",
)  # fmt: skip
SECRET = "s3cr3t-Wort"
NONE = MarketSettings()


@pytest.fixture
def dialog(qtbot, program, desk):
    made = []

    def make(market=NONE, **more):
        settings = Settings("Rita", marketplace=market)
        desk.settings = settings
        told = []
        shown = SettingsDialog(
            program.context, settings, ("standard",), told.append, program.window,
            on_connect=lambda *a: told.append(a), **more,
        )  # fmt: skip
        shown.told = told
        shown.open()
        made.append(shown)
        qtbot.waitUntil(lambda: not program.bridge.pending)
        return shown

    yield make
    for one in made:
        if shiboken6.isValid(one):
            one.reject()


@pytest.mark.parametrize("market", [MarketSettings(), FULL], ids=["defaults", "full"])
def test_reading_gives_back_what_was_put_in(dialog, market):
    assert dialog(market).read().marketplace == market


def test_it_scrolls_and_is_never_higher_than_the_window(dialog, window):
    shown = dialog(FULL, section="marketplace")
    assert shown.height() <= window.height()
    bar = shown.scroll.verticalScrollBar()
    assert bar.maximum() > 0 and shown.scroll.horizontalScrollBar().maximum() == 0


def test_the_section_is_gone_to(qtbot, dialog):
    shown = dialog(FULL, section="marketplace")
    qtbot.waitUntil(lambda: shown.scroll.verticalScrollBar().value() > 0)
    assert shown.focusWidget() is shown.market.secret
    empty = dialog(section="marketplace")
    qtbot.waitUntil(lambda: empty.focusWidget() is empty.market.address)


def test_what_cannot_be_used_is_said_at_once_and_not_saved(dialog):
    shown = dialog(FULL)
    form = shown.market
    for field, text, said in (
        ("address", "http://market.example/v2", "only https"),
        ("address", "market", "is no address of an API"),
        ("address", "https://[::1/v2", "is no address of an API"),
        ("address", "", "no marketplace is set up"),
        ("id", "a:b", "missing or has a colon"),
        ("pin", "12", "SHA-256 in hex"),
    ):
        assert form.problem.isHidden()
        getattr(form, field).setText(text)
        assert said in form.problem.text() and not form.problem.isHidden()
        form.secret.setText(SECRET)
        assert not form.connect_button.isEnabled()
        form.secret.setText("")
        shown.accept()
        assert shown.isVisible() and not shown.told
        getattr(form, field).setText(getattr(FULL, field))
    shown.accept()
    assert shown.told[0].marketplace == FULL


def test_no_marketplace_at_all_is_fine(dialog):
    shown = dialog()
    shown.accept()
    assert shown.told[0].marketplace == MarketSettings()


def test_connecting_saves_tries_and_says_where_the_secret_is(qtbot, dialog, desk):
    shown = dialog(replace(FULL, address=""))
    form = shown.market
    form.address.setText("https://other.example/v2/")
    form.secret.setText(SECRET)
    assert form.secret.echoMode() == QLineEdit.EchoMode.Password
    form.connect_button.click()
    assert form.secret.text() == "" and not form.secret.isUndoAvailable()
    assert form.said.text() == "Connecting…"
    qtbot.waitUntil(lambda: form.said.text() == "Connected. kept in the keyring")
    assert desk.marketplace.secrets == [SECRET]
    assert desk.settings.marketplace.address == "https://other.example/v2"
    assert shown.told == [(desk.settings.marketplace, True)]
    qtbot.waitUntil(lambda: form.secret.placeholderText() == "Kept in the keyring")
    assert not form.disconnect_button.isHidden()
    assert SECRET not in repr(desk.settings)
    shown.reviewer.setText("Mara")
    shown.accept()
    assert shown.told[1].marketplace.address == "https://other.example/v2"


def test_a_secret_that_is_refused_is_told_in_one_line(qtbot, dialog, desk):
    desk.marketplace.fail = Denied("other.example: the secret is wrong or has expired")
    shown = dialog(FULL)
    form = shown.market
    form.secret.setText(SECRET)
    form.connect_now()
    qtbot.waitUntil(lambda: "expired" in form.said.text())
    assert form.said.text().endswith("The settings are saved; this secret was not kept.")
    assert form.secret.text() == "" and shown.told == [(desk.settings.marketplace, False)]
    assert "Kept" not in form.secret.placeholderText()


def test_a_long_place_is_told_short_and_whole_in_the_tip(qtbot, dialog, desk):
    desk.marketplace.place = "in /home/rita/.config/assay/marketplace-secret (mode 0600)"
    shown = dialog(FULL)
    assert shown.market.secret.placeholderText() == "Kept in a file that only you can read"
    assert "mode 0600" in shown.market.secret.toolTip()


def test_disconnecting_forgets_and_says_what_stays(qtbot, dialog, desk):
    desk.marketplace.place = "in KWallet"
    form = dialog(FULL).market
    form.disconnect_button.click()
    qtbot.waitUntil(lambda: "What waits to be sent stays here" in form.said.text())
    assert desk.marketplace.place == "" and form.disconnect_button.isHidden()


def test_save_does_not_lose_a_secret_that_was_typed(dialog):
    shown = dialog(FULL)
    shown.market.secret.setText(SECRET)
    shown.accept()
    assert shown.isVisible() and "Press Connect" in shown.market.said.text()
    shown.reject()
    assert shown.market.secret.text() == ""


def test_closing_while_it_connects(qtbot, dialog, desk, program):
    desk.marketplace.hold()
    shown = dialog(FULL)
    shown.market.secret.setText(SECRET)
    shown.market.connect_now()
    shown.reject()
    desk.marketplace.release()
    qtbot.waitUntil(lambda: "Connected to 60f1a7c2" in program.window.messages.label.text())
