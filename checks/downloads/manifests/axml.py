"""AndroidManifest.xml as a small tree, from any of its three notations: binary, protobuf (bundles), plain text.

Nothing is believed: every offset is checked, names that a packer emptied are taken from their resource numbers, and
chunks of unknown kinds are stepped over, as Android itself does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import rules
from checks.downloads.manifests.text import local, parse_xml
from checks.runtime.package import File

MAX_SIZE = 8 << 20
MAX_NODES = 50_000
MAX_DEPTH = 64
MAX_ATTRIBUTES = 300
MAX_TEXT = 2000
_STRINGS, _RESOURCES, _START, _END = 0x0001, 0x0180, 0x0102, 0x0103
_NONE = 0xFFFFFFFF
_UTF8 = 1 << 8


@dataclass
class Node:
    """An element: its name, its attributes by local name as text, the elements in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The text of an attribute, empty where it is absent."""
        return self.attributes.get(name, "")

    def all(self, *tags: str) -> Iterator[Node]:
        """The direct children of these names."""
        return (child for child in self.children if child.tag in tags)


def read_android(file: File) -> Node:
    """The `manifest` element; raises BadManifest where there is none to read."""
    if file.size > MAX_SIZE:
        raise BadManifest(f"it is larger than {MAX_SIZE >> 20} MiB")
    data = file.data
    try:
        root: Node | None
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            root = _plain(file)
        elif data[2:4] == b"\x08\0":
            root = _Binary(data).tree()
        else:
            root = _proto_node(memoryview(data), 0, [MAX_NODES])
    except (struct.error, IndexError, RecursionError, UnicodeError) as error:
        raise BadManifest(f"it is damaged ({type(error).__name__})") from None
    if root is None or root.tag != "manifest":
        raise BadManifest("it has no manifest element")
    return root


class _Binary:
    """The chunks of the compiled form: a pool of strings, numbers of resources, then elements as events."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.names: dict[int, str] = {int(k, 16): v for k, v in rules()["android"]["resources"].items()}
        self.pool = (0, 0, 0, 0)  # where the offsets are, how many, where the strings are, flags
        self.resources = (0, 0)
        self._cache: dict[int, str] = {}

    def tree(self) -> Node | None:
        nodes: list[Node] = []
        stack: list[Node] = []
        at = 8
        while at + 8 <= len(self.data):
            kind, header, size = struct.unpack_from("<HHI", self.data, at)
            if size < 8 or header < 8:
                break
            if kind == _STRINGS and not self.pool[1]:
                count, _, flags, start = struct.unpack_from("<IIII", self.data, at + 8)
                self.pool = (at + header, min(count, (len(self.data) - at) // 4), at + start, flags)
            elif kind == _RESOURCES:
                self.resources = (at + header, max(0, min(size - header, len(self.data) - at - header)) // 4)
            elif kind == _START:
                if len(nodes) >= MAX_NODES or len(stack) >= MAX_DEPTH:
                    raise BadManifest("it has more elements, or deeper ones, than any manifest")
                node = self._element(at + header)
                if stack:
                    stack[-1].children.append(node)
                nodes.append(node)
                stack.append(node)
            elif kind == _END and stack:
                stack.pop()
            at += size
        return nodes[0] if nodes else None

    def _element(self, at: int) -> Node:
        _, name, start, size, count = struct.unpack_from("<IIHHH", self.data, at)
        node = Node(self._text(name))
        size = max(size, 20)
        for number in range(min(count, MAX_ATTRIBUTES)):
            where = at + start + number * size
            _, key, raw, _, _, kind, value = struct.unpack_from("<IIIHBBI", self.data, where)
            node.attributes.setdefault(self._name(key), self._value(raw, kind, value))
        return node

    def _name(self, index: int) -> str:
        """By the number of the resource first: Android goes by that, the text may be empty or false."""
        at, count = self.resources
        if index < count:
            known = self.names.get(struct.unpack_from("<I", self.data, at + 4 * index)[0])
            if known:
                return known
        return self._text(index)

    def _value(self, raw: int, kind: int, value: int) -> str:
        if kind == 0x03:
            return self._text(value)
        if kind == 0x12:
            return "true" if value else "false"
        if kind == 0x10:
            return str(value - (1 << 32) if value >> 31 else value)
        if kind == 0x01:
            return f"@0x{value:08x}"
        return self._text(raw) if raw != _NONE else f"0x{value:x}"

    def _text(self, index: int) -> str:
        if index not in self._cache:
            self._cache[index] = self._decode(index)
        return self._cache[index]

    def _decode(self, index: int) -> str:
        offsets, count, start, flags = self.pool
        if index >= count:
            return ""
        at = start + struct.unpack_from("<I", self.data, offsets + 4 * index)[0]
        if flags & _UTF8:
            at = self._skip_length(at)
            size, at = self.data[at], at + 1
            if size & 0x80:
                size, at = (size & 0x7F) << 8 | self.data[at], at + 1
            return self.data[at : at + min(size, MAX_TEXT)].decode("utf-8", "replace")
        size = struct.unpack_from("<H", self.data, at)[0]
        at += 2
        if size & 0x8000:
            size = (size & 0x7FFF) << 16 | struct.unpack_from("<H", self.data, at)[0]
            at += 2
        return self.data[at : at + 2 * min(size, MAX_TEXT)].decode("utf-16-le", "replace")

    def _skip_length(self, at: int) -> int:
        """The length in characters stands before that in bytes."""
        return at + (2 if self.data[at] & 0x80 else 1)


def _plain(file: File) -> Node:
    root = parse_xml(file, MAX_SIZE)
    budget = [MAX_NODES]

    def build(element: Any, depth: int) -> Node:
        budget[0] -= 1
        if budget[0] < 0 or depth > MAX_DEPTH:
            raise BadManifest("it has more elements, or deeper ones, than any manifest")
        attributes = {local(key): str(value)[:MAX_TEXT] for key, value in list(element.attrib.items())[:MAX_ATTRIBUTES]}
        return Node(local(element.tag), attributes, [build(child, depth + 1) for child in element])

    return build(root, 0)


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(number, varint value, bytes) of a protobuf message; IndexError or struct.error where it is cut short."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value, data[0:0]
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise IndexError
            yield number, 0, data[at : at + size]
            at += size
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise IndexError


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise IndexError


def _proto_node(data: memoryview, depth: int, budget: list[int]) -> Node | None:
    """An XmlNode: element 1 (its name 3, attributes 4, children 5) or text 2, which says nothing here."""
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        raise BadManifest("it has more elements, or deeper ones, than any manifest")
    for number, _, body in _fields(data):
        if number != 1:
            continue
        node = Node("")
        for inner, _, part in _fields(body):
            if inner == 3:
                node.tag = _proto_text(part)
            elif inner == 4 and len(node.attributes) < MAX_ATTRIBUTES:
                values = {n: _proto_text(b) for n, _, b in _fields(part) if n in (2, 3)}
                node.attributes.setdefault(values.get(2, ""), values.get(3, ""))
            elif inner == 5:
                child = _proto_node(part, depth + 1, budget)
                if child is not None:
                    node.children.append(child)
        return node
    return None


def _proto_text(data: memoryview) -> str:
    return bytes(data[:MAX_TEXT]).decode("utf-8", "replace")
