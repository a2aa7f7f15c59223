"""manifest: what is told, what is compared with the version before, and that no manifest can end the check."""

from __future__ import annotations

import importlib.util
import io
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.downloads._family import BadManifest
from checks.downloads.manifests import axml as axml_reader
from checks.downloads.manifests import rpm as rpm_reader
from checks.downloads.manifests.container import compare_name, compare_version, inside, words
from checks.downloads.manifests.text import mail_headers, strip_comments
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


make = load(SAMPLES / "manifest" / "samples.py")


def facts(results: list[Any]) -> dict[tuple[str, str], list[str]]:
    told: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if isinstance(result, Fact):
            told.setdefault((result.group, result.name), []).append(result.value)
    return told


def rules(results: list[Any]) -> dict[str, Severity | None]:
    return {r.rule: r.severity for r in results if isinstance(r, Finding)}


@pytest.fixture
def manifest(catalog: dict[str, CheckSpec], run_check: RunCheck) -> Callable[[Package], list[Any]]:
    return lambda package: run_check(catalog["manifest"], package)


FACTS = [
    ("npm", "thing-1.0.0.tgz", lambda: make.tgz(make.npm(scripts={"postinstall": "node x"}, engines={"node": ">=18"},
                                                       author={"name": "Ada", "email": "a@ada.example"})),
     {("package", "name"): ["thing"], ("package", "publisher"): ["Ada <a@ada.example>"],
      ("package", "minimum platform"): ["node >=18"], ("hook", "npm postinstall"): ["node x"],
      ("entry", "main"): ["index.js"]}),
    ("wheel", "thing-1.0-py3-none-any.whl", lambda: make.packed(make.wheel()),
     {("package", "version"): ["1.0"], ("package", "description"): ["A thing"],
      ("entry", "command thing"): ["thing:main"], ("package", "built for"): ["py3-none-any"]}),
    ("sdist", "thing-1.0.tar.gz", lambda: make.tgz(make.sdist()),
     {("hook", "setup.py"): ["runs on installation"], ("package", "name"): ["thing"]}),
    ("vsix", "tabs.vsix", lambda: make.packed(make.vsix()),
     {("package", "publisher"): ["acme"], ("entry", "activates on"): ["onLanguage:css"],
      ("package", "minimum platform"): ["vscode ^1.80.0"]}),
    ("nupkg", "x.nupkg", lambda: make.packed(make.nupkg() | {"tools/init.ps1": b"1"}),
     {("package", "name"): ["Acme.Thing"],
      ("hook", "init.ps1"): ["tools/init.ps1 runs in the developer's Visual Studio"]}),
    ("deb", "x.deb", lambda: make.deb(),
     {("package", "version"): ["1:1.0-1"], ("package", "architecture"): ["all"],
      ("hook", "postinst"): ["runs as root when the package is installed or removed"]}),
    ("rpm", "x.rpm", lambda: make.rpm(),
     {("package", "name"): ["thing"], ("package", "version"): ["1.0-1"],
      ("hook", "postinstall"): ["runs as root: true"]}),
    ("jar", "x.jar", lambda: make.packed(make.jar()),
     {("package", "name"): ["thing"], ("package", "version"): ["1.4.2"], ("entry", "Main-Class"): ["a.Main"]}),
    ("conda", "x.tar.bz2", lambda: make.conda(),
     {("package", "name"): ["thing"], ("package", "minimum platform"): ["python"]}),
    ("gem", "x.gem", lambda: make.gem(),
     {("package", "version"): ["1.0.2"], ("package", "minimum platform"): ["Ruby >= 2.7.0"],
      ("entry", "command"): ["thing"]}),
    ("browser-extension", "x.xpi", lambda: make.packed(make.extension(minimum_chrome_version="110")),
     {("entry", "background service worker"): ["back.js"], ("package", "minimum platform"): ["Chrome 110"],
      ("package", "format"): ["Firefox extension (xpi)"]}),
    ("composer", "x.zip", lambda: make.packed({"composer.json": b'{"name": "a/b", "require": {"php": ">=8"}}'}),
     {("package", "name"): ["a/b"], ("package", "minimum platform"): ["PHP >=8"]}),
]  # fmt: skip


