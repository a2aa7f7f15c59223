"""POSIX shells and bash for the code checks.

A command is a call: its name is what is called, its words are the arguments, an option names the word behind it, the
stage before it in a pipeline is `stdin` and what it is redirected to is `file`. What only starts another command
(`sudo`, `nohup`) is looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.code._decoding import decode_base64, decode_hex
from checks.code._language import Binding, Call, Language, Node

if TYPE_CHECKING:
    from checks.code._constants import Constants

_MAX_WORDS = 60
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 - looked for, not used
# Commands that start the one behind them.
_STARTERS = frozenset(
    {"sudo", "doas", "nohup", "exec", "command", "time", "timeout", "nice", "ionice", "setsid", "env", "busybox",
     "builtin", "stdbuf", "xargs", "chroot", "runuser"}
)  # fmt: skip
_HOLDERS = frozenset(
    {"command_name", "simple_expansion", "expansion", "command_substitution", "process_substitution", "subshell"}
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.S)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "\n": ""}
_WORDS = frozenset({"word", "string", "raw_string", "concatenation", "ansi_c_string", "simple_expansion", "expansion"})


def _unescape(match: re.Match[str]) -> str:
    if match.group(1):
        return chr(int(match.group(1), 16))
    if match.group(2):
        return chr(int(match.group(2), 8) & 0xFF)
    return _PLAIN.get(match.group(3), match.group(3))


def _text(node: Node) -> str:
    return bytes(node.text[:4096]).decode("utf-8", "replace")


_GRAMMARS = {".sh": "bash", ".bash": "bash", ".zsh": "bash", ".ksh": "bash", ".command": "bash"}


_CONDITIONS = {"if_statement": ("condition",), "while_statement": ("condition",), "case_statement": ("value",)}


class Shell(Language):
    """What bash reads; other shells differ in what we do not ask."""

    name = "shell"
    grammars = _GRAMMARS
    programs = (b"bash", b"/sh", b"env sh", b"zsh", b"dash", b"ksh")
    functions = frozenset({"function_definition"})
    strings = frozenset({"word", "string", "raw_string", "ansi_c_string", "heredoc_body", "concatenation"})
    fragments = frozenset({"string_content", "heredoc_content"})
    names = frozenset({"variable_name", "special_variable_name"})
    conditions = _CONDITIONS
    definitions = """
      (variable_assignment name: (variable_name) @n)
      (for_statement variable: (variable_name) @n)
      (function_definition name: (word) @n)
    """

    def call(self, node: Node) -> Call | None:
        if node.type != "command":
            return None
        words = [n for n in node.named_children[:_MAX_WORDS] if n.type not in ("variable_assignment", "comment")]
        head = next((n for n in words if n.type == "command_name"), None)
        if head is None or not head.named_child_count:
            return None
        callee, arguments = head, [n for n in words if n is not head and "redirect" not in n.type]
        for _ in range(4):
            behind = self._started(callee, arguments)
            if behind is None:
                break
            callee, arguments = arguments[behind], arguments[behind + 1 :]
        return Call(node, callee, arguments, self._keywords(node, arguments))

    def _started(self, callee: Node, arguments: Sequence[Node]) -> int | None:
        """The place of the command that this one starts."""
        if callee.type not in ("word", "command_name") or _text(callee).rpartition("/")[2] not in _STARTERS:
            return None
        for number, argument in enumerate(arguments[:12]):
            text = _text(argument)
            if argument.type in _WORDS and not text.startswith("-") and "=" not in text and not text[:1].isdigit():
                return number
        return None

    def _keywords(self, node: Node, arguments: Sequence[Node]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for number, argument in enumerate(arguments):
            text = _text(argument) if argument.type == "word" else ""
            if text.startswith("-") and len(text) > 1:
                behind = arguments[number + 1] if number + 1 < len(arguments) else argument
                value = argument if behind.type == "word" and _text(behind).startswith("-") else behind
                found[text] = value
                if text[1:].isalpha() and len(text) <= 8:  # `-fsSL` is four options, of which the last takes a value
                    found |= {f"-{letter}": value for letter in text[1:]}
        self._redirects(node, found)
        stage, holder = node, node.parent
        for _ in range(4):
            if holder is None:
                break
            if holder.type == "redirected_statement":
                self._redirects(holder, found)
            elif holder.type == "pipeline":
                before = stage.prev_named_sibling
                if before is not None:
                    found["stdin"] = before
                break
            elif holder.type not in ("subshell", "list", "compound_statement", "negated_command"):
                break
            stage, holder = holder, holder.parent
        return found

    def _redirects(self, node: Node, found: dict[str, Node]) -> None:
        for redirect in node.named_children[:_MAX_WORDS]:
            if redirect.type == "file_redirect":
                target = redirect.child_by_field_name("destination")
                if target is not None and target.type != "number":
                    sign = next((c.type for c in redirect.children if not c.is_named), "")
                    found.setdefault("file" if ">" in sign else "stdin", target)
            elif redirect.type == "herestring_redirect" and redirect.named_child_count:
                found["stdin"] = redirect.named_children[-1]
            elif redirect.type == "heredoc_redirect":
                self._redirects(redirect, found)
                body = next((n for n in redirect.named_children if n.type == "heredoc_body"), None)
                if body is not None:
                    found["stdin"] = body

    def member(self, node: Node, data: bytes) -> None:
        return None

    def path(self, node: Node, data: bytes) -> str | None:
        parent = node.parent
        if parent is None:
            return None
        if node.type == "variable_name" and parent.type == "variable_assignment":
            return _text(node)
        if node.type not in ("command_name", "word", "string", "raw_string", "concatenation"):
            return None
        if "command_name" not in (node.type, parent.type):
            call = self.call(parent) if parent.type == "command" else None
            if call is None or call.callee != node:
                return None
        plain = re.sub(r"[\\'\"]", "", _text(node))
        if "`" in plain or "$" in plain.rpartition("/")[2]:
            return None
        name = plain.rpartition("/")[2] or plain
        if plain.startswith(_TEMPORARY):
            return f"tmp.{name}"
        if "/." in plain.removeprefix("."):
            return f"hidden.{name}"
        return f"here.{name}" if plain.startswith("./") else name

    def is_prose(self, node: Node) -> bool:
        """What is only said: the words of `echo` that go nowhere; and `/dev/tcp/`, which many wait with."""
        if _text(node).startswith(("/dev/tcp/", "/dev/udp/")):
            return True
        holder = node.parent
        call = self.call(holder) if holder is not None and holder.type == "command" else None
        if call is None or self.path(call.callee, b"") not in ("echo", "printf"):
            return False
        if (call.keywords or {}).keys() & {"file", "stdin"}:
            return False
        for _ in range(6):  # up to what takes the words that are said
            holder = holder.parent
            if holder is None or holder.type not in ("list", "subshell", "compound_statement", "pipeline"):
                break
            if holder.type == "pipeline":
                return False
        return holder is None or holder.type != "command_substitution"

    def inner(self, node: Node) -> Node | None:
        if node.type in _HOLDERS:
            return node.named_children[0] if node.named_child_count else None
        if node.type == "redirected_statement":
            return node.child_by_field_name("body")
        if node.type == "pipeline":
            return node.named_children[-1] if node.named_child_count else None
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        if node.type == "concatenation" or (node.type in ("string", "heredoc_body") and node.named_child_count):
            return list(node.named_children)
        return None

    def literal(self, node: Node, data: bytes) -> str | None:
        kind = node.type
        if kind == "word":
            return re.sub(r"\\(.)", r"\1", _text(node))
        if kind == "raw_string":
            return _text(node)[1:-1]
        if kind == "string":
            return None if any(n.type != "string_content" for n in node.named_children) else _text(node)[1:-1]
        if kind == "ansi_c_string":
            return _ESCAPE.sub(_unescape, _text(node)[2:-1])
        if kind in ("string_content", "number"):
            return _text(node)
        if kind in ("heredoc_body", "heredoc_content"):
            return data[node.start_byte : min(node.end_byte, node.start_byte + 100_000)].decode("utf-8", "replace")
        return None

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        if node.type == "variable_assignment":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            return (name, value) if name is not None and value is not None else None
        return None

    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        parent = name.parent
        if parent is None:
            return
        if parent.type == "variable_assignment":
            value = parent.child_by_field_name("value")
            if value is not None:
                yield Binding(value=value)
        elif parent.type == "for_statement":
            value = parent.child_by_field_name("value")
            if value is not None and value != name:
                yield Binding(value=value, is_element=True)
        elif parent.type == "function_definition":
            yield Binding(function=parent)

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        keywords = call.keywords or {}
        if path in ("echo", "printf"):
            words = [n for n in call.arguments if not _text(n).startswith("-")]
            return values.join(" ", words)
        if path == "cat" and not call.arguments and "stdin" in keywords:
            return values.text(keywords["stdin"])
        given = values.text(keywords["stdin"]) if "stdin" in keywords else None
        if given is None:
            return None
        if path == "base64" and keywords.keys() & {"-d", "-D", "--decode", "-di"}:
            return decode_base64(given)
        if path == "xxd" and "-r" in keywords:
            return decode_hex(given)
        return given[::-1] if path == "rev" else None
