"""What the dictionaries of a PDF do: scripts, actions, attachments, forms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from checks.content._scan import compile_utf8
from checks.downloads.documents import pdf
from checks.downloads.documents.pdf import Walk, is_dictionary, name_of, text_of, value_of
from checks.downloads.programs.embedded import program_kind
from checks.runtime.model import Finding, Severity
from checks.runtime.package import File

REMOVE = "Save the document without scripts and actions (PDF/A allows neither)."
JAVASCRIPT = ("https://attack.mitre.org/techniques/T1059/007/",)
OPENS = ("https://attack.mitre.org/techniques/T1204/002/",)


@cache
def load_rules(path: Path) -> dict[str, Any]:
    """The rules of pdf_content.toml with their expressions compiled; read once a process."""
    rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for table, keys in (
        ("script", ("harmless", "grave", "calls")),
        ("action", ("program", "raw_address", "share", "scheme")),
    ):
        rules[table] = {key: compile_utf8(rules[table][key]) for key in keys}
    rules["programs"] = frozenset(rules["embedded"]["program_suffixes"])
    rules["active"] = frozenset(rules["embedded"]["active_suffixes"])
    rules["hidden"] = frozenset(rules["names"]["hidden"])
    return rules


class Judge:
    """Turns the dictionaries of one document into findings."""

    def __init__(self, file: File, rules: dict[str, Any], document: Any) -> None:
        self.file, self.rules, self.document = file, rules, document
        self.limit: int = rules["limits"]["script_bytes"]
        self.told: set[tuple[str, str]] = set()
        self.automatic = False

    def findings(self, walk: Walk) -> Iterator[Finding]:
        """Everything in the document that acts."""
        try:
            self.automatic = self._starts_by_itself()
            if self.document.is_encrypted:
                yield self._tell("protected", Severity.INFO, "The document is encrypted and opens without a password")
        except Exception:  # a catalogue that leads nowhere: its objects are looked at one by one all the same
            self.automatic = True
        for item in pdf.dictionaries(self.document, walk):
            for finding in self._one(item):
                key = (finding.rule, finding.message)
                if key not in self.told:
                    self.told.add(key)
                    yield finding

    def _starts_by_itself(self) -> bool:
        """Whether opening the document, or a page of it, starts an action."""
        root = self.document.Root
        names = value_of(root, "/Names")
        return (
            _is_action(value_of(root, "/OpenAction"))
            or value_of(root, "/AA") is not None
            or (is_dictionary(names) and value_of(names, "/JavaScript") is not None)
        )

    def _one(self, item: Any) -> Iterator[Finding]:
        kind = name_of(item, "/S")
        if value_of(item, "/JS") is not None:
            yield from self._script(text_of(value_of(item, "/JS"), self.limit), "/OpenAction" in item or self.automatic)
        if kind == "/Launch":
            yield from self._launch(item)
        elif kind in ("/SubmitForm", "/ImportData"):
            yield from self._submit(item, kind)
        elif kind == "/URI":
            yield from self._address(text_of(value_of(item, "/URI"), 2000))
        elif kind in ("/GoToR", "/GoToE", "/Thread"):
            yield from self._other_document(item)
        if value_of(item, "/EF") is not None:
            yield from self._embedded(item)
        subtype = name_of(item, "/Subtype")
        if (
            subtype in ("/RichMedia", "/Movie", "/Screen", "/3D")
            and value_of(item, "/Rect") is not None
            and subtype != "/Screen"
        ):
            severity = Severity.MEDIUM if subtype == "/RichMedia" else Severity.LOW
            yield self._tell(
                "rich_media",
                severity,
                f"The document holds an object of the kind {subtype[1:]}, which is played by a plug-in",
            )
        if value_of(item, "/XFA") is not None:
            yield from self._forms(value_of(item, "/XFA"))

    def _script(self, text: str, automatic: bool) -> Iterator[Finding]:
        raw = text.encode("utf-8", "replace")
        shown = " ".join(text.split())[:120]
        if not shown:
            return
        grave, calls = self.rules["script"]["grave"].search(raw), self.rules["script"]["calls"].search(raw)
        if self.rules["script"]["harmless"].search(raw):
            yield self._tell("javascript", Severity.INFO, "The document holds scripts that format the fields of a form")
        elif grave:
            what = grave[0].decode("utf-8", "replace")[:60]
            severity = Severity.HIGH if automatic else Severity.MEDIUM
            when = "as soon as it is opened" if automatic else "when it is used"
            yield self._tell(
                "javascript",
                severity,
                f"The document runs a script {when}, with {what!r} in it: {shown!r}",
                REMOVE,
                JAVASCRIPT,
            )
        elif automatic:
            severity = Severity.MEDIUM if calls or len(text) > 400 else Severity.LOW
            yield self._tell(
                "javascript",
                severity,
                f"The document runs a script as soon as it is opened: {shown!r}",
                REMOVE,
                JAVASCRIPT,
            )
        else:
            yield self._tell("javascript", Severity.LOW, f"The document holds a script: {shown!r}", REMOVE, JAVASCRIPT)

    def _launch(self, item: Any) -> Iterator[Finding]:
        words = [self._target(item)]
        for system in ("/Win", "/Mac", "/Unix"):
            part = value_of(item, system)
            if is_dictionary(part):
                words += [text_of(value_of(part, key), 400) for key in ("/F", "/P", "/D")]
        text = " ".join(" ".join(words).split())
        grave = self.rules["action"]["program"].search(text.encode("utf-8", "replace")) is not None
        yield self._tell(
            "launch",
            Severity.HIGH if grave or value_of(item, "/Win") is not None else Severity.MEDIUM,
            f"The document starts a program or opens a file: {text[:160]!r}",
            REMOVE,
            OPENS,
        )

    def _target(self, item: Any) -> str:
        """Where an action leads: a text, or a description of a file."""
        target = value_of(item, "/F")
        if is_dictionary(target):
            target = value_of(target, "/UF") or value_of(target, "/F")
        return text_of(target, 2000)

    def _submit(self, item: Any, kind: str) -> Iterator[Finding]:
        target = self._target(item)
        raw = self.rules["action"]["raw_address"].search(target.encode("utf-8", "replace")) is not None
        share = self.rules["action"]["share"].search(target.encode("utf-8", "replace")) is not None
        words = "sends what is typed into it to" if kind == "/SubmitForm" else "takes data from"
        yield self._tell(
            "submit_form",
            Severity.MEDIUM if raw or share else Severity.LOW,
            f"The document {words} {target[:120]!r}",
            "Say in the submission where the data goes, and send it by https.",
            ("CWE-359",),
        )

    def _address(self, target: str) -> Iterator[Finding]:
        raw = target.encode("utf-8", "replace")
        if self.rules["action"]["scheme"].search(raw):
            yield self._tell(
                "link", Severity.MEDIUM, f"A link of the document runs something: {target[:120]!r}", REMOVE, OPENS
            )
        elif self.rules["action"]["share"].search(raw):
            yield self._tell(
                "link",
                Severity.MEDIUM,
                f"A link leads to a computer in the network: {target[:120]!r}",
                REMOVE,
                ("https://attack.mitre.org/techniques/T1187/",),
            )
        elif self.rules["action"]["raw_address"].search(raw):
            yield self._tell(
                "link", Severity.LOW, f"A link leads to an address without a name: {target[:120]!r}", "", OPENS
            )

    def _other_document(self, item: Any) -> Iterator[Finding]:
        target = self._target(item)
        if self.rules["action"]["share"].search(target.encode("utf-8", "replace")):
            severity = Severity.HIGH if self.automatic else Severity.MEDIUM
            yield self._tell(
                "link",
                severity,
                f"The document opens {target[:120]!r}: the reader's account is shown to that computer",
                REMOVE,
                ("https://attack.mitre.org/techniques/T1187/",),
            )

    def _embedded(self, item: Any) -> Iterator[Finding]:
        name = text_of(value_of(item, "/UF") or value_of(item, "/F"), 200)
        files = value_of(item, "/EF")
        stream = value_of(files, "/F") or value_of(files, "/UF") if is_dictionary(files) else None
        data = pdf.read_stream(stream, self.rules["limits"]["embedded_bytes"]) if stream is not None else b""
        suffix = Path(name.replace("\0", "")).suffix.lower()
        what = program_kind(name, data, self.rules["programs"])
        if what:
            yield self._tell(
                "embedded_program",
                Severity.HIGH,
                f"The document carries {what}, called {name[:80]!r}",
                "Remove the attachment.",
                OPENS,
            )
        elif suffix in self.rules["active"] or data.startswith(
            (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-", b"{\\rt")
        ):
            severity = Severity.MEDIUM if self.automatic else Severity.LOW
            yield self._tell(
                "embedded_file",
                severity,
                f"The document carries another one, called {name[:80]!r}, of {len(data):,} bytes",
                "Submit the attachment as a file of its own.",
                OPENS,
            )
        else:
            yield self._tell(
                "embedded_file",
                Severity.INFO,
                f"The document carries a file called {name[:80]!r} of {len(data):,} bytes",
            )

    def _forms(self, forms: Any) -> Iterator[Finding]:
        """Forms in XML, whose scripts no search for /JS finds."""
        import pikepdf

        parts = list(forms)[:64] if isinstance(forms, pikepdf.Array) else [forms]
        text = "".join(text_of(part, self.limit) for part in parts if isinstance(part, pikepdf.Stream))
        scripts = re.findall(r"<script\b[^>]{0,200}>([^<]{1,20000})", text)[:50]
        grave = next((s for s in scripts if self.rules["script"]["grave"].search(s.encode("utf-8", "replace"))), "")
        if grave:
            yield from self._script(grave, True)
        else:
            words = f" with {len(scripts)} scripts" if scripts else ""
            yield self._tell(
                "xfa",
                Severity.LOW if scripts else Severity.INFO,
                f"The document holds a form in XML (XFA){words}",
                REMOVE if scripts else "",
            )

    def _tell(
        self, rule: str, severity: Severity, message: str, remediation: str = "", references: tuple[str, ...] = ()
    ) -> Finding:
        return self.file.finding(
            rule, message[:480], severity=severity, matched=message, remediation=remediation, references=references
        )


def _is_action(value: Any) -> bool:
    """An action does something; a destination only shows a page."""
    return is_dictionary(value) and value_of(value, "/S") is not None
