"""The driven review: through the whole window, and loud when something is wrong."""

from __future__ import annotations

import pytest

from widgets.drive import REPORTS, Driver


@pytest.fixture
def drive(qtbot, program, tmp_path, monkeypatch):
    monkeypatch.setattr("widgets.drive.QApplication.exit", lambda code: None)

    def run():
        driver = Driver(program, tmp_path / "out")
        with qtbot.waitSignal(driver.finished, timeout=60_000) as ended:
            driver.start()
        return ended.args[0]

    return run


def test_a_whole_review_is_driven(drive, desk, tmp_path, fake):
    desk.export = lambda number, format, target: target.write_text(f"Acme Notes {desk.note(number)}") and target
    assert drive() == ""
    assert desk.decisions(2)[0].decision == "reject"
    assert desk.note(2)
    for name in ("overview-light", "findings-dark", "palette-light", "decision-light", "checklist-light"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5_000
    assert len(list((tmp_path / "out").glob("review.*"))) == len(REPORTS)


def test_a_report_that_lacks_the_notes_is_a_failure(drive, desk):
    assert "lack" in drive()


def test_an_error_in_the_window_ends_the_drive(drive, desk, fake):
    desk.fail_run = fake.FakeError("no sandbox: install bubblewrap")
    assert drive() == "the window reports an error: no sandbox: install bubblewrap"
