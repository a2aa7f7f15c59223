"""A query finds the same whether SQL or Python looks, and no document makes it stumble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.marketplace.practice.errors import Invalid
from app.marketplace.practice.moves import Records
from app.marketplace.practice.query import build_where, matches, read_document
from app.marketplace.practice.schema import VERSIONS

STATUSES = ("pending", "inReview", "approved", "rejected")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    records = Records(tmp_path_factory.mktemp("records"), lambda: 1000.0)
    for number in range(12):
        records.submit_version(
            f"a{number % 4}",
            developer_id=f"d{number % 3}",
            status="inDevelopment" if number == 7 else STATUSES[number % 4],
            live=number % 5 == 0,
            created=number,
            colours=["red", "blue"][: number % 3],
        )
    yield records
    records.close()


values = st.one_of(
    st.sampled_from(
        [*STATUSES, "a1", "d1", "a", "red", True, False, None, 0, 1, 2, 3, 1.5, 10**30, "\ud800", "ü", [1]]
    ),
)
paths = st.sampled_from(
    [
        "appId",
        "version",
        "status.value",
        "isLive",
        "submittedDate",
        "developerId",
        "customData.colours",
        "x.y",
        "status",
    ]
)
operations = st.one_of(
    st.dictionaries(st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), values, min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["$in", "$nin"]), st.lists(values, max_size=3), min_size=1, max_size=1),
    st.fixed_dictionaries({"$exists": st.booleans()}),
)
fields = st.dictionaries(paths, st.one_of(values, operations), max_size=3)
queries = st.recursive(
    fields,
    lambda part: st.dictionaries(st.sampled_from(["$and", "$or"]), st.lists(part, min_size=1, max_size=3), min_size=1),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None, database=None)
@given(query=queries, order=st.dictionaries(paths, st.sampled_from([1, -1]), max_size=2))
def test_sql_and_python_find_the_same(records: Records, query: dict[str, Any], order: dict[str, int]) -> None:
    everything = [json.loads(one) for one in records.find("versions", {}).documents]
    read = read_document(json.dumps(query), "query")
    found = records.find("versions", read, [(path, way == -1) for path, way in order.items()])
    wanted = [(one["appId"], one["version"]) for one in everything if matches(one, read)]
    got = [(one["appId"], one["version"]) for one in map(json.loads, found.documents)]
    assert sorted(got) == sorted(wanted) and found.all == len(wanted)


@settings(max_examples=100, deadline=None, database=None)
@given(text=st.one_of(st.text(max_size=40), st.builds(json.dumps, queries), st.just('{"a":' * 3000)))
def test_a_document_is_read_or_refused(text: str) -> None:
    for field in ("query", "sort"):
        try:
            assert isinstance(read_document(text, field), dict)
        except Invalid as error:
            assert error.field == field


def test_the_queue_is_asked_for_in_sql() -> None:
    where = build_where({"status.value": {"$in": ["pending", "inReview"]}, "isLive": True}, VERSIONS)
    assert (where.sql, where.values, where.rest) == (
        "status IN (?,?) AND is_live = ?",
        ["pending", "inReview", True],
        {},
    )
    assert build_where({"customData.x": 1, "appId": "a"}, VERSIONS).rest == {"customData.x": 1}


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("$gt", [True, False, False]),
        ("$gte", [True, True, False]),
        ("$lt", [False, False, True]),
        ("$lte", [False, True, True]),
        ("$eq", [False, True, False]),
        ("$ne", [True, False, True]),
    ],
)
def test_comparisons(records: Records, operator: str, holds: list[bool]) -> None:
    """In Python and in SQL: version 2 of an app that has three, with 1, 2 and 3."""
    assert [matches({"n": 2}, {"n": {operator: value}}) for value in (1, 2, 3)] == holds
    asked = ({"appId": "a1", "version": {"$in": [2], operator: value}} for value in (1, 2, 3))
    assert [bool(records.find("versions", query).all) for query in asked] == holds
