"""Injection: text of others inside of commands, queries, paths and templates.

Hints, unless the way from a request to the place is proven in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-13"}, severity=Severity.LOW)
def injection(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Text that becomes syntax is no longer data."""
    yield from findings(file, "injection", limit)
