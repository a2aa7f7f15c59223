"""Finding by any letters in their order: commands, files, findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MOST = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """Something the palette finds; `kind` is command, file or finding."""

    kind: str
    text: str
    detail: str
    icon: str
    role: str
    go: Callable[[], object]
    enabled: bool = True


def score(words: Sequence[str], text: str) -> int:
    """How well all words occur in a text, -1 when one does not; runs and beginnings of words count more."""
    low = text.casefold()
    total = 0
    for word in words:
        at = low.find(word)
        if at >= 0:
            begins = at == 0 or not low[at - 1].isalnum()
            total += 100 + 20 * begins + len(word) - min(at, 40)
            continue
        at, value = -1, 0
        for char in word:
            found = low.find(char, at + 1)
            if found < 0:
                return -1
            begins = found == 0 or not low[found - 1].isalnum()
            value += 6 if found == at + 1 else 4 if begins else -1
            at = found
        if value <= len(word):
            return -1  # letters scattered all over: not what anybody meant
        total += value
    return total - min(len(low), 200) // 20


def find_best(query: str, entries: Iterable[Entry], most: int = MOST) -> list[Entry]:
    """The entries that fit, best first; without a query the commands, in their order."""
    words = query.casefold().split()
    if not words:
        return [e for e in entries if e.kind == "command" and e.enabled][:most]
    scored = []
    for number, entry in enumerate(entries):
        value = score(words, f"{entry.text} {entry.detail}" if entry.kind == "finding" else entry.text)
        if value >= 0:
            scored.append((-value - (5 if entry.kind == "command" and entry.enabled else 0), number, entry))
    scored.sort(key=lambda t: t[:2])
    return [entry for _, _, entry in scored[:most]]
