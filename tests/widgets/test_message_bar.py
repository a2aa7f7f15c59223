"""The message bar: what asks to do something waits for the reviewer, what only tells goes away."""

from __future__ import annotations

import pytest

from widgets.context import MessageAction
from widgets.message_bar import MessageBar
from widgets.theme import Theme

OFFER = MessageAction("Run again", lambda: None)


@pytest.fixture
def bar(qtbot):
    made = MessageBar(Theme("light"))
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize(
    ("kind", "action", "goes"),
    [
        ("info", None, True),
        ("info", OFFER, False),
        ("good", None, True),
        ("good", OFFER, True),
        ("warning", None, True),
        ("warning", OFFER, False),
        ("error", None, False),
        ("error", OFFER, False),
    ],
)
def test_what_asks_to_do_something_stays(bar, kind, action, goes):
    bar.say("The submission was changed.", kind, action)
    assert bar._timer.isActive() == goes


def test_an_offer_is_not_lost_behind_an_error(bar):
    bar.say("It failed.", "error")
    bar.say("The submission was changed.", "info", OFFER)
    bar.dismiss.click()
    assert bar.label.text() == "The submission was changed."
    assert bar.button.text() == "Run again"
