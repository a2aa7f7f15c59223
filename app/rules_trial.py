"""Trying the reviewer's own rules: compiled in a process of its own, and given up on when that takes too long.

Rules come from other people and are compiled by a library that others wrote: neither may take the program down, and
a file on which the compiler hangs or dies is named, while the others go on.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.paths import CHECKS, RESOURCES
from app.workers import WorkerEnded
from checks.runtime.own_rules import RuleFile
from checks.runtime.text import printable

# For all files together; for one alone, when those together failed; and for all that are tried alone.
SECONDS = 60.0
LONE_SECONDS = 10.0
LONE_TOTAL = 120.0
ANSWER_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """A rule that does not work: file as it is shown, line (from 1), what is wrong and what to do."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What works, as (file, rule), and what does not."""

    rules: tuple[tuple[str, str], ...] = ()
    problems: tuple[RuleProblem, ...] = ()

    def count(self, file: str) -> int:
        """How many rules of a file work."""
        return sum(name == file for name, _ in self.rules)


class _Failed(Exception):
    """The compiler gave no answer; the text says what became of it."""


def try_rules(
    engine: str, files: Sequence[RuleFile], out: Path | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Trial:
    """Compile these files, into `out` where that is given; raises WorkerEnded when cancelled."""
    if not files:
        return Trial()
    try:
        return _ask(engine, files, out, SECONDS, cancelled)
    except _Failed as failed:
        if len(files) == 1:
            return Trial(problems=(_hopeless(files[0], failed),))
    sound: list[RuleFile] = []
    problems: list[RuleProblem] = []
    ends = time.monotonic() + LONE_TOTAL
    for file in files:
        try:
            if time.monotonic() > ends:
                raise _Failed("was not tried: other files took too long")
            _ask(engine, [file], None, LONE_SECONDS, cancelled)
            sound.append(file)
        except _Failed as failed:
            problems.append(_hopeless(file, failed))
    try:
        rest = _ask(engine, sound, out, SECONDS, cancelled) if sound else Trial()
    except _Failed as failed:
        return Trial(problems=(*problems, *(_hopeless(file, failed) for file in sound)))
    return Trial(rest.rules, (*problems, *rest.problems))


def _hopeless(file: RuleFile, failed: _Failed) -> RuleProblem:
    return RuleProblem(file.name, 1, f"{failed}: make the patterns simpler, or split the file")


def _ask(
    engine: str, files: Sequence[RuleFile], out: Path | None, seconds: float, cancelled: Callable[[], bool]
) -> Trial:
    """One child, one answer; _Failed where there is none in time."""
    request = {
        "engine": engine,
        "resources": str(RESOURCES),
        "files": [{"path": str(f.path.absolute()), "name": f.name, "namespace": f.namespace} for f in files],
        "out": str(out.absolute()) if out is not None else None,
    }
    command = [sys.executable, "-I", str(CHECKS / "runtime" / "own_rules.py")]
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(json.dumps(request).encode())
        question.seek(0)
        process = subprocess.Popen(command, stdin=question, stdout=answer, stderr=subprocess.DEVNULL)
        try:
            _await(process, seconds, cancelled)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            raise _Failed("the compiler fails on it")
        answer.seek(0)
        return _read(json.loads(answer.read(ANSWER_BYTES)))


def _await(process: subprocess.Popen[bytes], seconds: float, cancelled: Callable[[], bool]) -> None:
    ends = time.monotonic() + seconds
    while True:
        if cancelled():
            raise WorkerEnded("cancelled")
        if time.monotonic() >= ends:
            raise _Failed(f"does not compile within {seconds:.0f} s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return


def _read(answer: Any) -> Trial:
    problems = [RuleProblem(file, line, printable(text, 400)) for file, line, text in answer["problems"]]
    return Trial(tuple((file, rule) for file, rule in answer["rules"]), tuple(sorted(problems, key=_place)))


def _place(problem: RuleProblem) -> tuple[str, int]:
    return problem.file, problem.line
