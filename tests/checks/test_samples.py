"""Every check flags its malicious samples and passes its benign ones; a check without samples fails.

tests/samples/<check>/flags and passes hold samples: a file, or a folder that is a package of its own. Beside them
`samples.py` may define flags() and passes() that yield (name, {path: bytes}) for what is binary or hostile.
A name `<rule>--<words>` under flags says which rule must be among the findings. A path `artifact:NAME` is unpacked
as a submission is, `baseline:PATH` is a file of the version approved before, `baseline-artifact:NAME` that version
itself, `handed:NEED` what the host tells of the submission, as JSON. `data(folder)` in samples.py makes what the host
would hand over, as {name: path}.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.runtime import package as package_module
from checks.runtime.catalog import CheckSpec, load_catalog
from checks.runtime.model import Component, Fact, Finding, Severity, Unchecked
from checks.runtime.package import Package, place_data

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LEAST = 3
CATALOG = load_catalog()
# What a test machine cannot be expected to offer; such checks have tests of their own beside their samples.
ELSEWHERE = frozenset({"engine", "network"})

# A sample that is one file of such a name is unpacked as a submission is.
ARTIFACT = "artifact:"
BASELINE = "baseline:"
BASELINE_ARTIFACT = "baseline-artifact:"
HANDED = "handed:"

Files = Mapping[str, bytes]


def read_sample(path: Path) -> dict[str, bytes]:
    """A sample on disk as a package: a file alone, or all files of a folder."""
    if path.is_file():
        return {path.name.rpartition("--")[2]: path.read_bytes()}
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def code_samples(check: str, side: str) -> Iterator[tuple[str, Files]]:
    """What the check's samples.py builds."""
    make = sample_maker(check, side)
    if make is not None:
        yield from make()


@functools.cache
def sample_maker(check: str, name: str) -> Any:
    """A function of the check's samples.py, None where there is none."""
    source = SAMPLES / check / "samples.py"
    if not source.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"samples_{check}", source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name, None)


def samples(check: str, side: str) -> list[tuple[str, Files]]:
    """All samples of one side, from disk and from code."""
    folder = SAMPLES / check / side
    on_disk = [(p.name, read_sample(p)) for p in sorted(folder.iterdir())] if folder.is_dir() else []
    return [*on_disk, *code_samples(check, side)]


def cases(side: str) -> list[Any]:
    return [
        pytest.param(
            spec,
            name,
            files,
            id=f"{spec.id}-{name}",
            marks=[pytest.mark.needs("clamd")] if "clamd" in spec.needs else [],
        )
        for spec in CATALOG.values()
        if not spec.needs & ELSEWHERE
        for name, files in samples(spec.id, side)
    ]


def make_side(files: Files, kind: str, request: pytest.FixtureRequest) -> Package:
    first = next(iter(files))
    if len(files) == 1 and first.startswith(ARTIFACT):
        return request.getfixturevalue("unpack_package")(first.removeprefix(ARTIFACT), files[first])
    return request.getfixturevalue("make_package")(files, kind=kind)


def make_sample(spec: CheckSpec, files: Files, request: pytest.FixtureRequest) -> Package:
    kind = "download" if "download" in spec.kinds else min(spec.kinds)
    earlier = {p.removeprefix(BASELINE): d for p, d in files.items() if p.startswith(BASELINE)}
    earlier |= {ARTIFACT + p.removeprefix(BASELINE_ARTIFACT): d for p, d in files.items()
                if p.startswith(BASELINE_ARTIFACT)}  # fmt: skip
    now = {p: d for p, d in files.items() if not p.startswith((BASELINE, BASELINE_ARTIFACT, HANDED))}
    package = make_side(now, kind, request)
    package.handed = {p.removeprefix(HANDED): json.loads(d) for p, d in files.items() if p.startswith(HANDED)}
    if earlier:
        package.baseline = make_side(earlier, kind, request)
    return package


def run_sample(spec: CheckSpec, files: Files, request: pytest.FixtureRequest) -> list[Finding | Unchecked]:
    if "clamd" in spec.needs:
        request.getfixturevalue("clamd")
    package = make_sample(spec, files, request)
    told = request.getfixturevalue("run_check")(spec, package)
    results: list[Finding | Unchecked] = [r for r in told if not isinstance(r, Fact | Component)]
    for result in results:
        if isinstance(result, Finding) and result.start is not None:
            assert result.file is not None and result.end is not None
            assert 0 <= result.start <= result.end <= package.entries[result.file].size, (
                f"span outside its file: {result}"
            )
    return results


@pytest.fixture(autouse=True)
def handed_over(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """What the host hands to the check beside the package."""
    spec = request.node.callspec.params.get("spec") if hasattr(request.node, "callspec") else None
    make = sample_maker(spec.id, "data") if spec is not None else None
    before = dict(package_module._data)
    if make is not None:
        place_data(make(tmp_path))
    yield
    package_module._data.clear()
    package_module._data.update(before)


@pytest.mark.parametrize(("spec", "name", "files"), cases("flags"))
def test_flags(spec: CheckSpec, name: str, files: Files, request: pytest.FixtureRequest) -> None:
    results = run_sample(spec, files, request)
    rules = {r.rule for r in results if isinstance(r, Finding)}
    assert rules, f"{spec.id} says nothing about {name}: {results}"
    rule, separator, _ = name.partition("--")
    if separator:
        assert rule in rules, f"{spec.id} finds {sorted(rules)} in {name}"


@pytest.mark.parametrize(("spec", "name", "files"), cases("passes"))
def test_passes(spec: CheckSpec, name: str, files: Files, request: pytest.FixtureRequest) -> None:
    """Nothing above info, and nothing left unchecked."""
    for result in run_sample(spec, files, request):
        assert isinstance(result, Finding), f"{spec.id} did not look at {name}: {result}"
        severity = spec.severity if result.severity is None else result.severity
        assert severity <= Severity.INFO, f"{spec.id} flags {name}: {result}"


@pytest.mark.parametrize("spec", [pytest.param(s, id=s.id) for s in CATALOG.values()])
def test_every_check_has_samples(spec: CheckSpec) -> None:
    for side in ("flags", "passes"):
        found = len(samples(spec.id, side))
        assert found >= LEAST, f"tests/samples/{spec.id}/{side} has {found} samples, {LEAST} are needed"
