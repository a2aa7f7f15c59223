"""The page of a version, its download, the other files of a review, and the check that asks the network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from app.marketplace.errors import Unreachable
from app.marketplace.words import Hashes
from widgets.parts import Badge, Button, walk
from widgets.version_words import answer_of, declarations_of, facts_of, marks_of, warnings_of, words_of


@pytest.fixture
def show(qtbot, shown, program):
    def open_page(key):
        shown.market.show_version(key)
        qtbot.waitUntil(lambda: not program.bridge.pending)
        return shown.market.page

    return open_page


def focusable(root):
    return [w for w in walk(root, QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]


def test_the_page_tells_all_that_is_known(show, office):
    office.custom[103] = {
        "version": "3.3", "files": ["x"], "changeLog": "Faster.", "lesson": "Read it.",
        "declarations": {"storesPersonalData": "no", "servers": ["a.example", "b.example"]},
    }  # fmt: skip
    page = show(103)
    assert (page.title.text(), page.version.text()) == ("Ledger PDF", "3.3")
    assert dict(page.facts.pairs)["Why it is here"] == "A first version"
    assert dict(page.developer.pairs)["Contact"] == "security@acme.example"
    assert dict(page.developer.pairs)["Certifications"] == "SOC 2"
    assert page.declared.pairs == (("Stores personal data", "no"), ("Servers", "a.example, b.example"))
    assert page.changes.pairs[0][1] == "Faster." and page.lesson.pairs[0][1] == "Read it."
    assert page.files_title.text() == "Files" and not page.notices
    assert page.fetch_button.isEnabled() and page.assign_button.text() == "Assign to me"


def test_another_reviewers_lock_is_a_warning(show, program):
    page = show(102)
    assert page.notices[0].text.startswith("In review by Mara Lind since 2026-02-28")
    assert page.notices[0].text.endswith("taking it over tells nobody.")
    assert page.assign_button.text() == "Take it over"
    page = show(105)
    assert page.assign_button.text() == "Yours" and not page.assign_button.isEnabled()
    assert not program.context.actions["assign"].isEnabled()


def test_marks_say_what_the_marketplace_found(show):
    page = show(104)
    words = [b.text for b in walk(page.files, Badge)]
    assert words == ["type not as claimed", "Eicar-Test-Signature", "public"]
    assert any(label.text() == "no hash given" for label in walk(page.files, QLabel))


def test_a_hash_is_copied_whole(show, office):
    page = show(101)
    next(b for b in walk(page.files, Button)).click()
    assert QApplication.clipboard().text() == office.queued[101].files[0].hashes.sha256


def test_everything_on_the_page_has_a_name_and_is_plain(show, office):
    office.custom[101] = {"declarations": {"<b>key</b>": "<img src=x>\u202e"}}
    page = show(101)
    assert all(w.accessibleName() or getattr(w, "text", str)() for w in focusable(page))
    for label in walk(page, QLabel):
        assert not label.text() or label.textFormat() == Qt.TextFormat.PlainText
    assert page.declared.pairs == (("<b>key</b>", "<img src=x>\\u202e"),)


def test_the_download_is_shown_cancelled_and_done(qtbot, show, program, office):
    page, market = show(103), program.session.market
    office.hold()
    page.fetch_button.click()
    qtbot.waitUntil(lambda: page.reading.text() == "ledger-3.3.whl: 200 kB of 400 kB")
    assert page.progress.isVisible() and page.bar.value() == 500 and not page.fetch_button.isEnabled()
    line = program.window.queue.model.index(program.window.queue.model.find_version(103))
    assert "50 %" in line.data(Qt.ItemDataRole.AccessibleTextRole)
    page.cancel_button.click()
    qtbot.waitUntil(lambda: not market.is_fetching(103))
    assert not page.progress.isVisible() and page.fetch_button.isEnabled()
    office.release()
    with qtbot.waitSignal(market.fetched), qtbot.waitSignal(program.session.loaded):
        page.fetch_button.click()
    assert program.context.submission.artifact.name == "ledger-3.3.whl"
    assert not program.window.market.on_page
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)


def test_a_failed_download_leaves_the_page_as_it_was(qtbot, show, program, office):
    page = show(101)
    office.fail_fetch = Unreachable("market.example does not answer.")
    page.fetch_button.click()
    qtbot.waitUntil(lambda: page.fetch_button.isEnabled() and program.window.messages.isVisible())
    assert program.window.messages.button.text() == "Try again"


def test_the_page_follows_the_queue(qtbot, show, program, office):
    page = show(101)
    office.change(101, holder="Ada")
    with qtbot.waitSignal(program.session.market.queue_changed):
        program.session.market.sync()
    assert page.notices and page.assign_button.text() == "Take it over"
    office.change(101, holder="", gone=True)
    with qtbot.waitSignal(program.session.market.queue_changed):
        program.session.market.sync()
    assert "no longer has this version" in page.notices[0].text
    assert not page.fetch_button.isEnabled() and not page.assign_button.isEnabled()


def test_a_late_answer_of_another_version_is_not_shown(show, shown):
    page = show(101)
    page._take_details((102, ({"declarations": {"x": "y"}}, None)))
    assert not page.declared.pairs


@pytest.fixture
def reviewed(qtbot, show, program, office):
    """A version of two files, downloaded and open."""
    page = show(103)
    with qtbot.waitSignal(program.session.market.fetched), qtbot.waitSignal(program.session.loaded):
        page.fetch_button.click()
    qtbot.waitUntil(lambda: program.session.market.entry_of(program.context.submission.id) is not None)
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)
    return program.session.market.entries[103].submissions


def test_the_files_of_a_version_can_be_switched(qtbot, program, reviewed):
    strip = program.window.header.version_strip
    assert strip.isVisible() and strip.files.text() == "file 1 of 2"
    menu = QMenu()
    strip.fill(menu)
    assert [a.isChecked() for a in menu.actions()] == [True, False]
    with qtbot.waitSignal(program.session.loaded):
        menu.actions()[1].trigger()
    assert program.context.submission.id == reviewed[1] and strip.files.text() == "file 2 of 2"
    # the line in the queue is still that of the version, and opens the file that is open
    assert program.window.queue.key == 103
    program.window.queue._open_now()
    assert program.context.submission.id == reviewed[1]


def test_the_strip_is_not_there_for_what_came_from_elsewhere(qtbot, program, shown):
    assert not shown.header.version_strip.isVisible()


def test_a_lock_is_shown_in_the_review_too(qtbot, program, reviewed, office):
    strip = program.window.header.version_strip
    assert not strip.lock.isVisible()
    office.change(103, holder="Mara Lind")
    with qtbot.waitSignal(program.session.market.queue_changed):
        program.session.market.sync()
    assert strip.lock.isVisible() and strip.lock.text == "Mara Lind"


def test_the_page_is_a_key_away_from_the_review(qtbot, program, reviewed):
    assert program.context.actions.trigger("show-version")
    page = program.window.market.page
    assert program.window.market.on_page and page.fetch_button.text() == "Open the review"
    with qtbot.waitSignal(program.session.loaded):
        page.fetch_button.click()
    assert program.context.submission.id == reviewed[0]


def test_the_network_is_asked_only_after_consent(qtbot, program, reviewed, desk):
    settings = program.session.settings
    market = replace(settings.marketplace, address="https://market.example/v2")
    program.session.settings = replace(settings, marketplace=market)
    assert program.context.actions.trigger("check-distribution")
    dialog = program.window.market.dialog
    assert "market.example" in dialog.lines[0] and "2 files" in dialog.lines[1]
    assert all(w.accessibleName() or w.text() for w in focusable(dialog))
    dialog.reject()
    assert not program.session.runs.running and not desk.live
    assert program.context.actions.trigger("check-distribution")
    with qtbot.waitSignal(program.session.battery_ended):
        program.window.market.dialog.accept()
    assert desk.live
    qtbot.waitUntil(lambda: not program.bridge.pending)


def test_words_of_fields_and_answers():
    assert words_of("storesPersonalData") == "Stores personal data"
    assert words_of("uses_SSL-pinning") == "Uses SSL pinning"
    assert words_of("") == "(no name)"
    assert answer_of(True) == "yes" and answer_of(0) == "0" and answer_of([]) == "–"
    told = answer_of([{"name": "ISO 27001", "issuer": "Nordcert"}, {"name": "SOC 2"}])
    assert told == "ISO 27001, issuer Nordcert; SOC 2"
    deep = {"a": {"b": {"c": {"d": 1}}}}
    assert "…" in answer_of(deep)
    assert len(answer_of("x" * 99_999)) == 2000
    assert len(declarations_of({"declarations": {f"k{i}": i for i in range(500)}})) == 61
    assert declarations_of({"declarations": [{"question": "Why?", "answer": None}, "free text"]}) == [
        ("Why?", "–"),
        ("Declared", "free text"),
    ]


def test_odd_words_of_the_marketplace_are_shown_as_they_came(fake):
    module = fake.load_market()
    file = module.make_file("a.zip", 1, mime_check="ODD", virus_scan="STRANGE", private=None, hashes=Hashes())
    assert [word for _, word in marks_of(file)] == [
        "type check: ODD", "virus scan: STRANGE", "private or not: not said",
    ]  # fmt: skip
    here = replace(file, submission=4)
    assert marks_of(here)[-1][1] == "on this desk"
    assert marks_of(replace(here, differs="size"))[-1][1] == "not the promised bytes"
    entry = module.make_entry(1, "A", "1", sending="conflict", files=(replace(here, differs="its size is another"),))
    assert [kind for kind, _ in warnings_of(entry)] == ["error", "error"]
    assert dict(facts_of(replace(entry, since=10**18)))["Waiting"]


def test_the_keyboard_is_on_the_page_that_the_table_opened_and_stays_there(qtbot, shown, office, program):
    market = program.session.market
    shown.market.toggle_table()
    shown.market.table.table.setFocus()
    shown.market.show_version(103)
    page = shown.market.page
    assert shown.focusWidget() is page.fetch_button
    button = next(b for b in page.files.findChildren(Button) if b.isVisible())
    button.setFocus()
    office.change(103, mine=True, holder="Rita Reviewer")
    market.reload()
    qtbot.waitUntil(lambda: page.assign_button.text() == "Yours" and not program.bridge.pending)
    assert shown.focusWidget() is button, "not on a message to dismiss"
    entry = office.queued[103]
    office.change(103, files=tuple(replace(f, virus_scan="DIRTY") for f in entry.files))
    market.reload()
    qtbot.waitUntil(lambda: page.entry.files[0].virus_scan == "DIRTY")
    assert shown.focusWidget() is page.files
