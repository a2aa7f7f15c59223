"""Puts the samples of the attack corpus into real packages: tarballs, zips, .deb and .rpm.

A sample is written as readable text from a public description of an attack, never from what a rule looks for: the
corpus measures the rules and would measure nothing if it were cut to fit them. Everything in it is inert: hosts are
documentation addresses or end in .invalid and .example. The few public services that attacks really use stand here
as `@name@` and are filled in when a package is built, so no file of the repository can reach one.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

SERVICES = {
    "@discord@": "discord" + ".com/api/webhooks/000000000000000000/inert-inert-inert",
    "@telegram@": "api.telegram" + ".org/bot0000000000:inert",
    "@pastebin@": "pastebin" + ".com/raw/00000000",
    "@webhook@": "webhook" + ".site/00000000-0000-0000-0000-000000000000",
    "@ghraw@": "raw.githubusercontent" + ".com/example-inert/example-inert/main",
    "@ghapi@": "api.github" + ".com",
    "@ipify@": "api.ipify" + ".org",
    "@oast@": "inert.oast" + ".fun",
    "@registry@": "registry.npmjs" + ".org",
    "@imds@": "169.254." + "169.254",
}


@dataclass(frozen=True)
class Sample:
    """One package. `source` tells which public description it is written from, or whose honest habit it shows."""

    name: str
    artifact: str
    files: Mapping[str, bytes]
    source: str

    def build(self) -> bytes:
        """The artifact's bytes, in the container that its name asks for."""
        files = {path: fill_in(data) for path, data in self.files.items()}
        suffix = self.artifact.rpartition(".")[2]
        if self.artifact.endswith((".tgz", ".tar.gz")):
            return make_tar(files)
        if suffix == "deb":
            return make_deb(files)
        if suffix == "rpm":
            return make_rpm(files)
        if len(files) == 1 and next(iter(files)) == self.artifact:
            return files[self.artifact]
        return make_zip(files)


def fill_in(data: bytes) -> bytes:
    """Names of public services in place of their marks."""
    for mark, service in SERVICES.items():
        data = data.replace(mark.encode(), service.encode())
    return data


