"""Hooks of .NET builds: what the targets and props of a package, or a project, run while somebody builds.

MSBuild takes `build/<id>.targets` and `.props` of a package into every project that uses it. What they may run: a
command (`Exec`, the events around a build), code that is compiled on the spot (an inline task), a downloaded file, or
a task of a library, which is only noted.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator

from checks.content._hooks import Hook, assess_file, beside, graded, short
from checks.content._scan import compile_bytes
from checks.content._threats import MAX_SCRIPT, Verdict, assess, worst
from checks.downloads._family import Container
from checks.runtime.model import Severity
from checks.runtime.package import File

_TAKEN_IN = re.compile(
    r"(?:^|/)(?:build(?:transitive|multitargeting|crosstargeting)?/(?:[^/]+/){0,3}[^/]+\.(?:targets|props)"
    r"|Directory\.(?:Build|Solution)\.(?:targets|props)|[^/]+\.(?:cs|vb|fs|vcx)proj)$",
    re.IGNORECASE,
)
_SUFFIXES = frozenset({".targets", ".props", ".csproj", ".vbproj", ".fsproj", ".vcxproj"})
# RE2 over bytes, which takes linear time whatever the file.
_COMMENT = r"(?s)<!--.*?-->"
_EXEC = r"<Exec\b[^<>]*?\bCommand\s*=\s*(?:\"([^\"<>]+)\"|'([^'<>]+)')"
_EVENT = r"(?s)<(?:Pre|Post)(?:Build|Link)Event\b[^<>]*>(.*?)</(?:Pre|Post)(?:Build|Link)Event\s*>"
_INLINE = r"\bTaskFactory\s*=\s*[\"'](?:Roslyn)?CodeTaskFactory[\"']"
_CODE = r"(?s)<Code\b([^<>]*)>(.*?)</Code\s*>|<Code\b([^<>]*)/>"
_SOURCE = r"\bSource\s*=\s*[\"']([^\"'<>]+)[\"']"
_LIBRARY = r"<UsingTask\b[^<>]*\bAssemblyFile\b"
_FETCH = r"<DownloadFile\b[^<>]*?\bSourceUrl\s*=\s*[\"']([^\"'<>]+)[\"']"
_PROPERTY = r"<([A-Za-z_][\w.-]*)(?:\s[^<>]*)?>([^<>]+)</"
_USED = re.compile(r"\$\(([A-Za-z_][\w.-]{0,60})\)")
_FOLDER = re.compile(r"\$\(MSBuildThisFileDirectory\)", re.IGNORECASE)
_MAX_COMMANDS = 40
_MAX_ROUNDS = 4
_MAX_TEXT = 1 << 14
_MAX_VALUE = 1 << 12
_MAX_PROPERTIES = 400


def msbuild_hooks(container: Container) -> Iterator[Hook]:
    """What a build with this package, or of this project, runs by itself."""
    for file in container.files:
        if file.suffix in _SUFFIXES and file.size and _TAKEN_IN.search(file.path):
            yield from _hooks(container, file)


def _hooks(container: Container, file: File) -> Iterator[Hook]:
    code: bytes = compile_bytes(_COMMENT).sub(b"", file.head(MAX_SCRIPT))
    properties: dict[str, str] = {}
    for name, value in _texts(_PROPERTY, code, _MAX_PROPERTIES):
        properties[name] = value
    fetched = [_expand(url, properties) for (url,) in _texts(_FETCH, code)]
    commands = [_expand(a or b, properties) for a, b in _texts(_EXEC, code)]
    commands += [_expand(body, properties) for (body,) in _texts(_EVENT, code)]
    if commands:
        # what is fetched by a task of its own is run by the commands beside it
        lines = [*commands, *(f"curl {url}" for url in fetched)]
        verdict = assess("\n".join(lines).encode("utf-8", "replace"))
        message = f"A build runs a command by itself ({short(commands[0])})"
        yield graded("msbuild_command", file, verdict, Severity.LOW, message, in_place=False)
    if compile_bytes(_INLINE).search(code):
        verdict = worst([_code(container, file, a or b, body) for a, body, b in _texts(_CODE, code)])
        message = "A build compiles code that stands in this file and runs it by itself"
        yield graded("msbuild_inline_task", file, verdict, Severity.MEDIUM, message, in_place=False)
    elif compile_bytes(_LIBRARY).search(code):
        yield Hook("msbuild_task", file, Severity.INFO, "A build runs tasks of a library by itself")


def _texts(expression: str, code: bytes, most: int = _MAX_COMMANDS) -> Iterator[tuple[str, ...]]:
    """The groups of each place, at most so many."""
    for match in itertools.islice(compile_bytes(expression).finditer(code), most):
        yield tuple((group or b"").decode("utf-8", "replace") for group in match.groups())


def _code(container: Container, file: File, given: str, body: str) -> Verdict:
    """What the code of an inline task does; it may stand in a file of its own."""
    for (named,) in _texts(_SOURCE, given.encode("utf-8", "replace"), 1):
        other = beside(container, file.path, _FOLDER.sub("", html.unescape(named)).replace("\\", "/").lstrip("/"))
        if other is not None:
            return assess_file(other)
    return assess(html.unescape(body).encode("utf-8", "replace"))


def _expand(text: str, properties: dict[str, str]) -> str:
    """A command with the properties of the file put in."""
    for _ in range(_MAX_ROUNDS):
        longer = _USED.sub(lambda use: properties.get(use[1], use[0])[:_MAX_VALUE], text[:_MAX_TEXT])
        if longer == text:
            break
        text = longer
    return html.unescape(text[:_MAX_TEXT])
