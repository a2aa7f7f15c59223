"""Machine code in miniature: headers that every tool recognises, and nothing that could run."""

import io
import json
import struct
import zipfile

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 62, 1) + bytes(200)
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(200)
MACHO = struct.pack("<I", 0xFEEDFACF) + bytes(200)
FAT = b"\xca\xfe\xba\xbe" + struct.pack(">I", 2) + bytes(200)
WASM = b"\0asm\x01\0\0\0"
JAVA = b"\xca\xfe\xba\xbe" + struct.pack(">HH", 0, 61) + bytes(200)

EXTENSION = {"manifest.json": b'{"manifest_version": 3, "name": "Tabs", "version": "1.0"}'}
NPM = {"package/package.json": json.dumps({"name": "thing", "version": "1.0.0"}).encode()}


def wheel(tag: str) -> dict[str, bytes]:
    return {"thing-1.dist-info/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n".encode(), "thing/__init__.py": b"\n"}


def static_library(member: bytes) -> bytes:
    """A Unix `ar` archive with one object file."""
    header = b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (b"fast.o/", 0, 0, 0, b"100644", len(member))
    return b"!<arch>\n" + header + member + b"\n" * (len(member) % 2)


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def flags():
    library = {"thing/lib/libfast.a": static_library(ELF)}
    yield "undeclared--static-library-in-a-pure-wheel", {"artifact:t.whl": packed(wheel("py3-none-any") | library)}
    yield "undeclared--extension-with-a-program", EXTENSION | {"helper/agent": ELF}
    yield "disguised--dll-as-picture", EXTENSION | {"icons/logo.png": PE}
    yield "hidden--dot-file", NPM | {"package/lib/.cache/update": MACHO}
    yield "undeclared--npm-without-platform", NPM | {"package/build/addon.node": ELF}
    yield "undeclared--pure-wheel-with-library", wheel("py3-none-any") | {"thing/_fast.so": ELF}
    yield "undeclared--universal", NPM | {"package/bin/tool": FAT}
    yield "webassembly--in-an-extension", EXTENSION | {"engine.wasm": WASM}
    yield "disguised--webassembly-as-font", EXTENSION | {"a.woff2": WASM}


def passes():
    library = {"thing/lib/libfast.a": static_library(ELF)}
    tagged = wheel("cp311-cp311-manylinux_2_28_x86_64") | library
    yield "static-library-in-a-platform-wheel", {"artifact:t.whl": packed(tagged)}
    yield (
        "platform-wheel",
        wheel("cp311-cp311-manylinux_2_28_x86_64") | {"thing/_fast.so": ELF, "thing/.libs/l.so": ELF},
    )
    yield (
        "npm-for-one-platform",
        {
            "package/package.json": b'{"name": "@thing/linux-x64", "os": ["linux"], "cpu": ["x64"]}',
            "package/bin/thing": ELF,
        },
    )
    yield "java-classes", {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "a/B.class": JAVA}
    yield "text-that-begins-with-mz", {"notes.txt": b"MZ is how Windows programs begin. " * 9}
    yield "launchers", wheel("py3-none-any") | {"setuptools/cli-64.exe": PE}
    yield "the-program-itself", {"setup.exe": PE}
