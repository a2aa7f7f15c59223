"""The `query` and `sort` of the API: documents in JSON with operators as MongoDB has them.

What is about a column of the database becomes SQL, so that a queue of thousands is answered from an index; the rest is
matched in Python, over what SQL left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.marketplace.practice.errors import Invalid

Document = Mapping[str, Any]
MOST_BOUND = 20_000  # SQLite takes 32,766 values in a statement
DEEPEST = 20
MISSING = object()


class Column(NamedTuple):
    """A column that holds a path of the document; only values of its type are compared in SQL."""

    name: str
    type: type


class Where(NamedTuple):
    """A condition in SQL, its values, and what has to be matched in Python afterwards."""

    sql: str
    values: list[Any]
    rest: dict[str, Any]


ORDERED: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "$gt": (">", lambda a, b: bool(a > b)),
    "$gte": (">=", lambda a, b: bool(a >= b)),
    "$lt": ("<", lambda a, b: bool(a < b)),
    "$lte": ("<=", lambda a, b: bool(a <= b)),
}
EQUAL = {"$eq": "=", "$ne": "IS NOT"}
OPERATORS = {*ORDERED, "$eq", "$ne", "$in", "$nin", "$exists"}
GROUPS = {"$and", "$or"}


def read_document(text: str, field: str) -> dict[str, Any]:
    """The document in a parameter, empty for an empty one; raises Invalid."""
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(f"{field} is not a JSON document", field=field) from None
    if not isinstance(document, dict):
        raise Invalid(f"{field} is not a JSON document", field=field)
    if field == "query":
        _check(document)
    return document


def _check(document: Document, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise Invalid("query is nested too deeply", field="query")
    for key, wanted in document.items():
        if key in GROUPS:
            if not isinstance(wanted, list) or not wanted or not all(isinstance(part, dict) for part in wanted):
                raise Invalid(f"{key} takes a list of documents", field="query")
            for part in wanted:
                _check(part, depth + 1)
        elif key.startswith("$"):
            raise Invalid(f"{key} is no operator that can stand here", field="query")
        elif _is_operation(wanted):
            for operator, value in wanted.items():
                if operator not in OPERATORS:
                    raise Invalid(f"{operator} is not an operator that is known", field="query")
                if operator in ("$in", "$nin") and not isinstance(value, list):
                    raise Invalid(f"{operator} takes a list", field="query")


def _is_operation(wanted: object) -> bool:
    return isinstance(wanted, dict) and any(key.startswith("$") for key in wanted)


# --- in SQL -------------------------------------------------------------------------------------------------------


def build_where(query: Document, columns: Mapping[str, Column]) -> Where:
    """As much of a query in SQL as its columns allow."""
    parts: list[str] = []
    values: list[Any] = []
    rest: dict[str, Any] = {}
    for key, wanted in query.items():
        made = _group(key, wanted, columns) if key in GROUPS else _field(key, wanted, columns)
        if made is None or len(values) + len(made[1]) > MOST_BOUND:
            rest[key] = wanted
        else:
            parts.append(made[0])
            values += made[1]
    return Where(" AND ".join(parts) or "1", values, rest)


def _group(key: str, wanted: Sequence[Document], columns: Mapping[str, Column]) -> tuple[str, list[Any]] | None:
    made = [build_where(part, columns) for part in wanted]
    if any(part.rest for part in made):
        return None
    joined = (" AND " if key == "$and" else " OR ").join(f"({part.sql})" for part in made)
    return f"({joined})", [value for part in made for value in part.values]


def _field(path: str, wanted: Any, columns: Mapping[str, Column]) -> tuple[str, list[Any]] | None:
    column = columns.get(path)
    if column is None:
        return None
    parts: list[str] = []
    values: list[Any] = []
    for operator, value in (wanted if _is_operation(wanted) else {"$eq": wanted}).items():
        made = _operation(column, operator, value)
        if made is None:
            return None
        parts.append(made[0])
        values += made[1]
    return " AND ".join(parts), values


def _operation(column: Column, operator: str, value: Any) -> tuple[str, list[Any]] | None:
    name = column.name
    if operator == "$exists":
        return f"{name} IS {'NOT ' if value else ''}NULL", []
    if operator in ("$in", "$nin"):
        if not all(_fits(column, one) for one in value):
            return None
        marks = ",".join("?" * len(value))
        return (f"{name} IN ({marks})" if operator == "$in" else f"({name} IS NULL OR {name} NOT IN ({marks}))"), value
    if value is None and operator in ("$eq", "$ne"):
        return f"{name} IS {'NOT ' if operator == '$ne' else ''}NULL", []
    if not _fits(column, value):
        return None
    return f"{name} {ORDERED[operator][0] if operator in ORDERED else EQUAL[operator]} ?", [value]


def _fits(column: Column, value: Any) -> bool:
    if type(value) is not column.type:
        return False  # SQL would compare, or not, by rules of its own
    if isinstance(value, str):
        return value.isascii() or is_plain(value)
    return not isinstance(value, int) or abs(value) < 1 << 62


def is_plain(text: str) -> bool:
    """Whether a text can be written down: half of a surrogate pair, which JSON lets through, cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


