"""Documents of the marketplace: whole words or a surprise that names the field, whatever comes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.marketplace.documents import (
    find_files,
    read_developer,
    read_file,
    read_market,
    read_page,
    read_series,
    read_signed,
    read_totals,
    read_version,
)
from app.marketplace.errors import Surprise
from app.marketplace.reading import LEFT_OUT, Node
from app.marketplace.words import Hashes, VirusScan
from checks.runtime.text import printable
from tests.app.marketplace.samples import developer, file, page, status, version

FIELDS = ("files", "downloads.linux")


def node(value: Any) -> Node:
    return Node(value, "GET /x")


def test_what_is_optional_may_be_absent_or_null() -> None:
    full = version()
    for name in ("type", "model", "access", "allow", "restrict", "attributes", "safeName", "submittedDate", "parent"):
        for changed in ({**full, name: None}, {key: value for key, value in full.items() if key != name}):
            assert read_version(node(changed), FIELDS).app_id == "a1"
    bare = read_version(
        node(version(customData=None, status=status(reason=None, modifiedBy=None), isLive=None)), FIELDS
    )
    assert bare.custom == {} and bare.files == () and bare.status.reason == "" and not bare.is_live
    small = read_file(node({"fileId": "f", "name": "n", "size": 0, "uploadDate": 0, "hash": None, "virusScan": None}))
    assert small.hashes == Hashes() and small.virus_scan is None and small.private is None and not small.hashes
    assert read_developer(node({"developerId": "d", "created": 0})).name == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"appId": None}, "appId is null, not a text"),
        ({"appId": " "}, "appId is ' ', not an id"),
        ({"appId": "a\u202eb"}, "not an id"),
        ({"version": "1"}, "version is '1', not a whole number"),
        ({"version": True}, "version is true, not a whole number"),
        ({"version": -1}, "version is -1, not a number from 0 to 2^53"),
        ({"version": 2**53 + 1}, "version is 9007199254740993, not a number from"),
        ({"version": 1.5}, "version is 1.5, not a whole number"),
        ({"lastUpdated": 10**400}, "lastUpdated is a number out of all bounds"),
        ({"appId": "x" * 257}, "appId has 257 characters, not a text of at most 256"),
        ({"isLive": "yes"}, "isLive is 'yes', not true or false"),
        ({"status": "approved"}, "status is 'approved', not an object"),
        ({"status": {"value": "spam", "lastUpdated": 1}}, "status.value is 'spam', not one of pending, inReview"),
        ({"status": {"value": "pending"}}, "status.lastUpdated is missing, not a whole number"),
        ({"parent": {"status": {"value": 3}}}, "parent.status.value is 3"),
        ({"customData": [1]}, "customData is a list, not an object"),
    ],
)
def test_a_surprise_names_the_field(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Surprise) as caught:
        read_version(node(version(**changes)), FIELDS)
    assert str(caught.value).startswith("GET /x: ") and told in str(caught.value)


def test_what_a_developer_writes_is_cut_and_hides_no_queue() -> None:
    custom = {"icon": "x" * 70_000, "files": ["f1"], "about": "y" * 60_000, **{f"k{n}": "z" * 400 for n in range(9)}}
    token = "Decision AS-7F3K9QXM2T."
    long = version(name="n" * 9_000 + ".end", customData=custom, status=status(reason="r" * 400_000 + token))
    got = read_version(node(long), FIELDS)
    assert got.files == ("f1",) and list(got.custom) == ["files", "about", *(f"k{n}" for n in range(9)), LEFT_OUT]
    assert got.custom[LEFT_OUT].startswith("icon: more than 64 KiB")
    assert len(got.name) == 500 and got.name.endswith(".end") and got.name.startswith("nnn") and "…" in got.name
    assert got.status.reason.endswith(token) and len(got.status.reason) <= 64 * 1024
    many = {f"{n}": "x" * 60_000 for n in range(3_000)}
    assert len(json.dumps(read_version(node(version(customData=many)), FIELDS).custom)) < 70_000
    found = [{"fileName": "d/" * 4_000 + "a.exe", "virusName": "V" * 900}] * 5_000
    scanned = read_file(
        node(
            file(name="a" * 5_000 + ".zip", contentType="t" * 900, virusScan={"status": "DIRTY", "foundViruses": found})
        )
    )
    assert scanned.virus_scan is not None and len(scanned.virus_scan.viruses) == 1_000
    assert scanned.name.endswith("a.zip") and len(scanned.name) == 1_024 and len(scanned.content_type) == 200
    sent = read_developer(node(developer(name="n" * 900, email="e" * 900, customData={"a": "x" * 70_000})))
    assert len(sent.name) == 500 and len(sent.email) == 500 and list(sent.custom) == [LEFT_OUT]


@pytest.mark.parametrize(
    ("custom", "count", "last"),
    [
        ({"files": [f"f{n}" for n in range(5_000)]}, 101, "(4,900 more files, too many to be read)"),
        ({"files": [f"f{n}" for n in range(101)]}, 101, "(1 more file, too many to be read)"),
        ({"files": [f"f{n}" for n in range(100)]}, 100, "f99"),
        ({"files": ["f" * 7_000 + str(n) for n in range(20)]}, 1, "(the files in files, too much to be read)"),
        (
            {"downloads": {"linux": "f1", "icon": "x" * 70_000}},
            1,
            "(the files in downloads.linux, too much to be read)",
        ),
    ],
)
def test_files_that_are_not_read_are_never_passed_over(custom: dict[str, Any], count: int, last: str) -> None:
    got = read_version(node(version(customData=custom)), FIELDS)
    assert (len(got.files), got.files[-1].partition(": ")[0].rstrip(")")) == (count, last.rstrip(")"))
    if count != 100:  # what is not read is told from something else all the same
        custom = json.loads(json.dumps(custom).replace("f1", "f7f7"))
        assert read_version(node(version(customData=custom)), FIELDS).files[-1] != got.files[-1]


def test_custom_data_may_not_be_deep_but_plain() -> None:
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    got = read_version(node(version(customData={"a": deep, "b": 1})), FIELDS)
    assert got.custom == {"b": 1, LEFT_OUT: "a: more than 64 KiB, or nested more than 20 deep"}
    kept = read_version(node(version(customData={"a\x00": ["b\u202e\n", 1e308, 2**80, None, True]})), FIELDS).custom
    assert kept == {"a\\x00": ["b\\u202e\n", "1e+308", str(2**80), None, True]}
    json.dumps(kept)


@pytest.mark.parametrize(
    ("custom", "files"),
    [
        ({"files": "f1"}, ("f1",)),
        ({"files": ["f1", "f2", "f1", "", "  ", 7, None, ["x"]]}, ("f1", "f2")),
        (
            {"files": [{"fileId": "f1"}, {"fileUrl": "//h/f2"}, {"fileId": "f3", "fileUrl": "//h/f3"}, {}]},
            ("f1", "//h/f2", "f3"),
        ),
        ({"files": {"fileId": "f1", "name": "x"}}, ("f1",)),
        ({"downloads": {"linux": ["f1"]}, "files": "f2"}, ("f2", "f1")),
        ({"downloads.linux": "f1", "downloads": {"linux": "f2"}}, ("f1",)),
        ({"downloads": 3, "files": 4}, ()),
        ({"files": {"fileId": 5}}, ()),
    ],
)
def test_files_are_found_in_custom_data(custom: dict[str, Any], files: tuple[str, ...]) -> None:
    assert find_files(node(custom), custom, FIELDS) == files


def test_what_the_marketplaces_own_scan_says() -> None:
    found = [{"fileName": "a.exe", "virusName": "Bad"}, {"virusName": "Worse"}, {}]
    got = read_file(node(file(virusScan={"status": "DIRTY", "foundViruses": found, "finished": 9})))
    assert got.virus_scan == VirusScan("DIRTY", ("Bad in a.exe", "Worse"), 9)
    for wrong in ({"SHA-256": "ab"}, {"MD5": "zz" * 16}, {"SHA-1": 5}):
        with pytest.raises(Surprise, match=r"hash\."):
            read_file(node(file(hash=wrong)))


def test_figures_are_numbers() -> None:
    assert read_series(node([[1, 2, 3.5]])) == ((1, 2, 3.5),)
    for wrong in ([[1]], [1], [[1, "2"]], [[-1, 2]], {"a": 1}, [[1, True]]):
        with pytest.raises(Surprise):
            read_series(node(wrong))
    with pytest.raises(Surprise, match=r"apps\.a1\.downloads is 'x', not a number"):
        read_totals(node({"apps": {"a1": {"downloads": "x"}}}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
READERS: list[tuple[Callable[[Node], Any], Any]] = [
    (lambda one: read_version(one, FIELDS), version()),
    (read_file, file()),
    (read_developer, developer()),
    (read_market, {"marketplaceId": "m", "viewAppUrl": "v"}),
    (read_page, page([1, 2])),
    (lambda one: read_signed(one, 60, local=True), {"url": "https://f.example/x"}),
    (read_series, [[1, 2], [3, 4]]),
    (read_totals, {"totals": {"a": 1}, "apps": {"x": {"a": 1}}, "start": 1, "end": 2}),
]


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        found += places(child, (*way, key))
    return found


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    if not way:
        return new
    made = copy.copy(value)
    made[way[0]] = put(value[way[0]], way[1:], new)
    return made


@given(st.sampled_from(READERS), st.data())
@settings(max_examples=150)
def test_anything_gives_words_or_a_surprise(reader: tuple[Callable[[Node], Any], Any], data: st.DataObject) -> None:
    """Any JSON as a whole, and any JSON in the place of any part of a good document."""
    read, good = reader
    bad = put(good, data.draw(st.sampled_from(places(good))), data.draw(JSON))
    try:
        made = read(node(bad))
    except Surprise as error:
        assert str(error).startswith("GET /x: ") and printable(str(error)) == str(error) and len(str(error)) < 600
    else:
        assert made is not None
        repr(made).encode()  # no lone surrogate is left


def test_good_documents_are_read() -> None:
    for read, good in READERS:
        assert read(node(good)) is not None
