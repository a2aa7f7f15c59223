"""How far a package is a variant of others: files matched one by one, then weighed by how telling they are.

A file of the package matches a known one that has the same bytes (1.0) or a digest that is alike (0.55 and more).
What counts between packages is *evidence*: a match with something bad that no approved package explains as well, so
that a library which an honest package ships too says nothing. A file weighs as the square root of its size, less
where its path says that it comes from others, where it is no code, and by the number of titles that share it.

Two degrees, of which the greater counts: how much of the package under review is in the known one (a part was taken
over), and how much of the known one is in the package under review (it was taken over whole, and more was added).
It errs towards silence where everything bad was also in something approved, and towards alarm where two honest
packages of unknown developers share most of their code and one was rejected for a reason that has nothing to do
with the code.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.downloads.similar.digests import Digest, is_vendored, whole_digest
from checks.downloads.similar.known import Known, KnownFile, KnownPackage, title_key
from checks.runtime.package import File, Package

APPROVED = frozenset({"approved", "good"})
# The row of a rejected artifact as a whole: recognised in a bundle, but no part of what is inside it.
WHOLE = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A file under review and a known one; `degree` 1.0 means the same bytes."""

    file: File
    known: KnownFile
    degree: float


@dataclass(slots=True)
class Variant:
    """A known package and what is like it: `degree` from 0 to 1, `pairs` the closest first."""

    package: KnownPackage
    degree: float
    pairs: list[Pair]
    dangerous: list[Pair] = field(default_factory=list)
    has_dangerous: bool = False
    same_title: bool = False


class Comparer:
    """Compares one package with everything known."""

    def __init__(
        self,
        package: Package,
        digests: Mapping[int, Digest],
        known: Known,
        rules: Mapping[str, Any],
        own: frozenset[str],
    ) -> None:
        self._digests, self._known, self._rules, self._own = digests, known, rules, own
        least = rules["weights"]["least_bytes"]
        self._files = {f.number: f for f in package.files if f.size >= least and not f.unpacked}
        self._wholes = {whole_digest(package.files)}
        if package.baseline is not None:
            self._wholes.add(whole_digest(package.baseline.files))
        self._pairs: dict[int, dict[int, Pair]] = defaultdict(dict)
        self._match()

    def _match(self) -> None:
        same = self._known.same(sorted({f.sha256 for f in self._files.values() if f.sha256}))
        for file in self._files.values():
            for known in same.get(file.sha256, ()):
                self._add(Pair(file, known, 1.0))
        limit = self._rules["limits"]["candidates"]
        for number, digest in self._digests.items():
            for known in self._known.candidates(digest, limit) if number in self._files else ():
                degree = digest.likeness(known.digest) if known.digest is not None else 0.0
                if degree >= self._rules["degrees"]["file"]:
                    # equal sketches are no proof of equal bytes
                    self._add(Pair(self._files[number], known, min(degree, 0.99)))

    def _add(self, pair: Pair) -> None:
        if self._known.package(pair.known.package).whole in self._wholes:
            return  # these very bytes, or the version approved before
        pairs = self._pairs[pair.known.package]
        before = pairs.get(pair.file.number)
        if before is None or (pair.degree, pair.known.dangerous) > (before.degree, before.known.dangerous):
            pairs[pair.file.number] = pair

    def variants(self) -> list[Variant]:
        """Every known package of which something was recognised, the most alike first."""
        familiar: dict[int, float] = defaultdict(float)
        titles: dict[int, set[str]] = defaultdict(set)
        for number, pairs in self._pairs.items():
            package = self._known.package(number)
            for file, pair in pairs.items():
                titles[file].add(title_key(package.title))
                if package.verdict in APPROVED:
                    familiar[file] = max(familiar[file], pair.degree)
        shared = {file: len(keys) for file, keys in titles.items()}
        found = [self._weigh(number, familiar, shared) for number in self._worth_weighing()]
        return sorted((v for v in found if v is not None), key=lambda v: (-v.degree, -v.package.id))

    def _worth_weighing(self) -> list[int]:
        """The packages that share the most bytes, bad ones apart: a popular file may lead to thousands."""
        ranked = sorted(self._pairs, key=lambda n: -sum(p.file.size * p.degree for p in self._pairs[n].values()))
        limit = self._rules["limits"]["weighed"]
        bad = [n for n in ranked if self._known.package(n).is_bad][:limit]
        return bad + [n for n in ranked if not self._known.package(n).is_bad][:limit]

    def _weigh(self, number: int, familiar: Mapping[int, float], shared: Mapping[int, int]) -> Variant | None:
        package = self._known.package(number)
        if not package.is_bad:
            familiar = {}
        # the very bytes that a list names count, whatever was approved before the list was published
        pairs = {
            n: p
            for n, p in self._pairs[number].items()
            if p.degree > familiar.get(n, 0.0) or (package.verdict == "bad" and p.degree == 1.0)
        }
        if not pairs:
            return None
        listed = self._known.files(number, self._rules["limits"]["known_files"])
        parts = [known for known in listed if known.dangerous != WHOLE]
        holders = self._known.holders({known.sha256 for known in parts}) if package.is_bad else {}
        mine = {
            n: self._weight(file.path, file.size, n in self._digests) / max(1, shared.get(n, 1))
            for n, file in self._files.items()
            if n in pairs or familiar.get(n, 0.0) < self._rules["degrees"]["file"]
        }
        theirs = {
            known.id: self._weight(known.path, known.size, known.digest is not None) / _titles(holders, known)
            for known in parts
            if all(holder.verdict not in APPROVED for holder in holders.get(known.sha256, ()))
        }
        back: dict[int, float] = defaultdict(float)
        for pair in pairs.values():
            back[pair.known.id] = max(back[pair.known.id], pair.degree)
        taken = sum(mine[n] * pair.degree for n, pair in pairs.items()) / max(sum(mine.values()), 1e-9)
        inside = sum(theirs.get(k, 0.0) * degree for k, degree in back.items()) / max(sum(theirs.values()), 1e-9)
        ordered = sorted(pairs.values(), key=lambda p: (p.known.digest is None, -p.degree, -p.file.size))
        # pictures and texts alone are no code taken over
        degree = max(taken, inside) if any(p.known.digest is not None or p.known.dangerous for p in ordered) else 0.0
        least = self._rules["degrees"]["dangerous"]
        return Variant(
            package,
            min(degree, 1.0),
            ordered,
            [p for p in ordered if p.known.dangerous and p.degree >= least],
            any(known.dangerous for known in parts),
            package.source == "vault" and title_key(package.title) in self._own,
        )

    def _weight(self, path: str, size: int, is_code: bool) -> float:
        weights = self._rules["weights"]
        weight = math.sqrt(min(size, weights["most_bytes"]))
        if not is_code:
            weight *= weights["plain"]
        return weight * (self._rules["vendored"]["weight"] if is_vendored(path) else 1.0)


def _titles(holders: Mapping[str, Sequence[KnownPackage]], known: KnownFile) -> int:
    """How many titles have these very bytes."""
    return len({title_key(holder.title) for holder in holders.get(known.sha256, ())}) or 1
