"""The operations of the shell itself; panes add their own to the same registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.paths import Folders
from app.settings import MarketSettings, Settings
from widgets.archive_dialog import ArchiveDialog
from widgets.context import MessageAction
from widgets.crash import CrashRecorder
from widgets.dialogs import AboutDialog, Chooser, HistoryDialog, KeysSheet, TextSheet
from widgets.settings_dialog import SettingsDialog
from widgets.words import KINDS, label_of

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.main_window import MainWindow

FORMATS = (
    ("md", "Markdown"),
    ("html", "HTML"),
    ("pdf", "PDF"),
    ("json", "JSON"),
    ("sarif", "SARIF"),
    ("cyclonedx", "CycloneDX (the inventory)"),
)
SUFFIXES = {"sarif": "sarif.json", "cyclonedx": "cdx.json"}  # of files whose format's id is not what they end in


class ShellActions:
    """Registers them, and holds their handlers."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._session, self._context = window, window.session, window.context
        add, context = self._context.actions.add, self._context
        here = lambda: context.submission is not None  # noqa: E731 - a condition, given to many
        ran = lambda: context.run is not None  # noqa: E731
        idle = lambda: here() and not context.running  # noqa: E731
        add("open-file", "&Open a package…", self.open_file, group="File", keys="Ctrl+O", icon="open", section="open")
        add("open-folder", "Open a &folder…", self.open_folder, group="File", keys="Ctrl+Shift+O", icon="folder",
            section="open")  # fmt: skip
        add("export-notes", "Export the review &notes…", lambda: self.export("md"), group="File", keys="Ctrl+E",
            icon="export", enabled_when=ran, section="export")  # fmt: skip
        for format, word in FORMATS[1:]:
            add(f"export-{format}", f"Export as {word}…", lambda f=format: self.export(f), group="File", icon="export",
                enabled_when=ran, section="export")  # fmt: skip
        add("settings", "&Settings…", self.settings, group="File", keys="Ctrl+,", icon="settings", section="settings")
        add("market-settings", "&Marketplace settings…", lambda: self.settings("marketplace"), group="File",
            icon="link", section="settings", tip="Which marketplace, how it is reached, and its secret")  # fmt: skip
        add("quit", "&Quit", window.close, group="File", keys="Ctrl+Q", icon="cross", section="quit")

        add("run", "&Run the battery", context.run_battery, group="Review", keys=("Ctrl+R", "F5"), icon="play",
            enabled_when=idle, section="run")  # fmt: skip
        add("cancel-run", "Cancel the battery", context.cancel_run, group="Review", keys="Ctrl+.", icon="stop",
            enabled_when=lambda: context.running, section="run")  # fmt: skip
        add("set-baseline", "Choose the &baseline…", self.set_baseline, group="Review", icon="diff", enabled_when=idle,
            section="about")  # fmt: skip
        add("set-kind", "Choose the &kind…", self.set_kind, group="Review", icon="package", enabled_when=idle,
            section="about")  # fmt: skip
        add("set-profile", "Choose the &profile…", self.set_profile, group="Review", icon="list", section="about")
        add("history", "Earlier decisions and the log…", self.history, group="Review", icon="clock", enabled_when=here,
            section="about")  # fmt: skip
        add("copy-sha256", "Copy the SHA-256", window.header.copy_hash, group="Review", icon="copy", enabled_when=here,
            section="about")  # fmt: skip

        for number, (id, title, icon) in enumerate(window.TABS, 1):
            add(f"tab-{id}", f"&{title}", lambda i=id: window.show_tab(i, focus=True), group="View",
                keys=f"Ctrl+{number}", icon=icon, section="tabs")  # fmt: skip
        add("focus-queue", "Go to the queue", window.queue.view.setFocus, group="View", keys="Ctrl+U", icon="inbox",
            section="places")  # fmt: skip
        add("next-submission", "Next submission", lambda: window.queue.step(1), group="View", keys="Alt+Down",
            icon="chevron-down", section="places")  # fmt: skip
        add("previous-submission", "Previous submission", lambda: window.queue.step(-1), group="View", keys="Alt+Up",
            icon="chevron-down", section="places")  # fmt: skip
        add("theme-light", "Light", lambda: self.choose_theme("light"), group="View", icon="overview", section="theme")
        add("theme-dark", "Dark", lambda: self.choose_theme("dark"), group="View", icon="moon", section="theme")
        add("theme-system", "As the system", lambda: self.choose_theme("system"), group="View", icon="settings",
            section="theme")  # fmt: skip
        add("filter-queue", "Filter the queue", window.queue.filter.setFocus, group="View", keys="Ctrl+F",
            where=window.queue, icon="filter", menu=False)  # fmt: skip
        add("filter-checklist", "Filter the checklist", window.checklist.filter.setFocus, group="View", keys="Ctrl+F",
            where=window.checklist, icon="filter", menu=False)  # fmt: skip

        add(
            "palette",
            "&Find a command, file or finding…",
            window.palette_open,
            group="Tools",
            keys="Ctrl+K",
            icon="search",
        )
        add("search-archive", "&Search everything reviewed…", self.search_archive, group="Tools", keys="Ctrl+Shift+F",
            icon="search")  # fmt: skip
        add("data-folder", "Open the data folder", lambda: self.open_place(Folders.of_user().data), group="Tools",
            icon="folder")  # fmt: skip
        add("keys", "&Keys…", lambda: KeysSheet(context.theme, context.actions, window).open(), group="Help", keys="F1",
            icon="keys")  # fmt: skip
        add("failures", "What &failed", self.failures, group="Help", icon="log")
        add("about", "&About Assay…", self.about, group="Help", icon="info")

    def search_archive(self) -> None:
        ArchiveDialog(self._session, self._context.theme, self._window).show()

    # packages

    def open_file(self) -> None:
        self._ask(QFileDialog.FileMode.ExistingFiles, "Open packages")

    def open_folder(self) -> None:
        self._ask(QFileDialog.FileMode.Directory, "Open a folder as a package")

    def _ask(self, mode: QFileDialog.FileMode, title: str) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(lambda names: self._session.intake.take_in([Path(n) for n in names]))
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    # the open submission

    def _choose(
        self, title: str, text: str, choices: Sequence, current: Any, on_choice: Callable[[Any], object]
    ) -> None:
        Chooser(self._context.theme, title, text, choices, current, on_choice, self._window).open()

    def set_baseline(self) -> None:
        about = self._context.submission
        if about is None:
            return
        others = [r.submission for r in self._session.rows.values() if r.submission.id != about.id]
        others.sort(key=lambda s: (s.title != about.title, s.title.casefold(), s.version))
        choices: list[tuple[str, Any]] = [("No baseline", None)]
        choices += [(label_of(s), s.id) for s in others]
        text = "The approved version that this one is compared with."

        def change(baseline: int | None) -> None:
            self._session.edit_submission(about.id, lambda desk: desk.set_baseline(about.id, baseline))

        self._choose("Choose the baseline", text, choices, about.baseline, change)

    def set_kind(self) -> None:
        about = self._context.submission
        if about is None:
            return
        choices = [(word.capitalize(), kind) for kind, word in KINDS.items()]

        def change(kind: str) -> None:
            self._session.edit_submission(about.id, lambda desk: desk.set_kind(about.id, kind))

        self._choose("Choose the kind", "It decides which guidelines and checks apply.", choices, about.kind, change)

    def set_profile(self) -> None:
        def ask(profiles: tuple[str, ...]) -> None:
            choices = [(p.capitalize(), p) for p in profiles]
            self._choose("Choose the profile", "Which guidelines hold, and how strictly.", choices,
                         self._session.settings.profile, change)  # fmt: skip

        def change(profile: str) -> None:
            self.save_settings(replace(self._session.settings, profile=profile))

        self._context.submit(lambda desk: desk.profiles(), ask, key="profiles")

    def history(self) -> None:
        about = self._context.submission
        if about is None:
            return
        self._context.submit(
            lambda desk: desk.history(about.id),
            lambda rows: HistoryDialog(self._context.theme, label_of(about), rows, self._window).open(),
            key="history",
        )

    def export(self, format: str) -> None:
        """Ask where to, then write on a worker thread."""
        about = self._context.submission
        if about is None:
            return
        suffix = SUFFIXES.get(format, format)
        name = "".join(c if c.isalnum() or c in "-._" else "-" for c in label_of(about).casefold())
        dialog = QFileDialog(self._window, "Export the review")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"{name}-review.{suffix}")
        dialog.fileSelected.connect(lambda target: self.export_to(format, Path(target), about.id))
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    def export_to(self, format: str, target: Path, submission: int) -> None:
        """Write the report of the submission that the dialog was opened for."""
        self._session.save_note()

        def done(written: Path) -> None:
            show = MessageAction("Open the folder", lambda: self.open_place(written.parent))
            self._context.show_message(f"Written: {written}", "good", show)
            self._session.exported.emit(written)

        self._context.submit(lambda desk: desk.export(submission, format, target), done, anywhere=True)

    # settings and places

    def settings(self, section: str = "") -> None:
        def ask(profiles: tuple[str, ...]) -> None:
            SettingsDialog(
                self._context, self._session.settings, profiles, self.save_settings, self._window,
                on_connect=self.follow_market, section=section,
            ).open()  # fmt: skip

        self._context.submit(lambda desk: desk.profiles(), ask, key="settings", anywhere=True)

    def save_settings(self, settings: Settings) -> None:
        """Write them, and let the window follow."""

        def work(desk: Desk) -> Any:
            desk.apply_settings(settings)
            return desk.isolation()

        other = settings.profile != self._session.settings.profile

        def done(isolation: Any) -> None:
            self._session.settings, self._session.isolation = settings, isolation
            self._context.theme.choose(settings.theme)
            self._session.ready.emit(settings, isolation)
            self._session.reload_checklist()
            if other:
                self._session.follow_profile()

        self._context.submit(work, done, anywhere=True, write=True)

    def follow_market(self, settings: MarketSettings, connected: bool) -> None:
        """Its part of the settings is written already; where it took the secret, its queue is read now."""
        self._session.settings = replace(self._session.settings, marketplace=settings)
        if connected:
            self._session.market.reload()
            self._session.market.sync()

    def choose_theme(self, choice: str) -> None:
        self.save_settings(replace(self._session.settings, theme=choice))

    def open_place(self, path: Path) -> None:
        """Show a folder in the platform's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._context.show_message(f"No program here opens folders; it is {path}", "info")

    def failures(self) -> None:
        """The latest crash files, to read and copy."""
        text = CrashRecorder.read(Folders.of_user().data / "crashes")
        if text:
            TextSheet(self._context.theme, "What failed", text, self._window).open()
        else:
            self._context.show_message("Nothing failed unexpectedly.", "good")

    def about(self) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("assay-desk")
        except PackageNotFoundError:
            number = "from a checkout"
        folders = Folders.of_user()
        places = [("Data", str(folders.data)), ("Settings", str(folders.config)), ("Cache", str(folders.cache))]
        AboutDialog(self._context.theme, number, places, self._window).open()
