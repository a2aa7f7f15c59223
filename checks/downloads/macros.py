"""Macros and active parts: programs inside Office documents."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from checks import File, Finding, Severity, Unchecked, file_check, resource_path
from checks.content._scan import compile_utf8
from checks.downloads._active import has_active_content
from checks.downloads.documents import office_parts, rtf
from checks.downloads.documents.excel4 import read_macro_sheets
from checks.downloads.documents.macro_signs import judge_modules, judge_sheets, load_rules
from checks.downloads.documents.msi import has_tables
from checks.downloads.documents.ole import COMPOUND, BadCompound, Compound
from checks.downloads.documents.vba import Module, find_sources, read_modules
from checks.downloads.programs import embedded as payloads_in
from checks.downloads.programs.program import Sign

EMBEDDED = ("https://attack.mitre.org/techniques/T1027/009/", "CWE-506")
_ACTIVE_MIME = b"ActiveMime"
# The first bytes of a compound file and of `ActiveMime` in base 64.
_BASE64 = re.compile(rb">\s{0,40}((?:0M8R4KGx|QWN0aXZlTWlt)[A-Za-z0-9+/\s]{40,})={0,2}\s{0,40}<")
_ONENOTE = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"
_EQUATION = "0002CE02-0000-0000-C000-000000000046"
_DDE_TEXT = re.compile(rb"\x13[ ]?(DDE(?:AUTO)?[ -~]{1,300})|\x13\0(?: \0)?((?:D\0D\0E\0)(?:[ -~]\0){1,300})")
# `URL Moniker`: an object that is fetched from an address when the document is opened.
_MONIKER = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_ADDRESS = re.compile(rb"h\0t\0t\0p\0s?\0?:\0/\0/\0(?:[!-~]\0){3,200}|https?://[!-~]{3,200}")


@file_check(
    kinds={"download"},
    guidelines={"DL-22"},
    severity=Severity.MEDIUM,
    seconds=30.0,
    rules=("macros.toml",),
    uses=("google-re2",),
    gate=has_active_content,
)
def macros(file: File) -> Iterator[Finding | Unchecked]:
    """A document is opened without a thought: what runs by itself in it is the oldest way into an office."""
    rules = load_rules(resource_path("rules/macros.toml"))
    head = file.head(64)
    if head.startswith(COMPOUND) and has_tables(file):
        return  # an installer, which has a check of its own
    if file.size > rules["limits"]["most_bytes"]:
        yield file.unchecked(f"documents above {rules['limits']['most_bytes'] >> 20} MiB are not searched for macros")
        return
    document = _Document(file, rules)
    if head.startswith(COMPOUND):
        signs: Iterable[Sign] = document.compound(file.data, 0)
    elif head.startswith(b"{\\rt"):
        signs = document.rich_text(file.data)
    elif head.startswith(_ONENOTE):
        payloads = payloads_in.onenote_files(file.data, rules["limits"]["objects"], rules["suffixes"])
        signs = (sign for payload in payloads for sign in document.payload(payload))
    elif head.startswith(_ACTIVE_MIME):
        signs = document.active_mime(file.data)
    else:
        signs = document.part()
    for sign in signs:
        yield file.finding(
            sign.rule,
            sign.message[:480],
            span=sign.span,
            severity=sign.severity,
            matched="" if sign.span else sign.message,
            remediation=sign.remediation,
            references=sign.references,
        )
    if document.closed:
        yield file.unchecked(document.closed)


class _Document:
    """One document under examination; `closed` says what could not be looked at."""

    def __init__(self, file: File, rules: dict[str, Any]) -> None:
        self.file, self.rules, self.limits = file, rules, rules["limits"]
        self.closed = ""

    def part(self) -> Iterator[Sign]:
        """A part of a newer document, or a table whose cells a spreadsheet runs."""
        path, data = self.file.path, self.file.data
        if self.file.suffix == ".rels":
            yield from office_parts.relations(data, self.rules)
        elif "xl/macrosheets/" in path and self.file.suffix in (".xml", ".bin"):
            yield from office_parts.macro_sheet(data, self.rules)
        elif b"mso-application" in data[:1024] or b"pkg:package" in data[:1024]:
            yield from self._flat(data)
        elif b"instrText" in data or b"fldSimple" in data or b"ddeLink" in data:
            yield from office_parts.fields(data, self.rules)
        elif self.file.suffix in (".csv", ".tsv", ".slk"):
            yield from self._cells(data)

    def _flat(self, data: bytes) -> Iterator[Sign]:
        """A whole document in one XML file: relations, fields, and macros in base 64."""
        yield from office_parts.relations(data, self.rules)
        yield from office_parts.fields(data, self.rules)
        for number, match in enumerate(_BASE64.finditer(data)):
            if number >= self.limits["objects"]:
                return
            digits = re.sub(rb"\s", b"", match[1])[: self.limits["object_bytes"]]
            inner = base64.b64decode(digits[: len(digits) // 4 * 4])
            if inner.startswith(_ACTIVE_MIME):
                yield from self.active_mime(inner)
            elif inner.startswith(COMPOUND):
                yield from self.compound(inner, 1)

    def _cells(self, data: bytes) -> Iterator[Sign]:
        pattern = self.rules["dde"]["slk" if data.startswith(b"ID;") else "cell"]
        match = compile_utf8(f"(?m){pattern}").search(data[: 8 << 20])
        if match:
            text = match[0].decode("utf-8", "replace").strip()
            yield Sign(
                "dde",
                Severity.HIGH,
                f"A cell of the table starts a program: {text[:120]!r}",
                match.span(),
                "Replace the formula by its value.",
                office_parts.DDE,
            )

    def _modules(self, modules: Iterable[Module]) -> list[Module]:
        """Those that were read; that there are others is remembered."""
        read = list(modules)
        if any(module.unread for module in read):
            self.closed = "it holds more macros than are looked at"
        return [module for module in read if not module.unread]

    def compound(self, data: bytes, depth: int) -> Iterator[Sign]:
        """A compound file: an old document, a macro project, an embedded object."""
        try:
            compound = Compound(data, self.limits["streams"])
        except BadCompound as problem:
            modules = self._modules(find_sources(data, self.limits["most_modules"], self.limits["module_bytes"]))
            yield from judge_modules(modules, self.rules)
            if not modules and not depth:
                yield Sign(
                    "malformed",
                    Severity.LOW,
                    f"The file begins like an Office document, but {problem}",
                    (0, 8),
                    "Save the document anew.",
                    ("CWE-1286",),
                )
            return
        if compound.get("EncryptedPackage"):
            yield from self._encrypted()
            return
        modules = self._modules(read_modules(compound, self.limits["most_modules"], self.limits["module_bytes"]))
        if not modules:
            modules = self._modules(find_sources(data, self.limits["most_modules"], self.limits["module_bytes"]))
        yield from judge_modules(modules, self.rules)
        yield from self._streams(compound, depth)
        if compound.exhausted:
            self.closed = "its streams claim more bytes than are looked at"

    def _encrypted(self) -> Iterator[Sign]:
        self.closed = "the document is encrypted: submit it without a password"
        yield Sign(
            "encrypted",
            Severity.MEDIUM,
            "The document is encrypted: neither a reviewer nor a scanner can see what it holds",
            (0, 8),
            "Submit the document without a password.",
            ("https://attack.mitre.org/techniques/T1027/013/",),
        )

    def _streams(self, compound: Compound, depth: int) -> Iterator[Sign]:
        for path in compound.paths:
            name = path.rpartition("/")[2].lower()
            if name in ("workbook", "book"):
                sheets = read_macro_sheets(compound.read(path))
                if sheets.encrypted:
                    yield from self._encrypted()
                yield from judge_sheets(sheets, self.rules)
            elif name == "worddocument":
                stream = compound.read(path)
                if len(stream) > 12 and stream[:2] == b"\xec\xa5" and stream[11] & 1:
                    yield from self._encrypted()
                yield from self._word_fields(stream)
            elif name in ("encryptedsummary", "encryption"):
                yield from self._encrypted()
            elif name == "powerpoint document":
                stream = compound.read(path)
                if depth < self.limits["depth"]:
                    for inner in payloads_in.powerpoint_storages(
                        stream, self.limits["objects"], self.limits["object_bytes"]
                    ):
                        yield from self.compound(inner, depth + 1)
            elif name == "\x01ole10native":
                payload = payloads_in.read_package(compound.read(path), self.rules["suffixes"])
                if payload is not None:
                    yield from self.payload(payload)
            elif name == "equation native":
                yield self._equation(None)
            elif name == "\x01ole":
                yield from self._link(compound.read(path), None)
        if compound.class_id == _EQUATION and not compound.get("Equation Native"):
            yield self._equation(None)

    def _word_fields(self, stream: bytes) -> Iterator[Sign]:
        match = _DDE_TEXT.search(stream)
        if match:
            text = (match[1] or match[2].replace(b"\0", b"")).decode("latin-1")
            yield from office_parts.dde_field(text, None, self.rules)

    def _equation(self, span: tuple[int, int] | None, severity: Severity = Severity.MEDIUM) -> Sign:
        return Sign(
            "equation",
            severity,
            "The document holds an object of the old equation editor, whose holes are used to run code",
            span,
            "Write the formula with the editor of today.",
            ("https://attack.mitre.org/techniques/T1203/",),
        )

    def _link(self, stream: bytes, span: tuple[int, int] | None) -> Iterator[Sign]:
        """An object that Office fetches and opens without asking."""
        at = stream.find(_MONIKER)
        address = _ADDRESS.search(stream, max(at, 0)) if at >= 0 else None
        if address:
            shown = address[0].replace(b"\0", b"").decode("latin-1")[:100]
            yield Sign(
                "remote_content",
                Severity.HIGH,
                f"The document fetches an object from {shown!r} when it is opened",
                span,
                office_parts.REMOVE_LINK,
                office_parts.TEMPLATE,
            )

    def payload(self, payload: payloads_in.Payload) -> Iterator[Sign]:
        """A file inside the document."""
        name = f" called {payload.name!r}" if payload.name else ""
        if payload.what:
            yield Sign(
                "embedded_program",
                Severity.HIGH,
                f"The document carries {payload.what}{name}, ready to be opened with a click",
                payload.span,
                "Remove the object.",
                EMBEDDED,
            )
        elif payload.name:
            yield Sign(
                "embedded_file",
                Severity.INFO,
                f"The document carries a file{name} of {len(payload.data):,} bytes",
                payload.span,
            )

    def active_mime(self, data: bytes) -> Iterator[Sign]:
        """The macros of a document saved as a web page: compressed behind a short header."""
        try:
            inner = zlib.decompressobj().decompress(data[50:], self.limits["object_bytes"])
        except zlib.error:
            self.closed = "the macros of this web page document cannot be unpacked"
            return
        yield from self.compound(inner, 1)

    def rich_text(self, data: bytes) -> Iterator[Sign]:
        """RTF: objects behind hexadecimal digits, templates and fields."""
        updates = b"\\objupdate" in data or b"\\objautlink" in data
        classes = self.rules["embedded"]["classes"]
        told: set[str] = set()
        for name, span in rtf.read_classes(data):
            if classes.get(name) and name not in told:
                told.add(name)
                yield self._class(name, span, updates)
        for item in rtf.read_objects(data, self.limits["objects"], self.limits["object_bytes"]):
            if item.unread:
                self.closed = "it holds more objects than are looked at"
            if classes.get(item.name) and item.name not in told:
                told.add(item.name)
                yield self._class(item.name, item.span, True)  # named in the digits only, not in the open
            yield from (_at(sign, item.span) for sign in self._object(item))
        for target, span in rtf.read_templates(data):
            if re.match(r"(?i)\s*(https?:|ftp:|\\{2,}|//|file:/{2,}[^/A-Za-z]?[^:]*$)", target):
                yield Sign(
                    "remote_template",
                    Severity.HIGH,
                    f"The document loads its template from {target[:100]!r} when it is opened",
                    span,
                    office_parts.REMOVE_LINK,
                    office_parts.TEMPLATE,
                )
        for text, span in rtf.read_fields(data):
            if re.match(self.rules["dde"]["field"], text):
                yield from office_parts.dde_field(text, span, self.rules)

    def _class(self, name: str, span: tuple[int, int], updates: bool) -> Sign:
        words = self.rules["embedded"]["classes"][name]
        severity = Severity.HIGH if updates or not name.startswith("Equation") else Severity.MEDIUM
        return Sign(
            "equation" if name.startswith("Equation") else "remote_content",
            severity,
            f"The document holds an object of the class {name}: {words}",
            span,
            "Remove the object.",
            ("https://attack.mitre.org/techniques/T1203/",),
        )

    def _object(self, item: rtf.RtfObject) -> Iterator[Sign]:
        at = item.data.find(COMPOUND)
        if 0 <= at < 64:
            yield from self.compound(item.data[at:], 1)
            return
        yield from self._link(item.data, item.span)
        if item.name == "Package" or not item.name:
            framed = len(item.data).to_bytes(4, "little") + item.data
            payload = payloads_in.read_package(framed, self.rules["suffixes"])
            if payload is not None and (payload.what or item.name):
                yield from self.payload(payload)


def _at(sign: Sign, span: tuple[int, int]) -> Sign:
    return Sign(sign.rule, sign.severity, sign.message, span, sign.remediation, sign.references)
