"""What is kept of a marketplace's versions: replaced by each reading, never mixed, and bound to bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.database import StoreError
from app.marketplace.queue_writing import name_source, read_source
from app.marketplace.why import FileFacts, VersionFacts, explain, find_tokens, name_holder, name_kind, name_version
from app.marketplace.words import (
    Basis,
    Developer,
    Hashes,
    MarketFile,
    QueueEntry,
    SendState,
    Version,
    VersionStatus,
    VirusScan,
)
from app.model import Artifact, Isolation, Run, RunFinding
from app.store import Store
from app.triage import TriageEntry, Verdict
from checks import Severity

MARKET = "localhost:practice"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "AS-0123456789"


def version(app: str = "app1", number: int = 1, status: str = "pending", **changes: Any) -> Version:
    reason, by = changes.pop("reason", ""), changes.pop("by", "developer")
    about = Version(
        app, number, f"App {app}", "dev1", VersionStatus(status, changes.pop("at", 1000 + number), by, reason), 100,
        2000 + number, 1000 + number, "plugin", custom={"version": f"1.{number}"}, files=(f"{app}-{number}",),
    )  # fmt: skip
    return replace(about, **changes)


def market_file(name: str = "app1-1", **changes: Any) -> MarketFile:
    file = MarketFile(
        name, f"{name}.zip", 100, 5, "application/zip", True, "PASSED", VirusScan("CLEAN"),
        Hashes("a" * 32, "b" * 40, "c" * 64), "https://files.example/x?Signature=secret",
    )  # fmt: skip
    return replace(file, **changes)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store(tmp_path / "assay.db", clock)
    yield opened
    opened.close()


def artifact(seed: str) -> Artifact:
    return Artifact(seed * 64, seed * 32, seed * 40, 100, "a.zip")


def save(store: Store, *versions: Version, **options: Any) -> Any:
    files = {(v.app_id, v.version): [market_file(f"{v.app_id}-{v.version}")] for v in versions}
    return store.save_versions(MARKET, versions, files=options.pop("files", files), **options)


def only(store: Store, scope: str = "waiting", reviewer: str = "Ana") -> QueueEntry:
    (entry,) = store.queue_entries(MARKET, reviewer, scope)
    return entry


def link(store: Store, entry: QueueEntry, seed: str = "d") -> int:
    source = name_source(MARKET, entry.app_id, entry.version, entry.files[0].file_id)
    about = store.add_submission(artifact(seed), kind="download", source=source)
    store.link_file(entry.key, entry.files[0].file_id, about.id, who="Ana")
    return about.id


def test_a_version_comes_back_as_it_was_saved(store: Store) -> None:
    developer = Developer("dev1", 5, "Dev One", "dev@one.example", "default", {"certified": ["ISO"]})
    saved = save(store, version(custom={"version": "2.0-beta", "declares": {"network": True}}), developers=[developer])
    entry = only(store)
    assert saved.new == {entry.key} and saved.keys == {("app1", 1): entry.key}
    assert (entry.label, entry.kind, entry.developer, entry.since) == ("2.0-beta", "download", "Dev One", 1001)
    assert entry.files[0].hashes == Hashes("a" * 32, "b" * 40, "c" * 64) and entry.size == 100
    assert entry.files[0].private is True and not entry.fetched
    assert store.developer(MARKET, "dev1") == developer and store.developer(MARKET, "dev2") is None
    assert store.custom_of(entry.key)["declares"] == {"network": True}
    assert store.queue_entry(entry.key, "Ana") == entry == store.versions_of_app(MARKET, "app1", "Ana")[0]
    assert store.find_version(MARKET, "app1", 1) == entry.key and store.find_version("other", "app1", 1) is None


def test_no_address_is_kept(store: Store, tmp_path: Path) -> None:
    save(store, version())
    store.close()
    assert all(b"Signature" not in path.read_bytes() for path in tmp_path.iterdir())


def test_scopes(store: Store) -> None:
    statuses = ("pending", "inReview", "approved", "suspended", "rejected", "inDevelopment")
    save(store, *(version(f"app-{status}", status=status) for status in statuses))
    names = {scope: {e.status.value for e in store.queue_entries(MARKET, "", scope)} for scope in ("waiting", "all")}
    assert names == {"waiting": {"pending", "inReview"}, "all": set(statuses)}
    assert {e.status.value for e in store.queue_entries(MARKET, "", "published")} == {"approved", "suspended"}
    assert store.queue_entries("another", "", "all") == ()
    with pytest.raises(StoreError, match="no scope 'rejected': there are waiting"):
        store.queue_entries(MARKET, "", "rejected")
    with pytest.raises(StoreError, match="no version 99"):
        store.queue_entry(99)


def test_the_longest_waiting_comes_first(store: Store) -> None:
    save(store, version("b", submitted=500), version("a", submitted=None, at=400), version("c", submitted=450))
    assert [e.app_id for e in store.queue_entries(MARKET, "")] == ["a", "c", "b"]


def test_a_later_reading_replaces_and_counts_what_changed(store: Store, clock: Clock) -> None:
    save(store, version("a"), version("b"), version("c"))
    clock.now += timedelta(minutes=1)
    saved = save(store, version("a"), version("b", status="inReview", at=9000), version("d"), gone=[("c", 1)])
    keys = saved.keys
    assert (saved.new, saved.changed, saved.gone) == ({keys["d", 1]}, {keys["b", 1]}, {keys["c", 1]})
    assert {e.app_id for e in store.queue_entries(MARKET, "")} == {"a", "b", "d"}
    assert store.queue_entry(keys["c", 1]).gone
    clock.now += timedelta(minutes=1)
    assert save(store, version("c")).new == {keys["c", 1]} and not store.queue_entry(keys["c", 1]).gone


def test_what_was_seen_later_stands_against_a_slow_reading(store: Store, clock: Clock) -> None:
    began = clock.now
    clock.now += timedelta(seconds=10)
    save(store, version(status="approved", at=9000))
    saved = save(store, version(), as_of=began, gone=[("app1", 1)])
    assert not saved.changed and not saved.gone and only(store, "all").status.value == "approved"


def test_a_clock_that_was_wrong_once_makes_nothing_stay(store: Store, clock: Clock) -> None:
    clock.now += timedelta(days=3000)
    save(store, version())
    clock.now = NOW
    save(store, version(status="approved", at=9000))
    assert only(store, "all").status.value == "approved"


def test_each_status_is_a_line_of_history_and_only_our_tokens_are_ours(store: Store, clock: Clock) -> None:
    save(store, version())
    key = only(store).key
    basis = Basis("pending", 1001, 2001)
    store.add_outbox(
        key, token=TOKEN, action="assign", status="inReview", reason="x", reviewer="Ana", bound=(), basis=basis
    )
    for at, reason in ((2000, f"In review by Ana. {TOKEN}"), (3000, "In review by Bea. AS-ZZZZZZZZZZ")):
        clock.now += timedelta(minutes=1)
        save(store, version(status="inReview", at=at, reason=reason, by="administrator"))
        save(store, version(status="inReview", at=at, reason=reason, by="administrator"))
    told = [(c.status, c.at, c.ours) for c in store.status_changes(key)]
    assert told == [("pending", 1001, False), ("inReview", 2000, True), ("inReview", 3000, False)]
    with store.transaction() as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM status_changes")


@pytest.mark.parametrize(
    ("by", "reason", "holder", "mine"),
    [
        ("administrator", f"In review by Ana. {TOKEN}", "Ana", True),
        ("administrator", f"In review by Bea. {TOKEN}", "Bea", False),
        ("administrator", "somebody looks at it", "the marketplace", False),
        ("developer", f"In review by Ana. {TOKEN}", "the developer", False),
    ],
)
def test_who_has_it_in_review(store: Store, by: str, reason: str, holder: str, mine: bool) -> None:
    save(store, version(status="inReview", by=by, reason=reason))
    assert (only(store).holder, only(store).mine) == (holder, mine)


CHANGES: list[Callable[[MarketFile], MarketFile]] = [
    lambda f: replace(f, file_id="other"),
    lambda f: replace(f, hashes=Hashes("a" * 32, "b" * 40, "e" * 64)),
    lambda f: replace(f, hashes=Hashes(md5="f" * 32)),
    lambda f: replace(f, size=101),
    lambda f: replace(f, hashes=Hashes(), uploaded=6),
]
SAME: list[Callable[[MarketFile], MarketFile]] = [
    lambda f: replace(f, virus_scan=VirusScan("DIRTY", ("Eicar",))),
    lambda f: replace(f, name="renamed.zip", uploaded=6),
    lambda f: replace(f, hashes=Hashes(sha256="c" * 64)),
]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_bytes_lose_their_submission_which_stays(
    store: Store, clock: Clock, change: Callable[[MarketFile], MarketFile]
) -> None:
    save(store, version())
    submission = link(store, only(store))
    assert only(store).fetched and only(store).submissions == (submission,)
    clock.now += timedelta(minutes=1)
    saved = save(store, version(), files={("app1", 1): [change(market_file())]})
    entry = only(store)
    assert saved.changed == {entry.key} and not entry.fetched
    assert "its files changed after they were downloaded here" in entry.why
    assert store.submission(submission).artifact.sha256 == "d" * 64
    assert store.version_of(submission) == entry.key  # so that nobody decides on it as if it came from elsewhere
    assert any(row.action == "changed upstream" for row in store.audit(submission))


@pytest.mark.parametrize("change", SAME)
def test_the_same_bytes_keep_their_submission(
    store: Store, clock: Clock, change: Callable[[MarketFile], MarketFile]
) -> None:
    save(store, version())
    submission = link(store, only(store))
    clock.now += timedelta(minutes=1)
    save(store, version(), files={("app1", 1): [change(market_file())]})
    assert only(store).submissions == (submission,)
    assert not any("changed" in line for line in only(store).why)


def test_files_that_were_not_asked_for_stay(store: Store, clock: Clock) -> None:
    save(store, version())
    submission = link(store, only(store))
    clock.now += timedelta(minutes=1)
    store.save_versions(MARKET, [version(status="inReview", at=5000)])
    assert only(store).submissions == (submission,) and only(store).status.value == "inReview"


def test_a_link_to_a_file_that_is_gone_is_refused(store: Store) -> None:
    save(store, version())
    about = store.add_submission(artifact("d"), kind="")
    with pytest.raises(StoreError, match="changed while it was downloaded"):
        store.link_file(only(store).key, "nothing", about.id)


def test_a_source_is_read_back_whatever_is_in_it() -> None:
    source = name_source("market.example:m/1", "a/b", 3, "https://x/?a=b#c")
    assert read_source(source) == ("market.example:m/1", "a/b", 3) and source.count("/") == 3
    assert read_source("/home/ana/a.zip") is None and read_source("marketplace:a/b/c/d") is None


# what the review says of it


def finding(severity: Severity, seed: int, **changes: Any) -> RunFinding:
    return replace(
        RunFinding(
            "secrets", "aws", severity, "high", "A key", "a.js", "a.js", "c" * 64, 1, 1, 1, 0, 5, "", f"{seed:064x}",
            None, (), "", (),
        ),
        **changes,
    )  # fmt: skip


def review(store: Store, submission: int, findings: Sequence[RunFinding], **parameters: Any) -> None:
    about = store.submission(submission)
    isolation = Isolation("bubblewrap", True, ())
    number = store.start_run(submission, profile="standard", isolation=isolation, parameters=parameters)
    run = Run(
        number, submission, about.artifact, "download", "standard", NOW, NOW, isolation, None, None, (),
        tuple(findings),
    )  # fmt: skip
    store.finish_run(run)


def test_risk_is_what_the_last_full_run_left_open(store: Store) -> None:
    save(store, version())
    submission = link(store, only(store))
    assert (only(store).ran, only(store).risk, only(store).open) == (False, None, 0)
    whole = finding(Severity.CRITICAL, 1, file_sha256="")
    medium = [finding(Severity.MEDIUM, 3), finding(Severity.MEDIUM, 4)]
    fixed = finding(Severity.CRITICAL, 5, state="fixed")
    review(store, submission, [whole, finding(Severity.HIGH, 2), *medium, fixed])
    review(store, submission, [finding(Severity.CRITICAL, 9)], only=["secrets"])
    assert (only(store).ran, only(store).risk, only(store).open) == (True, Severity.CRITICAL, 1)

    def said(seed: int, verdict: Verdict | None, sha256: str = "c" * 64, minutes: int = 0) -> None:
        at = NOW + timedelta(minutes=minutes)
        store.add_triage(submission, [TriageEntry(f"{seed:064x}", sha256, verdict, "no key", "Ana", at)])

    said(1, Verdict.FALSE_POSITIVE, "d" * 64)
    assert (only(store).risk, only(store).open) == (Severity.HIGH, 1)
    said(2, Verdict.ACCEPTED_RISK, "e" * 64)  # other bytes: only offered
    assert only(store).risk is Severity.HIGH
    said(2, Verdict.ACCEPTED_RISK)
    assert (only(store).risk, only(store).open) == (Severity.MEDIUM, 2)
    said(2, None, minutes=1)
    assert only(store).risk is Severity.HIGH
    said(2, Verdict.FALSE_POSITIVE, minutes=2)
    said(3, Verdict.FALSE_POSITIVE)
    said(4, Verdict.FALSE_POSITIVE)
    assert (only(store).ran, only(store).risk, only(store).open) == (True, None, 0)


def test_decisions_and_what_is_on_its_way(store: Store) -> None:
    save(store, version())
    key, submission = only(store).key, link(store, only(store))
    store.add_decision(submission, "reject", "no", overrides=(), reviewer="Ana", run=None)
    store.add_decision(submission, "approve", "", overrides=(), reviewer="Ana", run=None)
    row = store.add_outbox(
        key, token=TOKEN, action="approve", status="approved", reason="x", reviewer="Ana", bound=(),
        basis=Basis("pending", 1, 1),
    )  # fmt: skip
    assert (only(store).decided, only(store).sending) == ("approve", "queued")
    assert store.market_state(MARKET).to_send == 1
    store.change_outbox(row.id, "assay", state=SendState.CONFLICT)
    save(store, gone=[("app1", 1)])
    assert only(store).gone and only(store).sending == "conflict"  # it stays in sight until somebody goes on
    assert (store.market_state(MARKET).to_send, store.market_state(MARKET).conflicts) == (0, 1)
    store.change_outbox(row.id, "assay", state=SendState.WITHDRAWN)
    assert store.queue_entries(MARKET, "Ana") == ()


def test_the_state_of_the_connection(store: Store) -> None:
    assert not store.market_state("").connected and store.market_state(MARKET).synced is None
    store.note_contact(MARKET, synced=True)
    store.note_contact(MARKET, problem="no network", online=False)
    state = store.market_state(MARKET)
    assert (state.synced, state.problem, state.online) == (NOW, "no network", False)


# the rules of why


def facts(number: int = 2, **changes: Any) -> VersionFacts:
    clean = (FileFacts("a.zip", 100, "PASSED", "CLEAN"),)
    return replace(VersionFacts(number, f"1.{number}", "pending", files=clean), **changes)


LIVE = facts(1, status="approved", is_live=True)


@pytest.mark.parametrize(
    ("about", "others", "known", "told"),
    [
        (facts(), [LIVE], True, ["an update of version 1.1"]),
        (facts(), [], True, ["a new app"]),
        (facts(), [], False, ["the first app of this developer"]),
        (facts(), [replace(LIVE, status="suspended", is_live=False)], True, ["an update of version 1.1"]),
        (facts(3), [LIVE, facts(2, status="approved")], True,
         ["the live version is not the latest approved one", "an update of version 1.1"]),
        (facts(files=(FileFacts("a", 150, "", "CLEAN"),)), [LIVE], True,
         ["50 % larger than the live version", "an update of version 1.1"]),
        (facts(files=(FileFacts("a", 149, "", "CLEAN"),)), [LIVE], True, ["an update of version 1.1"]),
        (facts(3), [facts(2, status="rejected")], True, ["an earlier version was rejected", "a new app"]),
        (facts(3), [facts(2, was_rejected=True)], True, ["an earlier version was rejected", "a new app"]),
        (facts(1), [facts(2, status="rejected")], True, ["a new app"]),
        (facts(changed=True), [], True, ["its files changed after they were downloaded here", "a new app"]),
        (facts(files=(FileFacts("a", 1, "FAILED", "DIRTY", ("Eicar", "{x}")), FileFacts("b", 1, "FAILED"))), [], True,
         ["the marketplace's virus scan found Eicar, {x}", "the marketplace's MIME check failed for a and 1 more",
          "the marketplace has not scanned b for viruses", "a new app"]),
        (replace(LIVE, files=(FileFacts("a", 1, "", "NOT_SCANNED"),)), [], False, []),
    ],
)  # fmt: skip
def test_why(about: VersionFacts, others: list[VersionFacts], known: bool, told: list[str]) -> None:
    assert list(explain(about, others, known_developer=known)) == told


def test_live_version_and_why_are_of_the_whole_app(store: Store, clock: Clock) -> None:
    save(store, version(number=1, status="approved", is_live=True), version(number=2), version("app2"))
    first, second = store.queue_entries(MARKET, "")
    assert {e.app_id: (e.live_version, e.why) for e in (first, second)} == {
        "app1": (1, ("an update of version 1.1",)),
        "app2": (None, ("a new app",)),
    }
    clock.now += timedelta(minutes=1)
    save(store, version(number=1, status="rejected", at=9000), version(number=2))
    assert store.versions_of_app(MARKET, "app1")[0].why == (
        "an earlier version was rejected",
        "the first app of this developer",
    )


def test_names() -> None:
    assert [name_kind(t) for t in ("Helm Chart", "docker", "Web integration", "plugin", "", "x")] == [
        "chart", "image", "web", "download", "", "",
    ]  # fmt: skip
    assert name_version(3, {"version": 7, "versionLabel": " 2.1 "}) == "2.1" and name_version(3, {}) == "3"
    assert "\n" not in name_version(3, {"version": "1\n2"}) and len(name_version(3, {"version": "9" * 999})) <= 60
    assert find_tokens(f"x {TOKEN}. AS-0123 ZAS-0123456789 {TOKEN}7") == (TOKEN,)
    assert name_holder("pending", "administrator", f"In review by Ana. {TOKEN}") == ""
