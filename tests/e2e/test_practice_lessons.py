"""The signed practice submission teaches what its lesson promises: signer, permissions, look-alike, claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic")]

CHECKS = ("signature", "permissions", "lookalike", "credential_theft", "claims")
ONLY = tuple(word for check in CHECKS for word in ("--only", check))


def test_the_first_version_is_clean(assay, practice: Path) -> None:
    report = json.loads(assay("check", practice / "tab-tidy-1.4.0.crx", *ONLY, "--format", "json").stdout)
    assert report["findings"] == []
    (signature,) = [f for f in report["facts"] if f["group"] == "signature"]
    assert signature["value"].startswith("valid: ")


def test_the_update_shows_all_that_is_new(assay, practice: Path) -> None:
    old, new = (practice / f"tab-tidy-{version}.crx" for version in ("1.4.0", "1.5.0"))
    report = json.loads(assay("check", new, "--baseline", old, *ONLY, "--format", "json").stdout)
    found = {finding["rule"]: finding for finding in report["findings"]}
    assert {"signer_changed", "session-theft", "sends_cookies", "dependency-typo"} <= found.keys()
    assert found["sends_cookies"]["claim"].startswith("false positive: ")
    assert "claim_mismatch" not in found
    states = {(f["group"], f["name"]): f["state"] for f in report["facts"]}
    assert states["signature", "CRX3"] == "changed"
    assert states["permission", "history"] == "new"
    assert states["permission", "tabs"] == "unchanged"
