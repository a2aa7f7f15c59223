"""What the bytes of a file are, whatever its name says.

Plain UTF-8 source is recognised by a quick rule of our own; everything else goes to libmagic,
which costs 0.2 ms a file.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

HEAD = 8192

TEXT_SUFFIXES = frozenset({
    ".txt", ".md", ".rst", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".json", ".json5", ".jsonc",
    ".map", ".css", ".scss", ".sass", ".less", ".html", ".htm", ".xhtml", ".xml", ".svg", ".py", ".pyi", ".pyx",
    ".pxd", ".rb", ".php", ".java", ".kt", ".kts", ".scala", ".groovy", ".go", ".rs", ".c", ".h", ".cc", ".cpp",
    ".hpp", ".cs", ".fs", ".swift", ".m", ".mm", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".psm1", ".bat", ".cmd",
    ".vbs", ".lua", ".pl", ".pm", ".r", ".sql", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".properties",
    ".env", ".csv", ".tsv", ".po", ".pot", ".vue", ".svelte", ".graphql", ".proto", ".gradle", ".cmake", ".mk",
    ".tf", ".lock", ".flow", ".snap", ".j2", ".jinja", ".tmpl", ".tpl", ".pem", ".crt", ".key", ".asc", ".diff",
    ".patch", ".log", ".dtd", ".xsd", ".wsdl", ".npmignore", ".gitignore",
})  # fmt: skip

_EXECUTABLE_MIMES = frozenset(
    {
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-object",
        "application/x-mach-binary",
        "application/x-dosexec",
        "application/vnd.microsoft.portable-executable",
        "application/x-msi",
        "application/x-elf",
        "application/wasm",
        "application/x-ms-ne-executable",
        "application/x-archive-ar-object",
    }
)
_NATIVE_MAGICS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x7fELF", "application/x-elf", "ELF binary"),
    (b"\xfe\xed\xfa\xce", "application/x-mach-binary", "Mach-O binary"),
    (b"\xfe\xed\xfa\xcf", "application/x-mach-binary", "Mach-O binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary", "Mach-O binary"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary", "Mach-O binary"),
    (b"\x00asm", "application/wasm", "WebAssembly module"),
)
_ARCHIVE_MAGICS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"PK\x03\x04", 0, "application/zip", "zip archive"),
    (b"PK\x05\x06", 0, "application/zip", "empty zip archive"),
    (b"Cr24", 0, "application/x-chrome-extension", "Chrome extension"),
    (b"\x1f\x8b", 0, "application/gzip", "gzip data"),
    (b"BZh", 0, "application/x-bzip2", "bzip2 data"),
    (b"\xfd7zXZ\x00", 0, "application/x-xz", "xz data"),
    (b"\x28\xb5\x2f\xfd", 0, "application/zstd", "zstandard data"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed", "7-zip archive"),
    (b"Rar!\x1a\x07", 0, "application/x-rar", "RAR archive"),
    (b"!<arch>\n", 0, "application/x-archive", "ar archive"),
    (b"\xed\xab\xee\xdb", 0, "application/x-rpm", "RPM package"),
    (b"MSCF", 0, "application/vnd.ms-cab-compressed", "cabinet"),
    (b"ustar", 257, "application/x-tar", "tar archive"),
    (b"CD001", 32769, "application/x-iso9660-image", "ISO 9660 image"),
    (b"070701", 0, "application/x-cpio", "cpio archive"),
    (b"070702", 0, "application/x-cpio", "cpio archive"),
    (b"070707", 0, "application/x-cpio", "cpio archive"),
    (b"\xc7\x71", 0, "application/x-cpio", "cpio archive"),
    (b"\x71\xc7", 0, "application/x-cpio", "cpio archive"),
)
_ARCHIVE_MIMES = frozenset(mime for _, _, mime, _ in _ARCHIVE_MAGICS) | {"application/java-archive"}
# Text that libmagic must still see: a document or script format can hide behind a text suffix.
_TELLING_STARTS = (b"%PDF", b"{\\rtf", b"#!", b"From ", b"MZ", b"GIF8", b"%!PS", b"<?php", b"MIME-Version")


@dataclass(frozen=True, slots=True)
class FileType:
    """`mime` and `label` as a reader knows them; `encoding` is empty for binary content."""

    mime: str
    label: str
    encoding: str = ""
    is_executable: bool = False
    is_archive: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the content decodes as text."""
        return bool(self.encoding)


def archive_type(head: bytes) -> FileType | None:
    """The archive or compression format that these first bytes begin, or None."""
    for magic, offset, mime, label in _ARCHIVE_MAGICS:
        if head[offset : offset + len(magic)] == magic:
            return FileType(mime, label, is_archive=True)
    return None


def text_encoding(data: bytes) -> str:
    """`utf-8`, `utf-16-le`, `utf-16-be` or `latin-1` where the bytes read as text, else empty."""
    # the mark alone decides: whatever is asked of the characters after it, a comment can hold
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-le" if data[:1] == b"\xff" else "utf-16-be"
    if b"\0" in data:
        return ""
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        # A cut in the middle of a character is not damage, and a few stray bytes still read as text.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return "utf-8"
    control = sum(data.count(bytes([c])) for c in (*range(1, 9), *range(14, 27), 127))
    return "latin-1" if control <= len(data) // 512 else ""


_local = threading.local()


def _magic(head: bytes) -> tuple[str, str]:
    """MIME type and description by libmagic, one cookie pair per thread."""
    import magic

    if not hasattr(_local, "mime"):
        _local.mime = magic.Magic(mime=True)
    if not hasattr(_local, "label"):
        _local.label = magic.Magic()
    mime: Any = _local.mime.from_buffer(head)
    label = _local.label.from_buffer(head) if not mime.startswith("text/") else ""
    return mime, label.partition(",")[0]


class Named(Protocol):
    """Bytes under a name (checks.runtime.package.File)."""

    @property
    def size(self) -> int: ...
    @property
    def suffix(self) -> str: ...
    def head(self, size: int) -> bytes: ...


def identify(file: Named) -> FileType:
    """What this file is. libmagic sees the first 8 KiB; archives by their magic first."""
    head = file.head(HEAD)
    if not head:
        return FileType("inode/x-empty", "empty file", encoding="utf-8")
    encoding = text_encoding(head)
    is_wide = encoding.startswith("utf-16")
    is_known = encoding == "utf-8" and not head.startswith(_TELLING_STARTS)
    if (is_wide or is_known) and file.suffix in TEXT_SUFFIXES:
        return FileType("text/plain", "text", encoding=encoding)
    for magic_bytes, mime, label in _NATIVE_MAGICS:
        if head.startswith(magic_bytes):
            return FileType(mime, label, is_executable=True)
    found = archive_type(file.head(33000) if file.size > 32774 else head)
    if found is not None:
        return found
    mime, label = _magic(head)
    executable = mime in _EXECUTABLE_MIMES
    if is_wide and mime == "application/octet-stream":  # as libmagic says of one odd byte at the end of a script
        mime, label = "text/plain", "text"
    if encoding and not executable and (mime.startswith(("text/", "message/")) or mime in _TEXT_MIMES):
        return FileType(mime, label or "text", encoding=encoding)
    return FileType(mime, label or mime, is_executable=executable, is_archive=mime in _ARCHIVE_MIMES)


_TEXT_MIMES = frozenset(
    {
        "application/json",
        "application/javascript",
        "application/x-ndjson",
        "application/xml",
        "application/x-wine-extension-ini",
        "application/pgp-keys",
        "application/pgp-signature",
        "application/x-setupscript",
        "image/svg+xml",
        "application/csv",
    }
)
