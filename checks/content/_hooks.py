"""What the parts of install_hook hand to each other."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from checks.content._threats import MAX_SCRIPT, NOTHING, Verdict, assess
from checks.downloads._family import Container
from checks.runtime.model import Severity
from checks.runtime.package import File


@dataclass(frozen=True, slots=True)
class Hook:
    """One thing that runs by itself: where it is said, how grave it is, and in which words."""

    rule: str
    file: File
    severity: Severity
    message: str
    span: tuple[int, int] | None = None


def place(data: bytes, text: str) -> tuple[int, int] | None:
    """Where a value of a manifest stands in its bytes; None where it is written with escapes."""
    needle = text.encode("utf-8", "surrogateescape")
    at = data.find(needle) if needle else -1
    return (at, at + len(needle)) if at >= 0 else None


def short(text: str, limit: int = 90) -> str:
    """A command for a message: one line, bounded."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def assess_file(file: File) -> Verdict:
    """Grade the script in a file; what is too large to be a script is graded by its beginning."""
    return assess(file.head(MAX_SCRIPT)) if file.size else NOTHING


def beside(container: Container, base: str, relative: str) -> File | None:
    """The file that a relative path names, seen from the folder of `base`; never outside the container."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), relative))
    if path.startswith("../") or not path.startswith(container.prefix):
        return None
    return container.find(path)


def graded(rule: str, file: File, verdict: Verdict, least: Severity, message: str, *, in_place: bool) -> Hook:
    """A hook whose message says what it does. `in_place`: the verdict's span is in this very file."""
    words = f" and {verdict.words}" if verdict.words else ""
    return Hook(rule, file, max(least, verdict.severity), message + words, verdict.span if in_place else None)
