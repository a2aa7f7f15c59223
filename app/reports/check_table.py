"""docs/checks.md: what each check looks at, for which guideline and after which source, generated from the code.

python -m app.reports.check_table          writes the file
python -m app.reports.check_table --check  exit code 1 where it is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.guidelines import KINDS, Guideline, load_guidelines
from app.paths import ROOT
from app.quantities import format_count
from app.reports.markdown import code, escape
from checks.runtime.catalog import CheckSpec, load_catalog

TARGET = ROOT / "docs" / "checks.md"
FOLDERS = {
    "content": "Any package",
    "code": "What source code does",
    "downloads": "Downloadable files",
    "web": "Web integrations",
    "containers": "Container images",
    "charts": "Helm charts",
    "submission": "The submission itself",
}


def _looks_at(spec: CheckSpec) -> str:
    """What one step of the check sees."""
    if spec.live:
        return "the network, and nothing of the package"
    if not spec.per_file:
        return "the package as a whole"
    if spec.batch_bytes:
        return "files, several at a time"
    return "each file by its content alone" if spec.content_only else "each file"


def _cell(text: str) -> str:
    """A cell; a pipe ends one even inside code."""
    return text.replace("\\|", "|").replace("|", "\\|")


def _guidelines(spec: CheckSpec, guidelines: Mapping[str, Guideline]) -> tuple[str, str]:
    known = [guidelines[name] for name in sorted(spec.guidelines) if name in guidelines]
    sources: dict[str, None] = {}
    for guideline in known:
        for source in guideline.sources:
            cited = f"{escape(source.name)}, {escape(source.ref)}"
            sources[f"[{cited}](<{source.url}>)" if source.url else cited] = None
    titles = "<br>".join(f"{guideline.id} {escape(guideline.title)}" for guideline in known)
    return titles, "<br>".join(sources)


def _row(spec: CheckSpec, guidelines: Mapping[str, Guideline]) -> str:
    titles, sources = _guidelines(spec, guidelines)
    kinds = "all" if spec.kinds == frozenset(KINDS) else ", ".join(kind for kind in KINDS if kind in spec.kinds)
    needs = ", ".join(sorted(spec.needs)) or "nothing"
    cells = [code(spec.id), escape(spec.summary), kinds, _looks_at(spec), needs, spec.severity.label, titles, sources]
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _parameters(spec: CheckSpec) -> list[str]:
    """The check's parameters; sets in a fixed order, so that the table is the same on every machine."""
    shown = {
        name: sorted(value) if isinstance(value, set | frozenset) else value for name, value in spec.parameters.items()
    }
    return [f"- {code(spec.id)}: " + ", ".join(code(f"{name} = {value!r}") for name, value in shown.items())]


def render_check_table(catalog: Mapping[str, CheckSpec], guidelines: Mapping[str, Guideline] | None = None) -> str:
    """The page as Markdown. `guidelines` default to the shipped ones; raises GuidelineError where those are broken."""
    known = load_guidelines() if guidelines is None else guidelines
    lines = [
        "# Checks",
        "",
        f"{format_count(len(catalog), 'check')}, generated from the code by `make docs`: do not edit this page.",
        "*Severity* is what a finding has unless its rule says otherwise; *needs* is what a check cannot do without:",
        "where that is absent it ends as `unavailable`, which is never a pass.",
    ]
    for folder, title in FOLDERS.items():
        specs = [spec for spec in catalog.values() if spec.module.split(".")[-2:-1] == [folder]]
        if specs:
            lines += ["", f"## {title}", ""]
            lines.append("| Check | What it looks for | Kinds | Sees | Needs | Severity | Guidelines | Sources |")
            lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
            lines += [_row(spec, known) for spec in sorted(specs, key=lambda spec: spec.id)]
    adjustable = [spec for _, spec in sorted(catalog.items()) if spec.parameters]
    if adjustable:
        lines += ["", "## Parameters", "", "A profile overrides them; the record of a run keeps the values used.", ""]
        for spec in adjustable:
            lines += _parameters(spec)
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None, target: Path = TARGET) -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(prog="check_table", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where the page is out of date")
    options = parser.parse_args(arguments)
    page = render_check_table(load_catalog())
    if options.check:
        current = target.is_file() and target.read_text(encoding="utf-8") == page
        if not current:
            print(f"{target} is out of date: run make docs", file=sys.stderr)
        return 0 if current else 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
