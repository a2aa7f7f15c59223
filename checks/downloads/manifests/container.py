"""What reading a manifest yields: facts for the reviewer, and findings where it does not tell the truth."""

from __future__ import annotations

import bisect
import functools
import posixpath
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.downloads._family import Container
from checks.runtime.model import Fact, Finding, Severity, Unchecked
from checks.runtime.package import File, Package, resource_path

# Findings of one rule; beyond them one line says how many more there are.
MOST_OF_A_RULE = 20
MOST_FACTS_OF_A_NAME = 100
MAX_VALUE = 400
# After these, what is not there may only not have been unpacked.
_INCOMPLETE = ("limit", "bomb", "damaged", "encrypted", "unsupported")
_COPY = re.compile(r"(?: ?\(\d{1,3}\)|[ _-]copy)$")


@functools.cache
def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def rules() -> dict[str, Any]:
    """The table of rules/manifest.toml: severity and advice of each rule, and what is a hook."""
    return _load(resource_path("rules/manifest.toml"))


def words(value: object, limit: int = MAX_VALUE) -> str:
    """A value of a manifest on one bounded line; empty for what is neither text nor a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        return ""
    line = " ".join(str(value)[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def strings(value: object, limit: int = 200) -> list[str]:
    """The texts of a list, or a text alone as a list; bounded."""
    if isinstance(value, str):
        return [value]
    return [v for v in value[:limit] if isinstance(v, str)] if isinstance(value, list) else []


def person(value: object) -> str:
    """`author` and the like: a text, or an object with a name."""
    if isinstance(value, dict):
        mail = words(value.get("email"), 120)
        return " ".join(filter(None, (words(value.get("name"), 120), f"<{mail}>" if mail else "")))
    if isinstance(value, list):
        return ", ".join(filter(None, (person(v) for v in value[:5] if not isinstance(v, list))))
    return words(value)


def place(file: File, *texts: str) -> tuple[int, int] | None:
    """Where the first of these texts that is there stands in the file's bytes."""
    data = file.head(1 << 20)
    for text in texts:
        needle = text.encode("utf-8", "surrogatepass")
        at = data.find(needle) if needle else -1
        if at >= 0:
            return at, at + len(needle)
    return None


def digest(file: File, algorithm: str = "sha256") -> str:
    """The digest of a file, hex; the SHA-256 that the host computed where there is one."""
    if algorithm == "sha256" and file.sha256:
        return file.sha256
    import hashlib  # costs milliseconds, and most packages bring nothing to hash again

    state = hashlib.new(algorithm, usedforsecurity=False)
    for chunk in file.chunks():
        state.update(chunk)
    return state.hexdigest()


