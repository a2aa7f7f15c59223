"""The words of a command, however the list of them is made: joined, spread, filled later, given by a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.code._language import Node
from checks.code._tree import MAX_USES

if TYPE_CHECKING:
    from checks.code._values import Values

MAX_WORDS = 40
_MAX_DEPTH = 5
_SPREADS = frozenset({"list_splat", "spread_element"})
_COPIES = frozenset({"list", "tuple"})
_ONE_MORE = frozenset({"append", "push", "add"})
_MANY_MORE = frozenset({"extend", "concat"})


def command_words(node: Node, values: Values, depth: int = 0) -> list[Node]:
    """The nodes that are the words of a command, the node itself where it is no list; at most `MAX_WORDS`."""
    words = _listed(node, values, depth)
    return [node] if words is None else words[:MAX_WORDS]


def _listed(node: Node, values: Values, depth: int) -> list[Node] | None:
    if depth > _MAX_DEPTH:
        return None
    values.step()
    language = values.language
    if node.type in _SPREADS and node.named_child_count:
        return _listed(node.named_children[0], values, depth + 1)
    inner = language.inner(node)
    if inner is not None:
        return _listed(inner, values, depth + 1)
    items = language.items(node)
    if items is not None:
        return [word for item in items[:MAX_WORDS] for word in _spread(item, values, depth)]
    operands = language.operands(node)
    if operands is not None:
        parts = [_listed(part, values, depth + 1) for part in operands[:4]] if node.type != "string" else []
        known = [word for part in parts if part is not None for word in part]
        return known or None
    call = language.call(node)
    if call is not None:
        if values.path(call.callee) in _COPIES and call.arguments:
            return _listed(call.arguments[0], values, depth + 1)
        found: Iterator[Node] = iter(())
        if values.is_local(values.path(call.callee)):
            found = (value for function in values.local_functions(call.callee) for value in values.returned(function))
        return _first(found, values, depth)
    bindings = values.bindings(node) if node.type in language.names else values.field_bindings(node)
    words = _first((b.value for b in bindings if b.value is not None and not b.is_element), values, depth)
    if words is not None and node.type in language.names:
        words = [*words, *_added(node, values, depth)]
    return words


def _first(nodes: Iterator[Node], values: Values, depth: int) -> list[Node] | None:
    lists = (_listed(node, values, depth + 1) for node in nodes)
    return next((one for one in lists if one is not None), None)


def _spread(item: Node, values: Values, depth: int) -> list[Node]:
    if item.type not in _SPREADS:
        return [item]
    return _listed(item, values, depth + 1) or []


def _added(name: Node, values: Values, depth: int) -> Iterator[Node]:
    """What is put into a list after it was made."""
    language = values.language
    word = values.data[name.start_byte : name.end_byte]
    for leaf in values.scopes.uses(word, values.scopes.function_of(name), MAX_USES):
        member = language.member(leaf.parent, values.data) if leaf.parent is not None else None
        if member is None or member.object != leaf or leaf.parent.parent is None:
            continue
        call = language.call(leaf.parent.parent)
        if call is None or call.callee != leaf.parent:
            continue
        if member.name in _ONE_MORE:
            yield from call.arguments[:MAX_WORDS]
        elif member.name in _MANY_MORE and call.arguments:
            yield from _listed(call.arguments[0], values, depth + 1) or ()
