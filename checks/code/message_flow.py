"""Message flow: what one file takes of the user and another file of the same package sends.

A script in a page may send nothing to strangers, so it hands what it took to the background, which sends what it is
handed. Each half is harmless to look at: the theft shows where both are in one extension. So it is with the keys of
a wallet that a class hands to a helper in another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from checks import File, Finding, Package, Severity, Unchecked, check
from checks.code._databases import prepare
from checks.code._engine import RULES, USES, language_of, reasons_in
from checks.downloads._family import containers, is_extension_manifest

if TYPE_CHECKING:
    from checks.code._reading import Reason

MOST = 12
_MOST_FILES = 400
_MOST_BYTES = 2 << 20
_MOST_EXTENSIONS = 10
_MOST_KEEPERS = 30
# What has to be in a file that hands a key over: before its syntax is read.
_KEYS = re.compile(rb"(?i)private_?key|secret_?key|mnemonic|seed|entropy|keypair|\bpriv_?key|\bwif\b")
_WALLETS = re.compile(
    rb"(?i)ripple|xrpl|bip-?(32|39)|bs58|solana|ethers|ethereum|web3|viem|bitcoin|tron|stellar|elliptic|secp256k1"
    rb"|hdkey|ed25519|algosdk|tweetnacl|near-api|@noble|@scure|cosmjs|polkadot|mysten|taquito"
)
# The same for what the user has open in an editor, and for requests of a program that are tapped.
_EDITORS = re.compile(rb"\bonDid\w*(Document|TextEditor)|\bonWillSaveTextDocument|\bcreateFileSystemWatcher")
_TAPS = re.compile(
    rb"\b(ClientRequest|IncomingMessage|OutgoingMessage|TLSSocket|Socket)\W{1,4}prototype"
    rb"|\bhttps?\s*\.\s*(request|get)\s*=[^=]|\b(wrap|defineProperty)\s*\(\s*https?\b"
)
_FIXED = re.compile(rb"[\"'`](https?|wss?)://(?!localhost|127\.)[\w-]+\.")
_CALLED = re.compile(rb"(\w+)[\s)]*\($")
# Calls in what is given, and those that only write it in another way.
_NESTED = re.compile(rb"(\w+)\s*\(")
_WRITERS = frozenset(
    {b"toString", b"from", b"stringify", b"String", b"encode", b"join", b"slice", b"trim", b"btoa", b"concat"}
)
# By how it is handed over, the rules that say that it is taken up, the last of which sends it.
_TAKERS = {
    "hands_": ("relays_message",),
    "keeps_": ("relays_kept",),
    "tells_": ("passes_on", "relays_message"),
}
_BY_FILE = "_by_file"
# A part of a message and what it is given; what is so plain was not taken from a page.
_KEY = re.compile(rb"""([\w$]+)["']?\s*:\s*([^\s,}][^,}]{0,200})""")
_PLAIN = re.compile(rb"""["'`\d]|true\b|false\b|null\b|(window\.|document\.)?location\.(origin|host|hostname)\b""")
# A listener that is a function with a plain name for the message; how a part of it is named.
_LISTENER = re.compile(
    rb"addListener\s*\(\s*(?:async\s+)?(?:function\s*[\w$]*\s*)?\(?\s*([A-Za-z_$][\w$]*)\s*(?=[,)]|=>)"
)
_PART = re.compile(rb"\s*\??\.\s*([A-Za-z_$][\w$]*)")
_AFTER_PARAMETER = re.compile(rb"\s*(?:,[^()]{0,80})?\)\s*(?:=>|\{)|\s*=>")


class _Share(NamedTuple):
    """What a rule says that one file hands to another: what has to be in the file for it, and why it matters."""

    words: tuple[re.Pattern[bytes], ...]
    because: str
    is_strict: bool = False  # only what is handed as it is, to a file that names the address itself


