"""Shapes of code that no single name tells: members written under a name that is not known, programs called by path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.code._language import Node
from checks.code._loops import Found, around, endless_loop, inside

if TYPE_CHECKING:
    from checks.code._values import Values

_PATH_MAKERS = ("join-path()", "io.path.combine()", "io.path.gettempfilename()", "new-temporaryfile()")
_PROGRAM = re.compile(r"(?i)\.(exe|com|scr|bat|cmd|ps1|vbs|js|msi|dll)$")
_BY_CHANCE = re.compile(r"\bMath\s?\.\s?random\b")
# What a module is that runs code, starts programs or takes in others.
_SYSTEM = frozenset(
    {"builtins", "__builtins__", "__builtin__", "os", "sys", "subprocess", "importlib", "marshal", "ctypes"}
)
_DECODES = re.compile(r"\bchr\b|decode\(|fromhex|unhexlify|decompress|\[::-|\^")
_MAX_SOURCE = 4000
_MAX_CLIMB = 12


def dynamic_write(leaf: Node, values: Values) -> Found | None:
    """`object[a][b] = value`: what flows into the names decides what is written."""
    target = _assigned_subscript(leaf, values)
    if target is None:
        return None
    outer = values.language.member(target, values.data)
    inner = values.language.member(outer.object, values.data) if outer is not None else None
    if outer is None or inner is None or inner.index is None or values.text(inner.index) is not None:
        return None
    return target.parent, [inner.index]


def nested_write(leaf: Node, values: Values) -> Found | None:
    """A function that goes down into an object by names that it is given, and writes there."""
    function = around(leaf, values.language.functions)
    if function is None and leaf.parent is not None:
        function = next((n for n in leaf.parent.named_children if n.type in values.language.functions), None)
    if function is None:
        return None
    name = values.name_of(function)
    called = values.source(name) if name is not None else ""
    goes_down, written = False, None
    for node in inside(function):
        call = values.language.call(node)
        assigned = values.language.assigned(node)
        if call is not None and called and values.source(call.callee).rpartition(".")[2] == called:
            steps = [values.language.member(argument, values.data) for argument in call.arguments[:2]]
            goes_down = goes_down or any(step is not None and step.index is not None for step in steps)
        elif assigned is not None:
            target = values.language.member(assigned[0], values.data)
            if target is not None and target.index is not None and values.text(target.index) is None:
                written = written or node
            elif target is None:
                goes_down = goes_down or _is_step(assigned[0], assigned[1], values)
    return (written, ()) if goes_down and written is not None else None


def random_builtin(leaf: Node, values: Values) -> Found | None:
    """A method of all arrays, texts or promises that is replaced by one that asks for a random number."""
    node: Node | None = leaf
    for _ in range(5):
        assigned = values.language.assigned(node) if node is not None else None
        if node is None or assigned is not None:
            break
        node = node.parent
    else:
        return None
    if node is None or assigned is None or assigned[1] is None:
        return None
    call = values.language.call(assigned[1])
    bodies = [assigned[1], *(values.local_functions(call.callee) if call is not None else ())]
    if any(_BY_CHANCE.search(values.source(body)[:_MAX_SOURCE]) for body in bodies):
        return node, ()
    return None


def _is_step(name: Node, value: Node, values: Values) -> bool:
    """`at = at[key]`, with an assignment between them or a default behind."""
    for node in inside(value):
        step = values.language.member(node, values.data)
        if step is not None and step.index is not None and values.source(step.object) == values.source(name):
            return True
    return False


def _assigned_subscript(leaf: Node, values: Values) -> Node | None:
    node: Node | None = leaf
    for _ in range(4):
        if node is None:
            return None
        member = values.language.member(node, values.data)
        assigned = values.language.assigned(node.parent) if node.parent is not None else None
        if member is not None and member.index is not None and assigned is not None and assigned[0] == node:
            return node
        assigned = values.language.assigned(node)
        if assigned is not None:
            member = values.language.member(assigned[0], values.data)
            return assigned[0] if member is not None and member.index is not None else None
        node = node.parent
    return None


def called_program(leaf: Node, values: Values) -> Found | None:
    """`& $path`, where the variable is the path of a program and no name of a command."""
    node: Node | None = leaf
    for _ in range(_MAX_CLIMB):
        call = values.language.call(node) if node is not None else None
        if call is not None or node is None:
            break
        node = node.parent
    if node is None or call is None:
        return None
    path = values.path(call.callee)
    if path.startswith(_PATH_MAKERS) or _PROGRAM.search(values.loose_text(call.callee)):
        return call.node, (call.callee,)
    return None


def hidden_entry(leaf: Node, values: Values) -> Found | None:
    """`vars(builtins)[name(7)]`: a function of a module is asked for by a name that is worked out (Python)."""
    entry = around(leaf, frozenset({"subscript"}))
    member = values.language.member(entry, values.data) if entry is not None else None
    if entry is None or member is None or member.index is None or values.text(member.index) is not None:
        return None
    asked = values.language.call(values.language.inner(member.index) or member.index)
    if asked is None or not (values.is_local(values.path(asked.callee)) or _DECODES.search(values.source(asked.node))):
        return None
    path = values.path(member.object)
    made = values.language.call(member.object)
    if made is not None and values.path(made.callee) == "vars" and made.arguments:
        path = values.path(made.arguments[0])
    path = path.removesuffix(".__dict__")
    return (entry, ()) if path in _SYSTEM or path == "__dict__" else None  # builtins are left out of paths


SHAPES: dict[str, Callable[[Node, Values], Found | None]] = {
    "endless_loop": endless_loop,
    "dynamic_write": dynamic_write,
    "nested_write": nested_write,
    "random_builtin": random_builtin,
    "called_program": called_program,
    "hidden_entry": hidden_entry,
}
