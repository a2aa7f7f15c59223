"""A window, or the ground of one, over the fake desk."""

from __future__ import annotations

import gc
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMainWindow

HERE = Path(__file__).resolve().parent


def load_fake():
    """The fake desk by its path: tests have no package to import it from."""
    if "fake_desk" not in sys.modules:
        spec = importlib.util.spec_from_file_location("fake_desk", HERE / "fake_desk.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["fake_desk"] = module
        spec.loader.exec_module(module)
    return sys.modules["fake_desk"]


load_fake()


@pytest.fixture
def fake():
    """The module of the fake desk."""
    return load_fake()


@pytest.fixture
def desk(fake):
    """A desk with five submissions; the first one has a clean run, the others none."""
    return fake.FakeDesk()


@pytest.fixture
def context(qtbot, desk) -> Iterator:
    """A PaneContext over the fake desk, for one pane alone: no submission is open yet."""
    from widgets.actions import Actions
    from widgets.bridge import Bridge
    from widgets.context import PaneContext
    from widgets.theme import Theme

    host = QMainWindow()
    qtbot.addWidget(host)
    theme = Theme("light")
    bridge = Bridge(lambda: desk)
    made = PaneContext(bridge, Actions(theme, host), theme)
    made.host = host
    yield made
    bridge.close()


@pytest.fixture
def put(context):
    """Make a pane, put it into a window that is shown, and delete it before what it stands on.

    A pane that outlives its context is taken apart by the garbage collector in any order, and Qt does
    not survive that.
    """
    import shiboken6

    made = []

    def make(kind, size=(1000, 700)):
        pane = kind(context)
        made.append(pane)
        context.host.setCentralWidget(pane)
        context.host.resize(*size)
        context.host.show()
        return pane

    yield make
    for pane in made:
        if shiboken6.isValid(pane):
            shiboken6.delete(pane)


@pytest.fixture(autouse=True)
def no_collection():
    """Collect on this thread only, as the window does: Qt objects of an earlier test must not die on a worker.

    What is left after a test is here to stay; to walk all of it after each would take a fifth of the suite's time.
    """
    gc.disable()
    yield
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def program(qtbot, desk, tmp_path) -> Iterator:
    """The whole window over the fake desk, shown and filled; the battery of a submission starts only when asked for."""
    from PySide6.QtCore import QSettings

    from widgets.program import Program

    made = Program(lambda: desk, theme="light", geometry=QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
    made.session.auto_run = False
    qtbot.addWidget(made.window)
    made.window.resize(1280, 800)
    with qtbot.waitSignal(made.window.built):
        made.window.show()
    with qtbot.waitSignal(made.session.loaded):
        made.session.start()
        qtbot.waitUntil(lambda: bool(made.session.rows))
        made.session.open(1)
    qtbot.waitUntil(lambda: not made.bridge.pending)
    yield made
    made.close()


@pytest.fixture
def window(program):
    """The window of `program`."""
    return program.window


@pytest.fixture
def open_submission(qtbot, program):
    """Open a submission and wait until all that it started is answered."""

    def open_one(number: int, *, run: bool = True) -> None:
        if program.context.submission is None or program.context.submission.id != number:
            with qtbot.waitSignal(program.session.loaded):
                program.session.open(number)
        if run and program.context.run is None:
            with qtbot.waitSignal(program.session.battery_ended):
                program.context.run_battery()
        qtbot.waitUntil(lambda: not program.bridge.pending)

    return open_one


@pytest.fixture
def office(desk):
    """The fake desk's end of a marketplace that answers."""
    desk.marketplace.connect_fake()
    return desk.marketplace


@pytest.fixture
def shown(qtbot, office, program):
    """The window after the first sync of its marketplace."""
    market = program.session.market
    market.reload()
    qtbot.waitUntil(lambda: "refresh" in office.asked and not market.syncing and not program.bridge.pending)
    program.window.messages.clear()
    return program.window
