"""The trees of the vault as an archive: found by artifact, whatever the limits or the name they were unpacked under."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

from app.errors import DeskError
from app.grants import Side
from app.model import Artifact
from app.trees import Facts, Tree
from app.vault import Vault
from checks.runtime.package import read_index
from checks.runtime.text import printable

log = logging.getLogger(__name__)

_CHUNK = 4 << 20


class DamagedTree(DeskError):
    """A tree that is not what was kept; the text says why."""


def tree_folders(vault: Vault, sha256: str) -> list[Path]:
    """The folders of all trees of an artifact, the latest first."""
    parent = vault.tree_folder(sha256, "x").parent
    try:
        return sorted(parent.glob(f"{sha256}-*"), key=lambda p: -p.stat().st_mtime)
    except OSError as error:  # one was taken away at this moment
        log.info("%s: cannot be listed (%s)", parent, error)
        return []


def read_tree(vault: Vault, artifact: Artifact) -> Tree | None:
    """The latest whole tree of an artifact, None where there is none; raises DamagedTree where all are damaged.

    Its index is proven by the seal, and its bytes are all there; they are not hashed (see `find_damage`).
    """
    problem = ""
    for folder in tree_folders(vault, artifact.sha256):
        try:
            return _read(vault, artifact, folder)
        except (OSError, ValueError, TypeError, KeyError, DeskError) as error:
            log.warning("%s: damaged (%s)", folder, error)
            problem = problem or f"its tree in the vault is damaged ({error}): check it again to have it made anew"
    if problem:
        raise DamagedTree(problem)
    return None


def _read(vault: Vault, artifact: Artifact, folder: Path) -> Tree:
    kept = json.loads((folder / "tree.json").read_text(encoding="utf-8"))
    facts = json.dumps(kept["facts"], sort_keys=True).encode()
    seal = hashlib.sha256(facts + b"\0" + (folder / "index.jsonl").read_bytes()).hexdigest()
    if kept["seal"] != seal:
        raise ValueError("its index has changed")
    entries, left_out = read_index(folder / "index.jsonl")
    side = Side(vault.path(artifact.sha256), folder / "pack", folder / "index.jsonl")
    sizes = {"pack": (folder / "pack").stat().st_size, "artifact": vault.path(artifact.sha256).stat().st_size}
    if any(e.type == "file" and e.offset + e.size > sizes[e.source] for e in entries):
        raise ValueError("its bytes are incomplete")
    return Tree(artifact, Facts(**kept["facts"]), entries, left_out, side)


def find_damage(tree: Tree, cancelled: Callable[[], bool]) -> str:
    """Why the bytes of a tree are not what its index says; empty where they are, or where it was cancelled."""
    known: set[tuple[str, int, int]] = set()
    for entry in tree.files:
        place = entry.source, entry.offset, entry.size
        if place in known:
            continue
        known.add(place)
        sha = hashlib.sha256()
        for start in range(0, entry.size, _CHUNK):
            if cancelled():
                return ""
            sha.update(tree.bytes_of(entry, start, start + _CHUNK))
        if sha.hexdigest() != entry.sha256:
            return f"its tree in the vault is damaged (the bytes of {printable(entry.path, 200)} have changed)"
    return ""
