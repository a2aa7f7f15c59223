"""The window as a whole: names for a screen reader, plain text, states, coming and going."""

from __future__ import annotations

import gc
import signal

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDialog, QLabel, QLineEdit, QScrollBar, QWidget

from app.model import Isolation
from widgets.application import close_when_interrupted
from widgets.dialogs import place_of
from widgets.header import isolation_mark
from widgets.parts import Button, Splitter, walk
from widgets.program import Program


def focusable(root):
    """Every widget below that the keyboard can reach; parts of a combined widget speak through the whole."""
    for widget in [root, *root.findChildren(QWidget)]:
        inside = isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox)
        inside = inside or widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar | QLabel)
        inside = inside or isinstance(widget.parent() and widget.parent().parent(), QComboBox)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not inside:
            yield widget


def window_tabs():
    from widgets.main_window import MainWindow

    return [id for id, _, _ in MainWindow.TABS]


def describe(widget):
    path = []
    while widget is not None:
        path.append(f"{type(widget).__name__}({widget.objectName()})")
        widget = widget.parentWidget()
    return " < ".join(path[:4])


def nameless(root):
    return [describe(w) for w in focusable(root) if not w.accessibleName() and not getattr(w, "text", lambda: "")()]


def test_every_focusable_widget_has_a_name(window, open_submission):
    open_submission(2)
    assert not nameless(window)


@pytest.mark.parametrize(
    "action",
    ["settings", "keys", "about", "history", "set-baseline", "set-kind", "set-profile", "approve", "search-archive",
     "outbox", "market-settings"],
)
def test_every_dialog_has_names_too(qtbot, window, open_submission, action):
    open_submission(2)
    assert window.context.actions.trigger(action)
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QDialog)))
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    assert dialog.windowTitle()
    assert not nameless(dialog)
    dialog.reject()


def test_labels_never_read_markup(window, open_submission):
    open_submission(2)
    rich = [
        describe(label)
        for label in window.findChildren(QLabel)
        if label.textFormat() != Qt.TextFormat.PlainText and label.text()
    ]
    assert not rich


def test_a_hostile_title_is_shown_as_it_is(qtbot, program, window, desk, open_submission):
    from dataclasses import replace

    evil = "<img src='file:///etc/passwd'> & <b>bold</b> &amp; [*]"
    desk._submissions[3] = replace(desk.submission(3), title=evil)
    program.session.set_submissions(desk.submissions())
    open_submission(3, run=False)
    assert window.header._title.text() == evil
    assert "<img" not in window.header._title.toolTip()
    assert "bold" in window.windowTitle()


def test_the_header_names_what_is_open(window, open_submission):
    open_submission(2)
    assert window.header._title.text() == "Acme Notes"
    assert window.header._version.text() == "2.5.0"
    assert window.header.baseline.text() == "against 2.4.1"
    assert window.windowTitle().startswith("Acme Notes 2.5.0")


def test_the_whole_hash_is_copied(window, desk, open_submission):
    open_submission(2)
    window.header.sha.click()
    assert QApplication.clipboard().text() == desk.submission(2).artifact.sha256


@pytest.mark.parametrize(
    ("isolation", "word", "role"),
    [
        (Isolation("bubblewrap", True, ("no network",)), "isolated (bubblewrap)", "good"),
        (Isolation("reduced", False, (), ("namespaces",)), "REDUCED ISOLATION", "critical"),
        (Isolation("none", False, ()), "NO ISOLATION", "critical"),
        (Isolation("unavailable", False, (), ("bubblewrap is not installed",)), "NO SANDBOX", "critical"),
    ],
)
def test_missing_isolation_is_loud(isolation, word, role):
    mark, text = isolation_mark(isolation)
    assert (text, mark.role) == (word, role)


def test_an_empty_queue_invites(qtbot, fake, tmp_path):
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    program = Program(lambda: fake.FakeDesk(empty=True), theme="dark", geometry=settings)
    qtbot.addWidget(program.window)
    with qtbot.waitSignal(program.window.built):
        program.window.show()
    with qtbot.waitSignal(program.session.ready):
        program.session.start()
    assert program.window.empty.isVisible()
    assert "Drop a file" in program.window.empty.text.text()
    assert program.window.open_button.isVisible()
    assert not program.window.right.isVisible()
    program.close()


