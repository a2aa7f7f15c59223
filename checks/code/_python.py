"""Python for the code checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, decode_codec, decode_hex, decode_percent, inflate, join_codes
from checks.code._language import Binding, Call, Language, Member, Node
from checks.code._terms import UNKNOWN

if TYPE_CHECKING:
    from checks.code._constants import Constants

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(\r\n|.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "\n": "", "\r\n": ""}

_TRANSPARENT = frozenset(
    {"parenthesized_expression", "await", "list_splat", "dictionary_splat", "as_pattern", "expression_list"}
)
_PARAMETERS = frozenset(
    {"parameters", "lambda_parameters", "default_parameter", "typed_parameter", "typed_default_parameter"}
)


# `first:last:step`, and `chr(n ^ 7) for n in ...`.
_SLICE = re.compile(r"(-?\d{0,6}):(-?\d{0,6})(:-?\d{0,3})?")
_MADE = re.compile(r"chr\(\s*(\w+)\s*(?:([-+^])\s*(\w{1,6})\s*)?\)\s+for\s+(\w+)\s+in\b.*", re.S)
_FIELD = re.compile(r"\{\{|\}\}|\{(\w*)(?:[!:][^{}]{0,20})?\}")
_PERCENT = re.compile(r"%[-+0-9.]{0,6}[sdrxif]")
_STEPS: dict[str, Callable[[int, int], int]] = {"^": int.__xor__, "+": int.__add__, "-": int.__sub__}


def _number(text: str | None) -> int | None:
    try:
        return int(text or "", 0)
    except ValueError:
        return None


def _filled(text: str, call: Call, values: Constants) -> str:
    """`"{}{}".format("a", "b")`."""
    at = iter(range(len(call.arguments)))

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)[0]
        if not name or name.isdecimal():
            number = int(name[:6]) if name else next(at, len(call.arguments))
            return values.loose_text(call.arguments[number]) if number < len(call.arguments) else UNKNOWN
        return values.loose_text((call.keywords or {}).get(name))

    return _FIELD.sub(fill, text)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code or match.group(4):
        number = int(code, 16) if code else int(match.group(4), 8)
        return chr(number) if number < 0x110000 else ""
    return _PLAIN.get(match.group(5), match.group(5) if match.group(5) in "\\'\"" else match.group(0))


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


class Python(Language):
    """Python 2 and 3 as tree-sitter reads them."""

    name = "python"
    grammars = MappingProxyType({".py": "python", ".pyw": "python", ".pyx": "python", ".pth": "python"})
    programs = (b"python",)
    functions = frozenset({"function_definition", "lambda"})
    strings = frozenset({"string"})
    fragments = frozenset({"string_content", "string_start", "string_end", "escape_sequence", "escape_interpolation"})
    names = frozenset({"identifier"})
    conditions = MappingProxyType({
        "if_statement": ("condition",),
        "elif_clause": ("condition",),
        "while_statement": ("condition",),
        "conditional_expression": (),
    })
    definitions = """
      (assignment left: (identifier) @n)
      (assignment left: (pattern_list (identifier) @n))
      (assignment left: (attribute attribute: (identifier) @n))
      (augmented_assignment left: (identifier) @n)
      (augmented_assignment left: (attribute attribute: (identifier) @n))
      (named_expression name: (identifier) @n)
      (as_pattern alias: (as_pattern_target (identifier) @n))
      (for_statement left: (identifier) @n)
      (for_statement left: (pattern_list (identifier) @n))
      (for_in_clause left: (identifier) @n)
      (function_definition name: (identifier) @n)
      (parameters (identifier) @n)
      (default_parameter name: (identifier) @n)
      (typed_parameter . (identifier) @n)
      (typed_default_parameter name: (identifier) @n)
      (lambda_parameters (identifier) @n)
      (import_statement name: (dotted_name . (identifier) @n))
      (import_from_statement name: (dotted_name . (identifier) @n))
      (aliased_import alias: (identifier) @n)
    """

    def call(self, node: Node) -> Call | None:
        if node.type != "call":
            return None
        callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if callee is None or given is None:
            return None
        if given.type != "argument_list":  # a generator
            return Call(node, callee, [given])
        arguments, keywords = [], {}
        for item in given.named_children[:80]:
            if item.type == "keyword_argument":
                name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
                if name is not None and value is not None:
                    keywords[name.text.decode("utf-8", "replace")] = value
            elif item.type != "comment":
                arguments.append(item)
        return Call(node, callee, arguments, keywords)

    def member(self, node: Node, data: bytes) -> Member | None:
        if node.type == "attribute":
            name = node.child_by_field_name("attribute")
            return Member(node.child_by_field_name("object"), _text(name, data)) if name is not None else None
        if node.type == "subscript":
            return Member(node.child_by_field_name("value"), "", node.child_by_field_name("subscript"))
        return None

    def inner(self, node: Node) -> Node | None:
        if node.type in _TRANSPARENT:
            return next((n for n in node.named_children if n.type != "comment"), None)
        if node.type == "named_expression":
            value: Node = node.child_by_field_name("value")
            return value
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type == "binary_operator":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            operator = node.child_by_field_name("operator")
            if operator is not None and operator.type in "+%" and left is not None and right is not None:
                return [left, right]
        if node.type == "concatenated_string":
            return list(node.named_children)
        if node.type == "string" and any(n.type == "interpolation" for n in node.named_children):
            return [n for n in node.named_children if n.type in ("string_content", "interpolation")]
        if node.type == "interpolation":
            return list(node.named_children[:1])
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        return list(node.named_children) if node.type in ("list", "tuple", "set") else None

    def literal(self, node: Node, data: bytes) -> str | None:
        if node.type == "string":
            start = node.named_children[0] if node.named_child_count else None
            raw = _text(node, data)
            prefix = _text(start, data) if start is not None else ""
            quote = 3 if prefix.endswith(('"""', "'''")) else 1
            body = raw[len(prefix) : len(raw) - quote]
            return body if "r" in prefix.lower() else _ESCAPE.sub(_unescape, body)
        if node.type == "string_content":
            return _ESCAPE.sub(_unescape, _text(node, data))
        if node.type in ("integer", "float", "true", "false", "none", "unary_operator"):
            return _text(node, data) if node.end_byte - node.start_byte < 40 else None
        return None

    def property(self, node: Node, data: bytes) -> tuple[str, Node] | None:
        if node.type == "keyword_argument":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        elif node.type == "pair":
            name, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        else:
            return None
        if name is None or value is None:
            return None
        return _text(name, data).strip("\"'"), value

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type in ("assignment", "augmented_assignment"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return (left, right) if left is not None and right is not None else None
        return None

    def carries(self, node: Node) -> bool:
        return node.type not in ("comparison_operator", "not_operator", "class_definition")

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        kind = parent.type
        if kind == "attribute":
            name, parent = parent, parent.parent
            kind = parent.type if parent is not None else ""
        if kind in ("assignment", "augmented_assignment"):
            value = parent.child_by_field_name("right")
            if value is not None and parent.child_by_field_name("left") == name:
                yield Binding(value=value, adds=kind == "augmented_assignment")
        elif kind == "pattern_list" and parent.parent is not None:
            holder = parent.parent
            value = holder.child_by_field_name("right")
            values = value.named_children if value is not None and value.type == "expression_list" else []
            at = next((i for i, n in enumerate(parent.named_children) if n == name), 0)
            if holder.type == "assignment" and at < len(values) == parent.named_child_count:
                yield Binding(value=values[at])
            elif value is not None:
                yield Binding(value=value, is_element=True)
        elif kind == "named_expression":
            yield Binding(value=parent.child_by_field_name("value"))
        elif kind == "as_pattern_target" and parent.parent is not None and parent.parent.named_child_count:
            yield Binding(value=parent.parent.named_children[0])
        elif kind in ("for_statement", "for_in_clause"):
            yield Binding(value=parent.child_by_field_name("right"), is_element=True)
        elif kind == "function_definition":
            yield Binding(function=parent)
        elif kind in _PARAMETERS:
            yield from self._parameter(name, parent)
        elif kind in ("dotted_name", "aliased_import"):
            yield from self._imported(name, parent, data)

    def _parameter(self, name: Node, parent: Node) -> Iterator[Binding]:
        default = parent.child_by_field_name("value")
        if default is not None:
            yield Binding(value=default)
        holder = name
        while parent is not None and parent.type not in ("parameters", "lambda_parameters"):
            holder, parent = parent, parent.parent
        if parent is not None and parent.parent is not None:
            position = next((i for i, n in enumerate(parent.named_children[:30]) if n == holder), 0)
            yield Binding(function=parent.parent, position=position)

    def _imported(self, name: Node, parent: Node, data: bytes) -> Iterator[Binding]:
        alias = None
        if parent.type == "aliased_import":
            alias, imported = parent, parent.child_by_field_name("name")
        else:
            imported = parent
        statement = (alias or imported).parent
        if statement is None or imported is None:
            return
        if statement.type == "import_statement":
            yield Binding(path=_text(imported if alias is not None else name, data))
        elif statement.type == "import_from_statement":
            module = statement.child_by_field_name("module_name")
            if module is not None and module != imported:
                yield Binding(path=f"{_text(module, data)}.{_text(imported, data)}")

    def is_prose(self, node: Node) -> bool:
        return node.parent is not None and node.parent.type in ("expression_statement", "module", "block")

    def fold(self, node: Node, values: Constants) -> str | None:
        """`text[::-1]`, `"%s%s" % ("a", "b")`."""
        if node.type == "binary_operator":
            return self._percent(node, values)
        index = node.child_by_field_name("subscript") if node.type == "subscript" else None
        if index is None or index.type != "slice" or index.end_byte - index.start_byte > 40:
            return None
        steps = "".join(values.source(index).split())
        text = values.text(node.child_by_field_name("value"))
        if text is None or not _SLICE.fullmatch(steps):
            return None
        first, last, step = (int(n) if n else None for n in (*steps.split(":"), "")[:3])
        return text[first:last:step] if step != 0 else None

    def _percent(self, node: Node, values: Constants) -> str | None:
        operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
        if operator is None or operator.type != "%" or right is None or right.type == "dictionary":
            return None
        template = values.text(node.child_by_field_name("left"))
        if template is None or "%" not in template:
            return None
        given = iter(self.items(right) or (right,))
        return _PERCENT.sub(lambda _: values.loose_text(next(given, None)), template)

    def _letters(self, node: Node, values: Constants) -> str | None:
        """`map(chr, (101, 120))` and `chr(n ^ 7) for n in (98, 127)`: numbers that are letters."""
        call = self.call(node)
        if call is not None and len(call.arguments) == 2 and values.path(call.callee) == "map":
            items = values.items(call.arguments[1])
            is_chr = items is not None and values.path(call.arguments[0]) == "chr"
            return join_codes([values.text(n) for n in items or ()]) if is_chr else None
        if node.type not in ("generator_expression", "list_comprehension"):
            return None
        made = _MADE.fullmatch(values.source(node)[:200].strip("([])"))
        clause = next((n for n in node.named_children if n.type == "for_in_clause"), None)
        items = values.items(clause.child_by_field_name("right")) if clause is not None else None
        if made is None or items is None or made.group(1) != made.group(4):
            return None
        codes = [_number(values.text(item)) for item in items[:4000]]
        by, how = _number(made.group(3) or "0"), made.group(2) or "+"
        if by is None or any(code is None for code in codes):
            return None
        return join_codes([str(_STEPS[how](code, by)) for code in codes if code is not None])

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        first = values.text(call.arguments[0]) if call.arguments else None
        if path in ("base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode", "binascii.a2b_base64"):
            return decode_base64(first) if first is not None else None
        if path in ("bytes.fromhex", "bytearray.fromhex", "binascii.unhexlify", "binascii.a2b_hex"):
            return decode_hex(first) if first is not None else None
        if path in ("zlib.decompress", "gzip.decompress"):
            return inflate(first) if first is not None else None
        if path == "codecs.decode" and len(call.arguments) > 1:
            how = values.text(call.arguments[1])
            return decode_codec(first, how) if first is not None and how is not None else None
        if path in ("urllib.parse.unquote", "urllib.unquote"):
            return decode_percent(first) if first is not None else None
        if path == "chr":
            return join_codes([first])
        if path in ("str", "bytes", "bytearray", "os.path.expanduser", "os.path.expandvars", "pathlib.Path"):
            items = values.items(call.arguments[0]) if call.arguments else None
            return join_codes([values.text(n) for n in items]) if items is not None else first
        if path == "os.path.join":
            return "/".join(values.loose_text(n) for n in call.arguments[:20])
        member = self.member(call.callee, values.data)
        if member is None or member.name not in _METHODS:
            return None
        subject = values.text(member.object)
        if subject is None:
            return None
        if member.name == "join":
            items = values.items(call.arguments[0]) if call.arguments else None
            if items is None and call.arguments:
                return subject.join(letters) if (letters := self._letters(call.arguments[0], values)) else None
            return values.join(subject, items) if items is not None else None
        if member.name == "format":
            return _filled(subject, call, values)
        return _METHODS[member.name](subject, *(values.text(n) or "" for n in call.arguments[:2]))


_METHODS: dict[str, Callable[..., str]] = {
    "join": lambda text, *_: text,
    "decode": lambda text, codec="", *_: (decode_codec(text, codec) if codec else text) or text,
    "encode": lambda text, *_: text,
    "format": lambda text, *_: re.sub(r"\{[^{}]*\}", UNKNOWN, text),
    "replace": lambda text, old="", new="", *_: text.replace(old, new) if old else text,
    "strip": lambda text, *_: text.strip(),
    "lower": lambda text, *_: text.lower(),
    "upper": lambda text, *_: text.upper(),
    "swapcase": lambda text, *_: text.swapcase(),
}
