"""What every test stands on: an own home, no screen, and a loud word about real parts that are missing."""

from __future__ import annotations

import contextlib
import ctypes.util
import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# before anything loads Qt
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Qt's notice about an unset time zone or a private folder is none of a test's business
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")

settings.register_profile("assay", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "assay")

SBIN = os.pathsep.join(["/usr/local/sbin", "/usr/sbin", "/sbin"])


def find_program(name: str) -> str | None:
    """Full path of a program; the folders of the administrator count too, clamd lives there."""
    return shutil.which(name) or shutil.which(name, path=SBIN)


def bubblewrap_works() -> bool:
    """Installed is not enough: many containers forbid the user namespaces that it needs."""
    bwrap = find_program("bwrap")
    if bwrap is None:
        return False
    command = [bwrap, "--ro-bind", "/", "/", "--unshare-all", "--unshare-user", "--", "/bin/true"]
    return subprocess.run(command, capture_output=True, timeout=20).returncode == 0


def docker_answers() -> bool:
    docker = find_program("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, timeout=20).returncode == 0


PRISM = "@stoplight/prism-cli@5.14.2"
PRISM_FOLDER = Path(__file__).resolve().parents[1] / "build" / "prism"


def find_prism() -> str | None:
    """Path of Prism: ASSAY_PRISM, what was installed below build/ before, or the search path."""
    built = PRISM_FOLDER / "node_modules" / ".bin" / "prism"
    named = os.environ.get("ASSAY_PRISM")
    return named or (str(built) if built.exists() else shutil.which("prism"))


def prism_is_here() -> bool:
    """Installed once where npm is there and reaches its registry; by one process, the others wait for it."""
    if find_prism() is None and find_program("npm") is not None:
        PRISM_FOLDER.mkdir(parents=True, exist_ok=True)
        with (PRISM_FOLDER / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if find_prism() is None:
                quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries", "0"]
                command = ["npm", "install", "--prefix", str(PRISM_FOLDER), *quiet, PRISM]
                with contextlib.suppress(subprocess.TimeoutExpired):
                    subprocess.run(command, capture_output=True, timeout=100, cwd=PRISM_FOLDER)
    program = find_prism()
    return program is not None and os.access(program, os.X_OK) and find_program("node") is not None


# part -> (is it here, how to get it)
PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "bwrap": (bubblewrap_works, "apt-get install bubblewrap, and a kernel that allows user namespaces"),
    "clamd": (lambda: find_program("clamd") is not None, "apt-get install clamav-daemon"),
    "clamav-testfiles": (lambda: Path("/usr/share/clamav-testfiles").is_dir(), "apt-get install clamav-testfiles"),
    "docker": (docker_answers, "apt-get install docker.io, and start its engine"),
    "git": (lambda: find_program("git") is not None, "apt-get install git"),
    "libarchive": (lambda: ctypes.util.find_library("archive") is not None, "apt-get install libarchive13"),
    "libmagic": (lambda: ctypes.util.find_library("magic") is not None, "apt-get install libmagic1"),
    "linux": (lambda: os.uname().sysname == "Linux", "run the tests on Linux"),
    "node": (lambda: find_program("node") is not None, "apt-get install nodejs"),
    "prism": (prism_is_here, f"npm install --prefix build/prism {PRISM}, or ASSAY_PRISM=/path/to/prism"),
    "root": (lambda: os.geteuid() == 0, "run the tests as root"),
    "setpriv": (lambda: find_program("setpriv") is not None, "apt-get install util-linux"),
    "unprivileged": (lambda: os.geteuid() != 0, "run the tests as an ordinary user"),
    "xvfb": (lambda: find_program("Xvfb") is not None, "apt-get install xvfb"),
}


@functools.cache
def is_here(part: str) -> bool:
    return PARTS[part][0]()


MISSING = "missing on this machine: "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("needs"):
            for part in marker.args:
                if part not in PARTS:
                    raise pytest.UsageError(f"{item.nodeid}: needs({part!r}) names no part of tests/conftest.py")


def pytest_runtest_setup(item: pytest.Item) -> None:
    parts = [part for marker in item.iter_markers("needs") for part in marker.args]
    missing = [part for part in parts if not is_here(part)]
    if missing:
        pytest.skip(MISSING + ", ".join(missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A skipped test is not a passed one: say which real parts were absent, where nobody can overlook it."""
    left_out: dict[str, list[str]] = defaultdict(list)
    # from the reports: these also come from the processes of a run that is spread over several
    for report in terminalreporter.stats.get("skipped", ()):
        _, found, parts = (report.longrepr[2] if isinstance(report.longrepr, tuple) else "").partition(MISSING)
        for part in parts.split(", ") if found else ():
            left_out[part].append(report.nodeid)
    if not left_out:
        return
    terminalreporter.section("REAL PARTS MISSING ON THIS MACHINE", sep="!", red=True, bold=True)
    for part, tests in sorted(left_out.items()):
        terminalreporter.write_line(f"{part}: {len(tests)} tests did not run. To have it: {PARTS[part][1]}", red=True)
        for test in tests[:5]:
            terminalreporter.write_line(f"    {test}")
        if len(tests) > 5:
            terminalreporter.write_line(f"    ... and {len(tests) - 5} more")


@pytest.fixture(scope="session", autouse=True)
def compiled_rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Rules are compiled once a session, not once a test: the cache of the program, shared by all tests."""
    folder = tmp_path_factory.mktemp("assay-cache")
    before = os.environ.get("ASSAY_CACHE_DIR")
    os.environ["ASSAY_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["ASSAY_CACHE_DIR"]
    else:
        os.environ["ASSAY_CACHE_DIR"] = before


def end_managed_clamd(runtime: Path) -> None:
    """A clamd that a test's command started would wait for the next command for ever."""
    from app.clamd import ClamdService

    service = ClamdService(runtime, Path(__file__).resolve().parents[1] / "resources" / "signatures", system=False)
    service.stop()
    shutil.rmtree(service.folder.parent, ignore_errors=True)  # root's lies beside the runtime folder, not in it


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own for each test, so that none reads or writes what belongs to the person running it."""
    home = tmp_path_factory.mktemp("home")
    for variable, name in [
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_CACHE_HOME", ".cache"),
    ]:
        folder = home / name
        folder.mkdir(parents=True)
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ASSAY_KEYRING", "off")  # the desktop's key store is no test's business
    # sockets live here, and the path of a socket may have 107 bytes: pytest's own folders are too deep
    runtime = tempfile.mkdtemp(prefix="assay-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    yield home
    end_managed_clamd(Path(runtime) / "assay")
    shutil.rmtree(runtime, ignore_errors=True)
