"""TLS verification: certificates that are not verified.

Encrypted is not enough: without verification the other end can be anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-19"}, severity=Severity.MEDIUM)
def tls_verification(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """An unverified connection can be read and changed on the way."""
    yield from findings(file, "tls_verification", limit)
