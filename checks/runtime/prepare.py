"""Compile the rules of checks into a folder: run by the host in a process of its own, on our rules only.

python -I prepare.py RESOURCES OUT FOLDERS MODULE...   (FOLDERS with further checks, joined as in PATH)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    """Call each check's `prepare` with its own folder below OUT."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    from checks.runtime.catalog import load_check

    resources, out, folders, *modules = arguments
    sys.path.extend(filter(None, folders.split(os.pathsep)))
    made: dict[Any, str] = {}
    for module in modules:
        spec = load_check(module)
        if spec is None or spec.prepare is None:
            continue
        folder = Path(out, spec.id)
        if spec.prepare in made:  # checks that share their rules share the folder
            folder.symlink_to(made[spec.prepare])
            continue
        folder.mkdir(parents=True)
        spec.prepare(Path(resources), folder)
        made[spec.prepare] = spec.id
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
