"""Dynamic code: decoded, fetched or received text that is run as code.

Evaluation alone is a capability that templates and tools have. Joined with text that nobody can read, or that somebody
else sends, it is a way around the review.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-11", "DL-18"}, severity=Severity.HIGH)
def dynamic_code(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """A reviewer cannot approve what is not there yet."""
    yield from findings(file, "dynamic_code", limit)
