"""Compile the reviewer's own rules: run by the host in a process of its own, bounded in memory and time.

python -I own_rules.py < request > answer

The request names an engine, the files (`path`, `name` as it is shown, `namespace`), and perhaps a folder to write the
compiled rules into. The answer says which rules there are, and which do not work: `[file, line, what is wrong]`. A bad
rule never stops its neighbours.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MEMORY = 2 << 30
MAX_PROBLEMS = 200
MAX_TEXT = 300
# The folder of compiled own rules beside those of the checks.
OWN = "own"
REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file of rules; `namespace` keeps the names in it apart from those in others."""

    path: Path
    name: str
    namespace: str


@dataclass(slots=True)
class Compiled:
    """What came of the files: (name of the file, rule) of each that works, (name, line, reason) of what does not."""

    rules: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, int, str]] = field(default_factory=list)

    def blame(self, file: str, line: int, text: str) -> None:
        """Note something that does not work, as one line; of several on one line of the file the first."""
        known = any(at == max(line, 1) and name == file for name, at, _ in self.problems)
        if len(self.problems) < MAX_PROBLEMS and not known:
            self.problems.append((file, max(line, 1), " ".join(text.split())[:MAX_TEXT]))


Compiler = Callable[[Sequence[RuleFile], Path | None], Compiled]
# Engine -> module with `compile_own(files, out)`; and the endings of its files.
ENGINES = {"yara": "checks.content._own_yara", "code": "checks.code._own_code"}
ENDINGS = {"yara": (".yar", ".yara"), "code": (".toml",)}


def bound_process(memory: int = MEMORY) -> None:
    """Give up what a compiler does not need, where the platform can."""
    try:
        import resource
    except ImportError:  # not on Windows: there the host's deadline has to do
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main() -> int:
    """Answer one request."""
    from checks.runtime.package import place_resources

    request = json.load(sys.stdin)
    bound_process()
    module = importlib.import_module(ENGINES[request["engine"]])
    place_resources(Path(request["resources"]), Path(request["resources"]))
    files = [RuleFile(Path(f["path"]), f["name"], f["namespace"]) for f in request["files"]]
    out = Path(request["out"]) if request["out"] else None
    compiled: Compiled = module.compile_own(files, out)
    json.dump({"rules": compiled.rules, "problems": compiled.problems}, sys.stdout)
    return 0


if __name__ == "__main__":
    # the dataclasses of this file must be the same as those that the engines import
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    from checks.runtime import own_rules

    sys.exit(own_rules.main())
