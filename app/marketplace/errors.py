"""What can go wrong between this desk and the marketplace; each is one line that says what to do.

None of them ever carries the secret, a signed address or a body that was not cleaned.
"""

from __future__ import annotations

from app.errors import DeskError


class MarketError(DeskError):
    """The marketplace could not be asked, or did not do what was asked."""


class NotConnected(MarketError):
    """No marketplace is set up, or its secret is missing."""


class Unreachable(MarketError):
    """No answer: no network, refused, cut, timed out, or busy (429, 5xx) until patience ended.

    `sent`: a change may have arrived all the same, so nobody knows whether it was carried out; false for what only
    reads. `busy`: it did answer, with 429 or 5xx; `wait` are the seconds that it asked for then, None where it did not.
    """

    incomplete = True

    def __init__(self, text: str, *, sent: bool = False, busy: bool = False, wait: float | None = None) -> None:
        super().__init__(text)
        self.sent, self.busy, self.wait = sent, busy, wait


class Untrusted(MarketError):
    """The other side is not who it should be: certificate, pin, plain http. Nothing was sent."""


class Denied(MarketError):
    """401 or 403: the secret is wrong or has expired."""


class NotThere(MarketError):
    """404: the version, file or developer is gone."""


class NotNow(MarketError):
    """412: not valid from the present status."""


class Refused(MarketError):
    """Another 4xx: the marketplace does not accept the request; `code` is the HTTP status."""

    def __init__(self, text: str, code: int = 400) -> None:
        super().__init__(text)
        self.code = code


class Surprise(MarketError):
    """An answer that is not what the contract says; the text names the field."""
