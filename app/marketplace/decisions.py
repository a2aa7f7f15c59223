"""Decisions on versions of the marketplace: recorded and written down to be sent in one transaction.

A decision is on the version, so it is recorded for each of its files, and is bound to the bytes of all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.checklist import LEAST_REASON, Blocker, DecisionRefused
from app.errors import DeskError
from app.marketplace import previews
from app.marketplace.binding import basis_of, bind_files, is_promised
from app.marketplace.errors import MarketError
from app.marketplace.messages import LONGEST, name_both, new_token, write_message
from app.marketplace.resolving import resolve_row
from app.marketplace.words import (
    WAITING,
    OutboxRow,
    Preview,
    QueueEntry,
    SendState,
)
from app.triage import says_something

if TYPE_CHECKING:
    from app.desk import Desk
    from app.model import Decision

__all__ = ["assign_version", "change_status", "decide_version", "preview_decision", "preview_status", "resolve_row"]

HELD = "waits for a second reviewer to confirm it"
# action -> what the version has to be, what it becomes
PUBLISHED = {"suspend": ("approved", "suspended"), "unsuspend": ("suspended", "approved")}


def _token_of(desk: Desk, entry: QueueEntry, kind: str) -> str:
    """The one that the preview has shown, so that it was exact; raises DecisionRefused for what changed since."""
    shown = previews.last_shown(desk, entry.key, kind)
    if shown is None:
        return new_token()
    ours = {row.token for row in desk.store.outbox_of(entry.key)}
    if change := previews.tell_change(shown, entry, bind_files(desk, entry), ours):
        previews.forget(desk, entry.key, kind)
        raise DecisionRefused(
            f"{entry.name} {entry.label} has {change} at the marketplace since you began to write: look at it again, "
            "then decide"
        )
    return shown.token


def _status_of(desk: Desk, decision: str) -> str:
    """What a decision makes of a version; which one a request for changes sets is a setting."""
    return {"approve": "approved", "reject": "rejected"}.get(decision, desk.settings.marketplace.changes)


def _needs_second(desk: Desk, decision: str, submissions: Sequence[int]) -> bool:
    """Whether a profile wants two names under such a decision; each file's counts."""
    names = desk.store.profiles_of(submissions)  # not the runs themselves: a preview is asked for with every key
    return any(decision in desk.profile(name).second_reviewer for name in names)


def _refuse_elsewhere(desk: Desk, entry: QueueEntry) -> None:
    """What is of another marketplace would wait unseen, perhaps for ever."""
    market = ""
    with contextlib.suppress(MarketError):  # an address that is not spoken to is told where it is asked
        market = desk.marketplace.market
    if market and market != entry.market:
        raise DecisionRefused(
            f"{entry.name} {entry.label} is of {entry.market}, and this desk is connected to {market}: "
            "decide on it there, or connect to the other one again"
        )


def _refuse_gone(entry: QueueEntry) -> None:
    if entry.gone:
        raise DecisionRefused(f"{entry.name} {entry.label}: the marketplace no longer has this version")


def _refuse_unfit(desk: Desk, entry: QueueEntry, submission: int, decision: str, reason: str) -> tuple[Blocker, ...]:
    """What stands against an approval beside the checklists; raises DecisionRefused for what no reason mends."""
    name = f"{entry.name} {entry.label}"
    _refuse_gone(entry)
    if submission not in entry.submissions:
        raise DecisionRefused(
            f"{name}: the file reviewed is no longer part of this version: download the version again and review that"
        )
    if entry.status.value not in WAITING:
        raise DecisionRefused(f"{name} is {entry.status.value} at the marketplace: nothing is to be decided now")
    if decision != "approve":
        return ()
    for file in entry.files:
        if not is_promised(desk, file):
            raise DecisionRefused(
                f"{file.name}: its bytes here are not those that the marketplace promises, so it cannot be approved: "
                "download it again, or reject it"
            )
    missing = tuple(
        Blocker("", f"{file.name} was not downloaded: nobody has looked at it")
        for file in entry.files
        if file.submission is None
    )
    if missing and not says_something(reason, LEAST_REASON):
        listed = "\n".join(blocker.why for blocker in missing)
        raise DecisionRefused(
            f"not every file of {name} is here; download them, or write a reason of at least {LEAST_REASON} "
            f"characters:\n{listed}",
            missing,
        )
    return missing


