"""Programs and libraries of Linux and its relatives, read by lief."""

from __future__ import annotations

import re
import struct
from typing import Any

from checks.downloads.programs.program import BadProgram, Part, Program, Sign
from checks.runtime.model import Severity

_MACHINES = {
    3: "x86",
    62: "x86-64",
    183: "ARM64",
    40: "ARM",
    8: "MIPS",
    20: "PowerPC",
    21: "PowerPC 64",
    22: "S/390",
    243: "RISC-V",
    258: "LoongArch",
}
_KINDS = {1: "object file", 2: "program", 3: "library", 4: "core dump"}
_WRITE, _EXECUTE = 2, 1
_LOAD, _INTERP, _STACK, _RELRO = 1, 3, 0x6474E551, 0x6474E552
_MOST_HEADERS = 2048
_HARDEN = "Build it with the usual protections: -fPIE -pie -Wl,-z,relro,-z,now,-z,noexecstack."


def read_elf(data: bytes, most_imports: int, rules: dict[str, Any]) -> Program:
    """What is known of an ELF file; BadProgram where its headers make no sense."""
    header = _look_at_header(data)
    import lief

    lief.logging.disable()
    config = lief.ELF.ParserConfig()
    for part in ("relocations", "symtab_symbols", "symbol_versions", "notes", "overlay"):
        setattr(config, f"parse_{part}", False)
    binary = lief.ELF.parse(data, config)
    if binary is None:
        raise BadProgram("its headers cannot be read", Severity.MEDIUM)
    kind, machine = header["type"], header["machine"]
    dynamic = {int(entry.tag): entry for entry in binary.dynamic_entries}
    is_program = kind == 2 or (kind == 3 and bool(binary.has_interpreter))
    words = "program" if is_program else _KINDS.get(kind, "file")
    program = Program("elf", f"an ELF {words} for {_MACHINES.get(machine, 'an unusual processor')}")
    segments = [(int(s.type), int(s.flags), s) for s in binary.segments]
    program.parts = _parts(binary, segments, int(binary.header.entrypoint), len(data))
    symbols = (symbol for number, symbol in enumerate(binary.dynamic_symbols) if number < most_imports)
    _sort_symbols(symbols, program)
    program.libraries = frozenset(str(name) for name in binary.libraries)
    program.end = max([header["end"], *(part.end for part in program.parts), *_section_ends(binary)])
    program.end = min(program.end, len(data))
    program.limit = len(data)
    if kind in (2, 3):
        _judge_paths(binary, program, rules, data)
        _judge_segments(segments, program)
        if is_program and segments:
            _judge_hardening(binary, segments, dynamic, program)
    return program


def _look_at_header(data: bytes) -> dict[str, int]:
    """The few numbers that must fit before any parser sees the file."""
    order = "<" if data[5:6] == b"\x01" else ">"
    try:
        if data[4] == 2:
            kind, machine = struct.unpack_from(order + "HH", data, 16)
            programs, sections = struct.unpack_from(order + "QQ", data, 32)
            width, count, section_width, section_count = struct.unpack_from(order + "HHHH", data, 54)
        elif data[4] == 1:
            kind, machine = struct.unpack_from(order + "HH", data, 16)
            programs, sections = struct.unpack_from(order + "II", data, 28)
            width, count, section_width, section_count = struct.unpack_from(order + "HHHH", data, 42)
        else:
            raise BadProgram("it is neither of 32 nor of 64 bits")
    except (struct.error, IndexError):
        raise BadProgram("it ends within its header") from None
    if count and programs + count * width > len(data):
        raise BadProgram("its table of segments lies behind the end of the file")
    if count > _MOST_HEADERS or section_count > 65_000:
        raise BadProgram(f"it claims {count} segments and {section_count} sections")
    table = sections + section_count * section_width if sections else 0
    return {"type": kind, "machine": machine, "end": min(max(programs + count * width, table), len(data))}


def _section_ends(binary: Any) -> list[int]:
    nobits = 8
    return [int(s.offset) + int(s.size) for s in binary.sections if int(s.type) != nobits]


