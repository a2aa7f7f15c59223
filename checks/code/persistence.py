"""Persistence: entries that start a program by itself, and changes to other programs.

A package that a user removes has to be gone; what enters itself elsewhere is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.HIGH)
def persistence(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What starts by itself runs without anybody's decision."""
    yield from findings(file, "persistence", limit)
