"""Packages whose manifests lie, and packages as their tools write them."""

import base64
import bz2
import gzip
import hashlib
import importlib.util
import io
import json
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path

_spec = importlib.util.spec_from_file_location("axml", Path(__file__).parents[1] / "permissions" / "axml.py")
axml = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(axml)

NAMESPACE = 'xmlns:android="http://schemas.android.com/apk/res/android"'


def packed(files, twins=()):
    """A zip; `twins` are further members whose names may be there already."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a name is there already is the point
            for name, content in twins:
                archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def tarred(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tgz(files):
    return gzip.compress(tarred(files))


def ar(files):
    body = b"!<arch>\n"
    for name, content in files.items():
        header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content))
        body += header + content + b"\n" * (len(content) % 2)
    return body


def npm(**more):
    manifest = {"name": "thing", "version": "1.0.0", "main": "index.js", "license": "MIT"} | more
    return {"package/package.json": json.dumps(manifest).encode(), "package/index.js": b"module.exports = 1\n"}


def record(files, folder):
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{folder}/RECORD,,", ""]).encode()


def wheel(name="thing", version="1.0", tag="py3-none-any", folder=None):
    folder = folder or f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": b"VALUE = 1\n",
        f"{folder}/METADATA": f"Name: {name}\nVersion: {version}\nSummary: A thing\n\nText\n".encode(),
        f"{folder}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
        f"{folder}/entry_points.txt": b"[console_scripts]\nthing = thing:main\n",
    }
    return files | {f"{folder}/RECORD": record(files, folder)}


WHEEL = "artifact:thing-1.0-py3-none-any.whl"
SDIST = "artifact:thing-1.0.tar.gz"


def sdist(**more):
    information = b"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n\n"
    return {
        "thing-1.0/PKG-INFO": information,
        "thing-1.0/setup.py": b"from setuptools import setup\nsetup()\n",
        "thing-1.0/thing.egg-info/PKG-INFO": information,
        "thing-1.0/pyproject.toml": b'[project]\nname = "thing"\nversion = "1.0.0"\n',
    } | more


def vsix(identity=("tabs", "1.2.0", "acme"), **more):
    text = (
        '<?xml version="1.0"?><PackageManifest xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>'
        '<Identity Language="en-US" Id="{}" Version="{}" Publisher="{}"/></Metadata><Assets>'
        '<Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json"/></Assets></PackageManifest>'
    ).format(*identity)
    manifest = {"name": "tabs", "version": "1.2.0", "publisher": "acme", "main": "./out/main",
                "engines": {"vscode": "^1.80.0"}, "activationEvents": ["onLanguage:css"]}  # fmt: skip
    return {
        "extension.vsixmanifest": text.encode(),
        "extension/package.json": json.dumps(manifest | more).encode(),
        "extension/out/main.js": b"exports.activate = () => {}\n",
    }


def nupkg(name="Acme.Thing", version="1.2.3", core="Acme.Thing"):
    return {
        f"{name}.nuspec": f"<package><metadata><id>{name}</id><version>{version}</version><authors>Acme</authors>"
        "</metadata></package>".encode(),
        "lib/net8.0/Acme.Thing.txt": b"x",
        "[Content_Types].xml": b"<Types/>",
        "package/services/metadata/core-properties/1.psmdcp": f"<coreProperties><identifier>{core}</identifier>"
        f"<version>{version}</version></coreProperties>".encode(),
    }


def deb(control=b"Package: thing\nVersion: 1:1.0-1\nArchitecture: all\nMaintainer: Acme <a@acme.example>\n",
        data=b"content\n", listed=b"content\n", extra=None):  # fmt: skip
    sums = f"{hashlib.md5(listed, usedforsecurity=False).hexdigest()}  usr/share/thing\n".encode()
    members = {"debian-binary": b"2.0\n", "control.tar.gz": tgz({"./control": control, "./md5sums": sums,
                                                                "./postinst": b"#!/bin/sh\ntrue\n"})}  # fmt: skip
    if extra is not None:
        members["control.tar"] = tarred({"./control": extra})
    return ar(members | {"data.tar.gz": tgz({"./usr/share/thing": data})})


def rpm(name="thing", version="1.0", release="1"):
    texts = {1000: name, 1001: version, 1002: release, 1004: "A thing", 1014: "MIT", 1022: "noarch", 1024: "true"}

    def header(values):
        store, index = b"", b""
        for tag, text in values.items():
            index += struct.pack(">IIII", tag, 6, len(store), 1)
            store += text.encode() + b"\0"
        return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", len(values), len(store)) + index + store

    signature = header({})
    payload = gzip.compress(b"070701" + b"0" * 104 + b"TRAILER!!!\0\0\0\0")
    return b"\xed\xab\xee\xdb\x03\0" + bytes(90) + signature + bytes(-len(signature) % 8) + header(texts) + payload


def jar(main="a.Main", manifest=b""):
    return {
        "META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\r\nMain-Class: {main}\r\n".encode() + manifest + b"\r\n",
        "META-INF/maven/g/thing/pom.properties": b"groupId=g\nartifactId=thing\nversion=1.4.2\n",
        "a/Main.class": b"\xca\xfe\xba\xbe\0\0\0\x41",
    }


def conda(sha=None):
    content = b"VALUE = 1\n"
    paths = {"paths": [{"_path": "lib/thing.py", "path_type": "hardlink",
                        "sha256": sha or hashlib.sha256(content).hexdigest()}]}  # fmt: skip
    files = {
        "info/index.json": b'{"name": "thing", "version": "1.0", "build": "0", "depends": ["python"]}',
        "info/paths.json": json.dumps(paths).encode(),
        "lib/thing.py": content,
    }
    return bz2.compress(tarred(files))


GEM = b"""--- !ruby/object:Gem::Specification
name: thing
version: !ruby/object:Gem::Version
  version: 1.0.2