def encode(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    return {path: text.lstrip("\n").encode() if isinstance(text, str) else text for path, text in files.items()}


def npm(
    name: str, version: str, files: Mapping[str, str | bytes], source: str, *, label: str = "", **manifest: object
) -> Sample:
    """An npm tarball; `manifest` goes into package.json."""
    told = {"name": name, "version": version, "description": "A small helper", "license": "MIT", **manifest}
    if "main" not in told and "index.js" in files:
        told["main"] = "index.js"
    inside = {"package/package.json": json.dumps(told, indent=2).encode()}
    inside |= {f"package/{path}": data for path, data in encode(files).items()}
    artifact = f"{name.strip('@').replace('/', '-')}-{version}.tgz"
    return Sample(f"npm-{label or name.strip('@').replace('/', '-')}", artifact, inside, source)


def sdist(name: str, version: str, files: Mapping[str, str | bytes], source: str, *, label: str = "") -> Sample:
    """A Python source distribution."""
    root = f"{name}-{version}"
    inside = {f"{root}/PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()}
    inside |= {f"{root}/{path}": data for path, data in encode(files).items()}
    return Sample(f"pypi-{label or name}", f"{root}.tar.gz", inside, source)


def wheel(name: str, version: str, files: Mapping[str, str | bytes], source: str, *, label: str = "") -> Sample:
    """A wheel."""
    stem = f"{name.replace('-', '_')}-{version}"
    inside = encode(files)
    inside[f"{stem}.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    inside[f"{stem}.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return Sample(f"pypi-{label or name}", f"{stem}-py3-none-any.whl", inside, source)


def extension(
    name: str, manifest: Mapping[str, object], files: Mapping[str, str | bytes], source: str, *, suffix: str = "zip"
) -> Sample:
    """A browser extension."""
    told = {"manifest_version": 3, "name": name, "version": "1.0.0", **manifest}
    inside = {"manifest.json": json.dumps(told, indent=2).encode(), **encode(files)}
    return Sample(f"browser-{name}", f"{name}-{told['version']}.{suffix}", inside, source)


VSIX_MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="{name}" Version="1.0.0" Publisher="{publisher}" />
    <DisplayName>{name}</DisplayName>
  </Metadata>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true" />
  </Assets>
</PackageManifest>
"""


def vsix(name: str, manifest: Mapping[str, object], files: Mapping[str, str | bytes], source: str) -> Sample:
    """A VS Code extension."""
    publisher = str(manifest.get("publisher", "example"))
    told = {"name": name, "version": "1.0.0", "publisher": publisher, "engines": {"vscode": "^1.75.0"}, **manifest}
    inside = {
        "extension.vsixmanifest": VSIX_MANIFEST.format(name=name, publisher=publisher).encode(),
        "extension/package.json": json.dumps(told, indent=2).encode(),
    }
    inside |= {f"extension/{path}": data for path, data in encode(files).items()}
    return Sample(f"vscode-{name}", f"{publisher}.{name}-1.0.0.vsix", inside, source)


def package(name: str, artifact: str, files: Mapping[str, str | bytes], source: str) -> Sample:
    """Anything else: the files as they are."""
    return Sample(name, artifact, encode(files), source)


def make_tar(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as archive,
    ):
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            member.mode = 0o755 if data.startswith((b"#!", b"\x7fELF")) else 0o644
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def make_zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return stream.getvalue()


def make_deb(files: Mapping[str, bytes]) -> bytes:
    """`DEBIAN/...` becomes the control archive, the rest the data."""
    control = {f"./{p.removeprefix('DEBIAN/')}": d for p, d in files.items() if p.startswith("DEBIAN/")}
    data = {f"./{p}": d for p, d in files.items() if not p.startswith("DEBIAN/")}
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": make_tar(control),
        "data.tar.gz": make_tar(data),
    }
    out = b"!<arch>\n"
    for name, body in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(body):<10}`\n".encode() + body + b"\n" * (len(body) % 2)
    return out


RPM_SCRIPTS = {"pre": (1023, 1085), "post": (1024, 1086), "preun": (1025, 1087), "postun": (1026, 1088)}


def make_rpm(files: Mapping[str, bytes]) -> bytes:
    """`SCRIPTS/post` and its like become scriptlets in the header, the rest the payload."""
    strings = {1000: "example", 1001: "1.0", 1002: "1", 1004: "An example", 1014: "MIT", 1021: "linux", 1022: "noarch"}
    strings |= {1124: "cpio", 1125: "gzip", 1126: "9"}
    for path, data in files.items():
        if path.startswith("SCRIPTS/"):
            script, program = RPM_SCRIPTS[path.removeprefix("SCRIPTS/")]
            strings |= {script: data.decode(), program: "/bin/sh"}
    payload = gzip.compress(make_cpio({p: d for p, d in files.items() if not p.startswith("SCRIPTS/")}), mtime=0)
    lead = b"\xed\xab\xee\xdb\x03\x00" + struct.pack(">HH66sHH16s", 0, 1, b"example-1.0-1", 1, 5, b"")
    signature = make_rpm_header({1000: struct.pack(">I", len(payload))}, kind=4)
    return lead + signature + b"\0" * (-len(signature) % 8) + make_rpm_header(
        {tag: text.encode() + b"\0" for tag, text in sorted(strings.items())}, kind=6
    ) + payload  # fmt: skip


def make_rpm_header(entries: Mapping[int, bytes], kind: int) -> bytes:
    index, store = b"", b""
    for tag, value in entries.items():
        index += struct.pack(">IIII", tag, kind, len(store), 1)
        store += value
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", len(entries), len(store)) + index + store


def make_cpio(files: Mapping[str, bytes]) -> bytes:
    out = b""
    for number, (path, data) in enumerate([*files.items(), ("TRAILER!!!", b"")], start=1):
        name = (path if path == "TRAILER!!!" else f"./{path}").encode() + b"\0"
        fields = [number, 0o100755, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        head = b"070701" + b"".join(b"%08X" % value for value in fields) + name
        out += head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
    return out
