# ruff: noqa: PTH103, PTH118, PTH123, PTH211 - names are bytes here, and pathlib has none

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import folder_tar
from app.cancel import Cancelled
from app.intake import IntakeError, take_in
from app.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault(tmp_path / "vault") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "a" / "empty").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("[core]")
    (root / "a" / "run.sh").write_text("echo")
    (root / "a" / "run.sh").chmod(0o4711)
    (root / "a-b").write_bytes(b"x" * 512)
    (root / "big").write_bytes(b"y" * ((2 << 20) + 1))
    (root / "out").symlink_to("/etc/passwd")
    (root / "loop").symlink_to(".")
    os.mkfifo(root / "pipe")
    return root


def members(vault: Vault, sha256: str) -> list[tarfile.TarInfo]:
    with tarfile.open(vault.path(sha256), errors="surrogateescape") as tar:
        return tar.getmembers()


def kept(vault: Vault) -> list[Path]:
    return [p for p in vault.root.rglob("*") if p.is_file() and p.name != "lock"]


def test_a_file_is_taken_as_it_is_also_through_a_link(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "left.zip"
    path.write_bytes(b"PK")
    artifact = take_in(path, vault)
    assert (artifact.name, artifact.size, artifact.sha256) == ("left.zip", 2, hashlib.sha256(b"PK").hexdigest())
    (tmp_path / "link.zip").symlink_to(path)
    assert take_in(tmp_path / "link.zip", vault).sha256 == artifact.sha256


def test_progress_reaches_the_size(vault: Vault, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(bytes(3 << 20))
    for source in (path, folder):
        seen: list[tuple[int, int]] = []
        artifact = take_in(source, vault, progress=lambda done, total: seen.append((done, total)))  # noqa: B023
        assert seen[-1] == (artifact.size, artifact.size)
        assert {total for _, total in seen} == {artifact.size}


@pytest.mark.parametrize("sort", ["missing", "pipe", "socket", "device", "dangling", "loop", "nul"])
def test_what_is_no_regular_file_is_refused_by_name(vault: Vault, tmp_path: Path, sort: str) -> None:
    path, words = tmp_path / "thing", "thing: "
    if sort == "pipe":
        os.mkfifo(path)
    elif sort == "socket":
        short = Path(tempfile.mkdtemp(prefix="assay-"))
        path = short / "thing"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            path = Path(shutil.move(path, tmp_path / "thing"))
        short.rmdir()
    elif sort == "device":
        path, words = Path("/dev/null"), "is a device"
    elif sort == "dangling":
        path.symlink_to("nowhere")
    elif sort == "loop":
        path.symlink_to(path)
    elif sort == "nul":
        path, words = Path("a\0b"), "NUL"
    with pytest.raises(IntakeError, match=words) as raised:
        take_in(path, vault)
    assert "\n" not in str(raised.value)
    assert kept(vault) == []


def test_a_file_that_grows_while_it_is_read_is_refused(vault: Vault, tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(2 << 20))

    def write_more(done: int, total: int) -> None:
        with path.open("ab") as stream:
            stream.write(b"more")

    with pytest.raises(IntakeError, match=r"growing: changed while it was read"):
        take_in(path, vault, progress=write_more)
    assert kept(vault) == []


def test_a_folder_becomes_a_tar_that_holds_everything_and_follows_nothing(vault: Vault, folder: Path) -> None:
    artifact = take_in(folder, vault)
    assert artifact.name == "app.tar"
    assert artifact.size % tarfile.RECORDSIZE == 0
    found = {m.name: m for m in members(vault, artifact.sha256)}
    names = [".git", ".git/config", "a", "a-b", "a/empty", "a/run.sh", "big", "loop", "out", "pipe"]
    assert list(found) == names
    executable = {m.name for m in found.values() if m.mode == 0o755}
    assert executable - {"out", "loop"} == {".git", "a", "a/empty", "a/run.sh"}
    assert {m.mode for m in found.values()} == {0o755, 0o644}
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in found.values()} == {(0, 0, 0, "", "")}
    assert (found["out"].issym(), found["out"].linkname, found["out"].size) == (True, "/etc/passwd", 0)
    assert (found["loop"].linkname, found["pipe"].isfifo()) == (".", True)
    with tarfile.open(vault.path(artifact.sha256)) as tar:
        big = tar.extractfile("big")
        assert big is not None and big.read() == b"y" * ((2 << 20) + 1)


def test_the_same_tree_gives_the_same_bytes(vault: Vault, folder: Path, tmp_path: Path) -> None:
    first = take_in(folder, vault)
    other = tmp_path / "copy" / "app"
    shutil.copytree(folder, other, symlinks=True, ignore=lambda *_: ["pipe"])
    os.mkfifo(other / "pipe")
    for path in other.rglob("*"):
        os.utime(path, (5, 5), follow_symlinks=False)
    assert take_in(other, vault).sha256 == first.sha256
    (other / "a-b").chmod(0o755)
    assert take_in(other, vault).sha256 != first.sha256


def test_a_socket_is_recorded_without_being_opened(vault: Vault, tmp_path: Path) -> None:
    root = Path(tempfile.mkdtemp(prefix="assay-"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "s"))
        found = members(vault, take_in(root, vault).sha256)
    shutil.rmtree(root)
    assert [(m.name, m.type, m.size) for m in found] == [("s", tarfile.FIFOTYPE, 0)]


@pytest.mark.needs("root")
def test_a_device_is_recorded_without_being_opened(vault: Vault, tmp_path: Path) -> None:
    root = tmp_path / "dev"
    root.mkdir()
    try:
        os.mknod(root / "zero", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container forbids device nodes")
    assert [(m.name, m.ischr(), m.size) for m in members(vault, take_in(root, vault).sha256)] == [("zero", True, 0)]


def test_an_empty_folder_and_one_without_a_name(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    artifact = take_in(Path(), vault)
    assert artifact.name == "empty.tar"
    assert members(vault, artifact.sha256) == []


def test_a_file_that_cannot_be_read_is_named(vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str | bytes | Path, flags: int, *rest: int) -> int:
        if path == os.fsencode(folder / "a" / "run.sh"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(folder_tar.os, "open", refuse)
    with pytest.raises(IntakeError, match=r"a/run\.sh: cannot be read: change its rights"):
        take_in(folder, vault)
    assert kept(vault) == []


@pytest.mark.parametrize(
    "change", ["grow", "shrink", "touch", "vanish", "link", "new", "new in root", "vanished folder"]
)
def test_a_folder_that_changes_while_it_is_read_is_refused(vault: Vault, folder: Path, change: str) -> None:
    (folder / "z").mkdir()
    (folder / "z" / "last").write_bytes(b"12345")
    last = folder / "z" / "last"

    def disturb(done: int, total: int) -> None:
        if last.parent.exists() and not last.is_symlink():
            match change:
                case "grow":
                    last.write_bytes(b"123456")
                case "shrink":
                    last.write_bytes(b"1234")
                case "touch":
                    os.utime(last, (5, 5))
                case "vanish":
                    last.unlink(missing_ok=True)
                case "link":
                    last.unlink()
                    last.symlink_to("/etc/passwd")
                case "new":
                    (folder / "a" / "new").write_text("")
                case "new in root":
                    (folder / "new").write_text("")
                case _:
                    shutil.rmtree(last.parent)

    with pytest.raises(IntakeError, match=r"changed while|was gone"):
        take_in(folder, vault, progress=disturb)
    assert kept(vault) == []


def test_cancel_ends_a_folder_and_keeps_nothing(vault: Vault, folder: Path) -> None:
    class Token:
        cancelled = False

    token = Token()

    def cancel(done: int, total: int) -> None:
        token.cancelled = True

    with pytest.raises(Cancelled):
        take_in(folder, vault, progress=cancel, cancel=token)
    with pytest.raises(Cancelled):
        take_in(folder, vault, cancel=token)
    assert kept(vault) == []


def test_a_folder_of_too_many_entries_is_refused(vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_tar, "MAX_ENTRIES", 5)
    with pytest.raises(IntakeError, match="more than 5 entries"):
        take_in(folder, vault)


file_names = st.binary(min_size=1, max_size=240).filter(lambda n: not {0, 47} & set(n) and n not in (b".", b".."))


@given(
    tree=st.dictionaries(st.lists(file_names, min_size=1, max_size=3).map(tuple), st.binary(max_size=1100), max_size=4),
    link=st.binary(min_size=1, max_size=300).filter(lambda n: 0 not in n),
)
def test_any_name_and_link_survive_as_bytes(tree: dict[tuple[bytes, ...], bytes], link: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="assay-") as temporary:
        root = Path(temporary) / "root"
        root.mkdir()
        expected: dict[bytes, bytes] = {}
        for parts, content in tree.items():
            place = os.fsencode(root)
            try:
                os.makedirs(b"/".join((place, *parts[:-1])), exist_ok=True)
                with open(b"/".join((place, *parts)), "xb") as stream:
                    stream.write(content)
            except OSError:
                continue  # the path is taken by another of the tree
            expected[b"/".join(parts)] = content
        os.symlink(link, os.path.join(os.fsencode(root), b"the link"))
        tar = folder_tar.FolderTar(root)
        stream = b"".join(tar)
        assert len(stream) == tar.size
        with tarfile.open(fileobj=io.BytesIO(stream), encoding="utf-8", errors="surrogateescape") as opened:
            found = {os.fsencode(m.name): m for m in opened.getmembers()}
            files = {n: opened.extractfile(m).read() for n, m in found.items() if m.isfile()}  # type: ignore[union-attr]
        assert files == expected
        assert os.fsencode(found[b"the link"].linkname) == link
        assert [e.path for e in tar.entries] == sorted(found)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Überraschung 日本 v1.0 (2).zip", "Überraschung 日本 v1.0 (2).zip"),
        ("a\u202egnp.exe\n", r"a\u202egnp.exe\n"),
        ("\udcff\x1b[31m", r"\xff\x1b[31m"),
    ],
)
def test_a_name_is_shown_without_anything_that_deceives(vault: Vault, tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert take_in(tmp_path / name, vault).name == shown
    (tmp_path / name).unlink()
    with pytest.raises(IntakeError) as raised:
        take_in(tmp_path / name, vault)
    assert shown in str(raised.value) and "\n" not in str(raised.value)
