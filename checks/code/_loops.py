"""Loops that never end: what nothing in the loop stops, told from what waits, asks or leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checks.code._language import Call, Node

if TYPE_CHECKING:
    from checks.code._values import Values

Found = tuple[Node, Sequence[Node]]

_LOOPS = frozenset({"for_statement", "while_statement", "for_in_statement", "do_statement"})
_WAYS_OUT = frozenset(
    {"break_statement", "return_statement", "throw_statement", "raise_statement", "await_expression", "await", "yield"}
    | {"yield_expression", "try_statement", "with_statement"}
)
# In a function that the loop calls: what only leaves the function ends nothing.
_WAITS = _WAYS_OUT - {"return_statement", "break_statement", "try_statement", "with_statement"}
# Methods that only make one value of another.
_PURE = frozenset(
    {"repeat", "map", "filter", "slice", "split", "concat", "push", "append", "toString", "String", "Number", "str"}
    | {"int", "len", "chr", "ord", "format", "replace", "padStart", "padEnd", "trim", "strip", "upper", "lower", "fill"}
    | {"toUpperCase", "toLowerCase", "charAt", "charCodeAt", "fromCharCode", "at", "keys", "values", "entries", "range"}
    | {"Array", "from", "reverse", "reversed", "unshift", "extend", "add", "stringify", "list", "dict"}
    | {"encode", "toFixed", "substring", "substr", "forEach", "reduce", "sort", "sorted", "sum", "alloc", "bytearray"}
)
_LITERALS = frozenset({"number", "integer", "float", "true", "True", "string", "template_string", "unary_expression"})
_FALSE = frozenset({"false", "False", "0", "0.0", "None", "null", "undefined", "", "''", '""', "[]", "{}"})
_ENDLESS = re.compile(
    r"^(Number\.POSITIVE_|\+)?(Infinity|INFINITY)$|^1\s?/\s?0$|\binf\b|^float\(.-?inf|MAX_VALUE$|^sys\.maxsize$"
)
_MAX_DEPTH = 3
_PRINTERS = ("console.", "print", "process.stdout.write", "process.stderr.write", "sys.stdout.write")
_MAX_NODES = 400
_MAX_CLIMB = 12


def inside(node: Node) -> Iterator[Node]:
    """A node and what is in it, at most so many nodes."""
    todo, seen = [node], 0
    while todo and seen < _MAX_NODES:
        seen += 1
        at = todo.pop()
        yield at
        todo.extend(at.named_children[:100])


def around(node: Node | None, kinds: frozenset[str]) -> Node | None:
    """The nearest node of one of these types around a node, or itself."""
    for _ in range(_MAX_CLIMB):
        if node is None or node.type in kinds:
            return node
        node = node.parent
    return None


def endless_loop(leaf: Node, values: Values) -> Found | None:
    """A loop that nothing ends and that only prints or, where it runs at once, only computes: the program hangs."""
    loop = around(leaf, _LOOPS)
    body = loop.child_by_field_name("body") if loop is not None else None
    if loop is None or body is None or body.start_byte <= leaf.start_byte < body.end_byte:
        return None
    if not _never_ends(loop, body, values):
        return None
    does = _does(body, values, 0)
    runs_at_once = values.scopes.function_of(loop) == values.root and not _is_asked(loop)
    return (loop, ()) if does == "prints" or (does == "computes" and runs_at_once) else None


def _does(body: Node, values: Values, depth: int) -> str:
    """Whether a body only "computes", also "prints", or does what may wait or end (an empty text)."""
    does = "computes"
    for node in inside(body):
        if node.type in (_WAYS_OUT if not depth else _WAITS):
            return ""
        call = values.language.call(node)
        if call is None:
            continue
        path = values.path(call.callee)
        functions = list(values.local_functions(call.callee)) if depth < _MAX_DEPTH else []
        if path.startswith(_PRINTERS):
            does = "prints"
        elif functions and values.is_local(path):
            inner = [_does(function, values, depth + 1) for function in functions[:3]]
            if "" in inner:
                return ""
            does = "prints" if "prints" in inner else does
        elif not _is_plain(call, path):
            return ""
    return does


def _is_plain(call: Call, path: str) -> bool:
    """Whether a call only makes a value, as far as one can tell: a neighbour's counts where its value is used."""
    if path.startswith(("./", "../", "exports.")):
        return call.node.parent is not None and call.node.parent.type != "expression_statement"
    name = path.rpartition(".")[2]
    if name == "join":  # a thread is joined by waiting for it
        return len(call.arguments) == 1
    return name in _PURE or path.startswith(("Math.", "math.", "random."))


