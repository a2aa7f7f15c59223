"""The battery against the corpus: nine attacks in ten are high or worse, and no honest twin is.

The corpus is a yardstick from outside: a sample that is missed is mended in the rules, never in the sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.cancel import CancelToken
from app.desk import Desk
from app.model import Run
from app.paths import Folders
from app.settings import Settings
from checks import Outcome, Severity

from . import editors, npm, pypi, systems, wave2
from .packing import Sample

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic"), pytest.mark.timeout(180)]

ATTACKS: list[Sample] = [*npm.ATTACKS, *pypi.ATTACKS, *editors.ATTACKS, *systems.ATTACKS, *wave2.ATTACKS]
TWINS: list[Sample] = [*npm.TWINS, *pypi.TWINS, *editors.TWINS, *systems.TWINS, *wave2.TWINS]
LEAST = 0.9

Results = dict[str, Run]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, compiled_rules: Path) -> Iterator[Results]:
    """Every sample through the whole battery, save what needs a service; two packages side by side."""
    folder = tmp_path_factory.mktemp("attacks")
    folders = Folders(folder / "data", folder / "config", compiled_rules, folder / "run")
    with Desk.open(folders, Settings(workers=1)) as desk:
        checks = [spec.id for spec in desk.catalog.values() if not spec.needs]

        def run(sample: Sample) -> tuple[str, Run]:
            path = folder / sample.name / sample.artifact
            path.parent.mkdir()
            path.write_bytes(sample.build())
            about = desk.take_in(path)
            done = desk.run(about.id, only=checks, on_event=lambda _: None, cancel=CancelToken())
            return sample.name, done

        with ThreadPoolExecutor(2) as pool:
            yield dict(pool.map(run, [*ATTACKS, *TWINS]))


def loud(result: Run) -> list[str]:
    return sorted(f"{f.check}/{f.rule} in {f.path}" for f in result.findings if f.severity >= Severity.HIGH)


def test_the_corpus_is_as_large_as_promised() -> None:
    names = [sample.name for sample in [*ATTACKS, *TWINS]]
    assert len(set(names)) == len(names)
    assert len(ATTACKS) >= 64 and len(TWINS) >= 15
    assert all(sample.source for sample in [*ATTACKS, *TWINS])


def test_every_sample_is_unpacked_and_looked_at(results: Results) -> None:
    """A score over packages that nobody could read would mean nothing."""
    unread = {
        f"{name}: {check.id} {check.outcome} {check.reason}"
        for name, result in results.items()
        for check in result.checks
        if check.outcome in (Outcome.ERROR, Outcome.TIMEOUT, Outcome.CANCELLED)
    }
    assert not unread
    assert all(result.tree is not None and result.tree.files >= 1 for result in results.values())


def test_nine_attacks_in_ten_are_high_or_worse(results: Results) -> None:
    missed = [sample.name for sample in ATTACKS if not loud(results[sample.name])]
    found = 1 - len(missed) / len(ATTACKS)
    assert found >= LEAST, f"{found:.0%} of {len(ATTACKS)} attacks are high or worse; missed: {', '.join(missed)}"


@pytest.mark.parametrize("twin", TWINS, ids=lambda sample: sample.name)
def test_an_honest_twin_is_not(twin: Sample, results: Results) -> None:
    assert not loud(results[twin.name])
