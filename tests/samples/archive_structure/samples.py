"""Archives that lie, and archives that merely look unusual. Each sample is an artifact that is really unpacked."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

# The runner unpacks a sample of this name instead of taking its files as they are.
ARTIFACT = "artifact:"


def _hostile() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "hostile" / "archives.py"
    if "hostile_archives" not in sys.modules:
        spec = importlib.util.spec_from_file_location("hostile_archives", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hostile_archives"] = module
        spec.loader.exec_module(module)
    return sys.modules["hostile_archives"]


def flags() -> Iterator[tuple[str, dict[str, bytes]]]:
    for name, (file, build, rule) in _hostile().COLLECTION.items():
        # passing or costly ones are in tests/checks/runtime
        if rule not in ("prefix_data", "bomb_ratio"):
            yield f"{rule}--{name}", {ARTIFACT + file: build()}
    yield "empty--no-entry", {ARTIFACT + "a.zip": _hostile().plain_zip({})}
    yield "empty--zeros", {ARTIFACT + "a.tar": bytes(10240)}
    yield "empty--zeros-inside", {ARTIFACT + "a.tgz": gzip.compress(bytes(10240))}
    yield "no_archive--noise", {ARTIFACT + "a.zip": hashlib.shake_128(b"noise").digest(5000)}
    yield "no_archive--text", {ARTIFACT + "a.whl": b"not found\n"}
    yield "empty--no-content", {ARTIFACT + "a.zip": _hostile().plain_zip({"a.js": b"", "docs/": b""})}


def passes() -> Iterator[tuple[str, dict[str, bytes]]]:
    make = _hostile()
    script = b"console.log('hello');\n"
    files = {"package.json": b'{"name": "x"}', "src/a.js": script, "docs/": b"", "ünïcode.txt": b"x"}
    yield "ordinary-zip", {ARTIFACT + "a.zip": make.plain_zip(files)}
    yield "ordinary-tgz", {ARTIFACT + "a.tgz": make.plain_tgz({"package/a.js": script, "package/...hidden": b"x"})}
    yield (
        "zip-with-comment",
        {ARTIFACT + "a.zip": make.make_zip([make.Member(b"a.js", script)], comment=b"made by hand")},
    )
    descriptor = make.Member(b"a.js", script, flags=8, gap=make.descriptor(script))
    yield "zip-with-data-descriptors", {ARTIFACT + "a.zip": make.make_zip([descriptor, make.Member(b"b.js", script)])}
    manifest = make.Member(b"META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")
    yield "jar-with-a-manifest-twice", {ARTIFACT + "a.jar": make.make_zip([manifest, manifest])}
    compressed_folder = make.Member(b"META-INF/", b"", raw=b"\x03\x00", method=8)
    yield "jar-with-compressed-folders", {ARTIFACT + "a.jar": make.make_zip([compressed_folder, manifest])}
    yield "executable-with-a-zip", {ARTIFACT + "a.exe": b"MZ" + bytes(300) + make.plain_zip(files)}
    header = b"Cr24" + (3).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(64)
    yield "chrome-extension", {ARTIFACT + "a.crx": header + make.plain_zip({"manifest.json": b"{}"})}
    link = make.entry("lib/libx.so", tarfile.SYMTYPE, "libx.so.1")
    yield "link-inside", {ARTIFACT + "a.tar": make.make_tar([(make.entry("lib/libx.so.1"), b"x"), (link, b"")])}
    yield "padded-tar", {ARTIFACT + "a.tgz": gzip.compress(make.plain_tar({"a": script}) + bytes(1 << 16))}
    yield "signed-apk", {ARTIFACT + "a.apk": make.make_zip([manifest], before=make.signing_block(b"s" * 300))}
    yield "small-sparse-file", {ARTIFACT + "a.tar": make.gnu_sparse_tar(1 << 20)}
    yield "plain-file", {ARTIFACT + "a.js": script}
