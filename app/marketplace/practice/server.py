"""The practice marketplace as one object: records, API, faults and the server on loopback."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from app.marketplace.practice.api import BASE, PracticeApi
from app.marketplace.practice.errors import PracticeFault
from app.marketplace.practice.faults import Faults, FaultSettings, read_faults
from app.marketplace.practice.moves import Records
from app.marketplace.practice.seed import seed_records
from app.marketplace.practice.serving import LoopbackServer
from app.marketplace.practice.tls import make_tls

CA_BUNDLE = "ca.pem"
PACKAGES = "packages"


class PracticeServer:
    """Serves the practice marketplace of a folder, which is filled at the first start.

    `packages` is a folder made by `make practice`; without one they are built into the folder. `secret` is random
    unless given, and lives in memory only. `versions` adds so many pending ones. Raises PracticeFault.
    """

    def __init__(
        self,
        folder: Path,
        *,
        packages: Path | None = None,
        port: int = 0,
        secret: str | None = None,
        faults: FaultSettings | str | None = None,
        seed: int = 0,
        tls: bool = False,
        versions: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._clock = clock
        settings = read_faults(faults) if isinstance(faults, str) else faults
        self.records = Records(folder, self.clock)
        try:
            self.api = PracticeApi(self.records, secret or secrets.token_urlsafe(24), self.clock)
            self.faults = Faults(self.api, settings, seed)
            seed_records(self.records, packages, folder / PACKAGES, versions)
            made = make_tls(folder / CA_BUNDLE) if tls else None
        except OSError as error:
            self.records.close()
            raise PracticeFault(f"{error.filename or folder}: {error.strerror}: name another folder") from error
        except BaseException:
            self.records.close()
            raise
        self.ca_bundle = folder / CA_BUNDLE if made else None
        self.pin = made.pin if made else ""
        self._server = LoopbackServer(self.faults, port, made.context if made else None, self.clock)

    def clock(self) -> float:
        """The server's time in seconds, with the skew of its faults."""
        skew = self.faults.settings.clock_skew if hasattr(self, "faults") else 0.0
        return self._clock() + skew

    @property
    def address(self) -> str:
        """The base of the API."""
        return f"{self._server.base}{BASE}"

    @property
    def port(self) -> int:
        """0 before a free one was taken."""
        return self._server.port

    @property
    def marketplace_id(self) -> str:
        """The user's name of Basic authentication."""
        return str(self.records.market["id"])

    @property
    def secret(self) -> str:
        """The password of Basic authentication."""
        return self.api.secret

    @secret.setter
    def secret(self, secret: str) -> None:
        self.api.secret = secret

    def expire_secret(self) -> str:
        """The old secret is refused from now on; returns the new one."""
        self.api.secret = secrets.token_urlsafe(24)
        return self.api.secret

    def start(self) -> PracticeServer:
        """Serve in a daemon thread; raises PracticeFault where the port is taken."""
        self.faults.open()
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving at once; the same object can be started again, on the same port."""
        self.faults.close()
        self._server.stop()

    def close(self) -> None:
        """Stop, and close the records."""
        self.stop()
        self.records.close()

    def __enter__(self) -> PracticeServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
