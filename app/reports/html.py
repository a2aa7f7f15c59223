"""The review notes as one HTML file: no script, no address in it, nothing loaded.

Jinja2's sandbox with escaping on; every value is cleaned on its way into the page. The content policy names
the hash of our own style sheet, so that even markup that got through could neither run, load nor style.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any

from app.paths import RESOURCES
from app.quantities import format_count
from app.reports.document import ReportData, plain
from app.reports.notes import outline

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = RESOURCES / "templates"


def _finalize(value: Any) -> Any:
    """Clean a value before it is escaped; what is markup already is ours."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else plain(value)


@functools.cache
def _template() -> Template:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_finalize,
    )
    environment.filters["count_of"] = format_count
    return environment.get_template("notes.html.j2")


@functools.cache
def _style() -> tuple[str, str]:
    """The style sheet, and its hash as a content policy wants it."""
    text = (TEMPLATES / "notes.css").read_text(encoding="utf-8")
    return text, base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def render(data: ReportData) -> bytes:
    """The notes as a UTF-8 page."""
    style, digest = _style()
    page = _template().render(notes=outline(data, "html"), style=style, style_hash=digest)
    return (page.rstrip("\n") + "\n").encode("utf-8")
