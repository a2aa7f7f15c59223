"""Java archives: MANIFEST.MF, Maven's properties and web.xml against file name and classes."""

from __future__ import annotations

import re

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import Reading, check_file_name, digest, place, rules, words
from checks.downloads.manifests.text import first, local, mail_headers, parse_xml, single
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>.+?)-(?P<version>\d+(?:[._]\d+)*(?:[._-][0-9A-Za-z]+)*)\.(?:jar|war|ear)", re.IGNORECASE)
_CLASSIFIER = re.compile(
    r"-(?:sources|javadoc|tests?|all|shaded|jar-with-dependencies|jre\d*|android|linux.*|windows.*|osx.*)$"
)
_POM = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_PROPERTY = re.compile(rb"^[ \t]*(groupId|artifactId|version)[ \t]*[=:][ \t]*([^\r\n]*)", re.MULTILINE)
MAX_MANIFEST = 1 << 20
MOST_SERVLETS = 200


def read(reading: Reading) -> None:
    """Facts of the archive; then whether it holds what it names."""
    container = reading.container
    reading.file = file = container.get("META-INF/MANIFEST.MF")
    headers = _headers(file) if file is not None else {}
    web = container.get("WEB-INF/web.xml")
    reading.format = "web archive" if web is not None else "Java archive"
    pom = _pom(reading)
    title = first(headers, "implementation-title") or first(headers, "bundle-symbolicname").partition(";")[0]
    version = first(headers, "implementation-version") or first(headers, "bundle-version")
    vendor = first(headers, "implementation-vendor") or first(headers, "bundle-vendor")
    reading.identify(pom.get("artifactId") or title, pom.get("version") or version, pom.get("groupId") or vendor)
    reading.tell("package", "title", title)
    reading.tell("package", "description", first(headers, "bundle-description"))
    reading.tell("package", "licence", first(headers, "bundle-license"))
    jdk = first(headers, "build-jdk-spec") or first(headers, "require-capability")
    reading.tell("package", "minimum platform", f"Java {jdk}" if jdk.replace(".", "").isdigit() else jdk)
    main = first(headers, "main-class").strip()
    reading.tell("entry", "Main-Class", main)
    for name in rules()["java"]["agents"]:
        reading.tell("hook", name, first(headers, name.lower()))
    if web is not None:
        _tell_servlets(reading, web)
    if not reading.verify or file is None:
        return
    single(reading, file, headers, "main-class", "class-path", "implementation-version")
    if main and reading.complete and not _has_class(reading, main):
        message = f"Main-Class names {words(main, 100)}, which is not in the archive"
        reading.flag("missing-entry", message, file, span=place(file, "Main-Class"))
    start = len(container.root)
    for other in container.files:
        path = other.path[start:]
        if path.upper() == "META-INF/MANIFEST.MF" and other is not file and digest(other) != digest(file):
            reading.flag("two-manifests", f"{words(path, 60)} is there beside MANIFEST.MF, and differs", other)
    _check_name(reading, pom)


def _headers(file: File) -> dict[str, list[str]]:
    """Lines are cut at 72 bytes, and a line that begins with a blank goes on with the one before without a gap."""
    return {name: [value.replace("\n", "") for value in values]
            for name, values in mail_headers(file.head(MAX_MANIFEST)).items()}  # fmt: skip


def _pom(reading: Reading) -> dict[str, str]:
    """Maven's own words about the archive, where there is exactly one such file: more of them are merged libraries."""
    start = len(reading.container.root)
    found = [f for f in reading.container.files if f.name == "pom.properties" and _POM.fullmatch(f.path[start:])]
    if len(found) != 1:
        return {}
    matches = _PROPERTY.finditer(found[0].head(1 << 16))
    return {m[1].decode(): m[2].decode("utf-8", "replace").strip() for m in matches}


def _has_class(reading: Reading, name: str) -> bool:
    path = name.replace(".", "/") + ".class"
    places = ("", "WEB-INF/classes/", "BOOT-INF/classes/")
    return any(reading.container.get(place + path) is not None for place in places)


def _tell_servlets(reading: Reading, web: File) -> None:
    try:
        root = parse_xml(web)
    except BadManifest as error:
        reading.flag("unreadable", f"web.xml cannot be read: {error}", web, severity=Severity.LOW)
        return
    told = 0
    for number, element in enumerate(root.iter()):
        if number > 100_000 or told > MOST_SERVLETS:
            break
        if local(element.tag) in ("servlet-class", "filter-class", "listener-class"):
            told += 1
            reading.tell("entry", local(element.tag).removesuffix("-class"), (element.text or "").strip(), web)


def _check_name(reading: Reading, pom: dict[str, str]) -> None:
    """Only Maven's words are compared: titles in MANIFEST.MF are free text."""
    match = _FILE.fullmatch(reading.stem)
    if match is None or not pom.get("artifactId") or not pom.get("version"):
        return
    version = _CLASSIFIER.sub("", match["version"])
    # a classifier of its own follows the version
    if version.startswith(pom["version"]):
        version = pom["version"]
    check_file_name(reading, match["name"], version)