# --- in Python ----------------------------------------------------------------------------------------------------


def matches(document: Document, query: Document) -> bool:
    """Whether a document is what the query asks for."""
    for key, wanted in query.items():
        if key == "$and":
            fits = all(matches(document, part) for part in wanted)
        elif key == "$or":
            fits = any(matches(document, part) for part in wanted)
        else:
            found = list(read_path(document, key))
            operations = wanted if _is_operation(wanted) else {"$eq": wanted}
            fits = all(_holds(found, operator, value) for operator, value in operations.items())
        if not fits:
            return False
    return True


def read_path(document: Any, path: str) -> Iterable[Any]:
    """Every value at a dotted path; lists on the way are entered, and one at the end gives itself and its parts."""
    here = [document]
    for part in path.split("."):
        deeper: list[Any] = []
        for value in here:
            for one in (*value, value) if isinstance(value, list) else (value,):
                if isinstance(one, dict) and part in one:
                    deeper.append(one[part])
        here = deeper
    for value in here:
        yield value
        if isinstance(value, list):
            yield from value


def _holds(found: list[Any], operator: str, value: Any) -> bool:
    if operator == "$exists":
        return bool(found) is bool(value)
    if operator in ("$eq", "$in"):
        return any(_same(found, one) for one in (value if operator == "$in" else [value]))
    if operator in ("$ne", "$nin"):
        return not any(_same(found, one) for one in (value if operator == "$nin" else [value]))
    compare = ORDERED[operator][1]
    return any(_comparable(one, value) and compare(one, value) for one in found)


def _same(found: list[Any], value: Any) -> bool:
    if value is None and not found:
        return True
    return any(one == value and isinstance(one, bool) is isinstance(value, bool) for one in found)


def _comparable(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers or (isinstance(one, str) and isinstance(other, str))


# --- the order ----------------------------------------------------------------------------------------------------


def read_sort(text: str) -> list[tuple[str, bool]]:
    """(path, downwards) for each field, the weightiest first; raises Invalid."""
    order = []
    for path, way in read_document(text, "sort").items():
        if way not in (1, -1) or isinstance(way, bool):
            raise Invalid(f"sort: {path} has to be 1 or -1", field="sort")
        order.append((path, way == -1))
    return order


def order_by(order: Sequence[tuple[str, bool]], columns: Mapping[str, Column]) -> str | None:
    """The order in SQL, None where one of its fields is no column."""
    parts = []
    for path, downwards in order:
        if path not in columns:
            return None
        parts.append(f"{columns[path].name} {'DESC' if downwards else 'ASC'}")
    return ", ".join([*parts, "rowid"])


def sort_documents(documents: list[dict[str, Any]], order: Sequence[tuple[str, bool]]) -> None:
    """In place; what lacks the field comes first, as in MongoDB."""
    for path, downwards in reversed(order):
        documents.sort(key=lambda document: _rank(next(iter(read_path(document, path)), None)), reverse=downwards)


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return (3, value)
    if isinstance(value, int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (0, 0)
