"""Download and run: code that downloads something and runs it.

What a reviewer approves is then not what runs. A download alone is nothing; a download whose result reaches an
interpreter is the finding, and the same words in a manual are only mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from checks import Confidence, File, Finding, Severity, Unchecked, file_check, prepared_path
from checks.content import _download_rules as rules_module
from checks.content._download_rules import Hit, Rules
from checks.content._places import is_readable, keep_worst, roles

REMEDIATION = "Ship what has to run inside the package, or verify the download's checksum against one in the package."
REFERENCES = ("CWE-494", "CWE-506")
DOCUMENTS = frozenset({"doc", "translation", "lock", "map"})
MOST = 20


def compile_rules(resources: Path, out: Path) -> None:
    """Compile resources/rules/download_and_run.toml; ValueError names the rule that cannot be."""
    rules_module.prepare(resources / "rules" / "download_and_run.toml", out)


@file_check(
    guidelines={"DL-11"},
    severity=Severity.MEDIUM,
    rules=("download_and_run.toml", "places.toml"),
    uses=("hyperscan", "google-re2"),
    prepare=compile_rules,
)
def download_and_run(file: File) -> Iterator[Finding | Unchecked]:
    """One pass for all triggers, then the exact extent of each, then where it stands."""
    if not file.size or not is_readable(file):
        return
    rules = rules_module.load(prepared_path("download_and_run"))
    data = file.narrow
    hits, complete = rules.find(data, file.suffix)
    if not complete:
        yield file.unchecked("too many places that look like a download; the rest was not searched")
    worst, others = keep_worst((_finding(file, rules, data, hit) for hit in _once(hits)), MOST)
    yield from worst
    if others:
        more = f"More than {MOST} places download something; {others} others are not listed."
        yield file.finding("more_places", more, severity=Severity.INFO, matched="more")


def _once(hits: Iterable[Hit]) -> Iterator[Hit]:
    told: set[tuple[str, int]] = set()
    for hit in hits:
        if (hit.rule, hit.start) not in told:
            told.add((hit.rule, hit.start))
            yield hit


def _finding(file: File, rules: Rules, data: bytes, hit: Hit) -> Finding:
    severity, confidence, words = _grade(file, rules, data, hit)
    return file.finding(
        hit.rule,
        hit.message + words,
        span=file.narrow_span(hit.start, hit.end),
        severity=severity,
        confidence=confidence,
        remediation=REMEDIATION,
        references=REFERENCES,
    )


def _grade(file: File, rules: Rules, data: bytes, hit: Hit) -> tuple[Severity, Confidence, str]:
    """Talk in a manual, words in a string, and code that runs are three different things."""
    where = roles(file.path)
    if where & DOCUMENTS and "code" not in where:
        return Severity.INFO, Confidence.LOW, ", as an example in documentation"
    severity, words = hit.severity, ""
    line_start = data.rfind(b"\n", max(0, hit.start - 400), hit.start) + 1 or max(0, hit.start - 400)
    before = data[line_start : hit.start]
    if rules_module.is_comment(before, file.suffix):
        return Severity.INFO, Confidence.LOW, ", as it is said in a comment"
    if not hit.executes and not rules_module.runs_here(before, data, file.suffix in rules.scripts):
        return Severity.LOW, Confidence.LOW, ", as it stands in a text; whether it is run was not told"
    if hit.amplified is not None and rules.amplifies(data[max(0, hit.start - 300) : hit.end + 300]):
        severity, words = hit.amplified, ", in a way that hides what it does"
    if rules.is_installer(data[hit.start : hit.end]):
        severity = min(severity, Severity.MEDIUM)
    if where & {"test", "doc"}:
        severity, words = min(severity, Severity.MEDIUM), words + ", in a test or example"
    return severity, Confidence.HIGH if hit.executes else Confidence.MEDIUM, words
