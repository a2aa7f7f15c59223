"""What the check says of a record beyond its samples: all at once, several files, and text from outside."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.runtime.catalog import load_catalog
from checks.runtime.model import MAX_MATCHED, MAX_MESSAGE, Finding, Severity
from checks.runtime.package import Package

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "marketplace_record" / "samples.py"
SPEC = load_catalog()["marketplace_record"]

Ask = Callable[..., list[Finding]]


@pytest.fixture
def ask(run_check: Any, make_package: Any) -> Ask:
    """`ask({change of the record}, ...)`: the findings over a file of which the marketplace holds these records."""
    spec = importlib.util.spec_from_file_location("samples_of_the_record", SAMPLES)
    assert spec is not None and spec.loader is not None
    samples = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(samples)
    _, files = next(samples.passes())
    told = json.loads(files["handed:marketplace"])

    def run(*changes: dict[str, Any]) -> list[Finding]:
        package: Package = make_package({"readme.txt": b"hello"})
        package.handed = {"marketplace": told | {"files": [told["files"][0] | change for change in changes]}}
        found: list[Finding] = run_check(SPEC, package)
        return found

    return run


def test_every_contradiction_is_told(ask: Ask) -> None:
    found = ask({"size": 1, "sha256": "0" * 64, "sha1": "0" * 40, "md5": "0" * 32, "mime_check": "FAILED",
                 "virus_scan": "DIRTY", "viruses": ["Eicar"]})  # fmt: skip
    assert {f.rule: f.severity for f in found} == {
        "size-differs": Severity.CRITICAL, "sha256-differs": Severity.CRITICAL, "sha1-differs": Severity.CRITICAL,
        "md5-differs": Severity.CRITICAL, "mime-failed": Severity.MEDIUM, "virus-found": Severity.CRITICAL,
    }  # fmt: skip
    assert all(f.remediation and f.references for f in found)


def test_without_a_hash_nothing_is_proven(ask: Ask) -> None:
    assert [f.rule for f in ask({"sha256": "", "sha1": "", "md5": ""})] == ["no-hash"]
    assert [(f.rule, f.severity) for f in ask({"sha256": "", "sha1": ""})] == [("weak-hash", Severity.INFO)]


def test_each_file_with_these_bytes_is_compared(ask: Ask) -> None:
    found = ask({}, {"name": "second.exe", "virus_scan": "NOT_SCANNED"})
    assert [f.rule for f in found] == ["other-name", "not-scanned"]
    assert "second.exe" in found[1].message


def test_another_word_for_the_same_finding_is_another_finding(ask: Ask) -> None:
    """What was triaged for one difference must not cover another."""
    (one,), (two,) = ask({"sha256": "1" * 64}), ask({"sha256": "2" * 64})
    assert one.matched != two.matched


def test_texts_of_the_marketplace_are_bounded(ask: Ask) -> None:
    long = "x" * 5000
    found = ask({"name": long, "viruses": [long] * 9, "virus_scan": long, "content_type": long, "sha256": long})
    assert {"other-name", "virus-found", "sha256-differs"} <= {f.rule for f in found}
    assert all(len(f.message) <= MAX_MESSAGE and len(f.matched) <= MAX_MATCHED for f in found)
    (virus,) = (f for f in found if f.rule == "virus-found")
    assert "and 4 more" in virus.message
