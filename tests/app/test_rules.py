"""The reviewer's own rules: bad ones are named by file and line and left out, the good ones find, nothing is stale."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app import rules, rules_trial
from app.paths import RESOURCES
from app.plan import plan_check, prepared_folder
from app.prepared import ensure_prepared
from app.rules import RulesError, add_rules, check_folder, list_rules, remove_rules
from app.rules_own import digest_own, engines_of, limitation_of, try_own
from app.rules_trial import try_rules
from app.workers import WorkerEnded
from checks import Severity
from checks.runtime.catalog import load_check
from checks.runtime.own_rules import RuleFile

SPEC = load_check("checks.content.malware_rules")
OTHER = load_check("checks.content.hidden_unicode")
GOOD = 'rule Good_One { strings: $a = "beacon_of_ours" condition: $a }\n'
BAD = GOOD + "\nrule Bad {\n  condition: $nothing\n}\nrule After { condition: filesize < 9 }\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "data" / "rules" / "own"


def folder(tmp_path: Path, name: str = "mine", **files: str | bytes) -> Path:
    made = tmp_path / name
    for file, content in files.items():
        path = made / file.replace("__", "/").replace("_yar", ".yar")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return made


def test_a_bad_rule_is_named_and_stops_neither_its_file_nor_the_others(tmp_path: Path, own: Path) -> None:
    name, checked = add_rules(own, folder(tmp_path, a_yar=BAD, sub__b_yar=GOOD, c_yar=b"rule x\n\xff"))
    assert name == "mine"
    assert [str(p).partition(": ")[0] for p in checked.problems] == ["a.yar:4", "c.yar:2"]
    assert sorted(rule for _, rule in try_own(own, "yara").rules) == ["After", "Good_One", "Good_One"]
    assert not (own / "mine" / "yara" / "c.yar").exists(), "nothing in it works"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('include "/etc/passwd"\n' + GOOD, "include statements not allowed"),
        ('import "nosuch"\n' + GOOD, "unknown module"),
        ('rule slow { strings: $a = "a" condition: $a }\n' + GOOD, "a scan would take too long"),
        (GOOD + GOOD, "duplicate rule"),
        (GOOD + "rule loops { condition: for all i in (1..100000000000) : ( i > 0 ) }", "takes too long even for"),
        (GOOD + 'rule half { strings: $a = "aaaa', "syntax error"),
    ],
)
def test_what_could_escape_or_hang_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    checked = check_folder(folder(tmp_path, a_yar=text))
    assert checked.rules == 1
    assert complaint in checked.problems[0].text


def test_a_file_that_the_compiler_cannot_finish_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = folder(tmp_path, a_yar=GOOD, b_yar="rule hangs", c_yar=GOOD.replace("Good", "Fine"))
    asked = rules_trial._ask

    def ask(engine: str, files: list[RuleFile], *more: object) -> rules_trial.Trial:
        if any("hangs" in file.path.read_text() for file in files):
            raise rules_trial._Failed("does not compile within 60 s")
        return asked(engine, files, *more)

    monkeypatch.setattr(rules_trial, "_ask", ask)
    checked = check_folder(made)
    assert [str(p) for p in checked.problems] == [
        "b.yar:1: does not compile within 60 s: make the patterns simpler, or split the file"
    ]
    assert checked.rules == 2


def test_the_time_is_bounded_and_cancelling_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = RuleFile(folder(tmp_path, a_yar=GOOD) / "a.yar", "a.yar", "a.yar")
    with pytest.raises(WorkerEnded, match="cancelled"):
        try_rules("yara", [file], None, lambda: True)
    monkeypatch.setattr(rules_trial, "SECONDS", 0)
    [problem] = try_rules("yara", [file]).problems
    assert "does not compile within 0 s" in problem.text


def test_a_compiler_that_dies_is_a_problem_of_that_file(tmp_path: Path) -> None:
    gone = RuleFile(tmp_path / "gone.yar", "gone.yar", "gone.yar")
    there = RuleFile(folder(tmp_path, a_yar=GOOD) / "a.yar", "a.yar", "a.yar")
    trial = try_rules("yara", [gone, there])
    assert trial.rules == (("a.yar", "Good_One"),)
    assert [p.file for p in trial.problems] == ["gone.yar"]


def test_nothing_is_added_where_nothing_works(tmp_path: Path, own: Path) -> None:
    with pytest.raises(RulesError, match=r"none of its rules works.*a\.yar:1"):
        add_rules(own, folder(tmp_path, a_yar="rule x"))
    with pytest.raises(RulesError, match="holds no rules"):
        add_rules(own, folder(tmp_path, "empty", readme="x"))
    with pytest.raises(RulesError, match="no such file or folder"):
        add_rules(own, tmp_path / "gone")
    assert list_rules(RESOURCES, own)[-1].own is False


def test_names_replacing_and_removing(tmp_path: Path, own: Path) -> None:
    made = folder(tmp_path, a_yar=GOOD)
    add_rules(own, made)
    with pytest.raises(RulesError, match="say --replace"):
        add_rules(own, made)
    (made / "a.yar").write_text(GOOD + "rule More { condition: filesize < 3 }")
    add_rules(own, made, replace=True)
    add_rules(own, made / "a.yar", "one-file")
    assert [(r.name, r.rules) for r in list_rules(RESOURCES, own) if r.own] == [("mine", 2), ("one-file", 2)]
    for name in ("../data", "nobody", ""):
        with pytest.raises(RulesError, match="no such set"):
            remove_rules(own, name)
    with pytest.raises(RulesError, match="no name for a set"):
        add_rules(own, made, "../x")
    remove_rules(own, "mine")
    assert [r.name for r in list_rules(RESOURCES, own) if r.own] == ["one-file"]


def test_a_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = folder(tmp_path, a_yar=GOOD, b_yar=GOOD + "//" + "x" * 300)
    monkeypatch.setattr(rules, "MAX_FILE_BYTES", 200)
    assert [p.file for p in check_folder(made).problems] == ["b.yar"]
    monkeypatch.setattr(rules, "MAX_BYTES", 10)
    with pytest.raises(RulesError, match="name a smaller folder"):
        check_folder(made)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    made = folder(tmp_path, a_yar=GOOD)
    (made / "b.yar").symlink_to("/etc/passwd")
    assert [file.name for _, file in check_folder(made).files] == ["a.yar"]


def test_shipped_rules_are_counted_as_the_compiler_does() -> None:
    trial = try_rules("yara", [RuleFile(p, p.name, p.name) for p in (RESOURCES / "rules" / "yara").glob("*.yar")])
    [row] = [r for r in list_rules(RESOURCES, Path("/nonexistent")) if r.engine == "yara"]
    assert row.rules == len(trial.rules)


def test_only_checks_that_take_own_rules_depend_on_them(tmp_path: Path, own: Path) -> None:
    assert SPEC is not None
    assert OTHER is not None
    assert engines_of(SPEC) == ("yara",)
    bare = plan_check(SPEC, {}, own_rules=own)
    assert bare == plan_check(SPEC, {})
    add_rules(own, folder(tmp_path, a_yar=GOOD))
    one = plan_check(SPEC, {}, own_rules=own)
    file = own / "mine" / "yara" / "a.yar"
    file.write_text(GOOD.replace("ours", "mine"))
    os.utime(file, ns=(1, 1))
    two = plan_check(SPEC, {}, own_rules=own)
    assert len({bare.version, one.version, two.version}) == 3
    assert len({prepared_folder(tmp_path, [check]) for check in (bare, one, two)}) == 3
    assert plan_check(OTHER, {}, own_rules=own).version == plan_check(OTHER, {}).version
    remove_rules(own, "mine")
    assert digest_own(own, ("yara",)) == ""


def test_a_rule_that_became_bad_is_left_out_and_said(tmp_path: Path, own: Path) -> None:
    """What was reported when the set was added is not said at every run; what was changed since is."""
    assert SPEC is not None
    add_rules(own, folder(tmp_path, a_yar=BAD))
    prepared = ensure_prepared(tmp_path, [plan_check(SPEC, {}, own_rules=own)], own_rules=own)
    assert limitation_of(prepared, SPEC) == ""
    (own / "mine" / "yara" / "a.yar").write_text("rule Broken {\n condition: $x }\n" + GOOD)
    prepared = ensure_prepared(tmp_path, [plan_check(SPEC, {}, own_rules=own)], own_rules=own)
    assert limitation_of(prepared, SPEC) == (
        "one of your own rules does not compile, and was left out: mine/yara/a.yar:2 (see `assay rules`)"
    )
    assert OTHER is not None
    assert limitation_of(prepared, OTHER) == ""


def test_own_rules_find_beside_ours(tmp_path: Path, own: Path, engine) -> None:
    """With defaults for what they do not say, under ids of their own, in documentation as well."""
    described = (
        'rule Described { meta: description = "A beacon" severity = "HIGH" url = "https://x.example/1"'
        ' strings: $a = "ours" condition: $a }'
    )
    shadow = 'rule shell_reverse_shell { meta: severity = "catastrophe" strings: $a = "ours" condition: $a }'
    add_rules(own, folder(tmp_path, a_yar=GOOD + described + shadow))
    add_rules(own, folder(tmp_path, "twin", a_yar=GOOD))
    battery = engine.battery("checks.content.malware_rules")
    ran = run_with(engine, battery, own, {"README.md": b"-- beacon_of_ours --\n"})
    assert [(f.rule, f.severity, f.message) for f in sorted(ran.findings, key=lambda f: f.rule)] == [
        ("own.described", Severity.HIGH, "A beacon"),
        ("own.good_one", Severity.MEDIUM, "Good_One"),
        ("own.good_one", Severity.MEDIUM, "Good_One"),
        ("own.shell_reverse_shell", Severity.MEDIUM, "shell_reverse_shell"),
    ]
    assert ran.findings[0].references == ("https://x.example/1",)
    (own / "mine" / "yara" / "a.yar").write_text("rule x {\n")
    ran = run_with(engine, battery, own, {"README.md": b"-- beacon_of_ours --\n"})
    assert [f.rule for f in ran.findings] == ["own.good_one"]
    assert "mine/yara/a.yar" in ran.checks[0].limitation


def run_with(engine, battery, own: Path, files: dict[str, bytes]):
    import dataclasses

    from app.battery import Plan
    from app.cancel import CancelToken

    plan = Plan(engine.add(files), "download")
    return dataclasses.replace(battery, own_rules=own).run(plan, lambda _: None, CancelToken())
