"""The QApplication: its font and style, crash files, the window from its opening to its end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.paths import Folders
from widgets.collector import Collector
from widgets.context import MessageAction
from widgets.crash import CrashRecorder
from widgets.main_window import MainWindow
from widgets.program import Program

if TYPE_CHECKING:
    from app.desk import Desk


# taken in this order where the platform has no font of its own choice
FAMILIES = ("Inter", "Cantarell", "Noto Sans", "Ubuntu", "Open Sans", "DejaVu Sans")
GENERIC = {"", "sans", "sans serif", "sans-serif", "dejavu sans", "bitstream vera sans"}


def make_application(argv: Sequence[str]) -> QApplication:
    """The one QApplication, in Fusion, with a readable font."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QApplication.setApplicationName("assay")
    QApplication.setApplicationDisplayName("Assay")
    QGuiApplication.setDesktopFileName("assay")
    app = QApplication([argv[0] if argv else "assay"])
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(choose_font())
    return app


def choose_font() -> QFont:
    """The platform's font; where it only names a generic one, the first good one that is installed."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family().casefold() in GENERIC:
        installed = set(QFontDatabase.families())
        family = next((f for f in FAMILIES if f in installed), "")
        if family:
            font.setFamily(family)
    if font.pointSizeF() < 9.5:
        font.setPointSizeF(10)
    return font


def offer_crash_files(window: MainWindow, crashes: CrashRecorder) -> None:
    """Tell once of what was kept when an earlier session failed."""
    found = crashes.find_earlier()
    if not found:
        return

    def show() -> None:
        from widgets.dialogs import TextSheet

        text = crashes.read(crashes.folder)
        crashes.mark_seen(found)
        TextSheet(window.theme, "What failed last time", text, window).open()

    window.messages.say(
        "An earlier session ended unexpectedly. Your review is kept; what failed is in a file that stays here.",
        "warning",
        MessageAction("Show", show),
    )


def close_when_interrupted(window: MainWindow) -> None:
    """Ctrl+C in the terminal closes the window, as its own button does; the second one ends the program at once."""

    def close(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        QTimer.singleShot(0, window, window.close)

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # ignored: it was started in the background
        signal.signal(signal.SIGINT, close)


def run_window(
    desk_factory: Callable[[], Desk],
    *,
    open_paths: Sequence[Path] = (),
    drive: Path | None = None,
    argv: Sequence[str] = (),
) -> int:
    """Open the window and stay in it; returns the exit code.

    `open_paths` are taken in and run. With `drive` the program reviews a practice submission by itself and leaves
    pictures and notes in that folder: 0 when all of it worked.
    """
    app = make_application(argv or sys.argv)
    crashes = CrashRecorder(Folders.of_user().data / "crashes")
    crashes.install()
    # a thread that wants Python back waits this long at most (seconds): the GUI thread asks for it all the time
    sys.setswitchinterval(0.0005)
    collector = Collector(app)  # before any worker thread begins; it belongs to the application and ends with it
    program = Program(desk_factory)
    program.bridge.keep = crashes.record
    window = program.window
    # from whatever thread it comes, the message is shown by the GUI thread
    crashes.on_error = lambda short: program.bridge.tell(
        lambda: window.messages.say(
            f"Something went wrong: {short}. It was written to a file in {crashes.folder}.", "error"
        )
    )
    window.built.connect(lambda: program.session.start(open_paths))
    window.built.connect(lambda: offer_crash_files(window, crashes))
    program.bridge.warm()
    try:
        if drive is not None:
            from widgets.drive import Driver

            driver = Driver(program, drive)
            window.built.connect(lambda: QTimer.singleShot(0, driver.start))
        close_when_interrupted(window)
        window.show()
        return app.exec()
    finally:
        program.close()
        collector.close()
        crashes.remove()
