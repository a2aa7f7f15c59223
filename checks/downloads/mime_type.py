"""File types: extension, content and declared MIME type agree.

A file that is not what its name says is opened by the wrong program, or by the right one for the attacker.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import Confidence, File, Finding, Severity, Unchecked, file_check, resource_path
from checks.content._places import roles
from checks.downloads._formats import Formats, content_class, is_script, load_formats, second_format

REFERENCES = ("CWE-646", "https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html")
RENAME = "Give the file the extension of what it is, or remove it."
# These may carry an archive behind them by design: self-extracting programs, zipped Python, zips themselves.
CARRIERS = frozenset({"executable", "zip", "archive"})
ARCHIVES = frozenset({"zip", "archive"})
PROGRAMS = (
    "application/x-msdownload",
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "application/x-dosexec",
    "application/x-elf",
    "application/x-sharedlib",
    "application/x-mach",
    "application/wasm",
)
SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})


@file_check(
    guidelines={"DL-01"}, severity=Severity.MEDIUM, rules=("mime_type.toml", "places.toml"), uses=("python-magic",)
)
def mime_type(file: File) -> Iterator[Finding | Unchecked]:
    """Extension against content, content against itself, and for the artifact the type that was declared."""
    formats = load_formats(resource_path("rules/mime_type.toml"))
    if formats.double.search(file.name):
        yield _finding(
            file,
            "double_extension",
            f"The name ends in two extensions to look harmless: {file.name[-60:]}",
            Severity.HIGH,
        )
    if not file.size:
        return
    expected = formats.expected(file.suffix)
    content = content_class(file, file.type, formats)
    if content not in CARRIERS:
        other = second_format(file, content)
        if other is not None:
            words, span = other
            yield _finding(file, "polyglot", f"The file is {file.type.label}, and {words}", Severity.HIGH, span)
    if expected and content not in expected:
        yield from _disagreement(file, formats, content, expected)
    yield from _declared(file, formats, content)


def _finding(
    file: File,
    rule: str,
    message: str,
    severity: Severity,
    span: tuple[int, int] | None = None,
    remediation: str = RENAME,
) -> Finding:
    return file.finding(
        rule,
        message,
        span=span or (0, min(16, file.size)),
        severity=severity,
        confidence=Confidence.HIGH if severity >= Severity.HIGH else Confidence.MEDIUM,
        remediation=remediation,
        references=REFERENCES,
    )


def _disagreement(file: File, formats: Formats, content: str, expected: frozenset[str]) -> Iterator[Finding]:
    label, suffix = file.type.label, file.suffix
    if content == "executable":
        message = f"The file is {label} under the extension {suffix}"
        yield _finding(file, "disguised_executable", message, Severity.HIGH)
    elif content == "text":
        yield from _text_instead(file, expected)
    elif formats.are_alike(content, expected):
        yield _finding(file, "other_format", f"The file is {label} under the extension {suffix}", Severity.INFO)
    elif content in ARCHIVES:
        severity = Severity.LOW if "test" in roles(file.path) else Severity.MEDIUM
        yield _finding(file, "disguised_archive", f"The file is {label} under the extension {suffix}", severity)
    elif content != "data" or suffix[1:] in formats.strict or expected == {"text"}:
        severity = Severity.INFO if {"test", "translation"} & roles(file.path) else Severity.LOW
        yield _finding(file, "unexpected_content", f"The content is {label}, not what {suffix} promises", severity)


def _text_instead(file: File, expected: frozenset[str]) -> Iterator[Finding]:
    """A note or an error page saved as a picture is a slip; a program saved as one is a hiding place."""
    if expected <= {"executable"} or expected & {"python", "java"}:
        yield _finding(file, "text_as_binary", f"The file is text under the extension {file.suffix}", Severity.LOW)
    elif is_script(file.head(1 << 16)):
        severity = Severity.MEDIUM if "test" in roles(file.path) else Severity.HIGH
        yield _finding(
            file, "disguised_script", f"The file is a script or page under the extension {file.suffix}", severity
        )
    else:
        yield _finding(file, "text_as_binary", f"The file is text under the extension {file.suffix}", Severity.INFO)


def _declared(file: File, formats: Formats, content: str) -> Iterator[Finding]:
    declared = file.declared_type.partition(";")[0].strip().lower()
    if declared in SAYS_NOTHING or declared == file.type.mime:
        return
    promised = "executable" if declared.startswith(PROGRAMS) else formats.of_mime(declared)
    if promised in (content, "data") or formats.are_alike(content, frozenset({promised})):
        return
    # JSON, JavaScript and XML are text under names of their own
    if content == "text" and (declared.endswith(("json", "javascript", "xml", "script", "+yaml"))):
        return
    severity = Severity.HIGH if content == "executable" else Severity.MEDIUM
    message = f"Declared as {declared[:80]}, but the content is {file.type.label} ({file.type.mime})"
    yield _finding(file, "declared_type", message, severity, remediation="Declare the type of what is submitted.")