platform: ruby
authors:
- Acme
executables:
- thing
extensions: []
summary: A thing
required_ruby_version: !ruby/object:Gem::Requirement
  requirements:
  - - ">="
    - !ruby/object:Gem::Version
      version: 2.7.0
"""


def gem():
    return tarred({"metadata.gz": gzip.compress(GEM), "data.tar.gz": tgz({"lib/thing.rb": b"x = 1\n"})})


def extension(**more):
    manifest = {"manifest_version": 3, "name": "Tabs", "version": "1.0", "action": {"default_popup": "popup.html"},
                "background": {"service_worker": "back.js"}, "icons": {"16": "i.png"}}  # fmt: skip
    return {
        "manifest.json": json.dumps(manifest | more).encode(),
        "back.js": b"1\n", "popup.html": b"<p>x</p>", "i.png": b"\x89PNG\r\n\x1a\n",
    }  # fmt: skip


def app(text, **form):
    return {"AndroidManifest.xml": axml.compile_xml(text, **form), "classes.dex": b"dex\n"}


def flags():
    yield "name-mismatch--npm", {"artifact:lodash-1.0.0.tgz": tgz(npm())}
    yield "version-mismatch--npm", {"artifact:thing-1.0.1.tgz": tgz(npm())}
    yield "name-mismatch--npm-of-another-scope", {"artifact:acme-thing-1.0.0.tgz": tgz(npm(name="@evil/thing"))}
    twin = {"zzz/package.json": b'{"name": "thing", "version": "1.0.0", "scripts": {"install": "node other.js"}}'}
    yield "two-manifests--npm-second-folder", {"artifact:thing-1.0.0.tgz": tgz(npm() | twin)}
    top = {"package.json": b'{"name": "harmless", "version": "1.0.0"}'}
    yield "two-manifests--npm-one-at-the-top", {"artifact:thing-1.0.0.tgz": tgz(top | npm())}
    yield (
        "duplicate-key--npm-hook",
        {
            "package/package.json": b'{"name": "thing", "version": "1.0.0", "scripts": {"postinstall": "true",'
            b' "postinstall": "node setup.js"}}'
        },
    )
    yield "missing-entry--npm-command", npm(bin={"thing": "./cli.js"})
    yield "outside-entry--npm", npm(main="../../other/index.js")
    yield "unreadable--npm", {"package/package.json": b'{"name": "thing", ', "package/index.js": b"1\n"}
    yield "unreadable--npm-too-deep", {"package/package.json": b'{"a":' * 100_000, "package/index.js": b"1\n"}

    files = wheel()
    yield "record-hash--wheel-changed-file", {WHEEL: packed(files | {"thing/__init__.py": b"VALUE = 2\n"})}
    yield "record-hash--wheel-other-size", {WHEEL: packed(files | {"thing/__init__.py": b"VALUE = 22\n"})}
    yield "record-unlisted--wheel", {WHEEL: packed(files | {"thing/extra.py": b"import os\n"})}
    yield "record-unlisted--wheel-start-up-file", {WHEEL: packed(files | {"thing.pth": b"import thing\n"})}
    without = {name: data for name, data in files.items() if name != "thing/__init__.py"}
    yield "record-missing--wheel", {WHEEL: packed(without)}
    listed = files["thing-1.0.dist-info/RECORD"]
    path = "thing-1.0.dist-info/RECORD"
    yield "record-path--wheel", {WHEEL: packed(files | {path: listed + b"../../bin/thing,,\n"})}
    cut = listed.replace(listed.split(b"\n")[0], b"thing/__init__.py,,")
    yield "record-unhashed--wheel", {WHEEL: packed(files | {path: cut})}
    yield "record-absent--wheel", {WHEEL: packed({name: data for name, data in files.items() if name != path})}
    yield "unreadable--wheel-record", {WHEEL: packed(files | {path: b'thing,"' + b"x" * 200_000})}
    yield "name-mismatch--wheel", {"artifact:other-1.0-py3-none-any.whl": packed(files)}
    yield "version-mismatch--wheel", {"artifact:thing-1.1-py3-none-any.whl": packed(files)}
    yield "tag-mismatch--wheel", {"artifact:thing-1.0-cp311-cp311-win_amd64.whl": packed(files)}
    yield "manifests-disagree--wheel-folder", {WHEEL: packed(wheel(folder="requests-1.0.dist-info"))}
    second = {"requests-2.0.dist-info/METADATA": b"Name: requests\nVersion: 2.0\n"}
    yield "two-manifests--wheel", {WHEEL: packed(files | second)}

    yield "version-mismatch--sdist", {"artifact:thing-1.2.tar.gz": tgz(sdist())}
    other = {"thing-1.0/thing.egg-info/PKG-INFO": b"Name: requests\nVersion: 2.0\n\n"}
    yield "manifests-disagree--sdist-egg-info", {SDIST: tgz(sdist(**other))}
    other = {"thing-1.0/pyproject.toml": b'[project]\nname = "requests"\nversion = "1.0"\n'}
    yield "manifests-disagree--sdist-project", {SDIST: tgz(sdist(**other))}

    yield "manifests-disagree--vsix-publisher", vsix(("tabs", "1.2.0", "microsoft"))
    yield "manifests-disagree--vsix-version", vsix(("tabs", "9.9.9", "acme"))
    yield "version-mismatch--vsix", {"artifact:acme.tabs-1.3.0.vsix": packed(vsix())}
    yield "missing-entry--vsix-main", vsix(main="./dist/other.js")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><PackageManifest>&a;</PackageManifest>'
    yield "unreadable--vsix-entity", vsix() | {"extension.vsixmanifest": bomb}

    yield "name-mismatch--nupkg", {"artifact:Newtonsoft.Json.1.2.3.nupkg": packed(nupkg())}
    yield "manifests-disagree--nupkg-core-properties", nupkg(core="Newtonsoft.Json")
    yield "two-manifests--nupkg", nupkg() | {"Other.nuspec": b"<package><metadata/></package>"}

    yield "digest-wrong--deb", {"artifact:thing_1.0-1_all.deb": deb(data=b"changed\n")}
    yield "version-mismatch--deb", {"artifact:thing_1.1-1_all.deb": deb()}
    yield "two-manifests--deb", {"artifact:thing_1.0-1_all.deb": deb(extra=b"Package: thing\nVersion: 9\n")}
    yield "name-mismatch--rpm", {"artifact:other-1.0-1.noarch.rpm": rpm()}
    yield "missing-entry--jar", jar(main="a.Other")
    yield "version-mismatch--jar", {"artifact:thing-1.5.0.jar": packed(jar())}
    yield "digest-wrong--conda", {"artifact:thing-1.0-0.tar.bz2": conda("0" * 64)}
    yield "version-mismatch--gem", {"artifact:thing-1.0.3.gem": gem()}

    yield "missing-entry--extension-worker", extension(background={"service_worker": "other.js"})
    yield "unknown-version--extension", extension(manifest_version=9)
    yield "self-update--extension", extension(update_url="https://updates.example/u.xml")
    yield (
        "duplicate-key--extension-permissions",
        extension()
        | {
            "manifest.json": b'{"manifest_version": 3, "name": "T", "version": "1", "permissions": ["storage"],'
            b' "permissions": ["cookies", "tabs"]}'
        },
    )
    twins = [("package.json", b'{"name": "other", "version": "1.0.0"}')]
    first = {"package.json": b'{"name": "thing", "version": "1.0.0"}', "index.js": b"1\n"}
    yield "two-manifests--one-name-twice", {"artifact:a.zip": packed(first, twins)}
    yield "unreadable--apk", {"AndroidManifest.xml": b"\3\0\x08\0" + b"\xff" * 60, "classes.dex": b"dex\n"}
    yield "missing-entry--composer", {
        "composer.json": b'{"name": "acme/thing", "autoload": {"files": ["src/boot.php"]}}',
        "src/a.php": b"<?php\n",
    }


def passes():
    yield "npm", {"artifact:thing-1.0.0.tgz": tgz(npm(bin="index.js", files=["index.js", "dist/*.js"]))}
    yield "npm-with-a-scope", {"artifact:acme-thing-1.0.0.tgz": tgz(npm(name="@acme/thing"))}
    yield "npm-as-the-registry-names-it", {"artifact:thing-1.0.0 (1).tgz": tgz(npm(name="@acme/thing"))}
    yield "npm-main-without-extension", npm(main="./index")
    yield "npm-of-types", {"package/package.json": b'{"name": "@types/x", "version": "1.0.0", "main": ""}',
                           "package/index.d.ts": b"export {}\n"}  # fmt: skip
    yield "wheel", {WHEEL: packed(wheel())}
    yield "wheel-with-dots", {"artifact:acme_thing-1.0-py3-none-any.whl": packed(wheel(name="acme_thing"))}
    signed = wheel()
    signed["thing-1.0.dist-info/RECORD.jws"] = b"{}"
    yield "wheel-with-a-signed-record", {WHEEL: packed(signed)}
    yield "sdist", {SDIST: tgz(sdist())}
    yield "vsix", {"artifact:acme.tabs-1.2.0.vsix": packed(vsix())}
    yield "vsix-without-publisher-in-its-name", {"artifact:tabs-1.2.0@linux-x64.vsix": packed(vsix())}
    yield "nupkg", {"artifact:acme.thing.1.2.3.nupkg": packed(nupkg())}
    yield "deb", {"artifact:thing_1.0-1_all.deb": deb()}
    yield "deb-with-epoch", {"artifact:thing_1%3a1.0-1_all.deb": deb()}
    yield "rpm", {"artifact:thing-1.0-1.noarch.rpm": rpm()}
    yield "jar", {"artifact:thing-1.4.2-sources.jar": packed(jar())}
    yield "conda", {"artifact:thing-1.0-0.tar.bz2": conda()}
    yield "gem", {"artifact:thing-1.0.2.gem": gem()}
    yield "extension", extension()
    yield "extension-with-comments", extension() | {
        "manifest.json": b'{"manifest_version": 3, /* c */ "name": "T", "version": "1"} // end'
    }
    text = f'<manifest {NAMESPACE} package="com.tabs.example"><uses-sdk android:minSdkVersion="24"/></manifest>'
    yield "apk", app(text)
    yield "apk-with-wide-strings", app(text, wide=True)
    yield "composer", {"composer.json": b'{"name": "acme/thing", "scripts": {"post-install-cmd": "@php x"}}',
                       "src/a.php": b"<?php\n"}  # fmt: skip
    core = (b'<cp:coreProperties xmlns:cp="urn:x" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Plan</dc:title>'
            b"<dc:creator>A</dc:creator></cp:coreProperties>")  # fmt: skip
    yield "office-document", {
        "[Content_Types].xml": b"<Types/>", "docProps/core.xml": core, "word/document.xml": b"<w/>",
    }  # fmt: skip
    yield "plain-archive", {"readme.txt": b"hello\n", "data/a.csv": b"1,2\n"}
