"""Destruction: files of the user wiped, endless loops, sabotage.

Protestware and wipers came in through updates of packages that had been honest for years.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.HIGH)
def destruction(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Nothing that is deleted comes back by removing the package."""
    yield from findings(file, "destruction", limit)
