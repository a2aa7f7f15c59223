"""The published contract of the marketplace, held against an exchange: what was asked, and what was answered.

`tests/data/openchannel/faults.toml` is the one list of what the contract gets wrong. Everything else in it holds.
Used as `from tests.app.marketplace.contract import check_exchange`.
"""

from __future__ import annotations

import copy
import functools
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.request.exceptions import SecurityValidationError
from werkzeug.datastructures import ImmutableMultiDict

DATA = Path(__file__).resolve().parents[2] / "data" / "openchannel"
BASE = "https://market.openchannel.io/v2"
METHODS = ("get", "post", "patch", "delete", "put")


def read_contract() -> dict[str, Any]:
    """As published (without its prose)."""
    return json.loads((DATA / "openchannel-market.contract.json").read_text(encoding="utf-8"))


@functools.cache
def _read_list() -> dict[str, Any]:
    return tomllib.loads((DATA / "faults.toml").read_text(encoding="utf-8"))


def read_faults() -> tuple[dict[str, str], ...]:
    """What the contract gets wrong."""
    return tuple(_read_list()["fault"])


def read_surprises() -> tuple[dict[str, str], ...]:
    """What the client says of the contract's own examples."""
    return tuple(_read_list()["surprise"])


def _is_entry(key: str) -> bool:
    """Whether a key is a path, a method or a status: what `*` stands for."""
    return key in (*METHODS, "default") or key[:1] == "/" or key[:1].isdecimal()


def _places(node: Any, keys: list[str]) -> Iterator[tuple[Any, str]]:
    """The objects and keys that a pointer leads to; only its last key may not be there yet."""
    first, *rest = keys
    found = [key for key in node if _is_entry(key)] if first == "*" else [first]
    for key in found:
        if not rest:
            yield node, key
        elif key in node:
            yield from _places(node[key], rest)


def _schemas(node: Any, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == kind:
            yield node
        for child in node.values():
            yield from _schemas(child, kind)
    elif isinstance(node, list):
        for child in node:
            yield from _schemas(child, kind)


def _mend_one(contract: dict[str, Any], fault: dict[str, str]) -> None:
    if "every" in fault:
        for schema in _schemas(contract, fault["every"]):
            schema.update(json.loads(fault["set"]))
        return
    way = [key.replace("~1", "/").replace("~0", "~") for key in fault["at"].split("/")[1:]]
    for parent, key in list(_places(contract, way)):
        if "add" in fault:
            parent[key] = [*parent[key], *json.loads(fault["add"])]
        elif "rename" in fault:
            for old, new in json.loads(fault["rename"]).items():
                if old in parent.get(key, {}):
                    parent[key][new] = parent[key].pop(old)
        else:
            parent[key] = json.loads(fault["set"])


def mend(contract: dict[str, Any], *, without: str = "", only: str = "") -> dict[str, Any]:
    """A copy with every fault mended; with `only` those of that id, else all but those called `without`."""
    contract = copy.deepcopy(contract)
    for fault in read_faults():
        if fault["id"] == only if only else fault["id"] != without:
            _mend_one(contract, fault)
    for schema in contract["components"]["schemas"].values():
        if "properties" in schema:  # openapi-core would let a list pass as one
            schema.setdefault("type", "object")
    return contract


@functools.cache
def load_contract(without: str = "") -> OpenAPI:
    config = Config(spec_validator_cls=None) if without else None  # it takes a second, and the whole one is checked
    return OpenAPI.from_dict(mend(read_contract(), without=without), config=config)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): value for name, value in headers.items()}


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> MockRequest:
    parts = urlsplit(url)
    path = parts.path.removeprefix("/v2")
    kept = _lower(headers)
    kind = kept.get("content-type", "").partition(";")[0].strip() or "application/json"
    request = MockRequest(BASE, method, "/v2" + path, headers=kept, data=body or None, content_type=kind)
    # a field that comes twice must be seen twice
    request.parameters.query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
    return request


def _undeclared(contract: OpenAPI, request: MockRequest) -> list[str]:
    """Query parameters that the operation does not name: openapi-core lets them pass."""
    from openapi_core.templating.paths.finders import APICallPathFinder

    found = APICallPathFinder(contract.spec).find(request.method, request.host_url + request.path.removeprefix("/v2"))
    known = {parameter["name"] for parameter in found.operation.read_value().get("parameters", ())}
    return sorted(set(request.parameters.query) - known)


def check_request(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, anonymous: bool = False, without: str = ""
) -> None:
    """Raises AssertionError for a request that the contract does not know. `anonymous`: no Basic auth, on purpose."""
    contract = load_contract(without)
    request = _request(method, url, headers, body)
    where = f"{method} {urlsplit(url).path}"
    try:
        strange = _undeclared(contract, request)
        contract.validate_request(request)
    except SecurityValidationError as error:
        if not anonymous:
            raise AssertionError(f"{where}: the request breaks the contract: {_tell(error)}") from error
    except OpenAPIError as error:
        raise AssertionError(f"{where}: the request breaks the contract: {_tell(error)}") from error
    assert not strange, f"{where}: the contract knows no parameter {', '.join(strange)}"


def check_response(
    method: str, url: str, status: int, headers: Mapping[str, str], body: bytes, *, without: str = ""
) -> None:
    """Raises AssertionError for an answer that the contract does not allow to this request."""
    contract = load_contract(without)
    kept = _lower(headers)
    kind = kept.get("content-type", "").partition(";")[0].strip() or "application/json"
    response = MockResponse(body, status, headers=kept, content_type=kind)
    try:
        contract.validate_response(_request(method, url, {}, b""), response)
    except OpenAPIError as error:
        where = f"{method} {urlsplit(url).path} -> {status}"
        raise AssertionError(f"{where}: the answer breaks the contract: {_tell(error)}; {body[:300]!r}") from error
    if 400 <= status < 500:  # a listed error declares no body, so nothing would be held against it
        _check_problem(f"{method} {urlsplit(url).path} -> {status}", body)


def _check_problem(where: str, body: bytes) -> None:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise AssertionError(f"{where}: an error whose body is no JSON: {body[:300]!r}") from error
    shapes = isinstance(data, dict) and (
        isinstance(data.get("validation-errors"), list)
        or isinstance(data.get("errors"), list)
        or (isinstance(data.get("status"), int) and isinstance(data.get("message"), str))
    )
    assert shapes, f"{where}: an error in neither of the two shapes: {body[:300]!r}"


def _tell(error: BaseException) -> str:
    """Every word of an error, causes and single faults included."""
    words = [str(error)]
    for fault in getattr(error, "schema_errors", ()) or ():
        words.append(f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}")
    if error.__cause__ is not None:
        words.append(_tell(error.__cause__))
    return "; ".join(filter(None, words))


def check_exchange(
    method: str,
    url: str,
    request_headers: Mapping[str, str],
    request_body: bytes,
    status: int,
    response_headers: Mapping[str, str],
    response_body: bytes,
) -> None:
    """Raises AssertionError unless request and response are as the contract says.

    A request that was refused (4xx) may have been wrong on purpose: then only its answer is held against it.
    """
    if not 400 <= status < 500:
        check_request(method, url, request_headers, request_body)
    check_response(method, url, status, response_headers, response_body)
