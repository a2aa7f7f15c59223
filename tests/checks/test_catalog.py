"""The catalog is loaded by the trusted host, so it must load no parser of hostile bytes; ids are unique."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from checks.runtime.catalog import (
    FOLDERS,
    CatalogError,
    CheckSpec,
    _modules,
    _normalize,
    file_check,
    installed_versions,
    load_catalog,
)

ROOT = Path(__file__).resolve().parents[2]
CATALOG = load_catalog()
LOADED = """
import json, sys
sys.path.insert(0, sys.argv[1])
from checks.runtime.catalog import load_catalog
load_catalog()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_catalog_loads_no_third_party_module() -> None:
    command = [sys.executable, "-I", "-c", LOADED, str(ROOT)]
    loaded = set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout))
    installed = set(packages_distributions()) - set(sys.stdlib_module_names) - {"checks", "app", "resources", "widgets"}
    # site-packages' own .pth files may import these at start-up, before the catalog is touched
    before = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    installed -= {name.partition(".")[0] for name in before.stdout.split()}
    assert not loaded & installed, "imported at the top of a module: move it into the check's body"


def test_ids_are_unique_over_all_folders() -> None:
    names = [name.rpartition(".")[2] for name in _modules()]
    assert len(names) == len(set(names))
    assert sorted(CATALOG) == sorted(names)


@pytest.mark.parametrize("spec", [pytest.param(s, id=s.id) for s in CATALOG.values()])
def test_a_check_names_its_guidelines_rules_and_libraries(spec) -> None:
    assert spec.guidelines, "a check serves at least one guideline"
    assert 0 < spec.seconds <= 600
    for pattern in spec.rules:
        assert list((ROOT / "resources" / "rules").glob(pattern)), f"{pattern} matches no file of resources/rules"
    assert len(spec.digest(ROOT / "resources")) == 64


@pytest.mark.parametrize("spec", [pytest.param(s, id=s.id) for s in CATALOG.values()])
def test_the_table_in_docs_has_a_row(spec) -> None:
    table = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert f"| `{spec.id}` | {spec.summary} |" in table, f"docs/checks.md is stale for {spec.id}: run make docs"


def test_unknown_words_are_refused() -> None:
    with pytest.raises(CatalogError, match="unknown kinds or needs"):
        file_check(kinds={"floppy"})(test_unknown_words_are_refused)


def test_folders_exist_in_the_order_of_the_house() -> None:
    assert FOLDERS[:3] == ("content", "code", "downloads")


@pytest.mark.parametrize("spec", [pytest.param(s, id=s.id) for s in load_catalog().values() if s.uses])
def test_libraries_named_by_checks_exist(spec: CheckSpec) -> None:
    """A name that is misspelt would leave the library's version out of what results are kept under."""
    assert [library for library in spec.uses if _normalize(library) not in installed_versions()] == []
