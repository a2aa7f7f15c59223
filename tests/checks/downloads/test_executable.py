"""Programs that were made to mislead, and those that are only large or odd."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.programs import signs as signs
from checks.downloads.programs.elf import read_elf
from checks.downloads.programs.macho import read_macho
from checks.downloads.programs.pe import plain_name, read_pe
from checks.downloads.programs.program import BadProgram
from checks.runtime.model import Finding, Severity, Unchecked

ROOT = Path(__file__).resolve().parents[3]
RULES = signs.load_rules(ROOT / "resources/rules/executable.toml")
INJECTION = ["OpenProcess", "VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread"]


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"made_{name}", ROOT / "tests/samples/_made" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = load("programs")
SEEDS = [
    made.pe({"KERNEL32.dll": INJECTION}, overlay=b"PK\x03\x04" + bytes(100)),
    made.elf(["socket", "connect"], ["run"], runpath="/tmp/lib"),
    made.macho(["_puts"], "/tmp/lib"),
    b"\xca\xfe\xba\xbe\0\0\0\x01" + bytes(8) + b"\0\0\0\x40\0\0\x80\0" + bytes(44) + made.macho(["_puts"]),
]


@pytest.fixture
def look(make_package: Any, run_check: Any, catalog: Any) -> Any:
    def run(data: bytes, name: str = "program", mode: int = 0o644) -> dict[str, Finding]:
        results = run_check(catalog["executable"], make_package({name: data}, modes={name: mode}))
        return {result.rule: result for result in results if isinstance(result, Finding)}

    return run


def test_the_readers_see_what_the_headers_say() -> None:
    program = read_pe(made.pe({"KERNEL32.dll": ["CreateFileW", "Sleep"], "WS2_32.dll": ["socket"]}), 1000)
    assert program.imports == {"CreateFile", "Sleep", "socket"}
    assert program.libraries == {"kernel32.dll", "ws2_32.dll"}
    assert any(fact.startswith("imphash ") for fact in program.facts)
    program = read_elf(made.elf(["puts"], ["run"], needed=("libz.so.1", "libc.so.6")), 1000, RULES["elf"])
    assert (program.imports, program.exports, program.libraries) == ({"puts"}, {"run"}, {"libz.so.1", "libc.so.6"})
    program = next(read_macho(made.macho(["_puts"]), 1000, RULES["elf"]))
    assert program.imports == {"_puts"}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("CreateProcessW", "CreateProcess"),
        ("CreateProcessA", "CreateProcess"),
        ("WSA", "WSA"),
        ("", ""),
        ("FatalAppExitA", "FatalAppExit"),
    ],
)
def test_the_letter_of_an_alphabet_is_no_part_of_a_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_large_program_or_a_binding_has_the_functions_for_other_reasons(look: Any) -> None:
    many = [f"Function{number}" for number in range(450)]
    assert look(made.pe({"KERNEL32.dll": INJECTION}))["process_injection"].severity is Severity.HIGH
    assert look(made.pe({"KERNEL32.dll": INJECTION + many}))["process_injection"].severity is Severity.MEDIUM
    assert "process_injection" not in look(made.pe({"KERNEL32.dll": INJECTION[:3]}))


def test_the_evidence_is_the_name_of_the_function(look: Any) -> None:
    data = made.pe({"KERNEL32.dll": INJECTION})
    finding = look(data)["process_injection"]
    assert data[finding.start : finding.end] == b"VirtualAllocEx"


def test_rights_of_the_owner(look: Any) -> None:
    program = made.elf(["puts"])
    assert look(program, "bin/tool", 0o4755)["setuid"].severity is Severity.MEDIUM
    assert "setuid" not in look(program, "bin/tool", 0o755)


def test_a_day_to_come_is_told_and_a_packed_program_with_early_code_too(look: Any) -> None:
    assert look(made.pe(stamp=0xF0000000))["timestamp"].severity is Severity.INFO
    assert "timestamp" not in look(made.pe(stamp=0))


@pytest.mark.parametrize("key", [1, 0x20, 0x90, 0xFF])
def test_a_program_behind_any_byte_is_found(look: Any, key: int) -> None:
    hidden = bytes(byte ^ key for byte in made.pe())
    data = made.pe({"KERNEL32.dll": ["Sleep"]}, [(b".data", hidden, made.DATA, 0)])
    finding = look(data)["encoded_program"]
    assert f"0x{key:02x}" in finding.message
    assert bytes(byte ^ key for byte in data[finding.start : finding.end]).startswith(b"This program")


def test_the_sample_of_entropy_tells_code_from_noise() -> None:
    noise = random.Random(0).randbytes(2 << 20)
    assert signs.entropy(noise, 0, len(noise)) > 7.9
    assert signs.entropy(b"ab" * 100_000, 0, 200_000) == pytest.approx(1.0)
    assert signs.entropy(noise, 5, 5) == 0


def test_a_huge_program_is_said_to_be_unchecked(
    make_package: Any, run_check: Any, catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = signs.load_rules(ROOT / "resources/rules/executable.toml")
    monkeypatch.setitem(rules["limits"], "most_bytes", 1 << 20)
    results = run_check(catalog["executable"], make_package({"a.exe": made.pe(overlay=bytes(1 << 20))}))
    assert [type(result) for result in results] == [Unchecked]
    assert "1 MiB" in results[0].reason


def test_lists_of_imports_that_overlap_are_counted_before_they_are_read(look: Any) -> None:
    """A few kilobytes can claim millions of functions, which take the library half a minute."""
    import struct

    base, count, length = 0x2000, 200, 2000
    thunks = base + 20 * (count + 1)
    name = thunks + 8 * (length + 1)
    rows = struct.pack("<IIIII", thunks, 0, 0, name + 64, thunks) * count + bytes(20)
    body = rows + struct.pack("<Q", name) * length + bytes(8) + b"\0\0Function\0".ljust(64, b"\0") + b"a.dll\0"
    data = bytearray(made.pe(None, [(b".idata", body, made.DATA, 0)]))
    struct.pack_into("<II", data, 0x80 + 24 + 112 + 8, base, len(rows))
    finding = look(bytes(data))["malformed"]
    assert finding.severity is Severity.HIGH and "20,000" in finding.message


@st.composite
def damaged(draw: Any) -> bytes:
    """A real file with some bytes exchanged, most of them in its headers, and perhaps its end cut off."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, min(len(data), draw(st.sampled_from([256, 1024, len(data)]))) - 1))
        data[at : at + 4] = draw(
            st.sampled_from([b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\1"])
            | st.binary(min_size=1, max_size=4)
        )
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@settings(max_examples=150)
@given(data=damaged())
def test_damage_is_a_finding_and_never_an_exception(data: bytes) -> None:
    from checks.downloads.executable import _judge, _read

    label = "program"
    if not data.startswith((b"MZ", b"\x7fELF", b"\xcf\xfa", b"\xca\xfe\xba\xbe")) or len(data) < 64:
        return
    try:
        for program in _read(data, label, RULES):
            for sign in _judge(program, data, RULES):
                assert sign.message and (sign.span is None or sign.span[0] <= sign.span[1])
    except BadProgram as problem:
        assert str(problem)
