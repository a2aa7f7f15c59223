"""The worker process: everything that touches a submission's bytes happens in here.

Started by a launcher as `python -I -S worker.py`, it reads one line of set-up, gives up what it can
(`lockdown`), and serves tasks until its input ends. Before each step it writes (counter, check,
file) into a small shared file, so that the host knows what it was at when it hangs or dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import struct
import sys
import time
import types
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

STEP = struct.Struct("=QII")
NO_FILE = 0xFFFFFFFF
FLUSH_BYTES = 32 << 10
FLUSH_SECONDS = 0.05


# A gate with the checks behind it: their index in the task, and their id.
_Gates = list[tuple[Callable[[Any], Container[str]], dict[int, str]]]


class Channel:
    """Writes messages to the host, gathered so that a small one costs no system call of its own."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._buffer = bytearray()
        self._flushed = time.monotonic()

    def send(self, tag: str, row: list[Any]) -> None:
        """Queue one message; goes out when enough is gathered or enough time has gone by."""
        self._buffer += json.dumps([tag, row], separators=(",", ":")).encode("ascii") + b"\n"
        if len(self._buffer) >= FLUSH_BYTES or time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write everything out."""
        view = memoryview(self._buffer)
        while view:
            view = view[os.write(self._fd, view) :]
        self._buffer = bytearray()
        self._flushed = time.monotonic()


class Worker:
    """State of one worker: where the bytes are, which checks are loaded."""

    def __init__(self, channel: Channel, setup: dict[str, Any]) -> None:
        from checks.runtime.catalog import CheckSpec
        from checks.runtime.package import Blobs

        self.channel = channel
        self.setup = setup
        self._step_fd: int = setup["step_fd"]
        self._step = 0
        self._noted = NO_FILE
        self._specs: dict[str, CheckSpec] = {}
        paths = {side: {k: Path(v) if v else None for k, v in files.items()} for side, files in setup["sides"].items()}
        self.sides = paths
        self.blobs = {side: Blobs(files["artifact"], files["pack"]) for side, files in paths.items()}

    def announce(self, check: int, file: int) -> None:
        """Tell the host which step begins."""
        self._step += 1
        self._noted = file
        os.pwrite(self._step_fd, STEP.pack(self._step, check, file), 0)

    def note(self, file: int) -> None:
        """Tell the host which file a check of the whole package reads: the same step, so its clock goes on."""
        if file != self._noted:
            self._noted = file
            os.pwrite(self._step_fd, STEP.pack(self._step, 0, file), 0)

    def spec(self, module: str) -> Any:
        """The check that a module defines, loaded once."""
        from checks.runtime.catalog import load_check

        if module not in self._specs:
            spec = load_check(module)
            if spec is None:
                raise ValueError(f"{module} defines no check")
            self._specs[module] = spec
        return self._specs[module]

    def serve(self, task: dict[str, Any]) -> None:
        """Do one task; whatever goes wrong in it ends as a message, never as a dead worker."""
        self.announce(0, NO_FILE)
        data: dict[str, Any] = {}
        error = ""
        try:
            data = getattr(self, f"task_{task['name']}")(task) or {}
        except Exception as raised:
            error = describe(raised)
        self.channel.send("finished", [task["number"], error, data])
        self.channel.flush()

    def task_unpack(self, task: dict[str, Any]) -> dict[str, Any]:
        """Unpack the artifact into the pack; entries and what was left out go as messages."""
        from dataclasses import asdict

        from checks.runtime.package import Entry, LeftOut
        from checks.runtime.unpack import Limits, unpack

        def emit(item: Entry | LeftOut) -> None:
            if isinstance(item, Entry):
                self.channel.send("entry", item.row())
            else:
                self.channel.send("left_out", [item.rule, item.path, item.detail[:400], item.parent])

        def progress(done: int, count: int) -> None:
            self.announce(0, NO_FILE)
            self.channel.send("progress", [done, count])

        artifact = self.sides["submission"]["artifact"]
        if artifact is None:
            raise ValueError("no artifact was handed over")
        with os.fdopen(self.setup["pack_fd"], "wb", buffering=1 << 20, closefd=True) as pack:
            return asdict(unpack(artifact, pack, Limits(**task["limits"]), emit, progress, name=task["file_name"]))

    def task_preload(self, task: dict[str, Any]) -> None:
        """Import checks and warm what they load lazily, while the package is still being unpacked."""
        for module in task["modules"]:
            with contextlib.suppress(Exception):  # said of the check that it belongs to when files come
                self.spec(module)

    def _files(self, task: dict[str, Any]) -> list[Any]:
        from checks.runtime.package import Entry, File

        blobs, kind = self.blobs["submission"], task["kind"]
        declared = task["declared_type"]
        unpacked = frozenset(task["unpacked"])
        return [
            File(e, blobs, declared if e.source == "artifact" else "", kind, e.n in unpacked)
            for e in (Entry.from_row(row) for row in task["files"])
        ]

    def task_files(self, task: dict[str, Any]) -> None:
        """The fused pass over a batch of files: each is read once, every check sees it."""
        checks: dict[int, tuple[Any, dict[str, Any]]] = {}
        for i, check in enumerate(task["checks"]):
            self.announce(i, NO_FILE)
            try:
                checks[i] = self.spec(check["module"]), check["parameters"]
            except Exception as raised:  # its own fault: the others have nothing to do with it
                reason = f"the check cannot be loaded: {describe(raised)}"
                self.channel.send("failed", [i, None, "error", reason[:400]])
        files = self._files(task)
        together = [i for i, (spec, _) in checks.items() if spec.batch_bytes]
        micros = [0] * len(task["checks"])
        for i in together:
            self._run_step(i, checks[i], files, micros)
        single = [i for i in checks if i not in together]
        gates = _share_gates({i: checks[i][0] for i in single})
        for file in files:
            for i in self._pass_gates(file, single, gates, micros):
                self._run_step(i, checks[i], [file], micros)
            self.channel.send("done", [[file.number], micros])
            micros = [0] * len(micros)

    def _pass_gates(self, file: Any, single: list[int], gates: _Gates, micros: list[int]) -> list[int]:
        """The checks to call for this file. What a gate costs is shared by those behind it."""
        from checks.runtime.package import TooLarge

        shut: set[int] = set()
        for gate, behind in gates:
            self.announce(next(iter(behind)), file.number)
            began = time.perf_counter()
            try:
                opened: Container[str] = gate(file)
            except TooLarge:
                opened = frozenset(behind.values())  # they say so themselves, or look at a part
            except Exception as raised:  # then nobody has looked, and each check behind it has to say so
                for i in behind:
                    self._fail(i, file.number, raised)
                shut.update(behind)
            else:
                shut.update(i for i, check in behind.items() if check not in opened)
            share = int((time.perf_counter() - began) * 1e6 / len(behind))
            for i in behind:
                micros[i] += share
        return [i for i in single if i not in shut] if shut else single

    def _run_step(self, index: int, check: tuple[Any, dict[str, Any]], files: list[Any], micros: list[int]) -> None:
        from checks.runtime.execution import run_file_check

        spec, parameters = check
        alone = files[0].number if len(files) == 1 else NO_FILE
        self.announce(index, alone)
        began = time.perf_counter()
        try:
            self._report(index, spec, run_file_check(spec, files, parameters))
        except Exception as raised:
            self._fail(index, None if alone == NO_FILE else alone, raised)
        micros[index] += int((time.perf_counter() - began) * 1e6)

    def task_package(self, task: dict[str, Any]) -> dict[str, Any]:
        """One check that sees the whole package."""
        from checks.runtime.execution import run_package_check

        spec = self.spec(task["check"]["module"])
        if "package" not in self.__dict__:
            baseline = self._package("baseline", task, task["baseline_name"]) if "baseline" in self.sides else None
            self.package = self._package("submission", task, task["file_name"], baseline)
        self.package.handed = task.get("handed", {})
        self.announce(0, NO_FILE)
        began = time.perf_counter()
        try:
            results = run_package_check(spec, self.package, task["check"]["parameters"])
            self._report(0, spec, self._tell(results), limit=20_000)
        except Exception as raised:
            self._fail(0, self._at(raised), raised)
        return {"micros": int((time.perf_counter() - began) * 1e6)}

    def task_probe(self, task: dict[str, Any]) -> dict[str, Any]:
        """One check that asks the network; this worker was given no package."""
        from checks.runtime.execution import run_probe
        from checks.runtime.package import Target

        spec = self.spec(task["check"]["module"])
        began = time.perf_counter()
        try:
            results = run_probe(spec, Target(task["handed"]), task["check"]["parameters"])
            self._report(0, spec, self._tell(results))
        except Exception as raised:
            self._fail(0, None, raised)
        return {"micros": int((time.perf_counter() - began) * 1e6)}

    def _at(self, raised: Exception) -> int | None:
        """The file that a check of the whole package was reading; None where what it lacks is none of a file's."""
        from checks.runtime.model import Unavailable

        return None if self._noted == NO_FILE or isinstance(raised, Unavailable) else self._noted

    def _package(self, side: str, task: dict[str, Any], name: str, baseline: Any = None) -> Any:
        """One side as checks of the whole package see it."""
        from checks.runtime.package import Package, read_index

        index = self.sides[side]["index"]
        if index is None:
            raise ValueError("no index was handed over")
        entries, left_out = read_index(index)
        return Package(
            entries,
            self.blobs[side],
            kind=task["kind"],
            name=name,
            declared_type=task["declared_type"] if side == "submission" else "",
            left_out=left_out,
            baseline=baseline,
            note=self.note if side == "submission" else lambda _: self.note(NO_FILE),
        )

    def _tell(self, results: Iterable[Any]) -> Iterator[Any]:
        """Send facts and components on their way; what is left are findings and what was not checked."""
        from checks.runtime.model import MAX_COMPONENTS, MAX_FACTS, Component, Fact, Unchecked

        told: Counter[type] = Counter()
        for result in results:
            kind = type(result)
            if kind not in (Fact, Component):
                yield result
                continue
            told[kind] += 1
            limit = MAX_FACTS if kind is Fact else MAX_COMPONENTS
            if told[kind] <= limit:
                self.channel.send(*(fact_row(result) if kind is Fact else component_row(result)))
            elif told[kind] == limit + 1:
                what = "facts" if kind is Fact else "components"
                yield Unchecked(f"more than {limit:,} {what}: the rest is not listed")

    def task_text(self, task: dict[str, Any]) -> dict[str, Any]:
        """The lines of one file for a pane."""
        from checks.runtime.textview import read_text

        return read_text(self.blobs[task["side"]], task, lambda items: self.channel.send("chunk", items))

    def task_diff(self, task: dict[str, Any]) -> dict[str, Any]:
        """The line diff of two files."""
        from checks.runtime.linediff import diff_files

        return diff_files(
            self.blobs["baseline"], self.blobs["submission"], task, lambda i: self.channel.send("chunk", i)
        )

    def task_advisories(self, task: dict[str, Any]) -> dict[str, Any]:
        """The records of an advisory export, as rows for the host's database."""
        from checks.downloads.osv.reader import read_advisories

        def progress(done: int, count: int) -> None:
            self.announce(0, NO_FILE)
            self.channel.send("progress", [done, count])

        export = self.sides["submission"]["artifact"]
        if export is None:
            raise ValueError("no export was handed over")
        return read_advisories(export, task["form"], lambda rows: self.channel.send("chunk", rows), progress)

    def _report(self, index: int, spec: Any, results: Iterable[Any], limit: int = 0) -> None:
        from checks.runtime.model import Unchecked
        from checks.runtime.protocol import MAX_FINDINGS_PER_STEP

        limit = limit or MAX_FINDINGS_PER_STEP

        for count, result in enumerate(results):
            if isinstance(result, Unchecked):
                self.channel.send("not_checked", [index, result.file, result.reason[:400]])
                continue
            if count >= limit:
                reason = f"more than {limit} findings here: the rest is not listed"
                self.channel.send("not_checked", [index, result.file, reason])
                break
            self.channel.send("found", finding_row(index, result, spec.severity))

    def _fail(self, index: int, file: int | None, raised: Exception) -> None:
        from checks.runtime.model import Unavailable

        outcome = "unavailable" if isinstance(raised, Unavailable) else "error"
        reason = str(raised) if outcome == "unavailable" else describe(raised)
        self.channel.send("failed", [index, file, outcome, reason[:400]])


