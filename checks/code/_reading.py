"""One file read for all code checks: which rules hold in it, where, and why."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from checks.code._grammars import load_grammar
from checks.code._language import Language, Node
from checks.code._sites import Site, Sites, TooMany
from checks.code._terms import Rule
from checks.code._tree import Spent
from checks.code._values import Taint, Values
from checks.code._vocabulary import Vocabulary

MAX_BYTES = 24 << 20
_BLOCK = 64 << 10
# From this size on, to follow what cannot be there takes longer than to look whether it is.
_BIG = 512 << 10
_MAX_SITES_A_RULE = 60
_MAX_CALLBACKS = 4
_MAX_OUTER = 3000  # bytes: a whole bundle is one function around many
_MAX_CLIMB = 60
# How many functions back, and how many calls of each, are asked for the conditions under which they are called.
_MAX_CALLERS = 2
_MAX_CALLS = 6
# Statements before another that may end the function, and how long: a long one does something else.
_MAX_BEFORE = 20
_MAX_LEAVING = 400
# What is asked for does no harm once it is written as a literal, a secret may be sent so.
_ASKED = ("request", "arguments")
_BLOCKS = ("block", "statement_list", "compound_statement", "program", "module", "body")
_LEAVING = frozenset(
    {"return_statement", "throw_statement", "raise_statement", "exit_statement", "flow_control_statement"}
)
# From which size a file is many files in one, and how far in it two places may have to do with each other, in bytes.
_BUNDLE = 512 << 10
_NEAR = 96 << 10
# What makes code of a text.
_RUNS = re.compile(
    r"(?i)\b(eval|exec|Function|set(Timeout|Interval)|(inner|outer)HTML|createElement|write|atob|import)\b"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that holds: the bytes it points at and the line at which what it speaks of begins (0: none)."""

    rule: Rule
    start: int
    end: int
    message: str


@dataclass(slots=True)
class Reading:
    """What was found in a file, by check; `incomplete` says why a part was not looked at."""

    reasons: dict[str, list[Reason]] = field(default_factory=dict)
    incomplete: str = ""


class Reader:
    """Reads one file."""

    def __init__(self, data: bytes, language: Language, grammar: str, vocabulary: Vocabulary) -> None:
        self.data, self.language, self.grammar, self.vocabulary = data, language, grammar, vocabulary

    def read(
        self,
        hits: Sequence[tuple[int, int]],
        computed: int,
        rules: Iterable[Rule],
        regions: Sequence[tuple[int, int]] | None,
    ) -> Reading:
        """Parse, go from the hits to sites, and judge; never raises for what the bytes are."""
        reading = Reading()
        if len(self.data) > MAX_BYTES:
            reading.incomplete = "the file is too big for its syntax to be read"
            return reading
        root = self._parse(regions)
        values = Values(root, self.grammar, self.language, self.vocabulary, self.data)
        sites = Sites(values, self.vocabulary, self.language)
        sites.expect(hits, computed)
        try:
            for number, end in hits:
                if number != computed:
                    sites.look(end, self.vocabulary.numbered[number])
            for number, end in hits:
                if number == computed:
                    sites.look_computed(end)
                    sites.look_at_helper(end)
        except (Spent, TooMany):
            reading.incomplete = "the code refers to more than can be followed in one file; a part was not looked at"
        judge = Judge(self, values, list(sites.found.values()))
        is_plain = len(self.data) > _BIG and all(number != computed for number, _ in hits)
        try:
            for rule in rules:
                if is_plain and not judge.may_flow(rule, sites.in_code):
                    continue
                for reason in judge.judge(rule):
                    reading.reasons.setdefault(rule.check, []).append(reason)
        except Spent:
            reading.incomplete = "the code refers to more than can be followed in one file; a part was not looked at"
        return reading

    def _parse(self, regions: Sequence[tuple[int, int]] | None) -> Node:
        from tree_sitter import Parser, Range

        parser = Parser(load_grammar(self.grammar))
        if regions is not None:
            parser.included_ranges = [
                Range(self._point(start), self._point(end), start, end) for start, end in regions
            ]
        return parser.parse(self.data).root_node

    def _point(self, at: int) -> tuple[int, int]:
        return self.line(at) - 1, at - (self.data.rfind(b"\n", 0, at) + 1)

    @functools.cached_property
    def _line_ends(self) -> list[int]:
        """How many lines end before each block: a table of all lines could be as long as the file."""
        counts = (self.data.count(b"\n", at, at + _BLOCK) for at in range(0, len(self.data), _BLOCK))
        return list(itertools.accumulate(counts, initial=0))

    def line(self, at: int) -> int:
        """The number of the line of a byte, from 1."""
        block = min(at, len(self.data)) // _BLOCK
        return self._line_ends[block] + self.data.count(b"\n", block * _BLOCK, at) + 1


