"""Programs and libraries of macOS, read by lief."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

from checks.downloads.programs.program import BadProgram, Part, Program, Sign
from checks.runtime.model import Severity

_MACHINES = {0x01000007: "x86-64", 0x0100000C: "ARM64", 7: "x86", 12: "ARM"}
_KINDS = {1: "object file", 2: "program", 6: "library", 8: "bundle", 10: "debug file"}
_WRITE, _EXECUTE = 2, 4
_OBJECT = 1
_MOST_PARTS, _MOST_COMMANDS = 8, 10_000
_PIE = 0x200000


def read_macho(data: bytes, most_imports: int, rules: dict[str, Any]) -> Iterator[Program]:
    """Each program of a Mach-O file, universal or not; BadProgram where its headers make no sense."""
    for start, size in _look_at_header(data):
        whole = start == 0 and size == len(data)
        yield _read_one(data if whole else data[start : start + size], start, most_imports, rules)


def _look_at_header(data: bytes) -> list[tuple[int, int]]:
    """(start, size) of each architecture."""
    if not data.startswith(b"\xca\xfe\xba\xbe"):
        order = "<" if data[:1] in (b"\xce", b"\xcf") else ">"
        if len(data) < 32 or struct.unpack_from(order + "I", data, 16)[0] > _MOST_COMMANDS:
            raise BadProgram("its table of commands makes no sense")
        return [(0, len(data))]
    count = struct.unpack_from(">I", data, 4)[0]
    if count > _MOST_PARTS or len(data) < 8 + 20 * count:
        raise BadProgram(f"it claims {count} architectures")
    places = [struct.unpack_from(">II", data, 8 + 20 * n + 8) for n in range(count)]
    if any(start + size > len(data) or size < 32 for start, size in places):
        raise BadProgram("one of its architectures lies behind the end of the file")
    return places


def _read_one(data: bytes, start: int, most: int, rules: dict[str, Any]) -> Program:
    import lief

    lief.logging.disable()
    parsed = lief.MachO.parse(data)
    binary = parsed.at(0) if parsed is not None and parsed.size else None
    if binary is None:
        raise BadProgram("its headers cannot be read", Severity.MEDIUM)
    header = binary.header
    kind = int(header.file_type)
    machine = _MACHINES.get(int(header.cpu_type), "an unusual processor")
    program = Program("macho", f"a macOS {_KINDS.get(kind, 'file')} for {machine}")
    for segment in () if kind == _OBJECT else binary.segments:
        flags = int(segment.init_protection)
        begin = min(int(segment.file_offset), len(data))
        end = min(begin + int(segment.file_size), len(data))
        program.parts.append(
            Part(
                str(segment.name),
                start + begin,
                start + end,
                int(segment.virtual_size),
                bool(flags & _WRITE),
                bool(flags & _EXECUTE),
            )
        )
    names = (str(s.name) for number, s in enumerate(binary.imported_symbols) if number < most)
    program.imports = frozenset(names)
    program.exports = frozenset(str(s.name) for n, s in enumerate(binary.exported_symbols) if n < most)
    program.libraries = frozenset(str(library.name) for library in binary.libraries)
    program.end = max((part.end for part in program.parts), default=start + len(data))
    program.limit = start + len(data)
    _judge(binary, kind, int(header.flags), program, rules)
    return program


def _judge(binary: Any, kind: int, flags: int, program: Program, rules: dict[str, Any]) -> None:
    writable = re.compile(rules["writable_places"])
    paths = [str(command.path) for command in binary.rpaths][:64]
    for path in (*paths, *program.libraries):
        if writable.match(path):
            program.signs.append(
                Sign(
                    "library_path",
                    Severity.MEDIUM,
                    f"The program takes its libraries from {path[:80]!r}, where anybody can write",
                    None,
                    "Build it with a path below @loader_path.",
                    ("CWE-426",),
                )
            )
            break
    if binary.has_encryption_info and binary.encryption_info.crypt_id:
        program.signs.append(
            Sign(
                "encrypted",
                Severity.MEDIUM,
                "The code of the program is encrypted: nobody can say what it does",
                None,
                "Submit it without encryption.",
                ("CWE-656",),
            )
        )
    if kind == 2 and not flags & _PIE:
        program.signs.append(
            Sign(
                "hardening",
                Severity.INFO,
                "The program lacks usual protections: a fixed address (no PIE)",
                None,
                "Build it as a position-independent program.",
                ("CWE-693",),
            )
        )
