"""The part of the store that keeps decisions on their way to the marketplace."""

from __future__ import annotations

from app.store_base import StoreBase


class OutboxStore(StoreBase):
    """The outbox. A row is never deleted: it ends delivered, superseded or withdrawn."""
