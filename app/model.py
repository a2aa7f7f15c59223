"""The words of the host: submission, run, result of a check, finding as it is recorded, events.

Everything here is plain frozen data, safe to hand between threads. Text in it has been bounded,
stripped of control characters and masked: it may be shown and exported as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from checks import Outcome, Severity

# Facts that are kept to be searched and compared, not to be read one by one.
UNLISTED_GROUPS = frozenset({"address", "digest"})


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file kept in the vault. Hashes are lower-case hex; MD5 and SHA-1 only to compare."""

    sha256: str
    md5: str
    sha1: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Submission:
    """An app version a developer sent, as the queue lists it.

    `id` is the store's number. `title`, `version` and `family` come from the package's manifest (a
    claim) or the practice list; `kind` is download, web, image or chart. `baseline` is the id of
    the submission it is compared with. `lesson` is set for practice submissions only.
    """

    id: int
    artifact: Artifact
    title: str
    version: str
    kind: str
    family: str
    developer: str
    source: str
    added: datetime
    baseline: int | None = None
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What held the hostile bytes in a run: launcher name, whether it is full, what it gives and lacks."""

    launcher: str
    full: bool
    gives: tuple[str, ...]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFinding:
    """A finding as recorded.

    `path` is printable (escapes for what is not), `raw_path` the name with surrogateescape.
    `line` and `column` start at 1, None without a place; `start` and `end` are byte offsets.
    `state` is new, unchanged, fixed, or None without a baseline. `number` is the entry in the tree,
    None for the package as a whole (and for `fixed` findings, whose file may be gone).
    """

    check: str
    rule: str
    severity: Severity
    confidence: str
    message: str
    path: str
    raw_path: str
    file_sha256: str
    number: int | None
    line: int | None
    column: int | None
    start: int | None
    end: int | None
    snippet: str
    fingerprint: str
    state: str | None
    guidelines: tuple[str, ...]
    remediation: str
    references: tuple[str, ...]
    secret: bool = False


ASKS = "asks the network"  # so begins the reason of a check that waits for the reviewer's consent


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check ended.

    `reason` is one line: why skipped or unavailable, or what it used. `limitation` is one line on what a check
    that ran could not do here (a virus scan with old signatures), and is empty where it did all of its work.
    """

    id: str
    title: str
    outcome: Outcome
    seconds: float
    reason: str
    parameters: Mapping[str, Any]
    guidelines: tuple[str, ...]
    findings: int
    files: int = 0
    reused: int = 0
    log: tuple[str, ...] = ()
    limitation: str = ""

    @property
    def awaits_consent(self) -> bool:
        """Whether nothing but the reviewer's consent to ask the network is missing. It did not run all the same."""
        return self.outcome is Outcome.UNAVAILABLE and self.reason.startswith(ASKS) and "; " not in self.reason

    @property
    def words(self) -> str:
        """Limitation and reason as one line, the warning first."""
        return ". ".join(part for part in (self.limitation, self.reason) if part)


@dataclass(frozen=True, slots=True)
class RunFact:
    """Something a check learned about the package (`checks.Fact`), as recorded.

    `path` is printable, empty for the package as a whole; `number` is the entry in the tree. Against a baseline,
    `state` is new, changed, unchanged or removed, and `was` the value there.
    """

    check: str
    group: str
    name: str
    value: str
    path: str = ""
    file_sha256: str = ""
    number: int | None = None
    grade: Severity | None = None
    state: str | None = None
    was: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the inventory: a part that the package declares (in `path`), or that was observed in it.

    `purl` is a package URL, empty where none can be given; `origin` is declared or observed.
    """

    name: str
    version: str
    purl: str
    path: str
    origin: str = "declared"
    scope: str = ""
    licence: str = ""
    detail: str = ""

    @property
    def type(self) -> str:
        """The package URL's type (npm, pypi, maven, ...), empty without one."""
        return self.purl.removeprefix("pkg:").partition("/")[0] if self.purl else ""


@dataclass(frozen=True, slots=True)
class TreeSummary:
    """Facts about the unpacked package. `root` is the raw name of the one folder that holds everything, with its
    slash, or empty."""

    format: str
    family: str
    name: str
    version: str
    kind: str
    entries: int
    files: int
    bytes: int
    left_out: int
    root: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One battery over one submission, finished or not (`finished` None = it was cut off)."""

    id: int
    submission: int
    artifact: Artifact
    kind: str
    profile: str
    started: datetime
    finished: datetime | None
    isolation: Isolation
    tree: TreeSummary | None
    baseline: Artifact | None
    checks: tuple[CheckResult, ...]
    findings: tuple[RunFinding, ...]
    cancelled: bool = False
    tool: str = ""
    inventory: tuple[Component, ...] = field(default=())
    facts: tuple[RunFact, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of these bytes. `overrides` are the sentences of what stood against an approval."""

    id: int
    submission: int
    artifact_sha256: str
    decision: str
    reason: str
    overrides: tuple[str, ...]
    reviewer: str
    at: datetime
    run: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the log: who did what, when (UTC), to which submission (None = to the program)."""

    id: int
    at: datetime
    who: str
    action: str
    submission: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


# Events of a running battery, in the order they happen; the bridge and the printer consume them.


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is made: which checks will take part (id, title), and those skipped beforehand."""

    run: int
    checks: tuple[tuple[str, str], ...]
    isolation: Isolation


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Before the checks: `stage` is unpacking or hashing; `total` 0 = not known yet. Bytes."""

    stage: str
    done: int
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PackageReady:
    """The package is unpacked and can be browsed."""

    tree: TreeSummary


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check begins; `total` files it will see (0 for a whole-package check)."""

    check: str
    total: int


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """How far a check is; `reused` files were answered from an earlier result."""

    check: str
    done: int
    total: int
    reused: int = 0


@dataclass(frozen=True, slots=True)
class FindingFound:
    """One more finding, masked and final but for `state` (known when the run ends)."""

    finding: RunFinding


@dataclass(frozen=True, slots=True)
class CheckLog:
    """One line of a check's log."""

    check: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckFinished:
    """A check ended."""

    result: CheckResult


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The battery ended; the record is stored."""

    run: Run


Event = (
    RunStarted
    | StageProgress
    | PackageReady
    | CheckStarted
    | CheckProgress
    | FindingFound
    | CheckLog
    | CheckFinished
    | RunFinished
)
