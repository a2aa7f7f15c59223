"""Windows programs and libraries, read by lief."""

from __future__ import annotations

import struct
import time
from typing import Any

from checks.downloads.programs.program import BadProgram, Part, Program, Sign
from checks.runtime.model import Severity

_MACHINES = {0x14C: "x86", 0x8664: "x86-64", 0xAA64: "ARM64", 0x1C0: "ARM", 0x1C4: "ARM", 0x200: "Itanium"}
_WRITE, _EXECUTE, _LIBRARY = 0x80000000, 0x20000000, 0x2000
_IMPORTS, _SECURITY, _DOTNET = 1, 4, 14
# Directories in a header beyond this are made up: lief would believe them.
_MOST_SECTIONS = 96
_MOST_CALLBACKS, _MOST_LIBRARIES, _MOST_COUNTED = 64, 4096, 1_000_000


def read_pe(data: bytes, most_imports: int) -> Program:
    """What is known of a PE file; BadProgram where its headers make no sense."""
    header = _look_at_header(data)
    if _imports_of(data, header) > most_imports:
        raise BadProgram(f"it claims to import more than {most_imports:,} functions", Severity.HIGH)
    import lief

    lief.logging.disable()
    config = lief.PE.ParserConfig()
    for part in ("parse_signature", "parse_rsrc", "parse_reloc", "parse_exceptions", "parse_arm64x_binary"):
        setattr(config, part, False)
    binary = lief.PE.parse(data, config)
    if binary is None:
        raise BadProgram("its headers cannot be read", Severity.MEDIUM)
    optional = binary.optional_header
    kind = "library" if header["characteristics"] & _LIBRARY else "program"
    program = Program("pe", f"a Windows {kind} for {_MACHINES.get(header['machine'], 'an unusual processor')}")
    program.parts = _parts(binary, int(optional.addressof_entrypoint), len(data))
    _read_imports(lief, binary, program, most_imports)
    if binary.has_exports:
        export = binary.get_export()
        names = (entry.name for number, entry in enumerate(export.entries) if number < most_imports) if export else ()
        program.exports = frozenset(str(name) for name in names if name)
    program.managed = header["directories"].get(_DOTNET, (0, 0))[0] > 0
    program.end = max((part.end for part in program.parts), default=len(data))
    security, length = header["directories"].get(_SECURITY, (0, 0))
    program.limit = security if program.end <= security < len(data) and length else len(data)
    if program.managed:
        program.facts.append("compiled for .NET")
    if binary.has_tls and binary.tls is not None:
        program.callbacks = min(len(binary.tls.callbacks), _MOST_CALLBACKS)
    _judge_time(binary, header, program)
    _judge_entry(binary, int(optional.addressof_entrypoint), header, program)
    return program


def _look_at_header(data: bytes) -> dict[str, Any]:
    """The few numbers that must fit before any parser sees the file."""
    try:
        at = struct.unpack_from("<I", data, 60)[0]
        if data[at : at + 4] != b"PE\0\0":
            raise BadProgram("it has the older header of DOS or OS/2 only")
        machine, sections, stamp, _, _, optional_size, characteristics = struct.unpack_from("<HHIIIHH", data, at + 4)
        magic = struct.unpack_from("<H", data, at + 24)[0]
        base = at + 24 + (112 if magic == 0x20B else 96)
        count = min(struct.unpack_from("<I", data, base - 4)[0], 16)
        directories = {n: struct.unpack_from("<II", data, base + 8 * n) for n in range(count)}
    except struct.error:
        raise BadProgram("it ends within its headers") from None
    if magic not in (0x10B, 0x20B):
        raise BadProgram("its optional header is of no known kind")
    table = at + 24 + optional_size
    rows = [data[table + 40 * number : table + 40 * number + 40] for number in range(min(sections, _MOST_SECTIONS))]
    if sections > _MOST_SECTIONS:
        raise BadProgram(f"it claims {sections} sections, Windows loads {_MOST_SECTIONS} at most")
    return {
        "machine": machine,
        "characteristics": characteristics,
        "stamp": stamp,
        "stamp_at": at + 8,
        "entry_at": at + 40,
        "directories": directories,
        "wide": magic == 0x20B,
        "rows": [row for row in rows if len(row) == 40],
    }


