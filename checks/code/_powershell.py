"""PowerShell for the code checks.

A command is a call: `-Uri X` is a keyword `-uri`, the stage before it in a pipeline is `stdin`. Names know no case and
no backticks. The grammar wraps every expression in a dozen nodes with one child each; `inner` goes through all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, join_codes
from checks.code._language import Binding, Call, Language, Member, Node

if TYPE_CHECKING:
    from checks.code._constants import Constants

_LAYERS = frozenset(
    {"pipeline", "pipeline_chain", "logical_expression", "bitwise_expression", "comparison_expression",
     "additive_expression", "multiplicative_expression", "format_expression", "range_expression",
     "array_literal_expression", "unary_expression", "parenthesized_expression", "sub_expression", "string_literal",
     "statement_list", "array_expression", "argument_expression", "logical_argument_expression",
     "bitwise_argument_expression", "comparison_argument_expression", "additive_argument_expression",
     "multiplicative_argument_expression", "format_argument_expression", "range_argument_expression",
     "path_command_name", "command_name_expr", "expression_with_unary_operator", "cast_expression"}
)  # fmt: skip
# A variable in the nodes around every expression, as a query of the tree.
_WRAPPED = (
    "(logical_expression (bitwise_expression (comparison_expression (additive_expression (multiplicative_expression "
    "(format_expression (range_expression (array_literal_expression (unary_expression (variable) @n)))))))))"
)
_ADDITIONS = frozenset({"additive_expression", "additive_argument_expression"})
_FORMATS = frozenset({"format_expression", "format_argument_expression"})
_COMPUTED_NAMES = frozenset({"parenthesized_expression", "variable", "sub_expression"})
_PLACE = re.compile(r"\{([0-9]{1,2})[^{}]{0,8}\}")
_MAX_LAYERS = 40
_MAX_ELEMENTS = 60


def _text(node: Node) -> str:
    return bytes(node.text[:4096]).decode("utf-8", "replace")


def _plain(text: str) -> str:
    return text.replace("`", "").lower()


_GRAMMARS = {".ps1": "powershell", ".psm1": "powershell", ".psd1": "powershell"}


_CONDITIONS = {"if_statement": ("condition",), "while_statement": ("condition",)}


class PowerShell(Language):
    """Scripts and modules."""

    name = "powershell"
    grammars = _GRAMMARS
    programs = (b"pwsh", b"powershell")
    functions = frozenset({"function_statement", "script_block_expression"})
    strings = frozenset(
        {"verbatim_string_characters", "expandable_string_literal", "generic_token", "verbatim_here_string_characters",
         "expandable_here_string_literal"}
    )  # fmt: skip
    fragments = frozenset({"string_content", "expandable_string_content"})
    names = frozenset({"variable"})
    calls_by_text = True
    conditions = _CONDITIONS
    definitions = "\n".join(
        (
            f"(left_assignment_expression {_WRAPPED})",
            "(script_parameter (variable) @n)",
            "(foreach_statement . (variable) @n)",
            "(function_statement (function_name) @n)",
        )
    )

    def call(self, node: Node) -> Call | None:
        if node.type == "command":
            callee = node.child_by_field_name("command_name")
            if callee is None:
                return None
            elements = node.child_by_field_name("command_elements")
            arguments, keywords = self._elements(elements.named_children[:_MAX_ELEMENTS] if elements else [])
            before = node.prev_named_sibling
            if before is not None and before.type != "command_invokation_operator":
                keywords["stdin"] = before
            return Call(node, callee, arguments, keywords)
        if node.type == "invokation_expression" and node.named_child_count >= 2:
            name = next((n for n in node.named_children if n.type == "member_name"), None)
            given = next((n for n in node.named_children if n.type == "argument_list"), None)
            if name is not None:
                return Call(node, name, self._given(given) if given is not None else [])
        return None

    def _elements(self, elements: Sequence[Node]) -> tuple[list[Node], dict[str, Node]]:
        arguments: list[Node] = []
        keywords: dict[str, Node] = {}
        option = ""
        for element in elements:
            if element.type == "command_parameter":
                option = _plain(_text(element)).rstrip(":")
                keywords[option] = element
            elif element.type not in ("command_argument_sep", "redirection", "comment"):
                if option:
                    keywords[option] = element
                arguments.append(element)
                option = ""
        return arguments, keywords

    def _given(self, given: Node) -> list[Node]:
        holder = next((n for n in given.named_children if n.type == "argument_expression_list"), given)
        return list(holder.named_children[:_MAX_ELEMENTS])

    def member(self, node: Node, data: bytes) -> Member | None:
        holder = node.parent if node.type == "member_name" else node if node.type == "member_access" else None
        if holder is None or holder.type not in ("invokation_expression", "member_access"):
            return None
        name = next((n for n in holder.named_children if n.type == "member_name"), None)
        if name is None or holder.named_children[0] == name:
            return None
        named = name.named_children[0] if name.named_child_count else name
        if named.type in _COMPUTED_NAMES:  # `$w.("Down" + "load")`, `$w.$how`
            return Member(holder.named_children[0], "", named)
        return Member(holder.named_children[0], _plain(_text(name)).strip("'\""))

    def path(self, node: Node, data: bytes) -> str | None:
        if node.type in ("command_name", "function_name"):
            return _plain(_text(node)).rpartition("\\")[2].removesuffix(".exe")
        if node.type == "type_literal":
            return _plain(_text(node)).strip("[]").removeprefix("system.")
        if node.type == "variable":
            name = _plain(_text(node)).lstrip("$").strip("{}")
            return "env." + name[4:] if name.startswith("env:") else None
        if node.type == "command":
            call = self.call(node)
            if call is not None and call.arguments and _plain(_text(call.callee)) == "new-object":
                made = (call.keywords or {}).get("-typename") or (call.keywords or {}).get("-comobject")
                name = _plain(_text(made if made is not None else call.arguments[0])).strip("'\"()")
                return f"{name.removeprefix('system.')}()"
        return None

    def spell(self, name: str) -> str:
        return _plain(name)

    def inner(self, node: Node) -> Node | None:
        at = node
        for _ in range(_MAX_LAYERS):
            if at.type not in _LAYERS or at.named_child_count == 0:
                break
            if at.type == "cast_expression":
                at = at.named_children[-1]
            elif at.named_child_count == 1:
                if at.type == "expression_with_unary_operator" and at.children[0].type not in ("+", ","):
                    break
                at = at.named_children[0]
            elif at.type == "pipeline_chain":
                at = at.named_children[-1]
            else:
                break
        return at if at != node else None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type in _ADDITIONS and node.named_child_count == 2:
            return list(node.named_children)
        if node.type == "expandable_string_literal" and node.named_child_count:
            return list(node.named_children)
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        node = self.inner(node) or node
        if node.type == "array_literal_expression":
            return list(node.named_children)
        return None

    def literal(self, node: Node, data: bytes) -> str | None:
        kind = node.type
        if kind == "verbatim_string_characters":
            return _text(node)[1:-1].replace("''", "'")
        if kind == "expandable_string_literal":
            return re.sub(r"`(.)", r"\1", _text(node)[1:-1]) if not node.named_child_count else None
        if kind in ("generic_token", "decimal_integer_literal", "hexadecimal_integer_literal", "integer_literal"):
            return _text(node).replace("`", "")
        if kind in ("verbatim_here_string_characters", "expandable_here_string_literal"):
            return data[node.start_byte : min(node.end_byte, node.start_byte + 100_000)].decode("utf-8", "replace")
        if kind == "format_expression" and node.named_child_count == 3:
            return None
        if kind == "variable" and _plain(_text(node)) in ("$true", "$false", "$null"):
            return _plain(_text(node))
        return None

    def fold(self, node: Node, values: Constants) -> str | None:
        if node.type not in _FORMATS or node.named_child_count < 2:
            return None
        template, given = values.text(node.named_children[0]), node.named_children[-1]
        parts = [values.loose_text(part) for part in self.items(given) or (given,)]
        if template is None:
            return None
        return _PLACE.sub(lambda place: parts[int(place[1])] if int(place[1]) < len(parts) else "", template)

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type == "assignment_expression":
            value, left = node.child_by_field_name("value"), node.named_children[0]
            return (
                (self.inner(left.named_children[0]) or left, value)
                if value is not None and left.named_children
                else None
            )
        return None

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        if parent.type == "script_parameter":
            yield Binding(value=parent.named_children[-1]) if parent.named_children[-1] != name else Binding()
            return
        if parent.type == "foreach_statement":
            yield (
                Binding(value=parent.named_children[1], is_element=True) if parent.named_child_count > 1 else Binding()
            )
            return
        if parent.type == "function_statement":
            yield Binding(function=parent)
            return
        for _ in range(_MAX_LAYERS):
            if parent is None or parent.type not in _LAYERS:
                break
            parent = parent.parent
        if parent is not None and parent.type == "left_assignment_expression" and parent.parent is not None:
            value = parent.parent.child_by_field_name("value")
            if value is not None:
                yield Binding(value=value)

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        first = values.text(call.arguments[0]) if call.arguments else None
        if path.endswith("convert.frombase64string"):
            return decode_base64(first) if first is not None else None
        name = path.rpartition(".")[2]
        if name == "getstring":
            return first.replace("\0", "") if first is not None else None
        if path == "string.join" and len(call.arguments) > 1:
            items = values.items(call.arguments[1])
            return values.join(first, items) if items is not None else None
        if path == "char" and first is not None:
            return join_codes([first])
        member = self.member(call.callee, values.data)
        subject = values.text(member.object) if member is not None and name in _METHODS else None
        if subject is None:
            return None
        return _METHODS[name](subject, *(values.text(n) or "" for n in call.arguments[:2]))


_METHODS: Mapping[str, Callable[..., str | None]] = {
    "replace": lambda text, old="", new="", *_: text.replace(old, new) if old else text,
    "tolower": lambda text, *_: text.lower(),
    "toupper": lambda text, *_: text.upper(),
    "trim": lambda text, *_: text.strip(),
    "tostring": lambda text, *_: text,
}
