"""From the places where a word of a rule stands to what the code does there.

A hit is the end of a word in the bytes. Its leaf in the tree is climbed to the call, the member, the assignment, the
property or the string that it belongs to; where it gives a variable its value (`e = eval`) the uses of that variable
are looked at as well. A word in a comment is nothing, nor is documentation.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from checks.code._aliases import names_given
from checks.code._commands import MAX_WORDS, command_words
from checks.code._constants import MAX_BODY
from checks.code._decoding import decode_commands
from checks.code._language import Call, Language, Node
from checks.code._shapes import SHAPES
from checks.code._terms import UNKNOWN, Term
from checks.code._values import Values
from checks.code._vocabulary import Vocabulary

_MAX_ALIASES = 3
_MAX_USES = 150
_MAX_RETURNED = 20
# How another file of the package is named: what it makes is followed, whatever it is.
_NEIGHBOURS = ("./", "../")
MAX_SITES = 6000
_NEAR = 120
_MAX_FOLDS = 1500
_MAX_TEXTS = 8
_WORD = re.compile(r"[a-z]{3,}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
# The term of what starts programs, and those of what a command may say.
_STARTS = "spawn"
_COMMANDS = ("command.", "miner")


@dataclass(frozen=True, slots=True)
class Site:
    """A term found: `node` is what a finding points at, `values` what goes into it as a sink."""

    term: Term
    node: Node
    values: Sequence[Node] = ()
    call: Call | None = None
    hidden: str = field(default="")


class TooMany(Exception):
    """More places than are looked at in one file."""


class Sites:
    """Collects the sites of one tree."""

    def __init__(self, values: Values, vocabulary: Vocabulary, language: Language) -> None:
        self.values, self.vocabulary, self.language = values, vocabulary, language
        self.found: dict[tuple[int, str, int], Site] = {}
        self._seen: set[tuple[int, str]] = set()
        self.in_code: set[str] = set()  # terms of which a word stands outside of comments and strings
        self._hits: list[tuple[int, str]] = []
        self._ends: list[int] | None = None
        self._looks = 0
        self._folds = 0
        self._wholes: dict[int, Node] = {}  # by the nodes climbed over on the way to them

    # --- entry points

    def expect(self, hits: Sequence[tuple[int, int]], computed: int) -> None:
        """Take in what was found in the bytes, ordered by its end: what a string may say is among it."""
        self._hits = [(end, self.vocabulary.numbered[number].id) for number, end in hits if number != computed]
        self._ends = [end for end, _ in self._hits]

    def look(self, end: int, term: Term | None = None) -> None:
        """Look at the word that ends at this byte; `term` is the one whose word it is."""
        if term is not None and (term.spots or term.shape):
            self._look_around(end, term)
        end = self._last_word(end)
        leaf = self.values.root.descendant_for_byte_range(max(0, end - 1), end)
        if leaf is None:
            return
        if term is not None and leaf.type not in self.language.comments and self._string_around(leaf) is None:
            self.in_code.add(term.id)
        if (leaf.id, "leaf") in self._seen:
            return
        self._seen.add((leaf.id, "leaf"))
        self._looks += 1
        self.values.step()
        if self._looks > MAX_SITES:
            raise TooMany
        if leaf.type in self.language.comments:
            return
        string = self._string_around(leaf)
        if string is not None and self.language.path(string, self.values.data) is None:
            self._look_at_string(string, end)
        else:
            self._follow(string or leaf, 0)

    def _last_word(self, end: int) -> int:
        """The end of the word before this byte: an expression may have taken some punctuation with it."""
        data = self.values.data
        for back in range(4):
            letter = data[end - 1 - back : end - back]
            if letter.isalnum() or letter in (b"_", b"$", b"'", b'"', b"`"):
                return end - back
        return end

    def _look_around(self, end: int, term: Term) -> None:
        """A term that searches more than its word: the word stands near, or the call is around what was found."""
        for word in term.spots:
            at = self.values.data.rfind(word, max(0, end - _NEAR), end)
            if at >= 0:
                self.look(at + len(word))
        node = self.values.root.descendant_for_byte_range(max(0, end - 1), end)
        if term.shape:
            found = SHAPES[term.shape](node, self.values) if node is not None else None
            if found is not None:
                self._add(Site(term, *found))
            return
        for _ in range(8):
            call = self.language.call(node) if node is not None and term.calls else None
            if call is not None:
                self._note_call(self.values.path(call.callee), call)
            node = node.parent if node is not None else None

    def look_computed(self, end: int) -> None:
        """Look at a place where a name may be put together: the member access or the call around it."""
        node = self.values.root.descendant_for_byte_range(max(0, end - 1), end)
        string = self._string_around(node) if node is not None else None
        if string is not None:
            self._look_at_string(string, end)
        for _ in range(7):
            if node is None or node.type in self.language.comments:
                return
            self.values.step()
            call = self.language.call(node)
            member = self.language.member(node, self.values.data)
            if call is not None or (member is not None and member.index is not None):
                if (node.id, "computed") not in self._seen:
                    self._seen.add((node.id, "computed"))
                    self._fold(node)
                    self._follow(node, 0)
                    if call is not None:
                        self._follow(call.callee, 0)
                return
            if self.language.operands(node) is not None:
                whole = self._whole(node)
                self._fold(whole)
                if self.language.calls_by_text and (whole.id, "whole") not in self._seen:
                    self._seen.add((whole.id, "whole"))
                    self._follow(whole, 0)
            if self.language.items(node) is not None:
                self._fold_uses(node)
            node = node.parent

    def _fold_uses(self, items: Node) -> None:
        """Read the texts that are made of a list with a name of its own: `char[] c = {'h', 'i'}; new String(c)`."""
        for name in names_given(items, self.language):
            if (name.id, "letters") in self._seen:
                continue
            self._seen.add((name.id, "letters"))
            word = self.values.data[name.start_byte : name.end_byte]
            for leaf in self.values.scopes.uses(word, self.values.scopes.function_of(name), _MAX_TEXTS):
                call, is_callee = self.values.call_around(leaf)
                if call is not None and not is_callee:
                    self._fold(call.node)

    def look_at_helper(self, end: int) -> None:
        """Where a small function puts names together, look at its calls: what they give has the names."""
        node = self.values.root.descendant_for_byte_range(max(0, end - 1), end)
        function = self.values.scopes.function_of(node) if node is not None else None
        if function is None or function.parent is None or function.end_byte - function.start_byte > MAX_BODY:
            return
        if (function.id, "helper") in self._seen:
            return
        self._seen.add((function.id, "helper"))
        for leaf in self.values.uses_of(function):
            outer = self.values.reference(leaf)
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is not None and call.callee == outer:
                self.values.step()
                self._fold(call.node)
                self._follow(call.node, 0)

    # --- strings

    def _string_around(self, leaf: Node) -> Node | None:
        node = leaf
        if not leaf.is_named and leaf.parent is not None and leaf.parent.type in self.language.strings:
            return leaf.parent  # its quote
        for _ in range(3):
            if node.type in self.language.strings:
                return node
            if node.type not in self.language.fragments or node.parent is None:
                return None
            node = node.parent
        return None

    def _look_at_string(self, string: Node, end: int) -> None:
        if self.language.is_prose(string):
            return
        text = self.language.literal(string, self.values.data) or self.values.source(string)
        terms = [term for term in self.vocabulary.spoken(text, self._hit_in(string)) if not term.disguised]
        for term in terms:
            self._add(Site(term, string, (string,)))
            self.values.spoken.setdefault(string.start_byte, set()).add(term.id)
        if len(text) <= 60:  # the name of a member, a property or a module
            self._follow(string, 0)
        elif not terms:
            self._fold(self._whole(string))

    def _hit_in(self, string: Node) -> set[str] | None:
        """The terms found in the bytes of a string, or None where it is not written as it reads."""
        start, end = string.start_byte, string.end_byte
        if self._ends is None or self.values.data.find(b"\\", start, end) >= 0:
            return None
        among = self._hits[bisect.bisect_right(self._ends, start) : bisect.bisect_right(self._ends, end + 1)]
        return {term for _, term in among}

    def _whole(self, node: Node) -> Node:
        """The whole chain of joined texts that a node is a part of."""
        climbed: list[int] = []
        parent = node.parent
        while node.id not in self._wholes and parent is not None and self.language.operands(parent) is not None:
            self.values.step()  # each parent is found from the root: a chain of thousands takes its time
            climbed.append(node.id)
            node, parent = parent, parent.parent
        whole = self._wholes.get(node.id, node)
        self._wholes.update(dict.fromkeys(climbed, whole))
        return whole

    def _fold(self, node: Node) -> None:
        """Read what a text says once it is put together or decoded."""
        if (node.id, "fold") in self._seen:
            return
        self._seen.add((node.id, "fold"))
        self._folds += 1
        if self._folds > _MAX_FOLDS:
            return
        text = self.values.loose_text(node)
        if len(text.strip(UNKNOWN)) < 4 or self.language.literal(node, self.values.data) is not None:
            return
        is_disguised = self._is_disguised(node, text)
        for term in self.vocabulary.spoken(text):
            if is_disguised or not term.disguised:
                self._add(Site(term, node, (node,), hidden=text[:200]))
                self.values.spoken.setdefault(node.start_byte, set()).add(term.id)

    def _is_disguised(self, node: Node, text: str) -> bool:
        """Whether a whole text cannot be read in the file, though it is more than joined of literals."""
        words = _WORD.findall(text.lower())
        if UNKNOWN in text or not text.isprintable() or all(word.encode() in self._lower for word in words):
            return False
        operands = self.language.operands(node) or (node,)
        return any(self.language.call(self.language.inner(one) or one) is not None for one in operands)

    def _is_unnamed(self, path: str, callee: Node) -> bool:
        """Whether the name of what is called stands nowhere in the file: it is put together or decoded."""
        name = path.rpartition(".")[2].lower().encode()
        return len(name) > 3 and name not in self._lower and self.language.path(callee, self.values.data) is None

    @functools.cached_property
    def _lower(self) -> bytes:
        return self.values.data.lower()

    # --- references

    def _follow(self, leaf: Node, aliases: int) -> None:
        """Everything that a reference does: each member access that begins with it, and the variables it goes into."""
        node = leaf
        parent = node.parent
        if parent is not None and leaf.type not in ("call", "call_expression"):
            member = self.language.member(parent, self.values.data)
            if member is not None and (member.index == leaf or (member.index is None and member.object != leaf)):
                node = parent
            if node.type == "member_name" and node.parent.type == "member_access":  # PowerShell has one node more
                node = node.parent
        for _ in range(10):
            self._name(node)
            again = self._climb(node)
            if again is None:
                break
            node = again
        if aliases < _MAX_ALIASES:
            self._follow_aliases(node, aliases)

    def _climb(self, node: Node) -> Node | None:
        """The member access of which this node is the object, or the expression that is the same as it."""
        parent = node.parent
        if parent is None:
            return None
        member = self.language.member(parent, self.values.data)
        if member is not None and member.object == node:
            return parent
        if self.language.inner(parent) in (node, self.language.inner(node) or node) and parent.type != "spread_element":
            return parent
        call = self.language.call(parent)
        if self._is_owner(node, call):
            return call.callee if call is not None else None
        if call is not None and call.callee == node:
            words = self.vocabulary.words
            path = self.values.path(node)
            if path in words.modules or path in words.members or path.endswith(".bind"):
                return parent
            if path in self.vocabulary.makers or path.startswith(_NEIGHBOURS):
                return parent
            outer = self.language.member(parent.parent, self.values.data) if parent.parent is not None else None
            if outer is not None and outer.object == parent:
                return parent
            if parent.parent is not None and self._is_owner(parent, self.language.call(parent.parent)):
                return parent
        if call is None and parent.parent is not None:
            call = self.language.call(parent.parent)
            words = self.vocabulary.words
            if call is not None and call.arguments and call.arguments[0] == node:
                path = self.values.path(call.callee)
                if path in words.modules or path in words.members or path in words.wrappers or path in words.makers:
                    return parent.parent
                if self.values.is_local(path) and not self.values.is_local(self.values.path(parent.parent)):
                    return parent.parent  # a function of the file that gives something with a name
        return None

    def _is_owner(self, node: Node, call: Call | None) -> bool:
        """Whether a method of this object is called, where the syntax has no node for the two (Java)."""
        if call is None or self.language.calls_by_text or call.callee == node or call.callee.parent != call.node:
            return False
        member = self.language.member(call.callee, self.values.data)
        return member is not None and member.object == node

    def _name(self, node: Node) -> None:
        """Note which terms this reference is, by what is done with it."""
        if (node.id, "name") in self._seen:
            return
        self._seen.add((node.id, "name"))
        parent = node.parent
        self._note_property(node)
        if parent is None:
            return
        if node.type in self.language.strings and self.language.path(node, self.values.data) is None:
            return
        path = self.values.path(node)
        call = self.language.call(parent)
        if call is not None and call.callee == node:
            self._note_call(path, call)
            return
        target = self.language.assigned(parent) or (self.language.assigned(parent.parent) if parent.parent else None)
        if target is not None and target[0] in (node, self.language.inner(node)):
            for term in self.vocabulary.named("assigns", path):
                if self.values.suits(term, target[1]) and self.values.is_owned(term, node):
                    self._add(Site(term, parent, (target[1],)))
        else:
            for term in self.vocabulary.named("members", path):
                if not term.whole or self.values.is_whole(node):
                    self._add(Site(term, node, (node,)))
        self._note_handed(node, path)

    def _note_call(self, path: str, call: Call) -> None:
        """A call by a path; `f.call(this, x)`, `f.apply(this, [x])` and `method.invoke(object, x)` are calls of `f`."""
        for end in (".call", ".apply", ".invoke"):
            if path.endswith(end) and call.arguments and not self.vocabulary.named("calls", path):
                rest = call.arguments[1:]
                if end == ".apply" and rest:
                    rest = self.language.items(rest[0]) or rest
                path, call = path.removesuffix(end), Call(call.node, call.callee, rest, call.keywords)
        for term in self.vocabulary.named("calls", path):
            if self.values.fits(term, call) and (not term.disguised or self._is_unnamed(path, call.callee)):
                self._add(Site(term, call.node, self.values.chosen(term, call), call))
                if term.id == _STARTS:
                    self._note_command(call)

    def _note_command(self, call: Call) -> None:
        """What the words of a command say together: `run(["powershell", "-enc", text])` is one line of a shell."""
        first = call.arguments[0] if call.arguments else (call.keywords or {}).get("args")
        if first is None or (call.node.id, "command") in self._seen:
            return
        self._seen.add((call.node.id, "command"))
        words: list[Node] = []
        for argument in (first, *call.arguments[1:MAX_WORDS]):
            words.extend(command_words(argument, self.values))
        texts = [text for text in map(self.values.text, words) if text]  # what is not known says nothing
        if len(words) == 1 and not texts and self._is_made(words[0]):
            texts = [self.values.loose_text(words[0]).replace(UNKNOWN, " ")]  # a line of a shell with parts not known
        elif len(texts) < 2 and (len(words) > 1 or not self._is_made(words[0])):
            return
        line = " ".join(texts)
        for term in self.vocabulary.spoken(line + decode_commands(line)):
            if term.id.startswith(_COMMANDS):
                self._add(Site(term, call.node, (first,)))
                self.values.spoken.setdefault(first.start_byte, set()).add(term.id)

    def _is_made(self, word: Node) -> bool:
        """Whether a command is one text that is made of others: no literal, which is looked at as such."""
        is_joined = self.language.operands(word) is not None
        return is_joined or self.language.literal(word, self.values.data) is None

    def _note_handed(self, node: Node, path: str) -> None:
        """A function that is handed on as a callback is given what its caller holds: `.then(eval)`, `map(exec, xs)`."""
        parent = node.parent
        if parent is not None and parent.type == "keyword_argument":
            parent = parent.parent
        if parent is None or parent.parent is None or parent.type not in ("arguments", "argument_list"):
            return
        call = self.language.call(parent.parent)
        if call is None or self._is_import(node, call):
            return
        for term in self.vocabulary.named("calls", path):
            if term.given or term.disguised:
                continue
            others = [a for a in (*call.arguments, *(call.keywords or {}).values()) if a != node]
            member = self.language.member(call.callee, self.values.data)
            self._add(Site(term, call.node, [*others, *([member.object] if member is not None else [])], call))

    def _is_import(self, node: Node, call: Call) -> bool:
        """Whether a module is only taken in through a helper of the compiler: `__toESM(require("execa"))`."""
        words, inner = self.vocabulary.words, self.language.call(node)
        is_module = inner is not None and self.values.path(inner.callee) in words.modules
        return is_module and self.values.path(call.callee) in words.wrappers

    def _note_property(self, node: Node) -> None:
        parent = node.parent
        entry = self.language.property(parent, self.values.data) if parent is not None else None
        if entry is None or entry[1] == node:
            return
        name, value = entry
        for term in self.vocabulary.properties.get(name, ()):
            if self.values.suits(term, value) and self.values.stands_in(term, parent):
                self._add(Site(term, parent, (value,)))

    # --- aliases

    def _follow_aliases(self, node: Node, aliases: int) -> None:
        """Where a reference becomes the value of a name, look at the uses of that name."""
        for name in names_given(node, self.language):
            if (name.id, "alias") in self._seen:
                continue
            self._seen.add((name.id, "alias"))
            word, scope = self.values.place_of(name)
            if scope == self.values.root and not self.values.scopes.definitions(word, name):
                scope = self.values.scopes.function_of(name)
            if name.parent is not None and name.parent.type in ("attribute", "member_expression"):
                scope = self.values.root  # a field is known to the other methods
            for leaf in self.values.scopes.uses(word, scope, _MAX_USES):
                if leaf != name and (leaf.id, "use") not in self._seen:
                    self._seen.add((leaf.id, "use"))
                    self._looks += 1
                    if self._looks > MAX_SITES:
                        raise TooMany
                    self._follow(leaf, aliases + 1)
        self._follow_returned(node, aliases)

    def _follow_returned(self, node: Node, aliases: int) -> None:
        """Where a function gives a reference back, go on with what its calls give: `open() { return this.socket }`."""
        parent = node.parent
        if parent is None or parent.type != "return_statement" or (node.id, "returned") in self._seen:
            return
        self._seen.add((node.id, "returned"))
        function = self.values.scopes.function_of(node)
        if function.parent is None or function.end_byte - function.start_byte > MAX_BODY:
            return
        for leaf in itertools.islice(self.values.uses_of(function), _MAX_RETURNED):
            outer = self.values.reference(leaf)
            call = self.language.call(outer.parent) if outer.parent is not None else None
            if call is None or call.callee != outer or (call.node.id, "use") in self._seen:
                continue
            self._seen.add((call.node.id, "use"))
            self._looks += 1
            if self._looks > MAX_SITES:
                raise TooMany
            if not self.values.is_local(self.values.path(call.node)):
                self._follow(call.node, aliases + 1)

    def _add(self, site: Site) -> None:
        self.found.setdefault((site.node.id, site.term.id, len(site.values)), site)
