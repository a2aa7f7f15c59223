"""A practice marketplace of its own for each test, and a client that holds every exchange against the contract."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.marketplace.practice import PracticeServer
from tests.app.marketplace.contract import check_exchange


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """Asks the API; `strict` checks each exchange against the published contract."""

    def __init__(self, server: PracticeServer, *, strict: bool = True) -> None:
        self.server, self.strict = server, strict
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (server.marketplace_id, server.secret)
        self.session.headers["Accept"] = "*/*"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self.session.request(method, f"{self.server.address}{path}", timeout=20, **options)
        if self.strict:
            asked = answer.request
            body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
            url, headers = str(asked.url), dict(asked.headers)
            check_exchange(method, url, headers, body, answer.status_code, answer.headers, answer.content)
        return answer

    def get(self, path: str, code: int = 200, **given: Any) -> Any:
        """The document, after its status was checked; dictionaries become JSON."""
        sent = {key: json.dumps(one) if isinstance(one, dict) else one for key, one in given.items()}
        answer = self.ask("GET", path, params=sent)
        assert answer.status_code == code, answer.text
        return answer.json()

    def set_status(self, app_id: str, version: int, **form: str) -> requests.Response:
        return self.ask("POST", f"/apps/{app_id}/versions/{version}/status", data=form)

    def status(self, app_id: str, version: int) -> str:
        return str(self.get(f"/apps/{app_id}/versions/{version}")["status"]["value"])

    def files(self, app_id: str, version: int) -> list[str]:
        found = self.get(f"/apps/{app_id}/versions/{version}")["customData"]["files"]
        return [one if isinstance(one, str) else one["fileId"] for one in found]

    def sign(self, file_id: str, **given: Any) -> str:
        return str(self.get("/files/download", fileId=file_id, **given)["url"])


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it is after the first start, to be copied."""
    folder = tmp_path_factory.mktemp("marketplace")
    PracticeServer(folder, clock=Clock()).close()
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


Serve = Callable[..., PracticeServer]


@pytest.fixture
def serve(seeded: Path, tmp_path: Path, clock: Clock) -> Iterator[Serve]:
    started: list[PracticeServer] = []

    def start(**options: Any) -> PracticeServer:
        folder = tmp_path / f"market-{len(started)}"
        shutil.copytree(seeded, folder)
        server = PracticeServer(folder, **{"clock": clock, **options})
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.close()


@pytest.fixture
def server(serve: Serve) -> PracticeServer:
    return serve()


@pytest.fixture
def desk(server: PracticeServer) -> Desk:
    return Desk(server)
