"""Permissions: what the package may do once installed, graded, and what is new.

A permission that the product does not need is an attacker's the day the developer's account is lost. What an update
asks for beyond the approved version deserves a question.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from checks import Fact, File, Finding, Package, Severity, Unchecked, check
from checks.downloads._family import containers, is_extension_manifest
from checks.downloads.manifests.android import PLACES
from checks.downloads.manifests.permissions import Asked, Request, combinations

MOST_MANIFESTS = 10
REMEDIATION = "Ask only for what the product does today, and explain in the listing what each permission is for."
REFERENCES = ("CWE-250", "CWE-272")
# A system package installs extensions at any depth; elsewhere a manifest deep inside is a fixture more often than not.
_DEEP = ("deb", "rpm", "")


@check(
    kinds={"download", "web"},
    guidelines={"DL-17"},
    severity=Severity.LOW,
    rules=("permissions/*.toml", "manifest.toml"),
    uses=("defusedxml",),
)
def permissions(package: Package) -> Iterator[Fact | Finding | Unchecked]:
    """Every permission as a fact; findings for those that allow much, alone or together, and for new ones."""
    requests = _requests(package)
    if not requests:
        return
    before = _requests(package.baseline) if package.baseline is not None else []
    for request in requests:
        if request.problem:
            yield request.file.unchecked(request.problem)
        grave = _grave(request)
        for asked in request.asked.values():
            grade = Severity.HIGH if asked.name in grave else asked.grade
            yield request.file.fact("permission", asked.name, asked.value, grade=grade)
        yield from _findings(request, _earlier(request, before))


def _grave(request: Request) -> set[str]:
    """Those that allow much because of what else is asked for: cookies matter once every site can be reached."""
    found = [parts for _, severity, _, parts in combinations(request) if severity >= Severity.MEDIUM]
    return {part.name for parts in found for part in parts if part.grade >= Severity.LOW}


def _requests(package: Package) -> list[Request]:
    requests: list[Request] = []
    for platform, file in _manifests(package)[:MOST_MANIFESTS]:
        reader = importlib.import_module(f"checks.downloads.manifests.permissions_{platform}")
        read: Callable[[File], Request] = reader.read
        requests.append(read(file))
        root = file.path.removesuffix(file.name)
        for path in requests[-1].rule_sets:
            rules = package.get(root + path)
            if rules is not None:
                reader.read_rules(requests[-1], rules)
    return requests


def _manifests(package: Package) -> list[tuple[str, File]]:
    """(platform, file) of every manifest that asks for something."""
    everything = containers(package)
    found: list[tuple[str, File | None]] = []
    for container in everything:
        if container.family == "browser-extension":
            found.append(("browser", container.get("manifest.json")))
        elif container.family == "vsix":
            found.append(("vscode", container.get("extension/package.json")))
        elif container.family == "apk":
            found += [("android", container.get(path)) for path in PLACES]
        elif container.family in _DEEP and (everything[0].family in _DEEP):
            deep = (f for f in container.files if f.path.endswith("/manifest.json") and is_extension_manifest(f))
            found += [("browser", file) for file in deep]
    return [(platform, file) for platform, file in found if file is not None]


def _earlier(request: Request, before: list[Request]) -> Request | None:
    """The same manifest of the approved version: the only one of its platform, or the one at the same place."""
    same = [other for other in before if other.platform == request.platform and not other.problem]
    if len(same) > 1:
        same = [other for other in same if other.file.path == request.file.path] or same[:1]
    return same[0] if same else None


def _findings(request: Request, earlier: Request | None) -> Iterator[Finding]:
    known = set(earlier.asked) if earlier is not None else set(request.asked)
    since = earlier.version if earlier is not None and earlier.version else "the approved version"
    told: set[str] = set()
    for asked in request.asked.values():
        new = asked.name not in known
        if asked.severity is None and not (new and asked.grade >= Severity.LOW):
            continue
        if not new and asked.rule == "permission" and asked.value in told:
            continue  # http and https of the same
        told.add(asked.value)
        severity = asked.severity or Severity.INFO
        message = f"{asked.name}: {asked.value}"
        yield _finding(request, asked, asked.rule, message, _raised(severity, new), since if new else "")
    complete = {rule for rule, *_ in combinations(earlier)} if earlier is not None else set()
    for rule, severity, text, parts in combinations(request):
        new = earlier is not None and rule not in complete
        latest = next((part for part in parts if part.name not in known), parts[0])
        message = f"{text} ({', '.join(dict.fromkeys(part.name for part in parts))})"
        yield _finding(request, latest, rule, message, _raised(severity, new), since if new else "")


def _raised(severity: Severity, new: bool) -> Severity:
    return min(Severity(severity + 1), Severity.HIGH) if new else severity


def _finding(request: Request, asked: Asked, rule: str, message: str, severity: Severity, since: str) -> Finding:
    return request.file.finding(
        rule,
        f"{message[:380]}{f' - new since {since}' if since else ''}",
        span=request.span(asked),
        severity=severity,
        matched=f"{rule} {asked.name}",
        remediation=REMEDIATION if severity > Severity.INFO else "",
        references=REFERENCES,
    )
