"""The marketplace in the settings: which one, how it is reached, and its secret, which goes to the keyring only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.errors import DeskError
from app.settings import BOUNDS, MarketSettings
from widgets.parts import Button, Field, PlainLabel
from widgets.theme import GAP, HALF, UNIT, Theme
from widgets.words import tip

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.context import PaneContext

CHANGES = (("rejected", "Rejected, marked as changes requested"), ("inReview", "Stays in review"))
WIDTH = 360
MOST_SHOWN = 44  # characters of a place that fit into the field
KEPT_NOTHING = "Given by the marketplace; kept in the keyring"


class MarketForm(QWidget):
    """A section of the settings. `saved` tells that Connect has written its part of them already."""

    saved = Signal(object, bool)  # MarketSettings, and whether the marketplace took the secret

    def __init__(self, context: PaneContext, theme: Theme, settings: MarketSettings) -> None:
        super().__init__()
        self._context, self._theme, self._settings = context, theme, settings
        self._over = self._busy = False
        self.address = Field(theme, "https://market.example/v2", maxLength=500)
        self.address.setText(settings.address)
        self.id = Field(theme, "The marketplace's id", maxLength=200)
        self.id.setText(settings.id)
        self.secret = Field(theme, KEPT_NOTHING, maxLength=1000)
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.connect_button = Button("Connect", theme, icon="link")
        self.connect_button.clicked.connect(lambda *_: self.connect_now())
        self.disconnect_button = Button("Disconnect", theme, kind="quiet")
        self.disconnect_button.setToolTip("Forget the secret on this computer; what waits to be sent stays")
        self.disconnect_button.clicked.connect(lambda *_: self.disconnect_now())
        self.disconnect_button.hide()
        self.said = PlainLabel("", theme, "muted", wrap=True)
        self.said.setAccessibleName("Result of connecting")
        self.said.setMinimumWidth(WIDTH)
        self.said.hide()
        low, high = BOUNDS["poll_minutes"]
        self.poll = QSpinBox(minimum=low, maximum=high, suffix=" min", specialValueText="only when asked")
        self.poll.setValue(settings.poll_minutes)
        low, high = BOUNDS["timeout"]
        self.timeout = QSpinBox(minimum=low, maximum=high, suffix=" s")
        self.timeout.setValue(settings.timeout)
        self.ca_bundle = Field(theme, "Those that come with Assay", maxLength=1000)
        self.ca_bundle.setText(settings.ca_bundle)
        self.pin = Field(theme, "SHA-256 of its certificate, in hex", maxLength=200)
        self.pin.setText(settings.pin)
        self.proxy = Field(theme, "As the environment says", maxLength=500)
        self.proxy.setText(settings.proxy)
        self.changes = QComboBox()
        for value, word in CHANGES:
            self.changes.addItem(word, value)
        self.changes.setCurrentIndex(max(0, self.changes.findData(settings.changes)))
        self.contact = Field(theme, "security@market.example", maxLength=200)
        self.contact.setText(settings.contact)
        self.problem = PlainLabel("", theme, "critical", wrap=True)
        self.problem.setAccessibleName("What is wrong with these settings")
        self.problem.setMinimumWidth(WIDTH)
        self.problem.hide()
        self._build()
        for field in (self.address, self.id, self.pin, self.ca_bundle, self.proxy):
            field.textChanged.connect(self._validate)
        self.secret.textChanged.connect(self._validate)
        self.secret.returnPressed.connect(self.connect_now)
        self._validate()
        self.find_kept()

    def _build(self) -> None:
        form = self.form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(UNIT)
        buttons = QHBoxLayout()
        buttons.setSpacing(UNIT)
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.disconnect_button)
        buttons.addStretch(1)
        result = QVBoxLayout()
        result.setSpacing(HALF)
        result.addLayout(buttons)
        result.addWidget(self.problem)
        result.addWidget(self.said)
        choose = Button("Choose…", self._theme)
        choose.setAccessibleName("Choose the file of authorities")
        choose.clicked.connect(lambda *_: self._choose_bundle())
        bundle = QHBoxLayout()
        bundle.setSpacing(UNIT)
        bundle.addWidget(self.ca_bundle, 1)
        bundle.addWidget(choose)
        holder = QWidget()
        holder.setFixedWidth(WIDTH)
        bundle.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(bundle)
        self.rows: list[tuple[str, QWidget]] = [
            ("Address", self.address),
            ("Marketplace id", self.id),
            ("Secret", self.secret),
            ("Read the queue every", self.poll),
            ("Time-out", self.timeout),
            ("Request for changes", self.changes),
            ("Contact for developers", self.contact),
            ("Authorities (PEM)", self.ca_bundle),
            ("Pinned certificate", self.pin),
            ("Proxy", self.proxy),
        ]
        for label, widget in self.rows:
            widget.setAccessibleName(label)
            if widget is self.ca_bundle:
                form.addRow(label, holder)
                continue
            widget.setFixedWidth(160 if isinstance(widget, QSpinBox) else WIDTH)
            form.addRow(label, widget)
            if widget is self.secret:
                form.addRow("", result)
        self.contact.setToolTip("Takes the place of {contact} in canned reasons")
        self.changes.setToolTip("The marketplace has no such status of its own")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _choose_bundle(self) -> None:
        dialog = QFileDialog(self, "Authorities that the marketplace's certificate is checked against")
        dialog.setNameFilters(["Certificates (*.pem *.crt *.cer)", "Any file (*)"])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.ca_bundle.setText)
        dialog.finished.connect(lambda *_: dialog.deleteLater())
        dialog.open()

    # what stands in the fields

    def read(self) -> MarketSettings:
        """The settings as they stand; the secret is none of them."""
        return replace(
            self._settings,
            address=self.address.text().strip().rstrip("/"),
            id=self.id.text().strip(),
            ca_bundle=self.ca_bundle.text().strip(),
            pin=self.pin.text().strip(),
            proxy=self.proxy.text().strip(),
            poll_minutes=self.poll.value(),
            timeout=self.timeout.value(),
            changes=self.changes.currentData(),
            contact=self.contact.text().strip(),
        )

    def problem_of(self) -> str:
        """What is wrong with the fields in one line; empty also where no marketplace is wanted."""
        from app.marketplace.account import Account

        settings = self.read()
        if not settings.address and not settings.id:
            return ""
        try:
            Account.of(settings)
        except DeskError as error:
            return str(error)
        return ""

    def _validate(self, *_: object) -> None:
        problem = self.problem_of()
        begun = bool(self.address.text().strip() or self.id.text().strip())
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if problem:
            self.said.hide()
        may = begun and not problem and bool(self.secret.text()) and not self._busy
        self.connect_button.setEnabled(may)
        self.connect_button.setToolTip(
            "Save these settings, try the secret on the marketplace, and keep it" if may or self._busy
            else "Give address, id and secret first"
        )  # fmt: skip

    # the secret

    def find_kept(self) -> None:
        """Say in the empty field whether a secret is kept, and where; it is never read out into the field."""

        def done(place: str) -> None:
            if self._over:
                return
            short = place if len(place) <= MOST_SHOWN else "in a file that only you can read"
            self.secret.setPlaceholderText(f"Kept {short}" if place else KEPT_NOTHING)
            self.secret.setToolTip(tip(f"Kept {place}. It is never shown; write a new one to replace it."
                                       if place else ""))  # fmt: skip
            self.disconnect_button.setVisible(bool(place))

        def failed(error: Exception) -> None:
            if not self._over:
                self.secret.setPlaceholderText("Not known whether one is kept")
                self._tell(self._context.bridge.explain(error), "medium")

        self._context.submit(lambda desk: desk.marketplace.kept(), done, failed, key="kept-secret", anywhere=True)

    def ask_to_connect(self) -> None:
        """A secret stands in the field that nobody tried: Save alone would lose it."""
        self._tell("Press Connect to try the secret and keep it, or empty the field.", "medium")
        self.connect_button.setFocus()

    def connect_now(self) -> None:
        """Save, try, keep; the field is emptied whatever comes of it."""
        secret, settings = self.secret.text(), self.read()
        if not secret or self._busy or self.problem_of():
            return
        # setText forgets what was typed, also for undo; clear would not
        self.secret.setText("")
        self._set_busy(True)
        self._tell("Connecting…", "muted")

        def work(desk: Desk) -> str:
            desk.apply_settings(replace(desk.settings, marketplace=settings))
            return desk.marketplace.connect(secret)

        def done(place: str) -> None:
            if self._over:
                self._context.show_message(f"Connected to {settings.id}. {place}", "good")
                return
            self._set_busy(False)
            self._settings = settings
            self.saved.emit(settings, True)
            self._tell(f"Connected. {place}", "good")
            self.find_kept()

        def failed(error: Exception) -> None:
            if self._over:
                self._context.tell_error(error)
                return
            self._set_busy(False)
            self._settings = settings
            self.saved.emit(settings, False)
            line = self._context.bridge.explain(error).rstrip(".")
            self._tell(f"{line}. The settings are saved; this secret was not kept.", "critical")

        self._context.bridge.run_thread(work, done, failed, "market-connect")

    def disconnect_now(self) -> None:
        """Forget the secret."""

        def done(_: object) -> None:
            if self._over:
                return
            self.secret.setPlaceholderText(KEPT_NOTHING)
            self.disconnect_button.hide()
            self.saved.emit(self._settings, False)
            self._tell("Disconnected: the secret was forgotten. What waits to be sent stays here.", "muted")

        def failed(error: Exception) -> None:
            if not self._over:
                self._tell(self._context.bridge.explain(error), "critical")

        self._context.submit(lambda desk: desk.marketplace.disconnect(), done, failed, anywhere=True, write=True)

    def end(self) -> None:
        """The dialog closes: nothing of the secret stays in it."""
        self._over = True
        self.secret.setText("")

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.connect_button.setText("Connecting…" if busy else "Connect")
        self.connect_button.updateGeometry()
        self._validate()

    def _tell(self, text: str, role: str) -> None:
        self.said.set_role(role)
        self.said.setText(text)
        self.said.setVisible(bool(text))
