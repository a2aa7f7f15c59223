"""Triage holds on the same bytes, is offered on others, and never counts without a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage import (
    TriageEntry,
    TriageMatch,
    TriageRefused,
    Verdict,
    clean_text,
    confirm_offer,
    match_triage,
    says_something,
)

START = datetime(2025, 3, 1, tzinfo=UTC)


def entry(
    verdict: Verdict | None = Verdict.FALSE_POSITIVE, sha: str = "a", day: int = 0, who: str = "Ana", print_: str = "f"
) -> TriageEntry:
    return TriageEntry(print_, sha, verdict, "test data", who, START + timedelta(days=day), "src/a.js")


def test_same_bytes_hold() -> None:
    match = match_triage("f", "a", [entry()])
    assert match == TriageMatch("holds", entry())
    assert match.verdict is Verdict.FALSE_POSITIVE
    assert match.note == "Ana said false positive on 2025-03-01: test data"


def test_other_bytes_are_offered_and_do_not_count() -> None:
    match = match_triage("f", "b", [entry()])
    assert match.kind == "offered"
    assert match.verdict is None
    assert match.note.startswith("Ana said false positive on 2025-03-01: test data (the file has changed since")


def test_another_fingerprint_says_nothing() -> None:
    match = match_triage("g", "a", [entry()])
    assert (match.kind, match.entry, match.note) == ("none", None, "")


@pytest.mark.parametrize("backwards", [False, True])
def test_the_latest_wins_whatever_the_order(backwards: bool) -> None:
    entries = [entry(), entry(Verdict.CONFIRMED, day=2, who="Bo"), entry(Verdict.ACCEPTED_RISK, day=1)]
    match = match_triage("f", "a", reversed(entries) if backwards else entries)
    assert match.verdict is Verdict.CONFIRMED


def test_at_the_same_moment_the_later_line_wins() -> None:
    assert match_triage("f", "a", [entry(), entry(Verdict.CONFIRMED)]).verdict is Verdict.CONFIRMED


def test_withdrawn_on_these_bytes_is_open_again() -> None:
    entries = [entry(), entry(None, day=1), entry(sha="other", day=5)]
    assert match_triage("f", "a", entries).kind == "none"


def test_withdrawn_on_other_bytes_is_not_offered() -> None:
    assert match_triage("f", "b", [entry(), entry(None, day=1)]).kind == "none"


def test_what_was_said_on_these_bytes_goes_before_later_words_on_others() -> None:
    assert match_triage("f", "a", [entry(), entry(Verdict.CONFIRMED, sha="b", day=9)]).verdict is Verdict.FALSE_POSITIVE


def test_without_a_hash_nothing_holds() -> None:
    assert match_triage("f", "", [entry(sha="")]).kind == "offered"


@pytest.mark.parametrize("verdict", [Verdict.FALSE_POSITIVE, Verdict.ACCEPTED_RISK])
@pytest.mark.parametrize("reason", ["", "  \n", "\x00\x1b", "\u200b\u202e", "..."])
def test_a_reason_is_needed(verdict: Verdict, reason: str) -> None:
    with pytest.raises(TriageRefused, match=f"{verdict.label} only with a reason"):
        TriageEntry("f", "a", verdict, reason, "Ana", START)


def test_confirmed_and_withdrawn_need_none() -> None:
    assert TriageEntry("f", "a", Verdict.CONFIRMED, "", "Ana", START).verdict is Verdict.CONFIRMED
    assert TriageEntry("f", "a", None, "", "Ana", START).verdict is None


def test_a_naive_time_and_an_empty_fingerprint_are_refused() -> None:
    with pytest.raises(TriageRefused, match="time zone"):
        TriageEntry("f", "a", None, "", "Ana", datetime(2025, 1, 1))
    with pytest.raises(TriageRefused, match="fingerprint"):
        TriageEntry("", "a", None, "", "Ana", START)


def test_confirming_an_offer_makes_it_hold_and_quotes_the_first_one_once() -> None:
    later = START + timedelta(days=9)
    confirmed = confirm_offer(match_triage("f", "b", [entry()]), "b", "Bo", later)
    assert confirmed.reason == "test data (first said by Ana on 2025-03-01)"
    assert match_triage("f", "b", [entry(), confirmed]) == TriageMatch("holds", confirmed)
    again = confirm_offer(match_triage("f", "c", [entry(), confirmed]), "c", "Cy", later)
    assert again.reason == confirmed.reason


def test_only_an_offer_can_be_confirmed() -> None:
    with pytest.raises(TriageRefused, match="no earlier triage"):
        confirm_offer(match_triage("f", "a", [entry()]), "a", "Bo", START)


def test_text_is_one_clean_line() -> None:
    hostile = TriageEntry("f", "a", None, "ok\x1b[31m\r\nfine\u202e \u2066x\ud800", "A\x07na", START, "a\u200b/b")
    assert (hostile.reason, hostile.reviewer, hostile.path) == ("ok[31m fine x", "Ana", "a/b")


@given(st.text(st.characters()), st.integers(2, 40))
def test_cleaning_bounds_and_is_stable(text: str, limit: int) -> None:
    once = clean_text(text, limit)
    assert len(once) <= limit
    assert once.isprintable() or any(c in once for c in "\u200c\u200d")
    assert clean_text(once, limit) == once
    once.encode()


@given(st.text(st.sampled_from(" \t\n\x00\u200b\u202e\ufeff.-\u200d")))
def test_blanks_and_dots_say_nothing(text: str) -> None:
    assert not says_something(text)


entries_of_one_finding = st.lists(
    st.builds(
        entry,
        st.sampled_from([*Verdict, None]),
        st.sampled_from("abc"),
        st.integers(0, 5),
        print_=st.sampled_from("fg"),
    )
)


@given(entries_of_one_finding, st.sampled_from("abcd"))
def test_only_the_very_bytes_hold(entries: list[TriageEntry], sha: str) -> None:
    match = match_triage("f", sha, entries)
    own = [e for e in entries if e.fingerprint == "f" and e.file_sha256 == sha]
    if match.verdict is not None:
        assert match.entry in own
        assert match.entry is not None and match.entry.at == max(e.at for e in own)
    if own and match.kind == "none":
        assert max(own, key=lambda e: e.at).at == max(e.at for e in own if e.verdict is None)
    assert match.kind == "none" or match.entry is not None
