"""The battery on single packages, beside the programs that look for the same: bandit, gitleaks and GuardDog.

Wall time from command to exit, each run as on the first day: nothing is reused, clamd is up, rules are compiled.
Peers are looked for beside this Python, in the folder ASSAY_BENCH_TOOLS and on PATH; what is missing is said.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import pytest

from tests.benchmarks.support import Assay, find_program, members, show, write_tree

pytestmark = [pytest.mark.bench, pytest.mark.needs("linux", "bwrap", "clamd"), pytest.mark.timeout(1800)]

ROUNDS = int(os.environ.get("ASSAY_BENCH_ROUNDS", "3"))
SMALL_ROUNDS = 7
TYPESCRIPT_SECONDS = 6.0


def tool(name: str) -> str | None:
    """A peer, also from a virtual environment of its own: some pin what this program has in another version."""
    return shutil.which(name, path=os.environ.get("ASSAY_BENCH_TOOLS", "")) or find_program(name)


def named(packages: list[Path], start: str) -> Path:
    found = next((p for p in packages if p.name.lower().startswith(start)), None)
    if found is None:
        pytest.skip(f"no package of {start} in ASSAY_BENCH_PACKAGES")
    return found


def first_run(assay: Assay, package: Path) -> float:
    assay.forget()
    assay.forget_scans()
    seconds, _, report = assay.check(package)
    outcomes = {c["id"]: c["outcome"] for c in report["checks"]}
    assert set(outcomes.values()) <= {"clean", "found", "skipped", "unavailable"}, outcomes
    return seconds


def timed(command: list[str], home: Path) -> float:
    began = time.perf_counter()
    environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode("utf-8", "replace")[-500:]
    return time.perf_counter() - began


def test_django_against_bandit_and_gitleaks(assay: Assay, packages: list[Path], tmp_path: Path) -> None:
    package = named(packages, "django-")
    tree = write_tree(tmp_path / "tree", dict(members(package)))
    bandit, gitleaks = tool("bandit"), tool("gitleaks")
    commands = {}
    if bandit:
        commands["bandit"] = [bandit, "-r", "-q", "-f", "json", "-o", str(tmp_path / "b.json"), str(tree)]
    if gitleaks:
        report = str(tmp_path / "g.json")
        commands["gitleaks"] = [gitleaks, "dir", "--no-banner", "--exit-code", "0", "--report-path", report, str(tree)]
    ours, theirs = [], {name: [] for name in commands}
    for _ in range(ROUNDS):
        ours.append(first_run(assay, package))
        for name, command in commands.items():
            theirs[name].append(timed(command, tmp_path))
    total = sum(statistics.median(times) for times in theirs.values())
    missing = sorted({"bandit", "gitleaks"} - set(commands))
    rows = {"assay check": f"{statistics.median(ours):.2f} s"}
    rows |= {name: f"{statistics.median(times):.2f} s" for name, times in theirs.items()}
    if total:
        rows["assay / peers one after another"] = f"{statistics.median(ours) / total:.2f}"
    show(f"{package.name}, {ROUNDS} rounds, median" + (f" (without {missing})" if missing else ""), rows)
    assert missing or statistics.median(ours) < total


def test_typescript(assay: Assay, packages: list[Path]) -> None:
    package = named(packages, "typescript-")
    times = [first_run(assay, package) for _ in range(ROUNDS)]
    show(package.name, {"assay check": f"{statistics.median(times):.2f} s of {TYPESCRIPT_SECONDS} s",
                        "worst": f"{max(times):.2f} s"})  # fmt: skip
    assert statistics.median(times) < TYPESCRIPT_SECONDS


def test_a_small_package_against_guarddog(assay: Assay, packages: list[Path], tmp_path: Path) -> None:
    package = named(packages, "express-")
    guarddog = tool("guarddog")
    ours, theirs = [], []
    for _ in range(SMALL_ROUNDS):
        ours.append(first_run(assay, package))
        if guarddog:
            theirs.append(timed([guarddog, "npm", "scan", str(package), "--output-format", "json"], tmp_path))
    rows = {"assay check": f"{statistics.median(ours):.3f} s", "worst": f"{max(ours):.3f} s"}
    if theirs:
        rows["guarddog"] = f"{statistics.median(theirs):.3f} s"
        rows["assay / guarddog"] = f"{statistics.median(ours) / statistics.median(theirs):.2f}"
    show(f"{package.name}, {SMALL_ROUNDS} rounds, median" + ("" if guarddog else " (without guarddog)"), rows)
    assert not theirs or statistics.median(ours) <= statistics.median(theirs)
