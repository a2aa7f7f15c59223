"""Signatures of every family: what holds, what does not, and whose they are."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from checks.runtime.catalog import CheckSpec
from checks.runtime.model import Fact, Finding, Severity, Unchecked
from checks.runtime.package import Package

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "signatures"
Unpack = Callable[[str, bytes], Package]


def load_samples() -> ModuleType:
    if "signature_samples" not in sys.modules:
        path = ROOT / "samples" / "signature" / "samples.py"
        spec = importlib.util.spec_from_file_location("signature_samples", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["signature_samples"] = module
        spec.loader.exec_module(module)
    return sys.modules["signature_samples"]


S = load_samples()
M: Any = S.makers()
DEV = M.make_identity("Dev", 1)


@pytest.fixture
def spec(catalog: dict[str, CheckSpec]) -> CheckSpec:
    return catalog["signature"]


@pytest.fixture
def look(spec: CheckSpec, unpack_package: Unpack, run_check: Any) -> Callable[..., tuple[dict[str, str], set[str]]]:
    """`look(name, data, before=None)`: facts by name, and the rules of the findings."""

    def run(name: str, data: bytes, before: bytes | None = None) -> tuple[dict[str, str], set[str]]:
        package = unpack_package(name, data)
        package.baseline = unpack_package(name, before) if before is not None else None
        results = run_check(spec, package)
        facts = {r.name: r.value for r in results if isinstance(r, Fact)}
        return facts, {r.rule for r in results if isinstance(r, Finding)}

    return run


@pytest.mark.parametrize(
    ("file", "scheme", "by"),
    [
        ("jarsigner-EC.jar", "JAR", "CN=Test EC, O=Ex"),
        ("jarsigner-RSA.jar", "JAR", "CN=Test RSA, O=Ex"),
        ("apksigner-old.apk", "APK v1", "CN=Old, O=Ex"),
        ("apksigner-old.apk", "APK v2", "CN=Old, O=Ex"),
        ("apksigner-old.apk", "APK v3", "CN=Old, O=Ex"),
        ("apksigner-rotated.apk", "APK v2", "CN=Old, O=Ex"),
        ("apksigner-rotated.apk", "APK v3", "CN=New, O=Ex"),
        ("osslsigncode.exe", "Authenticode", "CN=Windows, O=Ex"),
        ("osslsigncode.msi", "Authenticode", "CN=Windows, O=Ex"),
        ("osslsigncode-dse.msi", "Authenticode", "CN=Windows, O=Ex"),
        ("crx3.crx", "CRX3", "extension hciofbihebhengnccmbfcfecmkoddfbd"),
    ],
)
def test_reads_what_the_usual_tools_write(look: Any, file: str, scheme: str, by: str) -> None:
    facts, rules = look(file, (DATA / file).read_bytes())
    assert facts[scheme].startswith(f"valid: {by}; key sha256:"), facts
    assert not rules


@pytest.mark.parametrize(
    ("file", "at"),
    [
        ("apksigner-old.apk", b"hello"),
        ("osslsigncode.exe", b"code code"),
        ("osslsigncode.msi", b"I\0n\0s\0t\0a\0l\0l\0"),
        ("osslsigncode-dse.msi", b"T\0A\0R\0G\0"),
        ("crx3.crx", b"manifest_version"),
    ],
)
def test_a_changed_byte_is_seen(look: Any, file: str, at: bytes) -> None:
    data = (DATA / file).read_bytes()
    if at not in data:
        at = data[len(data) // 2 : len(data) // 2 + 4]
    facts, rules = look(file, S.flip(data, data.index(at)))
    assert "digest_mismatch" in rules and any(value.startswith("invalid") for value in facts.values()), (facts, rules)


def test_a_changed_entry_of_a_jar_is_seen(look: Any) -> None:
    with zipfile.ZipFile(DATA / "jarsigner-EC.jar") as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    assert look("a.jar", M.make_zip(files))[1] == set()
    assert look("a.jar", M.make_zip(files | {"words.txt": b"hallo\n"}))[1] == {"digest_mismatch"}
    assert look("a.jar", M.make_zip(files | {"more.txt": b"x"}))[1] == {"uncovered"}


def pack_tar(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@pytest.mark.parametrize(("file", "scheme"), [("rpmsign.rpm", "RPM"), ("debsigs.deb", "Debian gpgorigin")])
def test_openpgp_needs_the_key(look: Any, file: str, scheme: str) -> None:
    data = (DATA / file).read_bytes()
    facts, rules = look(file, data)
    assert facts[scheme].startswith("unverifiable: key openpgp:58b4188d86d7b0e2") and rules == {"unverifiable"}
    facts, rules = look("all.tar", pack_tar(**{file: data, "key.asc": (DATA / "key.asc").read_bytes()}))
    assert facts[scheme].startswith("valid: Dev <dev@dev.example>; key openpgp:58b4188d") and not rules
    changed = (
        data.replace(b"debian-binary   ", b"debian-binary2  ") if file.endswith("deb") else S.flip(data, len(data) - 40)
    )
    facts, rules = look("all.tar", pack_tar(**{file: changed, "key.asc": (DATA / "key.asc").read_bytes()}))
    assert not facts.get(scheme, "").startswith("valid"), facts


def test_an_rpm_whose_content_was_changed_is_invalid_without_any_key(look: Any) -> None:
    data = (DATA / "rpmsign.rpm").read_bytes()
    assert "digest_mismatch" in look("a.rpm", S.flip(data, len(data) - 40))[1]


def test_rotation_is_accepted_with_its_proof_only(look: Any) -> None:
    old, new = ((DATA / f"apksigner-{name}.apk").read_bytes() for name in ("old", "rotated"))
    assert look("a.apk", new, old)[1] == {"signer_rotated"}
    apk, other = M.make_zip(S.APK), M.make_identity("Other", 2)
    before = M.sign_apk(apk, {S.V2: (DEV, b"")})
    assert look("a.apk", M.sign_apk(apk, {S.V3: (other, M.lineage(DEV, other))}), before)[1] == {"signer_rotated"}
    forged = bytearray(M.lineage(DEV, other))
    forged[-2] ^= 1
    assert "signer_rotated" not in look("a.apk", M.sign_apk(apk, {S.V3: (other, bytes(forged))}), before)[1]


def test_the_newest_scheme_of_android_says_who_signs(look: Any) -> None:
    """Scheme 2 does not cover the block that it lies in: anybody can put a signature of scheme 3 beside it."""
    apk, other = M.make_zip(S.APK), M.make_identity("Other", 2)
    before = M.sign_apk(apk, {S.V2: (DEV, b"")})
    both = M.sign_apk(apk, {S.V2: (DEV, b""), S.V3: (other, b"")})
    assert look("a.apk", both, before)[1] == {"signer_changed"}


def test_a_key_that_is_only_named_is_no_proof(look: Any) -> None:
    jar = M.sign_jar(S.JAR, DEV)
    # the same certificate, and an algorithm that nobody knows
    block = jar["META-INF/CODE.EC"]
    behind = block.index(DEV.certificates[0]) + len(DEV.certificates[0])
    at = block.index(bytes.fromhex("608648016503040201"), behind) + 8
    unknown = block[:at] + b"\x0a" + block[at + 1 :]
    facts, rules = look("a.jar", M.make_zip(jar | {"META-INF/CODE.EC": unknown}), M.make_zip(jar))
    assert facts["JAR"].startswith("unverifiable") and "signature_unproven" in rules, (facts, rules)


def test_the_same_signer_is_no_finding(look: Any) -> None:
    before = M.make_zip(M.sign_jar(S.JAR, DEV))
    after = M.make_zip(M.sign_jar(S.JAR | {"b.txt": b"new"}, DEV))
    assert look("a.jar", after, before)[1] == set()
    assert look("a.jar", after, M.make_zip(S.JAR))[1] == set()  # signed only now: nothing was broken


def test_another_signer_inside_weighs_less_than_of_the_package(
    spec: CheckSpec, unpack_package: Unpack, run_check: Any
) -> None:
    exe = {n: M.sign_program(M.make_program(), M.make_identity(n, k)) for n, k in (("Dev", 1), ("Other", 2))}
    package = unpack_package("a.zip", M.make_zip({"top-2/bin/a.exe": exe["Other"], "top-2/b.txt": b"x"}))
    package.baseline = unpack_package("a.zip", M.make_zip({"top-1/bin/a.exe": exe["Dev"], "top-1/b.txt": b"x"}))
    findings = [r for r in run_check(spec, package) if isinstance(r, Finding)]
    assert [(f.rule, f.severity) for f in findings] == [("signer_changed", Severity.MEDIUM)]


def test_nested_archives_are_looked_into(look: Any) -> None:
    jar = M.sign_jar(S.JAR, DEV)
    facts, rules = look("a.zip", M.make_zip({"lib/ex.jar": M.make_zip(jar), "b.txt": b"x"}))
    assert facts["JAR"].startswith("valid") and not rules
    bad = M.make_zip(jar | {"com/ex/words.txt": b"bye\n"})
    assert look("a.zip", M.make_zip({"lib/ex.jar": bad, "b.txt": b"x"}))[1] == {"digest_mismatch"}


def test_a_name_that_nobody_vouches_for_proves_nothing(look: Any) -> None:
    authority, namesake = M.make_identity("CA", 9), M.make_identity("CA", 13)
    real, fake = M.make_identity("Vendor", 10, issuer=authority), M.make_identity("Vendor", 11, issuer=namesake)
    exe = [M.sign_program(M.make_program(), one) for one in (real, fake)]
    assert "signer_changed" in look("a.exe", exe[1], exe[0])[1]


def test_a_store_is_named(look: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from checks.downloads import signature
    from checks.downloads.signing import crx
    from checks.downloads.signing.keys import key_hash

    store = M.make_identity("Store", 12)
    monkeypatch.setattr(
        signature, "survey",
        lambda package, stores, budget: original(package, [(key_hash(store.spki), "the Store")], budget),
    )  # fmt: skip
    from checks.downloads.signing.survey import survey as original

    facts, _ = look("a.crx", M.sign_crx(M.make_zip(S.EXTENSION), DEV, (store,)))
    assert "published by the Store" in facts["CRX3"] and crx.MAGIC == b"Cr24"


def test_bounds_are_said(
    spec: CheckSpec, unpack_package: Unpack, run_check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.downloads import signature
    from checks.downloads.signing.survey import Budget

    monkeypatch.setattr(signature, "Budget", lambda subjects, size: Budget(1, size))
    package = unpack_package("a.zip", M.make_zip({f"{n}.exe": M.make_program() for n in range(3)}))
    results = run_check(spec, package)
    assert len([r for r in results if isinstance(r, Unchecked)]) == 2


def test_a_parser_that_fails_leaves_the_others_alone(
    spec: CheckSpec, unpack_package: Unpack, run_check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checks.downloads.signing import families

    def fail(*arguments: Any) -> Any:
        raise AssertionError("broken")

    monkeypatch.setitem(families.VERIFIERS, "jar", fail)
    files = {"a.jar": M.make_zip(M.sign_jar(S.JAR, DEV)), "b.exe": M.sign_program(M.make_program(), DEV)}
    results = run_check(spec, unpack_package("a.zip", M.make_zip(files)))
    assert [r.reason for r in results if isinstance(r, Unchecked)] == [
        "its signature could not be looked at (AssertionError)"
    ]
    assert [r.value[:14] for r in results if isinstance(r, Fact) and r.name == "Authenticode"] == ["valid: CN=Dev,"]


def test_unsigned_room_beside_a_signature_is_seen(look: Any) -> None:
    exe = bytearray(M.sign_program(M.make_program(), DEV))
    exe += b"payload!" * 4
    exe[220:224] = (int.from_bytes(exe[220:224], "little") + 32).to_bytes(4, "little")
    start = int.from_bytes(exe[216:220], "little")
    exe[start : start + 4] = (int.from_bytes(exe[start : start + 4], "little") + 32).to_bytes(4, "little")
    assert look("a.exe", bytes(exe))[1] == {"unsigned_room"}


def test_half_a_signature_is_mentioned(look: Any) -> None:
    jar = {n: d for n, d in M.sign_jar(S.JAR, DEV).items() if not n.endswith(".EC")}
    facts, _ = look("a.jar", M.make_zip(jar))
    assert "half of a signature is left (CODE)" in facts["jar"]


@pytest.mark.parametrize(
    ("path", "data", "name"),
    [
        ("ex-1.whl.publish.attestation", b'{"version": 1}', "attestation"),
        ("provenance.json", b'{"predicateType": "x"}', "attestation"),
        (
            "a.tgz.asc",
            b"-----BEGIN PGP SIGNATURE-----\n\nwsBcBAABCAAQBQJkAAAAAAoJEAAAAAAAAAAB\n-----END PGP SIGNATURE-----\n",
            "",
        ),
    ],
)
def test_what_cannot_be_verified_is_a_fact(look: Any, path: str, data: bytes, name: str) -> None:
    facts, rules = look("a.zip", M.make_zip({path: data, "b.txt": b"x"}))
    assert not rules
    assert not name or facts[name].startswith("unverifiable")


def test_wheel_signatures(look: Any) -> None:
    record = b"ex.py,sha256=x,1\n"
    files = {"ex-1.dist-info/WHEEL": b"Tag: py3-none-any\n", "ex-1.dist-info/RECORD": record, "ex.py": b"x"}
    facts, _ = look("ex-1-py3-none-any.whl", M.make_zip(files))
    assert "no signature" in facts["wheel"]
    signed = files | {"ex-1.dist-info/RECORD.p7s": M.sign_message(DEV, record)}
    assert look("ex-1-py3-none-any.whl", M.make_zip(signed))[0]["wheel RECORD.p7s"].startswith("valid: CN=Dev")
    changed = signed | {"ex-1.dist-info/RECORD": record + b"b.py,,\n"}
    assert look("ex-1-py3-none-any.whl", M.make_zip(changed))[1] == {"digest_mismatch"}


def vsix(**changed: bytes) -> bytes:
    """A Visual Studio extension with an older signature inside."""
    parts = {"extension.vsixmanifest": b"<PackageManifest/>", "a.dll": b"code"}

    def reference(name: str, data: bytes) -> str:
        value = base64.b64encode(hashlib.sha256(data).digest()).decode()
        return (
            f'<Reference URI="/{name}?ContentType=x"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<DigestValue>{value}</DigestValue></Reference>"
        )

    certificate = base64.b64encode(DEV.certificates[0]).decode()
    document = (
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/><Object><Manifest>'
        + "".join(reference(*item) for item in parts.items())
        + f"</Manifest></Object><X509Certificate>{certificate}</X509Certificate></Signature>"
    )
    place = "package/services/digital-signature/xml-signature/a.psdsxs"
    data: bytes = M.make_zip(parts | {place: document.encode(), "[Content_Types].xml": b"<Types/>"} | changed)
    return data


def test_the_digests_in_a_vsix_are_compared(look: Any) -> None:
    facts, rules = look("a.vsix", vsix())
    assert facts["VSIX (OPC)"].startswith("unverifiable: CN=Dev") and rules == {"unverifiable"}
    assert "digest_mismatch" in look("a.vsix", vsix(**{"a.dll": b"evil"}))[1]
    assert "uncovered" in look("a.vsix", vsix(**{"b.dll": b"evil"}))[1]


def test_scheme_one_alone_is_obsolete(look: Any) -> None:
    facts, rules = look("a.apk", M.make_zip(M.sign_jar(S.APK, DEV)))
    assert facts["APK v1"].startswith("valid") and rules == {"obsolete_scheme"}


def test_an_old_signature_that_broke_beside_a_sound_one_is_told_apart(look: Any) -> None:
    old = M.sign_jar(S.APK, DEV) | {"classes.dex": b"dex\n035\0" + bytes(50)}
    assert look("a.apk", M.sign_apk(M.make_zip(old), {S.V2: (DEV, b"")}))[1] == {"older_scheme"}


def test_what_was_not_unpacked_is_not_called_valid(unpack_package: Unpack, spec: CheckSpec, run_check: Any) -> None:
    from checks.runtime.unpack import Limits

    package = unpack_package("a.jar", M.make_zip(M.sign_jar(S.JAR, DEV)), Limits(entries=4))  # type: ignore[call-arg]
    results = run_check(spec, package)
    facts = [r.value for r in results if isinstance(r, Fact)]
    assert facts and facts[0].startswith("unverifiable"), results


def test_a_list_of_digests_in_a_debian_package_is_compared(look: Any) -> None:
    members = {"debian-binary": b"2.0\n", "control.tar": b"c" * 20, "data.tar": b"d" * 20}

    def deb(parts: dict[str, bytes]) -> bytes:
        rows = "".join(
            f"\t{hashlib.md5(d, usedforsecurity=False).hexdigest()} "
            f"{hashlib.sha1(d, usedforsecurity=False).hexdigest()} {len(d)} {n}\n"
            for n, d in members.items()
        )
        armour = DATA.joinpath("key.asc").read_text().replace("PUBLIC KEY BLOCK", "SIGNATURE")
        signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nVersion: 4\nFiles:\n{rows}{armour}"
        out = b"!<arch>\n"
        for name, data in (parts | {"_gpgbuilder": signed.encode()}).items():
            out += (
                f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
                + data
                + b"\n" * (len(data) % 2)
            )
        return out

    assert look("a.deb", deb(members))[1] == {"unverifiable"}
    assert "digest_mismatch" in look("a.deb", deb(members | {"data.tar": b"e" * 20}))[1]
