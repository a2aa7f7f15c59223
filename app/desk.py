"""The desk: one object through which the window and the command line do everything.

Methods block and may be called from any thread; the window calls them from its own worker threads. What a command
needs only after its workers were started is imported where it is needed, while they start.
"""

from __future__ import annotations

import dataclasses
import functools
import getpass
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.browsing import Browser
from app.cancel import CancelToken
from app.clamd import ClamdService
from app.errors import DeskError
from app.head_start import HeadStart
from app.intake import take_in
from app.kept_catalog import read_catalog
from app.model import Artifact, AuditRow, Decision, Event, Isolation, Run, Submission
from app.paths import RESOURCES, Folders
from app.result_cache import ResultCache
from app.sandbox import Launcher, NoSandbox, choose_launcher
from app.settings import Settings, load_settings, save_settings
from app.trees import Tree
from app.vault import Vault
from checks.runtime.catalog import CheckSpec
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.archive_hits import ArchiveHit, ArchiveResult
    from app.battery import Battery
    from app.checklist import Blocker, Checklist
    from app.guidelines import Guideline, Profile
    from app.marketplace.office import Marketplace
    from app.reports import ReportData
    from app.store import Store
    from app.triage import TriageMatch, Verdict
    from app.views import Change, Comparison, FileRow, LineDiff, TextView


__all__ = ["CancelToken", "Desk", "DeskError"]


