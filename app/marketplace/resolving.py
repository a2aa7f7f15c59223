"""How a reviewer goes on with a decision that waits or is in conflict: one function a way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.errors import DeskError
from app.marketplace.messages import name_both, new_token, write_message
from app.marketplace.outbox import seen_basis
from app.marketplace.persons import same_person
from app.marketplace.words import Cause, OutboxRow, SendState
from app.triage import clean_text, says_something

if TYPE_CHECKING:
    from app.desk import Desk


def resolve_row(desk: Desk, row: int, way: str, reason: str = "") -> OutboxRow:
    """Go on with a decision: retry, theirs, review, confirm or refuse; gives the row that the decision is now.

    Raises DeskError for a way that the decision does not have, and for what a way still needs.
    """
    with desk.store.transaction():
        found = desk.store.outbox_row(row)
        if way not in found.ways:
            there = f"there is {', '.join(found.ways)}" if found.ways else f"it is {found.state.value}"
            raise DeskError(f"{found.name}, {found.token}: {way!r} is no way on: {there}")
        return _WAYS[way](desk, found, reason)


def _retry(desk: Desk, row: OutboxRow, reason: str) -> OutboxRow:
    """Send it on what was seen at the conflict; the files have to be those reviewed as ever."""
    store = desk.store
    if row.state is not SendState.CONFLICT:
        told = "to be tried again with the next sync"
        sent = min(row.attempts, 1) if row.state is SendState.SENDING else 0  # one that may have arrived stays that
        return store.change_outbox(row.id, desk.reviewer, cause=Cause.NONE, told=told, attempts=sent, why=reason)
    basis = seen_basis(row.seen) or row.basis
    if row.attempts == 0:
        told = "to be sent all the same"
        return store.change_outbox(
            row.id, desk.reviewer, state=SendState.QUEUED, cause=Cause.NONE, told=told, basis=basis, why=reason
        )
    # It was sent once, and may have been carried out: what is sent now is another decision, with a token of its own.
    token = new_token()
    told = f"sent anew as {token}"
    store.change_outbox(row.id, desk.reviewer, state=SendState.SUPERSEDED, told=told, why=f"{row.told} {reason}")
    anew = store.add_outbox(
        row.key,
        token=token,
        action=row.action,
        status=row.status,
        reason=row.reason.replace(row.token, token),
        reviewer=row.reviewer,
        bound=row.bound,
        basis=basis,
        told=f"in place of {row.token}",
        decision=row.decision,
        submission=row.submission,
    )
    return store.change_outbox(anew.id, desk.reviewer, second=row.second) if row.second else anew


def _theirs(desk: Desk, row: OutboxRow, reason: str) -> OutboxRow:
    """Leave it as the marketplace has it."""
    if row.seen.get("arrived"):
        told = "delivered; what came after it was accepted"
        return desk.store.change_outbox(row.id, desk.reviewer, state=SendState.DELIVERED, told=told, why=row.told)
    if row.state is SendState.QUEUED:
        return desk.store.change_outbox(
            row.id, desk.reviewer, state=SendState.WITHDRAWN, cause=Cause.NONE, told="given up before it was sent",
            why=reason or row.told,
        )  # fmt: skip
    now = clean_text(str(row.seen.get("status", "")), 40)
    told = f"given up: it stays {now}" if now and row.cause is not Cause.DELETED else "given up"
    return desk.store.change_outbox(row.id, desk.reviewer, state=SendState.WITHDRAWN, told=told, why=row.told)


def _review(desk: Desk, row: OutboxRow, reason: str) -> OutboxRow:
    """Give it up, and forget which files were downloaded of those that changed, so that the next fetch brings them."""
    now = {file["file_id"]: file for file in row.seen.get("files", ())}
    changed = [file.file_id for file in row.bound if not now.get(file.file_id, {}).get("same")] if now else []
    desk.store.unlink_files(row.key, changed, who=desk.reviewer)
    if row.seen.get("arrived"):
        told = "delivered, but the files changed: download and review them; suspend it if need be"
        return desk.store.change_outbox(row.id, desk.reviewer, state=SendState.DELIVERED, told=told, why=row.told)
    told = "given up: download it and decide anew"
    return desk.store.change_outbox(row.id, desk.reviewer, state=SendState.WITHDRAWN, told=told, why=row.told)


def _confirm(desk: Desk, row: OutboxRow, reason: str) -> OutboxRow:
    """The second name under it; raises DeskError for the one who decided, and without a name."""
    if not says_something(desk.reviewer):
        raise DeskError(f"{row.name}: nobody is named as the second reviewer: write your name in the settings")
    if same_person(desk.reviewer, row.reviewer):
        raise DeskError(f"{row.name}: another reviewer than {row.reviewer} has to confirm it: change the name first")
    made = desk.store.decisions(row.submission) if row.submission is not None else ()
    said = next((decision.reason for decision in made if decision.id == row.decision), None)
    if said is None:
        raise DeskError(f"{row.name}, {row.token}: its decision is not in the record: refuse it and decide anew")
    text = write_message(row.action, said, name_both(row.reviewer, desk.reviewer), row.token)
    return desk.store.change_outbox(
        row.id,
        desk.reviewer,
        state=SendState.QUEUED,
        told=f"confirmed by {clean_text(desk.reviewer)}",
        reason=text,
        second=clean_text(desk.reviewer),
        why=reason,
    )


def _refuse(desk: Desk, row: OutboxRow, reason: str) -> OutboxRow:
    """It is not sent; raises DeskError without a reason."""
    if not says_something(reason):
        raise DeskError(f"{row.name}: write a reason: {row.reviewer} has to know why it was refused")
    told = f"refused by {clean_text(desk.reviewer)}: {clean_text(reason, 400)}"
    second = "" if same_person(desk.reviewer, row.reviewer) else clean_text(desk.reviewer)
    return desk.store.change_outbox(
        row.id, desk.reviewer, state=SendState.WITHDRAWN, told=told, second=second or None, why=reason
    )


_WAYS: Mapping[str, Callable[[Desk, OutboxRow, str], OutboxRow]] = {
    "retry": _retry,
    "theirs": _theirs,
    "review": _review,
    "confirm": _confirm,
    "refuse": _refuse,
}
