"""What is kept when the program fails, and shown at the next start; nothing of it leaves this computer.

A crash file may hold text of a submission, so it is written for the reviewer alone (mode 0600) and never sent.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)

LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
KEPT = 10  # crash files; older ones go


class CrashRecorder:
    """Installs the hooks; `on_error` is told of a failure that the window survived, on any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.on_error: Callable[[str], object] | None = None
        self._fault: IO[str] | None = None
        self._fault_path = folder / f"fault-{os.getpid()}.txt"

    def find_earlier(self) -> list[Path]:
        """Crash files of earlier sessions, newest first; empty ones are cleared away."""
        found = []
        for path in self.folder.glob("*.txt"):
            if path == self._fault_path or path.name.endswith(".seen.txt"):
                continue
            if path.stat().st_size == 0:
                if not _is_alive(path):
                    path.unlink(missing_ok=True)
                continue
            found.append(path)
        return sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)

    @staticmethod
    def read(folder: Path, most: int = 3) -> str:
        """The latest crash files as one text; empty where nothing failed."""
        found = sorted(folder.glob("*.txt"), key=lambda p: p.stat().st_mtime, reverse=True)
        texts = [(p, p.read_text(encoding="utf-8", errors="replace")[:100_000]) for p in found[: most + 1]]
        return "\n\n".join(f"{path}\n{text}" for path, text in texts[: most + 1] if text)

    def mark_seen(self, paths: list[Path]) -> None:
        """Do not offer them again; the latest few are kept."""
        for path in paths:
            path.rename(path.with_suffix(".seen.txt"))
        kept = sorted(self.folder.glob("*.seen.txt"), key=lambda p: p.stat().st_mtime, reverse=True)
        for path in kept[KEPT:]:
            path.unlink(missing_ok=True)

    def install(self) -> None:
        """From here on nothing fails unseen."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._fault = _open_private(self._fault_path)
        faulthandler.enable(self._fault)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        qInstallMessageHandler(self._on_qt)

    def remove(self) -> None:
        """Take the hooks away; the fault file of a good session is empty and goes."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        if self._fault is not None:
            faulthandler.disable()
            self._fault.close()
            self._fault_path.unlink(missing_ok=True)

    def record(self, error: BaseException) -> None:
        """Keep a failure that was caught and told already."""
        on_error, self.on_error = self.on_error, None
        self._write("".join(traceback.format_exception(error)), str(error))
        self.on_error = on_error

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._write("".join(traceback.format_exception(kind, error, trace)), f"{kind.__name__}: {error}")

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_type is SystemExit or args.exc_value is None:
            return
        text = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        self._write(f"in thread {args.thread.name if args.thread else '?'}\n{text}", str(args.exc_value))

    def _on_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(LEVELS.get(kind, logging.WARNING), "%s", text)
        if kind == QtMsgType.QtFatalMsg:
            self._write(f"Qt: {text}\n{''.join(traceback.format_stack())}", text)

    def _write(self, text: str, short: str) -> None:
        log.error("unexpected failure\n%s", text)
        at = datetime.now().astimezone()
        try:
            with _open_private(self.folder / f"crash-{at:%Y%m%d-%H%M%S-%f}.txt") as file:
                file.write(f"{at.isoformat()}\n{sys.version}\n\n{text}")
        except OSError as error:
            log.error("the crash file could not be written: %s", error)
        if self.on_error is not None:
            self.on_error(short)


def _open_private(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


def _is_alive(path: Path) -> bool:
    """Whether the session that owns a fault file still runs."""
    number = path.stem.rpartition("-")[2]
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
