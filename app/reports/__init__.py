"""Reports: what a run found and a reviewer decided, in the formats people and programs read.

One input, `ReportData` from `build_report`; one way out, `render`. The module of a format is imported only
when it is asked for: the command line must not pay for a template engine or a PDF library it does not use.
"""

from __future__ import annotations

import importlib

from app.reports.document import ReportData, build_report

__all__ = ["FORMATS", "SUFFIXES", "ReportData", "build_report", "render"]

# format -> module of this package that has `render(data) -> bytes`
FORMATS = {
    "text": "terminal",
    "json": "json_report",
    "sarif": "sarif",
    "md": "markdown",
    "html": "html",
    "pdf": "pdf",
    "cyclonedx": "cyclonedx",
}
SUFFIXES = {
    "text": ".txt",
    "json": ".json",
    "sarif": ".sarif",
    "md": ".md",
    "html": ".html",
    "pdf": ".pdf",
    "cyclonedx": ".cdx.json",
}


def render(data: ReportData, format: str, *, color: bool = False) -> bytes:
    """The report in one format: UTF-8, or a PDF. `color` concerns text only; ValueError for an unknown format."""
    if format not in FORMATS:
        raise ValueError(f"no report format {format!r}: use one of {', '.join(FORMATS)}")
    module = importlib.import_module(f"app.reports.{FORMATS[format]}")
    rendered: bytes = module.render(data, color=color) if format == "text" else module.render(data)
    return rendered
