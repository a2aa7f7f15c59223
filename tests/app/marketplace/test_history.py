"""The history of an app: all versions, what was run, decided, sent and seen; and of a submission from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.database import StoreError
from app.marketplace.history import AppHistory, read_history, read_submission_history
from app.marketplace.queue_writing import name_source
from app.marketplace.words import Basis, BoundFile, Cause, MarketFile, SendState, Version, VersionStatus
from app.model import Artifact, CheckResult, Isolation, Run, RunFinding
from app.store import Store
from app.triage import TriageEntry, Verdict
from checks import Outcome, Severity

MARKET = "m:1"
TOKEN = "AS-0123456789"
START = datetime(2026, 3, 1, tzinfo=UTC)


class Desk(SimpleNamespace):
    """As much of a desk as the history asks for, over a real store."""

    def submission(self, number: int) -> Any:
        return self.store.submission(number)

    def decisions(self, number: int) -> Any:
        return self.store.decisions(number)


class Book:
    """A store whose clock the test sets, and short words to fill it."""

    def __init__(self, folder: Path) -> None:
        self.at = START
        self.store = Store(folder / "assay.db", lambda: self.at)
        self.desk: Any = Desk(store=self.store, reviewer="Rita")

    def go(self, hours: float) -> None:
        self.at = START + timedelta(hours=hours)

    def ms(self, hours: float) -> int:
        return round((START + timedelta(hours=hours)).timestamp() * 1000)

    def see(self, number: int, status: str, at: float, reason: str = "", app: str = "a1") -> int:
        about = VersionStatus(status, self.ms(at), "administrator", reason)
        made = Version(app, number, "Notes", "d1", about, self.ms(number), self.ms(at), self.ms(number), type="plugin")
        file = MarketFile(f"f{number}", "notes.zip", 10, 1)
        return self.store.save_versions(MARKET, [made], files={(app, number): [file]}).keys[app, number]

    def submit(self, number: int, key: int | None) -> int:
        digest = f"{number:x}" * 64
        artifact = Artifact(digest[:64], digest[:32], digest[:40], 10, "notes.zip")
        source = name_source(MARKET, "a1", number, f"f{number}") if key is not None else ""
        made = self.store.add_submission(artifact, kind="download", title="Notes", version=f"{number}.0", source=source)
        if key is not None:
            self.store.link_file(key, f"f{number}", made.id)
        return made.id

    def run(self, submission: int, *findings: RunFinding, checks: tuple[CheckResult, ...] = ()) -> int:
        about, isolation = self.store.submission(submission), Isolation("none", False, ())
        number = self.store.start_run(submission, profile="standard", isolation=isolation)
        kept = Run(number, submission, about.artifact, "download", "standard", self.at, self.at, isolation, None, None,
                   checks, findings)  # fmt: skip
        self.store.finish_run(kept)
        return number

    def send(self, key: int, submission: int, decision: int, token: str = TOKEN, action: str = "reject") -> int:
        row = self.store.add_outbox(
            key, token=token, action=action, status="rejected", reason=f"It asks home. Decision {token}.",
            reviewer="Rita", bound=[BoundFile("f1", "notes.zip", 10, "1" * 64)], basis=Basis("pending", 1, 1),
            decision=decision, submission=submission,
        )  # fmt: skip
        return row.id


def finding(fingerprint: str, severity: Severity = Severity.HIGH) -> RunFinding:
    return RunFinding(
        "secrets", "key", severity, "high", "A key", "a.js", "a.js", "c" * 64, 1, 1, 1, 0, 5, "", fingerprint, None,
        ("DL-04",), "", (),
    )  # fmt: skip


def check(id: str, outcome: Outcome) -> CheckResult:
    return CheckResult(id, id, outcome, 0.1, "", {}, (), 0)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    opened = Book(tmp_path)
    yield opened
    opened.store.close()


def titles(history: AppHistory, version: str = "") -> list[str]:
    return [e.title for e in history.events if not version or e.version == version]


def test_every_version_with_all_that_was_run_decided_sent_and_seen(book):
    book.go(2)
    first = book.see(1, "pending", 1)
    book.see(9, "pending", 9, app="another")
    book.go(3)
    one = book.submit(1, first)
    book.go(4)
    missing = check("virus_scan", Outcome.UNAVAILABLE)
    number = book.run(one, finding("f1"), finding("f2", Severity.LOW), checks=(missing,))
    book.go(5)
    reason = "It asks home.\nAnd more."
    said = book.store.add_decision(one, "reject", reason, overrides=(), reviewer="Rita", run=number)
    row = book.send(first, one, said.id)
    book.go(6)
    book.store.change_outbox(row, "assay", state=SendState.DELIVERED)
    book.see(1, "rejected", 6, f"It asks home. Decision {TOKEN}.")
    book.go(20)
    second = book.see(2, "inReview", 19, "In review by Ben. AS-9999999999")
    two = book.submit(2, second)
    again = book.store.add_decision(two, "approve", "Fine", overrides=("DL-02 is open",), reviewer="Rita", run=None)
    row = book.send(second, two, again.id, "AS-ABCDEFGHJK", "approve")
    book.go(21)
    book.store.change_outbox(row, "assay", state=SendState.CONFLICT, cause=Cause.DECIDED, told="Ben has decided it")

    history = read_history(book.desk, second)
    assert history == read_history(book.desk, first) == read_submission_history(book.desk, one)
    assert (history.name, history.app_id, history.market) == ("Notes", "a1", MARKET)
    newer, older = history.versions
    assert (newer.key, older.key, newer.status.value, older.status.value) == (second, first, "inReview", "rejected")
    assert [c.status for c in older.changes] == ["pending", "rejected"] and older.changes[1].ours
    assert [row.state for row in newer.sent] == [SendState.CONFLICT]
    (reviewed,) = older.reviewed
    assert reviewed.decisions[0].reason == "It asks home.\nAnd more."
    (run,) = reviewed.runs
    assert (run.worst, run.open, run.incomplete, run.mark) == (Severity.HIGH, 1, 1, "high")

    assert titles(history, "2") == [
        "Approved: in conflict",
        "Decided here: approved",
        "Taken in here",
        "On the marketplace: in review",
        "Submitted",
    ]
    # what was delivered is told by the status that came of it, not twice
    assert titles(history, "1") == [
        "On the marketplace: rejected",
        "Decided here: rejected",
        "Battery finished: 1 high open, 1 check did not run",
        "Taken in here",
        "On the marketplace: pending",
        "Submitted",
    ]
    conflict, decision = history.events[:2]
    assert conflict.text.startswith("Ben has decided it") and conflict.word == "conflict" and conflict.who == "Rita"
    assert decision.text == "Fine\nOver open items: DL-02 is open"
    assert [e.at for e in history.events] == sorted((e.at for e in history.events), reverse=True)
    rejected = next(e for e in history.events if e.word == "rejected")
    assert rejected.ours and rejected.who == "this desk" and rejected.theirs == START + timedelta(hours=6)
    seen = next(e for e in history.events if e.word == "inReview")
    assert not seen.ours and seen.who == "administrator" and "Ben" in seen.text


def test_triage_counts_for_what_a_run_left_open(book):
    key = book.see(1, "pending", 1)
    one = book.submit(1, key)
    book.run(one, finding("f1"), checks=(check("secrets", Outcome.FOUND),))
    said = TriageEntry("f1", "c" * 64, Verdict.FALSE_POSITIVE, "only a word", "Rita", book.at)
    book.store.add_triage(one, [said])
    (run,) = read_history(book.desk, key).versions[0].reviewed[0].runs
    assert (run.mark, run.result, run.worst) == ("clean", "finished: nothing open", None)


def test_a_run_that_was_cut_off_is_never_clean(book):
    one = book.submit(1, None)
    book.store.start_run(one, profile="standard", isolation=Isolation("none", False, ()))
    (run,) = read_submission_history(book.desk, one).versions[0].reviewed[0].runs
    assert (run.mark, run.result) == ("incomplete", "cut off")


def test_a_marketplace_clock_that_is_off_does_not_turn_the_order_round(book):
    year = 365 * 24
    book.go(year + 1)
    key = book.see(1, "pending", 1)
    one = book.submit(1, key)
    book.go(year + 2)
    made = book.store.add_decision(one, "reject", "No.", overrides=(), reviewer="Rita", run=None)
    book.send(key, one, made.id)
    book.go(year + 3)
    book.see(1, "rejected", 3, f"No. Decision {TOKEN}.")
    history = read_history(book.desk, key)
    assert history.clock == timedelta(hours=year)
    assert titles(history)[0] == "On the marketplace: rejected"
    assert history.events[0].theirs == START + timedelta(hours=3)
    assert history.events[0].at == START + timedelta(hours=year + 3)


def test_bytes_that_the_developer_replaced_stay_in_the_history(book):
    key = book.see(1, "pending", 1)
    one = book.submit(1, key)
    about = VersionStatus("pending", book.ms(1))
    made = Version("a1", 1, "Notes", "d1", about, book.ms(1), book.ms(5), book.ms(1))
    book.store.save_versions(MARKET, [made], files={("a1", 1): [MarketFile("other", "notes.zip", 11, 2)]})
    assert [r.submission.id for r in read_history(book.desk, key).versions[0].reviewed] == [one]


def test_a_decision_on_all_files_of_a_version_is_one(book):
    about = VersionStatus("pending", book.ms(1))
    made = Version("a1", 1, "Notes", "d1", about, book.ms(1), book.ms(5), book.ms(1))
    files = [MarketFile("f1", "notes.zip", 10, 1), MarketFile("f2", "notes.zip", 10, 1)]
    key = book.store.save_versions(MARKET, [made], files={("a1", 1): files}).keys["a1", 1]
    for number in (1, 2):
        one = book.submit(1, None)
        book.store.link_file(key, f"f{number}", one)
        book.store.add_decision(one, "reject", "No.", overrides=(), reviewer="Rita", run=None)
    book.go(1)
    book.store.add_decision(one, "reject", "No.", overrides=(), reviewer="Rita", run=None)
    said = [e for e in read_history(book.desk, key).events if e.kind == "decision"]
    assert [e.at - START for e in said] == [timedelta(hours=1), timedelta()]


def test_what_came_from_elsewhere_has_its_own_record_only(book):
    one = book.submit(1, None)
    book.go(1)
    book.store.add_decision(one, "request_changes", "Mend it.", overrides=(), reviewer="Rita", run=None)
    history = read_submission_history(book.desk, one)
    assert (history.name, history.market, len(history.versions)) == ("Notes", "", 1)
    assert titles(history) == ["Decided here: changes requested", "Taken in here"]
    assert history.versions[0].key is None and history.versions[0].label == "1.0"


def test_a_version_that_nobody_saw_is_an_error(book):
    with pytest.raises(StoreError, match="no version 7"):
        read_history(book.desk, 7)


@pytest.mark.parametrize("at", [2**62, -(2**62), 253402300799000])
def test_times_that_cannot_be_do_no_harm(book, at):
    about = VersionStatus("pending", 5)
    made = Version("a1", 1, "Notes", "d1", about, 5, 5, at)
    key = book.store.save_versions(MARKET, [made]).keys["a1", 1]
    assert sorted(titles(read_history(book.desk, key))) == ["On the marketplace: pending", "Submitted"]
