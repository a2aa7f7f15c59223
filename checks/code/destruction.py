"""Destruction: files of the user wiped, endless loops, sabotage.

Protestware and wipers came in through updates of packages that had been honest for years.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-18"}, severity=Severity.HIGH, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def destruction(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Nothing that is deleted comes back by removing the package."""
    yield from findings(file, "destruction", limit)
