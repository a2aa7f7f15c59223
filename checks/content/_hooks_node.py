"""Hooks of npm packages, VS Code extensions and browser extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.content._hooks import Hook, assess_file, beside, graded, place, short
from checks.content._places import roles
from checks.content._scan import compile_bytes
from checks.content._threats import NOTHING, Verdict, assess, is_known, table, worst
from checks.downloads._family import BadManifest, Container, read_json
from checks.runtime.model import Severity
from checks.runtime.package import File

MOST_FOLLOWED = 8
_SCRIPT_ARGUMENT = re.compile(
    r"(?:^|[\s;&|])(?:node|nodejs|bun|deno run|ts-node|tsx|sh|bash|zsh|python3?|ruby|perl|php)\s+"
    r"((?:-{1,2}[\w=-]+\s+)*)([\w./@-]+)"
)
_BARE_SCRIPT = re.compile(r"^\s*(\.{0,2}/?[\w./@-]+\.(?:sh|js|cjs|mjs|py|cmd|bat|ps1))\b")
_REQUIRE = re.compile(
    rb"(?:require\s*\(\s*|import\s+(?:[\w{}\s,*]{1,80}from\s+)?|import\s*\(\s*)\\?['\"](\.{1,2}/[\w./@-]{1,120})\\?['\"]"
)
_EXPANSION = re.compile(rb"<!@?\((.{1,400}?)\)(?=[\"'\s,)]|$)")
_INSTALLED = re.compile(rb"onInstalled\.addListener\s*\(")
_FETCHES = re.compile(rb"\bfetch\s*\(|XMLHttpRequest|importScripts\s*\(\s*['\"`]https?:")
_RUNS = re.compile(
    rb"\beval\s*\(|new\s+Function\s*\(|executeScript\s*\(|importScripts\s*\(\s*['\"`]https?:|userScripts\.register|\.then\(\s*eval\b"
)
ONINSTALLED_REACH = 3000
ASSISTANT_FILES = (".claude/settings.json", ".cursor/hooks.json", ".gemini/settings.json")
EDITOR_FILES = (".vscode/tasks.json", ".vscode/settings.json", ".code-workspace", "devcontainer.json", *ASSISTANT_FILES)


def npm_hooks(container: Container) -> Iterator[Hook]:
    """Life-cycle scripts of the package itself and of packages bundled in its node_modules."""
    for file in container.files:
        if file.name == "package.json" and _counts(container, file):
            yield from _manifest(container, file)
        elif file.path == container.root + "binding.gyp":
            yield from _gyp(file)


def _counts(container: Container, file: File) -> bool:
    """Whether npm would run this manifest's scripts: the root's, a bundled package's, or, where the container has no
    root of a known family, any that is no fixture."""
    if file.path == container.root + "package.json" or _is_bundled(file.path):
        return True
    return not container.family and not {"test", "doc"} & roles(file.path)


def _is_bundled(path: str) -> bool:
    _, found, rest = path.rpartition("node_modules/")
    return bool(found) and rest.count("/") == (2 if rest.startswith("@") else 1)


def _manifest(container: Container, file: File) -> Iterator[Hook]:
    try:
        manifest = read_json(file)
    except BadManifest as error:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, f"package.json cannot be read: {error}")
        return
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    if not isinstance(scripts, dict):
        return
    for names, on_install in ((table()["npm"]["install"], True), (table()["npm"]["build"], False)):
        for name in names:
            command = scripts.get(name)
            if isinstance(command, str) and command.strip():
                yield _script(container, file, name, command, scripts, on_install)


def _script(
    container: Container, file: File, name: str, command: str, scripts: dict[str, Any], on_install: bool
) -> Hook:
    """`npm run other` is looked up, scripts of the package are read, and what they load beside them as well."""
    itself = assess(command.encode("utf-8", "replace"))
    verdict = worst([itself, *_followed(container, file, command, scripts)])
    least = Severity.INFO
    known = all(
        is_known("npm", part.encode("utf-8", "replace")) for part in re.split(r"&&|\|\||;", command) if part.strip()
    )
    if on_install and not known:
        least = Severity.LOW
    if not on_install and itself.severity < Severity.HIGH:
        # does not run where the package is installed from the registry; what a command line hides runs anywhere
        verdict = Verdict(_lower(verdict.severity), verdict.words, verdict.span)
    message = f"The {name} script runs `{short(command)}`"
    hook = graded(f"npm_{name}", file, verdict, least, message, in_place=False)
    return Hook(
        hook.rule, file, hook.severity, hook.message, place(file.data, command) or place(file.data, f'"{name}"')
    )


def _lower(severity: Severity) -> Severity:
    return Severity(severity - 1) if Severity.INFO < severity < Severity.CRITICAL else severity


def _followed(
    container: Container, file: File, command: str, scripts: dict[str, Any], depth: int = 0
) -> Iterator[Verdict]:
    for name in re.findall(r"(?:npm|yarn|pnpm|bun)(?:\s+run)?(?:\s+-s|\s+--silent)?\s+([\w:.-]+)", command):
        other = scripts.get(name)
        if isinstance(other, str) and depth < 3:
            yield assess(other.encode("utf-8", "replace"))
            yield from _followed(container, file, other, scripts, depth + 1)
    targets = [match[1] for match in _SCRIPT_ARGUMENT.findall(command)] + _BARE_SCRIPT.findall(command)
    targets += [m.decode() for m in _REQUIRE.findall(command.encode("utf-8", "replace"))]
    seen: set[str] = set()
    for target in targets:
        script = _resolve(container, file.path, target)
        if script is not None:
            yield from _with_its_requires(container, script, seen)


def _resolve(container: Container, base: str, target: str) -> File | None:
    for ending in ("", ".js", ".cjs", ".mjs", "/index.js"):
        found = beside(container, base, target + ending)
        if found is not None:
            return found
    return None


def _with_its_requires(container: Container, script: File, seen: set[str]) -> Iterator[Verdict]:
    if script.path in seen or len(seen) >= MOST_FOLLOWED:
        return
    seen.add(script.path)
    yield assess_file(script)
    for target in _REQUIRE.findall(script.head(1 << 18)):
        other = _resolve(container, script.path, target.decode())
        if other is not None and other.name != "package.json":
            yield from _with_its_requires(container, other, seen)


def _gyp(file: File) -> Iterator[Hook]:
    """npm builds a package with a binding.gyp by itself, and gyp runs what stands in `<!( )`."""
    data = file.head(1 << 20)
    told = False
    for match in _EXPANSION.finditer(data):
        command = match.group(1)
        if is_known("gyp", command):
            continue
        told = True
        text = command.decode("utf-8", "replace")
        yield Hook(
            "gyp_command", file, max(Severity.LOW, assess(command).severity),
            f"binding.gyp runs `{short(text)}` when the package is built", match.span(),
        )  # fmt: skip
    if not told:
        yield Hook("gyp_build", file, Severity.INFO, "binding.gyp makes npm compile native code on installation")


def vscode_hooks(container: Container) -> Iterator[Hook]:
    """When a VS Code extension wakes up, and what it runs when it is removed."""
    file = container.get("extension/package.json")
    if file is None:
        return
    try:
        manifest = read_json(file)
    except BadManifest as error:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, f"extension/package.json cannot be read: {error}")
        return
    if not isinstance(manifest, dict):
        return
    events = manifest.get("activationEvents")
    if isinstance(events, list) and "*" in events:
        message = "The extension activates whenever the editor starts, before anybody asked for it"
        yield Hook("activates_always", file, Severity.LOW, message, place(file.data, '"*"'))
    scripts = manifest.get("scripts")
    command = scripts.get("vscode:uninstall") if isinstance(scripts, dict) else None
    if isinstance(command, str):
        verdict = worst([assess(command.encode("utf-8", "replace")), *_followed(container, file, command, {})])
        yield graded(
            "vscode_uninstall", file, verdict, Severity.LOW, f"Removal runs `{short(command)}`", in_place=False
        )


def editor_hooks(container: Container) -> Iterator[Hook]:
    """Files that make an editor or a coding assistant run commands when the folder is opened."""
    for file in container.files:
        path = file.path[len(container.prefix) :]
        if not path.endswith(EDITOR_FILES):
            continue
        data = file.head(1 << 18)
        if path.endswith(".vscode/tasks.json"):
            match = re.search(rb'"runOn"\s*:\s*"folderOpen"', data)
            if match is not None:
                message = "A task runs as soon as the folder is opened in VS Code"
                verdict = assess(data)
                yield Hook("folder_open_task", file, max(Severity.MEDIUM, verdict.severity), message, match.span())
        elif path.endswith((".vscode/settings.json", ".code-workspace")):
            for expression in table()["editor"]["settings"]:
                match = compile_bytes(expression).search(data)
                if match is not None:
                    message = "Workspace settings start a program or lower the guard of the editor"
                    yield Hook("workspace_setting", file, Severity.MEDIUM, message, match.span())
        elif (
            path.endswith((".claude/settings.json", ".cursor/hooks.json", ".gemini/settings.json"))
            and b'"command"' in data
        ):
            verdict = assess(data)
            message = "Settings of a coding assistant run commands by themselves"
            yield Hook("assistant_hook", file, max(Severity.MEDIUM, verdict.severity), message, verdict.span)
        elif path.endswith("devcontainer.json") and (match := re.search(rb'"initializeCommand"\s*:', data)):
            verdict = assess(data)
            message = "Opening the folder in a container first runs a command on the host"
            yield Hook("devcontainer_command", file, max(Severity.MEDIUM, verdict.severity), message, match.span())


def extension_hooks(container: Container) -> Iterator[Hook]:
    """A browser extension whose code comes from the network right after it was installed."""
    for file in container.files:
        if file.suffix not in (".js", ".mjs", ".ts", ".html") or file.size > 8 << 20:
            continue
        data = file.data
        for match in _INSTALLED.finditer(data):
            body = data[match.start() : match.start() + ONINSTALLED_REACH]
            if _FETCHES.search(body) and (runs := _RUNS.search(body)):
                span = (match.start() + runs.start(), match.start() + runs.end())
                yield Hook(
                    "extension_installs_code",
                    file,
                    Severity.HIGH,
                    "On installation the extension fetches code and runs it",
                    span,
                )
                break


def composer_hooks(container: Container) -> Iterator[Hook]:
    """Scripts of composer.json; Composer runs those of the root package only, so a threat is what counts."""
    file = container.get("composer.json")
    if file is None:
        return
    try:
        manifest = read_json(file)
    except BadManifest as error:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, f"composer.json cannot be read: {error}")
        return
    if not isinstance(manifest, dict):
        return
    if manifest.get("type") == "composer-plugin":
        yield Hook(
            "composer_plugin",
            file,
            Severity.LOW,
            "A Composer plugin runs inside every later installation",
            place(file.data, "composer-plugin"),
        )
    scripts = manifest.get("scripts")
    for name, commands in scripts.items() if isinstance(scripts, dict) else ():
        if not name.startswith(("post-", "pre-")):
            continue
        lines = [c for c in (commands if isinstance(commands, list) else [commands]) if isinstance(c, str)]
        verdict = worst([assess(line.encode("utf-8", "replace")) for line in lines]) if lines else NOTHING
        span = place(file.data, lines[0]) if lines else None
        yield Hook(
            "composer_script",
            file,
            verdict.severity,
            f"The {short(name, 40)} script runs `{short('; '.join(lines))}`",
            span,
        )
