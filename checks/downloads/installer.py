"""Installers: what they run besides copying files."""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from checks import File, Finding, Severity, Unchecked, file_check, resource_path
from checks.content._places import keep_worst
from checks.content._scan import compile_utf8
from checks.downloads._active import has_active_content
from checks.downloads.documents.msi import Database, has_tables
from checks.downloads.documents.ole import COMPOUND, BadCompound, Compound
from checks.downloads.programs.program import Sign
from checks.downloads.programs.signs import raw_bytes

EXPLAIN = "Say in the submission what the action is for, or leave it to the app's first start, where the user sees it."
ACTION = ("https://attack.mitre.org/techniques/T1218/007/", "CWE-506")
# What a custom action is, in the lower bits of its type, and how it runs.
_DLL, _EXE, _JSCRIPT, _VBSCRIPT, _NESTED = 1, 2, 5, 6, 7
_FROM_BINARY, _FROM_PROPERTY, _NO_IMPERSONATION, _IN_SCRIPT = 0x00, 0x30, 0x0800, 0x0400
_WAYS = {
    _DLL: "a library",
    _EXE: "a program",
    _JSCRIPT: "a JScript",
    _VBSCRIPT: "a VBScript",
    _NESTED: "another installer",
}


@cache
def _rules(path: Path) -> dict[str, Any]:
    rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for name in ("command", "registry"):
        rules[name] = {key: compile_utf8(f"(?i){value}") for key, value in rules[name].items()}
    rules["run"] = compile_utf8(rules["selfextract"]["run"])
    for packer in rules["packer"]:
        packer["pattern"] = raw_bytes(packer["pattern"])
    return rules


@file_check(
    kinds={"download"},
    guidelines={"DL-22", "DL-11"},
    severity=Severity.MEDIUM,
    seconds=30.0,
    rules=("installer.toml",),
    uses=("google-re2",),
    gate=has_active_content,
)
def installer(file: File) -> Iterator[Finding | Unchecked]:
    """An installer runs with an administrator's rights before anybody has seen the app."""
    rules = _rules(resource_path("rules/installer.toml"))
    if file.head(8) == COMPOUND:
        yield from _package(file, rules)
    elif file.head(2) == b"MZ":
        yield from _self_extractor(file, rules)


def _package(file: File, rules: dict[str, Any]) -> Iterator[Finding | Unchecked]:
    if not has_tables(file):
        return
    if file.size > rules["limits"]["most_bytes"]:
        yield file.unchecked(f"installers above {rules['limits']['most_bytes'] >> 20} MiB are not taken apart")
        return
    try:
        database = Database(Compound(file.head(file.size), rules["limits"]["streams"]), rules["limits"])
    except BadCompound as problem:
        yield file.unchecked(f"the installer cannot be read: {problem}")
        return
    signs = (_finding(file, sign) for sign in _judge(database, rules))
    worst, others = keep_worst(signs, rules["limits"]["told"])
    yield from worst
    if others:
        yield file.unchecked(f"more than {rules['limits']['told']} actions: {others} lesser ones are not listed")


def _finding(file: File, sign: Sign) -> Finding:
    return file.finding(
        sign.rule,
        sign.message[:480],
        span=sign.span,
        severity=sign.severity,
        matched="" if sign.span else sign.message,
        remediation=sign.remediation,
        references=sign.references,
    )


def _judge(database: Database, rules: dict[str, Any]) -> Iterator[Sign]:
    properties = {str(row.get("Property", "")): str(row.get("Value", "")) for row in database.table("Property")}
    name, maker = properties.get("ProductName", "")[:80], properties.get("Manufacturer", "")[:80]
    files, actions = len(database.table("File")), database.table("CustomAction")
    yield Sign(
        "package",
        Severity.INFO,
        f"The installer of {name!r} by {maker!r}: {files} files, {len(actions)} actions of its own",
    )
    if properties.get("ARPSYSTEMCOMPONENT") == "1":
        yield Sign(
            "hidden_install",
            Severity.LOW,
            "What the installer installs does not appear in the list of programs",
            None,
            "Leave ARPSYSTEMCOMPONENT out, so that the user can remove the app.",
            ("CWE-451",),
        )
    for row in actions:
        yield from _action(row, properties, database, rules)
    for row in database.table("Registry"):
        yield from _registry(row, rules)
    for row in database.table("ServiceInstall"):
        yield Sign("service", Severity.INFO, f"The installer sets up the service {str(row.get('Name', ''))[:80]!r}")


