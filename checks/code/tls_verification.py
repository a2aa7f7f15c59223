"""TLS verification: certificates that are not verified.

Encrypted is not enough: without verification the other end can be anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare
from checks.code._engine import MOST, RULES, USES, findings, gate


@file_check(guidelines={"DL-19"}, severity=Severity.MEDIUM, rules=RULES, uses=USES, prepare=prepare, gate=gate)
def tls_verification(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """An unverified connection can be read and changed on the way."""
    yield from findings(file, "tls_verification", limit)
