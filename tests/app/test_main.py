"""The entry point: what nobody foresaw is one line and no verdict."""

from __future__ import annotations

import pytest

from app import cli
from app.__main__ import BROKEN, INTERRUPTED, main


def failing(error: BaseException) -> object:
    def run(options: object) -> int:
        raise error

    return run


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError(), ValueError("two\nlines")])
def test_an_accident_never_looks_like_findings(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "run_verb", failing(error))
    assert main(["check", "x"]) == BROKEN == cli.INCOMPLETE
    said = capsys.readouterr().err
    assert said.startswith("assay: not complete") and said.count("\n") == 1
    assert type(error).__name__ in said
    monkeypatch.setenv("ASSAY_TRACEBACK", "1")
    with pytest.raises(type(error)):
        main(["check", "x"])


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "run_verb", failing(KeyboardInterrupt()))
    assert main(["check", "x"]) == INTERRUPTED
    assert capsys.readouterr().err == "assay: interrupted\n"
