"""The tree of one file, asked for what stands around a node: its calls, its uses, the functions of the same file."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator

from checks.code._language import Binding, Call, Language, Node
from checks.code._scopes import Scopes
from checks.code._vocabulary import Vocabulary

MAX_STEPS = 150_000
# Of the processor for one file: below the deadline that a check has for it.
MAX_SECONDS = 4.0
MAX_WALL_SECONDS = 20.0
MAX_TEXT = 200_000
MAX_CHILDREN = 200
MAX_USES = 40
_MAX_RETURNS = 12
# What a path of something that the file itself defines begins with.
_NAMED_ENTRIES = frozenset({"method_definition", "shorthand_property_identifier"})
_ENTRIES = _NAMED_ENTRIES | {"pair"}
_TABLES = frozenset({"object", "dictionary"})
# From this size on, in bytes, or with longer lines than people write, a short name means something else everywhere.
_MANY_NAMES = 64 << 10
_FEW_NAMES = 4 << 10
_LONG_LINES = 160
LOCAL = ("?", "this.", "self.")


class Spent(Exception):
    """The file asks for more steps than a file may."""


class Tree:
    """One tree, with the steps that its file may still ask for."""

    def __init__(self, root: Node, grammar: str, language: Language, vocabulary: Vocabulary, data: bytes) -> None:
        self.root, self.language, self.vocabulary, self.data = root, language, vocabulary, data
        self.scopes = Scopes(root, language, grammar, data)
        self.steps = 0
        self._classes: dict[str, bool] = {}
        self._deadline = time.process_time() + MAX_SECONDS
        self._ends = time.monotonic() + MAX_WALL_SECONDS

    def step(self) -> None:
        """Count one step; raises Spent."""
        self.steps += 1
        if self.steps > MAX_STEPS or (self.steps % 8 == 0 and self._is_late()):
            raise Spent

    def _is_late(self) -> bool:
        """Whether the time is used up, also where a busy machine gives little of it: before the worker is ended."""
        return time.process_time() > self._deadline or time.monotonic() > self._ends

    def source(self, node: Node) -> str:
        """The characters of a node."""
        return self.data[node.start_byte : min(node.end_byte, node.start_byte + MAX_TEXT)].decode("utf-8", "replace")

    def bindings(self, name: Node) -> list[Binding]:
        """What may give this name its value here."""
        word = self.data[name.start_byte : name.end_byte]
        return [
            binding
            for definition in self.scopes.definitions(word, name)
            for binding in self.language.bindings(definition, self.data)
        ]

    def call_around(self, node: Node) -> tuple[Call | None, bool]:
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

    def reference(self, leaf: Node) -> Node:
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

    def _entry_uses(self, value: Node) -> Iterator[Node]:
        """Where an entry of a table is called by a name that is not known: `table[kind](given)`, also in two steps."""
        entry = value if value.type in _NAMED_ENTRIES else value.parent
        table = entry.parent if entry is not None and entry.type in _ENTRIES else None
        owner = table.parent if table is not None and table.type in _TABLES else None
        name = owner.child_by_field_name("name") or owner.child_by_field_name("left") if owner is not None else None
        if name is None or name.child_count:
            return
        word = self.data[name.start_byte : name.end_byte]
        for leaf in self.scopes.uses(word, self.scopes.function_of(name), MAX_USES):
            taken = leaf.parent
            member = self.language.member(taken, self.data) if taken is not None else None
            if member is None or member.object != leaf or member.index is None or taken.parent is None:
                continue
            self.step()
            yield taken
            again = taken.parent.child_by_field_name("name") or taken.parent.child_by_field_name("left")
            if again is not None and again != taken and not again.child_count:
                word = self.data[again.start_byte : again.end_byte]
                yield from self.scopes.uses(word, self.scopes.function_of(again), MAX_USES)

    def is_local(self, path: str) -> bool:
        """Whether a path is of something that the file itself defines: a name, a field, an object of its class."""
        if path.startswith(LOCAL):
            return True
        made, _, rest = path.partition("()")
        if not rest or not made[:1].isupper() or not made.isidentifier():
            return False
        if made not in self._classes:
            self._classes[made] = self.data.find(f"class {made}".encode()) >= 0
        return self._classes[made]

    def _has_self(self, function: Node) -> bool:
        parameters = function.child_by_field_name("parameters")
        first = parameters.named_children[0] if parameters is not None and parameters.named_child_count else None
        return first is not None and self.source(first) in ("self", "cls")

    @functools.cached_property
    def _is_dense(self) -> bool:
        """Whether one name of one or two letters stands for many things in this file."""
        size = len(self.data)
        return size > _MANY_NAMES or (size > _FEW_NAMES and size > _LONG_LINES * (self.data.count(b"\n") + 1))

    def uses_of(self, function: Node) -> Iterator[Node]:
        """The leaves that are the name of this function, beside the one where it gets it."""
        name = self.name_of(function)
        if name is not None and self.source(name) in ("constructor", "__init__"):  # called by the name of its class
            outer = function.parent.parent if function.parent is not None else None
            name = outer.child_by_field_name("name") if outer is not None else None
        yield from self._entry_uses(function)
        if name is None or (name.end_byte - name.start_byte < 3 and self._is_dense):
            return
        scope = self.scopes.function_of(function)
        if function.type == "method_definition" or name.type == "property_identifier":
            scope = self.root
        for leaf in self.scopes.uses(self.data[name.start_byte : name.end_byte], scope, MAX_USES):
            if leaf != name:
                self.step()
                yield leaf
                yield from self._entry_uses(leaf)

    def local_functions(self, callee: Node) -> Iterator[Node]:
        """The functions of the file that this expression may be."""
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

    def field_bindings(self, node: Node) -> list[Binding]:
        """What may give a field its value that is read here of the own object or of a class by name (Python)."""
        member = self.language.member(node, self.data)
        if member is None or not member.name or member.object.child_count:
            return []
        holder, name = self.source(member.object), member.name.encode()
        if holder not in ("self", "cls") and not holder[:1].isupper():
            return []
        found = [d for d in self.scopes.definitions(name, self.root) if self._is_class_field(d, holder)]
        if not found and holder == "self":
            found = self.scopes.members(name, node)
        return [b for d in found[:4] for b in self.language.bindings(d, self.data)]

    def _is_class_field(self, definition: Node, holder: str) -> bool:
        """Whether a name is given its value in the body of a class: of the one that is named, if one is."""
        body = definition.parent
        for _ in range(4):
            if body is None or body.type == "class_definition":
                break
            body = body.parent
        if body is None or body.type != "class_definition":
            return False
        if body.child_by_field_name("name") == definition:
            return False
        name = body.child_by_field_name("name")
        return holder in ("self", "cls") or (name is not None and self.source(name) == holder)

    def returned(self, function: Node) -> Iterator[Node]:
        """The expressions that a function may return."""
        return self._returns(function)

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
                todo.extend(node.named_children[:MAX_CHILDREN])
