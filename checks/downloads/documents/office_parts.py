"""Parts of Office's newer files (docx, xlsx, pptx), each a file of the package: relations, fields, macro sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from checks.downloads.programs.program import Sign
from checks.runtime.model import Severity

_RELATION = re.compile(rb"<(?:\w{1,16}:)?Relationship\b[^<>]{1,4096}>")
_ATTRIBUTE = re.compile(rb"""\b(Type|Target|TargetMode)\s*=\s*(?:"([^"]{0,2048})"|'([^']{0,2048})')""")
_INSTRUCTION = re.compile(
    rb"<w:instrText\b[^>]{0,200}>([^<]{0,4000})</w:instrText>|<w:fldSimple\b[^>]{0,400}?w:instr=\"([^\"]{1,4000})\""
)
_DDE_LINK = re.compile(
    rb"<(?:\w{1,16}:)?ddeLink\b[^>]{0,800}ddeService\s*=\s*\"([^\"]{1,200})\""
    rb"(?:[^>]{0,400}?ddeTopic\s*=\s*\"([^\"]{0,400})\")?"
)
_FORMULA = re.compile(rb"<f\b[^>]{0,200}>([^<]{1,4000})</f>")
_REMOTE = re.compile(r"(?i)^\s*(https?|ftp|file|mhtml|webdav|smb)?:?[\\/]{2,5}(?![A-Za-z][:|])")
_LOCAL = re.compile(r"(?i)^\s*file:[\\/]{0,4}[A-Za-z][:|]")
_UNESCAPED = {"&amp;": "&", "&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">"}
REMOVE_LINK = "Embed what the document needs, and remove the relation to the outside."
TEMPLATE = ("https://attack.mitre.org/techniques/T1221/",)
DDE = ("https://attack.mitre.org/techniques/T1559/002/",)


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    for entity, letter in _UNESCAPED.items():
        text = text.replace(entity, letter)
    return text


def relations(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """What Office loads from elsewhere when the document is opened."""
    table = rules["relations"]
    dangerous = re.compile(table["dangerous_scheme"])
    for number, match in enumerate(_RELATION.finditer(data)):
        if number > 20_000:
            return
        values = {m[1].decode(): _text(m[2] if m[2] is not None else m[3]) for m in _ATTRIBUTE.finditer(match[0])}
        if values.get("TargetMode", "").lower() != "external":
            continue
        kind, target = values.get("Type", "").rpartition("/")[2], unquote(values.get("Target", ""))
        shown = target.strip()[:100]
        if dangerous.match(target) and not _LOCAL.match(target):
            yield Sign(
                "remote_content",
                Severity.HIGH,
                f"The document opens {shown!r}, a kind of address that runs programs",
                match.span(),
                REMOVE_LINK,
                TEMPLATE,
            )
        elif kind in table["loads"] and _REMOTE.match(target) and not _LOCAL.match(target):
            grave = kind in table["grave"]
            rule = "remote_template" if kind == "attachedTemplate" else "remote_content"
            yield Sign(
                rule,
                Severity.HIGH if grave else Severity.MEDIUM,
                f"The document loads its {_WORDS.get(kind, kind)} from {shown!r} when it is opened",
                match.span(),
                REMOVE_LINK,
                TEMPLATE,
            )
        elif kind != "hyperlink" and re.match(r"\s*(file:)?(\\\\|//)", target) and not _LOCAL.match(target):
            yield Sign(
                "remote_content",
                Severity.MEDIUM,
                f"The document asks {shown!r} for a picture or link: the reader's account is shown to that computer",
                match.span(),
                REMOVE_LINK,
                ("https://attack.mitre.org/techniques/T1187/",),
            )


_WORDS = {
    "attachedTemplate": "template",
    "oleObject": "object",
    "frame": "frame",
    "subDocument": "part",
    "control": "control",
}


def fields(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Dynamic data exchange: a field or cell that starts a program."""
    table = rules["dde"]
    pieces = [(m[1] or m[2], m.span()) for m in _INSTRUCTION.finditer(data)]
    joined = _text(b"".join(piece for piece, _ in pieces)) if pieces else ""
    if re.search(table["field"], joined):
        span = next((s for piece, s in pieces if b"DDE" in piece), pieces[0][1])
        yield from dde_field(joined[joined.find("DDE") :], span, rules)
    for match in _DDE_LINK.finditer(data):
        command = f"{_text(match[1])} {_text(match[2] or b'')}"
        yield from dde_field(command, match.span(), rules)


def dde_field(text: str, span: tuple[int, int] | None, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """The sign of one field with dynamic data exchange, graver where it names a program."""
    grave = re.search(rules["dde"]["command"], text) is not None or text.startswith("DDEAUTO")
    yield Sign(
        "dde",
        Severity.HIGH if grave else Severity.MEDIUM,
        f"A field of the document asks another program for data and can start it: {' '.join(text.split())[:120]!r}",
        span,
        "Replace the field by its value.",
        DDE,
    )


def macro_sheet(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """A sheet of Excel 4 macros in a newer workbook."""
    formulas = [(_text(m[1]), m.span()) for m in _FORMULA.finditer(data)]
    grave = [(text, span) for text, span in formulas if re.search(rules["excel4"]["text"], text, re.IGNORECASE)]
    if grave:
        text, span = grave[0]
        yield Sign(
            "excel4_macros",
            Severity.HIGH,
            f"A sheet of Excel 4 macros starts programs: {text[:120]!r}",
            span,
            "Remove the macro sheet.",
            ("https://attack.mitre.org/techniques/T1137/",),
        )
    else:
        yield Sign(
            "excel4_macros",
            Severity.MEDIUM,
            "The workbook has a sheet of Excel 4 macros",
            (0, min(200, len(data))),
            "Remove the macro sheet.",
            ("https://attack.mitre.org/techniques/T1137/",),
        )