def _share_gates(specs: dict[int, Any]) -> _Gates:
    gates: dict[Any, dict[int, str]] = {}
    for i, spec in specs.items():
        if spec.gate is not None:
            gates.setdefault(spec.gate, {})[i] = spec.id
    return list(gates.items())


def fact_row(fact: Any) -> tuple[str, list[Any]]:
    """The protocol's message of a fact, cut to the bounds that the host enforces."""
    from checks.runtime.model import MAX_FACT_NAME, MAX_FACT_VALUE

    grade = None if fact.grade is None else int(fact.grade)
    return "fact", [fact.group, fact.name[:MAX_FACT_NAME], fact.value[:MAX_FACT_VALUE], fact.file, grade]


def component_row(component: Any) -> tuple[str, list[Any]]:
    """The protocol's message of a component, cut to the bounds that the host enforces."""
    from checks.runtime.model import MAX_FACT_NAME, MAX_PURL

    texts = [component.scope[:40], component.licence[:MAX_FACT_NAME], component.detail[:MAX_FACT_NAME]]
    name, version = component.name[:MAX_FACT_NAME], component.version[:MAX_FACT_NAME]
    purl = component.purl if len(component.purl) <= MAX_PURL else ""
    return "component", [name, version, purl, component.file, component.origin, *texts]


