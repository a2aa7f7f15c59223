"""The short form of the ordeal: what was decided arrives exactly once, whatever the network and the power do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .ordeal import endure


def test_decisions_survive_a_bad_network_and_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("ASSAY_BACKOFF", "0.001")
    outcome = endure(tmp_path, os.environ, decisions=60, kills=5, seed=20260504, limit=100.0)
    assert outcome.kills == 5
    assert outcome.states["delivered"] >= 25 and outcome.states["conflict"] >= 5
    for fault in ("cut_after", "error_after", "duplicate"):
        assert outcome.faults[fault] > 0, fault
