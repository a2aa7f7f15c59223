"""How severe an advisory is: from its CVSS vector, or the word of its database."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from checks import Severity

MAX_VECTOR = 300
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.LOW,
    "unimportant": Severity.LOW,
}


def grade(record: Mapping[str, Any], affected: Mapping[str, Any] | None = None) -> Severity | None:
    """The severity of a record (or of one entry of its `affected`), None where nothing tells it."""
    scores = [severity for vector in _vectors(record, affected) if (severity := grade_vector(vector)) is not None]
    if scores:
        return max(scores)
    for place in (record, affected or {}):
        for key in ("database_specific", "ecosystem_specific"):
            table = place.get(key)
            word = table.get("severity") if isinstance(table, dict) else None
            if isinstance(word, str) and word.lower() in _WORDS:
                return _WORDS[word.lower()]
    return None


def _vectors(record: Mapping[str, Any], affected: Mapping[str, Any] | None) -> list[str]:
    vectors = []
    for place in (record, affected or {}):
        listed = place.get("severity")
        for entry in listed[:10] if isinstance(listed, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("score"), str) and len(entry["score"]) <= MAX_VECTOR:
                vectors.append((str(entry.get("type", "")), entry["score"]))
    vectors.sort(reverse=True)  # CVSS_V4, V3, V2
    best = [score for kind, score in vectors if vectors and kind == vectors[0][0]]
    return best


@functools.lru_cache(maxsize=65_536)
def grade_vector(vector: str) -> Severity | None:
    """The severity of a CVSS vector of version 2, 3 or 4; None for anything else."""
    from cvss import CVSS2, CVSS3, CVSS4

    kind: Any = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        score = float(kind(vector).scores()[0] if kind is not CVSS4 else kind(vector).base_score)
    except Exception:  # whatever the library thinks of a vector that is none
        return None
    if score >= 9.0 and kind is not CVSS2:
        return Severity.CRITICAL
    return Severity.HIGH if score >= 7.0 else Severity.MEDIUM if score >= 4.0 else Severity.LOW
