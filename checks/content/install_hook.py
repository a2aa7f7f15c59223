"""Install hooks: code that runs by itself when a package is installed, opened or started.

Nobody decides to run it, so it is where attackers put their code. A hook that only builds is noted; one that joins
the network, private data or hidden code is what a reviewer stops for.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, Package, Severity, Unchecked, check
from checks.content._hooks import Hook
from checks.content._hooks_msbuild import msbuild_hooks
from checks.content._hooks_node import composer_hooks, editor_hooks, extension_hooks, npm_hooks, vscode_hooks
from checks.content._hooks_python import python_hooks
from checks.content._hooks_system import header_hooks, system_hooks
from checks.content._places import keep_worst
from checks.downloads._family import Container, containers

REMEDIATION = "Do the work when the app is used and the user can see it, or ship what the hook would fetch."
REFERENCES = ("CWE-506", "https://attack.mitre.org/techniques/T1195/002/")


@check(guidelines={"DL-11"}, severity=Severity.MEDIUM, rules=("install_hook.toml", "places.toml"), uses=("google-re2",))
def install_hook(package: Package, *, limit: int = 200) -> Iterator[Finding | Unchecked]:
    """Every hook of every container in the package, nested ones included; at most `limit` are told."""
    hooks = (hook for container in containers(package) for hook in _hooks(container))
    found = (*map(_finding, hooks), *(_whole(package, hook) for hook in header_hooks(package)))
    worst, others = keep_worst(found, limit)
    yield from worst
    if others:
        yield package.unchecked(f"more than {limit} hooks: {others} others are not listed")


def _finding(hook: Hook) -> Finding:
    return hook.file.finding(
        hook.rule,
        hook.message,
        span=hook.span,
        severity=hook.severity,
        remediation=REMEDIATION if hook.severity > Severity.INFO else "",
        references=REFERENCES,
    )


def _whole(package: Package, hook: Hook) -> Finding:
    """What stands outside of the unpacked files, in the header of the artifact, is about the package."""
    told = _finding(hook)
    return package.finding(
        told.rule,
        told.message,
        severity=told.severity,
        matched=hook.message,
        remediation=told.remediation,
        references=told.references,
    )


def _hooks(container: Container) -> Iterator[Hook]:
    yield from npm_hooks(container)
    yield from python_hooks(container)
    yield from composer_hooks(container)
    yield from system_hooks(container)
    yield from editor_hooks(container)
    yield from msbuild_hooks(container)
    if container.family == "vsix":
        yield from vscode_hooks(container)
    if container.family == "browser-extension" or any(map(_is_extension_manifest, container.files)):
        yield from extension_hooks(container)


def _is_extension_manifest(file: File) -> bool:
    """A browser extension may also lie deep in a system package."""
    return file.name == "manifest.json" and b'"manifest_version"' in file.head(1 << 16)
