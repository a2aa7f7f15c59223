"""What the practice marketplace answers when something is wrong; each becomes one of the API's two shapes of errors."""

from __future__ import annotations

from app.errors import DeskError


class PracticeFault(DeskError):
    """The practice marketplace cannot be served: folder, port or settings; one line that says what to do."""


class ApiError(Exception):
    """An answer with an error: `code` is the HTTP status, `field` the parameter it is about."""

    code = 400

    def __init__(self, message: str, *, field: str = "", word: str = "invalid") -> None:
        super().__init__(message)
        self.message, self.field, self.word = message, field, word


class Invalid(ApiError):
    """400: a parameter is missing or is not what it should be."""


class Unknown(ApiError):
    """404: there is no such thing."""

    code = 404


class NotAllowed(ApiError):
    """412: not valid from the present status."""

    code = 412
