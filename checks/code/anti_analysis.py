"""Anti-analysis: behaviour that depends on the machine, the place or the day.

Looking at a date or a language is ordinary; acting in secret only there is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-18"}, severity=Severity.MEDIUM, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def anti_analysis(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What hides from an analyst hides from the reviewer too."""
    yield from findings(file, "anti_analysis", limit)
