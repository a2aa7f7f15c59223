"""The reviewer's own YARA rules: compiled rule by rule, so that a bad one does not lose its neighbours."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.runtime.model import Confidence, Severity
from checks.runtime.own_rules import Compiled, RuleFile

COMPILED = "rules.yarax"
PREFIX = "own."
MAX_RULE_ID = 64
REMEDIATION = "Ask the reviewer what this rule of theirs stands for."
# What rule sets of others call the words that ours have; the first that is there counts.
TITLES = ("title", "description", "desc")
REFERENCES = ("reference", "references", "url", "link")
_REMEDIES: Mapping[str, str] = {
    "E018": "a scan would take too long: give each pattern a fixed text of at least two bytes",
    "E044": "put the rules of the other file into this one: include is not available here",
}
# A comment, or what may look as if one began in it: a text or an expression.
_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)|/(?:\\.|[^/\\\n])+/', re.DOTALL)
_RULE = re.compile(r"^[ \t]*(?:(?:private|global)[ \t]+)*rule[ \t]+[A-Za-z_]\w*", re.MULTILINE)
MAX_PIECES = 5_000
# What all own rules, and then those of one file, may take for so little: a package has thousands of files.
TRIAL_BYTES = bytes(range(256)) * 16
TRIAL_SECONDS, LONE_SECONDS = 0.5, 0.3
_SCAN_TIMEOUT = 2
_REFERENCE = re.compile(r"CWE-[0-9]{1,6}\Z|https://[!-~]{4,280}\Z")


def compile_own(files: Sequence[RuleFile], out: Path | None) -> Compiled:
    """Compile these files, each in a namespace of its own, and write the rules into `out` where that is given."""
    compiled = Compiled()
    texts = {file: text for file in files if (text := _read(file, compiled)) is not None}
    rules = _build({file: _pieces(text) for file, text in texts.items()}, compiled)
    if _seconds(rules) > TRIAL_SECONDS:
        quick = {file: _quick_pieces(file, text, compiled) for file, text in texts.items()}
        rules = _build(quick, Compiled())  # what is wrong beside that was said the first time
    names = {file.namespace: file.name for file in files}
    compiled.rules = [(names[rule.namespace], rule.identifier) for rule in rules]
    if out is not None and compiled.rules:
        partial = out / f"{COMPILED}.part"
        with partial.open("wb") as stream:
            rules.serialize_into(stream)
        partial.rename(out / COMPILED)  # whole, or not at all
    return compiled


def _read(file: RuleFile, compiled: Compiled) -> str | None:
    data = file.path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        compiled.blame(file.name, line, f"byte {error.start} is not UTF-8: save the file as UTF-8")
        return None


def _pieces(text: str) -> list[str]:
    return [text] if _is_sound(text) else split_rules(text)


def _build(pieces: Mapping[RuleFile, Sequence[str]], compiled: Compiled) -> Any:
    """The rules of all pieces that compile; the others are blamed."""
    import yara_x

    # what may hang a scan is an error here, and no file is read but those that were named
    compiler = yara_x.Compiler(includes_enabled=False, error_on_slow_pattern=True)
    for file, texts in pieces.items():
        compiler.new_namespace(file.namespace)
        for text in texts:
            try:
                compiler.add_source(text, origin=file.name)
            except yara_x.CompileError:
                pass  # all errors are gathered below, with their places
            except Exception as error:  # whatever else the compiler raises must not lose the other files
                compiled.blame(file.name, 1, f"cannot be compiled: {error}")
    for fault in compiler.errors():
        compiled.blame(_origin(fault), int(fault.get("line") or 1), _explain(fault))
    return compiler.build()


def _seconds(rules: Any) -> float:
    """How long a scan of a small file takes, at most some seconds."""
    import yara_x

    scanner = yara_x.Scanner(rules)
    scanner.set_timeout(_SCAN_TIMEOUT)
    began = time.perf_counter()
    with contextlib.suppress(yara_x.TimeoutError):
        scanner.scan(TRIAL_BYTES)
    return time.perf_counter() - began


def _quick_pieces(file: RuleFile, text: str, compiled: Compiled) -> list[str]:
    """The rules that scan a small file in time; the others are blamed. A rule may need those before it."""
    kept: list[str] = []
    for piece in split_rules(text):
        if _seconds(_build({file: [*kept, piece]}, Compiled())) <= LONE_SECONDS:
            kept.append(piece)
            continue
        line = piece.count("\n", 0, len(piece) - len(piece.lstrip())) + 1
        compiled.blame(file.name, line, "takes too long even for a small file: let its condition loop over less")
    return kept


def _is_sound(text: str) -> bool:
    """Whether the compiler can tell where each rule of the text begins and ends; the rules may be wrong."""
    import yara_x

    compiler = yara_x.Compiler(includes_enabled=False)
    try:
        compiler.add_source(text)
    except Exception:
        return all(error.get("type") != "SyntaxError" for error in compiler.errors())
    return True


def split_rules(text: str) -> list[str]:
    """The text cut at the beginning of each rule, every piece with as many lines before it as it had."""
    bare = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0].startswith(("//", "/*")) else m[0], text)
    starts = [m.start() for m in _RULE.finditer(bare)][:MAX_PIECES]
    ends = [*starts, len(bare)]
    pieces = [bare[: ends[0]]]
    pieces += ["\n" * bare.count("\n", 0, low) + bare[low:high] for low, high in itertools.pairwise(ends)]
    return [piece.rstrip() for piece in pieces if piece.strip()]  # so that an end that is missing is on its last line


def _origin(error: Mapping[str, Any]) -> str:
    labels = error.get("labels") or [{}]
    return str(labels[0].get("code_origin") or "")


def _explain(error: Mapping[str, Any]) -> str:
    """One line: what it is, the detail, and what to do where we know it."""
    parts = [str(error.get("title") or "cannot be compiled")]
    labels = error.get("labels") or ()
    remedy = _REMEDIES.get(str(error.get("code")))
    if remedy:
        parts.append(remedy)
    elif labels and labels[0].get("text"):
        parts.append(str(labels[0]["text"]))
    return ": ".join(parts)


def rule_id(identifier: str) -> str:
    """The id under which findings of an own rule are recorded; it can never be that of a shipped one."""
    return (PREFIX + identifier.lower())[:MAX_RULE_ID]


def read_own_meta(rule: Any) -> dict[str, str]:
    """A rule's meta with defaults for what is missing or not one of our words."""
    meta = {str(key).lower(): str(value).strip() for key, value in rule.metadata}
    severity = meta.get("severity", "").lower()
    confidence = meta.get("confidence", "").lower()
    reference = next((meta[key] for key in REFERENCES if _REFERENCE.match(meta.get(key, ""))), "")
    return {
        "title": next((meta[key] for key in TITLES if meta.get(key)), str(rule.identifier)),
        "severity": severity if severity in {s.label for s in Severity} else Severity.MEDIUM.label,
        "confidence": confidence if confidence in {c.value for c in Confidence} else Confidence.MEDIUM.value,
        "reference": reference,
        "remediation": meta.get("remediation") or REMEDIATION,
    }
