"""Windows shortcuts, written field by field."""

import struct


def link(target="", arguments="", icon="", *, show=1, folder="", environment="", behind=b""):
    """A shortcut to `target` (a relative or full path), with texts in Unicode."""
    flags = 0x80 | (0x08 if target else 0) | (0x10 if folder else 0) | (0x20 if arguments else 0) | (0x40 if icon else 0)
    flags |= 0x200 if environment else 0
    head = struct.pack("<I16sIIQQQIIIHHII", 0x4C, bytes.fromhex("0114020000000000c000000000000046"), flags, 0x20, 0, 0, 0, 0, 0, show, 0, 0, 0, 0)
    texts = b"".join(
        struct.pack("<H", len(text)) + text.encode("utf-16-le") for text in (target, folder, arguments, icon) if text
    )
    extra = b""
    if environment:
        extra = struct.pack("<II", 0x314, 0xA0000001) + environment.encode().ljust(260, b"\0") + environment.encode("utf-16-le").ljust(520, b"\0")
    return head + texts + extra + bytes(4) + behind
