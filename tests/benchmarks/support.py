"""What the measurements share: the command with folders of its own, memory, the files of a package, a table."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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


def find_program(name: str) -> str | None:
    """A program beside this Python, else on PATH."""
    here = Path(sys.executable).parent / name
    return str(here) if here.exists() else shutil.which(name)