_SHARES = {
    "shares_key": _Share((_KEYS, _WALLETS), "whoever has the key owns the wallet", is_strict=True),
    "shares_documents": _Share((_EDITORS,), "nobody asked for it to be sent"),
    "shares_requests": _Share((_TAPS,), "what signs the user in leaves with it"),
}


@check(
    kinds={"download"},
    guidelines={"DL-18"},
    severity=Severity.HIGH,
    rules=RULES,
    uses=USES,
    prepare=prepare,
)
def message_flow(package: Package, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Keys, forms and sign-ins that leave the page by way of another part of the extension."""
    for files in _extensions(package)[:_MOST_EXTENSIONS]:
        found = _joined(files[:_MOST_FILES])
        if len(files) > _MOST_FILES:
            yield files[_MOST_FILES].unchecked("the extension has more scripts than are joined with each other")
        told = 0
        for file, reason in found:
            taker = _taker(file, reason, found)
            if taker is None or told >= limit:
                continue
            told += 1
            where = "the same file" if taker is file else taker.path
            together = f"{where} sends what it is handed: together they take it out of the browser"
            if not (meets := _meet(file.narrow[reason.start : reason.end], taker.narrow)):
                together = f"{where} sends other parts of such messages: see whether it sends this one as well"
            yield file.finding(
                reason.rule.id,
                f"{reason.message}, and {together}.",
                span=file.narrow_span(reason.start, reason.end),
                severity=Severity.HIGH if meets else Severity.MEDIUM,
                remediation=reason.rule.remediation,
                references=reason.rule.references,
            )
        for file, reason in _once((f, r) for f, r in found if r.rule.id.startswith(("relays_", "passes_"))):
            span = file.narrow_span(reason.start, reason.end)
            yield file.finding(reason.rule.id, reason.message, span=span, severity=Severity.INFO)
    yield from _shared(package, limit)


def _joined(files: Sequence[File]) -> list[tuple[File, Reason]]:
    """What holds in these files; of what is handed to another file only that which this one sends."""
    found = [(file, reason) for file in files for reason in reasons_in(file, "message_flow")]
    known: dict[str, Sequence[Reason]] = {}
    kept = []
    for file, reason in found:
        if reason.rule.id.endswith(_BY_FILE):
            name = _called(file, reason)
            if not name or _sender(name, file, files, known, ("sends_argument", "sends_given")) is None:
                continue
        kept.append((file, reason))
    return kept


def _shared(package: Package, limit: int) -> Iterator[Finding]:
    """What one file hands to a function of another, which sends it: keys of a wallet, documents, tapped requests."""
    told = 0
    for container in containers(package):
        scripts = [f for f in container.files if _is_script(f)][:_MOST_FILES]
        keepers = [f for f in scripts if any(_may_share(f, share) for share in _SHARES.values())][:_MOST_KEEPERS]
        known: dict[str, Sequence[Reason]] = {}
        takers: dict[str, File] = {}
        for file in keepers:
            for reason in reasons_in(file, "message_flow"):
                share = _SHARES.get(reason.rule.id)
                if share is None or told >= limit:
                    continue
                is_fixed = not share.is_strict and _FIXED.search(file.narrow) is not None
                rules = ("sends_argument", "sends_given") if is_fixed else ("sends_argument",)
                name = _called(file, reason, is_strict=share.is_strict)
                taker = _sender(name, file, scripts, known, rules) if name else None
                if taker is None:
                    continue
                told += 1
                takers[taker.path] = taker
                yield file.finding(
                    reason.rule.id,
                    f"{reason.message}, and {taker.path} sends what it is given: {share.because}.",
                    span=file.narrow_span(reason.start, reason.end),
                    severity=Severity.HIGH,
                    remediation=reason.rule.remediation,
                    references=reason.rule.references,
                )
        for taker in takers.values():
            for reason in [r for r in known[taker.path] if r.rule.id in ("sends_argument", "sends_given")][:1]:
                span = taker.narrow_span(reason.start, reason.end)
                yield taker.finding(reason.rule.id, reason.message, span=span, severity=Severity.INFO)


def _may_share(file: File, share: _Share) -> bool:
    return all(words.search(file.narrow) for words in share.words)


def _called(file: File, reason: Reason, *, is_strict: bool = False) -> bytes:
    """The name of the function that is called; with `is_strict`, not where it gets what another function made of it."""
    source = file.narrow[reason.start : reason.end]
    at = source.find(b"(", 1 if source.startswith(b"(") else 0)
    found = _CALLED.search(source[: at + 1])
    if is_strict and any(name not in _WRITERS for name in _NESTED.findall(source[at + 1 :])):
        return b""
    return found[1] if found is not None else b""


def _sender(
    name: bytes, file: File, scripts: Sequence[File], known: dict[str, Sequence[Reason]], rules: Sequence[str]
) -> File | None:
    """The script that has a function of that name, is taken in by this file, and sends what it is given."""
    for other in scripts:
        folder, _, base = other.path.rpartition("/")
        stem = base.partition(".")[0]
        word = (folder.rpartition("/")[2] if stem == "index" else stem).encode("utf-8", "surrogateescape")
        taken_in = rb"[/\"'`]" + re.escape(word) + rb"\b"
        if other is file or not re.search(taken_in, file.narrow):
            continue
        if not re.search(rb"\b" + re.escape(name) + rb"\b", other.narrow):
            continue
        if other.path not in known:
            known[other.path] = reasons_in(other, "message_flow")
        if any(reason.rule.id in rules for reason in known[other.path]):
            return other
    return None


def _once(found: Iterable[tuple[File, Reason]]) -> list[tuple[File, Reason]]:
    """One place for each rule is enough of what is no wrong by itself."""
    return list({reason.rule.id: (file, reason) for file, reason in found}.values())


def _taker(file: File, reason: Reason, found: Sequence[tuple[File, Reason]]) -> File | None:
    """The file that sends what this one hands over: another one first, for most do not speak to themselves."""
    rules = next((takers for start, takers in _TAKERS.items() if reason.rule.id.startswith(start)), ())
    taker: File | None = None
    for rule in rules:
        takers = [other for other, theirs in found if theirs.rule.id.removesuffix(_BY_FILE) == rule]
        if not takers:
            return None
        taker = next((other for other in takers if other is not file), takers[0])
    return taker


def _meet(call: bytes, taker: bytes) -> bool:
    """Whether the taker can send what the call hands over: not where it only ever names other parts of a message.

    `call` is the code that hands it over, `taker` that of the other file. Where either cannot be told, they meet.
    """
    keys = {key for key, value in _KEY.findall(call) if not _PLAIN.match(value)}
    names = _LISTENER.findall(taker)
    if not keys or b"..." in call or not names or len(names) != taker.count(b"addListener"):
        return True
    for name in set(names):
        for use in re.finditer(rb"(?<![\w$.])" + re.escape(name) + rb"(?![\w$])", taker):
            part = _PART.match(taker, use.end())
            is_parameter = _AFTER_PARAMETER.match(taker, use.end()) is not None
            if (part is None and not is_parameter) or (part is not None and part.group(1) in keys):
                return True
    return False


def _extensions(package: Package) -> list[list[File]]:
    """The scripts of each browser extension of a package."""
    found = []
    for container in containers(package):
        manifests = [f for f in container.files if f.name == "manifest.json" and is_extension_manifest(f)]
        for manifest in manifests[:_MOST_EXTENSIONS]:
            root = manifest.path.removesuffix("manifest.json")
            found.append([f for f in container.files if f.path.startswith(root) and _is_script(f)])
    return [files for files in found if files]


def _is_script(file: File) -> bool:
    language = language_of(file)
    return language is not None and language.name == "javascript" and 0 < file.size <= _MOST_BYTES
