"""Baseline against submission by file: added, removed, changed, renamed. Hashes decide, nothing is parsed."""

from __future__ import annotations

from collections import defaultdict

from app.trees import Tree
from app.views import Change, Comparison
from checks.runtime.package import Entry
from checks.runtime.text import printable


def compare_trees(old: Tree, new: Tree) -> Comparison:
    """All files of two trees; paths are compared without the one top folder, which often carries the version."""
    before: dict[str, list[Entry]] = defaultdict(list)
    after: dict[str, list[Entry]] = defaultdict(list)
    for entry in old.files:
        before[old.stable_path(entry.path)].append(entry)
    for entry in new.files:
        after[new.stable_path(entry.path)].append(entry)
    changes: list[Change] = []
    unchanged = 0
    removed: list[Entry] = []
    added: list[Entry] = []
    for path in before.keys() | after.keys():
        left, right = list(before.get(path, ())), list(after.get(path, ()))
        for entry in list(right):  # an archive may hold a name twice: equal bytes pair up first
            twin = next((e for e in left if e.sha256 == entry.sha256), None)
            if twin is not None:
                left.remove(twin)
                right.remove(entry)
                unchanged += 1
        while left and right:
            changes.append(_change("changed", left.pop(0), right.pop(0)))
        removed += left
        added += right
    changes += _pair_renames(removed, added)
    order = {"changed": 0, "renamed": 1, "added": 2, "removed": 3}
    changes.sort(key=lambda c: (c.new_path or c.old_path, order[c.kind]))
    return Comparison(baseline=old.artifact.sha256, changes=tuple(changes), unchanged=unchanged)


def _pair_renames(removed: list[Entry], added: list[Entry]) -> list[Change]:
    """Files of equal bytes under another name are renames; the nearest name wins."""
    by_hash: dict[str, list[Entry]] = defaultdict(list)
    for entry in removed:
        if entry.size:
            by_hash[entry.sha256].append(entry)
    changes: list[Change] = []
    gone: set[int] = set()
    for entry in added:
        candidates = by_hash.get(entry.sha256, [])
        if not candidates:
            changes.append(_change("added", None, entry))
            continue
        name = entry.path.rpartition("/")[2]
        twin = next((e for e in candidates if e.path.rpartition("/")[2] == name), candidates[0])
        candidates.remove(twin)
        gone.add(twin.n)
        changes.append(_change("renamed", twin, entry, similarity=100))
    return changes + [_change("removed", e, None) for e in removed if e.n not in gone]


def _change(kind: str, old: Entry | None, new: Entry | None, similarity: int = 0) -> Change:
    return Change(
        kind=kind,
        old_path=printable(old.path) if old else "",
        new_path=printable(new.path) if new else "",
        old=old.n if old else None,
        new=new.n if new else None,
        old_size=old.size if old else 0,
        new_size=new.size if new else 0,
        similarity=similarity,
    )
