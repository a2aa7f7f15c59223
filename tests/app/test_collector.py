"""From a worker's claim to a record: place, snippet, mask, fingerprint, state."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from pathlib import Path

import pytest

from app.collector import FEW, MASK, WITHHELD, Collector, Masks, with_states
from app.grants import Side
from app.model import Artifact
from app.trees import Facts, Tree
from checks import Severity
from checks.runtime.catalog import load_check
from checks.runtime.package import Entry
from checks.runtime.protocol import Found

FACTS = Facts("zip", True, "download", "zip", "", "")


@pytest.fixture
def spec(hostile_checks):
    return load_check("honest")


def make_tree(folder: Path, files: dict[str, bytes]) -> Tree:
    pack = folder / "pack"
    pack.write_bytes(b"".join(files.values()))
    entries, offset = [], 0
    for n, (path, data) in enumerate(files.items()):
        entries.append(Entry(n, path, "file", len(data), offset, "pack", hashlib.sha256(data).hexdigest()))
        offset += len(data)
    return Tree(Artifact("a" * 64, "", "", 1, "p.zip"), FACTS, entries, [], Side(None, pack))


def found(start: int | None = None, end: int | None = None, **options: object) -> Found:
    base = Found(0, 0, "rule", "message", start, end, Severity.HIGH, "high", "", False, "utf-8", "", ())
    return dataclasses.replace(base, **options)


def test_line_column_and_snippet(tmp_path, spec) -> None:
    tree = make_tree(tmp_path, {"a": b"one\ntwo three\nfour"})
    finding = Collector(tree, Masks()).materialize(spec, tree.entries[0], [found(8, 13)])[0]
    assert (finding.line, finding.column, finding.snippet) == (2, 5, "two three")


def test_a_long_line_is_cut_around_the_place(tmp_path, spec) -> None:
    data = b"x" * 100_000 + b"HERE" + b"y" * 100_000
    tree = make_tree(tmp_path, {"a": data})
    finding = Collector(tree, Masks()).materialize(spec, tree.entries[0], [found(100_000, 100_004)])[0]
    assert (finding.line, finding.column) == (1, 100_001)
    assert "HERE" in finding.snippet
    assert len(finding.snippet) <= 400


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text(tmp_path, spec, encoding: str) -> None:
    text = "first\nhere it is"
    tree = make_tree(tmp_path, {"a": text.encode(encoding)})
    at = 2 * text.index("here")
    finding = Collector(tree, Masks()).materialize(spec, tree.entries[0], [found(at, at + 8, encoding=encoding)])[0]
    assert "here it is" in finding.snippet


def test_what_cannot_be_seen_is_escaped(tmp_path, spec) -> None:
    tree = make_tree(tmp_path, {"a\x1b[2J\u202e.txt": b"\x1b[31mred\xff\xe2\x80\xae"})
    finding = Collector(tree, Masks()).materialize(spec, tree.entries[0], [found(0, 3)])[0]
    assert finding.path == r"a\x1b[2J\u202e.txt"
    assert finding.snippet.startswith(r"\x1b[31mred")
    assert r"\u202e" in finding.snippet
    assert finding.raw_path == "a\x1b[2J\u202e.txt"


class TestMasks:
    def test_bytes_are_covered_wherever_the_range_is_cut(self, tmp_path) -> None:
        data = b"key=" + b"S" * 20 + b" rest"
        tree = make_tree(tmp_path, {"a": data})
        masks = Masks()
        masks.add(tree, tree.entries[0], [found(4, 24, secret=True)])
        for low in range(len(data)):
            for high in range(low, len(data) + 1):
                shown = masks.cover(tree.entries[0].sha256, low, data[low:high])
                assert len(shown) == high - low
                assert b"S" not in shown
        assert masks.cover("f" * 64, 0, data) == data

    def test_texts_are_scrubbed_the_longest_first(self, tmp_path) -> None:
        tree = make_tree(tmp_path, {"a": b"secret1 secret1-and-more"})
        masks = Masks()
        masks.add(tree, tree.entries[0], [found(0, 7, secret=True), found(8, 24, secret=True)])
        assert masks.scrub("x secret1-and-more y secret1 z") == f"x {MASK * 8} y {MASK * 8} z"
        assert masks.scrub("nothing") == "nothing"

    def test_very_many_are_scrubbed_in_time(self, tmp_path) -> None:
        count = 5000
        data = b"".join(b"secret-%05d " % n for n in range(count))
        tree = make_tree(tmp_path, {"a": data})
        masks = Masks()
        masks.add(tree, tree.entries[0], [found(13 * n, 13 * n + 12, secret=True) for n in range(500)])
        assert count > FEW
        text = "before secret-00042 and secret-00499, secret-00500 " + "x" * 400
        began = time.monotonic()
        for _ in range(200):
            shown = masks.scrub(text)
        assert time.monotonic() - began < 2
        assert shown.startswith(f"before {MASK * 8} and {MASK * 8}, secret-00500 ")

    def test_text_is_withheld_until_every_search_has_ended(self, tmp_path, spec) -> None:
        tree = make_tree(tmp_path, {"a": b"some text"})
        masks = Masks(frozenset({"one", "two"}))
        entry = tree.entries[0]

        def snippet() -> str:
            return Collector(tree, masks).materialize(spec, entry, [found(0, 4)])[0].snippet

        assert snippet() == WITHHELD
        masks.searched(entry.sha256, "one")
        assert snippet() == WITHHELD
        masks.searched(entry.sha256, "two")
        assert snippet() == "some text"

    def test_a_secret_is_not_in_its_own_record(self, tmp_path, spec) -> None:
        tree = make_tree(tmp_path, {"a": b"key=TOPSECRET"})
        masks = Masks()
        items = [found(4, 13, secret=True, matched="TOPSECRET", message="it is TOPSECRET")]
        masks.add(tree, tree.entries[0], items)
        assert "TOPSECRET" not in repr(Collector(tree, masks).materialize(spec, tree.entries[0], items))


class TestFingerprint:
    def prints(self, folder: Path, spec: object, files: dict[str, bytes], *items: Found) -> list[str]:
        folder.mkdir()
        tree = make_tree(folder, files)
        return [f.fingerprint for f in Collector(tree, Masks()).materialize(spec, tree.entries[0], list(items))]

    def test_it_does_not_know_the_line(self, tmp_path, spec) -> None:
        one = self.prints(tmp_path / "1", spec, {"a": b"evil()"}, found(0, 6))
        other = self.prints(tmp_path / "2", spec, {"a": b"\n\n\nevil()"}, found(3, 9))
        assert one == other

    def test_nor_the_folder_that_carries_the_version(self, tmp_path, spec) -> None:
        one = self.prints(tmp_path / "1", spec, {"pkg-1.0/a": b"evil()", "pkg-1.0/b": b""}, found(0, 6))
        other = self.prints(tmp_path / "2", spec, {"pkg-1.1/a": b"evil()", "pkg-1.1/b": b""}, found(0, 6))
        assert one == other

    def test_it_knows_rule_path_and_text(self, tmp_path, spec) -> None:
        prints = [
            self.prints(tmp_path / str(n), spec, {path: b"evil()good()", "other": b""}, item)[0]
            for n, (path, item) in enumerate(
                [
                    ("a", found(0, 6)),
                    ("b", found(0, 6)),
                    ("a", found(6, 12)),
                    ("a", found(0, 6, rule="other")),
                    ("a", found(matched="evil(")),
                ]
            )
        ]
        assert len(set(prints)) == len(prints)

    def test_the_same_twice_gets_two(self, tmp_path, spec) -> None:
        prints = self.prints(tmp_path / "1", spec, {"a": b"evil() evil()"}, found(7, 13), found(0, 6))
        assert len(set(prints)) == 2


def test_states(tmp_path, spec) -> None:
    tree = make_tree(tmp_path, {"a": b"one two three"})
    one, two, three = Collector(tree, Masks()).materialize(
        spec, tree.entries[0], [found(0, 3), found(4, 7), found(8, 13)]
    )
    states = {f.fingerprint: f.state for f in with_states([one, two], [two, three], frozenset({"honest"}))}
    assert states == {one.fingerprint: "new", two.fingerprint: "unchanged", three.fingerprint: "fixed"}
    without = with_states([one], [three], frozenset())
    assert [f.state for f in without] == ["new"], "a check that did not run has fixed nothing"
