"""Started programs: other programs that are started, and who decides which.

Many honest packages start programs; what counts is a command that is hidden, decoded, fetched or chosen by a request.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.HIGH)
def process_spawn(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What is started has the rights of the user and is no longer this package."""
    yield from findings(file, "process_spawn", limit)
