"""Permissions of Android apps, roles of their services, flags of the application, components open to others."""

from __future__ import annotations

from checks.downloads._family import BadManifest
from checks.downloads.manifests.android import COMPONENTS, MAIN, MOST_COMPONENTS, actions, is_exported
from checks.downloads.manifests.axml import Node, read_android
from checks.downloads.manifests.container import words
from checks.downloads.manifests.permissions import Request, table
from checks.runtime.model import Severity
from checks.runtime.package import File

PREFIX = "android.permission."
MOST_EXPORTED = 100


def read(file: File) -> Request:
    """All that an app asks for."""
    request = Request("android", file)
    try:
        root = read_android(file)
    except BadManifest as error:
        request.problem = f"AndroidManifest.xml cannot be read: {error}"
        return request
    request.title, request.version = words(root.get("package"), 100), words(root.get("versionName"), 60)
    known = table("android")["permission"]
    for node in root.all("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"):
        full = node.get("name")
        name = full.removeprefix(PREFIX)
        unknown = ["info", "is a permission of another app or maker"]
        if full.startswith(PREFIX):
            unknown = ["low", "is a permission of Android that Assay does not know"]
        elif request.title and name.startswith(request.title + "."):
            unknown = ["info", "is a permission of its own"]
        until = node.get("maxSdkVersion")
        detail = f"until Android API {until}" if until else ""
        request.add(name, known.get(name, unknown), detail=detail, needle=name, alike=[name])
    if root.get("sharedUserId").startswith("android.uid."):
        request.add(f"shared user {root.get('sharedUserId')}", ["high", "runs with the rights of the system"],
                    severity=Severity.MEDIUM)  # fmt: skip
    for application in root.all("application"):
        _flags(request, application)
        nodes = list(application.all(*COMPONENTS))[:MOST_COMPONENTS]
        guard = application.get("permission")
        for node in nodes:
            _role(request, node)
        for node in [n for n in nodes if is_exported(n)][:MOST_EXPORTED]:
            _exported(request, node, guard)
    return request


def _flags(request: Request, application: Node) -> None:
    for flag, (grade, severity, text) in table("android")["flag"].items():
        if application.get(flag) in ("true", "1", "-1"):
            request.add(flag, [grade, text], needle=flag, rule="unsafe-flag", severity=Severity.parse(severity))


def _role(request: Request, node: Node) -> None:
    """The permission that guards a component says what the system uses it for."""
    name = node.get("permission").removeprefix(PREFIX)
    entry = table("android")["role"].get(name)
    if entry is not None:
        request.add(f"{node.tag} {name}", entry, detail=node.get("name"), needle=name, alike=[name])


def _exported(request: Request, node: Node, guard: str) -> None:
    if guard or node.get("permission") or node.get("readPermission") or node.get("writePermission"):
        return
    if MAIN in actions(node) or node.get("enabled") == "false":
        return
    grade, severity, text = table("android")["exported"][node.tag]
    request.add(f"exported {node.tag} {node.get('name')}", [grade, text], needle=node.get("name"),
                rule="exported-component", severity=Severity.parse(severity))  # fmt: skip
