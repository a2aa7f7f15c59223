"""What macros are judged by: what starts them, what they call, and whether their source is the one that runs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from checks.content._scan import compile_utf8
from checks.downloads.documents.excel4 import MacroSheets
from checks.downloads.documents.vba import Module, plain_source
from checks.downloads.programs.program import Sign
from checks.runtime.model import Severity

REMOVE = "Ship the document without macros; do the work in the app, where it can be reviewed."
MACRO = ("https://attack.mitre.org/techniques/T1059/005/", "CWE-506")


@cache
def load_rules(path: Path) -> dict[str, Any]:
    """The rules of macros.toml with their expressions compiled; read once a process."""
    rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for row in (*rules["trigger"], *rules["call"]):
        row["regex"] = compile_utf8(f"(?i){row['pattern']}")
    rules["suffixes"] = frozenset(rules["embedded"]["program_suffixes"])
    return rules


def judge_sheets(sheets: MacroSheets, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Sheets of Excel 4 macros: out of use, and out of sight, so nobody writes them for an honest reason today."""
    if not sheets.sheets and not sheets.functions:
        return
    table = rules["excel4"]
    grave = sorted(sheets.functions.intersection(table["grave"]))
    names = ", ".join(table["functions"][str(number)] for number in grave)
    where = " hidden" if sheets.hidden else ""
    starts = f", started by {min(sheets.starts)}" if sheets.starts else ""
    if grave:
        message, severity = f"A{where} sheet of Excel 4 macros starts programs with {names}{starts}", Severity.HIGH
    else:
        message = f"The workbook has a{where} sheet of Excel 4 macros{starts}"
        severity = Severity.HIGH if sheets.hidden and sheets.starts else Severity.MEDIUM
    yield Sign("excel4_macros", severity, message, None, "Remove the macro sheet.", MACRO)


def judge_modules(modules: Sequence[Module], rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Triggers and calls may stand in different modules of one project: all are judged together."""
    triggers: list[tuple[str, str]] = []
    calls: list[tuple[str, str, str]] = []
    filled = [module for module in modules if not module.is_empty]
    for module in modules:
        source = plain_source(module.source).encode("utf-8", "replace")
        for row in rules["trigger"]:
            if match := row["regex"].search(source):
                words = "" if row.get("weak") else row["name"]
                triggers.append((words, f"{_line(source, match)} in {module.name[:40]}"))
        for row in rules["call"]:
            if match := row["regex"].search(source):
                calls.append((row["grade"], row["name"], f"{_line(source, match)} in {module.name[:40]}"))
        yield from _stomped(module, source, rules)
    yield from _told(filled, triggers, calls)


def _told(filled: list[Module], triggers: list[tuple[str, str]], calls: list[tuple[str, str, str]]) -> Iterator[Sign]:
    strong = [trigger for trigger in triggers if trigger[0]]
    grave = [call for call in calls if call[0] == "high"]
    if triggers and calls:
        (words, place), (_, name, what) = (strong or triggers)[0], (grave or calls)[0]
        severity = Severity.HIGH if strong and (grave or len(calls) > 1) else Severity.MEDIUM
        words = words or "it runs when a sheet is used"
        yield Sign("auto_macro", severity, f"A macro {name}, and {words}: {what}; {place}", None, REMOVE, MACRO)
    elif calls:
        name, what = "; ".join(dict.fromkeys(call[1] for call in calls)), (grave or calls)[0][2]
        yield Sign("macro_call", Severity.LOW, f"A macro {name}: {what}", None, REMOVE, MACRO)
    elif strong:
        yield Sign(
            "macro_trigger",
            Severity.LOW,
            f"The document has a macro, and {strong[0][0]}: {strong[0][1]}",
            None,
            REMOVE,
            MACRO,
        )
    elif filled:
        names = ", ".join(module.name[:40] for module in filled[:5])
        yield Sign("macros", Severity.INFO, f"The document has macros that start by hand only: {names}", None)


def _stomped(module: Module, source: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    pattern = compile_utf8(f"(?i){rules['stomping']['pattern']}")
    hidden = pattern.search(module.code.replace(b"\0", b"")) if module.code else None
    if hidden and hidden[0].lower() not in source.lower() and not pattern.search(source):
        text = hidden[0].decode("utf-8", "replace")
        yield Sign(
            "stomped",
            Severity.HIGH,
            f"The compiled code of the module {module.name[:40]} mentions {text[:60]!r} and its source "
            "does not: the source was exchanged",
            None,
            REMOVE,
            ("https://attack.mitre.org/techniques/T1564/007/",),
        )
    elif module.damaged and len(module.code) > 64:
        yield Sign(
            "stomped",
            Severity.MEDIUM,
            f"The module {module.name[:40]} has compiled code and no source that can be read",
            None,
            REMOVE,
            ("https://attack.mitre.org/techniques/T1564/007/",),
        )


def _line(source: bytes, match: Any) -> str:
    """The line of a match, short enough for a sentence."""
    start = source.rfind(b"\n", 0, match.start()) + 1
    end = source.find(b"\n", match.end())
    line = source[start : end if end >= 0 else len(source)].decode("utf-8", "replace").strip()
    if len(line) > 110:
        begin = max(match.start() - start - 20, 0)
        line = line[begin : begin + 110]
    return repr(line)
