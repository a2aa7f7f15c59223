"""Writes the compiled form of AndroidManifest.xml: just enough of it for tests."""

import struct
from xml.etree import ElementTree

ANDROID = "{http://schemas.android.com/apk/res/android}"
IDS = {
    "label": 0x01010001, "name": 0x01010003, "permission": 0x01010006, "exported": 0x01010010, "debuggable": 0x0101000F,
    "minSdkVersion": 0x0101020C, "versionCode": 0x0101021B, "versionName": 0x0101021C, "allowBackup": 0x01010280,
    "usesCleartextTraffic": 0x010104EC, "maxSdkVersion": 0x01010271, "targetSdkVersion": 0x01010270,
}  # fmt: skip
NONE = 0xFFFFFFFF


def compile_xml(text: str, *, wide: bool = False, hide_names: bool = False) -> bytes:
    """The bytes of a manifest; `wide` writes UTF-16, `hide_names` leaves attribute names to their numbers."""
    root = ElementTree.fromstring(text)
    names = list(IDS)
    pool = ["" if hide_names else name for name in names]

    def index(value: str) -> int:
        if value not in pool[len(names) :]:
            pool.append(value)
        return pool.index(value, len(names))

    body = bytearray()

    def emit(element: ElementTree.Element) -> None:
        attributes = bytearray()
        for key, value in element.attrib.items():
            plain = key.removeprefix(ANDROID)
            at = names.index(plain) if key.startswith(ANDROID) and plain in IDS else index(plain)
            if value in ("true", "false"):
                typed = (0x12, NONE if value == "true" else 0)
                raw = NONE
            elif value.isdigit() and key.startswith(ANDROID):
                typed, raw = (0x10, int(value)), NONE
            else:
                raw = index(value)
                typed = (0x03, raw)
            attributes += struct.pack("<IIIHBBI", NONE, at, raw, 8, 0, *typed)
        content = struct.pack("<IIHHHHHH", NONE, index(element.tag), 20, 20, len(element.attrib), 0, 0, 0) + attributes
        body.extend(struct.pack("<HHIII", 0x0102, 16, 16 + len(content), 1, NONE) + content)
        for child in element:
            emit(child)
        body.extend(struct.pack("<HHIIIII", 0x0103, 16, 24, 1, NONE, NONE, index(element.tag)))

    emit(root)
    strings, offsets = bytearray(), []
    for value in pool:
        offsets.append(len(strings))
        if wide:
            strings += struct.pack("<H", len(value)) + value.encode("utf-16-le") + b"\0\0"
        else:
            data = value.encode()
            sizes = bytearray()
            for size in (len(value), len(data)):
                sizes += bytes([size]) if size < 0x80 else bytes([0x80 | size >> 8, size & 0xFF])
            strings += sizes + data + b"\0"
    strings += bytes(-len(strings) % 4)
    start = 28 + 4 * len(offsets)
    chunk = struct.pack("<HHIIIIII", 1, 28, start + len(strings), len(offsets), 0, 0 if wide else 256, start, 0)
    chunk += b"".join(struct.pack("<I", offset) for offset in offsets) + strings
    resources = struct.pack("<HHI", 0x0180, 8, 8 + 4 * len(names)) + b"".join(
        struct.pack("<I", IDS[name]) for name in names
    )
    whole = chunk + resources + body
    return struct.pack("<HHI", 3, 8, 8 + len(whole)) + whole
