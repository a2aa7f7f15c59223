"""Checks that ask the network: each in a worker of its own that has the network, and no byte of the package.

What the host tells such a worker may be secret (a signed address): it goes through the pipe, is written nowhere, and
is cut out of all that comes back.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from app.package_checks import Answer, PackageChecks
from app.plan import PlannedCheck
from app.workers import START_SECONDS, WorkerEnded, WorkerProcess, run_task
from checks.runtime.protocol import Found, Log, Message

HIDDEN = "[hidden]"
# Shorter ones are no secrets, and would cut words into pieces.
LEAST_SECRET = 8


class LiveChecks(PackageChecks):
    """Runs checks that ask the network, each from its own thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._secrets: dict[str, tuple[str, ...]] = {}

    def _send(self, worker: WorkerProcess, check: PlannedCheck) -> int:
        """The worker is ready before the host asks for what ends soon."""
        preload = worker.send("preload", modules=[check.module])
        for _ in run_task(worker, preload, START_SECONDS, lambda: self._cancel.stops(check.id)):
            pass
        told = self._tell(check)
        found = {secret for t in told.values() for secret in t.secrets if len(secret) >= LEAST_SECRET}
        self._secrets[check.id] = tuple(sorted(found, key=len, reverse=True))
        about = {"module": check.module, "parameters": dict(check.parameters)}
        return worker.send("probe", check=about, handed={need: t.data for need, t in told.items()})

    def _take(self, check: PlannedCheck, message: Message, answer: Answer) -> None:
        if getattr(message, "file", None) is not None:
            raise WorkerEnded("the worker broke the protocol: it named a file, and was given none", lied=True)
        if not isinstance(message, Log):  # a log is no place for what a worker with secrets says
            super()._take(check, message, answer)

    def _take_answer(self, check: PlannedCheck, answer: Answer) -> None:
        secrets = self._secrets.pop(check.id, ())
        clean: list[Found] = [_without(found, secrets) for found in answer.found]
        told = [_without(item, secrets) for item in answer.told]
        problems = [(outcome, file, _cut(reason, secrets)) for outcome, file, reason in answer.problems]
        super()._take_answer(check, dataclasses.replace(answer, found=clean, told=told, problems=problems))


def _without(item: Any, secrets: tuple[str, ...]) -> Any:
    """The same fact or finding, with no secret in any of its texts."""
    texts = {f.name: _clean(getattr(item, f.name), secrets) for f in dataclasses.fields(item)}
    return dataclasses.replace(item, **texts)


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return tuple(_clean(each, secrets) for each in value)
    return _cut(value, secrets) if type(value) is str else value


def _cut(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