def test_a_desk_that_does_not_open_says_so_and_tries_again(qtbot, desk, tmp_path):
    broken = [True]

    def factory():
        if broken:
            raise ValueError("settings.toml: theme must be system, light or dark")
        return desk

    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    program = Program(factory, theme="light", geometry=settings)
    program.session.auto_run = False
    qtbot.addWidget(program.window)
    with qtbot.waitSignal(program.window.built):
        program.window.show()
    with qtbot.waitSignal(program.session.failed):
        program.session.start()
    assert "settings.toml" in program.window.empty.text.text()
    broken.clear()
    with qtbot.waitSignal(program.session.ready):
        program.window.retry.click()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert program.context.submission is not None
    program.close()


def test_places_come_back_at_the_next_start(qtbot, desk, tmp_path):
    path = str(tmp_path / "w.ini")
    sizes = []
    last = window_tabs()[-1]
    for number in range(2):
        program = Program(lambda: desk, theme="light", geometry=QSettings(path, QSettings.Format.IniFormat))
        program.session.auto_run = False
        qtbot.addWidget(program.window)
        with qtbot.waitSignal(program.window.built):
            program.window.show()
        if number == 0:
            program.window.show_tab(last)
            program.window.splitter.setSizes([300, 600, 380])
        sizes.append((program.window.tabs.currentIndex(), program.window.splitter.saveState()))
        program.window.close()
        program.close()
    assert sizes[0] == sizes[1]
    assert sizes[1][0] == window_tabs().index(last)


def test_the_theme_is_a_setting(qtbot, program, desk, window):
    with qtbot.waitSignal(program.theme.changed):
        program.context.actions.trigger("theme-dark")
    qtbot.waitUntil(lambda: desk.settings.theme == "dark")
    with qtbot.waitSignal(program.theme.changed):
        program.context.actions.trigger("theme-light")


def test_closing_cancels_what_is_at_work(qtbot, program, desk, window, open_submission):
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    qtbot.waitUntil(lambda: program.session.runs.percent(2) > 0)
    with qtbot.waitSignal(program.session.battery_ended):
        window.close()
        desk.release()
    assert desk.last_run(2).cancelled


def test_an_error_is_not_pushed_aside_by_a_note(window):
    window.messages.say("It failed.", "error")
    window.messages.say("By the way.", "info")
    assert window.messages.label.text() == "It failed."
    window.messages.say("Another failure.", "error")
    window.messages.say("The battery is finished.", "good")
    window.messages.say("It is incomplete.", "warning")
    assert window.messages.label.text() == "It failed."
    assert window.messages.dismiss.text() == "1 more"
    shown = []
    for _ in range(3):
        window.messages.dismiss.click()
        shown.append(window.messages.label.text() if window.messages.isVisible() else "")
    assert shown == ["Another failure.", "It is incomplete.", ""]


def test_errors_that_wait_are_all_told_and_may_be_cleared_at_once(window):
    for number in range(3):
        window.messages.say(f"Failure {number}.", "error")
        window.messages.say(f"Failure {number}.", "error")
    assert window.messages.dismiss.text() == "2 more"
    window.messages.clear()
    assert not window.messages.isVisible()
    window.messages.say("Failure 3.", "error")
    assert window.messages.dismiss.text() == ""


def test_widgets_fit_at_the_smallest_size(window, open_submission):
    open_submission(2)
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert window.width() <= 1024
    for widget in (
        window.decision.approve,
        window.decision.reject,
        window.decision.changes,
        window.header.strip.button,
    ):
        assert widget.width() >= widget.sizeHint().width() - 1, widget.text()


def test_a_collection_of_garbage_takes_nothing_away(qtbot, window, open_submission):
    """The binding may believe wrong things about who belongs to whom, and widgets in use are then collected."""
    open_submission(2)
    for tab, _, _ in window.TABS:
        window.show_tab(tab)
        QApplication.processEvents()
        window.grab()
    splitters = walk(window, Splitter)
    assert len(splitters) >= 4
    names = {s.objectName() for s in splitters}
    gone = []
    for splitter in splitters:
        splitter.destroyed.connect(lambda *_: gone.append(1))
    del splitter, splitters
    gc.collect()
    assert not gone
    assert {s.objectName() for s in walk(window, Splitter)} == names


