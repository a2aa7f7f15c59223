"""What tests of the engine stand on: a battery of hostile and honest checks over packages made from dictionaries."""

from __future__ import annotations

import gc
import io
import os
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.battery import Battery, BatteryResult, Plan
from app.cancel import CancelToken
from app.clamd_status import ClamdStatus
from app.model import Artifact, CheckResult, Event, RunFinding
from app.result_cache import ResultCache
from app.sandbox import Launcher, choose_launcher
from app.settings import UnpackLimits
from app.trees import TreeMaker
from app.vault import Vault
from checks import Outcome
from checks.runtime.catalog import CheckSpec, load_check

HOSTILE = Path(__file__).resolve().parents[1] / "hostile_checks"


class NoClamd:
    """What the battery asks where no virus scanner is to be had."""

    def ensure(self) -> ClamdStatus:
        return ClamdStatus(None, reason="there is no clamd in this test")


class CountingCache:
    """A cache that tells how often it answered and what was given to it."""

    def __init__(self, folder: Path) -> None:
        self._cache = ResultCache(folder / "results.sqlite")
        self.answered = 0
        self.kept: list[bytes] = []

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        known = self._cache.get_many(keys)
        self.answered = len(known)
        return known

    def put_many(self, items: Sequence[tuple[bytes, bytes]]) -> None:
        self.kept = [key for key, _ in items]
        self._cache.put_many(items)

    def close(self) -> None:
        self._cache.close()


@dataclass
class Ran:
    """A run as a test looks at it."""

    result: BatteryResult
    events: list[Event]
    checks: dict[str, CheckResult] = field(init=False)

    def __post_init__(self) -> None:
        self.checks = {c.id: c for c in self.result.checks}

    def outcome(self, check: str) -> Outcome:
        return self.checks[check].outcome

    def of(self, check: str) -> list[RunFinding]:
        return [f for f in self.result.findings if f.check == check]

    def paths(self, check: str) -> set[str]:
        """The files that the check has findings about."""
        return {f.path for f in self.of(check)}


def make_zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


class Engine:
    """Everything that a battery needs, in folders of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = Vault(folder / "vault")
        self.cache = CountingCache(folder)
        self.launcher: Callable[[], Launcher] = lambda: choose_launcher("reduced")
        self.limits = UnpackLimits()
        self.memory = 256 << 20
        self.clamd: Any = NoClamd()
        self.launched = 0

    def load(self, *modules: str) -> dict[str, CheckSpec]:
        specs = [load_check(module) for module in modules]
        return {spec.id: spec for spec in specs if spec is not None}

    def add(self, files: Mapping[str, bytes] | bytes, name: str = "package.zip") -> Artifact:
        data = files if isinstance(files, bytes) else make_zip(files)
        return self.vault.add(io.BytesIO(data), name)

    def trees(self) -> TreeMaker:
        return TreeMaker(self.vault, self._launch, self.limits, self.memory)

    def _launch(self) -> Launcher:
        self.launched += 1
        return self.launcher()

    def battery(self, *modules: str, workers: int = 2) -> Battery:
        return Battery(
            self.load(*modules), self.trees(), self._launch, self.clamd, self.cache, self.folder / "cache",
            workers=workers, memory=self.memory, extra=(HOSTILE,),
        )  # fmt: skip

    def run(
        self,
        files: Mapping[str, bytes] | bytes | Artifact,
        *modules: str,
        cancel: CancelToken | None = None,
        on_event: Callable[[Event], None] | None = None,
        only: tuple[str, ...] = (),
        workers: int = 2,
        kind: str = "download",
        **overrides: Mapping[str, Any],
    ) -> Ran:
        artifact = files if isinstance(files, Artifact) else self.add(files)
        events: list[Event] = []

        def listen(event: Event) -> None:
            events.append(event)
            if on_event is not None:
                on_event(event)

        plan = Plan(artifact, kind, only=only, overrides=overrides)
        return Ran(self.battery(*modules, workers=workers).run(plan, listen, cancel or CancelToken()), events)

    def close(self) -> None:
        self.cache.close()
        self.vault.close()


def own_processes() -> set[int]:
    """Processes below this one, zombies included."""
    found: set[int] = set()
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = stat.read_text().split(" ", 1)
            children.setdefault(int(rest.rpartition(")")[2].split()[1]), []).append(int(number))
        except OSError:
            continue  # it ended meanwhile

    waiting = [os.getpid()]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it became so in time; asks again and again without sleeping through it."""
    event = threading.Event()
    for _ in range(int(seconds * 50)):
        if condition():
            return True
        event.wait(0.02)
    return condition()


@pytest.fixture
def hostile_checks(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(HOSTILE))
    return HOSTILE


@pytest.fixture
def engine(tmp_path: Path, hostile_checks: Path) -> Iterator[Engine]:
    """An engine behind the strongest walls of this machine; afterwards no process and no descriptor may be left."""
    choose_launcher("reduced")  # its probes are done once, and are none of the test's processes
    before = own_processes()
    engine = Engine(tmp_path)
    opened = open_files()
    yield engine
    left: set[int] = set()

    def gone() -> bool:
        nonlocal left
        left = own_processes() - before
        return not left

    assert wait_until(gone), f"processes outlived the run: {left}"

    gc.collect()  # maps of trees
    assert open_files() <= opened + 1, "descriptors were left open"
    engine.close()
