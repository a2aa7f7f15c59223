"""The words a check speaks: severity, confidence, outcome, finding; fact and component beside them.

A finding names *where* by byte range; the text of a snippet is cut from the stored bytes by the
host, so a check (or whatever took it over) can neither invent evidence nor leak a secret.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

MAX_MESSAGE = 500
MAX_REMEDIATION = 1000
MAX_MATCHED = 512
MAX_REFERENCES = 8
MAX_FACT_NAME = 300
MAX_FACT_VALUE = 1000
MAX_PURL = 1000
# Of one check over one package.
MAX_FACTS = 5_000
MAX_COMPONENTS = 20_000
FACT_GROUPS = frozenset(
    {"package", "permission", "entry", "hook", "signature", "executable", "document", "address", "digest", "claim"}
)
ORIGINS = frozenset({"declared", "observed"})


class Severity(enum.IntEnum):
    """How much harm a finding may do; ordered, so `severity >= Severity.HIGH` reads as it should."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word used in reports and on the screen."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> Severity:
        """Read a label; raises ValueError that lists the known ones."""
        try:
            return cls[label.upper()]
        except KeyError:
            known = ", ".join(s.label for s in cls)
            raise ValueError(f"unknown severity {label!r}: use one of {known}") from None


class Confidence(enum.StrEnum):
    """How sure the check is that the finding is what it says."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Outcome(enum.StrEnum):
    """How a check ended. Only the first three can satisfy a guideline."""

    CLEAN = "clean"
    FOUND = "found"
    SKIPPED = "skipped"
    UNAVAILABLE = "unavailable"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"

    @property
    def ran(self) -> bool:
        """Whether this outcome may stand as evidence (`found` still needs its findings triaged)."""
        return self in (Outcome.CLEAN, Outcome.FOUND, Outcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check yields.

    `file` is the number of the package entry it is about, or None for the package as a whole.
    `start` and `end` are byte offsets into that entry (end exclusive); both None when the finding
    is about the entry as such. `matched` is what the fingerprint is made from beside check, rule
    and path; it defaults to the bytes of the range. `secret` asks the host to mask the range
    everywhere it is shown. `encoding` tells how to decode the range for display.
    """

    rule: str
    message: str
    file: int | None = None
    start: int | None = None
    end: int | None = None
    severity: Severity | None = None
    confidence: Confidence = Confidence.MEDIUM
    matched: str = ""
    secret: bool = False
    encoding: str = "utf-8"
    remediation: str = ""
    references: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Fact:
    """Something learned about the package, without a judgement: shown, compared with the baseline's and searched.

    `group` is one of FACT_GROUPS, `name` what it is called, `value` says it in words or figures. `file` is the
    entry it was read from. `grade` is how much harm it allows (a permission's), None where that means nothing.
    """

    group: str
    name: str
    value: str = ""
    file: int | None = None
    grade: Severity | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the inventory, from the manifest or lock file that declares it or from the bytes that are there.

    `purl` is a package URL; `origin` one of ORIGINS; `scope` for example runtime, dev, optional; `detail` says
    what the rest cannot (the range of versions that a manifest without a lock file allows).
    """

    name: str
    version: str
    purl: str
    file: int | None = None
    origin: str = "declared"
    scope: str = ""
    licence: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A part a check could not look at: its outcome becomes `unavailable`, findings are kept."""

    reason: str
    file: int | None = None


class Unavailable(Exception):
    """Raised by a check that cannot run: the text says what is absent and how to get it."""
