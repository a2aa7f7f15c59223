"""What the project says of itself holds: its file lists, its texts, its locks, and nothing dangerous in its tree."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import app
from app.paths import RESOURCES

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "packaging").glob("lock-*.txt"))
CODE = ["app", "checks", "widgets"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked_files() -> list[Path]:
    """What git keeps; in a tree without git, everything but what is built."""
    git = shutil.which("git")
    listing = subprocess.run([git, "-C", ROOT, "ls-files", "-z"], capture_output=True) if git else None
    if listing and listing.returncode == 0:
        return [path for name in listing.stdout.split(b"\0") if name and (path := ROOT / name.decode()).is_file()]
    built = {".venv", "build", "out", "dist", "__pycache__"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not built & set(path.parts)]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))


def test_packages_are_those_on_disk() -> None:
    on_disk = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for folder in CODE
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == on_disk | {"resources"}


def test_every_module_is_in_a_package() -> None:
    """A folder without __init__.py would be missing from an installed program, and only there."""
    folders = {path.parent for folder in CODE for path in (ROOT / folder).rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_resources_are_data_beside_the_code() -> None:
    assert RESOURCES.is_dir()
    assert not (RESOURCES / "__init__.py").exists()
    # setuptools' globs pass over names with a leading dot: such a file would be missing from an installed program
    assert [str(path) for path in RESOURCES.rglob(".*")] == []


def test_the_version_is_one() -> None:
    version = PROJECT["project"]["version"]
    assert app.__version__ == version
    assert re.search(rf"^## {re.escape(version)}\b", read("CHANGELOG.md"), re.M)


def test_the_licence_is_there() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in read("LICENSE") and "END OF TERMS AND CONDITIONS" in read("LICENSE")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_named_targets_exist(name: str) -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)`", read(name)))
    assert named, "the text no longer names a target"
    assert named <= make_targets()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_named_files_exist(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", read(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_target_is_explained() -> None:
    explained = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.M))
    assert make_targets() - {"help"} <= explained


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_by_hash_and_name_no_index(lock: Path) -> None:
    """Where packages come from is a matter of the machine's own configuration."""
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|--(index|extra-index|find-links|trusted)|\.(org|com|net|io)\b", text, re.M)
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]


def names_in(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", read(f"packaging/{lock}"), re.M))


def normalize(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


def test_locks_cover_the_project() -> None:
    runtime, dev, build = names_in("lock-runtime.txt"), names_in("lock-dev.txt"), names_in("lock-build.txt")
    assert {normalize(line) for line in PROJECT["project"]["dependencies"]} <= runtime.keys()
    assert {normalize(line) for line in PROJECT["project"]["optional-dependencies"]["dev"]} <= dev.keys()
    assert {normalize(line) for line in PROJECT["build-system"]["requires"]} <= build.keys()
    # what is tested is what is run
    assert build.items() <= runtime.items() <= dev.items()


def imported_distributions(folders: list[str]) -> dict[str, str]:
    """Distribution -> a module that imports it, for everything that is neither Python's nor ours."""
    providers = importlib.metadata.packages_distributions()
    # shiboken6 is half of PySide6 and comes with it
    ours = {*CODE, "tests", "conftest", "shiboken6"} | {path.stem for path in (ROOT / "tests").rglob("*.py")}
    found = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py") if "samples" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - ours:
                # several distributions may share one top-level name: PySide6 comes in parts
                for distribution in providers.get(top, [top])[:1]:
                    found[normalize(distribution)] = str(path.relative_to(ROOT))
    return found


def test_imported_libraries_are_declared() -> None:
    """A library that is there only because another needs it can be gone after the next lock."""
    declared = {normalize(line) for line in PROJECT["project"]["dependencies"]}
    for_tests = declared | {normalize(line) for line in PROJECT["project"]["optional-dependencies"]["dev"]}
    assert {name: where for name, where in imported_distributions(CODE).items() if name not in declared} == {}
    assert {name: where for name, where in imported_distributions(["tests"]).items() if name not in for_tests} == {}


def test_no_test_virus_in_the_tree() -> None:
    """A scanner on a developer's machine would take the file away."""
    pattern = b"EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE"
    assert [str(path) for path in tracked_files() if pattern in path.read_bytes()] == []


def test_no_registry_in_the_tree() -> None:
    hosts = [b"files.pythonhosted" + b".org", b"pypi" + b".org", b"registry.npmjs" + b".org", b"deb.debian" + b".org"]
    faults = [(str(path), host) for path in tracked_files() for host in hosts if host in path.read_bytes()]
    assert faults == []
