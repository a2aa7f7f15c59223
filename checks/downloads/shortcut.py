"""Shortcuts and scripts: files that start programs with a click."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from checks import File, Finding, Severity, Unchecked, file_check, resource_path
from checks.content._scan import compile_utf8
from checks.downloads._active import has_active_content
from checks.downloads.documents.lnk import BadLink, Link, read_link
from checks.downloads.documents.shortcut_texts import CLICK, shortcut_texts
from checks.downloads.programs.program import Sign

LINK = b"L\0\0\0\x01\x14\x02\0"
_HELP, _ENCODED = b"ITSF\x03\0\0\0", b"#@~^"
REMOVE = "Remove the shortcut; let the installer make one that leads to the app."
SCRIPT = "Do the work in the app, where it can be reviewed, or explain the script in the submission."
HOST = ("https://attack.mitre.org/techniques/T1059/005/", "CWE-506")
_HTML_APPLICATION = re.compile(rb"(?i)<hta:application|<script\b[^>]{0,60}(vbscript|jscript)")
_SCRIPTS = frozenset({".vbs", ".vbe", ".wsf", ".wsc", ".sct", ".hta", ".jse"})


@cache
def _rules(path: Path) -> dict[str, Any]:
    rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, table in rules.items():
        if name != "limits":
            rules[name] = {
                key: compile_utf8(f"(?i){value}") if isinstance(value, str) else value for key, value in table.items()
            }
    return rules


@file_check(
    kinds={"download"},
    guidelines={"DL-22", "DL-11"},
    severity=Severity.MEDIUM,
    seconds=15.0,
    rules=("shortcut.toml",),
    uses=("LnkParse3", "google-re2"),
    gate=has_active_content,
)
def shortcut(file: File) -> Iterator[Finding | Unchecked]:
    """A shortcut shows a picture and a name of its maker's choice and starts something else."""
    rules = _rules(resource_path("rules/shortcut.toml"))
    head = file.head(4096)
    if head.startswith(LINK):
        signs = _link(file, rules)
    elif head.startswith(_HELP):
        signs = _help(file.head(rules["limits"]["text_bytes"]), rules)
    elif file.size > rules["limits"]["text_bytes"] and file.suffix != ".js":
        yield file.unchecked(
            f"larger than {rules['limits']['text_bytes'] >> 20} MiB: no shortcut or script of the system is"
        )
        return
    else:
        signs = _text(file, rules)
    for sign in signs:
        span = sign.span
        if span is not None and file.encoding.startswith("utf-16"):
            span = file.narrow_span(*span)
        yield file.finding(
            sign.rule,
            sign.message[:480],
            span=span,
            severity=sign.severity,
            matched="" if span else sign.message,
            remediation=sign.remediation,
            references=sign.references,
        )


def _link(file: File, rules: dict[str, Any]) -> Iterator[Sign]:
    try:
        link = read_link(file.head(rules["limits"]["link_bytes"]))
    except BadLink as problem:
        yield Sign(
            "malformed",
            Severity.LOW,
            f"The file begins like a Windows shortcut, but {problem}",
            (0, 8),
            REMOVE,
            ("CWE-1286",),
        )
        return
    table = rules["program"]
    command = f"{link.target} {link.arguments}".encode("utf-8", "replace")
    interpreter = any(table["interpreters"].search(text.encode("utf-8", "replace")) for text in link.targets)
    span = _place(file, link)
    posing = table["document_icons"].search(link.icon.encode("utf-8", "replace")) or table["document_names"].search(
        file.name.encode("utf-8", "replace")
    )
    shown = " ".join(f"{link.target} {link.arguments}".split())[:220]
    reasons = []
    if interpreter and table["threats"].search(link.arguments.encode("utf-8", "replace")):
        reasons.append("runs a command that fetches, hides or decodes something")
    elif table["always"].search(command):
        reasons.append("starts a program that serves to run what others wrote")
    if " " * rules["limits"]["padding"] in link.arguments or "\n" * 8 in link.arguments:
        reasons.append("pushes its arguments out of sight with blanks")
    if interpreter and posing:
        reasons.append("looks like a document")
    if any(text.startswith("\\\\") or "://" in text for text in link.targets):
        reasons.append("starts something on another computer")
    if reasons:
        extra = ", and its window stays hidden" if link.minimised and interpreter else ""
        yield Sign(
            "shortcut_command",
            Severity.HIGH,
            f"The shortcut {' and '.join(reasons)}{extra}: {shown!r}",
            span,
            REMOVE,
            CLICK,
        )
    elif interpreter:
        yield Sign(
            "shortcut_command",
            Severity.MEDIUM,
            f"The shortcut starts a command interpreter: {shown!r}",
            span,
            REMOVE,
            CLICK,
        )
    elif len(link.arguments) > rules["limits"]["long_arguments"]:
        yield Sign(
            "shortcut_command",
            Severity.MEDIUM,
            f"The shortcut has {len(link.arguments):,} characters of arguments: {shown!r}",
            span,
            REMOVE,
            CLICK,
        )
    else:
        yield Sign("shortcut", Severity.INFO, f"The shortcut starts {shown!r}", span)
    if file.size - link.end > 4096:
        yield Sign(
            "appended",
            Severity.MEDIUM,
            f"{file.size - link.end:,} bytes follow the shortcut: its command can cut a program out of them",
            (min(link.end, file.size), min(link.end + 64, file.size)),
            REMOVE,
            ("https://attack.mitre.org/techniques/T1027/012/",),
        )


