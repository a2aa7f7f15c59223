"""Permissions of browser extensions: what manifest.json asks for, in versions 2 and 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.downloads._family import BadManifest, read_json
from checks.downloads.manifests.container import strings, words
from checks.downloads.manifests.permissions import Request, table
from checks.downloads.manifests.text import parse_json
from checks.runtime.model import Severity
from checks.runtime.package import File

_PATTERN = re.compile(r"(?P<scheme>\*|[a-z-]+)://(?P<host>[^/]*)(?P<path>/.*)?", re.IGNORECASE | re.DOTALL)
_SOURCE = re.compile(r"(?:https?:|wss?:|\*)//|^https?:$|^\*$|^[\w*-]+\.[\w.*-]+")
_LOCAL = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?:[:/]|$)")
_ANY_ADDRESS = frozenset({"*", "", "|http*", "http*", "|https*", "*://*/*", "://", "/", "https://*/*", "|https://*"})
_ANY_TEXT = frozenset({"*", ".*", ".+", "^https?://", "^https?://.*", "^http", "^.*$"})
MOST_HOSTS = 500
MOST_RULE_SETS = 20
MOST_RULES = 5000
# Content scripts on single sites that are listed one by one.
MOST_SITES = 40


def read(file: File) -> Request:
    """All that an extension asks for."""
    request = Request("browser", file)
    try:
        manifest = parse_json(file, comments=True).value
    except BadManifest as error:
        request.problem = f"{file.name} cannot be read: {error}"
        return request
    request.title, request.version = words(manifest.get("name"), 100), words(manifest.get("version"), 60)
    _permissions(request, manifest)
    _content_scripts(request, manifest)
    _policy(request, manifest)
    _connections(request, manifest)
    _resources(request, manifest)
    _overrides(request, manifest)
    requests = manifest.get("declarative_net_request")
    sets = requests.get("rule_resources") if isinstance(requests, dict) else None
    for entry in sets[:MOST_RULE_SETS] if isinstance(sets, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            request.rule_sets.append(entry["path"].removeprefix("./").removeprefix("/"))
    return request


def read_rules(request: Request, file: File) -> None:
    """What a file of rules for requests takes away: the protection that sites ask the browser for."""
    other = table("browser")["other"]
    try:
        rules = read_json(file)
    except BadManifest:
        return  # what the browser does not read does nothing
    for rule in rules[:MOST_RULES] if isinstance(rules, list) else ():
        action, condition = (rule.get("action"), rule.get("condition")) if isinstance(rule, dict) else (None, None)
        headers = action.get("responseHeaders") if isinstance(action, dict) else None
        for header in headers[:50] if isinstance(headers, list) else ():
            if not isinstance(header, dict) or header.get("operation") not in ("remove", "set"):
                continue
            if str(header.get("header")).lower() == "content-security-policy":
                everywhere = isinstance(condition, dict) and _is_everywhere(condition)
                severity = Severity.HIGH if everywhere else Severity.MEDIUM
                kind = "removes protection" if everywhere else "removes some protection"
                request.add(f"rules in {file.name}", other[kind], needle="rule_resources",
                            rule="removes-protection", severity=severity)  # fmt: skip


def _is_everywhere(condition: dict[str, Any]) -> bool:
    """Whether a rule holds on every site: no list of sites, and an address that any site fulfils."""
    if any(condition.get(key) for key in ("domains", "initiatorDomains", "requestDomains", "tabIds")):
        return False
    return str(condition.get("urlFilter", "*")) in _ANY_ADDRESS and str(condition.get("regexFilter", ".*")) in _ANY_TEXT


def is_host(name: str) -> bool:
    """Version 2 lists hosts among the permissions."""
    return name == "<all_urls>" or "://" in name


def reach(pattern: str) -> str:
    """How many sites a pattern covers: `all`, `files`, `domain` (a whole top-level one) or `one`."""
    match = _PATTERN.fullmatch(pattern)
    if pattern == "<all_urls>":
        return "all"
    if match is None:
        return "one"
    if match["scheme"].lower() == "file":
        return "files"
    host = match["host"].lower()
    if host in ("*", "*.*", ""):
        return "all"
    if host.startswith("*.") and "." not in host[2:].partition(":")[0]:
        return "domain"
    return "one"


def _permissions(request: Request, manifest: dict[str, Any]) -> None:
    known = table("browser")["permission"]
    for key, optional in (
        ("permissions", False), ("host_permissions", False),
        ("optional_permissions", True), ("optional_host_permissions", True),
    ):  # fmt: skip
        for name in _names(manifest.get(key)):
            if is_host(name):
                _host(request, name, optional=optional)
            else:
                entry = known.get(name, ["low", "is a permission that Assay does not know"])
                request.add(name, entry, needle=name, alike=[name], optional=optional)


def _names(value: object) -> Iterator[str]:
    """Chrome apps write some as an object with details."""
    for item in value[:MOST_HOSTS] if isinstance(value, list) else ():
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from (str(key) for key in list(item)[:5])


def _host(request: Request, pattern: str, *, optional: bool) -> None:
    kind = reach(pattern)
    alike = ["host"] if kind in ("all", "domain") else []
    request.add(f"host {pattern}", table("browser")["host"][kind], needle=pattern, alike=alike, optional=optional)


def _content_scripts(request: Request, manifest: dict[str, Any]) -> None:
    other = table("browser")["other"]
    value = manifest.get("content_scripts")
    sites: dict[str, None] = {}
    for script in value[:MOST_HOSTS] if isinstance(value, list) else ():
        if not isinstance(script, dict):
            continue
        sites |= dict.fromkeys(strings(script.get("matches"), MOST_HOSTS))
        if script.get("world") == "MAIN":
            request.add("content script in the page's world", other["page world"], needle="MAIN")
    narrow = [pattern for pattern in sites if reach(pattern) == "one"]
    for pattern in sites:
        kind = reach(pattern)
        name = f"content script on {pattern}"
        if kind == "files":
            request.add(name, other["content script in files"], needle=pattern)
        elif kind != "one":
            request.add(name, other["content script everywhere"], needle=pattern, alike=["host"])
    for pattern in narrow[:MOST_SITES]:
        request.add(f"content script on {pattern}", other["content script"], needle=pattern)
    if len(narrow) > MOST_SITES:
        request.add(f"content script on {len(narrow) - MOST_SITES} more sites", other["content script"])


def _policy(request: Request, manifest: dict[str, Any]) -> None:
    """What weakens the rule that an extension runs only what was reviewed."""
    other = table("browser")["other"]
    value = manifest.get("content_security_policy")
    policies = list(value.values())[:5] if isinstance(value, dict) else [value]
    if isinstance(value, dict):  # what runs in a sandbox reaches nothing of the extension
        policies = [text for key, text in list(value.items())[:5] if key != "sandbox"]
    for policy in policies:
        if not isinstance(policy, str):
            continue
        for directive in policy[:10_000].split(";"):
            name, *sources = directive.split()[:100] or [""]
            if name.lower() not in ("script-src", "default-src", "script-src-elem", "worker-src"):
                continue
            for source in sources:
                plain = source.lower().strip("'")
                if plain == "unsafe-eval":
                    request.add("policy unsafe-eval", other["evaluates text"], needle="unsafe-eval")
                elif plain == "unsafe-inline":
                    request.add("policy unsafe-inline", other["inline script"], needle="unsafe-inline")
                elif _SOURCE.match(plain) and not _LOCAL.match(plain):
                    entry = other["remote code"]
                    request.add(f"policy scripts from {source}", entry, needle=source, alike=["remote code"],
                                rule="remote-code", severity=Severity.MEDIUM)  # fmt: skip


def _connections(request: Request, manifest: dict[str, Any]) -> None:
    other = table("browser")["other"]
    value = manifest.get("externally_connectable")
    if not isinstance(value, dict):
        return
    for pattern in strings(value.get("matches"), MOST_HOSTS):
        if reach(pattern) in ("all", "domain"):
            request.add(f"messages from {pattern}", other["any site may talk to it"], needle=pattern,
                        rule="open-to-sites", severity=Severity.MEDIUM)  # fmt: skip
        else:
            request.add(f"messages from {pattern}", other["sites may talk to it"], needle=pattern)
    if "*" in strings(value.get("ids")):
        request.add("messages from every extension", other["any extension may talk to it"], needle="ids")


def _resources(request: Request, manifest: dict[str, Any]) -> None:
    """All files open to all sites: any page can notice the extension, and frame its pages."""
    value = manifest.get("web_accessible_resources")
    for entry in value[:MOST_HOSTS] if isinstance(value, list) else ():
        if isinstance(entry, str):
            paths, sites = [entry], ["<all_urls>"]
        elif isinstance(entry, dict):
            paths, sites = strings(entry.get("resources")), strings(entry.get("matches"))
        else:
            continue
        if any(path in ("*", "/*", "**/*") for path in paths) and any(reach(site) == "all" for site in sites):
            request.add("web_accessible_resources *", table("browser")["other"]["its files are open"],
                        needle="web_accessible_resources")  # fmt: skip


def _overrides(request: Request, manifest: dict[str, Any]) -> None:
    other = table("browser")["other"]
    settings = manifest.get("chrome_settings_overrides")
    if isinstance(settings, dict):
        provider = settings.get("search_provider")
        if isinstance(provider, dict):
            default = provider.get("is_default") is True
            request.add("search engine", other["replaces search"], detail=words(provider.get("search_url"), 200),
                        needle="search_provider", severity=Severity.LOW if default else None)  # fmt: skip
        pages = [words(settings.get("homepage"), 200), *strings(settings.get("startup_pages"))]
        for page in filter(None, pages[:10]):
            request.add("home page", other["replaces home page"], detail=page, needle="chrome_settings_overrides")
    pages_ = manifest.get("chrome_url_overrides")
    for key in list(pages_)[:10] if isinstance(pages_, dict) else ():
        request.add(f"page {key}", other["replaces a page"], needle=str(key))
    account = manifest.get("oauth2")
    for scope in strings(account.get("scopes"))[:50] if isinstance(account, dict) else ():
        request.add(f"account {scope}", other["account scopes"], needle=scope)
