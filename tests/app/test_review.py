"""Answers, triage and decisions through the real store: what was said is there again, and binds to bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.checklist import AnswerRefused, Checklist, DecisionRefused, Status
from app.guidelines import Guideline, Profile, Source
from app.model import Artifact, CheckResult, Decision, Isolation, Run, RunFinding, Submission
from app.review import decide, give_answer, match_findings, review_state, triage_findings
from app.store import Store
from app.triage import TriageRefused, Verdict
from checks import Outcome, Severity

GUIDELINES = {
    id: Guideline(id, "No viruses", "T.", "W.", "R.", frozenset({"static"}), frozenset({"download"}), (source,), "A")
    for id, source in (("DL-01", Source("A book", "1")), ("DL-02", Source("A book", "2")))
}
PROFILE = Profile(
    "own",
    "Own",
    "Ours.",
    Severity.MEDIUM,
    False,
    {"download": {"DL-01": "required", "DL-02": "advisory"}},
    {"download": frozenset({"virus_scan"})},
)
DECLARED = {"virus_scan": ("DL-01",), "secrets": ("DL-02",)}
TITLES = {"virus_scan": "Scan for viruses", "secrets": "Live keys"}
ISOLATION = Isolation("bubblewrap", True, ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "assay.db")
    yield opened
    opened.close()


def add(store: Store, seed: str = "a") -> Submission:
    artifact = Artifact(seed * 64, seed * 32, seed * 40, 10, f"{seed}.zip")
    return store.add_submission(artifact, kind="download")


def finding(fingerprint: str = "f1", file: str = "c", **changes: Any) -> RunFinding:
    found = RunFinding(
        "virus_scan", "eicar", Severity.HIGH, "high", "Eicar", "a.js", "a.js", file * 64 if file else "", 1, 1, 1, 0, 5,
        "", fingerprint, None, ("DL-01",), "", (),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


def run(store: Store, about: Submission, *findings: RunFinding, **outcomes: Outcome) -> Run:
    outcomes = {"virus_scan": Outcome.FOUND if findings else Outcome.CLEAN, "secrets": Outcome.CLEAN} | outcomes
    made = Run(
        id=store.start_run(about.id, profile="own", isolation=ISOLATION),
        submission=about.id,
        artifact=about.artifact,
        kind="download",
        profile="own",
        started=datetime.now(UTC),
        finished=datetime.now(UTC),
        isolation=ISOLATION,
        tree=None,
        baseline=None,
        checks=tuple(CheckResult(id, TITLES[id], end, 1, "", {}, DECLARED[id], 0) for id, end in outcomes.items()),
        findings=findings,
    )
    store.finish_run(made)
    kept = store.last_run(about.id)
    assert kept is not None
    return kept


def state(store: Store, about: Submission, of: Run | None) -> Checklist:
    return review_state(store, about.id, of, GUIDELINES, PROFILE, DECLARED, TITLES)


def status(store: Store, about: Submission, of: Run | None) -> list[Status]:
    return [item.status for item in state(store, about, of).items]


def make_decision(store: Store, about: Submission, of: Run | None, decision: str, reason: str, **more: Any) -> Decision:
    options: dict[str, Any] = {"guidelines": GUIDELINES, "profile": PROFILE, "declared": DECLARED} | more
    return decide(store, about.id, decision, reason, reviewer="Ada", run=of, **options)


def test_a_run_that_took_the_package_for_another_kind_is_no_evidence(store: Store) -> None:
    """What it skipped, because it is not for that kind, would otherwise count as not applicable."""
    about = add(store)
    skipped = dataclasses.replace(run(store, about, virus_scan=Outcome.SKIPPED, secrets=Outcome.SKIPPED), kind="chart")
    assert status(store, about, skipped) == [Status.DID_NOT_RUN, Status.DID_NOT_RUN]


def test_the_checklist_fills_from_run_triage_and_answers(store: Store) -> None:
    about = add(store)
    assert status(store, about, None) == [Status.DID_NOT_RUN, Status.DID_NOT_RUN]
    made = run(store, about, finding())
    assert status(store, about, made) == [Status.NOT_MET, Status.MET]
    triage_findings(store, made, ["f1"], Verdict.FALSE_POSITIVE, "a test file", reviewer="Ada")
    assert status(store, about, made) == [Status.MET, Status.MET]
    triage_findings(store, made, ["f1"], None, reviewer="Ada")
    assert status(store, about, made) == [Status.NOT_MET, Status.MET]
    give_answer(store, about.id, "DL-02", "not_met", "I saw a key", reviewer="Ada")
    assert status(store, about, made) == [Status.NOT_MET, Status.NOT_MET]
    give_answer(store, about.id, "DL-02", None, reviewer="Ada")
    assert status(store, about, made) == [Status.NOT_MET, Status.MET]
    with pytest.raises(AnswerRefused):
        give_answer(store, about.id, "DL-02", "not_applicable", reviewer="Ada")
    assert store.answers(about.id) == {}


def test_a_run_that_was_cut_off_or_saw_other_bytes_is_no_evidence(store: Store) -> None:
    about, other = add(store), add(store, "b")
    made = run(store, about)
    assert status(store, about, dataclasses.replace(made, finished=None)) == [Status.DID_NOT_RUN] * 2
    assert status(store, other, made) == [Status.DID_NOT_RUN] * 2
    with pytest.raises(DecisionRefused):
        make_decision(store, other, made, "approve", "")


def test_triage_carries_over_where_the_bytes_are_the_same_and_is_offered_where_not(store: Store) -> None:
    first, second = add(store), add(store, "b")
    old = run(store, first, finding("same"), finding("changed"), finding("package", ""))
    triage_findings(store, old, ["same", "changed", "package"], Verdict.ACCEPTED_RISK, "needed", reviewer="Ada")
    new = run(store, second, finding("same"), finding("changed", "d"), finding("package", ""), finding("new"))
    matches = match_findings(store, new)
    assert {f: m.kind for f, m in matches.items()} == {
        "same": "holds",
        "changed": "offered",
        "package": "offered",
        "new": "none",
    }
    assert "Ada said accepted risk" in matches["changed"].note
    triage_findings(store, new, ["changed"], Verdict.ACCEPTED_RISK, reviewer="Bo")
    confirmed = match_findings(store, new)["changed"]
    assert confirmed.kind == "holds" and confirmed.entry is not None
    assert (confirmed.entry.reviewer, "first said by Ada" in confirmed.entry.reason) == ("Bo", True)
    assert match_findings(store, old)["changed"].kind == "holds"


def test_one_path_with_two_contents_needs_both_resolved(store: Store) -> None:
    """An archive may name an entry twice: what was said of the harmless one must not cover the other."""
    first, second = add(store), add(store, "b")
    old = run(store, first, finding("f1", "c"))
    triage_findings(store, old, ["f1"], Verdict.FALSE_POSITIVE, "harmless", reviewer="Ada")
    new = run(store, second, finding("f1", "c"), finding("f1", "d"))
    assert match_findings(store, new)["f1"].kind == "offered"
    assert status(store, second, new)[0] is Status.NOT_MET
    assert triage_findings(store, new, ["f1", "f1"], Verdict.FALSE_POSITIVE, "both are", reviewer="Ada") == 2
    assert status(store, second, new)[0] is Status.MET


def test_triage_is_all_or_nothing(store: Store) -> None:
    about = add(store)
    made = run(store, about, finding("f1"), finding("f2"))
    logged = len(store.audit())
    with pytest.raises(TriageRefused, match="not in the latest run"):
        triage_findings(store, made, ["f1", "gone"], Verdict.CONFIRMED, reviewer="Ada")
    with pytest.raises(TriageRefused, match="only with a reason"):
        triage_findings(store, made, ["f1", "f2"], Verdict.FALSE_POSITIVE, "  ", reviewer="Ada")
    assert store.triage_entries(["f1", "f2"]) == ()
    assert len(store.audit()) == logged


def test_an_approval_over_open_items_needs_a_reason_and_keeps_what_it_overrode(store: Store) -> None:
    about = add(store)
    made = run(store, about, finding())
    with pytest.raises(DecisionRefused) as refused:
        make_decision(store, about, made, "approve", "")
    assert [b.guideline for b in refused.value.blockers] == ["DL-01"]
    assert store.decisions(about.id) == ()
    reason = "The file is the public test file.\n\nAgreed with\x1b[31m legal\u202e."
    kept = make_decision(store, about, made, "approve", reason)
    assert store.decisions(about.id) == (kept,)
    assert len(kept.overrides) == 1 and kept.overrides[0].startswith("DL-01")
    assert kept.reason == "The file is the public test file.\n\nAgreed with[31m legal."
    assert (kept.artifact_sha256, kept.run) == (about.artifact.sha256, made.id)


def test_a_clean_run_is_approved_without_words_and_a_rejection_is_not(store: Store) -> None:
    about = add(store)
    made = run(store, about)
    assert make_decision(store, about, made, "approve", "").overrides == ()
    with pytest.raises(DecisionRefused, match="write a reason"):
        make_decision(store, about, made, "reject", "")
    with pytest.raises(DecisionRefused, match="no decision"):
        make_decision(store, about, made, "perhaps", "because")
    assert make_decision(store, about, made, "request_changes", "Please sign it.").overrides == ()
    assert [d.decision for d in store.decisions(about.id)] == ["request_changes", "approve"]


def test_a_required_check_that_did_not_run_blocks_also_without_a_required_guideline(store: Store) -> None:
    about = add(store)
    made = run(store, about, secrets=Outcome.TIMEOUT)
    profile = dataclasses.replace(PROFILE, required_checks={"download": frozenset({"virus_scan", "secrets"})})
    with pytest.raises(DecisionRefused, match="Live keys did not run") as refused:
        make_decision(store, about, made, "approve", "", profile=profile)
    assert len(refused.value.blockers) == 1
    kept = make_decision(store, about, made, "approve", "Looked through it by hand.", profile=profile)
    assert kept.overrides == ("Live keys did not run, and the profile requires it",)


def test_a_check_that_took_no_part_has_the_title_of_the_catalog(store: Store) -> None:
    items = state(store, add(store), None).items
    assert [item.why.partition(" did not run")[0] for item in items] == ["Scan for viruses", "Live keys"]


def test_everything_is_there_again_after_reopening(store: Store, tmp_path: Path) -> None:
    about = add(store)
    made = run(store, about, finding())
    give_answer(store, about.id, "DL-02", "met", "read it all", reviewer="Ada")
    triage_findings(store, made, ["f1"], Verdict.CONFIRMED, reviewer="Ada")
    kept = make_decision(store, about, made, "reject", "It is a virus.")
    before = state(store, about, made)
    store.close()
    again = Store(tmp_path / "assay.db")
    assert state(again, about, again.last_run(about.id)) == before
    assert again.decisions(about.id) == (kept,)
    assert [row.action for row in again.audit(about.id)] == ["decision", "triage", "answer", "run", "submission"]
    again.close()


def test_what_was_never_run_is_not_approved_without_a_reason(store: Store) -> None:
    """Not even under a profile that asks for nothing."""
    unknown = store.add_submission(Artifact("f" * 64, "f" * 32, "f" * 40, 1, "x.zip"), kind="")
    asks_nothing = dataclasses.replace(PROFILE, requirements={}, required_checks={})
    with pytest.raises(DecisionRefused, match="run the battery first"):
        make_decision(store, unknown, None, "approve", "", profile=asks_nothing)
    with pytest.raises(DecisionRefused, match="1 item blocks"):
        make_decision(store, unknown, None, "approve", "")
    kept = make_decision(store, unknown, None, "approve", "read by hand, line by line", profile=asks_nothing)
    assert any("no check has looked" in override for override in kept.overrides)
