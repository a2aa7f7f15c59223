"""Signed packages of every family, as they are signed, and as somebody changed them afterwards."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ARTIFACT, BEFORE = "artifact:", "baseline-artifact:"
V2, V3 = 0x7109871A, 0xF05368C0
JAR = {"com/ex/Main.class": b"\xca\xfe\xba\xbe" + bytes(40), "com/ex/words.txt": b"hello\n"}
APK = {"AndroidManifest.xml": b"\x03\0\x08\0" + bytes(60), "classes.dex": b"dex\n035\0" + bytes(100)}
EXTENSION = {"manifest.json": b'{"manifest_version": 3, "name": "Ex", "version": "1"}', "a.js": b"console.log(1);\n"}
NUGET = {"ex.nuspec": b"<package><metadata><id>Ex</id></metadata></package>", "lib/ex.txt": b"x"}
Sample = tuple[str, dict[str, bytes]]


def makers() -> ModuleType:
    """The makers beside this file, loaded once."""
    if "signature_makers" not in sys.modules:
        spec = importlib.util.spec_from_file_location("signature_makers", Path(__file__).with_name("makers.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["signature_makers"] = module
        spec.loader.exec_module(module)
    return sys.modules["signature_makers"]


def flip(data: bytes, at: int) -> bytes:
    """The same with one bit turned."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _tampered(m: ModuleType) -> Iterator[Sample]:
    dev, other = m.make_identity("Dev", 1), m.make_identity("Other", 2)
    jar = m.sign_jar(JAR, dev)
    yield "digest_mismatch--jar-entry-changed", {ARTIFACT + "a.jar": m.make_zip(jar | {"com/ex/words.txt": b"bye\n"})}
    added = jar | {"com/ex/Evil.class": m.CLASS}
    yield "uncovered--jar-entry-added", {ARTIFACT + "a.jar": m.make_zip(added)}
    gone = {n: d for n, d in jar.items() if n != "com/ex/words.txt"}
    yield "missing_entries--jar-entry-removed", {ARTIFACT + "a.jar": m.make_zip(gone)}
    swapped = jar | {"META-INF/CODE.EC": m.sign_message(dev, jar["META-INF/CODE.SF"], certificates=other.certificates)}
    yield "signature_invalid--jar-certificate-swapped", {ARTIFACT + "a.jar": m.make_zip(swapped)}
    yield (
        "malformed--jar-block-cut-off",
        {ARTIFACT + "a.jar": m.make_zip(jar | {"META-INF/CODE.EC": jar["META-INF/CODE.EC"][:80]})},
    )
    program = m.sign_program(m.make_program(), dev)
    yield "digest_mismatch--exe-byte-flipped", {ARTIFACT + "a.exe": flip(program, 600)}
    pasted = m.sign_program(m.make_program(b"other"), dev)[:1024] + program[1024:]
    yield "digest_mismatch--exe-signature-of-another", {ARTIFACT + "a.exe": pasted}
    apk = m.sign_apk(m.make_zip(APK), {V2: (dev, b"")})
    yield "digest_mismatch--apk-byte-flipped", {ARTIFACT + "a.apk": flip(apk, apk.index(b"dex\n") + 20)}
    old = m.sign_jar(APK, dev, extra="X-Android-APK-Signed: 2, 3\r\n")
    yield "stripped--apk-block-removed", {ARTIFACT + "a.apk": m.make_zip(old)}
    guard = m.cut(b"\x0d\xf0\xef\xbe" + b"\x03\0\0\0")
    yield "stripped--apk-third-scheme-removed", {ARTIFACT + "a.apk": m.sign_apk(m.make_zip(APK), {V2: (dev, guard)})}
    crx = m.sign_crx(m.make_zip(EXTENSION), dev)
    yield "digest_mismatch--crx-byte-flipped", {ARTIFACT + "a.crx": flip(crx, crx.index(b"console"))}
    stolen = m.sign_crx(m.make_zip(EXTENSION), dev, id_of=other)
    yield "signature_invalid--crx-id-of-another", {ARTIFACT + "a.crx": stolen}
    xpi = m.sign_xpi(EXTENSION, dev)
    yield "digest_mismatch--xpi-entry-changed", {ARTIFACT + "a.xpi": m.make_zip(xpi | {"a.js": b"steal();\n"})}
    yield "uncovered--xpi-entry-added", {ARTIFACT + "a.xpi": m.make_zip(xpi | {"b.js": b"steal();\n"})}
    nupkg = m.sign_nuget(NUGET, dev)
    yield "digest_mismatch--nupkg-entry-changed", {ARTIFACT + "a.nupkg": nupkg.replace(b"<id>Ex<", b"<id>Ey<")}


def _poor(m: ModuleType) -> Iterator[Sample]:
    dev = m.make_identity("Dev", 1)
    yield "unsigned--exe", {ARTIFACT + "setup.exe": m.make_program()}
    yield "unsigned--apk", {ARTIFACT + "a.apk": m.make_zip(APK)}
    yield "weak_digest--jar-sha1", {ARTIFACT + "a.jar": m.make_zip(m.sign_jar(JAR, dev, digest="sha1"))}
    weak = m.make_identity("Small", 3, bits=1024)
    yield "weak_key--crx", {ARTIFACT + "a.crx": m.sign_crx(m.make_zip(EXTENSION), weak)}
    yield "obsolete_scheme--crx2", {ARTIFACT + "a.crx": m.sign_crx2(m.make_zip(EXTENSION), weak)}
    gone = m.make_identity("Old", 4, until=m.SINCE.replace(month=6))
    yield "expired--exe", {ARTIFACT + "a.exe": m.sign_program(m.make_program(), gone)}
    late = m.sign_program(m.make_program(), gone, time=m.SINCE.replace(year=2025))
    yield "outside_validity--exe", {ARTIFACT + "a.exe": late}
    root, fake = m.make_identity("Real CA", 5), m.make_identity("Real CA", 5)
    forged = m.Identity(m.make_key(6), [_claim(m, root), *fake.certificates])
    yield "forged_certificate--jar", {ARTIFACT + "a.jar": m.make_zip(m.sign_jar(JAR, forged))}


