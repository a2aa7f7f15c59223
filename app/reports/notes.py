"""The review notes as an outline: what Markdown, HTML and PDF all say, in the same words and the same order.

Formats for people list findings up to a limit, worst first, and say how many they leave out; JSON and SARIF
are complete. The part for the developer stands last, so that it can be cut off and sent: it quotes neither the
reviewer's note nor what was said inside the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from app.checklist import CheckEvidence, Item, Status
from app.model import RunFinding
from app.quantities import format_count
from app.reports.about_package import list_facts
from app.reports.document import DECISIONS, ReportData, checklist_counts, place_of, plain, plain_lines
from app.reports.outline import Ask, Fact, Gap, Group, Line, Notes, Shown
from checks import Outcome, Severity

LISTED = {"md": 1000, "html": 1000, "pdf": 300}  # findings with all their details
LISTED_FIXED = 200
LISTED_CHANGES = 500
LISTED_ASKS = 200  # kinds of finding in the part for the developer
LISTED_PLACES = 10  # places of one kind there
SNIPPET_LINES = 20


def _time(moment: datetime | None) -> str:
    if moment is None:
        return ""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{aware:%Y-%m-%d %H:%M} UTC"


def _facts(*pairs: tuple[str, str] | tuple[str, str, bool]) -> tuple[Fact, ...]:
    """The facts that have a value."""
    return tuple(Fact(p[0], plain(p[1]), len(p) > 2) for p in pairs if p[1])


def _about(data: ReportData) -> tuple[Fact, ...]:
    run, about, tree = data.run, data.submission, data.run.tree
    family = tree.family if tree is not None else about.family if about is not None else ""
    baseline = run.baseline
    return _facts(
        ("Name", about.title if about is not None else ""),
        ("Version", about.version if about is not None else (tree.version if tree is not None else "")),
        ("Developer", about.developer if about is not None else ""),
        ("File", run.artifact.name, True),
        ("Kind", f"{run.kind} ({family})" if family else run.kind),
        ("Size", format_count(run.artifact.size, "byte")),
        ("SHA-256", run.artifact.sha256, True),
        ("SHA-1, to compare only", run.artifact.sha1, True),
        ("MD5, to compare only", run.artifact.md5, True),
        ("Contents", _contents(data)),
        ("Baseline", f"{baseline.name} (SHA-256 {baseline.sha256})" if baseline is not None else "none", True),
        ("Profile", run.profile),
        ("Reviewer", data.reviewer),
        ("Checked", _time(run.started) + (f" by {run.tool}" if run.tool else "")),
    )


def _contents(data: ReportData) -> str:
    tree = data.run.tree
    if tree is None:
        return "not unpacked"
    left = f"; {tree.left_out:,} refused or left out" if tree.left_out else ""
    unpacked = f"{format_count(tree.files, 'file')}, {format_count(tree.bytes, 'byte')} unpacked{left}"
    return f"{tree.format}: {unpacked}" if tree.format else unpacked


def _headline(data: ReportData) -> tuple[str, str]:
    made = data.decision
    if made is None:
        return "No decision yet", "open"
    word = DECISIONS.get(made.decision, plain(made.decision)).capitalize()
    although = f" with {format_count(len(made.overrides), 'override')}" if made.overrides else ""
    by = f" by {plain(made.reviewer)}" if made.reviewer.strip() else ""
    # an approval over something open must not look like one without
    doubt = made.overrides or data.limited or not data.complete
    tone = "bad" if made.decision != "approve" else "open" if doubt else "good"
    return f"{word}{although}{by} on {_time(made.at)}", tone


def _standing(data: ReportData) -> tuple[str, ...]:
    lines = []
    if data.complete:
        but = ", but limited: what ran did only a part of its work" if data.limited else ": every required check ran"
        lines.append(f"The battery is complete{but}.")
    else:
        cut = "was cancelled" if data.run.cancelled else "was cut off" if data.run.finished is None else ""
        names = ", ".join(map(data.names.__getitem__, data.missing))
        why = "; ".join(filter(None, (cut, f"did not run: {names}" if names else "")))
        lines.append(f"The battery is incomplete: {why or 'no check took part'}.")
    lines += [f"Limited: {data.names[check.id]}: {plain(check.limitation).rstrip('.')}." for check in data.limited]
    lines.append(_sums(data) + ".")
    if data.checklist is not None:
        counts = checklist_counts(data.checklist)
        stands = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in counts.items() if number)
        lines.append(f"Checklist ({plain(data.checklist.profile.title)}): {stands or 'empty'}.")
    return tuple(lines)


def _sums(data: ReportData) -> str:
    present = len(data.present)
    parts = ", ".join(f"{number:,} {label}" for label, number in data.severities.items() if number)
    text = f"{format_count(present, 'finding')}" + (f" ({parts})" if parts else "")
    text += f", {data.unresolved:,} unresolved" if present else ""
    if data.run.baseline is not None:
        text += "; against the baseline " + ", ".join(f"{number:,} {state}" for state, number in data.states.items())
    return text


def _why(data: ReportData, finding: RunFinding) -> str:
    """The guidelines behind a finding, and why they are there."""
    if data.checklist is None:
        return ", ".join(finding.guidelines)
    known = [item.guideline for g in finding.guidelines if (item := data.checklist.item(g)) is not None]
    listed = "; ".join(f"{guideline.id} {guideline.title}: {guideline.why}" for guideline in known)
    return listed or ", ".join(finding.guidelines)


def _shown(data: ReportData, finding: RunFinding) -> Shown:
    snippet = plain_lines(finding.snippet)[:SNIPPET_LINES]
    match = data.match(finding)
    return Shown(
        rule=plain(f"{finding.check}/{finding.rule}"),
        severity=finding.severity.label,
        message=plain(finding.message) or "(no message)",
        place=place_of(finding),
        snippet=tuple(snippet),
        facts=_facts(
            ("Against the baseline", finding.state or ""),
            ("Triage", match.note or "not triaged"),
            ("The developer claims", match.claim),
            ("Why", _why(data, finding)),
            ("How to mend it", finding.remediation),
            ("Confidence", str(finding.confidence)),
            ("References", ", ".join(finding.references)),
        ),
    )


def _groups(data: ReportData, limit: int) -> tuple[tuple[Group, ...], str]:
    present = data.present
    listed = present[:limit]
    groups = []
    for severity in sorted(Severity, reverse=True):
        total = data.severities[severity.label]
        if total:
            groups.append(
                Group(severity.label, total, tuple(_shown(data, f) for f in listed if f.severity is severity))
            )
    left = len(present) - len(listed)
    say = f"{format_count(left, 'more finding')}, the least severe, not listed here: the JSON report has all of them."
    return tuple(groups), say if left > 0 else ""


def _told(evidence: CheckEvidence) -> str:
    """What a check ended as, and what its silence is not worth."""
    outcome = evidence.outcome
    text = f"{evidence.name} {outcome.value if outcome is not None else 'took no part'}"
    text += f", {format_count(len(evidence.findings), 'finding')}" if evidence.findings else ""
    return text + (f", limited: {evidence.limitation}" if evidence.limitation else "")


def _lines(items: Iterable[Item]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    areas: dict[str, list[Line]] = {}
    for item in items:
        answer = item.answer
        said = ""
        if answer is not None:
            said = f"{answer.value.replace('_', ' ')}, by {answer.reviewer or 'the reviewer'} on {_time(answer.at)}"
            said += f": {answer.comment}" if answer.comment else ""
        evidence = "; ".join(map(_told, item.evidence))
        facts = _facts(
            ("Because", item.why),
            ("Contradiction", item.contradiction),
            ("Evidence", evidence or "none from checks"),
            ("Answer", said),
        )
        line = Line(
            plain(item.guideline.id),
            plain(f"{item.guideline.title} ({item.requirement})"),
            item.status.label,
            not item.open,
            facts,
        )
        areas.setdefault(plain(item.guideline.area), []).append(line)
    return tuple((area, tuple(lines)) for area, lines in areas.items())


def _battery(data: ReportData) -> tuple[Fact, ...]:
    rows, names = [], data.names
    limited = {check.id for check in data.limited}
    for check in data.checks:
        text = f"{check.outcome.value}, limited" if check.id in limited else check.outcome.value
        if check.outcome is Outcome.FOUND or check.findings:
            text += f", {format_count(check.findings, 'finding')}"
        text += f", {check.seconds:.1f} s" + (f": {check.words}" if check.words else "")
        rows.append((names[check.id], text))
    return _facts(*rows)


def _changes(data: ReportData) -> tuple[str, tuple[Fact, ...]]:
    comparison = data.comparison
    if comparison is None:
        return "", ()
    changes = [change for change in comparison.changes if change.kind != "unchanged"]
    kinds = ("added", "removed", "changed", "renamed")
    counts = ", ".join(f"{sum(c.kind == kind for c in changes):,} {kind}" for kind in kinds)
    said = f"Against {plain(comparison.baseline)}: {counts}, {comparison.unchanged:,} unchanged."
    if len(changes) > LISTED_CHANGES:
        said += f" The first {LISTED_CHANGES:,} of {len(changes):,} are listed."
    rows = []
    for change in changes[:LISTED_CHANGES]:
        names = f"{change.old_path} → {change.new_path}" if change.kind == "renamed" else ""
        name = names or change.new_path or change.old_path
        rows.append(Fact(plain(change.kind), plain(name), True))
    return said, tuple(rows)


def _asks(data: ReportData) -> tuple[tuple[Ask, ...], tuple[str, ...], str]:
    """What the developer has to do: unresolved findings by kind, then what the checklist still wants of them."""
    kinds: dict[tuple[str, str, str, str], list[RunFinding]] = {}
    for finding in data.present:
        if not data.resolved(finding) and (finding.remediation or finding.severity > Severity.INFO):
            key = (finding.severity.label, finding.check, finding.rule, finding.remediation)
            kinds.setdefault(key, []).append(finding)
    asks = []
    for (severity, _, _, remediation), findings in list(kinds.items())[:LISTED_ASKS]:
        places = tuple(dict.fromkeys(place_of(finding) for finding in findings))
        asks.append(
            Ask(
                plain(findings[0].message) or plain(findings[0].rule),
                severity,
                places[:LISTED_PLACES],
                max(len(places) - LISTED_PLACES, 0),
                plain(remediation),
            )
        )
    left = len(kinds) - len(asks)
    lines = [
        f"{item.guideline.id} {item.guideline.title}: {item.guideline.remediation}"
        for item in (data.checklist.items if data.checklist is not None else ())
        if item.status is Status.NOT_MET
    ]
    return (
        tuple(asks),
        tuple(plain(line) for line in lines),
        f"{format_count(left, 'more kind')} of finding not listed here." if left > 0 else "",
    )


def _isolation(data: ReportData) -> tuple[Fact, ...]:
    isolation = data.run.isolation
    return _facts(
        ("Launcher", isolation.launcher),
        ("Isolation", "full" if isolation.full else "reduced"),
        ("Gives", "; ".join(isolation.gives)),
        ("Lacks", "; ".join(isolation.lacks)),
    )


def _lines_of(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(plain(text) for text in texts if text.strip())


def outline(data: ReportData, format: str) -> Notes:
    """The outline for a format; how many findings are listed depends on it (see LISTED)."""
    headline, tone = _headline(data)
    groups, unlisted = _groups(data, LISTED[format])
    fixed = [finding for finding in data.findings if finding.state == "fixed"]
    left = len(fixed) - LISTED_FIXED
    changed, changes = _changes(data)
    asks, ask_lines, unlisted_asks = _asks(data)
    made = data.decision
    names = data.names
    gaps = [Gap(names[c.id], c.outcome.value, c.id in data.missing, plain(c.reason)) for c in data.did_not_run]
    gaps += [Gap(names[check], "took no part", True, "") for check in data.unseen]
    gaps += [Gap(names[c.id], f"{c.outcome.value}, limited", True, plain(c.limitation), True) for c in data.limited]
    reason = tuple(plain_lines(made.reason)) if made is not None else ()
    # an approval's reason explains overrides inside the house; the others are written for the developer
    told = reason if made is not None and made.decision != "approve" else ()
    return Notes(
        title=data.title,
        facts=_about(data),
        headline=headline,
        tone=tone,
        standing=_standing(data),
        reason=reason,
        overrides=_lines_of(made.overrides) if made is not None else (),
        package=list_facts(data.run),
        isolation=_isolation(data),
        isolated=data.run.isolation.full,
        gaps=tuple(gaps),
        sums=_sums(data),
        groups=groups,
        unlisted=unlisted,
        fixed=tuple(plain(f"{f.check}/{f.rule} {place_of(f)} {f.message}") for f in fixed[:LISTED_FIXED]),
        unlisted_fixed=f"{format_count(left, 'more fixed finding')} not listed here." if left > 0 else "",
        areas=_lines(data.checklist.items) if data.checklist is not None else (),
        battery=_battery(data),
        changes=changes,
        changed=changed,
        note=tuple(plain_lines(data.note)),
        asks=asks,
        ask_lines=(*(line for line in told if line), *ask_lines),
        unlisted_asks=unlisted_asks,
        footer=f"Assay {data.version}, {plain(data.artifact.sha256)}",
    )
