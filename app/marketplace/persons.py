"""Whether two names are one person's: what a reader could not tell apart counts as the same.

No name proves who somebody is; this keeps one person from being two by a blank, a capital or another script's letter.
"""

from __future__ import annotations

import unicodedata

# Small letters of other scripts that look like Latin ones, after case folding.
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u0437\u0456\u0458\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u04bb\u0501\u0455"
    "\u051b\u051d\u04cf\u0261\u0131\u0251\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4"
    "\u03c5\u03c7\u03b3\u0585\u057d\u0570",
    "abe3ijkmhopctyxhdsqwlgiaabezhikmnoptuxyouh",
)


def fold_name(name: str) -> str:
    """Letters and digits only, without case, accents, or what looks like a Latin letter; empty for no name at all."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(c for c in folded.translate(_LOOK_ALIKES) if c.isalnum())


def same_person(one: str, other: str) -> bool:
    """Whether both names are taken for one person's."""
    return fold_name(one) == fold_name(other)
