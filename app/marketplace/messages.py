"""The words of a decision as the developer reads them: templates of resources/marketplace/marketplace.toml, filled.

What fills a template is put in once and never read as a template itself.
"""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.paths import RESOURCES
from app.toml_table import DataError, read_table
from app.triage import clean_text

MARKETPLACE = RESOURCES / "marketplace" / "marketplace.toml"
# Crockford's: no letter that is taken for a digit when it is read out
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST = 16_000  # characters that are sent: what no marketplace is known to refuse, and this desk can read back
TOKEN = re.compile(rf"AS-[{ALPHABET}]{{10}}")

# template -> what has to be in it, what may be
_KNOWN: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "decision": (frozenset({"reason", "id"}), frozenset({"reason", "reviewer", "id"})),
    "silent": (frozenset({"id"}), frozenset({"reviewer", "id"})),
    "changes": (frozenset({"reason", "id"}), frozenset({"reason", "reviewer", "id"})),
    "assign": (frozenset({"reviewer", "id"}), frozenset({"reviewer", "id"})),
    "both": (frozenset({"reviewer", "second"}), frozenset({"reviewer", "second"})),
}
_BRACES = re.compile(r"\{(\w+)\}")


class MessageError(DataError):
    """A template that cannot be used; one line: file, key, what to do."""


def new_token() -> str:
    """A fresh id by which a delivered decision is recognised: 50 random bits."""
    return "AS-" + "".join(secrets.choice(ALPHABET) for _ in range(10))


@functools.cache
def load_messages(path: Path = MARKETPLACE) -> Mapping[str, str]:
    """The templates by name; raises MessageError for one that is missing, or that would lose its {id}."""
    table = read_table(path, "assay-marketplace/1", MessageError).table("messages")
    table.only(_KNOWN)
    found = {}
    for name, (needed, known) in _KNOWN.items():
        text = table.text(name)
        used = set(_BRACES.findall(text))
        for word in sorted(needed - used):
            raise table.error(name, f"has to have {{{word}}} in it")
        for word in sorted(used - known):
            raise table.error(name, f"{{{word}}} is not known; use {', '.join(f'{{{w}}}' for w in sorted(known))}")
        found[name] = text
    return found


def _fill(template: str, **words: str) -> str:
    """One pass, so that braces in what is filled in stay what they are."""
    return _BRACES.sub(lambda match: words[match[1]], template)


def clean_reason(reason: str) -> str:
    """A reason as it is recorded and sent: lines stay, what is unseen goes."""
    return "\n".join(clean_text(line) for line in reason.strip().splitlines())


UNNAMED = "[the second reviewer]"  # until somebody has confirmed it


def name_both(reviewer: str, second: str) -> str:
    """The two who answer for a decision; `second` empty = not known yet."""
    return _fill(load_messages()["both"], reviewer=clean_text(reviewer), second=clean_text(second) or UNNAMED)


def write_message(action: str, reason: str, reviewer: str, token: str) -> str:
    """What is sent as the reason of a status change, word for word. `reviewer` may be two names (`name_both`)."""
    templates = load_messages()
    reason, reviewer = clean_reason(reason), clean_text(reviewer)
    name = {"assign": "assign", "request_changes": "changes"}.get(action, "decision" if reason else "silent")
    return _fill(templates[name], reason=reason, reviewer=reviewer, id=token)
