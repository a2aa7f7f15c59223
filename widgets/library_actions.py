"""What the reviewer brings along for all reviews: suppressions, advisories, known packages and own rules, in Tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.cancel import Cancelled, CancelToken
from widgets.context import MessageAction
from widgets.dialogs import TextSheet
from widgets.session import Session
from widgets.task_strip import TaskStrip

if TYPE_CHECKING:
    from app.desk import Desk
    from app.libraries import Told
    from widgets.main_window import MainWindow

Mode = QFileDialog.FileMode
ANY = "Any file (*)"
SUPPRESSIONS = ("Suppressions (*.toml *.json)", ANY)
EXPORTS = ("OSV exports (*.zip *.json)", ANY)
LISTS = ("Lists of packages (*.csv *.jsonl *.json)", ANY)


class LibraryActions:
    """Registers the operations; each ends with one line in the message bar, and a button for what to do next."""

    def __init__(self, window: MainWindow, session: Session, strip: TaskStrip) -> None:
        self._window, self._session, self._context, self.strip = window, session, session.context, strip
        self._token: CancelToken | None = None
        add = self._context.actions.add
        add("import-suppressions", "&Import suppressions…",
            lambda: self._ask("Import suppressions", Mode.ExistingFile, SUPPRESSIONS, self.import_suppressions),
            group="Tools", icon="open", section="suppressions",
            tip="Let what your team called false or accepted count here")  # fmt: skip
        add("export-suppressions", "E&xport suppressions…", self._ask_export, group="Tools", icon="export",
            section="suppressions", tip="Write what was called false or accepted into a file for others")  # fmt: skip
        add("import-advisories", "Import &advisories…",
            lambda: self._ask("Import advisories", Mode.ExistingFiles, EXPORTS, self.import_advisories),
            group="Tools", icon="shield-alert", section="libraries", enabled_when=lambda: self._token is None,
            tip="Read OSV exports, so that components are matched with known vulnerabilities")  # fmt: skip
        add("import-list", "Import a &list of known packages…",
            lambda: self._ask("Import a list of known packages", Mode.ExistingFile, LISTS, self.import_list),
            group="Tools", icon="list", section="libraries",
            tip="Packages known as bad or good, that every submission is compared with")  # fmt: skip
        add("add-rules", "Add &rules…",
            lambda: self._ask("Add the rules in a folder", Mode.Directory, (), self.add_rules),
            group="Tools", icon="shield", section="libraries",
            tip="Use YARA and code rules of your own from now on")  # fmt: skip

    def cancel(self) -> None:
        """Stop what is at work; nothing is changed then."""
        self.strip.cancel()

    # asking for files

    def _ask(self, title: str, mode: Mode, filters: Sequence[str], on_files: Callable[[list[Path]], object]) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(mode)
        if filters:
            dialog.setNameFilters(list(filters))
        dialog.filesSelected.connect(lambda names: on_files([Path(n) for n in names]))
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    def _ask_export(self) -> None:
        dialog = QFileDialog(self._window, "Export suppressions")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["TOML (*.toml)", "JSON (*.json)"])
        dialog.selectFile("suppressions.toml")
        dialog.fileSelected.connect(lambda name: self.export_suppressions(Path(name)))
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    # suppressions

    def import_suppressions(self, files: Sequence[Path]) -> None:
        """Let what a file says of findings count here; the open review is read anew."""

        def done(told: Told) -> None:
            self._session.reload()
            self._tell("Suppressions", told)

        self._do("import_suppressions", files[0], done)

    def export_suppressions(self, target: Path) -> None:
        """Write what was said here of findings."""

        def done(told: Told) -> None:
            show = MessageAction("Open the folder", lambda: self._window.shell.open_place(target.parent))
            self._context.show_message(f"Written: {told.line}", "good", show)

        self._do("export_suppressions", target, done)

    # what every submission is compared with

    def import_list(self, files: Sequence[Path]) -> None:
        """Keep a list of packages known as bad or good."""
        self._do("import_list", files[0], lambda told: self._tell("Known packages", told, rerun=True))

    def add_rules(self, folders: Sequence[Path], *, replace: bool = False) -> None:
        """Use the rules in a folder; those that do not work are shown by file and line."""
        folder = folders[0]

        def work(desk: Desk) -> Told:
            from app import libraries

            return libraries.add_rules(desk, folder, replace=replace)

        def done(told: Told) -> None:
            self._tell("Rules", told, rerun=True)

        def failed(error: Exception) -> None:
            from app.rules import RulesError, SetExists

            if isinstance(error, SetExists):
                again = MessageAction("Replace them", lambda: self.add_rules(folders, replace=True))
                text = f"There are rules of your own that are called {error.name} already; they are as they were."
                self._context.show_message(text, "warning", again)
            elif isinstance(error, RulesError) and error.problems:
                show = self._show_notes("Rules that do not work", [str(p) for p in error.problems])
                self._context.show_message(str(error), "error", show)
            else:
                self._context.tell_error(error)

        self._context.submit(work, done, failed, anywhere=True, write=True)

    # advisories

    def import_advisories(self, files: Sequence[Path]) -> None:
        """Read exports on a thread of their own; the strip shows how far it is, and stops it."""
        if self._token is not None:
            return
        cancel = self._token = CancelToken()
        reading = ""

        def show(done: int, total: int) -> None:
            if self._token is cancel:
                share = f"{100 * done // total} %, " if total else f"{done:,} read, " if done else ""
                self.strip.show_progress(done, total, f"{share}{reading}".strip(", "))

        pass_on = self._context.bridge.make_progress(show)

        def progress(name: str, done: int, total: int) -> None:
            nonlocal reading
            reading = name
            pass_on(done, total)

        def work(desk: Desk) -> Told:
            from app import libraries

            return libraries.import_advisories(desk, files, on_progress=progress, cancel=cancel)

        def done(told: Told) -> None:
            self._end_task()
            self._tell("Advisories", told, rerun=True)

        def failed(error: Exception) -> None:
            self._end_task()
            if isinstance(error, Cancelled):
                self._context.show_message("The import was cancelled; the advisories are as they were.", "info")
            else:
                self._context.tell_error(error)

        self.strip.begin("Importing advisories", cancel.cancel)
        self._context.actions.refresh()
        self._context.bridge.run_thread(work, done, failed, "import-advisories")

    def _end_task(self) -> None:
        self._token = None
        self.strip.end()
        self._context.actions.refresh()

    # telling

    def _do(self, name: str, file: Path, done: Callable[[Told], object]) -> None:
        def work(desk: Desk) -> Told:
            from app import libraries

            told: Told = getattr(libraries, name)(desk, file)
            return told

        self._context.submit(work, done, anywhere=True, write=True)

    def _show_notes(self, title: str, lines: Sequence[str]) -> MessageAction:
        sheet = lambda: TextSheet(self._context.theme, title, "\n".join(lines), self._window).open()  # noqa: E731
        return MessageAction("Show them", sheet)

    def _tell(self, title: str, told: Told, *, rerun: bool = False) -> None:
        """One line; the button shows what could not be used, or else runs the open review again with what is new."""
        line = told.line.removesuffix(".")
        if told.bad:
            show = self._show_notes(f"{title}: what was left out", told.notes)
            self._context.show_message(f"{line}. What cannot be used was left out.", "warning", show)
            return
        again = None
        if rerun and self._context.run is not None and not self._context.running:
            again = MessageAction("Run again", lambda: self._context.actions.trigger("run"))
        self._context.show_message(f"{line}.", "good", again)
