"""The log in words: no braces, no names of fields, whole hashes."""

from __future__ import annotations

import pytest

from widgets.history_words import describe_action, describe_detail

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("action", "detail", "words"),
    [
        ("submission", {"sha256": SHA, "kind": "download"}, f"file · sha256 {SHA}"),
        ("submission", {"sha256": SHA, "kind": ""}, f"sha256 {SHA}"),
        ("change", {"family": {"from": "", "to": "browser-extension"}}, "family set to browser-extension"),
        ("change", {"kind": {"from": "download", "to": "web"}}, "kind file → integration"),
        ("change", {"baseline": {"from": 3, "to": None}}, "baseline removed, was submission 3"),
        ("answer", {"guideline": "DL-02", "value": "not_met", "comment": "old"}, "DL-02: not met · old"),
        ("answer", {"guideline": "DL-02", "value": None, "was": "met"}, "DL-02: “met” taken back"),
        ("triage", {"verdict": "false_positive", "reason": "a test", "path": "a.js"}, "false positive · a.js · a test"),
        ("triage", {"verdict": None, "reason": "", "path": "a.js"}, "withdrawn · a.js"),
        (
            "decision",
            {"decision": "approve", "reason": "Fine", "artifact_sha256": SHA, "run": 4, "overrides": ["DL-02"]},
            f"approved · Fine · over DL-02 · sha256 {SHA}",
        ),
        (
            "run",
            {"run": 4, "profile": "standard", "findings": 1, "did_not_run": ["secrets"], "limited": ["virus_scan"]},
            "number 4 · 1 finding · did not run: secrets · limited: virus_scan · profile standard",
        ),
        ("run", {"run": 5, "profile": "own", "cancelled": True}, "number 5 · cancelled · 0 findings · profile own"),
        ("export", {"format": "pdf", "file": "a.pdf"}, "pdf · a.pdf"),
        (
            "outbox",
            {"row": 3, "token": "AS-1", "action": "reject", "to": "rejected", "state": "queued", "version": 7},
            "rejection: to send · id AS-1",
        ),
        (
            "outbox",
            {"token": "AS-1", "action": "approve", "from": "held", "state": "queued", "cause": "", "second": "Bo",
             "told": "confirmed by Bo", "why": "looked again"},
            "approval: to send · confirmed by Bo · looked again · id AS-1",
        ),
        ("download", {"version": 7, "file": "f-1", "differs": ""}, "file f-1"),
        ("something_new", {"a_name": 3, "empty": "", "many": ["x", "y"]}, "a name 3 · many x, y"),
        ("taken in", "acme-notes.xpi", "acme-notes.xpi"),
    ],
)
def test_a_line_of_the_log_is_words(action, detail, words):
    assert describe_detail(action, detail) == words


def test_what_was_done_is_words():
    assert describe_action("submission") == "taken in"
    assert describe_action("something_new") == "something new"
