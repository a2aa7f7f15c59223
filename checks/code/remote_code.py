"""Remote code: programs and scripts that are fetched and run, headers that forbid it stripped.

What was reviewed is then not what runs. For evaluated text see dynamic_code, for command lines download_and_run.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-11"}, severity=Severity.HIGH)
def remote_code(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """A reviewed package changes only through a new review."""
    yield from findings(file, "remote_code", limit)
