"""Where the reviewer's own rules lie, and what identifies them: data/rules/own/<set>/<engine>/<file>.

Files may be edited in place: what is cached or compiled is bound to their bytes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.rules_trial import RuleProblem, Trial, try_rules
from checks.runtime.catalog import CheckSpec
from checks.runtime.own_rules import ENDINGS, OWN, REPORT, RuleFile
from checks.runtime.text import printable

log = logging.getLogger(__name__)

MANIFEST = "set.json"
# Of one set, and of all of them: what a person's collection holds, not what could be brought together.
MAX_FILES = 2_000
MAX_FILE_BYTES = 4 << 20
MAX_BYTES = 64 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")

Problems = tuple[RuleProblem, ...]


def own_folder(data: Path) -> Path:
    """The folder of all own rules, below the user's data."""
    return data / "rules" / "own"


def is_name(name: str) -> bool:
    """Whether a set of rules may be called so."""
    return _NAME.match(name) is not None


def find_sets(own: Path) -> list[str]:
    """Names of the sets."""
    try:
        return sorted(p.name for p in own.iterdir() if p.is_dir() and is_name(p.name))
    except FileNotFoundError:
        return []


def find_files(folder: Path, endings: Iterable[str]) -> list[Path]:
    """Files with these endings below a folder, in a stable order; links lead nowhere, and so many at most."""
    kept: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        kept += [Path(parent, n) for n in sorted(names) if n.lower().endswith(tuple(endings))]
        if len(kept) > MAX_FILES:
            break
    return [p for p in kept if not p.is_symlink() and p.is_file()]


def shown(path: Path, base: Path) -> str:
    """A file's place below a folder, printable."""
    return printable(path.relative_to(base).as_posix(), 300)


def own_files(own: Path, engine: str) -> tuple[list[RuleFile], Problems]:
    """The files of all sets for an engine, and those that are left out because they are too many or too large."""
    files: list[RuleFile] = []
    problems: list[RuleProblem] = []
    total = 0
    for name in find_sets(own):
        for path in find_files(own / name / engine, ENDINGS[engine]):
            place = shown(path, own)
            size = path.stat().st_size
            if len(files) >= MAX_FILES or size > MAX_FILE_BYTES or total + size > MAX_BYTES:
                problems.append(RuleProblem(place, 1, "left out: the rules are too many or the file is too large"))
                continue
            total += size
            files.append(RuleFile(path, place, place))
    return files, tuple(problems)


def engines_of(spec: CheckSpec) -> tuple[str, ...]:
    """The engines whose own rules a check takes, told by where its shipped ones lie."""
    return tuple(engine for engine in ENDINGS if any(p.startswith(f"{engine}/") for p in spec.rules))


def digest_own(own: Path | None, engines: Iterable[str]) -> str:
    """SHA-256 (hex) over the own rules of these engines, empty where there are none."""
    if own is None or not own.is_dir():
        return ""
    sha = hashlib.sha256()
    found = False
    for engine in sorted(engines):
        for file in own_files(own, engine)[0]:
            found = True
            try:
                facts = file.path.stat()
                content = _hash(file.path, facts.st_mtime_ns, facts.st_size, facts.st_ino)
            except OSError:  # whoever compiles it will say that it cannot be read
                content = ""
            sha.update(json.dumps([engine, file.name, content]).encode())
    return sha.hexdigest() if found else ""


@functools.lru_cache(maxsize=4 * MAX_FILES)
def _hash(path: Path, changed: int, size: int, number: int) -> str:
    """Of a file's bytes; one that was not touched since is not read again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def compile_own(own: Path, engines: Iterable[str], out: Path, cancelled: Callable[[], bool]) -> None:
    """Compile the own rules into `out`/own/<engine>, with a report of what was left out.

    Never fails for a bad rule; raises WorkerEnded when cancelled.
    """
    report: dict[str, Any] = {}
    for engine in sorted(engines):
        folder = out / OWN / engine
        folder.mkdir(parents=True)
        files, too_large = own_files(own, engine)
        trial = try_rules(engine, files, folder, cancelled)
        known = _known_problems(own)
        left_out = [p for p in (*too_large, *trial.problems) if (p.file, p.line, p.text) not in known]
        for problem in left_out:
            log.warning("own rule left out: %s", problem)
        report[engine] = {"rules": len(trial.rules), "problems": [[p.file, p.line, p.text] for p in left_out]}
    (out / OWN / REPORT).write_text(json.dumps(report), encoding="utf-8")


def limitation_of(prepared: Path | None, spec: CheckSpec) -> str:
    """One line on the own rules that a check has to do without, empty where it has all of them."""
    if prepared is None or not engines_of(spec):
        return ""
    try:
        report = json.loads((prepared / OWN / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    problems = [p for engine in engines_of(spec) for p in report.get(engine, {}).get("problems", ())]
    if not problems:
        return ""
    which = "; ".join(f"{file}:{line}" for file, line, _ in problems[:3])
    more = f" and {len(problems) - 3:,} more" if len(problems) > 3 else ""
    one = len(problems) == 1
    number = "one of your own rules does" if one else f"{len(problems):,} of your own rules do"
    return f"{number} not compile, and {'was' if one else 'were'} left out: {which}{more} (see `assay rules`)"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was noted when a set was added; empty where that is lost."""
    try:
        noted = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _known_problems(own: Path) -> set[tuple[str, int, str]]:
    """Those that were reported when the set was added, of files that are still as they were then."""
    known: set[tuple[str, int, str]] = set()
    for name in find_sets(own):
        for row in read_manifest(own / name).get("left_out", ()):
            try:
                path = own / row["file"]
                if hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]:
                    known.add((row["file"], row["line"], row["text"]))
            except (OSError, KeyError, TypeError):
                continue  # then it is said again, which is the safe side
    return known


def try_own(own: Path, engine: str) -> Trial:
    """How the own rules of an engine stand now."""
    files, too_large = own_files(own, engine)
    trial = try_rules(engine, files)
    return Trial(trial.rules, (*too_large, *trial.problems))
