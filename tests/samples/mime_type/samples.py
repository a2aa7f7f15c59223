"""Files that are not what their names say, and files that only look strange."""

import gzip
import io
import struct
import zipfile
import zlib

ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 3, 62, 1) + bytes(200)
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(200)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + bytes(64) + b"\xff\xd9"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def zipped(name: str = "a/B.class", data: bytes = b"\xca\xfe\xba\xbe") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def flags():
    yield "disguised_executable--picture", {"img/logo.png": PE}
    yield "disguised_executable--text", {"notes.txt": ELF}
    yield "disguised_executable--script", {"lib/helper.js": ELF}
    yield "disguised_script--font", {"fonts/a.woff2": b"const s = require('child_process'); s.exec('id');\n"}
    yield "disguised_script--jpeg-is-php", {"up/a.jpg": b"<?php echo 1; ?>\n"}
    yield "disguised_archive--picture", {"a.png": zipped()}
    yield "polyglot--gifar", {"a.gif": GIF + zipped()}
    yield "polyglot--pdf-and-zip", {"a.pdf": PDF + zipped("x.js", b"1")}
    yield "polyglot--jpeg-and-zip-with-comment", {"a.jpg": JPEG + zipped()[:-2] + b"\x05\0hello"}
    yield "polyglot--gif-and-script", {"a.gif": b"GIF89a=1;alert(1);//" + bytes(40)}
    yield "polyglot--php-in-png", {"a.png": PNG[:33] + _chunk(b"tEXt", b"c\0<?php system($x); ?>") + PNG[33:]}
    yield "polyglot--program-behind-png", {"a.png": PNG + PE}
    yield "polyglot--gzip-behind-png", {"a.png": PNG + gzip.compress(b"x" * 90)}
    yield "polyglot--gzip-behind-jpeg", {"a.jpg": JPEG + gzip.compress(b"x" * 90)}
    yield "polyglot--script-behind-gif", {"a.gif": GIF + b"#!/bin/sh\necho inert\n"}
    yield "double_extension--invoice", {"invoice.pdf.exe": PE}
    yield "unexpected_content--no-picture", {"a.png": bytes(range(7, 250)) * 9}


def passes():
    yield "thumbnail-inside-a-photograph", {"a.jpg": JPEG[:20] + JPEG + bytes(30) + JPEG[20:] + b"maker's note"}
    yield "picture-as-wide-as-a-sign", {"a.gif": GIF[:6] + b"=\0" + GIF[8:], "b.gif": GIF[:6] + b";\0" + GIF[8:]}
    yield "true-pictures", {"a.png": PNG, "b.gif": GIF, "c.jpg": JPEG}
    yield "zip-family", {f"a.{suffix}": zipped() for suffix in ("zip", "jar", "xpi", "vsix", "whl", "apk", "epub")}
    yield "documents", {"a.pdf": PDF, "readme.txt": b"plain\n", "data.csv": b"a,b\n1,2\n"}
    yield "unknown-extension", {"a.qqq": ELF, "Makefile": b"all:\n\ttrue\n", "noext": PNG}
    yield "picture-in-another-format", {"a.jpg": PNG}
    yield "pointer-for-a-picture", {"big.png": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"}
    yield "utf-16", {"a.txt": "\ufefftext in two bytes\n".encode("utf-16-le"), "b.js": "\ufeffvar a;\n".encode()}
    yield "latin-1", {"a.txt": "schöne Grüße\n".encode("latin-1")}
    yield "program-that-carries-a-zip", {"launch.exe": PE + zipped("__main__.py", b"print(1)")}
    yield (
        "words-of-zip-in-text",
        {"a.js": b"const END = 'PK\\x05\\x06'; // end record\n", "b.txt": b"PK\x05\x06" + b" " * 40},
    )
    yield "empty", {"empty.png": b""}
