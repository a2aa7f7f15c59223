"""What an expression is by its source alone: the dotted path that it names, and its text where it is constant.

Nothing is executed. A path follows import aliases and variables (`o.popen` is `os.popen`); a text folds what joins
and decodes constants. Both are remembered by node and bounded by steps; each needs the other (`a["ex" + "ec"]`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from checks.code._language import Binding, Call, Language, Node
from checks.code._terms import UNKNOWN
from checks.code._tree import LOCAL, MAX_TEXT, Tree
from checks.code._vocabulary import Vocabulary

MAX_DEPTH = 48
# A variable whose name is an expression, in PHP: `${"_PO" . "ST"}`.
_NAMED_BY_TEXT = "dynamic_variable_name"
# Small functions of the file that are gone into with what they are given: how many calls, how deep, how long.
_MAX_CALLS = 400
_MAX_FRAMES = 3
MAX_BODY = 900
# In a bigger file the same short names mean too much for that to be worth its time.
_MAX_FILE = 1 << 20
_PROTOTYPE = frozenset({"__proto__", "prototype"})
_OF_FUNCTIONS = _PROTOTYPE | {"constructor"}
_NOTHING = frozenset({"None", "null", "undefined"})
_RESTS = frozenset({"rest_pattern", "list_splat_pattern", "variadic_parameter", "spread_parameter"})
CHOICES = frozenset({"binary_expression", "boolean_operator", "ternary_expression", "conditional_expression"})


class Constants(Tree):
    """Paths and texts of one tree."""

    def __init__(self, root: Node, grammar: str, language: Language, vocabulary: Vocabulary, data: bytes) -> None:
        super().__init__(root, grammar, language, vocabulary, data)
        self._paths: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._frame: dict[int, str | Sequence[Node]] = {}  # what the parameters of a called function are
        self._frames = self._calls = 0

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
        if node.type == _NAMED_BY_TEXT and node.named_child_count:
            return self.text(node.named_children[0], depth) or "?"
        member = language.member(node, self.data)
        if member is None and node.type in language.names:
            return self._name_path(node, depth)
        inner = language.inner(node)
        if inner is not None:
            return self.path(inner, depth)
        if member is not None:
            name = member.name or self.language.spell(self.text(member.index, depth) or "")
            made = self.language.inner(member.object) or member.object
            asked = name in _OF_FUNCTIONS and made.type in language.names
            if made.type in language.functions or (asked and self._is_function(made)):
                return "function" if name in _PROTOTYPE else f"function.{name}"
            owner = self.path(member.object, depth)
            if owner in ("this", "?self") and name:
                return self._field_path(member.object, name, depth) or f"{owner}.{name}"
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

    def _field_path(self, this: Node, name: str, depth: int) -> str | None:
        """What a field of a class names, where it is given its value at one place only."""
        found = self.scopes.members(name.encode(), this)
        bindings = [b for definition in found[:4] for b in self.language.bindings(definition, self.data)]
        if len(found) > 1:  # what is none yet says nothing
            bindings = [b for b in bindings if b.value is None or self.source(b.value) not in _NOTHING]
        if len(found) > 4 or len(bindings) != 1 or bindings[0].function is not None:
            return None
        path = self._binding_path(bindings[0], depth)
        return None if path.startswith(LOCAL) else path

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
        call, is_callee = self.call_around(binding.function)
        if call is None:
            return self._given_path(binding, depth)
        if is_callee:
            return self.path(call.arguments[binding.position], depth) if binding.position < len(call.arguments) else "?"
        member = self.language.member(call.callee, self.data)
        if member is not None and member.name == "then" and binding.position == 0:
            return self.path(member.object, depth)
        return "?"

    def _given_path(self, binding: Binding, depth: int) -> str:
        """What the one call of a function of that name gives it."""
        paths: list[str] = []
        if len(self.data) > _MAX_FILE:
            return "?"
        for leaf in itertools.islice(self.uses_of(binding.function), 4):
            outer = self.reference(leaf)
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is not None and call.callee == outer and binding.position < len(call.arguments):
                paths.append(self.path(call.arguments[binding.position], depth))
        return paths[0] if len(paths) == 1 and not self._has_self(binding.function) else "?"

    def _call_path(self, call: Call, depth: int) -> str:
        path, words = self.path(call.callee, depth), self.vocabulary.words
        first = call.arguments[0] if call.arguments else None
        if path in words.modules and first is not None:
            return self.text(first, depth) or "?"
        if first is not None and path.rpartition(".")[2] in words.methods:
            return self._reflected(call, first, depth)
        if path in words.members and len(call.arguments) > 1:
            name = self.text(call.arguments[1], depth)
            return f"{self.path(first, depth)}.{name}" if name else "?"
        if path in words.wrappers and first is not None:
            return self.path(first, depth)
        if path.endswith(".bind"):
            return path.removesuffix(".bind")
        if path in words.prototypes and first is not None and self._is_function(first):
            return "function"
        if self.is_local(path):
            inner = self._within(call, lambda given: self.path(given, depth), LOCAL)
            if inner:
                return inner
        return f"{path}()"

    def _is_function(self, node: Node) -> bool:
        """Whether an expression is a function that stands in the file, by its name or as such."""
        return next(self.local_functions(node), None) is not None

    # --- functions of the same file

    def _within(self, call: Call, ask: Callable[[Node], str], unknown: tuple[str, ...]) -> str | None:
        """What a small function of the file gives where its parameters are what this call gives it.

        Names and texts hide behind such a function as often as not: `load(d("Y2hpbGQ="))`, `get(99, 104, 105)`.
        """
        if self._frames >= _MAX_FRAMES or self._calls >= _MAX_CALLS or len(self.data) > _MAX_FILE:
            return None
        function = next(self.local_functions(call.callee), None)
        if function is None or function.end_byte - function.start_byte > MAX_BODY:
            return None
        self._calls += 1
        self.step()
        frame = self._frame_of(function, call)
        kept = self._texts, self._paths, self._frame
        if frame:  # what was worked out for other arguments does not hold
            self._texts, self._paths, self._frame = {}, {}, self._frame | frame
        self._frames += 1
        try:
            given = (ask(node) for node in self._returns(function))
            return next((one for one in given if not one.startswith(unknown)), None)
        finally:
            self._frames -= 1
            self._texts, self._paths, self._frame = kept

    def _frame_of(self, function: Node, call: Call) -> dict[int, str | Sequence[Node]]:
        parameters = function.child_by_field_name("parameters") or function.child_by_field_name("parameter")
        if parameters is None:
            return {}
        alone = parameters.type in self.language.names
        named = [parameters] if alone else parameters.named_children[:20]
        named = [n for n in named if n.type not in self.language.comments]
        if named and self.source(named[0]) in ("self", "cls"):
            named = named[1:]
        frame: dict[int, str | Sequence[Node]] = {}
        for at, parameter in enumerate(named):
            name = self._first_name(parameter)
            if name is None:
                continue
            if parameter.type in _RESTS:
                frame[name.id] = call.arguments[at:]
            elif at < len(call.arguments):
                items = self.items(call.arguments[at])
                frame[name.id] = items if items is not None else self.loose_text(call.arguments[at])
        return frame

    def _first_name(self, node: Node) -> Node | None:
        for _ in range(3):
            if node.type in self.language.names:
                return node
            if not node.named_child_count:
                return None
            node = node.named_children[0]
        return None

    def _framed(self, node: Node) -> str | Sequence[Node] | None:
        """What the function that is gone into was given under this name."""
        if not self._frame:
            return None
        word = self.data[node.start_byte : node.end_byte]
        found = (self._frame.get(definition.id) for definition in self.scopes.definitions(word, node))
        return next((one for one in found if one is not None), None)

    def _reflected(self, call: Call, name: Node, depth: int) -> str:
        """The member that a class is asked for by name: of itself where a term knows that, else of an object of it."""
        member = self.language.member(call.callee, self.data)
        text = self.text(name, depth)
        if member is None or not text:
            return "?"
        owner = self.path(member.object, depth)
        own = f"{owner}.{text}"
        return own if self.vocabulary.named("calls", own) else f"{owner}().{text}"

    def _canonical(self, path: str) -> str:
        words = self.vocabulary.words
        for end in words.instances:
            path = path.removesuffix(end)
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
            filled = language.fold(node, self)
            return self._joined(node, operands, depth) if filled is None else filled
        literal = language.literal(node, self.data)
        if literal is not None:
            return literal
        if node.type in language.names:
            framed = self._framed(node)
            if isinstance(framed, str):
                return framed
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
            path = self.path(call.callee, depth)
            folded = language.fold_call(call, path, self)
            if folded is None and self.is_local(path):
                folded = self._within(call, lambda given: self.loose_text(given, depth), (UNKNOWN,))
            return UNKNOWN if folded is None else folded
        member = language.member(node, self.data)
        if member is not None and member.index is not None:
            items = self.items(member.object)
            number = self.text(member.index, depth)
            if items is not None and number is not None and number.isdecimal() and int(number[:6]) < len(items):
                return self.loose_text(items[int(number[:6])], depth)
        if member is not None and member.name:
            for binding in self.field_bindings(node):
                given = [binding.value] if binding.value is not None and not binding.adds else []
                if binding.function is not None and binding.position < 0:  # a property gives what it returns
                    given = list(self._returns(binding.function))
                text = next((t for t in (self.loose_text(value, depth) for value in given) if t != UNKNOWN), UNKNOWN)
                if text != UNKNOWN:
                    return text
        folded = language.fold(node, self)
        return UNKNOWN if folded is None else folded

    def _joined(self, node: Node, operands: Sequence[Node], depth: int) -> str:
        """The texts of a chain of `+`, taken apart without recursion: a chain may have ten thousand links."""
        parts: list[str] = []
        todo = list(reversed(operands))
        while todo and len(parts) < 4000:
            at = todo.pop()
            below = self.language.operands(at)
            filled = self.language.fold(at, self) if below is not None else None
            if filled is not None:
                parts.append(filled)
            elif below is not None:
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
            framed = self._framed(node)
            if framed is not None and not isinstance(framed, str):
                return framed
            for binding in self.bindings(node):
                items = self.items(binding.value, depth + 1) if not binding.is_element else None
                if items is not None:
                    break
        if items is None:
            for binding in self.field_bindings(node):
                items = self.items(binding.value, depth + 1) if not binding.is_element else None
                if items is not None:
                    return items
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
