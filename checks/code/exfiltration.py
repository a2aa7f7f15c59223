"""Exfiltration: places where stolen data is sent, and what is sent there.

Chat webhooks, request catchers, tunnels, bare addresses and name lookups need no server that could be traced.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.MEDIUM)
def exfiltration(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """An address is cheap; joined with what is read it is evidence."""
    yield from findings(file, "exfiltration", limit)
