"""Android packages: what AndroidManifest.xml says of the app and of the components that others can start."""

from __future__ import annotations

from checks.downloads._family import BadManifest
from checks.downloads.manifests.axml import Node, read_android
from checks.downloads.manifests.container import Reading, place, words
from checks.runtime.package import File

PLACES = ("AndroidManifest.xml", "base/manifest/AndroidManifest.xml")
COMPONENTS = ("activity", "activity-alias", "service", "receiver", "provider")
MOST_COMPONENTS = 2000
MAIN, BOOT = "android.intent.action.MAIN", "android.intent.action.BOOT_COMPLETED"


def manifest_file(reading: Reading) -> File | None:
    """The manifest of an app, library or bundle."""
    return next((f for f in map(reading.container.get, PLACES) if f is not None), None)


def read(reading: Reading) -> None:
    """Facts of the app; a manifest that no tool can read is a finding, since Android may well read it."""
    file = manifest_file(reading)
    if file is None:
        return
    reading.file = file
    bundle = file.path.endswith(PLACES[1])
    library = reading.container.get("classes.jar") is not None
    reading.format = "Android bundle" if bundle else "Android library" if library else "Android app"
    try:
        root = read_android(file)
    except BadManifest as error:
        reading.flag("unreadable", f"AndroidManifest.xml cannot be read: {error}", file)
        return
    reading.identify(root.get("package"), root.get("versionName") or root.get("versionCode"))
    reading.unique = reading.name
    reading.tell("package", "version code", root.get("versionCode"))
    for sdk in root.all("uses-sdk"):
        minimum = sdk.get("minSdkVersion")
        reading.tell("package", "minimum platform", f"Android API {minimum}" if minimum else "")
        reading.tell("package", "target platform", sdk.get("targetSdkVersion"))
    for application in root.all("application"):
        label = application.get("label")
        reading.tell("package", "title", "" if label.startswith("@") else label)
        for node in list(application.all(*COMPONENTS))[:MOST_COMPONENTS]:
            _tell(reading, node)
    if reading.verify and not root.get("package"):
        reading.flag("unreadable", "AndroidManifest.xml names no package", file, span=place(file, "package"))


def is_exported(node: Node) -> bool:
    """Whether other apps can reach a component: said, or, before Android 12, because it has an intent filter."""
    said = node.get("exported")
    return said == "true" if said else any(True for _ in node.all("intent-filter"))


def actions(node: Node) -> set[str]:
    """The intents to which a component answers."""
    return {action.get("name") for filter in node.all("intent-filter") for action in filter.all("action")}


def _tell(reading: Reading, node: Node) -> None:
    name, known = node.get("name"), actions(node)
    if MAIN in known:
        reading.tell("entry", "launcher activity", name)
    elif BOOT in known:
        reading.tell("entry", "starts with the device", name)
    elif is_exported(node):
        needs = node.get("permission") or node.get("readPermission")
        reading.tell("entry", f"exported {node.tag}", name + (f" (needs {words(needs, 100)})" if needs else ""))
    elif node.tag == "service":
        reading.tell("entry", "service", name)
