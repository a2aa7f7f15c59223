"""Unsafe deserialization: objects made from bytes of others.

pickle, marshal, YAML with all tags and node-serialize run code while they load.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-13"}, severity=Severity.MEDIUM)
def unsafe_deserialization(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Loading is executing where the format can name functions."""
    yield from findings(file, "unsafe_deserialization", limit)
