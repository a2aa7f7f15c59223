"""Credential theft: passwords, keys, wallets, cookies, keystrokes that are read and sent.

A path alone is a mention; what is read and sent in one file, or swapped in the clipboard, is theft.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked
from checks.code._engine import MOST, code_check, findings


@code_check(guidelines={"DL-18"}, severity=Severity.HIGH)
def credential_theft(file: File, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """What is stolen here outlives every uninstallation."""
    yield from findings(file, "credential_theft", limit)
