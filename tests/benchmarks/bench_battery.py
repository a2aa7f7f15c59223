"""How long a battery takes, beside the programs that a reviewer would run one after the other by hand.

`pytest -m bench -s tests/benchmarks` prints a table. ASSAY_BENCH_PACKAGES names a folder of packages (tgz, whl,
tar.gz) to build the large one from; without it a few are downloaded by name with npm and pip. Peers that are
missing are left out of the sum, and the table says so: a ratio is only worth something with all three.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from checks.runtime.catalog import load_catalog
from tests.benchmarks.support import Assay, find_program, members, run_seconds, show, write_tree, write_zip

pytestmark = [pytest.mark.bench, pytest.mark.needs("linux", "bwrap", "clamd"), pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
FILES, BYTES, LARGEST = 10_000, 100_000_000, 1 << 20
ROUNDS = int(os.environ.get("ASSAY_BENCH_ROUNDS", "3"))


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


def change_some(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The next version: one file of a hundred has one more line."""
    return {name: data + b"\n// changed\n" if n % 100 == 0 else data for n, (name, data) in enumerate(files.items())}


def peers(tree: Path, clamd: Path | None) -> dict[str, list[str]]:
    """The commands that are here, over the unpacked tree."""
    found: dict[str, list[str]] = {}
    if shutil.which("file"):
        listing = tree.parent / "listing.txt"
        listing.write_text("".join(f"{p}\n" for p in sorted(tree.rglob("*")) if p.is_file()))
        found["file"] = ["file", "--mime", "-f", str(listing)]
    if shutil.which("clamdscan") and clamd is not None:
        found["clamdscan"] = ["clamdscan", "-c", str(clamd), "-m", "--fdpass", "--no-summary", "--infected", str(tree)]
    gitleaks = find_program("gitleaks")
    if gitleaks:
        report = str(tree.parent / "leaks.json")
        found["gitleaks"] = [gitleaks, "dir", "--no-banner", "--exit-code", "0", "--report-path", report, str(tree)]
    return found


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


# Checks of single files: what they said of bytes that did not change is used again.
CONTENT = frozenset(spec.id for spec in load_catalog().values() if spec.per_file)


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
