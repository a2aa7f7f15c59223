"""Standard output and standard error as they may be: closed, full, or without a reader.

Whether anybody listens has no part in the verdict: the exit code stays what it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from app.errors import DeskError


def claim() -> None:
    """Fill in those that were closed, before a file that is opened takes their numbers and is written over."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the program
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def say(content: bytes) -> None:
    """Write a result to standard output; raises DeskError where it cannot be written."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence(sys.stdout.fileno())  # the reader has gone, with as much as he wanted
    except OSError as error:
        _silence(sys.stdout.fileno())
        raise DeskError(f"standard output: cannot be written ({error.strerror}): say --output FILE") from error


def say_lines(lines: Iterable[str]) -> None:
    """Write lines of text to standard output; raises DeskError where they cannot be written."""
    say("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))


def say_line(line: str) -> None:
    """Write a line of text to standard output; raises DeskError where it cannot be written."""
    say_lines((line,))


def tell(line: str) -> None:
    """Write a line to standard error, where anybody reads it."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        _silence(2)  # nobody is left to tell


def _silence(descriptor: int) -> None:
    """What is still in a buffer goes nowhere, instead of failing again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