def _claim(m: ModuleType, root: object) -> bytes:
    """A certificate that says an authority issued it, and carries somebody else's signature."""
    honest: bytes = m.make_identity("Big Vendor", 6, issuer=root).certificates[0]
    return flip(honest, len(honest) - 5)


def _changed(m: ModuleType) -> Iterator[Sample]:
    """Against the version before."""
    dev, other = m.make_identity("Dev", 1), m.make_identity("Other", 2)
    namesake = m.make_identity("Dev", 7)
    signed = {
        who: m.make_zip(m.sign_jar(JAR, one)) for who, one in (("dev", dev), ("other", other), ("name", namesake))
    }
    yield "signer_changed--jar", {ARTIFACT + "a.jar": signed["other"], BEFORE + "a.jar": signed["dev"]}
    yield (
        "signer_changed--jar-same-name-other-key",
        {ARTIFACT + "a.jar": signed["name"], BEFORE + "a.jar": signed["dev"]},
    )
    yield "signature_removed--jar", {ARTIFACT + "a.jar": m.make_zip(JAR), BEFORE + "a.jar": signed["dev"]}
    crx = {one: m.sign_crx(m.make_zip(EXTENSION), one) for one in (dev, other)}
    yield "signer_changed--crx", {ARTIFACT + "a.crx": crx[other], BEFORE + "a.crx": crx[dev]}
    apk = m.make_zip(APK)
    before = m.sign_apk(apk, {V2: (dev, b"")})
    yield "signer_changed--apk", {ARTIFACT + "a.apk": m.sign_apk(apk, {V2: (other, b"")}), BEFORE + "a.apk": before}
    third = m.make_identity("Third", 8)
    wrong = m.sign_apk(apk, {V3: (other, m.lineage(third, other))})
    yield "signer_changed--apk-rotated-from-another", {ARTIFACT + "a.apk": wrong, BEFORE + "a.apk": before}
    rotated = m.sign_apk(apk, {V3: (other, m.lineage(dev, other))})
    yield "signer_rotated--apk", {ARTIFACT + "a.apk": rotated, BEFORE + "a.apk": before}
    authority = m.make_identity("CA", 9)
    renewed = [m.make_identity("Vendor", n, issuer=authority) for n in (10, 11)]
    exe = [m.sign_program(m.make_program(), one) for one in renewed]
    yield "signer_renewed--exe", {ARTIFACT + "a.exe": exe[1], BEFORE + "a.exe": exe[0]}
    yield "signature_removed--exe", {ARTIFACT + "a.exe": m.make_program(), BEFORE + "a.exe": exe[0]}


def flags() -> Iterator[Sample]:
    m = makers()
    yield from _tampered(m)
    yield from _poor(m)
    yield from _changed(m)


def passes() -> Iterator[Sample]:
    m = makers()
    dev, vendor = m.make_identity("Dev", 1), m.make_identity("Vendor", 10, issuer=m.make_identity("CA", 9))
    yield "plain-text", {ARTIFACT + "a.js": b"console.log(1);\n"}
    yield "unsigned-zip", {ARTIFACT + "a.zip": m.make_zip(EXTENSION)}
    yield "unsigned-jar", {ARTIFACT + "a.jar": m.make_zip({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", **JAR})}
    jar = m.make_zip(m.sign_jar(JAR, dev))
    yield "signed-jar", {ARTIFACT + "a.jar": jar}
    long = {f"com/ex/{'very/' * 12}Long{n}.class": m.CLASS for n in range(3)}
    yield "signed-jar-by-an-authority", {ARTIFACT + "a.jar": m.make_zip(m.sign_jar(JAR | long, vendor))}
    yield "signed-exe", {ARTIFACT + "a.exe": m.sign_program(m.make_program(), vendor, time=m.SINCE.replace(year=2025))}
    yield "signed-crx", {ARTIFACT + "a.crx": m.sign_crx(m.make_zip(EXTENSION), dev, (m.make_identity("Store", 12),))}
    yield "signed-xpi", {ARTIFACT + "a.xpi": m.make_zip(m.sign_xpi(EXTENSION, vendor))}
    yield "signed-nupkg", {ARTIFACT + "a.nupkg": m.sign_nuget(NUGET, dev)}
    apk = m.make_zip(m.sign_jar(APK, dev, extra="X-Android-APK-Signed: 2\r\n"))
    yield "signed-apk-old-and-new", {ARTIFACT + "a.apk": m.sign_apk(apk, {V2: (dev, b"")})}
    rotated = m.sign_apk(m.make_zip(APK), {V3: (dev, m.lineage(m.make_identity("Other", 2), dev))})
    yield "signed-apk-rotated", {ARTIFACT + "a.apk": rotated}
    yield "signed-jar-as-before", {ARTIFACT + "a.jar": m.make_zip(m.sign_jar(JAR | long, dev)), BEFORE + "a.jar": jar}
    yield "unsigned-program-inside", {ARTIFACT + "a.zip": m.make_zip({"bin/tool.exe": m.make_program(), "a.txt": b"x"})}
    yield "wheel-with-hashes-only", {
        "ex-1.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n", "ex.py": b"",
        "ex-1.dist-info/RECORD": b"ex.py,,\n",
    }  # fmt: skip
