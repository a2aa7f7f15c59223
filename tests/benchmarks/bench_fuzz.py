"""Fresh broken packages through the whole battery, for as long as it may take.

`ASSAY_FUZZ_SECONDS=600 pytest -m bench -s tests/benchmarks/bench_fuzz.py` (120 by default) prints how many inputs
there were and how the checks ended. ASSAY_FUZZ_SEED repeats a run. ASSAY_FUZZ_FILES names a folder of real files to
break too; without it a few small ones of this machine are taken. What failed is kept, and its place is printed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from app.errors import DeskError
from tests.benchmarks.support import show
from tests.hostile.conftest import engine, hostile_checks
from tests.hostile.fuzzing import MAX_SEED, Files, as_artifact, draw, mutate_container, together
from tests.hostile.support import WholeBattery, assert_complete, failures

pytestmark = [pytest.mark.bench, pytest.mark.needs("linux"), pytest.mark.timeout(0)]

__all__ = ["engine", "hostile_checks"]

SECONDS = float(os.environ.get("ASSAY_FUZZ_SECONDS", "120"))
SEED = int(os.environ.get("ASSAY_FUZZ_SEED", "0")) or int(time.time())
# Every so many submissions one is a package of many.
MANY, TOGETHER = 8, 60


def real_files() -> Iterator[Path]:
    """A few small programs, libraries and archives."""
    given = os.environ.get("ASSAY_FUZZ_FILES")
    if given:
        yield from (p for p in sorted(Path(given).rglob("*")) if p.is_file())
        return
    for program in ("true", "sh", "ls"):
        if path := shutil.which(program):
            yield Path(path)
    for folder in sys.path:
        for pattern in ("*/*.so", "pip/_vendor/distlib/*.exe", "*/*.whl"):
            yield from sorted(Path(folder).glob(pattern))[:4]


def test_fresh_inputs(engine) -> None:
    """No outcome without its name, no failure at all, nothing left running."""
    random = Random(SEED)
    real = [p.read_bytes() for p in real_files() if 0 < p.stat().st_size <= 8 * MAX_SEED]
    battery = WholeBattery(engine)
    outcomes: Counter[str] = Counter()
    inputs = files_seen = refused = 0
    slowest = (0.0, "")
    failed: list[str] = []
    kept = Path(tempfile.mkdtemp(prefix="assay-fuzz-"))
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        inputs += 1
        if inputs % MANY == 0:
            packages = [draw(random) for _ in range(TOGETHER)]
            packages += [_real(random, real)] if real else []
            name, data = as_artifact(together(packages))
        else:
            name, data = as_artifact(draw(random))
        began = time.monotonic()
        try:
            result = battery.run(name, data)
        except DeskError as problem:
            assert name.rpartition("/")[2] in str(problem), problem
            refused += 1
            continue
        took = time.monotonic() - began
        files_seen += result.summary.files
        assert_complete(result, battery.catalog)
        outcomes.update(c.outcome.value for c in result.checks)
        costly = max(result.checks, key=lambda c: c.seconds)
        slowest = max(slowest, (took, f"{inputs}: {name}, {costly.id} {costly.seconds:.1f} s"))
        if failures(result):
            path = kept / f"{inputs}-{Path(name).name[:80]}"
            path.write_bytes(data)
            failed += [f"{path}: {c.id}: {c.outcome.value}: {c.reason[:200]}" for c in failures(result)]
    show(
        f"{inputs:,} broken packages, {files_seen:,} files, seed {SEED}, {SECONDS:.0f} s",
        {
            **{f"checks that ended {outcome}": f"{number:,}" for outcome, number in outcomes.most_common()},
            "refused as a whole": str(refused),
            "slowest": f"{slowest[0]:.1f} s ({slowest[1]})",
        },
    )
    if not failed:
        shutil.rmtree(kept)
    assert not failed, "\n".join(failed)


def _real(random: Random, real: list[bytes]) -> Files:
    return {f"real/{number}": mutate_container(random, random.choice(real)) for number in range(4)}
