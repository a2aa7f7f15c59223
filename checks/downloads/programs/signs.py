"""What gives a program away: packing, functions that mean harm together, and what is hidden behind or inside it."""

from __future__ import annotations

import math
import re
import struct
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from checks.downloads.programs.program import Part, Program, Sign
from checks.runtime.model import Severity

Rules = Mapping[str, Any]
UNPACK = "Submit the program as the compiler made it, without a packer."
EXPLAIN = "Say in the submission what this is for and where its source is, or remove it."
_SAMPLE, _PIECES = 1 << 18, 8
_STUB = b"This program cannot be run in DOS mode"
_MOST_HITS = 200


def raw_bytes(text: str) -> bytes:
    """Bytes from the notation of the rules, where \\x1f is one byte."""
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


@cache
def load_rules(path: Path) -> dict[str, Any]:
    """The rules of executable.toml, expressions compiled and bytes decoded; read once a process."""
    rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    rules["packers"] = {
        name: re.compile("|".join(f"(?:{p})" for p in patterns)) for name, patterns in rules["packers"].items()
    }
    for origin in rules["origin"]:
        origin["pattern"] = raw_bytes(origin["pattern"])
    for overlay in rules["overlay"]:
        overlay["start"] = raw_bytes(overlay["start"])
    for combination in rules["combination"]:
        combination["groups"] = [frozenset(group) for group in combination["groups"]]
    return rules


def entropy(data: bytes, start: int, end: int) -> float:
    """Bits a byte, from up to 256 KiB in pieces spread over the range."""
    size = end - start
    if size <= 0:
        return 0.0
    if size <= _SAMPLE:
        counts = Counter(data[start:end])
    else:
        piece, step = _SAMPLE // _PIECES, size // _PIECES
        counts = Counter(b"".join(data[start + n * step : start + n * step + piece] for n in range(_PIECES)))
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values())


