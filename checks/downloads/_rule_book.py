"""Rules of a table in resources/rules: how grave each is by itself, what to do about it, and where to read more."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from checks import Confidence, Finding, Severity


class RuleBook:
    """One table; `data` is all of it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def finding(
        self,
        rule: str,
        message: str,
        *,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.HIGH,
        matched: str = "",
    ) -> Finding:
        """A finding about the submission as a whole; `matched` tells it apart from others of the rule."""
        entry = self.data["rule"][rule]
        grade = Severity.parse(entry["severity"]) if severity is None else severity
        return Finding(
            rule=rule,
            message=message,
            severity=grade,
            confidence=confidence,
            matched=matched or rule,
            remediation=entry["remediation"] if grade > Severity.INFO else "",
            references=tuple(entry["references"]),
        )


@cache
def load_book(path: Path) -> RuleBook:
    """Read the table once a process."""
    return RuleBook(tomllib.loads(path.read_text(encoding="utf-8")))