def _fit_message(text: str) -> str:
    """Raises DecisionRefused for more than is sent and read back: at its end stands the id that proves delivery."""
    if len(text) > LONGEST:
        raise DecisionRefused(
            f"the developer would read {len(text):,} characters, and {LONGEST:,} can be sent: shorten the reason"
        )
    return text


def _decide_files(
    desk: Desk, entry: QueueEntry, decision: str, reason: str, besides: Sequence[Blocker]
) -> dict[int, Decision]:
    """Each file's own decision by its own checklist; one refusal for all that refuse, naming the files."""
    made: dict[int, Decision] = {}
    refused: list[tuple[str, DecisionRefused]] = []
    names: dict[int, str] = {}
    for file in entry.files:
        if file.submission is not None:
            names.setdefault(file.submission, file.name)
    for submission, name in names.items():
        try:
            made[submission] = desk.decide_here(submission, decision, reason, besides=besides)
        except DecisionRefused as refusal:
            refused.append((name, refusal))
    if refused and len(names) == 1:
        raise refused[0][1]
    if refused:
        blockers = tuple(Blocker(b.guideline, f"{name}: {b.why}") for name, r in refused for b in r.blockers)
        raise DecisionRefused("\n".join(f"{name}: {refusal}" for name, refusal in refused), blockers)
    return made


def _supersede(desk: Desk, key: int, assignments: bool = False) -> None:
    """Earlier words on the version that were not sent give way; one that may have arrived, and taking it into review,
    go first."""
    for row in desk.store.outbox_of(key):
        waits = row.state is SendState.QUEUED and row.action == "assign" and not assignments
        if row.seen.get("arrived") and row.state is SendState.CONFLICT:
            told = "delivered; decided anew"
            desk.store.change_outbox(row.id, desk.reviewer, state=SendState.DELIVERED, told=told, why=row.told)
        elif row.state.open and row.state is not SendState.SENDING and not waits:
            told = "not sent: decided anew" if row.attempts == 0 else "decided anew"
            desk.store.change_outbox(row.id, desk.reviewer, state=SendState.SUPERSEDED, told=told, why=row.told)


