"""What others shared counts on the same bytes until its last day, and never against the reviewer's own word."""

from __future__ import annotations

import dataclasses
import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import StoreError
from app.model import Artifact, CheckResult, Isolation, Run, RunFact, RunFinding, TreeSummary
from app.review import match_findings, triage_findings
from app.store import Store
from app.suppressions import clean_suppression, write_suppressions
from app.triage import Verdict
from checks import Outcome, Severity
from checks.runtime.suppression_file import Suppression, parse_suppressions

TODAY = date(2025, 6, 1)
SAID = datetime(2025, 3, 1, 10, tzinfo=UTC)
ARTIFACT = Artifact("a" * 64, "a" * 32, "a" * 40, 10, "a.zip")


def shared(**changes: Any) -> Suppression:
    said = Suppression(
        "malware_rules", "coin_miner", "src/a.js", "c" * 64, "false_positive", "Only its name", "Ana", SAID
    )
    return dataclasses.replace(said, **changes)


def finding(fingerprint: str = "f1" * 16, **changes: Any) -> RunFinding:
    found = RunFinding(
        "malware_rules", "coin_miner", Severity.HIGH, "high", "Mines", "pkg-1.0/src/a.js", "pkg-1.0/src/a.js", "c" * 64,
        1, 1, 1, 0, 5, "", fingerprint, None, ("DL-06",), "", (),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "assay.db")
    yield opened
    opened.close()


def run(store: Store, *findings: RunFinding, root: str = "pkg-1.0/", facts: tuple[RunFact, ...] = ()) -> Run:
    about = store.find_submission(ARTIFACT.sha256) or store.add_submission(ARTIFACT, kind="download")
    isolation = Isolation("bubblewrap", True, ())
    made = Run(
        id=store.start_run(about.id, profile="standard", isolation=isolation),
        submission=about.id,
        artifact=ARTIFACT,
        kind="download",
        profile="standard",
        started=SAID,
        finished=SAID,
        isolation=isolation,
        tree=TreeSummary("zip", "npm", "x", "1", "download", 1, 1, 1, 0, root),
        baseline=None,
        checks=(CheckResult("malware_rules", "M", Outcome.FOUND, 1, "", {}, ("DL-06",), len(findings)),),
        findings=findings,
        facts=facts,
    )
    store.finish_run(made)
    kept = store.last_run(about.id)
    assert kept is not None
    return kept


def take(store: Store, *entries: Suppression, source: str = "team.toml") -> tuple[int, int]:
    return store.import_suppressions(entries, source, "Bo", sha256="0", bad=0)


def match(store: Store, of: Run, fingerprint: str = "f1" * 16) -> Any:
    return match_findings(store, of, TODAY)[fingerprint]


def test_on_the_same_bytes_it_holds_and_names_who_and_where_from(store: Store) -> None:
    take(store, shared(until=date(2025, 12, 31)))
    found = match(store, run(store, finding()))
    assert found.verdict is Verdict.FALSE_POSITIVE
    assert found.note == (
        "Ana said false positive on 2025-03-01: Only its name (shared by team.toml, until 2025-12-31)"
    )


def test_on_other_bytes_it_is_only_offered(store: Store) -> None:
    take(store, shared(sha256="d" * 64))
    found = match(store, run(store, finding()))
    assert (found.kind, found.verdict) == ("offered", None)
    assert "the file has changed since" in found.note


@pytest.mark.parametrize(("until", "counts"), [(TODAY, True), (TODAY - timedelta(days=1), False)])
def test_after_its_last_day_it_is_only_offered_and_says_so(store: Store, until: date, counts: bool) -> None:
    take(store, shared(until=until))
    found = match(store, run(store, finding()))
    assert (found.verdict is Verdict.FALSE_POSITIVE) is counts
    assert ("no longer counts" in found.note) is not counts


@pytest.mark.parametrize(
    "other",
    [
        {"check": "secrets"},
        {"rule": "other_rule"},
        {"path": "src/b.js"},
        {"path": "other-1.0/src/a.js"},
        {"fingerprint": "ee" * 16},
    ],
)
def test_what_is_about_something_else_says_nothing(store: Store, other: dict[str, str]) -> None:
    take(store, shared(**other))
    assert match(store, run(store, finding())).kind == "none"


