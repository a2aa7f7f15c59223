"""The rules that are active, shipped and own; adding and removing sets of the reviewer's own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.errors import DeskError
from app.rules_own import (
    MANIFEST,
    MAX_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    find_files,
    find_sets,
    is_name,
    read_manifest,
    shown,
    try_own,
)
from app.rules_trial import RuleProblem, Trial, try_rules
from checks.runtime.own_rules import ENDINGS, RuleFile
from checks.runtime.text import printable

_YARA_RULE = re.compile(r"^(?:(?:private|global)\s+)*rule\s+[A-Za-z_]", re.MULTILINE)


class RulesError(DeskError):
    """Rules that cannot be added, removed or read; one line that names the folder and what to do.

    `problems` are all that does not work in them, where that is the reason.
    """

    def __init__(self, text: str, problems: tuple[RuleProblem, ...] = ()) -> None:
        super().__init__(text)
        self.problems = problems


class SetExists(RulesError):
    """There is a set of own rules of that name already; `name` is that."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: there is a set of that name already: say --replace, or give another --name")
        self.name = name


@dataclass(frozen=True, slots=True)
class Checked:
    """What a folder of rules holds: of each engine the files and how they did."""

    folder: Path
    files: tuple[tuple[str, RuleFile], ...]
    trials: dict[str, Trial]

    @property
    def problems(self) -> tuple[RuleProblem, ...]:
        """All that does not work, by file and line."""
        found = (p for trial in self.trials.values() for p in trial.problems)
        return tuple(sorted(found, key=lambda p: (p.file, p.line)))

    @property
    def rules(self) -> int:
        """How many rules work."""
        return sum(len(trial.rules) for trial in self.trials.values())

    def count(self, engine: str) -> int:
        """How many rules of an engine work."""
        return len(self.trials[engine].rules) if engine in self.trials else 0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that are active: the shipped ones of an engine (`own` False), or a set that the reviewer added."""

    name: str
    own: bool
    engine: str
    files: int
    rules: int
    added: str = ""
    source: str = ""
    problems: tuple[RuleProblem, ...] = ()


def check_folder(folder: Path) -> Checked:
    """Try every file of rules below a folder (or one file); raises RulesError where there is none to try."""
    if not folder.exists():
        raise RulesError(f"{printable(str(folder), 300)}: there is no such file or folder")
    base = folder if folder.is_dir() else folder.parent
    files: list[tuple[str, RuleFile]] = []
    refused: dict[str, list[RuleProblem]] = {engine: [] for engine in ENDINGS}
    total = 0
    for engine, endings in ENDINGS.items():
        paths = find_files(folder, endings) if folder.is_dir() else [folder][: folder.suffix.lower() in endings]
        for path in paths:
            place = shown(path, base)
            size = path.stat().st_size
            if size > MAX_FILE_BYTES:
                text = f"larger than {MAX_FILE_BYTES >> 20} MiB: split it"
                refused[engine].append(RuleProblem(place, 1, text))
                continue
            total += size
            files.append((engine, RuleFile(path, place, place)))
    if len(files) > MAX_FILES or total > MAX_BYTES:
        limit = f"{MAX_FILES:,} files and {MAX_BYTES >> 20} MiB"
        raise RulesError(f"{printable(str(folder), 300)}: more than {limit}: name a smaller folder")
    if not files and not any(refused.values()):
        known = ", ".join(f"*{e}" for group in ENDINGS.values() for e in group)
        raise RulesError(f"{printable(str(folder), 300)}: holds no rules ({known}): name the folder that holds them")
    trials = {}
    for engine in ENDINGS:
        mine = [file for kind, file in files if kind == engine]
        if mine or refused[engine]:
            trial = try_rules(engine, mine)
            trials[engine] = Trial(trial.rules, (*refused[engine], *trial.problems))
    return Checked(folder, tuple(files), trials)


def add_rules(own: Path, folder: Path, name: str = "", *, replace: bool = False) -> tuple[str, Checked]:
    """Copy the files with rules that work into a set of that name (the folder's own by default).

    Files come as they are; what does not work in them was reported, and is noted. Raises RulesError, also where
    no rule works: then nothing is changed.
    """
    place = folder.absolute()
    name = name or re.sub(r"[^A-Za-z0-9_.-]+", "-", place.stem if folder.is_file() else place.name)
    if not is_name(name):
        raise RulesError(f"{printable(name, 80)}: no name for a set of rules: use letters, digits, dots and dashes")
    target = own / name
    if target.exists() and not replace:
        raise SetExists(name)
    checked = check_folder(folder)
    if not checked.rules:
        first = f" (the first: {checked.problems[0]})" if checked.problems else ""
        text = f"{printable(str(folder), 300)}: none of its rules works, so nothing was added{first}"
        raise RulesError(text, checked.problems)
    try:
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = Path(tempfile.mkdtemp(prefix=".part-", dir=own))
        try:
            _fill(partial, name, checked)
            if target.exists():
                shutil.rmtree(target)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise RulesError(f"{own}: cannot be written ({error.strerror}): check its rights and room") from error
    return name, checked


def _fill(partial: Path, name: str, checked: Checked) -> None:
    left_out = []
    for engine, file in checked.files:
        trial = checked.trials[engine]
        if not trial.count(file.name):
            continue
        base = checked.folder if checked.folder.is_dir() else checked.folder.parent
        place = partial / engine / file.path.relative_to(base)
        place.parent.mkdir(parents=True, exist_ok=True)
        data = file.path.read_bytes()
        place.write_bytes(data)
        stored = shown(place, partial)
        digest = hashlib.sha256(data).hexdigest()
        left_out += [
            {"file": f"{name}/{stored}", "sha256": digest, "line": p.line, "text": p.text}
            for p in trial.problems
            if p.file == file.name
        ]
    noted = {
        "schema": "assay-own-rules/1",
        "source": os.fsencode(checked.folder.absolute()).decode("utf-8", "replace"),
        "added": datetime.now(UTC).isoformat(timespec="seconds"),
        "left_out": left_out,
    }
    (partial / MANIFEST).write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")


def remove_rules(own: Path, name: str) -> None:
    """Remove a set; raises RulesError where there is none."""
    if name not in find_sets(own):
        known = ", ".join(find_sets(own)) or "none"
        raise RulesError(f"{printable(name, 80)}: there is no such set of own rules: there are {known}")
    try:
        shutil.rmtree(own / name)
    except OSError as error:
        raise RulesError(f"{own / name}: cannot be removed ({error.strerror}): check its rights") from error


def list_rules(resources: Path, own: Path) -> list[RuleSet]:
    """Everything that is active: the shipped rules by engine, then the sets of the reviewer's own."""
    rows = [_shipped(resources, engine) for engine in ENDINGS]
    for engine in ENDINGS:
        trial = try_own(own, engine)
        for name in find_sets(own):
            files = find_files(own / name / engine, ENDINGS[engine])
            prefix = f"{name}/{engine}/"
            problems = tuple(p for p in trial.problems if p.file.startswith(prefix))
            if not files:
                continue
            noted = read_manifest(own / name)
            rows.append(
                RuleSet(
                    name,
                    True,
                    engine,
                    len(files),
                    sum(file.startswith(prefix) for file, _ in trial.rules),
                    printable(str(noted.get("added", "")), 40),
                    printable(str(noted.get("source", "")), 300),
                    problems,
                )
            )
    return sorted((r for r in rows if r.files), key=lambda r: (r.own, r.name, r.engine))


def _shipped(resources: Path, engine: str) -> RuleSet:
    files = find_files(resources / "rules" / engine, ENDINGS[engine])
    count = sum(_count(path, engine) for path in files)
    return RuleSet("shipped", False, engine, len(files), count)


def _count(path: Path, engine: str) -> int:
    """Rules in one of our own files, which are known to be right."""
    text = path.read_text(encoding="utf-8")
    if engine == "yara":
        return len(_YARA_RULE.findall(text))
    return len(tomllib.loads(text).get("rule", ()))
