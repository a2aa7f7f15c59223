"""Executables: packing, overlays and functions that mean harm together."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from checks import File, Finding, Severity, Unchecked, file_check, resource_path
from checks.downloads._active import has_active_content
from checks.downloads._native import native_code
from checks.downloads.programs import signs
from checks.downloads.programs.elf import read_elf
from checks.downloads.programs.macho import read_macho
from checks.downloads.programs.pe import read_pe
from checks.downloads.programs.program import BadProgram, Program, Sign

# What a reader takes for a program by its name.
PROGRAMS = frozenset({".exe", ".dll", ".scr", ".sys", ".cpl", ".ocx"})
_SETUID, _SETGID = 0o4000, 0o2000


@file_check(
    kinds={"download"},
    guidelines={"DL-22", "DL-07"},
    severity=Severity.MEDIUM,
    seconds=30.0,
    rules=("executable.toml",),
    uses=("lief",),
    gate=has_active_content,
)
def executable(file: File) -> Iterator[Finding | Unchecked]:
    """A program cannot be read as source, yet its headers, imports and tail tell a good deal about its intentions."""
    label = native_code(file)
    if not label and file.suffix in PROGRAMS and file.head(2) == b"MZ":
        yield _malformed(file, "a program for Windows", "no system would load it: nothing of it could be judged")
        return
    if not label or "WebAssembly" in label or "static" in label or "DOS program" in label:
        return
    rules = signs.load_rules(resource_path("rules/executable.toml"))
    limit = rules["limits"]["most_bytes"]
    if file.size > limit:
        yield file.unchecked(f"{label} of {file.size >> 20} MiB: programs above {limit >> 20} MiB are not taken apart")
        return
    data = file.head(file.size)
    try:
        programs = list(_read(data, label, rules))
    except BadProgram as problem:
        yield _malformed(file, label, str(problem), problem.severity)
        return
    for program in programs:
        for sign in _judge(program, data, rules):
            yield _finding(file, sign)
    yield from _rights(file)


def _malformed(file: File, label: str, problem: str, severity: Severity = Severity.MEDIUM) -> Finding:
    return file.finding(
        "malformed",
        f"The file begins like {label}, but {problem}",
        span=(0, min(64, file.size)),
        severity=severity,
        remediation="Remove it, or build it anew.",
        references=("CWE-1286",),
    )


def _read(data: bytes, label: str, rules: signs.Rules) -> Iterator[Program]:
    most, most_parts = rules["limits"]["most_imports"], rules["limits"]["most_parts"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that its lists do not know
            if data[:2] == b"MZ":
                found = [read_pe(data, most)]
            elif data[:4] == b"\x7fELF":
                found = [read_elf(data, most, rules["elf"])]
            else:
                found = list(read_macho(data, most, rules["elf"]))
    except BadProgram:
        raise
    except Exception as error:  # lief raises whatever it likes over bytes that were made to confuse it
        raise BadProgram(f"its structure cannot be followed ({type(error).__name__})", Severity.MEDIUM) from error
    for program in found:
        del program.parts[most_parts:]
        yield program


def _judge(program: Program, data: bytes, rules: signs.Rules) -> Iterator[Sign]:
    made = signs.origins(program, data, rules)
    facts = [*program.facts, *(f"made with {origin['name']}" for origin in made)]
    if program.callbacks:
        facts.append(f"{program.callbacks} functions run before its beginning (TLS callbacks)")
    count = (
        f"{len(program.parts)} parts, {len(program.imports)} imported functions of {len(program.libraries)} libraries"
    )
    yield Sign("program", Severity.INFO, ", ".join([f"This is {program.words}: {count}", *facts]))
    packed = list(signs.packing(program, data, rules))
    yield from packed
    if not packed:  # a packer needs that right, and has been told of
        yield from signs.rewritable(program)
    yield from program.signs
    yield from signs.combinations(program, data, rules)
    yield from signs.interposing(program, rules)
    yield from signs.overlay(program, data, made, rules)
    yield from signs.embedded(program, data, made, rules)
    if program.callbacks and packed:
        yield Sign(
            "tls_callback",
            Severity.MEDIUM,
            "A packed program runs code before its declared beginning",
            None,
            signs.EXPLAIN,
            ("https://attack.mitre.org/techniques/T1055/005/",),
        )


def _rights(file: File) -> Iterator[Finding]:
    mode = file.entry.mode
    if mode & (_SETUID | _SETGID) and mode & 0o111:
        yield file.finding(
            "setuid",
            f"The program runs with the rights of its owner{'' if mode & _SETUID else 's group'}, whoever starts it",
            span=(0, min(16, file.size)),
            severity=Severity.MEDIUM,
            remediation="Remove the bit, or say in the submission why the program cannot do without it.",
            references=("CWE-250",),
        )


def _finding(file: File, sign: Sign) -> Finding:
    span = sign.span
    if span is not None and not 0 <= span[0] <= span[1] <= file.size:
        span = None
    return file.finding(
        sign.rule,
        sign.message,
        span=span,
        severity=sign.severity,
        matched="" if span else sign.message,
        remediation=sign.remediation,
        references=sign.references,
    )
