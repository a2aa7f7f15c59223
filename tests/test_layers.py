"""The arrows of the house: widgets -> app -> checks, Qt in widgets only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# what a layer may import of the project
ALLOWED = {
    "checks": {"checks"},
    "app": {"app", "checks"},
    "widgets": {"widgets", "app", "checks"},
}
LAYERS = set(ALLOWED)
QT = {"PySide6", "PySide2", "PyQt5", "PyQt6", "shiboken6", "qtpy"}
COMPOSITION_ROOT = Path("app/__main__.py")


@dataclass(frozen=True)
class Import:
    """One imported module: its top-level name, and whether a function has to run before it happens."""

    module: str
    line: int
    lazy: bool


def called_import(call: ast.Call) -> str | None:
    """The module that `importlib.import_module("...")` or `__import__("...")` names, when this call is one."""
    if ast.unparse(call.func).split(".")[-1] not in {"import_module", "__import__"}:
        return None
    names = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
    return next((str(name.value) for name in names if isinstance(name, ast.Constant)), None)


def read_imports(source: str, package: str) -> Iterator[Import]:
    """Every import of a module, relative ones resolved against its dotted package, importlib calls included."""

    def walk(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, lazy)
            elif isinstance(child, ast.ImportFrom):
                base = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
                yield Import(".".join([*base, *([child.module] if child.module else [])]), child.lineno, lazy)
            elif isinstance(child, ast.Call) and (module := called_import(child)):
                yield Import(module, child.lineno, lazy)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, lazy or inside)

    yield from walk(ast.parse(source), False)


def find_faults(path: Path, source: str) -> list[str]:
    """What one module (its path from the root) imports against the rules, as `path:line: why` lines."""
    layer = path.parts[0]
    faults = []
    for found in read_imports(source, ".".join(path.parent.parts)):
        top = found.module.split(".")[0]
        where = f"{path}:{found.line}"
        if top in LAYERS - ALLOWED[layer]:
            if path == COMPOSITION_ROOT and top == "widgets" and found.lazy:
                continue
            faults.append(f"{where}: {layer} may not import {found.module}")
        if top in QT and layer != "widgets":
            faults.append(f"{where}: Qt belongs into widgets only")
        if top == "tests":
            faults.append(f"{where}: the product does not import its tests")
    return faults


MODULES = sorted(path.relative_to(ROOT) for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_downward(path: Path) -> None:
    assert find_faults(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("checks/content/a.py", "import app.store"),
        ("checks/content/a.py", "def f():\n    from app import store"),
        ("checks/content/a.py", "from ...app import store"),
        ("checks/content/a.py", "from widgets.bridge import Bridge"),
        ("checks/a.py", "import importlib\nimportlib.import_module('app.cli')"),
        ("app/a.py", "import widgets"),
        ("app/a.py", "def f():\n    import widgets.application"),
        ("app/__main__.py", "import widgets.application"),
        ("app/a.py", "from PySide6.QtCore import QObject"),
        ("app/__main__.py", "def main():\n    from PySide6 import QtCore"),
        ("checks/runtime/a.py", "import shiboken6"),
        ("widgets/a.py", "from tests.conftest import PARTS"),
    ],
)
def test_an_arrow_upward_is_found(path: str, source: str) -> None:
    assert find_faults(Path(path), source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/__main__.py", "def main():\n    from widgets.application import run"),
        ("app/reports/a.py", "from .. import store\nfrom checks import Finding"),
        ("widgets/a.py", "from PySide6.QtCore import QObject\nfrom app.battery import run\nfrom checks import Finding"),
        ("checks/content/a.py", "from checks import check\nfrom ..runtime import model"),
    ],
)
def test_an_arrow_downward_passes(path: str, source: str) -> None:
    assert find_faults(Path(path), source) == []


def test_packaging_is_no_package() -> None:
    """A folder of that name with an __init__.py would hide the library `packaging` from pip and pytest."""
    assert not list((ROOT / "packaging").rglob("__init__.py"))


def test_tests_are_no_packages() -> None:
    """`tests/checks/__init__.py` would be imported as `checks` and hide ours."""
    assert not [path for path in (ROOT / "tests").rglob("__init__.py") if "samples" not in path.parts]
