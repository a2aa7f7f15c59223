"""Where the secret of a marketplace is kept: the desktop's key store, else a file that only its owner can read.

Only the platforms' own key stores count; whatever else is installed as a backend of `keyring` may keep secrets in plain
text. A key store that does not answer is given up after a while. ASSAY_KEYRING=off leaves it alone (servers, tests).
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from app.marketplace.account import Account
from app.marketplace.errors import NotConnected

SERVICE = "assay-marketplace"
FILE = "marketplace-secret"
# Long enough for a person to unlock the key store when it asks.
TIMEOUT = 20.0
_STORES = {
    "keyring.backends.SecretService": "the desktop's key store (Secret Service)",
    "keyring.backends.libsecret": "the desktop's key store (libsecret)",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "the Keychain",
    "keyring.backends.Windows": "the Windows Credential Manager",
}
_MAX_FILE = 64 * 1024

T = TypeVar("T")


class _Silent(Exception):
    """The key store did not answer, or could not do it."""


class SecretStore:
    """Secrets by marketplace. `keyring` is a backend to use instead of the one that is found."""

    def __init__(self, folder: Path, *, keyring: Any = None, timeout: float = TIMEOUT) -> None:
        self._path = folder / FILE
        self._keyring, self._timeout = keyring, timeout

    def __repr__(self) -> str:
        return f"<SecretStore {self._path}>"

    def read(self, account: Account) -> str:
        """The secret, empty where none is kept; raises NotConnected for a file that others can read."""
        # the file first: it has an entry only while the last secret could not go into the key store
        kept = self._read_file().get(account.market)
        return kept if kept is not None else self._read_keyring(account.market)

    def write(self, account: Account, secret: str) -> str:
        """Keep it, and say in a sentence where."""
        if not secret or len(secret) > 4_096 or not secret.isprintable():
            raise NotConnected("the secret is empty, too long or has unprintable characters: copy it again")
        try:
            name = self._ask(lambda ring: self._put(ring, account.market, secret))
        except _Silent as problem:
            self._write_file({**self._read_file(lenient=True), account.market: secret})
            return f"{problem}, so the secret is kept in {self._path}, which only you can read (mode 0600)."
        self._drop_entry(account.market)
        return f"The secret is kept in {name}."

    def forget(self, account: Account) -> None:
        """Keep it no longer, wherever it is."""
        with suppress(_Silent):
            self._ask(lambda ring: ring.delete_password(SERVICE, account.market))
        self._drop_entry(account.market)

    def place(self, account: Account) -> str:
        """Where its secret is kept, for people; empty where none is."""
        if account.market in self._read_file():
            return f"{self._path} (mode 0600)"
        if not self._read_keyring(account.market):
            return ""
        return self._ask(_name_of)

    # the key store

    def _read_keyring(self, market: str) -> str:
        try:
            found = self._ask(lambda ring: ring.get_password(SERVICE, market))
        except _Silent:
            return ""
        return found if isinstance(found, str) else ""

    def _put(self, ring: Any, market: str, secret: str) -> str:
        ring.set_password(SERVICE, market, secret)
        if ring.get_password(SERVICE, market) != secret:
            raise _Silent("the key store did not keep it")
        return _name_of(ring)

    def _ask(self, work: Callable[[Any], T]) -> T:
        """Do it in a thread of its own: a Secret Service may wait for ever. Raises _Silent."""
        if os.environ.get("ASSAY_KEYRING", "").casefold() == "off":
            raise _Silent("The key store is switched off (ASSAY_KEYRING)")
        results: list[T] = []

        def run() -> None:
            with suppress(Exception):  # backends raise whatever their platform does; none of it may be shown
                ring = self._keyring or find_keyring()
                if ring is not None:
                    results.append(work(ring))

        thread = threading.Thread(target=run, daemon=True, name="key store")
        thread.start()
        thread.join(self._timeout)
        if not results:
            raise _Silent("This desktop has no key store that answers" if not thread.is_alive() else _HUNG)
        return results[0]

    # the file

    def _read_file(self, *, lenient: bool = False) -> dict[str, str]:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise NotConnected(f"{self._path}: cannot be read ({error.strerror}): mend or remove it") from error
        with os.fdopen(descriptor, "rb") as stream:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise NotConnected(f"{self._path}: is no file: remove it and give the secret again")
            if (state.st_mode & 0o077 or state.st_uid != os.geteuid()) and not lenient:
                raise NotConnected(
                    f"{self._path}: others can read the secret of the marketplace: make it yours and run "
                    f"`chmod 600 {self._path}`; a new secret is safer"
                )
            data = stream.read(_MAX_FILE)
        try:
            kept = json.loads(data)
        except ValueError:
            kept = None
        if isinstance(kept, dict) and all(isinstance(value, str) for value in kept.values()):
            return kept
        if lenient:
            return {}
        raise NotConnected(f"{self._path}: is damaged: remove it and give the secret again")

    def _write_file(self, kept: dict[str, str]) -> None:
        folder = self._path.parent
        new = self._path.with_name(f"{FILE}.{secrets.token_hex(6)}")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    os.fchmod(descriptor, 0o600)
                    stream.write(json.dumps(kept, indent=1).encode())
                    stream.flush()
                    os.fsync(descriptor)
                new.replace(self._path)
            finally:
                new.unlink(missing_ok=True)
        except OSError as error:
            raise NotConnected(f"{self._path}: cannot be written ({error.strerror}): nothing was kept") from error

    def _drop_entry(self, market: str) -> None:
        kept = self._read_file(lenient=True)
        if kept.pop(market, None) is None:
            return
        if kept:
            self._write_file(kept)
        else:
            self._path.unlink(missing_ok=True)


_HUNG = "The desktop's key store did not answer in time"


def find_keyring() -> Any:
    """The platform's key store that is in use, None where there is none of those that are known."""
    import keyring  # takes a tenth of a second, and looks around on the desktop

    ring = keyring.get_keyring()
    candidates = getattr(ring, "backends", [ring]) if type(ring).__module__ == "keyring.backends.chainer" else [ring]
    return next((one for one in candidates if _is_known(one)), None)


def _is_known(ring: Any) -> bool:
    return any(type(ring).__module__ == name or type(ring).__module__.startswith(f"{name}.") for name in _STORES)


def _name_of(ring: Any) -> str:
    module = type(ring).__module__
    return next((words for name, words in _STORES.items() if module.startswith(name)), "the key store")