def finding_row(index: int, finding: Any, default: Any) -> list[Any]:
    """The protocol's row of a finding, cut to the bounds that the host enforces."""
    from checks.runtime.model import MAX_MATCHED, MAX_MESSAGE, MAX_REFERENCES, MAX_REMEDIATION

    severity = default if finding.severity is None else finding.severity
    return [
        index, finding.file, finding.rule, finding.message[:MAX_MESSAGE], finding.start, finding.end, int(severity),
        str(finding.confidence), finding.matched[:MAX_MATCHED], finding.secret, finding.encoding,
        finding.remediation[:MAX_REMEDIATION], list(finding.references[:MAX_REFERENCES]),
    ]  # fmt: skip


def describe(error: BaseException) -> str:
    """One line that names the error and where it arose in our code."""
    if isinstance(error, MemoryError):
        return "it needs more memory than a worker has"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full: make room, and try again"
    place, step = "", error.__traceback__
    while step is not None:
        place, step = f" at {Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}", step.tb_next
    return f"{type(error).__name__}: {error}{place}"[:400]


def _hide_library_search() -> None:
    """`ctypes.util` looks for libraries by running a compiler, which cannot be here; bindings then load them by name.

    A stand-in, because importing the real one takes a tenth of a worker's start.
    """
    search = types.ModuleType("ctypes.util")
    search.find_library = lambda name: None  # type: ignore[attr-defined]
    sys.modules["ctypes.util"] = ctypes.util = search


def main() -> int:
    """Set up, lock down, serve."""
    stdin: BinaryIO = sys.stdin.buffer
    channel_fd = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints goes to standard error, not into the protocol
    setup = json.loads(stdin.readline())
    sys.path[:0] = [setup["root"], *setup["extra"]]
    sys.path.extend(setup["site"])
    os.environ.update(setup["environment"])
    _hide_library_search()

    from checks.runtime.lockdown import lock_down
    from checks.runtime.package import place_data, place_resources, place_services

    place_resources(Path(setup["resources"]), Path(setup["prepared"]))
    place_services({name: Path(path) for name, path in setup["services"].items()})
    place_data({name: Path(path) for name, path in setup["data"].items()})
    missing = lock_down(
        setup["limits"],
        unix_sockets=bool(setup["services"]),
        network=setup["network"],
        readable=setup["readable"],
    )
    channel = Channel(channel_fd)
    channel.send("ready", list(missing))
    channel.flush()
    worker = Worker(channel, setup)
    for line in stdin:
        worker.serve(json.loads(line))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # everything is written: taking the interpreter down would only cost the host time
