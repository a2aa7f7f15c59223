"""Promise 1: what did not run is never a pass; and an approval over anything open needs a written reason."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checklist import (
    ANSWERS,
    Answer,
    AnswerRefused,
    CheckEvidence,
    Checklist,
    DecisionRefused,
    FindingEvidence,
    Item,
    Status,
    approval_blockers,
    build_checklist,
    find_missing_checks,
    gather_evidence,
    may_decide,
)
from app.guidelines import Guideline, Profile, Source
from app.model import CheckResult, RunFinding
from app.triage import Verdict
from checks import Outcome, Severity

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def guideline(id: str, title: str = "No viruses", kind: str = "download") -> Guideline:
    source = (Source("A book", "1"),)
    return Guideline(id, title, "T.", "W.", "R.", frozenset({"static"}), frozenset({kind}), source, "Things")


GUIDELINES = {
    g.id: g for g in (guideline("DL-02"), guideline("DL-13", "No injection"), guideline("HC-01", "X", "chart"))
}
PROFILE = Profile(
    "own",
    "Own",
    "Ours.",
    Severity.MEDIUM,
    False,
    {"download": {"DL-02": "required", "DL-13": "advisory"}},
    {"download": frozenset({"virus_scan", "secrets"})},
)


def finding(
    severity: Severity = Severity.HIGH, triage: Verdict | None = None, state: str | None = None, message: str = "Eicar"
) -> FindingEvidence:
    return FindingEvidence("f", severity, state, message, triage)


def ended(
    outcome: Outcome | None, *findings: FindingEvidence, check: str = "virus_scan", why: str = ""
) -> CheckEvidence:
    return CheckEvidence(check, outcome, why, findings)


def answer(value: str, comment: str = "seen", id: str = "DL-02") -> Answer:
    return Answer(id, value, comment, "Ana", NOW)


def checklist(*evidence: CheckEvidence, said: Answer | None = None, profile: Profile = PROFILE) -> Checklist:
    return build_checklist("download", profile, GUIDELINES, {"DL-02": evidence}, {said.guideline: said} if said else {})


def first(*evidence: CheckEvidence, said: Answer | None = None) -> Item:
    return checklist(*evidence, said=said).items[0]


def test_the_list_is_of_the_kind_and_the_profile() -> None:
    assert [(i.guideline.id, i.requirement) for i in checklist().items] == [
        ("DL-02", "required"),
        ("DL-13", "advisory"),
    ]
    off = dataclasses.replace(PROFILE, requirements={"download": {"DL-02": "off"}})
    assert [i.guideline.id for i in checklist(profile=off).items] == ["DL-13"]
    assert checklist().item("DL-13") is not None
    assert checklist().item("HC-01") is None


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.UNAVAILABLE, "Virus scan did not run: no clamd answers"),
        (Outcome.ERROR, "Virus scan failed: no clamd answers"),
        (Outcome.TIMEOUT, "Virus scan did not finish in time: no clamd answers"),
        (Outcome.CANCELLED, "Virus scan was cancelled: no clamd answers"),
        (None, "Virus scan did not run: no clamd answers"),
    ],
)
def test_what_did_not_run_is_no_pass(outcome: Outcome | None, said: str) -> None:
    clean = ended(Outcome.CLEAN, check="malware_rules")
    item = first(clean, ended(outcome, why="no clamd answers"))
    assert (item.status, item.why) == (Status.DID_NOT_RUN, said)
    assert [b.why for b in approval_blockers(checklist(clean, ended(outcome, why="no clamd answers")))] == [
        f"DL-02 {said}"
    ]


def test_a_check_that_took_no_part_says_so() -> None:
    assert first(ended(None)).why == "Virus scan did not run: it took no part in this run"


def test_an_unfinished_check_does_not_hide_what_was_found() -> None:
    item = first(ended(Outcome.TIMEOUT, finding(Severity.CRITICAL)))
    assert item.status is Status.DID_NOT_RUN
    assert item.why == "Virus scan did not finish in time; 1 unresolved finding, the worst critical: Eicar"


def test_clean_is_met() -> None:
    item = first(ended(Outcome.CLEAN))
    assert (item.status, item.why) == (Status.MET, "Virus scan: nothing found")


def test_a_check_that_could_do_only_a_part_leaves_it_to_the_reviewer() -> None:
    limited = dataclasses.replace(ended(Outcome.CLEAN), limitation="Only test files are recognised")
    item = first(limited)
    assert item.status is Status.NEEDS_YOU
    # what it is not worth comes first, then what to do
    assert item.why == (
        "Only test files are recognised. Run again once that is mended (assay doctor shows how), "
        "or answer with how it was checked elsewhere. Virus scan: nothing found"
    )
    assert approval_blockers(checklist(limited))
    assert first(limited, said=answer("met")).status is Status.MET
    assert first(dataclasses.replace(limited, findings=(finding(),))).status is Status.NOT_MET
    assert first(limited, ended(Outcome.ERROR, check="secrets")).status is Status.DID_NOT_RUN


def test_skipped_satisfies_beside_a_clean_one_and_alone_means_not_applicable() -> None:
    skipped = ended(Outcome.SKIPPED, why="no executables here")
    assert first(skipped, ended(Outcome.CLEAN, check="malware_rules")).status is Status.MET
    assert (first(skipped).status, first(skipped).why) == (Status.NOT_APPLICABLE, "no executables here")
    assert approval_blockers(checklist(skipped)) == ()


@pytest.mark.parametrize(
    ("severity", "triage", "state", "status"),
    [
        (Severity.HIGH, None, None, Status.NOT_MET),
        (Severity.MEDIUM, None, "unchanged", Status.NOT_MET),
        (Severity.LOW, None, "new", Status.MET),
        (Severity.CRITICAL, Verdict.FALSE_POSITIVE, "new", Status.MET),
        (Severity.CRITICAL, Verdict.ACCEPTED_RISK, None, Status.MET),
        (Severity.CRITICAL, Verdict.CONFIRMED, None, Status.NOT_MET),
        (Severity.CRITICAL, None, "fixed", Status.MET),
        (Severity.CRITICAL, Verdict.CONFIRMED, "fixed", Status.MET),
    ],
)
def test_what_stands_against_a_guideline(
    severity: Severity, triage: Verdict | None, state: str | None, status: Status
) -> None:
    assert first(ended(Outcome.FOUND, finding(severity, triage, state))).status is status


def test_one_open_finding_among_resolved_ones_is_enough() -> None:
    resolved = finding(Severity.CRITICAL, Verdict.FALSE_POSITIVE)
    item = first(ended(Outcome.FOUND, resolved, finding(Severity.MEDIUM, message="bad\x1b[2J\nthing"), finding()))
    assert item.status is Status.NOT_MET
    assert item.why == "2 unresolved findings, the worst high: Eicar"
    assert "\x1b" not in first(ended(Outcome.FOUND, finding(message="bad\x1b[2J\nthing"))).why


def test_found_without_its_findings_is_no_pass() -> None:
    item = first(ended(Outcome.FOUND))
    assert (item.status, item.why) == (
        Status.DID_NOT_RUN,
        "Virus scan reports findings that are not in the record: run it again",
    )


def test_the_profile_says_from_which_severity_on() -> None:
    strict = dataclasses.replace(PROFILE, blocking=Severity.LOW)
    low = ended(Outcome.FOUND, finding(Severity.LOW))
    assert checklist(low).items[0].why == "Virus scan: nothing open; 1 resolved or below medium"
    assert checklist(low, profile=strict).items[0].status is Status.NOT_MET


def test_without_any_check_the_reviewer_is_asked() -> None:
    assert first().status is Status.NEEDS_YOU
    for value in ANSWERS:
        item = first(said=answer(value))
        assert (item.status, item.why) == (Status(value), f"Ana answered {value.replace('_', ' ')}: seen")


def test_not_applicable_wants_a_comment() -> None:
    for blank in ("", " \n", "\u200b", "-"):
        with pytest.raises(AnswerRefused, match="DL-02: say in a comment why"):
            answer("not_applicable", blank)
    with pytest.raises(AnswerRefused, match="'maybe' is no answer: use one of met, not_met, not_applicable"):
        answer("maybe")
    assert answer("met", "a\x00\u202e\nb").comment == "a b"


@pytest.mark.parametrize("value", ["met", "not_applicable"])
def test_an_answer_does_not_outvote_the_evidence(value: str) -> None:
    word = value.replace("_", " ")
    missing = checklist(ended(Outcome.UNAVAILABLE, why="no clamd answers"), said=answer(value))
    assert missing.items[0].status is Status.DID_NOT_RUN
    assert approval_blockers(missing)[0].why == (f"DL-02 answered {word}, but Virus scan did not run: no clamd answers")
    against = checklist(ended(Outcome.FOUND, finding()), said=answer(value))
    assert against.items[0].status is Status.NOT_MET
    assert approval_blockers(against)[0].why == (
        f"DL-02 No viruses: answered {word}, but 1 unresolved finding, the worst high: Eicar"
    )


def test_the_reviewer_may_be_stricter_than_the_checks() -> None:
    item = first(ended(Outcome.CLEAN), said=answer("not_met", "it talks to a dropper"))
    assert (item.status, item.contradiction) == (Status.NOT_MET, "")
    assert item.why == "Ana answered not met: it talks to a dropper"


def test_not_applicable_with_a_comment_closes_a_clean_item() -> None:
    assert first(ended(Outcome.CLEAN), said=answer("not_applicable")).status is Status.NOT_APPLICABLE


def test_only_required_items_block() -> None:
    advisory = build_checklist("download", PROFILE, GUIDELINES, {"DL-02": (ended(Outcome.CLEAN),)}, {})
    assert [i.status for i in advisory.items] == [Status.MET, Status.NEEDS_YOU]
    assert approval_blockers(advisory) == ()
    assert advisory.done == 1
    may_decide("approve", advisory, "")


def test_approval_over_blockers_lists_them_and_takes_a_reason() -> None:
    blocked = checklist(ended(Outcome.UNAVAILABLE, why="no clamd answers"))
    for reason in ("", "ok", " " * 20, "..............", "\u200b" * 20, "a" + " " * 20 + "b"):
        with pytest.raises(DecisionRefused) as caught:
            may_decide("approve", blocked, reason)
        assert caught.value.blockers == approval_blockers(blocked)
        assert "1 item blocks approval" in str(caught.value)
        assert "DL-02 Virus scan did not run: no clamd answers" in str(caught.value)
    may_decide("approve", blocked, "scanned on another machine")


@pytest.mark.parametrize("decision", ["reject", "request_changes"])
def test_the_developer_gets_a_reason(decision: Any) -> None:
    clean = checklist(ended(Outcome.CLEAN))
    with pytest.raises(DecisionRefused, match="write a reason") as caught:
        may_decide(decision, clean, " \x00 ")
    assert caught.value.blockers == ()
    may_decide(decision, clean, "Virus")


def test_an_unknown_decision_is_refused() -> None:
    with pytest.raises(DecisionRefused, match="use approve, reject or request_changes"):
        may_decide("aprove", checklist(ended(Outcome.CLEAN)), "a good reason")  # type: ignore[arg-type]


def test_missing_checks_are_those_the_profile_wants() -> None:
    assert find_missing_checks("download", PROFILE, {"virus_scan": Outcome.FOUND}) == ("secrets",)
    ran = {"virus_scan": Outcome.TIMEOUT, "secrets": Outcome.SKIPPED, "mime_type": Outcome.ERROR}
    assert find_missing_checks("download", PROFILE, ran) == ("virus_scan",)
    assert find_missing_checks("chart", PROFILE, {}) == ()


def result(id: str, outcome: Outcome, *guidelines: str) -> CheckResult:
    return CheckResult(id, id, outcome, 0.1, "why", {}, guidelines, 0)


def run_finding(check: str) -> RunFinding:
    return cast(
        RunFinding,
        SimpleNamespace(check=check, fingerprint="f", severity=Severity.HIGH, state="new", message="m"),
    )


def test_evidence_is_gathered_with_what_took_no_part() -> None:
    declared = {"secrets": ["DL-08"], "virus_scan": ["DL-02", "IMG-13"]}
    old = dataclasses.replace(result("retired", Outcome.CLEAN, "DL-08"), limitation="half of it")
    results = [result("secrets", Outcome.FOUND, "DL-08"), old]
    titles = {"secrets": "Keys", "virus_scan": "Scan for viruses"}
    gathered = gather_evidence(declared, results, [run_finding("secrets")], lambda _: Verdict.CONFIRMED, titles)
    absent = CheckEvidence("virus_scan", None, title="Scan for viruses")
    assert gathered["DL-02"] == gathered["IMG-13"] == (absent,)
    assert gathered["DL-08"] == (
        CheckEvidence("retired", Outcome.CLEAN, "why", (), "half of it", "retired"),
        CheckEvidence(
            "secrets",
            Outcome.FOUND,
            "why",
            (FindingEvidence("f", Severity.HIGH, "new", "m", Verdict.CONFIRMED),),
            title="secrets",
        ),
    )


def test_a_check_is_called_by_its_title() -> None:
    named = dataclasses.replace(ended(Outcome.CLEAN), title="File types")
    assert first(named).why == "File types: nothing found"
    assert first(dataclasses.replace(named, outcome=None)).why.startswith("File types did not run")
    assert dataclasses.replace(named, title=" ").name == "Virus scan"


def test_a_skipped_check_is_not_limited() -> None:
    skipped = dataclasses.replace(result("secrets", Outcome.SKIPPED, "DL-08"), limitation="half of it")
    assert gather_evidence({}, [skipped], [], lambda _: None)["DL-08"][0].limitation == ""


findings = st.builds(
    finding,
    st.sampled_from(Severity),
    st.sampled_from([None, *Verdict]),
    st.sampled_from([None, "new", "unchanged", "fixed"]),
)
evidence_of_a_check = st.builds(
    lambda outcome, found, limits: dataclasses.replace(ended(outcome, *found), limitation=limits),
    st.sampled_from([None, *Outcome]),
    st.lists(findings, max_size=4),
    st.sampled_from(["", "half of it"]),
)
evidence = st.lists(evidence_of_a_check, max_size=4)
maybe_answer = st.none() | st.builds(answer, st.sampled_from(ANSWERS))
did_not_run = st.sampled_from([None, Outcome.UNAVAILABLE, Outcome.ERROR, Outcome.TIMEOUT, Outcome.CANCELLED]).map(ended)


@given(evidence, maybe_answer, did_not_run)
def test_a_check_that_did_not_run_never_satisfies(
    shown: list[CheckEvidence], said: Answer | None, missing: CheckEvidence
) -> None:
    lists = [[*shown, missing], [missing, *shown]]
    for with_it in lists:
        item = first(*with_it, said=said)
        assert item.open
        assert item.status is Status.DID_NOT_RUN or (said is not None and said.value == "not_met")
        with pytest.raises(DecisionRefused):
            may_decide("approve", checklist(*with_it, said=said), "")


@given(evidence, maybe_answer, st.data())
def test_an_open_finding_never_satisfies(shown: list[CheckEvidence], said: Answer | None, data: st.DataObject) -> None:
    severity = data.draw(st.sampled_from([s for s in Severity if s >= PROFILE.blocking]))
    against = ended(Outcome.FOUND, finding(severity, data.draw(st.sampled_from([None, Verdict.CONFIRMED]))))
    assert first(*shown, against, said=said).open


@given(evidence, maybe_answer)
def test_satisfied_means_that_everything_ran_and_is_resolved(shown: list[CheckEvidence], said: Answer | None) -> None:
    item = first(*shown, said=said)
    if item.open:
        return
    assert shown or said is not None
    for one in shown:
        assert one.outcome in (Outcome.CLEAN, Outcome.FOUND, Outcome.SKIPPED)
        assert said is not None or not one.limitation or one.outcome is Outcome.SKIPPED
        assert not any(f.unresolved and f.severity >= PROFILE.blocking for f in one.findings)


@given(evidence, maybe_answer, findings)
def test_what_is_fixed_never_counts(shown: list[CheckEvidence], said: Answer | None, gone: FindingEvidence) -> None:
    fixed = dataclasses.replace(gone, state="fixed")
    more = [dataclasses.replace(e, findings=(*e.findings, fixed)) if e.findings else e for e in shown]
    assert first(*more, said=said).status is first(*shown, said=said).status


@given(evidence, maybe_answer)
def test_resolving_one_more_finding_never_makes_it_worse(shown: list[CheckEvidence], said: Answer | None) -> None:
    resolved = [
        dataclasses.replace(
            e, findings=tuple(dataclasses.replace(f, triage=Verdict.FALSE_POSITIVE) for f in e.findings)
        )
        for e in shown
    ]
    if not first(*shown, said=said).open:
        assert not first(*resolved, said=said).open


@given(evidence, maybe_answer, st.sampled_from(["", " ", "short", "a long enough reason"]))
def test_no_approval_without_a_reason_while_a_required_item_is_open(
    shown: list[CheckEvidence], said: Answer | None, reason: str
) -> None:
    listed = checklist(*shown, said=said)
    blocked = any(i.required and i.open for i in listed.items)
    assert bool(approval_blockers(listed)) is blocked
    if blocked and len(reason) < 10:
        with pytest.raises(DecisionRefused):
            may_decide("approve", listed, reason)
    else:
        may_decide("approve", listed, reason)
