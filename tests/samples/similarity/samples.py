"""Packages that come back after a rejection, and honest ones beside them; what is known lies in a file made here.

Code is drawn from a word list by a fixed seed: it reads like a program and does nothing.
"""

from __future__ import annotations

import atexit
import hashlib
import random
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from checks.downloads.similar.digests import combine, digest_bytes
from checks.downloads.similar.known import FORMAT, SCHEMA
from checks.runtime.package import place_data

VERBS = (
    "load", "parse", "render", "fetch", "merge", "store", "encode", "decode", "format", "split", "report", "update",
    "remove", "gather", "measure",
)  # fmt: skip
NOUNS = (
    "account", "invoice", "widget", "palette", "gradient", "session", "profile", "backup", "ledger", "wallet", "cursor",
    "record", "schedule", "channel", "avatar", "ticket", "document", "label", "region", "sample", "history", "folder",
    "message", "filter", "bundle", "header", "payload", "matrix", "vector",
)  # fmt: skip


def program(seed: int, functions: int = 14) -> bytes:
    """The source of a JavaScript module, another one for every seed."""
    draw = random.Random(seed)

    def name() -> str:
        return draw.choice(VERBS) + draw.choice(NOUNS).title() + draw.choice(NOUNS).title()

    lines = ['"use strict";', f"const {name()} = require('./{draw.choice(NOUNS)}');"]
    for _ in range(functions):
        args = ", ".join(draw.sample(NOUNS, draw.randint(1, 3)))
        lines.append(f"function {name()}({args}) {{")
        for _ in range(draw.randint(2, 6)):
            local, other = draw.choice(NOUNS) + "Value", draw.choice(NOUNS)
            lines.append(
                draw.choice(
                    [
                        f"  const {local} = {name()}({args}).{draw.choice(VERBS)}('{other}');",
                        f"  if ({local} && {other}.length > {draw.randint(2, 90)}) {{ {name()}({local}); }}",
                        f"  for (const item of {other}.{name()}) {local}.push([item, {draw.randint(1, 9)}]);",
                        f"  {other}['{name()}'] = ({local} => {local}.{name()}(`{other}`))({args});",
                        f"  while ({other}--) {local} += {name()}({local}, {{ {other}: {draw.randint(0, 99)} }});",
                    ]
                )
            )
        lines += [f"  return {name()}({args});", "}"]
    return "\n".join(lines).encode()


def renamed(code: bytes) -> bytes:
    """Every name another one, as an obfuscator for names leaves it."""
    names = sorted(set(re.findall(rb"[A-Za-z]{6,}", code)))
    table = {name: b"_0x%05x" % (number * 7919) for number, name in enumerate(names)}
    return re.sub(rb"[A-Za-z]{6,}", lambda m: table[m[0]], code)


class Spec(NamedTuple):
    """A known package as a test writes it."""

    title: str
    version: str
    verdict: str
    files: Mapping[str, bytes]
    dangerous: Sequence[str] = ()
    source: str = "vault"
    at: str = "2026-10-01T08:00:00+00:00"
    digests: bool = True


def write_known(path: Path, packages: Sequence[Spec]) -> Path:
    """The file that the host would write of these packages."""
    path.unlink(missing_ok=True)
    base = sqlite3.connect(path)
    base.executescript(SCHEMA)
    base.execute("INSERT INTO meta VALUES ('format', ?)", [str(FORMAT)])
    for package in packages:
        whole = combine(hashlib.sha256(data).hexdigest() for data in package.files.values())
        number = base.execute(
            "INSERT INTO package (source, submission, title, version, family, verdict, at, whole) "
            "VALUES (?, NULL, ?, ?, '', ?, ?, ?)",
            [package.source, package.title, package.version, package.verdict, package.at, whole],
        ).lastrowid
        for name, data in package.files.items():
            digest = digest_bytes(data)
            tells = package.digests and digest.tells and name.endswith((".js", ".py"))
            file = base.execute(
                "INSERT INTO file (package, sha256, path, size, dangerous, digest) VALUES (?, ?, ?, ?, ?, ?)",
                [number, hashlib.sha256(data).digest(), name, len(data), int(name in package.dangerous),
                 str(digest) if tells else None],
            ).lastrowid  # fmt: skip
            base.executemany(
                "INSERT OR IGNORE INTO posting VALUES (?, ?)", [(key, file) for key in (digest.keys if tells else ())]
            )
    base.commit()
    base.close()
    return path


STEALER, HELPER, LIBRARY = program(1), program(2), program(3, 40)
LISTED = program(4)
KNOWN = (
    Spec("color-helper", "1.0.3", "rejected", {
        "package/index.js": HELPER, "package/collect.js": STEALER, "package/vendor/lodash.js": LIBRARY,
    }, dangerous=["package/collect.js"]),
    Spec("sharing-bar", "2.0", "rejected", {"package/main.js": program(5, 30), "package/side.js": program(6)}),
    Spec("acme-notes", "1.0", "approved", {"package/app.js": program(7, 30), "package/lib/lodash.js": LIBRARY}),
    Spec("feed entry", "", "bad", {"": LISTED}, dangerous=[""], source="feed", digests=False),
)  # fmt: skip

_FOLDER = Path(tempfile.mkdtemp(prefix="known-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
place_data({"known": write_known(_FOLDER / "known.db", KNOWN)})


def _npm(name: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    manifest = b'{"name": "%s", "version": "1.0.0"}' % name.encode()
    return {"package/package.json": manifest, **{f"package/{path}": data for path, data in files.items()}}


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    moved = STEALER.replace(b"wallet", b"purse") + b"\nfetch('https://collect.example/q');\n"
    yield "dangerous-file-again--other address", _npm("colour-tools", {"main.js": moved, "own.js": program(20, 30)})
    yield "dangerous-file-again--names changed", _npm("shiny-colours", {"lib/x.js": renamed(STEALER)})
    yield "dangerous-file-again--the very file", _npm("bright", {"lib/x.js": STEALER, "y.js": program(21, 40)})
    yield "variant-of-rejected--a file added", _npm("share-bar-pro", {
        "main.js": program(5, 30).replace(b"2", b"3"), "side.js": program(6), "added.js": program(22, 8),
    })  # fmt: skip
    yield "related-to-rejected--without what was dangerous", _npm("palette", {"index.js": HELPER})
    yield "known-bad-file--from a list", _npm("harmless", {"deep/down.js": LISTED, "index.js": program(23)})


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "nothing in common", _npm("fresh", {"index.js": program(30, 30), "b.js": program(31)})
    yield "the library of an approved package", _npm("honest", {"vendor/lodash.js": LIBRARY, "a.js": program(32)})
    yield "an earlier version was approved", _npm("acme-notes", {"app.js": program(7, 30) + program(33, 2)})
    yield "an earlier version of the same title was rejected", _npm("sharing-bar", {
        "main.js": program(5, 30), "side.js": program(6) + b"\n// fixed\n",
    })  # fmt: skip
    yield "no code at all", {"readme.txt": b"Nothing to see here, and that is fine.\n"}
