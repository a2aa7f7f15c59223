"""How long a battery takes, beside the programs that a reviewer would run one after the other by hand.

`pytest -m bench -s tests/benchmarks` prints a table. ASSAY_BENCH_PACKAGES names a folder of packages (tgz, whl,
tar.gz) to build the large one from; without it a few are downloaded by name with npm and pip. Peers that are
missing are left out of the sum, and the table says so: a ratio is only worth something with all three.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.needs("linux", "bwrap", "clamd"), pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
FILES, BYTES, LARGEST = 10_000, 100_000_000, 1 << 20
ROUNDS = int(os.environ.get("ASSAY_BENCH_ROUNDS", "3"))
NPM = (
    "typescript@5.9.2",
    "lodash@4.17.21",
    "core-js@3.39.0",
    "rxjs@7.8.1",
    "date-fns@4.1.0",
    "three@0.170.0",
    "antd@5.22.0",
)
PYPI = ("Django==5.1", "botocore==1.44.5", "sympy==1.14.0", "networkx==3.6.1", "numpy==2.4.6")


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a package."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, archive.read(info)
        return
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                yield member.name, stream.read()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Real packages of the registries."""
    given = os.environ.get("ASSAY_BENCH_PACKAGES")
    if given:
        folder = Path(given)
    else:
        folder = tmp_path_factory.mktemp("packages")
        subprocess.run(["npm", "pack", "--silent", *NPM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, *PYPI], cwd=folder, check=True)
    return sorted(p for p in folder.rglob("*") if p.name.endswith((".tgz", ".whl", ".tar.gz")))


@pytest.fixture(scope="session")
def files(packages: list[Path]) -> dict[str, bytes]:
    """10,000 different files, some 100 MB together, from all of the packages in turn."""
    unique: dict[bytes, tuple[str, bytes]] = {}
    for package in packages:
        for name, data in members(package):
            if 0 < len(data) <= LARGEST:
                unique.setdefault(hashlib.sha256(data).digest(), (f"{package.name}/{name}", data))
    everything = list(unique.values())
    random.Random(7).shuffle(everything)
    chosen = sorted(everything[:FILES], key=lambda f: len(f[1]))
    size = sum(len(data) for _, data in chosen)
    # too small altogether: the smallest make room for the largest of the others
    for at, other in enumerate(sorted(everything[FILES:], key=lambda f: -len(f[1]))):
        if size >= BYTES or len(other[1]) <= len(chosen[at][1]):
            break
        size += len(other[1]) - len(chosen[at][1])
        chosen[at] = other
    return dict(chosen)


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tree(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def change_some(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The next version: one file of a hundred has one more line."""
    return {name: data + b"\n// changed\n" if n % 100 == 0 else data for n, (name, data) in enumerate(files.items())}


class Memory(threading.Thread):
    """The largest sum of PSS over a process and all below it, clamd apart; sampled, so a lower bound."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, sum(self._pss(pid) for pid in self._tree(self._pid)))

    def stop(self) -> int:
        """Peak in bytes."""
        self._over.set()
        self.join()
        return self.peak

    def _tree(self, pid: int) -> Iterator[int]:
        try:
            if "clamd" in Path(f"/proc/{pid}/comm").read_text():
                return
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            children = [c for t in threads for c in (t / "children").read_text().split()]
        except OSError:
            return
        yield pid
        for child in children:
            yield from self._tree(int(child))

    @staticmethod
    def _pss(pid: int) -> int:
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) << 10
        except (OSError, ValueError):
            return 0
        return 0


class Assay:
    """The command as a reviewer runs it, with folders of its own; its clamd stays up between runs."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config"),
            "ASSAY_CACHE_DIR": str(folder / "cache"), "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT),
        }  # fmt: skip

    def forget(self) -> None:
        """As on the first day, but for compiled rules and clamd."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        for place in (self.folder / "cache").rglob("results.db*"):
            place.unlink()

    def check(self, path: Path, *options: str, memory: bool = False) -> tuple[float, int, dict[str, object]]:
        """Seconds from command to exit, peak bytes (0 unless asked for), and the report."""
        command = [sys.executable, "-m", "app", "check", str(path), "--format", "json", *options]
        began = time.perf_counter()
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            sampler = Memory(process.pid)
            if memory:
                sampler.start()
            out, err = process.communicate()
            seconds = time.perf_counter() - began
            peak = sampler.stop() if memory else 0
        assert process.returncode in (0, 1, 3), err.decode("utf-8", "replace")[-2000:]
        return seconds, peak, json.loads(out)

    def clamd(self) -> Path | None:
        """The configuration of the clamd that this command started."""
        done = self._service("print(service.folder)")
        place = Path(done.stdout.strip()) / "clamd.conf"
        return place if place.exists() else None

    def stop(self) -> None:
        """End that clamd."""
        self._service("service.stop()")

    def forget_scans(self) -> None:
        """Let clamd forget which bytes it found clean: it would scan them but once, whoever comes first."""
        place = self._service("print(service.socket)").stdout.strip()
        for command in (b"nRELOAD\n", b"nPING\n"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(place)
                connection.settimeout(60)
                connection.sendall(command)
                connection.recv(100)

    def _service(self, what: str) -> subprocess.CompletedProcess[str]:
        code = (
            "from app.clamd import ClamdService\n"
            "from app.paths import RESOURCES, Folders\n"
            f"service = ClamdService(Folders.of_user().runtime, RESOURCES / 'signatures')\n{what}"
        )
        return subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment,
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="session")
def assay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assay]:

    runtime = Path(tempfile.mkdtemp(prefix="assay-bench-"))
    runtime.chmod(0o700)
    tool = Assay(tmp_path_factory.mktemp("assay"), runtime)
    small = write_zip(tool.folder / "warm.zip", {"a.txt": b"hello\n"})
    tool.check(small)  # compiles the rules, starts clamd
    yield tool
    tool.stop()
    shutil.rmtree(runtime, ignore_errors=True)


