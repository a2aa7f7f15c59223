"""What the developer states of findings, in a file inside the package: shown beside them, and never more than that."""

from __future__ import annotations

from collections.abc import Mapping

from app.model import Run, RunFinding

CHECK = "claims"

Claims = Mapping[tuple[str, str, str], str]


def find_claims(run: Run) -> Claims:
    """The developer's words by check, rule and (raw or printable) path; of several on one place all."""
    claims: dict[tuple[str, str, str], str] = {}
    for fact in run.facts:
        if fact.check != CHECK or fact.group != "claim":
            continue
        check, _, rule = fact.name.partition("/")
        key = check, rule, fact.path
        if fact.state != "removed" and fact.value not in claims.get(key, ""):
            claims[key] = "; ".join(filter(None, (claims.get(key), fact.value)))
    return claims


def claim_on(claims: Claims, finding: RunFinding) -> str:
    """What the developer claims of a finding, empty where there is nothing."""
    if finding.state == "fixed":
        return ""
    return claims.get((finding.check, finding.rule, finding.path), "")