class Judge:
    """Which rules the sites of a file fulfil."""

    def __init__(self, reader: Reader, values: Values, sites: list[Site]) -> None:
        self._reader, self._values = reader, values
        self._by_term: dict[str, list[Site]] = {}
        for site in sites:
            term = site.term.id
            while term:
                self._by_term.setdefault(term, []).append(site)
                term = term.rpartition(".")[0]
        for same in self._by_term.values():
            same.sort(key=lambda s: s.node.start_byte)

    def may_flow(self, rule: Rule, in_code: Iterable[str]) -> bool:
        """Whether what has to flow stands anywhere but in comments, and in strings that mean nothing."""
        return all(
            any(term in self._by_term or any(f"{one}.".startswith(f"{term}.") for one in in_code) for term in group)
            for group in (rule.flows, rule.also)
            if group
        )

    def judge(self, rule: Rule) -> Iterator[Reason]:
        """Each place where the rule holds."""
        sinks = self._by_term.get(rule.sink, [])
        if len(sinks) < rule.least or any(term in self._by_term for term in rule.unless):
            return
        for site in sinks[:_MAX_SITES_A_RULE]:
            others = self._beside(rule, site)
            if others is None:
                continue
            reason = self._holds(rule, site, others)
            if reason is not None:
                yield reason

    def _beside(self, rule: Rule, site: Site) -> list[Site] | None:
        """A site of each group that has to be there, None where one is missing."""
        others: list[Site] = []
        for group in rule.beside:
            near = (s for term in group for s in self._by_term.get(term, ()) if self._is_near(s.node.start_byte, site))
            one = next(near, None)
            if one is None:
                return None
            others.append(one)
        return others

    def _is_near(self, at: int, site: Site) -> bool:
        """A bundle holds everything somewhere: in a large file only what stands near says something of a place."""
        return len(self._reader.data) <= _BUNDLE or abs(at - site.node.start_byte) <= _NEAR

    def _holds(self, rule: Rule, site: Site, others: list[Site]) -> Reason | None:
        source: Taint | None = None
        for wanted, nodes in (
            (rule.also, lambda: (*site.values, *self._values.destinations(site.call))),
            (rule.flows, lambda: self._not_spared(rule, site)),
            (rule.under, lambda: self._conditions(site.node, _MAX_CALLERS if rule.callers else 0)),
        ):
            if wanted:
                source = self._flow(wanted, nodes(), site, raw=rule.raw)
                if source is None:
                    return None
        if rule.within:
            near = self._near(rule.within, site)
            if near is None:
                return None
            others = [near]
        at = source.at if source is not None else others[0].node.start_byte if others else site.node.start_byte
        node = site.node
        message = rule.message.format(line=self._reader.line(at))
        if site.hidden:
            message += " The text is put together so that it cannot be read in the file."
        return Reason(rule, node.start_byte, min(node.end_byte, node.start_byte + 2000), message)

    def _not_spared(self, rule: Rule, site: Site) -> Sequence[Node]:
        """What goes into the sink, without that which the rule lets pass for what else is in it."""
        if not rule.spares:
            return site.values
        return [node for node in site.values if self._flow(rule.spares, (node,), site, raw=False) is None]

    def _flow(self, wanted: tuple[str, ...], nodes: Iterable[Node], site: Site, *, raw: bool) -> Taint | None:
        """What flows of the wanted terms; with `raw`, not what is written as a literal into code that runs no other."""
        for node in nodes:
            literals = raw and not _RUNS.search(self._values.source(node))
            for taint in sorted(self._values.taints(node), key=lambda t: (t.at, t.term)):
                harmless = literals or taint.term.startswith(_ASKED)
                if (harmless and taint.quoted) or not self._is_near(taint.at, site):
                    continue
                if any(taint.term == w or taint.term.startswith(w + ".") for w in wanted):
                    return taint
        return None

    def _conditions(self, node: Node, callers: int = 0) -> Iterator[Node]:
        """The conditions under which a node is reached; with `callers`, those of calls of its function as well."""
        language = self._values.language
        yield from self._conditions_inside(node)
        function = self._values.scopes.function_of(node)
        for _ in range(_MAX_CALLBACKS if callers else 0):
            if function == self._values.root:
                return
            for leaf in itertools.islice(self._values.uses_of(function), _MAX_CALLS):
                outer = self._values.reference(leaf)
                call = language.call(outer.parent) if outer.parent is not None else None
                if not function.start_byte <= leaf.start_byte < function.end_byte:
                    yield from self._conditions(call.node if call is not None else leaf, callers - 1)
            function = self._values.scopes.function_of(function)

    def _conditions_inside(self, node: Node) -> Iterator[Node]:
        language = self._values.language
        child, parent = node, node.parent
        for _ in range(_MAX_CLIMB):
            if parent is None:
                return
            if parent.type in language.conditions:
                fields = language.conditions[parent.type]
                conditions = [parent.child_by_field_name(f) for f in fields] or [parent.named_children[1]]
                for condition in conditions:
                    if condition is not None and condition != child:
                        yield from self._compared(condition)
            elif parent.type in ("binary_expression", "boolean_operator"):
                left = parent.child_by_field_name("left")
                if left is not None and left != child:
                    yield from self._compared(left)
            elif parent.type.endswith(_BLOCKS):
                yield from self._left_before(child)
            child, parent = parent, parent.parent

    def _left_before(self, statement: Node) -> Iterator[Node]:
        """The conditions under which this statement is not reached, for one before it leaves: `if late(): return`."""
        before = statement.prev_named_sibling
        for _ in range(_MAX_BEFORE):
            if before is None:
                return
            if before.type == "if_statement" and before.end_byte - before.start_byte < _MAX_LEAVING:
                body = before.child_by_field_name("consequence") or before.child_by_field_name("body")
                condition = before.child_by_field_name("condition") or before.named_children[0]
                if body is not None and self._leaves(body):
                    yield from self._compared(condition)
            before = before.prev_named_sibling

    def _leaves(self, body: Node) -> bool:
        last = body
        for _ in range(4):
            call = self._values.language.call(last)
            if last.type in _LEAVING or (call is not None and self._values.path(call.callee).endswith("exit")):
                return True
            if not last.named_child_count:
                return False
            last = last.named_children[-1]
        return False

    def _compared(self, condition: Node) -> Iterator[Node]:
        """A condition taken apart: what is compared does not flow into the result, yet decides it."""
        todo = [condition]
        for _ in range(100):
            if not todo:
                return
            node = todo.pop()
            if node.named_child_count:
                todo.extend(node.named_children[:20])
            yield node

    def _near(self, wanted: tuple[str, ...], site: Site) -> Site | None:
        """A site of one of these terms in the same function; a callback is a part of the one that hands it on."""
        scope = self._values.scopes.function_of(site.node)
        for _ in range(_MAX_CALLBACKS):
            outer = self._values.scopes.function_of(scope) if scope.parent is not None else scope
            is_callback = scope.parent is not None and scope.parent.type in ("arguments", "argument_list")
            if not is_callback or outer.end_byte - outer.start_byte > _MAX_OUTER:
                break
            scope = outer
        for term in wanted:
            for other in self._by_term.get(term, ()):
                if scope.start_byte <= other.node.start_byte < scope.end_byte and other is not site:
                    return other
        return None
