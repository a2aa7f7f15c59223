"""Where a file lies says whether anybody who uses the package runs it."""

from __future__ import annotations

import pytest

from checks.content._places import is_aside, lower_aside
from checks.runtime.model import Severity


@pytest.mark.parametrize(
    "path",
    [
        "thing-1.0/test/lib/requirements.py",
        "package/examples/chat.js",
        "data.tar.xz!/usr/share/doc/thing/examples/server.py",
        "app/src/test/java/com/example/Sign.java",
    ],
)
def test_tests_and_examples_lie_aside(path: str) -> None:
    assert is_aside(path)
    assert lower_aside(Severity.CRITICAL, path) is Severity.MEDIUM
    assert lower_aside(Severity.LOW, path) is Severity.LOW


@pytest.mark.parametrize(
    "path",
    [
        "tests/index.js",  # what the package itself is called
        "package/index.test.js",
        "package/lib/test.js",
        "app/com/test/Sign.java",
        "app/com/example/demo/Sign.java",
        "plugin/tests/shell.php",  # a server runs it wherever it lies
    ],
)
def test_what_may_run_does_not(path: str) -> None:
    assert not is_aside(path)
    assert lower_aside(Severity.HIGH, path) is Severity.HIGH
