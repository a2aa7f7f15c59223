"""Anti-analysis: behaviour that depends on the machine, the place or the day.

Looking at a date or a language is ordinary; acting in secret only there is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.MEDIUM)
def anti_analysis(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What hides from an analyst hides from the reviewer too."""
    yield from findings(file, "anti_analysis", limit)
