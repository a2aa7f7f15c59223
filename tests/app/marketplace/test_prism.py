"""The client, unmodified, against Prism, which serves the published contract on loopback.

Twice: as published but for the media type (which Prism cannot serve as it stands), where the client has to say exactly
what `faults.toml` lists and nothing else; and with every fault mended, where everything works. Prism's examples are
used as they are; its random answers (`--dynamic`) are not, because the client refuses an answer about another version
than it asked for, and what random answers could show is held by the property tests of the documents.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.errors import DeskError
from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.documents import MarketInfo, Totals
from tests.app.marketplace.contract import mend, read_contract, read_surprises
from tests.conftest import find_prism

pytestmark = pytest.mark.needs("prism")

OPERATIONS: dict[str, Callable[[Client], Any]] = {
    "market": lambda client: client.market(),
    "versions": lambda client: list(client.versions({"status.value": {"$in": ["pending"]}}, {"submittedDate": 1})),
    "version": lambda client: client.version("string", 0),
    "set_status": lambda client: client.set_status("string", 0, "approved", "fine"),
    "developers": lambda client: client.developers(["string"]),
    "developer": lambda client: client.developer("string"),
    "files": lambda client: client.files(["string"]),
    "file": lambda client: client.file("string"),
    "signed_url": lambda client: client.signed_url("string", 90),
    "series": lambda client: client.series("day", ["downloads"], 1, 2, {"appId": "a"}),
    "total": lambda client: client.total(["downloads"], {"appId": "a"}, 1, 2),
}


class Prism:
    """One Prism, started at once, waited for at first use."""

    def __init__(self, folder: Path, name: str, contract: dict[str, Any]) -> None:
        path = folder / f"{name}.json"
        path.write_text(json.dumps(contract), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        program = find_prism()
        assert program is not None
        command = [program, "mock", "-h", "127.0.0.1", "-p", str(self.port), str(path)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "NO_COLOR": "1"}
        )
        self.ready = False

    def client(self, secret: str = "s") -> Client:
        if not self.ready:
            assert self.process.stdout is not None
            lines = []
            for line in self.process.stdout:
                lines.append(line)
                if "is listening" in line:
                    break
            else:
                raise AssertionError(f"Prism did not start: {''.join(lines)}")
            self.ready = True
        account = Account(f"http://127.0.0.1:{self.port}", "m1", timeout=10, file_fields=("files",))
        return Client(account, secret, sleep=lambda seconds: None, attempts=1)

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def prisms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Prism]]:
    folder, contract = tmp_path_factory.mktemp("prism"), read_contract()
    started = {
        "published": Prism(folder, "published", mend(contract, only="media-type")),
        "mended": Prism(folder, "mended", mend(contract)),
    }
    yield started
    for one in started.values():
        one.stop()


def test_the_published_contract_is_understood_but_for_its_faults(prisms: dict[str, Prism]) -> None:
    client = prisms["published"].client()
    said = {}
    for name, operation in OPERATIONS.items():
        try:
            operation(client)
        except DeskError as error:
            said[name] = str(error)
    listed = {one["operation"]: one["told"] for one in read_surprises()}
    assert said.keys() == listed.keys()
    for name, told in listed.items():
        assert said[name].startswith(told), name


def test_with_its_faults_mended_everything_works(prisms: dict[str, Prism]) -> None:
    client = prisms["mended"].client()
    got = {name: operation(client) for name, operation in OPERATIONS.items()}
    assert got["market"] == MarketInfo("string", "string")
    assert [one.app_id for one in got["versions"]] == ["string"] and got["version"] == got["versions"][0]
    assert got["version"].status.value == "pending" and got["set_status"] is None
    assert got["developers"] == (got["developer"],) and got["developer"].developer_id == "string"
    assert got["files"] == {"string": got["file"]} and got["file"].hashes.sha256 == "0" * 64
    assert got["signed_url"].url == "https://files.example/f1?signature=s"
    assert got["series"] == ((0, 0),) and isinstance(got["total"], Totals)


def test_prism_asks_for_basic_auth(prisms: dict[str, Prism]) -> None:
    """So that what works above was signed in."""
    prisms["mended"].client()
    answer = requests.get(f"http://127.0.0.1:{prisms['mended'].port}/markets/this", timeout=10)
    assert answer.status_code == 401
