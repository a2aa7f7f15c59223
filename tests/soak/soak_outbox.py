"""The long form of the ordeal of the outbox: 1,000 decisions and 50 kills. `make soak` runs it, nothing else does.

ASSAY_SOAK_DECISIONS, ASSAY_SOAK_KILLS and ASSAY_SOAK_SEED change the figures.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..app.marketplace.ordeal import endure


@pytest.mark.timeout(3600)
def test_a_thousand_decisions_and_fifty_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("ASSAY_BACKOFF", "0.001")
    decisions, kills, seed = (
        int(os.environ.get(f"ASSAY_SOAK_{name}", usual))
        for name, usual in (("DECISIONS", 1000), ("KILLS", 50), ("SEED", 20260504))
    )
    outcome = endure(
        tmp_path, os.environ, decisions=decisions, kills=kills, seed=seed, limit=3000.0, pause=0.3, stall=(0.002, 2.5)
    )
    assert outcome.kills == kills
    for fault in ("cut_before", "cut_after", "cut_body", "error_after", "busy", "duplicate", "slow", "late", "stall"):
        assert outcome.faults[fault] > 0, fault
