from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import vault as vault_module
from app.cancel import Cancelled
from app.vault import CHUNK, Vault, VaultError, explain

ROOT = Path(__file__).resolve().parents[2]


class Token:
    cancelled = False


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault(tmp_path / "vault") as opened:
        yield opened


def kept(vault: Vault) -> list[str]:
    return sorted(p.name for p in vault.root.rglob("*") if p.is_file() and p.name != "lock")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 5])
def test_an_artifact_is_kept_read_only_under_its_hash(vault: Vault, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    source = tmp_path / "some.zip"
    source.write_bytes(data)
    artifact = vault.add(source, "some.zip")
    assert (artifact.size, artifact.name) == (size, "some.zip")
    assert artifact.sha256 == hashlib.sha256(data).hexdigest()
    assert artifact.md5 == hashlib.md5(data).hexdigest()
    assert artifact.sha1 == hashlib.sha1(data).hexdigest()
    path = vault.path(artifact.sha256)
    assert path == vault.root / artifact.sha256[:2] / artifact.sha256
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o400
    assert vault.verify(artifact.sha256)
    assert kept(vault) == [artifact.sha256]


def test_a_damaged_copy_of_the_same_size_is_replaced(vault: Vault) -> None:
    artifact = vault.add(iter([b"good bytes"]), "a")
    path = vault.path(artifact.sha256)
    path.chmod(0o600)
    path.write_bytes(b"evil bytes")
    assert not vault.verify(artifact.sha256)
    assert vault.add(iter([b"good bytes"]), "a") == artifact
    assert vault.path(artifact.sha256).read_bytes() == b"good bytes"


@given(pieces=st.lists(st.binary(max_size=50)))
def test_bytes_survive_however_they_arrive(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    with Vault(tmp_path_factory.mktemp("v")) as vault:
        first = vault.add(iter(pieces), "a")
        second = vault.add(io.BytesIO(b"".join(pieces)), "b")
        assert first.sha256 == second.sha256
        assert vault.path(first.sha256).read_bytes() == b"".join(pieces)


def test_the_same_bytes_are_kept_once_and_a_damaged_copy_is_replaced(vault: Vault) -> None:
    one = vault.add(io.BytesIO(b"same"), "one")
    inode = vault.path(one.sha256).stat().st_ino
    two = vault.add(io.BytesIO(b"same"), "two")
    assert (one.sha256, two.name) == (two.sha256, "two")
    assert vault.path(one.sha256).stat().st_ino == inode
    path = vault.path(one.sha256)
    path.chmod(0o600)
    path.write_bytes(b"sam")
    assert not vault.verify(one.sha256)
    vault.add(io.BytesIO(b"same"), "three")
    assert vault.verify(one.sha256)
    assert kept(vault) == [one.sha256]


def test_progress_counts_bytes_up_to_the_total(vault: Vault, tmp_path: Path) -> None:
    source = tmp_path / "f"
    source.write_bytes(bytes(3 * CHUNK + 1))
    seen: list[tuple[int, int]] = []
    vault.add(source, "f", progress=lambda done, total: seen.append((done, total)))
    total = 3 * CHUNK + 1
    assert seen == [(CHUNK, total), (2 * CHUNK, total), (3 * CHUNK, total), (total, total)]


def test_cancel_keeps_nothing(vault: Vault) -> None:
    token = Token()

    def stream() -> Iterator[bytes]:
        yield bytes(CHUNK)
        token.cancelled = True
        yield bytes(CHUNK)

    with pytest.raises(Cancelled):
        vault.add(stream(), "f", cancel=token)
    assert kept(vault) == []


def test_memory_does_not_grow_with_the_file(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """4 GiB take the same path as these 200 MiB; nothing is written, so that the disk is not the measure."""
    monkeypatch.setattr(vault_module.os, "write", lambda handle, view: len(view))
    piece = bytes(CHUNK)
    tracemalloc.start()
    try:
        vault.add((piece[:-1] + b"x" for _ in range(200)), "big")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


def test_a_full_disk_is_one_clear_line_and_leaves_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, view: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vault_module.os, "write", full)
        with pytest.raises(VaultError, match="disk is full") as raised:
            vault.add(io.BytesIO(b"abc"), "f")
    assert "\n" not in str(raised.value)
    assert kept(vault) == []


def test_errors_name_the_file(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="nowhere"):
        vault.add(tmp_path / "nowhere", "f")
    with pytest.raises(VaultError, match="take it in again"):
        vault.path("0" * 64)
    with pytest.raises(VaultError, match="not a SHA-256"):
        vault.path("../../etc/passwd")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VaultError, match="a file is where a folder should be"):
        Vault(tmp_path / "file" / "vault")
    assert explain(OSError(errno.EIO, "Input/output error"), "x") == "x: Input/output error"


def test_several_threads_may_add_at_once(vault: Vault) -> None:
    contents = [bytes([n]) * CHUNK for n in (1, 2, 1, 2)]
    threads = [threading.Thread(target=vault.add, args=(io.BytesIO(c), "f")) for c in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(vault) == sorted(hashlib.sha256(c).hexdigest() for c in contents[:2])


CHILD = """
import sys
from pathlib import Path
from app.vault import Vault
def stream():
    yield bytes(1 << 20)
    print("busy", flush=True)
    sys.stdin.read()
Vault(Path(sys.argv[1])).add(stream(), "f")
"""


def test_leavings_of_a_killed_run_go_and_those_of_a_busy_one_stay(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"busy\n"
        with Vault(root) as vault:
            assert len(kept(vault)) == 1, "the busy one must keep its partial file"
        child.send_signal(signal.SIGKILL)
        child.wait()
    with Vault(root) as vault:
        assert kept(vault) == []
        assert len(list((root / "partial").glob("run-*"))) == 1
    assert list((root / "partial").glob("run-*")) == []


def fill(folder: Path, text: str = "x") -> None:
    for name in ("pack", "index.jsonl", "tree.json"):
        (folder / name).write_text(text)


def test_a_tree_appears_whole_or_not_at_all(vault: Vault) -> None:
    sha256 = vault.add(io.BytesIO(b"zip"), "a.zip").sha256
    folder = vault.tree_folder(sha256, "abc1")
    with vault.staging() as staging:
        assert staging.stat().st_dev == vault.root.stat().st_dev
        with pytest.raises(VaultError, match="a tree is"):
            vault.publish_tree(staging, sha256, "abc1")
        assert not folder.exists()
        fill(staging)
        assert vault.publish_tree(staging, sha256, "abc1") == folder
    assert not staging.exists()
    assert (folder / "pack").read_text() == "x"
    assert (folder / "pack").stat().st_mode & 0o777 == 0o400
    assert vault.tree_folder(sha256, "abc2") != folder
    with vault.staging() as staging:
        fill(staging, "slower")
        vault.publish_tree(staging, sha256, "abc1")
    assert (folder / "pack").read_text() == "x"
    assert not staging.exists()


def test_staging_goes_when_the_work_fails(vault: Vault) -> None:
    with pytest.raises(RuntimeError), vault.staging() as staging:
        fill(staging)
        raise RuntimeError
    assert kept(vault) == []


def test_a_tree_has_no_name_that_leads_elsewhere(vault: Vault) -> None:
    with pytest.raises(VaultError):
        vault.tree_folder("a" * 64, "../x")