def _imports_of(data: bytes, header: dict[str, Any]) -> int:
    """How many functions the import table claims, up to a million: lists may overlap, and each is read whole."""
    sections = [struct.unpack_from("<IIII", row, 8) for row in header["rows"]]

    def place(address: int) -> int:
        inside = ((start, at) for size, at, stored, start in sections if at <= address < at + max(size, stored))
        start, at = next(inside, (0, 0))
        return address - at + start

    width, total = (8 if header["wide"] else 4), 0
    at = place(header["directories"].get(_IMPORTS, (0, 0))[0])
    for _ in range(_MOST_LIBRARIES if at else 0):
        row = data[at : at + 20]
        if len(row) < 20 or not any(row[12:16]):
            break
        names, _, _, _, bound = struct.unpack("<IIIII", row)
        thunk = place(names or bound)
        while thunk and total < _MOST_COUNTED and any(data[thunk : thunk + width]):
            thunk, total = thunk + width, total + 1
        at += 20
    return total


def _parts(binary: Any, entry: int, size: int) -> list[Part]:
    parts = []
    for section in binary.sections:
        start, length = int(section.offset), int(section.size)
        start, end = min(start, size), min(start + length, size)
        memory = int(section.virtual_size)
        inside = section.virtual_address <= entry < section.virtual_address + max(memory, length)
        flags = int(section.characteristics)
        parts.append(
            Part(
                name=str(section.name).rstrip("\0"),
                start=start,
                end=end,
                memory=memory,
                writable=bool(flags & _WRITE),
                executable=bool(flags & _EXECUTE),
                has_entry=inside and entry > 0,
            )
        )
    return parts


def plain_name(name: str) -> str:
    """A function without the letter for its alphabet: CreateProcessW is CreateProcess."""
    return name[:-1] if name[-1:] in ("A", "W") and name[-2:-1].islower() else name


def _read_imports(lief: Any, binary: Any, program: Program, most: int) -> None:
    names: set[str] = set()
    libraries: set[str] = set()
    seen = 0
    for group in (binary.imports, binary.delay_imports):
        for library in group:
            libraries.add(str(library.name).lower())
            for entry in library.entries:
                seen += 1
                if seen > most:
                    break
                if not entry.is_ordinal and entry.name:
                    names.add(plain_name(str(entry.name)))
    program.imports, program.libraries = frozenset(names), frozenset(libraries)
    if names:
        program.facts.append(f"imphash {lief.PE.get_imphash(binary, lief.PE.IMPHASH_MODE.PEFILE)}")


def _judge_time(binary: Any, header: dict[str, Any], program: Program) -> None:
    """A time of building that lies ahead was made up - unless it is a digest, as reproducible builds have it."""
    stamp, at = header["stamp"], header["stamp_at"]
    if stamp > time.time() + 2 * 86400 and not binary.is_reproducible_build and stamp != 0xFFFFFFFF:
        year = time.gmtime(stamp).tm_year
        program.signs.append(
            Sign(
                "timestamp",
                Severity.INFO,
                f"The program says that it was built in {year}, which is yet to come",
                (at, at + 4),
            )
        )


def _judge_entry(binary: Any, entry: int, header: dict[str, Any], program: Program) -> None:
    """Honest compilers begin in the code; what was put into a finished program begins elsewhere."""
    if not entry or program.managed or not program.parts:
        return
    owner = next((part for part in program.parts if part.has_entry), None)
    span = (header["entry_at"], header["entry_at"] + 4)
    if owner is None:
        program.signs.append(
            Sign(
                "entry_point",
                Severity.MEDIUM,
                "The program begins outside all of its sections",
                span,
                references=("https://attack.mitre.org/techniques/T1027/",),
            )
        )
    elif not owner.executable:
        program.signs.append(
            Sign(
                "entry_point",
                Severity.MEDIUM,
                f"The program begins in the section {owner.name[:16]!r}, which holds no code",
                span,
                references=("https://attack.mitre.org/techniques/T1027/",),
            )
        )