def _parts(binary: Any, segments: list[tuple[int, int, Any]], entry: int, size: int) -> list[Part]:
    """The segments that are loaded; names come from the sections, which a loader ignores."""
    parts = []
    for kind, flags, segment in segments:
        if kind != _LOAD:
            continue
        start = int(segment.file_offset)
        end = min(start + int(segment.physical_size), size)
        start = min(start, end)
        address, memory = int(segment.virtual_address), int(segment.virtual_size)
        code = bool(flags & _EXECUTE)
        parts.append(
            Part(
                name="",
                start=start,
                end=end,
                memory=memory,
                writable=bool(flags & _WRITE),
                executable=code,
                has_entry=0 < address <= entry < address + memory or (address == 0 and 0 < entry < memory),
            )
        )
    return parts


def _sort_symbols(symbols: Any, program: Program) -> None:
    imports: set[str] = set()
    exports: set[str] = set()
    for symbol in symbols:
        name = str(symbol.name)
        if name:
            (imports if int(symbol.shndx) == 0 else exports).add(name)
    program.imports, program.exports = frozenset(imports), frozenset(exports)


def _judge_paths(binary: Any, program: Program, rules: dict[str, Any], data: bytes) -> None:
    """Who may write where a program takes its libraries or its loader from decides what it runs."""
    import lief

    writable = re.compile(rules["writable_places"])
    for entry in binary.dynamic_entries:
        if entry.tag not in (lief.ELF.DynamicEntry.TAG.RPATH, lief.ELF.DynamicEntry.TAG.RUNPATH):
            continue
        text = str(entry.rpath if hasattr(entry, "rpath") else entry.runpath)
        for place in text.split(":")[:64]:
            if not text or place.startswith("$") or (place.startswith("/") and not writable.match(place)):
                continue
            what = f"{place[:80]!r}, where anybody can write" if writable.match(place) else "the current folder"
            severity = Severity.MEDIUM if writable.match(place) else Severity.LOW
            program.signs.append(
                Sign(
                    "library_path",
                    severity,
                    f"The program takes its libraries from {what}",
                    _find(data, text),
                    "Build it with a path below $ORIGIN, or without one.",
                    ("CWE-426",),
                )
            )
            break
    if binary.has_interpreter:
        loader = str(binary.interpreter)
        if not re.fullmatch(rules["interpreters"], loader):
            bad = writable.match(loader) is not None or not loader.startswith("/")
            program.signs.append(
                Sign(
                    "loader",
                    Severity.HIGH if bad else Severity.MEDIUM,
                    f"The program is started through {loader[:80]!r}, which is no system's loader",
                    _find(data, loader),
                    "Link it with the system's loader.",
                    ("CWE-426",),
                )
            )


def _find(data: bytes, text: str) -> tuple[int, int] | None:
    raw = text.encode("utf-8", "surrogateescape")
    at = data.find(raw) if raw else -1
    return (at, at + len(raw)) if at >= 0 else None


def _judge_segments(segments: list[tuple[int, int, Any]], program: Program) -> None:
    for kind, flags, _ in segments:
        if kind == _STACK and flags & _EXECUTE:
            program.signs.append(
                Sign(
                    "executable_stack",
                    Severity.LOW,
                    "The program asks for a stack from which code can be run",
                    None,
                    _HARDEN,
                    ("CWE-119",),
                )
            )


def _judge_hardening(
    binary: Any, segments: list[tuple[int, int, Any]], dynamic: dict[int, Any], program: Program
) -> None:
    absent = []
    if not binary.is_pie:
        absent.append("a fixed address (no PIE)")
    if dynamic and not any(kind == _RELRO for kind, _, _ in segments):
        absent.append("writable tables of addresses (no RELRO)")
    if not any(kind == _STACK for kind, _, _ in segments):
        absent.append("no word about its stack (no NX)")
    if absent:
        program.signs.append(
            Sign(
                "hardening",
                Severity.INFO,
                f"The program lacks usual protections: {', '.join(absent)}",
                None,
                _HARDEN,
                ("CWE-693",),
            )
        )
