"""The rules of download_and_run as data: triggers for one hyperscan pass, RE2 for the extents."""

from __future__ import annotations

import bisect
import functools
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.content._scan import Scanner, compile_bytes, compile_database
from checks.runtime.model import Severity

RULES = "rules.json"
WINDOW = 900
MOST_HITS = 20_000
_HASH_COMMENT = re.compile(rb"^\s*(#(?!!)|//|\*|/\*|;|::|rem\s|<!--)|\s(#|//)\s", re.IGNORECASE)
# What ends before the code does not make it a comment; and a shell runs on behind `//`, `*` and `rem`.
_CLOSED_COMMENT = re.compile(rb"/\*(?:[^*]|\*(?!/))*\*/")
_SHELL_COMMENT = re.compile(rb"(?:^|\s)#(?!!)")
_SHELLS = frozenset({".sh", ".bash", ".zsh", ".ksh", ".fish"})
_PRINTS = re.compile(
    rb"(\b(echo|printf|print|puts|warn|log|info|error|debug|console\.\w+|throw|raise|Error|message|help|usage|description)\b"
    rb"|Write-(Host|Output))[^;&|]{0,200}$",
    re.IGNORECASE,
)
_CALLS = re.compile(
    rb"\b(exec|execSync|execFile|execFileSync|execa|spawn|spawnSync|system|popen|Popen|run|call|check_call|check_output"
    rb"|getoutput|shell_exec|passthru|sh\.exec|shell\.exec|ShellExecute|Start-Process|Runtime\.getRuntime|child_process"
    rb"|ProcessBuilder|cp\.\w+|subprocess\.\w+|os\.\w+|\$)\s{0,4}[(\[`{\"']|shell_?command|\b(cmd|command|script)\s*[:=]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where something fetched is run: byte offsets, and how it is graded. `executes` says that the code
    itself runs it; a command line only does where somebody executes it."""

    rule: str
    message: str
    start: int
    end: int
    severity: Severity
    amplified: Severity | None
    executes: bool


def prepare(source: Path, out: Path) -> None:
    """Compile the TOML file into `out`; ValueError names a rule with a bad word or expression."""
    with source.open("rb") as stream:
        table = tomllib.load(stream)
    patterns: list[tuple[int, str, str]] = []
    for kind, parts in (("command", ("trigger",)), ("variable", ("trigger",)), ("flow", ("source", "through", "sink"))):
        for row in table.get(kind, ()):
            row["ids"] = {}
            for part in parts:
                if part in row:
                    row["ids"][part] = len(patterns)
                    patterns.append((len(patterns), row[part], ""))
            _prove(row, table["languages"])
    compile_database(patterns, out)
    (out / RULES).write_text(json.dumps(table), encoding="utf-8")


def _prove(row: Mapping[str, Any], languages: Mapping[str, Any]) -> None:
    try:
        Severity.parse(row["severity"])
        if row.get("language", "shell") not in languages:
            raise ValueError(f"unknown language {row['language']}")
        for part in ("regex", "needs", "assign", "requires"):
            if part in row:
                compile_bytes(row[part])
        if "assign" in row:
            compile_bytes(row["sink"].replace("{name}", "name"))
    except Exception as error:
        raise ValueError(f"rule {row.get('rule')}: {error}") from error


class Rules:
    """Loaded rules with their scanner: for one process."""

    def __init__(self, folder: Path) -> None:
        self._table = json.loads((folder / RULES).read_text(encoding="utf-8"))
        self._scanner = Scanner(folder)
        self._suffixes = {name: frozenset(values) for name, values in self._table["languages"].items()}
        self.scripts = self._suffixes["scripts"]
        self._by_trigger = {r["ids"]["trigger"]: (k, r) for k in ("command", "variable") for r in self._table[k]}
        self._flows = self._table["flow"]
        self._amplifiers = "|".join(f"(?:{e})" for e in self._table["amplifiers"]["expressions"])
        self._installers = "|".join(f"(?:{e})" for e in self._table["installers"]["expressions"])

    def amplifies(self, window: bytes) -> bool:
        """Whether something in these bytes hides what is run."""
        return compile_bytes(self._amplifiers).search(window) is not None

    def is_installer(self, window: bytes) -> bool:
        """Whether this is the published installer of a well-known tool."""
        return compile_bytes(self._installers).search(window) is not None

    def find(self, data: bytes, suffix: str) -> tuple[list[Hit], bool]:
        """All places in these bytes, in order, and whether all of them were looked at."""
        raw, complete = self._scanner.scan(data, MOST_HITS)
        if not raw:
            return [], complete
        ends: dict[int, list[int]] = defaultdict(list)
        for number, end in raw:
            if not ends[number] or ends[number][-1] != end:
                ends[number].append(end)
        found = [hit for number, places in ends.items() for hit in self._single(data, number, places, suffix)]
        for flow in self._flows:
            if suffix in self._suffixes[flow["language"]]:
                found += _flow_hits(flow, data, ends)
        return sorted(found, key=lambda hit: hit.start), complete

    def _single(self, data: bytes, number: int, places: Sequence[int], suffix: str) -> Iterator[Hit]:
        if number not in self._by_trigger:
            return
        kind, row = self._by_trigger[number]
        if "language" in row and suffix not in self._suffixes[row["language"]]:
            return
        last = -1
        for end in places:
            if end <= last:
                continue
            hit = _command_hit(row, data, end) if kind == "command" else _variable_hit(row, data, end)
            if hit is not None:
                last = hit.end
                yield hit


def _make(row: Mapping[str, Any], start: int, end: int, executes: bool) -> Hit:
    amplified = Severity.parse(row["amplified"]) if "amplified" in row else None
    return Hit(row["rule"], row["message"], start, end, Severity.parse(row["severity"]), amplified, executes)


def _command_hit(row: Mapping[str, Any], data: bytes, end: int) -> Hit | None:
    low = max(0, end - WINDOW)
    for match in compile_bytes(row["regex"]).finditer(data, low, min(len(data), end + WINDOW)):
        if match.start() >= end:
            return None
        if match.end() < end:
            continue
        text = match.group()
        if "needs" in row and not compile_bytes(row["needs"]).search(text):
            return None
        return _make(row, match.start(), match.end(), row.get("executes", False))
    return None


def _variable_hit(row: Mapping[str, Any], data: bytes, end: int) -> Hit | None:
    low = max(0, end - 200)
    for match in compile_bytes(row["assign"]).finditer(data, low, min(len(data), end + 200)):
        if match.end() < end or match.start() >= end:
            continue
        name = re.escape(match.group(1).decode("latin-1"))
        # names are many: a pattern for one file is not worth keeping in RE2's cache
        sink = re.compile(row["sink"].replace("{name}", name).encode("latin-1"))
        after = sink.search(data, match.end(), min(len(data), match.end() + row["distance"]))
        if after is not None:
            return _make(row, match.start(), after.end(), True)
    return None


def _flow_hits(flow: Mapping[str, Any], data: bytes, ends: Mapping[int, list[int]]) -> Iterator[Hit]:
    """Sinks with a source (and what lies between) before them; only the nearest source of each is told."""
    ids = flow["ids"]
    sources, sinks = ends.get(ids["source"]), ends.get(ids["sink"])
    if not sources or not sinks:
        return
    middles = ends.get(ids["through"], []) if "through" in ids else None
    if middles == [] or ("requires" in flow and not compile_bytes(flow["requires"]).search(data)):
        return
    reported = -1
    for sink in sinks:
        place = sink
        if middles is not None:
            at = bisect.bisect_left(middles, sink) - 1
            if at < 0 or sink - middles[at] > flow["distance"]:
                continue
            place = middles[at]
        at = bisect.bisect_left(sources, place) - 1
        if at < 0 or place - sources[at] > flow["distance"] or sources[at] == reported:
            continue
        reported = sources[at]
        start = max(data.rfind(b"\n", 0, reported) + 1, reported - 40)
        yield _make(flow, start, sink, True)


def is_comment(before: bytes, suffix: str) -> bool:
    """Whether what stands before on the same line makes the rest a comment, in the language of that suffix."""
    before = _CLOSED_COMMENT.sub(b"", before)
    if suffix in _SHELLS:
        return _SHELL_COMMENT.search(before) is not None
    return _HASH_COMMENT.search(before) is not None and not (suffix in (".bat", ".cmd") and before.startswith(b"#"))


def runs_here(before: bytes, data: bytes, is_script: bool) -> bool:
    """Whether a command line that follows `before` is run: a script's own line, or the argument of a call."""
    is_script = is_script or (data.startswith(b"#!") and b"sh" in data[: data.find(b"\n")])
    if is_script:
        return _PRINTS.search(before) is None
    return _CALLS.search(before) is not None


@functools.cache
def load(folder: Path) -> Rules:
    """The rules of a prepared folder, loaded once a process."""
    return Rules(folder)