def test_the_path_may_be_written_as_the_finding_shows_it(store: Store) -> None:
    take(store, shared(path="pkg-1.0/src/a.js"))
    assert match(store, run(store, finding())).kind == "holds"


def test_without_a_fingerprint_all_findings_of_the_rule_in_the_file_are_meant(store: Store) -> None:
    take(store, shared())
    made = run(store, finding(), finding("f2" * 16))
    assert {m.kind for m in match_findings(store, made, TODAY).values()} == {"holds"}
    store.remove_suppressions([s.id for s in store.suppressions()], "Bo")
    take(store, shared(fingerprint="f2" * 16))
    assert [match(store, made, f * 16).kind for f in ("f1", "f2")] == ["none", "holds"]


def test_the_reviewers_own_word_wins(store: Store) -> None:
    made = run(store, finding())
    triage_findings(store, made, ["f1" * 16], Verdict.CONFIRMED, "It mines", reviewer="Cy")
    take(store, shared())
    assert match(store, made).verdict is Verdict.CONFIRMED


def test_what_was_withdrawn_after_the_import_is_open(store: Store) -> None:
    take(store, shared())
    made = run(store, finding())
    triage_findings(store, made, ["f1" * 16], None, reviewer="Cy")
    assert match(store, made).kind == "none"


def test_what_is_offered_can_be_confirmed_without_a_new_reason(store: Store) -> None:
    take(store, shared(sha256="d" * 64))
    made = run(store, finding())
    triage_findings(store, made, ["f1" * 16], Verdict.FALSE_POSITIVE, reviewer="Cy")
    found = match(store, made)
    assert (found.kind, found.entry.shared_by) == ("holds", "")
    assert found.note.endswith("Only its name (first said by Ana on 2025-03-01)")


def test_the_latest_of_several_wins(store: Store) -> None:
    take(store, shared(), shared(who="Dee", verdict="accepted_risk", said=SAID + timedelta(days=1)))
    assert match(store, run(store, finding())).verdict is Verdict.ACCEPTED_RISK


def test_importing_again_changes_nothing_and_a_new_reason_replaces(store: Store) -> None:
    assert take(store, shared()) == (1, 0)
    assert take(store, shared(), source="again.toml") == (0, 0)
    assert take(store, shared(reason="Looked again")) == (0, 1)
    [kept] = store.suppressions()
    assert (kept.said.reason, kept.source, kept.imported_by) == ("Looked again", "team.toml", "Bo")
    said = [row for row in store.audit() if row.action == "suppressions"]
    assert [(row.who, row.detail["did"], row.detail["new"]) for row in said] == [
        ("Bo", "import", 0),
        ("Bo", "import", 0),
        ("Bo", "import", 1),
    ]


def test_removing_is_logged_with_what_was_said(store: Store) -> None:
    take(store, shared())
    assert store.remove_suppressions([store.suppressions()[0].id, 999], "Bo") == 1
    assert store.suppressions() == ()
    assert store.audit()[0].detail["reason"] == "Only its name"


def test_what_was_said_is_exported_once_in_its_last_form(store: Store) -> None:
    odd = finding("f3" * 16, path="pkg-1.0/b\\x1b.js", raw_path="pkg-1.0/b\x1b.js")
    made = run(store, finding(), finding("f2" * 16, path="", raw_path="", file_sha256=""), odd)
    everything = [f * 16 for f in ("f1", "f2", "f3")]
    triage_findings(store, made, everything, Verdict.ACCEPTED_RISK, "For now", reviewer="Cy")
    triage_findings(store, made, everything, Verdict.FALSE_POSITIVE, "A test", reviewer="Cy")
    said = store.said_suppressions()
    assert [(s.path, s.sha256[0], s.verdict, s.reason, s.who) for s in said] == [
        ("src/a.js", "c", "false_positive", "A test", "Cy"),
        ("", "a", "false_positive", "A test", "Cy"),
        ("b\\x1b.js", "c", "false_positive", "A test", "Cy"),
    ]
    assert store.said_suppressions(made.submission) == said
    assert store.said_suppressions(made.submission + 1) == ()
    triage_findings(store, made, everything[:1], Verdict.CONFIRMED, reviewer="Cy")
    assert len(store.said_suppressions()) == 2


