"""What is said of a signature: four words, who signed, and what is wrong with it."""

from __future__ import annotations

import enum
import functools
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, TypeVar

from checks import File

P = ParamSpec("P")
R = TypeVar("R")


class Malformed(ValueError):
    """A signature that cannot be read; the text says what is wrong with it."""


class Unsupported(ValueError):
    """A signature that is well formed, and made in a way that is not understood here."""


class State(enum.StrEnum):
    """Four different words: nothing was signed is not the same as nobody could look."""

    VALID = "valid"
    INVALID = "invalid"
    UNVERIFIABLE = "unverifiable"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as the certificate says. `key` is the SHA-256 of the public key (or `openpgp:` and the fingerprint).

    `ancestors` are the public keys of the issuers whose signatures were followed up from the certificate.
    """

    key: str
    subject: str = ""
    issuer: str = ""
    serial: str = ""
    certificate: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    key_type: str = ""
    key_bits: int = 0
    chain: str = ""
    self_signed: bool = False
    ancestors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The subject, or the key where there is no certificate."""
        return self.subject or f"key {self.key[:24]}"

    def describe(self) -> str:
        """All that is known, in one line."""
        parts = [self.subject, f"key {self.key}" if ":" in self.key else f"key sha256:{self.key}"]
        if self.certificate:
            parts += [f"certificate sha256:{self.certificate}", f"serial {self.serial}"]
            parts.append("self-signed" if self.self_signed else f"issuer {self.issuer}")
        if self.valid_from and self.valid_until:
            parts.append(f"valid {self.valid_from:%Y-%m-%d} to {self.valid_until:%Y-%m-%d}")
        return "; ".join(part for part in (*parts, self.key_type, self.chain) if part)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: `rule` is a row of rules/signature.toml, `detail` completes its sentence."""

    rule: str
    detail: str = ""


@dataclass(slots=True)
class Seal:
    """One signature over a file or container. `earlier` are keys that handed over to the signer's, proven."""

    scheme: str
    state: State
    file: File | None = None
    signers: list[Signer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    earlier: tuple[str, ...] = ()

    def fail(self, rule: str, detail: str) -> None:
        """It does not hold."""
        self.state = State.INVALID
        self.problems.append(Problem(rule, detail))

    def doubt(self, reason: str) -> None:
        """It cannot be verified here; an invalid one stays invalid."""
        if self.state is not State.INVALID:
            self.state = State.UNVERIFIABLE
        self.problems.append(Problem("unverifiable", reason))

    @property
    def value(self) -> str:
        """The words of the fact: the state, by whom, and what else is to be known."""
        words = [*(signer.describe() for signer in self.signers), *self.notes]
        return f"{self.state}: " + "; ".join(words or [problem.detail for problem in self.problems])


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Parsers of hostile bytes end in values, Malformed or Unsupported, whatever their libraries raise."""

    @functools.wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> R:
        try:
            return function(*args, **options)
        except (Malformed, Unsupported):
            raise
        except RecursionError:
            raise Malformed("it is nested too deeply") from None
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, struct.error) as error:
            raise Malformed(f"it cannot be read ({str(error).partition(chr(10))[0][:80]})") from None

    return call
