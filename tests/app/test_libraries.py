"""What the reviewer brings along: one line of result, notes on what cannot be used, a line in the log."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import libraries
from app.cancel import Cancelled, CancelToken
from app.desk import Desk
from app.errors import DeskError
from app.rules import RulesError, SetExists

GOOD = 'rule Good_One { strings: $a = "beacon_of_ours" condition: $a }\n'
BAD = "\nrule Bad {\n  condition: $nothing\n}\n"
SAID = """\
schema = "assay-suppressions/1"

[[suppression]]
check = "secrets"
rule = "aws_key"
path = "src/a.js"
sha256 = "{0}"
verdict = "false_positive"
reason = "A documented example"
who = "Ada"
"""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open() as made:
        yield made


def log_of(desk: Desk, action: str) -> list[dict]:
    return [dict(row.detail) for row in desk.store.audit(None) if row.action == action]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_suppressions_come_and_go_as_a_file(desk: Desk, tmp_path: Path) -> None:
    told = libraries.import_suppressions(desk, write(tmp_path / "team.toml", SAID.format("ab" * 32)))
    assert told.line.endswith("team.toml: 1 suppression: 1 new, 0 changed, 0 known already")
    assert not told.bad and not told.notes
    out = tmp_path / "out.json"
    assert libraries.export_suppressions(desk, out).line == f"{out}: 1 suppression"
    assert "A documented example" in out.read_text()
    with pytest.raises(DeskError, match="nothing to export"):
        libraries.export_suppressions(desk, out, own=True)
    with pytest.raises(DeskError, match="choose another place"):
        libraries.export_suppressions(desk, tmp_path / "none" / "x.toml")


def test_an_entry_that_cannot_be_used_is_noted_by_line(desk: Desk, tmp_path: Path) -> None:
    text = SAID.format("ab" * 32)
    file = write(tmp_path / "team.toml", f'{text}\n[[suppression]]\ncheck = "x"\n')
    told = libraries.import_suppressions(desk, file)
    assert told.bad
    assert told.notes[0].startswith(f"{file}:{text.count(chr(10)) + 2}: entry 2: ")
    assert told.notes[-1].endswith(": 1")
    with pytest.raises(DeskError, match="cannot be read"):
        libraries.import_suppressions(desk, tmp_path / "missing.toml")


def test_a_list_keeps_what_can_be_used(desk: Desk, tmp_path: Path) -> None:
    rows = f"name,verdict,sha256\nleft-pad,bad,{'a' * 64}\nother,maybe,{'b' * 64}\n"
    told = libraries.import_list(desk, write(tmp_path / "feed.csv", rows))
    assert told.line == "1 entry of the list feed was kept"
    assert told.bad and told.notes[0].startswith(f"{tmp_path / 'feed.csv'}: line 3: ")


def test_rules_that_do_not_work_are_named_by_file_and_line(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    write(folder / "a.yar", GOOD + BAD)
    told = libraries.add_rules(desk, folder)
    assert told.line.startswith("mine: 1 yara rule added")
    assert told.bad and told.notes[1].startswith("  a.yar:4: ")
    with pytest.raises(SetExists) as refused:
        libraries.add_rules(desk, folder)
    assert refused.value.name == "mine"
    assert libraries.add_rules(desk, folder, replace=True).bad
    write(folder / "a.yar", BAD)
    with pytest.raises(RulesError) as none:
        libraries.add_rules(desk, folder, "others")
    assert [str(p).partition(": ")[0] for p in none.value.problems] == ["a.yar:3"]


@pytest.mark.needs("linux")
def test_advisories_tell_how_far_they_are_and_can_be_cancelled(desk: Desk, tmp_path: Path) -> None:
    entry = {
        "id": "GHSA-1",
        "modified": "2026-01-20T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "left-pad"},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
            }
        ],
    }
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("GHSA-1.json", json.dumps(entry))
        archive.writestr("broken.json", "{")
    seen: list[tuple[str, int, int]] = []
    told = libraries.import_advisories(desk, [tmp_path / "all.zip"], on_progress=lambda *a: seen.append(a))
    assert told.line == "1 advisory imported"
    assert told.bad and any(note.startswith("  broken.json: ") for note in told.notes)
    assert seen
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled, match="as they were"):
        libraries.import_advisories(desk, [tmp_path / "all.zip"], cancel=token)
    with pytest.raises(DeskError, match="no such file"):
        libraries.import_advisories(desk, [tmp_path / "none.zip"])
