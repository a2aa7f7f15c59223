"""Request forgery: requests whose address others choose.

A server reaches what its users must not: internal services and the credentials of its cloud.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-13"}, severity=Severity.MEDIUM, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def request_forgery(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Who chooses the address uses the rights of the server."""
    yield from findings(file, "request_forgery", limit)
