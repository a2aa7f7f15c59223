"""Java: pom.xml, the properties and manifests inside jars, and the lock files of Gradle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks import File
from checks.downloads._family import BadManifest
from checks.downloads.components.gathering import ARTIFACT, Part

MAX_POM = 4 << 20
_PROPERTY = re.compile(r"\$\{([^}]{1,200})\}")
_JAR_NAME = re.compile(r"([A-Za-z][\w.-]*?)-(\d[\w.+-]*?)(?:\.jar|\.war|\.aar|\.ear)\Z", re.ASCII)
_SCOPES = {"test": "test", "provided": "provided", "system": "provided", "import": "build"}
_NAMESPACE = re.compile(r"\{[^}]*\}")


def parse_xml(file: File, limit: int = MAX_POM) -> Any:
    """The root element; no entity is expanded, no outside document read. Raises BadManifest."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if file.size > limit:
        raise BadManifest(f"it is larger than {limit >> 20} MiB")
    try:
        return fromstring(file.data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadManifest(f"it is no XML ({type(error).__name__})") from None


def local(tag: Any) -> str:
    """The name of an element without its namespace."""
    return _NAMESPACE.sub("", tag) if isinstance(tag, str) else ""


def child_texts(element: Any) -> dict[str, str]:
    """Text of the children by name."""
    return {local(child.tag): (child.text or "").strip()[:300] for child in element}


def pom(file: File) -> Iterator[Part]:
    """pom.xml: the project, and what it depends on; properties are replaced once."""
    root = parse_xml(file)
    own = child_texts(root)
    sections = {local(child.tag): child for child in root}
    parent = child_texts(sections["parent"]) if "parent" in sections else {}
    values = child_texts(sections["properties"]) if "properties" in sections else {}
    group = own.get("groupId") or parent.get("groupId", "")
    version = own.get("version") or parent.get("version", "")
    values |= {"project.version": version, "project.groupId": group, "pom.version": version, "version": version}

    def fill(text: str) -> str:
        return _PROPERTY.sub(lambda m: values.get(m[1], m[0]), text)[:300]

    artifact = own.get("artifactId", "")
    if group and artifact and own.get("packaging", "jar") != "pom":
        yield Part("maven", f"{fill(group)}:{fill(artifact)}", _known(fill(version)), file, "observed", ARTIFACT)
    for element in list(sections.get("dependencies", ()))[:5_000]:
        told = {key: fill(value) for key, value in child_texts(element).items()}
        if not told.get("groupId") or not told.get("artifactId"):
            continue
        wanted = told.get("version", "")
        scope = _SCOPES.get(told.get("scope", ""), "optional" if told.get("optional") == "true" else "")
        name = f"{told['groupId']}:{told['artifactId']}"
        yield Part("maven", name, _known(wanted), file, scope=scope, wanted=wanted)


def _known(version: str) -> str:
    """A version that is one: no property left over, no range."""
    return "" if not version or version[0] in "[(" or "${" in version else version


def pom_properties(file: File) -> Iterator[Part]:
    """META-INF/maven/GROUP/ARTIFACT/pom.properties, as Maven writes it into every jar."""
    values: dict[str, str] = {}
    for line in file.head(1 << 16).decode("utf-8", "replace").split("\n"):
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "!")):
            values[key.strip()] = value.strip()
    group, artifact, version = (values.get(key, "") for key in ("groupId", "artifactId", "version"))
    if group and artifact:
        yield Part("maven", f"{group}:{artifact}", version, file, "observed", ARTIFACT)


def jar_manifest(file: File) -> Iterator[Part]:
    """META-INF/MANIFEST.MF, for the jars without pom.properties: name and version only, no group."""
    if not file.path.endswith("META-INF/MANIFEST.MF"):
        return
    text = file.head(1 << 16).decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
    main = dict(line.split(": ", 1) for line in text.partition("\n\n")[0].split("\n") if ": " in line)
    container = file.path.removesuffix("META-INF/MANIFEST.MF").removesuffix("!/").rpartition("/")[2]
    named = _JAR_NAME.match(container)
    bundle = main.get("Bundle-SymbolicName", "").partition(";")[0].strip()
    name = named[1] if named else bundle or main.get("Implementation-Title", "")
    version = main.get("Implementation-Version") or main.get("Bundle-Version") or (named[2] if named else "")
    vendor = main.get("Implementation-Vendor-Id", "").strip()
    if not name or not version or not re.fullmatch(r"[\w.:-]+", name, re.ASCII):
        return
    group = vendor if re.fullmatch(r"[\w.-]+", vendor, re.ASCII) else name
    yield Part("maven", f"{group}:{name}", version.strip(), file, "observed", ARTIFACT, sure=False)


def gradle_lockfile(file: File) -> Iterator[Part]:
    """gradle.lockfile: `group:artifact:version=configurations`."""
    for line in file.data.decode("utf-8", "replace").split("\n")[:50_000]:
        coordinates, equals, configurations = line.strip().partition("=")
        if not equals or line.startswith("#") or coordinates.count(":") != 2:
            continue
        group, artifact, version = coordinates.split(":")
        tests = all(name.lower().startswith("test") for name in configurations.split(",") if name)
        yield Part("maven", f"{group}:{artifact}", version, file, scope="test" if tests else "", locked=True)
