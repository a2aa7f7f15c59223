"""Unpacked trees: what the unpacking worker may claim, hashes of our own, what is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from app import trees
from app.grants import Side
from app.settings import UnpackLimits
from app.trees import Facts, Tree, UnreadableArtifact, _Gathered, limits_digest
from app.workers import WorkerEnded
from checks.runtime.package import Entry, LeftOut
from checks.runtime.protocol import Finished

pytestmark = pytest.mark.needs("linux")


def make(engine, artifact, events: list | None = None) -> Tree:
    return engine.trees().make(artifact, (events if events is not None else []).append, lambda: False)


def test_entries_bytes_and_hashes(engine) -> None:
    files = {"pkg/a.txt": b"one", "pkg/b/c.bin": bytes(range(256)) * 40, "pkg/empty": b""}
    tree = make(engine, engine.add(files))
    assert {e.path: tree.bytes_of(e) for e in tree.files} == files
    assert all(e.sha256 == hashlib.sha256(files[e.path]).hexdigest() for e in tree.files)
    assert tree.root == "pkg/"
    assert tree.stable_path("pkg/a.txt") == "a.txt"
    assert tree.summary.files == 3
    assert tree.container.path == "package.zip"
    assert tree.entry(len(tree.entries)) is tree.container
    assert tree.entry(len(tree.entries) + 1) is None
    assert tree.bytes_of(tree.files[0], 1, 99) == b"ne"


def test_a_kept_tree_is_found_and_a_damaged_one_made_anew(engine) -> None:
    artifact = engine.add({"a.txt": b"one"})
    assert engine.trees().find(artifact) is None
    made = make(engine, artifact)
    kept = engine.trees().find(artifact)
    assert kept.entries == made.entries
    assert kept.facts == made.facts
    index = made.side.index
    index.chmod(0o600)
    index.write_text('[0, "a"]\n')
    assert engine.trees().find(artifact) is None


def test_other_limits_are_another_tree() -> None:
    assert limits_digest(UnpackLimits(), "a") != limits_digest(UnpackLimits(depth=1), "a")


def test_the_same_bytes_under_another_name_are_another_tree(engine) -> None:
    artifact = engine.add(b"MZ harmless", "photo.png")
    make(engine, artifact)
    renamed = dataclasses.replace(artifact, name="photo.png.exe")
    assert engine.trees().find(renamed) is None
    assert [e.path for e in make(engine, renamed).files] == ["photo.png.exe"]


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["pack", "index.jsonl", "tree.json"])
def test_a_flipped_byte_of_a_tree_is_noticed_and_mended(engine, name: str) -> None:
    artifact = engine.add({"a.txt": b"one" * 100})
    made = make(engine, artifact)
    flip(made.side.pack.parent / name, 30)
    assert engine.trees().find(artifact) is None
    again = make(engine, artifact)
    assert again.bytes_of(again.files[0]) == b"one" * 100
    assert engine.trees().find(artifact).entries == made.entries


def test_a_flipped_byte_of_the_artifact_never_passes_for_it(engine) -> None:
    artifact = engine.add({"a.txt": b"one" * 100})
    make(engine, artifact)
    flip(engine.vault.path(artifact.sha256), 40)
    with pytest.raises(UnreadableArtifact, match="damaged: take the file in again"):
        engine.trees().find(artifact)
    engine.add({"a.txt": b"one" * 100})
    assert engine.trees().find(artifact) is not None


def test_names_that_share_their_bytes_are_hashed_once(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = engine.add(b"x" * 1000, "file")
    pack = engine.folder / "pack"
    pack.write_bytes(bytes(3_000_000))
    entries = [Entry(n, f"link{n}", "file", 3_000_000, 0, "pack", "") for n in range(50)]
    hashed: list[int] = []
    real = trees._hash_range

    def count(view: object, offset: int, size: int, cancelled: object) -> str:
        hashed.append(size)
        return real(view, offset, size, cancelled)

    monkeypatch.setattr(trees, "_hash_range", count)
    side = Side(engine.vault.path(artifact.sha256), pack)
    done = trees._hash_entries(artifact, side, entries, lambda e: None, lambda: False)
    assert {e.sha256 for e in done} == {hashlib.sha256(bytes(3_000_000)).hexdigest()}
    assert hashed == [3_000_000]


def test_lines_are_counted_in_every_encoding(engine) -> None:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
        text = "eins\nzwei ਊ\ndrei" if encoding != "latin-1" else "eins\nzwei\ndrei"
        tree = make(engine, engine.add({"a.txt": text.encode(encoding)}, f"{encoding}.zip"))
        at = len(text[: text.index("drei")].encode(encoding))
        assert tree.count_lines(tree.files[0], at, encoding) == (3, at)
        assert tree.count_lines(tree.files[0], 0, encoding) == (1, 0)


class TestClaims:
    """What a worker says that was taken over by the archive it unpacks."""

    def gathered(self) -> _Gathered:
        return _Gathered(1000, UnpackLimits(entries=10, bytes=5000))

    @pytest.mark.parametrize(
        "entry",
        [
            Entry(1, "out of order", "file", 1, 0, "pack", ""),
            Entry(0, "its own parent", "file", 1, 0, "pack", "", parent=0),
            Entry(0, "past the artifact", "file", 1, 1000, "artifact", ""),
            Entry(0, "past the pack", "file", 1, 5000 + (1 << 20), "pack", ""),
        ],
    )
    def test_impossible_rows(self, entry: Entry) -> None:
        with pytest.raises(WorkerEnded, match="the worker broke the protocol"):
            self.gathered().take(entry)

    def test_more_rows_than_the_limit(self) -> None:
        gathered = self.gathered()
        with pytest.raises(WorkerEnded, match="more entries than the limit"):
            for n in range(100):
                gathered.take(Entry(n, "x", "file", 0, 0, "pack", ""))

    def test_more_notes_than_entries_allow(self) -> None:
        gathered = self.gathered()
        with pytest.raises(WorkerEnded, match="more notes"):
            for _ in range(5000):
                gathered.take(LeftOut("damaged", "x", "y"))

    def test_facts_are_claims(self) -> None:
        gathered = self.gathered()
        data = {
            "format": 7,
            "is_archive": "yes",
            "kind": "admin",
            "family": "x\x1b[2J" * 99,
            "name": ["a"],
            "version": None,
        }
        gathered.take(Finished(1, "", data))
        facts = gathered.facts()
        assert (facts.format, facts.is_archive, facts.kind, facts.name, facts.version) == (
            "file",
            False,
            "download",
            "",
            "",
        )
        assert len(facts.family) <= 40
        assert facts.family.isprintable()

    def test_bytes_that_are_not_there(self, engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "app.trees.run_task",
            lambda *a, **k: iter([Entry(0, "x", "file", 100, 0, "pack", ""), Finished(1, "", {})]),
        )
        with pytest.raises(UnreadableArtifact, match="the unpacked bytes are incomplete"):
            make(engine, engine.add({"a": b"x"}))

    def test_an_error_is_one_clear_line(self, engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.trees.run_task", lambda *a, **k: iter([Finished(1, "UnpackError: odd", {})]))
        with pytest.raises(UnreadableArtifact, match=r"^package\.zip cannot be unpacked: UnpackError: odd$"):
            make(engine, engine.add({"a": b"x"}))
        assert engine.trees().find(engine.add({"a": b"x"})) is None


def test_facts_survive_the_disk(engine) -> None:
    tree = make(engine, engine.add({"package.json": json.dumps({"name": "left-pad", "version": "1.0.0"}).encode()}))
    assert isinstance(tree.facts, Facts)
    assert engine.trees().find(tree.artifact).facts == tree.facts


def test_root_needs_one_top_folder(engine) -> None:
    assert make(engine, engine.add({"a/x": b"", "b/x": b""})).root == ""
    assert make(engine, engine.add({"a": b"", "a2/x": b""})).root == ""