@pytest.mark.parametrize(("family", "name", "build", "expected"), FACTS, ids=[row[0] for row in FACTS])
def test_facts_of_a_family(
    manifest: Any, unpack_package: Any, family: str, name: str, build: Any, expected: dict[Any, list[str]]
) -> None:
    told = facts(manifest(unpack_package(name, build())))
    assert told["package", "family"] == [family]
    for key, values in expected.items():
        assert told.get(key) == values


APP = f"""<manifest {make.NAMESPACE} package="com.tabs.example" android:versionName="2.1" android:versionCode="21">
<uses-sdk android:minSdkVersion="24" android:targetSdkVersion="34"/><application android:label="Tabs">
<activity android:name=".Main"><intent-filter><action android:name="android.intent.action.MAIN"/></intent-filter>
</activity>
<receiver android:name=".Boot" android:exported="true"><intent-filter>
<action android:name="android.intent.action.BOOT_COMPLETED"/></intent-filter></receiver>
<service android:name=".Work" android:exported="true" android:permission="com.tabs.example.P"/>
</application></manifest>"""


def proto_manifest() -> bytes:
    """The manifest of a bundle: <manifest package="com.tabs.example" versionName="2.1"/> as protobuf."""

    def block(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    attributes = b"".join(
        block(4, block(2, key) + block(3, value))
        for key, value in ((b"package", b"com.tabs.example"), (b"versionName", b"2.1"))
    )
    return block(1, block(3, b"manifest") + attributes)


@pytest.mark.parametrize("form", ["narrow", "wide", "nameless", "plain"])
def test_an_android_manifest_in_every_notation(manifest: Any, make_package: MakePackage, form: str) -> None:
    forms = {
        "narrow": lambda: make.axml.compile_xml(APP),
        "wide": lambda: make.axml.compile_xml(APP, wide=True),
        "nameless": lambda: make.axml.compile_xml(APP, hide_names=True),
        "plain": APP.encode,
    }
    told = facts(manifest(make_package({"AndroidManifest.xml": forms[form](), "classes.dex": b"dex"})))
    assert told["package", "name"] == ["com.tabs.example"]
    assert told["package", "version"] == ["2.1"]
    assert told["package", "minimum platform"] == ["Android API 24"]
    assert told["package", "title"] == ["Tabs"]
    assert told["entry", "launcher activity"] == [".Main"]
    assert told["entry", "starts with the device"] == [".Boot"]
    assert told["entry", "exported service"] == [".Work (needs com.tabs.example.P)"]


def test_the_manifest_of_a_bundle(manifest: Any, make_package: MakePackage) -> None:
    files = {"base/manifest/AndroidManifest.xml": proto_manifest(), "BundleConfig.pb": b""}
    told = facts(manifest(make_package(files)))
    assert told["package", "name"] == ["com.tabs.example"]
    assert told["package", "format"] == ["Android bundle"]


def test_a_program_and_a_document_tell_only_facts(manifest: Any, unpack_package: Any) -> None:
    import pikepdf

    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0\x3e\0" + bytes(200)
    told = facts(manifest(unpack_package("tool", elf)))
    assert told["package", "architecture"] == ["x86-64"]
    buffer = io.BytesIO()
    document = pikepdf.new()
    document.docinfo["/Title"] = "Plan"
    document.save(buffer)
    results = manifest(unpack_package("plan.pdf", buffer.getvalue()))
    assert facts(results)["document", "title"] == ["Plan"]
    assert not rules(results)


def test_what_lies_inside_is_named(manifest: Any, unpack_package: Any) -> None:
    outer = make.packed({"readme.txt": b"x", "lib/thing.whl": make.packed(make.wheel())})
    assert facts(manifest(unpack_package("all.zip", outer)))["package", "contains"] == [
        "wheel thing 1.0 in lib/thing.whl"
    ]


def against(manifest: Any, make_package: MakePackage, before: dict[str, bytes], now: dict[str, bytes]) -> Any:
    package = make_package(now)
    package.baseline = make_package(before)
    return rules(manifest(package))


def test_an_update_is_compared_with_the_approved_version(manifest: Any, make_package: MakePackage) -> None:
    def check(before: dict[str, Any], now: dict[str, Any], **files: bytes) -> Any:
        extra = {f"package/{name}.js": data for name, data in files.items()}
        return against(manifest, make_package, make.npm(**before), make.npm(**now) | extra)

    assert check({}, {}) == {}
    assert check({}, {"version": "1.0.1"}) == {}
    assert check({"version": "1.9.0"}, {"version": "1.10.0"}) == {}
    assert check({"version": "1.10.0"}, {"version": "1.9.0"}) == {"version-backwards": Severity.MEDIUM}
    assert check({"version": "2.0.0"}, {"version": "2.0.0-rc.1"}) == {"version-backwards": Severity.MEDIUM}
    assert check({}, {}, other=b"1") == {"version-reused": Severity.MEDIUM}
    assert check({}, {"name": "other", "version": "1.0.1"}) == {"other-package": Severity.MEDIUM}
    changed = check({"author": "Ada"}, {"author": "Eve", "version": "1.0.1"})
    assert changed == {"other-publisher": Severity.MEDIUM}


def test_another_account_is_graver_than_another_author(manifest: Any, make_package: MakePackage) -> None:
    now = make.vsix(("tabs", "1.2.1", "evil"), publisher="evil", version="1.2.1")
    assert against(manifest, make_package, make.vsix(), now) == {"other-publisher": Severity.HIGH}


def test_another_extension_id_is_another_product(manifest: Any, make_package: MakePackage) -> None:
    def gecko(name: str, version: str) -> dict[str, bytes]:
        settings = {"gecko": {"id": name}}
        return make.extension(browser_specific_settings=settings, version=version, author="Acme")  # type: ignore[no-any-return]

    assert against(manifest, make_package, gecko("a@x", "1.0"), gecko("a@x", "1.1")) == {}
    assert "other-package" in against(manifest, make_package, gecko("a@x", "1.0"), gecko("b@x", "1.1"))


def test_what_was_not_unpacked_is_not_called_missing(manifest: Any, unpack_package: Any) -> None:
    from checks.runtime.unpack import Limits

    data = make.packed(make.wheel() | {f"thing/data{n}.txt": b"x" for n in range(50)})
    results = manifest(unpack_package("thing-1.0-py3-none-any.whl", data, Limits(entries=5)))
    assert "record-missing" not in rules(results)


def test_floods_are_counted(manifest: Any, unpack_package: Any) -> None:
    data = make.packed(make.wheel() | {f"thing/e{n}.py": b"x" for n in range(60)})
    results = manifest(unpack_package("thing-1.0-py3-none-any.whl", data))
    findings = [r for r in results if isinstance(r, Finding)]
    assert len(findings) == 20
    reasons = [r.reason for r in results if isinstance(r, Unchecked)]
    assert reasons == ["40 more findings of record-unlisted are not listed"]


def test_two_members_of_one_name_are_both_held_against_record(manifest: Any, unpack_package: Any) -> None:
    data = make.packed(make.wheel(), twins=[("thing/__init__.py", b"VALUE = 3\n")])
    assert rules(manifest(unpack_package("thing-1.0-py3-none-any.whl", data)))["record-hash"] is Severity.HIGH


def test_versions_and_names_by_any_spelling() -> None:
    assert compare_version("1.0", "1.0.0") and compare_version("v1.2", "1.2") and compare_version("1.0-rc1", "1.0rc1")
    assert not compare_version("1.0", "1.0.1") and not compare_version("1.0rc1", "1.0")
    assert compare_name("Foo_Bar.baz", "foo-bar-baz") and not compare_name("foo", "foo2")
    assert inside("./a/../b") == "b" and inside("../a") == "" and inside("a/../../b") == ""
    assert words("a\n  b") == "a b" and len(words("x" * 9999)) == 400 and words(["a"]) == ""


@given(st.text(alphabet='"\\/*\n a{}:1,', max_size=60))
def test_comments_go_and_texts_stay(text: str) -> None:
    stripped = strip_comments(text)
    assert len(stripped) <= len(text)
    if '"' not in text and "/" not in text:
        assert stripped == text


def test_comments_cost_one_pass() -> None:
    began = time.perf_counter()
    for hostile in ("/*" * 500_000, '"\\' * 500_000, "//" * 500_000, '"' * 500_001, "/*/" * 300_000):
        strip_comments(hostile)
    assert time.perf_counter() - began < 5


def test_headers_that_go_on_for_ever_are_cut() -> None:
    began = time.perf_counter()
    headers = mail_headers(b"Name: x\n" + b" y\n" * 300_000)
    assert headers["name"][0].startswith("x\ny")
    assert time.perf_counter() - began < 5


# -- no manifest ends the check

SEEDS: list[tuple[str, bytes, dict[str, bytes]]] = [
    ("package/package.json", make.npm(bin="x")["package/package.json"], {"package/index.js": b"1"}),
    ("manifest.json", make.extension()["manifest.json"], {"back.js": b"1"}),
    ("thing-1.0.dist-info/METADATA", b"Name: thing\nVersion: 1.0\nRequires-Python: >=3\n\nx", {
        "thing-1.0.dist-info/WHEEL": b"Tag: py3-none-any\n", "thing-1.0.dist-info/RECORD": b"", "thing/a.py": b""}),
    ("thing-1.0.dist-info/RECORD", make.wheel()["thing-1.0.dist-info/RECORD"], {
        "thing-1.0.dist-info/WHEEL": b"Tag: py3-none-any\n", "thing/__init__.py": b"", "thing/\udcff.py": b""}),
    ("thing-1.0.dist-info/entry_points.txt", b"[console_scripts]\na = b:c\n[x]\ny=z\n", {
        "thing-1.0.dist-info/WHEEL": b"Tag: py3-none-any\n", "thing/__init__.py": b""}),
    ("Acme.Thing.nuspec", make.nupkg()["Acme.Thing.nuspec"], {"lib/a.txt": b""}),
    ("extension.vsixmanifest", make.vsix()["extension.vsixmanifest"], {"extension/package.json": b'{"name": "x"}'}),
    ("META-INF/MANIFEST.MF", make.jar()["META-INF/MANIFEST.MF"], {"a/Main.class": b""}),
    ("AndroidManifest.xml", make.axml.compile_xml(APP), {"classes.dex": b""}),
    ("AndroidManifest.xml", make.axml.compile_xml(APP, wide=True), {"classes.dex": b""}),
    ("AndroidManifest.xml", APP.encode(), {"classes.dex": b""}),
    ("base/manifest/AndroidManifest.xml", proto_manifest(), {"BundleConfig.pb": b""}),
    ("info/index.json", b'{"name": "x", "version": "1", "depends": ["python"]}', {
        "info/paths.json": b'{"paths": [1, {}]}'}),
    ("composer.json", b'{"name": "a/b", "autoload": {"files": ["a"]}, "scripts": {"post-install-cmd": "x"}}', {
        "a.php": b""}),
    ("thing-1.0/pyproject.toml", b'[project]\nname = "x"\n[build-system]\nrequires = []\n', {
        "thing-1.0/PKG-INFO": b"Name: x\n"}),
    ("docProps/core.xml", b"<a><title>x</title></a>", {"[Content_Types].xml": b"<Types/>"}),
]  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn, seed: bytes) -> bytes:
    """The seed with some bytes changed, cut out or repeated."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["set", "cut", "repeat", "insert"]))
        size = draw(st.integers(1, 24))
        if kind == "set" and data:
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at : at + size]
        elif kind == "repeat":
            data[at:at] = data[at : at + size] * draw(st.integers(1, 40))
        else:
            data[at:at] = draw(st.binary(max_size=size))
    return bytes(data)


SEED_NAMES = [f"{number}-{row[0].rpartition('/')[2]}" for number, row in enumerate(SEEDS)]


@pytest.mark.parametrize("seed", range(len(SEEDS)), ids=SEED_NAMES)
def test_a_mutated_manifest_is_a_finding_at_most(
    manifest: Any, make_package: MakePackage, seed: int, catalog: dict[str, CheckSpec], run_check: RunCheck
) -> None:
    path, data, others = SEEDS[seed]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutations(data))
    def check(mutated: bytes) -> None:
        package = make_package({path: mutated} | others)
        for result in [*manifest(package), *run_check(catalog["permissions"], package)]:
            assert not (isinstance(result, Unchecked) and "not read to its end" in result.reason), result
            if isinstance(result, Finding):
                assert len(result.message) <= 500
                if result.start is not None:
                    assert result.file is not None and result.end is not None
                    assert 0 <= result.start <= result.end <= package.entries[result.file].size

    check()


@given(mutations(make.rpm()))
@settings(max_examples=200, deadline=None)
def test_a_mutated_rpm_header_is_refused_in_one_way(data: bytes) -> None:
    import struct

    try:
        end = rpm_reader.parse_header(data, rpm_reader.LEAD).end
        rpm_reader.parse_header(data, end + -end % 8)
    except (ValueError, struct.error):
        return


@pytest.mark.parametrize("depth", [10, 200, 50_000])
def test_android_manifests_of_any_depth(make_package: MakePackage, depth: int) -> None:
    text = "<a>" * depth + "</a>" * depth
    package = make_package({"AndroidManifest.xml": f"<manifest package='x'>{text}</manifest>".encode()})
    try:
        assert axml_reader.read_android(package.files[0]).tag == "manifest"
    except BadManifest as error:
        assert depth > axml_reader.MAX_DEPTH and "deep" in str(error)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KINDS: dict[str, tuple[dict[str, Any], dict[str, bytes], list[str]]] = {
    "package/package.json": ({"name": "x"}, {"package/index.js": b"", "package/package-lock.json": b'{"name": 1'}, [
        "name", "version", "author", "main", "bin", "scripts", "engines", "files", "license", "repository", "os",
        "exports", "maintainers"]),
    "manifest.json": ({"manifest_version": 2}, {"package.json": b'{"version": 1}'}, [
        "name", "version", "author", "developer", "background", "action", "icons", "content_scripts", "default_locale",
        "options_ui", "options_page", "chrome_url_overrides", "browser_specific_settings", "update_url",
        "manifest_version"]),
    "extension/package.json": ({"name": "x"}, {"extension.vsixmanifest": make.vsix()["extension.vsixmanifest"]}, [
        "name", "version", "publisher", "main", "icon", "activationEvents", "engines", "scripts", "displayName"]),
    "composer.json": ({"name": "x/y"}, {"a.php": b""}, [
        "name", "version", "authors", "license", "require", "bin", "autoload", "type", "extra", "scripts"]),
    "info/index.json": ({"name": "x"}, {"info/paths.json": b'{"paths": [{"_path": 1}, {"_path": "a", "sha256": 2}]}'}, [
        "name", "version", "depends", "subdir", "license"]),
}  # fmt: skip


@pytest.mark.parametrize("path", KINDS)
def test_values_of_any_kind_are_survived(manifest: Any, make_package: MakePackage, path: str) -> None:
    import json

    base, others, keys = KINDS[path]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(keys), JSON_VALUES))
    def check(values: dict[str, Any]) -> None:
        results = manifest(make_package({path: json.dumps(base | values).encode()} | others))
        assert ("package", "family") in facts(results)
        assert not any(isinstance(r, Unchecked) for r in results)

    check()


def test_a_reader_that_fails_is_said_and_ends_nothing(
    manifest: Any, unpack_package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.downloads.manifests import npm as npm_module

    def fail(reading: object) -> None:
        raise ZeroDivisionError

    inner = make.tgz(make.npm())
    package = unpack_package("thing-1.0-py3-none-any.whl", make.packed(make.wheel() | {"thing/a.tgz": inner}))
    monkeypatch.setattr(npm_module, "read", fail)
    told = facts(manifest(package))
    assert told["package", "name"] == ["thing"] and told["package", "contains"] == ["npm in thing/a.tgz"]
    results = manifest(unpack_package("thing-1.0.0.tgz", inner))
    assert [r.reason for r in results if isinstance(r, Unchecked)] == [
        "the manifest of the npm was not read to its end (ZeroDivisionError)"
    ]


@pytest.mark.parametrize("cut", [1, 4, 11])
def test_a_bundle_cut_short_is_damaged(make_package: MakePackage, cut: int) -> None:
    package = make_package({"base/manifest/AndroidManifest.xml": proto_manifest()[:-cut]})
    with pytest.raises(BadManifest, match="damaged"):
        axml_reader.read_android(package.files[0])
