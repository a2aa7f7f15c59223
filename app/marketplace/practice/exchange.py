"""Reading a request of the API: parameters in the query, a form or a JSON document; and errors as the API has them."""

from __future__ import annotations

import hmac
import json
from typing import Any

from werkzeug.wrappers import Request, Response

from app.marketplace.practice.documents import dump
from app.marketplace.practice.errors import ApiError, Invalid, Unknown
from app.marketplace.practice.query import is_plain

JSON = "application/json"
MOST_PARAMETERS = 1 << 20  # bytes
MOST_UPLOAD = 1 << 28
TRUE, FALSE = ("true", "1"), ("false", "0")
LARGEST = (1 << 53) - 1


class PracticeRequest(Request):
    """A request; whoever says another host than this machine is refused (a page in a browser could be led here)."""

    trusted_hosts = ["127.0.0.1", "localhost", "[::1]"]  # noqa: RUF012 - as the base class has it
    max_content_length = MOST_PARAMETERS


def answer(document: str, code: int = 200) -> Response:
    """A JSON document that nobody keeps."""
    return Response(document, code, mimetype=JSON, headers={"Cache-Control": "no-store"})


def answer_plain_error(code: int, message: str) -> Response:
    """The API's simple shape of an error."""
    return answer(dump({"status": code, "message": message}), code)


def answer_error(error: ApiError) -> Response:
    """The shape that belongs to an error: with a list where a parameter or a status is at fault."""
    if isinstance(error, Unknown):
        return answer_plain_error(error.code, error.message)
    item = {"code": error.word, "message": error.message}
    if error.field:
        item = {"field": error.field, **item}
    return answer(dump({"validation-errors" if isinstance(error, Invalid) else "errors": [item]}), error.code)


def is_authorized(request: Request, market: str, secret: str) -> bool:
    """Whether a request carries the marketplace's id and secret."""
    try:
        given = request.authorization
    except ValueError:  # bytes that are no base64
        return False
    if given is None or given.type != "basic" or not secret:
        return False
    name, word = (str(given.parameters.get(key) or "") for key in ("username", "password"))
    # both are compared, so that the time tells nothing
    right = hmac.compare_digest(name.encode("utf-8", "replace"), market.encode())
    return hmac.compare_digest(word.encode("utf-8", "replace"), secret.encode()) and right


class Parameters:
    """The parameters of a request, wherever they stand; the query wins, unknown ones do no harm."""

    def __init__(self, request: Request) -> None:
        self._values: dict[str, Any] = {}
        if request.method == "POST":
            if request.mimetype == JSON:
                self._values.update(self._read_json(request))
            else:
                self._values.update(request.form.items())
        self._values.update(request.args.items())

    def _read_json(self, request: Request) -> dict[str, Any]:
        data = request.get_data()
        if not data.strip():
            return {}
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Invalid("The body is not a JSON document")
        return document

    def text(self, name: str, default: str = "") -> str:
        """A text; raises Invalid for anything else."""
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        if not isinstance(value, str) or not is_plain(value):
            raise Invalid(f"{name} must be a text", field=name)
        return value

    def needed(self, name: str) -> str:
        """A text that has to be there."""
        value = self.text(name)
        if not value:
            raise Invalid(f"{name} is required", field=name, word="required")
        return value

    def number(self, name: str, least: int, most: int = LARGEST) -> int | None:
        """A whole number, None where there is none."""
        text = self.text(name).strip()
        if not text:
            return None
        return read_number(text, name, least, most)

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        text = self.text(name).strip().lower()
        if text not in ("", *TRUE, *FALSE):
            raise Invalid(f"{name} must be true or false", field=name)
        return text in TRUE if text else default


def read_number(text: str, name: str, least: int, most: int = LARGEST) -> int:
    """A whole number from a parameter; raises Invalid."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and least <= int(text) <= most):
        raise Invalid(f"{name} must be a whole number of at least {least}", field=name)
    return int(text)
