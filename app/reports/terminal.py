"""The report for a terminal: one line a finding, then the sums and, last so that it is seen, what did not run.

Colour is used only where it is asked for. No byte of a submission reaches the terminal as a control sequence.
"""

from __future__ import annotations

from collections.abc import Callable

from app.checklist import Checklist
from app.quantities import format_count
from app.reports.about_package import summarize
from app.reports.document import DECISIONS, ReportData, checklist_counts, place_of, plain

STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
    "good": "green",
    "bad": "bold red",
    "place": "bold",
    "dim": "dim",
}

Paint = Callable[[str, str], str]


def _painter(color: bool) -> Paint:
    if not color:
        return lambda text, style: text
    from rich.color import ColorSystem
    from rich.style import Style

    styles = {name: Style.parse(style) for name, style in STYLES.items()}
    return lambda text, style: styles[style].render(text, color_system=ColorSystem.STANDARD)


def _findings(data: ReportData, paint: Paint) -> list[str]:
    lines = []
    for finding in data.present:
        severity = finding.severity.label
        marks = [mark for mark in (finding.state if finding.state == "unchanged" else "",) if mark]
        match = data.match(finding)
        if match.verdict is not None:
            marks.append(match.verdict.label)
        tail = paint(f" ({', '.join(marks)})", "dim") if marks else ""
        where, rule = paint(place_of(finding), "place"), f"{plain(finding.check)}/{plain(finding.rule)}"
        lines.append(f"{where} {paint(severity, severity)} {rule} {plain(finding.message)}{tail}")
        if match.entry is not None and match.entry.shared_by:
            lines.append(f"    {plain(match.note)}")
        if match.claim:
            lines.append(f"    The developer claims: {plain(match.claim)}")
    return lines


def _open(checklist: Checklist, paint: Paint) -> list[str]:
    """The required items that stand against approval, by id; the advisory ones are only counted."""
    required = [f"{plain(i.guideline.id)} ({i.status.label})" for i in checklist.items if i.required and i.open]
    advisory = sum(i.open for i in checklist.items if not i.required)
    if not required and not advisory:
        return []
    line = f"Open and required: {paint(', '.join(required), 'bad') if required else 'none'}"
    return [line + (f"; {advisory:,} advisory open" if advisory else "")]


def _sums(data: ReportData, paint: Paint) -> list[str]:
    present = len(data.present)
    parts = [paint(f"{n:,} {label}", label) for label, n in data.severities.items() if n]
    tone = "good" if data.complete and not data.limited else "dim"
    line = format_count(present, "finding") if present else paint("No findings", tone)
    if parts:
        line += f": {', '.join(parts)}"
    if data.unresolved != present:
        line += f"; {data.unresolved:,} unresolved"
    lines = [line]
    if data.run.baseline is not None:
        states = ", ".join(f"{number:,} {state}" for state, number in data.states.items())
        lines.append(f"Against {plain(data.run.baseline.name)}: {states}")
    if data.checklist is not None:
        counts = checklist_counts(data.checklist)
        stands = ", ".join(f"{number} {status.replace('_', ' ')}" for status, number in counts.items() if number)
        lines.append(f"Checklist ({plain(data.checklist.profile.id)}): {stands or 'empty'}")
        lines += _open(data.checklist, paint)
    if data.decision is not None:
        word = DECISIONS.get(data.decision.decision, plain(data.decision.decision))
        lines.append(f"Decision: {word} by {plain(data.decision.reviewer) or 'somebody'}")
    return lines


def _gaps(data: ReportData, paint: Paint) -> list[str]:
    lines, names = [], data.names
    for check in data.did_not_run:
        need = "required" if check.id in data.missing else "not required"
        why = f": {plain(check.reason)}" if check.reason else ""
        lines.append(f"  {names[check.id]} {paint(check.outcome.value, 'bad')} ({need}){why}")
    lines += [f"  {names[check]} {paint('took no part', 'bad')} (required)" for check in data.unseen]
    if lines:
        lines.insert(0, paint("Did not run:", "bad"))
    if data.limited:
        lines.append(paint("Limited, so less than a pass:", "bad"))
    for check in data.limited:
        word = paint(f"{check.outcome.value}, limited", "bad")
        lines.append(f"  {names[check.id]} {word}: {plain(check.limitation)}")
    if not data.run.isolation.full:
        lacks = "; ".join(plain(part) for part in data.run.isolation.lacks)
        lines.append(
            paint(f"Isolation was reduced ({plain(data.run.isolation.launcher)})", "bad")
            + (f": {lacks}" if lacks else "")
        )
    if not data.complete:
        cut = "it was cancelled" if data.run.cancelled else "it was cut off" if data.run.finished is None else ""
        if data.only and not cut:
            chosen = ", ".join(plain(check) for check in data.only)  # as they were typed
            lines.append(f"Only the chosen checks ran ({chosen}): this is no complete review")
            return lines
        lines.append(paint("Incomplete", "bad") + f": {cut or 'a check that is needed did not run'}")
    return lines


def render(data: ReportData, *, color: bool = False) -> bytes:
    """The report as UTF-8 text, with ANSI colours if `color`."""
    paint = _painter(color)
    about = data.run
    head = f"{paint(plain(about.artifact.name), 'place')}  {plain(about.kind)}, {about.artifact.size:,} bytes"
    blocks = [
        [f"{head}, sha256 {plain(about.artifact.sha256)}", *summarize(about)],
        _findings(data, paint),
        _sums(data, paint),
        _gaps(data, paint),
    ]
    return ("\n\n".join("\n".join(block) for block in blocks if block) + "\n").encode("utf-8")
