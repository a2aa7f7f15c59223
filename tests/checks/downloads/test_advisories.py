"""The matcher: versions by ecosystem, aliases folded, ranges without a lock file, claims of the developer."""

# ruff: noqa: E501 - manifests and rows are easier to read unbroken

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.downloads.osv.match import Advisories, Match, fold
from checks.downloads.osv.versions import allows, covers_all, lowest_allowed, touches
from checks.runtime.catalog import load_check
from checks.runtime.model import Confidence, Finding, Severity, Unavailable
from checks.runtime.package import Package, place_data

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "advisories" / "samples.py"
SPEC = load_check("checks.downloads.advisories")


def load_samples() -> ModuleType:
    spec = importlib.util.spec_from_file_location("advisory_samples", SAMPLES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path: Path = load_samples().data(tmp_path)["advisories"]
    place_data({"advisories": path})
    return path


def findings(run_check: Any, package: Package) -> list[Finding]:
    return [result for result in run_check(SPEC, package) if isinstance(result, Finding)]


EVENTS = [[["introduced", "1.0.0"], ["fixed", "1.2.0"], ["introduced", "2.0.0"], ["fixed", "2.1.0"]]]


@pytest.mark.parametrize(
    ("version", "hit", "fixed"),
    [("0.9.0", False, ""), ("1.0.0", True, "1.2.0"), ("1.1.9", True, "1.2.0"), ("1.2.0", False, ""),
     ("1.10.0", False, ""), ("2.0.0", True, "2.1.0"), ("2.0.0-rc.1", False, ""), ("3.0.0", False, "")],
)  # fmt: skip
def test_events(version: str, hit: bool, fixed: str) -> None:
    touched, repaired = touches("npm", version, EVENTS, [])
    assert touched is hit
    assert not hit or repaired == fixed


@pytest.mark.parametrize(
    ("ecosystem", "version", "events", "hit"),
    [
        ("PyPI", "1.0rc1", [["introduced", "0"], ["fixed", "1.0"]], True),
        ("PyPI", "1.0.post1", [["introduced", "0"], ["fixed", "1.0"]], False),
        ("Maven", "2.0-beta9", [["introduced", "2.0-beta9"], ["fixed", "2.15.0"]], True),
        ("Maven", "2.15.0", [["introduced", "2.0-beta9"], ["fixed", "2.15.0"]], False),
        ("Go", "v0.3.7", [["introduced", "0"], ["last_affected", "0.3.7"]], True),
        ("Go", "v0.3.8", [["introduced", "0"], ["last_affected", "0.3.7"]], False),
        ("Go", "v1.0.0-20200101000000-aaaaaaaaaaaa", [["introduced", "0"], ["fixed", "1.0.0"]], True),
        ("RubyGems", "1.2.a", [["introduced", "0"], ["fixed", "1.2"]], True),
        ("NuGet", "1.0", [["introduced", "1.0.0"], ["fixed", "1.0.1"]], True),
        ("Debian", "1:1.0-1", [["introduced", "0"], ["fixed", "2.0-1"]], False),
        ("Packagist", "v1.0.0", [["introduced", "0"], ["fixed", "1.0.1"]], True),
        ("npm", "1.0.0", [["fixed", "2.0.0"], ["introduced", "0"]], True),
        ("npm", "not a version", [["introduced", "0"]], False),
        ("Nowhere", "1.0.0", [["introduced", "0"]], False),
    ],
)
def test_order_is_the_ecosystems(ecosystem: str, version: str, events: list[list[str]], hit: bool) -> None:
    assert touches(ecosystem, version, [events], [])[0] is hit


def test_listed_versions_count_where_there_is_no_order() -> None:
    assert touches("Nowhere", "1.0", [], ["1.0"])[0]
    assert not touches("Nowhere", "1.1", [], ["1.0"])[0]


@pytest.mark.parametrize(
    ("ecosystem", "wanted", "lowest"),
    [("npm", "^4.17.0 || ~3.2.1", "3.2.1"), ("npm", ">=1.2.0 <2.0.0", "1.2.0"), ("npm", "*", ""), ("npm", "<2.0.0", "0"),
     ("PyPI", ">=2.25,!=2.20,<3", "2.25"), ("PyPI", "<3", "0"), ("Maven", "[1.0,2.0)", "1.0"), ("npm", "", "")],
)  # fmt: skip
def test_lowest_version_of_a_range(ecosystem: str, wanted: str, lowest: str) -> None:
    assert lowest_allowed(ecosystem, wanted) == lowest


def test_ranges_that_let_the_repair_in() -> None:
    assert allows("npm", "^4.17.0", "4.17.21") is True
    assert allows("npm", "~4.16.0", "4.17.21") is False
    assert allows("pypi", ">=1,<2", "2.0") is False
    assert allows("npm", "]]", "1.0.0") is not True


def test_all_versions() -> None:
    assert covers_all([[["introduced", "0"]]])
    assert not covers_all(EVENTS) and not covers_all([])


def match(name: str, *aliases: str, severity: Severity | None = None) -> Match:
    return Match(name, aliases, severity, name.startswith("MAL-"), "", "")


def test_aliases_fold_over_several_steps() -> None:
    folded = fold(
        [
            match("GHSA-1", "CVE-1"),
            match("PYSEC-1", "OTHER-1", severity=Severity.HIGH),
            match("CVE-1", "OTHER-1"),
            match("CVE-2"),
        ]
    )
    assert [(m.name, m.aliases, m.severity) for m in folded] == [
        ("CVE-1", ("GHSA-1", "OTHER-1", "PYSEC-1"), Severity.HIGH), ("CVE-2", (), None),
    ]  # fmt: skip


def test_malicious_leads_its_group() -> None:
    (folded,) = fold([match("GHSA-1", "MAL-1"), match("MAL-1")])
    assert folded.malicious and folded.name == "MAL-1"


NAMES = st.sampled_from([f"CVE-{n}" for n in range(8)])


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), max_size=10))
def test_folding_keeps_every_name_once(pairs: list[tuple[str, list[str]]]) -> None:
    folded = fold(match(name, *aliases) for name, aliases in pairs)
    listed = [name for m in folded for name in m.names]
    assert len(listed) == len(set(listed))
    assert set(listed) == {name for first, rest in pairs for name in (first, *rest)}