class Desk:
    """Vault, store, settings, sandbox and checks of one reviewer."""

    def __init__(self, folders: Folders, settings: Settings, market_secret: str | None = None) -> None:
        """`market_secret` takes the place of the kept one, for this desk only."""
        self.folders = folders
        self.settings = settings
        self._market_secret = market_secret
        self.vault = Vault(folders.data / "vault")
        self._cache = ResultCache(folders.cache / "results.db")
        self._clamd = ClamdService(folders.runtime, RESOURCES / "signatures")
        self._heads: dict[Artifact, HeadStart] = {}
        self._browser = Browser(self.vault, self.launcher, self._masking, folders.cache, settings)

    @classmethod
    def open(cls, folders: Folders | None = None, settings: Settings | None = None) -> Desk:
        """The desk of this user; raises SettingsError, DeskError."""
        folders = folders or Folders.of_user()
        return cls(folders, settings or load_settings(folders.config / "settings.toml"))

    def close(self) -> None:
        """Let go of the files; the managed clamd stays up for the next command."""
        for head in self._heads.values():
            head.close()
        if "store" in self.__dict__:
            self.store.close()
        self._cache.close()
        self.vault.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What is set up

    @functools.cached_property
    def store(self) -> Store:
        """The database; opened at first use, because its library takes a while to load."""
        from app.store import Store

        return Store(self.folders.data / "assay.db")

    @functools.cached_property
    def catalog(self) -> Mapping[str, CheckSpec]:
        """All checks by id."""
        return read_catalog(self.folders.cache)

    @functools.cached_property
    def guidelines(self) -> Mapping[str, Guideline]:
        """All guidelines by id."""
        from app.guidelines import load_guidelines

        return load_guidelines()

    @functools.cached_property
    def marketplace(self) -> Marketplace:
        """This desk's end of the marketplace; there without one, and says so when it is asked."""
        from app.marketplace.office import Marketplace

        return Marketplace(self, self._market_secret)

    @property
    def reviewer(self) -> str:
        """Whose name goes into the record; blanks and what is unseen are no name."""
        from app.triage import clean_text

        return clean_text(self.settings.reviewer) or getpass.getuser()

    def apply_settings(self, settings: Settings) -> None:
        """Use these settings from now on, and keep them."""
        before = dataclasses.asdict(self.settings)
        changed = {k: v for k, v in dataclasses.asdict(settings).items() if before[k] != v}
        place = self.folders.config / "settings.toml"
        try:
            save_settings(settings, place)
        except OSError as error:
            raise DeskError(f"{place}: cannot be written ({error.strerror}): check its rights") from error
        self.settings = settings
        self._browser.apply_settings(settings)
        if changed:
            self.store.record(self.reviewer, "settings", **changed)

    def profiles(self) -> tuple[str, ...]:
        """Names of the profiles, the mildest first."""
        names = sorted(p.stem for p in (RESOURCES / "profiles").glob("*.toml"))
        order = ["standard", "enterprise", "financial"]
        return tuple(sorted(names, key=lambda n: (order.index(n) if n in order else len(order), n)))

    def profile(self, name: str | None = None) -> Profile:
        """A profile by name or path, the settings' one by default."""
        from app.guidelines import check_profile, load_profile

        profile = load_profile(name or self.settings.profile)
        check_profile(profile, self.guidelines)
        return profile

    def check_titles(self) -> Mapping[str, str]:
        """Title of every check by id."""
        return {spec.id: spec.title for spec in self.catalog.values()}

    def _masking(self) -> list[CheckSpec]:
        """The checks that look for secrets."""
        return [spec for spec in self.catalog.values() if spec.masks]

    def declared(self, kind: str) -> dict[str, frozenset[str]]:
        """The checks that exist for a kind, with their guidelines."""
        return {spec.id: spec.guidelines for spec in self.catalog.values() if kind in spec.kinds}

    def launcher(self) -> Launcher:
        """The sandbox; raises NoSandbox when none that the settings allow is available."""
        return choose_launcher(self.settings.isolation)

    def isolation(self) -> Isolation:
        """What a run would get now."""
        try:
            return self.launcher().isolation
        except NoSandbox as problem:
            return Isolation("unavailable", full=False, gives=(), lacks=(str(problem),))

    # Submissions

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
        cancel: CancelToken | None = None,
        run_next: bool = False,
    ) -> Submission:
        """Keep a file or folder in the vault and enter it as a submission; known bytes are found again, under the
        name that they have now: what a file pretends to be is in its name.

        `run_next` promises that all checks follow: they get a head start while the database is still being opened.
        """
        artifact = take_in(path, self.vault, progress=progress, cancel=cancel)
        if run_next and artifact not in self._heads:
            head = self._heads[artifact] = HeadStart(artifact, self._browser.maker, self._clamd, cancel)
            self._battery().start_workers(head, artifact, cancel)
        known = self.store.find_submission(artifact.sha256)
        if known is None:
            return self.store.add_submission(
                artifact,
                kind=kind or "",
                title=title,
                version=version,
                developer=developer,
                source=str(path.absolute()),
                baseline=baseline,
                lesson=lesson,
                who=self.reviewer,
            )
        changes: dict[str, str | int | None] = {}
        told = {"kind": kind, "title": title, "version": version, "developer": developer, "name": artifact.name}
        for key, value in told.items():
            if value and (key != "name" or value != known.artifact.name):
                changes[key] = value
        if baseline is not None and baseline != known.id:
            changes["baseline"] = baseline
        return self.store.update_submission(known.id, who=self.reviewer, **changes) if changes else known

    def submissions(self) -> tuple[Submission, ...]:
        """All submissions, the newest first."""
        return self.store.submissions()

    def submission(self, submission: int) -> Submission:
        """One submission."""
        return self.store.submission(submission)

    def set_kind(self, submission: int, kind: str) -> Submission:
        """Override the kind that was recognised."""
        return self.store.update_submission(submission, who=self.reviewer, kind=kind)

    def set_baseline(self, submission: int, baseline: int | None) -> Submission:
        """Choose the version to compare with."""
        return self.store.update_submission(submission, who=self.reviewer, baseline=baseline)

    # The battery

    def _battery(self) -> Battery:
        from app.battery import Battery
        from app.handed_over import hand_over
        from app.rules_own import own_folder

        return Battery(
            self.catalog,
            self._browser.maker,
            self.launcher,
            self._clamd,
            self._cache,
            self.folders.cache,
            workers=self.settings.worker_count,
            memory=self.settings.worker_memory << 20,
            own_rules=own_folder(self.folders.data),
            data=hand_over(lambda: self.store, self.vault, self.folders),
        )

    def run(
        self,
        submission: int,
        *,
        profile: str | None = None,
        kind: str | None = None,
        only: Sequence[str] = (),
        live: bool | Collection[str] = False,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
    ) -> Run:
        """Run the battery over a submission and keep the record; `kind` takes the place of its own for this run.

        `live` is the reviewer's consent that checks ask the network: all that do, or these; otherwise none does.
        Events come from the battery's threads. Raises RunRefused (no sandbox, unknown check) or DeskError
        (the artifact cannot be unpacked).
        """
        from app.handed_over import hand_over
        from app.marketplace.probes import hand_over_version
        from app.runner import Runner, RunRefused

        about = self.submission(submission)
        about = dataclasses.replace(about, kind=kind or about.kind)
        unknown = set(only) - set(self.catalog)
        if unknown:
            known = ", ".join(sorted(self.catalog))
            raise RunRefused(f"no check is called {', '.join(sorted(unknown))}: there are {known}")
        rules = self.profile(profile)
        head = self._heads.pop(about.artifact, None)
        try:
            runner = Runner(self.store, self._battery(), self._browser, functools.partial(hand_over_version, self))
            run = runner.run(about, rules, only, on_event, cancel, head, consent=self._consent(live, only))
            hand_over(lambda: self.store, self.vault, self.folders)  # so that the next one need not wait for it
            return run
        finally:
            if head is not None:
                head.close()

    def _consent(self, live: bool | Collection[str], only: Sequence[str]) -> frozenset[str]:
        """The live checks that the reviewer allowed to ask the network."""
        asking = {spec.id for spec in self.catalog.values() if spec.live and (not only or spec.id in only)}
        if isinstance(live, bool):
            return frozenset(asking if live else ())
        return frozenset(asking & set(live))

    def last_run(self, submission: int) -> Run | None:
        """The latest finished run."""
        return self.store.last_run(submission)

    def missing_checks(self, run: Run) -> tuple[str, ...]:
        """Checks that the run's profile requires and that did not run."""
        from app.checklist import find_missing_checks

        outcomes = {c.id: c.outcome for c in run.checks}
        return find_missing_checks(run.kind, self.profile(run.profile), outcomes)

    # The review

    def _review_basis(
        self, submission: int, run: Run | None = None, kind: str = ""
    ) -> tuple[Run | None, Profile, dict[str, frozenset[str]]]:
        kind = kind or self.submission(submission).kind or "download"
        run = run or self.store.last_run(submission)
        return run, self.profile(run.profile if run else None), self.declared(kind)

    def checklist(self, submission: int, run: Run | None = None, *, kind: str = "") -> Checklist:
        """The checklist as it stands, from the latest full run or the one given; `kind` in place of its own."""
        from app import review

        run, rules, declared = self._review_basis(submission, run, kind)
        return review.review_state(
            self.store, submission, run, self.guidelines, rules, declared, self.check_titles(), kind
        )

    def answer(self, submission: int, guideline: str, value: str | None, comment: str = "") -> None:
        """Answer a guideline (met, not_met, not_applicable); None takes it back."""
        from app import review

        review.give_answer(self.store, submission, guideline, value, comment, reviewer=self.reviewer)

    def triage(self, submission: int, fingerprints: Sequence[str], verdict: Verdict | None, reason: str = "") -> None:
        """Say what findings are; None takes it back. Raises TriageRefused where a reason is missing."""
        from app import review

        run = self.finished_run(submission)
        review.triage_findings(self.store, run, fingerprints, verdict, reason, reviewer=self.reviewer)

    def triage_matches(self, submission: int, run: Run | None = None) -> Mapping[str, TriageMatch]:
        """What earlier triage means for each finding of a run (the latest full one), by fingerprint."""
        from app import review

        run = run or self.store.last_run(submission)
        return review.match_findings(self.store, run) if run else {}

    def recent_reasons(self) -> tuple[str, ...]:
        """Reasons given lately, the newest first."""
        return self.store.recent_reasons()

    def decide(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Decision:
        """Approve, reject or request changes; raises DecisionRefused with what stands against it.

        What came from the marketplace is put on its way there in the same transaction; with `escalate` a second
        reviewer has to confirm it first.
        """
        if self.store.version_of(submission) is not None:
            return self.marketplace.decide(submission, decision, reason, escalate=escalate)
        return self.decide_here(submission, decision, reason)

    def decide_here(
        self, submission: int, decision: str, reason: str, *, besides: Sequence[Blocker] = ()
    ) -> Decision:
        """Record a decision on these bytes, and send nothing; raises DecisionRefused.

        `besides` stands against an approval too, and is recorded with it.
        """
        from app import review

        run, rules, declared = self._review_basis(submission)
        return review.decide(
            self.store,
            submission,
            decision,
            reason,
            reviewer=self.reviewer,
            run=run,
            guidelines=self.guidelines,
            profile=rules,
            declared=declared,
            titles=self.check_titles(),
            besides=besides,
        )

    def decisions(self, submission: int) -> tuple[Decision, ...]:
        """Earlier decisions, the newest first."""
        return self.store.decisions(submission)

    def note(self, submission: int) -> str:
        """The reviewer's notes."""
        return self.store.note(submission)

    def set_note(self, submission: int, text: str) -> None:
        """Keep the reviewer's notes."""
        self.store.set_note(submission, text, self.reviewer)

    def history(self, submission: int) -> tuple[AuditRow, ...]:
        """The audit log of a submission."""
        return self.store.audit(submission)

    def finished_run(self, submission: int) -> Run:
        """The latest finished run; raises DeskError where there is none."""
        run = self.store.last_run(submission)
        if run is None:
            raise DeskError("there is no finished run yet: run the battery first")
        return run

    # What the panes read

    def tree(self, submission: int) -> Tree:
        """The unpacked package; unpacks it where that was not done yet."""
        return self._browser.tree(self.submission(submission).artifact)

    def _side(self, submission: int, side: str) -> Tree:
        if side == "submission":
            return self.tree(submission)
        baseline = self.submission(submission).baseline
        if baseline is None:
            raise DeskError("there is no baseline: choose an earlier version")
        return self.tree(baseline)

    def files(self, submission: int, *, side: str = "submission") -> tuple[FileRow, ...]:
        """All entries of the package."""
        return self._browser.files(self._side(submission, side))

    def text(
        self, submission: int, number: int, *, side: str = "submission", reveal: bool = False, beautify: bool = False
    ) -> TextView:
        """The text of one file, secrets masked; `reveal` shows them, and is logged. `beautify` breaks minified code."""
        tree = self._side(submission, side)
        entry = tree.entry(number)
        if entry is None or entry.type != "file":
            raise DeskError("this entry has no content")
        if reveal:
            self.store.record(self.reviewer, "reveal", submission, path=printable(entry.path), sha256=entry.sha256)
        return self._browser.text(tree, entry, masked=not reveal, beautify=beautify)

    def search_archive(
        self,
        text: str,
        on_hit: Callable[[ArchiveHit], None],
        cancel: CancelToken,
        *,
        ignore_case: bool = False,
        on_progress: Callable[[int, int, str], None] | None = None,
    ) -> ArchiveResult:
        """Look for a hash or a text in everything that was reviewed; raises BadSearch."""
        from app.archive_search import search_archive
        from app.archive_snippets import Snippets

        return search_archive(
            self.store,
            self.vault,
            self.folders.data / "assay.db",
            text,
            on_hit=on_hit,
            cancel=cancel,
            ignore_case=ignore_case,
            snippets=Snippets.of_desk(self),
            on_progress=on_progress,
        )

    def compare(self, submission: int) -> Comparison | None:
        """Files of the submission against its baseline, None without one."""
        from app.diff import compare_trees

        baseline = self.submission(submission).baseline
        return None if baseline is None else compare_trees(self.tree(baseline), self.tree(submission))

    def line_diff(self, submission: int, change: Change) -> LineDiff:
        """The line diff of one change."""
        return self._browser.line_diff(self._side(submission, "baseline"), self.tree(submission), change)

    def report(self, submission: int, run: Run | None = None, *, only: Sequence[str] = ()) -> ReportData:
        """Everything a report says about a submission as it stands, after its latest full run or the one given.

        `only` names the checks that were chosen for that run. Raises DeskError without a finished run.
        """
        from app.reports import build_report

        run = run or self.finished_run(submission)
        decisions = self.decisions(submission)
        return build_report(
            run,
            submission=self.submission(submission),
            checklist=self.checklist(submission, run, kind=run.kind),
            triage=self.triage_matches(submission, run),
            decision=decisions[0] if decisions else None,
            note=self.note(submission),
            reviewer=self.reviewer,
            comparison=self.compare(submission),
            missing=self.missing_checks(run),
            only=only,
        )

    def export(self, submission: int, format: str, target: Path) -> Path:
        """Write the review notes; raises DeskError where the file cannot be written."""
        from app.export import write_file
        from app.reports import render

        try:
            write_file(target, render(self.report(submission), format))
        except OSError as error:
            raise DeskError(f"{target}: cannot be written ({error.strerror}): choose another place") from error
        self.store.record(self.reviewer, "export", submission, format=format, file=str(target))
        return target
