"""Hidden code is told, small code is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.content.obfuscation import _find_padding, _spells_words
from checks.runtime.model import Finding, Severity

Run = Callable[..., list[Finding]]
BLOB = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg=="


@pytest.fixture
def run(catalog: Any, make_package: Any, run_check: Any) -> Run:
    def run(data: bytes | str, path: str = "src/a.js", **parameters: Any) -> list[Finding]:
        raw = data.encode() if isinstance(data, str) else data
        results: list[Finding] = run_check(catalog["obfuscation"], make_package({path: raw}), **parameters)
        return results

    return run


@pytest.mark.parametrize(
    ("code", "path", "rule"),
    [
        (f"eval(window.atob('{BLOB}'))", "a.js", "js_decode_execute"),
        (f"setTimeout(atob('{BLOB}'), 10)", "a.js", "js_decode_execute"),
        (f"(0,eval)(1);Function(unescape('%61{BLOB}'))()", "a.html", "js_decode_execute"),
        (f"new Function('require', atob('{BLOB}'))(require)", "a.js", "js_decode_execute"),
        (f"vm.runInThisContext(Buffer.from(`{BLOB}`, 'base64').toString())", "a.js", "js_decode_execute"),
        (f"var s = window.atob('{BLOB}'); eval(s)", "a.js", "js_decoded_variable_executed"),
        (f"exec(base64.b64decode('{BLOB}').decode())", "a.py", "py_decode_execute"),
        (f"exec(__import__('zlib').decompress(__import__('base64').b64decode('{BLOB}')))", "a.py", "py_decode_execute"),
        ("exec(''.join(chr(c) for c in x))", "a.py", "py_decode_execute"),
        ("exec(bytes([105, 109, 112, 111]).decode())", "a.py", "py_decode_execute"),
        (f"import base64; exec(base64.b64decode('{BLOB}'))", "a.pth", "py_decode_execute"),
        (
            f"a = fernet(base64.urlsafe_b64decode(b'{BLOB}'))\nexec(a)\nc = bytes.fromhex(h)\nexec(c)",
            "a.py",
            "py_decoded_variable_executed",
        ),
        ('bash -c "$(echo aGVsbG8= | base64 -d)"', "a.sh", "shell_decode_execute"),
        (
            "IEX ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($a)))",
            "a.ps1",
            "powershell_decode_execute",
        ),
        ("eval(Base64.decode64(x))", "a.rb", "ruby_perl_decode_execute"),
    ],
)
def test_decoded_and_executed(run: Run, code: str, path: str, rule: str) -> None:
    found = run("\n" + code + "\n", path)
    assert rule in {f.rule for f in found}
    assert max(f.severity for f in found if f.severity is not None) == Severity.HIGH
    for finding in found:
        assert finding.start is not None and finding.end is not None
        assert 1 <= finding.start < finding.end <= len(code) + 2


def test_decoys_before_the_variable_do_not_hide_it(run: Run) -> None:
    decoys = f"const a = atob('{BLOB}'); const b = atob('{BLOB}');"
    assert run(f"{decoys} const p = atob('{BLOB}'); draw(a, b, p)") == []
    assert [f.severity for f in run(f"{decoys} const p = atob('{BLOB}'); eval(p)")] == [Severity.HIGH]
    python = "a = b64decode(x)\nb = b64decode(y)\nc = zlib.decompress(b64decode(z))\n"
    assert [f.rule for f in run(python + "exec(c)\n", "a.py")] == ["py_decoded_variable_executed"]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (f"const image = atob('{BLOB}'); show(image); eval(other)", "a.js"),
        ("function run(atob) { return atob(x); }", "a.js"),
        ("code = marshal.loads(data)\nexec(code, namespace)", "a.py"),
        ("exec(compile(open(f).read(), f, 'exec'))", "a.py"),
        ("x = eval(json.loads(s))", "a.py"),
        ("re.compile(base64.b64decode(x))", "a.py"),
        ("cursor.execute(decompress(q))", "a.py"),
        ('eval("module.exports = 1 //# sourceURL=webpack")', "a.js"),
        ("var _0x1a2b = 1; f(_0x1a2b);", "a.js"),
        ("x = [][(![]+[])]", "a.js"),
    ],
)
def test_capabilities_alone_are_quiet(run: Run, code: str, path: str) -> None:
    assert run(code, path) == []


def test_hexadecimal_names_without_a_table_are_medium(run: Run) -> None:
    found = run("".join(f"var _0x{n:04x}=1;" for n in range(0x1000, 0x1040)))
    assert [(f.rule, f.severity) for f in found] == [("js_hex_names", Severity.MEDIUM)]


def test_a_packer_in_a_string_is_a_tool_that_unpacks(run: Run) -> None:
    packed = "eval(function(p,a,c,k,e,d){return p}('0',1,1,''.split('|'),0,{}))"
    assert [f.severity for f in run(packed)] == [Severity.HIGH]
    assert [f.severity for f in run(f'test("{packed}")')] == [Severity.LOW]
    assert [f.severity for f in run(f'setTimeout("{packed}")')] == [Severity.HIGH]
    assert [f.severity for f in run(f'<img onerror="{packed}">', "a.html")] == [Severity.HIGH]


def test_manuals_and_source_maps_run_nowhere(run: Run) -> None:
    code = f"eval(atob('{BLOB}'))"
    assert run(code, "README.md") == []
    assert run(code, "dist/a.js.map") == []
    assert run(code, "docs/a.js") != []


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (b"run();" + b" " * 300 + b"load('x')", Severity.HIGH),
        (b"run()" + b"\t" * 300 + b";import os", Severity.HIGH),
        (b"run()" + b"\t" * 300 + b";os.system('x')", Severity.HIGH),
        (b"[1," + b" " * 300 + b"f(x)]", Severity.LOW),
        (b" " * 300 + b"run()", None),
        (b" " * 300 + b"run(" + b"x" * 80 + b")", Severity.HIGH),
        (b" " * 150 + b"run(" + b"x" * 80 + b")", None),
        (b"run();" + b" " * 300 + b"\nload()", None),
    ],
)
def test_padding(run: Run, line: bytes, severity: Severity | None) -> None:
    data = b"a\n" + line + b"\nb\n"
    assert [f.severity for f in run(data)] == ([severity] if severity is not None else [])
    found = _find_padding(data)
    if found is not None:
        assert data[found[0][0] - 1 : found[0][0]] in b" \t"


def test_padding_is_linear(run: Run) -> None:
    assert len(run(b"a;" + (b" " * 200 + b"1;") * 20_000)) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"".join(b"\\x%02x" % c for c in b"child_process.exec(command)"), True),
        (b"".join(b"\\x%02x" % c for c in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"), False),
        (b"\\x20" * 30, False),
        (b"".join(b"\\u00%02x" % c for c in b"https://host.invalid/a"), True),
    ],
)
def test_escapes_that_spell_words(text: bytes, expected: bool) -> None:
    assert _spells_words(text) is expected


def test_many_places_end_in_a_summary(run: Run) -> None:
    found = run(f"eval(atob('{BLOB}'));\n" * 30, limit=4)
    assert [f.rule for f in found] == ["js_decode_execute"] * 4 + ["more_places"]


_PIECES = st.sampled_from(
    ["eval(", "atob(", "'", ")", "exec(", "b64decode(", BLOB, "_0xabcd", "\\x41", " " * 130, ";", "\n", "\x00"]
)


@given(st.lists(_PIECES, max_size=40).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_mixture_gives_places_inside_the_file(run: Run, text: str) -> None:
    for path in ("a.js", "a.py"):
        for finding in run(text, path):
            assert finding.start is not None and finding.end is not None
            assert 0 <= finding.start < finding.end <= len(text)
