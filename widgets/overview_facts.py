"""What is known of a submission and its run, as facts for the overview: label, words, what a copy takes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.model import Run, Submission, TreeSummary
from widgets.fact_table import Fact
from widgets.measures import clock, exact_size
from widgets.words import KINDS, format_count, format_size, format_time, name_of


def tr(text: str) -> str:
    """Translate in this file's own context."""
    return QCoreApplication.translate("OverviewFacts", text)


def list_facts(submission: Submission, tree: TreeSummary | None, run: Run | None) -> list[Fact]:
    """(label, words, what a copy takes; empty for nothing to copy)."""
    artifact = submission.artifact
    kind = KINDS.get(submission.kind, submission.kind)
    facts = [
        (tr("Name"), f"{name_of(submission)} {submission.version}".strip(), ""),
        (tr("File"), artifact.name, artifact.name),
        (tr("Developer"), submission.developer or "–", ""),
        (tr("Kind"), " · ".join(filter(None, (kind, submission.family))) or tr("not known yet"), ""),
        (tr("Size"), f"{format_size(artifact.size)} ({exact_size(artifact.size)})", ""),
        ("SHA-256", artifact.sha256, artifact.sha256),
        ("SHA-1", artifact.sha1, artifact.sha1),
        ("MD5", artifact.md5, artifact.md5),
        (tr("Taken in"), format_time(submission.added), ""),
    ]
    if tree is not None:
        claim = " ".join(w for w in (tree.name, tree.version) if w)
        if claim and claim != f"{submission.title} {submission.version}":
            facts.insert(1, (tr("Its manifest says"), claim, ""))
        words = f"{format_count(tree.files, 'file')}, {format_size(tree.bytes)} unpacked"
        if tree.entries != tree.files:
            words += f", {format_count(tree.entries, 'entry', 'entries')}"
        facts.append((tr("Contents"), f"{tree.format} · {words}", ""))
        if tree.left_out:
            left = format_count(tree.left_out, "entry", "entries")
            words = tr("{0} refused or unreadable; see the findings").format(left)
            facts.append((tr("Left out"), words, ""))
    if run is not None:
        facts += _run_facts(run)
    return facts


def _run_facts(run: Run) -> list[Fact]:
    isolation = run.isolation
    held = isolation.launcher + ("" if isolation.full else tr(" (reduced)"))
    held += f": {', '.join(isolation.gives)}" if isolation.gives else ""
    held += tr("; lacks {0}").format(", ".join(isolation.lacks)) if isolation.lacks else ""
    when = format_time(run.started)
    if run.finished is not None:
        when += f" · {clock((run.finished - run.started).total_seconds())}"
    facts = [
        (tr("Isolation"), held, ""),
        (tr("Baseline"), run.baseline.name if run.baseline is not None else tr("none"), ""),
        (tr("Run"), f"{when} · {run.profile}" + (f" · {run.tool}" if run.tool else ""), ""),
    ]
    facts += [(check.title, check.limitation, check.limitation) for check in run.checks if check.limitation]
    signatures = [f for f in run.facts if f.group == "signature" and f.state != "removed"]
    if signatures:
        facts.append((tr("Signature"), " · ".join(f"{f.name} {f.value}" for f in signatures[:2]), ""))
    permissions = [f for f in run.facts if f.group == "permission" and f.state != "removed"]
    if permissions:
        words = format_count(len(permissions), "permission")
        fresh = sum(f.state == "new" for f in permissions)
        facts.append((tr("Asks for"), words + (tr(", {0:,} new").format(fresh) if fresh else ""), ""))
    if run.inventory:
        facts.append((tr("Inventory"), format_count(len(run.inventory), "component"), ""))
    return facts
