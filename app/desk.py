"""The desk: one object through which the window and the command line do everything.

Methods block and may be called from any thread; the window calls them from its own worker threads. What a command
needs only after its workers were started is imported where it is needed, while they start.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cancel import CancelToken
from app.desk_reading import ReadingDesk
from app.desk_review import ReviewDesk
from app.errors import DeskError
from app.head_start import HeadStart
from app.intake import take_in
from app.model import Decision, Event, Run, Submission

if TYPE_CHECKING:
    from app.battery import Battery
    from app.marketplace.office import Marketplace
    from app.reports import ReportData

__all__ = ["CancelToken", "Desk", "DeskError"]


class Desk(ReviewDesk, ReadingDesk):
    """A reviewer's desk: takes submissions in, runs the battery, decides with the marketplace, and reports."""

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

    # The marketplace

    @functools.cached_property
    def marketplace(self) -> Marketplace:
        """This desk's end of the marketplace; there without one, and says so when it is asked."""
        from app.marketplace.office import Marketplace

        return Marketplace(self, self._market_secret)

    def decide(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Decision:
        """Approve, reject or request changes; raises DecisionRefused with what stands against it.

        What came from the marketplace is put on its way there in the same transaction; with `escalate` a second
        reviewer has to confirm it first.
        """
        if self.store.version_of(submission) is not None:
            return self.marketplace.decide(submission, decision, reason, escalate=escalate)
        return self.decide_here(submission, decision, reason)

    # Reports

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
