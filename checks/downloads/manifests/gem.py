"""RubyGems: the gem's metadata against the file's name."""

from __future__ import annotations

import re

from checks.downloads.manifests.container import Reading, check_file_name

_FILE = re.compile(r"(?P<name>.+)-(?P<version>\d[0-9A-Za-z.]*)(?:-(?P<platform>[\w-]+))?\.gem")
_METADATA = re.compile(r"metadata\.gz!/[^/]+")
_SCALAR = re.compile(rb"^(name|platform|description|summary|homepage): *(.+)$", re.MULTILINE)
_VERSION = re.compile(rb"^version: !ruby/object:Gem::Version\n +version: *(.+)$", re.MULTILINE)
_RUBY = re.compile(
    rb"^required_ruby_version: !ruby/object:Gem::Requirement\n +requirements:\n +- - (.+)\n"
    rb" +- !ruby/object:Gem::Version\n +version: *(.+)$",
    re.MULTILINE,
)
_LIST = re.compile(rb"^(authors|executables|extensions|licenses):\n((?:- .+\n?){1,100})", re.MULTILINE)
_ITEM = re.compile(rb"^- (.+)$", re.MULTILINE)
MAX_METADATA = 1 << 20


def read(reading: Reading) -> None:
    """Facts by the few lines that are looked for: the metadata is YAML of Ruby's own kind, which is not loaded."""
    prefix = reading.container.prefix
    files = reading.package.files
    file = next((f for f in files if f.path.startswith(prefix) and _METADATA.fullmatch(f.path[len(prefix) :])), None)
    if file is None:
        if reading.complete:
            reading.flag("absent", "The gem has no metadata: it does not say what it is")
        return
    reading.file = file
    data = file.head(MAX_METADATA).replace(b"\r\n", b"\n")
    scalars: dict[str, str] = {}
    for match in _SCALAR.finditer(data):
        scalars.setdefault(match[1].decode(), _plain(match[2]))
    lists = {m[1].decode(): [_plain(item) for item in _ITEM.findall(m[2])] for m in _LIST.finditer(data)}
    version = _VERSION.search(data)
    authors = ", ".join(lists.get("authors", [])[:5])
    reading.identify(scalars.get("name"), _plain(version[1]) if version else "", authors)
    reading.tell("package", "description", scalars.get("summary") or scalars.get("description"))
    reading.tell("package", "homepage", scalars.get("homepage"))
    reading.tell("package", "licence", lists.get("licenses"))
    reading.tell("package", "architecture", scalars.get("platform"))
    if (ruby := _RUBY.search(data)) is not None:
        reading.tell("package", "minimum platform", f"Ruby {_plain(ruby[1])} {_plain(ruby[2])}")
    for name in lists.get("executables", []):
        reading.tell("entry", "command", name)
    for name in lists.get("extensions", []):
        reading.tell("hook", "native extension", f"{name} is run to build it")
    named = _FILE.fullmatch(reading.stem)
    if named is not None:
        check_file_name(reading, named["name"], named["version"])


def _plain(value: bytes) -> str:
    return value.decode("utf-8", "replace").strip().strip("'\"")
