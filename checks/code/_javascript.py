"""JavaScript and TypeScript for the code checks, in files of their own and in the scripts of a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, decode_hex, decode_percent, join_codes
from checks.code._language import Binding, Call, Language, Member, Node

if TYPE_CHECKING:
    from checks.code._constants import Constants

_SCRIPT = re.compile(rb"(?is)<script\b([^>]{0,2000})>(.*?)</script\s*>")
_NO_CODE = re.compile(rb"(?i)\btype\s*=\s*[\"']?(?!(text|application)/(java|ecma)script|module|text/babel)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(\r\n|.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_MAX_SCRIPTS = 200
_WRAPPED_PARAMETERS = "(required_parameter pattern: (identifier) @n) (optional_parameter pattern: (identifier) @n)"
_FIELDS = " ({0}: [(property_identifier) (private_property_identifier)] @n)"
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"})
_TRANSPARENT = frozenset(
    {"parenthesized_expression", "await_expression", "as_expression", "non_null_expression", "satisfies_expression",
     "spread_element", "type_assertion"}
)  # fmt: skip


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""
    return _PLAIN.get(match.group(4), match.group(4))


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


class JavaScript(Language):
    """One instance reads JavaScript, JSX, TypeScript and TSX: their grammars use the same names for what we ask."""

    name = "javascript"
    depth = 32
    grammars = MappingProxyType({
        ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript", ".ts": "typescript",
        ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx", ".html": "javascript", ".htm": "javascript",
        ".xhtml": "javascript", ".vue": "typescript", ".svelte": "typescript",
    })  # fmt: skip
    programs = (b"node", b"deno", b"bun")
    functions = frozenset(
        {"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function",
         "generator_function_declaration", "function"}
    )  # fmt: skip
    strings = frozenset({"string", "template_string", "regex"})
    fragments = frozenset({"string_fragment", "escape_sequence", "regex_pattern", "jsx_text"})
    names = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
    comments = frozenset({"comment", "html_comment", "hash_bang_line"})
    conditions = MappingProxyType({
        "if_statement": ("condition",),
        "ternary_expression": ("condition",),
        "while_statement": ("condition",),
        "switch_statement": ("value",),
    })
    definitions = """
      (variable_declarator name: (identifier) @n)
      (object_pattern (shorthand_property_identifier_pattern) @n)
      (object_pattern (object_assignment_pattern left: (shorthand_property_identifier_pattern) @n))
      (pair_pattern value: (identifier) @n)
      (array_pattern (identifier) @n)
      (assignment_expression left: (identifier) @n)
      (augmented_assignment_expression left: (identifier) @n)
      (assignment_expression left: (member_expression property: (property_identifier) @n))
      (assignment_expression left: (member_expression property: (private_property_identifier) @n))
      (augmented_assignment_expression left: (member_expression property: (property_identifier) @n))
      (function_declaration name: (identifier) @n)
      (method_definition name: (property_identifier) @n)
      (method_definition name: (private_property_identifier) @n)
      (pair key: (property_identifier) @n value: (function_expression))
      (pair key: (property_identifier) @n value: (arrow_function))
      (assignment_pattern left: (identifier) @n)
      (rest_pattern (identifier) @n)
      (arrow_function parameter: (identifier) @n)
      (import_specifier (identifier) @n)
      (import_clause (identifier) @n)
      (namespace_import (identifier) @n)
      (for_in_statement left: (identifier) @n)
      (catch_clause parameter: (identifier) @n)
    """
    # the grammars differ: in TypeScript's a parameter is wrapped
    special = MappingProxyType({
        "javascript": "(formal_parameters (identifier) @n)" + _FIELDS.format("field_definition property"),
        "typescript": _WRAPPED_PARAMETERS + _FIELDS.format("public_field_definition name"),
        "tsx": _WRAPPED_PARAMETERS + _FIELDS.format("public_field_definition name"),
    })

    def regions(self, data: bytes, suffix: str) -> list[tuple[int, int]] | None:
        if suffix not in (".html", ".htm", ".xhtml", ".vue", ".svelte"):
            return None
        found = []
        for match in _SCRIPT.finditer(data):
            if match.start(2) < match.end(2) and not _NO_CODE.search(match.group(1).replace(b'lang="ts"', b"")):
                found.append(match.span(2))
                if len(found) == _MAX_SCRIPTS:
                    break
        return found

    def call(self, node: Node) -> Call | None:
        if node.type == "call_expression":
            callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        elif node.type == "new_expression":
            callee, arguments = node.child_by_field_name("constructor"), node.child_by_field_name("arguments")
        else:
            return None
        if callee is None:
            return None
        if arguments is None or arguments.type != "arguments":  # a tagged template
            return Call(node, callee, [arguments] if arguments is not None else [])
        return Call(node, callee, [n for n in arguments.named_children[:50] if n.type not in self.comments])

    def member(self, node: Node, data: bytes) -> Member | None:
        if node.type == "member_expression":
            name = node.child_by_field_name("property")
            return Member(node.child_by_field_name("object"), _text(name, data)) if name is not None else None
        if node.type == "subscript_expression":
            return Member(node.child_by_field_name("object"), "", node.child_by_field_name("index"))
        return None

    def inner(self, node: Node) -> Node | None:
        if node.type in _TRANSPARENT:
            return next((n for n in node.named_children if n.type not in self.comments), None)
        if node.type == "sequence_expression" and node.named_child_count:
            return node.named_children[-1]
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type == "binary_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type == "+" and left is not None and right is not None:
                return [left, right]
        if node.type == "template_string":
            return list(node.named_children)
        if node.type == "template_substitution":
            return list(node.named_children[:1])
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        return list(node.named_children) if node.type == "array" else None

    def literal(self, node: Node, data: bytes) -> str | None:
        if node.type == "string":
            return _ESCAPE.sub(_unescape, _text(node, data)[1:-1])
        if node.type in ("string_fragment", "escape_sequence"):
            return _ESCAPE.sub(_unescape, _text(node, data))
        if node.type in ("number", "true", "false", "null", "undefined", "regex"):
            return _text(node, data)
        if node.type == "unary_expression" and node.end_byte - node.start_byte <= 4:  # !0, !1, -1
            return {"!0": "true", "!1": "false"}.get(_text(node, data), _text(node, data))
        return None

    def property(self, node: Node, data: bytes) -> tuple[str, Node] | None:
        if node.type == "pair":
            key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
            if key is not None and value is not None:
                return _text(key, data).strip("\"'"), value
        return None

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type in ("assignment_expression", "augmented_assignment_expression"):
            return node.child_by_field_name("left"), node.child_by_field_name("right")
        return None

    def carries(self, node: Node) -> bool:
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            return operator is None or operator.type not in _COMPARISONS
        return node.type not in ("regex", "class", "class_declaration")

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        kind = parent.type
        if kind == "variable_declarator" and parent.child_by_field_name("name") == name:
            value = parent.child_by_field_name("value")
            if value is not None:
                yield Binding(value=value)
            elif parent.parent is not None and parent.parent.parent is not None:
                loop = parent.parent.parent
                if loop.type == "for_in_statement":
                    yield Binding(value=loop.child_by_field_name("right"), is_element=True)
        elif kind in ("assignment_expression", "augmented_assignment_expression"):
            if parent.child_by_field_name("left") == name:
                yield Binding(value=parent.child_by_field_name("right"), adds=kind.startswith("aug"))
        elif kind == "member_expression" and parent.parent is not None:
            assigned = self.assigned(parent.parent)
            if assigned is not None and assigned[0] == parent:
                yield Binding(value=assigned[1], adds=parent.parent.type.startswith("aug"))
        elif kind in ("field_definition", "public_field_definition"):
            value = parent.child_by_field_name("value")
            if value is not None:
                yield Binding(value=value)
        elif kind == "pair":
            yield Binding(function=parent.child_by_field_name("value"))
        elif kind in ("function_declaration", "generator_function_declaration", "method_definition"):
            yield Binding(function=parent)
        elif kind == "catch_clause" and parent.parent is not None:  # an error holds what was answered
            yield Binding(value=parent.parent.child_by_field_name("body"))
        elif kind == "for_in_statement":
            yield Binding(value=parent.child_by_field_name("right"), is_element=True)
        elif kind in ("import_specifier", "import_clause", "namespace_import"):
            yield from self._imported(name, parent, data)
        else:
            yield from self._destructured(name, parent, data)

    def _imported(self, name: Node, parent: Node, data: bytes) -> Iterator[Binding]:
        statement = parent
        for _ in range(4):
            if statement is None or statement.type == "import_statement":
                break
            statement = statement.parent
        source = statement.child_by_field_name("source") if statement is not None else None
        if source is None:
            return
        module = self.literal(source, data) or ""
        if parent.type != "import_specifier":
            yield Binding(path=module)
            return
        imported = parent.child_by_field_name("name")
        alias = parent.child_by_field_name("alias")
        if imported is not None and (alias is None or alias == name):
            yield Binding(path=f"{module}.{_text(imported, data)}")

    def _destructured(self, name: Node, parent: Node, data: bytes) -> Iterator[Binding]:
        """A name in a pattern or among parameters: climb to what the pattern takes apart."""
        member, is_element, default = "", False, None
        if name.type == "shorthand_property_identifier_pattern":
            member = _text(name, data)
        node = name
        for _ in range(6):
            kind = parent.type
            if kind == "pair_pattern":
                key = parent.child_by_field_name("key")
                member = member or (_text(key, data).strip("\"'") if key is not None else "")
            elif kind == "array_pattern":
                is_element = True
            elif kind in ("assignment_pattern", "object_assignment_pattern"):
                default = parent.child_by_field_name("right")
            elif kind == "formal_parameters":
                position = next((i for i, n in enumerate(parent.named_children[:30]) if n == node), 0)
                yield Binding(function=parent.parent, position=position, member=member, is_element=is_element)
                break
            elif kind in self.functions and parent.child_by_field_name("parameter") == node:
                yield Binding(function=parent, position=0)
                break
            elif kind == "variable_declarator":
                value = parent.child_by_field_name("value")
                if value is not None:
                    yield Binding(value=value, member=member, is_element=is_element)
                break
            elif kind == "assignment_expression":
                yield Binding(value=parent.child_by_field_name("right"), member=member, is_element=is_element)
                break
            elif kind == "for_in_statement":  # for (const [key, value] of pairs)
                yield Binding(value=parent.child_by_field_name("right"), member=member, is_element=True)
                break
            elif kind not in ("object_pattern", "rest_pattern", "required_parameter", "optional_parameter"):
                break
            node, parent = parent, parent.parent
            if parent is None:
                break
        if default is not None:
            yield Binding(value=default)

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        name = path.rpartition(".")[2]
        first = values.text(call.arguments[0]) if call.arguments else None
        if path in ("atob", "Buffer.from", "unescape", "decodeURIComponent", "decodeURI"):
            if first is None:
                return None
            if path == "Buffer.from":
                how = values.text(call.arguments[1]) if len(call.arguments) > 1 else ""
                return {"base64": decode_base64, "hex": decode_hex}.get(how or "", str)(first)
            return decode_base64(first) if path == "atob" else decode_percent(first)
        if path in ("String.fromCharCode.apply", "String.fromCodePoint.apply"):
            codes = values.items(call.arguments[1]) if len(call.arguments) > 1 else None
            return join_codes([values.text(n) for n in codes]) if codes else None
        if path in ("String.fromCharCode", "String.fromCodePoint"):
            return join_codes([values.text(n) for n in _spread(call.arguments, values)])
        member = self.member(call.callee, values.data)
        if member is None or name not in _METHODS:
            return None
        if name == "join":
            items = values.items(member.object)
            return values.join(first if call.arguments else ",", items) if items is not None else None
        if name in ("from", "split"):
            return None
        subject = values.text(member.object)
        if subject is None:
            return None
        return _METHODS[name](subject, *(values.text(n) or "" for n in call.arguments[:2]))


def _spread(arguments: Sequence[Node], values: Constants) -> list[Node]:
    """The arguments of a call, those of `...list` one by one."""
    given: list[Node] = []
    for argument in arguments:
        items = values.items(argument.named_children[0]) if argument.type == "spread_element" else None
        given += [argument] if items is None else items
    return given


_METHODS: dict[str, Callable[..., str]] = {
    "join": lambda text, *_: text,
    "toString": lambda text, how="", *_: decode_back(text, how),
    "concat": lambda text, *more: text + "".join(more),
    "replace": lambda text, old="", new="", *_: text.replace(old, new, 1) if old else text,
    "replaceAll": lambda text, old="", new="", *_: text.replace(old, new) if old else text,
    "trim": lambda text, *_: text.strip(),
    "toLowerCase": lambda text, *_: text.lower(),
    "toUpperCase": lambda text, *_: text.upper(),
    "reverse": lambda text, *_: text[::-1],
    "valueOf": lambda text, *_: text,
}


def decode_back(text: str, how: str) -> str:
    """What `Buffer.toString` gives: only the ways that hide nothing are the text itself."""
    return text if how in ("", "utf8", "utf-8", "ascii", "latin1", "binary") else ""