def packing(program: Program, data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Code that is there only once the program runs: nobody can read it before."""
    limits = rules["limits"]
    for part in program.parts:
        for name, pattern in rules["packers"].items():
            if part.name and pattern.fullmatch(part.name):
                yield _packed(f"The program is packed with {name}: what it does cannot be read", part)
                return
    if program.format == "elf" and (b"UPX!" in data[:1024] and b"UPX!" in data[-1024:]):
        yield _packed(
            "The program is packed with UPX: what it does cannot be read", program.parts[0] if program.parts else None
        )
        return
    if program.managed or len(program.imports) > limits["few_imports"]:
        return
    for part in program.parts:
        if not part.executable:
            continue
        size = part.end - part.start
        if (
            size == 0
            and part.memory >= limits["least_packed_bytes"]
            and any(p.executable and p.end > p.start for p in program.parts)
        ):
            yield _packed("Its code is empty in the file and written only when it runs: it is packed", part)
            return
        if size >= limits["least_packed_bytes"] and entropy(data, part.start, part.end) >= limits["packed_entropy"]:
            yield _packed(
                "Its code looks like random numbers and it names hardly any function: it is packed or encrypted", part
            )
            return


def _packed(message: str, part: Part | None) -> Sign:
    span = (part.start, min(part.start + 64, part.end)) if part is not None and part.end > part.start else None
    return Sign("packed", Severity.MEDIUM, message, span, UNPACK, ("https://attack.mitre.org/techniques/T1027/002/",))


def rewritable(program: Program) -> Iterator[Sign]:
    """Memory that can be written and run at once is what self-changing code needs, and exploits wish for."""
    for part in program.parts:
        if part.writable and part.executable and (part.end > part.start or part.memory):
            name = f" {part.name[:16]!r}" if part.name else ""
            yield Sign(
                "writable_code",
                Severity.MEDIUM if part.has_entry else Severity.LOW,
                f"A part{name} of the program can be written and run at the same time",
                (part.start, min(part.start + 64, part.end)) if part.end > part.start else None,
                "Keep code and data apart: no section needs both rights.",
                ("CWE-119",),
            )
            return


def combinations(program: Program, data: bytes, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Functions that are ordinary alone and not together; a big program, or a binding, has them for other reasons."""
    told: set[str] = set()
    names = program.imports | program.libraries
    binding = any(name.startswith(tuple(rules["limits"]["binding_prefixes"])) for name in program.exports)
    for rule in rules["combination"]:
        if rule["format"] != program.format or rule["rule"] in told:
            continue
        hits = [sorted(group & names) for group in rule["groups"]]
        if not all(hits):
            continue
        told.add(rule["rule"])
        grade = rule["many"] if len(program.imports) > rule["most"] else rule["grade"]
        if binding:
            grade = min(grade, rule["binding"], key=lambda label: Severity.parse(label))
        functions = ", ".join(dict.fromkeys(hit[0] for hit in hits))
        severity = Severity.parse(grade)
        yield Sign(
            rule["rule"],
            severity,
            f"{rule['words']}: {functions}",
            _first(data, [h[0] for h in hits]),
            EXPLAIN if severity > Severity.INFO else "",
            tuple(rule["references"]),
        )


def _first(data: bytes, names: list[str]) -> tuple[int, int] | None:
    """Where the first of these names stands, as evidence."""
    for name in names:
        at = data.find(name.encode())
        if at >= 0:
            return at, at + len(name)
    return None


def interposing(program: Program, rules: Mapping[str, Any]) -> Iterator[Sign]:
    """A library that takes the place of the system's own functions, to hide files or to listen."""
    table = rules["interposer"]
    if program.format != "elf" or not program.imports.intersection(table["needs"]):
        return
    hides = sorted(program.exports.intersection(table["hides"]))
    others = sorted(program.exports.intersection(table["others"]))
    if hides and others:
        sanitizer = program.exports.intersection(rules["limits"]["sanitizer_exports"])
        yield Sign(
            "interposer",
            Severity.MEDIUM if sanitizer else Severity.HIGH,
            f"The library answers in place of the system when programs list and open files ({hides[0]}, {others[0]}): "
            "so things are hidden",
            None,
            EXPLAIN,
            ("https://attack.mitre.org/techniques/T1574/006/", "https://attack.mitre.org/techniques/T1014/"),
        )


def origins(program: Program, data: bytes, rules: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """How the program was made, as far as it shows."""
    found = []
    for origin in rules["origin"]:
        pattern, where = origin["pattern"], origin["where"]
        if where == "ident":
            hit = data[8:11] == pattern
        elif where == "overlay":
            hit = data.find(pattern, program.end) >= 0 if len(data) > program.end else False
        else:
            hit = pattern in data
        if hit:
            found.append(origin)
    return found


def overlay(program: Program, data: bytes, made: list[Mapping[str, Any]], rules: Mapping[str, Any]) -> Iterator[Sign]:
    """Bytes behind the program's own end: no loader reads them, so the program itself does."""
    start, end = program.end, program.limit
    while start < end and end - start < 4096 and data[start] == 0:
        start += 1  # padding
    size = end - start
    if size < 16:
        return
    carrier = next((origin["name"] for origin in made if origin.get("carries")), "")
    span = (start, min(start + 64, end))
    if carrier:
        yield Sign("overlay", Severity.INFO, f"{size:,} bytes follow the program: the payload of {carrier}", span)
        return
    head = data[start : start + 64].lower()
    for kind in rules["overlay"]:
        if data.startswith(kind["start"], start) or (kind["start"][:1] == b"<" and head.startswith(kind["start"])):
            yield Sign(
                "overlay",
                Severity.parse(kind["grade"]),
                f"{kind['name'].capitalize()} of {size:,} bytes follows the program: "
                "the program reads it, and no tool shows it",
                span,
                EXPLAIN,
                ("https://attack.mitre.org/techniques/T1027/009/",),
            )
            return
    level = entropy(data, start, end)
    grade = Severity.LOW if level > 7.5 and size >= 4096 else Severity.INFO
    words = "that look encrypted or compressed " if grade else ""
    yield Sign("overlay", grade, f"{size:,} bytes {words}follow the program", span, EXPLAIN if grade else "")


def embedded(program: Program, data: bytes, made: list[Mapping[str, Any]], rules: Mapping[str, Any]) -> Iterator[Sign]:
    """A second program inside the first, open or behind one byte of XOR."""
    if not any(origin.get("carries") for origin in made):
        at = _second_program(data, program.end)
        if at is not None:
            yield Sign(
                "embedded_program",
                Severity.MEDIUM,
                f"A second Windows program lies inside, at byte {at:,}",
                (at, at + 64),
                EXPLAIN,
                ("https://attack.mitre.org/techniques/T1027/009/",),
            )
    if len(data) <= rules["limits"]["encoded_search_bytes"]:
        found = _encoded_program(data)
        if found is not None:
            at, key = found
            yield Sign(
                "encoded_program",
                Severity.HIGH,
                f"A Windows program lies inside, hidden by XOR with the byte 0x{key:02x}",
                (at, min(at + len(_STUB), len(data))),
                EXPLAIN,
                ("https://attack.mitre.org/techniques/T1027/",),
            )


def _second_program(data: bytes, end: int) -> int | None:
    """Where a complete PE header stands beyond the file's own one."""
    at = data.find(b"PE\0\0", 1)
    for _ in range(_MOST_HITS):
        if at < 0 or at >= end:
            return None
        machine = data[at + 4 : at + 6]
        if machine in (b"\x4c\x01", b"\x64\x86", b"\x64\xaa") and data[at + 24 : at + 26] in (b"\x0b\x01", b"\x0b\x02"):
            start = data.rfind(b"MZ", max(at - 1024, 1), at)
            while start > 0:
                if struct.unpack_from("<I", data, start + 60)[0] == at - start:
                    return start
                start = data.rfind(b"MZ", max(at - 1024, 1), start)
        at = data.find(b"PE\0\0", at + 4)
    return None


def _steps(data: bytes) -> bytes:
    """Each byte XORed with the next: what stays the same whichever single byte all were XORed with."""
    number = int.from_bytes(data, "big")
    return (number ^ (number >> 8)).to_bytes(len(data), "big")[1:]


def _encoded_program(data: bytes) -> tuple[int, int] | None:
    """(place, key) of DOS's well-known sentence behind a single byte of XOR."""
    steps, wanted = _steps(data), _steps(_STUB)
    at = steps.find(wanted)
    for _ in range(_MOST_HITS):
        if at < 0:
            return None
        key = data[at] ^ _STUB[0]
        if key and bytes(b ^ key for b in data[at : at + len(_STUB)]) == _STUB:
            return at, key
        at = steps.find(wanted, at + 1)
    return None