def _never_ends(loop: Node, body: Node, values: Values) -> bool:
    """Whether the condition of a loop holds for ever by what it says."""
    supply = loop.child_by_field_name("right") if loop.type in ("for_statement", "for_in_statement") else None
    if supply is not None:
        given = values.language.call(supply)  # `for n in itertools.count()`
        return given is not None and _is_endless_supply(given, values)
    condition = loop.child_by_field_name("condition")
    for _ in range(3):
        if condition is None or condition.type not in ("parenthesized_expression", "expression_statement"):
            break
        condition = condition.named_children[0] if condition.named_child_count else None
    if condition is None or condition.type == "empty_statement":
        return bool(loop.type == "for_statement")
    source = values.source(condition)
    constant = values.text(condition)
    kind = str(condition.type)
    if kind in _LITERALS or constant in ("true", "True"):
        return constant not in _FALSE
    if condition.type == "not_operator" or source.startswith("!"):
        return source.removeprefix("not").removeprefix("!").strip(" (") in _FALSE
    if condition.type in ("list", "array", "object", "dictionary"):
        return kind in ("array", "object") or bool(condition.named_child_count)
    if condition.type not in ("binary_expression", "comparison_operator") or condition.named_child_count != 2:
        return False
    left, right = condition.named_children
    operator = _operator(left, right, values)
    if operator.startswith(">"):
        left, right, operator = right, left, operator.replace(">", "<")
        grows = right
    else:
        grows = left
    if operator in ("===", "==", "is", "<=") and values.source(left) == values.source(right):
        return str(left.type) in values.language.names
    if operator not in ("<", "<=", "!=", "!=="):
        return False
    if _ENDLESS.search(values.source(right)) and grows is left:
        return True
    low, high = _number(left, values), _number(right, values)
    if low is not None and high is not None:
        return low < high
    if low is None or right.type not in values.language.names or grows is not right:
        return False
    return _only_grows(right, loop, values)


def _only_grows(name: Node, loop: Node, values: Values) -> bool:
    """`n >= 0`, where all that is done to n in the loop is to count it up."""
    steps = re.escape(values.source(name))
    changes = re.findall(rf"(?<![\w.$]){steps}\s*([-+*/%&|^]?=(?!=)|\+\+|--)|(\+\+|--){steps}", values.source(loop))
    told = [a or b for a, b in changes]
    inside = [t for t in told if t != "="]
    return bool(inside) and all(t in ("++", "+=") for t in inside) and told.count("=") <= (loop.type == "for_statement")


def _number(node: Node, values: Values) -> float | None:
    text = values.text(node) if node.type not in values.language.names else None
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _operator(left: Node, right: Node, values: Values) -> str:
    """The operator between two operands."""
    return values.data[left.end_byte : right.start_byte].decode("utf-8", "replace").strip()


def _is_endless_supply(given: Call, values: Values) -> bool:
    path = values.path(given.callee)
    if path in ("itertools.count", "itertools.cycle"):
        return True
    if path == "itertools.repeat":
        return len(given.arguments) == 1 and not given.keywords
    return path == "iter" and [values.source(a) for a in given.arguments] == ["int", "1"]


def _is_asked(node: Node) -> bool:
    """Whether a statement is run only under a condition, or as the main program: who starts that waits for it."""
    around = node.parent
    for _ in range(_MAX_CLIMB):
        if around is None:
            return False
        if around.type in ("if_statement", "switch_statement", "conditional_expression", "class_definition"):
            return True
        around = around.parent
    return True
