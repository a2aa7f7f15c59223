"""Where the secret is kept: a key store that is one, else a file that only its owner can read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from app.marketplace.account import Account
from app.marketplace.errors import NotConnected
from app.marketplace.secret import FILE, SecretStore, find_keyring

ONE = Account("https://market.example/v2", "m1")
TWO = Account("https://other.example/v2", "m2")


class Ring(KeyringBackend):
    """A key store in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Broken(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"locked, and here is {password}")


class Forgetful(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Hung(Ring):
    def __init__(self, over: threading.Event) -> None:
        super().__init__()
        self.over = over

    def get_password(self, service: str, username: str) -> str | None:
        self.over.wait(20)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.over.wait(20)


@pytest.fixture(autouse=True)
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests leave the key store of the person running them alone; those here bring their own."""
    monkeypatch.delenv("ASSAY_KEYRING", raising=False)


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch, on: None) -> None:
    monkeypatch.setenv("ASSAY_KEYRING", "off")


def test_a_key_store_keeps_it_and_no_file_does(tmp_path: Path) -> None:
    store = SecretStore(tmp_path, keyring=Ring())
    assert store.read(ONE) == "" and store.place(ONE) == ""
    assert "key store" in store.write(ONE, "hidden")
    assert store.read(ONE) == "hidden" and store.read(TWO) == "" and "key store" in store.place(ONE)
    assert list(tmp_path.iterdir()) == []
    store.forget(ONE)
    assert store.read(ONE) == ""


@pytest.mark.usefixtures("off")
def test_a_file_keeps_it_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    before = os.umask(0)
    try:
        told = SecretStore(folder).write(ONE, "hidden")
    finally:
        os.umask(before)
    path = folder / FILE
    assert str(path) in told and "only you can read" in told and "hidden" not in told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    store = SecretStore(folder)
    store.write(TWO, "other")
    assert (store.read(ONE), store.read(TWO)) == ("hidden", "other")
    assert [one.name for one in folder.iterdir()] == [FILE]
    assert str(path) in store.place(ONE) and "hidden" not in repr(store)
    store.forget(ONE)
    assert (store.read(ONE), store.read(TWO)) == ("", "other")
    store.forget(TWO)
    assert not path.exists()


@pytest.mark.usefixtures("off")
def test_a_file_that_others_can_read_is_refused_until_it_is_mended(tmp_path: Path) -> None:
    store = SecretStore(tmp_path)
    store.write(ONE, "hidden")
    for mode in (0o640, 0o604, 0o620, 0o666):
        (tmp_path / FILE).chmod(mode)
        with pytest.raises(NotConnected, match=r"others can read.*chmod 600"):
            store.read(ONE)
    (tmp_path / FILE).chmod(0o600)
    assert store.read(ONE) == "hidden"
    (tmp_path / FILE).chmod(0o644)
    store.write(TWO, "other")  # giving it again mends it as well
    assert store.read(ONE) == "hidden" and stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("off")
def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    path, store = tmp_path / FILE, SecretStore(tmp_path)
    for content in (b"", b"[]", b'{"a": 1}', b"\xff", b"{" * 70_000):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(NotConnected, match="damaged"):
            store.read(ONE)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotConnected, match="cannot be read"):
        store.read(ONE)
    path.unlink()
    os.mkfifo(path, 0o600)
    with pytest.raises(NotConnected, match="is no file"):
        store.read(ONE)


@pytest.mark.parametrize("ring", [Broken(), Forgetful()])
def test_a_key_store_that_does_not_keep_it_gives_way_to_the_file(tmp_path: Path, ring: Ring) -> None:
    store = SecretStore(tmp_path, keyring=ring)
    told = store.write(ONE, "hidden")
    assert FILE in told and "hidden" not in told
    assert store.read(ONE) == "hidden"


def test_a_key_store_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    over = threading.Event()
    store = SecretStore(tmp_path, keyring=Hung(over), timeout=0.1)
    assert store.read(ONE) == ""
    assert "did not answer in time" in store.write(ONE, "hidden")
    assert store.read(ONE) == "hidden"
    over.set()


def test_the_last_secret_counts_wherever_it_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring()
    store = SecretStore(tmp_path, keyring=ring)
    store.write(ONE, "first")
    monkeypatch.setenv("ASSAY_KEYRING", "off")
    store.write(ONE, "second")
    monkeypatch.delenv("ASSAY_KEYRING")
    assert store.read(ONE) == "second"
    store.write(ONE, "third")
    assert store.read(ONE) == "third" and not (tmp_path / FILE).exists()


def test_only_key_stores_of_the_platform_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.get_keyring()
    try:
        for ring in (Ring(), fail.Keyring(), null.Keyring(), chainer.ChainerBackend()):
            keyring.set_keyring(ring)
            assert find_keyring() is None, ring
        like = type("Keyring", (Ring,), {"__module__": "keyring.backends.SecretService"})()
        keyring.set_keyring(like)
        assert find_keyring() is like
        like = type("Keyring", (Ring,), {"__module__": "keyring.backends.macOS"})()
        keyring.set_keyring(like)
        assert find_keyring() is like
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("secret", ["", "a\nb", "x" * 5000, "a\x00"])
def test_what_is_no_secret_is_not_kept(tmp_path: Path, secret: str) -> None:
    with pytest.raises(NotConnected, match="copy it again"):
        SecretStore(tmp_path, keyring=Ring()).write(ONE, secret)


def test_nothing_is_looked_up_on_the_desktop_before_it_is_needed() -> None:
    code = "import sys, app.marketplace.secret; sys.exit('keyring' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=30).returncode == 0
