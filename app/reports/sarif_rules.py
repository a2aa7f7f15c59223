"""The rules of a SARIF log: one for each check and rule that was met, one for each guideline a person judges."""

from __future__ import annotations

import re
from typing import Any

from app.guidelines import Guideline
from app.model import RunFinding
from app.reports.document import ReportData, plain
from checks import Severity

# severity -> kind and level of a result; SARIF wants the level "none" on everything that is not a failure
LEVELS = {
    Severity.CRITICAL: ("fail", "error"),
    Severity.HIGH: ("fail", "error"),
    Severity.MEDIUM: ("fail", "warning"),
    Severity.LOW: ("fail", "note"),
    Severity.INFO: ("informational", "none"),
}
# what code hosts read to tell critical from high: a score as CVSS has it
SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
# a plain address only: the references come from where the package was read
_URL = re.compile(r"https://[\w.-]+(?:/[\w.~-]*)*(?:\?[\w.~=&-]*)?(?:#[\w.~-]*)?", re.ASCII)


class Rules:
    """Grows as results name their rules; `listed` is `tool.driver.rules`."""

    def __init__(self, data: ReportData) -> None:
        self.listed: list[dict[str, Any]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._titles = {check.id: check.title for check in data.checks}
        self._guidelines = (
            {item.guideline.id: item.guideline for item in data.checklist.items} if data.checklist is not None else {}
        )

    def number_of(self, finding: RunFinding) -> int:
        """The index of a finding's rule. Its level is that of the first (worst) finding."""
        key = (finding.check, finding.rule)
        if key not in self._numbers:
            self._numbers[key] = self._add(self._rule(finding))
        return self._numbers[key]

    def number_of_guideline(self, guideline: Guideline) -> int:
        """The index of a guideline that a result is about."""
        key = ("guideline", guideline.id)
        if key not in self._numbers:
            rule: dict[str, Any] = {
                "id": f"guideline/{guideline.id}",
                "shortDescription": {"text": guideline.title},
                "fullDescription": {"text": guideline.text},
                "help": {"text": guideline.remediation},
            }
            urls = [source.url for source in guideline.sources if source.url]
            if urls:
                rule["helpUri"] = urls[0]
            self._numbers[key] = self._add(rule)
        return self._numbers[key]

    def _add(self, rule: dict[str, Any]) -> int:
        self.listed.append(rule)
        return len(self.listed) - 1

    def _rule(self, finding: RunFinding) -> dict[str, Any]:
        title = self._titles.get(finding.check) or finding.check
        why = " ".join(self._guidelines[g].why for g in finding.guidelines if g in self._guidelines)
        _, level = LEVELS[finding.severity]
        tags = ["security", *(f"guideline/{guideline}" for guideline in finding.guidelines)]
        tags += [
            f"external/cwe/cwe-{match[1]}" for r in finding.references if (match := re.search(r"CWE-(\d{1,6})", r))
        ]
        properties: dict[str, Any] = {"tags": list(dict.fromkeys(plain(tag) for tag in tags))}
        if finding.severity in SCORES:
            properties["security-severity"] = SCORES[finding.severity]
        rule: dict[str, Any] = {
            "id": f"{finding.check}/{finding.rule}",
            "shortDescription": {"text": f"{title} ({finding.rule})"},
            "defaultConfiguration": {"level": level},
            "properties": properties,
        }
        if why:
            rule["fullDescription"] = {"text": why}
        if finding.remediation:
            rule["help"] = {"text": finding.remediation}
        urls = [r for r in finding.references if _URL.fullmatch(r)]
        if urls:
            rule["helpUri"] = urls[0]
        return rule
