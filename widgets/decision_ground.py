"""What a decision stands on when it is asked for: what is against it, what fills canned reasons, what would be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from checks import Severity
from widgets.decision_dialog import Against
from widgets.send_preview import SendPreview
from widgets.words import name_of

if TYPE_CHECKING:
    from app.checklist import Blocker
    from app.desk import Desk
    from app.marketplace.words import Preview, QueueEntry
    from app.model import RunFinding
    from widgets.session import Session
    from widgets.sibling_blockers import SiblingBlocker


def gather_against(
    session: Session, entry: QueueEntry | None, blockers: Sequence[Blocker], others: Sequence[SiblingBlocker]
) -> list[Against]:
    """What stands against approval, in the open file and in the others of its version, with the way to each."""
    context = session.context
    named = entry is not None and len(entry.files) > 1
    here = f"{context.submission.artifact.name}: " if named and context.submission else ""
    found = [Against(f"{here}{b.why}", b.guideline, lambda g=b.guideline: context.show_guideline(g)) for b in blockers]
    for other in others:
        if other.submission is not None:
            place = f"{other.guideline} of another file" if other.guideline else "another file"
            found.append(Against(other.why, place, lambda n=other.submission: session.open(n)))
        elif entry is not None:
            found.append(
                Against(other.why, "the download", lambda k=entry.key: session.market.fetch(k), button="Download")
            )
    return found


def make_preview(session: Session, decision: str, entry: QueueEntry | None) -> SendPreview | None:
    """What goes to the marketplace; nothing for what did not come from there."""
    context, market = session.context, session.market
    about, run = context.submission, context.run
    if entry is None or about is None:
        return None

    def ask(desk: Desk, words: str, escalate: bool) -> Preview | None:
        return desk.marketplace.preview(about.id, decision, words, escalate=escalate)

    earlier = [row for row in market.outbox if row.key == entry.key and row.action != "assign"]
    profile = run.profile if run is not None else session.settings.profile
    return SendPreview(context, context.theme, ask, state=market.state, earlier=earlier, profile=profile)


def _open_findings(session: Session) -> list[RunFinding]:
    context = session.context
    here = [f for f in context.run.findings if f.state != "fixed"] if context.run else []
    return [f for f in here if (v := context.triage_of(f.fingerprint).verdict) is None or not v.resolves]


def find_worst(session: Session) -> RunFinding | None:
    """The finding that a decision is most likely about: the worst that is confirmed, else the worst that is open."""
    triage_of = session.context.triage_of
    opens = _open_findings(session)
    return max(opens, key=lambda f: (triage_of(f.fingerprint).verdict is not None, f.severity), default=None)


def gather_values(session: Session, blockers: Sequence[Blocker | SiblingBlocker]) -> dict[str, object]:
    """What fills the placeholders of canned reasons: the worst finding that is confirmed, else that is open."""
    context, settings = session.context, session.settings
    about = context.submission
    values: dict[str, object] = {
        "app": name_of(about) if about else "",
        "version": about.version if about else "",
        "reviewer": settings.reviewer,
        "blockers": "; ".join(b.why for b in blockers),
        "contact": settings.marketplace.contact,
    }
    opens = _open_findings(session)
    values["count"] = sum(f.severity >= Severity.MEDIUM for f in opens)
    worst = find_worst(session)
    if worst is not None:
        titles = {i.guideline.id: i.guideline.title for i in session.checklist.items} if session.checklist else {}
        values |= {
            "guideline": ", ".join(worst.guidelines),
            "check": worst.check,
            "rule": worst.rule,
            "severity": worst.severity.label,
            "path": worst.path,
            "line": worst.line or "",
            "message": worst.message,
            "remediation": worst.remediation,
            "title": next((title for id in worst.guidelines if (title := titles.get(id))), ""),
        }
    return values