@dataclass
class Reading:
    """One package being read: who it says that it is, and what there is to tell of it.

    `verify` is False for the baseline, of which only name, version and publisher are wanted. `unique` is the id by
    which a family of packages tells one product from another, where that is not the name.
    """

    package: Package
    container: Container
    verify: bool = True
    format: str = ""
    name: str = ""
    version: str = ""
    publisher: str = ""
    unique: str = ""
    file: File | None = None
    results: list[Fact | Finding | Unchecked] = field(default_factory=list)
    _facts: set[Fact] = field(default_factory=set)
    _told: Counter[tuple[str, str]] = field(default_factory=Counter)
    _flagged: Counter[str] = field(default_factory=Counter)

    @functools.cached_property
    def complete(self) -> bool:
        """Whether what is not among the files is not in the package either."""
        return not any(item.rule.startswith(_INCOMPLETE) for item in self.package.left_out)

    @functools.cached_property
    def stem(self) -> str:
        """The name under which the package was handed in, without what a second download adds to it."""
        name = self.package.name.replace("\\", "/").rpartition("/")[2]
        base, dot, suffix = name.rpartition(".")
        return _COPY.sub("", base) + dot + suffix if dot else _COPY.sub("", name)

    def tell(self, group: str, name: str, value: object = "", file: File | None = None) -> None:
        """A fact, where there is something to say."""
        line = words(value) if not isinstance(value, list) else words(", ".join(map(words, value[:50])))
        source = file or self.file
        fact = Fact(group, name, line, self._number(source))
        if line and fact not in self._facts and self._told[group, name] < MOST_FACTS_OF_A_NAME:
            self._told[group, name] += 1
            self._facts.add(fact)
            self.results.append(fact)

    def identify(self, name: object, version: object, publisher: object = "") -> None:
        """Say who the package is; told as facts, compared with its file name and with the baseline."""
        self.name, self.version, self.publisher = words(name, 200), words(version, 100), words(publisher, 200)
        self.tell("package", "name", self.name)
        self.tell("package", "version", self.version)
        self.tell("package", "publisher", self.publisher)

    def flag(
        self,
        rule: str,
        message: str,
        file: File | None = None,
        *,
        span: tuple[int, int] | None = None,
        needle: str = "",
        severity: Severity | None = None,
    ) -> None:
        """A finding by one of the rules in rules/manifest.toml, which has its severity and advice.

        The evidence is `span`, or where `needle` stands in the file: looked for only if the finding is told.
        """
        self._flagged[rule] += 1
        if not self.verify or self._flagged[rule] > MOST_OF_A_RULE:
            return
        if needle and file is not None:
            span = place(file, needle)
        entry = rules()["rule"][rule]
        grade = Severity.parse(entry["severity"]) if severity is None else severity
        number = self._number(file)
        self.results.append(
            Finding(
                rule=rule,
                message=message[:480],
                file=number,
                start=span[0] if span and number is not None else None,
                end=span[1] if span and number is not None else None,
                severity=grade,
                encoding=(file.encoding or "latin-1") if file is not None and span else "utf-8",
                remediation=entry["remediation"] if grade > Severity.INFO else "",
                references=tuple(entry.get("references", ())),
            )
        )

    def skip(self, reason: str, file: File | None = None) -> None:
        """Say what was not looked at."""
        if self.verify:
            self.results.append(Unchecked(reason, self._number(file)))

    def _number(self, file: File | None) -> int | None:
        """The artifact itself has no row in the index where it was unpacked: that is about the whole package."""
        return file.number if file is not None and file.number < len(self.package.entries) else None

    def surplus(self) -> Iterator[Unchecked]:
        """How many findings of a rule were held back."""
        if self.verify:
            for rule, count in self._flagged.items():
                if count > MOST_OF_A_RULE:
                    yield Unchecked(f"{count - MOST_OF_A_RULE} more findings of {rule} are not listed")

    @functools.cached_property
    def _sorted(self) -> list[str]:
        return sorted(file.path for file in self.container.files)

    def any_below(self, path: str) -> bool:
        """Whether there is a file, or a folder with files, whose path begins so."""
        start = self.container.root + path
        at = bisect.bisect_left(self._sorted, start)
        return at < len(self._sorted) and self._sorted[at].startswith(start)

    def exists(self, path: str) -> bool:
        """Whether a path (under the root, as a manifest writes it) names a file of the container."""
        return self.target(path) is not None

    def target(self, path: str, endings: Iterable[str] = ("",)) -> File | None:
        """The file that a manifest names; None where it is absent or outside of the container."""
        relative = inside(path)
        if not relative:
            return None
        for ending in endings:
            found = self.container.get(relative + ending)
            if found is not None:
                return found
        return None


def inside(path: str) -> str:
    """A path of a manifest without `./` and the like; empty where it leads out of the package."""
    path = posixpath.normpath(path.replace("\\", "/").lstrip("/")) if path else ""
    return "" if path in (".", "..") or path.startswith("../") else path


def compare_version(left: str, right: str) -> bool:
    """Whether two spellings mean one version: case, separators, a leading v and zeros at the end do not count."""
    return _plain_version(left) == _plain_version(right)


def _plain_version(version: str) -> list[str]:
    text = version.strip().lower().removeprefix("v").partition("+")[0]
    parts = re.findall(r"\d+|[a-z]+", text[:200])
    plain = [str(int(p)) if p.isdigit() else _STAGES.get(p, p) for p in parts]
    while plain and plain[-1] == "0":
        plain.pop()
    return plain


_STAGES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc", "rev": "post", "r": "post"}


def compare_name(left: str, right: str) -> bool:
    """Whether two spellings mean one name: case and separators do not count."""
    return _plain_name(left) == _plain_name(right)


def _plain_name(name: str) -> str:
    return re.sub(r"[-_.@/ ]+", "-", name.strip().lower()).strip("-")


def check_file_name(reading: Reading, name: str, version: str, names: Iterable[str] | None = None) -> None:
    """Compare what the file name says (empty: nothing) with what the manifest says."""
    expected = list(names) if names is not None else [reading.name]
    file = reading.file
    if name and reading.name and not any(compare_name(name, other) for other in expected):
        message = f"The file is named for {words(name, 80)}, its manifest says {words(reading.name, 80)}"
        span = place(file, f'"{reading.name}"', reading.name) if file is not None else None
        reading.flag("name-mismatch", message, file, span=span)
    if version and reading.version and not compare_version(version, reading.version):
        message = f"The file is named for version {words(version, 60)}, its manifest says {words(reading.version, 60)}"
        span = place(file, f'"{reading.version}"', reading.version) if file is not None else None
        reading.flag("version-mismatch", message, file, span=span)
