"""The practice submissions: small packages to learn on, built from `resources/practice/`.

They are built instead of kept because some of what they hold must not stand verbatim in a repository (a test virus,
keys) and because an archive cannot be read in a review. The same sources always give the same bytes, so that a
review of a practice submission still belongs to it after the next build.
"""

from __future__ import annotations

import logging
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from app.errors import DeskError
from app.paths import RESOURCES
from app.practice_parts import MADE, MARKERS, Tree, draw_icon, pack_tar, pack_wheel, pack_zip
from app.practice_signing import pack_crx

log = logging.getLogger(__name__)

SOURCES = RESOURCES / "practice"
LISTING = "practice.toml"
FORMS: dict[str, Callable[[Tree], bytes]] = {"zip": pack_zip, "tar": pack_tar, "wheel": pack_wheel}


class PracticeError(DeskError):
    """The sources or the built folder are not as they should be; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class PracticeSubmission:
    """One built submission: where it is, what a queue says of it, and one line on what there is to learn."""

    path: Path
    title: str
    developer: str
    version: str
    kind: str
    baseline: Path | None
    lesson: str


def build_practice(target: Path, sources: Path = SOURCES) -> list[Path]:
    """Build every practice submission and its listing into `target`; returns the packages, in teaching order.

    Files that are there already with the right content are left alone. Raises PracticeError for faulty sources.
    """
    recipes = _read_toml(sources / "submissions.toml", "the checkout is incomplete").get("submission", [])
    paths = build_packages(target, recipes, sources)
    told = ("file", "title", "developer", "version", "kind", "baseline", "lesson")
    listing = {"submission": [{key: recipe[key] for key in told if key in recipe} for recipe in recipes]}
    _write(target / LISTING, tomli_w.dumps(listing).encode())
    return paths


def build_packages(target: Path, recipes: Sequence[dict[str, Any]], sources: Path = SOURCES) -> list[Path]:
    """Build a package from each recipe (submissions.toml says what it holds) into `target`, and no listing."""
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for recipe in recipes:
        tree = _gather(recipe, sources)
        path = target / recipe["file"]
        _write(path, pack_crx(recipe["key"], tree) if recipe["form"] == "crx" else FORMS[recipe["form"]](tree))
        paths.append(path)
    return paths


def read_practice(folder: Path) -> list[PracticeSubmission]:
    """The submissions that `folder` lists, in order. Raises PracticeError where the listing or a file is missing."""
    listing = folder / LISTING
    advice = "run `make practice` to build the practice submissions"
    submissions = []
    for entry in _read_toml(listing, advice).get("submission", []):
        try:
            path = _locate(folder, entry["file"])
            baseline = _locate(folder, entry["baseline"]) if "baseline" in entry else None
            words = {key: str(entry[key]) for key in ("title", "developer", "version", "kind", "lesson")}
        except (KeyError, TypeError) as error:
            raise PracticeError(f"{listing}: an entry lacks {error}; {advice}") from error
        for needed in (path, baseline):
            if needed is not None and not needed.is_file():
                raise PracticeError(f"{needed}: not found; {advice}")
        submissions.append(PracticeSubmission(path=path, baseline=baseline, **words))
    return submissions


def _locate(folder: Path, name: object) -> Path:
    if not isinstance(name, str) or Path(name).name != name:
        raise PracticeError(f"{folder / LISTING}: {name!r} is not the plain name of a file beside it")
    return folder / name


def _read_toml(path: Path, advice: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PracticeError(f"{path}: not found; {advice}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PracticeError(f"{path}: {error}; {advice}") from error


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step; one that is right already keeps its time, so nothing downstream looks changed."""
    if path.is_file() and path.read_bytes() == content:
        return
    scratch = path.with_name(path.name + ".part")
    scratch.write_bytes(content)
    scratch.replace(path)
    log.info("built %s, %d bytes", path, len(content))


# --- the tree of one submission -----------------------------------------------------------------------------------


def _gather(recipe: dict[str, Any], sources: Path) -> Tree:
    """Archive name -> content, sorted by name."""
    tree: Tree = {}
    for folder in recipe["tree"]:
        layer = sources / folder
        if not layer.is_dir():
            raise PracticeError(f"{layer}: not found; the checkout is incomplete")
        for path in layer.rglob("*"):
            # Python writes __pycache__ beside an installed source
            if path.is_file() and "__pycache__" not in path.parts:
                tree[_archive_name(path.relative_to(layer), recipe)] = _fill(path.read_bytes())
    for name in recipe.get("remove", []):
        del tree[name]
    for name, instruction in recipe.get("made", {}).items():
        tree[name] = _make(instruction)
    prefix = f"{recipe['prefix']}/" if "prefix" in recipe else ""
    return {prefix + name: tree[name] for name in sorted(tree)}


def _archive_name(path: Path, recipe: dict[str, Any]) -> str:
    renamed = recipe.get("rename", {})
    parts = [renamed.get(part, part) for part in path.parts]
    return "/".join("." + part.removeprefix("dot-") if part.startswith("dot-") else part for part in parts)


def _fill(content: bytes) -> bytes:
    for name, make in MARKERS.items():
        marker = f"@@{name}@@".encode()
        if marker in content:
            content = content.replace(marker, make())
    return content


def _make(instruction: str) -> bytes:
    what, _, argument = instruction.partition(" ")
    if what == "icon":
        return draw_icon(int(argument))
    return MADE[instruction]()


def main(arguments: list[str]) -> int:
    """`python -m app.practice FOLDER`: what `make practice` runs."""
    if len(arguments) != 1:
        print("usage: python -m app.practice FOLDER", file=sys.stderr)
        return 2
    try:
        paths = build_practice(Path(arguments[0]))
    except (PracticeError, OSError) as error:
        print(f"assay: {error}", file=sys.stderr)
        return 2
    print(f"{len(paths)} practice submissions in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
