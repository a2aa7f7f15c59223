"""Environment harvest: the whole environment of the process that is sent away.

Build machines keep their tokens in the environment; whoever takes all of it wants those.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.HIGH)
def environment_harvest(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """One variable by name is configuration, all of them are a harvest."""
    yield from findings(file, "environment_harvest", limit)
