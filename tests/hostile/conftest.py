"""The engine of tests/app, for batteries over hostile bytes."""

from __future__ import annotations

from tests.app.conftest import engine, hostile_checks

__all__ = ["engine", "hostile_checks"]
