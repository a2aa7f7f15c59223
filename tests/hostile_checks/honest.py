"""A check that does as it should, beside those that do not."""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Severity, file_check


@file_check(severity=Severity.MEDIUM, content_only=True)
def honest(file: File, *, word: str = "needle") -> Iterator[Finding]:
    """Flags a word, with its place."""
    at = file.data.find(word.encode())
    if at >= 0:
        yield file.finding("needle", f"the word {word}", span=(at, at + len(word)))
