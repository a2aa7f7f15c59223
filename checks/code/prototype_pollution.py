"""Prototype pollution: member names from outside that are written into objects.

Only JavaScript has prototypes that a key can reach.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-13"}, severity=Severity.LOW, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def prototype_pollution(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """One key changes every object of the program."""
    yield from findings(file, "prototype_pollution", limit)
