"""The marketplace as the window and the command line use it: one object, the parts of which do the work.

Methods block and may be called from any thread. What is read comes from the last sync, so it works without a network;
what goes out is written down first, and sent by `drain`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.cancel import CancelToken
from app.marketplace.account import Account
from app.marketplace.errors import NotConnected, Untrusted
from app.marketplace.words import Developer, Drained, Fetched, MarketState, OutboxRow, Preview, QueueEntry, Refresh
from app.model import Decision

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.client import Client
    from app.marketplace.figures_words import Figures
    from app.marketplace.history import AppHistory
    from app.marketplace.secret import SecretStore


class Marketplace:
    """This desk's end of the marketplace."""

    def __init__(self, desk: Desk, secret: str | None = None) -> None:
        """`secret` is used instead of the kept one (the practice marketplace's changes with each start)."""
        self._desk = desk
        self._secret = secret
        self._client: Client | None = None

    # the connection

    @property
    def account(self) -> Account:
        """Raises NotConnected where none is set up."""
        return Account.of(self._desk.settings.marketplace)

    @property
    def market(self) -> str:
        """Its name in the database, empty without one."""
        try:
            return self.account.market
        except NotConnected:
            return ""

    def _secrets(self) -> SecretStore:
        from app.marketplace.secret import SecretStore

        return SecretStore(self._desk.folders.config)

    def client(self) -> Client:
        """The client, made with the kept secret; raises NotConnected."""
        from app.marketplace.client import Client
        from app.marketplace.pace import rest

        account = self.account
        if self._client is None or self._client.account != account:
            secret = self._secret or self._secrets().read(account)
            if not secret:
                raise NotConnected(f"{account.address}: its secret is not known here: give it in the settings")
            self._client = Client(account, secret, sleep=rest)
        return self._client

    def connect(self, secret: str) -> str:
        """Try the secret on the marketplace of the settings, then keep it; gives a sentence on where it is kept."""
        from app.marketplace.client import Client

        account = self.account
        Client(account, secret).market()
        place = self._secrets().write(account, secret)
        self._client = self._secret = None  # the one that was given for this session only was of another marketplace
        self._desk.store.record(self._desk.reviewer, "connect", market=account.market)
        self._desk.store.retry_secret(account.market)
        return place

    def kept(self) -> str:
        """Where the secret is kept, such as `in KWallet`; empty where none is. May wait for the key store."""
        try:
            account = self.account
        except (NotConnected, Untrusted):
            return ""
        if self._secret:
            return "for this session only"
        place = self._secrets().place(account)
        return f"in {place}" if place else ""

    def disconnect(self) -> None:
        """Forget the secret; what is queued stays."""
        self._secrets().forget(self.account)
        self._client = self._secret = None
        self._desk.store.record(self._desk.reviewer, "disconnect", market=self.market)

    def state(self) -> MarketState:
        """What the window says at a glance, from the record."""
        return self._desk.store.market_state(self.market)

    # the queue

    def refresh(
        self, *, on_progress: Callable[[int, int], None] | None = None, cancel: CancelToken | None = None
    ) -> Refresh:
        """Read the queue from the marketplace; raises MarketError, and the record says so too."""
        from app.marketplace.queue import refresh_queue

        return refresh_queue(self._desk.store, self.client, self.market, on_progress=on_progress, cancel=cancel)

    def queue(self, scope: str = "waiting") -> tuple[QueueEntry, ...]:
        """As of the last sync. `scope`: waiting (pending or in review), published (approved or suspended), all."""
        return self._desk.store.queue_entries(self.market, self._desk.reviewer, scope)

    def entry(self, key: int) -> QueueEntry:
        """One version; raises StoreError where there is none."""
        return self._desk.store.queue_entry(key, self._desk.reviewer)

    def entry_of(self, submission: int) -> QueueEntry | None:
        """The version that a submission of this desk is a file of, None where it came from elsewhere."""
        key = self._desk.store.version_of(submission)
        return None if key is None else self.entry(key)

    def details(self, key: int) -> tuple[Mapping[str, Any], Developer | None]:
        """What came along with a version: what the developer declared (customData), and the developer's record."""
        entry = self.entry(key)
        return self._desk.store.custom_of(key), self._desk.store.developer(entry.market, entry.developer_id)

    def fetch(
        self,
        key: int,
        *,
        on_progress: Callable[[str, int, int], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Fetched:
        """Download every file of a version, and the baseline; `on_progress` gets name, bytes done, total."""
        from app.marketplace.downloads import fetch_version

        return fetch_version(self._desk, self.client, key, on_progress=on_progress, cancel=cancel)

    # decisions

    def assign(self, key: int) -> OutboxRow:
        """Take a version into review, with our name: queued at once, sent by the next `drain`."""
        from app.marketplace.decisions import assign_version

        return assign_version(self._desk, key)

    def preview(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Preview | None:
        """What `decide` would send, word for word; None for what is not from the marketplace."""
        from app.marketplace.decisions import preview_decision

        return preview_decision(self._desk, submission, decision, reason, escalate=escalate)

    def decide(self, submission: int, decision: str, reason: str, *, escalate: bool = False) -> Decision:
        """Decide on a version by one of its files; raises DecisionRefused. Used by `Desk.decide`."""
        from app.marketplace.decisions import decide_version

        return decide_version(self._desk, submission, decision, reason, escalate=escalate)

    def preview_status(self, key: int, action: str, reason: str) -> Preview:
        """What `change_status` would send."""
        from app.marketplace.decisions import preview_status

        return preview_status(self._desk, key, action, reason)

    def change_status(self, key: int, action: str, reason: str) -> OutboxRow:
        """suspend or unsuspend a published version; raises DecisionRefused without a reason."""
        from app.marketplace.decisions import change_status

        return change_status(self._desk, key, action, reason)

    # the outbox

    def outbox(self, *, all: bool = False) -> tuple[OutboxRow, ...]:
        """What is on its way, the oldest first; with `all` also what has arrived or was given up."""
        return self._desk.store.outbox(self.market, all=all)

    def outbox_of(self, key: int) -> tuple[OutboxRow, ...]:
        """Everything that was ever to be sent about a version, the newest first."""
        return self._desk.store.outbox_of(key)

    def drain(
        self, *, on_progress: Callable[[OutboxRow], None] | None = None, cancel: CancelToken | None = None
    ) -> Drained:
        """Send what is due: read, compare, send, read back. Never raises for what one decision meets on its way."""
        from app.marketplace.sync import drain_outbox

        return drain_outbox(self._desk, self.client, self.market, on_progress=on_progress, cancel=cancel)

    def resolve(self, row: int, way: str, reason: str = "") -> OutboxRow:
        """Go on with a decision: retry, theirs, review (it is given up; download and decide anew), confirm, refuse."""
        from app.marketplace.decisions import resolve_row

        return resolve_row(self._desk, row, way, reason)

    # looking back

    def history(self, key: int) -> AppHistory:
        """Every version of the app, with reviews, decisions, reasons and what was seen of its status."""
        from app.marketplace.history import read_history

        return read_history(self._desk, key)

    def history_of(self, submission: int) -> AppHistory:
        """The same by a submission; of what is no version of a marketplace, its own record only."""
        from app.marketplace.history import read_submission_history

        return read_submission_history(self._desk, submission)

    def figures(self, days: int = 90) -> Figures:
        """Throughput and waiting times of the last days, from the record."""
        from app.marketplace.figures import read_figures

        return read_figures(self._desk.store, self.market, days)

    def record(self, action: str, submission: int | None = None, **detail: Any) -> None:
        """A line in the audit log."""
        self._desk.store.record(self._desk.reviewer, action, submission, **detail)
