"""The trees of the vault as an archive: found by artifact, whatever the limits or the name they were unpacked under."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import DeskError
from app.vault import Vault
from checks.runtime.package import Entry, LeftOut, read_index

log = logging.getLogger(__name__)


class DamagedTree(DeskError):
    """A tree that is not what was kept; the text says why."""


@dataclass(frozen=True, slots=True)
class KeptTree:
    """The index of one tree, its seal proven, and where its bytes are. Sizes are checked, the bytes are not hashed."""

    sha256: str
    entries: Sequence[Entry]
    left_out: Sequence[LeftOut]
    artifact: Path | None
    pack: Path

    @property
    def files(self) -> list[Entry]:
        """The entries that have bytes."""
        return [entry for entry in self.entries if entry.type == "file"]


def tree_folders(vault: Vault, sha256: str) -> list[Path]:
    """The folders of all trees of an artifact, the latest first."""
    parent = vault.tree_folder(sha256, "x").parent
    try:
        return sorted(parent.glob(f"{sha256}-*"), key=lambda p: -p.stat().st_mtime)
    except OSError as error:
        log.warning("%s: cannot be listed (%s)", parent, error)
        return []


def read_tree(vault: Vault, sha256: str) -> KeptTree | None:
    """The latest tree of an artifact that is whole, None where there is none; raises DamagedTree."""
    problem = ""
    for folder in tree_folders(vault, sha256):
        try:
            return _read(vault, sha256, folder)
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s: damaged (%s)", folder, error)
            problem = problem or f"its tree in the vault is damaged ({error})"
    if problem:
        raise DamagedTree(problem)
    return None


def _read(vault: Vault, sha256: str, folder: Path) -> KeptTree:
    kept: dict[str, Any] = json.loads((folder / "tree.json").read_text(encoding="utf-8"))
    facts = json.dumps(kept["facts"], sort_keys=True).encode()
    seal = hashlib.sha256(facts + b"\0" + (folder / "index.jsonl").read_bytes()).hexdigest()
    if kept["seal"] != seal:
        raise ValueError("its index has changed")
    entries, left_out = read_index(folder / "index.jsonl")
    pack = folder / "pack"
    artifact = vault.path(sha256) if vault.has(sha256) else None
    sizes = {"pack": pack.stat().st_size, "artifact": artifact.stat().st_size if artifact is not None else 0}
    for entry in entries:
        if entry.type == "file" and entry.offset + entry.size > sizes[entry.source]:
            raise ValueError("its bytes are incomplete")
    return KeptTree(sha256, entries, left_out, artifact, pack)
