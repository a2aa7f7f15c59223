"""Importing many advisories: rows a second, memory beside the size of the export, and look-ups a second.

`pytest -m bench -s tests/benchmarks/bench_advisories.py`. ASSAY_BENCH_ADVISORIES says how many (300,000). Constant
memory is what counts: the peak of the host stays below a bound that does not grow with the export.
"""

from __future__ import annotations

import json
import os
import resource
import time
import zipfile
from pathlib import Path

import pytest

from app.advisories import database_path, import_advisories
from app.sandbox import choose_launcher
from checks.downloads.components.gathering import Part
from checks.downloads.osv.match import Advisories

pytestmark = [pytest.mark.bench, pytest.mark.needs("linux"), pytest.mark.timeout(1800)]

COUNT = int(os.environ.get("ASSAY_BENCH_ADVISORIES", "300000"))
LOOK_UPS = 5_000
# What the host may grow by, whatever the number of advisories: SQLite's cache and a few batches.
GROWTH = 160 << 20


def make_export(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(count):
            events = [{"introduced": "0"}, {"fixed": f"1.{number % 50}.3"}]
            record = {
                "id": f"GHSA-{number:08x}",
                "modified": "2026-01-01T00:00:00Z",
                "summary": f"Something about part-{number}",
                "details": f"{number} " * 100,
                "aliases": [f"CVE-2026-{number}"],
                "database_specific": {"severity": "HIGH"},
                "affected": [
                    {
                        "package": {"ecosystem": "npm", "name": f"part-{number // 2}"},
                        "ranges": [{"type": "SEMVER", "events": events}],
                    }
                ],
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))


def peak() -> int:
    """Bytes this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def test_import_and_look_up(tmp_path: Path) -> None:
    export = tmp_path / "npm.zip"
    make_export(export, 1_000)
    import_advisories(tmp_path / "warm", [export], choose_launcher("reduced"))
    make_export(export, COUNT)
    before, began = peak(), time.perf_counter()
    summary = import_advisories(tmp_path / "data", [export], choose_launcher("reduced"))
    seconds, growth, size = time.perf_counter() - began, peak() - before, export.stat().st_size
    assert summary.records == COUNT
    print(f"\nimport: {COUNT / seconds:,.0f} advisories/s, {growth >> 20} MiB more, {growth / size:.2f} of the export")
    database = Advisories(database_path(tmp_path / "data"))
    began = time.perf_counter()
    hits = 0
    for number in range(LOOK_UPS):
        part = Part("npm", f"part-{number * 7919 % (COUNT // 2)}", "1.0.0", None)  # type: ignore[arg-type]
        hits += len(database.match(part))
    print(f"look-ups: {LOOK_UPS / (time.perf_counter() - began):,.0f} components/s, {hits:,} hits")
    database.close()
    assert hits >= LOOK_UPS
    assert growth < GROWTH
