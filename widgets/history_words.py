"""The lines of the log in words: what was done, and the part of its detail that a reviewer asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.marketplace.words import SendState
from app.triage import Verdict
from widgets.outbox_words import MARKS, NOUNS
from widgets.words import DECISIONS, KINDS, format_count

Detail = Mapping[str, Any]


def describe_action(action: str) -> str:
    """What was done."""
    return ACTIONS.get(action, action.replace("_", " "))


def describe_detail(action: str, detail: Any) -> str:
    """The detail of a line of the log as one line of words."""
    if not isinstance(detail, Mapping):
        return str(detail)
    return DETAILS.get(action, _list_all)(detail)


def _join(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part not in (None, "", (), []))


def _list_all(detail: Detail) -> str:
    """Whatever is there: a name and its value each."""
    shown = ((key.replace("_", " "), value) for key, value in detail.items() if value not in (None, "", (), []))
    return _join(*(f"{key} {', '.join(map(str, v)) if isinstance(v, list | tuple) else v}" for key, v in shown))


def _submission(detail: Detail) -> str:
    return _join(KINDS.get(detail.get("kind") or "", ""), f"sha256 {detail.get('sha256', '')}")


def _change(detail: Detail) -> str:
    def one(key: str, was: Any, now: Any) -> str:
        if key == "kind":
            was, now = KINDS.get(was, was), KINDS.get(now, now)
        if key == "baseline":
            was, now = (f"submission {n}" if n is not None else None for n in (was, now))
        if now in (None, ""):
            return f"{key} removed, was {was}"
        return f"{key} {was} → {now}" if was not in (None, "") else f"{key} set to {now}"

    changes = ((k, v) for k, v in detail.items() if isinstance(v, Mapping))
    return _join(*(one(key, v.get("from"), v.get("to")) for key, v in changes))


def _answer(detail: Detail) -> str:
    value, was = detail.get("value"), str(detail.get("was", "")).replace("_", " ")
    said = f"{detail.get('guideline', '')}: " + (value.replace("_", " ") if value else f"“{was}” taken back")
    return _join(said, detail.get("comment"))


def _triage(detail: Detail) -> str:
    verdict = detail.get("verdict")
    return _join(Verdict(verdict).label if verdict else "withdrawn", detail.get("path"), detail.get("reason"))


def _decision(detail: Detail) -> str:
    word = DECISIONS.get(detail.get("decision", ""), detail.get("decision"))
    over = ", ".join(detail.get("overrides") or ())
    digest = detail.get("artifact_sha256")
    return _join(word, detail.get("reason"), over and f"over {over}", digest and f"sha256 {digest}")


def _run(detail: Detail) -> str:
    gaps, limited = (", ".join(detail.get(key) or ()) for key in ("did_not_run", "limited"))
    return _join(
        f"number {detail.get('run')}",
        "cancelled" if detail.get("cancelled") else "",
        format_count(detail.get("findings") or 0, "finding"),
        gaps and f"did not run: {gaps}",
        limited and f"limited: {limited}",
        f"profile {detail.get('profile')}",
    )


def _outbox(detail: Detail) -> str:
    """A decision on its way: what, where it is by now, what happened, and its id."""
    state = str(detail.get("state", ""))
    word = MARKS[SendState(state)].word if state in {one.value for one in SendState} else state
    noun = NOUNS.get(detail.get("action", ""), detail.get("action"))
    return _join(f"{noun}: {word}", detail.get("told"), detail.get("why"), f"id {detail.get('token', '')}")


ACTIONS = {
    "run": "battery",
    "submission": "taken in",
    "change": "changed",
    "reveal": "secret revealed",
    "export": "report exported",
    "export figures": "figures exported",
    "settings": "settings changed",
    "outbox": "to the marketplace",
    "download": "downloaded",
    "connect": "marketplace connected",
    "disconnect": "marketplace disconnected",
}
DETAILS: dict[str, Callable[[Detail], str]] = {
    "submission": _submission,
    "change": _change,
    "run": _run,
    "answer": _answer,
    "triage": _triage,
    "decision": _decision,
    "reveal": lambda detail: str(detail.get("path", "")),
    "export": lambda detail: _join(detail.get("format"), detail.get("file")),
    "export figures": lambda detail: _join(detail.get("format"), detail.get("file")),
    "outbox": _outbox,
    "download": lambda detail: _join(f"file {detail.get('file')}", detail.get("differs")),
}
