"""How numbers, times, hashes and names are written, and how foreign text is kept from being read as markup."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime

from app.model import CheckResult, Submission
from app.quantities import format_count as format_count
from app.quantities import format_size as format_size

KINDS = {"download": "file", "web": "integration", "image": "image", "chart": "chart"}
KIND_ICONS = {"download": "package", "web": "web", "image": "image", "chart": "chart"}
# below this many seconds, the unit in seconds and its name
AGES = ((3600, 60, "min"), (86400, 3600, "h"), (86400 * 14, 86400, "d"), (86400 * 365, 604800, "wk"))
DECISIONS = {"approve": "approved", "reject": "rejected", "request_changes": "changes requested"}


def name_of(submission: Submission) -> str:
    """Its title, or the name of its file as long as nobody has read the manifest."""
    return submission.title or submission.artifact.name


def label_of(submission: Submission) -> str:
    """Name and version, as far as they are known."""
    return f"{name_of(submission)} {submission.version}".strip()


def format_age(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in one unit: now, 12 min, 5 h, 3 d, 7 wk, 2 y."""
    seconds = ((now or datetime.now(at.tzinfo)) - at).total_seconds()
    if seconds < 60:
        return "now"
    for limit, unit, name in AGES:
        if seconds < limit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds // (86400 * 365))} y"


def format_time(at: datetime) -> str:
    """The exact local time, for tooltips."""
    local = at.astimezone() if at.tzinfo else at
    return local.strftime("%Y-%m-%d %H:%M:%S")


def split_gaps(checks: Iterable[CheckResult]) -> tuple[int, int]:
    """How many wait for the consent to ask the network, and how many others did not run to their end."""
    asking = gaps = 0
    for check in checks:
        asking += check.awaits_consent
        gaps += not check.outcome.ran and not check.awaits_consent
    return asking, gaps


def ask_words(number: int) -> str:
    """1 check asks the network, 2 checks ask the network."""
    return f"{format_count(number, 'check')} {'asks' if number == 1 else 'ask'} the network"


def short_hash(digest: str, length: int = 8) -> str:
    """The first characters of a hash; the whole one belongs into the tooltip and the clipboard."""
    return f"{digest[:length]}…" if len(digest) > length else digest


def tip(text: str) -> str:
    """A tooltip of foreign text: Qt reads what looks like markup as markup, so it is escaped."""
    return f"<p style='white-space:pre-wrap'>{html.escape(text)}</p>" if text else ""


def button_text(text: str) -> str:
    """Foreign text for a button or menu, where & would make a mnemonic."""
    return text.replace("&", "&&")


def middle(text: str, length: int) -> str:
    """At most `length` characters, shortened in the middle."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"
