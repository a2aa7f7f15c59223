"""What an expression may be: its dotted path, its text where it is constant, and what has flowed into it.

Nothing is executed. A path follows import aliases and variables (`o.popen` is `os.popen`); a text folds what joins
and decodes constants; a taint is a term that an expression contains, through variables, callbacks and functions of
the same file. All is bounded by steps, and remembered by node.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from checks.code._language import Binding, Call, Language, Node
from checks.code._rules import UNKNOWN, Term, Vocabulary
from checks.code._scopes import Scopes

MAX_STEPS = 150_000
# Of the processor for one file: below the deadline that a check has for it.
MAX_SECONDS = 4.0
_MAX_DEPTH = 28
_MAX_TEXT = 200_000
_MAX_CHILDREN = 200
_MAX_USES = 40
_MAX_RETURNS = 12
# Methods that give one entry of a table.
_SINGLE = frozenset({"get", "pop", "setdefault"})
_WHOLE = frozenset({"items", "copy", "values", "toObject"})
_RETURNING = frozenset({"map", "then", "flatMap", "reduce", "replace", "filter", "catch", "finally"})
_ADDERS = frozenset({"push", "append", "unshift", "extend", "add", "update", "set", "insert", "concat", "appendChild"})
_CONTAINERS = frozenset(
    {"array", "object", "list", "dictionary", "set", "new_expression", "call", "array_creation_expression"}
)
_CHOICES = frozenset({"binary_expression", "boolean_operator", "ternary_expression", "conditional_expression"})


class Spent(Exception):
    """The file asks for more steps than a file may."""


class Taint(NamedTuple):
    """A term that flows, and the byte at which it enters."""

    term: str
    at: int


Taints = frozenset[Taint]
_NONE: Taints = frozenset()


def _without_whole(taints: Taints, name: str) -> Taints:
    """One variable is not the whole environment."""
    if name in _WHOLE:
        return taints
    return frozenset(t for t in taints if t.term != "environment.all")


class Values:
    """The values of one tree. `spoken` gives the terms of constant strings by the first byte of their node."""

    def __init__(self, root: Node, grammar: str, language: Language, vocabulary: Vocabulary, data: bytes) -> None:
        self.root, self.language, self.vocabulary, self.data = root, language, vocabulary, data
        self.scopes = Scopes(root, language, grammar, data)
        self.spoken: dict[int, set[str]] = {}
        self.steps = 0
        self._deadline = time.process_time() + MAX_SECONDS
        self._paths: dict[int, str] = {}
        self._texts: dict[int, str] = {}
        self._taints: dict[int, Taints] = {}
        self._added: dict[tuple[bytes, int], Taints] = {}

    def step(self) -> None:
        """Count one step; raises Spent."""
        self.steps += 1
        if self.steps > MAX_STEPS or (self.steps % 64 == 0 and time.process_time() > self._deadline):
            raise Spent

    def source(self, node: Node) -> str:
        """The characters of a node."""
        return self.data[node.start_byte : min(node.end_byte, node.start_byte + _MAX_TEXT)].decode("utf-8", "replace")

    def bindings(self, name: Node) -> list[Binding]:
        """What may give this name its value here."""
        word = self.data[name.start_byte : name.end_byte]
        return [
            binding
            for definition in self.scopes.definitions(word, name)
            for binding in self.language.bindings(definition, self.data)
        ]

    # --- paths

    def path(self, node: Node | None, depth: int = 0) -> str:
        """The dotted path that an expression names: `?name` begins one of which the origin is not known."""
        if node is None or depth > _MAX_DEPTH:
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
        if node.type in _CHOICES:
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
        if node is None or depth > _MAX_DEPTH:
            return UNKNOWN
        kept = self._texts.get(node.id)
        if kept is None:
            self.step()
            self._texts[node.id] = UNKNOWN
            kept = self._texts[node.id] = self._text(node, depth + 1)[:_MAX_TEXT]
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

    # --- taints

    def taints(self, node: Node | None, depth: int = 0) -> Taints:
        """Every term that this expression may contain."""
        if node is None or depth > _MAX_DEPTH:
            return _NONE
        kept = self._taints.get(node.id)
        if kept is None:
            self.step()
            self._taints[node.id] = _NONE
            kept = self._taints[node.id] = self._taint(node, depth + 1)
        return kept

    def _taint(self, node: Node, depth: int) -> Taints:
        language = self.language
        own = frozenset(Taint(term, node.start_byte) for term in self.spoken.get(node.start_byte, ()))
        if node.type in language.names:
            return own | self._name_taints(node, depth)
        if node.type in language.functions or not language.carries(node):
            return own
        call = language.call(node)
        if call is not None:
            return own | self._call_taints(call, depth)
        member = language.member(node, self.data)
        if member is not None:
            return own | self._member_taints(node, depth)
        skipped = node.child_by_field_name("condition") if node.type in _CHOICES else None
        for child in node.named_children[:_MAX_CHILDREN]:
            if child != skipped:
                own |= self.taints(child, depth)
        return own

    def _named(self, form: str, path: str, node: Node, call: Call | None = None) -> Taints:
        return frozenset(
            Taint(term.id, node.start_byte)
            for term in self.vocabulary.named(form, path)
            if (call is None or self.fits(term, call)) and (not term.whole or self.is_whole(node))
        )

    def is_whole(self, node: Node) -> bool:
        """Whether an object is used as such: not only one member of it is asked for."""
        member = self.language.member(node.parent, self.data) if node.parent is not None else None
        return member is None or member.object != node or member.name in ("items", "copy", "values", "toObject")

    def _name_taints(self, node: Node, depth: int) -> Taints:
        bindings = self.bindings(node)
        if not bindings:
            return self._named("members", self.path(node), node)
        found = self._named("members", self.path(node), node)
        for binding in bindings:
            found |= self._binding_taints(binding, depth)
        if any(b.value is not None and b.value.type in _CONTAINERS for b in bindings):
            found |= self._added_taints(node, depth)
        return found

    def _added_taints(self, name: Node, depth: int) -> Taints:
        """What is put into a list or an object after it was made: `parts.push(x)`, `out[key] = x`."""
        word = self.data[name.start_byte : name.end_byte]
        definitions = self.scopes.definitions(word, name)
        scope = self.scopes.function_of(definitions[0]) if definitions else self.root
        key = word, scope.start_byte
        if key in self._added:
            return self._added[key]
        self._added[key] = found = _NONE
        for leaf in self.scopes.uses(word, scope, _MAX_USES):
            self.step()
            holder = leaf.parent
            member = self.language.member(holder, self.data) if holder is not None else None
            if member is None or member.object != leaf or holder.parent is None:
                continue
            call = self.language.call(holder.parent)
            assigned = self.language.assigned(holder.parent)
            if call is not None and call.callee == holder and member.name in _ADDERS:
                for argument in self._given(call):
                    found |= self.taints(argument, depth + 1)
            elif assigned is not None and assigned[0] == holder:
                found |= self.taints(assigned[1], depth + 1)
        self._added[key] = found
        return found

    def _binding_taints(self, binding: Binding, depth: int) -> Taints:
        if binding.position >= 0:
            return self._parameter_taints(binding, depth)
        if binding.value is not None:
            found = self.taints(binding.value, depth)
            if binding.member:
                path = f"{self.path(binding.value, depth)}.{binding.member}"
                found |= self._named("members", self._canonical(path), binding.value)
            return found
        return _NONE

    def _member_taints(self, node: Node, depth: int) -> Taints:
        member = self.language.member(node, self.data)
        if member is None:
            return _NONE
        path = self.path(node)
        name = path.rpartition(".")[2]
        if name in self.vocabulary.words.cleansers:
            return _NONE
        inner = self.taints(member.object, depth)
        if member.index is None or self.text(member.index) is not None:
            inner = _without_whole(inner, member.name)
        found = self._named("members", path, node) | inner
        if path.startswith(("?", "this.", "self.")) and member.name:
            holder = self.source(member.object)
            for definition in self.scopes.members(member.name.encode(), node):
                owner = self.language.member(definition.parent, self.data)
                if owner is None or self.source(owner.object) != holder:
                    continue
                for binding in self.language.bindings(definition, self.data):
                    if binding.value is not None:
                        found |= self.taints(binding.value, depth)
        return found

    def _call_taints(self, call: Call, depth: int) -> Taints:
        path, words = self.path(call.callee), self.vocabulary.words
        if path in words.cleansers or path.rpartition(".")[2] in words.cleansers:
            return _NONE
        found = self._named("calls", path, call.node, call)
        member = self.language.member(call.callee, self.data)
        if member is not None:
            inner = self.taints(member.object, depth)
            found |= _without_whole(inner, member.name) if member.name in _SINGLE else inner
        for argument in self._given(call):
            found |= self.taints(argument, depth)
            if argument.type not in self.language.functions:
                continue
            if path == "Promise":
                found |= self._resolved_taints(argument, depth)
            elif member is not None and member.name in _RETURNING:
                for value in self._returns(argument):
                    found |= self.taints(value, depth + 2)
        if path.startswith(("?", "this.", "self.")):
            for function in self._local_functions(call.callee):
                for value in self._returns(function):
                    found |= self.taints(value, depth + 4)
        return found

    @staticmethod
    def _given(call: Call) -> list[Node]:
        return [*call.arguments, *(call.keywords or {}).values()]

    def _parameter_taints(self, binding: Binding, depth: int) -> Taints:
        """What a function may be given: where it is a callback, all that its caller holds."""
        found = _NONE
        function = binding.function
        call, is_callee = self._call_around(function)
        if call is not None:
            return self._handed_taints(call, is_callee, function, binding.position, depth)
        holder = function.parent
        assigned = self.language.assigned(holder) if holder is not None else None
        if assigned is not None:
            found |= self._named("members", self.path(assigned[0]), function)
        for leaf in self._uses_of(function):
            outer = self._reference(leaf)
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is not None and call.callee == outer:
                shift = 1 if outer is not leaf and self._has_self(function) else 0
                at = binding.position - shift
                if 0 <= at < len(call.arguments):
                    found |= self.taints(call.arguments[at], depth + 3)
            else:
                call, is_callee = self._call_around(outer)
                if call is not None and not is_callee:
                    found |= self._handed_taints(call, False, outer, binding.position, depth + 3)
        return found

    def _has_self(self, function: Node) -> bool:
        parameters = function.child_by_field_name("parameters")
        first = parameters.named_children[0] if parameters is not None and parameters.named_child_count else None
        return first is not None and self.source(first) in ("self", "cls")

    def _handed_taints(self, call: Call, is_callee: bool, function: Node, position: int, depth: int) -> Taints:
        if is_callee:
            return self.taints(call.arguments[position], depth) if position < len(call.arguments) else _NONE
        found = self._named("calls", self.path(call.callee), call.node, call)
        member = self.language.member(call.callee, self.data)
        if member is not None:
            found |= self.taints(member.object, depth)
        for argument in self._given(call):
            if argument != function and argument.type not in self.language.functions:
                found |= self.taints(argument, depth)
        return found

    def _call_around(self, node: Node) -> tuple[Call | None, bool]:
        """The call that has this node as an argument (False) or as what is called (True)."""
        child, parent = node, node.parent
        for _ in range(6):
            if parent is None:
                break
            call = self.language.call(parent)
            if call is not None:
                return call, call.callee == child
            is_argument = parent.type in ("arguments", "argument_list", "keyword_argument")
            if not is_argument and self.language.inner(parent) != child:
                break
            child, parent = parent, parent.parent
        return None, False

    def _reference(self, leaf: Node) -> Node:
        """The whole member access of which a leaf is the last name."""
        parent = leaf.parent
        if parent is not None and leaf.type not in self.language.names | {"property_identifier"}:
            return leaf
        if parent is not None:
            member = self.language.member(parent, self.data)
            if member is not None and member.object != leaf and member.index is None:
                return parent
        return leaf

    def name_of(self, function: Node) -> Node | None:
        name: Node | None = function.child_by_field_name("name")
        if name is None and function.parent is not None:
            parent = function.parent
            name = parent.child_by_field_name("name") or parent.child_by_field_name("key")
            if name is None:
                assigned = self.language.assigned(parent)
                name = assigned[0] if assigned is not None else None
                member = self.language.member(name, self.data) if name is not None else None
                name = name.named_children[-1] if name is not None and member is not None else name
        return name if name is not None and name.child_count == 0 else None

    def _uses_of(self, function: Node) -> Iterator[Node]:
        name = self.name_of(function)
        if name is None or name.end_byte - name.start_byte < 3:
            return
        scope = self.scopes.function_of(function)
        if function.type == "method_definition" or name.type == "property_identifier":
            scope = self.root
        for leaf in self.scopes.uses(self.data[name.start_byte : name.end_byte], scope, _MAX_USES):
            if leaf != name:
                self.step()
                yield leaf

    def _local_functions(self, callee: Node) -> Iterator[Node]:
        callee = self.language.inner(callee) or callee
        if callee.type in self.language.functions:
            yield callee
            return
        if callee.type in self.language.names:
            bindings = self.bindings(callee)
        else:
            member = self.language.member(callee, self.data)
            found = self.scopes.members(member.name.encode(), callee) if member is not None and member.name else []
            if not found and member is not None and member.name and self.source(member.object) in ("self", "cls"):
                found = self.scopes.definitions(member.name.encode(), self.root)
            bindings = [b for d in found for b in self.language.bindings(d, self.data)]
        for binding in bindings[:4]:
            if binding.function is not None and binding.position < 0:
                yield binding.function
            elif binding.value is not None and binding.value.type in self.language.functions:
                yield binding.value

    def _returns(self, function: Node) -> Iterator[Node]:
        """The expressions that a function may return."""
        body = function.child_by_field_name("body")
        if body is None:
            return
        if not body.type.endswith(("block", "compound_statement")):
            yield body
            return
        todo, found = [body], 0
        for _ in range(2000):
            if not todo or found >= _MAX_RETURNS:
                return
            node = todo.pop()
            if node.type in ("return_statement", "yield", "yield_expression"):
                found += 1
                yield from node.named_children[:1]
            elif node.type not in self.language.functions and "expression" not in node.type.removesuffix("_statement"):
                todo.extend(node.named_children[:_MAX_CHILDREN])

    def _resolved_taints(self, executor: Node, depth: int) -> Taints:
        """What the executor of a promise hands to its `resolve`."""
        parameters = executor.child_by_field_name("parameters") or executor.child_by_field_name("parameter")
        first = parameters.named_children[0] if parameters is not None and parameters.named_child_count else parameters
        if first is None or first.child_count:
            return _NONE
        found = _NONE
        for leaf in self.scopes.uses(self.data[first.start_byte : first.end_byte], executor, _MAX_USES):
            call, is_callee = self._call_around(leaf)
            if call is None:
                continue
            if is_callee:
                for argument in call.arguments[:1]:
                    found |= self.taints(argument, depth)
            elif leaf != first:
                found |= self._handed_taints(call, False, leaf, 0, depth)
        return found

    # --- conditions of a term

    def fits(self, term: Term, call: Call) -> bool:
        """Whether a call is what a term asks for beyond its path."""
        if term.direct and any(self._is_reference(node) for node in self.chosen(term, call)):
            return False
        if term.bare and (len(call.arguments) != 1 or call.keywords):
            return False
        keywords = call.keywords or {}
        for key, expression in term.given.items():
            node = keywords.get(key)
            if key.isdecimal():
                node = call.arguments[int(key)] if int(key) < len(call.arguments) else None
            if node is None or not re.search(expression, self.described(node)):
                return False
        if term.variable:
            chosen = self.chosen(term, call)
            return any(self.text(node) is None for node in chosen)
        return True

    def _is_reference(self, node: Node) -> bool:
        types = self.language.functions | self.language.names
        return node.type in types or self.language.member(node, self.data) is not None

    def chosen(self, term: Term, call: Call) -> list[Node]:
        """The arguments of a call that matter for a term."""
        keywords = call.keywords or {}
        if not term.arguments and not term.keywords:
            return [*call.arguments, *keywords.values()]
        positional = [call.arguments[n] for n in term.arguments if n < len(call.arguments)]
        return positional + [keywords[name] for name in term.keywords if name in keywords]

    def described(self, node: Node) -> str:
        """What an expression is compared by: its text, else its path, else its source."""
        text = self.loose_text(node)
        if text.strip(UNKNOWN):
            return text
        path = self.path(node)
        return path if not path.startswith("?") else self.source(node)[:2000]
