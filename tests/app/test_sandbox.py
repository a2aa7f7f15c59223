"""One contract for every launcher: what is tried from inside, and what the outside looks like afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import sandbox
from app.grants import Grants, Side
from app.launchers import Bubblewrap, Reduced, Unisolated
from app.paths import CHECKS
from app.sandbox import NoSandbox, bubblewrap_problem, choose_launcher, reduced_problem
from app.spawning import STDERR_BYTES, descendants
from app.workers import WorkerEnded, WorkerProcess, run_task
from checks.runtime.package import Entry, write_index
from checks.runtime.protocol import Found

pytestmark = pytest.mark.needs("linux")

LAUNCHERS = {
    "bubblewrap": pytest.param("bubblewrap", marks=pytest.mark.needs("bwrap")),
    "reduced": pytest.param("reduced"),
}
# What one launcher does not wall off, and says so: reading is confined to the system, its own /tmp is bounded.
ALLOWED = {
    "bubblewrap": {"grow_inherited"},
    "reduced": {"grow_inherited"},
}


def make_launcher(name: str) -> Bubblewrap | Reduced:
    if name == "bubblewrap":
        return Bubblewrap(str(shutil.which("bwrap")))
    if reduced_problem():
        pytest.skip(reduced_problem())
    return Reduced()


class Outside:
    """The things that a worker must not reach, and whether it did."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.home = home
        (home / "canary").write_text("the canary of the home folder")
        self.vault = folder / "vault"
        self.vault.write_bytes(b"another artifact")
        self.package = folder / "artifact"
        self.package.write_bytes(b"the bytes of the package")
        self.package.chmod(0o444)
        self.index = folder / "index.jsonl"
        with self.index.open("w") as stream:
            write_index(stream, [Entry(0, "a.txt", "file", 24, 0, "artifact", "0" * 64)], [])
        self.side = Side(self.package, None, self.index)
        self.victim = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, start_new_session=True)
        self.hits: list[str] = []
        self._sockets = [
            self._listen("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            self._listen("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            self._listen("unix", socket.AF_UNIX, socket.SOCK_STREAM, f"{os.environ['XDG_RUNTIME_DIR']}/listen.sock"),
            self._listen("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0assay-test-{os.getpid()}"),
        ]
        self.before = self._state()

    def _listen(self, name: str, family: int, kind: int, address: object) -> socket.socket:
        s = socket.socket(family, kind)
        s.bind(address)
        if kind == socket.SOCK_STREAM:
            s.listen()
        s.setblocking(False)
        return s

    def _state(self) -> list[object]:
        files = [self.vault, self.package, self.home / "canary", Path(CHECKS, "runtime/worker.py")]
        states: list[object] = [(p.read_bytes(), p.stat().st_mode, p.stat().st_mtime_ns) for p in files]
        return [
            *states,
            sorted(p.name for p in self.home.iterdir()),
            sorted(p.name for p in self.vault.parent.iterdir()),
        ]

    def config(self, inside: str) -> dict[str, str]:
        tcp, udp, unix, _ = (s.getsockname() for s in self._sockets)
        return {
            "home": str(self.home), "vault": str(self.vault), "package": inside, "pid": str(self.victim.pid),
            "worker": str(Path(CHECKS, "runtime/worker.py")), "tcp": str(tcp[1]), "udp": str(udp[1]),
            "unix": unix, "abstract": f"assay-test-{os.getpid()}",
        }  # fmt: skip

    def verify(self, reached: tuple[str, ...] = ()) -> None:
        """Nothing outside has changed, and nobody came but to the sockets that may be `reached`."""
        assert self._state() == self.before
        for name, s in zip(("tcp", "udp", "unix", "abstract"), self._sockets, strict=True):
            if name in reached:
                continue
            with pytest.raises(BlockingIOError):
                s.accept() if s.type == socket.SOCK_STREAM else s.recv(10)
        assert self.victim.poll() is None, "a process outside was ended"
        planted = [p for p in ("/planted-by-a-worker", "/usr/planted-by-a-worker") if Path(p).exists()]
        assert not planted

    def close(self) -> None:
        self.victim.kill()
        self.victim.communicate()
        for s in self._sockets:
            s.close()


@pytest.fixture
def outside(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    monkeypatch.setenv("ASSAY_CANARY", "the canary of the environment")
    outside = Outside(tmp_path, own_home)
    yield outside
    outside.close()


@pytest.fixture(params=[*LAUNCHERS.values()])
def launcher(request: pytest.FixtureRequest) -> Bubblewrap | Reduced:
    return make_launcher(request.param)


def inside_path(launcher: object, side: Side) -> str:
    return "/in/submission/artifact" if isinstance(launcher, Bubblewrap) else str(side.artifact)


def start(launcher: object, outside: Outside, hostile_checks: Path, **limits: int) -> WorkerProcess:
    grants = Grants(sides={"submission": outside.side}, extra=(hostile_checks,), **{"memory": 256 << 20} | limits)
    return WorkerProcess(launcher, grants)


def run_escape(worker: WorkerProcess, launcher: object, outside: Outside, only: str = "") -> dict[str, str]:
    """How each attempt ended: its reason, or `open`."""
    config = outside.config(inside_path(launcher, outside.side))
    number = worker.send(
        "package",
        check={"module": "escape", "parameters": {"config": list(config.items()), "only": only}},
        kind="download",
        file_name="artifact",
        declared_type="",
    )
    ends: dict[str, str] = {}
    for message in run_task(worker, number, 30.0):
        assert not hasattr(message, "outcome"), message
        if isinstance(message, Found):
            name, _, why = message.message.partition(": ")
            ends[name] = why or "open"
    return ends


class TestContract:
    def test_every_attempt_is_refused(self, launcher, outside, hostile_checks) -> None:
        worker = start(launcher, outside, hostile_checks)
        try:
            ends = run_escape(worker, launcher, outside)
        finally:
            worker.kill()
        assert len(ends) > 70
        came_through = {name for name, end in ends.items() if end == "open"}
        assert came_through <= ALLOWED[launcher.isolation.launcher], came_through
        outside.verify()

    def test_a_worker_with_the_network_has_nothing_else(self, launcher, outside, hostile_checks) -> None:
        worker = WorkerProcess(launcher, Grants(memory=256 << 20, extra=(hostile_checks,), network=True))
        package = inside_path(launcher, outside.side)
        config = outside.config(package) | {"outside": str(outside.package), "index": str(outside.index)}
        ends: dict[str, str] = {}
        try:
            about = {"module": "escape_live", "parameters": {"config": list(config.items())}}
            for message in run_task(worker, worker.send("probe", check=about, handed={}), 30.0):
                assert not hasattr(message, "outcome"), message
                if isinstance(message, Found):
                    name, _, why = message.message.partition(": ")
                    ends[name] = why or "open"
            assert worker.missing == ()
        finally:
            worker.kill()
        assert len(ends) > 75
        came_through = {name for name, end in ends.items() if end == "open"}
        assert came_through - ALLOWED[launcher.isolation.launcher] == {"tcp", "udp"}
        outside.verify(reached=("tcp", "udp"))

    def test_it_is_locked_down_completely(self, launcher, outside, hostile_checks) -> None:
        worker = start(launcher, outside, hostile_checks)
        try:
            run_escape(worker, launcher, outside, "environment")
            assert worker.missing == ()
        finally:
            worker.kill()

    def test_a_worker_killed_while_it_starts_leaves_nothing(self, launcher, outside, hostile_checks) -> None:
        started = []
        for n in range(24):
            worker = start(launcher, outside, hostile_checks)
            threading.Event().wait(n * 0.0015)
            started += descendants(worker.pid)
            worker.kill()
        gone = threading.Event()
        for _ in range(100):
            left = [pid for pid in started if is_alive(pid)]
            if not left:
                return
            gone.wait(0.02)
        raise AssertionError(f"still there: {left}")

    def test_no_descriptor_stays_open(self, launcher, outside, hostile_checks) -> None:
        run_once = lambda: run_escape(worker, launcher, outside, "environment")  # noqa: E731
        counts = []
        for _ in range(4):
            worker = start(launcher, outside, hostile_checks)
            run_once()
            assert worker.finish()
            counts.append(len(list(Path("/proc/self/fd").iterdir())))
        assert counts[1] == counts[-1]

    def test_its_last_words_are_bounded(self, launcher, outside, hostile_checks) -> None:
        worker = start(launcher, outside, hostile_checks)
        number = worker.send("files", checks=[misbehave("stderr_flood")], files=files(), **TASK)
        list(run_task(worker, number, 30.0))
        assert os.fstat(worker._launched.stderr_fd).st_size == STDERR_BYTES
        worker.kill()

    def test_a_worker_that_never_reads_does_not_stop_the_host(self, launcher, outside, hostile_checks) -> None:
        worker = start(launcher, outside, hostile_checks)
        try:
            for _ in range(3):
                worker.send("files", checks=[misbehave("hang")], files=files(), padding="x" * (4 << 20), **TASK)
            with pytest.raises(WorkerEnded) as ended:
                list(run_task(worker, 99, 1.0))
            assert ended.value.timed_out
        finally:
            worker.kill()

    def test_memory_in_any_form_ends_it(self, launcher, outside, hostile_checks) -> None:
        worker = start(launcher, outside, hostile_checks, memory=128 << 20)
        number = worker.send("files", checks=[misbehave("stack_memory")], files=files(), **TASK)
        with contextlib.suppress(WorkerEnded):
            messages = list(run_task(worker, number, 20.0))
            assert any(getattr(m, "outcome", "") == "error" for m in messages)
        worker.kill()

    def test_it_dies_with_the_program(self, launcher, outside, hostile_checks, tmp_path) -> None:
        script = tmp_path / "program.py"
        script.write_text(PROGRAM)
        arguments = [str(CHECKS.parent), launcher.isolation.launcher, str(hostile_checks), str(outside.package)]
        program = subprocess.Popen([sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True)
        pids = [int(pid) for pid in program.stdout.readline().split()]
        assert pids and all(is_alive(pid) for pid in pids)
        program.kill()
        program.communicate()
        waiting = threading.Event()
        for _ in range(150):
            if not any(is_alive(pid) for pid in pids):
                return
            waiting.wait(0.02)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        raise AssertionError("a worker outlived the program")


PROGRAM = """
import sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from app.grants import Grants, Side
from app.launchers import Reduced
from app.sandbox import choose_launcher
from app.spawning import descendants
from app.workers import WorkerProcess
launcher = choose_launcher("reduced") if sys.argv[2] == "bubblewrap" else Reduced()
side = Side(Path(sys.argv[4]))
worker = WorkerProcess(launcher, Grants(sides={"submission": side}, extra=(Path(sys.argv[3]),)))
row = [0, "a", "file", 24, 0, "artifact", "", 0, -1, ""]
worker.receive()
task = {"kind": "download", "declared_type": "", "unpacked": []}
check = {"module": "misbehave", "parameters": {"action": "hang", "marker": ""}}
worker.send("files", checks=[check], files=[row], **task)
print(*descendants(worker.pid), flush=True)
threading.Event().wait()
"""

TASK = {"kind": "download", "declared_type": "", "unpacked": []}


def misbehave(action: str) -> dict[str, object]:
    return {"module": "misbehave", "parameters": {"action": action, "marker": "bytes"}}


def files() -> list[list[object]]:
    return [Entry(0, "a.txt", "file", 24, 0, "artifact", "0" * 64).row()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


@pytest.mark.needs("root", "setpriv", "bwrap")
def test_the_contract_holds_for_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same tests once more, as nobody, on a copy that nobody may read."""
    folder = Path(tempfile.mkdtemp(prefix="assay-nobody-"))
    try:
        folder.chmod(0o777)
        root = CHECKS.parent
        skip = shutil.ignore_patterns("__pycache__", ".git", "samples", "*.pyc")
        for part in ("app", "checks", "resources", "tests/app", "tests/hostile_checks"):
            shutil.copytree(root / part, folder / "copy" / part, ignore=skip)
        for part in ("pyproject.toml", "tests/conftest.py"):
            shutil.copy(root / part, folder / "copy" / part)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        here = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
        here["PYTHONPATH"] = sysconfig.get_path("purelib")
        trial = "import subprocess, sys, pytest, pytestqt; subprocess.run([sys.executable, '-c', ''], check=True)"
        for program in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
            python = [program, "-B"]
            command = [*as_nobody, *python, "-c", trial]
            if subprocess.run(command, capture_output=True, check=False, env=here).returncode == 0:
                break
        else:
            pytest.skip("no interpreter that an ordinary user may run: this one lies in a folder of root's")
        done = subprocess.run(
            [*as_nobody, *python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "TestContract",
             "tests/app/test_sandbox.py"],
            cwd=folder / "copy", capture_output=True, text=True, check=False,
            env=here,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        assert " passed" in done.stdout
        assert " skipped" not in done.stdout, done.stdout[-4000:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class TestChoice:
    def test_bubblewrap_where_it_works(self) -> None:
        if bubblewrap_problem():
            pytest.skip(bubblewrap_problem())
        assert choose_launcher("none").isolation.full

    def test_reduced_only_where_it_was_allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            sandbox, "bubblewrap_problem", lambda: "bubblewrap is not installed: apt install bubblewrap"
        )
        monkeypatch.setattr(sandbox, "reduced_problem", lambda: "")
        assert choose_launcher("reduced").isolation.launcher == "reduced"
        with pytest.raises(NoSandbox, match=r'apt install bubblewrap; or allow .*isolation = "reduced"'):
            choose_launcher("bubblewrap")

    def test_none_is_named_as_what_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sandbox, "bubblewrap_problem", lambda: "no bubblewrap")
        monkeypatch.setattr(sandbox, "reduced_problem", lambda: "no landlock")
        isolation = choose_launcher("none").isolation
        assert not isolation.full
        assert "no isolation" in isolation.lacks[0]
        with pytest.raises(NoSandbox, match="no weaker launcher"):
            choose_launcher("reduced")

    def test_each_says_what_it_gives_and_lacks(self) -> None:
        assert not Bubblewrap("bwrap").isolation.lacks
        assert Reduced.isolation.lacks
        assert Unisolated.isolation.lacks
        assert not Unisolated.isolation.full


def test_a_worker_that_could_not_be_locked_down_gets_no_task(outside, hostile_checks, monkeypatch) -> None:
    monkeypatch.setattr("app.workers.parse", lambda line: __import__("checks").runtime.protocol.Ready(("seccomp",)))
    worker = start(make_launcher("reduced"), outside, hostile_checks)
    with pytest.raises(WorkerEnded, match="could not be locked down here: no seccomp"):
        worker.receive()


@pytest.mark.needs("bwrap")
def test_bubblewrap_may_go_away_while_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    choose_launcher("bubblewrap")
    with monkeypatch.context() as patch, pytest.raises(NoSandbox, match="bubblewrap is not installed") as refused:
        patch.setattr(sandbox.shutil, "which", lambda _: None)
        choose_launcher("bubblewrap")
    assert refused.value.incomplete
    assert "settings.toml" in str(refused.value)
