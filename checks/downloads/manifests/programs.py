"""Programs: the version information of a Windows executable, the platform of an ELF file."""

from __future__ import annotations

import struct
from typing import Any

from checks.downloads.manifests.container import Reading, words
from checks.runtime.package import File

MAX_PARSED = 128 << 20
_MACHINES = {3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390", 40: "arm", 62: "x86-64", 183: "aarch64",
             243: "riscv", 258: "loongarch"}  # fmt: skip
_KINDS = {1: "object file", 2: "program", 3: "program or library", 4: "core dump"}
_FIELDS = {
    "ProductName": "title", "FileDescription": "description", "OriginalFilename": "original name",
    "LegalCopyright": "copyright", "InternalName": "internal name", "FileVersion": "file version",
}  # fmt: skip


def read(reading: Reading) -> None:
    """Facts only: what is suspicious in a program is the business of the check for executables."""
    reading.file = file = reading.container.files[0]
    if reading.container.family == "elf-executable":
        _elf(reading, file)
    else:
        _pe(reading, file)


def _elf(reading: Reading, file: File) -> None:
    head = file.head(64)
    if len(head) < 20:
        return
    order = ">" if head[5] == 2 else "<"
    kind, machine = struct.unpack_from(order + "HH", head, 16)
    reading.format = f"ELF {'64' if head[4] == 2 else '32'}-bit"
    reading.tell("package", "type", _KINDS.get(kind, f"type {kind}"))
    reading.tell("package", "architecture", _MACHINES.get(machine, f"machine {machine}"))


def _pe(reading: Reading, file: File) -> None:
    import lief

    reading.format = "Windows executable"
    if file.size > MAX_PARSED:
        reading.skip(f"the program is larger than {MAX_PARSED >> 20} MiB", file)
        return
    lief.logging.disable()
    wanted = lief.PE.ParserConfig()
    wanted.parse_signature = wanted.parse_exports = wanted.parse_imports = wanted.parse_reloc = False
    try:
        program = lief.PE.parse(file.data, wanted)
        if program is None:
            reading.tell("package", "type", "a damaged Windows executable")
            return
        reading.tell("package", "architecture", str(program.header.machine).rpartition(".")[2])
        header = program.optional_header
        system = f"{header.major_operating_system_version}.{header.minor_operating_system_version}"
        reading.tell("package", "minimum platform", f"Windows {system}")
        fields = _version_fields(program)
    except Exception as error:  # a binding of C++: damaged files surface as many kinds
        reading.skip(f"the version information cannot be read ({type(error).__name__})", file)
        return
    reading.identify(fields.get("ProductName"), fields.get("ProductVersion"), fields.get("CompanyName"))
    for key, name in _FIELDS.items():
        reading.tell("executable", name, fields.get(key))


def _version_fields(program: Any) -> dict[str, str]:
    """The texts of the version resource; the first language counts."""
    fields: dict[str, str] = {}
    resources = program.resources_manager if program.has_resources else None
    if resources is None or not hasattr(resources, "version"):
        return fields
    versions = resources.version
    for version in list(versions if isinstance(versions, list) else [versions])[:5]:
        information = getattr(version, "string_file_info", None)
        for table in list(information.children if information is not None else [])[:5]:
            for entry in list(table.entries)[:100]:
                fields.setdefault(words(str(entry.key), 60), words(str(entry.value), 300))
    return fields
