"""Checks of the whole package: asked of a worker, and held to the bounds of the package before anything counts."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.cancel import CancelToken
from app.errors import DeskError
from app.findings import Findings
from app.grants import NOTHING, HandedOver, Told
from app.plan import PlannedCheck
from app.recorder import Recorder
from app.trees import Tree
from app.workers import NO_FILE, WorkerEnded, WorkerProcess, run_task
from checks import Outcome
from checks.runtime.model import MAX_COMPONENTS, MAX_FACTS, Component, Fact
from checks.runtime.protocol import Failed, Finished, Found, Log, Message, NotChecked

log = logging.getLogger(__name__)

# As many as a worker sends before it says that the rest is not listed.
MAX_PACKAGE_FINDINGS = 20_000


@dataclass(slots=True)
class Answer:
    """What one check of the whole package said."""

    found: list[Found] = field(default_factory=list)
    told: list[Fact | Component] = field(default_factory=list)
    problems: list[tuple[Outcome, int | None, str]] = field(default_factory=list)
    seconds: float = 0.0


class NotTold(Exception):
    """The host could not have what the check needs; the text says why."""


class PackageChecks:
    """Runs groups of checks over one tree, each from its own thread, `workers` of them at once."""

    def __init__(
        self,
        tree: Tree,
        findings: Findings,
        recorder: Recorder,
        cancel: CancelToken,
        *,
        kind: str,
        declared_type: str,
        start: Callable[[], WorkerProcess],
        workers: int,
        baseline_name: str = "",
    ) -> None:
        self._tree = tree
        self._findings = findings
        self._recorder = recorder
        self._cancel = cancel
        names = {"file_name": tree.artifact.name, "baseline_name": baseline_name}
        self._task = {"kind": kind, "declared_type": declared_type, **names}
        self._start = start
        self._slots = threading.Semaphore(workers)
        self._handed: Mapping[str, HandedOver] = {}

    def run(self, checks: Sequence[PlannedCheck], handed_over: Mapping[str, HandedOver]) -> None:
        """These checks, in one worker: starting one costs more than a check of a small package.

        When that worker does not end well, nothing of it counts, and each check gets one of its own. Of what was
        `handed_over` for a need, the result says what it is, and where it falls short.
        """
        self._handed = handed_over
        with self._slots:
            for check in checks:
                data = next((handed_over[n] for n in sorted(check.spec.needs) if n in handed_over), NOTHING)
                self._recorder.start(check, 0, data.note, data.limitation)
            answers = self._ask(checks)
            if answers is None:
                answers = [self._ask_alone(check) for check in checks]
        self._findings.await_masks()
        for check, answer in zip(checks, answers, strict=True):
            self._take_answer(check, answer)
        self._findings.settle(checks)

    def _take_answer(self, check: PlannedCheck, answer: Answer) -> None:
        tree = self._tree
        by_file: dict[int | None, list[Found]] = {}
        for item in answer.found:
            by_file.setdefault(item.file, []).append(item)
        for file, items in by_file.items():
            self._findings.defer(check, None if file is None else tree.entry(file), items)
        for told in answer.told:
            self._findings.tell(check, None if told.file is None else tree.entry(told.file), told)
        for outcome, file, reason in answer.problems:
            place = None if file is None else tree.entry(file)
            if place is None and outcome is not Outcome.UNAVAILABLE:
                place = tree.container or next(iter(tree.files), None)  # the package it was about, at least
            self._findings.problem(check, outcome, place, reason)
        self._recorder.spend(check, answer.seconds)

    def _ask(self, checks: Sequence[PlannedCheck]) -> list[Answer] | None:
        """What these checks say one after the other in one worker; None where several were too many for it."""
        checks_left = [c for c in checks if not self._cancel.stops(c.id)]
        answers = {c.id: Answer() for c in checks}
        if not checks_left:
            return [*answers.values()]
        check = checks_left[0]
        worker = self._start()
        try:
            for check in checks_left:
                began = time.monotonic()
                number = self._send(worker, check)
                stopped = functools.partial(self._cancel.stops, check.id)
                for message in run_task(worker, number, check.spec.seconds, stopped):
                    self._take(check, message, answers[check.id])
                answers[check.id].seconds = time.monotonic() - began
            if not worker.finish():
                raise WorkerEnded("the worker did not end well")
        except WorkerEnded as ended:
            if len(checks) > 1:
                log.info("%s: %s: each check of the package gets a worker of its own", check.id, ended.reason)
                return None
            outcome = Outcome.TIMEOUT if ended.timed_out else Outcome.ERROR
            stopped_by_us = self._cancel.stops(check.id)
            at = None if ended.lied or worker.file == NO_FILE else worker.file
            return [Answer(problems=[] if stopped_by_us else [(outcome, at, ended.reason)])]
        except NotTold as problem:
            if len(checks) > 1:
                return None
            return [Answer(problems=[(Outcome.UNAVAILABLE, None, str(problem))])]
        finally:
            worker.kill()
        return [*answers.values()]

    def _send(self, worker: WorkerProcess, check: PlannedCheck) -> int:
        """Give the worker its task."""
        about = {"module": check.module, "parameters": dict(check.parameters)}
        told = {need: told.data for need, told in self._tell(check).items()}
        return worker.send("package", check=about, handed=told, **self._task)

    def _tell(self, check: PlannedCheck) -> dict[str, Told]:
        """The host's plain data for this check; raises NotTold."""
        told = {}
        for need in sorted(check.spec.needs & self._handed.keys()):
            if tell := self._handed[need].tell:
                try:
                    told[need] = tell()
                except DeskError as error:
                    raise NotTold(str(error)) from None
        return told

    def _ask_alone(self, check: PlannedCheck) -> Answer:
        answers = self._ask([check])
        return answers[0] if answers else Answer()

    def _take(self, check: PlannedCheck, message: Message, answer: Answer) -> None:
        """Add what the worker said to the answer; raises WorkerEnded where the package shows that it lied."""
        if isinstance(message, (Found, Fact, Component, NotChecked, Failed)):
            entry = None if message.file is None else self._tree.entry(message.file)
            if message.file is not None and entry is None:
                raise _broken("named a file that does not exist")
        if isinstance(message, Found):
            size = entry.size if entry is not None else -1
            if message.end is not None and message.end > size:
                raise _broken("named a place outside the file")
            answer.found.append(message)
            if len(answer.found) > MAX_PACKAGE_FINDINGS:
                raise _broken(f"sent more than {MAX_PACKAGE_FINDINGS:,} findings")
        elif isinstance(message, (Fact, Component)):
            answer.told.append(message)
            if len(answer.told) > MAX_FACTS + MAX_COMPONENTS:
                raise _broken("told more facts than it may")
        elif isinstance(message, NotChecked):
            answer.problems.append((Outcome.UNAVAILABLE, message.file, message.reason))
        elif isinstance(message, Failed):
            answer.problems.append((Outcome(message.outcome), message.file, message.reason))
        elif isinstance(message, Finished) and message.error:
            answer.problems.append((Outcome.ERROR, None, message.error))
        elif isinstance(message, Log):
            log.debug("%s: %s", check.id, message.text)


def _broken(what: str) -> WorkerEnded:
    return WorkerEnded(f"the worker broke the protocol: it {what}", lied=True)
