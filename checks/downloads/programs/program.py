"""A program whatever its format: what the readers of PE, ELF and Mach-O tell the check."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.runtime.model import Severity


class BadProgram(ValueError):
    """Begins like a program and cannot be read as one; the text says what is wrong.

    `severity` is low where no loader would take it either, and more where one might.
    """

    def __init__(self, problem: str, severity: Severity = Severity.LOW) -> None:
        super().__init__(problem)
        self.severity = severity


@dataclass(frozen=True, slots=True)
class Part:
    """A section or segment. `start` and `end` are bytes of the file, `memory` the bytes it takes when loaded."""

    name: str
    start: int
    end: int
    memory: int
    writable: bool
    executable: bool
    has_entry: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """Something a reader noticed that only its format knows; `span` in bytes of the file."""

    rule: str
    severity: Severity
    message: str
    span: tuple[int, int] | None = None
    remediation: str = ""
    references: tuple[str, ...] = ()


@dataclass(slots=True)
class Program:
    """What is known of one program.

    `words` describes it with its article; `imports` are functions without Windows' A or W; `end` is where the program
    ends by its own account: what follows is an overlay, up to `limit` (signatures lie behind that).
    """

    format: str
    words: str
    parts: list[Part] = field(default_factory=list)
    imports: frozenset[str] = frozenset()
    exports: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    facts: list[str] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    end: int = 0
    limit: int = 0
    managed: bool = False
    callbacks: int = 0