@pytest.mark.parametrize("tab", ["package", "files", "diff", "findings", "battery"])
def test_the_key_of_a_tab_leads_into_its_list(qtbot, window, open_submission, tab):
    open_submission(2)
    window.show_tab(tab)
    qtbot.waitUntil(lambda: window.panes[tab].focusProxy().isVisible())
    window.queue.view.setFocus()
    window.context.actions.trigger(f"tab-{tab}")
    view = window.panes[tab].focusProxy()
    assert window.focusWidget() is view
    assert view.currentIndex().isValid()


def test_an_empty_pane_does_not_leave_the_keys_in_the_queue(window, open_submission):
    open_submission(3, run=False)
    window.queue.view.setFocus()
    for tab, _, _ in window.TABS:
        window.context.actions.trigger(f"tab-{tab}")
        assert window.focusWidget() is not window.queue.view, tab


def test_only_the_list_with_the_keyboard_shows_it(window):
    from PySide6.QtWidgets import QStyleOptionViewItem

    from widgets.list_parts import selection_role

    option = QStyleOptionViewItem()
    option.widget = window.queue.view
    window.activateWindow()
    window.queue.view.setFocus()
    assert selection_role(option) == ("selection" if window.queue.view.hasFocus() else "tint_info")
    window.queue.filter.setFocus()
    assert selection_role(option) == "tint_info"


@pytest.mark.parametrize("tab", ["overview", "package", "files", "diff", "findings", "battery"])
def test_panes_are_not_cut_off_in_a_small_window(qtbot, window, open_submission, tab):
    open_submission(2)
    window.resize(1024, 700)
    window.show_tab(tab)
    pane = window.panes[tab]
    qtbot.waitUntil(lambda: pane.isVisible() and pane.width() < 560)
    page = pane.layout().currentWidget()
    qtbot.waitUntil(lambda: page.minimumSizeHint().width() <= pane.width(), timeout=1000)
    table = getattr(pane, "table", None)
    if table is not None:
        header = table.horizontalHeader()
        shown = [n for n in range(header.count()) if not header.isSectionHidden(n)]
        assert sum(header.sectionSize(n) for n in shown) <= table.viewport().width()
        assert min(header.sectionSize(n) for n in shown) >= 40


def test_all_tabs_can_be_seen_in_the_smallest_window(qtbot, window, open_submission):
    open_submission(2)
    for tab, note in (("package", "12 new"), ("diff", "1,204"), ("findings", "20,000"), ("battery", "⊘ 12")):
        window.context.note_tab(tab, note)
    for size in (window.minimumSize(), window.minimumSize() * 2, window.minimumSize()):
        window.resize(size)
        qtbot.waitUntil(lambda: window.tabs.tabRect(window.tabs.count() - 1).right() <= window.tabs.width())
        assert window.tabs.tabRect(0).left() >= 0
        assert window.tabs.tabRect(0).width() > window.fontMetrics().horizontalAdvance("Overview")


def test_the_checklist_keeps_some_of_its_list_in_the_smallest_window(window, open_submission):
    open_submission(2)
    window.resize(window.minimumSize())
    QApplication.processEvents()
    assert window.checklist.view.height() >= 120


def test_the_sheet_of_keys_says_where_each_holds(window):
    shown = [(place_of(o), key) for o in window.context.actions for key in o.keys]
    assert {("Checklist", "1"), ("Findings", "1"), ("Diff", "N"), ("Queue", "Ctrl+F")} <= set(shown)
    assert len(shown) == len(set(shown))


def test_an_empty_queue_does_not_repeat_the_invitation(window):
    window.queue._set_rows([])
    assert window.queue._empty.isVisible()
    assert "rop a" in window.empty.text.text() and "rop a" not in window.queue._empty.text.text()


def test_running_again_is_offered_once(qtbot, window, open_submission):
    open_submission(1)
    window.show_tab("battery")
    offers = [b for b in walk(window, Button) if b.isVisible() and b.text() == "Run again"]
    assert len(offers) == 1


def test_ctrl_c_in_the_terminal_closes_the_window(qtbot, window):
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        close_when_interrupted(window)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "in the background it is not for us"
        signal.signal(signal.SIGINT, before)
        close_when_interrupted(window)
        signal.raise_signal(signal.SIGINT)
        qtbot.waitUntil(lambda: not window.isVisible())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)
