"""Shortcuts and settings that are text: .url, .desktop, .scf, .reg, .inf, and Windows' XML files that start things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.downloads.programs.program import Sign
from checks.runtime.model import Severity

CLICK = ("https://attack.mitre.org/techniques/T1204/002/",)
LEAK = ("https://attack.mitre.org/techniques/T1187/",)
START = ("https://attack.mitre.org/techniques/T1547/001/",)
REMOVE = "Remove the file, or let it lead to a page by https."
_KEY = re.compile(
    rb"(?im)^[ \t]{0,8}(URL|IconFile|WorkingDirectory|BASEURL|ORIGURL)[ \t]{0,8}=[ \t]{0,8}([^\r\n]{1,2048})"
)
_EXEC = re.compile(rb"(?m)^(Exec|TryExec)[ \t]{0,8}=[ \t]{0,8}([^\r\n]{1,4096})")
_ICON = re.compile(rb"(?m)^Icon[ \t]{0,8}=[ \t]{0,8}([^\r\n]{1,400})")
_URL_TAG = re.compile(rb"(?i)<(?:\w{1,16}:)?url>\s{0,40}([^<]{1,2000})<")
_DEEP_LINK = re.compile(rb"(?i)<(?:\w{1,16}:)?DeepLink>\s{0,40}([^<]{1,4000})<")


def shortcut_texts(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Signs of whatever kind of text this is; nothing for any other."""
    head = data[:4096].lower()
    for mark, read in _KINDS:
        if mark in head:
            yield from read(data, rules)
            return


def _internet(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    table = rules["address"]
    for match in _KEY.finditer(data):
        key, raw = match[1].decode().lower(), match[2].strip()
        shown = raw.decode("utf-8", "replace")[:120]
        if table["share"].search(raw) and not table["local_drive"].search(raw):
            if key == "url":
                yield Sign(
                    "remote_target",
                    Severity.HIGH,
                    f"The shortcut opens {shown!r} on another computer, as if it were here",
                    match.span(),
                    REMOVE,
                    CLICK,
                )
            else:
                yield _leak(shown, match.span())
        elif key == "url" and (table["local_drive"].search(raw) or table["runs"].search(raw)):
            grave = (
                rules["program"]["interpreters"].search(raw)
                or table["program"].search(raw)
                or not table["local_drive"].search(raw)
            )
            yield Sign(
                "starts_program",
                Severity.HIGH if grave else Severity.LOW,
                f"The shortcut opens {shown!r}, which is no page",
                match.span(),
                REMOVE,
                CLICK,
            )
        elif key == "url" and table["program"].search(raw):
            yield Sign(
                "starts_program",
                Severity.MEDIUM,
                f"The shortcut leads to a program: {shown!r}",
                match.span(),
                REMOVE,
                CLICK,
            )


def _leak(shown: str, span: tuple[int, int]) -> Sign:
    return Sign(
        "credential_leak",
        Severity.HIGH,
        f"The picture of the file is asked for from {shown!r}: whoever sees the folder sends "
        "the account's name and proof there",
        span,
        REMOVE,
        LEAK,
    )


def _explorer(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    for match in _KEY.finditer(data):
        if rules["address"]["share"].search(match[2]):
            yield _leak(match[2].decode("utf-8", "replace")[:120], match.span())


def _desktop(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    table = rules["desktop"]
    icon = _ICON.search(data)
    posing = icon is not None and table["document_icons"].search(icon[1]) is not None
    for match in _EXEC.finditer(data):
        raw = match[2]
        shown = raw.decode("utf-8", "replace")[:140]
        shell, threat = table["shell"].search(raw), table["threats"].search(raw)
        if threat and shell:
            yield Sign(
                "runs_commands",
                Severity.HIGH,
                f"The starter runs commands that fetch or hide something: {shown!r}",
                match.span(),
                REMOVE,
                CLICK,
            )
        elif shell and posing:
            yield Sign(
                "runs_commands",
                Severity.HIGH,
                f"The starter looks like a document and runs commands: {shown!r}",
                match.span(),
                REMOVE,
                CLICK,
            )
        elif shell or threat:
            yield Sign(
                "runs_commands",
                Severity.LOW,
                f"The starter runs commands: {shown!r}",
                match.span(),
                "Start the program itself, or a script that can be reviewed.",
                CLICK,
            )


def _library(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    for match in _URL_TAG.finditer(data):
        raw = match[1].strip()
        if re.match(rb"(?i)(https?:|file:/{2,5}[^/:]+\.|\\\\)", raw):
            yield Sign(
                "remote_target",
                Severity.HIGH,
                f"The library shows the files of {raw.decode('utf-8', 'replace')[:120]!r} as if they were here",
                match.span(),
                REMOVE,
                CLICK,
            )


def _setting(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    for match in _DEEP_LINK.finditer(data):
        raw = match[1].strip()
        grave = rules["program"]["interpreters"].search(raw)
        yield Sign(
            "starts_program",
            Severity.HIGH if grave else Severity.MEDIUM,
            f"The link to a setting starts {raw.decode('utf-8', 'replace')[:140]!r}",
            match.span(),
            REMOVE,
            CLICK,
        )


def _registry(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    table = rules["registry"]
    start = table["autostart"].search(data)
    if start:
        end = data.find(b"\n[", start.end())
        values = data[start.end() : end if end >= 0 else len(data)][:4000]
        grave = rules["program"]["interpreters"].search(values) is not None
        key = start[0].decode("utf-8", "replace")[:120]
        yield Sign(
            "autostart",
            Severity.HIGH if grave else Severity.MEDIUM,
            f"The file sets {key}, from which programs start by themselves",
            start.span(),
            "Let the installer ask the user before it starts anything by itself.",
            START,
        )
    guard = table["guard"].search(data)
    if guard:
        yield Sign(
            "lowers_guard",
            Severity.HIGH,
            f"The file switches a protection of Windows off: {guard[0].decode('utf-8', 'replace')[:80]}",
            guard.span(),
            "Remove the setting.",
            ("https://attack.mitre.org/techniques/T1562/001/",),
        )


def _autorun(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    match = rules["inf"]["autorun"].search(data)
    if match:
        raw = match[2]
        grave = rules["program"]["interpreters"].search(raw) or rules["address"]["program"].search(raw.split(b" ")[0])
        yield Sign(
            "autorun",
            Severity.HIGH if grave else Severity.MEDIUM,
            f"The medium starts {raw.decode('utf-8', 'replace')[:120]!r} as soon as it is put in",
            match.span(),
            "Remove autorun.inf.",
            ("https://attack.mitre.org/techniques/T1091/",),
        )


def _setup(data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    runs, scriptlet = rules["inf"]["runs"].search(data), rules["inf"]["scriptlet"].search(data)
    if runs and scriptlet:
        yield Sign(
            "runs_commands",
            Severity.HIGH,
            f"The set-up file runs a script: {scriptlet[0].decode('utf-8', 'replace')[:100]!r}",
            scriptlet.span(),
            "Remove the section.",
            ("https://attack.mitre.org/techniques/T1218/003/",),
        )


_KINDS: tuple[tuple[bytes, Callable[[bytes, Mapping[str, Any]], Iterator[Sign]]], ...] = (
    (b"[internetshortcut]", _internet),
    (b"[desktop entry]", _desktop),
    (b"[shell]", _explorer),
    (b"librarydescription", _library),
    (b"searchconnectordescription", _library),
    (b"<pcsettings", _setting),
    (b"windows registry editor", _registry),
    (b"regedit4", _registry),
    (b"[autorun", _autorun),
    (b"[version]", _setup),
)
