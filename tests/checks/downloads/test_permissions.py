"""permissions: grades, what several allow together, and what is new since the approved version."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.downloads.manifests.permissions import table
from checks.downloads.manifests.permissions_browser import reach
from checks.runtime.catalog import CheckSpec
from checks.runtime.model import Fact, Finding, Severity, Unchecked
from checks.runtime.package import Package

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MakePackage = Callable[..., Package]
RunCheck = Callable[..., list[Any]]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"loaded_{path.parent.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = load(SAMPLES / "permissions" / "samples.py")


@pytest.fixture
def permissions(catalog: dict[str, CheckSpec], run_check: RunCheck) -> Callable[[Package], list[Any]]:
    return lambda package: run_check(catalog["permissions"], package)


def facts(results: list[Any]) -> dict[str, Severity | None]:
    assert all(r.group == "permission" for r in results if isinstance(r, Fact))
    return {r.name: r.grade for r in results if isinstance(r, Fact)}


def findings(results: list[Any]) -> list[Finding]:
    return [r for r in results if isinstance(r, Finding)]


@pytest.mark.parametrize("platform", ["browser", "android", "vscode"])
def test_the_tables_are_sound(platform: str) -> None:
    """Grades that exist and are never critical, words that end without a full stop, combinations of known names."""
    data = table(platform)
    combined = data.pop("combination")
    for section, entries in data.items():
        for name, entry in entries.items():
            if name == "guarded":
                continue
            for grade in entry[:-1]:
                assert Severity.parse(grade) <= Severity.HIGH, (section, name)
            assert entry[-1][0].islower() and not entry[-1].endswith("."), (section, name)
    known = {name for entries in data.values() for name in entries} | {"host"}
    rules = [entry["rule"] for entry in combined]
    assert len(rules) == len(set(rules))
    for entry in combined:
        assert Severity.parse(entry["severity"]) <= Severity.MEDIUM
        assert {name for part in entry["needs"] for name in part} <= known, entry["rule"]
    data["combination"] = combined


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("<all_urls>", "all"), ("*://*/*", "all"), ("https://*/*", "all"), ("http://*/", "all"), ("*://*:*/*", "one"),
        ("*://*.com/*", "domain"), ("https://*.co.uk/*", "one"), ("https://a.example/*", "one"),
        ("file:///*", "files"), ("nonsense", "one"), ("", "one"),
    ],
)  # fmt: skip
def test_how_far_a_pattern_reaches(pattern: str, expected: str) -> None:
    assert reach(pattern) == expected


def test_every_permission_is_a_fact_with_a_grade(permissions: Any, make_package: MakePackage) -> None:
    results = permissions(
        make_package(
            make.extension(
                permissions=["storage", "cookies", "debugger", "inventedToday"],
                host_permissions=["<all_urls>", "https://a.example/*"],
                optional_permissions=["history"],
                content_scripts=[{"matches": ["https://b.example/*"], "js": ["a.js"], "world": "MAIN"}],
            )
        )
    )
    assert facts(results) == {
        "storage": Severity.INFO,
        "cookies": Severity.HIGH,  # with every site in reach
        "debugger": Severity.HIGH,
        "inventedToday": Severity.LOW,
        "host <all_urls>": Severity.HIGH,
        "host https://a.example/*": Severity.INFO,
        "optional: history": Severity.LOW,
        "content script in the page's world": Severity.MEDIUM,
        "content script on https://b.example/*": Severity.INFO,
    }
    graded = {f.rule: f.severity for f in findings(results)}
    assert graded["session-theft"] is Severity.MEDIUM
    assert max(s for s in graded.values() if s is not None) is Severity.MEDIUM


def test_optional_permissions_do_not_combine(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.extension(optional_permissions=["cookies"], host_permissions=["<all_urls>"]))
    results = permissions(package)
    assert "session-theft" not in {f.rule for f in findings(results)}
    assert facts(results)["optional: cookies"] is Severity.LOW


def test_what_is_new_weighs_one_more_and_says_since_when(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.extension(permissions=["storage", "cookies"], host_permissions=["<all_urls>"]))
    package.baseline = make_package(make.extension(permissions=["storage"], version="0.9"))
    told = {f.matched: f for f in findings(permissions(package))}
    theft = next(f for f in told.values() if f.rule == "session-theft")
    assert theft.severity is Severity.HIGH
    assert theft.message.endswith("new since 0.9")
    assert told["permission cookies"].severity is Severity.LOW
    assert told["permission host <all_urls>"].severity is Severity.MEDIUM
    # and nothing is new where nothing was added
    same = make.extension(permissions=["storage", "cookies"], host_permissions=["<all_urls>"])
    package.baseline = make_package(same)
    assert not any("new since" in f.message for f in findings(permissions(package)))


def test_an_optional_permission_that_is_required_now_is_new(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.extension(permissions=["history"]))
    package.baseline = make_package(make.extension(optional_permissions=["history"]))
    assert [f.severity for f in findings(permissions(package))] == [Severity.LOW]


def test_a_baseline_of_another_kind_makes_nothing_new(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.extension(permissions=["management"]))
    package.baseline = make_package({"readme.txt": b"x"})
    assert [f.severity for f in findings(permissions(package))] == [Severity.LOW]


def test_evidence_lies_in_the_manifest(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.extension(permissions=["cookies"], host_permissions=["*://*/*"]))
    for finding in findings(permissions(package)):
        assert finding.file == 0 and finding.start is not None and finding.end is not None
        assert package.files[0].data[finding.start : finding.end] in (b'"cookies"', b'"*://*/*"')


def test_android_roles_flags_and_components(permissions: Any, make_package: MakePackage) -> None:
    inside = (
        make.uses("INTERNET", "READ_SMS")
        + '<uses-permission android:name="com.other.P"/>'
        + '<application android:debuggable="true" android:allowBackup="true">'
        '<service android:name=".A" android:permission="android.permission.BIND_ACCESSIBILITY_SERVICE"/>'
        '<provider android:name=".Open" android:exported="true"/>'
        '<provider android:name=".Closed" android:exported="true" android:permission="x"/>'
        "</application>"
    )
    results = permissions(make_package(make.app(inside)))
    told = facts(results)
    assert told["READ_SMS"] is Severity.HIGH and told["INTERNET"] is Severity.INFO
    assert told["com.other.P"] is Severity.INFO
    assert told["service BIND_ACCESSIBILITY_SERVICE"] is Severity.HIGH
    assert told["exported provider .Open"] is Severity.MEDIUM and "exported provider .Closed" not in told
    graded = {f.rule: f.severity for f in findings(results)}
    assert graded["unsafe-flag"] is not None and graded["message-theft"] is Severity.MEDIUM
    assert graded["screen-takeover"] is Severity.MEDIUM


def test_an_extension_deep_in_a_system_package(permissions: Any, unpack_package: Any) -> None:
    deb = load(SAMPLES / "manifest" / "samples.py")
    manifest = make.extension(permissions=["management"])["manifest.json"]
    data = deb.ar({
        "debian-binary": b"2.0\n", "control.tar": deb.tarred({"./control": b"Package: x\n"}),
        "data.tar": deb.tarred({"./usr/share/webext/x/manifest.json": manifest}),
    })  # fmt: skip
    assert facts(permissions(unpack_package("x.deb", data))) == {"management": Severity.HIGH}


def test_a_manifest_that_cannot_be_read_is_said(permissions: Any, make_package: MakePackage) -> None:
    package = make_package({"manifest.json": b'{"manifest_version": 3, ', "a.js": b"1"})
    results = permissions(package)
    assert [type(r) for r in results] == [Unchecked] and "manifest.json cannot be read" in results[0].reason


def test_many_sites_are_summed_up(permissions: Any, make_package: MakePackage) -> None:
    sites = [f"https://s{n}.example/*" for n in range(90)]
    results = permissions(make_package(make.extension(content_scripts=[{"matches": sites, "js": ["a.js"]}])))
    told = facts(results)
    assert len(told) == 41 and "content script on 50 more sites" in told


def test_vscode_declarations(permissions: Any, make_package: MakePackage) -> None:
    package = make_package(make.editor(
        activationEvents=["*"], extensionPack=["a.b"], capabilities={"untrustedWorkspaces": {"supported": True}},
        contributes={"debuggers": [{}], "configurationDefaults": {"http.proxyStrictSSL": False, "editor.tabSize": 2}},
    ))  # fmt: skip
    told = facts(permissions(package))
    assert told["activation *"] is Severity.MEDIUM
    assert told["contributes debuggers"] is Severity.MEDIUM
    assert told["setting http.proxyStrictSSL"] is Severity.HIGH
    assert {"pack a.b", "untrusted folders"} <= told.keys() and "setting editor.tabSize" not in told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    "permissions", "host_permissions", "optional_permissions", "content_scripts", "content_security_policy", "oauth2",
    "externally_connectable", "web_accessible_resources", "chrome_settings_overrides", "chrome_url_overrides", "name",
    "background", "icons", "action", "browser_specific_settings", "default_locale", "author", "update_url",
]  # fmt: skip
EDITOR_KEYS = ["activationEvents", "contributes", "capabilities", "extensionKind", "enabledApiProposals", "scripts",
               "extensionPack", "engines", "main", "name", "publisher", "icon", "bin", "files", "author"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), json_values), st.dictionaries(st.sampled_from(EDITOR_KEYS), json_values))
def test_values_of_any_kind_are_survived(browser: dict[str, Any], editor: dict[str, Any]) -> None:
    """Through the readers themselves: a package for each example would cost more than it shows."""
    from checks.downloads.manifests import permissions_browser, permissions_vscode

    class Text:
        name, number = "manifest.json", 0

        def __init__(self, value: object) -> None:
            self.data = json.dumps(value).encode()
            self.size = len(self.data)

        def head(self, size: int) -> bytes:
            return self.data[:size]

    for reader, value in ((permissions_browser, {"manifest_version": 3} | browser), (permissions_vscode, editor)):
        request = reader.read(Text(value))  # type: ignore[arg-type]
        assert not request.problem
        for asked in request.asked.values():
            assert asked.grade <= Severity.HIGH and asked.name
            request.span(asked)
