"""Unsafe HTML: text of others that becomes a page.

Frameworks write HTML all day; what counts is where the text comes from.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-13"}, severity=Severity.LOW)
def unsafe_html(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """HTML from outside is code from outside."""
    yield from findings(file, "unsafe_html", limit)