def peers(tree: Path, clamd: Path | None) -> dict[str, list[str]]:
    """The commands that are here, over the unpacked tree."""
    found: dict[str, list[str]] = {}
    if shutil.which("file"):
        listing = tree.parent / "listing.txt"
        listing.write_text("".join(f"{p}\n" for p in sorted(tree.rglob("*")) if p.is_file()))
        found["file"] = ["file", "--mime", "-f", str(listing)]
    if shutil.which("clamdscan") and clamd is not None:
        found["clamdscan"] = ["clamdscan", "-c", str(clamd), "-m", "--fdpass", "--no-summary", "--infected", str(tree)]
    here = Path(sys.executable).parent / "gitleaks"
    gitleaks = str(here) if here.exists() else shutil.which("gitleaks")
    if gitleaks:
        report = str(tree.parent / "leaks.json")
        found["gitleaks"] = [gitleaks, "dir", "--no-banner", "--exit-code", "0", "--report-path", report, str(tree)]
    return found


def run_seconds(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    assert done.returncode in (0, 1), done.stderr.decode("utf-8", "replace")[-500:]
    return time.perf_counter() - began


def show(title: str, rows: Mapping[str, str]) -> None:
    width = max(map(len, rows))
    print(f"\n{title}")
    for name, value in rows.items():
        print(f"  {name:<{width}}  {value}")


def test_ten_thousand_files(assay: Assay, files: dict[str, bytes], tmp_path: Path) -> None:
    """First run, the same with one file of a hundred changed, and the peers, interleaved."""
    package = write_zip(tmp_path / "large.zip", files)
    update = write_zip(tmp_path / "update.zip", change_some(files))
    tree = write_tree(tmp_path / "tree", files)
    others = peers(tree, assay.clamd())
    first: list[float] = []
    second: list[float] = []
    passes: list[tuple[float, float]] = []
    theirs: dict[str, list[float]] = {name: [] for name in others}
    peak = 0
    for number in range(ROUNDS):
        assay.forget()
        assay.forget_scans()
        seconds, _, report = assay.check(package)
        first.append(seconds)
        seconds, _, again = assay.check(update)
        second.append(seconds)
        passes.append((cost(report), cost(again)))
        assay.forget_scans()
        for name, command in others.items():
            theirs[name].append(run_seconds(command))
        if number == 0:  # apart, for looking costs time
            assay.forget()
            _, peak, _ = assay.check(package, memory=True)
    ours = statistics.median(first)
    total = sum(statistics.median(t) for t in theirs.values())
    outcomes = {c["id"]: c["outcome"] for c in report["checks"]}
    missing = sorted({"file", "clamdscan", "gitleaks"} - set(others))
    pass_ratio = statistics.median(a / max(b, 1e-6) for a, b in passes)
    show(
        f"{len(files):,} files, {sum(map(len, files.values())) / 1e6:.0f} MB, {ROUNDS} rounds, median wall time",
        {
            "assay check": f"{ours:.2f} s",
            **{name: f"{statistics.median(t):.2f} s" for name, t in theirs.items()},
            "assay / peers one after another": f"{ours / total:.2f}" + (f" (without {missing})" if missing else ""),
            "assay, 1 % changed": f"{statistics.median(second):.2f} s",
            "second / first": f"{statistics.median(second) / ours:.2f}",
            "time in checks, first / second": f"{pass_ratio:.1f}",
            "peak PSS, clamd apart": f"{peak / (1 << 20):.0f} MiB",
            **{f"  {c['id']}": f"{c['seconds']:.2f} s {c['outcome']}" for c in report["checks"]},
        },
    )
    assert set(outcomes.values()) <= {"clean", "found", "skipped", "unavailable"}, outcomes
    assert peak < 1 << 30
    assert statistics.median(second) <= 0.4 * ours
    assert pass_ratio >= 5
    assert missing or ours < total


def cost(report: Mapping[str, object]) -> float:
    """Seconds that workers spent in the checks of single files."""
    return sum(c["seconds"] for c in report["checks"] if c["id"] in CONTENT)


# Checks of the fused pass; the virus scan runs beside it in a pool of its own.
CONTENT = frozenset(
    {
        "secrets",
        "hidden_unicode",
        "malware_rules",
        "obfuscation",
        "download_and_run",
        "plain_http",
        "mime_type",
        "virus_scan",
    }
)


def test_a_small_package(assay: Assay, packages: list[Path]) -> None:
    """A real package of about 100 kB, clamd up and rules compiled."""
    package = min(packages, key=lambda p: abs(p.stat().st_size - 100_000))
    assay.check(package)
    times = []
    for _ in range(max(5, ROUNDS)):
        assay.forget()
        times.append(assay.check(package)[0])
    show(
        f"{package.name}, {package.stat().st_size / 1000:.0f} kB",
        {"assay check": f"{statistics.median(times):.3f} s", "worst": f"{max(times):.3f} s"},
    )
    assert statistics.median(times) < 0.7


def test_start_of_the_command(assay: Assay) -> None:
    """What every command pays."""
    command = [sys.executable, "-m", "app", "--help"]
    times = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run(command, env=assay.environment, cwd=assay.folder, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    show("start", {"assay --help": f"{statistics.median(times):.3f} s"})
