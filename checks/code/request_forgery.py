"""Request forgery: requests whose address others choose.

A server reaches what its users must not: internal services and the credentials of its cloud.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-13"}, severity=Severity.MEDIUM)
def request_forgery(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Who chooses the address uses the rights of the server."""
    yield from findings(file, "request_forgery", limit)