def decide_version(desk: Desk, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Decision:
    """Decide on a version by one of its files; raises DecisionRefused with what stands against it.

    Gives the decision on that file. With `escalate`, or where a profile wants two names under an approval, it is held
    until another reviewer confirms it.
    """
    store = desk.store
    _ = desk.guidelines, desk.catalog  # read before the database is held
    key = store.version_of(submission)
    if key is None:
        raise DeskError("this submission is not from the marketplace")
    with store.transaction():
        entry = store.queue_entry(key, desk.reviewer)
        _refuse_elsewhere(desk, entry)
        token = _token_of(desk, entry, "decide")
        besides = _refuse_unfit(desk, entry, submission, decision, reason)
        made = _decide_files(desk, entry, decision, reason, besides)
        second = escalate or _needs_second(desk, decision, entry.submissions)
        _supersede(desk, key)
        recorded = made[submission]
        who = name_both(desk.reviewer, "") if second else desk.reviewer
        store.add_outbox(
            key,
            token=token,
            action=decision,
            status=_status_of(desk, decision),
            reason=_fit_message(write_message(decision, recorded.reason, who, token)),
            reviewer=desk.reviewer,
            bound=bind_files(desk, entry),
            basis=basis_of(entry),
            state=SendState.HELD if second else SendState.QUEUED,
            told=HELD if second else "",
            decision=recorded.id,
            submission=submission,
        )
        previews.forget(desk, key, "decide")
        return recorded


def preview_decision(
    desk: Desk, submission: int, decision: str, reason: str, *, escalate: bool = False
) -> Preview | None:
    """What `decide_version` would send, word for word: its token is kept for the decision that follows."""
    key = desk.store.version_of(submission)
    if key is None:
        return None
    entry = desk.store.queue_entry(key, desk.reviewer)
    second = _needs_second(desk, decision, entry.submissions)
    files = bind_files(desk, entry)
    token = previews.show(desk, key, "decide", basis_of(entry), files)
    who = name_both(desk.reviewer, "") if second or escalate else desk.reviewer
    text = write_message(decision, reason, who, token)
    return Preview(_status_of(desk, decision), text, token, second, files)


def _refuse_status(entry: QueueEntry, action: str, reason: str) -> str:
    """What the version becomes; raises DecisionRefused where it cannot."""
    if action not in PUBLISHED:
        raise DecisionRefused(f"{action!r} is no change of a published version: use {' or '.join(PUBLISHED)}")
    needed, status = PUBLISHED[action]
    _refuse_gone(entry)
    if entry.status.value != needed:
        raise DecisionRefused(f"{entry.name} {entry.label} is {entry.status.value}: only what is {needed} can be")
    if action == "suspend" and not says_something(reason):
        raise DecisionRefused("write a reason: the developer has to know why it is taken from the marketplace")
    return status


def preview_status(desk: Desk, key: int, action: str, reason: str) -> Preview:
    """What `change_status` would send; raises DecisionRefused for another word than suspend and unsuspend."""
    if action not in PUBLISHED:
        raise DecisionRefused(f"{action!r} is no change of a published version: use {' or '.join(PUBLISHED)}")
    entry = desk.store.queue_entry(key, desk.reviewer)
    files = bind_files(desk, entry)
    token = previews.show(desk, key, action, basis_of(entry), files)
    text = write_message(action, reason, desk.reviewer, token)
    return Preview(PUBLISHED[action][1], text, token, False, files)


def change_status(desk: Desk, key: int, action: str, reason: str) -> OutboxRow:
    """Suspend what is approved, or the other way round; raises DecisionRefused."""
    return _send_status(desk, key, action, reason, lambda entry: _refuse_status(entry, action, reason))


def assign_version(desk: Desk, key: int) -> OutboxRow:
    """Take a version into review with our name; gives the row that is on its way already where there is one.

    Raises DeskError where there is nothing to review.
    """

    def fit(entry: QueueEntry) -> str:
        if entry.gone:
            raise DeskError(f"{entry.name} {entry.label}: the marketplace no longer has this version")
        if entry.status.value not in WAITING:
            raise DeskError(f"{entry.name} {entry.label} is {entry.status.value}: there is nothing to review")
        if entry.mine:
            raise DeskError(f"{entry.name} {entry.label}: you have it in review already")
        return "inReview"

    with desk.store.transaction():
        for row in desk.store.outbox_of(key):
            if row.action == "assign" and row.state in (SendState.QUEUED, SendState.SENDING):
                if row.reviewer == desk.reviewer:
                    return row
                break  # another name was in the settings: ours takes its place, or follows it
            if row.action != "assign" and row.state.open:
                raise DeskError(f"{row.name}: a decision on it is on its way ({row.token}): go on with that one first")
        return _send_status(desk, key, "assign", "", fit)


def _send_status(desk: Desk, key: int, action: str, reason: str, fit: Callable[[QueueEntry], str]) -> OutboxRow:
    store = desk.store
    with store.transaction():
        entry = store.queue_entry(key, desk.reviewer)
        _refuse_elsewhere(desk, entry)
        status = fit(entry)
        token = _token_of(desk, entry, action)
        _supersede(desk, key, assignments=True)
        row = store.add_outbox(
            key,
            token=token,
            action=action,
            status=status,
            reason=_fit_message(write_message(action, reason, desk.reviewer, token)),
            reviewer=desk.reviewer,
            bound=bind_files(desk, entry),
            basis=basis_of(entry),
            submission=next(iter(entry.submissions), None),
        )
        previews.forget(desk, key, action)
        return row
