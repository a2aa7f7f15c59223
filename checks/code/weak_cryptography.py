"""Weak cryptography: broken hashes and ciphers, numbers that can be guessed.

A weak hash may compare files; where it protects a password it is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-19"}, severity=Severity.LOW)
def weak_cryptography(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What can be undone protects nothing."""
    yield from findings(file, "weak_cryptography", limit)
