"""What the engine asks of a language: where calls, members, names and strings are in its syntax tree.

A language is a subclass in a module of its own; the values of expressions are worked out in _values.py from what it
says here. Nodes are tree-sitter's; nothing here walks more than a node and its direct children.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checks.code._constants import Constants

Node = Any


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what is called and with what."""

    node: Node
    callee: Node
    arguments: Sequence[Node] = ()
    keywords: Mapping[str, Node] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """`object.name`, or `object[index]` where the name has to be worked out."""

    object: Node
    name: str = ""
    index: Node = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What gives a name its value.

    `value` is an expression, of which `member` is meant (`{exec: e} = value`) or an element (`is_element`). `path` is a
    dotted path known without looking (an import). `function` is a function of that name, and with `position` >= 0 the
    name is its parameter.
    """

    value: Node = None
    member: str = ""
    is_element: bool = False
    path: str = ""
    function: Node = None
    position: int = -1
    adds: bool = False


class Language(ABC):
    """One language; the engine holds one instance of each."""

    name: str = ""
    grammars: Mapping[str, str] = {}
    programs: tuple[bytes, ...] = ()
    functions: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset()
    fragments: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset({"comment"})
    conditions: Mapping[str, tuple[str, ...]] = {}
    definitions: str = ""
    special: Mapping[str, str] = {}
    calls_by_text: bool = False
    # Through how many expressions something is followed: in a library as a whole, all comes to all in the end.
    depth: int = 48

    def regions(self, data: bytes, suffix: str) -> list[tuple[int, int]] | None:
        """The ranges of the file that are code, or None for all of it; an empty list for none."""
        return None

    @abstractmethod
    def call(self, node: Node) -> Call | None:
        """The call that this node is."""

    def path(self, node: Node, data: bytes) -> str | None:
        """The path of a node that names something by itself, whatever is defined; None for every other."""
        return None

    def fold(self, node: Node, values: Constants) -> str | None:
        """The text of an expression that is neither a literal, nor joined, nor a call: `"{0}{1}" -f $a, $b`."""
        return None

    def spell(self, name: str) -> str:
        """A name as the terms write it, where its spelling in the file may differ."""
        return name

    @abstractmethod
    def member(self, node: Node, data: bytes) -> Member | None:
        """The member access that this node is."""

    @abstractmethod
    def bindings(self, name: Node, data: bytes) -> Iterator[Binding]:
        """What the definition of which this name is a part gives it; nothing where the name is only used."""

    def inner(self, node: Node) -> Node | None:
        """The expression that this one is equal to for our purpose: without parentheses, `await`, `as T`."""
        return None

    def operands(self, node: Node) -> Sequence[Node] | None:
        """The operands whose texts this node joins (`a + b`, a template), or None."""
        return None

    def items(self, node: Node) -> Sequence[Node] | None:
        """The items of a list that is written out, or None."""
        return None

    def literal(self, node: Node, data: bytes) -> str | None:
        """The text of a string, a number or a constant, or None."""
        return None

    def property(self, node: Node, data: bytes) -> tuple[str, Node] | None:
        """(name, value) where the node is an entry of an object or a keyword argument."""
        return None

    def assigned(self, node: Node) -> tuple[Node, Node] | None:
        """(target, value) where the node is an assignment."""
        return None

    def carries(self, node: Node) -> bool:
        """Whether the value of an expression contains what its parts contain; a comparison's does not."""
        return True

    def fold_call(self, call: Call, path: str, values: Constants) -> str | None:
        """The text that a call of a known function with known arguments gives."""
        return None

    def is_prose(self, node: Node) -> bool:
        """Whether a string is documentation and no value."""
        return False
