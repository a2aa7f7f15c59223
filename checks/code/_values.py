"""What has flowed into an expression: the terms that it contains.

A taint comes through variables, lists and objects, callbacks, and functions of the same file. What an expression is by
its source alone is worked out below this, in _constants.py. All is bounded by steps, and remembered by node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from checks.code._conditions import WHOLE, Conditions
from checks.code._constants import CHOICES
from checks.code._language import Binding, Call, Language, Node
from checks.code._tree import LOCAL, MAX_CHILDREN, MAX_USES
from checks.code._vocabulary import Vocabulary

# Methods that give one entry of a table.
_SINGLE = frozenset({"get", "pop", "setdefault"})
_MAPPERS = frozenset({"array_map", "map"})
_RETURNING = frozenset({"map", "then", "flatMap", "reduce", "replace", "filter", "catch", "finally"})
_ADDERS = frozenset(
    {"push", "put", "addAll", "append", "unshift", "extend", "add", "update", "set", "insert", "concat", "appendChild"}
)
# Of these, those that only lists have: what is set may be kept somewhere else.
_PUSHERS = frozenset({"push", "unshift", "append", "extend"})
# What of an object is filled in place of it.
_PARTS = frozenset({"searchParams", "headers"})
# Methods that say where what is sent goes.
_OPENERS = frozenset({"open", "connect", "create_connection", "login"})
_CONTAINERS = frozenset(
    {"array", "object", "list", "dictionary", "set", "new_expression", "call", "array_creation_expression"}
    | {"object_creation_expression", "method_invocation", "cast_expression"}
)
# How far a function may be wrapped that takes the place of another, and what is no wrapper.
_MAX_WRAPPED = 10
_NO_WRAPPERS = frozenset({"program", "module", "class_body", "class_declaration"})
_MAX_ARROWS = 6
_MAX_INTO = 4


class Taint(NamedTuple):
    """A term that flows, and the byte at which it enters; `quoted`: as a literal of the language, not as its code."""

    term: str
    at: int
    quoted: bool = False


Taints = frozenset[Taint]
_NONE: Taints = frozenset()


def _without_whole(taints: Taints, name: str) -> Taints:
    """One variable is not the whole environment."""
    if name in WHOLE:
        return taints
    return frozenset(t for t in taints if t.term != "environment.all")


class Values(Conditions):
    """The values of one tree. `spoken` gives the terms of constant strings by the first byte of their node."""

    def __init__(self, root: Node, grammar: str, language: Language, vocabulary: Vocabulary, data: bytes) -> None:
        super().__init__(root, grammar, language, vocabulary, data)
        self.spoken: dict[int, set[str]] = {}
        self._taints: dict[int, Taints] = {}
        self._added: dict[tuple[bytes, int], Taints] = {}
        self._hooked: dict[int, Taints] = {}
        self._entries: dict[tuple[bytes, int], dict[str, Taints]] = {}  # of it, what was put under a constant key

    def taints(self, node: Node | None, depth: int = 0) -> Taints:
        """Every term that this expression may contain."""
        if node is None or depth > self.language.depth:
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
        if node.type == "this":
            return own | self._hooked_taints(self._function_around_this(node))
        if node.type in language.functions or not language.carries(node):
            return own
        call = language.call(node)
        if call is not None:
            return own | self._call_taints(call, depth)
        member = language.member(node, self.data)
        if member is not None:
            return own | self._member_taints(node, depth)
        if language.calls_by_text and not self.path(node).startswith("?"):  # `${"_PO" . "ST"}`
            own |= self._named("members", self.path(node), node)
        skipped = node.child_by_field_name("condition") if node.type in CHOICES else None
        for child in node.named_children[:MAX_CHILDREN]:
            if child != skipped:
                own |= self.taints(child, depth)
        return own

    def _named(self, form: str, path: str, node: Node, call: Call | None = None) -> Taints:
        return frozenset(
            Taint(term.id, node.start_byte)
            for term in self.vocabulary.named(form, path)
            if not term.disguised
            and (call is None or self.fits(term, call))
            and (not term.whole or self.is_whole(node))
        )

    def _name_taints(self, node: Node, depth: int) -> Taints:
        bindings = self.bindings(node)
        if not bindings and self.source(node) == "arguments":
            return self._named("members", self.path(node), node) | self._hooked_taints(self._function_around_this(node))
        if not bindings:
            return self._named("members", self.path(node), node)
        found = self._named("members", self.path(node), node)
        found |= self._named("members", f"?{self.source(node)}", node)  # a name that says what it holds
        for binding in bindings:
            found |= self._binding_taints(binding, depth)
        if any(b.value is not None and b.value.type in _CONTAINERS for b in bindings):
            found |= self._added_taints(node, depth)
        return found

    def _added_taints(self, name: Node, depth: int) -> Taints:
        """What is put into a list or an object after it was made: `parts.push(x)`, `out[key] = x`."""
        word, scope = self.place_of(name)
        key = word, scope.start_byte
        if key in self._added:
            return self._added[key]
        self._added[key] = found = _NONE
        for leaf in self.scopes.uses(word, scope, MAX_USES):
            self.step()
            holder = leaf.parent
            filling = self._filling(leaf)
            if filling is not None:
                found |= self._named("calls", self.path(filling.callee), filling.node, filling)
                for argument in filling.arguments:
                    found |= self.taints(argument, depth + 1) if argument != leaf else _NONE
            member = self.language.member(holder, self.data) if holder is not None else None
            if member is None or member.object != leaf or holder.parent is None:
                continue
            if member.name in _PARTS:  # `url.searchParams.set("q", x)`
                part = self.language.member(holder.parent, self.data)
                if part is not None and part.object == holder and holder.parent.parent is not None:
                    holder, member = holder.parent, part
            call = self.language.call(holder.parent)
            assigned = self.language.assigned(holder.parent)
            if call is not None and call.callee == holder and member.name in _ADDERS:
                for argument in self._given(call):
                    found |= self.taints(argument, depth + 1)
            elif assigned is not None and assigned[0] == holder:
                put = self.taints(assigned[1], depth + 1)
                entry = self.text(member.index) if member.index is not None else None
                if entry is not None:
                    entries = self._entries.setdefault(key, {})
                    entries[entry] = entries.get(entry, _NONE) | put
                found |= put
        self._added[key] = found
        return found

    def place_of(self, name: Node) -> tuple[bytes, Node]:
        """The word of a variable and the function that it belongs to."""
        word = self.data[name.start_byte : name.end_byte]
        definitions = self.scopes.definitions(word, name)
        return word, self.scopes.function_of(definitions[0]) if definitions else self.root

    def _elsewhere(self, table: Node, index: Node | None) -> Taints:
        """What was put only into other entries of a table than the one that is read."""
        entry = self.text(index) if index is not None and table.type in self.language.names else None
        if entry is None:
            return _NONE
        word, scope = self.place_of(table)
        entries = self._entries.get((word, scope.start_byte), {})
        others = frozenset(taint for other, taints in entries.items() if other != entry for taint in taints)
        return others - entries.get(entry, _NONE)

    def _filling(self, name: Node) -> Call | None:
        """The call that puts something into an object: `sb.append(x)` in Java, `fill(list, x)`."""
        call = self.language.call(name.parent) if name.parent is not None else None
        if call is not None and call.callee.parent == call.node:
            member = self.language.member(call.callee, self.data)
            if member is not None and member.object == name:
                return call if member.name in _ADDERS else None
        if self.vocabulary.words.fillers:
            call, is_callee = self.call_around(name)
            at = self.vocabulary.words.fillers.get(self.path(call.callee), -1) if call is not None else -1
            if call is not None and not is_callee and 0 <= at < len(call.arguments) and call.arguments[at] == name:
                return call
        return None

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

    def destinations(self, call: Call | None) -> Sequence[Node]:
        """What says where the object leads of which a method is called: `x.open("POST", url); x.send(data)`."""
        member = self.language.member(call.callee, self.data) if call is not None else None
        if member is None:
            return ()
        found: list[Node] = [member.object]
        if member.object.type in self.language.names:
            word, scope = self.place_of(member.object)
            for leaf in self.scopes.uses(word, scope, MAX_USES):
                outer = leaf.parent
                used = self.language.member(outer, self.data) if outer is not None else None
                opened = self.language.call(outer.parent) if used is not None and outer.parent is not None else None
                if opened is not None and opened.callee == outer and used is not None and used.name in _OPENERS:
                    found += opened.arguments[:4]
        return found

    def _member_taints(self, node: Node, depth: int) -> Taints:
        member = self.language.member(node, self.data)
        if member is None:
            return _NONE
        path = self.path(node)
        name = path.rpartition(".")[2]
        if name in self.vocabulary.words.cleansers:
            return _NONE
        inner = self.taints(member.object, depth)
        inner -= self._elsewhere(member.object, member.index)
        if member.index is None or self.text(member.index) is not None:
            inner = _without_whole(inner, member.name)
        else:  # the variable of which the name goes through those that there are
            inner |= frozenset(t for t in self.taints(member.index, depth) if t.term == "environment.all")
        found = self._named("members", path, node) | inner
        holder = self.source(member.object)
        is_global = f"{holder}." in self.vocabulary.words.strip  # window.kept = ..., read anywhere as window.kept
        if member.name and (is_global or holder in ("this", "self") or path.startswith(LOCAL)):
            for definition in self.scopes.members(member.name.encode(), node):
                owner = self.language.member(definition.parent, self.data)
                is_field = owner is None and definition.parent.type.endswith("field_definition")
                if not (is_field and holder == "this") and (owner is None or self.source(owner.object) != holder):
                    continue
                for binding in self.language.bindings(definition, self.data):
                    if binding.value is not None:
                        found |= self.taints(binding.value, depth)
            if holder in ("this", "self"):
                found |= self._field_added(member.name.encode(), depth)
        elif node.type == "attribute" and path.endswith(f"().{member.name}") and self.is_local(path):  # of a class here
            for definition in self.scopes.members(member.name.encode(), node)[:4]:
                for binding in self.language.bindings(definition, self.data):
                    found |= self.taints(binding.value, depth) if binding.value is not None else _NONE
            found |= self._field_added(member.name.encode(), depth)
        return found

    def _field_added(self, name: bytes, depth: int) -> Taints:
        """What is put into a list that a field of the own object is: `this.parts.push(x)`."""
        key = name, -1
        if key in self._added:
            return self._added[key]
        self._added[key] = found = _NONE
        for leaf in self.scopes.uses(name, self.root, MAX_USES):
            field = leaf.parent
            deep = self._put_deep(field) if field is not None else None
            for value in deep or ():
                found |= self.taints(value, depth + 1)
            outer = field.parent if field is not None else None
            member = self.language.member(outer, self.data) if outer is not None else None
            if member is None or member.object != field or member.name not in _PUSHERS or outer is None:
                continue
            self.step()
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is not None and call.callee == outer:
                for argument in self._given(call):
                    found |= self.taints(argument, depth + 1)
        self._added[key] = found
        return found

    def _put_deep(self, field: Node) -> list[Node]:
        """What is put somewhere into a field: `self.found["a"].append(x)`, `self.found.a[key] = x` (Python)."""
        holder = field.child_by_field_name("object") if field.type == "attribute" else None
        if holder is None or holder.child_count or self.source(holder) != "self":
            return []
        inner = outer = field
        for _ in range(_MAX_INTO):
            member = self.language.member(outer.parent, self.data) if outer.parent is not None else None
            if member is None or member.object != outer:
                break
            inner, outer = outer, outer.parent
        if outer == field or outer.parent is None:
            return []
        self.step()
        assigned, call = self.language.assigned(outer.parent), self.language.call(outer.parent)
        if assigned is not None and assigned[0] == outer:
            return [assigned[1]]
        member = self.language.member(outer, self.data)
        if call is None or call.callee != outer or inner == field or member is None or member.name not in _ADDERS:
            return []
        return self._given(call)

    def _call_taints(self, call: Call, depth: int) -> Taints:
        if self.path(call.callee) in self.vocabulary.words.quoters:
            given = (self.taints(argument, depth) for argument in call.arguments)
            return frozenset(t._replace(quoted=True) for taints in given for t in taints)
        found = self._opened_taints(call, depth)
        if any(t.quoted for t in found):  # what is cut or decoded may be code again
            return frozenset(t._replace(quoted=False) for t in found)
        return found

    def _opened_taints(self, call: Call, depth: int) -> Taints:
        path, words = self.path(call.callee), self.vocabulary.words
        is_based = path == "int" and len(call.arguments) > 1  # `int(bits, 2)` reads what may be anything
        if (path in words.cleansers or path.rpartition(".")[2] in words.cleansers) and not is_based:
            return _NONE
        if path.rpartition(".")[2] in _MAPPERS and call.arguments:  # array_map('intval', $ids), map(int, ids)
            mapped = call.arguments[0]
            if (self.text(mapped) or self.path(mapped)) in words.cleansers:
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
        if self.is_local(path):
            for function in self.local_functions(call.callee):
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
        call, is_callee = self.call_around(function)
        if call is not None:
            handed = self._handed_taints(call, is_callee, function, binding.position, depth)
            return handed | self._hooked_taints(function) if not is_callee else handed
        holder = function.parent
        assigned = self.language.assigned(holder) if holder is not None else None
        if assigned is not None:
            found |= self._named("members", self.path(assigned[0]), function)
        found |= self._hooked_taints(function)
        for leaf in self.uses_of(function):
            outer = self.reference(leaf)
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is not None and call.callee == outer:
                shift = 1 if outer is not leaf and self._has_self(function) else 0
                at = binding.position - shift
                if 0 <= at < len(call.arguments):
                    found |= self.taints(call.arguments[at], depth + 3)
            else:
                call, is_callee = self.call_around(outer)
                if call is not None and not is_callee:
                    found |= self._handed_taints(call, False, outer, binding.position, depth + 3)
        return found or frozenset((Taint("argument", function.start_byte),))  # of another file, if any

    def _function_around_this(self, node: Node) -> Node:
        """The function whose `this` and `arguments` stand here: an arrow has none of its own."""
        function = self.scopes.function_of(node)
        for _ in range(_MAX_ARROWS):
            if function.type != "arrow_function":
                break
            function = self.scopes.function_of(function)
        return function

    def _hooked_taints(self, function: Node) -> Taints:
        """What a function is given that takes the place of another: `http.request = function () {}`, also wrapped."""
        if function.id in self._hooked:
            return self._hooked[function.id]
        found, child, parent = _NONE, function, function.parent
        for _ in range(_MAX_WRAPPED):
            if parent is None or found or parent.type in _NO_WRAPPERS:
                break
            assigned, path = self.language.assigned(parent), ""
            call = self.language.call(parent)
            if assigned is not None and assigned[1] == child:
                path = self.path(assigned[0])
            elif call is not None and len(call.arguments) > 2 and call.callee != child:  # defineProperty, wrap
                name = self.text(call.arguments[1])
                path = self._canonical(f"{self.path(call.arguments[0])}.{name}") if name else ""
            if path:
                found = frozenset(t for t in self._named("assigns", path, function) if t.term.startswith("hook."))
            child, parent = parent, parent.parent
        self._hooked[function.id] = found
        return found

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

    def _resolved_taints(self, executor: Node, depth: int) -> Taints:
        """What the executor of a promise hands to its `resolve`."""
        parameters = executor.child_by_field_name("parameters") or executor.child_by_field_name("parameter")
        first = parameters.named_children[0] if parameters is not None and parameters.named_child_count else parameters
        if first is None or first.child_count:
            return _NONE
        found = _NONE
        for leaf in self.scopes.uses(self.data[first.start_byte : first.end_byte], executor, MAX_USES):
            call, is_callee = self.call_around(leaf)
            if call is None:
                continue
            if is_callee:
                for argument in call.arguments[:1]:
                    found |= self.taints(argument, depth)
            elif leaf != first:
                found |= self._handed_taints(call, False, leaf, 0, depth)
        return found
