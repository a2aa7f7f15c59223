"""`assay rules` as a reviewer uses it: add, see, run, remove; a bad rule is named and stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic")]

GOOD = 'rule Our_Beacon { meta: severity = "high" strings: $a = "beacon_of_ours" condition: $a }\n'


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "our-rules"
    (folder / "deep").mkdir(parents=True)
    (folder / "good.yar").write_text(GOOD + "rule Bad { condition: $x }\n")
    (folder / "deep" / "bad.yara").write_text('include "/etc/passwd"\n')
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "a.js").write_text('fetch("/beacon_of_ours")\n')
    return folder


def found(done) -> tuple[list[str], str]:
    report = json.loads(done.stdout)
    [check] = [c for c in report["checks"] if c["id"] == "malware_rules"]
    return [f["rule"] for f in report["findings"]], check["limitation"]


def test_the_life_of_a_set_of_rules(assay, own_home: Path, rules: Path, package: Path) -> None:
    tried = assay("rules", "check", rules)
    assert tried.returncode == 1
    assert b"good.yar:2: unknown pattern" in tried.stdout
    assert b"deep/bad.yara:1: include statements not allowed" in tried.stdout
    run = ("check", package, "--only", "malware_rules", "--format", "json")
    assert found(assay(*run)) == ([], ""), "a dry run adds nothing"

    added = assay("rules", "add", rules)
    assert added.returncode == 1
    assert added.stdout.startswith(b"our-rules: 1 yara rule added")
    assert found(assay(*run)) == (["own.our_beacon"], "")
    listed = json.loads(assay("rules", "--format", "json").stdout)["rules"]
    assert [(r["name"], r["rules"]) for r in listed if r["own"]] == [("our-rules", 1)]
    assert next(r["rules"] for r in listed if not r["own"] and r["engine"] == "yara") >= 40

    [stored] = own_home.rglob("our-rules/yara/good.yar")
    stored.write_text("\n\nrule Broken {\n" + GOOD)
    rules_found, limitation = found(assay(*run))
    assert rules_found == ["own.our_beacon"], "the good neighbour still finds"
    assert "our-rules/yara/good.yar:3" in limitation

    assert assay("rules", "remove", "our-rules").returncode == 0
    assert found(assay(*run)) == ([], "")
    again = assay("rules", "remove", "our-rules")
    assert again.returncode == 2
    assert b"there is no such set" in again.stderr


def test_a_code_rule_joins_the_check_that_it_names(assay, tmp_path: Path, package: Path) -> None:
    folder = tmp_path / "code-rules"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        'language = "javascript"\n\n[[term]]\nid = "ours.beacon"\ncalls = ["beacon.send"]\n\n'
        '[[rule]]\ncheck = "exfiltration"\nid = "our_beacon"\nsink = "ours.beacon"\nseverity = "high"\n\n'
        '[[rule]]\ncheck = "exfiltration"\nid = "bad"\nsink = "no_such_term"\n'
    )
    (package / "b.js").write_text('const beacon = require("beacon");\nbeacon.send(1);\n')
    added = assay("rules", "add", folder)
    assert added.returncode == 1
    assert b"ours.toml:13: the term 'no_such_term' is not known" in added.stdout
    report = json.loads(assay("check", package, "--only", "exfiltration", "--format", "json").stdout)
    assert [(f["rule"], f["severity"], f["line"]) for f in report["findings"]] == [("own.our_beacon", "high", 2)]


def test_wrong_use_is_one_line(assay, tmp_path: Path) -> None:
    for arguments, complaint in (
        (("add", tmp_path / "gone"), b"no such file or folder"),
        (("check", tmp_path), b"holds no rules"),
        (("remove", "x"), b"no such set"),
    ):
        done = assay("rules", *arguments)
        assert done.returncode == 2
        assert complaint in done.stderr
        assert done.stderr.count(b"\n") == 1
