"""What a VS Code extension declares: when it wakes up, what it takes part in, what else it installs."""

from __future__ import annotations

from typing import Any

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import strings, words
from checks.downloads.manifests.permissions import Request, table
from checks.downloads.manifests.text import parse_json
from checks.runtime.model import Severity
from checks.runtime.package import File

MOST = 200


def read(file: File) -> Request:
    """All that an extension declares."""
    request = Request("vscode", file)
    try:
        manifest = parse_json(file).value
    except BadManifest as error:
        request.problem = f"{file.name} cannot be read: {error}"
        return request
    request.title, request.version = words(manifest.get("name"), 100), words(manifest.get("version"), 60)
    known, other = table("vscode"), table("vscode")["other"]
    for event in strings(manifest.get("activationEvents"))[:MOST]:
        kind = event.partition(":")[0]
        if kind in known["activation"]:
            request.add(f"activation {event}", known["activation"][kind], needle=event, alike=[kind])
    _contributes(request, manifest)
    for name in strings(manifest.get("enabledApiProposals"))[:MOST]:
        request.add(f"proposed API {name}", other["proposals"], needle=name, severity=Severity.LOW)
    if manifest.get("enableProposedApi") is True:
        request.add("proposed API", other["proposals"], needle="enableProposedApi", severity=Severity.LOW)
    for key, kind in (("extensionDependencies", "dependency"), ("extensionPack", "pack")):
        for name in strings(manifest.get(key))[:MOST]:
            request.add(f"{kind} {name}", other[kind], needle=name)
    for place in strings(manifest.get("extensionKind")):
        if f"kind-{place}" in other:
            request.add(f"runs in {place}", other[f"kind-{place}"], needle="extensionKind")
    _capabilities(request, manifest)
    scripts = manifest.get("scripts")
    if isinstance(scripts, dict) and isinstance(scripts.get("vscode:uninstall"), str):
        request.add("script at removal", other["uninstall"], needle="vscode:uninstall")
    return request


def _contributes(request: Request, manifest: dict[str, Any]) -> None:
    known = table("vscode")
    contributes = manifest.get("contributes")
    if not isinstance(contributes, dict):
        return
    for key, entry in known["contributes"].items():
        if contributes.get(key):
            request.add(f"contributes {key}", entry, needle=key, alike=[key])
    defaults = contributes.get("configurationDefaults")
    guarded = tuple(known["settings"]["guarded"])
    for name in list(defaults)[:MOST] if isinstance(defaults, dict) else ():
        if isinstance(name, str) and name.startswith(guarded):
            request.add(f"setting {name}", known["other"]["setting"], needle=name, alike=["setting"])


def _capabilities(request: Request, manifest: dict[str, Any]) -> None:
    """`limited` and false are the careful answers; an extension without code is open to all by itself."""
    capabilities = manifest.get("capabilities")
    untrusted = capabilities.get("untrustedWorkspaces") if isinstance(capabilities, dict) else None
    if isinstance(untrusted, dict) and untrusted.get("supported") is True:
        request.add("untrusted folders", table("vscode")["other"]["untrusted"], needle="untrustedWorkspaces")