def _place(file: File, link: Link) -> tuple[int, int] | None:
    """Where the arguments, or else the target, stand in the file."""
    data = file.head(1 << 16)
    for text in (link.arguments, link.target):
        for encoding in ("utf-16-le", "latin-1"):
            raw = text[:200].encode(encoding, "replace")
            at = data.find(raw) if raw else -1
            if at >= 0:
                return at, at + len(raw)
    return None


def _help(data: bytes, rules: dict[str, Any]) -> Iterator[Sign]:
    """Compiled help: its content stays closed, the names in its directory do not."""
    suffixes = tuple(rules["help"]["program_suffixes"])
    for number, match in enumerate(
        re.finditer(rb"[\x05-\x7f](/[\w./ -]{3,120}?\.[A-Za-z]{2,4})(?=[\x00-\x02\x80-\xff])", data)
    ):
        if number > 20_000:
            return
        name = match[1].decode("latin-1")
        if name.lower().endswith(suffixes):
            yield Sign(
                "help_program",
                Severity.MEDIUM,
                f"The help file holds {name!r}, which can be run from one of its pages",
                match.span(1),
                "Ship the help as pages of HTML.",
                ("https://attack.mitre.org/techniques/T1218/001/",),
            )
            return


def _text(file: File, rules: dict[str, Any]) -> Iterator[Sign]:
    if file.size > rules["limits"]["text_bytes"]:
        return  # the checks of code look at large bundles; nothing of the system's script host is so large
    data = file.narrow
    if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(_ENCODED) and _is_encoded(data):
        yield Sign(
            "encoded_script",
            Severity.HIGH,
            "The script is encoded so that nobody can read it, and Windows runs it all the same",
            (0, min(64, len(data))),
            "Submit the script as it was written.",
            ("https://attack.mitre.org/techniques/T1027/010/",),
        )
        return
    told = list(shortcut_texts(data, rules))
    yield from told
    is_script = (
        file.suffix in _SCRIPTS
        or (file.suffix in (".js", ".htm", ".html") and b"ActiveXObject" in data)
        or b"WScript." in data
    )
    if not told and is_script:
        yield from _script(data, file.suffix, rules)


def _is_encoded(data: bytes) -> bool:
    """`#@~^`, a length in base 64, `==`: what Windows' script encoder writes."""
    at = data.find(_ENCODED)
    return re.match(rb"#@~\^[A-Za-z0-9+/]{6}==", data[at : at + 16]) is not None


def _script(data: bytes, suffix: str, rules: dict[str, Any]) -> Iterator[Sign]:
    """Scripts of Windows' script host: they have all the rights of whoever opens them."""
    table = rules["script"]
    host = table["host"].search(data)
    if host is None and not _HTML_APPLICATION.search(data[:65536]):
        return
    run = _running(data, suffix, table)
    fetch, hidden = table["fetch"].search(data), table["hidden"].search(data)
    place = run or host
    span = place.span() if place else (0, min(64, len(data)))
    shown = _line(data, span)
    if run and fetch:
        what = fetch[0].decode("utf-8", "replace")[:60]
        yield Sign(
            "script_host",
            Severity.HIGH,
            f"The script starts a program and uses {what!r}: {shown!r}",
            span,
            SCRIPT,
            HOST,
        )
    elif run and hidden:
        yield Sign(
            "script_host",
            Severity.HIGH,
            f"The script puts a command together out of sight and starts it: {shown!r}",
            span,
            SCRIPT,
            HOST,
        )
    elif run or suffix == ".hta":
        yield Sign("script_host", Severity.LOW, f"The script can start programs: {shown!r}", span, SCRIPT, HOST)
    else:
        yield Sign("script_host", Severity.INFO, f"The script is run by Windows' script host: {shown!r}", span)


def _running(data: bytes, suffix: str, table: dict[str, Any]) -> Any:
    """Where the script starts a program, as a match, or None. In JScript expressions have an `exec` too."""
    if not table["shell"].search(data):
        return None
    if suffix not in (".js", ".htm", ".html"):
        return table["run"].search(data)
    names = {match[1] for match in table["holder"].finditer(data)}
    for match in table["started"].finditer(data):
        if match[1] in names or match[2].lower() != b"exec":
            return match
    return table["chain"].search(data)


def _line(data: bytes, span: tuple[int, int]) -> str:
    start = max(data.rfind(b"\n", 0, span[0]) + 1, span[0] - 40)
    end = data.find(b"\n", span[1])
    return data[start : min(end if end >= 0 else len(data), start + 120)].decode("utf-8", "replace").strip()
