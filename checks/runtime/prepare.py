"""Compile the rules of checks into a folder: run by the host in a process of its own, on our rules only.

python -I prepare.py RESOURCES OUT FOLDERS MODULE...   (FOLDERS with further checks, joined as in PATH)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Call each check's `prepare` with its own folder below OUT."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    from checks.runtime.catalog import load_check

    resources, out, folders, *modules = arguments
    sys.path.extend(filter(None, folders.split(os.pathsep)))
    for module in modules:
        spec = load_check(module)
        if spec is not None and spec.prepare is not None:
            folder = Path(out, spec.id)
            folder.mkdir(parents=True)
            spec.prepare(Path(resources), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
