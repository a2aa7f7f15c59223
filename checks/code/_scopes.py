"""Which definitions a name may have at a place: one query of the tree, kept; a big file is taken in parts.

The scopes are functions; blocks are not told apart, which for our question (what may be in this variable?) errs on
the side of looking.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from typing import Any

from checks.code._grammars import load_grammar
from checks.code._language import Language, Node

# Bytes of code whose definitions are collected at once; of more only the outer levels are.
_PART = 512 << 10
_OUTER_DEPTH = 8
_MAX_DEFINITIONS = 12
_MAX_SEEN = 120
_MAX_LEVELS = 24
_LEAST_GLOBAL = 3
_MAX_CLIMB = 400
# Bytes that are searched for names: of a bundle of many megabytes, no more than a hundred names or so.
_MAX_SEARCHED = 1 << 30
_WORD = frozenset(bytes([n]) for n in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_MEMBERS = frozenset(
    {"member_expression", "attribute", "method_definition", "pair", "field_definition", "public_field_definition"}
)
_ASSIGNMENTS = frozenset({"assignment_expression", "augmented_assignment_expression"})


@functools.cache
def _query(language: Language, grammar: str) -> Any:
    from tree_sitter import Query

    return Query(load_grammar(grammar), language.definitions + language.special.get(grammar, ""))


class Scopes:
    """The definitions of one tree."""

    def __init__(self, root: Node, language: Language, grammar: str, data: bytes) -> None:
        self._root, self._language, self._grammar, self._data = root, language, grammar, data
        self._tables: dict[int, dict[bytes, list[Node]]] = {}
        self._functions: dict[int, Node] = {}
        self._kept: dict[tuple[bytes, int], list[Node]] = {}
        self._uses: dict[tuple[bytes, int, int], list[Node]] = {}
        self._left = _MAX_SEARCHED

    def _collect(self, node: Node, depth: int | None) -> dict[bytes, list[Node]]:
        from tree_sitter import QueryCursor

        cursor = QueryCursor(_query(self._language, self._grammar))
        if depth is not None:
            cursor.set_max_start_depth(depth)
        table: dict[bytes, list[Node]] = {}
        for found in cursor.captures(node).get("n", ()):
            table.setdefault(self._data[found.start_byte : found.end_byte], []).append(found)
        for same in table.values():
            if len(same) > 1:
                same.sort(key=lambda n: n.start_byte)
        return table

    def _table(self, node: Node, depth: int | None) -> dict[bytes, list[Node]]:
        if node.id not in self._tables:
            self._tables[node.id] = self._collect(node, depth)
        return self._tables[node.id]

    def _candidates(self, name: bytes, at: Node) -> list[Node]:
        if self._root.end_byte - self._root.start_byte <= _PART:
            return self._table(self._root, None).get(name, [])
        part = at
        chain = 0
        while part.parent is not None and part.parent.end_byte - part.parent.start_byte <= _PART and chain < _MAX_CLIMB:
            part = part.parent
            chain += 1
        inner = self._table(part, None).get(name, [])
        return inner or self._table(self._root, _OUTER_DEPTH).get(name, [])

    def function_of(self, node: Node) -> Node:
        """The function around a node, or the root."""
        kept = self._functions.get(node.id)
        if kept is not None:
            return kept
        around = node.parent
        for _ in range(_MAX_CLIMB):
            if around is None or around.type in self._language.functions:
                break
            around = around.parent
        self._functions[node.id] = around = around or self._root
        return around

    def _scope_of(self, definition: Node) -> Node:
        scope = self.function_of(definition)
        is_name = scope.child_by_field_name("name") == definition if scope != self._root else False
        return self.function_of(scope) if is_name else scope

    def definitions(self, name: bytes, at: Node) -> list[Node]:
        """The names that may define what this one is at `at`, of the innermost scope that has one."""
        found = self._candidates(name, at)
        if not found:
            return []
        key = name, self.function_of(at).id
        if key not in self._kept:
            self._kept[key] = self._choose(found, self.function_of(at), len(name))
        return self._kept[key]

    def _choose(self, found: list[Node], scope: Node, length: int) -> list[Node]:
        """Outwards from function to function; of a long one only the first so many are looked at."""
        starts = [n.start_byte for n in found]
        for _ in range(_MAX_LEVELS):
            first = bisect.bisect_left(starts, scope.start_byte)
            inside = found[first : min(bisect.bisect_left(starts, scope.end_byte), first + _MAX_SEEN)]
            plain = [n for n in inside if not self._is_member(n)]
            own = [n for n in plain if self._scope_of(n) == scope]
            if own:
                return [*own, *(n for n in plain if self._is_assignment(n) and n not in own)][:_MAX_DEFINITIONS]
            if scope == self._root:
                break
            scope = self.function_of(scope)
        if length < _LEAST_GLOBAL or len(found) > _MAX_DEFINITIONS:
            return []  # the same short name means something else in every function
        return [n for n in found if self._is_assignment(n)]

    def members(self, name: bytes, at: Node) -> list[Node]:
        """The places where a member of that name is given a value."""
        return [n for n in self._candidates(name, at)[:_MAX_SEEN] if self._is_member(n)][:_MAX_DEFINITIONS]

    @staticmethod
    def _is_member(node: Node) -> bool:
        parent = node.parent
        return parent is not None and parent.type in _MEMBERS

    @staticmethod
    def _is_assignment(node: Node) -> bool:
        return node.parent is not None and node.parent.type in _ASSIGNMENTS

    def uses(self, name: bytes, scope: Node, limit: int) -> list[Node]:
        """The leaves in a scope that are this word, at most `limit`; none once too much was searched."""
        key = name, scope.start_byte, scope.end_byte
        if key not in self._uses:
            self._left -= scope.end_byte - scope.start_byte
            self._uses[key] = list(self._find(name, scope, limit)) if self._left > 0 else []
        return self._uses[key]

    def _find(self, name: bytes, scope: Node, limit: int) -> Iterator[Node]:
        data, size = self._data, len(name)
        at, found = data.find(name, scope.start_byte, scope.end_byte), 0
        while at >= 0 and found < limit:
            end = at + size
            if data[at - 1 : at] not in _WORD and data[end : end + 1] not in _WORD:
                found += 1
                leaf = self._root.descendant_for_byte_range(at, end)
                if leaf is not None and leaf.start_byte == at and leaf.end_byte == end:
                    yield leaf
            at = data.find(name, end, scope.end_byte)
