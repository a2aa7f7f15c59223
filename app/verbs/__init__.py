"""Further verbs of the command line, a module each: `register` adds the parser, and says which function runs it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def register(verbs: Any) -> None:
    """Add the parser of every verb to the sub-parsers; the modules import what they need when they run."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        importlib.import_module(f"{__name__}.{module.name}").register(verbs)