def test_the_round_trip_leaves_nothing_open(store: Store, tmp_path: Path) -> None:
    odd = finding("f3" * 16, path="pkg-1.0/b\\x1b.js", raw_path="pkg-1.0/b\x1b.js")
    findings = finding(), finding("f2" * 16, path="", raw_path="", file_sha256=""), odd
    made = run(store, *findings)
    triage_findings(store, made, [f.fingerprint for f in findings], Verdict.ACCEPTED_RISK, "For now", reviewer="Cy")
    for form in ("toml", "json"):
        other = Store(tmp_path / f"{form}.db")
        try:
            read = parse_suppressions(write_suppressions(store.said_suppressions(), form))
            assert not read.complaints
            take(other, *(said for _, _, said in read.entries))
            there = match_findings(other, run(other, *findings), TODAY)
            assert [there[f.fingerprint].verdict for f in findings] == [Verdict.ACCEPTED_RISK] * 3
        finally:
            other.close()


def test_a_claim_is_shown_and_changes_nothing(store: Store) -> None:
    claim = RunFact("claims", "claim", "malware_rules/coin_miner", "false positive: ours", "pkg-1.0/src/a.js")
    foreign = dataclasses.replace(claim, check="family", value="nobody said so")
    found = match(store, run(store, finding(), facts=(claim, foreign)))
    assert (found.kind, found.verdict, found.note) == ("none", None, "")
    assert found.claim == "false positive: ours"
    elsewhere = dataclasses.replace(claim, path="pkg-1.0/src/b.js")
    assert match(store, run(store, finding(), facts=(elsewhere,))).claim == ""


def test_the_database_refuses_twins(store: Store) -> None:
    take(store, shared())
    with pytest.raises((StoreError, sqlite3.Error)), store.transaction() as db:
        [row] = db.query("SELECT * FROM suppressions")
        del row["id"]
        db.table("suppressions").insert(row)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).map(lambda t: f"a{t}")
entries = st.builds(
    shared,
    rule=st.sampled_from(["one", "own.two"]),
    path=st.sampled_from(["", "a.js", "é/ü.js", 'q"uote\\.js']),
    reason=texts,
    who=texts,
    verdict=st.sampled_from(["false_positive", "accepted_risk"]),
    said=st.none()
    | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)),
    until=st.none() | st.dates(),
    fingerprint=st.sampled_from(["", "ab" * 16]),
)


@given(st.lists(entries, max_size=5), st.sampled_from(["toml", "json"]), st.randoms(use_true_random=False))
def test_a_file_says_what_was_written_and_does_not_depend_on_the_order(said: list, form: str, random: Any) -> None:
    said = [clean_suppression(entry) for entry in said]
    data = write_suppressions(said, form)
    read = parse_suppressions(data)
    assert not read.complaints
    assert {entry for _, _, entry in read.entries} == set(said)
    random.shuffle(said)
    assert write_suppressions(said, form) == data


def test_a_file_is_made_to_be_read_and_compared() -> None:
    text = write_suppressions([shared(until=date(2030, 1, 1)), shared(path="src/0.js")]).decode()
    body = text[text.index("schema =") :]
    assert body == (
        'schema = "assay-suppressions/1"\n\n'
        '[[suppression]]\ncheck = "malware_rules"\nrule = "coin_miner"\npath = "src/0.js"\n'
        f'sha256 = "{"c" * 64}"\nverdict = "false_positive"\nreason = "Only its name"\nwho = "Ana"\n'
        "said = 2025-03-01 10:00:00+00:00\n\n"
        '[[suppression]]\ncheck = "malware_rules"\nrule = "coin_miner"\npath = "src/a.js"\n'
        f'sha256 = "{"c" * 64}"\nverdict = "false_positive"\nreason = "Only its name"\nwho = "Ana"\n'
        "said = 2025-03-01 10:00:00+00:00\nuntil = 2030-01-01\n"
    )
    assert io.StringIO(text).readline().startswith("#")


def test_entries_that_differ_in_their_reason_alone_have_an_order_too() -> None:
    said = [clean_suppression(shared(reason=f"a{n}")) for n in range(5)]
    assert write_suppressions(said) == write_suppressions(said[::-1])