@given(st.text(max_size=30), st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), st.text(max_size=12)), max_size=6),
       st.sampled_from(["npm", "PyPI", "Maven", "Go", "NuGet", "RubyGems", "Debian", "Packagist", "crates.io"]))  # fmt: skip
def test_any_version_and_any_events(version: str, events: list[tuple[str, str]], ecosystem: str) -> None:
    touched, fixed = touches(ecosystem, version, [[list(event) for event in events]], [])
    assert isinstance(touched, bool) and isinstance(fixed, str)
    lowest_allowed(ecosystem, version)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_one_interval(low: int, high: int, own: int) -> None:
    assume(low < high)
    events = [["introduced", f"1.{low}.0"], ["fixed", f"1.{high}.0"]]
    assert touches("npm", f"1.{own}.0", [events], [])[0] is (low <= own < high)


def test_one_finding_for_all_aliases(database: Path, make_package: Any, run_check: Any) -> None:
    package = make_package(load_samples().locked(lodash="4.17.20"))
    (finding,) = findings(run_check, package)
    assert finding.severity is Severity.CRITICAL and finding.confidence is Confidence.HIGH
    assert "lodash 4.17.20" in finding.message and "CVE-2021-23337 (GHSA-35jh-r3h4-6jhm)" in finding.message
    assert "fixed in 4.17.21" in finding.message and "package-lock.json" in finding.message
    assert finding.remediation.startswith("Update lodash to 4.17.21")


def test_a_range_says_that_it_is_one(database: Path, make_package: Any, run_check: Any) -> None:
    (finding,) = findings(run_check, make_package(load_samples().manifest(lodash="^4.17.0")))
    assert finding.rule == "vulnerable-range" and finding.severity is Severity.LOW
    assert finding.confidence is Confidence.LOW and "no lock file" in finding.message
    (finding,) = findings(run_check, make_package(load_samples().manifest(lodash="~4.16.0")))
    assert finding.severity is Severity.CRITICAL and finding.confidence is Confidence.LOW


def test_what_only_developers_install_weighs_less(database: Path, make_package: Any, run_check: Any) -> None:
    lock = {
        "packages": {
            "node_modules/lodash": {"version": "4.17.0", "dev": True},
            "node_modules/flatmap-stream": {"version": "0.1.1", "dev": True},
        }
    }
    found = findings(run_check, make_package({"package-lock.json": json.dumps(lock).encode()}))
    assert {f.rule: f.severity for f in found} == {
        "vulnerable-component": Severity.LOW, "malicious-component": Severity.CRITICAL
    }  # fmt: skip


OPENVEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "statements": [
        {
            "vulnerability": {"name": "CVE-2021-23337"},
            "products": [{"@id": "pkg:npm/shop-window@1.0.0", "subcomponents": [{"@id": "pkg:npm/lodash@4.17.20"}]}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }
    ],
}
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"bom-ref": "x1", "purl": "pkg:npm/lodash@4.17.20", "name": "lodash"}],
    "vulnerabilities": [
        {
            "id": "GHSA-35jh-r3h4-6jhm",
            "analysis": {"state": "not_affected", "justification": "code_not_reachable"},
            "affects": [{"ref": "x1"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("name", "document", "words"),
    [("shop.openvex.json", OPENVEX, "vulnerable_code_not_present"), ("vex.json", CYCLONEDX, "code_not_reachable")],
)
def test_a_claim_is_shown_and_changes_nothing(
    database: Path, make_package: Any, run_check: Any, name: str, document: Any, words: str
) -> None:
    files = load_samples().locked(lodash="4.17.20")
    (before,) = findings(run_check, make_package(files))
    (after,) = findings(run_check, make_package({**files, f"package/{name}": json.dumps(document).encode()}))
    assert after.message == f"{before.message}; the developer claims: not_affected ({words})"
    assert (after.severity, after.confidence, after.matched) == (before.severity, before.confidence, before.matched)


def test_a_claim_about_something_else_is_not_shown(database: Path, make_package: Any, run_check: Any) -> None:
    text = json.dumps(OPENVEX).replace("shop-window", "other").replace("npm/lodash", "npm/underscore")
    files = {**load_samples().locked(lodash="4.17.20"), "package/vex.json": text.encode()}
    (finding,) = findings(run_check, make_package(files))
    assert "claims" not in finding.message


def test_no_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="advisories import"):
        Advisories(tmp_path / "absent")
    (tmp_path / "bad").write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match="import the exports again"):
        Advisories(tmp_path / "bad")


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_name_of_any_characters_is_looked_up(
    tmp_path_factory: pytest.TempPathFactory, name: str, version: str
) -> None:
    from checks.downloads.components.gathering import Part

    database = Advisories(_SHARED or _share(tmp_path_factory))
    try:
        assert isinstance(database.match(Part("npm", name + "\ud800", version, None)), list)  # type: ignore[arg-type]
    finally:
        database.close()


_SHARED: Path | None = None


def _share(factory: pytest.TempPathFactory) -> Path:
    global _SHARED
    _SHARED = load_samples().data(factory.mktemp("shared"))["advisories"]
    return _SHARED
