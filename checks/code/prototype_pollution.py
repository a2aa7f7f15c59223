"""Prototype pollution: member names from outside that are written into objects.

Only JavaScript has prototypes that a key can reach.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-13"}, severity=Severity.LOW)
def prototype_pollution(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """One key changes every object of the program."""
    yield from findings(file, "prototype_pollution", limit)
