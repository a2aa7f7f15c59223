"""PHP for the code checks: scripts, and the parts of pages between `<?php` and `?>`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, decode_hex, decode_percent, inflate, join_codes
from checks.code._language import Binding, Call, Language, Member, Node

if TYPE_CHECKING:
    from checks.code._constants import Constants

_CALLERS = frozenset({"array_map", "call_user_func", "call_user_func_array"})
_INCLUDES = frozenset(
    {"include_expression", "include_once_expression", "require_expression", "require_once_expression"}
)
_MEMBER_CALLS = frozenset({"member_call_expression", "nullsafe_member_call_expression"})
_MEMBERS = frozenset({"member_access_expression", "nullsafe_member_access_expression"})
_SCOPED = frozenset({"scoped_call_expression", "scoped_property_access_expression", "class_constant_access_expression"})
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "<>", "instanceof", "<=>"})
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{1,3})|(.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f", "e": "\x1b"}


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code or match.group(3):
        number = int(code, 16) if code else int(match.group(3), 8) & 0xFF
        return chr(number) if number < 0x110000 else ""
    return _PLAIN.get(match.group(4), match.group(4))


def _text(node: Node) -> str:
    return bytes(node.text[:4096]).decode("utf-8", "replace")


_GRAMMARS = {".php": "php", ".phtml": "php", ".php5": "php", ".php7": "php", ".inc": "php", ".phar": "php"}


_CONDITIONS = {
    "if_statement": ("condition",),
    "else_if_clause": ("condition",),
    "conditional_expression": ("condition",),
    "while_statement": ("condition",),
    "switch_statement": ("condition",),
}


class Php(Language):
    """PHP 5 to 8."""

    name = "php"
    grammars = _GRAMMARS
    programs = (b"php",)
    functions = frozenset({"function_definition", "method_declaration", "anonymous_function", "arrow_function"})
    strings = frozenset({"string", "encapsed_string", "heredoc_body", "nowdoc_body"})
    fragments = frozenset({"string_content", "escape_sequence", "nowdoc_string"})
    names = frozenset({"variable_name", "name"})
    calls_by_text = True
    conditions = _CONDITIONS
    definitions = """
      (assignment_expression left: (variable_name) @n)
      (augmented_assignment_expression left: (variable_name) @n)
      (reference_assignment_expression left: (variable_name) @n)
      (assignment_expression left: (member_access_expression name: (name) @n))
      (property_element name: (variable_name) @n)
      (simple_parameter name: (variable_name) @n)
      (variadic_parameter name: (variable_name) @n)
      (foreach_statement (variable_name) @n)
      (foreach_statement (pair (variable_name) @n))
      (function_definition name: (name) @n)
      (method_declaration name: (name) @n)
    """

    def regions(self, data: bytes, suffix: str) -> list[tuple[int, int]] | None:
        return None if b"<?" in data else []

    def call(self, node: Node) -> Call | None:
        kind = node.type
        if kind == "function_call_expression":
            callee = node.child_by_field_name("function")
        elif kind in _MEMBER_CALLS or kind == "scoped_call_expression":
            callee = node.child_by_field_name("name")
        elif kind == "object_creation_expression":
            callee = next(
                (n for n in node.named_children if n.type in ("name", "qualified_name", "variable_name")), None
            )
        elif kind in _INCLUDES:
            return Call(node, node.children[0], list(node.named_children[:1]))
        elif kind == "shell_command_expression":
            return Call(node, node.children[0], list(node.named_children[:50]))
        else:
            return None
        given = node.child_by_field_name("arguments") or next(
            (n for n in node.named_children if n.type == "arguments"), None
        )
        if callee is None:
            return None
        arguments, keywords = [], {}
        for item in given.named_children[:60] if given is not None else ():
            name = item.child_by_field_name("name") if item.type == "argument" else None
            value = item.named_children[-1] if item.type == "argument" and item.named_child_count else item
            if name is not None:
                keywords[_text(name)] = value
            elif item.type != "comment":
                arguments.append(value)
        by_name = kind == "function_call_expression" and _text(callee).lower() in _CALLERS
        if by_name and arguments and arguments[0].type == "string":  # `array_map('intval', $xs)` is a call of intval
            return Call(node, arguments[0], arguments[1:], keywords)
        return Call(node, callee, arguments, keywords)

    def member(self, node: Node, data: bytes) -> Member | None:
        kind = node.type
        holder = node
        if kind == "name" and node.parent is not None:
            holder = node.parent
            if holder.type not in _MEMBER_CALLS | _MEMBERS | _SCOPED or holder.child_by_field_name("name") != node:
                return None
        elif kind == "subscript_expression":
            children = node.named_children
            return Member(children[0], "", children[1]) if len(children) > 1 else None
        if holder.type in _MEMBERS or (holder.type in _MEMBER_CALLS and holder is not node):
            name = holder.child_by_field_name("name")
            found = Member(holder.child_by_field_name("object"), _text(name).lower()) if name is not None else None
            return found if found is not None and found.object is not None else None
        if holder.type in _SCOPED and (holder is not node or holder.type != "scoped_call_expression"):
            scope = holder.child_by_field_name("scope") or holder.named_children[0]
            name = holder.child_by_field_name("name") or holder.named_children[-1]
            return Member(scope, _text(name).lower())
        return None

    def spell(self, name: str) -> str:
        return name.lstrip("$") if name.startswith(("$_", "_")) else name.lower()

    def path(self, node: Node, data: bytes) -> str | None:
        kind = node.type
        if kind == "qualified_name":
            return _text(node).rpartition("\\")[2].lower()
        if kind in ("include", "include_once", "require", "require_once"):
            return str(kind)
        if kind == "`":
            return "shell_exec"
        if kind == "string" and self._is_called(node):
            return _text(node)[1:-1].lower()
        if kind == "variable_name" and node.end_byte - node.start_byte == 5 and _text(node) == "$this":
            return "this"
        return None

    def _is_called(self, string: Node) -> bool:
        """Whether this string names the function that another one calls."""
        holder = string.parent
        call = holder.parent.parent if holder is not None and holder.type == "argument" and holder.parent else None
        found = self.call(call) if call is not None and call.type == "function_call_expression" else None
        return found is not None and found.callee == string

    def inner(self, node: Node) -> Node | None:
        if node.type in (
            "parenthesized_expression",
            "error_suppression_expression",
            "clone_expression",
            "reference_assignment_expression",
        ):
            return next((n for n in node.named_children if n.type != "comment"), None)
        if node.type == "cast_expression" and not self._is_number(node):
            return node.child_by_field_name("value")
        if node.type == "variable_name" and node.named_child_count:
            return node.named_children[0]
        if node.type == "argument" and node.named_child_count:
            return node.named_children[-1]
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type == "binary_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type == "." and left is not None and right is not None:
                return [left, right]
        if node.type in ("encapsed_string", "heredoc_body") and any(
            n.type not in ("string_content", "escape_sequence") for n in node.named_children
        ):
            return list(node.named_children)
        if node.type == "heredoc":
            body = node.child_by_field_name("value")
            return [body] if body is not None else None
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        if node.type != "array_creation_expression":
            return None
        return [
            n.named_children[-1]
            for n in node.named_children
            if n.type == "array_element_initializer" and n.named_child_count
        ]

    def literal(self, node: Node, data: bytes) -> str | None:
        kind = node.type
        if kind == "string":
            return re.sub(r"\\([\\'])", r"\1", self._source(node, data)[1:-1])
        if kind in ("encapsed_string", "heredoc_body", "nowdoc_body"):
            text = self._source(node, data)
            return _ESCAPE.sub(_unescape, text[1:-1] if kind == "encapsed_string" else text)
        if kind in ("string_content", "escape_sequence"):
            return _ESCAPE.sub(_unescape, self._source(node, data))
        if kind in ("integer", "float", "boolean", "null"):
            return _text(node).lower()
        return None

    @staticmethod
    def _source(node: Node, data: bytes) -> str:
        return data[node.start_byte : min(node.end_byte, node.start_byte + 200_000)].decode("utf-8", "replace")

    def property(self, node: Node, data: bytes) -> tuple[str, Node] | None:
        if node.type == "array_element_initializer" and node.named_child_count == 2:
            return _text(node.named_children[0]).strip("\"'"), node.named_children[1]
        return None

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type in ("assignment_expression", "augmented_assignment_expression"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return (left, right) if left is not None and right is not None else None
        return None

    def carries(self, node: Node) -> bool:
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            return operator is None or operator.type not in _COMPARISONS
        return node.type != "class_declaration" and not (node.type == "cast_expression" and self._is_number(node))

    @staticmethod
    def _is_number(cast: Node) -> bool:
        """Whether a cast leaves only a number."""
        kind = cast.child_by_field_name("type")
        return kind is not None and _text(kind).lower() in ("int", "integer", "float", "double", "bool", "boolean")

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        kind = parent.type
        if kind in _MEMBERS:
            name, parent = parent, parent.parent
            kind = parent.type if parent is not None else ""
        if kind in ("assignment_expression", "augmented_assignment_expression", "reference_assignment_expression"):
            if parent.child_by_field_name("left") == name:
                yield Binding(value=parent.child_by_field_name("right"), adds=kind.startswith("aug"))
        elif kind == "property_element":
            value = parent.named_children[-1]
            if value != name:
                yield Binding(value=value)
        elif kind in ("simple_parameter", "variadic_parameter"):
            default = parent.child_by_field_name("default_value")
            if default is not None:
                yield Binding(value=default)
            if parent.parent is not None and parent.parent.parent is not None:
                position = next((i for i, n in enumerate(parent.parent.named_children[:30]) if n == parent), 0)
                yield Binding(function=parent.parent.parent, position=position)
        elif kind in ("function_definition", "method_declaration"):
            yield Binding(function=parent)
        else:
            loop = parent.parent if kind == "pair" else parent
            if loop is not None and loop.type == "foreach_statement" and loop.named_children[0] != name:
                yield Binding(value=loop.named_children[0], is_element=True)

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        first = values.text(call.arguments[0]) if call.arguments else None
        if path == "implode" or path == "join":
            items = values.items(call.arguments[-1]) if call.arguments else None
            return values.join(first if len(call.arguments) > 1 else "", items) if items is not None else None
        if first is None or path not in _FUNCTIONS:
            return None
        return _FUNCTIONS[path](first, *(values.text(n) or "" for n in call.arguments[1:3]))


_FUNCTIONS: Mapping[str, Callable[..., str | None]] = {
    "base64_decode": lambda text, *_: decode_base64(text),
    "hex2bin": lambda text, *_: decode_hex(text),
    "urldecode": lambda text, *_: decode_percent(text),
    "rawurldecode": lambda text, *_: decode_percent(text),
    "str_rot13": lambda text, *_: codecs.decode(text, "rot13"),
    "strrev": lambda text, *_: text[::-1],
    "gzuncompress": lambda text, *_: inflate(text),
    "gzdecode": lambda text, *_: inflate(text),
    "chr": lambda text, *_: join_codes([text]),
    "strtolower": lambda text, *_: text.lower(),
    "strtoupper": lambda text, *_: text.upper(),
    "trim": lambda text, *_: text.strip(),
    "stripslashes": lambda text, *_: text,
}
