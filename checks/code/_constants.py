"""What an expression is by its source alone: the dotted path that it names, and its text where it is constant.

Nothing is executed. A path follows import aliases and variables (`o.popen` is `os.popen`); a text folds what joins
and decodes constants. Both are remembered by node and bounded by steps; each needs the other (`a["ex" + "ec"]`).
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.code._language import Binding, Call, Language, Node
from checks.code._terms import UNKNOWN
from checks.code._tree import MAX_TEXT, Tree
from checks.code._vocabulary import Vocabulary

MAX_DEPTH = 28
CHOICES = frozenset({"binary_expression", "boolean_operator", "ternary_expression", "conditional_expression"})


class Constants(Tree):
    """Paths and texts of one tree."""

    def __init__(self, root: Node, grammar: str, language: Language, vocabulary: Vocabulary, data: bytes) -> None:
        super().__init__(root, grammar, language, vocabulary, data)
        self._paths: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    # --- paths

    def path(self, node: Node | None, depth: int = 0) -> str:
        """The dotted path that an expression names: `?name` begins one of which the origin is not known."""
        if node is None or depth > MAX_DEPTH:
            return "?"
        kept = self._paths.get(node.id)
        if kept is None:
            self.step()
            self._paths[node.id] = "?"
            kept = self._paths[node.id] = self._canonical(self._path(node, depth + 1))
        return kept

    def _path(self, node: Node, depth: int) -> str:
        language = self.language
        own = language.path(node, self.data)
        if own is not None:
            return own
        member = language.member(node, self.data)
        if member is None and node.type in language.names:
            return self._name_path(node, depth)
        inner = language.inner(node)
        if inner is not None:
            return self.path(inner, depth)
        if member is not None:
            name = member.name or self.text(member.index, depth)
            made = self.language.inner(member.object) or member.object
            owner = "function" if made.type in language.functions else self.path(member.object, depth)
            return f"{owner}.{name}" if name else "?"
        call = language.call(node)
        if call is not None:
            return self._call_path(call, depth)
        if node.type in ("this", "super"):
            return str(node.type)
        if node.type == "import":
            return "import"
        if node.type in CHOICES:
            for child in node.named_children[:3]:
                path = self.path(child, depth)
                if not path.startswith("?"):
                    return path
        if language.calls_by_text and language.operands(node) is not None:
            return (self.text(node, depth) or "?").lower()
        return "?"

    def _name_path(self, node: Node, depth: int) -> str:
        name = self.language.spell(self.source(node))
        bindings = self.bindings(node)
        if not bindings:
            return name
        called = self.text(node, depth) if self.language.calls_by_text else None
        if called and called.isidentifier():
            return called.lower()
        for binding in bindings:
            path = self._binding_path(binding, depth)
            if not path.startswith("?"):
                return path
        return f"?{name}"

    def _binding_path(self, binding: Binding, depth: int) -> str:
        if binding.path:
            return binding.path
        end = f".{binding.member}" if binding.member else ""
        if binding.position >= 0 and not binding.is_element:
            return self._parameter_path(binding, depth) + end
        if binding.value is not None and not binding.is_element and not binding.adds:
            return self.path(binding.value, depth) + end
        return "?"

    def _parameter_path(self, binding: Binding, depth: int) -> str:
        """What a function is called with at the only place where that is plain: `(f => ...)(x)`, `p.then(x => ...)`."""
        call, is_callee = self._call_around(binding.function)
        if call is None:
            return "?"
        if is_callee:
            return self.path(call.arguments[binding.position], depth) if binding.position < len(call.arguments) else "?"
        member = self.language.member(call.callee, self.data)
        if member is not None and member.name == "then" and binding.position == 0:
            return self.path(member.object, depth)
        return "?"

    def _call_path(self, call: Call, depth: int) -> str:
        path, words = self.path(call.callee, depth), self.vocabulary.words
        first = call.arguments[0] if call.arguments else None
        if path in words.modules and first is not None:
            return self.text(first, depth) or "?"
        if path in words.members and len(call.arguments) > 1:
            name = self.text(call.arguments[1], depth)
            return f"{self.path(first, depth)}.{name}" if name else "?"
        if path in words.wrappers and first is not None:
            return self.path(first, depth)
        if path.endswith(".bind"):
            return path.removesuffix(".bind")
        return f"{path}()"

    def _canonical(self, path: str) -> str:
        words = self.vocabulary.words
        for _ in range(8):
            if not words.respells(path):
                break
            before = path
            for root in words.strip:
                if path.startswith(root):
                    path = path[len(root) :]
            for old, new in words.aliases.items():
                if path == old or (path.startswith(old) and path[len(old)] in ".("):
                    path = new + path[len(old) :]
            if path == before:
                break
        path = path.replace(".__dict__.", ".")
        return path.replace(".default", "")[:400] if ".default" in path else path[:400]

    # --- texts

    def text(self, node: Node | None, depth: int = 0) -> str | None:
        """The constant text of an expression, or None."""
        text = self.loose_text(node, depth)
        return None if UNKNOWN in text else text

    def loose_text(self, node: Node | None, depth: int = 0) -> str:
        """The text of an expression with UNKNOWN for each part that is not constant."""
        if node is None or depth > MAX_DEPTH:
            return UNKNOWN
        kept = self._texts.get(node.id)
        if kept is None:
            self.step()
            self._texts[node.id] = UNKNOWN
            kept = self._texts[node.id] = self._text(node, depth + 1)[:MAX_TEXT]
        return kept

    def _text(self, node: Node, depth: int) -> str:
        language = self.language
        operands = language.operands(node)
        if operands is not None:
            return self._joined(node, operands, depth)
        literal = language.literal(node, self.data)
        if literal is not None:
            return literal
        if node.type in language.names:
            for binding in self.bindings(node):
                if binding.value is not None and not (binding.is_element or binding.member or binding.adds):
                    text = self.loose_text(binding.value, depth)
                    if text != UNKNOWN:
                        return text
            return UNKNOWN
        inner = language.inner(node)
        if inner is not None:
            return self.loose_text(inner, depth)
        call = language.call(node)
        if call is not None:
            folded = language.fold_call(call, self.path(call.callee, depth), self)
            return UNKNOWN if folded is None else folded
        member = language.member(node, self.data)
        if member is not None and member.index is not None:
            items = self.items(member.object)
            number = self.text(member.index, depth)
            if items is not None and number is not None and number.isdecimal() and int(number[:6]) < len(items):
                return self.loose_text(items[int(number[:6])], depth)
        return UNKNOWN

    def _joined(self, node: Node, operands: Sequence[Node], depth: int) -> str:
        """The texts of a chain of `+`, taken apart without recursion: a chain may have ten thousand links."""
        parts: list[str] = []
        todo = list(reversed(operands))
        while todo and len(parts) < 4000:
            at = todo.pop()
            below = self.language.operands(at)
            if below is not None:
                self.step()
                todo.extend(reversed(below))
            else:
                parts.append(self.loose_text(at, depth))
        return "".join(parts) if parts else (self.language.literal(node, self.data) or "")

    def items(self, node: Node | None, depth: int = 0) -> Sequence[Node] | None:
        """The items of a list, through one variable."""
        if node is None or depth > 3:
            return None
        items = self.language.items(node)
        if items is None and node.type in self.language.names:
            for binding in self.bindings(node):
                items = self.items(binding.value, depth + 1) if not binding.is_element else None
                if items is not None:
                    break
        if items is None:
            call = self.language.call(node)
            if call is not None:  # `.reverse()`, `.split("")` and a list made of another
                return self._called_items(call, depth)
        return items

    def _called_items(self, call: Call, depth: int) -> Sequence[Node] | None:
        member = self.language.member(call.callee, self.data)
        if member is not None and member.name == "reverse":
            items = self.items(member.object, depth + 1)
            return list(reversed(items)) if items is not None else None
        return None

    def join(self, glue: str | None, items: Sequence[Node]) -> str | None:
        """The texts of these items with `glue` between them."""
        if glue is None:
            return None
        return glue.join(self.loose_text(item) for item in items[:4000])
