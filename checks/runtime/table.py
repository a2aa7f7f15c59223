"""The table of checks in docs/checks.md, generated: `python -m checks.runtime.table docs/checks.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path

from checks.runtime.catalog import CheckSpec, load_catalog

HEAD = """\
# Checks

This page is generated from the code: `python -m checks.runtime.table docs/checks.md`. A check is one file; its id is
the file's name. *Looks at* says whether it sees one file at a time (and results are reused for content seen before)
or the whole package. *Needs* names what it cannot do without: where that is absent the outcome is `unavailable`, never
clean.

| check | what it finds | looks at | kinds | guidelines | needs | parameters | rules and libraries |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def markdown_table(catalog: Mapping[str, CheckSpec]) -> str:
    """The whole page: one row a check, ordered by id."""
    return HEAD + "".join(_row(catalog[name]) for name in sorted(catalog))


def _row(spec: CheckSpec) -> str:
    kinds = "all" if len(spec.kinds) == 4 else ", ".join(sorted(spec.kinds))
    parameters = ", ".join(f"`{name}={value!r}`" for name, value in spec.parameters.items())
    sources = ", ".join([*(f"`{rule}`" for rule in spec.rules), *spec.uses])
    module = Path(str(inspect.getsourcefile(spec.function)))
    link = f"../checks/{module.parent.name}/{module.name}"
    cells = (
        f"[`{spec.id}`]({link})",
        spec.title,
        ("each file's bytes" if spec.content_only else "each file") if spec.per_file else "the package",
        kinds,
        ", ".join(sorted(spec.guidelines)),
        ", ".join(sorted(spec.needs)) or "-",
        parameters or "-",
        sources or "-",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(markdown_table(load_catalog()), encoding="utf-8")
