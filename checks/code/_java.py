"""Java source for the code checks: archives of sources, Android projects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, join_codes
from checks.code._language import Binding, Call, Language, Member, Node

if TYPE_CHECKING:
    from checks.code._constants import Constants

_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">=", "instanceof", "&&", "||"})
_TYPES = frozenset({"type_identifier", "scoped_type_identifier", "generic_type", "array_type"})
_ESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-7]{1,3})|(.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " "}


def _unescape(match: re.Match[str]) -> str:
    if match.group(1):
        return chr(int(match.group(1), 16))
    if match.group(2):
        return chr(int(match.group(2), 8))
    return _PLAIN.get(match.group(3), match.group(3))


def _text(node: Node) -> str:
    return bytes(node.text[:4096]).decode("utf-8", "replace")


def _type_name(node: Node) -> str:
    """`Socket` for `java.net.Socket`, `List` for `List<String>`."""
    return _text(node).partition("<")[0].partition("[")[0].rpartition(".")[2].strip()


_GRAMMARS = {".java": "java"}


_CONDITIONS = {
    "if_statement": ("condition",),
    "ternary_expression": ("condition",),
    "while_statement": ("condition",),
    "switch_expression": ("condition",),
}


class Java(Language):
    """Java 5 and later."""

    name = "java"
    grammars = _GRAMMARS
    functions = frozenset({"method_declaration", "constructor_declaration", "lambda_expression"})
    strings = frozenset({"string_literal", "text_block"})
    fragments = frozenset({"string_fragment", "escape_sequence", "multiline_string_fragment"})
    names = frozenset({"identifier"})
    comments = frozenset({"line_comment", "block_comment", "comment"})
    conditions = _CONDITIONS
    definitions = """
      (variable_declarator name: (identifier) @n)
      (assignment_expression left: (identifier) @n)
      (assignment_expression left: (field_access field: (identifier) @n))
      (formal_parameter name: (identifier) @n)
      (catch_formal_parameter name: (identifier) @n)
      (resource name: (identifier) @n)
      (enhanced_for_statement name: (identifier) @n)
      (lambda_expression parameters: (identifier) @n)
      (inferred_parameters (identifier) @n)
      (method_declaration name: (identifier) @n)
    """

    def call(self, node: Node) -> Call | None:
        if node.type == "method_invocation":
            callee = node.child_by_field_name("name")
        elif node.type == "object_creation_expression":
            callee = node.child_by_field_name("type")
        else:
            return None
        given = node.child_by_field_name("arguments")
        if callee is None:
            return None
        arguments = given.named_children[:60] if given is not None else []
        return Call(node, callee, [n for n in arguments if n.type not in self.comments])

    def member(self, node: Node, data: bytes) -> Member | None:
        if node.type == "field_access":
            name = node.child_by_field_name("field")
            return Member(node.child_by_field_name("object"), _text(name)) if name is not None else None
        if node.type == "array_access":
            return Member(node.child_by_field_name("array"), "", node.child_by_field_name("index"))
        if node.type == "identifier" and node.parent is not None and node.parent.type == "method_invocation":
            owner = node.parent.child_by_field_name("object")
            if owner is not None and node.parent.child_by_field_name("name") == node:
                return Member(owner, _text(node))
        return None

    def path(self, node: Node, data: bytes) -> str | None:
        return _type_name(node) if node.type in _TYPES else None

    def inner(self, node: Node) -> Node | None:
        if node.type == "parenthesized_expression" and node.named_child_count:
            return node.named_children[0]
        if node.type == "cast_expression":
            return node.child_by_field_name("value")
        if node.type == "scoped_type_identifier" and node.named_child_count:
            return node.named_children[-1]
        if node.type == "generic_type" and node.named_child_count:
            return node.named_children[0]
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type == "binary_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type == "+" and left is not None and right is not None:
                return [left, right]
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        if node.type == "array_creation_expression":
            value = node.child_by_field_name("value")
            return list(value.named_children) if value is not None else None
        return list(node.named_children) if node.type == "array_initializer" else None

    def literal(self, node: Node, data: bytes) -> str | None:
        if node.type == "string_literal":
            raw = data[node.start_byte : min(node.end_byte, node.start_byte + 200_000)].decode("utf-8", "replace")
            return _ESCAPE.sub(_unescape, raw.strip('"'))
        if node.type in ("string_fragment", "escape_sequence", "multiline_string_fragment"):
            return _ESCAPE.sub(_unescape, _text(node))
        if node.type == "character_literal":
            return _ESCAPE.sub(_unescape, _text(node)[1:-1])
        if node.type in ("decimal_integer_literal", "hex_integer_literal", "true", "false", "null_literal"):
            return _text(node)
        if node.type == "unary_expression" and node.end_byte - node.start_byte < 12:
            return _text(node)
        return None

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type == "assignment_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return (left, right) if left is not None and right is not None else None
        return None

    def carries(self, node: Node) -> bool:
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            return operator is None or operator.type not in _COMPARISONS
        return node.type not in ("instanceof_expression", "class_declaration", "class_body")

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        kind = parent.type
        if kind == "field_access":
            name, parent = parent, parent.parent
            kind = parent.type if parent is not None else ""
        if kind in ("variable_declarator", "resource"):
            value = parent.child_by_field_name("value")
            if value is not None:
                yield Binding(value=value)
            holder = parent if kind == "resource" else parent.parent
            declared = holder.child_by_field_name("type") if holder is not None else None
            if declared is not None and declared.type in _TYPES:
                yield Binding(path=f"{_type_name(declared)}()")
        elif kind == "assignment_expression":
            if parent.child_by_field_name("left") == name:
                yield Binding(value=parent.child_by_field_name("right"))
        elif kind == "enhanced_for_statement":
            yield Binding(value=parent.child_by_field_name("value"), is_element=True)
        elif kind == "method_declaration":
            yield Binding(function=parent)
        elif kind == "lambda_expression":
            yield Binding(function=parent, position=0)
        elif kind == "formal_parameter":
            if parent.parent is not None:
                position = next((i for i, n in enumerate(parent.parent.named_children[:30]) if n == parent), 0)
                yield Binding(function=parent.parent.parent, position=position)
            declared = parent.child_by_field_name("type")
            if declared is not None and declared.type in _TYPES:
                yield Binding(path=f"{_type_name(declared)}()")
        elif kind == "inferred_parameters" and parent.parent is not None:
            position = next((i for i, n in enumerate(parent.named_children[:30]) if n == name), 0)
            yield Binding(function=parent.parent, position=position)

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        name = path.rpartition(".")[2]
        first = values.text(call.arguments[0]) if call.arguments else None
        if path in ("String", "String.valueOf", "String.copyValueOf", "StringBuilder", "StringBuffer"):
            items = values.items(call.arguments[0]) if call.arguments else None
            return _letters(items, values) if items is not None else first
        if name in ("decode", "parseBase64Binary") and ("Base64" in path or name != "decode"):
            return decode_base64(first) if first is not None else None
        if path == "String.join" and len(call.arguments) > 1:
            return values.join(first, call.arguments[1:])
        member = self.member(call.callee, values.data)
        if member is None or name not in _METHODS:
            return None
        subject = values.text(member.object)
        if subject is None:
            return None
        return _METHODS[name](subject, *(values.text(n) or "" for n in call.arguments[:2]))


def _letters(items: Sequence[Node], values: Constants) -> str | None:
    """The text of an array of numbers or letters: what looks like a digit may be one."""
    letters = [values.text(n) if n.type == "character_literal" else join_codes([values.text(n)]) for n in items]
    return None if None in letters else "".join(letter or "" for letter in letters)


_METHODS: Mapping[str, Callable[..., str | None]] = {
    "concat": lambda text, more="", *_: text + more,
    "append": lambda text, more="", *_: text + more,
    "replace": lambda text, old="", new="", *_: text.replace(old, new) if old else text,
    "trim": lambda text, *_: text.strip(),
    "reverse": lambda text, *_: text[::-1],
    "toString": lambda text, *_: text,
    "toLowerCase": lambda text, *_: text.lower(),
    "getBytes": lambda text, *_: text,
    "intern": lambda text, *_: text,
}