def _action(
    row: dict[str, str | int], properties: dict[str, str], database: Database, rules: dict[str, Any]
) -> Iterator[Sign]:
    kind = int(row.get("Type", 0) or 0)
    action, source, target = (str(row.get(key, "")) for key in ("Action", "Source", "Target"))
    way = kind & 7
    if way not in _WAYS:
        return  # sets a property or tells of an error
    text = target
    if kind & 0x38 == _FROM_PROPERTY:
        text = f"{properties.get(source, source)} {target}"
    script = b""
    if way in (_JSCRIPT, _VBSCRIPT):
        stored = kind & 0x38 == _FROM_BINARY
        script = (
            database.read(f"Binary.{source}", rules["limits"]["binary_bytes"])
            if stored
            else text.encode("utf-8", "replace")
        )
    command, table = text.encode("utf-8", "replace"), rules["command"]
    rights = " with the system's rights" if kind & _NO_IMPERSONATION and kind & _IN_SCRIPT else ""
    shown = " ".join((text if not script or text.strip() else script[:400].decode("latin-1")).split())[:160]
    words = f"The action {action[:60]!r} runs {_WAYS[way]}{rights}: {shown!r}"
    if script and table["script_threat"].search(script):
        found = table["script_threat"].search(script)
        part = " ".join(found[0].decode("utf-8", "replace").split())[:120]
        yield Sign(
            "action_script",
            Severity.HIGH,
            f"The action {action[:60]!r} runs {_WAYS[way]}{rights} that fetches or hides what it starts: {part!r}",
            None,
            EXPLAIN,
            ACTION,
        )
    elif script and table["script"].search(script):
        yield Sign("action_script", Severity.MEDIUM, words, None, EXPLAIN, ACTION)
    elif script:
        yield Sign("action_script", Severity.LOW, words, None, EXPLAIN, ACTION)
    elif table["interpreter"].search(command) and table["threat"].search(command):
        yield Sign("action_command", Severity.HIGH, words, None, EXPLAIN, ACTION)
    elif table["interpreter"].search(command):
        yield Sign("action_command", Severity.LOW, words, None, EXPLAIN, ACTION)
    elif way == _EXE and kind & 0x38 == _FROM_BINARY:
        yield Sign(
            "action_program",
            Severity.LOW,
            f"The action {action[:60]!r} runs a program{rights} that lies in the installer only: {source[:80]!r}",
            None,
            EXPLAIN,
            ACTION,
        )
    else:
        yield Sign("action", Severity.INFO, words)


def _registry(row: dict[str, str | int], rules: dict[str, Any]) -> Iterator[Sign]:
    key, value = str(row.get("Key", "")), str(row.get("Value", ""))
    raw = key.encode("utf-8", "replace")
    if rules["registry"]["guard"].search(raw + b"\\" + str(row.get("Name", "")).encode("utf-8", "replace")):
        yield Sign(
            "lowers_guard",
            Severity.HIGH,
            f"The installer changes a protection of Windows: {key[:120]!r}",
            None,
            "Remove the setting.",
            ("https://attack.mitre.org/techniques/T1562/001/",),
        )
    elif rules["registry"]["autostart"].search(raw):
        text = value.encode("utf-8", "replace")
        grave = rules["command"]["interpreter"].search(text) and rules["command"]["threat"].search(text)
        yield Sign(
            "autostart",
            Severity.HIGH if grave else Severity.LOW,
            f"The installer has a program started by itself: {value[:120]!r}",
            None,
            "Ask the user before the app starts by itself.",
            ("https://attack.mitre.org/techniques/T1547/001/",),
        )


def _self_extractor(file: File, rules: dict[str, Any]) -> Iterator[Finding | Unchecked]:
    end = _program_end(file.head(8192))
    if not end or file.size - end < 512 or file.size > rules["limits"]["most_bytes"]:
        return
    data = file.head(file.size)
    for packer in rules["packer"]:
        at = data.find(packer["pattern"], end, end + (1 << 20) if packer.get("overlay") else len(data))
        if at < 0 and not packer.get("overlay"):
            at = data.find(packer["pattern"])
        if at < 0:
            continue
        yield file.finding(
            "self_extractor",
            f"The program is {packer['name']}",
            span=(at, at + len(packer["pattern"])),
            severity=Severity.INFO,
        )
        yield from _started(file, data[end : end + (1 << 20)], end, rules)
        if packer.get("closed") or not file.unpacked:
            yield file.unchecked(
                f"what {packer['name']} holds was not looked at: unpack it ({packer['format']}) and submit the files"
            )
        return


def _started(file: File, start: bytes, offset: int, rules: dict[str, Any]) -> Iterator[Finding]:
    """What the self-extractor starts when it is done, where its settings are in the open."""
    for number, match in enumerate(rules["run"].finditer(start)):
        if number >= 20:
            return
        command = match[2]
        grave = rules["command"]["interpreter"].search(command) and rules["command"]["threat"].search(command)
        yield file.finding(
            "started",
            f"The self-extractor starts {command.decode('utf-8', 'replace')[:140]!r}",
            span=(offset + match.start(), offset + match.end()),
            severity=Severity.HIGH if grave else Severity.LOW,
            remediation=EXPLAIN,
            references=ACTION,
        )


def _program_end(head: bytes) -> int:
    """Where the last section of a Windows program ends, 0 where the headers make no sense."""
    try:
        at = struct.unpack_from("<I", head, 60)[0]
        if head[at : at + 4] != b"PE\0\0":
            return 0
        count, optional = struct.unpack_from("<H", head, at + 6)[0], struct.unpack_from("<H", head, at + 20)[0]
        table = at + 24 + optional
        places = [struct.unpack_from("<II", head, table + 40 * number + 16) for number in range(min(count, 96))]
    except struct.error:
        return 0
    return max((size + start for size, start in places if size), default=0)
