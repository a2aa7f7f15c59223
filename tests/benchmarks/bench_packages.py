"""`assay check` on real packages of the registries: wall time, peak memory of all processes, what it found.

    python tests/benchmarks/bench_packages.py FOLDER... [--json FILE]

FOLDER holds packages fetched by name with the ordinary clients (`npm pack`, `pip download --no-deps`).
Memory is the proportional set size (PSS) of the command and everything below it, clamd apart, sampled.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_SECONDS = 0.05


def pss_below(pid: int) -> int:
    """PSS in bytes of a process and all its descendants; clamd is not one of them (it is its own session's leader)."""
    total = 0
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() != "clamd":
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) << 10
        children = Path(f"/proc/{pid}/task").glob("*/children")
        for child in {int(c) for file in children for c in file.read_text().split()}:
            total += pss_below(child)
    except OSError:
        return total  # it ended while it was looked at
    return total


def measure(command: list[str], env: dict[str, str]) -> tuple[subprocess.CompletedProcess[bytes], float, int]:
    """Run a command; returns its result, wall seconds and peak PSS in bytes."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=err)
        peak = 0
        done = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(SAMPLE_SECONDS):
                peak = max(peak, pss_below(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = process.wait()
        seconds = time.monotonic() - began
        done.set()
        watcher.join()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read()), seconds, peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path, help="write the findings here")
    options = parser.parse_args()
    packages = sorted(p for folder in options.folders for p in folder.iterdir() if p.is_file())
    packages = [p for p in packages if p.suffix in {".whl", ".gz", ".tgz", ".zip", ".xpi", ".jar", ".vsix", ".deb"}]
    everything = {}
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "XDG_DATA_HOME": f"{home}/data", "XDG_CONFIG_HOME": f"{home}/config"}
        print(f"{'package':58} {'MB':>6} {'files':>6} {'s':>6} {'MiB':>6} code  findings by severity")
        for package in packages:
            command = [sys.executable, "-m", "app", "check", str(package), "--format", "json"]
            done, seconds, peak = measure(command, env)
            try:
                report = json.loads(done.stdout)
            except ValueError:
                print(f"{package.name[:58]:58} NO REPORT, code {done.returncode}: {done.stderr.decode()[-300:]}")
                continue
            everything[package.name] = report["findings"]
            counts: dict[str, int] = {}
            for finding in report["findings"]:
                counts[finding["severity"]] = counts.get(finding["severity"], 0) + 1
            lost = [c["id"] for c in report["checks"] if c["outcome"] not in ("clean", "found", "skipped")]
            print(
                f"{package.name[:58]:58} {package.stat().st_size / 1e6:6.1f} {report['summary']['package']['files']:6}"
                f" {seconds:6.2f} {peak / 2**20:6.0f} {done.returncode:4}  {counts}"
                + (f"  NOT RUN: {', '.join(lost)}" if lost else ""),
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
