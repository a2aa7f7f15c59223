"""Canned reasons are whole, fit the guidelines, and hostile values stay values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.guidelines import load_guidelines
from app.reasons import PLACEHOLDERS, PURPOSES, Reason, ReasonError, choose_reasons, fill_reason, load_reasons

OWN = """
schema = "assay-reasons/1"
[[reason]]
id = "one"
for = "reject"
title = "One"
text = "See {path}, line {line}."
"""


def test_the_shipped_ones_cover_every_purpose_and_name_real_guidelines() -> None:
    reasons = load_reasons()
    assert {r.purpose for r in reasons} == set(PURPOSES)
    named = {g for r in reasons for g in r.guidelines}
    assert named <= set(load_guidelines())
    assert {f"DL-{n:02}" for n in (1, 2, 5, 6, 7, 8, 9, 10, 11, 12)} <= named
    for purpose in PURPOSES:
        assert choose_reasons(reasons, purpose, frozenset()), f"{purpose} needs one that fits anything"


def test_every_shipped_reason_can_be_filled() -> None:
    for reason in load_reasons():
        text, missing = fill_reason(reason, dict.fromkeys(PLACEHOLDERS, "X"))
        assert missing == ()
        assert "{" not in text and "}" not in text


def test_the_fitting_ones_come_first() -> None:
    chosen = choose_reasons(load_reasons(), "reject", frozenset({"DL-02"}))
    assert [r.id for r in chosen] == ["reject-virus", "reject-general"]


def test_a_limited_virus_scan_has_a_reason_of_its_own_to_approve() -> None:
    for guideline in ("DL-02", "IMG-13"):
        first = choose_reasons(load_reasons(), "approve", frozenset({guideline}))[0]
        text, missing = fill_reason(first, {"app": "Acme", "version": "1.0"})
        assert missing == () and "limited" in text and "scanned elsewhere" in text


def test_values_are_cleaned_and_never_a_template() -> None:
    reason = Reason("r", "reject", "R", "In {path}: {message}")
    text, missing = fill_reason(reason, {"path": "a\n\x1b[2J{message}\u202e", "message": "{path}" + "m" * 999})
    assert text.startswith("In a [2J{message}: {path}mmm")
    assert len(text) < 350
    assert missing == ()


def test_what_is_not_known_stays_visible() -> None:
    reason = Reason("r", "reject", "R", "{path}, line {line}, {path}")
    assert fill_reason(reason, {"path": "a.js", "line": None}) == ("a.js, line {line}, a.js", ("line",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reasons/1", "reasons/2", "key 'schema': has to be"),
        ('"reject"', '"refuse"', "reason one key 'for': 'refuse' is not known; use one of approve"),
        ('for = "reject"', "", "reason one key 'for': has to be one of approve"),
        ("{line}", "{lime}", "reason one key 'text': {lime} is not known"),
        ("title", "titel", "reason one key 'titel': is not known"),
        ("[[reason]]", "[reason]", "key 'reason': is missing"),
    ],
)
def test_faults_are_told_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(ReasonError, match=re.escape(said)) as caught:
        load_reasons(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN + OWN.replace('schema = "assay-reasons/1"', ""), encoding="utf-8")
    with pytest.raises(ReasonError, match="reason one key 'id': is there twice"):
        load_reasons(path)
