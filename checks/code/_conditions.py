"""What a term asks for beyond its name: of the arguments of a call, of what is assigned, of the object around."""

from __future__ import annotations

import re

from checks.code._constants import Constants
from checks.code._language import Call, Node
from checks.code._terms import UNKNOWN, Term
from checks.code._vocabulary import compile_paths

# Members that give a whole table.
WHOLE = frozenset({"items", "copy", "values", "toObject"})


class Conditions(Constants):
    """The conditions of terms, asked of one tree."""

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
        for key, expression in term.without.items():
            node = keywords.get(key)
            if key.isdecimal():
                node = call.arguments[int(key)] if int(key) < len(call.arguments) else None
            if node is not None and re.search(expression, self.described(node)):
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

    def is_whole(self, node: Node) -> bool:
        """Whether an object is used as such: not only one member of it is asked for."""
        member = self.language.member(node.parent, self.data) if node.parent is not None else None
        return member is None or member.object != node or member.name in WHOLE

    def suits(self, term: Term, value: Node) -> bool:
        """Whether what is assigned is what a term asks for."""
        if term.variable and self.text(value) is not None:
            return False
        return not term.value or re.search(term.value, self.described(value)) is not None

    def stands_in(self, term: Term, entry: Node) -> bool:
        """Whether a property stands in a call that a term asks for."""
        if not term.of:
            return True
        node = entry.parent
        for _ in range(6):
            if node is None:
                return False
            call = self.language.call(node)
            if call is not None:
                return compile_paths(term.of).fullmatch(self.path(call.callee)) is not None
            node = node.parent
        return False

    def is_owned(self, term: Term, target: Node) -> bool:
        """Whether the object whose member is assigned is one of those meant, by its name or by what it is."""
        if not term.owner:
            return True
        member = self.language.member(target, self.data)
        if member is None:
            return False
        texts = [self.path(member.object)]
        call = self._made_by(member.object)
        if call is not None:
            texts += [self.loose_text(a) for a in call.arguments[:2]]
        return any(re.search(term.owner, text) for text in texts)

    def _made_by(self, node: Node) -> Call | None:
        """The call that made an object, through one variable."""
        if node.type in self.language.names:
            node = next((b.value for b in self.bindings(node) if b.value is not None), node)
        return self.language.call(node)
