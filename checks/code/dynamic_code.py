"""Dynamic code: decoded, fetched or received text that is run as code.

Evaluation alone is a capability that templates and tools have. Joined with text that nobody can read, or that somebody
else sends, it is a way around the review.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-11", "DL-18"}, severity=Severity.HIGH, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def dynamic_code(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """A reviewer cannot approve what is not there yet."""
    yield from findings(file, "dynamic_code", limit)
